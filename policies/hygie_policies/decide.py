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

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

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
from hygie_policies.schema import Policy, PolicyException, Status, Then
from hygie_policies.sender import Case, Ground, seen, sender_message


def decide(
    inspection: Inspection, envelope: Envelope, policies: PolicySet, context: Context, reference: str
) -> Decision:
    """Return what becomes of each recipient's copy, and why.

    ``reference`` is the short word that the sender, the journal and the reply share.
    """
    answers = ask_all(inspection, envelope, policies, context, traced=False)
    asked = [each for each in answers if each.of or each.exceptions]
    asked, approved = _remembered(asked, envelope, context)
    asking = sorted([each for each in asked if each.of], key=_order)
    enforced = [each for each in asking if each.enforced]
    recipients = _recipients(envelope.recipients, enforced, [each for each in asking if not each.enforced])
    divisible = envelope.divisible and bool(envelope.sender)  # the null sender can be told nothing later
    split = divisible and _spares_some(recipients, enforced)
    before = lane.Answer(recipients, split)
    final = lane.answer(policies.lane, before, envelope, context, policies.shared)
    action = max((r.action for r in final.recipients), key=_rank, default=Action.ALLOW)
    decisive = {r.policies[0] for r in final.recipients if r.action is action and r.policies}
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
            Case(
                action,
                final.recipients,
                tuple([_ground(each) for each in enforced if each.policy.id in decisive]),
                final.split,
                reference,
                context.contact,
                final.emergency,
            )
        ),
        tags=tuple(sorted([each.policy.id for each in enforced])) + (lane.TAG,) * used,
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
    known: _Known = {}
    answers = [_ask(policy, view, parties, known, traced=traced) for policy in policies.evaluated]
    return [answer for answer in answers if answer is not None]


@dataclass(frozen=True, slots=True)
class Request:
    """What one policy asks for one recipient."""

    action: Action
    channel: str | None = None
    channel_address: str | None = field(repr=False, default=None)


class Requests(NamedTuple):
    """What is asked for recipients; policies that ask the same for the same ones share it."""

    of: dict[int, Request]
    """By the index of the recipient."""
    strictest: Action = Action.ALLOW
    failed: bool = False
    """Whether the channel failed to answer for one of them."""


_Known = dict[tuple[int, tuple[int, ...]], Requests]
"""Requests by the identity of ``then``, one object where policies say the same, and for whom."""
_NOTHING: Final = Requests({})


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
    strictest: Action = Action.ALLOW
    """The strictest action it asks for."""

    @property
    def enforced(self) -> bool:
        """Whether it acts."""
        return self.policy.status is Status.ENFORCE


def _ask(policy: Policy, view: View, parties: Parties, known: _Known, *, traced: bool) -> Asked | None:
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
        return Asked(policy, scope, _NOTHING.of, trace) if traced else None
    spared, used, open_question = _spared(policy, view, parties) if policy.exceptions else _NOBODY
    meant = tuple([index for index in scope if index not in spared]) if spared else scope
    key = id(policy.then), meant
    if key not in known:
        known[key] = _requests(policy.then, meant, parties)
    asked = known[key]
    return Asked(
        policy,
        scope,
        asked.of,
        trace,
        failed or asked.failed,
        untold or open_question,
        used if len(meant) < len(scope) else (),
        asked.strictest,
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


def _requests(then: Then, meant: tuple[int, ...], parties: Parties) -> Requests:
    """Return what is asked for recipients."""
    if then.action is not Action.REROUTE or then.channel is None:
        return Requests(dict.fromkeys(meant, _PLAIN[then.action]), then.action) if meant else _NOTHING
    of, failed = dict.fromkeys(meant, _PLAIN[then.fallback]), False
    for index in meant if parties.divisible else ():
        try:
            accepted = parties.accepted(then.channel, index)
        except Exception:  # noqa: BLE001 - a channel that cannot answer accepts no one
            failed = True
        else:
            if accepted is not None:
                of[index] = Request(Action.REROUTE, then.channel, accepted)
    return Requests(of, _strictest(of), failed)


def _strictest(of: dict[int, Request]) -> Action:
    return max((request.action for request in of.values()), key=_rank, default=Action.ALLOW)


_PLAIN: Final = {action: Request(action) for action in Action}


def _recipients(
    addresses: tuple[str, ...], enforced: list[Asked], simulated: list[Asked]
) -> tuple[RecipientDecision, ...]:
    """Keep the most restrictive of what is asked for each recipient; policies come the gravest first."""
    number = len(addresses)
    return tuple(map(_recipient, addresses, range(number), _kept(number, enforced), _kept(number, simulated)))


class _Kept(NamedTuple):
    """What is asked for one recipient by the policies that ask for the strictest action."""

    of: dict[int, Request]
    """As the first of them, the deciding one, has it."""
    policies: tuple[str, ...]


def _kept(number: int, ordered: list[Asked]) -> list[_Kept | None]:
    """Return what is kept for each recipient; None where nothing is asked.

    Many policies ask the same, and most recipients are asked the same of: each is worked out once.
    """
    if not ordered:
        return [None] * number
    asking = {id(each.of): each.of for each in ordered}
    known: dict[frozenset[int], _Kept | None] = {frozenset(): None}
    kept: list[_Kept | None] = []
    for index in range(number):
        ranks = {key: of[index].action.rank for key, of in asking.items() if index in of}
        top = max(ranks.values(), default=None)
        alike = frozenset([key for key, rank in ranks.items() if rank == top])
        if alike not in known:
            strictest = [each for each in ordered if id(each.of) in alike]
            known[alike] = _Kept(strictest[0].of, tuple([each.policy.id for each in strictest]))
        kept.append(known[alike])
    return kept


def _recipient(
    address: str, index: int, enforced: _Kept | None, simulated: _Kept | None
) -> RecipientDecision:
    kept = enforced.of[index] if enforced else _PLAIN[Action.ALLOW]
    would_be = simulated.of[index].action if simulated else Action.ALLOW
    return RecipientDecision(
        address=address,
        action=kept.action,
        channel=kept.channel,
        channel_address=kept.channel_address,
        policies=enforced.policies if enforced else (),
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
                each = replace(each, of=of, strictest=_strictest(of))  # noqa: PLW2901 - the same answer, milder
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


def _reasons(ordered: list[Asked]) -> tuple[str, ...]:
    """Return one French sentence a policy, the gravest first, the simulated ones last."""
    return tuple(map(_reason, sorted(ordered, key=lambda each: (not each.enforced, -each.strictest.rank))))


def _reason(asked: Asked) -> str:
    what = seen([_ground(asked)], "fr")
    sentence = asked.policy.title.fr.rstrip(" .") + (f" ({what})." if what else ".")
    return sentence if asked.enforced else f"{messages.texts().simulation.fr} {sentence}"


def _ground(asked: Asked) -> Ground:
    leaves, unread = asked.trace.evidence if asked.trace is not None else ((), ())
    reasons = dict.fromkeys(row.reason for row in unread)
    return Ground(asked.policy, tuple(_telling(leaves)), tuple(reasons), asked.failed or asked.untold)


def _telling(leaves: Iterable[Trace]) -> list[str]:
    """Return the kinds, the surest first, then the most frequent; the same findings give the same order."""
    found = sorted([row for leaf in leaves for row in leaf.telling])
    return list(dict.fromkeys(kind for _, _, kind in found))
