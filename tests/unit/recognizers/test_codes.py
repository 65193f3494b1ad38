"""Codes of medical nomenclatures: by shape, label and check digit, never a road or a vitamin."""

import pytest

from harness.reading import reader
from hygie_detectors.recognizers.clinical.clinical import ClinicalRecognizer
from hygie_detectors.recognizers.codes import codes
from hygie_detectors.recognizers.codes.checks import ean13, icd10_category, luhn, verhoeff
from hygie_detectors.recognizers.codes.codes import CodeRecognizer

found_in = reader(CodeRecognizer, beside=[ClinicalRecognizer])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Code CIM-10 : E11.9", [("icd10_code", "high")]),
        ("Diabète E11.9", [("icd10_code", "high")]),
        ("E11.9 puis I10.0", [("icd10_code", "medium")] * 2),
        ("Voir E11.9", [("icd10_code", "low")]),
        # announced
        ("Diagnostic : E11.9", [("icd10_code", "medium")]),
        ("Dg principal F32.2", [("icd10_code", "medium")]),
        ("diagnostic du réseau fait, carte E11.9", [("icd10_code", "low")]),
        ("Acte HHFA001 réalisé", [("ccam_code", "medium")]),
        ("Actes CCAM : HBMD053", [("ccam_code", "medium")]),
        ("DDAF004 et EBAF010", [("ccam_code", "medium")] * 2),
        ("DDAF004 1 0 et EBAF010-02", [("ccam_code", "medium")] * 2),
        ("Réf. DDAF004", []),
        ("Pour DDAF004", [("ccam_code", "low")]),
        ("Sortie A10, vitamine B12, additif E101", []),
        ("e11.9 en minuscules", []),
        ("Version E11.9.2 et 10.E11.9", []),
        ("Forfait YYYY300 et cotation", []),
        ("Diagnostics retenus : I63.9", [("icd10_code", "medium")]),
        ("Le diagnostic du réseau, poste A10.2 : à relancer", []),
        # undotted CIM-10 only behind a label
        ("CIM-10 : E119, I500", [("icd10_code", "high")] * 2),
        ("Diagnostic principal : K35", [("icd10_code", "high")]),
        ("CIM10\nJ449", [("icd10_code", "high")]),
        ("Codage du séjour, code CIM : DP I639 DAS E119", [("icd10_code", "high")] * 2),
        ("Cancer, DP C509, DAS I10, DAP Z511", [("icd10_code", "high")] * 2),
        ("Il est né à 18 ans, x86, rendez-vous à 32", []),
        ("Annexe A12.3 et article L12.5", []),
        ("ISO 27001, contrôle A12.6, contrôle A12.7", []),
        ("E95.2 n'existe pas, K98.1 non plus", []),
        # tests
        ("LOINC 718-7", [("lab_code", "medium")]),
        ("LOINC 718-8", []),
        ("code loinc : 11502-2 ; 55115-0", [("lab_code", "medium")] * 2),
        ("Code NABM 1104 : hémogramme", [("lab_code", "medium")]),
        ("Le 1104 et le 0552", []),
        # drugs
        ("Boîte CIP 3400935955838", [("drug_code", "medium")]),
        ("EAN 3400935955838", [("drug_code", "medium")]),
        ("EAN 3400935955839", []),
        ("code UCD 9064295", [("drug_code", "medium")]),
        ("code ATC A10BA02", [("drug_code", "low")]),
        ("A10BA02 et code CIS 63564053", [("drug_code", "low")] * 2),
        # stays and billing
        ("GHM 05M092, GHS 1721", [("billing_code", "medium")] * 2),
        ("code LPP 1215702", [("billing_code", "low")]),
        # other nomenclatures of diagnoses
        ("ORPHA:558", [("diagnosis_code", "medium")]),
        ("CIM-O-3 : 8140/3", [("diagnosis_code", "high")]),
        ("Réunion le 8140/3 ", []),
        ("Code ADICAP : BHRBA7A8", [("diagnosis_code", "medium")]),
        ("SNOMED CT 73211009", [("diagnosis_code", "medium")]),
        ("SNOMED CT 73211008", []),
        ("CISP-2 : T89", [("diagnosis_code", "medium")]),
        ("CIM-11 : 4A80.0", [("diagnosis_code", "high")]),
    ],
)
def test_codes(text, expected):
    assert [(f.kind, f.confidence.value) for f in found_in(text)] == expected


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (luhn, "7187", "7178"),
        (luhn, "551150", "551105"),
        (ean13, "3400893213322", "3400893213323"),
        (verhoeff, "77386006", "77386060"),
        (icd10_category, "E90", "E91"),
    ],
)
def test_check_digits(check, right, wrong):
    assert check(right)
    assert not check(wrong)


@pytest.mark.parametrize("piece", ["cim10 ", "E11.9 ", "718-7 ", "loinc 718-8 ", "DDAF00", "snomed 123456 "])
def test_hostile_repetition_is_tried_a_fixed_number_of_times(piece, monkeypatch):
    """Each nomenclature stops after its candidates; labels stop after theirs."""
    tried = []
    for name in ("ICD10", "SYSTEMS"):
        assert hasattr(codes, name)
    watched = tuple(
        system._replace(check=lambda code, check=system.check: tried.append(code) or check(code))
        for system in codes.SYSTEMS
    )
    monkeypatch.setattr(codes, "SYSTEMS", watched)
    found_in(piece * 100_000)

    assert len(tried) <= len(watched) * codes.CANDIDATES_MAX
