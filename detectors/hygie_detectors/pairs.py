"""The pair: a finding that says who and one that says what, and how strongly they belong together.

Does:   returns the strongest pair of an inspection's findings: the two findings, how near each other
        they stand, and a strength; and the pairs among which the nearest and strongest always are.
Never:  looks at text: only at the confidence, the part and the place of findings.
Fails:  never.

============ =======================================================================================
high         both at medium or more, one of them high, within 300 characters of each other; or both
             high in one file; or one finding that carries both axes at high
medium       both at medium or more, anywhere in the message
low          anything less: one of them is a guess
============ =======================================================================================

Clinical qualifiers (negated, family, hypothetical, historic) lower no finding below medium, so they
erase no pair: "no HIV" about a named person is a pair of at least medium strength.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hygie_detectors.model import Axis, Confidence, Finding

NEAR: Final = 300
"""Characters: two or three sentences, or a header and the line below it."""
ADJACENT: Final = 100
"""Characters: about a sentence, or a line."""


class Proximity(StrEnum):
    """How near each other the two findings of a pair stand; compare with :attr:`rank`."""

    MESSAGE = "message"
    """In different files of the message."""
    SAME_PART = "same_part"
    """In one file."""
    NEAR = "near"
    """Within 300 characters."""
    ADJACENT = "adjacent"
    """Within 100 characters; or one finding that is both."""

    @property
    def rank(self) -> int:
        """0 for the message, 3 for adjacent."""
        return _RANKS[self]


_RANKS: Final = {proximity: rank for rank, proximity in enumerate(Proximity)}


@dataclass(frozen=True, slots=True)
class Pair:
    """Who and what, together."""

    identity: Finding
    health: Finding
    proximity: Proximity

    @property
    def gap(self) -> int | None:
        """Characters between the two, 0 when they touch or overlap; None when in different texts."""
        return _gap(self.identity, self.health)

    @property
    def strength(self) -> Confidence:
        """Low, medium or high; see the head of this module."""
        ranks = self.identity.confidence.rank, self.health.confidence.rank
        if min(ranks) < Confidence.MEDIUM.rank:
            return Confidence.LOW
        near = self.proximity.rank >= Proximity.NEAR.rank
        same = self.proximity is not Proximity.MESSAGE
        sure = (near and max(ranks) == Confidence.HIGH.rank) or (same and min(ranks) == Confidence.HIGH.rank)
        return Confidence.HIGH if sure else Confidence.MEDIUM


def strongest_pair(findings: Iterable[Finding]) -> Pair | None:
    """Return the strongest pair, the nearest of equals; None when an axis is missing."""
    return max(candidate_pairs(findings), key=_order, default=None)


def _order(pair: Pair) -> tuple[int, int, int]:
    sure = pair.identity.confidence.rank + pair.health.confidence.rank
    return pair.strength.rank, sure, pair.proximity.rank


def candidate_pairs(findings: Iterable[Finding]) -> Iterator[Pair]:
    """Yield enough pairs: one fulfils whatever is asked of confidence, strength and nearness, if any does.

    That is true of the message and of each file alone. By confidence on both sides: every finding that is
    both; in each text, each finding with the one before it that reaches furthest; in each file and in the
    message, the first of each.
    """
    for who, what in _by_confidence(findings):
        yield _pair(who[0], what[0])
        yield from (_pair(finding, finding) for finding in who if Axis.HEALTH in finding.axes)
        files: dict[str, Finding] = {}
        for health in what:
            files.setdefault(health.file, health)
        met: set[str] = set()
        for identity in who:
            if identity.file in files and identity.file not in met:
                met.add(identity.file)
                yield _pair(identity, files[identity.file])
        yield from _neighbours(who, what)


def _neighbours(who: list[Finding], what: list[Finding]) -> Iterator[Pair]:
    """Yield, in each text, each finding with the one of the other axis that ends last of those before it."""
    both = [(f.part, f.start, f.end, False, f) for f in who] + [
        (f.part, f.start, f.end, True, f) for f in what
    ]
    both.sort(key=_place)
    text: str | None = None
    last: dict[bool, Finding] = {}
    for part, _, end, is_health, finding in both:
        if part != text:
            text, last = part, {}
        other = last.get(not is_health)
        if other is not None:
            yield _pair(other, finding) if is_health else _pair(finding, other)
        if is_health not in last or last[is_health].end < end:
            last[is_health] = finding


def _place(row: tuple[str, int, int, bool, Finding]) -> tuple[str, int, int, bool]:
    return row[:4]


def _by_confidence(findings: Iterable[Finding]) -> Iterator[tuple[list[Finding], list[Finding]]]:
    """Yield identities and healths, both non-empty, for each pair of confidences."""
    groups: defaultdict[tuple[Axis, Confidence], list[Finding]] = defaultdict(list)
    for finding in findings:
        for axis in finding.axes:
            groups[axis, finding.confidence].append(finding)
    for who in Confidence:
        for what in Confidence:
            if groups[Axis.IDENTITY, who] and groups[Axis.HEALTH, what]:
                yield groups[Axis.IDENTITY, who], groups[Axis.HEALTH, what]


def _pair(identity: Finding, health: Finding) -> Pair:
    return Pair(identity, health, _proximity(identity, health))


def _proximity(one: Finding, other: Finding) -> Proximity:
    if one is other:
        return Proximity.ADJACENT
    if one.file != other.file:
        return Proximity.MESSAGE
    gap = _gap(one, other)
    if gap is None or gap > NEAR:
        return Proximity.SAME_PART
    return Proximity.ADJACENT if gap <= ADJACENT else Proximity.NEAR


def _gap(one: Finding, other: Finding) -> int | None:
    if one.part != other.part:
        return None
    return max(0, max(one.start, other.start) - min(one.end, other.end))
