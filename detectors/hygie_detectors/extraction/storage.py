"""One storage of an OLE compound file: its streams by name, read under the limits of the part.

Does:   lists the storages of a file flat, so that an embedded object is read like a file.
Never:  reads more than the container's budget, whatever sizes the directory claims.
Fails:  :meth:`Storage.read` raises :class:`LimitError`, and ``OSError`` for a broken chain of sectors.
Source: [MS-CFB].
"""

from __future__ import annotations

from typing import Final

import olefile

from hygie_detectors.extraction.walk import Sink

_ZIP_START: Final = b"PK\x03\x04"
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22


class LimitError(Exception):
    """A stream passes a limit; the argument is its name."""


class Storage:
    """The streams that lie side by side in one storage."""

    def __init__(self, file: olefile.OleFileIO[str], path: tuple[str, ...], sink: Sink) -> None:
        self._file = file
        self._path = path
        self._sink = sink
        self._streams: dict[str, list[str]] = {}
        self.taken: set[str] = set()
        """Names of streams that a reader has read."""
        self._packages: set[bytes] = set()
        self.zips = 0
        """Packages met in its streams."""
        self.place = f"{path[-1][:40].strip()}-" if path else ""
        """What to put before a place in it; empty for the file itself."""

    @classmethod
    def all_of(cls, file: olefile.OleFileIO[str], sink: Sink) -> list[Storage]:
        """Return every storage of the file, itself first."""
        found: dict[tuple[str, ...], Storage] = {(): cls(file, (), sink)}
        for path in file.listdir(streams=True, storages=False):
            parent = tuple(path[:-1])
            if parent not in found:
                found[parent] = cls(file, parent, sink)
            found[parent]._streams.setdefault(path[-1].lower(), path)  # noqa: SLF001 - of its own class
        return list(found.values())

    def names(self) -> set[str]:
        """Return the names of its streams, in lower case: writers differ in it, readers do not care."""
        return set(self._streams)

    def read(self, name: str, *, zips: bool = True) -> bytes:
        """Return a stream, empty when there is none of that name; hand out the packages in it."""
        path = self._streams.get(name)
        self.taken.add(name)
        if path is None:
            return b""
        size = self._file.get_size(path)
        self._sink.budget.left -= size
        if size > self._sink.limits.member_max_bytes:
            raise LimitError("member_max_bytes")
        if self._sink.budget.left < 0:
            raise LimitError("expanded_max_bytes")
        with self._file.openstream(path) as stream:
            data = bytes(stream.read())
        if len(data) < size:
            raise OSError("a stream that breaks off")
        self.zips += data.count(_ZIP_END)
        if zips:
            self.hand_out_zips(data)
        return data

    def encrypted(self) -> None:
        """Say that a password stands before all of it."""
        self._sink.unread("encrypted", self.place.rstrip("-"))
        self.taken |= self.names()

    def hand_out_zips(self, data: bytes) -> None:
        """Give packages written inside a stream (what newer versions add), each once, to the walk."""
        start = 0
        while (end := data.find(_ZIP_END, start)) >= 0:
            begin = data.find(_ZIP_START, start, end)
            start = end + _ZIP_END_BYTES
            package = data[begin:start]
            if (
                begin > 0 and package not in self._packages
            ):  # a stream that is a zip as a whole goes out as such
                self._packages.add(package)
                self._sink.child("paquet.zip", package)
