"""The cells below a head: one line a patient, as exports of software have them.

Does:   yields the cells under one cell of a head, in the lines right below it.
Never:  says what they mean; reads quoted cells that hold their own border.
Fails:  never. Reads 2 000 characters of the head and of each line, 200 lines.
Source: our own; exports in CSV, and spreadsheets as ``extraction`` gives them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

ROW_MAX: Final = 2_000
"""Characters of one line."""
ROWS_MAX: Final = 200
"""Lines read below one head."""
_BORDERS: Final = ";\t|,"
_AROUND: Final = " \"'"


def cells_below(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the cells stand below ``start:end``; nothing where that is no whole cell of a head."""
    first = text.rfind("\n", max(0, start - ROW_MAX), start) + 1
    last = text.find("\n", end, end + ROW_MAX)
    before, after = text[first:start].rstrip(_AROUND), text[end : max(end, last)].lstrip(_AROUND)
    border = (before[-1:] if before else after[:1]) or "\n"
    if last < 0 or border not in _BORDERS or (after and after[0] != border):
        return
    column, line = before.count(border), last + 1
    for _ in range(ROWS_MAX):
        stop = text.find("\n", line, line + ROW_MAX)
        stop = stop if stop >= 0 else min(len(text), line + ROW_MAX)
        cells = text[line:stop].split(border)
        if line >= len(text) or len(cells) <= column:
            return
        at = line + sum(len(cell) + 1 for cell in cells[:column])
        yield at, at + len(cells[column])
        line = stop + 1
