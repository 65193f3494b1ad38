"""OpenPGP messages: encrypted, or signed and compressed only, which anybody can read.

Does:   goes through the packets of binary and armoured messages; takes literal data out of signed and
        compressed ones and hands it out as a part. A clear-signed text needs no reader: it is text.
Never:  verifies, decrypts, asks for a key.
Fails:  never raises on any bytes. Encrypted is ``encrypted``; packets that make no sense are
        ``corrupt``, those of a kind without content of ours ``unsupported``.
Source: RFC 9580 sections 4 to 6.
"""

from __future__ import annotations

import bz2
import re
import zlib
from collections.abc import Iterator
from typing import Final

from hygie_detectors.extraction.headers import decode_base64
from hygie_detectors.extraction.text import decode
from hygie_detectors.extraction.walk import Sink, expand

_ARMOUR: Final = re.compile(
    rb"^-----BEGIN PGP MESSAGE(?:, PART [^\r\n-]{1,20})?-----[ \t]*\r?\n(.*?)(?:^-----END PGP MESSAGE|\Z)",
    re.MULTILINE | re.DOTALL,
)
_ARMOUR_HEADERS: Final = re.compile(rb"(?:[A-Za-z][\w-]{0,40}: [^\r\n]*\r?\n){0,20}[ \t]*\r?\n")
_CHECKSUM: Final = re.compile(rb"^=[A-Za-z0-9+/]{4}[ \t\r]*$", re.MULTILINE)

_PACKET: Final = 0x80
_NEW_FORMAT: Final = 0x40
_ENCRYPTED: Final = frozenset({1, 3, 9, 18, 20})
_SIGNATURE: Final = 2
_SIGNATURES: Final = frozenset({2, 4, 10, 12, 13, 17, 21})
"""Signatures, markers, user ids and padding: nothing to hide in a message."""
_COMPRESSED: Final = 8
_LITERAL: Final = 11
_LAYERS_MAX: Final = 8
"""Compressed packets inside each other; GnuPG itself stops at 20, mail has one."""


class _MalformedError(Exception):
    """These are no packets."""


def read_pgp(sink: Sink) -> None:
    """Read every message of a part."""
    data = sink.item.data
    blocks = [block[1] for block in _ARMOUR.finditer(data)]
    for block in blocks or [data]:
        try:
            _read_packets(_dearmoured(block) if blocks else block, sink, 0)
        except _MalformedError:
            # Whoever armours a text encrypts it nearly always; damage does not change what it was.
            sink.unread("encrypted" if blocks or not _is_packet(block) else "corrupt")


def _is_packet(data: bytes) -> bool:
    return bool(data) and bool(data[0] & _PACKET)


def _dearmoured(block: bytes) -> bytes:
    headers = _ARMOUR_HEADERS.match(block)
    body = block[headers.end() :] if headers else block
    checksum = _CHECKSUM.search(body)
    return decode_base64(body[: checksum.start()] if checksum else body)[0]


def _read_packets(data: bytes, sink: Sink, layer: int) -> None:
    if layer > _LAYERS_MAX:
        sink.unread("limit:archive_depth_max")
        return
    tags = set()
    for tag, body in _packets(data):
        tags.add(tag)
        if tag in _ENCRYPTED:
            sink.unread("encrypted")
            return
        if tag == _COMPRESSED:
            _read_packets(_expanded(body, sink), sink, layer + 1)
        elif tag == _LITERAL:
            _add_literal(body, sink)
        elif tag not in _SIGNATURES:
            sink.unread("unsupported")
    if tags <= _SIGNATURES - {_SIGNATURE}:
        raise _MalformedError  # what it announces is not there


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    if not data:
        raise _MalformedError
    position = 0
    while position < len(data):
        head = data[position]
        if not head & _PACKET:
            raise _MalformedError
        position += 1
        if head & _NEW_FORMAT:
            body, position = _new_body(data, position)
            yield head & 0x3F, body
        else:
            width = (1, 2, 4, 0)[head & 3]
            size = int.from_bytes(data[position : position + width], "big") if width else len(data)
            start = position + width
            position = start + size
            if width and position > len(data):
                yield head >> 2 & 0x0F, data[start:]
                raise _MalformedError
            yield head >> 2 & 0x0F, data[start:position]


def _new_body(data: bytes, position: int) -> tuple[bytes, int]:
    """Return the body of a packet of the new format, its pieces joined, and where it ends."""
    pieces = []
    while True:
        first = data[position] if position < len(data) else -1
        if 0 <= first < 192:  # noqa: PLR2004 - RFC 9580 4.2.1, as below
            size, position, last = first, position + 1, True
        elif 192 <= first < 224:  # noqa: PLR2004
            size = ((first - 192) << 8) + int.from_bytes(data[position + 1 : position + 2], "big") + 192
            position, last = position + 2, True
        elif first == 255:  # noqa: PLR2004
            size = int.from_bytes(data[position + 1 : position + 5], "big")
            position, last = position + 5, True
        elif first >= 0:
            size, position, last = 1 << (first & 0x1F), position + 1, False
        else:
            raise _MalformedError
        if position + size > len(data):
            raise _MalformedError
        pieces.append(data[position : position + size])
        position += size
        if last:
            return b"".join(pieces), position


def _expanded(body: bytes, sink: Sink) -> bytes:
    kind, packed = body[:1], body[1:]
    if kind == b"\x00":
        return packed
    if kind == b"\x01":
        return expand(zlib.decompressobj(-15), packed, sink)
    if kind == b"\x02":
        return expand(zlib.decompressobj(), packed, sink)
    if kind == b"\x03":
        return expand(bz2.BZ2Decompressor(), packed, sink)
    raise _MalformedError


def _add_literal(body: bytes, sink: Sink) -> None:
    """Hand literal data out: format, name, date, content."""
    size = body[1] if len(body) > 1 else 0
    name = decode(body[2 : 2 + size])
    shown = "" if name == "_CONSOLE" else name
    path = sink.child(shown or "contenu", body[6 + size :], attachment=sink.item.attachment)
    sink.name(shown, path)
