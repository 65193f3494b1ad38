"""Recognise the five traits of a national health identity, without its number: kind ``ins_traits``.

Does:   where a cartouche says birth name, given name, birth date, sex and birth place, each behind its label
        or in the sentence "née X le … à …", yields one hit over all of them.
Never:  takes four of them, or an empty form; reads more than 600 characters around a birth place.
Fails:  never on any text. Beyond 200 cartouches in one text no more are reported.
Source: ANS, Référentiel national d'identitovigilance (RNIV): the strict traits of the INS.

How sure: high, always: the five together are what care itself identifies a person by.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, Triggers
from hygie_detectors.recognizers.patient import trait_patterns
from hygie_detectors.recognizers.patient.dates import Dated
from hygie_detectors.recognizers.patient.names import Named
from hygie_detectors.text import NormalText

REACH: Final = 300
"""Characters on each side of a birth place in which a cartouche says the rest."""
HITS_MAX: Final = 200
_NAMES: Final = 2
"""A birth name and a given name: two labelled names, or two words of one name."""


def traits_hits(
    text: NormalText, triggers: Triggers, names: Sequence[Named], dates: Sequence[Dated]
) -> Iterator[Hit]:
    """Yield each cartouche that holds the five traits; ``names`` and ``dates`` in order."""
    reach = -1
    found = 0
    for label in triggers.of("birth_place_label"):
        place = trait_patterns.PLACE.match(text.folded, label.end)
        if place is None or label.start < reach or found >= HITS_MAX:
            continue
        first, last = max(0, label.start - REACH), place.end() + REACH
        date = _first(dates, first, last)
        named = [n for n in _within(names, first, last) if n.kind == "patient_name"] if date else []
        words = sum(len(text.text[n.start : n.end].split()) for n in named)
        if date is None or words < _NAMES or not trait_patterns.SEX.search(text.folded, first, last):
            continue
        start = min(date.start, named[0].start, label.start)
        end = max(date.end, named[-1].end, place.end())
        reach, found = end, found + 1
        value = f"{text.folded[named[0].start : named[0].end]} {date.value}"
        yield Hit("ins_traits", (Axis.IDENTITY,), Confidence.HIGH, start, end, "5 traits", value)


def _within(names: Sequence[Named], first: int, last: int) -> list[Named]:
    at = bisect_left(names, first, key=lambda name: name.start)
    kept = []
    while at < len(names) and names[at].start < last:
        kept.append(names[at])
        at += 1
    return kept


def _first(dates: Sequence[Dated], first: int, last: int) -> Dated | None:
    at = bisect_left(dates, first, key=lambda date: date.start)
    return dates[at] if at < len(dates) and dates[at].start < last else None
