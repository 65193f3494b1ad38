"""Verifying the journal: every line in its place and as it was written, from the first to the last.

Does:   follows the chain through all files and finds what was changed, removed, moved, added or cut off,
        each with file and line; accepts the lack of the oldest files where a later line proves their purge.
Never:  changes anything, nor stops at the first damage.
Fails:  ``OSError`` when a file cannot be read.

Found:  a flipped byte, a removed, moved, repeated or added line, a file that was removed or shortened, an
        end that was cut off (by ``head``). Who holds the key ring can forge anything; who kept an old
        ``head`` and may write can take the chain back to it, which only a head that was noted elsewhere
        shows (the metric ``hygie_journal_sequence``, the daily line of the log, ``verify --head``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from hygie_milter.journal.keys import KeyRing
from hygie_milter.journal.lines import GENESIS, Event, Head, Line, day_of, read_line
from hygie_milter.journal.reading import raw_lines
from hygie_milter.journal.storage import is_ours, sealed_head, snapshot


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong, and where."""

    file: str
    line: int
    """Counted from 1; 0 for the file as a whole."""
    french: str
    english: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.french} / {self.english}"


@dataclass(slots=True)
class Verdict:
    """What was found."""

    damages: list[Damage] = field(default_factory=list)
    files: int = 0
    lines: int = 0
    """Lines that are as they were written."""
    end: Head = field(default_factory=Head)
    """The last of them."""
    purged: int = 0
    """Lines that were deleted at the end of their retention, by proof."""

    def add(self, file: str, line: int, french: str, english: str) -> None:
        """Note a damage."""
        self.damages.append(Damage(file, line, french, english))


def verify(folder: Path, ring: KeyRing, known: Head | None = None) -> Verdict:
    """Follow the whole chain. ``known`` is an end noted elsewhere: the chain must pass through it."""
    seen = snapshot(folder)
    walk = _Walk(ring, known)
    for path, size in seen.files:
        walk.file(path, size)
    walk.beginning()
    walk.end(sealed_head(seen.head, ring))
    return walk.verdict


def verify_days(
    folder: Path, ring: KeyRing, first: date, last: date, each: Callable[[Line], None]
) -> Verdict:
    """Follow the chain through the files of some days, from the file before them to the one after.

    ``each`` is given every line of these files that is as it was written and in its place.
    """
    seen = snapshot(folder)
    days = [day_of(path.name) or date.min for path, _size in seen.files]
    chosen = [index for index, day in enumerate(days) if first <= day <= last]
    begin = chosen[0] if chosen else sum(day < first for day in days)
    end = chosen[-1] + 1 if chosen else begin
    walk = _Walk(ring, None, each)
    for index, (path, size) in enumerate(seen.files[max(0, begin - 1) : end + 1], max(0, begin - 1)):
        walk.told = begin <= index < end
        walk.file(path, size)
    if begin <= 1:
        for path, size in seen.files[end + 1 :]:
            walk.proofs(path, size)
        walk.beginning()
    if end >= len(days) - 1:
        walk.end(sealed_head(seen.head, ring))
    return walk.verdict


class _Walk:
    """One way along the chain."""

    def __init__(
        self, ring: KeyRing, known: Head | None, each: Callable[[Line], None] = lambda _line: None
    ) -> None:
        self.verdict = Verdict()
        self.told = True
        """Whether the lines of this file are given to ``each``."""
        self._ring = ring
        self._known = known
        self._each = each
        self._last: Line | None = None
        self._first: tuple[str, int, Line, int] | None = None
        self._bad = 0  # lines since the last good one that are not as they were written
        self._purged: list[tuple[Any, Any]] = []
        self._place = ("", 0)
        self._before: tuple[str, int] | None = None
        """Where the file before this one ended."""
        self._names: set[str] = set()

    def file(self, path: Path, size: int) -> None:
        """Follow the chain through one file."""
        self.verdict.files += 1
        self._before = self._place if self._names else None
        self._names.add(path.name)
        self._place = (path.name, 0)
        for number, data in raw_lines(path, size):
            self._place = (path.name, number)
            line = self._read(data)
            if line is None:
                self._bad += 1
            else:
                self._follow(line)

    def proofs(self, path: Path, size: int) -> None:
        """Read nothing of a file but what it proves of purges."""
        for _number, data in raw_lines(path, size):
            line = read_line(data) if b'"event":"purged"' in data else None
            if line is not None and is_ours(line, self._ring):
                self._note_purge(line)

    def _note_purge(self, line: Line) -> None:
        if line.event is Event.PURGED:
            self._purged += [(line.fields.get("seq_through"), line.fields.get("seal_through"))]

    def _read(self, data: bytes) -> Line | None:
        """Return a line that is as it was written."""
        line = read_line(data)
        if line is None:
            said = (
                ("ligne coupée", "a line that was cut off")
                if data.endswith(b"\0")
                else ("n'est pas une ligne du journal", "is no line of the journal: changed or added")
            )
            self._damage(*said)
            return None
        key = self._ring.find(line.key)
        if key is None:
            self._damage(
                "scellée par une clé absente du trousseau : ajoutée, ou trousseau incomplet",
                "sealed with a key that the ring does not hold: added, or the ring is incomplete",
            )
            return None
        if not line.is_sealed_by(key):
            self._damage(
                "son sceau est faux : modifiée, ou ajoutée sans la clé",
                "its seal is wrong: changed, or added without the key",
            )
            return None
        return line

    def _follow(self, line: Line) -> None:
        """Judge the place of a good line by the good line before it."""
        self.verdict.lines += 1
        self._note_purge(line)
        if self._known is not None and line.seq == self._known.seq and line.seal != self._known.seal:
            self._damage("n'est pas la ligne notée ailleurs", "is not the line that was noted elsewhere")
        last, bad = self._last, self._bad
        self._bad = 0
        if last is None:
            self._first = (*self._place, line, bad)
            self._accept(line)
            return
        missing = line.seq - last.seq - 1
        if missing < 0:
            self._damage(
                f"la ligne n° {line.seq} n'est pas à sa place, après la n° {last.seq} : déplacée ou répétée",
                f"line no. {line.seq} is out of place behind no. {last.seq}: moved or repeated",
            )
            return
        if missing == 0 and line.previous != last.seal:
            self._damage(
                f"ne suit pas la ligne n° {last.seq} : la chaîne a été recommencée",
                f"does not follow from line no. {last.seq}: the chain was begun again",
            )
        elif missing > bad:
            self._gap(last.seq + 1, line.seq - 1)
        self._accept(line)

    def _accept(self, line: Line) -> None:
        self._last = line
        if self.told:
            self._each(line)

    def _gap(self, first: int, last: int) -> None:
        """Note missing lines: before this one, or between two files."""
        french, english = _missing(first, last)
        if self._place[1] > 1 or self._before is None:
            self._damage(french, english)
            return
        name, lines = self._before
        here = self._place[0]
        self.verdict.add(
            name,
            lines + 1,
            f"{french} jusqu’à {here} : fichier raccourci, ou fichier retiré entre les deux",
            f"{english} up to {here}: the file was shortened, or one between the two was removed",
        )

    def end(self, head: Head | None) -> None:
        """Judge where the chain ends."""
        last = self._last
        if last is not None:
            self.verdict.end = Head(last.seq, last.seal, self._place[0])
        if head is None:
            self.verdict.add(
                "head",
                0,
                "absent, ou son sceau est faux : rien ne prouve que la fin est entière",
                "absent, or its seal is wrong: nothing proves that the end is whole",
            )
        reached = self._bad + (last.seq if last is not None else 0)
        for end in (head, self._known):
            if end is not None and end.seq > reached:
                self._cut(reached + 1, end)
                return

    def _cut(self, first: int, end: Head) -> None:
        """Note that the end is missing."""
        french, english = _missing(first, end.seq)
        if end.file and end.file not in self._names:
            self.verdict.add(end.file, 0, f"fichier retiré : {french}", f"the file was removed: {english}")
            return
        name, lines = self._place
        self.verdict.add(name, lines + 1, f"fin coupée : {french}", f"the end was cut off: {english}")

    def beginning(self) -> None:
        """Judge where it begins; after the whole of it, for a later line may prove a purge."""
        if self._first is None:
            return
        file, number, line, bad = self._first
        if (line.seq, line.previous) == (1, GENESIS) or 1 < line.seq <= bad + 1:
            return
        if (line.seq - 1, line.previous) in self._purged:
            self.verdict.purged = line.seq - 1
            return
        french, english = _missing(1, line.seq - 1)
        self.verdict.add(
            file,
            number,
            f"{french}, et aucune purge ne le prouve",
            f"{english}, and no purge accounts for it",
        )

    def _damage(self, french: str, english: str) -> None:
        self.verdict.add(*self._place, french, english)


def _missing(first: int, last: int) -> tuple[str, str]:
    if first == last:
        return f"la ligne n° {first} manque", f"line no. {first} is missing"
    return f"les lignes n° {first} à {last} manquent", f"lines no. {first} to {last} are missing"
