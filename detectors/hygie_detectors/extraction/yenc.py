"""yEnc: files written into a body as 8-bit text, between ``=ybegin`` and ``=yend``.

Does:   decodes every file of a text, pieces of one name joined, and gives the text around them.
Never:  takes a piece for the whole file.
Fails:  never raises. A wrong checksum or size is ``corrupt``; a file of which pieces travel in other
        messages is ``unsupported``, the piece itself is read.
Source: yEnc 1.3 (yenc.org).
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from hygie_detectors.extraction.text import decode
from hygie_detectors.extraction.walk import Sink

BEGIN: Final = b"=ybegin "
_BLOCK: Final = re.compile(
    rb"^=ybegin ([^\r\n]{0,998})\r?\n(?:=ypart ([^\r\n]{0,200})\r?\n)?"
    rb"(.*?)(?:^=yend ?([^\r\n]{0,200})\r?$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_NUMBER: Final = re.compile(rb"\b(line|size|part|total|begin|end|crc32|pcrc32)=([0-9a-fA-F]{1,20})")
_NAME: Final = re.compile(rb"\bname=([^\r\n]*)")
_ESCAPE: Final = re.compile(rb"=(.)", re.DOTALL)
_SHIFTED: Final = bytes((code - 42) & 0xFF for code in range(256))
_ESCAPED: Final = bytes((code - 64) & 0xFF for code in range(256))


@dataclass(slots=True)
class _File:
    """The pieces of one file by where they begin."""

    size: int
    pieces: dict[int, bytes] = field(repr=False, default_factory=dict)


def read_yenc(sink: Sink) -> None:
    """Read a text with yEnc files in it."""
    data = sink.item.data
    files: dict[bytes, _File] = defaultdict(lambda: _File(0))
    around, position = [], 0
    for block in _BLOCK.finditer(data):
        around += [data[position : block.start()], *_spare_words(block)]
        position = block.end()
        _take(block, files, sink)
    around.append(data[position:])
    sink.text(decode(b"\n".join(around), sink.item.charset))
    if len(files) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    for name, file in list(files.items())[: sink.limits.archive_members_max]:
        content = b"".join(piece for _, piece in sorted(file.pieces.items()))
        if len(content) != file.size:
            sink.unread("unsupported" if len(content) < file.size and len(file.pieces) else "corrupt")
        shown = decode(name).strip(' "')
        sink.name(shown, sink.child(shown, content))


def _take(block: re.Match[bytes], files: dict[bytes, _File], sink: Sink) -> None:
    head, part, trailer = (dict(_NUMBER.findall(line or b"")) for line in (block[1], block[2], block[4]))
    name = _NAME.search(block[1])
    content = _decoded(block[3])
    checksum = trailer.get(b"pcrc32") if part else trailer.get(b"crc32")
    size = _decimal(trailer.get(b"size"))
    if block[4] is None or size != len(content) or (checksum and int(checksum, 16) != zlib.crc32(content)):
        sink.unread("corrupt")
    file = files[name[1].strip() if name else b""]
    file.size = _decimal(head.get(b"size"))
    file.pieces[_decimal(part.get(b"begin"))] = content


def _spare_words(block: re.Match[bytes]) -> list[bytes]:
    """Return what stands in the lines around the content beside its numbers and its name."""
    lines = (block[1], block[2] or b"", block[4] or b"")
    rests = (_NUMBER.sub(b"", _NAME.sub(b"", line)).strip() for line in lines)
    return [rest for rest in rests if rest]


def _decimal(digits: bytes | None) -> int:
    return int(digits) if digits and digits.isdigit() else 0


def _decoded(lines: bytes) -> bytes:
    packed = lines.translate(None, b"\r\n")
    if b"=" in packed:
        packed = _ESCAPE.sub(lambda escape: escape[1].translate(_ESCAPED), packed)
    return packed.translate(_SHIFTED)
