"""Rows of results in the layouts of French laboratories, and the report they make."""

import time

import pytest

from harness.reading import reader
from hygie_detectors.recognizers.clinical.clinical import ClinicalRecognizer
from hygie_detectors.recognizers.lab.lab import LabRecognizer
from hygie_detectors.recognizers.patient.patient import PatientRecognizer

found_in = reader(LabRecognizer, beside=[PatientRecognizer, ClinicalRecognizer])


def rows(text):
    return [(f.confidence.value, text[f.start : f.end]) for f in found_in(text) if f.kind == "lab_result"]


def report(text):
    return [f.confidence.value for f in found_in(text) if f.kind == "lab_report"]


@pytest.mark.parametrize(
    "row",
    [
        "TSH 1.950 mUI/l (0.270 - 4.200)",
        "Sodium ............ 141 mmol/L    ( 135,00 - 145,00 )",
        "Hématies (10*12/L)   4.95   4.50 à 6.00",
        "Glycémie à jeun (g/L) : 1,05   0,70 - 1,10",
        "Urée 10.02 mmol/L (0.60 g/L)  3.5 à 8.0",
        "Ferritine | µg/L | 12 | 15 - 150",
        "Leucocytes                          *12.9*  G/L   4,0 - 10,0",
        "Créatinine : 140 H µmol/L [60 - 115]",
        "CRP 12,4 mg/L VR: < 5",
        "Plaquettes 210 10^9/L 150-400",
        "Plaquettes 210 x10⁹/L 150-400",
        "INR 2,4   2,0 - 3,0",
        "Potassium\u00a0: 4,1\u00a0mEq/L   3,5 à 5,0",
    ],
)
def test_row_with_interval_is_medium(row):
    assert rows(row + "\nPrélèvement du 12/03/2024")[0][0] == "medium"
    assert rows(row + "\nPrélèvement du 12/03/2024")[0][1] in row


@pytest.mark.parametrize(
    "row",
    [
        "Hémoglobine 9,8 g/dL",
        "Kaliémie à 5,4 mmol/l",
        "TP 45 %",
        "D-dimères : <270 ng/mL",
        "Glycémie\n1,32 g/L",
        "Hématocrite                                     41,2 %",
        "DFG (CKD-EPI 2009) 58 mL/min/1,73m²",
        "Ag HBs : négatif",
        "Sérologie VIH : positive",
    ],
)
def test_row_without_interval_is_low(row):
    assert [confidence for confidence, _ in rows("Hémogramme leucocytes\n" + row)] == ["low"]


@pytest.mark.parametrize(
    "text",
    [
        "Le TP de chimie aura lieu salle 12.",
        "La créatinine sera dosée le 12/03/2024.",
        "Le cholestérol : 10 conseils pour le baisser.",
        "TSH :",
        "Hémoglobine : ........ g/dL",
        "Glycémie à jeun (g/L) : ____   (0,70 - 1,10)",
        "k 12 euros, na 4 %",
    ],
)
def test_no_row(text):
    assert rows(text) == []


THREE = "Hémoglobine 13,2 g/dL\nLeucocytes 6,1 G/L\nPlaquettes 210 G/L\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (THREE, ["high"]),
        ("LABORATOIRE DE BIOLOGIE MEDICALE\nTSH 1.95 mUI/L (0.27 - 4.20)", ["high"]),
        ("Bilan sanguin\nCRP 12 mg/L", ["medium"]),
        ("Date de naissance : 12/03/1950\nCRP 12 mg/L", ["medium"]),
        ("CRP 12 mg/L", []),
        # other trades
        ("Analyse vétérinaire, espèce féline\n" + THREE, []),
        ("Valeurs nutritionnelles\nSodium 0,4 g/L\nGlucose 5 g/L\nCalcium 120 mg/L", []),
        ("Eau potable du forage\nSodium 12 mg/L\nPotassium 2 mg/L\nCalcium 80 mg/L", []),
        # the blank form of the same report
        ("LABORATOIRE\nHémoglobine ..... g/dL\nLeucocytes ..... G/L\nPlaquettes ..... G/L", []),
    ],
)
def test_report(text, expected):
    assert report(text) == expected


@pytest.mark.parametrize(
    "piece",
    [
        "TSH ",
        "TSH " + " " * 120,
        "TSH 1",
        "crp (((((",
        "crp 12 (",
        "TSH 1 * * ",
        "glycemie|||||",
        "VIH : " + "a " * 30,
    ],
)
def test_time_is_linear_on_hostile_text(piece):
    text = piece * (2**20 // len(piece))
    began = time.perf_counter()
    found_in(text)

    assert time.perf_counter() - began < 5
