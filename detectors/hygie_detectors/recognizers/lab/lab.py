"""Recognise results of medical laboratories.

Does:   reads a row at each analyte that the gate met (``lab_result``) and judges the text as a whole
        (``lab_report``): three distinct analytes with their values, or fewer with the title, the
        reference interval or the patient block of a report.
        A row is medium where it shows by itself that somebody was tested: value with a unit of this
        analyte, or with an interval; serology with its result; number right behind a name that is no
        other word. Else it is low: loose word, lone number behind initials, names of other trades.
Never:  interprets a value; takes food labels, water analyses or veterinary results for a person's.
Fails:  never raises on any text. Beyond 500 rows in one text no more are reported; a name that had
        no value sixty times is no longer looked at in that text.
Source: GBEA and ISO 15189 reports; measurements in the project's facts, section 11: three analytes
        occur in none of 1 628 ordinary texts, and one with an interval and a title is a report.
Quality: development corpus, 2026-11-24, share of texts with a finding at medium or more: case reports
        (459) 42.5 % (30.9 % before), leaflets (150) 11.3 %, pharmacy exam (498) 15.5 %, abstracts (300)
        1.0 %, agency sentences (88) 8.0 %; ordinary French and English (1 628) none. Of the numbers with
        a laboratory's unit in the case reports nearly all that are left are doses.
        Not measured: real mail, results read by OCR.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers import initials
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Trigger, Triggers, Vocabulary
from hygie_detectors.recognizers.clinical.somebody import names_somebody
from hygie_detectors.recognizers.context import sentence
from hygie_detectors.recognizers.lab import patterns
from hygie_detectors.recognizers.lab.columns import column
from hygie_detectors.recognizers.lab.rows import SHORT, Row, read_row
from hygie_detectors.recognizers.tables import cells_below
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import Analyte, analytes

ROWS_MAX: Final = 500
"""Rows reported for one text: five pages of results."""
MISSES_MAX: Final = 60
"""Times that one name may stand without a value before it is passed over: padding, or a lesson."""
REPORT: Final = 3
"""Distinct analytes with value and unit that make a report."""
PAIR: Final = 2
"""Distinct analytes that occur together in no ordinary mail of the development corpus."""
HEADS_MAX: Final = 60
"""Names of analytes looked at as heads of columns."""
WEAK_FOREIGN: Final = 2
"""Distinct weak words (chien, vin) that show another trade; one strong word is enough."""

_BY_SPELLING: Final[dict[str, Analyte]] = {s: analyte for analyte in analytes() for s in analyte.spellings}
DIGIT_REACH: Final = 120
"""Characters behind a name in which its value begins: label with a unit, then a gap (``rows.py``)."""
_CELL_VALUE: Final = re.compile(r"[<>]?[ ]?\d{1,6}(?:[.,]\d{1,3})?")
_DIGIT: Final = re.compile(r"\d")
_INITIALS: Final = initials.Initials(
    s for s in _BY_SPELLING if s in patterns.AMBIGUOUS and len(s) <= initials.LONGEST
)
_PATIENT: Final = ("birth_label", "birth_name_label", "ipp_label", "born", "care_of")
"""Categories of the patient recognizer that make a patient block."""


class LabRecognizer(HygieRecognizer):
    """Rows of results, and the report they make."""

    kinds: ClassVar[tuple[str, ...]] = ("lab_result", "lab_report")
    vocabulary: ClassVar[Vocabulary] = {
        "analyte": tuple(s for s in _BY_SPELLING if s not in patterns.AMBIGUOUS),
    }
    context_vocabulary: ClassVar[Vocabulary] = {
        "analyte": tuple(s for s in _BY_SPELLING if s in patterns.AMBIGUOUS and len(s) > initials.LONGEST),
        "lab_title": patterns.TITLES,
        "lab_veterinary": patterns.VETERINARY,
        "lab_veterinary_weak": patterns.VETERINARY_WEAK,
        "lab_foreign": patterns.OTHER_TRADES,
        "lab_foreign_weak": patterns.OTHER_TRADES_WEAK,
    }

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return the rows, and the report if they make one."""
        del source
        rows = list(_rows(text, triggers))
        if not rows:
            yield from _column(text, triggers)
            yield from _listed(text, triggers)
            return
        foreign = _foreign(rows, triggers)
        given = [trigger.start for trigger in triggers.of("given_name")]
        for row in rows:
            if not (row.sure or foreign) and names_somebody(
                text, *sentence(text.folded, row.start, row.end), given
            ):
                yield _row_hit(text, row._replace(sure=True), foreign)
            else:
                yield _row_hit(text, row, foreign)
        if not foreign and (report := _report(text, rows, triggers)):
            yield report


def _column(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    """Yield the report whose names and values stand in columns apart, under a title or a patient block."""
    if not triggers.any("lab_title", *_PATIENT) or triggers.any("lab_veterinary", "lab_foreign"):
        return
    if found := column(text, _names(text, triggers)):
        start, end, names = found
        masked = f"{len(names)} analyses"
        yield Hit("lab_report", (Axis.HEALTH,), Confidence.MEDIUM, start, end, masked, ";".join(names))


def _listed(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    """Yield one result a column that an analyte heads, beside a column of names."""
    if not triggers.any("name_label", "patient_label", "birth_label") or triggers.any(
        "lab_veterinary", "lab_foreign"
    ):
        return
    for name in islice(_names(text, triggers), HEADS_MAX):
        cells = (
            text.text[start:end].strip("\"' ") for start, end in cells_below(text.text, name.start, name.end)
        )
        value = next((cell for cell in cells if _CELL_VALUE.fullmatch(cell)), None)
        if value is not None:
            row = Row(name.start, name.end, _BY_SPELLING[name.term].name, value, sure=True)
            yield _row_hit(text, row, foreign=False)


def _rows(text: NormalText, triggers: Triggers) -> Iterator[Row]:
    """Yield the rows in order; none begins inside another."""
    reach, read, digit = -1, 0, -1
    misses: Counter[str] = Counter()
    for name in _names(text, triggers):
        if name.start < reach or misses[name.term] >= MISSES_MAX or not _named(text, name):
            continue
        analyte = _BY_SPELLING[name.term]
        if digit < name.end:
            digit = _next_digit(text.folded, name.end)
        digits = digit - name.end <= DIGIT_REACH
        row = read_row(text.folded, name.start, name.end, analyte, digits=digits)
        if row is None:
            misses[name.term] += 1
            continue
        yield row
        read += 1
        reach = row.end
        if read >= ROWS_MAX:
            return


def _next_digit(folded: str, start: int) -> int:
    """Return where the next digit stands, or the end of the text."""
    digit = _DIGIT.search(folded, start)
    return digit.start() if digit else len(folded) + DIGIT_REACH + 1


def _names(text: NormalText, triggers: Triggers) -> Iterator[Trigger]:
    return initials.longest_first(_INITIALS.beside(text, triggers.of("analyte")))


def _named(text: NormalText, name: Trigger) -> bool:
    """Tell whether a short name is written as an abbreviation: ``TSH``, ``Na``, ``pH``, not ``na``."""
    written = text.text[name.start : name.end]
    return len(written) > SHORT or written != written.lower()


def _foreign(rows: list[Row], triggers: Triggers) -> bool:
    """Tell whether the results are not a person's.

    Analytes that only blood has overrule food and water, not the animal doctor; a patient block
    overrules single words.
    """
    patient = triggers.any(*_PATIENT)
    animal = {trigger.term for trigger in triggers.of("lab_veterinary_weak")}
    if (triggers.any("lab_veterinary") and not patient) or len(animal) > WEAK_FOREIGN:
        return True
    if len({row.analyte for row in rows if row.quantified and not row.shared}) >= PAIR:
        return len(animal) >= WEAK_FOREIGN and not patient
    weak = animal | {trigger.term for trigger in triggers.of("lab_foreign_weak")}
    return not patient and (triggers.any("lab_foreign") or len(weak) >= WEAK_FOREIGN)


def _row_hit(text: NormalText, row: Row, foreign: bool) -> Hit:
    confidence = Confidence.MEDIUM if row.sure and not foreign else Confidence.LOW
    masked = re.sub(r"\w", "*", text.text[row.start : row.start + 1]) + "*** = ***"
    return Hit(
        "lab_result", (Axis.HEALTH,), confidence, row.start, row.end, masked, f"{row.analyte}={row.value}"
    )


def _report(text: NormalText, rows: list[Row], triggers: Triggers) -> Hit | None:
    """Return the report.

    High: three analytes with value and unit, one of which no other trade measures; or one with an
    interval under a title or a patient block. Medium: two analytes with their results, one of them
    no other trade's; or any under a title or a patient block.
    """
    measured = {row.analyte for row in rows if row.quantified}
    reported = {row.analyte for row in rows if row.quantified or row.sure}
    human = any(not row.shared for row in rows)
    framed = triggers.any("lab_title", *_PATIENT)
    if (len(measured) >= REPORT and human) or (framed and any(row.interval for row in rows)):
        confidence = Confidence.HIGH
    elif framed or (human and (len(reported) >= PAIR or len({row.analyte for row in rows}) >= REPORT)):
        confidence = Confidence.MEDIUM
    else:
        return None
    start, end = rows[0].start, max(row.end for row in rows)
    value = ";".join(sorted(f"{row.analyte}={row.value}" for row in rows))
    masked = f"{len({row.analyte for row in rows})} analyses"
    return Hit("lab_report", (Axis.HEALTH,), confidence, start, min(end, len(text.text)), masked, value)
