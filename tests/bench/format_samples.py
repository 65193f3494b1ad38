"""One case a format and size for ``bench_formats.py``: the message, and the bare library call for it.

Does:   makes each file when asked, with the writers of the tests; small is a page or a record, large what a
        hospital sends at most days: a thick file, a month's export, 25 MB of mail.
Never:  shares a text between lines: a repeated line flatters what packs or caches.
Fails:  a writer that is not installed makes its case raise ``ImportError``; the bench leaves it out by name.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "probes"))

import containers as probes

import ole_samples
import picture_samples
from extraction_samples import archive, attached, odt, pdf, word

Bare = Callable[[bytes], object]


@dataclass(frozen=True)
class Case:
    """A file of one format, in two sizes."""

    name: str
    file_name: str
    """Empty when what is made is the whole message."""
    small: Callable[[], bytes]
    large: Callable[[], bytes]
    library: str = ""
    bare: Bare = len
    """The least that gives the raw content of the file."""
    unread: str = ""
    """The reason that is right for it, when not all of it can be read."""

    def message(self, *, large: bool) -> bytes:
        """Return the message with the file in it."""
        data = self.large() if large else self.small()
        return attached(data, self.file_name) if self.file_name else data


def decoded(raw: bytes) -> list[bytes]:
    """Return what the parts of a message hold: every bare call begins with it."""
    parts = [part for part in message_from_bytes(raw).walk() if not part.is_multipart()]
    return [part.get_payload(decode=True) for part in parts]


# --- text ---------------------------------------------------------------------------------------------


def line(number: int) -> str:
    return (
        f"{number:05} Le dossier {number * 7919 % 100_003} de l'équipe {number % 37} est déplacé au "
        f"{number % 28 + 1:02}/{number % 12 + 1:02}/2026, salle {number % 91} : {number % 190 / 10:.1f} g/dL."
    )


def lines(number: int, begin: int = 0) -> list[str]:
    return [line(n) for n in range(begin, begin + number)]


def text(number: int, begin: int = 0) -> str:
    return "\n".join(lines(number, begin))


def row(number: int) -> list[str | float]:
    return [*line(number).split(" ")[:7], number, number / 8, f"{number % 28 + 1:02}/03/2026"]


def envelope(body: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Élodie Martin <e.martin@hopital.example>"
    message["To"] = "m.durand@ailleurs.example"
    message["Subject"] = "Réunion d'équipe"
    message["Message-ID"] = "<1@hopital.example>"
    message.set_content(body, cte="quoted-printable")
    return message


def html_mail(rows: int) -> bytes:
    message = envelope(text(20))
    style = "padding:2px;border:solid windowtext 1.0pt"
    body = "".join(
        f"<tr><td style='{style}'><p class=MsoNormal><span lang=FR>{line(n)}</span></p></td></tr>"
        for n in range(rows)
    )
    message.add_alternative(f"<html><body><table>{body}</table></body></html>", subtype="html")
    return bytes(message)


def files_mail(files: int) -> bytes:
    """Return a message with files that are nobody's text: what is left is the work on the mail itself."""
    message = envelope(text(20))
    chance = random.Random(1)  # noqa: S311 - the same bytes in every run
    for number in range(files):
        data = b"\x8d\x8e" + chance.randbytes(920_000 if files > 1 else 9_200)
        message.add_attachment(data, "application", "octet-stream", filename=f"mesure-{number}.bin")
    return bytes(message)


def csv(rows: int) -> bytes:
    return "\r\n".join(";".join(map(str, row(n))) for n in range(rows)).encode("cp1252")


def cards(number: int) -> bytes:
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Martin;Jeanne{n}\r\nTEL:01 42 34 {n % 99:02} 12\r\n"
        f"NOTE:{line(n)[:60]}\r\n {line(n)[60:]}\r\nEND:VCARD\r\n"
        for n in range(number)
    ).encode()


def events(number: int) -> bytes:
    items = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART:202603{n % 28 + 1:02}T100000Z\r\nSUMMARY:{line(n)[:60]}\r\n"
        f"DESCRIPTION:{line(n)[:60]}\\n\r\n {line(n)[60:]}\r\nEND:VEVENT\r\n"
        for n in range(number)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{items}END:VCALENDAR\r\n".encode()


def decode(raw: bytes) -> object:
    return [part.decode("cp1252", "replace") for part in decoded(raw)]


def html_text(raw: bytes) -> object:
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 - each library when its case comes

    return [LexborHTMLParser(part.decode("utf-8", "replace")).text() for part in decoded(raw)]


def striprtf(raw: bytes) -> object:
    from striprtf.striprtf import rtf_to_text  # noqa: PLC0415

    return rtf_to_text(decoded(raw)[0].decode("latin-1"))


# --- office -------------------------------------------------------------------------------------------


def saved(document: object) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def xlsx(rows: int) -> bytes:
    import openpyxl  # noqa: PLC0415

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Mesures")
    for number in range(rows):
        sheet.append(row(number))
    return saved(book)


def xls(rows: int) -> bytes:
    import xlwt  # noqa: PLC0415

    book = xlwt.Workbook()
    sheet = book.add_sheet("Mesures")
    for number in range(rows):
        for column, value in enumerate(row(number)):
            sheet.write(number, column, value)
    return saved(book)


def pptx(slides: int) -> bytes:
    import pptx as writer  # noqa: PLC0415

    show = writer.Presentation()
    for number in range(slides):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = line(number)
        slide.placeholders[1].text = text(8, number * 12)
        slide.notes_slide.notes_text_frame.text = text(4, number * 12 + 8)
    return saved(show)


def ods(rows: int) -> bytes:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f"<table:table-cell office:value-type='string'><text:p>{cell}</text:p></table:table-cell>"
            for cell in row(number)
        )
        + "</table:table-row>"
        for number in range(rows)
    )
    return opendocument("ods", f"<table:table table:name='Mesures'>{cells}</table:table>")


def odp(slides: int) -> bytes:
    box = "<draw:frame><draw:text-box>{}</draw:text-box></draw:frame>"
    pages = "".join(
        f"<draw:page draw:name='p{number}'>{box.format(paragraphs(9, number * 9))}</draw:page>"
        for number in range(slides)
    )
    return opendocument("odp", pages)


def paragraphs(number: int, begin: int = 0) -> str:
    return "".join(
        f"<text:p text:style-name='P{len(row) % 7}'>{row}</text:p>" for row in lines(number, begin)
    )


@cache
def _frame(kind: str) -> bytes:
    """Return a file as odfpy writes it: styles, settings and manifest around the content."""
    return next(
        data
        for name, data, file_name, *_ in dict(probes.base.MAKERS)["opendocument"]()
        if file_name.endswith(kind)
    )


def opendocument(kind: str, content: str) -> bytes:
    """Return that file with this content."""
    frame = _frame(kind)
    with zipfile.ZipFile(io.BytesIO(frame)) as file:
        source = file.read("content.xml").decode()
    body = re.search(
        r"(<office:(?:text|spreadsheet|presentation)>).*(</office:\w+></office:body>)", source, re.DOTALL
    )
    names = "".join(
        f" xmlns:{prefix}='urn:oasis:names:tc:opendocument:xmlns:{name}:1.0'"
        for prefix, name in (("text", "text"), ("table", "table"), ("draw", "drawing"))
        if f"xmlns:{prefix}=" not in source
    )
    opened = body[1].replace(">", f"{names}>")
    source = source[: body.start()] + opened + content + body[2] + source[body.end() :]
    return probes.office.changed(frame, **{"content.xml": source.encode()})


def flat_odt(number: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(odt(paragraphs(number)))) as file:
        content = file.read("content.xml").decode()
    return content.replace("document-content", "document").encode()


def doc(number: int) -> bytes:
    return ole_samples.doc(text(number).replace("\n", "\r"), pieces=max(number // 30, 1))


def ppt(slides: int) -> bytes:
    return ole_samples.ppt(
        *(
            ole_samples.record(
                0x03EE, ole_samples.utf16(text(9, number * 9).replace("\n", "\r")), container=True
            )
            for number in range(slides)
        )
    )


def rtf(number: int) -> bytes:
    return probes.text.rtf(text(number))


def xml_members(raw: bytes) -> object:
    from lxml import etree  # noqa: PLC0415

    found = []
    with zipfile.ZipFile(io.BytesIO(decoded(raw)[0])) as file:
        for name in file.namelist():
            if name.endswith(".xml"):
                found += _texts(etree.iterparse(file.open(name)))
    return found


def xml_text(raw: bytes) -> object:
    from lxml import etree  # noqa: PLC0415

    return list(etree.fromstring(decoded(raw)[0]).itertext())


def _texts(events_: Iterator[tuple[str, object]]) -> Iterator[str]:
    for _, element in events_:
        yield element.text or ""
        yield element.tail or ""
        element.clear()


def ole_streams(raw: bytes) -> object:
    import olefile  # noqa: PLC0415

    with olefile.OleFileIO(decoded(raw)[0]) as file:
        return [file.openstream(path).read() for path in file.listdir()]


# --- pdf, pictures --------------------------------------------------------------------------------------


def pdf_pages(pages: int) -> bytes:
    return pdf(*(text(45, 45 * n) for n in range(pages)))


REPORT = picture_samples.PAGE + "".join(
    f"\nParamètre numéro {n} : {n},{n} mmol/L   ({n} à {n * 4})" for n in range(1, 31)
)


def scanned(pages: int) -> bytes:
    return picture_samples.scanned_pdf(*[picture_samples.scan(REPORT)] * pages)


def picture(kind: str, dpi: int, **options: object) -> bytes:
    return picture_samples.saved(picture_samples.scan(REPORT, dpi), kind, **options)


def fax(pages: int) -> bytes:
    page = (
        picture_samples.scan(REPORT)
        .resize((1728, 2286))
        .point(lambda level: 255 * (level > 128))
        .convert("1")
    )
    more = {"save_all": True, "append_images": [page] * (pages - 1)} if pages > 1 else {}
    return picture_samples.saved(page, "TIFF", compression="group4", dpi=(204, 196), **more)


def barcode(dpi: int) -> bytes:
    """Return a page with nothing but the INS code of a patient on it."""
    page = picture_samples.scan("", dpi)
    page.paste(picture_samples.code(picture_samples.INS), (page.width // 2, page.height // 3))
    return picture_samples.saved(page)


def pdfium_text(raw: bytes) -> object:
    import pypdfium2  # noqa: PLC0415

    document = pypdfium2.PdfDocument(decoded(raw)[0])
    return [page.get_textpage().get_text_bounded() for page in document]


def pdfium_ocr(raw: bytes) -> object:
    import pypdfium2  # noqa: PLC0415

    document = pypdfium2.PdfDocument(decoded(raw)[0])
    return [_recognised(page.render(scale=200 / 72, grayscale=True).to_pil()) for page in document]


def picture_ocr(raw: bytes) -> object:
    from PIL import Image, ImageSequence  # noqa: PLC0415

    pages = ImageSequence.Iterator(Image.open(io.BytesIO(decoded(raw)[0])))
    return [_recognised(page.convert("L")) for page in pages]


def _recognised(page: object) -> str:
    from hygie_detectors.extraction import ocr  # noqa: PLC0415

    reader = ocr._reader()  # of our settings, so that both do the same
    reader.SetImage(page)
    return reader.GetUTF8Text()


def codes(raw: bytes) -> object:
    import zxingcpp  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    return zxingcpp.read_barcodes(Image.open(io.BytesIO(decoded(raw)[0])))


# --- archives and envelopes -----------------------------------------------------------------------------


def members(number: int) -> dict[str, bytes]:
    return {f"compte-{n}.txt": text(100, n * 100).encode() for n in range(number)}


def seven_zip(number: int) -> bytes:
    import py7zr  # noqa: PLC0415

    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w") as file:
        for name, data in members(number).items():
            file.writestr(data, name)
    return target.getvalue()


def tar_gz(number: int) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as file:
        for name, data in members(number).items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return target.getvalue()


def iso(number: int) -> bytes:
    import pycdlib  # noqa: PLC0415

    disc = pycdlib.PyCdlib()
    disc.new(joliet=3)
    for n, (name, data) in enumerate(members(number).items()):
        disc.add_fp(io.BytesIO(data), len(data), f"/F{n}.TXT;1", joliet_path=f"/{name}")
    target = io.BytesIO()
    disc.write_fp(target)
    return target.getvalue()


def winmail(number: int) -> bytes:
    attachment = (0x00069002, b"\0" * 14), (0x00018010, b"a.txt\0"), (0x0006800F, text(number).encode())
    return probes.mail.tnef((0x0002800C, text(min(number, 300)).encode("cp1252")), *attachment)


def outlook(number: int) -> bytes:
    return probes.mail.msg(text(min(number, 300)), unicode=True, attached=text(number).encode())


def signed(number: int) -> bytes:
    entity = envelope(text(number))
    with tempfile.TemporaryDirectory() as folder:
        key, certificate, content = (str(Path(folder) / name) for name in ("k.pem", "c.pem", "in"))
        Path(content).write_bytes(bytes(entity))
        make = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=essai")
        subprocess.run(
            ["openssl", *make, "-keyout", key, "-out", certificate], capture_output=True, check=True
        )
        sign = ("smime", "-sign", "-binary", "-in", content, "-signer", certificate, "-inkey", key)
        return probes.mail.openssl(*sign, "-nodetach", "-outform", "DER")


def zip_members(raw: bytes) -> object:
    with zipfile.ZipFile(io.BytesIO(decoded(raw)[0])) as file:
        return [file.read(member) for member in file.infolist()]


def archive_members(raw: bytes) -> object:
    import libarchive  # noqa: PLC0415

    with libarchive.memory_reader(decoded(raw)[0]) as file:
        return [b"".join(member.get_blocks()) for member in file]


def gunzip(raw: bytes) -> object:
    return gzip.decompress(decoded(raw)[0])


def signed_content(raw: bytes) -> object:
    from asn1crypto import cms  # noqa: PLC0415

    content = cms.ContentInfo.load(decoded(raw)[0])["content"]["encap_content_info"]["content"].native
    return decoded(content)


# --- health ---------------------------------------------------------------------------------------------


def hl7(results: int) -> bytes:
    rows = "".join(
        f"OBX|{n}|NM|{n}-7^Paramètre {n}^LN||{n % 190 / 10}|g/dL|12-16|N|||F\rNTE|{n}||{line(n)}\r"
        for n in range(2, results)
    )
    return (probes.health.HL7.format(charset="UNICODE UTF-8") + rows).encode()


def hprim(results: int) -> bytes:
    _, data, *_ = next(iter(dict(probes.base.MAKERS)["hprim"]()))
    rows = "".join(
        f"RES|Paramètre {n}|P{n}|N|{n % 190 / 10}|g/dL|12|16|N|F\r\nTEX|{line(n)}\r\n" for n in range(results)
    )
    return data.replace(b"****FIN****", rows.encode() + b"****FIN****")


def cda(results: int) -> bytes:
    rows = "".join(f"<tr><td>{n}</td><td><content>{line(n)}</content></td></tr>" for n in range(results))
    entries = "".join(
        f"<entry><observation><code code='{n}-7' displayName='Paramètre {n}'/>"
        f"<value value='{n % 190 / 10}' unit='g/dL'/></observation></entry>"
        for n in range(results)
    )
    section = f"<section>{entries}<text><table>{rows}</table></text></section>"
    body = f"<structuredBody><component>{section}</component></structuredBody>"
    return probes.health.CDA.format(charset="utf-8", body=body).encode()


def fhir(results: int) -> bytes:
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "279035121518989"}],
        "name": [{"family": "DURAND-LEFÈVRE", "given": ["Élodie"]}],
        "birthDate": "1956-03-12",
    }
    observations = (
        {
            "resourceType": "Observation",
            "code": {"text": f"Paramètre {n}"},
            "valueQuantity": {"value": n % 190 / 10, "unit": "g/dL"},
            "note": [{"text": line(n)}],
        }
        for n in range(results)
    )
    entries = [{"resource": resource} for resource in chain([patient], observations)]
    return json.dumps({"resourceType": "Bundle", "entry": entries}, ensure_ascii=False, indent=1).encode()


def dicom(pixels: int) -> bytes:
    import pydicom  # noqa: PLC0415

    data = next(data for name, data, *_ in dict(probes.base.MAKERS)["dicom"]() if name == "with a picture")
    file, target = pydicom.dcmread(io.BytesIO(data)), io.BytesIO()
    file.Rows = file.Columns = pixels
    file.SamplesPerPixel, file.BitsAllocated, file.BitsStored, file.HighBit = 1, 16, 16, 15
    file.PixelData = random.Random(1).randbytes(2 * pixels * pixels)  # noqa: S311 - the same bytes in every run
    file["PixelData"].VR = "OW"
    pydicom.dcmwrite(target, file)
    return target.getvalue()


def split_lines(raw: bytes) -> object:
    return [row.split("|") for row in decoded(raw)[0].decode("utf-8").splitlines()]


def json_loads(raw: bytes) -> object:
    return json.loads(decoded(raw)[0])


def dicom_header(raw: bytes) -> object:
    import pydicom  # noqa: PLC0415

    return str(pydicom.dcmread(io.BytesIO(decoded(raw)[0]), stop_before_pixels=True))


# --- all of them ----------------------------------------------------------------------------------------


def case(
    name: str,
    file_name: str,
    make: Callable[[int], bytes],
    sizes: tuple[int, int],
    library: str = "",
    bare: Bare = decoded,
    unread: str = "",
) -> Case:
    """Return a case whose maker takes a count."""
    small, large = sizes
    return Case(name, file_name, lambda: make(small), lambda: make(large), library, bare, unread)


def png(dpi: int) -> bytes:
    return picture("PNG", dpi)


def jpeg(dpi: int) -> bytes:
    return picture("JPEG", dpi, quality=80)


ZIP_XML, OCR = "zipfile, lxml", "pillow, tesserocr"
RTF = ("striprtf", striprtf) if find_spec("striprtf") else ()
CASES = (
    case("text mail", "", lambda n: bytes(envelope(text(n))), (20, 10_000), "email", decode),
    case("html mail", "", html_mail, (40, 8_000), "selectolax", html_text),
    case("mail, files", "", files_mail, (1, 20), "email", decoded, "unsupported"),
    case("csv", "t.csv", csv, (30, 20_000), "decode", decode),
    case("vcf", "c.vcf", cards, (1, 2_000), "decode", decode),
    case("ics", "c.ics", events, (1, 2_000), "decode", decode),
    case("rtf", "l.rtf", rtf, (40, 10_000), *RTF),
    # The writers of docx and pptx put a picture of the first page in, too small to be one.
    case("docx", "l.docx", lambda n: word(*lines(n)), (30, 6_000), ZIP_XML, xml_members, "unsupported"),
    case("xlsx", "t.xlsx", xlsx, (20, 10_000), ZIP_XML, xml_members),
    case("pptx", "p.pptx", pptx, (5, 60), ZIP_XML, xml_members, "unsupported"),
    case("odt", "l.odt", lambda n: opendocument("odt", paragraphs(n)), (30, 6_000), ZIP_XML, xml_members),
    case("ods", "t.ods", ods, (20, 10_000), ZIP_XML, xml_members),
    case("odp", "p.odp", odp, (5, 200), ZIP_XML, xml_members),
    case("flat odt", "l.fodt", flat_odt, (30, 6_000), "lxml", xml_text),
    case("doc", "l.doc", doc, (30, 6_000), "olefile", ole_streams),
    case("xls", "t.xls", xls, (20, 6_000), "olefile", ole_streams),
    case("ppt", "p.ppt", ppt, (5, 400), "olefile", ole_streams),
    case("pdf, text", "l.pdf", pdf_pages, (1, 100), "pypdfium2", pdfium_text),
    case("pdf, scan", "s.pdf", scanned, (1, 4), "pypdfium2, tesserocr", pdfium_ocr),
    case("png", "s.png", png, (150, 300), OCR, picture_ocr),
    case("jpeg", "s.jpg", jpeg, (150, 300), OCR, picture_ocr),
    case("tiff, fax", "s.tif", fax, (1, 4), OCR, picture_ocr),
    # Nothing is printed beside the code, so that OCR has nothing to read.
    case("barcode", "c.png", barcode, (100, 300), "pillow, zxing-cpp", codes, "unsupported"),
    case("zip", "a.zip", lambda n: archive(members(n)), (3, 500), "zipfile", zip_members),
    case("7z", "a.7z", seven_zip, (3, 500), "libarchive", archive_members),
    case("tar.gz", "a.tar.gz", tar_gz, (3, 500), "libarchive", archive_members),
    case("gz", "a.txt.gz", lambda n: gzip.compress(text(n).encode()), (30, 20_000), "gzip", gunzip),
    case("iso", "a.iso", iso, (3, 500), "libarchive", archive_members),
    case("tnef", "winmail.dat", winmail, (30, 10_000), "email", decoded),
    case("msg", "m.msg", outlook, (30, 10_000), "olefile", ole_streams),
    case("p7m", "smime.p7m", signed, (30, 10_000), "asn1crypto", signed_content),
    case("cda", "d.xml", cda, (20, 4_000), "lxml", xml_text),
    case("hl7", "m.hl7", hl7, (20, 4_000), "str.split", split_lines),
    case("hprim", "r.hpr", hprim, (20, 4_000), "str.split", split_lines),
    case("fhir", "b.json", fhir, (10, 3_000), "json", json_loads),
    case("dicom", "IM1", dicom, (64, 2_048), "pydicom", dicom_header, "unsupported"),
)
