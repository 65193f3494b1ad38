"""Names in tables: a ward list, an export, one row a patient.

Does:   reads the rows below a head that has a column of names beside a clinical one or birth dates.
Never:  reads a table of anything else: a list of names alone is no list of patients.
Fails:  never; reads at most 20 heads and 200 rows of each.
Source: exports of hospital software, in CSV and as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from hygie_detectors.model import Confidence
from hygie_detectors.recognizers.base import Triggers
from hygie_detectors.recognizers.patient import date_patterns, patterns
from hygie_detectors.recognizers.patient.names import Named
from hygie_detectors.text import NormalText

TABLES_MAX: Final = 20
"""Lines with a name label that are tried as the head of a table."""
ROWS_MAX: Final = 200
"""Rows of one table: a ward list has about 60."""
ROW_MAX: Final = 2_000
"""Characters of one row."""
_AROUND_CELL: Final = " \t\"'*"


def in_columns(text: NormalText, triggers: Triggers) -> Iterator[Named]:
    """Yield the names in the rows of a table whose head has a column of names and a clinical one."""
    heads = {
        text.text.rfind("\n", 0, label.start) + 1: label for label in reversed(triggers.of("name_label"))
    }
    for first in sorted(heads)[:TABLES_MAX]:
        head = text.folded[first : _line_end(text, first)]
        border = next((b for b in ";\t|," if b in head), None)
        cells = [_cell(cell).replace("_", " ") for cell in head.split(border)] if border else []
        if not any(c in patterns.CLINICAL_COLUMNS or c in date_patterns.BIRTH_LABELS for c in cells):
            continue
        columns = [
            i for i, c in enumerate(cells) if c in {*patterns.NAME_LABELS, *patterns.BIRTH_NAME_LABELS}
        ]
        yield from _rows(text, _line_end(text, first) + 1, str(border), columns)


def _rows(text: NormalText, at: int, border: str, columns: Sequence[int]) -> Iterator[Named]:
    """Yield what stands in these columns, down to the first line without a cell."""
    for _ in range(ROWS_MAX):
        end = _line_end(text, at)
        cells = text.text[at:end].split(border)
        if len(cells) <= max(columns, default=0):
            return
        for column in columns:
            start = at + sum(len(cell) + 1 for cell in cells[:column])
            start += len(cells[column]) - len(cells[column].lstrip(_AROUND_CELL))
            value = _cell(cells[column])
            if patterns.CELL_NAME.fullmatch(value):
                yield Named(start, start + len(value), "patient_name", Confidence.MEDIUM)
        at = end + 1


def _line_end(text: NormalText, at: int) -> int:
    """Return where the line ends, at most 2 000 characters on."""
    end = text.text.find("\n", at, at + ROW_MAX)
    return end if end >= 0 else min(len(text.text), at + ROW_MAX)


def _cell(written: str) -> str:
    return written.strip(_AROUND_CELL)
