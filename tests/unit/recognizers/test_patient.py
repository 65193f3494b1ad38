"""Patients by name, birth date and hospital number; professionals and blank forms are none."""

import time

import pytest

from harness.marked import as_marked, read_marked
from harness.reading import reader
from hygie_detectors.recognizers.clinical.clinical import ClinicalRecognizer
from hygie_detectors.recognizers.patient.dates import read_date
from hygie_detectors.recognizers.patient.patient import PatientRecognizer

found_in = reader(PatientRecognizer, beside=[ClinicalRecognizer])


@pytest.mark.parametrize(
    "marked",
    [
        # labels
        "Nom de naissance : <ent kind=patient_name confidence=medium>LEGRAND</ent>",
        (
            "Nom : <ent kind=patient_name confidence=medium>MORVAN</ent> Prénom : "
            "<ent kind=patient_name confidence=medium>Lucette</ent>"
        ),
        "Nom : <ent kind=patient_name confidence=low>MORVAN</ent>",
        "Patiente : <ent kind=patient_name>MORVAN Lucette</ent>",
        # before the birth date
        (
            "Mme <ent kind=patient_name confidence=high>Jeanne de la Tour</ent>, née le "
            "<ent kind=birth_date confidence=high>03/11/1947</ent>"
        ),
        (
            "<ent kind=patient_name confidence=high>BARRÉ Odette</ent> née PETIT le "
            "<ent kind=birth_date confidence=high>3 novembre 1947</ent>"
        ),
        "<ent kind=patient_name>KERVELLA Yann</ent> <ent kind=birth_date>22/01/1965</ent> (59 ans)",
        # birth dates
        "Date de naissance : <ent kind=birth_date confidence=medium>19471103</ent>",
        "DDN : <ent kind=birth_date>03 . 11 . 1947</ent>",
        "DDN <ent kind=birth_date>0 3 1 1 1 9 4 7</ent>",
        # numbers
        "IPP : <ent kind=patient_number confidence=medium>8001234567</ent>",
        "N° de séjour <ent kind=patient_number>42bg98765</ent>",
        # concerning
        "Ci-joint le compte rendu de M. <ent kind=patient_name confidence=medium>Abgrall</ent>.",
        "Concernant Mme <ent kind=patient_name confidence=medium>Abgrall</ent> : cancer du sein.",
        "IPP du jour. Concernant Mme <ent kind=patient_name confidence=low>Abgrall</ent>, réunion lundi.",
        # a title or a given name near care
        "Patiente du jour. Mme <ent kind=person_name confidence=medium>Abgrall</ent> est hospitalisée.",
        "<ent kind=person_name confidence=medium>Yann KERVELLA</ent> a été hospitalisé hier.",
        # professionals and colleagues
        "Dr Nicolas KERVELLA, patient vu ce jour",
        "Cher confrère, patient vu ce jour par le Docteur KERVELLA.",
        "Bonjour Madame Abgrall, le patient est hospitalisé.",
        "Mme Abgrall, infirmière, suit la patiente hospitalisée.",
        "Nom du médecin : KERVELLA, patient vu",
        # initials hide the name
        "Mme H.B, patiente de 40 ans hospitalisée",
        # a sickness named after a person
        "Le patient a une maladie de Crohn et un score de Child-Pugh A.",
        "Nom : Prénom : Date de naissance :",
        "Nom : ................ Prénom : ................",
        "Nom de naissance : ______ Date de naissance : __/__/____",
        "IPP : ........",
    ],
)
def test_sentence(marked):
    text, expected = read_marked(marked)

    assert as_marked(found_in(text), expected, PatientRecognizer.kinds) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("28/03/1979", "1979-03-28"),
        ("28-3-79", "1979-03-28"),
        ("28 mars 1979", "1979-03-28"),
        ("1er mars 1979", "1979-03-01"),
        ("1979-03-28", "1979-03-28"),
        ("19790328", "1979-03-28"),
        ("28031979", "1979-03-28"),
        ("2 8 0 3 1 9 7 9", "1979-03-28"),
        ("28|03|1979", "1979-03-28"),
        ("07 . 03 . 1958", "1958-03-07"),
        ("deux janvier mille neuf cent soixante", "deux janvier mille neuf cent soixante"),
        ("31/13/1979", None),
        ("28/03/1779", None),
        ("12345678", None),
    ],
)
def test_dates(text, value):
    date = read_date(text, 0)

    assert (date and date.value) == value


def test_ipp_carries_both_axes_and_a_stay_number_one():
    (ipp,) = found_in("IPP 8001234567")
    (stay,) = found_in("NDA : 123456789")

    assert {axis.value for axis in ipp.axes} == {"identity", "health"}
    assert {axis.value for axis in stay.axes} == {"identity"}


def test_evidence_shows_initials_only():
    masked = [f.masked for f in found_in("Mme Odette BARRE, née le 03/11/1947, IPP 8001234567")]

    assert masked == ["O***** B****", "**/**/****", "8*********"]


@pytest.mark.parametrize(
    "piece",
    [
        "ne le ",
        "Nom : A",
        "Patient Aa ",
        "M. Aa Bb Cc patient ",
        "IPP 1",
        "Aa " * 40 + "ne le ",
        "Mme A. ",
        "Nom de naissance" + " " * 60,
    ],
)
def test_time_is_linear_on_hostile_text(piece):
    text = piece * (2**20 // len(piece))
    began = time.perf_counter()
    found_in(text)

    assert time.perf_counter() - began < 8
