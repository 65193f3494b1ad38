"""Plain text: what is made the same, and the way back."""

import time

import pytest

from hygie_detectors.text import fold, normalise


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("1\u00a078\u202f05\u2009x\u3000y", "1 78 05 x y"),
        ("a\u2011b\u2013c\u2014d\u2212e", "a-b-c-d-e"),
        ("l\u2019\u00e2ge", "l'âge"),
        ("\uff11\uff12\uff0f\u0663", "12/3"),
        ("e\u0301te\u0301", "été"),
        ("dia\u00adb\u200be\u0300te\ufeff", "diabète"),
        ("e\u200b\u0301", "é"),
        ("\ufb01\u00e8vre", "fièvre"),
        ("\ud800", "\ufffd"),
        ("5 \u03bcg", "5 \u00b5g"),
    ],
)
def test_plain_form(given, text):
    assert normalise(given).text == text


@pytest.mark.parametrize(
    ("given", "folded"),
    [
        ("ŒDÈME", "odeme"),
        ("Łukasz Đoković Ångström", "lukasz dokovic angstrom"),
        ("Nº 3, N° 4", "n° 3, n° 4"),
        ("Жук 日", "þyþ þ"),
    ],
)
def test_folded_form(given, folded):
    assert fold(given) == folded
    assert len(normalise(given).text) == len(folded)


def test_the_way_back():
    given = "a\r\n\u200bpr\u0065\u0301nom\u00ad :\r\nfin"
    plain = normalise(given)

    def back(word):
        at = plain.text.index(word)
        start, end = plain.original(at, at + len(word))
        return given[start:end]

    assert back("a") == "a"
    assert back("\n") == "\r\n"
    assert back("prénom") == "pr\u0065\u0301nom"
    assert back("é") == "\u0065\u0301"
    assert back("fin") == "fin"


def test_nothing_shows_text():
    assert "Dupont" not in repr(normalise("Dupont\r\n"))


@pytest.mark.parametrize(
    "piece", ["e\u0301", "\u200b", "a\u200b", "\r\n", "\u0301", "\ufb01", "é’ \u00a0", "日本語"]
)
def test_linear_on_hostile_text(piece):
    """Twice the text takes about twice the time, not four times."""
    small, large = piece * 20_000, piece * 160_000
    normalise(small)

    def seconds(text):
        begun = time.perf_counter()
        plain = normalise(text)
        plain.original(len(plain.text), len(plain.text))
        return time.perf_counter() - begun

    assert min(seconds(large) for _ in range(2)) < 40 * max(0.002, min(seconds(small) for _ in range(3)))


def test_the_plain_form_of_every_character_is_its_own_plain_form():
    """A mathematical Greek letter became a Greek one, and only a second reading the Latin look-alike."""
    everything = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    plain = normalise(everything).text

    assert plain == normalise(plain).text
