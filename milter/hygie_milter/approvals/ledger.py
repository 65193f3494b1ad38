"""The ledger: which held messages wait for whom, who approved, and what is remembered of it.

Does:   appends JSON lines to one file under a lock that the daemon and the commands share, and keeps what
        it says in memory, read again only when the file has changed.
Never:  holds an address or content: queue IDs, references, roles, policy ids, keyed pseudonyms.
Fails:  ``OSError`` when a line cannot be written; a line that cannot be read is passed over, and then
        allows nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hygie_milter.approvals.tokens import Role
from hygie_milter.journal.keys import adopt

_MODE: Final = 0o600
_LOCK_SECONDS: Final = 5.0


@dataclass(slots=True)
class Held:
    """One held message, and how far its approval is."""

    reference: str
    queue_id: str
    roles: dict[Role, str]
    """Who must approve, each by the pseudonym of the person."""
    key: str
    """The key of the pseudonyms."""
    pairs: tuple[str, ...]
    """What is remembered once it is released: pairs of sender and recipient, by policy."""
    policies: tuple[str, ...]
    time: datetime
    expires: datetime
    approved: dict[Role, str] = field(default_factory=dict)
    """Who did, and with which nonce."""
    released: bool = False

    @property
    def complete(self) -> bool:
        """Whether everyone who must has approved."""
        return self.approved.keys() >= self.roles.keys()


class Ledger:
    """One file. Safe for threads, and for commands beside a daemon."""

    def __init__(self, path: Path) -> None:
        """Make or open the file; raises ``OSError``."""
        self._path = path
        self._lock = threading.RLock()
        self._seen: tuple[int, ...] = ()
        self._held: dict[str, Held] = {}
        self._pairs: dict[str, datetime] = {}
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)
        try:
            adopt(descriptor, path.parent)
        finally:
            os.close(descriptor)

    def held(self, reference: str) -> Held | None:
        """Return a held message by its reference; raises ``OSError``."""
        with self._lock:
            self._refresh()
            return self._held.get(reference)

    def remembers(self, pairs: list[str], now: datetime) -> bool:
        """Tell whether one of these names of a pair is remembered; raises ``OSError``."""
        with self._lock:
            self._refresh()
            return any(self._pairs.get(pair, now) > now for pair in pairs)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other threads and processes from writing meanwhile."""
        with self._lock:
            descriptor = self._locked()
            try:
                yield
            finally:
                os.close(descriptor)

    def prune(self, now: datetime) -> None:
        """Forget what has ended: links that expired, approvals no longer remembered; raises ``OSError``."""
        with self.alone():
            self._refresh()
            kept = [data for data in self._path.read_bytes().splitlines() if self._lives(data, now)]
            fresh = self._path.with_name(self._path.name + ".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _MODE)
            with os.fdopen(descriptor, "wb") as file:
                adopt(file.fileno(), self._path)
                file.writelines(data + b"\n" for data in kept)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)

    def _lives(self, data: bytes, now: datetime) -> bool:
        """Tell whether a line still says something; what cannot be read says nothing."""
        try:
            row = json.loads(data)
            held = self._held.get(row["reference"])
            if row["what"] == "released" and row["pairs"] and _time(row["until"]) > now:
                return True
        except (ValueError, KeyError, TypeError, AttributeError):
            return False
        return held is not None and held.expires > now

    def _locked(self) -> int:
        """Return the file, locked, and still the one in place: another may have pruned it meanwhile."""
        while True:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                _lock(descriptor)
                if os.path.samestat(os.fstat(descriptor), self._path.stat()):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def append(self, what: str, **fields: Any) -> None:
        """Write one line to the disk; raises ``OSError``. To be called within :meth:`alone`."""
        line = json.dumps({"what": what, **fields}, separators=(",", ":")).encode() + b"\n"
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line  # what a full disk cut off stays a line of its own
            if os.write(descriptor, line) != len(line):
                raise OSError("a line of the ledger was not written whole")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _refresh(self) -> None:
        state = self._path.stat()
        seen = (state.st_ino, state.st_size, state.st_mtime_ns)
        if seen == self._seen:
            return
        self._held.clear()
        self._pairs.clear()
        for data in self._path.read_bytes().splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                self._take(json.loads(data))
        self._seen = seen

    def _take(self, row: dict[str, Any]) -> None:
        if row["what"] == "held":
            held = Held(
                row["reference"],
                row["queue_id"],
                {Role(role): person for role, person in row["roles"].items()},
                row["key"],
                tuple(row["pairs"]),
                tuple(row["policies"]),
                _time(row["time"]),
                _time(row["expires"]),
            )
            self._held[held.reference] = held
        elif row["what"] == "approved":
            self._held[row["reference"]].approved[Role(row["role"])] = row["nonce"]
        elif row["what"] == "released":
            for pair in row["pairs"]:
                self._pairs[pair] = _time(row["until"])
            self._held[row["reference"]].released = True


def _lock(descriptor: int) -> None:
    """Lock, or raise ``OSError``: mail must not wait for a command that hangs."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
