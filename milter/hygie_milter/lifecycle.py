"""How a policy comes into force: simulated first, looked at over the journal, then enforced.

Does:   tells from the journal how long each policy was simulated and whether it was backtested as it is;
        says what a set that comes into force has not been through; changes the status in a policy's file.
Never:  changes anything else in that file: not a comment, not an order.
Fails:  ``OSError`` when a file cannot be used; ``YamlError`` when the file is not the policy it was.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hygie_milter.journal.keys import KeyRing, sync_folder
from hygie_milter.journal.lines import Event, Line, read_line
from hygie_milter.journal.reading import raw_lines
from hygie_milter.journal.storage import is_ours, snapshot
from hygie_policies import shipped
from hygie_policies.loader import PolicySet, content_digest, load_policies
from hygie_policies.schema import Policy, Status
from hygie_policies.yamlfile import read, text_of, validate

SIMULATED_DAYS: Final = 7
"""A policy sees every day of a week before it acts."""
FORGOTTEN_DAYS: Final = 60
"""A simulation that is as old is one that nobody looks at."""
EVENTS: Final = frozenset({Event.STARTED, Event.RELOADED, Event.STOPPED, Event.DECIDED, Event.BACKTESTED})
"""The lines that tell of simulation and backtests."""
_BREAK: Final = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line for YAML."""
_FILE_MAX: Final = 1024 * 1024


# --- what the journal tells ---


class Simulations:
    """How long each policy was simulated, from the lines of a journal in their order."""

    def __init__(self) -> None:
        self._spent: dict[str, timedelta] = {}
        self._open: dict[str, datetime] = {}
        self._last: datetime | None = None

    def note(self, line: Line) -> None:
        """Take one line into account."""
        if line.event is Event.STARTED:  # a daemon that was killed said nothing: it ended with its last line
            self._close(self._open.keys(), self._last or line.time)
        if line.event is Event.STOPPED:
            self._close(self._open.keys(), line.time)
        elif line.event is Event.DECIDED:
            rows = [row for row in line.fields.get("policies", ()) if isinstance(row, dict)]
            self._begin((row["id"] for row in rows if row.get("simulated")), line.time)
            self._close((row["id"] for row in rows if not row.get("simulated")), line.time)
        elif "simulated" in line.fields:
            named = set(line.fields["simulated"])
            self._close(self._open.keys() - named, line.time)
            self._begin(named, line.time)
        self._last = line.time

    def days(self, name: str, now: datetime) -> float:
        """Return for how many days a policy was simulated."""
        spent = self._spent.get(name, timedelta())
        if name in self._open:
            spent += now - self._open[name]
        return spent / timedelta(days=1)

    def _begin(self, names: Iterable[str], at: datetime) -> None:
        for name in names:
            self._open.setdefault(name, at)

    def _close(self, names: Iterable[str], at: datetime) -> None:
        for name in list(names):
            began = self._open.pop(name, None)
            if began is not None:
                self._spent[name] = self._spent.get(name, timedelta()) + (at - began)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a policy has been through."""

    days: float
    """Of simulation."""
    backtested: bool
    """Whether it was, over at least one decision, as it now is."""

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """What is missing before it may be enforced; each French, then English."""
        lacks = []
        if self.days < SIMULATED_DAYS:
            lacks.append(
                (
                    f"simulée {self.days:.1f} jour(s), il en faut {SIMULATED_DAYS}",
                    f"simulated for {self.days:.1f} day(s), {SIMULATED_DAYS} are needed",
                )
            )
        if not self.backtested:
            lacks.append(
                (
                    "jamais rejouée sur le journal telle qu'elle est : hygie policy backtest",
                    "never replayed over the journal as it is: hygie policy backtest",
                )
            )
        return tuple(lacks)


def evidence(lines: Iterable[Line], policy: Policy, now: datetime) -> Evidence:
    """Return what a policy has been through; ``lines`` are those of :data:`EVENTS`."""
    simulations, backtested, digest = Simulations(), False, content_digest(policy)
    for line in lines:
        if line.event is Event.BACKTESTED:
            replayed = line.fields.get("policies", {}).get(policy.id) == digest
            backtested = backtested or (replayed and bool(line.fields.get("told")))
        else:
            simulations.note(line)
    return Evidence(simulations.days(policy.id, now), backtested)


# --- what comes into force ---


def last_in_force(folder: Path, ring: KeyRing) -> Mapping[str, Any]:
    """Return what the journal told of the last set that came into force; raises ``OSError``.

    From the newest file back, and most lines are passed over unread: a daemon waits for this.
    """
    for path, size in reversed(snapshot(folder).files):
        found: Mapping[str, Any] | None = None
        for _, data in raw_lines(path, size):
            line = read_line(data) if b'"simulated":[' in data else None
            if line is not None and line.event in _IN_FORCE and is_ours(line, ring):
                found = line.fields
        if found is not None:
            return found
    return {}


_IN_FORCE: Final = frozenset({Event.STARTED, Event.RELOADED})


def in_force(policies: PolicySet, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the journal tells of a set: which policies are simulated, which enforced.

    ``seen`` are those of its policies that were simulated at any time before.
    """
    simulated = [policy.id for policy in policies.evaluated if policy.status is Status.SIMULATE]
    known = {*before.get("seen", ()), *before.get("simulated", ()), *simulated}
    return {
        "simulated": simulated,
        "enforced": [policy.id for policy in policies.evaluated if policy.status is Status.ENFORCE],
        "seen": [policy.id for policy in policies.policies if policy.id in known],
    }


def never_simulated(policies: PolicySet, told: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the enforced policies that never were simulated; those that came with this version may."""
    rash = set(told["enforced"]) - set(told["seen"])
    if not rash:
        return ()
    ours = {policy.id: content_digest(policy) for policy in load_policies(shipped.library()).policies}
    return tuple(
        policy.id
        for policy in policies.policies
        if policy.id in rash and content_digest(policy) != ours.get(policy.id)
    )


# --- the file ---


@contextmanager
def status_changed(path: Path, status: Status) -> Iterator[Path]:
    """Yield the file that will take the place of a policy's, beside it; it does when the block ends well."""
    path = path.resolve()
    text = text_of(path, _FILE_MAX)
    document = read(path)
    start = _offset(text, *document.places["status",])
    changed = text[:start] + re.sub(r"[a-z]+", status, text[start:], count=1)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".hygie-", suffix=".yaml", delete=False) as file:
        fresh = Path(file.name)
        file.write(changed.encode("utf-8-sig" if path.read_bytes().startswith(b"\xef\xbb\xbf") else "utf-8"))
        file.flush()
        os.fsync(file.fileno())
    try:
        shutil.copymode(path, fresh)
        with suppress(PermissionError):
            shutil.chown(fresh, path.stat().st_uid, path.stat().st_gid)
        wanted = validate(document, Policy).model_copy(update={"status": status})
        if validate(read(fresh), Policy) != wanted:
            raise ValueError("the file would say something else")
        yield fresh
        fresh.replace(path)
        sync_folder(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def _offset(text: str, line: int, column: int) -> int:
    """Return where a line and a column are, both from 1."""
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]
    return starts[line - 1] + column - 1
