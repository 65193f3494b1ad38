"""The curated French word lists, as files that a nurse or a biologist can review.

Does:   reads ``*.txt`` (sections ``[group confidence]``, one term a line), ``analytes.tsv`` and
        ``scores.tsv``, and writes out the short notation: ``cancer(s)`` is both, ``post(-| )natal``
        is a choice.
Never:  reads anything outside this folder.
Fails:  :func:`terms` and :func:`analytes` raise ``ValueError`` with file and line on a line they
        cannot read. The files ship with the package, so that is a bug, seen by the first test.
Source: each file names its own, with licence and version, in its first lines.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from hygie_detectors.model import Confidence
from hygie_detectors.text import fold


class Term(NamedTuple):
    """One spelling, folded, with the section it stands in."""

    spelling: str
    group: str
    confidence: Confidence


class Analyte(NamedTuple):
    """What a laboratory measures."""

    name: str
    group: str
    spellings: tuple[str, ...]
    units: frozenset[str]
    """Canonical units it may carry; empty for a ratio or a qualitative result."""


class Score(NamedTuple):
    """A clinical score, a stage or a vital sign."""

    kind: str
    name: str
    spellings: tuple[str, ...]
    form: str
    """What its value looks like: a name of ``recognizers/scores/forms.py``."""
    weight: str
    """``medium`` shows a person by itself, ``low`` may be another word, ``soft`` another trade's measure."""


_SECTION: Final = re.compile(r"\[([^\]]+) (low|medium|high)\]")
_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_COLUMNS: Final = 5


@cache
def terms(name: str) -> tuple[Term, ...]:
    """Return every spelling of ``<name>.txt``.

    Raises:
        ValueError: on a term before the first section, or one that is not folded.

    """
    found = []
    group, confidence = "", None
    for number, line in _lines(f"{name}.txt"):
        if section := _SECTION.fullmatch(line):
            group, confidence = section[1], Confidence(section[2])
        elif confidence is None or fold(line) != line:
            raise ValueError(f"{name}.txt:{number}: not a folded term of a section")
        else:
            found += [Term(spelling, group, confidence) for spelling in spellings(line)]
    return tuple(found)


@cache
def analytes() -> tuple[Analyte, ...]:
    """Return the table of analytes.

    Raises:
        ValueError: on a row that has not five columns.

    """
    table = []
    for number, line in itertools.islice(_lines("analytes.tsv"), 1, None):
        columns = line.split("\t")
        if len(columns) != _COLUMNS:
            raise ValueError(f"analytes.tsv:{number}: not five columns")
        group, name, names, units, _ = columns
        written = tuple(s for entry in names.split(";") for s in spellings(entry))
        table.append(Analyte(name, group, written, frozenset(units.split(";")) - {""}))
    return tuple(table)


@cache
def scores() -> tuple[Score, ...]:
    """Return the table of scores and vital signs.

    Raises:
        ValueError: on a row that has not five columns.

    """
    table = []
    for number, line in itertools.islice(_lines("scores.tsv"), 1, None):
        columns = line.split("\t")
        if len(columns) != _COLUMNS:
            raise ValueError(f"scores.tsv:{number}: not five columns")
        kind, name, names, form, weight = columns
        written = tuple(s for entry in names.split(";") for s in spellings(entry))
        table.append(Score(kind, name, written, form, weight))
    return tuple(table)


def spellings(entry: str) -> tuple[str, ...]:
    """Return what an entry stands for: ``opere(e)(s)`` gives four words.

    ``œ`` folds to ``o`` (one character for one), so each ``oe`` is also given as ``o``.
    """
    pieces = _CHOICE.split(entry)
    choices = [[piece] if at % 2 == 0 else _options(piece) for at, piece in enumerate(pieces)]
    written = [" ".join("".join(parts).split()) for parts in itertools.product(*choices)]
    return tuple(dict.fromkeys(w for plain in written for w in (plain, plain.replace("oe", "o"))))


def _options(piece: str) -> list[str]:
    return piece.split("|") if "|" in piece else ["", piece]


def _lines(file: str) -> Iterator[tuple[int, str]]:
    """Yield each line that is neither empty nor a comment, with its number."""
    text = resources.files(__name__).joinpath(file).read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, line
