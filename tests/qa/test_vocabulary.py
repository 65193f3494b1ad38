"""The word lists: each says where it comes from, and holds no term twice, too short or unfolded."""

from collections import Counter
from importlib import resources

import pytest

from hygie_detectors import vocabulary
from hygie_detectors.text import fold

FILES = sorted(f.name for f in resources.files(vocabulary).iterdir() if f.name.endswith((".txt", ".tsv")))
SHORT_ALLOWED = {"abbreviations.txt", "not_names.txt", "given_names.txt"}


def spellings(file):
    if file == "analytes.tsv":
        return [s for analyte in vocabulary.analytes() for s in analyte.spellings]
    if file == "scores.tsv":
        return [s for score in vocabulary.scores() for s in score.spellings]
    return [term.spelling for term in vocabulary.terms(file.removesuffix(".txt"))]


def test_there_are_lists():
    assert {"diseases.txt", "drugs.txt", "analytes.tsv", "care.txt", "procedures.txt"} <= set(FILES)


@pytest.mark.parametrize("file", FILES)
def test_header_names_content_source_licence_and_version(file):
    head = (resources.files(vocabulary) / file).read_text(encoding="utf-8").split("\n\n")[0]

    for field in ("# What:", "# Source:", "# Licence: GPL-3.0-or-later", "# Version: 20"):
        assert field in head


@pytest.mark.parametrize("file", FILES)
def test_no_term_twice(file):
    assert [term for term, count in Counter(spellings(file)).items() if count > 1] == []


@pytest.mark.parametrize("file", FILES)
def test_every_term_is_folded(file):
    assert [term for term in spellings(file) if fold(term) != term] == []


@pytest.mark.parametrize("file", [f for f in FILES if f not in SHORT_ALLOWED and f.endswith(".txt")])
def test_no_term_is_shorter_than_three_characters(file):
    assert [term for term in spellings(file) if len(term) < 3] == []


def test_lists_are_large_enough_to_be_of_use():
    assert len(vocabulary.terms("diseases")) > 400
    assert len(vocabulary.terms("drugs")) > 400


def test_notation_is_written_out():
    assert vocabulary.spellings("opere(e)(s)") == ("opere", "operes", "operee", "operees")
    assert vocabulary.spellings("post(-| )op") == ("post-op", "post op")
    assert vocabulary.spellings("oedeme") == ("oedeme", "odeme")


def test_a_bad_line_is_named(monkeypatch):
    monkeypatch.setattr(vocabulary, "_lines", lambda _file: iter([(7, "Cancer")]))

    with pytest.raises(ValueError, match=r"x\.txt:7"):
        vocabulary.terms.__wrapped__("x")
