"""The way of one message through the house: inspect, decide, journal, plan.

Does:   takes a collected transaction and returns the plan for Postfix.
Never:  speaks to Postfix, nor lets a message through that could not be decided.
Fails:  never raises. Every failure becomes the failure action of the settings, counted by
        reason and logged by the type of the error alone: its text might quote the mail.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from hygie_detectors.model import Inspection, Unread
from hygie_milter import notices
from hygie_milter.journal.features import Decided, Recorder, decided
from hygie_milter.journal.lines import Event
from hygie_milter.journal.storage import Journal
from hygie_milter.metrics import Metrics
from hygie_milter.postfix.paths import bare, standard
from hygie_milter.postfix.plan import Plan, Recipient, deletions, internal, make_plan, refused_whole
from hygie_milter.runtime import Runtime
from hygie_milter.state import LocalState, State
from hygie_milter.workers.pool import Overloaded, Pool, Unavailable
from hygie_policies.contents import answer
from hygie_policies.decide import decide
from hygie_policies.measures import measure
from hygie_policies.model import Action, Answers, Context, Decision, Envelope

log: Final = logging.getLogger("hygie")

_READERS: Final = 2
"""Threads that answer what policies ask of headers and file names; an answer takes some microseconds."""
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing that is misread over the telephone."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A message as Postfix gave it: envelope, raw bytes, and what the session noticed."""

    queue_id: str
    sender: str = field(repr=False)
    recipients: tuple[Recipient, ...] = field(repr=False)
    authenticated: str = field(repr=False)
    raw: bytes = field(repr=False)
    size: int
    """Bytes of the message, also those that were not kept."""
    our_headers: Mapping[str, int]
    """How often each header with a name of ours came, by lower-case name."""
    client: str = field(repr=False, default="")
    """IP address that Postfix had it from; empty for mail of sendmail(1)."""
    by_smtp: bool = True
    """Whether it came by SMTP. Postfix shows the recipients of other mail (sendmail(1)) after it has
    rewritten them, and deletes them by what was written before: in vain, and in silence."""


class Service:
    """Decides transactions; safe to call from many threads. ``runtime`` may be swapped at any time."""

    def __init__(
        self,
        runtime: Runtime,
        pool: Pool,
        metrics: Metrics,
        journal: Journal | None,
        state: State | None = None,
    ) -> None:
        self.runtime = runtime
        self._pool = pool
        self._metrics = metrics
        self._journal = journal
        self._state = LocalState() if state is None else state
        self._reader = ThreadPoolExecutor(_READERS, thread_name_prefix="contents")

    def answer(self, transaction: Transaction) -> Plan:
        """Return what to ask of Postfix for this message. Never raises."""
        runtime = self.runtime
        started = time.monotonic()
        try:
            return self._decide(transaction, runtime, started)
        except Overloaded:
            reason = (
                "deadline"
                if time.monotonic() - started > runtime.settings.milter.soft_seconds
                else "overloaded"
            )
            return self.failed(reason, transaction)
        except Unavailable:
            return self.failed("unavailable", transaction)
        except OSError as error:
            return self.failed("journal", transaction, error)
        except BaseException as error:  # noqa: BLE001 - Postfix must get an answer; SystemExit would hang it
            return self.failed("error", transaction, error)

    def failed(
        self, reason: str, transaction: Transaction | None = None, error: BaseException | None = None
    ) -> Plan:
        """Return the failure action, counted and logged. Never raises."""
        self._metrics.failures.labels(reason).inc()
        action = self.runtime.settings.milter.failure_action
        log.error(
            "failure queue_id=%s reason=%s error=%s action=%s",
            transaction.queue_id if transaction else "",
            reason,
            type(error).__name__,
            action,
        )
        if action == "hold":
            forged = deletions(transaction.our_headers) if transaction else ()
            return Plan(delete_headers=forged, hold=f"hygie failure {reason}")
        return Plan(reply=notices.FAILURES[action])

    def _decide(self, transaction: Transaction, runtime: Runtime, started: float) -> Plan:
        if internal(transaction.recipients):
            return Plan(reply=notices.INTERNAL_ADDRESS)
        if not all(standard(r.path) for r in transaction.recipients):
            return Plan(reply=notices.ODD_ADDRESS)
        settings = runtime.settings
        inspection = self._inspect(transaction, runtime, started)
        envelope = Envelope(
            sender=bare(transaction.sender),
            recipients=tuple(dict.fromkeys(bare(r.path) for r in transaction.recipients)),
            size=transaction.size,
            authenticated=transaction.authenticated,
            divisible=transaction.by_smtp,
            client=transaction.client,
        )
        deciding = time.monotonic()
        context = self._context(transaction, runtime, inspection, envelope)
        decision = decide(inspection, envelope, runtime.policies, context, new_reference())
        self._metrics.stage.labels("decide").observe(time.monotonic() - deciding)
        plan = make_plan(
            decision,
            envelope.sender,
            transaction.recipients,
            transaction.our_headers,
            {name: channel.postfix_domain for name, channel in runtime.channels.items()},
            decision_header(decision, transaction.raw, runtime.header_key)
            if _shown(decision, runtime)
            else None,
        )
        seconds = time.monotonic() - started
        if seconds > settings.milter.hard_seconds:
            return self.failed("deadline", transaction)
        if self._journal is not None:
            partners = runtime.policies.shared.partners
            made = Decided(transaction.queue_id, inspection, envelope, context, partners, decision, seconds)
            key = self._journal.key
            self._journal.write(Event.DECIDED, decided(made, key), key)
        self._remember(inspection, envelope, decision, context)
        self._metrics.decided(inspection, decision, transaction.size, seconds)
        log.info(
            "decided queue_id=%s reference=%s action=%s%s policies=%s unread=%d size=%d seconds=%.3f",
            transaction.queue_id,
            decision.reference,
            decision.action,
            " split" if decision.split and not refused_whole(decision, envelope.sender) else "",
            ",".join(o.id + ("(simulation)" if o.simulated else "") for o in decision.outcomes) or "-",
            len(inspection.unread),
            transaction.size,
            seconds,
        )
        return plan

    def _context(
        self, transaction: Transaction, runtime: Runtime, inspection: Inspection, envelope: Envelope
    ) -> Context:
        """Return what a decision may know of this moment, this sender and this content."""
        now, questions = datetime.now(UTC), runtime.policies.questions
        # RE2 is native code: it runs on a thread of Python's own, never on one of libmilter's.
        answers = (
            self._reader.submit(answer, questions, transaction.raw, inspection.parts).result()
            if questions
            else {}
        )
        history = Recorder(self._state.history(envelope.sender, now.timestamp()))
        return replace(runtime.context, now=now, history=history, contents=Answers(answers))

    def _remember(
        self, inspection: Inspection, envelope: Envelope, decision: Decision, context: Context
    ) -> None:
        """Count a message towards its sender's volume, unless it was refused: nothing left then."""
        if refused_whole(decision, envelope.sender):
            return
        left = [r.address for r in decision.recipients if r.action is not Action.REJECT]
        self._state.record(envelope.sender, left, measure(inspection, envelope), context.now.timestamp())

    def _inspect(self, transaction: Transaction, runtime: Runtime, started: float) -> Inspection:
        milter = runtime.settings.milter
        inspection = self._pool.inspect(
            transaction.raw, started + milter.soft_seconds, started + milter.hard_seconds
        )
        if transaction.size > len(transaction.raw):
            cut = Unread("message", "limit:message_max_bytes", attachment=True)
            inspection = replace(inspection, unread=(*inspection.unread, cut))
        return inspection


def new_reference() -> str:
    """Return a short reference that a person can read out: 40 random bits."""
    bits = secrets.randbits(40)
    return "HY-" + "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 40, 5))


def decision_header(decision: Decision, raw: bytes, key: bytes | None) -> str:
    """Return the value of the decision header, signed when there is a key.

    The signature is HMAC-SHA256 over the fields before it and the SHA-256 of the message as it came,
    so that a copied header does not verify on another message.
    """
    fields = (
        f"action={decision.action}; policies={','.join(decision.tags) or '-'}; reference={decision.reference}"
    )
    fields += f"; time={datetime.now(UTC).isoformat(timespec='seconds')}"
    if key is None:
        return fields
    signed = fields.encode() + b"\n" + hashlib.sha256(raw).hexdigest().encode()
    return f"{fields}; signature={hmac.new(key, signed, hashlib.sha256).hexdigest()}"


def _shown(decision: Decision, runtime: Runtime) -> bool:
    return runtime.settings.header.trace or any(r.action is Action.TAG for r in decision.recipients)
