"""Recognise codes of medical nomenclatures as people print them.

Does:   finds, in capitals, dotted CIM-10 codes (``E11.9``) and undotted ones behind a label, CCAM acts
        (``HBMD053``), LOINC, NABM, ATC, CIP, UCD, GHM and the others of ``systems.py``; checks their
        check digits.
        Low: a shape alone. Medium: a shape that is hardly chance (two codes, a check digit, a label, or
        announced: ``Diagnostic : E11.9``, ``acte HHFA001``).
        High: a diagnosis code with its label or with a disease in the text.
Never:  takes an undotted CIM-10 code without label: A10 is a road, B12 a vitamin, E101 a food
        additive; takes ``à 18`` or ``x86`` for a code; tells a drug's code for a patient's treatment.
Fails:  never raises on any text; distinct codes beyond 200 of a nomenclature are not reported.
Source: shapes and false positives as measured in the project's facts: the dotted form has no hit in
        ordinary French text.
Quality: development corpus, 2026-11-24, share of texts with a finding at medium or more: leaflets,
        exam, abstracts, agency sentences and ordinary French and English (2 664) none; leaflets have
        ATC codes (75 %), which stay low. Recall is not measured: the case reports hold no code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Shape, Sketched, Triggers, Vocabulary
from hygie_detectors.recognizers.codes.systems import (
    CELL_CODE,
    CODE_COLUMN,
    CODED_STAY,
    ICD10,
    REFERENCES,
    SYSTEMS,
    System,
)
from hygie_detectors.recognizers.tables import cells_below
from hygie_detectors.text import NormalText

CODES_MAX: Final = 200
"""Distinct codes of a nomenclature in one text: a coding sheet of a long stay has about forty."""
LABELS_MAX: Final = 200
"""Labels of a nomenclature behind which codes are looked for, as many as codes."""
LABEL_REACH: Final = 90
"""Characters behind a label: the rest of its line, or the next line where that is empty."""
ANNOUNCED_REACH: Final = 40
"""Characters before a code in which its announcement begins: two words beside "diagnostic"."""
HEADS_MAX: Final = 10
"""Heads of columns of diagnoses read in one text."""
CANDIDATES_MAX: Final = 5_000
"""Shapes tried for one nomenclature in one text; a table of a thousand results has as many numbers."""


Places = dict[str, tuple[int, int]]
"""Distinct codes, and where each stands first."""


class CodeRecognizer(HygieRecognizer):
    """Codes of diagnoses, acts, tests, drugs and stays."""

    kinds: ClassVar[tuple[str, ...]] = (
        "icd10_code", "ccam_code", "diagnosis_code", "lab_code", "drug_code", "billing_code",
    )  # fmt: skip
    vocabulary: ClassVar[Vocabulary] = {f"{system.name}_label": system.labels for system in SYSTEMS}
    # Begins at the digits, and looks back: three times faster than beginning at any letter.
    shapes: ClassVar[Shape | None] = Sketched(
        r"\d\d(?:(?<=[a-z]\d\d)\.\d|(?<=[a-hj-npqz][a-z]{3}\d\d)\d(?!\w)|(?<=\b34)00[89]\d{8}\b)",
        kinds=(b"x00 0", b"xxxx000", b"0" * 13),
    )

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return one hit a distinct code."""
        del source
        for system in SYSTEMS:
            labelled = triggers.any(f"{system.name}_label")
            seen = _anywhere(system, text)
            ends = {end for _, end in seen.values()}
            for code, place in _behind_labels(system, text, triggers).items():
                if place[1] not in ends:  # ORPHA:558 is not 558 as well
                    seen.setdefault(code, place)
            if system is ICD10:
                seen.update(_coded_stay(text))
                listed = dict(_listed(text))
                if all(len(code) <= ICD10.stem for code in listed):
                    listed = {}  # B12 may be a seat; no export leaves out every subdivision
                seen.update(listed)
                labelled = labelled or bool(listed)
                labelled = labelled or triggers.any("disease")
            several = system.several if _differ(system, seen) else system.alone
            confidence = system.labelled if labelled else several
            for code, place in seen.items():
                announced = confidence is Confidence.LOW and _is_announced(system, text, place[0])
                yield _hit(system, Confidence.MEDIUM if announced else confidence, code, place)


def _is_announced(system: System, text: NormalText, start: int) -> bool:
    """Tell whether the words right before a code say what it is: ``Diagnostic : E11.9``."""
    words = system.announced
    return words is not None and words.search(text.folded, max(0, start - ANNOUNCED_REACH), start) is not None


def _differ(system: System, seen: Places) -> bool:
    return len({code[: system.stem] for code in seen}) > 1


def _anywhere(system: System, text: NormalText) -> Places:
    """Return the codes that are recognised wherever they stand."""
    seen: Places = {}
    if system.pattern is not None and system.sketch in text.kinds:
        for code in islice(system.pattern.finditer(text.text), CANDIDATES_MAX):
            before = text.folded[max(0, code.start() - 14) : code.start()]
            if code[0] not in seen and system.check(code[0]) and not REFERENCES.search(before):
                seen[code[0]] = code.span()
            if len(seen) >= CODES_MAX:
                break
    return seen


def _behind_labels(system: System, text: NormalText, triggers: Triggers) -> Places:
    """Return the codes that stand behind a label, on its line or alone on the next."""
    seen: Places = {}
    if system.behind_label is not None:
        for label in islice(triggers.of(f"{system.name}_label"), LABELS_MAX):
            for code in system.behind_label.finditer(text.text, label.end, _reach(text.text, label.end)):
                if system.check(code[0]):
                    seen.setdefault(code[0], code.span())
    return seen


def _reach(text: str, start: int) -> int:
    """Return where the reach of a label ends."""
    limit = min(len(text), start + LABEL_REACH)
    stop = text.find("\n", start, limit)
    if stop >= 0 and not any(c.isalnum() for c in text[start:stop]):
        stop = text.find("\n", stop + 1, limit)
    return limit if stop < 0 else stop


def _coded_stay(text: NormalText) -> Iterator[tuple[str, tuple[int, int]]]:
    for code in islice(CODED_STAY.finditer(text.text), CODES_MAX):
        if ICD10.check(code["code"]):
            yield code["code"], code.span("code")


def _listed(text: NormalText) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the codes in the column of diagnoses of an export."""
    for head in islice(CODE_COLUMN.finditer(text), HEADS_MAX):
        for start, end in cells_below(text.text, *head.span("head")):
            code = text.text[start:end].strip("\"' ")
            if CELL_CODE.fullmatch(code) and ICD10.check(code):
                at = text.text.index(code, start)
                yield code, (at, at + len(code))


def _hit(system: System, confidence: Confidence, code: str, place: tuple[int, int]) -> Hit:
    masked = code[0] + "*" * (len(code) - 1)
    return Hit(system.kind, (Axis.HEALTH,), confidence, *place, masked, code)
