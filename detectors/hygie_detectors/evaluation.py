"""Measured quality of labelled messages: what was found in each, and the figures of a label.

Does:   says of one inspected message what counts (axes from medium confidence on, the pair, what was not
        read, the milliseconds, whether the policies restrict it), and sums that up as shares of a label.
Never:  holds or prints content; decides: whether a message is restricted is told to it.
Fails:  never.
Source: the goals are stated by label, never as one figure for all: the folders are too unequal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hygie_detectors.model import Axis, Confidence, Inspection

LEAST: Final = Confidence.MEDIUM
"""The confidence from which a finding counts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made of one message."""

    health: bool
    identity: bool
    restricted: bool
    restricted_unread_only: bool
    """Restricted for what was not read; what was read would have passed."""
    unread: bool
    ms: float
    named: bool
    """Whether anything was found on the identity axis, of whatever confidence."""

    @property
    def pair(self) -> bool:
        """Whether both axes were found: the unit of risk."""
        return self.health and self.identity


def outcome(inspection: Inspection, *, restricted: bool, restricted_as_read: bool) -> Outcome:
    """Return what counts of an inspection; ``restricted_as_read`` leaves aside what was not read."""
    axes = {axis for f in inspection.findings if f.confidence.rank >= LEAST.rank for axis in f.axes}
    return Outcome(
        health=Axis.HEALTH in axes,
        identity=Axis.IDENTITY in axes,
        restricted=restricted,
        restricted_unread_only=restricted and not restricted_as_read,
        unread=bool(inspection.unread),
        ms=1000 * sum(inspection.seconds.values()),
        named=any(Axis.IDENTITY in finding.axes for finding in inspection.findings),
    )


def share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> float:
    """Return the share of the messages of which this holds, 0 where there is none."""
    return round(sum(map(holds, outcomes)) / len(outcomes), 6) if outcomes else 0.0


def figures(files: int, outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the figures of a label: shares of its messages, between 0 and 1, and their times."""
    times = sorted(each.ms for each in outcomes)
    return {
        "files": files,
        "health": share(outcomes, lambda each: each.health),
        "identity": share(outcomes, lambda each: each.identity),
        "pair": share(outcomes, lambda each: each.pair),
        "restricted": share(outcomes, lambda each: each.restricted),
        "unread": share(outcomes, lambda each: each.unread),
        "p50_ms": percentile(times, 0.50),
        "p95_ms": percentile(times, 0.95),
        "messages": len(outcomes),
        "restricted_unread_only": share(outcomes, lambda each: each.restricted_unread_only),
    }


def percentile(values: Iterable[float], part: float) -> float:
    """Return the value that this part of the values does not exceed (nearest rank), 0 of none."""
    ranked = sorted(values)
    return round(ranked[max(0, math.ceil(part * len(ranked)) - 1)], 3) if ranked else 0.0
