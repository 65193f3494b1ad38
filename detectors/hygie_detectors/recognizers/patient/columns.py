"""Names in tables: a ward list, an export, one row a patient.

Does:   reads the rows below a head that has a column of names beside a clinical one or birth dates.
Never:  reads a table of anything else: a list of names alone is no list of patients.
Fails:  never. Reads each line once.
Source: exports of hospital software, in CSV and as text.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from typing import Final

from hygie_detectors.model import Confidence
from hygie_detectors.recognizers.base import Triggers
from hygie_detectors.recognizers.patient import date_patterns, patterns
from hygie_detectors.recognizers.patient.names import Named
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import analytes

ANALYTE_MIN: Final = 3
"""Letters beyond which the name of an analyte heads a column of nothing else."""
ROW_MAX: Final = 2_000
"""Characters of one row."""
_AROUND_CELL: Final = " \t\"'*"
_BORDERS: Final = (*(re.compile(re.escape(border)) for border in ";\t|,"), re.compile(r" {2,}"))
"""What parts cells: a sign, or the wide gaps of a table that was printed as text."""
_OF_NAMES: Final = frozenset({*patterns.NAME_LABELS, *patterns.BIRTH_NAME_LABELS, *patterns.PATIENT_LABELS})
_TELLS_PATIENTS: Final = frozenset(
    {
        *patterns.CLINICAL_COLUMNS,
        *date_patterns.BIRTH_LABELS,
        *date_patterns.BORN,
        *(name for analyte in analytes() for name in analyte.spellings if len(name) > ANALYTE_MIN),
    }
)


def in_columns(text: NormalText, triggers: Triggers) -> Iterator[Named]:
    """Yield the names in the rows of a table whose head has a column of names and a clinical one."""
    reach = 0
    labels = sorted((*triggers.of("name_label"), *triggers.of("patient_label")), key=lambda t: t.start)
    for label in labels:
        if label.start < reach:
            continue
        first = text.text.rfind("\n", max(0, label.start - ROW_MAX), label.start) + 1
        if not first and label.start > ROW_MAX:
            continue  # far inside a line that is no row
        reach = _line_end(text, first) + 1
        head = text.folded[first : reach - 1]
        border = next((b for b in _BORDERS if b.search(head)), None)
        cells = [_cell(cell).replace("_", " ") for cell in border.split(head)] if border else []
        columns = [i for i, cell in enumerate(cells) if cell in _OF_NAMES]
        if border and columns and not _TELLS_PATIENTS.isdisjoint(cells):
            reach = yield from _rows(text, reach, border, columns)


def _rows(
    text: NormalText, at: int, border: re.Pattern[str], columns: Sequence[int]
) -> Generator[Named, None, int]:
    """Yield what stands in these columns, and return where the first line without such cells begins."""
    while at < len(text.text):
        end = _line_end(text, at)
        borders = [match.span() for match in border.finditer(text.text, at, end)]
        starts = [at, *(stop for _, stop in borders)]
        ends = [*(start for start, _ in borders), end]
        if len(starts) <= max(columns):
            break
        for column in columns:
            value = _cell(text.text[starts[column] : ends[column]])
            start = text.text.index(value, starts[column])
            if patterns.CELL_NAME.fullmatch(value):
                yield Named(start, start + len(value), "patient_name", Confidence.MEDIUM)
        at = end + 1
    return at


def _line_end(text: NormalText, at: int) -> int:
    """Return where the line ends, at most 2 000 characters on."""
    end = text.text.find("\n", at, at + ROW_MAX)
    return end if end >= 0 else min(len(text.text), at + ROW_MAX)


def _cell(written: str) -> str:
    return written.strip(_AROUND_CELL)
