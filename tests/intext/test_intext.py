"""Short French texts that carry their own expectation, in plain files that anyone may extend.

A file holds blocks parted by empty lines; a block whose lines all begin with ``#`` is a comment, and
a line with a lone ``.`` is an empty line of the text. ``<disease>diabète</disease>`` asks for a finding
of this kind that lies inside the words or around them, medium at least; ``<disease low negated>`` for
one of low at least that carries this qualifier. A text without marks must have no finding on the
health axis at medium or more.

The texts in ``nobody/`` name persons and speak of health, but not of theirs: at medium or more they must
not have both.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.reading import reader
from hygie_detectors.engine import own_recognizers
from hygie_detectors.model import QUALIFIERS, Axis, Confidence

TAG = re.compile(r"<(?P<kind>[a-z0-9_]+)(?P<words>(?: [a-z_]+)*)>(?P<marked>.*?)</(?P=kind)>", re.DOTALL)
LEVELS = frozenset(Confidence)
FILES = sorted(Path(__file__).parent.glob("*.txt"))
NOBODY = sorted((Path(__file__).parent / "nobody").glob("*.txt"))
found_in = reader(*own_recognizers())


class Mark(NamedTuple):
    """One finding that a text must give."""

    start: int
    end: int
    kind: str
    least: Confidence
    qualifiers: frozenset[str]


def read_block(block):
    """Return the plain text of a block and its marks.

    Raises:
        ValueError: on a word in a tag that is neither a confidence nor a qualifier.

    """
    lines = ("" if line == "." else line for line in block.split("\n"))
    marked = "\n".join(lines)
    text, marks, position = "", [], 0
    for tag in TAG.finditer(marked):
        text += marked[position : tag.start()]
        words = set(tag["words"].split())
        if unknown := words - LEVELS - QUALIFIERS:
            raise ValueError(f"unknown words in a tag: {sorted(unknown)}")
        least = next((Confidence(word) for word in words & LEVELS), Confidence.MEDIUM)
        end = len(text) + len(tag["marked"])
        marks.append(Mark(len(text), end, tag["kind"], least, frozenset(words & QUALIFIERS)))
        text += tag["marked"]
        position = tag.end()
    return text + marked[position:], marks


def blocks(file):
    """Yield each case of a file with the number of its first line."""
    number = 1
    for block in file.read_text(encoding="utf-8").split("\n\n"):
        text = block.strip("\n")
        if text and not all(line.startswith("#") for line in text.split("\n")):
            yield number, text
        number += block.count("\n") + 2


def meets(finding, mark):
    """Tell whether a finding is the one that was asked for."""
    inside = mark.start <= finding.start and finding.end <= mark.end
    around = finding.start <= mark.start and mark.end <= finding.end
    return (
        finding.kind == mark.kind
        and (inside or around)
        and finding.confidence.rank >= mark.least.rank
        and mark.qualifiers <= set(finding.qualifiers)
    )


@pytest.mark.parametrize(
    "block",
    [pytest.param(text, id=f"{file.stem}:{number}") for file in FILES for number, text in blocks(file)],
)
def test_what_is_marked_is_found(block):
    text, marks = read_block(block)
    findings = found_in(text)

    assert [text[m.start : m.end] for m in marks if not any(meets(f, m) for f in findings)] == []
    if not marks:
        sure = [f for f in findings if Axis.HEALTH in f.axes and f.confidence is not Confidence.LOW]

        assert [(f.kind, text[f.start : f.end]) for f in sure] == []


@pytest.mark.parametrize(
    "text",
    [pytest.param(text, id=f"{file.stem}:{number}") for file in NOBODY for number, text in blocks(file)],
)
def test_nobody_is_named_with_their_health(text):
    axes = {axis for f in found_in(text) if f.confidence is not Confidence.LOW for axis in f.axes}

    assert len(axes) < len(Axis)


def test_a_block_is_read_with_its_marks():
    text, marks = read_block("Pas de <disease low negated>rhume</disease>.\n.\nFin")

    assert text == "Pas de rhume.\n\nFin"
    assert marks == [Mark(7, 12, "disease", Confidence.LOW, frozenset({"negated"}))]


def test_a_word_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="surely"):
        read_block("<disease surely>rhume</disease>")
