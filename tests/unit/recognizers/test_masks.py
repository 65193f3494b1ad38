"""What is shown of a value that was found: enough to find its place, never the value."""

import pytest

from hygie_detectors.recognizers.base import masked_number
from hygie_detectors.recognizers.context import masked_words


@pytest.mark.parametrize(
    ("value", "shown", "expected"),
    [
        ("8001234567", 1, "8*********"),
        ("1 85 05 78", 3, "1 8*******"),
        ("8", 1, "8"),
        ("", 1, ""),
    ],
)
def test_a_number_shows_its_first_characters_and_its_length(value, shown, expected):
    assert expected == masked_number(value, shown)


def test_a_number_shows_one_character_when_nothing_is_said():
    assert "8**" == masked_number("800")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Jean DUPONT", "J*** D*****"),
        ("  Marie \n  de  Élan ", "M**** d* É***"),
        ("A", "A"),
        ("", ""),
    ],
)
def test_words_show_their_first_letters(value, expected):
    assert expected == masked_words(value)
