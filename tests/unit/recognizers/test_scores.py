"""Scores, stages and vital signs: with their values, and not those of other trades."""

import pytest

from harness.reading import reader
from hygie_detectors.recognizers.clinical.clinical import ClinicalRecognizer
from hygie_detectors.recognizers.scores import scores
from hygie_detectors.recognizers.scores.scores import ScoreRecognizer

read = reader(ScoreRecognizer, beside=[ClinicalRecognizer])


def found(text):
    """Return kind, confidence and text of each find; a care word opens the gate."""
    opened = text + "\nFièvre, cancer, patient"
    return [(f.kind, f.confidence.value, opened[f.start : f.end]) for f in read(opened)]


@pytest.mark.parametrize(
    "score",
    [
        "pT2N1M0",
        "ypT0N0",
        "cT3 N2 M1a",
        "T1cN0M0",
        "pT3a",
        "BI-RADS 4",
        "ACR BI-RADS 4b",
        "PI-RADS : 5",
        "EU-TIRADS 4",
        "score de Gleason 7 (4+3)",
        "Gleason 3+4",
        "ISUP 2",
        "Bosniak IIF",
        "stade FIGO IIIc",
        "score ASA 3",
        "Glasgow Coma Scale 14/15",
        "score de Glasgow à 15",
        "NIHSS à 12",
        "Rankin modifié 2",
        "MMSE : 21/30",
        "MoCA 18/30",
        "Échelle de Hamilton : 22",
        "MADRS 28",
        "PHQ-9 = 17",
        "GIR 2",
        "Tinetti 12/28",
        "EDSS 3,5",
        "NYHA III",
        "stade NYHA : II",
        "CHA2DS2-VASc à 4",
        "IGS II 45",
        "Child-Pugh B8",
        "MELD 18",
        "Metavir A1F2",
        "Fibroscan 8,2 kPa",
        "DAS28 à 4,2",
        "Apgar 9/10/10",
        "Karnofsky 70 %",
        "ECOG 1",
        "OMS",
        "score de Deauville 4",
        "Breslow 1,2 mm",
        "SBR II",
        "Ki67 30 %",
        "HER2 négatif",
        "HER2 3+",
        "PD-L1 50 %",
        "IRC stade 3b",
        "cancer stade IIIB",
    ],
)
def test_score_is_medium(score):
    expected = [] if score == "OMS" else [("clinical_score", "medium", score)]

    assert found(score) == expected


@pytest.mark.parametrize(
    "sign",
    [
        "Tension artérielle 140/80 mmHg",
        "SpO2 96 %",
        "SpO2 à 88% en air ambiant",
        "fièvre à 39,2",
        "diurèse 1200 mL/24h",
        "dextro 2,45",
        "PA 140/80 mmHg",
        "tension à 18/10",
        "IMC à 42",
        "DDR : 12/03/2024",
        "FEVG 35 %",
        "QTc 480 ms",
        "28 SA + 3 j",
        "32 semaines d'aménorrhée",
        "EVA douleur 7/10",
        "PIO 24 mmHg",
    ],
)
def test_sign_of_a_patient_is_medium(sign):
    assert [(kind, confidence) for kind, confidence, _ in found(sign)] == [("vital_sign", "medium")]


@pytest.mark.parametrize(
    "words",
    [
        "ASA 2",
        "TA 14/8",
        "stade IV",
        "température : 38 °C",
        "Norton 14",
        "Deauville 4",  # a town
        "Ramsay 2",  # a cook
        "Glasgow 12/15",
        "G2P1",
        "groupe 28 SA",
        "FC 72",
        "poids 72 kg, taille 1,75 m",
        "ACR 3",
    ],
)
def test_words_of_other_trades_are_low(words):
    assert {confidence for _, confidence, _ in found(words)} == {"low"}


@pytest.mark.parametrize(
    "text",
    [
        "Le match à Glasgow du 12 mars 2024",
        "Hamilton, 44 victoires en F1",
        "les oms 2 et la ta 14/8",
        "Norton Antivirus 2024",
        "un sofa 3 places",
        "la tension monte",
        "l'allocation des GIR 1 à 4, et du GIR 5 et 6",
        "Eva 7 ans",
        "poids : à préciser",
        "ISUP, SBR, NYHA",
        "T1N n'est pas un stade, ni T2NS",
        "Société Durand SA",
        "2024 SA",
        "NUTN1M0",
    ],
)
def test_no_score(text):
    assert [one for one in found(text) if one[1] != "low"] == []


def test_stages_and_pregnancies_are_worth_an_analysis():
    for text in ("pT3 pN2b M0", "stade T2N1M0", "G2P1", "28 SA + 3"):
        assert read(text), text
    assert {f.confidence for f in read("Le T2 N1 de 45 m² est loué.")} <= {"low"}


def test_examination_raises_what_alone_is_low():
    text = "Examen : TA 14/8, FC 72, T° 37,2, poids 72 kg."

    assert {confidence for _, confidence, _ in found(text)} == {"medium"}


def test_five_measures_are_high():
    text = "TA 14/8 FC 112/min FR 28/min SpO2 88 % T° 39,1 EVA 7/10"

    assert {confidence for _, confidence, _ in found(text)} == {"high"}
    assert len(found(text)) == 6


def test_measures_of_a_tailor_stay_low():
    text = "Commande : taille 1,75 m, poids 72 kg, pouls 60"

    assert {confidence for _, confidence, _ in found(text)} == {"low"}


@pytest.mark.parametrize(
    "piece", ["NYHA ", "NYHA x\n", "NYHA II ", "SpO2 (", "TTTT", "T1N", "8 SA ", "G1P1 ", "TA ::: "]
)
def test_hostile_repetition_is_read_a_fixed_number_of_times(piece, monkeypatch):
    """A name is tried until it had sixty misses or three hundred values, however often it stands."""
    tried = []

    class Counting:
        def match(self, folded, at, tie=scores.TIE):
            tried.append(at)
            return tie.match(folded, at)

    monkeypatch.setattr(scores, "TIE", Counting())
    hits = read("cancer " + piece * 50_000)

    assert len(tried) <= scores.MISSES_MAX + scores.FOUND_MAX
    assert len(hits) <= scores.FOUND_MAX
