"""Names of one to three letters, looked for only in a text that is analysed anyway.

Does:   finds initials such as ``Na``, ``TA``, ``FC`` as whole words. In the gate they would be met inside
        every second word of every ordinary mail, and each meeting costs.
Never:  tells initials from words: who asks looks at the capitals and at the value behind.
Fails:  never; ``ValueError`` when built without names. Looks at 20 000 in one text at most.
Source: measured: the gate takes a fifth longer over an office mail with thirty such names in it.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from hygie_detectors.recognizers.base import Trigger
from hygie_detectors.text import NormalText

LONGEST: Final = 3
"""Characters of what is looked for here rather than in the gate."""
FOUND_MAX: Final = 20_000
"""Initials looked at in one text: a mebibyte of prose has a tenth of it, mostly ``ça`` and ``ta``."""


class Initials:
    """A set of short names, folded."""

    def __init__(self, names: Iterable[str]) -> None:
        by_first: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(names, key=len, reverse=True):
            by_first[name[0]].append(re.escape(name[1:]))
        if not by_first:
            raise ValueError("no names")
        # Begins at a class of letters, and looks back: the search skips the others at its speed.
        ends = "|".join(f"(?<={re.escape(first)})(?:{'|'.join(rest)})" for first, rest in by_first.items())
        firsts = "".join(re.escape(first) for first in by_first)
        self._pattern = re.compile(rf"[{firsts}](?<!\w.)(?:{ends})(?!\w)")

    def beside(self, text: NormalText, met: Iterable[Trigger]) -> Iterator[Trigger]:
        """Yield, in order, what the gate met and the initials of the text."""
        matches = islice(self._pattern.finditer(text.folded), FOUND_MAX)
        found = (Trigger(m.start(), m.end(), m[0]) for m in matches)
        return heapq.merge(met, found, key=lambda trigger: (trigger.start, trigger.end))


def longest_first(names: Iterable[Trigger]) -> Iterator[Trigger]:
    """Yield, of the names that begin at one place, the longest: they come in order, shorter first."""
    held: Trigger | None = None
    for name in names:
        if held is not None and held.start != name.start:
            yield held
        held = name
    if held is not None:
        yield held
