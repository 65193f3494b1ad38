"""Reading the journal: the lines of a period, one after the other, as they were sealed.

Does:   streams the lines of some days, typed; counts what is no line of ours.
Never:  takes a line whose seal is wrong for one of ours, nor reads a day's file into memory.
Fails:  ``OSError`` when a file cannot be read. Damage is counted in :attr:`Reader.foreign`, which whoever
        reports must show; ``hygie journal verify`` tells what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hygie_milter.journal.keys import KeyRing
from hygie_milter.journal.lines import LINE_MAX_BYTES, Event, Line, day_of, read_line
from hygie_milter.journal.storage import is_ours, snapshot


@dataclass(slots=True)
class Reader:
    """The lines of one journal."""

    folder: Path
    ring: KeyRing
    foreign: int = 0
    """How many lines were passed over: not ours, or changed."""

    def lines(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        events: Collection[Event] = frozenset(Event),
    ) -> Iterator[Line]:
        """Yield the lines with ``since <= time < until``, by their place in the chain."""
        for path, size in snapshot(self.folder).files:
            day = day_of(path.name)
            # A line never stands in the file of a day before its own.
            if day is None or (since is not None and day < since.astimezone(UTC).date()):
                continue
            for _number, data in raw_lines(path, size):
                line = read_line(data)
                if line is None or not is_ours(line, self.ring):
                    self.foreign += 1
                elif (
                    line.event in events
                    and (since is None or since <= line.time)
                    and (until is None or line.time < until)
                ):
                    yield line


def raw_lines(path: Path, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the bytes of each line of a file's first ``size`` bytes, its line feed left off.

    The last one keeps a mark that no line has (a NUL) where its line feed is missing.
    """
    number = 0
    with path.open("rb") as file:
        while size > 0:
            data = file.readline(min(size, LINE_MAX_BYTES))
            if not data:
                return
            size -= len(data)
            number += 1
            yield number, data[:-1] if data.endswith(b"\n") else data + b"\0"
