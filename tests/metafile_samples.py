"""Windows metafiles written record by record, from [MS-EMF], [MS-EMFPLUS] and [MS-WMF]."""

from __future__ import annotations

import struct
from collections.abc import Iterable

OPAQUE, GLYPHS, SMALL, NO_RECTANGLE, DOWN_TOO = 0x2, 0x10, 0x200, 0x100, 0x2000
WIDTH = 10
"""Of each character."""


def emr(kind: int, content: bytes = b"") -> bytes:
    """Return a record of an EMF."""
    content += bytes(-len(content) % 4)
    return struct.pack("<II", kind, 8 + len(content)) + content


def emf(*records: bytes, description: str = "", end: bool = True) -> bytes:
    words = description.encode("utf-16-le")
    body = b"".join(records) + (emr(14, struct.pack("<III", 0, 16, 20)) if end else b"")
    size = 108 + len(words) + -len(words) % 4
    head = bytes(32) + b" EMF" + struct.pack("<IIIHH", 0x10000, size + len(body), len(records) + 2, 1, 0)
    head += struct.pack("<III", len(words) // 2, 108 if words else 0, 0) + bytes(36)
    return emr(1, head + words) + body


def _emr_text(text: bytes, count: int, x: int, y: int, options: int, after: int) -> tuple[bytes, bytes]:
    """Return an EmrText, and its string and widths, which begin at ``after`` in the record."""
    padded = text + bytes(-len(text) % 4)
    step = 2 if options & DOWN_TOO else 1
    widths = struct.pack(f"<{step * count}i", *([WIDTH, 99][:step] * count))
    fixed = struct.pack("<iiIII16xI", x, y, count, after, options, after + len(padded))
    return fixed, padded + widths


def emf_text(text: str, x: int = 0, y: int = 0, *, wide: bool = True, options: int = 0) -> bytes:
    """Return EMR_EXTTEXTOUTW or EMR_EXTTEXTOUTA."""
    raw = text.encode("utf-16-le" if wide else "cp1252")
    fixed, rest = _emr_text(raw, len(text), x, y, options, 76)
    return emr(84 if wide else 83, bytes(16) + struct.pack("<Iff", 1, 1.0, 1.0) + fixed + rest)


def emf_poly_text(*texts: str, wide: bool = True) -> bytes:
    head, tail, after = b"", b"", 40 + 40 * len(texts)
    for row, text in enumerate(texts):
        raw = text.encode("utf-16-le" if wide else "cp1252")
        fixed, rest = _emr_text(raw, len(text), 0, 50 * row, 0, after + len(tail))
        head, tail = head + fixed, tail + rest
    return emr(97 if wide else 96, bytes(16) + struct.pack("<IffI", 1, 1.0, 1.0, len(texts)) + head + tail)


def emf_small_text(text: str, x: int = 0, y: int = 0, *, options: int = 0) -> bytes:
    raw = text.encode("cp1252" if options & SMALL else "utf-16-le")
    rectangle = b"" if options & NO_RECTANGLE else bytes(16)
    return emr(108, struct.pack("<iiIIIff", x, y, len(text), options, 1, 1.0, 1.0) + rectangle + raw)


def dib(bmp: bytes) -> tuple[bytes, bytes]:
    """Return the header (with palette) and the rows of a bitmap file."""
    (start,) = struct.unpack_from("<I", bmp, 10)
    return bmp[14:start], bmp[start:]


def emf_bitmap(bmp: bytes, *, kind: int = 81, top: int = 0) -> bytes:
    """Return EMR_STRETCHDIBITS (81), EMR_SETDIBITSTODEVICE (80), EMR_BITBLT (76) and relatives."""
    header, bits = dib(bmp)
    start = {80: 76, 81: 80}.get(kind, 108)
    fields = struct.pack("<IIII", start, len(header), start + len(header), len(bits))
    before = bytes(16) + struct.pack("<ii", 0, top)
    before = before.ljust(40 if kind in {80, 81} else 76, b"\0") + fields
    return emr(kind, before.ljust(start - 8, b"\0") + header + bits)


def comment(content: bytes) -> bytes:
    return emr(70, struct.pack("<I", len(content)) + content)


def public_comment(content: bytes) -> bytes:
    """Return EMR_COMMENT_WINDOWS_METAFILE."""
    return comment(b"GDIC" + struct.pack("<IHHIII", 0x80000001, 0x300, 0, 0, 0, len(content)) + content)


def plus(*records: bytes) -> bytes:
    """Return a comment with records of EMF+."""
    return comment(b"EMF+" + b"".join(records))


def plus_record(kind: int, content: bytes, flags: int = 0) -> bytes:
    content += bytes(-len(content) % 4)
    return struct.pack("<HHII", kind, flags, 12 + len(content), len(content)) + content


def plus_text(text: str, x: float = 0, y: float = 0) -> bytes:
    """Return EmfPlusDrawString."""
    raw = text.encode("utf-16-le")
    return plus_record(0x401C, struct.pack("<IIIffff", 0, 0, len(text), x, y, 9.0, 9.0) + raw)


def plus_driver_text(text: str, *, glyphs: bool = False) -> bytes:
    raw = text.encode("utf-16-le")
    head = struct.pack("<IIII", 0, 0 if glyphs else 1, 0, len(text))
    return plus_record(0x4036, head + raw + struct.pack("<ff", 1.0, 2.0) * len(text))


def plus_image(content: bytes, *, pieces: int = 1) -> bytes:
    """Return EmfPlusObject records of an image that is a picture file."""
    image = struct.pack("<IIiiiII", 0xDBC01002, 1, 1, 1, 4, 0x26200A, 1) + content
    if pieces == 1:
        return plus_record(0x4008, image, 0x0500)
    size = -(-len(image) // (4 * pieces)) * 4
    cut = [image[at : at + size] for at in range(0, len(image), size)]
    going_on = b"".join(plus_record(0x4008, struct.pack("<I", len(image)) + p, 0x8500) for p in cut[:-1])
    return going_on + plus_record(0x4008, cut[-1], 0x0500)


def plus_metafile(content: bytes) -> bytes:
    """Return an EmfPlusObject record of an image that is a metafile."""
    return plus_record(0x4008, struct.pack("<IIII", 0xDBC01002, 2, 3, len(content)) + content, 0x0500)


def wmr(kind: int, content: bytes = b"") -> bytes:
    """Return a record of a WMF."""
    content += bytes(len(content) % 2)
    return struct.pack("<IH", 3 + len(content) // 2, kind) + content


def wmf(*records: bytes, placeable: bool = False, end: bool = True) -> bytes:
    body = b"".join(records) + (wmr(0) if end else b"")
    head = b"\xd7\xcd\xc6\x9a" + bytes(18) if placeable else b""
    return head + struct.pack("<HHHIHIH", 1, 9, 0x300, 9 + len(body) // 2, 1, 99, 0) + body


def wmf_text(text: str, x: int = 0, y: int = 0) -> bytes:
    """Return META_TEXTOUT."""
    raw = text.encode("cp1252")
    return wmr(0x0521, struct.pack("<H", len(raw)) + raw + bytes(len(raw) % 2) + struct.pack("<hh", y, x))


def wmf_extended_text(text: str, x: int = 0, y: int = 0, *, options: int = 0) -> bytes:
    """Return META_EXTTEXTOUT."""
    raw = text.encode("cp1252")
    rectangle = bytes(8) if options & (OPAQUE | 4) else b""
    widths = struct.pack(f"<{len(raw)}h", *[WIDTH] * len(raw))
    head = struct.pack("<hhHH", y, x, len(raw), options)
    return wmr(0x0A32, head + rectangle + raw + bytes(len(raw) % 2) + widths)


def wmf_bitmap(bmp: bytes, kind: int = 0x0F43) -> bytes:
    before = {0x0F43: 22, 0x0B41: 20, 0x0940: 16, 0x0D33: 18, 0x0142: 4}[kind]
    return wmr(kind, bytes(before) + b"".join(dib(bmp)))


def wmf_enhanced(content: bytes, piece: int = 8_000) -> bytes:
    """Return META_ESCAPE records that carry an EMF."""
    pieces = [content[at : at + piece] for at in range(0, len(content), piece)]
    return b"".join(_wmf_piece(pieces, number, len(content)) for number in range(len(pieces)))


def _wmf_piece(pieces: Iterable[bytes], number: int, size: int) -> bytes:
    pieces = list(pieces)
    left = sum(map(len, pieces[number + 1 :]))
    head = struct.pack("<4sIIHIIIII", b"WMFC", 1, 0x10000, 0, 0, len(pieces), len(pieces[number]), left, size)
    return wmr(0x0626, struct.pack("<HH", 15, len(head) + len(pieces[number])) + head + pieces[number])
