"""What finds of one cartouche make of each other: a name beside a birth date, a number, an address.

Does:   raises a name to high in reach of a birth date, a name to medium beside a patient's number; one
        behind a label or a civil title to medium in front of a home's address or of the year of birth;
        leaves alone what stands in public (see ``public.py``).
Never:  makes a pair out of low finds alone: a name with a phone stays low, every signature is that.
Fails:  never.
Source: our own; the project's facts on how much each proves.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from hygie_detectors.model import Confidence
from hygie_detectors.recognizers.base import Hit
from hygie_detectors.recognizers.contact.patterns import POSTCODE
from hygie_detectors.recognizers.context import Spanned
from hygie_detectors.recognizers.patient.dates import Dated
from hygie_detectors.recognizers.patient.names import Named

TOGETHER: Final = 250
"""Characters between a name and a birth date that belong to one cartouche."""
BARE: Final = 80
"""The same for a name that nothing introduces: it may be a relative's, a signature's."""
NEXT: Final = 6
"""The same where only a comma or a line end parts them: "Mme Dupont, 12 rue des Lilas, 75013 Paris"."""
YEAR: Final = 30
"""Characters between a name and the year or month of birth behind it."""
HOME: Final = 120
"""Characters between a name and the address behind it."""


def with_dates(names: Sequence[Named], dates: Sequence[Dated]) -> Iterator[Named]:
    """Yield the names, high for those in one cartouche with a birth date."""
    starts = sorted(date.start for date in dates)
    for name in names:
        bare = name.kind == "person_name" and name.confidence is Confidence.LOW
        if not name.public and near(starts, name, BARE if bare else TOGETHER):
            yield name._replace(confidence=Confidence.HIGH)
        else:
            yield name


def with_homes(names: Sequence[Named], homes: Sequence[Hit]) -> Iterator[Named]:
    """Yield the names, medium for those before a home's address, or right before a postal one."""
    told = sorted(home.start for home in homes if home.confidence is not Confidence.LOW)
    postal = sorted(home.start for home in homes if POSTCODE.search(home.value))
    for name in names:
        before = _follows(told, name, HOME) or _follows(postal, name, NEXT)
        if before and name.introduced and not name.public and name.confidence is Confidence.LOW:
            yield name._replace(confidence=Confidence.MEDIUM)
        else:
            yield name


def with_numbers(names: Sequence[Named], numbers: Sequence[Spanned]) -> Iterator[Named]:
    """Yield the names, medium at least for those beside a number that only a patient has."""
    starts = sorted(number.start for number in numbers)
    for name in names:
        if name.confidence is Confidence.LOW and near(starts, name, BARE):
            yield name._replace(confidence=Confidence.MEDIUM)
        else:
            yield name


def with_years(names: Sequence[Named], years: Sequence[Dated]) -> Iterator[Named]:
    """Yield the names, medium for those that a title introduces and "né en 1956" follows."""
    starts = sorted(year.start for year in years)
    for name in names:
        if (
            _follows(starts, name, YEAR)
            and name.introduced
            and not name.public
            and name.confidence is Confidence.LOW
        ):
            yield name._replace(confidence=Confidence.MEDIUM)
        else:
            yield name


def _follows(starts: Sequence[int], name: Named, reach: int) -> bool:
    """Tell whether one of these places, in order, stands within reach behind the name."""
    at = bisect_left(starts, name.end)
    return at < len(starts) and starts[at] - name.end <= reach


def near(starts: Sequence[int], place: Spanned, reach: int) -> bool:
    """Tell whether one of these places, in order, is within reach of another on either side."""
    at = bisect_left(starts, place.start - reach)
    return at < len(starts) and starts[at] - place.end <= reach
