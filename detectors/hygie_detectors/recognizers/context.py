"""What surrounds a find: its sentence, its line, and what people may see of words.

Does:   gives the bounds of a sentence or a line around an offset, keeps the longest of
        overlapping triggers, and masks words.
Never:  looks further than a fixed number of characters, so its cost does not grow with the text.
Fails:  never.
Source: our own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Protocol, TypeVar

from hygie_detectors.model import Confidence

SENTENCE_MAX: Final = 200
"""Characters on each side; a sentence of a letter has about 150, a line of a report fewer."""
LINE_MAX: Final = 200
"""Characters on each side; beyond it a line is prose without breaks."""

_STOP: Final = re.compile(
    # Begins at a class of characters, and looks back: the search skips the others at its speed.
    r"[.;!?\n](?:(?<=\n)(?:\s*\n|(?=\s*[-*•])|(?=[^\n]{0,40}:))|(?<!\n)(?=\s))"
)
_TITLE_BEFORE: Final = re.compile(r"(?:^|\W)(?:[a-z]|mr|dr|pr|st|cf|env)\.$")


class Spanned(Protocol):
    """Anything that lies somewhere in a text."""

    @property
    def start(self) -> int:
        """Offset of its first character."""

    @property
    def end(self) -> int:
        """Offset behind its last character."""


class Rated(Protocol):
    """Anything of a kind that one is more or less sure of."""

    @property
    def kind(self) -> str:
        """What it is."""

    @property
    def confidence(self) -> Confidence:
        """How sure."""


S = TypeVar("S", bound=Spanned)
R = TypeVar("R", bound=Rated)


def sentence(folded: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the sentence around ``start:end``, at most 200 characters on each side.

    An empty line, a list bullet and the next ``label :`` end a sentence too; ``M.``, ``Dr.`` and an
    initial do not.
    """
    floor, ceiling = max(0, start - SENTENCE_MAX), min(len(folded), end + SENTENCE_MAX)
    first, last = floor, ceiling
    for stop in _STOP.finditer(folded, floor, start):
        if not _abbreviation(folded, stop.end()):
            first = stop.end()
    for stop in _STOP.finditer(folded, end, ceiling):
        if not _abbreviation(folded, stop.end()):
            last = stop.end()
            break
    return first, last


def line(folded: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the line around ``start:end``, at most 200 characters on each side."""
    floor, ceiling = max(0, start - LINE_MAX), min(len(folded), end + LINE_MAX)
    first = folded.rfind("\n", floor, start) + 1 or floor
    last = folded.find("\n", end, ceiling)
    return first, ceiling if last < 0 else last


def longest(found: Iterable[S]) -> list[S]:
    """Return what does not lie inside, or overlap, something longer that begins no later."""
    kept: list[S] = []
    reach = -1
    for one in sorted(found, key=lambda s: (s.start, -s.end)):
        if one.start >= reach:
            kept.append(one)
            reach = one.end
    return kept


def capped(found: Iterable[R], most: int) -> Iterator[R]:
    """Yield at most so many of each kind and confidence: doubtful ones crowd out no sure one."""
    seen: Counter[tuple[str, Confidence]] = Counter()
    for one in found:
        seen[one.kind, one.confidence] += 1
        if seen[one.kind, one.confidence] <= most:
            yield one


def masked_words(value: str) -> str:
    """Return the first character of each word, then one star for each other.

    ``masked_words("Jean DUPONT")`` is ``J*** D*****``.
    """
    return " ".join(word[:1] + "*" * (len(word) - 1) for word in value.split())


def _abbreviation(folded: str, at: int) -> bool:
    return folded[at - 1] == "." and bool(_TITLE_BEFORE.search(folded, max(0, at - 5), at))
