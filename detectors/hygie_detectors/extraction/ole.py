"""OLE compound files: legacy Word, Excel and PowerPoint, Outlook messages, and what is embedded in them.

Does:   gives each storage to the readers of the streams it holds, whether it is the file itself or an object
        embedded in it; reads the words of metadata streams; hands packed files and embedded messages out as
        parts of their own.
Never:  takes a stream for read because it does not know it: what is not known to hold no text goes out
        as a part, and is read or unread there.
Fails:  never raises; a broken file is corrupt, one behind a password encrypted.
Source: [MS-CFB], [MS-OLEDS], [MS-OLEPS], [MS-OVBA], [MS-OXMSG]; files of Office 97 to 365 and LibreOffice.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

from hygie_detectors.extraction import compound, doc, macros, msg, office, ppt, sniff, xls
from hygie_detectors.extraction.compound import MESSAGE, Compound, CompoundError, Storage
from hygie_detectors.extraction.members import OverError
from hygie_detectors.extraction.text import is_text, written
from hygie_detectors.extraction.walk import Sink

Reader: TypeAlias = Callable[[Storage, Sink], None]

_READERS: Final[dict[str, Reader]] = {
    "worddocument": doc.read,
    "workbook": xls.read,
    "book": xls.read,
    "powerpoint document": ppt.read,
    "dir": macros.read,
}
"""By the stream that tells what a storage is."""

_BROKEN: Final = (OSError, ValueError, IndexError, OverflowError, struct.error)
"""What our readers raise on a file that is not what it says; :class:`CompoundError` is a ValueError."""
_EMPTY_MAX: Final = 4096
"""Header, sector table and directory of a compound file without streams take three sectors of 512 bytes."""
_ZIP_END: Final = b"PK\x05\x06"
_ENCRYPTED: Final = frozenset({"encryptedpackage", "encryptioninfo", "drmcontent", "\tdrmcontent"})
_METADATA: Final = ("\x05", "_signatures", "project", "current user", "encryptedsummary")
_SILENT: Final = re.compile(
    r"\x01(?:compobj|ole|compobjlink|ole10itemname|ole10fmtprogid)|\x02olepres\d{3}"
    r"|\x03(?:objinfo|linkinfo|link|meta|print|eprint|epsprint|ocxname|ocxdata|picture|pict?|accessobjsitedata)"
    r"|projectlk|\x06primary|_vba_project|ctls"
)
"""Class names, links and pictures of the object as it looks in the page: the object itself is read."""


def read_ole(sink: Sink) -> None:
    """Read a compound file and every storage in it."""
    try:
        file = Compound(sink.item.data, sink, sink.item.storage)
    except CompoundError:
        sink.unread("encrypted" if sniff.is_encrypted_office(sink.item.data) else "corrupt")
        sink.text(written(sink.item.data), "raw")
        return
    message = MESSAGE in file.root.names()
    if message:
        if sink.too_deep():
            return
        msg.read(file, sink)
    _take_messages_out(file, sink)
    storages = list(file.storages.values())
    if file.whole and not any(storage.names() for storage in storages):
        _read_empty(sink)
    waiting = [storage for storage in storages if storage.names() - storage.taken]
    if len(waiting) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    for storage in waiting[: sink.limits.archive_members_max]:
        _read_storage(storage, sink)
    if sink.item.storage:
        sink.size = file.size
    elif (
        sniff.ends_as_zip(sink.item.data)
        if message or not file.whole  # not every stream was read here
        else sink.item.data.count(_ZIP_END) > sum(storage.zips for storage in storages)
    ):
        office.read_zip(sink)  # a file that is both, for who gives it another name


def _take_messages_out(file: Compound, sink: Sink) -> None:
    """Make parts of the messages that lie in a document."""
    for path in sorted(file.storages, key=len):
        storage = file.storages.get(path)  # None when it lies in one of them
        if storage and MESSAGE in storage.names() - storage.taken:
            sink.child("message.msg", sink.item.data, storage=path, mime_depth=sink.item.mime_depth + 1)
            file.take_out(path)


def _read_empty(sink: Sink) -> None:
    """Read what an object without any stream holds: its directory, and nothing else when it is honest."""
    words = written(sink.item.data)
    sink.text(words, "directory", "metadata")
    if len(sink.item.data) > _EMPTY_MAX or not words:
        sink.unread("corrupt")


def _read_storage(storage: Storage, sink: Sink) -> None:
    """Read the streams of one storage."""
    if _ENCRYPTED & storage.names():
        sink.unread("encrypted", storage.place.rstrip("-"))
        return
    for name, read in _READERS.items():
        if name in storage.names():
            _guarded(storage, sink, read)
    for name in sorted(storage.names() - storage.taken):
        _guarded(storage, sink, partial(_read_stream, name))


def _guarded(storage: Storage, sink: Sink, read: Reader) -> None:
    """Turn what a reader raises into what it means."""
    try:
        read(storage, sink)
    except OverError as over:
        sink.unread(f"limit:{over}", storage.place.rstrip("-"))
    except _BROKEN:
        sink.unread("corrupt", storage.place.rstrip("-"))


def _read_stream(name: str, storage: Storage, sink: Sink) -> None:
    """Read a stream that no reader of the storage took."""
    data = storage.read(name)
    if _SILENT.fullmatch(name) or not data.strip(b"\0"):
        return
    if name == "\x01ole10native":
        compound.read_native(data).hand_out("objet", sink)
    elif name.startswith(_METADATA):
        sink.text(written(data), f"{storage.place}{name.strip(_MARKS)}", "metadata")
    elif sniff.sniff(data)[1] or is_text(data):
        sink.child(name.strip(_MARKS), data)
    else:
        sink.text(written(data), f"{storage.place}{name.strip(_MARKS)}", "metadata")
        sink.unread("unsupported", f"{storage.place}{name.strip(_MARKS)}")


_MARKS: Final = "\x01\x02\x03\x05\x06\t "
