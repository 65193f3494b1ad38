"""The markup of expectations, on which the other text tests stand."""

from harness.marked import Expected, as_marked, read_marked
from hygie_detectors.model import Axis, Confidence, Finding


def test_plain_text_expects_nothing():
    assert read_marked("rien") == ("rien", [])


def test_offsets_are_those_of_the_plain_sentence():
    text, expected = read_marked("a <ent kind=nir>12</ent> b <ent kind=ins wrong_key=true>3</ent>")

    assert text == "a 12 b 3"
    assert expected == [Expected(2, 4, {"kind": "nir"}), Expected(7, 8, {"kind": "ins", "wrong_key": "true"})]


def test_an_unexpected_qualifier_is_seen():
    finding = Finding("nir", (Axis.IDENTITY,), Confidence.LOW, "1", 2, 4, qualifiers=("wrong_key",))
    text, expected = read_marked("a <ent kind=nir>12</ent>")

    assert text == "a 12"
    assert as_marked([finding], expected, ["nir"]) != expected
