"""Feedback: a person's judgement that a decision was wrong, kept as a line of the journal.

Does:   finds the decision behind a reference, writes the judgement beside it into the chain, counts for the
        daemon what the command wrote, and hands decisions with their judgement to whoever replays them.
Never:  takes a text: what is said of a decision is a word of a closed list, so that no content and no
        name can come into the journal by this way.
Fails:  ``OSError`` when the journal cannot be read or written. A reference that the journal does not
        know is None, for whoever asked to say so.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from hygie_milter.journal.keys import KeyRing
from hygie_milter.journal.lines import Event, Line, read_line
from hygie_milter.journal.reading import Reader, raw_lines
from hygie_milter.journal.storage import Journal, is_ours, snapshot


class Judgement(StrEnum):
    """What was wrong."""

    FALSE_POSITIVE = "false_positive"
    """It was restricted, and nothing in it was to be protected."""
    MISSED = "missed"
    """It left, and should not have left in this way."""


class Note(StrEnum):
    """Why, as far as it can be told without content."""

    NO_PATIENT = "no-patient"
    """An example, a blank form, an invented person."""
    NOT_HEALTH = "not-health"
    """The words were not about health."""
    OWN_DATA = "own-data"
    """The sender's own data."""
    SAFE_RECIPIENT = "safe-recipient"
    """The recipient was entitled to it, by a safe way."""
    NOT_RECOGNISED = "not-recognised"
    """What was in it was not found."""
    UNREAD = "unread"
    """What was in it could not be read."""
    NO_POLICY = "no-policy"
    """It was found, and no policy asked for more."""
    OTHER = "other"


NOTES: Final = {
    Judgement.FALSE_POSITIVE: (
        Note.NO_PATIENT,
        Note.NOT_HEALTH,
        Note.OWN_DATA,
        Note.SAFE_RECIPIENT,
        Note.OTHER,
    ),
    Judgement.MISSED: (Note.NOT_RECOGNISED, Note.UNREAD, Note.NO_POLICY, Note.OTHER),
}
"""Which notes go with which judgement."""


class Judge(StrEnum):
    """Who judged, by role: a name would be one more person in the journal."""

    SENDER = "sender"
    SECURITY = "security"
    DPO = "dpo"
    CARE = "care"


_REFERENCE: Final = re.compile(r"(?:HY)?([0-9A-HJKMNP-TV-Z]{8})")
_MISREAD: Final = str.maketrans("OIL", "011")


def reference(text: str) -> str | None:
    """Return a reference as the journal has it, however it was copied; None when it is none.

    ``reference("hy 7kqm-oo1l")`` is ``HY-7KQM0011``.
    """
    found = _REFERENCE.fullmatch(re.sub(r"[\s-]", "", text).upper().translate(_MISREAD))
    return f"HY-{found[1]}" if found else None


def find_decision(folder: Path, ring: KeyRing, wanted: str) -> Line | None:
    """Return the decision with a reference, looked for from the newest day back; raises ``OSError``."""
    mark = wanted.encode()
    for path, size in reversed(snapshot(folder).files):
        for _number, data in raw_lines(path, size):
            line = read_line(data) if mark in data else None
            decided = line is not None and line.event is Event.DECIDED
            if line and decided and line.fields.get("reference") == wanted and is_ours(line, ring):
                return line
    return None


def record(
    journal: Journal, decision: Line, judgement: Judgement, note: Note | None, by: Judge | None
) -> int:
    """Write a judgement, and what a report says of it; return the line's number; raises ``OSError``."""
    fields: dict[str, Any] = {
        "reference": decision.fields["reference"],
        "judgement": judgement,
        "decided_seq": decision.seq,
        "action": decision.fields.get("action"),
        "policies": _enforced(decision),
    }
    if note is not None:
        fields["note"] = note
    if by is not None:
        fields["by"] = by
    return journal.write(Event.FEEDBACK, fields)


def _enforced(decision: Line) -> list[Any]:
    rows = decision.fields.get("policies", [])
    return [row["id"] for row in rows if isinstance(row, dict) and not row.get("simulated") and "id" in row]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person said of a decision."""

    reference: str
    judgement: Judgement
    note: Note | None
    policies: tuple[str, ...]
    """The enforced policies behind the decision."""


def judged(line: Line) -> Judged | None:
    """Read a judgement; None when the line holds none."""
    note = line.fields.get("note")
    try:
        return Judged(
            str(line.fields["reference"]),
            Judgement(line.fields["judgement"]),
            Note(note) if note is not None else None,
            tuple(map(str, line.fields.get("policies", ()))),
        )
    except (KeyError, ValueError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class FeedbackCase:
    """A decision that a person judged wrong: what a changed policy set should decide better."""

    decision: Line
    judged: Judged


def feedback_cases(
    reader: Reader, since: datetime | None = None, until: datetime | None = None
) -> Iterator[FeedbackCase]:
    """Yield the decisions of a period that were judged, then or later, each with its last judgement."""
    found = map(judged, reader.lines(since, None, {Event.FEEDBACK}))
    last = {each.reference: each for each in found if each is not None}
    if not last:
        return
    for line in reader.lines(since, until, {Event.DECIDED}):
        said = last.get(str(line.fields.get("reference")))
        if said is not None:
            yield FeedbackCase(line, said)


class Tail:
    """The judgements that come into a journal while a daemon keeps it: the command is another process."""

    def __init__(self, journal: Journal) -> None:
        """Begin where the journal ends now."""
        self._journal = journal
        self._lock = threading.Lock()
        self._file, self._place = journal.head.file, journal.head.size

    def new(self) -> list[Judgement]:
        """Return those that came since the last call; raises ``OSError``, and then goes on from there."""
        found: list[Judgement] = []
        with self._lock:
            files = [row for row in snapshot(self._journal.folder).files if row[0].name >= self._file]
            for path, size in files:
                start = self._place if path.name == self._file else 0
                found += filter(None, map(self._judgement, _lines_from(path, start, size)))
                self._file, self._place = path.name, size
        return found

    def _judgement(self, data: bytes) -> Judgement | None:
        line = read_line(data) if b'"event":"feedback"' in data else None
        if line is None or line.event is not Event.FEEDBACK or not is_ours(line, self._journal.ring):
            return None
        said = judged(line)
        return said.judgement if said is not None else None


def _lines_from(path: Path, start: int, end: int) -> Iterator[bytes]:
    """Yield the lines of a file from one place up to another, both at the end of a line."""
    with path.open("rb") as file:
        file.seek(start)
        while (left := end - file.tell()) > 0 and (data := file.readline(left)):
            yield data.removesuffix(b"\n")
