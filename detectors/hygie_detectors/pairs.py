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

    rank: int
    """0 for the message, 3 for adjacent."""


for _rank, _member in enumerate(Proximity):
    _member.rank = _rank  # a plain attribute: it is read for every pair


@dataclass(frozen=True, slots=True)
class Pair:
    """Who and what, together."""

    identity: Finding
    health: Finding
    proximity: Proximity
    gap: int | None
    """Characters between the two, 0 when they touch or overlap; None when in different texts."""

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
    ordered = sorted(findings, key=_place)
    yield from _neighbours(ordered)
    files: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in ordered:
        files[finding.file].append(finding)
    for group in (ordered, *files.values()):
        who, what = _first(group, Axis.IDENTITY), _first(group, Axis.HEALTH)
        yield from (_pair(identity, health) for identity in who for health in what)


def _neighbours(ordered: list[Finding]) -> Iterator[Pair]:
    """Yield the pairs within each text, and each finding that is both."""
    text: str | None = None
    reach: dict[Axis, list[Finding | None]] = {}
    for finding in ordered:
        if finding.part != text:
            text, reach = finding.part, {axis: [None] * len(Confidence) for axis in Axis}
        if len(finding.axes) > 1:
            yield Pair(finding, finding, Proximity.ADJACENT, 0)
        for axis in finding.axes:
            for other in reach[Axis.HEALTH if axis is Axis.IDENTITY else Axis.IDENTITY]:
                if other is not None:
                    gap = max(0, finding.start - other.end)
                    identity, health = (finding, other) if axis is Axis.IDENTITY else (other, finding)
                    yield Pair(identity, health, _nearness(gap), gap)
        for axis in finding.axes:
            furthest = reach[axis][finding.confidence.rank]
            if furthest is None or furthest.end < finding.end:
                reach[axis][finding.confidence.rank] = finding


def _first(findings: Iterable[Finding], axis: Axis) -> list[Finding]:
    """Return the first finding of an axis at each confidence."""
    first: dict[Confidence, Finding] = {}
    for finding in findings:
        if axis in finding.axes:
            first.setdefault(finding.confidence, finding)
    return list(first.values())


def _place(finding: Finding) -> tuple[str, int, int]:
    return finding.part, finding.start, finding.end


def _pair(identity: Finding, health: Finding) -> Pair:
    if identity.part == health.part:
        gap = max(0, max(identity.start, health.start) - min(identity.end, health.end))
        return Pair(identity, health, _nearness(gap), gap)
    same = identity.file == health.file
    return Pair(identity, health, Proximity.SAME_PART if same else Proximity.MESSAGE, None)


def _nearness(gap: int) -> Proximity:
    """Return how near two findings of one text stand."""
    return Proximity.ADJACENT if gap <= ADJACENT else Proximity.NEAR if gap <= NEAR else Proximity.SAME_PART
