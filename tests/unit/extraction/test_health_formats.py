"""Health files as labelled fields, lab rows and documents, in the forms that senders really write."""

from __future__ import annotations

import base64
import io
import json
import time

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EncapsulatedPDFStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    SecondaryCaptureImageStorage,
)

from extraction_samples import archive, attached, pdf, read, reasons, texts, unread
from hygie_detectors.engine import Engine
from hygie_detectors.extraction import Extraction, extract
from hygie_detectors.inspect import inspect
from hygie_detectors.limits import Limits

MESSAGE = (
    "MSH|^~\\&|LABO|CH|||20261124||ORU^R01|1|P|2.5|||||FRA|{charset}\r"
    "PID|||8012345678^^^CH^PI~279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS||"
    "DURAND-LEFÈVRE^Élodie^^^^^L||19560312|F|||1 rue X^^ROUEN^^76000|||||||D-77|279035121518989\r"
    "PV1|1|I|||||||||||||||||S-4\r"
    "OBX|1|NM|718-7^Hémoglobine^LN||12,4|g/dL^^UCUM|12.0-16.0|L|||F\r"
    "OBX|2|SN|X^Anticorps^L||>^1^:^128||||||F\r"
    "OBX|3|CE|X^Culture^L||A04^Salmonella enterica^LN~A05^Autre^LN||||||F\r"
    "OBX|4|TX|C^Conclusion^L||H\\XE9\\patite B\\.br\\\\T\\ suivi\r"
    "NTE|1||Contrôle dans un mois\r"
    "DG1|1||B18^Hépatite B chronique^CIM10\r"
)


def fields(extraction: Extraction) -> list[str]:
    return [line for s in extraction.segments if s.part.endswith("#fields") for line in s.text.splitlines()]


def hl7(source: str = MESSAGE, charset: str = "UNICODE UTF-8", encoding: str = "utf-8") -> bytes:
    return source.replace("{charset}", charset).encode(encoding)


LABELLED = [
    "IPP : 8012345678",
    "Matricule INS : 279035121518989 (ASIP-SANTE-INS-NIR 1.2.250.1.213.1.4.8 ISO)",
    "Nom de naissance : DURAND-LEFÈVRE",
    "Prénom : Élodie",
    "Date de naissance : 12/03/1956",
    "Sexe : F",
    "Adresse : 1 rue X ROUEN 76000",
    "Numéro de dossier : D-77",
    "NIR : 279035121518989",
    "NDA : S-4",
    "Hémoglobine : 12,4 g/dL (12.0-16.0) L",
    "Anticorps : >1:128",
    "Culture : Salmonella enterica, Autre",
    "Conclusion : Hépatite B",
    "& suivi",
    "Commentaire : Contrôle dans un mois",
    "Diagnostic : B18 Hépatite B chronique CIM10",
]


@pytest.mark.parametrize(
    "data",
    [
        hl7(),
        hl7().replace(b"\r", b"\n"),
        hl7().replace(b"\r", b"\r\n"),
        b"\x0b" + hl7() + b"\x1c\r",
        b"\xef\xbb\xbf" + hl7(),
        b"FHS|^~\\&|x\rBHS|^~\\&|x\r" + hl7() + b"BTS|1\rFTS|1\r",
        hl7(charset="8859/1", encoding="latin-1"),
        hl7(charset="8859/15", encoding="iso8859-15"),
        hl7(charset="UNICODE", encoding="utf-16"),
        hl7(MESSAGE.replace("^~\\&", "^˜\\&").replace("PI~", "PI˜").replace("LN~", "LN˜")),
        hl7(MESSAGE.replace("^~\\&", "^˜\\&").replace("PI~", "PI˜").replace("LN~", "LN˜"), "", "cp1252"),
    ],
    ids=["cr", "lf", "crlf", "mllp", "bom", "batch", "latin-1", "latin-9", "utf-16", "tilde", "tilde-cp1252"],
)  # fmt: skip
def test_hl7_in_every_framing_gives_the_same_fields(data: bytes) -> None:
    assert LABELLED == fields(extract(attached(data, "message.hl7")))


def test_hl7_hands_out_its_documents_whatever_they_are() -> None:
    body = "Cher confrère".encode()
    packed = [pdf("Dans le PDF"), body, b"\x00\x01unknown\xff" * 9]
    lines = [
        f"OBX|{n}|ED|D^Document^L||^TEXT^X^Base64^{base64.b64encode(data).decode()}||||||F\r"
        for n, data in enumerate(packed, 1)
    ]
    hexed = f"OBX|4|ED|D^Document^L||^TEXT^X^Hex^{body.hex()}||||||F\r"

    extraction = extract(attached(hl7(MESSAGE + "".join(lines) + hexed), "m.hl7"))

    assert "Dans le PDF" in texts(extraction, "1/m.hl7/document-1")
    assert (
        texts(extraction, "1/m.hl7/document-2") == "Cher confrère" == texts(extraction, "1/m.hl7/document-4")
    )
    assert [("1/m.hl7/document-3", "unsupported")] == unread(extraction)
    assert base64.b64encode(packed[0]).decode()[:40] not in texts(extraction)


def test_a_document_over_several_lines_is_one() -> None:
    lines = base64.encodebytes("Hémoglobine 12,4 g/dL\n".encode() * 9).decode()
    extraction = extract(attached(hl7(MESSAGE + f"OBX|9|ED|D||^TEXT^X^Base64^{lines}||||||F\r"), "m.hl7"))

    assert texts(extraction, "1/m.hl7/document-1").count("Hémoglobine") == 9


def test_a_damaged_document_is_corrupt_and_what_there_is_is_read() -> None:
    good = base64.b64encode(b"Hepatite B, suivi annuel").decode()
    extraction = extract(attached(hl7(MESSAGE + f"OBX|9|ED|D||^TEXT^X^Base64^{good}é!||||||F\r"), "m.hl7"))

    assert {"corrupt"} == reasons(extraction)
    assert "Hepatite B, suivi annuel" in texts(extraction)


def test_documents_beyond_the_limit_are_said_to_be_unread() -> None:
    line = f"OBX|1|ED|D||^TEXT^X^Base64^{base64.b64encode(b'Lettre').decode()}||||||F\r"

    for count, expected in ((1, set()), (2, set()), (3, {"limit:archive_members_max"})):
        raw = attached(hl7(MESSAGE + line * count), "m.hl7")
        assert expected == reasons(read(raw, archive_members_max=2))


def test_hl7_lines_of_600_000_characters_take_linear_time() -> None:
    packed = base64.b64encode(b"a" * 450_000).decode()
    raw = attached(hl7(MESSAGE + f"OBX|9|ED|D||^TEXT^X^Base64^{packed}||||||F\r" * 3), "m.hl7")
    start = time.perf_counter()
    extract(raw)

    assert time.perf_counter() - start < 2


HEADER = (
    "8012345678\nDURAND-LEFÈVRE\nÉlodie\n1 rue X\n\n76000 ROUEN\n12/03/1956\n2 79 03 51 215 189 89\nD-77\n"
    "24/11/2026\nLABO Laboratoire\nMED Dr Y\n"
)
RESULTS = (
    "****LAB****\nRES|Hémoglobine|HGB|N|12,4|g/dL|12,0|16,0|N|F|7,7|7,4|9,9\nRES|CALCIUM|CA|N|3.00|mmol/L|2.20-2.60||H\n"
    "RES|AgHBs|HBS|A|positif|\nTEX|Hépatite B|\n****FIN****\n****FINFICHIER****\n"
)
MEDECIN = [
    "Nom du patient : DURAND-LEFÈVRE",
    "Prénom : Élodie",
    "Date de naissance : 12/03/1956",
    "IPP : 8012345678",
    "Adresse : 1 rue X 76000 ROUEN",
    "NIR : 2 79 03 51 215 189 89",
    "Numéro de dossier : D-77",
    "Hémoglobine : 12,4 g/dL (12,0 - 16,0) N",
    "Hémoglobine : 7,7 (7,4 - 9,9)",
    "CALCIUM : 3.00 mmol/L (2.20-2.60) H",
    "AgHBs : positif",
    "Commentaire : Hépatite B",
]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp850"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_hprim_medecin(encoding: str, end: str) -> None:
    data = (HEADER + RESULTS).replace("\n", end).encode(encoding)
    extraction = extract(attached(data, "resultats.txt"))

    assert MEDECIN == fields(extraction)
    assert "DURAND-LEFÈVRE" in texts(extraction, "1/resultats.txt")


def test_several_hprim_files_in_one() -> None:
    second = (HEADER + RESULTS).replace("Élodie", "Paul")
    found = fields(extract(attached((HEADER + RESULTS + second).encode(), "r.hpr")))

    assert len(MEDECIN) * 2 == len(found)
    assert "Prénom : Paul" in found


def test_hprim_without_header_or_tags_or_results() -> None:
    envelope = "LABO".ljust(120) + "MEDECIN".ljust(120)
    cases = {
        "RES|TSH|TSH|N|0.10|mUI/L|0.27|4.20|L|\n": ["TSH : 0.10 mUI/L (0.27 - 4.20) L"],
        "RES|BASE EXCESS|BE|N|-8|mmol/L|-2 - 2||\n": ["BASE EXCESS : -8 mmol/L (-2 - 2)"],
        HEADER.replace("8012345678", envelope): [line for line in MEDECIN[:7] if "IPP" not in line],
        "\n".join(HEADER.splitlines()[:7]) + "\nHémoglobine : 12,4 g/dL (12,0-16,0)\n": MEDECIN[:5],
    }
    for source, expected in cases.items():
        assert expected == fields(extract(attached(source.encode(), "r.HPM2")))


def test_the_extension_alone_makes_no_hprim() -> None:
    extraction = extract(attached("Bonjour,\nla réunion est le\n12/03/2026\n".encode(), "note.hpr"))

    assert () == extraction.signatures
    assert [] == fields(extraction)


def test_hprim_sante() -> None:
    source = (
        "H|~^\\&|0.HPR||001~LABO||ORU|||002~CH||P|H2.2~C|202611241200\r"
        "P|1|8012345678|02||DURAND-LEFÈVRE~Élodie||19560312|F||1 rue X~~ROUEN~~76000\r"
        "OBR|1||~001|NFS~Numération~L|R\r"
        "OBX|1|NM|HB~Hémoglobine~L||12,4|g/dL|12,0-16,0|L|||F\r"
        "C|1||Hépatite B,\rA| chronique\rL|1\r"
    )

    assert [
        "IPP : 8012345678",
        "IPP : 02",
        "Nom de naissance : DURAND-LEFÈVRE",
        "Prénom : Élodie",
        "Date de naissance : 12/03/1956",
        "Sexe : F",
        "Adresse : 1 rue X ROUEN 76000",
        "Examen : NFS Numération L",
        "Hémoglobine : 12,4 g/dL (12,0-16,0) L",
        "Commentaire : Hépatite B, chronique",
    ] == fields(extract(attached(source.encode("latin-1"), "r.hpr")))


CDA = """<?xml version="1.0" encoding="UTF-8"?>
<{p}ClinicalDocument xmlns{x}="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<{p}code code="11502-2" displayName="CR d'examens biologiques"/><{p}title>Compte rendu</{p}title>
<{p}recordTarget><{p}patientRole><{p}id extension="279035121518989" root="1.2.250.1.213.1.4.8"/>
<{p}id extension="8012345678" root="1.2.3.4"/><{p}addr><{p}city>ROUEN</{p}city></{p}addr>
<{p}patient><{p}name><{p}family qualifier="BR">DURAND-LEFÈVRE</{p}family>
<{p}family qualifier="SP">MARTIN</{p}family>
<{p}given>Élodie</{p}given></{p}name><{p}administrativeGenderCode code="F"/><{p}birthTime value="19560312"/>
</{p}patient></{p}patientRole></{p}recordTarget>
<{p}author><{p}assignedPerson><{p}name><{p}family>MEDECIN</{p}family></{p}name></{p}assignedPerson></{p}author>
<{p}component><{p}organizer><{p}observation>
<{p}code code="718-7" displayName="Hémoglobine [Masse/Volume] Sang ; Numérique"/>
<{p}value xsi:type="PQ" value="12.4" unit="g/dL"/><{p}interpretationCode code="L"/>
<{p}entryRelationship><{p}observation><{p}code displayName="Diagnostic"/>
<{p}value xsi:type="CD" code="B18" displayName="Hépatite B"/></{p}observation></{p}entryRelationship>
<{p}entryRelationship><{p}observation><{p}code displayName="Avis"/>
<{p}value xsi:type="ST">favorable</{p}value></{p}observation></{p}entryRelationship>
<{p}referenceRange><{p}observationRange><{p}value><{p}low value="12.0"/><{p}high value="16.0"/></{p}value>
</{p}observationRange></{p}referenceRange></{p}observation></{p}organizer></{p}component></{p}ClinicalDocument>"""


@pytest.mark.parametrize(("prefix", "xmlns"), [("", ""), ("c:", ":c")])
def test_cda(prefix: str, xmlns: str) -> None:
    source = CDA.replace("{p}", prefix).replace("{x}", xmlns)

    assert [
        "Document : CR d'examens biologiques",
        "Titre : Compte rendu",
        "Matricule INS : 279035121518989 (1.2.250.1.213.1.4.8)",
        "IPP : 8012345678",
        "Adresse : ROUEN",
        "Nom de naissance : DURAND-LEFÈVRE",
        "Nom d'usage : MARTIN",
        "Prénoms de naissance : Élodie",
        "Sexe : F",
        "Date de naissance : 12/03/1956",
        "Diagnostic : Hépatite B",
        "Avis : favorable",
        "Hémoglobine : 12.4 g/dL (12.0 - 16.0) L",
    ] == fields(extract(attached(source.encode(), "doc.xml")))


def test_xdm_metadata() -> None:
    source = """<?xml version="1.0"?>
<SubmitObjectsRequest xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><ExtrinsicObject>
<Slot name="sourcePatientInfo"><ValueList>
<Value>PID-3|279035121518989^^^&amp;1.2.250.1.213.1.4.8&amp;ISO^NH</Value>
<Value>PID-5|DURAND-LEFÈVRE^Élodie^^^^^L</Value><Value>PID-7|19560312</Value></ValueList></Slot>
<Name><LocalizedString value="Sérologie hépatite B"/></Name></ExtrinsicObject></SubmitObjectsRequest>"""

    assert [
        "Matricule INS : 279035121518989 ( 1.2.250.1.213.1.4.8 ISO)",
        "Nom de naissance : DURAND-LEFÈVRE",
        "Prénom : Élodie",
        "Date de naissance : 12/03/1956",
        "Document : Sérologie hépatite B",
    ] == fields(extract(attached(source.encode(), "METADATA.XML")))


PATIENT = {
    "resourceType": "Patient",
    "identifier": [
        {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "279035121518989"},
        {"type": {"coding": [{"code": "PI"}]}, "value": "8012345678"},
    ],
    "name": [{"use": "official", "family": "DURAND-LEFÈVRE", "given": ["Élodie", "Anne"]}],
    "birthDate": "1956-03-12",
    "gender": "female",
    "address": [{"line": ["1 rue X"], "city": "ROUEN"}],
}
OBSERVATION = {
    "resourceType": "Observation",
    "code": {"coding": [{"display": "Hémoglobine [Masse/Volume] Sang"}]},
    "valueQuantity": {"value": 12.4, "unit": "g/dL"},
    "referenceRange": [{"low": {"value": 12.0}, "high": {"value": 16.0}}],
    "interpretation": [{"coding": [{"code": "L"}]}],
}
CONDITION = {"resourceType": "Condition", "code": {"text": "hépatite B"}}
BUNDLE = {"resourceType": "Bundle", "entry": [{"resource": r} for r in (PATIENT, OBSERVATION, CONDITION)]}
FHIR = [
    "Matricule INS : 279035121518989 (urn:oid:1.2.250.1.213.1.4.8)",
    "IPP : 8012345678",
    "Nom de naissance : DURAND-LEFÈVRE",
    "Prénom : Élodie Anne",
    "Date de naissance : 12/03/1956",
    "Sexe : female",
    "Adresse : 1 rue X ROUEN",
    "Hémoglobine : 12.4 g/dL (12.0 - 16.0) L",
    "Diagnostic : hépatite B",
]


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(BUNDLE).encode(),
        json.dumps(BUNDLE, indent=2, ensure_ascii=False).encode(),
        json.dumps(BUNDLE, ensure_ascii=False).encode("utf-16"),
        "\n".join(map(json.dumps, (PATIENT, OBSERVATION, CONDITION))).encode(),
        json.dumps([PATIENT, OBSERVATION, CONDITION]).encode(),
    ],
    ids=["ascii", "indented", "utf-16", "ndjson", "list"],
)
def test_fhir_json(data: bytes) -> None:
    extraction = extract(attached(data, "bundle.json"))

    assert FHIR == fields(extraction)
    assert "family : DURAND-LEFÈVRE" in texts(extraction, "1/bundle.json")
    assert () == extraction.unread


def xml_of(resource: dict) -> str:
    def element(name: str, value: object) -> str:
        if isinstance(value, list):
            return "".join(element(name, item) for item in value)
        if isinstance(value, dict):
            inner = children(value)
            kind = value.get("resourceType")
            return f"<{name}>{f'<{kind}>{inner}</{kind}>' if kind else inner}</{name}>"
        return f'<{name} value="{value}"/>'

    def children(value: dict) -> str:
        return "".join(element(key, item) for key, item in value.items() if key != "resourceType")

    kind = resource["resourceType"]
    return f'<{kind} xmlns="http://hl7.org/fhir">{children(resource)}</{kind}>'


def test_fhir_xml() -> None:
    assert FHIR == fields(extract(attached(xml_of(BUNDLE).encode(), "bundle.xml")))


@pytest.mark.parametrize("write", [json.dumps, xml_of], ids=["json", "xml"])
def test_fhir_hands_out_its_documents_whatever_they_are(write) -> None:
    documents = [pdf("Dans le PDF"), b"Cher confr\xc3\xa8re", b"\x00\x01unknown\xff" * 9]
    content = [
        {"attachment": {"contentType": "application/x", "data": base64.b64encode(data).decode()}}
        for data in documents
    ]
    source = write({"resourceType": "DocumentReference", "content": content}).replace(
        "/", "\\/" if write is json.dumps else "/"
    )

    extraction = extract(attached(source.encode(), "d"))

    assert 4 + 1 == len(extraction.parts)
    assert "Dans le PDF" in texts(extraction)
    assert "Cher confrère" in texts(extraction)
    assert {"unsupported"} == reasons(extraction)


def test_fhir_keys_given_twice_are_both_read() -> None:
    source = '{"resourceType": "Patient", "birthDate": "1956-03-12", "birthDate": "1957-01-01"}'
    found = texts(extract(attached(source.encode(), "p.json")))

    assert "1956-03-12" in found
    assert "1957-01-01" in found


@pytest.mark.parametrize(("depth", "expected"), [(9, set()), (10, set()), (11, {"limit:json_depth_max"})])
def test_json_depth(depth: int, expected: set[str]) -> None:
    source = '{"resourceType": "Patient", "a": ' + '{"a": ' * (depth - 1) + '"fin"' + "}" * depth
    extraction = read(attached(source.encode(), "p.json"), json_depth_max=10)

    assert expected == reasons(extraction)
    assert "fin" in texts(extraction)


@pytest.mark.parametrize(
    "source", ['{"resourceType": "Patient", "name": "X', '{"resourceType": "Patient"} suite']
)
def test_json_that_breaks_off_is_corrupt_and_read_as_text(source: str) -> None:
    extraction = extract(attached(source.encode(), "p.json"))

    assert {"corrupt"} == reasons(extraction)
    assert source[-5:] in texts(extraction)


def test_json_of_a_hundred_thousand_levels() -> None:
    source = '{"resourceType": "Patient", "a": ' + "[" * 100_000

    assert {"limit:json_depth_max"} == reasons(extract(attached(source.encode(), "p.json")))


def dicom(
    syntax: str = ExplicitVRLittleEndian, *, charset: str = "ISO_IR 100", preamble: bool = True, **more
) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = more.pop("storage", SecondaryCaptureImageStorage)
    meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    target = io.BytesIO()
    file = Dataset()
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    file.SpecificCharacterSet = charset
    file.PatientName, file.PatientID, file.PatientBirthDate = (
        "DURAND-LEFÈVRE^Élodie",
        "8012345678",
        "19560312",
    )
    file.StudyDescription = "Suivi hépatite B"
    item = Dataset()
    item.TextValue = "Hémoglobine 12,4 g/dL"
    inner = Dataset()
    inner.ContentSequence = Sequence([item])
    inner.ContentSequence.is_undefined_length = True
    file.ContentSequence = Sequence([inner])
    for keyword, value in more.items():
        setattr(file, keyword, value)
    if preamble:
        file.file_meta, file.preamble = meta, b"\0" * 128
    form = {} if preamble else {"implicit_vr": syntax == ImplicitVRLittleEndian, "little_endian": True}
    pydicom.dcmwrite(target, file, enforce_file_format=preamble, **form)
    return target.getvalue()


SYNTAXES = [
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]


@pytest.mark.parametrize("charset", ["ISO_IR 100", "ISO_IR 192", "ISO 2022 IR 100"])
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
def test_dicom(syntax: str, charset: str) -> None:
    extraction = extract(attached(dicom(syntax, charset=charset), "IM0001"))

    assert {
        "Nom du patient : DURAND-LEFÈVRE Élodie",
        "IPP : 8012345678",
        "Date de naissance : 12/03/1956",
        "Examen : Suivi hépatite B",
        "Texte : Hémoglobine 12,4 g/dL",
    } <= set(fields(extraction))
    assert () == extraction.unread


@pytest.mark.parametrize("syntax", SYNTAXES[:2], ids=lambda syntax: syntax.name)
def test_dicom_without_preamble(syntax: str) -> None:
    extraction = extract(attached(dicom(syntax, preamble=False), "IM0001"))

    assert "Nom du patient : DURAND-LEFÈVRE Élodie" in fields(extraction)
    assert "Texte : Hémoglobine 12,4 g/dL" in fields(extraction)


def test_a_dicom_picture_is_unread_and_what_stands_behind_it_is_read() -> None:
    plain = dicom(Rows=1, Columns=1, BitsAllocated=8, PixelData=b"\0\0")
    packed = dicom(
        JPEGBaseline8Bit,
        Rows=1,
        Columns=1,
        BitsAllocated=8,
        PixelData=pydicom.encaps.encapsulate([b"\xff\xd8\xff\xd9"]),
        DataSetTrailingPadding=b"\0" * 8,
    )
    for data in (plain, packed):
        assert [("1/IM#pixels", "unsupported")] == unread(extract(attached(data, "IM")))


def test_a_pdf_in_a_dicom_file_is_read() -> None:
    data = dicom(
        storage=EncapsulatedPDFStorage,
        MIMETypeOfEncapsulatedDocument="application/pdf",
        EncapsulatedDocument=pdf("Dans le PDF"),
    )
    extraction = extract(attached(data, "IM"))

    assert "Dans le PDF" in texts(extraction, "1/IM/document")
    assert () == extraction.unread


def test_a_dicom_file_that_breaks_off_is_corrupt() -> None:
    data = dicom()
    for end in range(140, len(data), 7):
        assert "crash" not in reasons(extract(attached(data[:end], "IM")))
    assert {"corrupt"} == reasons(extract(attached(data[:-9], "IM")))


def test_deflated_dicom_is_capped() -> None:
    data = dicom(DeflatedExplicitVRLittleEndian, ImageComments="a" * 9_000)

    assert set() == reasons(read(attached(data, "IM"), member_max_bytes=20_000))
    assert "limit:member_max_bytes" in reasons(read(attached(data, "IM"), member_max_bytes=1_000))
    assert "limit:expanded_max_bytes" in reasons(read(attached(data, "IM"), expanded_max_bytes=1_000))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (hl7(), "m.hl7"),
        ((HEADER + RESULTS).encode("cp850"), "r.hpr"),
        (CDA.replace("{p}", "").replace("{x}", "").encode(), "d.xml"),
        (json.dumps(BUNDLE).encode(), "b.json"),
        (xml_of(BUNDLE).encode(), "b.xml"),
    ],
)
def test_recognizers_find_identity_and_results_in_the_fields(engine: Engine, data: bytes, name: str) -> None:
    kinds = {
        f.kind for f in inspect(attached(data, name), engine, Limits()).findings if f.part.endswith("#fields")
    }

    assert {"patient_name", "birth_date", "patient_number", "lab_result", "disease"} <= kinds
    assert kinds & {"ins", "nir"}


@pytest.mark.parametrize(
    "unit",
    [
        b"MSH|^~\\&|",
        b"OBX|1|ED|||^^^Base64^QUFB|",
        b"RES|a|b|c|1|g/L|",
        b"H|~^\\&|",
        b'{"resourceType": "Patient"}',
    ],
)
@pytest.mark.parametrize("end", [b"", b"\r", b"\n"])
def test_readers_are_linear_on_hostile_bytes(unit: bytes, end: bytes) -> None:
    data = (unit + end) * (1024 * 1024 // len(unit + end))
    start = time.perf_counter()
    extraction = extract(attached(data, "a.hpr"))

    assert time.perf_counter() - start < 6
    assert "crash" not in reasons(extraction)


def test_a_health_file_in_an_office_file_is_its_own_part() -> None:
    inside = archive({"[Content_Types].xml": b"<Types/>", "word/embeddings/a.hl7": hl7()})

    assert "Prénom : Élodie" in fields(extract(attached(inside, "a.docx")))
