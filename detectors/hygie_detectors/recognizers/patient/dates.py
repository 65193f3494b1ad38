"""Birth dates in the forms people write them.

Does:   finds the dates that a label or a phrase says are of birth; reads one date at a given offset of
        folded text and checks that a person can be born on it.
Never:  guesses between day and month: French documents write the day first.
Fails:  never; returns ``None`` for what is no date.
Source: forms seen in ANS documents and hospital notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from hygie_detectors.recognizers.base import Triggers
from hygie_detectors.recognizers.context import Spanned, longest
from hygie_detectors.recognizers.patient.date_patterns import (
    AGED,
    BEFORE_DATE,
    BEHIND_NAME,
    BIRTH_LABELS,
    BIRTH_MONTH,
    BORN_IN,
    BOXED,
    DATE,
    DATE_BEFORE_YEAR,
    MONTH_NAMES,
    MORE_DIGITS,
    NO_BIRTH,
    OWN_LINE,
    PAST_YEAR,
    SEX_BEHIND,
    SEXED,
    SIX_DIGITS,
    SIX_DIGITS_BEFORE,
)
from hygie_detectors.recognizers.patient.names import BEFORE, ends_name
from hygie_detectors.recognizers.patient.patterns import BORN_AS, NAME_AND_SEX, NAME_BEFORE
from hygie_detectors.text import NormalText

_OLDEST: Final = 1880
_LATEST: Final = 2100
_PIVOT: Final = 30
"""Two digits up to 30 are 2000-2030, others 1931-1999."""
_CENTURY: Final = "2000"
"""A date in boxes, without a label, is of birth where it is of the last century."""
_LAST_BIRTH: Final = 2015
TITLE_MAX: Final = 2_000
"""Characters of a title, a file's name, that are read for a date behind a name."""
TITLE_DATES_MAX: Final = 20
_YEAR_BEHIND: Final = BORN_IN | {*BIRTH_LABELS}
_FORMS: Final = (
    ("day", "month", "year"),
    ("day2", "month2", "year2"),
    ("day3", "month3", "year3"),
    ("day4", "month4", "year4"),
    ("day5", "month5", "year5"),
)
_DAYS_MAX: Final = 31
_MONTHS_MAX: Final = 12


class Dated(NamedTuple):
    """A date and where it stands."""

    start: int
    end: int
    value: str
    """``YYYY-MM-DD``, or the words of a date spelled out."""
    whole: bool = True
    """Whether day and meaning are said: a year is many people's, boxes without a label may mean anything."""


def read_date(folded: str, at: int) -> Dated | None:
    """Return the date that begins exactly at ``at``, if a person can be born on it."""
    match = DATE.match(folded, at, at + 120)
    if match is None:
        return None
    if match["spelled"]:
        words = match["spelled"].strip(" -")
        return Dated(at, at + len(words), words)
    value = _value(match)
    return Dated(match.start(), match.end(), value) if value else None


def _value(match: re.Match[str]) -> str | None:
    if match["spaced"]:
        digits = match["spaced"].replace(" ", "")
        return _checked(digits[:2], digits[2:4], digits[4:])
    if match["name6"]:
        return _checked(match["day6"], str(MONTH_NAMES[match["name6"]]), match["year6"])
    for day, month, year in _FORMS:
        if match[day]:
            return _checked(match[day], match[month], match[year])
    return None


def _checked(day: str, month: str, year: str) -> str | None:
    d, m, y = int(day), int(month), int(year)
    if len(year) == 2:  # noqa: PLR2004 - two digits of a year
        y += 2000 if y <= _PIVOT else 1900
    if not (1 <= d <= _DAYS_MAX and 1 <= m <= _MONTHS_MAX and _OLDEST <= y < _LATEST):
        return None
    return f"{y:04}-{m:02}-{d:02}"


def birth_dates(text: NormalText, triggers: Triggers) -> Iterator[Dated]:
    """Yield the dates behind a label or "né le", those beside an age or a sex, those in boxes."""
    yield from _behind_labels(text, triggers)
    for years in triggers.of("years"):
        aged = AGED.search(text.folded, max(0, years.start - 30), years.start)
        if aged and (date := read_date(text.folded, aged.start("date"))):
            yield date
    for match in (*SEXED.finditer(text.folded), *OWN_LINE.finditer(text.text)):
        if date := read_date(text.folded, match.end()):
            yield date
    yield from _behind_capitals(text)
    for match in BOXED.finditer(text):
        date = read_date(text.folded, match.start())
        if date and date.value < _CENTURY:
            yield date._replace(whole=False)


def _behind_labels(text: NormalText, triggers: Triggers) -> Iterator[Dated]:
    for label in longest([*triggers.of("birth_label"), *triggers.of("born")]):
        gap = BEFORE_DATE.match(text.folded, label.end)
        date = read_date(text.folded, gap.end()) if gap else None
        if date is None and gap and (short := SIX_DIGITS.match(text.folded, gap.end())):
            value = _checked(short["day"], short["month"], short["year"])
            date = Dated(*short.span(), value) if value else None
        if date is None and (maiden := BORN_AS.match(text.text, label.end)):
            date = read_date(text.folded, maiden.end())
        if (
            date is None
            and label.term in _YEAR_BEHIND
            and (part := BIRTH_MONTH.match(text.folded, label.end))
        ):
            date = Dated(part.start() + 1, part.end(), part[0].strip(), whole=False)
        if date:
            yield date


def _behind_capitals(text: NormalText) -> Iterator[Dated]:
    """Yield the dates of past years behind a surname in capitals: "LE GOFF Anne 02/03/1951".

    Behind a name all in capitals, as titles of documents are too, and behind any other, a sex must stand
    beside the date.
    """
    for year in PAST_YEAR.finditer(text.folded):
        before = DATE_BEFORE_YEAR.search(text.folded, max(0, year.start() - 20), year.start())
        begins = before.start() if before else year.start()
        date = read_date(text.folded, begins) if ends_name(text, begins) else None
        if date is None or NO_BIRTH.match(text.folded, date.end):
            continue
        first = max(0, date.start - BEFORE)
        sexed = _sex_behind(text, date.end)
        name = NAME_AND_SEX.search(text.text, first, date.start)
        told = name and (sexed or name["sex"] or (name["given"] and int(date.value[:4]) <= _LAST_BIRTH))
        plain = NAME_BEFORE.search(text.text, first, date.start) if sexed and not told else None
        if told or (plain and " " in plain[1]):
            yield date


def _sex_behind(text: NormalText, end: int) -> bool:
    sex = SEX_BEHIND.match(text.folded, end)
    return sex is not None and text.text[sex.start("sex")].isupper()


def dates_behind(text: NormalText, names: Iterable[Spanned]) -> Iterator[Dated]:
    """Yield the dates right behind a name, with a sex, a label or a year in which people were born."""
    for name in names:
        gap = BEHIND_NAME.match(text.folded, name.end)
        date = read_date(text.folded, gap.end()) if gap else None
        if gap and date is None and text.text[name.start : name.end].split()[0].isupper():
            yield from _six_digits(text, name, gap.end())
        if gap is None or date is None or not date.value[:4].isdigit():
            continue
        sexed = (gap["sex"] and text.text[gap.start("sex")].isupper()) or _sex_behind(text, date.end)
        told = sexed or gap["label"]
        if told or (int(date.value[:4]) <= _LAST_BIRTH and not NO_BIRTH.match(text.folded, date.end)):
            yield date


def _six_digits(text: NormalText, name: Spanned, at: int) -> Iterator[Dated]:
    """Yield the date in six digits behind "GAUDRY Pierrette", or before it at the start of its line."""
    for short in (
        SIX_DIGITS.match(text.folded, at),
        SIX_DIGITS_BEFORE.search(text.folded, max(0, name.start - BEFORE), name.start),
    ):
        value = short and _checked(short["day"], short["month"], short["year"])
        if (
            short
            and value
            and int(value[:4]) <= _LAST_BIRTH
            and not MORE_DIGITS.match(text.folded, short.end("year"))
        ):
            yield Dated(short.start("day"), short.end("year"), value)


def dated_names(text: NormalText, names: Iterable[Spanned]) -> Iterator[Dated]:
    """Yield the dates right behind a name, in a title or a file's name: "CR DUPONT Jeanne 12/03/1956".

    Of this year or the last ones they are the document's, so none later than 2015 counts.
    """
    ends = {name.end for name in names}
    for match in islice(DATE.finditer(text.folded, 0, TITLE_MAX), TITLE_DATES_MAX):
        date = read_date(text.folded, match.start())
        if date is None or not date.value[:4].isdigit() or int(date.value[:4]) > _LAST_BIRTH:
            continue
        before = NAME_BEFORE.search(text.text, max(0, date.start - BEFORE), date.start)
        named = before and any(len(w) > 2 and w.isupper() for w in before[1].split()[:-1])  # noqa: PLR2004 - CR
        if named or not ends.isdisjoint(range(date.start - 3, date.start + 1)):
            yield date
