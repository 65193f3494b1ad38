"""PowerPoint 97 to 2003: every text record of the stream, slides, notes, masters, comments alike.

Does:   walks the records in the order of the file, so that texts saved earlier and deleted since are read
        too; puts shapes of a group that stand at the same height (the cells of a table) on one line;
        hands out embedded objects and pictures.
Never:  recurses: a container's records follow it, and are met in turn.
Fails:  raises ``struct.error`` on a broken header (corrupt). A password makes it encrypted.
Source: [MS-PPT] 2.3, 2.9; [MS-ODRAW] 2.2.14.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

from hygie_detectors.extraction import pictures
from hygie_detectors.extraction.compound import Storage
from hygie_detectors.extraction.walk import Sink

_HEADER: Final = 8
_CONTAINER: Final = 0xF
_TEXT_UTF16: Final = frozenset({0x0FA0, 0x0FBA})
_TEXT_8BIT: Final = 0x0FA8
_GROUP: Final = 0xF003
_SHAPE: Final = 0xF004
_CHILD_ANCHOR: Final = 0xF00F
_EMBEDDED: Final = 0x1011
_CRYPT_SESSION: Final = 0x2F14
_TAG_DATA: Final = 0x138B
_OWN_TAG: Final = "___PPT"
_OWN_TAGS: Final = tuple(f"___PPT{version}".encode("utf-16-le")[-16:] for version in ("10", "11", "12"))
"""How the name ends behind which PowerPoint keeps records newer than the format, comments among them."""
_SLIDES: Final = {0x03EE: "slide", 0x03F0: "notes", 0x03F8: "master", 0x0FF0: "outline"}
_ENCRYPTED_TOKEN: Final = 0xF3D1C4DF
_BREAKS: Final = {0x0D: "\n", 0x0B: "\n", 0x00: None}


class _Record(NamedTuple):
    kind: int
    instance: int
    start: int
    end: int
    container: bool


class _Shape(NamedTuple):
    top: int
    left: int
    text: str


def read(storage: Storage, sink: Sink) -> None:
    """Read a presentation."""
    user = storage.read("current user")
    if len(user) >= _HEADER + 8 and struct.unpack_from("<I", user, _HEADER + 4)[0] == _ENCRYPTED_TOKEN:
        storage.encrypted()
        return
    data = storage.read("powerpoint document")
    reader = _Reader(data, storage, sink)
    try:
        for record in _records(data):
            if record.kind == _CRYPT_SESSION:
                storage.encrypted()
                return
            reader.take(record)
    finally:
        reader.finish()
    pictures.hand_out(storage.read("pictures"), sink)


class _Reader:
    """The texts of a presentation, by the slide, notes page or master around them."""

    def __init__(self, data: bytes, storage: Storage, sink: Sink) -> None:
        self._data = data
        self._storage = storage
        self._sink = sink
        self._texts: dict[str, list[str]] = {}
        self._numbers = dict.fromkeys(_SLIDES.values(), 0)
        self._place = "document"
        self._group = _Group(0)
        self._embedded = 0

    def take(self, record: _Record) -> None:
        """Keep what a record holds; know where it stands."""
        if record.start >= self._group.end:
            self._end_group()
        if record.kind in _SLIDES and record.container:
            name = _SLIDES[record.kind]
            self._numbers[name] += 1
            self._place = f"{name}{self._numbers[name]}"
        elif record.kind == _GROUP and record.container and not self._group.end:
            self._group = _Group(record.end)
        elif record.kind in {_SHAPE, _CHILD_ANCHOR} and self._group.end:
            self._group.take(record, self._data)
        elif record.kind == _EMBEDDED:
            self._hand_out(record)
        elif (text := _text(record, self._data)) and not text.startswith(_OWN_TAG):
            self._add([text])

    def _add(self, texts: list[str]) -> None:
        if self._group.end:
            self._group.add("\n".join(texts))
        else:
            self._texts.setdefault(self._place, []).extend(texts)

    def _end_group(self) -> None:
        group, self._group = self._group, _Group(0)
        self._add(group.lines())

    def _hand_out(self, record: _Record) -> None:
        self._embedded += 1
        content = self._data[record.start : record.end]
        data = pictures.inflate(content[4:], self._sink) if record.instance else content
        if data:
            self._sink.child(f"objet-{self._embedded}", data)
        else:
            self._sink.unread("corrupt", f"object={self._embedded}")

    def finish(self) -> None:
        """Write all texts."""
        self._end_group()
        for name, lines in self._texts.items():
            self._sink.text("\n".join(lines), f"{self._storage.place}{name}")


def _records(data: bytes) -> Iterator[_Record]:
    position = 0
    while position + _HEADER <= len(data):
        head, kind, size = struct.unpack_from("<HHI", data, position)
        start = position + _HEADER
        container = head & 0xF == _CONTAINER or (
            kind == _TAG_DATA and data[position - 16 : position] in _OWN_TAGS
        )
        yield _Record(kind, head >> 4, start, min(start + size, len(data)), container)
        position = start if container else start + size
    if position != len(data):
        raise ValueError("a record outside the stream")


def _text(record: _Record, data: bytes) -> str:
    if record.container:
        return ""
    content = data[record.start : record.end]
    if record.kind in _TEXT_UTF16:
        return content.decode("utf-16-le", "replace").translate(_BREAKS)
    if record.kind == _TEXT_8BIT:
        return content.decode("cp1252", "replace").translate(_BREAKS)
    return ""


class _Group:
    """Shapes of a group of the drawing: those at the same height share a line."""

    def __init__(self, end: int) -> None:
        self.end = end
        self._shapes: list[_Shape] = []
        self._anchor = (0, 0)
        self._number = 0

    def take(self, record: _Record, data: bytes) -> None:
        """Note that a shape begins, or where it stands."""
        if record.kind == _SHAPE:
            self._number += 1
            self._anchor = (self._number, 0)  # in order, unless it tells its place
        elif record.end - record.start >= 16:  # noqa: PLR2004 - four numbers
            left, top = struct.unpack_from("<ii", data, record.start)
            self._anchor = (top, left)

    def add(self, text: str) -> None:
        """Add a text of the shape under way."""
        self._shapes.append(_Shape(*self._anchor, text))

    def lines(self) -> list[str]:
        """Return the texts, row by row."""
        if not any(shape.left for shape in self._shapes):
            return [shape.text for shape in self._shapes]
        shapes = sorted(self._shapes, key=lambda shape: shape[:2])
        rows = groupby(shapes, key=lambda shape: shape.top)
        return ["\t".join(shape.text.strip("\n") for shape in row) for _, row in rows]
