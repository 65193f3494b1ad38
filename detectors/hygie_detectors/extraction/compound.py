r"""OLE compound files: their streams, what embedded objects wrap, and a storage as a file of its own.

Does:   lists and reads streams through olefile, unwraps the files that Office embeds as objects
        (``\x01Ole10Native``, ``Package``, ``CONTENTS``), writes a storage inside out as a whole file,
        so that an embedded message or document is a part like any other.
Never:  executes, follows a link, writes to disk.
Fails:  :class:`CompoundError` on what is no readable compound file, without content.
Source: MS-CFB, MS-OLEDS 2.3.6 (OLE 1.0 packages).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final, TypeAlias

from olefile import OleFileIO

from hygie_detectors.extraction.text import decode

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Path: TypeAlias = tuple[str, ...]

_UNREADABLE: Final = (OSError, ValueError, IndexError, TypeError, KeyError, AttributeError, RecursionError)
"""What olefile raises on damaged files beside its own error, which is an OSError."""


class CompoundError(Exception):
    """These bytes are no compound file, or one whose directory cannot be read."""


class Compound:
    """The streams of a compound file by their path."""

    __slots__ = ("_ole", "is_whole", "streams")

    def __init__(self, data: bytes) -> None:
        try:
            self._ole = OleFileIO(BytesIO(data))
            self.streams: tuple[Path, ...] = tuple(tuple(path) for path in self._ole.listdir())
            self.is_whole = bound(self._ole, len(data))
        except _UNREADABLE as error:
            raise CompoundError from error

    def read(self, path: Path) -> bytes:
        """Return the bytes of a stream.

        Raises:
            CompoundError: when the file ends before the stream does.

        """
        try:
            return bytes(self._ole.openstream(list(path)).read())
        except _UNREADABLE as error:
            raise CompoundError from error

    def storage_as_file(self, storage: Path) -> bytes:
        """Return a storage and all below it as a compound file.

        Raises:
            CompoundError: when one of its streams cannot be read.

        """
        depth = len(storage)
        return write({path[depth:]: self.read(path) for path in self.streams if path[:depth] == storage})


def bound(file: OleFileIO[str], size: int) -> bool:
    """Let no stream be longer than the file; return whether none was, and each entry has its place.

    olefile goes round a chain of sectors that loops for as long as a stream says it is (4 GB), and passes
    over a storage or a stream that no other leads to.
    """
    directory: Any = file  # the stubs leave it out
    entries = directory.direntries
    kinds = directory.directory_fp.getvalue()[_ENTRY_KIND::_ENTRY_BYTES]
    whole = not any(entry is None and kind in _IN_USE for entry, kind in zip(entries, kinds, strict=False))
    for entry in entries:
        if entry is not None and entry.size > size:
            entry.size, whole = size, False
    return whole


_ENTRY_BYTES: Final = 128
_ENTRY_KIND: Final = 66
_IN_USE: Final = frozenset({1, 2})
"""A storage, a stream."""


def unwrap(compound: Compound) -> tuple[str, bytes] | None:
    """Return name and content of the file that an embedded object wraps; None when it wraps none."""
    by_name = {path[0].lower(): path for path in compound.streams if len(path) == 1}
    if "\x01ole10native" in by_name:
        data = compound.read(by_name["\x01ole10native"])
        return read_package(data[4:]) or ("", data[4:])
    for name in ("package", "contents"):
        if name in by_name:
            return "", compound.read(by_name[name])
    return None


def read_object(data: bytes) -> tuple[str, bytes] | None:
    r"""Return name and data of an OLE 1.0 object, as RTF holds it in ``\objdata``; None if it is none."""
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
    if names[0].lower() == b"package":
        return read_package(native) or ("", native)
    return "", native


_EMBEDDED: Final = 2


def read_package(data: bytes) -> tuple[str, bytes] | None:
    """Return name and content of a packaged file (Ole10Native without its length); None if it is none."""
    if not data.startswith(_PACKAGE):
        return None
    try:
        label, position = _text(data, len(_PACKAGE))
        path, position = _text(data, position)
        position += 4  # two numbers nobody documents
        position += 4 + struct.unpack_from("<I", data, position)[0]  # the path once more
        size = struct.unpack_from("<I", data, position)[0]
    except (struct.error, ValueError):
        return None
    name = path.replace("\\", "/").rpartition("/")[2]
    return name or label, data[position + 4 : position + 4 + size]


_PACKAGE: Final = b"\x02\x00"


def _text(data: bytes, position: int) -> tuple[str, int]:
    end = data.index(b"\0", position)
    return decode(data[position:end], "cp1252"), end + 1


# Writing: version 4, sectors of 4 096 bytes, so that the 109 table sectors of the header cover 450 MB.

_SECTOR: Final = 4096
_MINI_SECTOR: Final = 64
_MINI_MAX: Final = 4096
_FREE: Final = 0xFFFFFFFF
_END: Final = 0xFFFFFFFE
_TABLE: Final = 0xFFFFFFFD
_HEADER_TABLES: Final = 109
_ENTRY: Final = struct.Struct("<64sHBBIII16sIQQIQ")
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass(slots=True)
class _Node:
    name: str
    data: bytes | None = field(repr=False, default=None)
    """None for a storage."""
    children: dict[str, _Node] = field(repr=False, default_factory=dict)
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    start: int = _END
    size: int = 0


def write(streams: dict[Path, bytes]) -> bytes:
    """Return a compound file with these streams.

    Raises:
        CompoundError: beyond some 450 MB.

    """
    root = _Node("Root Entry")
    for path, data in streams.items():
        node = root
        for name in path[:-1]:
            node = node.children.setdefault(name, _Node(name))
        node.children[path[-1]] = _Node(path[-1], data)
    nodes = _number(root)
    body, chains = bytearray(), list[int]()
    mini, mini_chains = bytearray(), list[int]()
    for node in nodes:
        if node.data is None:
            continue
        node.size = len(node.data)
        small = node.size < _MINI_MAX
        if node.data:
            node.start = (
                _append(mini, mini_chains, node.data, _MINI_SECTOR)
                if small
                else _append(body, chains, node.data, _SECTOR)
            )
    root.size = len(mini)
    root.start = _append(body, chains, bytes(mini), _SECTOR)
    mini_table = _append(body, chains, struct.pack(f"<{len(mini_chains)}I", *mini_chains), _SECTOR, b"\xff")
    directory = _append(body, chains, b"".join(map(_entry, nodes)), _SECTOR)
    shape = (directory, len(nodes), mini_table, len(mini_chains))
    return _assemble(body, chains, shape)


def _number(root: _Node) -> list[_Node]:
    """Return all nodes in the order of the directory; siblings become a balanced tree."""
    nodes, waiting = [root], [root]
    while waiting:
        parent = waiting.pop()
        # The order the format asks for: shorter names first, then by upper case.
        siblings = sorted(parent.children.values(), key=lambda node: (len(node.name), node.name.upper()))
        first = len(nodes)
        nodes += siblings
        parent.child = _balance(siblings, 0, len(siblings), first)
        waiting += [node for node in siblings if node.data is None]
    return nodes


def _balance(siblings: list[_Node], low: int, high: int, first: int) -> int:
    if low >= high:
        return _FREE
    middle = (low + high) // 2
    siblings[middle].left = _balance(siblings, low, middle, first)
    siblings[middle].right = _balance(siblings, middle + 1, high, first)
    return first + middle


def _append(body: bytearray, chains: list[int], data: bytes, sector: int, padding: bytes = b"\0") -> int:
    """Add data in whole sectors, chain them; return the first one."""
    if not data:
        return _END
    start, count = len(chains), -(-len(data) // sector)
    chains.extend(range(start + 1, start + count))
    chains.append(_END)
    body += data
    body += padding * (count * sector - len(data))
    return start


def _entry(node: _Node) -> bytes:
    name = node.name.encode("utf-16-le", "surrogatepass")[:62] + b"\0\0"
    kind = _STREAM if node.data is not None else _STORAGE
    if node.name == "Root Entry" and node.data is None:
        kind = _ROOT
    links = (node.left, node.right, node.child)
    start = node.start if kind != _STORAGE else 0
    return _ENTRY.pack(name, len(name), kind, 1, *links, bytes(16), 0, 0, 0, start, node.size)


def _assemble(body: bytearray, chains: list[int], shape: tuple[int, int, int, int]) -> bytes:
    directory, entries, mini_table, mini_sectors = shape
    per_sector = _SECTOR // 4
    tables = -(-len(chains) // (per_sector - 1))  # the tables list themselves too
    if tables > _HEADER_TABLES:
        raise CompoundError
    places = range(len(chains), len(chains) + tables)
    table = [*chains, *[_TABLE] * tables]
    table += [_FREE] * (tables * per_sector - len(table))
    header = MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 4, 0xFFFE, 12, 6)
    header += struct.pack("<III", -(-entries * _ENTRY.size // _SECTOR), tables, directory)
    mini_tables = -(-mini_sectors * 4 // _SECTOR)
    header += struct.pack("<IIIIII", 0, _MINI_MAX, mini_table, mini_tables, _END, 0)
    header += struct.pack(f"<{_HEADER_TABLES}I", *places, *[_FREE] * (_HEADER_TABLES - tables))
    return header.ljust(_SECTOR, b"\0") + bytes(body) + struct.pack(f"<{len(table)}I", *table)
