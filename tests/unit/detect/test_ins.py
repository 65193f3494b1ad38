"""The INS and the patient's mailbox.

279035121518989  the test identity of the ANS, key right
289057545611404  of its test files, key wrong (73)
770763220829106  of its test files, no number at all
"""

import pytest

from harness.marked import as_marked, read_marked
from hygie_detectors.model import Axis, Confidence

KINDS = ("ins", "patient_mailbox")


@pytest.mark.parametrize(
    "marked",
    [
        "INS : <ent kind=ins confidence=high>279035121518989</ent>",
        "N° matricule INS\n<ent kind=ins>2 79 03 51 215 189 89</ent>",
        "Matricule\u00a0INS <ent kind=ins wrong_key=true>289057545611404</ent>",
        "<ent kind=ins>279035121518989</ent> / NIR",
        "<ent kind=ins test_number=true>279035121518989</ent> [INS-NIR de test]",
        '<id root="1.2.250.1.213.1.4.8" extension="<ent kind=ins>279035121518989</ent>"/>',
        '<id extension="<ent kind=ins wrong_key=true>289057545611404</ent>" root="1.2.250.1.213.1.4.13"/>',
        '"system": "urn:oid:1.2.250.1.213.1.4.9",\n "value": "<ent kind=ins>279035121518989</ent>"',
        "PID|||<ent kind=ins test_number=true>279035121518989</ent>^^^ASIP&1.2.250.1.213.1.4.10&ISO^INS",
        "IS010000000000000000000000S1<ent kind=ins>279035121518989</ent>S21.2.250.1.213.1.4.8S3DOMINIQUE",
        "IS010000000000000000000000S1<ent kind=ins>253072A07300443</ent>S5F",
        # Digits that are no INS.
        "279035121518989",
        "Le prix de 289057545611404 pièces",
        "1.2.250.1.213.1.4.8",
        "moins 279035121518989",
    ],
)
def test_sentence(found_in, marked):
    """What is found is what is marked: no more, no less."""
    text, expected = read_marked(marked)

    assert as_marked(found_in(text), expected, KINDS) == expected


@pytest.mark.parametrize("local", ["279035121518989", "770763220829106", "jeanne.pat-trois"])
@pytest.mark.parametrize(
    "domain", ["patient.mssante.fr", "Patient.MSSante.fr", "patient.formation.mssante.fr"]
)
def test_patient_mailbox(found_in, local, domain):
    """Whatever stands before it, valid or not, is somebody's."""
    text = f"Écrire à <{local}@{domain}>."
    mailbox = [f for f in found_in(text) if f.kind == "patient_mailbox"]

    assert [text[f.start : f.end] for f in mailbox] == [f"{local}@{domain}"]
    assert mailbox[0].axes == (Axis.IDENTITY, Axis.HEALTH)
    assert mailbox[0].masked.startswith(local[0] + "*" * (len(local) - 1))


def test_fifteen_digits_before_the_mailbox_are_an_ins(found_in):
    found = {f.kind: f for f in found_in("770763220829106@patient.mssante.fr")}

    assert found["ins"].qualifiers == ("wrong_key",)


@pytest.mark.parametrize("address", ["paul@patient.example.fr", "paul@mssante.fr", "@patient.mssante.fr"])
def test_no_patient_mailbox(found_in, address):
    assert [f for f in found_in(address) if f.kind in KINDS] == []


def test_an_ins_says_who_and_that_care_is_given(found_in):
    (ins,) = [f for f in found_in("INS 279035121518989") if f.kind == "ins"]

    assert ins.axes == (Axis.IDENTITY, Axis.HEALTH)
    assert ins.confidence is Confidence.HIGH
    assert ins.masked == "2" + "*" * 14


def test_the_datamatrix_gives_names_and_birth_date_too(found_in):
    code = (
        "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10"
        "S3DOMINIQUE\x1dS5FS628-03-1979S763220S4PAT-TROIS"
    )
    found = {(f.kind, str(f.confidence), f.masked) for f in found_in(code)}

    assert {
        ("patient_name", "high", "D********"),
        ("patient_name", "high", "P********"),
        ("birth_date", "high", "**-**-****"),
    } <= found


def test_a_contact_is_found_where_nothing_opens_the_gate(found_in):
    assert [(f.kind, str(f.confidence)) for f in found_in("01 23 45 67 89")] == [("phone", "low")]
