"""Recognise CIM-10 and CCAM codes as people print them.

Does:   finds dotted CIM-10 codes (``E11.9``) and CCAM acts (``HBMD053``), in capitals.
Never:  takes an undotted CIM-10 code: A10 is a road, B12 a vitamin, E101 a food additive.
Fails:  never raises on any text; distinct codes beyond 200 of a kind are not reported.
Source: ATIH (CIM-10 FR), Assurance Maladie (CCAM); shapes and false positives as measured in the
        project's facts: the dotted form has no hit in ordinary French text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Triggers, Vocabulary
from hygie_detectors.text import NormalText

CODES_MAX: Final = 200
"""Distinct codes of a kind in one text: a coding sheet of a long stay has about forty."""

_ICD10: Final = re.compile(r"(?<![\w.,/-])[A-Z]\d\d\.\d{1,2}(?![\w/-]|[.,]\d)")
_CCAM: Final = re.compile(r"(?<![\w.-])[A-HJ-NP-QZ][A-Z]{3}\d{3}(?![\w-])")
_LUMP_SUM: Final = re.compile(r"YYYY\d{3}")


class CodeRecognizer(HygieRecognizer):
    """Codes of diagnoses and acts; one alone says little, a label or a second one much."""

    kinds: ClassVar[tuple[str, ...]] = ("icd10_code", "ccam_code")
    vocabulary: ClassVar[Vocabulary] = {
        "icd10_label": (
            "cim-10",
            "cim 10",
            "cim10",
            "icd-10",
            "code cim",
            "diagnostic principal",
            "diagnostic associe",
            "diagnostics associes",
            "diagnostic relie",
        ),
        "ccam_label": ("ccam", "code ccam", "codes ccam", "acte ccam", "actes ccam", "cotation", "cotations"),
    }
    # Begins at the digits, and looks back: three times faster than beginning at any letter.
    shapes: ClassVar[re.Pattern[str] | None] = re.compile(
        r"\d\d(?:(?<=[a-z]\d\d)\.\d|(?<=[a-hj-npqz][a-z]{3}\d\d)\d(?!\w))"
    )

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return one hit a distinct code.

        CIM-10: high with a label or a disease word in the text, medium for two distinct codes,
        else low. CCAM: medium with a label or for two distinct codes, else low.
        """
        del source
        diagnoses = list(_distinct(_ICD10, text))
        labelled = triggers.any("icd10_label", "disease")
        sure = _confidence(Confidence.HIGH if labelled else None, len(diagnoses))
        yield from (_hit("icd10_code", sure, code) for code in diagnoses)
        acts = [code for code in _distinct(_CCAM, text) if not _LUMP_SUM.fullmatch(code[0])]
        sure = _confidence(Confidence.MEDIUM if triggers.any("ccam_label") else None, len(acts))
        yield from (_hit("ccam_code", sure, code) for code in acts)


def _distinct(pattern: re.Pattern[str], text: NormalText) -> Iterator[re.Match[str]]:
    """Yield the first occurrence of each distinct code, 200 at most."""
    seen: dict[str, re.Match[str]] = {}
    for match in pattern.finditer(text.text):
        seen.setdefault(match[0], match)
        if len(seen) >= CODES_MAX:
            break
    return iter(seen.values())


def _confidence(labelled: Confidence | None, distinct: int) -> Confidence:
    return labelled or (Confidence.MEDIUM if distinct > 1 else Confidence.LOW)


def _hit(kind: str, confidence: Confidence, code: re.Match[str]) -> Hit:
    masked = code[0][0] + "*" * (len(code[0]) - 1)
    return Hit(kind, (Axis.HEALTH,), confidence, code.start(), code.end(), masked, code[0])
