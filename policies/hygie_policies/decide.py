"""Decide what becomes of each recipient's copy. Pure and total.

Does:   evaluates every policy, keeps the most restrictive action for each recipient
        (allow < tag < reroute < hold < reject; ties by severity, then id) and says why, in
        sentences without any value of the message.
Never:  raises, reads a file, or looks at a clock. A policy that fails counts as its own
        action for everyone in its scope, for every recipient when the scope itself failed;
        never as "no match". Simulated policies change no action.
Fails:  nothing, whatever a channel or a policy does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from hygie_detectors.model import Finding, Inspection
from hygie_policies import addresses, messages
from hygie_policies.addresses import Address
from hygie_policies.conditions import Trace, View, evaluate
from hygie_policies.loader import PolicySet
from hygie_policies.messages import Language, say
from hygie_policies.model import Action, Context, Decision, Envelope, Outcome, RecipientDecision
from hygie_policies.schema import Mode, Policy, Recipients, Senders, Severity


def decide(
    inspection: Inspection, envelope: Envelope, policies: PolicySet, context: Context, reference: str
) -> Decision:
    """Return what becomes of each recipient's copy, and why.

    ``reference`` is the short word that the sender, the journal and the reply share.
    """
    asked = [each for each in ask_all(inspection, envelope, policies, context) if each.of]
    recipients = tuple(_recipient(index, address, asked) for index, address in enumerate(envelope.recipients))
    action = max((r.action for r in recipients), key=lambda a: a.rank, default=Action.ALLOW)
    enforced = [each for each in asked if each.enforced]
    divisible = envelope.divisible and bool(envelope.sender)  # the null sender can be told nothing later
    split = divisible and _spares_some(recipients, enforced)
    return Decision(
        action=action,
        reference=reference,
        recipients=recipients,
        outcomes=tuple(_outcome(each) for each in asked),
        reasons=_reasons(asked),
        split=split,
        digest=policies.digest,
        sender_message=_sender_message(action, recipients, enforced, split, reference),
        tags=tuple(each.policy.id for each in enforced),
    )


def ask_all(inspection: Inspection, envelope: Envelope, policies: PolicySet, context: Context) -> list[Asked]:
    """Ask every policy, in the order of the set; also those that turn out not to match."""
    view, parties = View(inspection), _Parties(envelope, context)
    return [_ask(policy, view, parties) for policy in policies.policies]


@dataclass(frozen=True, slots=True)
class Request:
    """What one policy asks for one recipient."""

    action: Action
    channel: str | None = None
    channel_address: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Asked:
    """One policy's answer."""

    policy: Policy
    scope: list[int]
    """Indexes of the recipients it is about."""
    of: dict[int, Request]
    """What it asks for each of them; empty when it did not match."""
    trace: Trace | None
    """How its condition was evaluated; None when it was not: no one in scope, or a failure."""
    failed: bool

    @property
    def enforced(self) -> bool:
        """Whether it acts."""
        return self.policy.mode is Mode.ENFORCE

    @property
    def strictest(self) -> Action:
        """The strictest action it asks for; only when it asks for any."""
        return max((request.action for request in self.of.values()), key=lambda a: a.rank)


class _Parties:
    """The sender and the recipients in comparable form; what channels say of them, asked once."""

    def __init__(self, envelope: Envelope, context: Context) -> None:
        self.context = context
        self.given = envelope.recipients
        self.divisible = envelope.divisible
        self.sender = addresses.parse(envelope.sender)
        self.recipients = [addresses.parse(address) for address in envelope.recipients]
        self._accepted: dict[tuple[str, int], str | None] = {}

    def in_scope(self, policy: Policy) -> list[int]:
        """Return the indexes of the recipients that a policy is about."""
        senders, recipients = policy.scope.senders, policy.scope.recipients
        if not self._narrowed(senders, self.sender):
            return []
        return [
            index
            for index, address in enumerate(self.recipients)
            if self._narrowed(recipients, address) and self._secured(recipients, index)
        ]

    def accepted(self, channel: str, index: int) -> str | None:
        """Return where a channel would deliver to a recipient, None when it does not take it."""
        if channel not in self.context.channels or not self.recipients[index].plain:
            return None
        if (channel, index) not in self._accepted:
            self._accepted[channel, index] = self.context.channels[channel].accepts(self.given[index]) or None
        return self._accepted[channel, index]

    def _narrowed(self, side: Senders, address: Address) -> bool:
        if side.internal is not None and side.internal is not self._internal(address):
            return False
        if side.in_ is not None and not self._is_in(side.in_, address):
            return False
        return not side.not_in or not self._is_in(side.not_in, address)

    def _internal(self, address: Address) -> bool:
        return address.plain and address.domain in self.context.internal_domains

    def _is_in(self, entries: tuple[str, ...], address: Address) -> bool:
        lists = self.context.lists
        named: Iterable[frozenset[str]] = (lists.get(name, frozenset()) for name in entries)
        return address.is_in(frozenset(entries)) or any(address.is_in(members) for members in named)

    def _secured(self, side: Recipients, index: int) -> bool:
        return side.secure is None or side.secure is any(
            self._same(name, index) for name in self.context.channels
        )

    def _same(self, channel: str, index: int) -> bool:
        accepted = self.accepted(channel, index)
        return accepted is not None and addresses.parse(accepted) == self.recipients[index]


def _ask(policy: Policy, view: View, parties: _Parties) -> Asked:
    """Evaluate one policy; any failure asks for the policy's action."""
    everyone = list(range(len(parties.given)))
    trace, failed = None, False
    try:
        scope = parties.in_scope(policy)
    except Exception:  # noqa: BLE001 - whatever happened, the policy counts as its own action
        scope, failed = everyone, True
    try:
        if not failed and scope:
            trace = evaluate(policy.when, view, len(scope))
    except Exception:  # noqa: BLE001 - the same
        failed = True
    if not failed and (trace is None or not trace.holds):
        return Asked(policy, scope, {}, trace, failed=False)
    of = {}
    for index in scope:
        of[index], channel_failed = _request(policy, index, parties)
        failed = failed or channel_failed
    return Asked(policy, scope, of, trace, failed)


def _request(policy: Policy, index: int, parties: _Parties) -> tuple[Request, bool]:
    """Return what a policy asks for one recipient, and whether its channel failed to answer."""
    then = policy.then
    if then.action is not Action.REROUTE or then.channel is None:
        return Request(then.action), False
    try:
        accepted, failed = parties.accepted(then.channel, index), False
    except Exception:  # noqa: BLE001 - a channel that cannot answer accepts no one
        accepted, failed = None, True
    if accepted is None or not parties.divisible:
        return Request(then.fallback), failed
    return Request(Action.REROUTE, then.channel, accepted), False


def _recipient(index: int, address: str, asked: list[Asked]) -> RecipientDecision:
    """Keep the most restrictive of what is asked for one recipient."""
    enforced = _strictest(index, [each for each in asked if each.enforced])
    simulated = _strictest(index, [each for each in asked if not each.enforced])
    kept = enforced[0].of[index] if enforced else Request(Action.ALLOW)
    would_be = simulated[0].of[index].action if simulated else Action.ALLOW
    return RecipientDecision(
        address=address,
        action=kept.action,
        channel=kept.channel,
        channel_address=kept.channel_address,
        policies=tuple(each.policy.id for each in enforced),
        simulated=would_be if would_be.rank > kept.action.rank else None,
    )


def _strictest(index: int, asked: list[Asked]) -> list[Asked]:
    """Return the policies that ask for the strictest action, the deciding one first."""
    asking = [each for each in asked if index in each.of]
    if not asking:
        return []
    rank = max(each.of[index].action.rank for each in asking)
    return sorted((each for each in asking if each.of[index].action.rank == rank), key=_order)


def _order(asked: Asked) -> tuple[int, str]:
    return -asked.policy.severity.rank, asked.policy.id


def _outcome(asked: Asked) -> Outcome:
    policy = asked.policy
    return Outcome(policy.id, asked.strictest, not asked.enforced, policy.severity.value, asked.failed)


def _spares_some(recipients: tuple[RecipientDecision, ...], enforced: list[Asked]) -> bool:
    """Tell whether rejected recipients are refused alone.

    Every rejecting policy must say ``split``, and someone must be left to spare: a message
    rejected for all is best answered by the one reply of SMTP, which the sender sees at once.
    """
    rejecting = [each for each in enforced if each.strictest is Action.REJECT]
    spared = any(recipient.action is not Action.REJECT for recipient in recipients)
    return bool(rejecting) and spared and all(each.policy.then.split for each in rejecting)


# --- words ---


def _reasons(asked: list[Asked]) -> tuple[str, ...]:
    """Return one French sentence a policy, the gravest first, the simulated ones last."""
    ordered = sorted(asked, key=lambda each: (not each.enforced, -each.strictest.rank, *_order(each)))
    return tuple(_reason(each, "fr") for each in ordered)


def _reason(asked: Asked, language: Language) -> str:
    texts = messages.texts()
    grounds = [say(texts.failed, language)] if asked.failed else []
    if asked.trace is not None:
        findings, unread = asked.trace.evidence()
        kinds = _telling(findings)
        grounds += [texts.kind(kind, language) for kind in kinds[:_KINDS_NAMED]]
        grounds += [say(texts.others, language)] * (len(kinds) > _KINDS_NAMED)
        reasons = dict.fromkeys(texts.reason(row.reason, language) for row in unread)
        grounds += [f"{say(texts.unread, language)} {reason}" for reason in reasons]
    sentence = say(asked.policy.title, language).rstrip(" .")
    sentence += f" ({', '.join(grounds)})." if grounds else "."
    return sentence if asked.enforced else f"{say(texts.simulation, language)} {sentence}"


_KINDS_NAMED: Final = 4
"""Kinds that a reason names: enough to recognise what it is about in one line."""


def _telling(findings: Iterable[Finding]) -> list[str]:
    """Return the kinds, the surest first, then the most frequent; the same findings give the same order."""
    found = tuple(findings)
    surest: dict[str, int] = {}
    for finding in found:
        surest[finding.kind] = max(finding.confidence.rank, surest.get(finding.kind, 0))
    number = Counter(finding.kind for finding in found)
    return sorted(surest, key=lambda kind: (-surest[kind], -number[kind], kind))


def _sender_message(
    action: Action,
    recipients: tuple[RecipientDecision, ...],
    enforced: list[Asked],
    split: bool,
    reference: str,
) -> tuple[str, ...]:
    """Tell the sender what happened, why, and what to do; nothing when the message simply leaves."""
    if action is Action.ALLOW:
        return ()
    decisive = {r.policies[0] for r in recipients if r.action is action and r.policies}
    deciding = sorted((each.policy for each in enforced if each.policy.id in decisive), key=_gravest)
    whole = action is Action.REJECT and not split  # SMTP has one reply: no copy leaves
    for_all = whole or all(recipient.action is action for recipient in recipients)
    return tuple(
        line for language in _LANGUAGES for line in _told(action, for_all, deciding, reference, language)
    )


_LANGUAGES: tuple[Language, ...] = ("fr", "en")


def _gravest(policy: Policy) -> tuple[int, str]:
    severity: Severity = policy.severity
    return -severity.rank, policy.id


def _told(
    action: Action, for_all: bool, deciding: list[Policy], reference: str, language: Language
) -> list[str]:
    sentences = messages.texts().actions[action]
    lines = [say(sentences.happened if for_all else sentences.happened_to_some, language)]
    for policy in deciding:
        own = policy.sender_message
        if own is None:
            lines += [say(policy.title, language).rstrip(" .") + ".", say(sentences.todo, language)]
        else:
            lines.append(say(own, language))
    return [*dict.fromkeys(lines), f"{say(messages.texts().reference, language)} {reference}"]
