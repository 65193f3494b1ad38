r"""OLE compound files: their storages and streams, read under the limits of the part they lie in.

Does:   lists the storages of a file flat, so that an embedded object or message is read where it lies;
        counts each stream before it is read; unwraps the files that Office packs as objects.
Never:  reads more than the container's budget, whatever sizes the directory claims; executes, follows a link.
Fails:  :class:`CompoundError` on what is no readable file or stream, :class:`members.OverError` beyond a
        limit, both without content.
Source: [MS-CFB]; [MS-OLEDS] 2.2.5 (OLE 1.0 objects), 2.3.6 (packages).
"""

from __future__ import annotations

import struct
from contextlib import suppress
from io import BytesIO
from typing import Any, Final, NamedTuple, TypeAlias

from olefile import OleFileIO

from hygie_detectors.extraction.members import Intake
from hygie_detectors.extraction.text import decode, written
from hygie_detectors.extraction.walk import Sink

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MESSAGE: Final = "__properties_version1.0"
"""The stream that every storage of an Outlook message has."""

Path: TypeAlias = tuple[str, ...]

_UNREADABLE: Final = (
    *(OSError, ValueError, IndexError, TypeError, KeyError, AttributeError, RecursionError),
    struct.error,
)
"""What olefile raises on damaged files beside its own error, which is an OSError."""
_ZIP_START: Final = b"PK\x03\x04"
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22
_SECTORS_MAX: Final = 0xFFFFFFFA
"""From there on an entry of the table is no sector."""
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_ENTRY_BYTES: Final = 128
_ENTRY_KIND: Final = 66


class CompoundError(ValueError):
    """These bytes are no compound file, or one whose directory or stream cannot be read."""


def _opened(data: bytes) -> tuple[OleFileIO[str], list[Path]]:
    """Return the file and the paths of its streams, in lower case: writers differ in it."""
    try:
        file = OleFileIO(BytesIO(data))
        return file, [tuple(element.lower() for element in path) for path in file.listdir()]
    except _UNREADABLE as error:
        raise CompoundError from error


def _is_sound(file: OleFileIO[str]) -> bool:
    """Tell whether no sector follows two others: olefile would go round, and give other bytes for text."""
    with suppress(*_UNREADABLE):
        file.loadminifat()
    known: Any = file  # its stubs leave the tables out
    entries = [entry for entry in known.direntries if entry is not None and entry.size]
    roots = [entry for entry in entries if entry.entry_type == _ROOT]
    large = [e for e in entries if e.entry_type == _STREAM and e.size >= known.minisectorcutoff]
    small = [e for e in entries if e.entry_type == _STREAM and e.size < known.minisectorcutoff]
    for table, begun in ((known.fat, roots + large), (known.minifat or (), small)):
        followers = [sector for sector in table if sector < _SECTORS_MAX]
        followers += [entry.isectStart for entry in begun if entry.isectStart < _SECTORS_MAX]
        if len(followers) > len(set(followers)):
            return False
    return True


def _bound(file: OleFileIO[str], size: int) -> bool:
    """Let no stream be longer than the file; return whether none was, and each entry has its place.

    olefile goes round a chain of sectors that loops for as long as a stream says it is (4 GB), and passes
    over a storage or a stream that no other leads to.
    """
    known: Any = file  # its stubs leave the directory out
    entries = known.direntries
    kinds = known.directory_fp.getvalue()[_ENTRY_KIND::_ENTRY_BYTES]
    whole = not any(
        entry is None and kind in {_STORAGE, _STREAM} for entry, kind in zip(entries, kinds, strict=False)
    )
    for entry in entries:
        if entry is not None and entry.size > size:
            entry.size, whole = size, False
    return whole


def is_message(data: bytes) -> bool:
    """Tell an Outlook message from a document with one inside; a damaged file counts as a message."""
    try:
        return (MESSAGE,) in _opened(data)[1]
    except CompoundError:
        return True


class Compound:
    """A compound file, or what lies in one storage of it."""

    __slots__ = ("_intake", "_ole", "sink", "size", "storages", "whole")

    def __init__(self, data: bytes, sink: Sink, within: Path = ()) -> None:
        """Open the file; what lies outside the storage ``within`` is left out.

        A file whose directory or sectors are not in order is ``corrupt``, and read as far as it goes.

        Raises:
            CompoundError: when it is none, or has no such storage.

        """
        self.sink = sink
        self._intake = Intake(sink, len(data))
        self._ole, paths = _opened(data)
        if not (_bound(self._ole, len(data)) and _is_sound(self._ole)):
            sink.unread("corrupt", "directory", attachment=True)
        self.storages: dict[Path, Storage] = {within: Storage(self, within, "")}
        """By path: the file, or the storage it was opened for, first."""
        self.size = 0
        """Bytes read."""
        self.whole = True
        """Nothing was taken out."""
        for path in paths:
            parent = path[:-1]
            if parent[: len(within)] != within:
                continue
            if parent not in self.storages:
                self.storages[parent] = Storage(self, parent, f"{parent[-1][:40].strip()}-")
            self.storages[parent].add(path[-1])
        if within and not any(storage.names() for storage in self.storages.values()):
            raise CompoundError

    @property
    def root(self) -> Storage:
        """The storage it was opened for."""
        return next(iter(self.storages.values()))

    def take_out(self, path: Path) -> None:
        """Leave a storage, and all below it, to whoever reads it as a part of its own."""
        self.whole = False
        for below in [other for other in self.storages if other[: len(path)] == path]:
            del self.storages[below]

    def read(self, path: Path) -> bytes:
        """Return a stream.

        Raises:
            CompoundError: when the file ends before the stream does.
            OverError: when it passes a limit.

        """
        try:
            size = self._ole.get_size(list(path))
            self._intake.admit(size)
            data = bytes(self._ole.openstream(list(path)).read())
        except _UNREADABLE as error:
            raise CompoundError from error
        if len(data) < size:
            raise CompoundError
        self.size += size
        return data


class Storage:
    """The streams that lie side by side in one storage."""

    def __init__(self, file: Compound, path: Path, place: str) -> None:
        self.path = path
        self.taken: set[str] = set()
        """Names of streams that a reader has read."""
        self.zips = 0
        """Packages met in its streams."""
        self.place = place
        """What to put before a place in it; empty for the file itself."""
        self._file = file
        self._names: set[str] = set()
        self._packages: set[bytes] = set()

    def add(self, name: str) -> None:
        """Add a stream; of two by one name nobody reads the second."""
        if name in self._names:
            self._file.sink.unread("corrupt", self.place.rstrip("-"))
        self._names.add(name)

    def names(self) -> set[str]:
        """Return the names of its streams, in lower case."""
        return set(self._names)

    def read(self, name: str, *, zips: bool = True) -> bytes:
        """Return a stream, empty when there is none of that name; hand out the packages in it.

        Raises:
            CompoundError: when it cannot be read.
            OverError: when it passes a limit.

        """
        self.taken.add(name)
        if name not in self._names:
            return b""
        data = self._file.read((*self.path, name))
        self.zips += data.count(_ZIP_END)
        if zips:
            self.hand_out_zips(data)
        return data

    def encrypted(self) -> None:
        """Say that a password stands before all of it."""
        self._file.sink.unread("encrypted", self.place.rstrip("-"))
        self.taken |= self._names

    def hand_out_zips(self, data: bytes) -> None:
        """Give packages written inside a stream (what newer versions add), each once, to the walk."""
        start = 0
        while (end := data.find(_ZIP_END, start)) >= 0:
            begin = data.find(_ZIP_START, start, end)
            start = end + _ZIP_END_BYTES
            package = data[begin:start]
            # A stream that is a zip as a whole goes out as such.
            if begin > 0 and package not in self._packages:
                self._packages.add(package)
                self._file.sink.child("paquet.zip", package)


class Package(NamedTuple):
    """A file that was packed into a document."""

    name: str
    content: bytes
    beside: bytes
    """Its label and paths."""

    def hand_out(self, name: str, sink: Sink) -> None:
        """Make a part of it, under ``name`` when it has none; its names are text."""
        sink.name(self.name, sink.child(self.name or name, self.content))
        sink.text(written(self.beside), "package", "metadata")


def read_native(data: bytes) -> Package:
    """Return the file in an Ole10Native stream; all of it when it is packed in another way."""
    return _read_package(data[4:])


def read_object(data: bytes) -> Package | None:
    r"""Return the file in an OLE 1.0 object, as RTF holds it in ``\objdata``; None if it is none."""
    try:
        version, kind = struct.unpack_from("<II", data)
        position = 8
        names = []
        for _ in range(3):  # class, topic, item
            size = struct.unpack_from("<I", data, position)[0]
            names.append(data[position + 4 : position + 4 + size].rstrip(b"\0"))
            position += 4 + size
        size = struct.unpack_from("<I", data, position)[0]
    except struct.error:
        return None
    if kind != _EMBEDDED or version >> 16:
        return None
    native = data[position + 4 : position + 4 + size]
    return _read_package(native) if names[0].lower() == b"package" else Package("", native, b"")


_EMBEDDED: Final = 2
_PACKED: Final = b"\x02\x00"


def _read_package(data: bytes) -> Package:
    whole = Package("", data, b"")
    if not data.startswith(_PACKED):
        return whole
    try:
        label, position = _text(data, len(_PACKED))
        path, position = _text(data, position)
        position += 4  # two numbers nobody documents
        position += 4 + struct.unpack_from("<I", data, position)[0]  # the path once more
        size = struct.unpack_from("<I", data, position)[0]
    except (struct.error, ValueError):
        return whole
    start, end = position + 4, position + 4 + size
    if end > len(data):
        return whole
    name = path.replace("\\", "/").rpartition("/")[2]
    return Package(name or label, data[start:end], data[:start] + data[end:])


def _text(data: bytes, position: int) -> tuple[str, int]:
    end = data.index(b"\0", position)
    return decode(data[position:end], "cp1252"), end + 1
