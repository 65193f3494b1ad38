"""The pair: a finding that says who and one that says what, and how strongly they belong together.

Does:   returns the strongest pair of an inspection's findings: the two findings, how near each other
        they stand, and a strength.
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

from bisect import bisect_left
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
        return tuple(Proximity).index(self)


@dataclass(frozen=True, slots=True)
class Pair:
    """Who and what, together."""

    identity: Finding
    health: Finding
    proximity: Proximity

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
    return max(_candidates(findings), key=_order, default=None)


def _order(pair: Pair) -> tuple[int, int, int]:
    sure = pair.identity.confidence.rank + pair.health.confidence.rank
    return pair.strength.rank, sure, pair.proximity.rank


def _candidates(findings: Iterable[Finding]) -> Iterator[Pair]:
    """Yield enough pairs for the strongest to be among them.

    By confidence on both sides: in each text, every identity with the health nearest to it; in each
    file and in the message, the first of each.
    """
    for who, what in _by_confidence(findings):
        yield _pair(who[0], what[0])
        texts: defaultdict[str, list[Finding]] = defaultdict(list)
        files: dict[str, Finding] = {}
        for health in what:
            texts[health.part].append(health)
            files.setdefault(health.file, health)
        for group in texts.values():
            group.sort(key=_start)
        for identity in who:
            if Axis.HEALTH in identity.axes:
                yield _pair(identity, identity)
            near = texts.get(identity.part, [])
            at = bisect_left(near, identity.start, key=_start)
            for health in near[max(0, at - 1) : at + 1]:
                yield _pair(identity, health)
            if not near and identity.file in files:
                yield _pair(identity, files[identity.file])


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
    if one.part != other.part:
        return Proximity.SAME_PART
    gap = max(one.start, other.start) - min(one.end, other.end)
    return Proximity.ADJACENT if gap <= ADJACENT else Proximity.NEAR if gap <= NEAR else Proximity.SAME_PART


def _start(finding: Finding) -> int:
    return finding.start
