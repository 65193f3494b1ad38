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
from dataclasses import dataclass, field, replace
from typing import Final

from hygie_detectors.model import Inspection
from hygie_policies import lane, messages
from hygie_policies.conditions import Trace, View, evaluate, truth
from hygie_policies.loader import PolicySet
from hygie_policies.model import (
    Action,
    Context,
    Decision,
    Emergency,
    Envelope,
    NotRecorded,
    Outcome,
    RecipientDecision,
)
from hygie_policies.parties import Parties
from hygie_policies.release import is_approved, release_of
from hygie_policies.schema import Policy, PolicyException, Status
from hygie_policies.sender import Case, Ground, seen, sender_message


def decide(
    inspection: Inspection, envelope: Envelope, policies: PolicySet, context: Context, reference: str
) -> Decision:
    """Return what becomes of each recipient's copy, and why.

    ``reference`` is the short word that the sender, the journal and the reply share.
    """
    answers = ask_all(inspection, envelope, policies, context, traced=False)
    answers, approved = _remembered(answers, envelope, context)
    asked = [each for each in answers if each.of or each.exceptions]
    recipients = _recipients(envelope.recipients, asked)
    asking = [each for each in asked if each.of]
    enforced = [each for each in asking if each.enforced]
    divisible = envelope.divisible and bool(envelope.sender)  # the null sender can be told nothing later
    split = divisible and _spares_some(recipients, enforced)
    before = lane.Answer(recipients, split)
    final = lane.answer(policies.lane, before, envelope, context, policies.shared)
    action = max((r.action for r in final.recipients), key=_rank, default=Action.ALLOW)
    grounds = _grounds(action, final.recipients, enforced)
    used = final.emergency is Emergency.USED
    return Decision(
        action=action,
        reference=reference,
        recipients=final.recipients,
        outcomes=tuple(map(_outcome, asked)),
        reasons=_reasons(asking),
        split=final.split,
        digest=policies.digest,
        version=policies.version,
        sender_message=sender_message(
            Case(action, final.recipients, grounds, final.split, reference, context.contact, final.emergency)
        ),
        tags=tuple(each.policy.id for each in enforced) + (lane.TAG,) * used,
        emergency=final.emergency,
        release=release_of(final.recipients, [(each.policy, each.failed or each.untold) for each in enforced])
        if action is Action.HOLD or final.split
        else None,
        approved=approved,
    )


def ask_all(
    inspection: Inspection, envelope: Envelope, policies: PolicySet, context: Context, *, traced: bool = True
) -> list[Asked]:
    """Ask every policy that is evaluated, in the order of the set.

    ``traced`` returns those that do not match as well, with their trace.
    """
    view = View(inspection, envelope, context, full=traced)
    parties = Parties(envelope, context, policies.shared)
    answers = [_ask(policy, view, parties, traced=traced) for policy in policies.evaluated]
    return [answer for answer in answers if answer is not None]


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


def _ask(policy: Policy, view: View, parties: Parties, *, traced: bool) -> Asked | None:
    """Evaluate one policy; any failure, and what was not recorded, asks for the policy's action.

    None where it asks for nothing and no trace of that is wanted: most policies of most messages.
    """
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
        return Asked(policy, scope, {}, trace) if traced else None
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


def _remembered(
    answers: list[Asked], envelope: Envelope, context: Context
) -> tuple[list[Asked], tuple[str, ...]]:
    """Mark what would be held where the sender's earlier approval is remembered."""
    approved: list[str] = []
    after: list[Asked] = []
    for each in answers:
        if each.enforced and each.policy.then.release and not (each.failed or each.untold):
            of = {
                index: _PLAIN[Action.TAG]
                if request.action is Action.HOLD
                and is_approved(each.policy, envelope.recipients[index], context)
                else request
                for index, request in each.of.items()
            }
            if of != each.of:
                approved.append(each.policy.id)
                each = replace(each, of=of)  # noqa: PLW2901 - the same answer, milder
        after.append(each)
    return after, tuple(approved)


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
    return tuple(map(_reason, ordered))


def _reason(asked: Asked) -> str:
    what = seen([_ground(asked)], "fr")
    sentence = asked.policy.title.fr.rstrip(" .") + (f" ({what})." if what else ".")
    return sentence if asked.enforced else f"{messages.texts().simulation.fr} {sentence}"


def _grounds(
    action: Action, recipients: tuple[RecipientDecision, ...], enforced: list[Asked]
) -> tuple[Ground, ...]:
    """Return what decided the strictest action, the gravest policy first."""
    decisive = {r.policies[0] for r in recipients if r.action is action and r.policies}
    return tuple(_ground(each) for each in sorted(enforced, key=_order) if each.policy.id in decisive)


def _ground(asked: Asked) -> Ground:
    leaves, unread = asked.trace.evidence if asked.trace is not None else ((), ())
    reasons = dict.fromkeys(row.reason for row in unread)
    return Ground(asked.policy, tuple(_telling(leaves)), tuple(reasons), asked.failed or asked.untold)


def _telling(leaves: Iterable[Trace]) -> list[str]:
    """Return the kinds, the surest first, then the most frequent; the same findings give the same order."""
    found = sorted(row for leaf in leaves for row in leaf.telling)
    return list(dict.fromkeys(kind for _, _, kind in found))
