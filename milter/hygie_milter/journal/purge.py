"""Purging the journal: whole days whose retention has ended, and the keys that nothing uses any more.

Does:   writes into the chain which files go, how many lines and from where to where, then deletes them;
        then deletes from the ring the keys of purged lines, after which copies of these lines link nobody.
Never:  deletes a line alone, the newest file, or anything before its deletion is proved on the disk.
Fails:  ``OSError``; whatever was not done yet is done the next time. A ring that this user may not write
        keeps its keys: :attr:`Purge.keys_kept` says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from hygie_milter.journal.keys import KeyRing, forget, sync_folder
from hygie_milter.journal.lines import Event, Line, day_of, read_line
from hygie_milter.journal.reading import raw_lines
from hygie_milter.journal.storage import Journal, snapshot
from hygie_milter.settings import JournalSettings

_KEY: Final = re.compile(rb'"key":"([0-9a-f]{8})"')


@dataclass(frozen=True, slots=True)
class Purge:
    """What was done."""

    files: int = 0
    lines: int = 0
    keys: int = 0
    keys_kept: bool = False
    """Whether keys should have been deleted and could not."""


def purge(journal: Journal, settings: JournalSettings, today: date) -> Purge:
    """Delete the files of the days before the retention, and the keys that only they used."""
    files = snapshot(journal.folder).files
    oldest_kept = today - timedelta(days=settings.retention_days)
    old = [row for row in files[:-1] if (day_of(row[0].name) or today) < oldest_kept]
    lines = 0
    if old:
        rows = [_row(path, size) for path, size in old]
        lines = sum(row["lines"] for row in rows)
        following = _first(*files[len(old)])
        through = (
            {"seq_through": following.seq - 1, "seal_through": following.previous}
            if following is not None
            else {}
        )
        journal.write(Event.PURGED, {"before": oldest_kept.isoformat(), "files": rows, **through})
        journal.sync()
        for path, _size in old:
            path.unlink()
        sync_folder(journal.folder)
    keys, kept = (0, False)
    if files and settings.ring_file is not None:
        keys, kept = _forget(journal, settings.ring_file, *files[len(old)])
    return Purge(len(old), lines, keys, kept)


def _row(path: Path, size: int) -> dict[str, Any]:
    """Say of one file what the proof keeps."""
    lines, first, last = 0, None, None
    for _number, data in raw_lines(path, size):
        lines += 1
        first, last = first or data, data
    ends = {"first": read_line(first or b""), "last": read_line(last or b"")}
    return {
        "name": path.name,
        "lines": lines,
        **{name: [line.seq, line.seal] if line else None for name, line in ends.items()},
    }


def _first(path: Path, size: int) -> Line | None:
    return next((read_line(data) for _number, data in raw_lines(path, size)), None)


def _forget(journal: Journal, key_file: Path, oldest: Path, size: int) -> tuple[int, bool]:
    """Delete the keys older than any that the oldest file left uses: keys are used in their order."""
    used = {found[1].decode() for _number, data in raw_lines(oldest, size) if (found := _KEY.search(data))}
    ring: KeyRing = journal.ring
    ages = [index for index, key in enumerate(ring.keys) if key.id in used]
    unused = frozenset(key.id for key in ring.keys[: min(ages, default=0)])
    if not unused:
        return 0, False
    try:
        journal.reopen(forget(key_file, unused))
    except OSError:
        return 0, True
    return len(unused), False
