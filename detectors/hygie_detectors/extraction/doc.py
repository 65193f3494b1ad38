"""Word 97 to 2003: text by its piece table, with everything that lies behind the main text.

Does:   reads body, footnotes, headers and footers, comments, endnotes and text boxes, deleted text where it
        stood; cells of a table row on one line; field codes apart; pictures as parts of their own.
Never:  trusts an offset: each is checked against its stream.
Fails:  raises ``struct.error`` or ``ValueError`` on a broken file (corrupt). Word 6 and 95, and files saved
        fast (changes appended to the old text), are unsupported; a password makes it encrypted.
Source: [MS-DOC] 2.4.1, 2.5, 2.8.35, 2.9.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from hygie_detectors.extraction import pictures
from hygie_detectors.extraction.compound import Storage
from hygie_detectors.extraction.text import written
from hygie_detectors.extraction.walk import Sink

_WORD: Final = 0xA5EC
_WORD_97: Final = 0xC1
_FAST_SAVED: Final = 0x0004
_ENCRYPTED: Final = 0x0100
_TABLE_1: Final = 0x0200

_LENGTHS: Final = 0x4C
"""Where the characters of the main text are counted; those of the texts behind it follow."""
_PLACES: Final = (
    "",
    "footnotes",
    "headers",
    "macros",
    "comments",
    "endnotes",
    "textboxes",
    "header-textboxes",
)
_PLC_PAPX: Final = 0x102
_CLX: Final = 0x1A2

_PIECES: Final = 2
_PROPERTIES: Final = 1
_COMPRESSED: Final = 0x40000000
_PAGE: Final = 512
_ROW_END: Final = b"\x17\x24\x01"
"""sprmPFTtp: the paragraph is the mark that ends a row."""


class _Piece(NamedTuple):
    start: int
    end: int
    offset: int
    width: int
    """Bytes a character."""


def read(storage: Storage, sink: Sink) -> None:
    """Read a Word document."""
    main = storage.read("worddocument")
    identifier, version, flags = *struct.unpack_from("<HH", main), struct.unpack_from("<H", main, 10)[0]
    storage.taken |= {"0table", "1table"}  # the one of the two that is not used is a leftover
    if flags & _ENCRYPTED:
        storage.encrypted()
        return
    if identifier != _WORD or version < _WORD_97:
        sink.unread("unsupported", storage.place.rstrip("-"))
        sink.text(written(main), storage.place)
        return
    if flags & _FAST_SAVED:
        sink.unread("unsupported", storage.place.rstrip("-"))
    table = storage.read("1table" if flags & _TABLE_1 else "0table")
    text = _text(main, table, _row_ends(main, table))
    start = 0
    for number, place in enumerate(_PLACES):
        (length,) = struct.unpack_from("<I", main, _LENGTHS + 4 * number)
        _add(text[start : start + length], f"{storage.place}{place}", sink)
        start += length
    _add(text[start:], f"{storage.place}rest", sink)
    sink.text(written(table, wide_only=True), f"{storage.place}table", "metadata")
    pictures.hand_out(main, sink)
    pictures.hand_out(storage.read("data"), sink)


def _add(text: str, place: str, sink: Sink) -> None:
    shown, codes = _split_fields(text)
    sink.text(_BREAKS.sub(_break, shown).strip("\n\t"), place)
    sink.text("\n".join(codes), f"{place}-fields")


_ROW_MARK: Final = "\x1d"
"""What stands, once read, for the end of a table row; no character of a document."""
_BREAKS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\xad]")
_WRITTEN_AS: Final = {
    "\x07": "\t",
    "\x0b": "\n",
    "\x0c": "\n",
    "\r": "\n",
    "\x0e": "\n",  # column break
    "\x1e": "-",  # the hyphen that does not break
    _ROW_MARK: "\n",
}


def _break(match: re.Match[str]) -> str:
    return _WRITTEN_AS.get(match[0], "")


_FIELD: Final = re.compile("[\x13\x14\x15]")


def _split_fields(text: str) -> tuple[str, list[str]]:
    """Return the text with the results of fields, and their codes (links, names of variables)."""
    shown: list[str] = []
    codes: list[str] = []
    depth_of_codes = 0
    in_result: list[bool] = []
    position = 0
    for mark in [*_FIELD.finditer(text), None]:
        piece = text[position : mark.start() if mark else len(text)]
        (codes if depth_of_codes else shown).append(piece)
        if mark is None:
            break
        position = mark.end()
        if mark[0] == "\x13":
            in_result.append(False)
            depth_of_codes += 1
        elif mark[0] == "\x14" and in_result and not in_result[-1]:
            in_result[-1] = True
            depth_of_codes -= 1
        elif mark[0] == "\x15" and in_result and not in_result.pop():
            depth_of_codes -= 1
    return "".join(shown), [code for code in codes if code.strip()]


def _text(main: bytes, table: bytes, row_ends: set[int]) -> str:
    """Return all characters of the document in order, ends of rows marked."""
    pieces: list[str] = []
    for piece in _pieces(main, table):
        data = main[piece.offset : piece.offset + (piece.end - piece.start) * piece.width]
        text = data.decode("utf-16-le" if piece.width > 1 else "cp1252", "replace")
        if "\x07" in text:
            text = _mark_row_ends(text, piece, row_ends)
        pieces.append(text)
    return "".join(pieces)


def _mark_row_ends(text: str, piece: _Piece, row_ends: set[int]) -> str:
    """Turn the cell marks that end a row into marks of their own: both are the same character."""
    characters = list(text)
    for index, character in enumerate(characters):
        if character == "\x07" and piece.offset + index * piece.width in row_ends:
            characters[index] = _ROW_MARK
    return "".join(characters)


def _pieces(main: bytes, table: bytes) -> Iterator[_Piece]:
    start, length = struct.unpack_from("<II", main, _CLX)
    clx = table[start : start + length]
    position = 0
    while position < len(clx) and clx[position] == _PROPERTIES:
        position += 3 + struct.unpack_from("<H", clx, position + 1)[0]
    if not clx or clx[position] != _PIECES:
        raise ValueError("no piece table")
    (size,) = struct.unpack_from("<I", clx, position + 1)
    plc = clx[position + 5 : position + 5 + size]
    count = (len(plc) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", plc)
    room = len(main)  # pieces that share bytes would multiply them
    for index in range(count):
        (place,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * index + 2)
        width = 1 if place & _COMPRESSED else 2
        offset = (place & ~_COMPRESSED) // 2 if width == 1 else place
        length = (ends[index + 1] - ends[index]) * width
        room -= length
        if length < 0 or room < 0 or offset + length > len(main):
            raise ValueError("a piece outside its stream")
        yield _Piece(ends[index], ends[index + 1], offset, width)


def _row_ends(main: bytes, table: bytes) -> set[int]:
    """Return where in the stream the marks lie that end a row, not a cell."""
    start, length = struct.unpack_from("<II", main, _PLC_PAPX)
    plc = table[start : start + length]
    count = max((len(plc) - 4) // 8, 0)
    found: set[int] = set()
    for (number,) in struct.iter_unpack("<I", plc[4 * (count + 1) : 4 * (count + 1) + 4 * count]):
        page = main[number * _PAGE : (number + 1) * _PAGE]
        if len(page) == _PAGE:
            found.update(_row_ends_of(page))
    return found


def _row_ends_of(page: bytes) -> Iterator[int]:
    count = page[-1]
    if 4 * (count + 1) + 13 * count > _PAGE:
        return
    ends = struct.unpack_from(f"<{count + 1}I", page)
    for index in range(count):
        offset = 2 * page[4 * (count + 1) + 13 * index]
        if not offset:
            continue
        size = 2 * page[offset] or 2 * page[min(offset + 1, _PAGE - 1)]
        if _ROW_END in page[offset : offset + size + 2]:
            yield ends[index + 1] - 1  # 8-bit text: the last byte is the mark
            yield ends[index + 1] - 2  # 16-bit
