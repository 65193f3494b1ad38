"""Whether health is spoken of around a name.

Does:   answers by bisection from the places of the clinical vocabulary that the gate met.
Never:  looks further than the sentence and a little behind it.
Fails:  never.
Source: our own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from hygie_detectors.model import Confidence
from hygie_detectors.recognizers.base import Trigger, Triggers
from hygie_detectors.recognizers.context import Spanned, sentence
from hygie_detectors.text import NormalText

REACH: Final = 120
"""Characters behind the sentence of a name in which its health is usually told."""
HEALTH: Final = ("disease", "drug", "procedure")
_CARED: Final = "person_care"
SPOKEN: Final = (*HEALTH, *(f"abbreviated_{category}" for category in HEALTH), _CARED, "care", "symptom")
"""Whatever speaks of care, however weakly: enough behind a name with an age or a room."""
_YOUR: Final = ("votre ", "vos ")
_MEDIUM: Final = Confidence.MEDIUM.value


class Care:
    """Whether health is spoken of around a place; answers by bisection."""

    def __init__(self, text: NormalText, triggers: Triggers) -> None:
        self._folded = text.folded
        self._health = sorted(
            t.start
            for category in HEALTH
            for t in (*triggers.of(category), *_in_capitals(text, triggers.of("abbreviated_" + category)))
            if t.data == _MEDIUM
        )
        self._cared = sorted(t.start for t in triggers.of(_CARED))
        self._unwell = sorted(t.start for t in triggers.of("symptom"))
        self._spoken = sorted(t.start for category in SPOKEN for t in triggers.of(category))
        self.yours = [at for at in self._health if text.folded[max(0, at - 6) : at].endswith(_YOUR)]
        """Where "votre" or "vos" stands right before a term of health."""
        self._sentences: dict[tuple[int, int], tuple[int, int]] = {}

    def health(self, name: Spanned) -> bool:
        """Tell whether a disease, drug or procedure stands in the sentence or shortly behind it."""
        return self._any(self._health, name)

    def unwell(self, name: Spanned) -> bool:
        """Tell whether a symptom stands in the sentence or shortly behind it."""
        return self._any(self._unwell, name)

    def spoken(self, name: Spanned) -> bool:
        """Tell whether anything there speaks of care at all."""
        return self._any(self._spoken, name)

    def cared(self, name: Spanned) -> bool:
        """Tell whether the sentence, or what shortly follows, speaks of a person under care."""
        return self._any(self._cared, name)

    def sentence(self, name: Spanned) -> tuple[int, int]:
        """Return the bounds of the sentence around a name; several questions are asked of one."""
        place = name.start, name.end
        if place not in self._sentences:
            self._sentences[place] = sentence(self._folded, *place)
        return self._sentences[place]

    def _any(self, starts: list[int], name: Spanned) -> bool:
        if not starts:
            return False
        first, last = self.sentence(name)
        at = bisect_left(starts, first)
        return at < len(starts) and starts[at] < last + REACH


def _in_capitals(text: NormalText, met: Iterable[Trigger]) -> Iterator[Trigger]:
    return (t for t in met if text.text[t.start : t.end].isupper())
