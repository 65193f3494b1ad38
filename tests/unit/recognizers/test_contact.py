"""Phones, e-mail addresses, postal addresses: found in every layout, and never more than they prove."""

import time

import pytest

from harness.marked import as_marked, read_marked
from hygie_detectors.gate import Gate
from hygie_detectors.model import Finding
from hygie_detectors.recognizers.contact.contact import ContactRecognizer
from hygie_detectors.text import normalise

RECOGNIZER = ContactRecognizer()
GATE = Gate([RECOGNIZER])


def found_in(text, source="body"):
    """Findings of the recognizer alone; it opens the gate for nobody else."""
    normal = normalise(text)
    triggers, _ = GATE.read(normal)
    return [
        Finding(hit.kind, hit.axes, hit.confidence, "1", *normal.original(hit.start, hit.end), hit.masked)
        for hit in RECOGNIZER.find(normal, triggers, source)
    ]


def contacts(text, source="body"):
    """The same as kind, confidence and words."""
    return [(f.kind, str(f.confidence), text[f.start : f.end]) for f in found_in(text, source)]


@pytest.mark.parametrize(
    "phone",
    [
        "01 23 45 67 89",
        "0123456789",
        "01.23.45.67.89",
        "01-23-45-67-89",
        "06/12/34/56/78",
        "01 2345 6789",
        "06 12 34 5678",
        "01 23.45 67 89",
        "+33123456789",
        "+33 1 23 45 67 89",
        "+33 (0)1 23 45 67 89",
        "0033 6 12 34 56 78",
        "(33) 1 23 45 67 89",
        "(+33) 6 12 34 56 78",
        "0692 12 34 56",
        "+262 692 12 34 56",
        "+32 2 123 45 67",
        "O1.23.45.67.89",
        "01.23.45.67.O9",
        "01\u00a023\u00a045\u00a067\u00a089",
    ],
)
def test_phone_in_every_grouping(phone):
    assert ("phone", "low", phone) in contacts(f"Rappeler Anne au {phone}, merci.")


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("poste 73 389 avant midi", "73 389"),
        ("Tél : 02.72.43.92", "02.72.43.92"),
        ("joignables au 51234", "51234"),
        ("Fax (secrétariat) : 04 56 78 90", "04 56 78 90"),
    ],
)
def test_a_label_makes_a_short_number_a_phone(text, phone):
    assert contacts(text) == [("phone", "low", phone)]


@pytest.mark.parametrize(
    "text",
    [
        "le 01/02/2012 03:15, puis le 01.02.2012 04 05",
        "NIR 1 85 05 78 006 084 91",
        "SIRET 732 829 320 00074, TVA FR 44 732829320",
        "IBAN FR76 3000 6000 0112 3456 7890 189",
        "version 0.12.34.56.78.90, réf. 2012345678901",
        "0,123456789 mol",
        "un total de 0 12 34",
    ],
)
def test_other_figures_are_no_phone(text):
    assert [c for c in contacts(text) if c[0] == "phone"] == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("écrire à jeanne.dupont@exemple.test.", "jeanne.dupont@exemple.test"),
        ("<jdupont56@mail.exemple.test>", "jdupont56@mail.exemple.test"),
        ("jeanne . dupont ou jdupont @ exemple . test", "jdupont @ exemple . test"),
        ("Tél. 12, JEANNE@EXEMPLE.TEST", "JEANNE@EXEMPLE.TEST"),
    ],
)
def test_email_of_a_person(text, address):
    assert ("email_address", "low", address) in contacts(text)


@pytest.mark.parametrize(
    "text",
    [
        "contact@exemple.test",
        "secretariat.onco@exemple.test, no-reply@exemple.test, rh@exemple.test",
        "279035121518989@patient.mssante.fr",
        "user@host",
        "@exemple.test",
        "prix @ 12 euros",
    ],
)
def test_an_office_or_no_address_at_all_names_nobody(text):
    assert contacts(text) == []


def test_sender_and_recipients_of_the_message_are_not_reported():
    assert contacts("Jeanne Dupont <jeanne.dupont@exemple.test>, 01 23 45 67 89", "header") == []


@pytest.mark.parametrize(
    "marked",
    [
        "demeurant au <ent kind=address confidence=medium>45 rue des Glycines, 75013 Paris</ent>.",
        "Adresse : <ent kind=address confidence=medium>2 bis, av. de l'Église 97400 Saint-Denis</ent>",
        "au <ent kind=address confidence=low>12 RUE DU DOCTEUR GACHET 92300 LEVALLOIS</ent>",
        "<ent kind=address confidence=low>sept allée des Roses 77500 Chelles</ent>",
        "Mme X, <ent kind=address confidence=low>17 RUE DE RENNES, APPT 188, 75011 PARIS</ent>",
        # an establishment's, whatever label it has
        "Hôpital Nord, adresse : <ent kind=address confidence=low>3 boulevard du Parc, 59000 Lille</ent>",
        # streets that are none
        "Il reste deux places dans le cours de M. X.",
        "Une voie veineuse, 3 passages au bloc.",
        "en route pour 2024",
    ],
)
def test_address(marked):
    text, expected = read_marked(marked)

    assert as_marked(found_in(text), expected, ["address"]) == expected


def test_evidence_is_masked():
    masked = [f.masked for f in found_in("01 23 45 67 89 jeanne.dupont@exemple.test")]

    assert masked == ["** ** ** ** **", "j************@exemple.test"]


@pytest.mark.parametrize(
    "piece",
    ["01 ", "0123456789", "+33", "a@b.", "@", "a.", "1 rue ", "1 rue A 75001 P ", "tel 12345 ", "06 12 "],
)
def test_time_is_linear_on_hostile_text(piece):
    text = piece * (2**20 // len(piece))
    began = time.process_time()
    contacts(text)

    assert time.process_time() - began < 3
