"""Forms of dates, and the words before a birth date.

Does:   holds data and bounded regexes for ``dates.py``.
Never:  backtracks: every repetition is bounded.
Fails:  never.
Source: the project's facts on health documents, section 10: every form met in documents.
"""

from __future__ import annotations

import re
from typing import Final

from hygie_detectors.recognizers.base import Sketched

BIRTH_LABELS: Final = (
    "date de naissance",
    "dates de naissance",
    "date naissance",
    "date naiss",
    "ddn",
    "date de nais",
    "naissance",
    "date de mise au monde",
    "mise au monde le",
    "date nais",
    "date de naiss",
    "nais. :",
    "nais.:",
    "dn :",
    "dn:",
    "d.d.n",
    "birth date",
    "date of birth",
    "dob",
)
BORN: Final = (
    *("ne le", "nee le", "ne(e) le", "ne/nee le", "ne ou nee le", "ne·e le", "ne.e le", "nee", "ne(e)"),
    *("ne en", "nee en", "ne vers", "nee vers", "ne presume", "nee presumee", "geb.", "geboren"),
)
BORN_IN: Final = frozenset({"ne en", "nee en", "ne vers", "nee vers", "ne presume", "nee presumee"})

_MONTHS: Final = (
    "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|"
    "janv|fevr?|avr|juil|sept|oct|nov|dec"
)
BIRTH_MONTH: Final = re.compile(
    rf"[ ]{{0,2}}[ :][ ]{{0,2}}(?:(?:vers|en)[ ])?(?:(?:{_MONTHS})\.?[ ]{{1,3}})?"
    r"(?:18|19|20)\d{2}(?!\d|[/.-]\d)"
)
"""Behind "né en" or a label of birth: a month and a year, or a year."""
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
    rf"|(?P<day6>\d{{1,2}})(?:er)?,?[ ]{{1,3}}(?P<name6>{_MONTHS})\.?[ ]{{1,3}}"
    r"(?P<year6>\d{4}|\d{2})(?!\d)"
    rf"|(?P<spelled>(?:{_TENS})(?:[ -](?:et[ -])?(?:{_TENS}))?[ ]{{1,2}}(?:{_MONTHS})[ ]{{1,2}}"
    r"(?:mille?|mil|deux[ -]mille?)[a-z -]{0,60})"
)
"""On the folded text. Every form met in documents: see the project's facts, section 10."""
BEFORE_DATE: Final = re.compile(
    r"\.?[\"'*]{0,2}[ \t]{0,10}(?:\(e\)|\([jdmay/ .-]{2,12}\))?[ \t]{0,10}(?:le[ ])?[:=|]?[ \t|\n\"'*]{0,30}"
    r"(?:le[ ]{1,2})?(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche),?[ ]{1,2})?"
)
SIX_DIGITS: Final = re.compile(r"(?P<day>[0-3]\d)(?P<month>[01]\d)(?P<year>\d{2})(?!\d)")
"""Behind "né le" or a label of birth: a date without separators nor century."""
SIX_DIGITS_BEFORE: Final = re.compile(
    r"(?:^|\n)[ \t]{0,4}(?P<day>[0-3]\d)(?P<month>[01]\d)(?P<year>\d{2})[ ;\t]{1,3}$"
)
"""The same at the start of a line, before the name."""
MORE_DIGITS: Final = re.compile(r"[ .-]?\d")
BEHIND_NAME: Final = re.compile(
    r"[ ]{0,3}[,;(*|/\t-]{0,2}[ \n]{0,3}"
    r"(?:(?:sexe[ ]?:?[ ]?)?(?P<sex>[mfh])\b[ ]{0,2}[,;)*|/\t-]{0,2}[ \n]{0,2})?"
    r"[(]?(?P<label>(?:dn|d\.n\.|ddn|n\.)[ ]?:?[ ]?(?:le[ ])?)?(?=\d)"
)
"""Folded text between a name and a date, with nothing else than a sex and what says birth."""
NO_BIRTH: Final = re.compile(
    r"[ ,]{1,3}(?:a[ ])?\d{1,2}[ ]?[:h][ ]?\d|[ ]{0,2}-{1,3}[ ]{0,2}\d|[ ]{1,2}(?:au|to|de)[ ]\d"
)
"""Folded text behind a date that is a sending's, or begins a period."""
SEX_BEHIND: Final = re.compile(r"[ ]{1,2}[,|;(-]{0,2}[ ]{0,2}(?P<sex>[mfh])(?![\w.'])")
OWN_LINE: Final = re.compile(r"^[ \t]{0,4}[MFH][ ]{0,2}[-:*|]{0,2}[ ]{0,2}(?=\d)", re.MULTILINE)
"""A line of a label that begins with a sex; a date follows."""
PAST_YEAR: Final = re.compile(r"[12](?<!\d.)(?:9\d\d|0[01]\d)(?!\d)")
"""The year of a date on which most people now alive were born."""
DATE_BEFORE_YEAR: Final = re.compile(
    r"\d{1,2}(?<!\d\d\d)(?:[ ]{0,2}[/.-][ ]{0,2}\d{1,2}[ ]{0,2}[/.-][ ]{0,2}"
    rf"|(?:er)? (?:{_MONTHS}) )$"
)
"""Folded text before such a year: the day and the month."""
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
AGE_UNITS: Final = ("ans", "an", "mois")
AGE_BEFORE: Final = re.compile(
    r"(?:\bage(?:\(?e\)?)?s?[ ]{1,2}(?:de[ ]{1,2}|d'environ[ ])?|\bage[ ]{0,2}:[ ]{0,3}|"
    r"\b(?:patiente?|homme|femme|fille|garcon|enfant|nourrisson|monsieur|madame|dame|jeune|fils|adolescente?|"
    r"bebe|personne|mere|pere|soeur|sour|frere)[ ]{1,2}(?:\w{1,15}[ ])?(?:agee?[ ])?de[ ]|"
    r"(?P<listed>[a-z]{2}[ ]{0,2},[ ]{0,2})|[(|][ ]{0,2})(?P<age>\d{1,3})[ ]{1,2}\Z"
)
"""Before "ans", on the folded text: what makes a number of years the age of a person."""
OF_SOMETHING: Final = re.compile(r"[ ]d(?:e[ ]|u[ ]|')")
"""Behind it, a number of years of something: "30 ans d'expérience"."""
YEAR: Final = re.compile(r"(?:19|20)\d\d")
BOXED: Final = Sketched(
    r"\d(?<!\d\d)(?<!\d[ ]\d)(?:[ ]\d){3}[ ]1[ ]9(?:[ ]\d){2}(?![ ]?\d)", words=(" 1 9 ",)
)
"""A day, a month and a year of the last century, each digit for itself, as in the boxes of a form."""
SEXED: Final = re.compile(r"[|;,(\t/^][ ]?[mfh][ ]{0,2}[|;,)\t/^][ ]{0,2}(?=\d)")
"""A sex in a cell of its own; the date behind it is of birth: "DUPONT Jeanne | F | 12/03/1956"."""
