"""Recall on generated NIRs: every layout, month, department, Corsica, overseas, abroad.

Source of the shapes: facts on identifiers, sections 1 and 2. The key is computed by the other
published method than the code under test.
"""

import random
from collections import Counter

from harness.nirs import MONTHS, a_nir, layouts

NUMBERS = 24_000
SENTENCES = (
    "Le dossier de l'agent porte {} depuis mars.",
    "Bonjour,\n{}\nMerci.",
    "NIR : {} ; téléphone 01 42 34 56 78",
    "numéro de sécurité sociale {}.",
    "DUPONT Jean (né le 12/03/1978), {}, rue de la Paix",
    "{}",
)


def test_recall_on_generated_numbers(found_in, capsys):
    draw = random.Random(1982)  # noqa: S311 - test data, by seed
    found, asked, high, missed = 0, 0, 0, Counter()
    texts = []
    while asked < NUMBERS:
        nir = a_nir(draw, sexes="1212121212347", months=MONTHS[:12] if draw.random() < 0.8 else MONTHS)
        for name, written in layouts(nir):
            texts.append((name, draw.choice(SENTENCES), written))
            asked += 1
    for name, sentence, written in texts:
        start = sentence.index("{}")
        end = start + len(written.removesuffix(" / NIR"))
        hits = [
            f
            for f in found_in(sentence.format(written))
            if f.kind == "nir" and (f.start, f.end) == (start, end)
        ]
        found += bool(hits)
        high += bool(hits) and hits[0].confidence == "high"
        if not hits:
            missed[name] += 1
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what this test is for
            f"\nNIR, generated: {asked} numbers, recall {found / asked:.4%},"
            f" high {high / asked:.2%}, missed {dict(missed)}"
        )

    assert found / asked >= 0.999


def test_a_number_changed_in_one_digit_is_not_found(found_in):
    """Without a word beside it. One digit changed always changes the key's remainder."""
    draw = random.Random(97)  # noqa: S311 - test data, by seed
    for _ in range(2_000):
        nir = a_nir(draw)
        at = draw.randrange(7, 13)
        wrong = nir[:at] + str((int(nir[at]) + draw.randint(1, 9)) % 10) + nir[at + 1 :]

        assert [f for f in found_in(f"Référence {wrong} du jour") if f.kind == "nir"] == []
