"""TNEF: the winmail.dat in which Exchange wraps a message.

Does:   goes through the attributes of the stream, gives subject, bodies, properties and
        attachments; embedded messages and OLE objects are parts.
Never:  trusts a length: each is held against the bytes there are.
Fails:  never raises on any bytes. A stream that ends early, or an attribute with a wrong checksum, is
        ``corrupt``; all before and behind it is read.
Source: MS-OXTNEF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from hygie_detectors.extraction import mapi
from hygie_detectors.extraction.mapi import Property
from hygie_detectors.extraction.text import decode
from hygie_detectors.extraction.walk import Sink

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_STREAM_HEADER: Final = 6
_ATTRIBUTE: Final = struct.Struct("<BII")

_TEXTS: Final = {0x8004: mapi.SUBJECT, 0x800C: mapi.BODY}
_ATTACHED_DATA: Final = 0x800F
_ATTACHED_NAME: Final = 0x8010
_ATTACHMENT_BEGINS: Final = 0x9002
_MESSAGE_PROPERTIES: Final = 0x9003
_RECIPIENTS: Final = 0x9004
_ATTACHMENT_PROPERTIES: Final = 0x9005
_OEM_CODE_PAGE: Final = 0x9007
_NO_TEXT: Final = frozenset({0x8009, 0x8011})
"""An identifier in hexadecimal; the icon of an attachment, a metafile."""
_TEXT_TYPES: Final = frozenset({0x0000, 0x0001, 0x0002})  # triples, string, text: the upper half of the id

_SIZES: Final = {
    **{0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8},  # noqa: PIE800 - a table
    **{0x000A: 4, 0x000B: 4, 0x0014: 8, 0x0040: 8, 0x0048: 16},  # noqa: PIE800 - a table
}
"""Bytes of the types of fixed size, padded."""
_VARIABLE: Final = frozenset({mapi.STRING8, mapi.UNICODE, mapi.BINARY, mapi.OBJECT})
_NAMED_FROM: Final = 0x8000
_NAMED_BY_STRING: Final = 1
_EMBEDDED_MESSAGE: Final = bytes.fromhex("0703020000000000c000000000000046")
_INTERFACE_BYTES: Final = 16


class _Attachment:
    """What the attributes said of one attachment so far."""

    def __init__(self) -> None:
        self.name = b""
        self.data = b""
        self.properties: list[Property] = []


class _Message:
    """What the attributes said of the message so far."""

    def __init__(self) -> None:
        self.charset = ""
        self.properties: list[Property] = []
        self.numbers: dict[int, int] = {}
        self.attachments: list[_Attachment] = []
        self.strings: list[bytes] = []


def read_tnef(sink: Sink) -> None:
    """Read a TNEF stream."""
    if sink.too_deep():
        return
    message = _Message()
    try:
        for attribute, value, sound in _attributes(sink.item.data):
            if not sound:
                sink.unread("corrupt")
            _take(attribute, value, message, sink)
    except _EndError:
        sink.unread("corrupt")
    _give(message, sink)


class _EndError(Exception):
    """The stream ends within an attribute or a property."""


def _attributes(data: bytes) -> Iterator[tuple[int, bytes, bool]]:
    """Yield id, value and whether the checksum holds.

    Raises:
        _EndError: at the end of a stream that was cut; the attribute that was cut is given first.

    """
    position = _STREAM_HEADER
    while position + _ATTRIBUTE.size <= len(data):
        level, attribute, size = _ATTRIBUTE.unpack_from(data, position)
        position += _ATTRIBUTE.size
        value = data[position : position + size]
        if level not in {1, 2}:
            raise _EndError
        position += size
        checksum = int.from_bytes(data[position : position + 2], "little")
        yield attribute, value, sum(value) & 0xFFFF == checksum
        position += 2
        if position > len(data):
            raise _EndError
    if data[position:].strip(b"\0\r\n"):
        raise _EndError


def _take(attribute: int, value: bytes, message: _Message, sink: Sink) -> None:
    kind, name = attribute >> 16, attribute & 0xFFFF
    if name == _ATTACHMENT_BEGINS:
        message.attachments.append(_Attachment())
    elif name in {_ATTACHED_DATA, _ATTACHED_NAME, _ATTACHMENT_PROPERTIES}:
        _take_attached(name, value, message, sink)
    elif name == _OEM_CODE_PAGE:
        message.charset = mapi.charset(int.from_bytes(value[:4], "little"))
    elif name == _MESSAGE_PROPERTIES:
        _properties(value, message.properties, message.numbers, sink)
    elif name == _RECIPIENTS:
        _recipients(value, message, sink)
    elif name in _TEXTS:
        message.properties.append(Property(_TEXTS[name], mapi.STRING8, value))
    elif kind in _TEXT_TYPES and name not in _NO_TEXT:
        message.strings.append(value)


def _take_attached(name: int, value: bytes, message: _Message, sink: Sink) -> None:
    if not message.attachments:
        message.attachments.append(_Attachment())
    attachment = message.attachments[-1]
    if name == _ATTACHED_DATA:
        attachment.data = value
    elif name == _ATTACHED_NAME:
        attachment.name = value
    else:
        _properties(value, attachment.properties, {}, sink)


def _recipients(value: bytes, message: _Message, sink: Sink) -> None:
    """Read the recipients: their number, then the properties of each."""
    position = 4
    for _ in range(int.from_bytes(value[:4], "little")):
        if position >= len(value):
            sink.unread("corrupt")
            return
        found: list[Property] = []
        position = _properties(value, found, {}, sink, position)
        # A recipient's ids mean something else in a message; all that counts here is that it is a string.
        message.properties += [Property(mapi.DISPLAY_NAME, p.type, p.value) for p in found]


def _properties(
    data: bytes, found: list[Property], numbers: dict[int, int], sink: Sink, position: int = 0
) -> int:
    """Take the properties that stand at a position; return where they end."""
    reader = _Reader(data, position)
    try:
        for _ in range(reader.number()):
            type_, name = reader.number(2), reader.number(2)
            if name >= _NAMED_FROM:
                reader.take(_INTERFACE_BYTES)
                if reader.number() == _NAMED_BY_STRING:
                    reader.padded(reader.number())
                else:
                    reader.number()
            for value in reader.values(type_):
                if type_ == mapi.INTEGER32:
                    numbers[name] = int.from_bytes(value, "little")
                elif type_ & ~mapi.MULTIPLE in _VARIABLE:
                    found.append(Property(name, type_, value))
    except _EndError:
        sink.unread("corrupt")
        return len(data)
    return reader.position


class _Reader:
    """Reads numbers and values one after the other; raises ``_EndError`` behind the end."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self.position = position

    def take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self._data):
            raise _EndError
        value = self._data[self.position : end]
        self.position = end
        return value

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")

    def padded(self, size: int) -> bytes:
        value = self.take(size)
        self.position += -size % 4
        return value

    def values(self, type_: int) -> Iterator[bytes]:
        """Yield the value of a property, or each of its values."""
        kind = type_ & ~mapi.MULTIPLE
        variable = kind in _VARIABLE
        if not variable and kind not in _SIZES:
            raise _EndError  # of unknown size: nothing behind it can be found
        for _ in range(self.number() if variable or type_ & mapi.MULTIPLE else 1):
            yield self.padded(self.number()) if variable else self.take(_SIZES[kind])


def _give(message: _Message, sink: Sink) -> None:
    charset = message.charset or mapi.charset_of(message.numbers)
    mapi.read_message(message.properties, {mapi.CODE_PAGE: _page(charset), **message.numbers}, sink)
    written = (decode(value.strip(b"\0"), charset) for value in message.strings)
    sink.text("\n".join(line for line in written if line.isprintable()), "attributes", "metadata")
    if len(message.attachments) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    for attachment in message.attachments[: sink.limits.archive_members_max]:
        _give_attachment(attachment, charset, sink)


def _page(charset: str) -> int:
    digits = charset.removeprefix("cp")
    return int(digits) if digits.isdecimal() else 0


def _give_attachment(attachment: _Attachment, charset: str, sink: Sink) -> None:
    properties = attachment.properties
    name = mapi.file_name(properties, charset) or decode(attachment.name.rstrip(b"\0"), charset)
    found = mapi.first(properties, mapi.ATTACHED_DATA)
    data = attachment.data
    if found is not None and found.type == mapi.OBJECT:
        embedded = found.value.startswith(_EMBEDDED_MESSAGE)
        data = found.value[_INTERFACE_BYTES:]
        if embedded:
            name = f"{name or 'message'}.tnef"
    elif found is not None and found.value:
        data = found.value
    mapi.add_attachment(name, data, properties, charset, sink)
