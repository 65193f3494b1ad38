"""One row of a lab report: an analyte, its value, its unit, its reference interval.

Does:   reads a row that begins at a given analyte, in the layouts of French software: unit behind
        the value, in a column, in the label; value starred or flagged; one cell a line; result in
        words, titre, risk, blood group, S I R of an antibiogram; a bare number behind a name.
Never:  interprets a value. Reads on beyond the row: every gap is bounded.
Fails:  never; returns ``None`` for what is no row.
Source: layouts of ANS CDA and PDF examples and HPRIM files; see the project's facts, section 10.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from hygie_detectors.recognizers.lab.patterns import (
    AMBIGUOUS,
    BARE_NUMBERS,
    CLINICAL_UNITS,
    NEVER_BARE,
    SHARED,
)
from hygie_detectors.recognizers.lab.units import UNIT, canonical
from hygie_detectors.vocabulary import Analyte

ROW_MAX: Final = 220
"""Characters read from the analyte on: label, value, unit, interval, previous result."""
SHORT: Final = 3
"""Names of up to three letters are also words and initials: TP, PAL, K."""

_NUMBER: Final = (
    r"10[ ]?(?:\^|\*\*|e)[ ]?\d(?![ ]?/[ ]?l(?![a-z]))"
    r"|\d{1,3}(?: \d{3}){1,2}(?:[.,]\d{1,4})?|\d{1,7}(?:[.,]\d{1,4})?"
)
_NO_DATE: Final = r"(?!\d{1,2}[/.]\d{1,2}[/.]\d{2,4})"
# Every repetition below is possessive (+ behind the bound): what it has taken it never gives back,
# so a row costs a fixed number of steps on any text.
_ASIDE: Final = r"\((?![ ]?[<>]?[ ]?\d)[^)\n]{0,40}+\)"
_MOMENT: Final = r"\d{1,2}[ ]?h(?:[ ]?\d\d)?(?!\w)|\d{1,2}(?:/\d{1,2}/|\.\d\d\.)\d{2,4}(?!\d)"
"""When it was measured: ``cortisol 8 h``, ``TSH du 12/03/2024``."""
_GAP: Final = re.compile(
    rf"(?:[^\n\d(]|{_ASIDE}|\(|(?<![\d.,]){_MOMENT}){{0,60}}+(?:(?:\n[ \t|*]{{0,10}}+){{1,2}}+)?+"
)
_LABEL_UNIT: Final = re.compile(rf"[^\n\d(\[]{{0,40}}+[(\[][ ]?(?P<unit>{UNIT})[ ]?[)\]]")
_VALUE: Final = re.compile(rf"{_NO_DATE}(?P<value>{_NUMBER})(?!\d|[ ]?/[ ]?\d)")
_FLAG: Final = r"[ ]{0,3}+(?:\*{1,3}|\+{1,3}|-|[?]|(?:hh|ll|aa|[hbl]|n(?=[ ]{1,3}[a-zµ%/]))(?![a-z/]))?+"
_UNIT: Final = re.compile(rf"{_FLAG}[ \t|;]{{0,40}}+\n?+[ \t|]{{0,5}}+[(\[]?+(?P<unit>{UNIT})(?![a-z0-9])")
_COLUMN_UNIT: Final = re.compile(rf"[ \t|](?P<unit>{UNIT})[ \t|]{{1,40}}+$")
_BOUND: Final = r"\d{1,6}(?:[.,]\d{1,4})?"
_REFERENCE: Final = (
    r"vr|vn|v\.r\.|n|ref|norme?s?|normal(?:e?s?)?|valeurs? (?:de reference|usuelles?|normales?)"
)
_INTERVAL: Final = re.compile(
    rf"[)\]]?+{_FLAG}[ \t|;,]{{0,40}}+\n?+[ \t|]{{0,20}}+[(\[]?+[ ]{{0,3}}+"
    rf"(?:(?:{_REFERENCE})\.?[ ]{{0,2}}[:=]?[ ]{{0,3}})?[(\[]?+[ ]{{0,3}}+"
    rf"(?:(?:de |entre )?{_NO_DATE}{_BOUND}[ ]{{0,5}}(?:-|;|a|et|to|bis)[ ]{{0,5}}"
    rf"{_BOUND}(?![-/\d]|[.,]\d)"
    rf"|(?:[<>?]=?|inf(?:erieure?)?\.? (?:a|ou egale? a)|sup(?:erieure?)?\.? a|jusqu'a)[ ]{{0,2}}{_BOUND})"
)
_RANGE: Final = re.compile(r"[ ]{0,5}(?:-|a|et|;)[ ]{0,5}\d")
"""Behind the first number: it opens the interval of a blank form, and is no value."""
_SECOND_UNIT: Final = re.compile(r"[ \t]{0,5}+\([^)\n]{1,20}+\)")
"""The same value in the other unit: ``10.02 mmol/L (0.60 g/L)``."""

_STATE: Final = (
    r"(?:toujours |tres |bien |encore |un peu )?"
    r"(?:bas(?:se)?|haut|eleve|effondre|augmente|diminue|limite|stable|normal|perturbe|controle|corrige|passe|mesure|dose|remonte|normaux)"
)
"""What a doctor says of a value: in words where the number is not worth giving."""
_SAID: Final = re.compile(
    r"(?:[ ](?:est|sont|reste|restent|etait|etaient|revenue?s?|revient|us|totale?|hs|a jeun)){0,3}+"
    r"[ ]?[:=]?[ ]{1,3}"
    r"(?P<value>(?P<sure>negati(?:f|ve)s?|positi(?:f|ve)s?|indetectables?"
    r"|(?:re)?(?:multipliee?s?|divisee?s?) par \d{1,3}|(?:double|triple)e?s?(?= (?:depuis|en )))"
    rf"|(?:{_STATE})e?s?)"
    r"(?![a-z0-9])"
)
"""``CRP négative``, ``TSH normale``."""
_RESULT: Final = (
    r"(?:(?:non |faiblement |fortement )?(?:negati(?:f|ve)s?|positi(?:f|ve)s?|reacti(?:f|ve)s?|detecte?e?s?"
    r"|immunise?e?s?)|immune?|absen(?:ce|te?s?)|presen(?:ce|te?s?)|indetectables?|indetermine?e?s?"
    r"|douteu(?:x|se)s?|equivoques?|steriles?|traces|neg|pos|normal|mute?e?|amplifie?e?|sauvage"
    r"|non mute?e?|variant (?:probablement )?pathogene|asc-?(?:us|h)|[lh]sil|nilm)(?![a-z0-9])"
)
_RESULT_WORD: Final = re.compile(rf"\b(?P<value>{_RESULT})")
_TIED: Final = re.compile(
    r"(?:[ ]?\([^)\n]{0,30}+\))?+(?:[ ]{1,2}(?:igg|igm|totaux|ac|ag|rapide|est|sont|revenue?s?|revient|etait"
    r"|resultat|sanguin|urinaire|ce jour)(?![a-z])){0,3}+[ .:=|\t_-]{1,50}+"
    r"(?:\n[ \t|]{0,10}+)?+(?:risque |estime |calcule |a ){0,3}+"
    rf"(?P<value>{_RESULT}|\+{{1,4}}(?!\d)|1[ ]?/[ ]?\d{{1,5}}(?![/\d])|4[5-9],[ ]?x[xy]{{0,3}}(?![a-z]))"
)
"""A result in words right behind its name; or ``++``, a titre ``1/80``, a risk ``1/1200``, a karyotype."""
_BLOOD_GROUP: Final = re.compile(
    r"[^\n\d]{0,30}?(?<![a-z])(?P<value>(?:ab|a|b|o)[ ]?"
    r"(?:[+-](?!\w)|(?:rh(?:esus)?[ ]?d?[ :]{0,2})?(?:[+-]|pos|neg)))"
)
_SUSCEPTIBILITY: Final = re.compile(
    r"[ .:=|\t]{1,60}+(?:[<>]?=?[ ]?\d{1,4}(?:[.,]\d{1,3})?[ |\t]{1,20}+(?:mg/l[ |\t]{1,20}+)?)?"
    r"(?P<value>sensible|resistant|intermediaire|sfp|[sir])(?![a-z0-9'/-])"
)
_BARE: Final = re.compile(
    r"(?:[ ](?:us|totale?|a jeun|capillaire|plasmatique|serique|residuel(?:le)?|ultrasensible|hs))?+"
    r"(?P<tie>[ ]?[:=][ ]?"
    rf"|(?:[ ](?:est|etait|reste|re?monte|{_STATE})e?s?){{0,3}}+[ ](?:a|de|d'environ)[ ]|[ ])"
    r"(?P<sign>[<>][ ]?)?"
    r"(?P<value>\d{1,3}(?:[ ]\d{3}){1,2}(?!\d)|\d{1,6}(?:[.,]\d{1,3})?)"
    r"(?=[ ]{0,3}(?:$|[\n;)|]|[,.](?!\d)|\*|\((?:n|vr|[<>]|\d)"
    r"|(?:et|puis|le|ce|contre|vs|avec|au|hier|ce jour)(?![a-z])"
    r"|[a-z]{2,10}\d?[+]{0,2}[ :=]{1,3}\d))"
)
"""A number and nothing else behind a name: ``CRP 145, TSH 2,1``; never ``cholesterol : 10 conseils``."""
_WORD_MAX: Final = 60

COMMON_UNITS: Final = frozenset({"%", "s", "n"})
"""Units of everything: ``TP 45 %`` may be the mark of a pupil."""
QUALITATIVE: Final = frozenset(
    {"serologie", "urines", "groupe", "toxico", "oncogenetique", "allergie", "grossesse"}
)
"""Groups whose result may be a word; the number behind such a name may be part of it (HPV 16)."""
WORDED: Final = QUALITATIVE | {"antibiogramme"}
"""Groups behind whose names a lone number says nothing."""
DOSED: Final = frozenset({"antibiogramme", "toxico"})
"""Groups whose names are drugs too: only their own units prove a level (not ``mg/kg``)."""


class Row(NamedTuple):
    """A row as read; offsets are those of the text."""

    start: int
    end: int
    analyte: str
    value: str
    interval: bool = False
    quantified: bool = False
    """Whether a unit proves the value; a value without one needs an interval."""
    sure: bool = False
    """Whether the row alone shows that somebody was tested."""
    shared: bool = False
    """Whether food, water or industry could print the same row."""


def read_row(folded: str, start: int, name_end: int, analyte: Analyte, *, digits: bool = True) -> Row | None:
    """Return the row of the analyte named at ``start:name_end``; nothing without a value that proves it.

    ``digits`` tells whether there are any near: without them there is no number to look for.
    """
    return (
        (_numeric(folded, start, name_end, analyte) if digits else None)
        or (_in_words(folded, start, name_end, analyte) if analyte.group in QUALITATIVE else None)
        or (_susceptible(folded, start, name_end, analyte) if analyte.group == "antibiogramme" else None)
        or (_bare(folded, start, name_end, analyte) if digits else None)
        or _said(folded, start, name_end, analyte)
    )


def _numeric(folded: str, start: int, name_end: int, analyte: Analyte) -> Row | None:
    """Return the row of a number with a unit or an interval."""
    name = folded[start:name_end]
    limit = min(len(folded), name_end + ROW_MAX)
    strict = name_end - start <= SHORT or name in SHARED or analyte.group in DOSED
    label = _LABEL_UNIT.match(folded, name_end, limit)
    gap = _GAP.match(folded, label.end() if label else name_end, limit)
    value = _VALUE.match(folded, gap.end(), limit) if gap else None
    if gap is None or value is None:
        return None
    behind = _UNIT.match(folded, value.end(), limit)
    if behind is None and _RANGE.match(folded, value.end(), limit):
        return None
    column = _COLUMN_UNIT.search(gap[0])
    interval = _interval(folded, behind.end() if behind else value.end(), limit)
    units = [canonical(m["unit"]) for m in (behind, label, column) if m]
    proved = any(_unit_fits(unit, analyte, strict=strict) for unit in units)
    bare = interval and not behind and (not strict or not analyte.units)
    if not (proved or bare):
        return None
    end = interval.end() if interval else behind.end() if behind else value.end()
    shared = name in SHARED and CLINICAL_UNITS.isdisjoint(units)
    own = analyte.units.intersection(units) - (COMMON_UNITS if name in AMBIGUOUS else frozenset())
    sure = (interval is not None and bool(units or not shared)) or (not shared and bool(own))
    quantified = proved or not analyte.units
    return Row(start, end, analyte.name, _value(value), interval is not None, quantified, sure, shared)


def _interval(folded: str, at: int, limit: int) -> re.Match[str] | None:
    """Return the reference interval behind a value, also behind its second unit."""
    second = _SECOND_UNIT.match(folded, at, limit)
    return _INTERVAL.match(folded, at, limit) or (second and _INTERVAL.match(folded, second.end(), limit))


def _in_words(folded: str, start: int, name_end: int, analyte: Analyte) -> Row | None:
    """Return the row of a result in words: "Ag HBs : négatif"; sure where nothing stands between."""
    limit = min(len(folded), name_end + _WORD_MAX)
    name = folded[start:name_end]
    tied = _BLOOD_GROUP.match(folded, name_end, limit) if analyte.name == "groupe sanguin" else None
    tied = tied or _TIED.match(folded, name_end, limit)
    common = name in AMBIGUOUS or name in SHARED
    if tied:
        shared = name in SHARED
        return Row(start, tied.end(), analyte.name, tied["value"], sure=not common, shared=shared)
    if common:
        return None
    stop = folded.find("\n", name_end, limit)
    word = _RESULT_WORD.search(folded, name_end, limit if stop < 0 else stop)
    if word is None or ". " in folded[name_end : word.start()]:
        return None
    return Row(start, word.end(), analyte.name, word["value"])


def _susceptible(folded: str, start: int, name_end: int, analyte: Analyte) -> Row | None:
    """Return the row of an antibiogram: "Amoxicilline : R". The antibiotic is what was measured."""
    result = _SUSCEPTIBILITY.match(folded, name_end, min(len(folded), name_end + 90))
    if result is None:
        return None
    name = f"{analyte.name} {folded[start:name_end]}"
    return Row(start, result.end(), name, result["value"])


def _bare(folded: str, start: int, name_end: int, analyte: Analyte) -> Row | None:
    """Return the row of a number without unit, as doctors write to each other."""
    name = folded[start:name_end]
    if analyte.group in WORDED and not (name.startswith("anti") or name.endswith("emie")):
        return None
    number = _BARE.match(folded, name_end, min(len(folded), name_end + 80))
    if number is None or (name in NEVER_BARE and " a " not in number["tie"]):
        return None
    low, high = BARE_NUMBERS.get(analyte.name, (0.0, 1e6))
    if (name in AMBIGUOUS and analyte.name not in BARE_NUMBERS) or not low <= float(_value(number)) <= high:
        return None
    written = len(name) > SHORT or number["tie"] != " " or "." in _value(number)
    sure = written and name not in AMBIGUOUS and name not in SHARED and name not in NEVER_BARE
    return Row(start, number.end(), analyte.name, _value(number), sure=sure, shared=name in SHARED)


def _said(folded: str, start: int, name_end: int, analyte: Analyte) -> Row | None:
    """Return the row of a measure that is only said to be normal, high, negative."""
    name = folded[start:name_end]
    if analyte.group in WORDED or name in AMBIGUOUS or name in SHARED:
        return None
    said = _SAID.match(folded, name_end, min(len(folded), name_end + _WORD_MAX))
    if said is None:
        return None
    sure = said["sure"] is not None and name not in NEVER_BARE
    return Row(start, said.end(), analyte.name, said["value"], sure=sure)


def _unit_fits(form: str, analyte: Analyte, *, strict: bool) -> bool:
    """Tell whether this unit proves a result: its own for a short name, ``%`` and ``s``; else any.

    A weight and a day are no volume of blood: ``mg/kg`` and ``mg/j`` are doses.
    """
    return form in analyte.units or (not strict and "/" in form and not form.endswith(("/kg", "/24h")))


def _value(match: re.Match[str]) -> str:
    return match["value"].replace(" ", "").replace(",", ".")
