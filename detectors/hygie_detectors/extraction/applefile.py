"""AppleSingle and AppleDouble: a Macintosh file in two forks, or what goes beside one.

Does:   hands the data fork out as a part; gives the real name, the comment, and the words in the Finder's
        information (where a file was downloaded from).
Never:  interprets a resource fork: one with resources is ``unsupported``, its readable words are text.
Fails:  never raises on any bytes; a table that points outside is ``corrupt``.
Source: RFC 1740, AppleSingle/AppleDouble formats (Apple, 1990).
"""

from __future__ import annotations

import re
import struct
from typing import Final

from hygie_detectors.extraction.text import decode
from hygie_detectors.extraction.walk import Sink

STARTS: Final = (b"\x00\x05\x16\x00\x00", b"\x00\x05\x16\x07\x00")
_TABLE: Final = 24
_ROW: Final = struct.Struct(">III")
_DATA, _RESOURCES, _NAME, _COMMENT, _FINDER = 1, 2, 3, 4, 9
_WRITTEN: Final = re.compile(rb"[\x20-\x7e\x80-\xff]{6,}")
_RESOURCE_HEADER: Final = struct.Struct(">IIII")
_EMPTY_MAP: Final = b"\xff\xff"
"""Number of types, less one, of a fork without resources."""


def read_applefile(sink: Sink) -> None:
    """Read a file in AppleSingle or AppleDouble form."""
    data = sink.item.data
    count = int.from_bytes(data[_TABLE : _TABLE + 2], "big")
    table = data[_TABLE + 2 : _TABLE + 2 + count * _ROW.size]
    if len(table) < count * _ROW.size:
        sink.unread("corrupt")
        table = table[: len(table) // _ROW.size * _ROW.size]
    entries = {kind: (start, size) for kind, start, size in _ROW.iter_unpack(table)}
    forks = {kind: data[start : start + size] for kind, (start, size) in entries.items()}
    if any(len(forks[kind]) < size for kind, (_, size) in entries.items()):
        sink.unread("corrupt")
    name = decode(forks.get(_NAME, b""), "mac-roman")
    if forks.get(_DATA):
        path = sink.child(name, forks[_DATA], attachment=True)
        sink.name(name, path)
    else:
        sink.text(name, "name", "name")
    sink.text(decode(forks.get(_COMMENT, b""), "mac-roman"), "comment", "metadata")
    sink.text(_words(forks.get(_FINDER, b"")), "finder", "metadata")
    resources = forks.get(_RESOURCES, b"")
    if _holds_resources(resources):
        sink.unread("unsupported")
        sink.text(_words(resources), "resources", "metadata")


def _words(data: bytes) -> str:
    return "\n".join(decode(words) for words in _WRITTEN.findall(data))


def _holds_resources(fork: bytes) -> bool:
    if len(fork) < _RESOURCE_HEADER.size:
        return bool(fork.strip(b"\0"))
    _, map_start, data_size, _ = _RESOURCE_HEADER.unpack_from(fork)
    types = map_start + int.from_bytes(fork[map_start + 24 : map_start + 26], "big")
    return bool(data_size) or fork[types : types + 2] != _EMPTY_MAP
