"""What a policy set would have decided over the journal.

Does:   replays each decision of a period with another set and compares; so too the decisions that people
        judged wrong, as regression cases.
Never:  reads mail: the journal's features are all there is. What was not recorded is counted apart, with
        why, never as equal.
Fails:  ``OSError`` when the journal cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hygie_milter.comparison import Answer, Comparison, answer_of, recorded_answer
from hygie_milter.feedback import Judgement, feedback_cases
from hygie_milter.journal.keys import KeyRing
from hygie_milter.journal.lines import Line
from hygie_milter.journal.reading import Reader
from hygie_milter.journal.replay import Replay, Replayer, ReplayError
from hygie_policies.loader import PolicySet, content_digest, policy_set, with_lane
from hygie_policies.model import Context
from hygie_policies.schema import Status

UNREADABLE: Final = "line"
"""Why a line that is not in the form of a decision cannot be compared."""


class Replays:
    """One set over the lines of every key of the ring."""

    def __init__(self, policies: PolicySet, context: Context, ring: KeyRing) -> None:
        self._policies, self._context, self._ring = policies, context, ring
        self._by_key: dict[str, Replayer] = {}

    def replay(self, line: Line) -> Replay:
        """Decide a line again; raises :class:`ReplayError`."""
        if line.key not in self._by_key:
            key = self._ring.find(line.key)
            if key is None:
                raise ReplayError("another key")
            self._by_key[line.key] = Replayer(self._policies, self._context, key)
        return self._by_key[line.key].replay(line)


def backtest(lines: Iterable[Line], replays: Replays) -> Comparison:
    """Compare what was decided with what the set would decide."""
    comparison = Comparison()
    for line in lines:
        try:
            replay, before = replays.replay(line), _recorded(line)
        except ReplayError:
            comparison.leave_out((UNREADABLE,))
            continue
        if replay.untold:
            comparison.leave_out(replay.untold)
        else:
            comparison.add(str(line.fields["reference"]), before, answer_of(replay.decision))
    return comparison


def compare(lines: Iterable[Line], before: Replays, after: Replays) -> Comparison:
    """Compare what two sets would decide."""
    comparison = Comparison()
    for line in lines:
        try:
            one, other = before.replay(line), after.replay(line)
        except ReplayError:
            comparison.leave_out((UNREADABLE,))
            continue
        if one.untold or other.untold:
            comparison.leave_out((*one.untold, *other.untold))
        else:
            reference = str(line.fields["reference"])
            comparison.add(reference, answer_of(one.decision), answer_of(other.decision))
    return comparison


def _recorded(line: Line) -> Answer:
    try:
        return recorded_answer(line)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ReplayError("not in the form of a decision") from error


@dataclass(slots=True)
class Regression:
    """What the set makes of the decisions that people judged wrong; references."""

    right: list[str] = field(default_factory=list)
    still_wrong: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)


def regression(reader: Reader, replays: Replays, since: datetime) -> Regression:
    """Replay the judged decisions: a false positive must leave by the ordinary way, a missed one must not."""
    found = Regression()
    for case in feedback_cases(reader, since):
        try:
            replay = replays.replay(case.decision)
        except ReplayError:
            found.untold.append(case.judged.reference)
            continue
        wanted = case.judged.judgement is Judgement.MISSED
        if replay.untold:
            found.untold.append(case.judged.reference)
        elif answer_of(replay.decision).restricted is wanted:
            found.right.append(case.judged.reference)
        else:
            found.still_wrong.append(case.judged.reference)
    return found


def as_enforced(policies: PolicySet, names: Iterable[str]) -> PolicySet:
    """Return the set as if these policies were enforced."""
    wanted = frozenset(names)
    changed = policy_set(
        (
            policy.model_copy(update={"status": Status.ENFORCE}) if policy.id in wanted else policy
            for policy in policies.policies
        ),
        policies.sources.values(),
        policies.shared,
        policies.version,
        policies.warnings,
    )
    return changed if policies.lane is None else with_lane(changed, policies.lane, policies.lane_file)


def told(policies: PolicySet, comparison: Comparison, since: datetime) -> dict[str, Any]:
    """Return what the journal tells of a backtest: a policy that is enforced later has this behind it."""
    return {
        "policy_digest": policies.digest,
        "policies": {policy.id: content_digest(policy) for policy in policies.evaluated},
        "since": since.isoformat(timespec="seconds"),
        "told": comparison.told,
        "untold": comparison.not_told,
        "changed": comparison.changed,
    }
