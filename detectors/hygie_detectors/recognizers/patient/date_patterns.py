"""Forms of dates, and the words before a birth date.

Does:   holds data and bounded regexes for ``dates.py``.
Never:  backtracks: every repetition is bounded.
Fails:  never.
Source: the project's facts on health documents, section 10: every form met in documents.
"""

from __future__ import annotations

import re
from typing import Final

BIRTH_LABELS: Final = (
    "date de naissance",
    "dates de naissance",
    "date naissance",
    "date naiss",
    "ddn",
    "date de nais",
    "naissance",
)
BORN: Final = ("ne le", "nee le", "ne(e) le", "ne/nee le", "ne ou nee le", "nee", "ne(e)", "ne en", "nee en")

_MONTHS: Final = (
    "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|"
    "janv|fevr?|avr|juil|sept|oct|nov|dec"
)
_TENS: Final = (
    "premier|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|"
    "vingt|trente"
)
DATE: Final = re.compile(
    r"(?P<day>\d{1,2})[ ]{0,2}[/.\-|][ ]{0,2}(?P<month>\d{1,2})[ ]{0,2}[/.\-|][ ]{0,2}"
    r"(?P<year>\d{4}|\d{2})(?!\d)"
    r"|(?P<year2>(?:18|19|20)\d{2})[-/.](?P<month2>\d{2})[-/.](?P<day2>\d{2})(?!\d)"
    r"|(?P<year3>(?:18|19|20)\d{2})(?P<month3>0[1-9]|1[0-2])(?P<day3>0[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?P<day4>0[1-9]|[12]\d|3[01])(?P<month4>0[1-9]|1[0-2])(?P<year4>(?:18|19|20)\d{2})(?!\d)"
    r"|(?P<spaced>\d(?: \d){7})(?![ ]?\d)"
    r"|(?P<day5>\d{1,2}) (?P<month5>\d{1,2}) (?P<year5>(?:19|20)\d{2})(?!\d)"
    rf"|(?P<day6>\d{{1,2}})(?:er)?[ ]{{1,3}}(?P<name6>{_MONTHS})\.?[ ]{{1,3}}(?P<year6>\d{{4}}|\d{{2}})(?!\d)"
    rf"|(?P<spelled>(?:{_TENS})(?:[ -](?:et[ -])?(?:{_TENS}))?[ ]{{1,2}}(?:{_MONTHS})[ ]{{1,2}}"
    r"(?:mille?|mil|deux[ -]mille?)[a-z -]{0,60})"
)
"""On the folded text. Every form met in documents: see the project's facts, section 10."""
BEFORE_DATE: Final = re.compile(
    r"\.?[ \t]{0,10}(?:\(e\))?[ \t]{0,10}(?:le[ ])?[:=|]?[ \t|\n]{0,30}(?:le[ ])?"
)
MONTH_NAMES: Final = {
    name: number
    for number, names in enumerate(
        (
            ("janvier", "janv"),
            ("fevrier", "fev", "fevr"),
            ("mars",),
            ("avril", "avr"),
            ("mai",),
            ("juin",),
            ("juillet", "juil"),
            ("aout",),
            ("septembre", "sept"),
            ("octobre", "oct"),
            ("novembre", "nov"),
            ("decembre", "dec"),
        ),
        1,
    )
    for name in names
}

AGED: Final = re.compile(
    r"(?P<date>\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d{2})[ ]{0,2}[(,-][ ]{0,2}(?:age[e]? de )?\d{1,3}[ ]$"
)
"""Before "ans", on the folded text: a date with the age it gives is a birth date ("22/01/1965 (57 ans)")."""
