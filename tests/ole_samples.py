"""Legacy Office files written record by record: no writer of DOC and PPT can be had from the registry."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

SECTOR, MINI, CUTOFF = 512, 64, 4096
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def compound(streams: dict[str, bytes]) -> bytes:
    """Return a compound file with these streams; a slash in a name makes a storage."""
    entries: list[list[object]] = [["Root Entry", 5, [], b""]]  # name, type, children, content
    storages = {"": 0}
    for path, content in streams.items():
        parent, _, name = path.rpartition("/")
        if parent not in storages:
            storages[parent] = len(entries)
            entries.append([parent, 1, [], b""])
            entries[0][2].append(storages[parent])
        entries[storages[parent]][2].append(len(entries))
        entries.append([name, 2, [], content])
    mini = _chain([e[3] for e in entries[1:]], MINI, lambda content: len(content) < CUTOFF)
    entries[0][3] = mini.body
    large = _chain(
        [e[3] for e in entries], SECTOR, lambda content: content is mini.body or len(content) >= CUTOFF
    )
    fat = large.table
    starts = [
        a if len(e[3]) >= CUTOFF or n == 0 else m
        for n, (e, a, m) in enumerate(zip(entries, large.starts, [END, *mini.starts], strict=True))
    ]
    directory = b"".join(
        _entry(name, kind, starts[index], len(content), *_links(entries, index))
        for index, (name, kind, _, content) in enumerate(entries)
    )
    body = large.body
    first = _append(fat, len(directory))
    body += directory + bytes(-len(directory) % SECTOR)
    small = struct.pack(f"<{len(mini.table)}I", *mini.table)
    mini_start = _append(fat, len(small))
    body += small + b"\xff" * (-len(small) % SECTOR)
    count = -(-(len(fat) + 1) // (SECTOR // 4 - 1))
    places = [*range(len(fat), len(fat) + count)]
    fat += [FAT] * count
    table = struct.pack(f"<{len(fat)}I", *fat)
    table += b"\xff" * (count * SECTOR - len(table))
    header = struct.pack(
        "<8s16sHHHHHHIIIIIIIIII109I",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, count, first),
        *(0, CUTOFF, mini_start, -(-len(small) // SECTOR), END, 0),
        *(places + [FREE] * (109 - len(places))),
    )
    return header + body + table


class Chain(NamedTuple):
    """Contents laid out in sectors: their bytes, the table of sectors, where each begins."""

    body: bytes
    table: list[int]
    starts: list[int]


def _chain(contents: list[bytes], sector: int, takes: Callable[[bytes], bool]) -> Chain:
    body, table, starts = bytearray(), [], []
    for content in contents:
        count = -(-len(content) // sector) if takes(content) else 0
        starts.append(len(table) if count else END)
        if count:
            body += content + bytes(count * sector - len(content))
            _append(table, len(content), sector)
    return Chain(bytes(body), table, starts)


def _append(table: list[int], size: int, sector: int = SECTOR) -> int:
    """Add a chain of sectors for so many bytes; return the first."""
    first, count = len(table), -(-size // sector)
    table += [*range(first + 1, first + count), END] if count else []
    return first if count else END


def _links(entries: list[list[object]], index: int) -> tuple[int, int]:
    """Return child and right sibling: the tree is a list here."""
    children = entries[index][2]
    siblings = next((e[2] for e in entries if index in e[2]), [])
    after = siblings[siblings.index(index) + 1 :] if index in siblings else []
    return (children[0] if children else FREE), (after[0] if after else FREE)


def _entry(name: str, kind: int, start: int, size: int, child: int, right: int) -> bytes:
    encoded = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sI8s8sIQ",
        *(
            encoded,
            len(encoded) + 2,
            kind,
            1,
            FREE,
            right,
            child,
            bytes(16),
            0,
            bytes(8),
            bytes(8),
            start,
            size,
        ),
    )


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
