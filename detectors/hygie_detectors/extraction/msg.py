"""Outlook's .msg files: a message as a compound file.

Does:   gives subject, bodies, recipients, every string property and all attachments; an embedded
        message, or an object, becomes a compound file of its own and a part.
Never:  follows an attachment that is only a link.
Fails:  never raises on any bytes. What cannot be read of the file is ``corrupt``, the rest is read.
Source: MS-OXMSG.
"""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from typing import Final

from hygie_detectors.extraction import compound, mapi
from hygie_detectors.extraction.compound import Compound, CompoundError, Path
from hygie_detectors.extraction.mapi import Property
from hygie_detectors.extraction.walk import Sink

PROPERTIES: Final = "__properties_version1.0"
_RECIPIENT: Final = "__recip_version1.0_"
_ATTACHMENT: Final = "__attach_version1.0_"
_VALUE: Final = re.compile(r"__substg1\.0_([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})(-[0-9A-Fa-f]{8})?\Z")
_EMBEDDED: Final = f"__substg1.0_{mapi.ATTACHED_DATA:04X}{mapi.OBJECT:04X}"
_ROW: Final = struct.Struct("<HHIQ")
_HEADERS: Final = {0: 32, 8: 24}
"""Bytes before the rows of a message's properties, by the size modulo 16: at the top, embedded. Else 8."""
_CONTENT_METHODS: Final = frozenset({1, 5, 6})
"""By value, an embedded message, an object; the others are links to a file elsewhere, or nothing."""


def read_msg(sink: Sink) -> None:
    """Read a .msg file."""
    sink.media_type = "application/vnd.ms-outlook"
    if sink.too_deep():
        return
    try:
        file = Compound(sink.item.data)
    except CompoundError:
        sink.unread("corrupt")
        return
    if not file.is_whole:
        sink.unread("corrupt", "directory", attachment=True)
    storages: dict[str, list[Path]] = defaultdict(list)
    for path in file.streams:
        storages[path[0] if len(path) > 1 else ""].append(path)
    properties, numbers = _properties(file, storages.pop("", []), sink, message=True)
    charset = mapi.charset_of(numbers)
    attachments = []
    for name, paths in storages.items():
        if name.startswith(_RECIPIENT):
            recipient, _ = _properties(file, paths, sink)
            sink.text(mapi.strings(recipient, charset), "recipients", "header")
        elif name.startswith(_ATTACHMENT):
            attachments.append((name, paths))
    mapi.read_message(properties, numbers, sink)
    if len(attachments) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    for name, paths in attachments[: sink.limits.archive_members_max]:
        _read_attachment(file, name, paths, charset, sink)


def _properties(
    file: Compound, paths: list[Path], sink: Sink, *, message: bool = False
) -> tuple[list[Property], dict[int, int]]:
    """Return the properties of one storage that have a stream, and the numeric ones."""
    found: list[Property] = []
    numbers: dict[int, int] = {}
    depth = min(map(len, paths), default=1)
    for path in sorted(path for path in paths if len(path) == depth):
        value = _VALUE.match(path[-1])
        if path[-1] != PROPERTIES and not value:
            continue
        try:
            data = file.read(path)
        except CompoundError:
            sink.unread("corrupt")
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


def _read_attachment(file: Compound, name: str, paths: list[Path], charset: str, sink: Sink) -> None:
    properties, numbers = _properties(file, paths, sink)
    shown = mapi.file_name(properties, charset)
    found = mapi.first(properties, mapi.ATTACHED_DATA)
    embedded = [path for path in paths if len(path) > 2 and path[1] == _EMBEDDED]  # noqa: PLR2004 - below the attachment
    if embedded:
        try:
            shown, data = _object(file, (name, _EMBEDDED), shown, sink)
        except CompoundError:
            sink.unread("corrupt", attachment=True)
            return
    elif found is not None:
        data = found.value
    else:
        if numbers.get(mapi.METHOD, 1) in _CONTENT_METHODS:
            sink.unread("corrupt", attachment=True)
        sink.text(mapi.strings(properties, charset), "files", "name")
        return
    mapi.add_attachment(shown, data, properties, charset, sink)


def _object(file: Compound, storage: Path, shown: str, sink: Sink) -> tuple[str, bytes]:
    """Return name and bytes of an embedded message, or of the file in an embedded object.

    Raises:
        CompoundError: when it cannot be read.

    """
    data = file.storage_as_file(storage)
    sink.budget.left -= len(data)
    if sink.budget.left < 0:
        sink.unread("limit:expanded_max_bytes", attachment=True)
        raise CompoundError
    if (*storage, PROPERTIES) in file.streams:
        return f"{shown or 'message'}.msg", data
    name, content = compound.unwrap(Compound(data)) or (shown, data)
    return name or shown, content
