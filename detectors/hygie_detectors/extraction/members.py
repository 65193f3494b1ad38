"""Members of archives: under which limits they are taken, and what their names say.

Does:   counts members and expanded bytes against what is left for the outermost container, hands
        each member out as a part, gives its name as text, whether its content is read or not.
Never:  trusts a declared size, keeps more of a member than its limit, or writes to disk.
Fails:  :class:`OverError` when a limit is passed; its argument is the name of the setting.
Source: names in old zips: cp850 is what French Windows and DOS tools write (APPNOTE says cp437).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hygie_detectors.extraction.text import decode, is_text
from hygie_detectors.extraction.walk import EXPANSION_FLOOR, Sink, safe_name

CHUNK: Final = 1 << 16
"""Bytes expanded at once."""


class OverError(Exception):
    """A member or its archive passed a limit; the argument is its name."""


class Intake:
    """Takes members in. The ratio is that of ``packed``: one member's bytes, or all of an archive's."""

    __slots__ = ("_budget", "_room", "sink")

    def __init__(self, sink: Sink, packed: int) -> None:
        self.sink = sink
        self._budget = sink.budget
        self._room = max(EXPANSION_FLOOR, sink.limits.expansion_ratio_max * packed)

    def count(self) -> None:
        """Count one member; raises :class:`OverError` when there are too many."""
        self._budget.members_left -= 1
        if self._budget.members_left < 0:
            raise OverError("archive_members_max")

    def charge(self, size: int) -> None:
        """Count expanded bytes; raises :class:`OverError` when there are too many."""
        self._budget.left -= size
        self._room -= size
        if self._budget.left < 0:
            raise OverError("expanded_max_bytes")
        if self._room < 0:
            raise OverError("expansion_ratio_max")

    def admit(self, size: int) -> None:
        """Count a member whose size is known before it is read; raises :class:`OverError`."""
        self.charge(size)
        if size > self.sink.limits.member_max_bytes:
            raise OverError("member_max_bytes")

    def meter(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass on the bytes around members, which are charged besides; raises :class:`OverError`."""
        left = self.sink.limits.expanded_max_bytes
        for block in blocks:
            left -= len(block)
            self._room -= len(block)
            if left < 0:
                raise OverError("expanded_max_bytes")
            if self._room < 0:
                raise OverError("expansion_ratio_max")
            yield block

    def collect(self, blocks: Iterable[bytes]) -> bytes:
        """Return a member's bytes; raises :class:`OverError`."""
        pieces, size = [], 0
        for block in blocks:
            self.charge(len(block))
            size += len(block)
            if size > self.sink.limits.member_max_bytes:
                raise OverError("member_max_bytes")
            pieces.append(block)
        return b"".join(pieces)

    def hand_out(self, name: str, data: bytes, decorative_max: int = 0) -> None:
        """Make a part of a member; its name is text."""
        if self.sink.item.depth >= self.sink.limits.archive_depth_max:
            self.name_only(name)
            self.sink.unread("limit:archive_depth_max")  # once, not for each member
            return
        self.sink.name(name, self.sink.child(name, data, decorative_max=decorative_max))

    def unread(self, reason: str, name: str) -> None:
        """Say that a member was not read; its name is text all the same."""
        self.name_only(name)
        self.sink.unread(reason, place_of(name))

    def name_only(self, name: str) -> None:
        """Give the name of what has no content: a folder, a link, a device."""
        self.sink.name(name, self.sink.item.path)


TAIL_IGNORED_BYTES: Final = 64
"""Padding and checksums behind a file; a document hidden there is longer."""
_PADDING: Final = b"\0\r\n\t "


def hand_out_tail(tail: bytes, sink: Sink) -> None:
    """Make a part of what lies behind an archive; a few words there are text of the archive."""
    content = tail.strip(_PADDING)
    if len(content) > TAIL_IGNORED_BYTES:
        sink.child("suite", tail.lstrip(_PADDING))
    elif is_text(content):
        sink.text(decode(content), "tail")


def place_of(name: str) -> str:
    """Return a member's name as a place in its archive."""
    return safe_name(name) or "sans-nom"


_FRENCH: Final = frozenset("àâäæçéèêëîïôöœùûüÿÀÂÄÆÇÉÈÊËÎÏÔÖŒÙÛÜŸñÑ°«»–—’€²³µ")
_OLD_CODES: Final = ("cp850", "cp1252")


def decode_name(raw: bytes) -> str:
    """Return a member's name that says not in which charset it is: UTF-8, else the code that gives French."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        readings = [raw.decode(code, "replace") for code in _OLD_CODES]
    return max(readings, key=lambda reading: sum(character in _FRENCH for character in reading))
