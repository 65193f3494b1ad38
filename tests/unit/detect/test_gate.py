"""The gate: whole words of the vocabulary, however the text breaks them; and what opens it."""

from time import process_time
from timeit import timeit
from typing import ClassVar

import pytest

from hygie_detectors.gate import Gate
from hygie_detectors.recognizers.base import HygieRecognizer, Sketched, Triggers
from hygie_detectors.text import normalise


class Words(HygieRecognizer):
    kinds = ("word",)
    vocabulary: ClassVar = {
        "disease": ("diabete", ("diabete de type 2", "long"), "maladie de crohn", "covid-19"),
        "unit": ("g/l",),
    }
    context_vocabulary: ClassVar = {"near": ("facture",)}


class Shape(HygieRecognizer):
    kinds = ("shape",)
    shapes = Sketched(r"\d{7}", kinds=(b"0" * 7,))


@pytest.fixture(scope="module")
def gate():
    return Gate([Words(), Shape()])


def read(gate, text):
    plain = normalise(text)
    triggers, opened = gate.read(plain)
    found = [(t.term, text[slice(*plain.original(t.start, t.end))]) for t in triggers.of("disease")]
    return found, opened


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("une Maladie de Crohn connue", "Maladie de Crohn"),
        ("une maladie\r\n   de   Crohn", "maladie\r\n   de   Crohn"),
        ("> une maladie de\r\n> Crohn", "maladie de\r\n> Crohn"),
        ("MALADIE\u00a0DE\u202fCROHN", "MALADIE\u00a0DE\u202fCROHN"),
        ("  \n\n  mala\u00addie de crohn  \n", "mala\u00addie de crohn"),
    ],
)
def test_a_term_is_met_across_breaks_and_placed_exactly(gate, text, written):
    assert read(gate, text) == ([("maladie de crohn", written)], True)


@pytest.mark.parametrize("text", ["Covid-19", "COVID 19", "covid_19"])
def test_hyphens_and_spaces_are_alike(gate, text):
    assert read(gate, text) == ([("covid-19", text)], True)


@pytest.mark.parametrize("text", ["prédiabète", "diabetes", "diabete2", "maladie de crohnique"])
def test_a_piece_of_a_word_is_no_word(gate, text):
    assert read(gate, text) == ([], False)


def test_a_term_inside_a_longer_one_is_met_too(gate):
    assert [term for term, _ in read(gate, "diabète de type 2")[0]] == ["diabete", "diabete de type 2"]


def test_data_comes_with_its_term(gate):
    triggers, _ = gate.read(normalise("diabète de type 2"))

    assert [t.data for t in triggers.of("disease")] == ["", "long"]


def test_a_word_of_context_is_met_but_opens_nothing(gate):
    triggers, opened = gate.read(normalise("Votre facture"))

    assert triggers.any("near")
    assert not opened


@pytest.mark.parametrize(("text", "opens"), [("1234567", True), ("123456", False), ("", False)])
def test_a_shape_opens(gate, text, opens):
    assert gate.read(normalise(text))[1] is opens


def test_an_unfolded_term_is_refused():
    class Unfolded(HygieRecognizer):
        kinds = ("x",)
        vocabulary: ClassVar = {"x": ("Diabète",)}

    with pytest.raises(ValueError, match="not folded"):
        Gate([Unfolded()])


def test_triggers_show_no_term(gate):
    triggers, _ = gate.read(normalise("maladie de Crohn"))

    assert "crohn" not in repr(triggers) + repr(triggers.of("disease"))


@pytest.mark.parametrize("piece", ["diabete ", "maladie  de  ", "1 ", "12345 6", "   \n"])
def test_linear_on_hostile_text(gate, piece):
    small, large = (normalise(piece * (size // len(piece))) for size in (20_000, 160_000))

    def seconds(plain):  # of this process, and without Python's collector, whose cost is the heap's
        return timeit(lambda: gate.read(plain), number=1, timer=process_time)

    assert min(seconds(large) for _ in range(3)) < 40 * max(0.002, min(seconds(small) for _ in range(3)))


class Alone(HygieRecognizer):
    kinds = ("alone",)

    def wants(self, text, triggers, source):
        return source == "body" and "@" in text.folded and not triggers.any("disease")


def test_a_recognizer_may_want_a_text_that_opens_the_gate_for_nobody():
    gate = Gate([Words(), Alone()])
    plain = normalise("user@host")
    triggers, opened = gate.read(plain)

    assert not opened
    assert gate.alone(plain, triggers, "body") == ["alone"]
    assert gate.alone(plain, triggers, "header") == []


@pytest.mark.parametrize(("text", "found"), [("le 12.3 x", ["12.3"]), ("le 12,3 x", []), ("", [])])
def test_a_sketched_regex_matches_only_where_its_sign_stands(text, found):
    shape = Sketched(r"\d\d[.,]\d", words=("12.",))

    assert [match[0] for match in shape.finditer(normalise(text))] == found
    assert (shape.search(normalise(text)) is not None) is bool(found)


def test_a_sketch_tells_digits_from_letters_and_the_rest():
    assert normalise("Né le 12/03,\u00a0²").kinds == b"xx xx 00 00  x"


def test_what_is_asked_twice_of_a_text_is_made_once():
    made = []

    def words(text, triggers):
        made.append(triggers)
        return text.text.split()

    first, other, triggers = normalise("un deux"), normalise("trois"), Triggers()

    assert triggers.once(words, first) == triggers.once(words, first) == ["un", "deux"]
    assert triggers.once(words, other) == ["trois"]
    assert len(made) == 2
