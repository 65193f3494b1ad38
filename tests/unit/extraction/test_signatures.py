"""Health file formats, wherever they lie in a message; and XML as text."""

from __future__ import annotations

import base64
import time

import pytest

from extraction_samples import archive, attached, html_mail, part, pdf, reasons, texts, word
from hygie_detectors.extraction import extract
from hygie_detectors.extraction.signatures import find, xdm_subject

CDA = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<?xml-stylesheet href='cda.xsl'?>\n"
    "<!-- " + "x" * 3_300 + " -->\n"
    "<ClinicalDocument xmlns='urn:hl7-org:v3'><realmCode code='FR'/><recordTarget><patientRole>"
    "<id extension='281082A00412158' root='1.2.250.1.213.1.4.8'/><patient><name><given>Ana</given>"
    "<family>DUVAL</family></name></patient></patientRole></recordTarget>"
    "<component>{body}</component></ClinicalDocument>"
).replace("{long}", "x" * 3_300)
HL7 = (
    "MSH|^~\\&|LABO|CH|||20261124||ORU^R01|1|P|2.5{end}"
    "PID|1||123^^^CH||DUVAL^Ana{end}OBX|1|NM|TSH||2,1|mUI/L{end}"
)
DICOM = b"\0" * 128 + b"DICM\x02\0\0\0UL\x04\0\0\0\0\0"
NAME = b"\x10\0\x10\0PN\x0a\0DUVAL^ANA "


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (CDA.encode(), ("cda", True)),
        (CDA.replace("<Clin", "<c:Clin").replace("xmlns=", "xmlns:c=").encode(), ("cda", True)),
        (CDA.encode("utf-16"), ("cda", True)),
        (
            b"<ClinicalDocument xmlns='urn:hl7-org:v3'><title>Vide</title></ClinicalDocument>",
            ("cda", False),
        ),
        (HL7.format(end="\r").encode(), ("hl7v2", True)),
        (HL7.format(end="\n").encode(), ("hl7v2", True)),
        (b"\x0b" + HL7.format(end="\r\n").encode() + b"\x1c\r", ("hl7v2", True)),
        (b"\xef\xbb\xbf" + HL7.format(end="\r").encode(), ("hl7v2", True)),
        (HL7.replace("~", "˜").format(end="\n").encode(), ("hl7v2", True)),
        (HL7.replace("~", "˜").format(end="\n").encode("cp1252"), ("hl7v2", True)),
        (b"MSH|^~\\&|A|B|||2026||ACK|1|P|2.5\rMSA|AA|1\r", ("hl7v2", False)),
        (b"H|~^\\&|0.HPR||001~LABO||ORU\rP|1|01|||DUVAL~ANA||19820803|F\r", ("hprim", True)),
        (
            b"12\nDUVAL\nAna\n1 rue X\n\n20000 Ajaccio\n03/08/1982\n\n****LAB****\nRES|TSH||N|2,1|mUI/L\n",
            ("hprim", True),
        ),
        (b"RES|TSH|1234|N|2,1|mUI/L|0,27|4,2|N|F\n", ("hprim", False)),
        (b'{"resourceType": "Patient", "id": "1"}', ("fhir", True)),
        (b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation"}}]}', ("fhir", True)),
        (b'{"resourceType": "CapabilityStatement"}', ("fhir", False)),
        (b'<Patient xmlns="http://hl7.org/fhir"><id value="1"/></Patient>', ("fhir", True)),
        (DICOM + NAME, ("dicom", True)),
        (b"II*\0" + DICOM[4:] + NAME, ("dicom", True)),
        (DICOM + b"\x02\0\x02\0UI\x14\x001.2.840.10008.1.3.10", ("dicom", False)),
        (b"\x08\0\x05\0CS\x0a\0ISO_IR 100" + NAME, ("dicom", True)),
    ],
)
def test_formats(data: bytes, expected: tuple[str, bool]) -> None:
    assert [expected] == list(find(data))


@pytest.mark.parametrize(
    "data",
    [
        b"Bonjour, le format HL7 commence par MSH|^~\\&| en tout debut de ligne.",
        b"Voir la balise ClinicalDocument de urn:hl7-org:v3.",
        b'{"resourceType": "Microsoft.Compute/virtualMachines"}',
        b'{"resourceType": "Invoice2"}',
        b"RES|peu|de",
        b"**** FIN ****",
        b"DICM",
        pdf("DICM"),
        word("Bonjour"),
    ],
)
def test_look_alikes(data: bytes) -> None:
    assert [] == list(find(data))


@pytest.mark.parametrize(
    ("subject", "person"),
    [
        ("XDM/1.0/DDM+CR d’examens biologiques DUVAL Ana 03/08/1982", True),
        ("Tr: [Annule et remplace] XDM/1.0/DDM+CR d'examens DUVAL Ana", True),
        ("XDM/1.0/DDM", False),
        ("Bilan", None),
    ],
)
def test_xdm_subjects(subject: str, *, person: bool | None) -> None:
    assert person is xdm_subject(subject)


def kinds(raw: bytes) -> list[tuple[str, bool]]:
    return [(s.kind, s.person) for s in extract(raw).signatures]


def test_a_format_is_found_wherever_it_lies() -> None:
    cda = CDA.encode()
    inside = archive(
        {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<p/>", "word/embeddings/a.xml": cda}
    )
    subject = "XDM/1.0/DDM+CR d’examens DUVAL Ana"
    encoded = b"Subject: =?utf-8?B?" + base64.b64encode(subject.encode()) + b"?=\r\n\r\nx"
    forwarded = b"Content-Type: message/rfc822\r\n\r\n" + encoded
    hl7 = HL7.format(end="\r").encode() + b"OBX|2|ED|||^TEXT^XML^Base64^" + base64.b64encode(cda) + b"|F\r"

    assert [("cda", True)] == kinds(attached(cda, "a.dat"))
    assert [("cda", True)] == kinds(attached(inside, "a.docx"))
    assert [("cda", True)] == kinds(attached(attached(cda), "a.eml"))
    assert [("hl7v2", True), ("cda", True)] == kinds(attached(hl7, "a.txt"))
    assert [("hl7v2", True)] == kinds(part(HL7.format(end="\r\n").encode(), "Content-Type: text/plain"))
    assert [("xdm", True)] == kinds(encoded)
    assert [("xdm", True)] == kinds(forwarded)
    assert [("xdm", True)] == kinds(
        attached(archive({"IHE_XDM/SUBSET01/METADATA.XML": b"<a/>", "Readme.txt": b""}), "IHE_XDM.zip")
    )
    assert [("dicom", True)] == kinds(attached(DICOM + NAME, "image"))
    assert [] == kinds(html_mail("<p>Bonjour"))


def test_a_cda_is_text_with_its_identifiers_and_its_pdf() -> None:
    encoded = base64.encodebytes(pdf("Hémoglobine dans le PDF")).decode()
    body = f"<nonXMLBody><text mediaType='application/pdf' representation='B64'>{encoded}</text></nonXMLBody>"

    extraction = extract(attached(CDA.replace("{body}", body).encode(), "cda.xml", "text/xml"))

    assert 'extension="281082A00412158" root="1.2.250.1.213.1.4.8"' in texts(extraction, "1/cda.xml")
    assert "Ana\nDUVAL" in texts(extraction, "1/cda.xml")
    assert "Hémoglobine dans le PDF" in texts(extraction, "1/cda.xml/objet-1")
    assert encoded[:40] not in texts(extraction)
    assert () == extraction.unread


def test_cda_tables_keep_their_rows() -> None:
    row = "<tr><td>TSH</td><td><content>2,1</content></td><td>mUI/L</td></tr>"
    body = f"<table><tbody>{row}<tr><td>CRP</td></tr></tbody></table>"

    assert "TSH\t2,1\tmUI/L\nCRP" in texts(extract(attached(CDA.replace("{body}", body).encode(), "cda.xml")))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"<?xml version='1.0'?><!DOCTYPE a SYSTEM 'http://127.0.0.1:9/x.dtd'><a>MARQUE</a>", "unsupported"),
        (b"<?xml version='1.0'?><a>MARQUE<b></a>", "corrupt"),
        (b"<?xml version='1.0'?>" + b"<a>" * 257 + b"MARQUE" + b"</a>" * 257, "limit:xml_depth_max"),
    ],
)
def test_xml_that_is_refused_is_read_as_tagged_text(source: bytes, reason: str) -> None:
    extraction = extract(attached(source, "a.xml"))

    assert {reason} == reasons(extraction)
    assert "MARQUE" in texts(extraction)


@pytest.mark.parametrize(
    "unit",
    [
        b"MSH|^",
        b"RES|a|b|c|d",
        b"****LAB",
        b'"resourceType" ',
        b"<ClinicalDocument urn:hl7-org:v3",
        b"\x10\0\x10\0",
        b"<Patient ",
    ],
)
def test_signatures_are_linear_on_hostile_bytes(unit: bytes) -> None:
    data = unit * (1024 * 1024 // len(unit)) + b"http://hl7.org/fhi"
    start = time.perf_counter()
    list(find(data))

    assert time.perf_counter() - start < 0.5
