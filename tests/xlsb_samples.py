"""Excel's binary workbooks, by pyxlsbwriter."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

from pyxlsbwriter import XlsbWriter

from extraction_samples import archive


def xlsb(*sheets: Sequence[Sequence[object]], hidden: bool = False) -> bytes:
    """Return a workbook of these sheets, rows of values; ``hidden`` hides the last one."""
    target = io.BytesIO()
    with XlsbWriter(target) as file:
        for number, rows in enumerate(sheets, 1):
            file.add_sheet(f"Feuille {number}", hidden=hidden and number == len(sheets))
            file.write_sheet([list(row) for row in rows])
    return target.getvalue()


def far(data: bytes) -> bytes:
    """Return a workbook of two rows with the last cell of its first sheet in the last row and column."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        members = {name: old.read(name) for name in old.namelist()}
    sheet = bytearray(members["xl/worksheets/sheet1.bin"])
    row = sheet.index(b"\x00\x19\x01\x00\x00\x00")  # BrtRowHdr of 25 bytes, row 1
    struct.pack_into("<I", sheet, row + 2, 1_048_575)
    cell = sheet.rindex(b"\x07\x0c")  # BrtCellIsst of 12 bytes
    struct.pack_into("<I", sheet, cell + 2, 16_383)
    members["xl/worksheets/sheet1.bin"] = bytes(sheet)
    return archive(members)
