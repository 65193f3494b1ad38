"""Short names are met as whole words, in order among what the gate met, the longest first."""

import pytest

from hygie_detectors.recognizers import initials
from hygie_detectors.recognizers.base import Trigger
from hygie_detectors.recognizers.initials import Initials, longest_first
from hygie_detectors.text import normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Na 138, K+ 4,2", ["na", "k+"]),
        ("kaki, nanas, ta-ta", ["ta", "ta"]),
        ("TA", ["ta"]),
        ("T° 38", ["t°"]),
        ("éTA TAé 2TA TA2", []),
    ],
)
def test_whole_words_only(text, expected):
    names = Initials(["na", "k", "k+", "ta", "t°"])

    assert expected == [found.term for found in names.beside(normalise(text), ())]


def test_what_the_gate_met_stands_among_them_in_order():
    met = (Trigger(0, 6, "sodium"), Trigger(7, 13, "sodium"))
    merged = list(Initials(["k"]).beside(normalise("sodium sodium K"), met))

    assert [0, 7, 14] == [found.start for found in merged]


def test_the_longest_of_one_place_is_kept():
    names = [Trigger(0, 3, "tsh"), Trigger(0, 6, "tsh us"), Trigger(9, 12, "crp")]

    assert ["tsh us", "crp"] == [name.term for name in longest_first(names)]


def test_hostile_repetition_is_looked_at_a_fixed_number_of_times():
    text = normalise("k " * (initials.FOUND_MAX + 1))

    assert initials.FOUND_MAX == sum(1 for _ in Initials(["k"]).beside(text, ()))


@pytest.mark.parametrize("shift", range(-6, 3))
def test_a_name_where_two_pieces_of_the_search_meet_is_found_once(shift):
    start = initials._PIECE + shift
    text = normalise("." * start + "K+ TA")

    assert [start, start + 3] == [found.start for found in Initials(["k", "k+", "ta"]).beside(text, ())]


def test_no_names_are_a_mistake():
    with pytest.raises(ValueError, match="no names"):
        Initials([])
