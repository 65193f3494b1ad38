"""CIM-10 and CCAM codes: dotted and in capitals, or labelled, never a road or a vitamin."""

import pytest

from harness.reading import reader
from hygie_detectors.recognizers.clinical.clinical import ClinicalRecognizer
from hygie_detectors.recognizers.clinical.codes import CodeRecognizer

found_in = reader(CodeRecognizer, beside=[ClinicalRecognizer])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Code CIM-10 : E11.9", [("icd10_code", "high")]),
        ("Diabète E11.9", [("icd10_code", "high")]),
        ("E11.9 puis I10.0", [("icd10_code", "medium")] * 2),
        ("Voir E11.9", [("icd10_code", "low")]),
        ("Actes CCAM : HBMD053", [("ccam_code", "medium")]),
        ("DDAF004 et EBAF010", [("ccam_code", "medium")] * 2),
        ("Réf. DDAF004", [("ccam_code", "low")]),
        ("Sortie A10, vitamine B12, additif E101", []),
        ("e11.9 en minuscules", []),
        ("Version E11.9.2 et 10.E11.9", []),
        ("Forfait YYYY300 et cotation", []),
    ],
)
def test_codes(text, expected):
    assert [(f.kind, f.confidence.value) for f in found_in(text)] == expected
