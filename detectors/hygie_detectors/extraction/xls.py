"""Excel 5 to 2003: the records of a workbook stream, every sheet, row by row.

Does:   reads strings, numbers as shown (dates, long numbers), formulas' results, comments, text boxes,
        headers and footers, names of sheets, charts; the words in all other records come behind.
Never:  keeps more than the cells that hold something: a far cell costs what any cell costs.
Fails:  raises ``struct.error`` or ``ValueError`` on a broken record (corrupt). A password makes it encrypted;
        workbooks older than Excel 5 are unsupported.
Source: [MS-XLS] 2.4, 2.5.293 (strings over CONTINUE records); OpenOffice's Excel file format, 2008 (BIFF5).
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final

from hygie_detectors.extraction import cells, pictures
from hygie_detectors.extraction.compound import Storage
from hygie_detectors.extraction.spreadsheet import one_line, without_codes
from hygie_detectors.extraction.text import written
from hygie_detectors.extraction.walk import Sink

_BOF: Final = 0x0809
_OLD_BOF: Final = frozenset({0x0009, 0x0209, 0x0409})
_BIFF8: Final = 0x0600
_EOF: Final = 0x000A
_FILEPASS: Final = 0x002F
_CONTINUE: Final = 0x003C
_GLOBALS: Final = 0x0005

_WIDE: Final = 0x01
_FAR_EAST: Final = 0x04
_RICH: Final = 0x08

_ERRORS: Final = {
    0x00: "#NUL!",
    0x07: "#DIV/0!",
    0x0F: "#VALEUR!",
    0x17: "#REF!",
    0x1D: "#NOM?",
    0x24: "#NOMBRE!",
    0x2A: "#N/A",
}
_NOT_A_NUMBER: Final = b"\xff\xff"


class _OverError(Exception):
    """There are more cells than may be read."""


def read(storage: Storage, sink: Sink) -> None:
    """Read a workbook; a file may hold one of Excel 5 and one of Excel 97 besides."""
    for name in ("workbook", "book"):
        if name in storage.names():
            data = storage.read(name, zips=False)
            place = storage.place if name == "workbook" or "workbook" not in storage.names() else "book-"
            _Reader(data, place, storage, sink).read()


class _Chunks:
    """The content of a record and of those that continue it, read as one."""

    def __init__(self, segments: list[bytes]) -> None:
        self._segments = segments
        self._segment = 0
        self._position = 0

    def left(self) -> bool:
        """Tell whether there is more."""
        while self._segment < len(self._segments):
            if self._position < len(self._segments[self._segment]):
                return True
            self._segment += 1
            self._position = 0
        return False

    def take(self, count: int) -> bytes:
        """Return the next bytes; fewer at the end."""
        pieces = []
        while count and self.left():
            piece = self._segments[self._segment][self._position : self._position + count]
            self._position += len(piece)
            count -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def number(self, width: int) -> int:
        """Return the next number."""
        return int.from_bytes(self.take(width), "little")

    def string(self, count: int) -> str:
        """Return a string of so many characters, its own flags before it."""
        flags = self.number(1)
        runs = self.number(2) if flags & _RICH else 0
        extra = self.number(4) if flags & _FAR_EAST else 0
        text = self._characters(count, wide=bool(flags & _WIDE))
        self.take(4 * runs + extra)
        return text

    def _characters(self, count: int, *, wide: bool) -> str:
        pieces = []
        fresh = False
        while count and self.left():
            if (
                self._position == 0 and fresh
            ):  # each record that continues a string says how its part is written
                wide = bool(self.number(1) & _WIDE)
            width = 2 if wide else 1
            segment = self._segments[self._segment]
            part = segment[self._position : self._position + count * width]
            self._position += len(part)
            count -= -(-len(part) // width)
            pieces.append(part.decode("utf-16-le" if wide else "latin-1", "replace"))
            fresh = True
        return "".join(pieces)


def _records(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield type and contents of each record, the contents of those that continue it behind."""
    kind = -1
    segments: list[bytes] = []
    position = 0
    while position + 4 <= len(data):
        next_kind, size = struct.unpack_from("<HH", data, position)
        content = data[position + 4 : position + 4 + size]
        position += 4 + size
        if next_kind == _CONTINUE and segments:
            segments.append(content)
            continue
        if segments:
            yield kind, segments
        kind, segments = next_kind, [content]
    if segments:
        yield kind, segments
    if position > len(data):
        raise ValueError("a record outside the stream")


class _Reader:
    """One workbook stream."""

    def __init__(self, data: bytes, place: str, storage: Storage, sink: Sink) -> None:
        self._data = data
        self._storage = storage
        self._place = place
        self._sink = sink
        self._biff8 = True
        self._charset = "cp1252"
        self._from_1904 = False
        self._strings: list[str] = []
        self._codes: dict[int, str] = {}
        self._styles: list[int] = []
        self._names: list[str] = []
        self._cells: list[tuple[int, int, str]] = []
        self._cells_left = sink.limits.spreadsheet_cells_max
        self._beside: dict[str, None] = {}
        self._pictures: list[bytes] = []
        self._theme: list[bytes] = []
        self._drawings: list[bytes] = []
        self._words: dict[str, None] = {}
        self._depth = 0
        self._at = (0, 0)
        self._sheet = 0
        self._readers: dict[int, Callable[[list[bytes]], None]] = {
            0x0042: self._codepage,
            0x0022: self._date_mode,
            0x041E: self._format,
            0x001E: self._format,
            0x00E0: self._style,
            0x0085: self._sheet_name,
            0x00FC: self._shared_strings,
            0x00FD: self._shared_cell,
            0x0204: self._label,
            0x00D6: self._label,
            0x0203: self._number,
            0x027E: self._packed,
            0x00BD: self._packed_row,
            0x0006: self._formula,
            0x0206: self._formula,
            0x0406: self._formula,
            0x0207: self._result,
            0x0205: self._boolean,
            0x01B6: self._text_box,
            0x001C: self._note,
            0x0014: self._header,
            0x0015: self._header,
            0x100D: self._series_text,
            0x00EB: self._pictures.extend,
            0x0896: self._begin_theme,
            0x087F: self._continue_theme,
            0x00EC: self._drawings.extend,
            **dict.fromkeys((0x0201, 0x00BE, 0x0208, 0x00D7, 0x020B, 0x0200, 0x087D, 0x0892), self._skip),
        }

    def read(self) -> None:
        """Read all records."""
        try:
            for kind, segments in _records(self._data):
                if kind == _FILEPASS:
                    self._storage.encrypted()
                    return
                if kind in _OLD_BOF:
                    self._sink.unread("unsupported", self._place.rstrip("-"))
                if kind == _BOF:
                    self._begin(segments[0])
                elif kind == _EOF:
                    self._end()
                else:
                    self._readers.get(kind, self._other)(segments)
        except _OverError:
            self._sink.unread("limit:spreadsheet_cells_max")
        finally:
            self._end_sheet()
            self._sink.text("\n".join(self._names), f"{self._place}workbook", "metadata")
            self._sink.text("\n".join(self._beside), f"{self._place}beside")
            self._sink.text("\n".join(self._words), f"{self._place}records", "metadata")
            pictures.hand_out(b"".join(self._pictures), self._sink)
            for stream in (self._theme, self._drawings):
                self._storage.hand_out_zips(_BEFORE + b"".join(stream))

    def _begin(self, content: bytes) -> None:
        version, kind = struct.unpack_from("<HH", content)
        self._biff8 = version >= _BIFF8
        if self._depth == 0 and kind != _GLOBALS:
            self._sheet += 1
        self._depth += 1

    def _end(self) -> None:
        self._depth = max(self._depth - 1, 0)
        if self._depth == 0:
            self._end_sheet()

    def _end_sheet(self) -> None:
        by_row = groupby(sorted(self._cells, key=itemgetter(0, 1)), key=itemgetter(0))
        rows = ["\t".join(one_line(text) for _, _, text in row) for _, row in by_row]
        self._sink.text("\n".join(rows), f"{self._place}sheet{self._sheet}")
        self._cells.clear()

    def _add(self, row: int, column: int, text: str) -> None:
        if not text:
            return
        self._cells_left -= 1
        if self._cells_left < 0:
            raise _OverError
        self._cells.append((row, column, text))

    def _add_number(self, row: int, column: int, style: int, value: float) -> None:
        stored = str(int(value)) if value.is_integer() else repr(value)
        number = self._styles[style] if style < len(self._styles) else 0
        shape = cells.parse(number, self._codes.get(number, ""))
        self._add(row, column, shape.show(stored, from_1904=self._from_1904))

    def _string(self, segments: list[bytes], offset: int, width: int = 2) -> str:
        """Return a string with its length before it, as the version of the file writes it."""
        chunks = _Chunks(segments)
        chunks.take(offset)
        count = chunks.number(width)
        return chunks.string(count) if self._biff8 else chunks.take(count).decode(self._charset, "replace")

    def _codepage(self, segments: list[bytes]) -> None:
        (number,) = struct.unpack_from("<H", segments[0])
        name = {10000: "mac_roman", 32768: "mac_roman", 367: "ascii"}.get(number, f"cp{number}")
        try:
            self._charset = codecs.lookup(name).name
        except LookupError:
            self._charset = "cp1252"

    def _date_mode(self, segments: list[bytes]) -> None:
        self._from_1904 = segments[0][:1] == b"\x01"

    def _format(self, segments: list[bytes]) -> None:
        (number,) = struct.unpack_from("<H", segments[0])
        self._codes[number] = self._string(segments, 2, 2 if self._biff8 else 1)

    def _style(self, segments: list[bytes]) -> None:
        self._styles.append(struct.unpack_from("<H", segments[0], 2)[0])

    def _sheet_name(self, segments: list[bytes]) -> None:
        self._names.append(self._string(segments, 6, 1))

    def _shared_strings(self, segments: list[bytes]) -> None:
        chunks = _Chunks(segments)
        chunks.take(4)
        count = chunks.number(4)
        while count and chunks.left():
            if len(self._strings) >= self._sink.limits.spreadsheet_cells_max:
                raise _OverError
            self._strings.append(chunks.string(chunks.number(2)))
            count -= 1

    def _shared_cell(self, segments: list[bytes]) -> None:
        row, column, _, index = struct.unpack_from("<HHHI", segments[0])
        if index < len(self._strings):
            self._add(row, column, self._strings[index])

    def _label(self, segments: list[bytes]) -> None:
        row, column = struct.unpack_from("<HH", segments[0])
        self._add(row, column, self._string(segments, 6))

    def _number(self, segments: list[bytes]) -> None:
        row, column, style, value = struct.unpack_from("<HHHd", segments[0])
        self._add_number(row, column, style, value)

    def _packed(self, segments: list[bytes]) -> None:
        row, column, style, packed = struct.unpack_from("<HHHI", segments[0])
        self._add_number(row, column, style, _unpack(packed))

    def _packed_row(self, segments: list[bytes]) -> None:
        row, column = struct.unpack_from("<HH", segments[0])
        for style, packed in struct.iter_unpack("<HI", segments[0][4 : 4 + (len(segments[0]) - 6) // 6 * 6]):
            self._add_number(row, column, style, _unpack(packed))
            column += 1

    def _formula(self, segments: list[bytes]) -> None:
        row, column, style, result = struct.unpack_from("<HHH8s", segments[0])
        self._at = (row, column)
        if not result.endswith(_NOT_A_NUMBER):
            self._add_number(row, column, style, struct.unpack("<d", result)[0])
        elif result[0] == 1:
            self._add(row, column, "VRAI" if result[2] else "FAUX")
        self._note_words(segments)

    def _result(self, segments: list[bytes]) -> None:
        self._add(*self._at, self._string(segments, 0))

    def _boolean(self, segments: list[bytes]) -> None:
        row, column, _, value, error = struct.unpack_from("<HHHBB", segments[0])
        self._add(row, column, _ERRORS.get(value, "") if error else ("VRAI" if value else "FAUX"))

    def _text_box(self, segments: list[bytes]) -> None:
        (count,) = struct.unpack_from("<H", segments[0], 10)
        if len(segments) > 1:
            self._beside[_Chunks(segments[1:]).string(count)] = None

    def _note(self, segments: list[bytes]) -> None:
        if self._biff8:
            self._beside[self._string(segments, 8)] = None  # its author; the text is a text box
        else:
            self._beside[segments[0][6:].decode(self._charset, "replace")] = None

    def _header(self, segments: list[bytes]) -> None:
        if segments[0]:
            text = self._string(segments, 0, 2 if self._biff8 else 1)
            self._beside[without_codes(text)] = None

    def _series_text(self, segments: list[bytes]) -> None:
        self._beside[self._string(segments, 2, 1)] = None

    def _other(self, segments: list[bytes]) -> None:
        self._note_words(segments)

    def _note_words(self, segments: list[bytes]) -> None:
        content = b"".join(segments)
        if len(content) >= _WORDS_MIN and (words := written(content)):
            self._words[words] = None

    def _begin_theme(self, segments: list[bytes]) -> None:
        self._theme.append(segments[0][16:])

    def _continue_theme(self, segments: list[bytes]) -> None:
        self._theme.append(segments[0][12:])

    def _skip(self, segments: list[bytes]) -> None:
        """Rows, blank cells, positions, colours: no words."""


_WORDS_MIN: Final = 8
_BEFORE: Final = b"\0"
"""Before a theme: a package is handed out where it lies inside something."""


def _unpack(packed: int) -> float:
    """Return the number packed in 30 bits ([MS-XLS] 2.5.217)."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        (value,) = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))
    return value / 100 if packed & 1 else value
