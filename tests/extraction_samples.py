"""Messages and files for the extraction tests, made on the spot; every name and number is invented."""

from __future__ import annotations

import base64
import io
import random
import zipfile
from email.message import EmailMessage
from urllib.parse import quote

import docx
from reportlab.pdfgen.canvas import Canvas

from hygie_detectors.extraction import Extraction, extract
from hygie_detectors.limits import Limits

ODT_TYPE = "application/vnd.oasis.opendocument.text"


def attached(data: bytes, name: str = "piece.bin", media_type: str = "application/octet-stream") -> bytes:
    """Return a message with this file attached, base64, as mail clients do."""
    return (
        b"From: service@hopital.example\r\nTo: m.durand@ailleurs.example\r\nSubject: essai\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=limite\r\n\r\n--limite\r\n"
        b"Content-Type: " + media_type.encode() + b"\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''"
        + quote(name).encode()
        + b"\r\n\r\n"
        + base64.encodebytes(data)
        + b"\r\n--limite--\r\n"
    )


def part(data: bytes, headers: str) -> bytes:
    """Return a message of one part with these headers."""
    return f"Subject: essai\r\nMIME-Version: 1.0\r\n{headers}\r\n\r\n".encode() + data


def html_mail(source: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "essai"
    message.set_content(source, subtype="html", cte="base64")
    return bytes(message)


def pdf(*pages: str, locked: bool = False) -> bytes:
    """Return a PDF, one page a string; its lines are printed below each other."""
    target = io.BytesIO()
    encrypt = None
    if locked:
        from reportlab.lib.pdfencrypt import StandardEncryption  # noqa: PLC0415 - needed by few tests

        encrypt = StandardEncryption("ouvrir", strength=128)
    canvas = Canvas(target, encrypt=encrypt)
    canvas.setTitle("Titre du document")
    for text in pages:
        for row, line in enumerate(text.splitlines()):
            canvas.drawString(60, 780 - 16 * row, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def word(*paragraphs: str, table: list[list[str]] | None = None, header: str = "") -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if table:
        grid = document.add_table(rows=0, cols=len(table[0]))
        for row in table:
            cells = grid.add_row().cells
            for cell, text in zip(cells, row, strict=True):
                cell.text = text
    if header:
        document.sections[0].header.paragraphs[0].text = header
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return target.getvalue()


def word_of(body: str, **members: bytes) -> bytes:
    """Return a docx whose body is this markup inside ``w:body``."""
    names = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"
    return archive(
        {
            "[Content_Types].xml": b"<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
            "word/document.xml": f"<w:document {names}><w:body>{body}</w:body></w:document>".encode(),
            **{f"word/{name.replace('__', '.')}": data for name, data in members.items()},
        }
    )


def odt(body: str, **members: bytes) -> bytes:
    names = (
        "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' "
        "xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' "
        "xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0'"
    )
    body = f"<office:body><office:text>{body}</office:text></office:body>"
    content = f"<office:document-content {names}>{body}</office:document-content>"
    return archive({"mimetype": ODT_TYPE.encode(), "content.xml": content.encode(), **members})


def read(raw: bytes, **limits: int) -> Extraction:
    return extract(raw, Limits(**limits))  # type: ignore[arg-type] - the settings tested here are counts


def texts(extraction: Extraction, path: str = "") -> str:
    """Return all text, or that of one part and its places, joined by blank lines."""
    return "\n\n".join(s.text for s in extraction.segments if not path or s.part.split("#", 1)[0] == path)


def unread(extraction: Extraction) -> list[tuple[str, str]]:
    return [(u.part, u.reason) for u in extraction.unread]


def reasons(extraction: Extraction) -> set[str]:
    return {u.reason for u in extraction.unread}


def damaged(data: bytes, seed: int) -> bytes:
    """Return a file with some bytes changed, lost, doubled, or its numbers made large, by this seed."""
    chance, out = random.Random(seed), bytearray(data)  # noqa: S311 - the same damage in every run
    for _ in range(chance.choice((1, 1, 2, 4, 10))):
        place, size = chance.randrange(len(out) + 1), chance.randrange(1, 60)
        kind = chance.randrange(5)
        if kind == 0:
            out[place : place + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del out[place : place + size]
        elif kind == 2:
            out[place:place] = out[chance.randrange(len(out) + 1) :][:size]
        elif kind == 3:
            out[place : place + 4] = chance.choice(
                (b"\xff" * 4, bytes(4), b"\xff\xff\xff\x7f", b"\x80\0\0\0")
            )
        elif chance.random() < 0.3:
            del out[place:]
    return bytes(out)
