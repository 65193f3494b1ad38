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
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from daachorse import DoubleArrayAhoCorasick

from hygie_detectors.recognizers.base import Trigger
from hygie_detectors.text import NormalText

LONGEST: Final = 3
"""Characters of what is looked for here rather than in the gate."""
FOUND_MAX: Final = 20_000
"""Initials looked at in one text: a mebibyte of prose has a tenth of it, mostly ``ça`` and ``ta``."""


_PIECE: Final = 65_536
"""Characters searched at once, so that no list of millions of places is made."""
_WORDS: Final = bytes(
    code if character.isalnum() or character == "_" else ord(" ")
    for code, character in enumerate(bytes([code]).decode("cp1252", "replace") for code in range(256))
)


class Initials:
    """A set of short names, folded, that begin with a letter."""

    def __init__(self, names: Iterable[str]) -> None:
        listed = sorted(names, key=len, reverse=True)
        if not listed:
            raise ValueError("no names")
        self._longest = len(listed[0])
        self._pattern = re.compile(rf"(?:{'|'.join(map(re.escape, listed))})(?!\w)")
        # Found by their word, "k" of "k+", all in one pass; the regex looks at these places only.
        words = {re.split(r"\W", name, maxsplit=1)[0] for name in listed}
        self._automaton = DoubleArrayAhoCorasick([f" {word} ".encode("cp1252") for word in sorted(words)])

    def beside(self, text: NormalText, met: Iterable[Trigger]) -> Iterator[Trigger]:
        """Yield, in order, what the gate met and the initials of the text."""
        matches = islice(self._matches(text), FOUND_MAX)
        found = (Trigger(m.start(), m.end(), m[0]) for m in matches)
        return heapq.merge(met, found, key=lambda trigger: (trigger.start, trigger.end))

    def _matches(self, text: NormalText) -> Iterator[re.Match[str]]:
        words = text.derived(_spaced)
        for first in range(0, len(words), _PIECE):
            piece = words[first : first + _PIECE + self._longest + 1]
            for start, _, _ in self._automaton.find_overlapping(piece):
                # A space was put before the text: here the name begins.
                if start < _PIECE and (match := self._pattern.match(text.folded, first + start)):
                    yield match


def _spaced(text: NormalText) -> bytes:
    """Return the words of a text, a space for all that is none, and one at each end."""
    return b" %b " % text.encoded.translate(_WORDS)


def longest_first(names: Iterable[Trigger]) -> Iterator[Trigger]:
    """Yield, of the names that begin at one place, the longest: they come in order, shorter first."""
    held: Trigger | None = None
    for name in names:
        if held is not None and held.start != name.start:
            yield held
        held = name
    if held is not None:
        yield held
