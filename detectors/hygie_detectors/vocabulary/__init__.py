"""The curated French word lists, as files that a nurse or a biologist can review.

Does:   reads ``*.txt`` (sections ``[group confidence]``, one term a line; a folder of such files is
        one list), ``anticontexts.txt``, ``misspellings.txt``, ``analytes.tsv`` and ``scores.tsv``,
        and writes out the short notation: ``cancer(s)`` is both, ``post(-| )natal`` is a choice,
        brackets may hold brackets; of an analyte ``lp[a]`` is printed ``Lp(a)``.
Never:  reads anything outside this folder.
Fails:  every function raises ``ValueError``, most with file and line, on what it cannot read. The
        files ship with the package, so that is a bug, seen by the first test.
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

_PRINTED: Final = str.maketrans("[]", "()")
"""Brackets that belong to a name."""


class Term(NamedTuple):
    """One spelling, folded, with the section it stands in."""

    spelling: str
    group: str
    confidence: Confidence


class Setting(NamedTuple):
    """What a text may be about, other than someone's health."""

    name: str
    words: tuple[str, ...]
    """Words that tell it."""
    disarmed: frozenset[str]
    """Terms that mean nothing medical beside them; empty for every term."""
    always: bool
    """Whether they mean nothing even in a sentence about somebody."""


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


_MISSPELT_MIN: Final = 8
"""Letters: shorter words are too like other words once they are misspelt."""
_MISSPELT_WORDS: Final = 3
"""Words: a longer phrase mostly holds a shorter term, whose own misspellings are listed."""
_SETTING: Final = re.compile(r"\[setting ([^:\]]+?)(, even of somebody)?: ([^\]]+)\]")
_BRACKETS: Final = re.compile(r"([()|])")
_SECTION: Final = re.compile(r"\[([^\]]+) (low|medium|high)\]")
_COLUMNS: Final = 5


@cache
def terms(name: str) -> tuple[Term, ...]:
    """Return every spelling of ``<name>.txt``, or of the files in the folder ``<name>``.

    Raises:
        ValueError: on a term before the first section, or a line that is not folded.

    """
    found = []
    for file in _files(name):
        group, confidence = "", None
        for number, line in _lines(file):
            if section := _SECTION.fullmatch(line):
                group, confidence = section[1], Confidence(section[2])
            elif confidence is None:
                raise ValueError(f"{file}:{number}: a term before the first section")
            else:
                found += [Term(spelling, group, confidence) for spelling in spellings(line)]
    return tuple(found)


@cache
def misspelt() -> tuple[str, ...]:
    """Return the spellings of diseases that no rule makes.

    Raises:
        ValueError: on a line that is not folded.

    """
    return tuple(s for _, line in _under("misspellings.txt", "[misspelt]") for s in spellings(line))


def misspellings(spelling: str) -> tuple[str, ...]:
    """Return how a long word is misspelt: by each rule that applies, and by all of them.

    ``misspellings("pharyngite")`` is ``faryngite``, ``pharingite``, ``faringite``.
    """
    if len(spelling) < _MISSPELT_MIN or spelling.count(" ") >= _MISSPELT_WORDS:
        return ()
    words = together = " " + spelling
    alone = []
    for old, new in _rules():
        if old in words:
            alone.append(words.replace(old, new)[1:])
            together = together.replace(old, new)
    return tuple(dict.fromkeys((*alone, together[1:]))) if alone else ()


@cache
def _rules() -> tuple[tuple[str, str], ...]:
    """Return the rules of misspelling: what is written as what; ``_`` is the space before a word."""
    lines = (line.partition(" ") for _, line in _under("misspellings.txt", "[rule]"))
    return tuple((old.replace("_", " "), new.replace("_", " ")) for old, _, new in lines)


@cache
def phrases() -> tuple[str, ...]:
    """Return the set phrases of ``anticontexts.txt`` in which a health word is none.

    Raises:
        ValueError: on a line that is not folded.

    """
    return tuple(s for _, line in _under("anticontexts.txt", "[phrase]") for s in spellings(line))


@cache
def settings() -> tuple[Setting, ...]:
    """Return the settings of ``anticontexts.txt``, such as weather or computers.

    Raises:
        ValueError: on a line that is not folded.

    """
    found = []
    heads = [line for _, line in _lines("anticontexts.txt") if _SETTING.fullmatch(line)]
    for head in heads:
        name, always, listed = _SETTING.fullmatch(head).groups()  # type: ignore[union-attr]  # heads match
        words = tuple(s for _, line in _under("anticontexts.txt", head) for s in spellings(line))
        disarmed = (s for entry in listed.split("/") if entry != "*" for s in spellings(entry))
        found.append(Setting(name, words, frozenset(disarmed), bool(always)))
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
        written = tuple(s.translate(_PRINTED) for entry in names.split(";") for s in spellings(entry))
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

    Raises:
        ValueError: on brackets that do not close, or close nothing.

    """
    if "(" not in entry and ")" not in entry:
        return (entry, entry.replace("oe", "o")) if "oe" in entry else (entry,)
    pieces = _BRACKETS.split(entry)
    choices, end = _choices(pieces, 0)
    if end < len(pieces):
        raise ValueError("a bracket closes nothing")
    written = [" ".join(plain.split()) for choice in choices for plain in choice]
    return tuple(dict.fromkeys(w for plain in written for w in (plain, plain.replace("oe", "o"))))


def _choices(pieces: list[str], at: int) -> tuple[list[list[str]], int]:
    """Return what stands between two brackets, one list for each ``|`` choice, and where it ends."""
    choices = [[""]]
    while at < len(pieces) and pieces[at] != ")":
        piece = pieces[at]
        if piece == "|":
            choices.append([""])
        elif piece == "(":
            inner, at = _choices(pieces, at + 1)
            if at == len(pieces):
                raise ValueError("a bracket does not close")
            options = [*([""] if len(inner) == 1 else []), *itertools.chain.from_iterable(inner)]
            choices[-1] = [before + option for before in choices[-1] for option in options]
        elif piece:
            choices[-1] = [before + piece for before in choices[-1]]
        at += 1
    return choices, at


def _files(name: str) -> list[str]:
    """Return the file of this name, or those of the folder of this name, from here."""
    folder = resources.files(__name__).joinpath(name)
    if not folder.is_dir():
        return [f"{name}.txt"]
    return sorted(f"{name}/{file.name}" for file in folder.iterdir())


def _under(file: str, head: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of one section, with their numbers."""
    inside = False
    for number, line in _lines(file):
        if line.startswith("["):
            inside = line == head
        elif inside:
            yield number, line


def _lines(file: str) -> Iterator[tuple[int, str]]:
    """Yield each line that is neither empty nor a comment, with its number; text lists must be folded."""
    text = resources.files(__name__).joinpath(file).read_text(encoding="utf-8")
    plain = fold(text) if file.endswith(".txt") else text  # at once: line by line takes 0.1 s
    pairs = zip(text.splitlines(), plain.splitlines(), strict=True)
    for number, (line, folded) in enumerate(pairs, 1):
        if line and not line.startswith("#"):
            if line != folded:
                raise ValueError(f"{file}:{number}: not folded")
            yield number, line
