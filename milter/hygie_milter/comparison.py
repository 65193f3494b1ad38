"""What another policy set changes: two answers to the same message, and the count of many.

Does:   takes two answers, from a decision or from a line of the journal, and counts what differs, by action
        before and after, by policy, with some references to look up.
Never:  holds an address or content; counts as equal what could not be told.
Fails:  ``KeyError``, ``ValueError`` or ``TypeError`` for a line that is not in the form of a decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from hygie_milter.journal.lines import Line
from hygie_policies.model import Action, Decision

REFERENCES_MAX: Final = 5
"""References kept of each kind of change; the journal has the others."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a set answered to one message."""

    action: Action
    copies: tuple[tuple[Action, str | None], ...]
    """What became of each recipient's copy, and by which channel, in their order."""
    split: bool
    enforced: frozenset[tuple[str, Action]]
    """The enforced policies that matched, and what each asked for."""
    simulated: frozenset[tuple[str, Action]]

    @property
    def restricted(self) -> bool:
        """Whether some copy does not leave by the ordinary way."""
        return self.action.rank >= Action.REROUTE.rank

    def same_as(self, other: Answer) -> bool:
        """Tell whether the message has the same fate."""
        return (self.action, self.copies, self.split) == (other.action, other.copies, other.split)


def answer_of(decision: Decision) -> Answer:
    """Return what was decided."""
    outcomes = [(o.id, o.action, o.simulated) for o in decision.outcomes]
    return Answer(
        decision.action,
        tuple((r.action, r.channel) for r in decision.recipients),
        decision.split,
        frozenset((name, action) for name, action, simulated in outcomes if not simulated),
        frozenset((name, action) for name, action, simulated in outcomes if simulated),
    )


def recorded_answer(line: Line) -> Answer:
    """Return what was decided then."""
    told = line.fields
    outcomes = [(row["id"], Action(row["action"]), row.get("simulated", False)) for row in told["policies"]]
    return Answer(
        Action(told["action"]),
        tuple((Action(row["action"]), row.get("channel")) for row in told["recipients"]),
        bool(told["split"]),
        frozenset((name, action) for name, action, simulated in outcomes if not simulated),
        frozenset((name, action) for name, action, simulated in outcomes if simulated),
    )


@dataclass(slots=True)
class Changes:
    """The messages that went from one action to another."""

    count: int = 0
    policies: Counter[str] = field(default_factory=Counter)
    references: list[str] = field(default_factory=list)

    def add(self, reference: str, before: Answer, after: Answer) -> None:
        """Count one more, with the policies that answered otherwise."""
        self.count += 1
        self.policies.update({name for name, _ in before.enforced ^ after.enforced})
        if len(self.references) < REFERENCES_MAX:
            self.references.append(reference)


@dataclass(slots=True)
class Comparison:
    """Two sets over many messages."""

    told: int = 0
    changes: dict[tuple[Action, Action], Changes] = field(default_factory=dict)
    before: Counter[Action] = field(default_factory=Counter)
    after: Counter[Action] = field(default_factory=Counter)
    policies: dict[str, list[int]] = field(default_factory=dict)
    """How often each policy matched, before and after; simulated ones too."""
    newly_restricted: int = 0
    no_longer_restricted: int = 0
    untold: Counter[str] = field(default_factory=Counter)
    """Why a message could not be compared; it counts once for each reason."""
    not_told: int = 0
    """How many messages could not be compared."""

    @property
    def changed(self) -> int:
        """How many messages have another fate."""
        return sum(changes.count for changes in self.changes.values())

    def add(self, reference: str, before: Answer, after: Answer) -> None:
        """Count one message."""
        self.told += 1
        self.before[before.action] += 1
        self.after[after.action] += 1
        for place, answer in enumerate((before, after)):
            for name, _ in answer.enforced | answer.simulated:
                self.policies.setdefault(name, [0, 0])[place] += 1
        self.newly_restricted += after.restricted and not before.restricted
        self.no_longer_restricted += before.restricted and not after.restricted
        if not before.same_as(after):
            self.changes.setdefault((before.action, after.action), Changes()).add(reference, before, after)

    def leave_out(self, reasons: Iterable[str]) -> None:
        """Count a message that cannot be compared, and why."""
        self.not_told += 1
        self.untold.update(set(reasons))
