"""Pictures inside legacy Office files, handed out as parts: a scan pasted into a letter is a scan.

Does:   finds the picture records of Office drawings ([MS-ODRAW] BLIPs) and gives their images.
Never:  decodes an image; never follows the drawing around it.
Fails:  never raises; a metafile that does not inflate stays packed, and is unread as its part.
Source: [MS-ODRAW] 2.2.23 to 2.2.32.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import Final

from hygie_detectors.extraction.walk import Sink
from hygie_detectors.limits import KIB

LETTERHEAD_MAX: Final = 64 * KIB
"""A picture in a document up to this size is a letterhead or a logo: hospitals' run to some 50 kB, and a
page scanned legibly in colour or grey is larger. It stays unread, but counts as no file."""

_RECORD: Final = re.compile(rb"[\x1a-\x1f\x29\x2a]\xf0(?=....)", re.DOTALL)
_HEADER: Final = 8
_NAMES: Final = {
    0x1A: "emf",
    0x1B: "wmf",
    0x1C: "pict",
    0x1D: "jpeg",
    0x1E: "png",
    0x1F: "dib",
    0x29: "tiff",
    0x2A: "jpeg",
}
_METAFILES: Final = frozenset({"emf", "wmf", "pict"})
_STARTS: Final = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG", "tiff": b""}
_UIDS: Final = (17, 33)
"""Bytes before the image: one or two checksums and a tag."""
_METAFILE_HEADER: Final = 34
_NO_FILTER: Final = 0xFE
_BITMAP_HEADER: Final = 40


def hand_out(data: bytes, sink: Sink) -> None:
    """Give every picture of a stream to the walk."""
    position = taken = 0
    while record := _RECORD.search(data, position):
        start = record.start() + 6
        size = int.from_bytes(data[record.end() : start], "little")
        position = record.end()
        name = _NAMES[record[0][0]]
        image = _image(data[start : start + size], name, sink) if start + size <= len(data) else b""
        if not image:
            continue
        position = start + size
        taken += 1
        if taken > sink.limits.archive_members_max:
            sink.unread("limit:archive_members_max")
            return
        sink.child(f"image-{taken}.{name}", image, decorative_max=LETTERHEAD_MAX)


def _image(blip: bytes, name: str, sink: Sink) -> bytes:
    if name in _METAFILES:
        return _metafile(blip, sink)
    if name == "dib":
        return next((bitmap for before in _UIDS if (bitmap := _bitmap(blip[before:]))), b"")
    start = _STARTS[name]
    for before in _UIDS:
        if blip[before:].startswith(start) and (start or blip[before : before + 2] in {b"II", b"MM"}):
            return blip[before:]
    return b""


def _bitmap(content: bytes) -> bytes:
    """Return a bitmap with the file header that it lacks here."""
    if len(content) < _BITMAP_HEADER or int.from_bytes(content[:4], "little") != _BITMAP_HEADER:
        return b""
    (bits,) = struct.unpack_from("<H", content, 14)
    (colours,) = struct.unpack_from("<I", content, 32)
    palette = 4 * (colours or (1 << bits if bits <= 8 else 0))  # noqa: PLR2004 - bits of a pixel with a palette
    size = len(content) + 14
    return struct.pack("<2sIII", b"BM", size, 0, min(14 + _BITMAP_HEADER + palette, size)) + content


def _metafile(blip: bytes, sink: Sink) -> bytes:
    for before in (16, 32):
        header = blip[before : before + _METAFILE_HEADER]
        if len(header) == _METAFILE_HEADER and header[32] == 0 and header[33] == _NO_FILTER:
            packed = blip[before + _METAFILE_HEADER :]
            return inflate(packed, sink) or packed
    return b""


def inflate(packed: bytes, sink: Sink) -> bytes:
    """Return zlib bytes inflated, empty when they do not inflate or pass a limit, which is then unread."""
    room = min(sink.limits.member_max_bytes, max(sink.budget.left, 0))
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, room + 1)
    except zlib.error:
        return b""
    if len(data) > room:
        sink.unread(
            "limit:member_max_bytes" if room == sink.limits.member_max_bytes else "limit:expanded_max_bytes"
        )
        return b""
    sink.budget.left -= len(data)
    return data
