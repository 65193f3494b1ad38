"""How a spreadsheet shows a number: dates from serial numbers, long numbers in full, units of the format.

Does:   reads a cell's number format and writes its number as a person sees it: ``20526`` under
        ``dd/mm/yyyy`` is ``12/03/1956``, ``12.4`` under ``0.0" g/dL"`` is ``12.4 g/dL``.
Never:  shows a long number by its power of ten, as Excel does in a narrow column: an INS typed as a number
        keeps its fifteen digits. Rounds nothing, writes every date day first.
Fails:  never raises; what is no number, or no day of the calendar, stays as it is stored.
Source: ECMA-376 part 1, 18.8.30 and 18.17.4; [MS-XLS] 2.4.126.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

_BUILTIN_DATES: Final = frozenset({*range(14, 18), *range(27, 32), 36, *range(50, 59)})
_BUILTIN_TIMES: Final = frozenset({*range(18, 22), *range(32, 36), *range(45, 48)})
_BUILTIN_BOTH: Final = 22
_BUILTIN_PERCENT: Final = frozenset({9, 10})

_LITERAL: Final = re.compile(r'"([^"]*)"|\\(.)|\[([^\]]*)\]|[_*].')
_DIGIT: Final = re.compile(r"[0#?]")
_ELAPSED: Final = re.compile(r"h+|m+|s+", re.IGNORECASE)
_NO_DATE: Final = re.compile(r"general|standard|am/pm|a/p|e[+-]", re.IGNORECASE)

_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a day of the calendar, of no zone
_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001 - the same
_LEAP_BUG: Final = 60
"""Excel believes that 1900 had a 29 February: before that day, serial numbers are one higher."""
_LAST_DAY: Final = 2_958_465  # 31 December 9999
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d).{0,20})?")
_EXACT: Final = 15
"""Significant digits of a spreadsheet's numbers."""
_SHORT: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,12})?")


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """What of a number format changes which words stand on the screen."""

    date: bool = False
    time: bool = False
    percent: bool = False
    zeros: int = 0
    """Digits to which a whole number is filled up: ``0000000000`` for a record number."""
    before: str = ""
    after: str = ""

    def show(self, stored: str, *, from_1904: bool = False) -> str:
        """Return a stored number as shown."""
        if self.date or self.time:
            shown = _date(stored, self, _EPOCH_1904 if from_1904 else _EPOCH)
            if shown:
                return shown
        shown = plain(stored)
        if self.percent:
            shown = _percent(shown)
        if self.zeros and shown.isdecimal():
            shown = shown.zfill(self.zeros)
        return f"{self.before}{shown}{self.after}"


GENERAL: Final = NumberFormat()
_ZEROS_MAX: Final = 30


@lru_cache(maxsize=1024)
def parse(number: int, code: str = "") -> NumberFormat:
    """Return the format of this number (built in) or of this code."""
    if not code:
        return NumberFormat(
            date=number in _BUILTIN_DATES or number == _BUILTIN_BOTH,
            time=number in _BUILTIN_TIMES or number == _BUILTIN_BOTH,
            percent=number in _BUILTIN_PERCENT,
        )
    literals: list[tuple[int, str]] = []
    bare: list[str] = []
    end = length = 0
    for match in _LITERAL.finditer(code):
        bare.append(code[end : match.start()])
        length += match.start() - end
        end = match.end()
        quoted, escaped, bracket = match.groups()
        if bracket and _ELAPSED.fullmatch(bracket):
            bare.append(bracket)
            length += len(bracket)
        elif quoted or escaped:
            literals.append((length, quoted or escaped))
    bare.append(code[end:])
    return _build("".join(bare), literals)


def _build(bare: str, literals: list[tuple[int, str]]) -> NumberFormat:
    section = bare.partition(";")[0]
    letters = set(_NO_DATE.sub("", section).lower())
    clock = bool(letters & {"h", "s"})
    day = bool(letters & {"y", "d", "j"}) or ("m" in letters and not clock)
    if day or clock:
        return NumberFormat(date=day, time=clock)
    literals = [(place, text) for place, text in literals if place <= len(section)]
    digit = _DIGIT.search(section)
    middle = digit.start() if digit else 0
    digits = section.strip()
    return NumberFormat(
        percent="%" in section,
        zeros=len(digits) if set(digits) == {"0"} and len(digits) <= _ZEROS_MAX else 0,
        before="".join(text for place, text in literals if place <= middle and digit),
        after="".join(text for place, text in literals if place > middle),
    )


def plain(stored: str) -> str:
    """Return a stored number without power of ten and without the noise of binary fractions."""
    if _SHORT.fullmatch(stored):
        return stored
    try:
        number = float(stored)
        if number.is_integer() and abs(number) < 10**_EXACT:
            return str(int(number))
    except (ValueError, OverflowError):
        return stored
    shown = f"{number:.{_EXACT}g}"
    return shown if "e" not in shown else stored


def iso_date(stored: str) -> str:
    """Return ``1956-03-12T00:00:00`` as ``12/03/1956``; anything else as :func:`plain` does."""
    date = _ISO_DATE.fullmatch(stored)
    if date is None:
        return plain(stored)
    year, month, day, clock = date.groups()
    return f"{day}/{month}/{year}" + (f" {clock}" if clock and clock != "00:00" else "")


def _percent(shown: str) -> str:
    try:
        return plain(f"{float(shown) * 100:.12g}") + " %"
    except (ValueError, OverflowError):
        return shown


def _date(stored: str, shape: NumberFormat, epoch: datetime) -> str:
    try:
        serial = float(stored)
    except ValueError:
        return ""
    if not 0 <= serial <= _LAST_DAY:
        return ""
    if epoch is _EPOCH and serial < _LEAP_BUG:
        serial += 1
    moment = epoch + timedelta(minutes=round(serial * 1440))
    clock = f"{moment:%H:%M}" if shape.time else ""
    # A day of year 1 to 999 has no four digits in strftime: it does not occur from these epochs.
    day = f"{moment:%d/%m/%Y}" if shape.date and serial >= 1 else ""
    return f"{day} {clock}".strip()
