"""Replaying a decision: what ``decide`` was given, rebuilt from a line, for the same policies or others.

Does:   maps a policy set and its context with a key of the journal, rebuilds inspection and envelope from a
        line, and runs ``decide`` itself over them.
Never:  knows an address or a name; takes an answer that was not recorded for "no match".
Fails:  :class:`ReplayError` for a line that tells of no decision or not in our form. What cannot be told is
        said in :attr:`Replay.untold`, and by the decision's outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hygie_detectors.model import Axis, Confidence, Finding, Inspection, Part, Unread
from hygie_milter.journal import pseudonyms
from hygie_milter.journal.features import AXES, FAILED, partners_digest, volume_name
from hygie_milter.journal.keys import Key
from hygie_milter.journal.lines import Event, Line
from hygie_policies.decide import decide
from hygie_policies.loader import PolicySet
from hygie_policies.lookalike import Partners
from hygie_policies.model import Answers, Channel, Context, Decision, Envelope, NotRecorded
from hygie_policies.schema import Policy, PolicyException
from hygie_policies.scope import Scope
from hygie_policies.shared import Shared


class ReplayError(ValueError):
    """A line from which nothing can be rebuilt."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What the policies would decide."""

    decision: Decision
    untold: tuple[str, ...]
    """What was not recorded, so that another decision is possible: parts of the line that were cut, channels
    that did not exist, ids of policies. Such a decision must be reported as untold, never as equal."""


class Replayer:
    """One policy set and context, mapped with one key. For the lines of that key."""

    def __init__(self, policies: PolicySet, context: Context, key: Key) -> None:
        self._partners = policies.shared.partners
        self._policies = _mapped_set(policies, key)
        self._context = _mapped_context(context, key)
        self.key = key

    def replay(self, line: Line) -> Replay:
        """Decide a line again; raises :class:`ReplayError`."""
        if line.event is not Event.DECIDED:
            raise ReplayError("not a decision")
        if line.key != self.key.id:
            raise ReplayError("another key")
        told = line.fields
        try:
            partners = _RecordedPartners(told, self._partners)
            policies = replace(self._policies, shared=replace(self._policies.shared, partners=partners))
            inspection, envelope = inspection_of(told), envelope_of(told)
            missed: set[str] = set()
            context = self._of(told, missed)
            reference = str(told["reference"])
            cut = tuple(sorted(told.get("cut", {})))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ReplayError("not in the form of a decision") from error
        decision = decide(inspection, envelope, policies, context, reference)
        return Replay(decision, (*cut, *sorted(missed), *(o.id for o in decision.outcomes if o.untold)))

    def _of(self, told: Mapping[str, Any], missed: set[str]) -> Context:
        recorded = frozenset(told["channels"])
        answers = {recipient["who"]: recipient for recipient in told["recipients"]}
        channels: dict[str, Channel] = {
            name: _RecordedChannel(name, answers) if name in recorded else _NewChannel(name, missed)
            for name in self._context.channels
        }
        return replace(
            self._context,
            channels=channels,
            now=datetime.fromisoformat(told["at"]),
            history=_RecordedHistory(told.get("volumes", {}), answers),
            contents=Answers({name: _answer(value) for name, value in told.get("answers", {}).items()}),
        )


def inspection_of(told: Mapping[str, Any]) -> Inspection:
    """Rebuild the inspection of a decision; paths and fingerprints are numbers."""
    return Inspection(
        tuple(
            Part(path, media_type, size, attachment) for path, media_type, size, attachment in told["parts"]
        ),
        tuple(_finding(*row) for row in told["findings"]),
        tuple(Unread(path, reason, attachment) for path, reason, attachment in told["unread"]),
        dict(told["seconds"]),
    )


def envelope_of(told: Mapping[str, Any]) -> Envelope:
    """Rebuild the envelope of a decision, of pseudonyms."""
    sender = told["sender"]
    return Envelope(
        sender["who"],
        tuple(recipient["who"] for recipient in told["recipients"]),
        told["size"],
        sender["login"],
        told["divisible"],
        told["client"],
    )


def _finding(  # noqa: PLR0913 - the columns of a row
    kind: str, axes: int, confidence: str, part: str, start: int, end: int, value: int, *qualifiers: str
) -> Finding:
    borne = tuple(axis for axis in Axis if axes & AXES[axis])
    fingerprint = str(value) if value else ""
    return Finding(kind, borne, Confidence(confidence), part, start, end, "", fingerprint, qualifiers)


def _answer(value: bool | list[int]) -> bool | tuple[int, ...]:
    return value if isinstance(value, bool) else tuple(value)


# --- what was answered ---


class _RecordedChannel:
    """A channel as it answered then."""

    def __init__(self, name: str, answers: Mapping[str, Mapping[str, Any]]) -> None:
        self.name = name
        self._answers = answers

    def accepts(self, address: str) -> str | None:
        """Return the recorded answer."""
        answer = self._answers[address].get("accepts", {}).get(self.name)
        if answer == FAILED:
            raise RuntimeError("the channel failed")
        return address if answer is True else answer


class _NewChannel:
    """A channel that did not exist then: nobody knows whom it would have accepted."""

    def __init__(self, name: str, missed: set[str]) -> None:
        self.name = name
        self._missed = missed

    def accepts(self, address: str) -> str | None:  # noqa: ARG002 - as the protocol has it
        """Note that it was asked; raises :class:`NotRecorded`."""
        self._missed.add(self.name)  # for a policy that reroutes takes any error for "accepts no one"
        raise NotRecorded


class _RecordedHistory:
    """The history as it answered then."""

    def __init__(self, volumes: Mapping[str, Any], answers: Mapping[str, Mapping[str, Any]]) -> None:
        self._volumes = volumes
        self._answers = answers

    def volume(self, measure: str, hours: float) -> int:
        """Return the recorded volume; raises :class:`NotRecorded`."""
        return int(_recorded(self._volumes.get(volume_name(measure, hours))))

    def first_contact(self, recipient: str) -> bool:
        """Return the recorded answer; raises :class:`NotRecorded`."""
        return bool(_recorded(self._answers[recipient].get("first_contact")))


def _recorded(answer: Any) -> Any:
    if answer is None:
        raise NotRecorded
    if answer == FAILED:
        raise RuntimeError("the history failed")
    return answer


class _RecordedPartners(Partners):
    """Which recipients looked like partners then; not recorded of other partners."""

    def __init__(self, told: Mapping[str, Any], partners: Partners) -> None:
        super().__init__(partners.domains)
        self._same = partners_digest(partners) == told["partners"]
        self._alike = {
            recipient["who"].rpartition("@")[2]
            for recipient in told["recipients"]
            if recipient.get("look_alike")
        }

    def look_alike(self, domain: str) -> bool:
        """Return the recorded answer; raises :class:`NotRecorded`."""
        if not self.domains:
            return False
        if not self._same:
            raise NotRecorded
        return domain in self._alike


# --- what is mapped ---


def _mapped_set(policies: PolicySet, key: Key) -> PolicySet:
    evaluated = tuple(_mapped_policy(policy, key) for policy in policies.evaluated)
    return replace(policies, evaluated=evaluated, shared=_mapped_shared(policies.shared, key))


def _mapped_shared(shared: Shared, key: Key) -> Shared:
    return replace(
        shared,
        lists={name: _mapped_entries(entries, key) for name, entries in shared.lists.items()},
        networks={
            name: tuple(pseudonyms.network(key, each) for each in networks)
            for name, networks in shared.networks.items()
        },
        free_mail=_mapped_entries(shared.free_mail, key),
    )


def _mapped_context(context: Context, key: Key) -> Context:
    return replace(
        context,
        internal_domains=frozenset(pseudonyms.domain(key, each) for each in context.internal_domains),
        lists={name: _mapped_entries(entries, key) for name, entries in context.lists.items()},
    )


def _mapped_entries(entries: frozenset[str], key: Key) -> frozenset[str]:
    return frozenset(pseudonyms.entry(key, entry) for entry in entries)


def _mapped_policy(policy: Policy, key: Key) -> Policy:
    exceptions = tuple(_mapped_exception(exception, key) for exception in policy.exceptions)
    return policy.model_copy(update={"scope": _mapped_scope(policy.scope, key), "exceptions": exceptions})


def _mapped_exception(exception: PolicyException, key: Key) -> PolicyException:
    if exception.scope is None:
        return exception
    return exception.model_copy(update={"scope": _mapped_scope(exception.scope, key)})


def _mapped_scope(scope: Scope, key: Key) -> Scope:
    return scope.model_copy(
        update={
            "senders": _mapped_side(scope.senders, key, _mapped_who),
            "recipients": _mapped_side(scope.recipients, key, _mapped_who),
            "authenticated": _mapped_side(scope.authenticated, key, _mapped_login),
            "clients": _mapped_side(scope.clients, key, _mapped_network),
        }
    )


def _mapped_side(side: Any, key: Key, mapped: Any) -> Any:
    """Map ``in`` and ``not_in`` of one side of a scope."""
    inside = None if side.in_ is None else tuple(new for each in side.in_ for new in mapped(key, each))
    outside = tuple(new for each in side.not_in for new in mapped(key, each))
    return side.model_copy(update={"in_": inside, "not_in": outside})


def _mapped_who(key: Key, who: str) -> tuple[str, ...]:
    """Map an entry; the name of a list stays, and may also be a domain of one label."""
    mapped = pseudonyms.entry(key, who)
    return (mapped,) if "@" in who or "." in who else (who, mapped)


def _mapped_login(key: Key, login: str) -> tuple[str, ...]:
    return (pseudonyms.login(key, login),)


def _mapped_network(key: Key, network: str) -> tuple[str, ...]:
    """Map a network; the name of one stays."""
    return (pseudonyms.network(key, network),) if network[0].isdigit() or ":" in network else (network,)
