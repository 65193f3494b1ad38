"""Outlook's .msg files: a message as a compound file.

Does:   gives subject, bodies, recipients, every string property and all attachments; an embedded message,
        or an object, is a part of its own, read where it lies.
Never:  follows an attachment that is only a link.
Fails:  never raises on any bytes. What cannot be read of the file is ``corrupt``, the rest is read.
Source: MS-OXMSG.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from hygie_detectors.extraction import mapi
from hygie_detectors.extraction.compound import MESSAGE, Compound, CompoundError, Storage
from hygie_detectors.extraction.mapi import Property
from hygie_detectors.extraction.members import OverError
from hygie_detectors.extraction.walk import Sink

_RECIPIENT: Final = "__recip_version1.0_"
_ATTACHMENT: Final = "__attach_version1.0_"
_NAMES: Final = "__nameid_version1.0"
"""Names of named properties: identifiers."""
_VALUE: Final = re.compile(r"__substg1\.0_([0-9a-f]{4})([0-9a-f]{4})(-[0-9a-f]{8})?")
_CONTENT: Final = f"__substg1.0_{mapi.ATTACHED_DATA:04x}"
_EMBEDDED: Final = f"{_CONTENT}{mapi.OBJECT:04x}"
_ROW: Final = struct.Struct("<HHIQ")
_HEADERS: Final = {0: 32, 8: 24}
"""Bytes before the rows of a message's properties, by the size modulo 16: at the top, embedded. Else 8."""
_CONTENT_METHODS: Final = frozenset({1, 5, 6})
"""By value, an embedded message, an object; the others are links to a file elsewhere, or nothing."""


def read(file: Compound, sink: Sink) -> None:
    """Read the message at the root of a file; storages of it that are none of its own are left."""
    sink.media_type = "application/vnd.ms-outlook"
    root = file.root
    properties, numbers = _properties(root, sink, message=True)
    charset = mapi.charset_of(numbers)
    attachments: list[Storage] = []
    for path, storage in file.storages.items():
        if path[:-1] != root.path or path == root.path:
            continue
        if path[-1].startswith(_RECIPIENT):
            recipient, _ = _properties(storage, sink)
            sink.text(mapi.strings(recipient, charset), "recipients", "header")
        elif path[-1].startswith(_ATTACHMENT):
            attachments.append(storage)
        elif path[-1] == _NAMES:
            storage.taken |= storage.names()
    mapi.read_message(properties, numbers, sink)
    if len(attachments) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    for storage in attachments[: sink.limits.archive_members_max]:
        _read_attachment(file, storage, charset, sink)
    for storage in attachments[sink.limits.archive_members_max :]:
        file.take_out(storage.path)


def _properties(
    storage: Storage, sink: Sink, *, message: bool = False
) -> tuple[list[Property], dict[int, int]]:
    """Return the properties of one storage that have a stream, and the numeric ones."""
    found: list[Property] = []
    numbers: dict[int, int] = {}
    for stream in sorted(storage.names()):
        value = _VALUE.fullmatch(stream)
        if stream != MESSAGE and not value:
            continue
        try:
            data = storage.read(stream, zips=False)
        except CompoundError:
            sink.unread("corrupt")
            continue
        except OverError as over:
            sink.unread(f"limit:{over}")
            continue
        if value is None:
            numbers = _numbers(data, _HEADERS.get(len(data) % 16, 8) if message else 8)
            continue
        name, type_ = int(value[1], 16), int(value[2], 16)
        if not type_ & mapi.MULTIPLE or value[3]:  # without a number it lists the lengths of the values
            found.append(Property(name, type_, data))
    return found, numbers


def _numbers(data: bytes, header: int) -> dict[int, int]:
    rows = data[header : header + (len(data) - header) // _ROW.size * _ROW.size]
    return {
        name: value & 0xFFFFFFFF
        for type_, name, _, value in _ROW.iter_unpack(rows)
        if type_ == mapi.INTEGER32
    }


def _read_attachment(file: Compound, storage: Storage, charset: str, sink: Sink) -> None:
    properties, numbers = _properties(storage, sink)
    shown = mapi.file_name(properties, charset)
    found = mapi.first(properties, mapi.ATTACHED_DATA)
    embedded = (*storage.path, _EMBEDDED)
    if any(path[: len(embedded)] == embedded for path in file.storages):
        message = embedded in file.storages and MESSAGE in file.storages[embedded].names()
        name = f"{shown or 'message'}.msg" if message else shown
        mapi.add_attachment(name, sink.item.data, properties, charset, sink, storage=embedded)
        file.take_out(embedded)
    elif found is not None:
        mapi.add_attachment(shown, found.value, properties, charset, sink)
    else:
        # A content that is there and cannot be read was said to be unread.
        missing = not any(name.startswith(_CONTENT) for name in storage.names())
        if missing and numbers.get(mapi.METHOD, 1) in _CONTENT_METHODS:
            sink.unread("corrupt", attachment=True)
        sink.text(mapi.strings(properties, charset), "files", "name")
