"""The approvals desk: opens the way for a held message, and takes the approvals that let it go.

Does:   notes a held message that may be released and writes to those who may, each with a token of their own;
        takes a token, and when everyone who must has approved, lets the message go, once.
Never:  releases on less than the policy asks, on one person's word for two, nor another message than the
        token's; remembers more than keyed pseudonyms. An approval is in the journal before it counts.
Fails:  :class:`Refused` with a word of a closed list; ``OSError`` when a line cannot be written, and then
        nothing was released. When Postfix does not let the message go, the same token may be used again.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from hygie_milter import notices
from hygie_milter.approvals.ledger import Held, Ledger
from hygie_milter.approvals.tokens import Role, Token, TokenError, new_token, read, signed
from hygie_milter.journal.keys import Key, KeyRing, load_ring
from hygie_milter.journal.lines import Event
from hygie_milter.journal.storage import prepare
from hygie_milter.mailer import Letter
from hygie_milter.postfix.queue import HeldMail, QueueError
from hygie_milter.settings import ApprovalSettings
from hygie_policies import addresses
from hygie_policies.messages import Notice
from hygie_policies.model import Action, Context, Decision, Envelope

log: Final = logging.getLogger("hygie")

_ARRIVED_BEFORE: Final = timedelta(hours=1)
"""How long before it was held a message may have come; a queue ID that was used again is much younger."""
_ARRIVED_AFTER: Final = timedelta(minutes=1)
_NOTICES: Final = {Role.SENDER: Notice.HELD_SENDER, Role.HEAD: Notice.HELD_TWO, Role.OFFICER: Notice.HELD_TWO}


class Refused(Exception):  # noqa: N818 - an answer, not a defect
    """Why a token lets nothing go: ``forged``, ``expired``, ``used``, ``unknown``, ``gone``, ``failed``."""


class Journal(Protocol):
    """Where approvals are written down."""

    def write(self, event: str, fields: Mapping[str, Any], key: Key | None = None) -> int:
        """Append one line; raises ``OSError``."""


class Queue(Protocol):
    """Where the message waits."""

    def held(self, queue_id: str) -> HeldMail | None:
        """Return a held message; raises :class:`QueueError`."""

    def release(self, queue_id: str) -> None:
        """Let it go; raises :class:`QueueError`."""


@dataclass(frozen=True, slots=True)
class People:
    """Who approves beside the sender."""

    officer: str = field(repr=False, default="")
    heads: Mapping[str, str] = field(repr=False, default_factory=dict)
    """List, address or domain of senders → address of their head of unit."""

    def roles(self, by: str, sender: str, context: Context) -> dict[Role, str]:
        """Return who must approve; empty when they are not two different persons beside the sender."""
        if by == Role.SENDER:
            return {Role.SENDER: sender}
        head = next((head for who, head in self.heads.items() if _is_of(sender, who, context)), "")
        persons = [addresses.parse(each) for each in (sender, head, self.officer)]
        if not all(each.plain for each in persons) or len({each.normal for each in persons}) < len(persons):
            return {}
        return {Role.HEAD: head, Role.OFFICER: self.officer}


def _is_of(sender: str, who: str, context: Context) -> bool:
    return addresses.parse(sender).is_in(context.lists.get(who, frozenset({who})))


@dataclass(frozen=True, slots=True)
class Desk:
    """What approvals need. ``send`` is None where no letters are written, as in the commands."""

    ledger: Ledger
    ring: Callable[[], KeyRing]
    url: str
    remember: timedelta
    people: People = People()
    send: Callable[[Letter], None] | None = None

    # --- in the daemon ---

    def remembered(self, person: str, now: datetime) -> Remembered:
        """Return what a sender approved before."""
        return Remembered(self, person, now)

    def tell(self, letters: tuple[Letter, ...]) -> None:
        """Send the letters, once the decision is written."""
        if self.send is not None:
            for letter in letters:
                self.send(letter)

    def open(
        self, queue_id: str, envelope: Envelope, person: str, decision: Decision, context: Context
    ) -> tuple[Letter, ...]:
        """Note a held message and return the letters with its links; raises ``OSError``."""
        release = decision.release
        if release is None:
            return ()
        roles = self.people.roles(release.by, envelope.sender, context)
        if not roles:
            log.warning("approval reference=%s: no two other persons to ask", decision.reference)
            return ()
        now, key = context.now, self.ring().current
        expires = now + timedelta(hours=release.hours)
        held = [r.address for r in decision.recipients if r.action is Action.HOLD]
        pairs = [pair(key, person, to, policy) for to in held for policy in release.policies]
        with self.ledger.alone():
            self.ledger.append(
                "held",
                reference=decision.reference,
                queue_id=queue_id,
                roles={role: _pseudonym(key, address) for role, address in roles.items()},
                key=key.id,
                pairs=pairs if release.by == Role.SENDER else [],
                policies=release.policies,
                time=int(now.timestamp()),
                expires=int(expires.timestamp()),
            )
        return tuple(
            self._letter(role, to, new_token(queue_id, decision.reference, role, expires), decision, envelope)
            for role, to in roles.items()
        )

    def _letter(self, role: Role, to: str, token: Token, decision: Decision, envelope: Envelope) -> Letter:
        words = {
            "link": f"{self.url}/release/{signed(token, self.ring().current)}",
            "recipients": sum(r.action is Action.HOLD for r in decision.recipients),
            "expires": f"{token.expires:%Y-%m-%d %H:%M} UTC",
            "sender": envelope.sender,
        }
        return notices.letter(_NOTICES[role], to, decision.reference, words)

    # --- at the link ---

    def look(self, text: str, now: datetime) -> tuple[Token, Held]:
        """Return what a token would approve, and change nothing; raises :class:`Refused`."""
        try:
            token = read(text, self.ring(), now)
        except TokenError as error:
            raise Refused(str(error)) from None
        held = self.ledger.held(token.reference)
        if held is None:
            raise Refused("unknown")
        if held.queue_id != token.queue_id or token.role not in held.roles:
            raise Refused("forged")
        if held.released:
            raise Refused("used")
        if held.expires <= now:
            raise Refused("expired")
        return token, held

    def approve(self, text: str, now: datetime, queue: Queue, journal: Journal) -> bool:
        """Take an approval; True when the message was let go, False while another one is needed.

        Raises:
            Refused: when it lets nothing go, or Postfix does not.
            OSError: when a line cannot be written.

        """
        with self.ledger.alone():
            token, held = self.look(text, now)
            known = {"queue_id": held.queue_id, "reference": held.reference}
            if token.role in held.approved:
                if held.approved[token.role] != token.nonce or not held.complete:
                    raise Refused("used")
            else:
                self._is_there(queue, held)
                journal.write(Event.APPROVED, {**known, "role": token.role, "policies": list(held.policies)})
                self.ledger.append("approved", reference=held.reference, role=token.role, nonce=token.nonce)
                held = self.ledger.held(held.reference) or held
            if not held.complete:
                return False
            self._let_go(queue, held)
            self.ledger.append(
                "released",
                reference=held.reference,
                pairs=held.pairs,
                until=int((now + self.remember).timestamp()),
            )
            waited = round((now - held.time).total_seconds())
            told = {**known, "result": "released", "by": sorted(held.roles), "waited": waited}
            try:
                journal.write(Event.RELEASED, told)
            except OSError as error:  # it has left; its approvals are written
                log.error("release reference=%s not journalled: %s", held.reference, type(error).__name__)  # noqa: TRY400 - one line
            return True

    def _is_there(self, queue: Queue, held: Held) -> None:
        """Check that the message waits still, and that its queue ID is not another's by now."""
        try:
            mail = queue.held(held.queue_id)
        except QueueError as error:
            log.error("release reference=%s failed: %s", held.reference, error)  # noqa: TRY400 - one line
            raise Refused("failed") from None
        if mail is None or not held.time - _ARRIVED_BEFORE <= mail.arrived <= held.time + _ARRIVED_AFTER:
            raise Refused("gone")

    def _let_go(self, queue: Queue, held: Held) -> None:
        self._is_there(queue, held)
        try:
            queue.release(held.queue_id)
        except QueueError as error:
            log.error("release reference=%s failed: %s", held.reference, error)  # noqa: TRY400 - one line
            raise Refused("failed") from None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What one sender approved before a moment."""

    desk: Desk
    person: str = field(repr=False)
    now: datetime

    def approved(self, policy: str, recipient: str) -> bool:
        """Tell whether it is remembered, under any key that is not forgotten; raises ``OSError``."""
        names = [pair(key, self.person, recipient, policy) for key in self.desk.ring().keys]
        return self.desk.ledger.remembers(names, self.now)


def open_desk(settings: ApprovalSettings, send: Callable[[Letter], None] | None = None) -> Desk | None:
    """Open the desk, None where there are no approvals; raises ``OSError`` and ``KeyRingError``.

    The keys are read each time, so that a rotation needs no restart.
    """
    folder, ring_file = settings.folder, settings.ring_file
    if folder is None or ring_file is None:
        return None
    prepare(folder, ring_file)
    return Desk(
        Ledger(folder / "ledger.jsonl"),
        lambda: load_ring(ring_file),
        settings.url,
        timedelta(days=settings.remember_days),
        People(settings.officer, settings.heads),
        send,
    )


def pair(key: Key, person: str, recipient: str, policy: str) -> str:
    """Return the pseudonym of a sender, a recipient and a policy."""
    data = f"{_normal(person)}\0{_normal(recipient)}\0{policy}"
    return hmac.digest(_naming(key), data.encode("utf-8", "surrogateescape"), "sha256")[:16].hex()


def _pseudonym(key: Key, address: str) -> str:
    data = b"person\0" + _normal(address).encode("utf-8", "surrogateescape")
    return hmac.digest(_naming(key), data, "sha256")[:16].hex()


def _normal(who: str) -> str:
    """Return an address in its comparable form; a login that is none stays what it is."""
    parsed = addresses.parse(who)
    return parsed.normal if parsed.domain else who


def _naming(key: Key) -> bytes:
    return hmac.digest(key.secret, b"hygie approvals pair", "sha256")
