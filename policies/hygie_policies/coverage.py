"""Leaf coverage: whether each leaf of a policy was true in one of its tests, and false in another.

Does:   asks every leaf of a policy and of its exceptions of one message, and gathers the answers over tests.
Never:  changes what is decided: it asks beside ``decide``, with the same evaluation.
Fails:  never; a condition that cannot be evaluated leaves its leaves unasked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hygie_detectors.model import Inspection
from hygie_policies.conditions import Trace, View, evaluate
from hygie_policies.loader import PolicySet, conditions
from hygie_policies.model import Context, Envelope
from hygie_policies.parties import Parties
from hygie_policies.schema import Policy
from hygie_policies.yamlfile import Location

Answer = tuple[Location, bool | None]


@dataclass(frozen=True, slots=True)
class LeafCoverage:
    """One leaf of a policy, over all its tests."""

    place: Location
    name: str
    true: bool
    false: bool

    @property
    def whole(self) -> bool:
        """Whether it was both."""
        return self.true and self.false


def leaves(
    policy: Policy, inspection: Inspection, envelope: Envelope, context: Context, policies: PolicySet
) -> Iterator[Answer]:
    """Yield whether each leaf of a policy holds for a message; none when the policy is about no recipient."""
    view, parties = View(inspection, envelope, context), Parties(envelope, context, policies.shared)
    for place, condition, about in conditions(policy):
        scope = parties.in_scope(about)
        if not scope:
            continue
        with contextlib.suppress(Exception):  # an exception that cannot be asked spares no one
            yield from _answers(evaluate(condition, view, parties, scope), place)


def _answers(trace: Trace, place: Location) -> Iterator[Answer]:
    if trace.leaf is not None:
        yield place, trace.holds
    for index, child in enumerate(trace.children):
        yield from _answers(child, (*place, trace.name, index))


def coverage(policy: Policy, answers: Iterable[Answer]) -> tuple[LeafCoverage, ...]:
    """Return what the tests of a policy have shown of each of its leaves, in their order."""
    seen = set(answers)
    return tuple(
        LeafCoverage(place, node.key, (place, True) in seen, (place, False) in seen)
        for top, condition, _ in conditions(policy)
        for place, node in condition.located(top)
        if node.leaf is not None
    )
