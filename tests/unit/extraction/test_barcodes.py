"""The INS datamatrix, 2D-Doc and QR codes, on pictures and in PDF files.

Vector of the national agency (``picture_samples.INS``): number 279035121518989, Dominique PAT-TROIS,
born 28-03-1979 in 63220.
"""

from __future__ import annotations

import io

import pytest
from PIL import Image
from reportlab.graphics.barcode.ecc200datamatrix import ECC200DataMatrix
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from extraction_samples import attached, texts, unread
from hygie_detectors.engine import Engine
from hygie_detectors.extraction import barcodes, extract
from hygie_detectors.inspect import inspect
from hygie_detectors.limits import Limits
from picture_samples import INS, code, saved, scan

PATH = "1/code.bin"
FIELDS = (
    "Matricule INS : 279035121518989",
    "OID : 1.2.250.1.213.1.4.10",
    "Prénoms : DOMINIQUE",
    "Nom de naissance : PAT-TROIS",
    "Sexe : F",
    "Date de naissance : 28-03-1979",
    "Code INSEE du lieu de naissance : 63220",
)


def mail(data: bytes) -> bytes:
    return attached(data, "code.bin")


def label(payload: str, kind: str = "DataMatrix", dpi: int = 200) -> Image.Image:
    """Return a page with the code in its corner, 22 mm wide or so."""
    page = scan("Compte rendu", dpi)
    page.paste(code(payload, kind, scale=max(dpi // 50, 2)), (page.width // 2, 100))
    return page


@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
def test_the_ins_datamatrix_is_written_out(dpi: int) -> None:
    text = texts(extract(mail(saved(label(INS, dpi=dpi)))), PATH)

    assert [] == [field for field in FIELDS if field not in text]


def test_every_code_of_a_sheet_of_labels_is_read() -> None:
    sheet = Image.new("L", (1600, 1200), 255)
    payloads = [f"ECHANTILLON-{number:03}" for number in range(60)]
    for number, payload in enumerate(payloads):
        sheet.paste(code(payload, scale=4), (40 + number % 10 * 150, 40 + number // 10 * 180))

    found = [each.text for each in barcodes.find(sheet)]

    assert payloads == sorted(found)


def test_its_fields_may_come_in_any_order() -> None:
    """ZXing's sample ends with the name."""
    payload = (
        b"IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10"
        b"S3DOMINIQUE\x1dS5FS628-03-1979S763220S4PAT-TROIS"
    )

    found = barcodes._code(payload).text.splitlines()

    assert {"Datamatrix INS", *FIELDS} == set(found)


@pytest.mark.parametrize(
    ("payload", "lines"),
    [
        (b"S1true\x1dS5F", ["S1true", "Sexe : F"]),
        (b"S1279035121518989X9inconnu", ["Matricule INS : 279035121518989", "X9inconnu"]),
        (b"S3ANNEGSS4DURANDGSS5F", ["Prénoms : ANNE", "Nom de naissance : DURAND", "Sexe : F"]),
        (b"S4RINGS\x1dS5F", ["Nom de naissance : RINGS", "Sexe : F"]),
        (b"", []),
    ],
)
def test_what_is_no_field_is_kept(payload: bytes, lines: list[str]) -> None:
    assert ["Datamatrix INS", *lines] == barcodes._code(b"IS01" + b"0" * 22 + payload).text.splitlines()


def test_a_2d_doc_is_read_line_by_line() -> None:
    payload = "DC04FR0001011E6E1E6EB201FRF0JEANNE\x1dF1MARTIN\x1dF212031956F3FF494500-6F5P\x1fSIGNATURE"

    text = texts(extract(mail(saved(label(payload)))), PATH)

    assert "F0JEANNE\nF1MARTIN\nF212031956F3FF494500-6F5P\nSIGNATURE" in text


def test_a_qr_code_is_read() -> None:
    text = texts(extract(mail(saved(label("Patient DURAND, hépatite B", "QRCode")))), PATH)

    assert "Patient DURAND, hépatite B" in text


def test_a_health_certificate_is_packed() -> None:
    extraction = extract(mail(saved(label("HC1:NCFOXN%TS3DHZN4HAF*PQFKKGTNA.Q/R8", "QRCode"))))

    assert [(f"{PATH}#code", "unsupported")] == unread(extraction)


LETTER = "Une lettre ordinaire de plusieurs lignes, dont chacun lit le texte sans peine."


def drawn(payload: str) -> bytes:
    """Return a PDF of text with the code made of small squares."""
    target = io.BytesIO()
    canvas = Canvas(target)
    for row in range(5):
        canvas.drawString(60, 700 - 16 * row, LETTER)
    barcode = ECC200DataMatrix(payload)
    barcode.x = barcode.y = 0
    barcode.validate()
    barcode.encode()
    barcode.drawOn(canvas, 300, 500)
    canvas.save()
    return target.getvalue()


def placed(picture: Image.Image) -> bytes:
    """Return a PDF of text with a picture in its corner."""
    target = io.BytesIO()
    canvas = Canvas(target)
    for row in range(5):
        canvas.drawString(60, 700 - 16 * row, LETTER)
    canvas.drawImage(ImageReader(picture.convert("RGB")), 450, 760, 60, 60, preserveAspectRatio=True)
    canvas.save()
    return target.getvalue()


def test_a_code_on_the_first_page_of_a_text_is_read() -> None:
    extraction = extract(mail(placed(code(INS))))

    [found] = [s.text for s in extraction.segments if s.part == f"{PATH}#page=1-code"]

    assert [] == [field for field in FIELDS if field not in found]
    assert ["headers", PATH] == [p.path for p in extraction.parts]
    assert () == extraction.unread


def test_a_code_made_of_squares_is_read() -> None:
    assert "TICKET 12345" in texts(extract(mail(drawn("TICKET 12345"))), PATH)


def test_a_logo_costs_little_and_says_nothing() -> None:
    logo = Image.radial_gradient("L")

    assert () == extract(mail(placed(logo))).unread


def test_the_code_alone_is_an_identity_and_a_health_document() -> None:
    inspection = inspect(mail(saved(code(INS, scale=6))), Engine(), Limits())

    assert {"ins", "patient_name", "birth_date"} <= {f.kind for f in inspection.findings}
