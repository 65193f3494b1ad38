"""The emergency lane in the daemon: its quota, its journal lines, and what is read from them again.

Does:   counts uses from the journal, lets one marked message after the other so that no two take the last
        use, and writes each use and each refusal before Postfix is answered.
Never:  forgets a use: after a restart the journal tells them again. Holds no address, only pseudonyms.
Fails:  ``OSError`` when a line cannot be written; the session then applies the failure action.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hygie_milter import notices
from hygie_milter.journal import pseudonyms
from hygie_milter.journal.keys import Key, KeyRing
from hygie_milter.journal.lines import Event, Line, day_of, read_line
from hygie_milter.journal.reading import raw_lines
from hygie_milter.journal.storage import Journal, is_ours, snapshot
from hygie_milter.mailer import Letter
from hygie_policies.messages import Notice
from hygie_policies.model import Decision, Emergency, Envelope, LaneUses, NotRecorded
from hygie_policies.words import WINDOW_MAX_HOURS

ASKED: Final = "asked"
"""``what`` of the line of a message that bore the marker."""
REVIEWED: Final = "reviewed"
"""``what`` of the line of a person's judgement on it."""
VERDICTS: Final = ("justified", "abuse")
_WINDOW: Final = timedelta(hours=WINDOW_MAX_HOURS)


def emergency_lines(folder: Path, ring: KeyRing, since: datetime) -> Iterator[Line]:
    """Yield the journal's lines about the lane; raises ``OSError``.

    They are a few among a hundred thousand a day: others are passed over unread.
    """
    needle = f'"event":"{Event.EMERGENCY}"'.encode()
    for path, size in snapshot(folder).files:
        day = day_of(path.name)
        if day is None or day < since.date():
            continue
        for _, data in raw_lines(path, size):
            line = read_line(data) if needle in data else None
            if (
                line is not None
                and line.event is Event.EMERGENCY
                and line.time >= since
                and is_ours(line, ring)
            ):
                yield line


@dataclass(frozen=True, slots=True)
class _Use:
    time: datetime
    key: str
    sender: str


class Unknown:
    """Uses that cannot be told, without a journal: the lane stays shut."""

    def by_sender(self, hours: float) -> int:
        """Raise :class:`NotRecorded`."""
        raise NotRecorded(str(hours))

    def by_all(self, hours: float) -> int:
        """Raise :class:`NotRecorded`."""
        raise NotRecorded(str(hours))


class Desk:
    """Keeps the count of one lane."""

    def __init__(self, journal: Journal, send: Callable[[Letter], None], now: datetime) -> None:
        """Read the uses of the longest window from the journal; raises ``OSError``."""
        self._journal = journal
        self._send = send
        self._lock = threading.Lock()
        lines = emergency_lines(journal.folder, journal.ring, now - _WINDOW)
        self._uses = [
            _Use(line.time, line.key, str(line.fields.get("sender")))
            for line in lines
            if line.fields.get("what") == ASKED and line.fields.get("result") == Emergency.USED
        ]

    @contextlib.contextmanager
    def turn(self, envelope: Envelope, now: datetime) -> Iterator[LaneUses]:
        """Give the count for one message, alone until its decision is written."""
        with self._lock:
            self._uses = [use for use in self._uses if use.time > now - _WINDOW]
            yield _Count(tuple(self._uses), self._journal.ring, person(envelope), now)

    def record(self, queue_id: str, envelope: Envelope, decision: Decision, now: datetime) -> None:
        """Write what became of a marked message; raises ``OSError``. To be called in its turn."""
        key = self._journal.key
        sender = pseudonyms.address(key, person(envelope))
        self._journal.write(Event.EMERGENCY, _asked(queue_id, sender, decision), key)
        if decision.emergency is Emergency.USED:
            self._uses.append(_Use(now, key.id, sender))

    def tell(self, officer: str, queue_id: str, decision: Decision) -> None:
        """Write to the data protection officer that the lane was used."""
        words = {
            "policies": ", ".join(_policies(decision)),
            "recipients": len(decision.recipients),
            "queue_id": queue_id,
        }
        self._send(notices.letter(Notice.EMERGENCY, officer, decision.reference, words))


def person(envelope: Envelope) -> str:
    """Return whose quota a message counts against: the login's where there is one, for it can vary less."""
    return (envelope.authenticated or envelope.sender).lower()


def _asked(queue_id: str, sender: str, decision: Decision) -> dict[str, Any]:
    return {
        "what": ASKED,
        "result": decision.emergency,
        "queue_id": queue_id,
        "reference": decision.reference,
        "sender": sender,
        "recipients": len(decision.recipients),
        "policies": _policies(decision),
        "policy_digest": decision.digest,
    }


def _policies(decision: Decision) -> list[str]:
    return sorted({policy for each in decision.recipients for policy in each.policies})


@dataclass(frozen=True, slots=True)
class _Count:
    """The uses before one message of one person."""

    uses: tuple[_Use, ...]
    ring: KeyRing
    person: str = field(repr=False)
    now: datetime

    def by_sender(self, hours: float) -> int:
        """Return how often this person used it in the last hours."""
        known: dict[str, str] = {}
        return sum(self._is_by(use, known) for use in self._within(hours))

    def by_all(self, hours: float) -> int:
        """Return how often anyone did."""
        return len(self._within(hours))

    def _within(self, hours: float) -> list[_Use]:
        return [use for use in self.uses if use.time > self.now - timedelta(hours=hours)]

    def _is_by(self, use: _Use, known: dict[str, str]) -> bool:
        """Compare under the key of that time; what a forgotten key made counts for everyone."""
        if use.key not in known:
            key: Key | None = self.ring.find(use.key)
            known[use.key] = pseudonyms.address(key, self.person) if key is not None else use.sender
        return known[use.key] == use.sender
