"""The form of a line, of the head and of a file's name: what is sealed, and how it is read back.

Does:   seals a line over its own bytes and the seal of the line before; reads one back, strictly.
Never:  normalises: a seal is over the bytes as they stand in the file.
Fails:  :func:`read_line` and :func:`read_head` return None for what is no line and no head.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from hygie_milter.journal.keys import Key

GENESIS: Final = "0" * 32
"""Stands for the seal before the first line of all."""
LINE_MAX_BYTES: Final = 1024 * 1024
"""No line of ours is longer; a reader takes no more at once."""
HEAD_NAME: Final = "head"
HEAD_BYTES: Final = 256

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
_TAIL: Final = re.compile(rb'(.*),"seal":"([0-9a-f]{32})"\}', re.DOTALL)
_FILE: Final = re.compile(r"journal-(\d{4}-\d{2}-\d{2})\.jsonl")
_OWN: Final = frozenset({"seq", "previous", "key", "time", "event", "seal"})


class Event(StrEnum):
    """What a line tells. The list is closed."""

    STARTED = "started"
    STOPPED = "stopped"
    RELOADED = "reloaded"
    """A new configuration is in force, or was refused."""
    DECIDED = "decided"
    FEEDBACK = "feedback"
    """A person judged a decision wrong."""
    RELEASED = "released"
    """A held message was let go, sent back or destroyed."""
    APPROVED = "approved"
    """A sender or a second person approved what was held."""
    EMERGENCY = "emergency"
    """The emergency lane was taken."""
    LIFECYCLE = "lifecycle"
    """A policy changed its status, or was forced to."""
    BACKTESTED = "backtested"
    """A policy set was replayed over the journal."""
    PURGED = "purged"
    """Files whose retention ended are deleted; this line is the proof."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as read: its place in the chain, what it tells, and the bytes its seal is over."""

    seq: int
    previous: str
    key: str
    time: datetime
    event: Event
    fields: Mapping[str, Any] = field(repr=False)
    seal: str
    sealed: bytes = field(repr=False)

    def is_sealed_by(self, key: Key) -> bool:
        """Tell whether this key made the seal."""
        return key.seal(self.sealed) == self.seal


def encode(time: datetime, event: Event, fields: Mapping[str, Any]) -> bytes:
    """Return what a line tells as JSON without its braces; raises ``ValueError`` for a name that is ours."""
    if not _OWN.isdisjoint(fields):
        raise ValueError(f"a field of every line: {sorted(_OWN & fields.keys())}")
    told = {"time": time.isoformat(timespec="milliseconds"), "event": event, **fields}
    return _ENCODER.encode(told).encode()[1:-1]


def sealed_line(seq: int, previous: str, key: Key, told: bytes) -> tuple[bytes, str]:
    """Return a whole line, its line feed included, and its seal."""
    data = b'{"seq":%d,"previous":"%b","key":"%b",%b' % (seq, previous.encode(), key.id.encode(), told)
    seal = key.seal(data)
    return b'%b,"seal":"%b"}\n' % (data, seal.encode()), seal


def read_line(data: bytes) -> Line | None:
    """Read a line, without its line feed; None when it has not exactly the form of ours."""
    found = _TAIL.fullmatch(data)
    if found is None:
        return None
    try:
        told = json.loads(found[1] + b"}")
        seq, previous, key = told.pop("seq"), told.pop("previous"), told.pop("key")
        time, event = datetime.fromisoformat(told.pop("time")), Event(told.pop("event"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if type(seq) is not int or not isinstance(previous, str) or not isinstance(key, str):
        return None
    if time.tzinfo is None:
        return None
    return Line(seq, previous, key, time, event, told, found[2].decode(), found[1])


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: its last line, and how long the file is that holds it."""

    seq: int = 0
    seal: str = GENESIS
    file: str = ""
    size: int = 0


def encode_head(head: Head, key: Key) -> bytes:
    """Return the head as it stands in its file, always as long."""
    told = f'[{head.seq},"{head.seal}","{head.file}",{head.size},"{key.id}"]'.encode()
    return (told + b" " + key.seal(b"head" + told).encode()).ljust(HEAD_BYTES - 1) + b"\n"


def read_head(data: bytes) -> tuple[Head, str, bytes, str] | None:
    """Return a head, its key's id, the bytes that are sealed and the seal; None when it is no head."""
    told, _, seal = data.rstrip().rpartition(b" ")
    try:
        seq, last, file, size, key = json.loads(told)
    except (ValueError, TypeError):
        return None
    right = (
        type(seq) is int and type(size) is int and all(isinstance(text, str) for text in (last, file, key))
    )
    return (
        (Head(seq, last, file, size), key, b"head" + told, seal.decode("ascii", "replace")) if right else None
    )


def file_name(day: date) -> str:
    """Return the name of a day's file."""
    return f"journal-{day.isoformat()}.jsonl"


def day_of(name: str) -> date | None:
    """Return the day of a file by its name, None when it is no file of the journal."""
    found = _FILE.fullmatch(name)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def journal_files(folder: Path) -> list[Path]:
    """Return the daily files of a folder, the oldest first; raises ``OSError``."""
    return sorted(path for path in folder.iterdir() if day_of(path.name) is not None)
