"""PDF: pages and what lies beside them."""

from __future__ import annotations

import io
import zlib

import pypdfium2 as pdfium
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from extraction_samples import archive, attached, pdf, read, reasons, texts, unread, word
from hygie_detectors.extraction import extract

PATH = "1/lettre.pdf"


def mail(data: bytes) -> bytes:
    return attached(data, "lettre.pdf", "application/pdf")


def test_each_page_is_text_at_its_place() -> None:
    extraction = extract(mail(pdf("Hémoglobine 12,9 g/dL\nDeuxième ligne", "Page deux")))

    found = {s.part: s.text for s in extraction.segments}

    assert "Hémoglobine 12,9 g/dL\nDeuxième ligne" == found[f"{PATH}#page=1"].strip()
    assert "Page deux" == found[f"{PATH}#page=2"].strip()
    assert "Titre du document" in found[f"{PATH}#metadata"]
    assert () == extraction.unread


@pytest.mark.parametrize(
    ("pages", "beyond"), [(2, []), (3, []), (4, [(f"{PATH}#page=4-4", "limit:pdf_pages_max")])]
)
def test_pages_beyond_the_limit_are_unread_by_number(pages: int, beyond: list[tuple[str, str]]) -> None:
    extraction = read(mail(pdf(*(f"page {n}" for n in range(1, pages + 1)))), pdf_pages_max=3)

    assert beyond == unread(extraction)
    assert "page 4" not in texts(extraction)


def test_a_pdf_behind_a_password_is_encrypted() -> None:
    assert [(PATH, "encrypted")] == unread(extract(mail(pdf("secret", locked=True))))


def test_a_value_of_a_form_stands_behind_the_name_of_its_field() -> None:
    """Two boxes ticked said "Yes" once, and nobody saw which."""
    target = io.BytesIO()
    canvas = Canvas(target)
    for row, box in enumerate(("asthme", "épilepsie", "migraine")):
        canvas.acroForm.checkbox(name=box, x=60, y=600 - 40 * row, checked=box != "épilepsie")
    canvas.showPage()
    canvas.save()

    found = texts(extract(mail(target.getvalue()))).splitlines()

    assert {"asthme : Yes", "épilepsie : Off", "migraine : Yes"} <= set(found)


def test_form_values_notes_and_attached_files_are_read() -> None:
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawString(60, 700, "Formulaire à remplir par le service")
    canvas.acroForm.textfield(name="nom", value="VALEUR DURAND", x=60, y=600, width=200)
    canvas.textAnnotation("NOTE en marge", Rect=[60, 500, 80, 520])
    canvas.showPage()
    canvas.save()
    document = pdfium.PdfDocument(target.getvalue())
    document.new_attachment("dossier.docx").set_data(word("Contenu JOINT"))
    file = io.BytesIO()
    document.save(file)

    extraction = extract(mail(file.getvalue()))

    assert "VALEUR DURAND" in texts(extraction, PATH)
    assert "NOTE en marge" in texts(extraction, PATH)
    assert "Contenu JOINT" in texts(extraction, f"{PATH}/dossier.docx")


def picture_page(*, share: float, text: str = "") -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(600, 800))
    gray = ImageReader(_Gray())
    canvas.drawImage(gray, 0, 0, width=600 * share, height=800)
    canvas.drawString(20, 20, text)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


class _Gray(io.BytesIO):
    """A gray picture in a format that needs no library."""

    def __init__(self) -> None:
        raw = b"".join(b"\0" + bytes([90]) * 8 for _ in range(8))
        chunks = b"".join(
            len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
            for kind, data in (
                (b"IHDR", b"\0\0\0\x08\0\0\0\x08\x08\0\0\0\0"),
                (b"IDAT", zlib.compress(raw)),
                (b"IEND", b""),
            )
        )
        super().__init__(b"\x89PNG\r\n\x1a\n" + chunks)


@pytest.mark.parametrize(
    ("share", "text", "scanned"),
    [
        (1.0, "", True),
        (0.1, "", True),  # no text: whatever the picture, the page was not read
        (1.0, "numérisé par le service", True),
        (0.1, "Une lettre courte avec un logo", False),
        (1.0, "Une longue lettre sur fond de page, avec tout son texte. " * 3, False),
    ],
)
def test_a_page_that_is_a_picture_is_read_as_one(share: float, text: str, *, scanned: bool) -> None:
    extraction = extract(mail(picture_page(share=share, text=text)))

    assert scanned == (f"{PATH}#page=1" in [part.path for part in extraction.parts])


@pytest.mark.parametrize("size", [900, 2_000, 4_000])
def test_a_pdf_behind_a_prefix_is_read(size: int) -> None:
    assert "Bonjour" in texts(extract(mail(b"x" * size + pdf("Bonjour"))), PATH)


def test_a_text_behind_a_pdf_is_read() -> None:
    assert "MARQUE" in texts(
        extract(
            mail(pdf("Bonjour") + b"\nUn texte MARQUE que nul lecteur ne montre, mais que chacun envoie.")
        )
    )


def test_a_pdf_that_is_a_zip_too_is_both() -> None:
    extraction = extract(mail(pdf("Bonjour") + word("Dans le zip")))

    assert "Bonjour" in texts(extraction, PATH)
    assert "Dans le zip" in texts(extraction, PATH)
    assert "Note" in texts(extract(mail(pdf("Bonjour") + archive({"a.txt": b"Note"}))), f"{PATH}/a.txt")


@pytest.mark.parametrize("cut", [0.1, 0.4, 0.66])
def test_a_truncated_pdf_is_corrupt(cut: float) -> None:
    data = pdf("Bonjour " * 40)

    extraction = extract(mail(data[: int(len(data) * cut)]))

    assert {"corrupt"} == reasons(extraction)


def raw_pdf(*objects: bytes) -> bytes:
    """Return a PDF of these objects, numbered from 1; the first is the catalogue."""
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (
            len(objects) + 1,
            table,
            len(objects) + 1,
            len(body),
        )
    )


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), extra, content)


def one_page(
    content: bytes, *more: bytes, resources: bytes = b"/Font << /F1 5 0 R >>", extra: bytes = b""
) -> bytes:
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << "
        + resources
        + b" >> >>",
        stream(content, extra),
        *more,
    )


def test_a_font_without_a_map_to_letters_is_read_from_the_picture() -> None:
    """Such a page prints well, and reads as signs of no alphabet."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
    ranges = b"1 beginbfrange <20> <7E> <E020> endbfrange"
    to_private = b"/CIDInit /ProcSet findresource begin begincmap " + ranges + b" endcmap end"
    text = (
        b"BT /F1 12 Tf 60 700 Td ("
        + b"Une lettre assez longue pour ne pas passer pour vide. " * 3
        + b") Tj ET"
    )

    extraction = extract(mail(one_page(text, font, stream(to_private))))

    assert "Une lettre assez longue" in texts(extraction, PATH)
    assert () == extraction.unread


def test_drawings_in_which_nothing_is_recognised_are_unsupported() -> None:
    assert [(f"{PATH}#page=1", "unsupported")] == unread(
        extract(mail(one_page(b"60 700 m 70 710 l S\n" * 200)))
    )
    assert [] == unread(extract(mail(one_page(b"60 700 m 70 710 l S\n" * 3))))


def test_hostile_structures_end_in_text_or_unread() -> None:
    loop = raw_pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>")
    flate = stream(zlib.compress(b" " * 30_000_000), b"/Filter /FlateDecode")
    bomb = raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>",
        flate,
    )

    assert extract(mail(loop)).unread
    assert 2 == len(extract(mail(bomb)).parts)
    assert extract(mail(b"%PDF-1.7\n")).unread
