"""Recall and precision on generated NIRs: every layout, month, department, Corsica, overseas, abroad.

Source of the shapes: facts on identifiers, sections 1 and 2. The key is computed by the other
published method than the code under test.
"""

import random

from harness.nirs import a_nir, measure

NUMBERS = 24_000


def test_recall_and_precision_on_generated_numbers(found_in, capsys):
    seen = measure(found_in, NUMBERS)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what this test is for
            f"\nNIR, generated: {seen.numbers} numbers, recall {seen.recall:.4%}, high"
            f" {seen.high / seen.numbers:.2%}; {seen.decoys} decoys, precision {seen.precision:.4%},"
            f" missed {dict(+seen.missed)}"
        )

    assert seen.recall >= 0.999
    assert seen.precision >= 0.999


def test_a_number_changed_in_one_digit_is_not_found(found_in):
    """Without a word beside it. One digit changed always changes the key's remainder."""
    draw = random.Random(97)  # noqa: S311 - test data, by seed
    for _ in range(2_000):
        nir = a_nir(draw)
        at = draw.randrange(7, 13)
        wrong = nir[:at] + str((int(nir[at]) + draw.randint(1, 9)) % 10) + nir[at + 1 :]

        assert [f for f in found_in(f"Référence {wrong} du jour") if f.kind == "nir"] == []
