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
from hygie_detectors.recognizers.context import Spanned, longest, sentence
from hygie_detectors.recognizers.patient.work import is_expert, is_topic
from hygie_detectors.text import NormalText

REACH: Final = 120
"""Characters behind the sentence of a name in which its health is usually told."""
HEALTH: Final = ("disease", "drug", "procedure")
_CARED: Final = "person_care"
_STATE: Final = ("symptom", "sign")
_ABBREVIATED: Final = tuple(f"abbreviated_{category}" for category in HEALTH)
SPOKEN: Final = (*HEALTH, *_ABBREVIATED, _CARED, "care", *_STATE)
"""Whatever speaks of care, however weakly: enough behind a name with an age or a room."""
ENOUGH: Final = 2
_YOUR: Final = ("votre ", "vos ")
_MEDIUM: Final = Confidence.MEDIUM.value
_CODED: Final = ("icd10_label", "ccam_label", "ghm_label")
"""Categories of words that codes of a stay stand behind."""
_MEASURED: Final = re.compile(
    r"[ ]?[:=]?[ ](?:(?:a |est a )?[<>]?\d|(?:bas|elevee?|negati|positi|effondre|multiplie))"
)
"""Behind the name of an analyte or of a score: its value."""
_INITIALS: Final = re.compile(
    r"[tfepoasck](?<!\w.)(?:(?<=t)(?:a|p)|(?<=f)(?:c|r)|(?<=e)va|(?<=o)ms|(?<=p)s|(?<=a)(?:sa|cr)|(?<=s)a(?:t|o2)"
    r"|(?<=c)rp|(?<=k)|(?<=t))[ :=]{1,3}\d|t(?<![a-bd-oq-xz0-9].)[0-4][a-d]?n[0-3x]"
    r"|g(?<!\w.)\d{1,2}p\d"
)
"""The same of initials, which the gate looks for nowhere, and a stage."""
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
        self._unwell = sorted(
            (
                *(t.start for category in (*_STATE, *_CODED) for t in triggers.of(category)),
                *_measured(text, triggers),
                *(match.start() for match in _INITIALS.finditer(text.folded)),
            )
        )
        self._weak = _weak(text, triggers)
        self._spoken = sorted(t.start for category in SPOKEN for t in triggers.of(category))
        self.yours = [at for at in self._health if text.folded[max(0, at - 6) : at].endswith(_YOUR)]
        """Where "votre" or "vos" stands right before a term of health."""
        self._sentences: dict[tuple[int, int], tuple[int, int]] = {}

    def health(self, name: Spanned) -> bool:
        """Tell whether a disease, drug or procedure stands in the sentence or shortly behind it.

        One that something is about, a project or a book, is no word about anybody.
        """
        return any(not self._is_topic(at) for at in self._within(self._health, name))

    def _is_topic(self, at: int) -> bool:
        if at not in self._topics:
            self._topics[at] = is_topic(self._text, self._terms[at])
        return self._topics[at]

    def told(self, first: int, last: int) -> bool:
        """Tell whether a disease, drug or procedure stands between two places."""
        at = bisect_left(self._health, first)
        return at < len(self._health) and self._health[at] < last

    def hinted(self, first: int, last: int) -> bool:
        """Tell whether a word of health, however sure, or a measure stands between two places."""
        at = bisect_left(self._weak, (first, ""))
        measured = bisect_left(self._unwell, first)
        return (at < len(self._weak) and self._weak[at][0] < last) or (
            measured < len(self._unwell) and self._unwell[measured] < last
        )

    def unwell(self, name: Spanned) -> bool:
        """Tell whether a symptom, a measure, a code stands in the sentence or shortly behind it.

        Or two different words of health, each of which alone may mean something else.
        """
        return self._any(self._unwell, name) or self._several(name)

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

    def _several(self, name: Spanned) -> bool:
        if len(self._weak) < ENOUGH:
            return False
        first, last = self.sentence(name)
        at = bisect_left(self._weak, (first, ""))
        near = (term for start, term in self._weak[at : at + ENOUGH + 1] if start < last)
        return len({*near}) >= ENOUGH

    def sentence(self, name: Spanned) -> tuple[int, int]:
        """Return the bounds of the sentence around a name; several questions are asked of one."""
        place = name.start, name.end
        if place not in self._sentences:
            self._sentences[place] = sentence(self._folded, *place)
        return self._sentences[place]

    def _any(self, starts: list[int], name: Spanned) -> bool:
        return next(iter(self._within(starts, name)), None) is not None

    def _within(self, starts: list[int], name: Spanned) -> range:
        """Return the indices of the places in the sentence of a name, or shortly behind it."""
        if not starts:
            return range(0)
        first, last = self.sentence(name)
        return range(bisect_left(starts, first), bisect_left(starts, last + REACH))


def _of_nobody(text: NormalText, cared: Trigger) -> bool:
    """Tell whether "patients" are all patients, or "patiente experte" is one who teaches."""
    if not cared.term.startswith(_PATIENT):
        return _PLURAL.search(text.folded, max(0, cared.start - 24), cared.start) is not None
    if cared.term.endswith("s"):
        return _OURS.search(text.folded, max(0, cared.start - 12), cared.start) is None
    return is_expert(text, cared.start)


def _measured(text: NormalText, triggers: Triggers) -> Iterator[int]:
    """Yield where an analyte or a score stands with its value."""
    for category in ("analyte", "score"):
        for name in triggers.of(category):
            if _MEASURED.match(text.folded, name.end):
                yield name.start


def _weak(text: NormalText, triggers: Triggers) -> list[tuple[int, str]]:
    """Return the words of health however sure, none inside another nor a mere topic, and where they stand."""
    met = (
        *(t for category in HEALTH for t in triggers.of(category)),
        *(t for category in _ABBREVIATED for t in _in_capitals(text, triggers.of(category))),
    )
    return [(t.start, t.term) for t in longest(met) if not is_topic(text, t)]


def _in_capitals(text: NormalText, met: Iterable[Trigger]) -> Iterator[Trigger]:
    return (t for t in met if text.text[t.start : t.end].isupper())
