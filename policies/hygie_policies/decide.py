"""Decide what becomes of each recipient's copy. Pure and total.

Does:   evaluates every policy, keeps the most restrictive action for each recipient
        (allow < tag < reroute < hold < reject; ties by severity, then id) and says why, in
        sentences without any value of the message.
Never:  raises, reads a file, or looks at a clock: the time is in the context. A policy that fails counts
        as its own action for everyone in its scope, for every recipient when the scope itself failed;
        never as "no match"; so does one that cannot be told from what was recorded, and says so.
        Simulated policies change no action; an exception that expired or failed spares no one.
Fails:  nothing, whatever a channel or a policy does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from hygie_detectors.model import Inspection
from hygie_policies import messages
from hygie_policies.conditions import Trace, View, evaluate, truth
from hygie_policies.loader import PolicySet
from hygie_policies.messages import Language, say
from hygie_policies.model import Action, Context, Decision, Envelope, NotRecorded, Outcome, RecipientDecision
from hygie_policies.parties import Parties
from hygie_policies.schema import Policy, PolicyException, Severity, Status


def decide(
    inspection: Inspection, envelope: Envelope, policies: PolicySet, context: Context, reference: str
) -> Decision:
    """Return what becomes of each recipient's copy, and why.

    ``reference`` is the short word that the sender, the journal and the reply share.
    """
    answers = ask_all(inspection, envelope, policies, context, traced=False)
    asked = [each for each in answers if each.of or each.exceptions]
    recipients = _recipients(envelope.recipients, asked)
    action = max((r.action for r in recipients), key=_rank, default=Action.ALLOW)
    asking = [each for each in asked if each.of]
    enforced = [each for each in asking if each.enforced]
    divisible = envelope.divisible and bool(envelope.sender)  # the null sender can be told nothing later
    split = divisible and _spares_some(recipients, enforced)
    return Decision(
        action=action,
        reference=reference,
        recipients=recipients,
        outcomes=tuple(map(_outcome, asked)),
        reasons=_reasons(asking),
        split=split,
        digest=policies.digest,
        version=policies.version,
        sender_message=_sender_message(action, recipients, enforced, split, reference),
        tags=tuple(each.policy.id for each in enforced),
    )


def ask_all(
    inspection: Inspection, envelope: Envelope, policies: PolicySet, context: Context, *, traced: bool = True
) -> list[Asked]:
    """Ask every policy that is evaluated, in the order of the set; also those that do not match.

    ``traced`` gives the trace of these too.
    """
    view = View(inspection, envelope, context, full=traced)
    parties = Parties(envelope, context, policies.shared)
    return [_ask(policy, view, parties, traced=traced) for policy in policies.evaluated]


@dataclass(frozen=True, slots=True)
class Request:
    """What one policy asks for one recipient."""

    action: Action
    channel: str | None = None
    channel_address: str | None = field(repr=False, default=None)


@dataclass(eq=False, slots=True)  # one a policy and message: freezing them would triple their cost
class Asked:
    """One policy's answer."""

    policy: Policy
    scope: tuple[int, ...]
    """Indexes of the recipients it is about."""
    of: dict[int, Request]
    """What it asks for each of them; empty when it did not match."""
    trace: Trace | None
    """How its condition was evaluated; None when it was not: no one in scope, a failure, or no match and
    no trace wanted."""
    failed: bool = False
    untold: bool = False
    """Whether something that it needed was not recorded; it then counts as matched."""
    exceptions: tuple[str, ...] = ()
    """The exceptions that spared someone it would have asked something for."""

    @property
    def enforced(self) -> bool:
        """Whether it acts."""
        return self.policy.status is Status.ENFORCE

    @property
    def strictest(self) -> Action:
        """The strictest action it asks for."""
        if self.of and self.policy.then.action is not Action.REROUTE:
            return self.policy.then.action
        return max((request.action for request in self.of.values()), key=_rank, default=Action.ALLOW)


def _ask(policy: Policy, view: View, parties: Parties, *, traced: bool) -> Asked:
    """Evaluate one policy; any failure, and what was not recorded, asks for the policy's action."""
    scope, trace, failed, untold = parties.everyone, None, False, False
    holds: bool | None = False
    try:
        scope = parties.in_scope(policy.scope)
        holds = truth(policy.when, view, parties, scope) if scope else False
        if scope and (traced or holds is not False):
            trace = evaluate(policy.when, view, parties, scope)
        untold = holds is None
    except NotRecorded:
        untold = True
    except Exception:  # noqa: BLE001 - whatever happened, the policy counts as its own action
        failed = True
    if not failed and not untold and not holds:
        return Asked(policy, scope, {}, trace)
    spared, used, open_question = _spared(policy, view, parties) if policy.exceptions else _NOBODY
    meant = [index for index in scope if index not in spared] if spared else scope
    of, channel_failed = _requests(policy, meant, parties)
    return Asked(
        policy,
        scope,
        of,
        trace,
        failed or channel_failed,
        untold or open_question,
        used if len(of) < len(scope) else (),
    )


_NOBODY: Final[tuple[frozenset[int], tuple[str, ...], bool]] = (frozenset(), (), False)


def _spared(policy: Policy, view: View, parties: Parties) -> tuple[frozenset[int], tuple[str, ...], bool]:
    """Return whom exceptions spare, by which, and whether one could not be told: that spares no one.

    One that fails spares no one either; one that has expired is not asked.
    """
    today, spared, used, untold = parties.local_time.date(), set[int](), [], False
    for exception in policy.exceptions:
        if exception.expires < today:
            continue
        try:
            more = _meant(exception, view, parties)
        except NotRecorded:
            more, untold = (), True
        except Exception:  # noqa: BLE001 - an exception that cannot be evaluated must not open a way
            more = ()
        if more:
            spared.update(more)
            used.append(exception.id)
    return frozenset(spared), tuple(used), untold


def _meant(exception: PolicyException, view: View, parties: Parties) -> tuple[int, ...]:
    """Return the recipients that an exception spares."""
    scope = parties.everyone if exception.scope is None else parties.in_scope(exception.scope)
    if not scope or exception.when is None:
        return scope
    holds = truth(exception.when, view, parties, scope)
    if holds is None:
        raise NotRecorded
    return scope if holds else ()


def _requests(policy: Policy, meant: Sequence[int], parties: Parties) -> tuple[dict[int, Request], bool]:
    """Return what a policy asks for recipients, and whether its channel failed to answer for one."""
    then = policy.then
    if then.action is not Action.REROUTE or then.channel is None:
        return dict.fromkeys(meant, _PLAIN[then.action]), False
    of, failed = dict.fromkeys(meant, _PLAIN[then.fallback]), False
    for index in meant if parties.divisible else ():
        try:
            accepted = parties.accepted(then.channel, index)
        except Exception:  # noqa: BLE001 - a channel that cannot answer accepts no one
            failed = True
        else:
            if accepted is not None:
                of[index] = Request(Action.REROUTE, then.channel, accepted)
    return of, failed


_PLAIN: Final = {action: Request(action) for action in Action}
_ALLOWED: Final = _PLAIN[Action.ALLOW]


def _recipients(addresses: tuple[str, ...], asked: list[Asked]) -> tuple[RecipientDecision, ...]:
    """Keep the most restrictive of what is asked for each recipient."""
    ordered = sorted(asked, key=_order)
    enforced = _strictest(len(addresses), [each for each in ordered if each.enforced])
    simulated = _strictest(len(addresses), [each for each in ordered if not each.enforced])
    return tuple(
        _recipient(address, index, *both)
        for index, (address, *both) in enumerate(zip(addresses, enforced, simulated, strict=True))
    )


def _strictest(number: int, ordered: list[Asked]) -> list[list[Asked]]:
    """Return, for each recipient, the policies that ask for the strictest action, the deciding one first."""
    ranks = [-1] * number
    kept: list[list[Asked]] = [[] for _ in range(number)]
    for each in ordered:
        for index, request in each.of.items():
            rank = request.action.rank
            if rank > ranks[index]:
                ranks[index], kept[index] = rank, [each]
            elif rank == ranks[index]:
                kept[index].append(each)
    return kept


def _recipient(address: str, index: int, enforced: list[Asked], simulated: list[Asked]) -> RecipientDecision:
    kept = enforced[0].of[index] if enforced else _ALLOWED
    would_be = simulated[0].of[index].action if simulated else Action.ALLOW
    return RecipientDecision(
        address=address,
        action=kept.action,
        channel=kept.channel,
        channel_address=kept.channel_address,
        policies=tuple([each.policy.id for each in enforced]),
        simulated=would_be if would_be.rank > kept.action.rank else None,
    )


def _rank(action: Action) -> int:
    return action.rank


def _order(asked: Asked) -> tuple[int, str]:
    return -asked.policy.severity.rank, asked.policy.id


def _outcome(asked: Asked) -> Outcome:
    policy = asked.policy
    return Outcome(
        policy.id,
        asked.strictest,
        not asked.enforced,
        policy.severity.value,
        asked.failed,
        asked.untold,
        asked.exceptions,
    )


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
    grounds = [say(texts.failed, language)] if asked.failed or asked.untold else []
    if asked.trace is not None:
        leaves, unread = asked.trace.evidence
        kinds = _telling(leaves)
        grounds += [texts.kind(kind, language) for kind in kinds[:_KINDS_NAMED]]
        grounds += [say(texts.others, language)] * (len(kinds) > _KINDS_NAMED)
        reasons = dict.fromkeys(texts.reason(row.reason, language) for row in unread)
        grounds += [f"{say(texts.unread, language)} {reason}" for reason in reasons]
    sentence = say(asked.policy.title, language).rstrip(" .")
    sentence += f" ({', '.join(grounds)})." if grounds else "."
    return sentence if asked.enforced else f"{say(texts.simulation, language)} {sentence}"


_KINDS_NAMED: Final = 4
"""Kinds that a reason names: enough to recognise what it is about in one line."""


def _telling(leaves: Iterable[Trace]) -> list[str]:
    """Return the kinds, the surest first, then the most frequent; the same findings give the same order."""
    found = sorted(row for leaf in leaves for row in leaf.telling)
    return list(dict.fromkeys(kind for _, _, kind in found))


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
