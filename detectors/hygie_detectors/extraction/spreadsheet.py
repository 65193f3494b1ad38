"""The parts of an Office Open XML workbook that only make sense together: strings, formats, sheets.

Does:   keeps the sheets until shared strings and number formats are known, then writes each row on one line,
        cells apart by tabs, numbers and dates as a person sees them; strings, formulas, header and footer,
        lists of choices that no cell shows come behind.
Never:  goes by the names of members, by what is hidden, or by declared dimensions: a cell in the last
        row and column costs as much as any other.
Fails:  never raises; XML that is broken keeps what was read before, and is unread.
Source: ECMA-376 part 1, 18; openpyxl, XlsxWriter and LibreOffice files.
"""

from __future__ import annotations

import re
from typing import Final

from hygie_detectors.extraction import cells, markup
from hygie_detectors.extraction.hypertext import strip_tags
from hygie_detectors.extraction.layout import ONE_LINE_MAX
from hygie_detectors.extraction.text import decode, is_utf16
from hygie_detectors.extraction.walk import Sink

_ROOT: Final = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(sst|styleSheet|workbook|worksheet|dialogsheet|macrosheet)[\s>/]"
)
_ROOT_WITHIN: Final = 4096
_SHEETS: Final = frozenset({b"worksheet", b"dialogsheet", b"macrosheet"})

_HEADER_CODES: Final = re.compile(r'&(?:"[^"]{0,80}"|K[0-9A-F]{6}|\d{1,3}|[LCRPNDTZFAGUEXYSBIOH+-])')
_BREAK: Final = re.compile(r"\s*[\r\n]+\s*")
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Workbook:
    """What was seen of a workbook so far."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._strings = _Strings(sink.limits.spreadsheet_cells_max)
        self._styles = _Styles()
        self._book = _Book()
        self._sheets: list[tuple[str, bytes]] = []

    def take(self, place: str, data: bytes) -> bool:
        """Read or keep a member that is part of the workbook's core; False for any other."""
        head = data[:_ROOT_WITHIN]
        if is_utf16(head) or head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            head = decode(head).encode("utf-8", "replace")
        root = _ROOT.search(head)
        if root is None:
            return False
        if root[1] in _SHEETS:
            self._sheets.append((place, data))
        elif root[1] == b"sst":
            self._feed(place, data, self._strings)
        elif root[1] == b"styleSheet":
            self._feed(place, data, self._styles)
        else:
            self._feed(place, data, self._book)
        return True

    def finish(self) -> None:
        """Write all that was kept."""
        self._sink.text("\n".join(self._book.names), "workbook", "metadata")
        table = _Table(self._strings.values, self._styles.formats(), self._book.from_1904)
        left = self._sink.limits.spreadsheet_cells_max
        for place, data in self._sheets:
            sheet = _Sheet(table, left)
            self._feed(place, data, sheet)
            left = max(sheet.cells_left, 0)
            self._sink.text(str(sheet), place)
            self._sink.text("\n".join(sheet.beside), f"{place}-beside")
        unused = [text for text, used in zip(self._strings.values, table.used, strict=True) if not used]
        self._sink.text("\n".join([*unused, *self._strings.beside]), "sharedStrings")

    def _feed(self, place: str, data: bytes, target: markup.Target) -> None:
        try:
            markup.feed(data, target, self._sink.limits.xml_depth_max)
        except markup.RefusedError as refused:
            self._sink.unread(refused.reason, "" if "cells" in refused.reason else place)
            if not refused.reason.startswith("limit:"):
                self._sink.text(strip_tags(decode(data)), place)


class _Target:
    """Text of the element under way."""

    def __init__(self) -> None:
        self._data: list[str] = []
        self.data = self._data.append

    def _take(self) -> str:
        text = "".join(self._data)
        self._data.clear()
        return text


class _Strings(_Target):
    """Shared strings: the runs of each joined; phonetic readings apart."""

    def __init__(self, count_max: int) -> None:
        super().__init__()
        self.values: list[str] = []
        self.beside: list[str] = []
        self._runs: list[str] = []
        self._phonetic = False
        self._count_max = count_max

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - the parser's call
        """Begin a text or a reading."""
        self._data.clear()
        if tag == "rPh":
            self._phonetic = True

    def end(self, tag: str) -> None:
        """Keep a run, or the string it completes."""
        if tag == "t":
            (self.beside if self._phonetic else self._runs).append(self._take())
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            if len(self.values) >= self._count_max:
                raise markup.RefusedError("limit:spreadsheet_cells_max")
            self.values.append(_unescape("".join(self._runs)))
            self._runs.clear()


class _Styles(_Target):
    """Number formats by cell style."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[str, str] = {}
        self._used: list[str] = []
        self._in_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note a format, or a cell style that uses one."""
        if tag == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._in_cells = True
        elif tag == "xf" and self._in_cells:
            self._used.append(attributes.get("numFmtId", "0"))

    def end(self, tag: str) -> None:
        """Leave the cell styles."""
        self._data.clear()
        if tag == "cellXfs":
            self._in_cells = False

    def formats(self) -> list[cells.NumberFormat]:
        """Return the number format of each cell style."""
        return [
            cells.parse(int(number) if number.isdecimal() else 0, self._codes.get(number, ""))
            for number in self._used
        ]


class _Book(_Target):
    """Names of sheets, defined names, and from which year days are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.from_1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note a name."""
        self._data.clear()
        if tag in {"sheet", "definedName"}:
            self.names += [attributes[key] for key in ("name", "comment") if attributes.get(key)]
        elif tag == "workbookPr":
            self.from_1904 = attributes.get("date1904") in {"1", "true", "on"}

    def end(self, tag: str) -> None:
        """Note what a defined name stands for: it may be a text."""
        text = self._take()
        if tag == "definedName" and text.strip():
            self.names.append(text)


class _Table:
    """What a sheet's cells refer to."""

    def __init__(self, strings: list[str], formats: list[cells.NumberFormat], from_1904: bool) -> None:
        self.strings = strings
        self.used = bytearray(len(strings))
        self._formats = formats
        self._from_1904 = from_1904

    def show(self, kind: str, value: str, style: str) -> str:
        """Return a cell's stored value as shown."""
        if kind == "s":
            index = int(value) if value.isdecimal() else -1
            if not 0 <= index < len(self.strings):
                return value
            self.used[index] = 1
            return self.strings[index]
        if kind == "n" and value:
            index = int(style) if style.isdecimal() else 0
            shape = self._formats[index] if index < len(self._formats) else cells.GENERAL
            return (
                cells.plain(value) if shape is cells.GENERAL else shape.show(value, from_1904=self._from_1904)
            )
        if kind == "d":
            return cells.iso_date(value)
        return _unescape(value)


class _Sheet(_Target):
    """One sheet."""

    def __init__(self, table: _Table, cells_max: int) -> None:
        super().__init__()
        self.cells_left = cells_max
        self.beside: dict[str, None] = {}
        """Formulas with words in them, header and footer, lists of choices: each once, in order."""
        self._table = table
        self._rows: list[str] = []
        self._row: list[str] = []
        self._kind = self._style = self._value = ""
        self._runs: list[str] = []
        self._phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin a cell."""
        if self._data:
            self._data.clear()
        if tag == "c":
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "0")
        elif tag == "rPh":
            self._phonetic = True

    def end(self, tag: str) -> None:
        """Keep a value, a cell, a row, or what stands beside them."""
        if tag == "v":
            self._value = self._take()
        elif tag == "c":
            self._end_cell()
        elif tag == "row":
            self._end_row()
        elif self._data:
            self._end_text(tag, self._take())
        elif tag == "rPh":
            self._phonetic = False

    def _end_text(self, tag: str, text: str) -> None:
        if tag == "t" and not self._phonetic:
            self._runs.append(text)
        elif tag == "f":
            if '"' in text:
                self.beside[text] = None
        elif not text.isspace():
            self.beside[without_codes(text)] = None

    def _end_cell(self) -> None:
        value, self._value = self._value, ""
        if value:
            value = self._table.show(self._kind, value, self._style)
        if self._runs:
            value += _unescape("".join(self._runs))
            self._runs.clear()
        if not value:
            return
        self.cells_left -= 1
        if self.cells_left < 0:
            self._end_row()
            raise markup.RefusedError("limit:spreadsheet_cells_max")
        self._row.append(one_line(value))

    def _end_row(self) -> None:
        if self._row:
            self._rows.append("\t".join(self._row))
            self._row.clear()

    def __str__(self) -> str:
        self._end_row()
        return "\n".join(self._rows)


def one_line(value: str) -> str:
    """Return a cell's text as it stands in its row."""
    if "\n" in value and len(value) <= ONE_LINE_MAX:
        return _BREAK.sub(" ", value)
    return value


def without_codes(text: str) -> str:
    """Return a header or footer without its codes for side, font, page number."""
    return _HEADER_CODES.sub(" ", text) if "&" in text else text


def _unescape(text: str) -> str:
    """Write out ``_x000D_``, by which a workbook holds a character that XML cannot."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
