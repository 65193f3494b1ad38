"""Whether health is spoken of around a name.

Does:   answers by bisection from the places of the clinical vocabulary that the gate met.
Never:  looks further than the sentence and a little behind it.
Fails:  never.
Source: our own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from hygie_detectors.model import Confidence
from hygie_detectors.recognizers.base import Trigger, Triggers
from hygie_detectors.recognizers.context import Spanned, sentence
from hygie_detectors.recognizers.patient.work import is_expert, is_topic
from hygie_detectors.text import NormalText

REACH: Final = 120
"""Characters behind the sentence of a name in which its health is usually told."""
HEALTH: Final = ("disease", "drug", "procedure")
_CARED: Final = "person_care"
SPOKEN: Final = (*HEALTH, *(f"abbreviated_{category}" for category in HEALTH), _CARED, "care", "symptom")
"""Whatever speaks of care, however weakly: enough behind a name with an age or a room."""
_YOUR: Final = ("votre ", "vos ")
_MEDIUM: Final = Confidence.MEDIUM.value
_PATIENT: Final = "patient"
_PLURAL: Final = re.compile(r"\b(?:patients|personnes|malades|sujets|ceux|celles) (?:agees |adultes )?$")
"""Before "atteints de": nobody in particular."""
_OURS: Final = re.compile(r"\b(?:vos|nos|mes|ses|leurs|ces|deux|trois|autres) $")
"""Before "patients": some who may be named."""


class Care:
    """Whether health is spoken of around a place; answers by bisection."""

    def __init__(self, text: NormalText, triggers: Triggers) -> None:
        self._text = text
        self._folded = text.folded
        self._terms = sorted(
            t
            for category in HEALTH
            for t in (*triggers.of(category), *_in_capitals(text, triggers.of("abbreviated_" + category)))
            if t.data == _MEDIUM
        )
        self._health = [term.start for term in self._terms]
        self._topics: dict[int, bool] = {}
        cared = sorted(t for t in triggers.of(_CARED) if not _of_nobody(text, t))
        self._cared = [t.start for t in cared]
        self._undergone = [t.start for t in cared if not t.term.startswith(_PATIENT)]
        self._unwell = sorted(t.start for t in triggers.of("symptom"))
        self._spoken = sorted(t.start for category in SPOKEN for t in triggers.of(category))
        self.yours = [at for at in self._health if text.folded[max(0, at - 6) : at].endswith(_YOUR)]
        """Where "votre" or "vos" stands right before a term of health."""

    def health(self, name: Spanned) -> bool:
        """Tell whether a disease, drug or procedure stands in the sentence or shortly behind it.

        One that something is about, a project or a book, is no word about anybody.
        """
        return any(not self._is_topic(at) for at in self._within(self._health, name))

    def _is_topic(self, at: int) -> bool:
        if at not in self._topics:
            self._topics[at] = is_topic(self._text, self._terms[at])
        return self._topics[at]

    def unwell(self, name: Spanned) -> bool:
        """Tell whether a symptom stands in the sentence or shortly behind it."""
        return self._any(self._unwell, name)

    def spoken(self, name: Spanned) -> bool:
        """Tell whether anything there speaks of care at all."""
        return self._any(self._spoken, name)

    def cared(self, name: Spanned) -> bool:
        """Tell whether the sentence, or what shortly follows, speaks of a person under care."""
        return self._any(self._cared, name)

    def undergone(self, name: Spanned) -> bool:
        """Tell whether it says what was done to somebody: "opérée", "suivie pour", not merely "patient"."""
        return self._any(self._undergone, name)

    def next_spoken(self, at: int) -> int | None:
        """Return where the first word of care behind a place stands."""
        index = bisect_left(self._spoken, at)
        return self._spoken[index] if index < len(self._spoken) else None

    def _any(self, starts: list[int], name: Spanned) -> bool:
        return next(iter(self._within(starts, name)), None) is not None

    def _within(self, starts: list[int], name: Spanned) -> range:
        """Return the indices of the places in the sentence of a name, or shortly behind it."""
        if not starts:
            return range(0)
        first, last = sentence(self._folded, name.start, name.end)
        return range(bisect_left(starts, first), bisect_left(starts, last + REACH))


def _of_nobody(text: NormalText, cared: Trigger) -> bool:
    """Tell whether "patients" are all patients, or "patiente experte" is one who teaches."""
    if not cared.term.startswith(_PATIENT):
        return _PLURAL.search(text.folded, max(0, cared.start - 24), cared.start) is not None
    if cared.term.endswith("s"):
        return _OURS.search(text.folded, max(0, cared.start - 12), cared.start) is None
    return is_expert(text, cared.start)


def _in_capitals(text: NormalText, met: Iterable[Trigger]) -> Iterator[Trigger]:
    return (t for t in met if text.text[t.start : t.end].isupper())
