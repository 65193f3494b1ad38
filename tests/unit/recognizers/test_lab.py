"""Rows of results in the layouts of French laboratories, and the report they make."""

import pytest

from harness.reading import reader
from hygie_detectors.recognizers.clinical.clinical import ClinicalRecognizer
from hygie_detectors.recognizers.lab import lab
from hygie_detectors.recognizers.lab.lab import LabRecognizer
from hygie_detectors.recognizers.lab.rows import read_row
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
        # value with a unit of this analyte
        "Hémoglobine 9,8 g/dL",
        "HEMOGLOBINE 9.8 g/dI",
        "Kaliémie à 5,4 mmol/l",
        "D-dimères : <270 ng/mL",
        "Glycémie\n1,32 g/L",
        "Glycémie à jeun\n\n1,32\ng/L",
        "Hématocrite                                     41,2 %",
        "DFG (CKD-EPI 2009) 58 mL/min/1,73m²",
        "CRP | 145 | mg/L",
        "Leucocytes\t12.9\tG/L\tH",
        "Créatinine 140 umol/l",
        "Lymphocytes CD4 : 320 /mm3",
        "Erythrozyten 4,5 10*12/L",
        "Ferritin 12 ng/ml",
        "Tacrolimus résiduel : 8,2 ng/mL",
        "CA 19-9 : 1240 U/mL",
        "Escherichia coli BLSE > 1000000 UFC/mL",
        "Lactates 4,2 mmol/L",
        "PAPP-A 0,45 MoM",
        "Mobilité progressive 12 %",
        # a word, a titre, a risk right behind the name
        "Ag HBs : négatif",
        "Sérologie VIH : positive",
        "VIH 1 et 2 (Ag p24 + Ac) ........ Négatif",
        "PCR SARS-CoV-2 positive",
        "Rubéole IgG : immunisée",
        "TPHA : 1/320",
        "Risque combiné de trisomie 21 : 1/85",
        "Groupe sanguin : A Rh D positif",
        "Groupe sanguin O+",
        "Test Covid antigénique positif",
        "SARS-CoV-2 : détecté",
        # a number right behind a name
        "l'HbA1c est à 8,2",
        "TSH 2,1.",
        "CRP à 145",
        "glycémie à jeun 1,26",
        "NT-proBNP 4500 ce jour",
        "ferritine basse à 8",
        "ASAT à 3N",
        "Hémoglobine : 7,5 g%",
        "anémie à 9,5 g/dL",
        "anti HBs 340",
        # a word behind a measure
        "CRP négative",
        "test de grossesse positif",
        "caryotype : 47,XXY",
    ],
)
def test_row_that_shows_a_tested_person_is_medium(row):
    assert [confidence for confidence, _ in rows("Hémogramme leucocytes\n" + row)] == ["medium"]


@pytest.mark.parametrize(
    "row",
    [
        "TP 45 %",  # a pupil's mark as well
        "CRP 145",  # initials and a number
        "Plaquettes 12 g/kg",
        "Calcium 95 mg/L",
        "Toxoplasmose dont le résultat est négatif",
        "Amoxicilline : R",
        "Ciprofloxacine\t0,5\tS",
        "K 4,2",
        "TSH normale",
        "plaquettes à 80 000",
    ],
)
def test_row_that_another_trade_could_print_is_low(row):
    assert {confidence for confidence, _ in rows("Hémogramme leucocytes\n" + row)} <= {"low"}


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
        # several results in the words of doctors
        ("Hb 9,8, GB 12,9, plaquettes 480 G/L", ["medium"]),
        ("TSH 2,1, ferritine 8", ["medium"]),
        ("iono : Na 128, K 5,6, créat 180", ["medium"]),
        ("GDS pH 7,28 pCO2 62 pO2 55 HCO3 29", ["medium"]),
        ("Antibiogramme\nAmoxicilline R\nCéfotaxime S\nFosfomycine S", ["medium"]),
        # all names, then all values
        ("Hématologie\nHématies\nLeucocytes\nPlaquettes\n4,95\n12,9 *\n480 G/L", ["medium"]),
        ("Hématologie\nHématies\nLeucocytes\nPlaquettes\nà doser", []),
        ("Hématies\nLeucocytes\nPlaquettes\n4,95\n12,9 *\n480", []),
        # other trades, unless analytes or a patient block say otherwise
        ("Allergie : chat, chien\nNé le 12/03/1950\nIgE totales 850 kUI/L", ["medium"]),
        ("Régime sans sel ni lipides\n" + THREE, ["high"]),
        ("Chat, espèce européenne\n" + THREE, []),
        ("Sodium 12 mg/L, calcium 80 mg/L, magnésium 26 mg/L", []),
        ("Bain : pH 4,5, ammoniaque 4 g/L, glucose 2 g/L, calcium 90 mg/L", []),
        ("Sodium 141 mmol/L\nPotassium 4,1 mmol/L\nChlore 102 mmol/L", ["high"]),
        ("amoxicilline 50 mg/kg, gentamicine 3 mg/kg, vancomycine 30 mg/kg", []),
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
        "TSH 1\n",
        "CRP (((((",
        "CRP 12 (",
        "TSH 1 * * ",
        "glycemie|||||",
        "VIH : " + "a " * 30,
        "Amoxicilline : ",
        "Groupe sanguin ",
    ],
)
def test_hostile_repetition_is_read_a_fixed_number_of_times(piece, monkeypatch):
    """A name is read until it had sixty misses or five hundred rows, however often it stands."""
    read = []
    monkeypatch.setattr(
        lab, "read_row", lambda *row, digits: read.append(row) or read_row(*row, digits=digits)
    )
    found = found_in(piece * (2**19 // len(piece)))

    assert len(read) <= lab.MISSES_MAX + lab.ROWS_MAX
    assert len(found) <= lab.ROWS_MAX + 1
