"""Numbers that a hospital gives its patients, behind their label.

Does:   reads the number behind IPP, NDA, IEP and their other spellings: kind ``patient_number``.
Never:  takes a number without its label.
Fails:  never on any text. Beyond 200 numbers in one text no more are reported.
Source: hospital letters and labels; the project's facts on identifiers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, Triggers, masked_number
from hygie_detectors.recognizers.patient import number_patterns
from hygie_detectors.text import NormalText

HITS_MAX: Final = 200
"""Of one kind in one text: a ward list has about 60."""
_DIGITS_MIN: Final = 5


def number_hits(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    """Yield hospital numbers behind their label.

    The permanent number (IPP) exists only because someone is a hospital's patient: it carries both
    axes. A stay number shares its labels with other trades (NDA, IEP): identity only.
    """
    reported = 0
    both = (Axis.IDENTITY, Axis.HEALTH)
    for category, axes in (("ipp_label", both), ("stay_label", (Axis.IDENTITY,))):
        for label in triggers.of(category):
            match = number_patterns.NUMBER.match(text.folded, label.end)
            if match is None or sum(map(str.isdigit, match["number"])) < _DIGITS_MIN or reported >= HITS_MAX:
                continue
            reported += 1
            number = match["number"].upper()
            start, end = match.span("number")
            yield Hit("patient_number", axes, Confidence.MEDIUM, start, end, masked_number(number), number)
