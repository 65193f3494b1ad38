"""The medical nomenclatures: what a code looks like, what announces it, how much it proves.

Does:   holds one entry a nomenclature, and the words that stand before its codes.
Never:  holds logic, or any nomenclature.
Fails:  never.
Source: shapes and false alarms as measured in the project's facts on identifiers, sections 10 and 11;
        ATIH (CIM-10 FR, GHM), Assurance Maladie (CCAM, NABM, LPP), ANS (CIP, UCD, CIS), Orphanet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from hygie_detectors.model import Confidence
from hygie_detectors.recognizers.base import Sketched
from hygie_detectors.recognizers.codes import checks

LOW, MEDIUM, HIGH = Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH


class System(NamedTuple):
    """A nomenclature. Patterns are for the text as written: codes are in capitals."""

    name: str
    kind: str
    pattern: re.Pattern[str] | None
    """What is recognised anywhere; ``None`` where the shape alone says nothing."""
    behind_label: re.Pattern[str] | None
    """What is recognised in the rest of a line that a label begins; group 0 is the code."""
    labels: tuple[str, ...]
    alone: Confidence
    several: Confidence
    """Where two distinct codes stand in the text."""
    labelled: Confidence
    """Where one of the labels stands in the text."""
    check: Callable[[str], bool] = lambda _code: True
    stem: int = 99
    """Characters in which two codes must differ: A12.1, A12.2 may number the paragraphs of a rule."""
    announced: re.Pattern[str] | None = None
    """Words that make a code medium at least where they stand right before it, on folded text."""
    sketch: bytes = b""
    """What every match of ``pattern`` holds, in the sketch of a text (``NormalText.kinds``)."""


def _dashed(code: str) -> bool:
    return checks.luhn(code.replace("-", ""))


def _long_or_checked(code: str) -> bool:
    """Tell whether a code of 13 digits has the right check digit; the old one of 7 has none."""
    return len(code) < 13 or checks.ean13(code)  # noqa: PLR2004 - the length of an EAN-13


_START: Final = r"(?<![\w.,/+-])"
_END: Final = r"(?![\w/-]|[.,]\d)"

ICD10: Final = System(
    "icd10",
    "icd10_code",
    re.compile(rf"[A-Z](?<![\w.,/+-].)\d\d\.\d{{1,2}}{_END}"),
    re.compile(rf"{_START}[A-Z]\d\d(?:\.?\d{{1,3}}(?:\+\d)?)?(?!\w|[.,]\d)"),
    (
        "cim-10", "cim10", "cim 10 fr", "icd-10", "icd10", "code cim", "codes cim", "code diagnostic",
        "codes diagnostics", "code diagnostique", "diagnostic principal", "diagnostic associe",
        "diagnostics associes", "diagnostic relie", "diagnostics relies", "diagnostic code",
        "diagnostic associe significatif", "diagnostics associes significatifs", "code pathologie",
    ),
    LOW, MEDIUM, HIGH,
    checks.icd10_category,
    stem=3,
    announced=re.compile(
        r"\b(?:diagnostics?|diag|dg|dx|pathologies?|motif)(?: (?:principal|associes?|relies?|secondaire|"
        r"retenus?|de sortie|d'entree|d'admission|final|initial)){0,2}[ :=]{1,4}$"
    ),
    sketch=b"x00 0",
)  # fmt: skip
CCAM: Final = System(
    "ccam",
    "ccam_code",
    re.compile(
        r"[A-HJ-NP-QZ](?<![\w.-].)[A-Z][A-HJ-NP-VX][A-HJ-NP-RX]\d{3}(?:[ -]\d{1,2}(?:[ -]\d)?)?(?![\w-])"
    ),
    None,
    (
        "ccam", "code ccam", "codes ccam", "acte ccam", "actes ccam", "cotation", "cotations", "code acte",
        "codes actes",
    ),
    LOW, MEDIUM, MEDIUM,
    stem=4,
    announced=re.compile(r"\b(?:actes?|geste|intervention)[ :=]{1,4}$"),
    sketch=b"xxxx000",
)  # fmt: skip
SYSTEMS: Final = (
    ICD10,
    CCAM,
    System(
        "cim11",
        "diagnosis_code",
        None,
        re.compile(rf"{_START}(?=[0-9A-Z]*[A-Z])[0-9A-Z][A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{{1,2}})?(?!\w)"),
        ("cim-11", "cim11", "icd-11"),
        LOW, LOW, HIGH,
    ),
    System(
        "orpha",
        "diagnosis_code",
        re.compile(r"ORPHA(?<!\wORPHA)[: ]{0,2}\d{1,6}(?!\w)"),
        re.compile(r"(?<!\w)\d{2,6}(?!\w)"),
        ("orpha", "code orpha", "codes orpha", "orphacode", "code orphanet", "n° orpha", "numero orpha"),
        MEDIUM, MEDIUM, MEDIUM,
    ),
    System(
        "cim-o",
        "diagnosis_code",
        None,
        re.compile(rf"{_START}(?:M-?)?[89]\d{{3}}/[012369]{_END}|{_START}C\d\d\.\d{_END}"),
        ("cim-o", "cim-o-3", "cim-o3", "cimo3", "icd-o", "icd-o-3", "code morphologique"),
        LOW, LOW, HIGH,
    ),
    System(
        "adicap",
        "diagnosis_code",
        None,
        re.compile(rf"{_START}[A-Z]{{2}}[A-Z]{{2}}[A-Z0-9]\d[A-Z0-9]\d(?:[A-Z0-9]{{0,7}})(?!\w)"),
        ("adicap", "code adicap", "codes adicap", "codification adicap"),
        LOW, LOW, MEDIUM,
    ),
    System(
        "snomed",
        "diagnosis_code",
        None,
        re.compile(r"(?<![\w.-])\d{6,18}(?![\w.-])"),
        ("snomed", "snomed ct", "snomed-ct", "sctid"),
        LOW, LOW, MEDIUM,
        checks.verhoeff,
    ),
    System(
        "cisp2",
        "diagnosis_code",
        None,
        re.compile(rf"{_START}[A-DFHKLNPR-UW-Z]\d\d(?!\w|[.,]\d)"),
        ("cisp-2", "cisp2", "cisp", "icpc-2"),
        LOW, LOW, MEDIUM,
    ),
    System(
        "loinc",
        "lab_code",
        re.compile(r"\d(?<![\w.,/+-].)\d{2,4}-\d(?![\w/-]|[.,]\d)"),
        re.compile(r"(?<![\w.,/+-])(?:LA|LP)?\d{1,6}-\d(?![\w-])"),
        ("loinc", "code loinc", "codes loinc"),
        LOW, LOW, MEDIUM,
        lambda code: _dashed(code.lstrip("LAP")),
        sketch=b"000 0",
    ),
    System(
        "nabm",
        "lab_code",
        None,
        re.compile(r"(?<![\w.,/-])\d{4}(?![\w/-]|[.,]\d)(?!.{0,3}(?:€|euros))"),
        ("nabm", "code nabm", "codes nabm", "cotation nabm", "nomenclature de biologie", "cotation biologie"),
        LOW, LOW, MEDIUM,
    ),
    System(
        "atc",
        "drug_code",
        re.compile(rf"[ABCDGHJLMNPRSV](?<![\w.,/+-].)\d\d[A-Z]{{2}}\d\d{_END}"),
        re.compile(rf"{_START}[ABCDGHJLMNPRSV]\d\d[A-Z]{{1,2}}(?:\d\d)?(?!\w)"),
        ("code atc", "codes atc", "classe atc", "classification atc", "atc"),
        LOW, LOW, LOW,
        sketch=b"x00xx00",
    ),
    System(
        "cip",
        "drug_code",
        re.compile(r"3400[89](?<![\w.-].....)\d{8}(?![\w-]|[.,]\d)"),
        re.compile(r"(?<![\w.-])(?:3400[89]\d{8}|[2-9]\d{6})(?![\w-]|[.,]\d)"),
        ("cip", "code cip", "codes cip", "cip13", "cip7", "code ucd", "ucd", "ucd7", "ucd13"),
        MEDIUM, MEDIUM, MEDIUM,
        _long_or_checked,
    ),
    System(
        "cis",
        "drug_code",
        None,
        re.compile(r"(?<![\w.-])6\d{7}(?![\w-]|[.,]\d)"),
        ("code cis", "codes cis"),
        LOW, LOW, LOW,
    ),
    System(
        "ghm",
        "billing_code",
        re.compile(r"[0-2]\d(?<![\w.,/-]..)(?<!00)(?<!29)[CHKMZ]\d\d[1-4ABCDEJTZ](?![\w-])"),
        re.compile(r"(?<![\w.,/-])(?:(?:0[1-9]|1\d|2[0-8]|90)[CHKMZ]\d\d[0-9A-Z]?|\d{4})(?![\w-]|[.,/]\d)"),
        ("ghm", "ghs", "code ghm", "code ghs", "groupe homogene de malades", "groupe homogene de sejours"),
        LOW, LOW, MEDIUM,
        sketch=b"00x00",
    ),
    System(
        "lpp",
        "billing_code",
        None,
        re.compile(r"(?<![\w.-])\d{7}(?![\w-]|[.,]\d)"),
        ("lpp", "code lpp", "codes lpp", "lppr", "code lppr"),
        LOW, LOW, LOW,
    ),
)  # fmt: skip

CODED_STAY: Final = re.compile(
    r"D(?:[PR](?<![\w.]..)|AS(?<![\w.]...))[ ]{0,2}[ :=][ ]{0,3}"
    rf"(?P<code>[A-Z]\d\d(?:\.?\d{{1,2}})?){_END}"
)
"""Diagnoses of a stay as medical coders write them: ``DP I639 DAS E119``."""
REFERENCES: Final = re.compile(
    r"(?:annexe|article|art\.|chapitre|section|version|figure|fig\.|plan|lot|salle|piece|norme|iso|page|"
    r"paragraphe|tableau|ref\.?|reference|repere|poste|bati?ment|bat\.|controle|exigence|mesure|sortie|§|n°)"
    r"[ :]{0,3}$"
)
"""Words before what is dotted too, but numbers a document or a room."""
CODE_COLUMN: Final = Sketched(
    r"[;,|\t\n\"](?P<head>dp|dr|das\d?|diag(?:nostic)?[_ ](?:principal|associe|relie)|cim_?10|code_cim)"
    r"(?=\"?[;,|\t\n])",
    words=("dp", "das", "dr", "diag", "cim"),
)
"""The head of a column of diagnoses, folded."""
CELL_CODE: Final = re.compile(r"[A-Z]\d\d\.?\d{0,3}(?:\+\d)?")
