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
        return next((bitmap_ for before in _UIDS if (bitmap_ := bitmap(*split_bitmap(blip[before:])))), b"")
    start = _STARTS[name]
    for before in _UIDS:
        if blip[before:].startswith(start) and (start or blip[before : before + 2] in {b"II", b"MM"}):
            return blip[before:]
    return b""


def bitmap(header: bytes, bits: bytes) -> bytes:
    """Return a bitmap as a file: with the file header that it lacks here; empty when it is none."""
    if not bits or int.from_bytes(header[:4], "little") not in _BITMAP_HEADERS:
        return b""
    if int.from_bytes(header[16:20], "little") in _PICTURE_FILES:
        return bits
    offset = 14 + len(header)
    return struct.pack("<2sIII", b"BM", offset + len(bits), 0, offset) + header + bits


def split_bitmap(content: bytes) -> tuple[bytes, bytes]:
    """Return the header of a bitmap, palette included, and its rows."""
    size = int.from_bytes(content[:4], "little")
    if size not in _BITMAP_HEADERS or len(content) < size:
        return content, b""
    if size == _OLD_HEADER:
        (depth,) = struct.unpack_from("<H", content, 10)
        size += 3 * _colours(depth)
    else:
        (depth, compression) = struct.unpack_from("<HI", content, 14)
        (used,) = struct.unpack_from("<I", content, 32)
        masks = _MASKS.get(compression, 0) if size == _BITMAP_HEADER else 0
        size += masks + 4 * (used or _colours(depth))
    return content[:size], content[size:]


def _colours(depth: int) -> int:
    """Return the colours of a palette; deeper pixels need none."""
    return 1 << depth if depth <= 8 else 0  # noqa: PLR2004 - bits of a pixel


_OLD_HEADER: Final = 12
_BITMAP_HEADERS: Final = frozenset({_OLD_HEADER, _BITMAP_HEADER, 52, 56, 64, 108, 124})
_PICTURE_FILES: Final = frozenset({4, 5})
"""Compressions that make the rows a JPEG or a PNG file."""
_MASKS: Final = {3: 12, 6: 16}
"""Bytes of the colour masks behind a header, by compression."""


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
