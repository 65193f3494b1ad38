"""Legacy Office files written record by record: no writer of DOC and PPT can be had from the registry."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_SECTOR = 512
_MINI_SECTOR = 64
_MINI_MAX = 4096
_FREE = 0xFFFFFFFF
_END = 0xFFFFFFFE
_TABLE = 0xFFFFFFFD
_HEADER_TABLES = 109
_ENTRY = struct.Struct("<64sHBBIII16sIQQIQ")
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


def compound(streams: dict[str, bytes] | dict[tuple[str, ...], bytes]) -> bytes:
    """Return a compound file (version 3, up to 7 MB) with these streams; ``a/b`` is b in storage a."""
    root = _Node("Root Entry")
    for given, data in streams.items():
        path = tuple(given.split("/")) if isinstance(given, str) else given
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
    shape = (directory, mini_table, len(mini_chains))
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


def _assemble(body: bytearray, chains: list[int], shape: tuple[int, int, int]) -> bytes:
    directory, mini_table, mini_sectors = shape
    per_sector = _SECTOR // 4
    tables = -(-len(chains) // (per_sector - 1))  # the tables list themselves too
    assert tables <= _HEADER_TABLES
    places = range(len(chains), len(chains) + tables)
    table = [*chains, *[_TABLE] * tables]
    table += [_FREE] * (tables * per_sector - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<III", 0, tables, directory)
    mini_tables = -(-mini_sectors * 4 // _SECTOR)
    header += struct.pack("<IIIIII", 0, _MINI_MAX, mini_table, mini_tables, _END, 0)
    header += struct.pack(f"<{_HEADER_TABLES}I", *places, *[_FREE] * (_HEADER_TABLES - tables))
    return header.ljust(_SECTOR, b"\0") + bytes(body) + struct.pack(f"<{len(table)}I", *table)


PLACES = ("body", "footnotes", "headers", "macros", "comments", "endnotes", "textboxes", "header-textboxes")


def doc(
    *texts: str,
    flags: int = 0,
    version: int = 0xC1,
    row_ends: tuple[int, ...] = (),
    pieces: int = 1,
    streams: dict[str, bytes] | None = None,
) -> bytes:
    """Return a Word 97 file: main text, footnotes, headers, macros, comments, endnotes, text boxes."""
    text = "".join(texts)
    start = 2048
    fib = bytearray(start)
    struct.pack_into("<HH", fib, 0, 0xA5EC, version)
    struct.pack_into("<H", fib, 10, flags)
    for number, part in enumerate(texts):
        struct.pack_into("<I", fib, 0x4C + 4 * number, len(part))
    cuts = [len(text) * n // pieces for n in range(pieces + 1)]
    plc = struct.pack(f"<{pieces + 1}I", *cuts)
    plc += b"".join(struct.pack("<HIH", 0, start + 2 * cut, 0) for cut in cuts[:-1])
    clx = b"\x02" + struct.pack("<I", len(plc)) + plc
    main = bytes(fib) + text.encode("utf-16-le")
    main += bytes(-len(main) % 512)
    page, marks = bytearray(512), [(start + 2 * at, start + 2 * at + 2) for at in row_ends]
    if marks:
        edges = sorted({edge for pair in marks for edge in pair})
        struct.pack_into(f"<{len(edges)}I", page, 0, *edges)
        for index, edge in enumerate(edges[:-1]):
            if (edge, edges[index + 1]) in marks:
                page[4 * len(edges) + 13 * index] = 200
        page[400:406] = b"\x03\x00\x00\x17\x24\x01"
        page[511] = len(edges) - 1
    papx = struct.pack("<III", start, start + 2 * len(text), len(main) // 512)
    main = bytearray(main + bytes(page))
    table = clx + papx
    struct.pack_into("<II", main, 0x1A2, 0, len(clx))
    struct.pack_into("<II", main, 0x102, len(clx), len(papx))
    return compound({"WordDocument": bytes(main), "0Table": table, **(streams or {})})


def record(kind: int, content: bytes, instance: int = 0, *, container: bool = False) -> bytes:
    """Return a PowerPoint record."""
    return struct.pack("<HHI", instance << 4 | (0xF if container else 0), kind, len(content)) + content


def utf16(text: str) -> bytes:
    return record(0x0FA0, text.encode("utf-16-le"))


def cell(text: str, left: int, top: int) -> bytes:
    """Return a shape of a group, at this place."""
    anchor = record(0xF00F, struct.pack("<4i", left, top, left + 10, top + 10))
    return record(0xF004, anchor + record(0xF00D, utf16(text), container=True), container=True)


def ppt(*records: bytes, token: int = 0xE391C05F, streams: dict[str, bytes] | None = None) -> bytes:
    user = record(0x0FF6, struct.pack("<II", 20, token) + bytes(12))
    return compound({"Current User": user, "PowerPoint Document": b"".join(records), **(streams or {})})


def biff(kind: int, content: bytes) -> bytes:
    """Return an Excel record."""
    return struct.pack("<HH", kind, len(content)) + content


def packed_file(name: str, content: bytes) -> bytes:
    """Return an Ole10Native stream: a file that was dropped into a document."""
    label, path = name.encode("cp1252") + b"\0", b"C:\\" + name.encode("cp1252") + b"\0"
    body = b"\x02\0" + label + path + struct.pack("<HHI", 0, 3, len(path)) + path
    body += struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(body)) + body
