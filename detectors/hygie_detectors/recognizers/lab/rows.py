"""One row of a lab report: an analyte, its value, its unit, its reference interval.

Does:   reads a row that begins at a given analyte, in the layouts of French software: unit behind
        the value, in a column, in the label; value starred or flagged; result in words.
Never:  interprets a value. Reads on beyond the row: every gap is bounded.
Fails:  never; returns ``None`` for what is no row.
Source: layouts of ANS CDA and PDF examples and HPRIM files; see the project's facts, section 10.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from hygie_detectors.recognizers.lab.units import UNIT, canonical
from hygie_detectors.vocabulary import Analyte

ROW_MAX: Final = 220
"""Characters read from the analyte on: label, value, unit, interval, previous result."""
SHORT: Final = 3
"""Names of up to three letters are also words and initials: TP, PAL, K."""

_NUMBER: Final = r"\d{1,3}(?: \d{3}){1,2}(?:[.,]\d{1,4})?|\d{1,7}(?:[.,]\d{1,4})?"
_NO_DATE: Final = r"(?!\d{1,2}[/.]\d{1,2}[/.]\d{2,4})"
# Every repetition below is possessive (+ behind the bound): what it has taken it never gives back,
# so a row costs a fixed number of steps on any text.
_ASIDE: Final = r"\((?![ ]?[<>]?[ ]?\d)[^)\n]{0,40}+\)"
_GAP: Final = re.compile(rf"(?:[^\n\d(]|{_ASIDE}|\(){{0,60}}+(?:\n[ \t|*]{{0,10}}+)?+")
_LABEL_UNIT: Final = re.compile(rf"[^\n\d(\[]{{0,40}}+[(\[][ ]?(?P<unit>{UNIT})[ ]?[)\]]")
_VALUE: Final = re.compile(rf"{_NO_DATE}(?P<value>{_NUMBER})(?![\d/])")
_FLAG: Final = r"[ ]{0,3}+(?:\*{1,3}|\+{1,3}|-|[?]|(?:hh|ll|aa|[hbnl])(?![a-z/]))?+"
_UNIT: Final = re.compile(rf"{_FLAG}[ \t|;]{{0,40}}+\n?+[ \t|]{{0,5}}+\(?+(?P<unit>{UNIT})(?![a-z0-9])")
_COLUMN_UNIT: Final = re.compile(rf"[ \t|](?P<unit>{UNIT})[ \t|]{{1,40}}+$")
_INTERVAL: Final = re.compile(
    rf"[)\]]?+{_FLAG}[ \t|;]{{0,40}}+\n?+[ \t]{{0,20}}+[(\[]?+[ ]{{0,3}}+"
    r"(?:(?:vr|vn|n|ref|norme?s?|normales?|valeurs? de reference)\.?[ ]{0,2}:?[ ]{0,3})?[(\[]?+[ ]{0,3}+"
    rf"(?:{_NO_DATE}\d{{1,5}}(?:[.,]\d{{1,4}})?[ ]{{0,5}}(?:-|a|et)[ ]{{0,5}}"
    r"\d{1,5}(?:[.,]\d{1,4})?(?![-/\d]|[.,]\d)"
    r"|(?:[<>?]=?|inf(?:erieure?)?\.? (?:a|ou egale? a)|sup(?:erieure?)?\.? a)[ ]{0,2}"
    r"\d{1,5}(?:[.,]\d{1,4})?)"
)
_RANGE: Final = re.compile(r"[ ]{0,5}(?:-|a|et)[ ]{0,5}\d")
"""Behind the first number: it opens the interval of a blank form, and is no value."""
_SECOND_UNIT: Final = re.compile(r"[ \t]{0,5}+\([^)\n]{1,20}+\)")
"""The same value in the other unit: ``10.02 mmol/L (0.60 g/L)``."""
_RESULT_WORD: Final = re.compile(
    r"\b(?P<value>(?:non )?(?:negati(?:f|ve)s?|positi(?:f|ve)s?|reacti(?:f|ve)|detectee?s?|immunisee?)"
    r"|absen(?:ce|te?)|presen(?:ce|te)|indetectable|douteu(?:x|se)|sterile)\b"
)
_WORD_MAX: Final = 60
QUALITATIVE: Final = frozenset({"serologie", "urines", "groupe", "toxico", "oncogenetique"})
"""Groups whose result may be a word."""


class Row(NamedTuple):
    """A row as read; offsets are those of the text."""

    start: int
    end: int
    analyte: str
    value: str
    interval: bool
    quantified: bool
    """Whether a unit proves the value; a value without one needs an interval."""


def read_row(folded: str, start: int, name_end: int, analyte: Analyte) -> Row | None:
    """Return the row of the analyte named at ``start:name_end``; nothing without a value that proves it."""
    limit = min(len(folded), name_end + ROW_MAX)
    short = name_end - start <= SHORT
    label = _LABEL_UNIT.match(folded, name_end, limit)
    gap = _GAP.match(folded, label.end() if label else name_end, limit)
    value = _VALUE.match(folded, gap.end(), limit) if gap else None
    behind = value and _UNIT.match(folded, value.end(), limit)
    if gap and value and (behind or not _RANGE.match(folded, value.end(), limit)):
        column = _COLUMN_UNIT.search(gap[0])
        end = behind.end() if behind else value.end()
        interval = _interval(folded, end, limit)
        proved = any(m and _unit_fits(m["unit"], analyte, strict=short) for m in (behind, label, column))
        bare = interval and not behind and (not short or not analyte.units)
        if proved or bare:
            end = interval.end() if interval else end
            quantified = proved or not analyte.units
            return Row(start, end, analyte.name, _value(value), interval is not None, quantified)
    return _in_words(folded, start, name_end, analyte) if analyte.group in QUALITATIVE else None


def _interval(folded: str, at: int, limit: int) -> re.Match[str] | None:
    """Return the reference interval behind a value, also behind its second unit."""
    second = _SECOND_UNIT.match(folded, at, limit)
    return _INTERVAL.match(folded, at, limit) or (second and _INTERVAL.match(folded, second.end(), limit))


def _in_words(folded: str, start: int, name_end: int, analyte: Analyte) -> Row | None:
    """Return the row of a result in words: "Ag HBs : négatif"."""
    limit = min(len(folded), name_end + _WORD_MAX)
    stop = folded.find("\n", name_end, limit)
    word = _RESULT_WORD.search(folded, name_end, limit if stop < 0 else stop)
    if word is None or ". " in folded[name_end : word.start()]:
        return None
    return Row(start, word.end(), analyte.name, word["value"], interval=False, quantified=False)


def _unit_fits(unit: str, analyte: Analyte, *, strict: bool) -> bool:
    """Tell whether this unit proves a result: its own for a short name, ``%`` and ``s``; else any."""
    form = canonical(unit)
    if form in analyte.units:
        return True
    return not strict and "/" in form


def _value(match: re.Match[str]) -> str:
    return match["value"].replace(" ", "").replace(",", ".")
