"""Whether a place stands in text about health in general: a leaflet, a study, an exam, a newsletter.

Does:   weighs the words of general texts, and the figures of studies, within 400 characters of a place.
Never:  judges a whole text by its cues: a leaflet pasted below a letter leaves the letter what it is.
Fails:  never.
Source: ``vocabulary/generic.txt``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from hygie_detectors.model import Confidence
from hygie_detectors.recognizers.base import Sketched, Triggers
from hygie_detectors.text import NormalText

REACH: Final = 400
"""Characters on each side in which words of general texts count: a paragraph."""
ENOUGH: Final = 3
"""Weight that makes a place general: a word that hardly stands elsewhere counts two, others one."""
_WEIGHT: Final = {Confidence.MEDIUM: 2, Confidence.LOW: 1}

_COMPARED: Final = Sketched(r"[=<>] ?\d", words=("=", "<", ">"))
_STATISTIC: Final = re.compile(r"\b(?:n|p|or|hr|rr|r2) ?$")
"""Before a comparison: n = 124, p < 0,05."""
_BLANKS: Final = Sketched(r"[_.]{6,}", words=("_", ".."))
"""What a form leaves to be filled in."""


class GenericText:
    """The words of general texts in one text; answers by bisection."""

    def __init__(self, text: NormalText, triggers: Triggers) -> None:
        cues = [(t.start, t.term, _WEIGHT[Confidence(t.data)]) for t in triggers.of("generic")]
        cues += [(start, name, _WEIGHT[Confidence.MEDIUM]) for start, name in _figures(text)]
        self._cues = sorted(cues)
        self._starts = [start for start, _, _ in self._cues]

    def around(self, start: int, end: int) -> bool:
        """Tell whether enough different words of general texts stand near."""
        if not self._cues:
            return False
        first = bisect_left(self._starts, start - REACH)
        last = bisect_left(self._starts, end + REACH)
        weights = {term: weight for _, term, weight in self._cues[first:last]}
        return sum(weights.values()) >= ENOUGH


def _figures(text: NormalText) -> Iterator[tuple[int, str]]:
    """Yield the figures of a study and the blanks of a form, with their name."""
    for compared in _COMPARED.finditer(text):
        statistic = _STATISTIC.search(text.folded, max(0, compared.start() - 4), compared.start())
        if statistic:
            yield statistic.start(), statistic[0].strip() + " ="
    for blanks in _BLANKS.finditer(text):
        yield blanks.start(), "blanks"
