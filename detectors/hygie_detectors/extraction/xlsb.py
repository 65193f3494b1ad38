"""Excel's binary workbooks (.xlsb): every sheet, hidden ones too, row by row, by calamine.

Does:   writes numbers and dates as they are shown, as the readers of the other workbooks do.
Never:  is given a file whose members were not expanded under the limits before.
Fails:  never raises on any bytes. What calamine does not read is ``corrupt``; a cell so far that it
        cannot be held aborts the process, and the part is a ``crash``; ``limit:spreadsheet_cells_max``.
Source: python-calamine. Its panics print to file descriptor 2, and may quote the file: they go nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from io import BytesIO
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from hygie_detectors.extraction import cells
from hygie_detectors.extraction.spreadsheet import one_line
from hygie_detectors.extraction.walk import Sink

_PANIC: Final = "PanicException"
"""Not importable, and no :class:`Exception`."""
_STDERR: Final = 2


class _OverError(Exception):
    """There are more cells than may be read."""


def read(data: bytes, sink: Sink) -> None:
    """Read a binary workbook."""
    left = sink.limits.spreadsheet_cells_max
    try:
        with _quiet():
            book = CalamineWorkbook.from_filelike(BytesIO(data))
            sink.text("\n".join(book.sheet_names), "workbook", "metadata")
            for number, name in enumerate(book.sheet_names, 1):
                left = _read_sheet(book.get_sheet_by_name(name), f"sheet{number}", left, sink)
    except _OverError:
        sink.unread("limit:spreadsheet_cells_max")
    except (CalamineError, ValueError, OSError):
        sink.unread("corrupt")
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        sink.unread("corrupt")


def _read_sheet(sheet: CalamineSheet, place: str, left: int, sink: Sink) -> int:
    rows: list[str] = []
    try:
        for row in sheet.iter_rows():
            shown = [one_line(_shown(value)) for value in row if value != ""]
            left -= len(shown)
            if left < 0:
                raise _OverError
            if shown:
                rows.append("\t".join(shown))
    finally:
        sink.text("\n".join(rows), place)
    return left


def _shown(value: object) -> str:
    """Return a value as a person sees it."""
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, float | int):
        return cells.plain(str(int(value)) if value == value // 1 else repr(value))
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}".removesuffix(" 00:00")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


@contextmanager
def _quiet() -> Iterator[None]:
    """Let what native code prints to standard error vanish; a pipe, for a worker may open no file."""
    before = os.dup(_STDERR)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)  # beyond what a pipe holds, the rest is lost
    os.dup2(writing, _STDERR)
    try:
        yield
    finally:
        os.dup2(before, _STDERR)
        for descriptor in (before, reading, writing):
            os.close(descriptor)
