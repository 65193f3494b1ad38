"""The figures of one month: what the report counts, added up line by line.

Does:   adds the lines of a journal to counters, in one pass; tells what is near a threshold, how long
        messages were held, which policy sets were in force.
Never:  holds a line, a pseudonym or a queue ID. References are kept only while a hold has not ended and
        for what was judged, to pair the two, and are not part of any table.
Fails:  never. A line that is not in the form of its event is counted in :attr:`Figures.untold`.
Memory: grows with the number of policies, kinds, holds and judgements, not with the number of lines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

from hygie_detectors.model import Confidence
from hygie_milter.feedback import Judged, judged
from hygie_milter.journal.lines import Event, Line
from hygie_milter.monthly import told
from hygie_policies.model import Action
from hygie_policies.parties import PARIS

HOUR: Final = 3600
DELAYS: Final = (HOUR // 4, HOUR, 4 * HOUR, 24 * HOUR, 72 * HOUR)
"""Bounds of the classes of delays: a quarter of an hour, one hour, four, a day, three days."""
_KINDS_MAX: Final = 200
_ROWS_MAX: Final = 500
OTHER: Final = "other"


@dataclass(frozen=True)
class Month:
    """A month of the calendar, in Paris."""

    year: int
    number: int

    @cached_property
    def days(self) -> tuple[date, ...]:
        """All its days."""
        first = date(self.year, self.number, 1)
        days = (first + timedelta(days=count) for count in range(31))
        return tuple(day for day in days if day.month == self.number)

    @cached_property
    def begin(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number, 1, tzinfo=PARIS).astimezone(UTC)

    @cached_property
    def end(self) -> datetime:
        """The first moment after it."""
        after = self.days[-1] + timedelta(days=1)
        return datetime(after.year, after.month, 1, tzinfo=PARIS).astimezone(UTC)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


class Near(StrEnum):
    """A message that left as it was for an ordinary mailbox outside, and how near it was to be stopped."""

    DOUBTFUL_PAIR = "doubtful_pair"
    """Somebody and something medical, one of them only guessed: just below what the policies ask for."""
    SIMULATED = "simulated"
    """Only a simulated policy would have stopped it."""
    CERTAIN_PAIR = "certain_pair"
    """Health data about an identified person, and no enforced policy stopped it."""
    UNREAD = "unread"
    """Something in it was not read."""


@dataclass(slots=True)
class Span:
    """From when to when something was in force, as far as the lines tell."""

    first: datetime
    last: datetime
    lines: int = 0


@dataclass(slots=True)
class Figures:
    """Everything that is counted of one month."""

    month: Month
    lines: int = 0
    untold: int = 0
    """Lines that are whole, but not in the form of their event."""
    messages: Counter[tuple[date, Action]] = field(default_factory=Counter)
    kinds: Counter[tuple[str, Confidence]] = field(default_factory=Counter)
    """Findings."""
    kind_messages: Counter[str] = field(default_factory=Counter)
    """Messages in which a kind was found."""
    matches: Counter[tuple[str, Action]] = field(default_factory=Counter)
    """Enforced policies, by what they asked for."""
    failed: Counter[str] = field(default_factory=Counter)
    spared: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Policy and exception."""
    simulated: Counter[tuple[str, Action, Action]] = field(default_factory=Counter)
    """Policy, what it would have done, what was done."""
    near: Counter[Near] = field(default_factory=Counter)
    unread_parts: Counter[str] = field(default_factory=Counter)
    unread_messages: Counter[str] = field(default_factory=Counter)
    unread_left: Counter[str] = field(default_factory=Counter)
    """Messages with it that left as they were."""
    releases: Counter[str] = field(default_factory=Counter)
    delays: Counter[int] = field(default_factory=Counter)
    """By index in :data:`DELAYS`: below that bound; the last class has none."""
    longest: float = 0.0
    delay_unknown: int = 0
    emergencies: Counter[str] = field(default_factory=Counter)
    reviews: dict[str, str] = field(default_factory=dict, repr=False)
    """Verdicts on uses of the emergency lane, by reference; the last one counts."""
    approvals: Counter[str] = field(default_factory=Counter)
    """By the role of who approved."""
    remembered: int = 0
    """Messages that an approval given before let pass."""
    judged: dict[str, Judged] = field(default_factory=dict, repr=False)
    """By reference; the last judgement counts."""
    sets: dict[tuple[str, str], Span] = field(default_factory=dict)
    """By version and digest."""
    starts: Counter[str] = field(default_factory=Counter)
    """By version of Hygie."""
    reloads: Counter[bool] = field(default_factory=Counter)
    changes: list[tuple[datetime, str, str, str, bool]] = field(default_factory=list)
    """Of a policy's status."""
    purges: list[tuple[datetime, told.Purged]] = field(default_factory=list)
    _held: dict[str, datetime] = field(default_factory=dict, repr=False)

    def add(self, line: Line) -> None:
        """Count a line, when it is of this month."""
        if not self.month.begin <= line.time < self.month.end:
            return
        self.lines += 1
        try:
            self._count(line)
        except told.UntoldError:
            self.untold += 1

    @property
    def total(self) -> int:
        """How many messages were decided."""
        return self.messages.total()

    @property
    def still_held(self) -> int:
        """How many of the month's holds have no end in the journal yet."""
        return len(self._held)

    def actions(self) -> Counter[Action]:
        """Return how many messages each action was decided for."""
        found: Counter[Action] = Counter()
        for (_day, action), count in self.messages.items():
            found[action] += count
        return found

    def _count(self, line: Line) -> None:  # noqa: C901 - one case an event, and there are ten
        match line.event:
            case Event.DECIDED:
                self._decided(line)
            case Event.RELEASED:
                self._released(line)
            case Event.FEEDBACK:
                said = judged(line)
                if said is None:
                    raise told.UntoldError
                self.judged[said.reference] = said
            case Event.EMERGENCY:
                self._emergency(line)
            case Event.APPROVED:
                self.approvals[told.approved(line.fields)] += 1
            case Event.LIFECYCLE:
                if len(self.changes) < _ROWS_MAX:
                    self.changes.append((line.time, *told.lifecycle(line.fields)))
            case Event.PURGED:
                self.purges.append((line.time, told.purged(line.fields)))
            case Event.STARTED:
                self.starts[told.version(line.fields)] += 1
            case Event.RELOADED:
                self.reloads[told.worked(line.fields)] += 1
            case Event.STOPPED:
                pass

    def _emergency(self, line: Line) -> None:
        result = told.emergency(line.fields)
        if result:
            self.emergencies[result] += 1
        else:
            reference, verdict = told.reviewed(line.fields)
            self.reviews[reference] = verdict

    def _decided(self, line: Line) -> None:
        decision = told.decided(line.fields)
        self.messages[line.time.astimezone(PARIS).date(), decision.action] += 1
        if decision.action is Action.HOLD:
            self._held[decision.reference] = line.time
        span = self.sets.setdefault((decision.version, decision.digest), Span(line.time, line.time))
        span.last = line.time
        span.lines += 1
        self.remembered += decision.remembered
        self._found(decision)
        self._matched(decision)
        reasons = frozenset(decision.unread)
        self.unread_parts.update(decision.unread)
        self.unread_messages.update(reasons)
        if decision.ordinary:
            self.unread_left.update(reasons)
            self.near.update(_near(decision))

    def _found(self, decision: told.Decided) -> None:
        seen: set[str] = set()
        for (kind, confidence), count in decision.kinds.items():
            known = kind in self.kind_messages or len(self.kind_messages) < _KINDS_MAX
            name = kind if known else OTHER
            self.kinds[name, confidence] += count
            if name not in seen:
                seen.add(name)
                self.kind_messages[name] += 1

    def _matched(self, decision: told.Decided) -> None:
        for match in decision.matches:
            if match.simulated:
                self.simulated[match.policy, match.action, decision.action] += 1
            else:
                self.matches[match.policy, match.action] += 1
            if match.failed:
                self.failed[match.policy] += 1
            for exception in match.exceptions:
                self.spared[match.policy, exception] += 1

    def _released(self, line: Line) -> None:
        reference, outcome = told.released(line.fields)
        self.releases[outcome] += 1
        seconds = told.delay(line.fields, self._held.pop(reference, None), line.time)
        if seconds is None:
            self.delay_unknown += 1
            return
        self.delays[bisect_right(DELAYS, seconds)] += 1
        self.longest = max(self.longest, seconds)


def _near(decision: told.Decided) -> set[Near]:
    near = {Near.UNREAD} if decision.unread else set()
    if decision.pair is Confidence.LOW:
        near.add(Near.DOUBTFUL_PAIR)
    elif decision.pair is not None:
        near.add(Near.CERTAIN_PAIR)
    if any(m.simulated and m.action.rank > decision.action.rank for m in decision.matches):
        near.add(Near.SIMULATED)
    return near
