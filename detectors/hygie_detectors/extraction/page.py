"""Office markup to text: paragraphs on lines, cells of a row apart on one line, runs joined.

Does:   one target for WordprocessingML, DrawingML (slides, drawings, charts, diagrams) and OpenDocument,
        whose elements do the same to the text around them; hands out files written in flat documents.
Never:  puts deleted text or field codes between two runs: a number split by them stays one number.
Fails:  :meth:`Page.start` raises :class:`markup.RefusedError` beyond the limit of spreadsheet cells.
Source: ECMA-376, OpenDocument 1.3.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from hygie_detectors.extraction import cells, markup
from hygie_detectors.extraction.layout import Layout


class _Role(StrEnum):
    """What an element does to the text around it. Of strings, whose hash is not computed in Python."""

    LINE = "line"
    CELL = "cell"
    VALUE = "value"
    ROW = "row"
    TABLE = "table"
    TAB = "tab"
    HYPHEN = "hyphen"
    SPACES = "spaces"
    SYMBOL = "symbol"
    TICK = "tick"
    WORDS = "words"
    NAMES = "names"
    FILE = "file"


_ROLES: Final = {
    **dict.fromkeys(("p", "h", "br", "cr", "line-break", "si", "comment", "annotation"), _Role.LINE),
    **dict.fromkeys(("list-item", "title", "creator", "text", "cm", "page"), _Role.LINE),
    **dict.fromkeys(("desc", "Comment", "header", "footer", "config-item"), _Role.LINE),
    **dict.fromkeys(("tc", "c", "v", "Cell"), _Role.CELL),
    **dict.fromkeys(("table-cell", "covered-table-cell"), _Role.VALUE),
    **dict.fromkeys(("tr", "row", "table-row", "tbl", "txbxContent", "text-box"), _Role.ROW),
    "table": _Role.TABLE,
    **dict.fromkeys(("ser", "cat", "Row", "Table"), _Role.ROW),
    **dict.fromkeys(("tab", "ptab"), _Role.TAB),
    "noBreakHyphen": _Role.HYPHEN,
    "s": _Role.SPACES,  # a run of spaces in OpenDocument
    "sym": _Role.SYMBOL,  # a character of a symbol font
    "checked": _Role.TICK,  # of a box in a form
    **dict.fromkeys(("docPr", "cNvPr", "shape", "textpath", "imagedata", "a"), _Role.WORDS),
    **dict.fromkeys(("user-field-decl", "variable-set"), _Role.WORDS),
    **dict.fromkeys(("cmAuthor", "author", "person", "docVar", "Page"), _Role.NAMES),
    **dict.fromkeys(("binary-data", "binData", "binaryData"), _Role.FILE),
}
_WRITTEN: Final = {
    _Role.WORDS: frozenset({"descr", "title", "alt", "string", "string-value", "value", "href"}),
    _Role.TABLE: frozenset({"name"}),
    _Role.NAMES: frozenset({"name", "displayName", "val", "Name"}),
}
"""Attributes that people write or read, by the role of their element."""

_ROWS: Final = frozenset({_Role.ROW, _Role.TABLE})
_CHARACTERS: Final = frozenset({_Role.TAB, _Role.HYPHEN, _Role.SPACES, _Role.SYMBOL, _Role.TICK})
_SPACES_MAX: Final = 40
_UNSEEN: Final = frozenset(
    {
        *("delText", "delInstrText", "instrText"),
        # References and measures of charts, drawings, notes: no words, and they too may stand in a number.
        *("f", "formatCode", "col", "colOff", "rowOff", "align", "posOffset", "pctWidth", "pctHeight"),
        *("Anchor", "AutoFill", "Column", "MoveWithCells", "SizeWithCells", "TextHAlign", "TextVAlign"),
    }
)

_CELL_VALUES: Final = ("date-value", "string-value", "value", "time-value")
_CODE: Final = re.compile(r"[0-9A-Fa-f]{4}")
_LONG_NUMBER: Final = re.compile(r"\d{10,15}")


class Page:
    """Target for Word, slide and OpenDocument markup."""

    def __init__(self, cells_max: int) -> None:
        self.layout = Layout()
        self.unseen: list[str] = []
        """Deleted text and field codes: between two runs they would tear a number apart."""
        self.files: list[str] = []
        """Base64 of pictures and objects written in the document itself."""
        self._data: list[str] = []
        self._cells_left = cells_max
        self._value = ""
        self._shown: list[str] = []
        """Of the OpenDocument cell under way: its stored value, and what was shown of it."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Break where the element does; write what it stands for."""
        if self._data:
            self._flush()
        role = _ROLES.get(tag)
        if role is _Role.LINE:
            self.layout.line()
        elif role in _ROWS:
            self.layout.row()
        elif role is _Role.VALUE:
            self._value = _cell_value(attributes)
            self._shown.clear()
        elif role in _CHARACTERS:
            self.layout.text(_character(role, attributes))
        elif attributes.get("U") == "STR":  # a property of a Visio shape
            self.layout.text(attributes.get("V", ""))
        if role in _WRITTEN:
            self._write_words(attributes, _WRITTEN[role])

    def end(self, tag: str) -> None:
        """Break behind the element."""
        role = _ROLES.get(tag)
        if self._data and tag in _UNSEEN:
            self.unseen.append("".join(self._data))
            self._data.clear()
        elif self._data and role is _Role.FILE:
            self.files.append("".join(self._data))
            self._data.clear()
        elif self._data:
            self._flush()
        if role is _Role.LINE:
            self.layout.line()
        elif role is _Role.VALUE:
            self._end_cell()
        elif role is _Role.CELL:
            self.layout.cell()
        elif role in _ROWS:
            self.layout.row()
        elif role is _Role.NAMES:
            self.layout.line()

    def _end_cell(self) -> None:
        shown = "".join(self._shown)
        value, self._value = self._value, ""
        self._shown.clear()
        if not shown.strip():
            shown = value
            if value:
                self.layout.text(value)
        elif _LONG_NUMBER.fullmatch(value) and value not in re.sub(r"\D", "", shown):
            self.layout.cell()  # shown by its power of ten
            self.layout.text(value)
        if shown:
            self._cells_left -= 1
            if self._cells_left < 0:
                raise markup.RefusedError("limit:spreadsheet_cells_max")
        self.layout.cell()

    def _write_words(self, attributes: dict[str, str], written: frozenset[str]) -> None:
        for name, value in attributes.items():
            if value and markup.local_name(name) in written:
                self.layout.line()
                self.layout.text(value)
                self.layout.line()

    def data(self, data: str) -> None:
        """Keep text until the element's edge: the parser gives it in pieces."""
        self._data.append(data)

    def _flush(self) -> None:
        text = "".join(self._data)
        self._data.clear()
        if not (text.isspace() and "\n" in text):  # indentation of the markup, no text
            self.layout.text(text)
            self._shown.append(text)


def _character(role: _Role, attributes: dict[str, str]) -> str:
    """Return what an element stands for; a tab with attributes defines a tab stop."""
    if role is _Role.HYPHEN:
        return "-"
    if role is _Role.TAB:
        return "" if attributes else "\t"
    if role is _Role.SPACES:
        count = next((value for name, value in attributes.items() if name.endswith("}c")), "1")
        return " " * min(int(count) if count.isdecimal() else 1, _SPACES_MAX)
    named = {markup.local_name(name): value for name, value in attributes.items()}
    if role is _Role.TICK:
        return "☐" if named.get("val") in {"0", "false", "off"} else "☒"
    code = named.get("char", "")
    return chr(int(code, 16)) if _CODE.fullmatch(code) else ""


def _cell_value(attributes: dict[str, str]) -> str:
    """Return what an OpenDocument cell stores: writers may leave out the text that shows it."""
    named = {markup.local_name(name): value for name, value in attributes.items()}
    value = next((named[name] for name in _CELL_VALUES if named.get(name)), "")
    return cells.iso_date(value) if value else ""
