"""PDF: bombs, loops, nests, passwords, and pages whose text is not where text is."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from hashlib import sha256

import pypdfium2 as pdfium
from Cryptodome.Cipher import AES
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from extraction_samples import archive
from harness.hostile import MIB, PROBE, hostile
from picture_samples import scan, scanned_pdf

SHORT = PROBE.replace(", insuffisance", "\ninsuffisance")
"""On two lines, which fit a page."""


PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources %s>>"


def pdf(objects: list[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def one_page(
    content: bytes, resources: bytes = b"<</Font<</F 5 0 R>>>>", *more: bytes, packings: int = 1
) -> bytes:
    """A one-page PDF: object 4 is the page's content, 5 its font, 6 and on what is given."""
    for _ in range(packings):
        content = zlib.compress(content, 9)
    page = PAGE % (4, resources)
    filters = b"/FlateDecode " * packings
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page,
            b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(content), filters, content),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            *more,
        ]
    )


def shown(text: str = SHORT) -> bytes:
    """Return the operators that print these lines."""
    lines = b"".join(b"(%s) Tj 0 -20 Td " % line.encode("cp1252") for line in text.splitlines())
    return b"BT /F 11 Tf 40 700 Td " + lines + b"ET "


def printed(draw: Callable[[Canvas], object], **options: object) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842), **options)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def letter(canvas: Canvas) -> None:
    for row, line in enumerate(SHORT.splitlines()):
        canvas.drawString(40, 700 - 20 * row, line)


@hostile("pdf", "Flate to 1 GiB", "a.pdf")
def flate() -> bytes:
    return one_page(shown() + b" " * (1024 * MIB))


@hostile("pdf", "Flate twice to 1 GiB", "a.pdf")
def flate_twice() -> bytes:
    return one_page(shown() + b" " * (1024 * MIB), packings=2)


@hostile("pdf", "2 M text operators", "a.pdf")
def operators() -> bytes:
    return one_page(shown() + b"BT /F 9 Tf " + b"(a) Tj " * 2_000_000 + b"ET")


@hostile("pdf", "6 M text operators", "a.pdf")
def text_bomb() -> bytes:
    """Six million text operators in a few kilobytes: more text than one part may have."""
    return one_page(b"BT /F 9 Tf " + b"(a) Tj " * 6_000_000 + b"ET")


@hostile("pdf", "nested forms 10^9", "a.pdf")
def nested_forms() -> bytes:
    """Nine forms, each showing the next one ten times: a thousand million letters to draw."""
    forms = []
    for number in range(6, 15):
        if number < 14:
            content, uses = b"/X Do " * 10, b"<</XObject<</X %d 0 R>>>>" % (number + 1)
        else:
            content, uses = b"BT /F 9 Tf (a) Tj ET " * 10, b"<</Font<</F 5 0 R>>>>"
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources %s/Length %d>>" % (
            uses,
            len(content),
        )
        forms.append(head + b"stream\n" + content + b"\nendstream")
    return one_page(b"/X Do", b"<</XObject<</X 6 0 R>>>>", *forms)


@hostile("pdf", "100 000 pages", "a.pdf")
def many_pages() -> bytes:
    kids = b"4 0 R " * 100_000
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count 100000>>" % kids,
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            PAGE % (5, b"<</Font<</F 3 0 R>>>>"),
            b"<</Length %d>>stream\n%s\nendstream" % (len(shown()), shown()),
        ]
    )


@hostile("pdf", "page tree loop", "a.pdf", quick=True)
def page_loop() -> bytes:
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"])


@hostile("pdf", "900 bytes before it", "a.pdf", must_find=True, quick=True)
def short_prefix() -> bytes:
    return b"x" * 900 + printed(letter)


@hostile("pdf", "2 000 bytes before it", "a.pdf", must_find=True, quick=True)
def long_prefix() -> bytes:
    return b"x" * 2_000 + printed(letter)


@hostile("pdf", "no xref", "a.pdf", quick=True)
def no_xref() -> bytes:
    data = printed(letter)
    return data[: data.rindex(b"xref\n0")]


@hostile("pdf", "truncated at two thirds", "a.pdf", quick=True)
def truncated() -> bytes:
    data = printed(letter)
    return data[: len(data) * 2 // 3]


@hostile("pdf", "page of 14 400 points", "a.pdf", must_find=True, quick=True)
def huge_page() -> bytes:
    return one_page(shown()).replace(b"[0 0 595 842]", b"[0 0 14400 14400]")


@hostile("pdf", "scan on a page of 14 400 points", "a.pdf")
def huge_scan() -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(14_400, 14_400))
    canvas.drawImage(ImageReader(scan(SHORT).convert("RGB")), 0, 0, 14_400, 14_400)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


@hostile("pdf", "that is a zip too", "a.pdf", must_find=True, quick=True)
def polyglot() -> bytes:
    return printed(lambda canvas: canvas.drawString(40, 700, "Bonjour")) + archive({"a.txt": PROBE.encode()})


@hostile("pdf", "user password, RC4 40", "a.pdf", reason="encrypted", quick=True)
def rc4_short() -> bytes:
    return printed(letter, encrypt=StandardEncryption("x", strength=40))


@hostile("pdf", "user password, RC4 128", "a.pdf", reason="encrypted", quick=True)
def rc4() -> bytes:
    return printed(letter, encrypt=StandardEncryption("x", strength=128))


def aes_256(password: bytes) -> bytes:
    """Return a page encrypted by AES-256 (Adobe's extension level 3), which no writer at hand makes."""
    key, salts = bytes(range(32)), (b"validate", b"unwrap..")

    def entry(secret: bytes, more: bytes = b"") -> tuple[bytes, bytes]:
        check, wrap = salts
        cipher = AES.new(sha256(secret + wrap + more).digest(), AES.MODE_CBC, bytes(16))
        return sha256(secret + check + more).digest() + check + wrap, cipher.encrypt(key)

    user, user_key = entry(password)
    owner, owner_key = entry(b"owner", user)
    rights = AES.new(key, AES.MODE_ECB).encrypt(struct.pack("<i", -4) + b"\xff" * 4 + b"Tadb" + bytes(4))
    content = shown()
    content += bytes([16 - len(content) % 16]) * (16 - len(content) % 16)
    content = bytes(16) + AES.new(key, AES.MODE_CBC, bytes(16)).encrypt(content)
    strings = [b"<%s>" % value.hex().encode() for value in (owner, user, owner_key, user_key, rights)]
    data = pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            PAGE % (4, b"<</Font<</F 5 0 R>>>>"),
            b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            b"<</Filter/Standard/V 5/R 5/Length 256/P -4/O %s/U %s/OE %s/UE %s/Perms %s"
            b"/CF<</StdCF<</CFM/AESV3/AuthEvent/DocOpen/Length 32>>>>/StmF/StdCF/StrF/StdCF>>"
            % tuple(strings),
        ]
    )
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 6 0 R/ID[<00><00>]")


@hostile("pdf", "user password, AES 256", "a.pdf", reason="encrypted", quick=True)
def aes() -> bytes:
    return aes_256(b"x")


@hostile("pdf", "owner password, RC4", "a.pdf", must_find=True, quick=True)
def owner_rc4() -> bytes:
    return printed(letter, encrypt=StandardEncryption("", "x", strength=128))


@hostile("pdf", "owner password, AES", "a.pdf", must_find=True, quick=True)
def owner_aes() -> bytes:
    return aes_256(b"")


@hostile("pdf", "text in a form field only", "a.pdf", must_find=True, quick=True)
def field() -> bytes:
    return printed(
        lambda canvas: canvas.acroForm.textfield(name="a", value=PROBE, x=40, y=700, width=500, maxlen=200)
    )


@hostile("pdf", "text in a note only", "a.pdf", must_find=True, quick=True)
def note() -> bytes:
    return printed(lambda canvas: canvas.textAnnotation(PROBE, Rect=(60, 60, 90, 90)))


@hostile("pdf", "text in an attached file only", "a.pdf", must_find=True, quick=True)
def attachment() -> bytes:
    document = pdfium.PdfDocument(printed(lambda canvas: canvas.drawString(40, 700, "Bonjour")))
    document.new_attachment("a.txt").set_data(PROBE.encode())
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


@hostile("pdf", "pure scan", "a.pdf", must_find=True)
def pure_scan() -> bytes:
    return scanned_pdf(scan(SHORT))


@hostile("pdf", "scan behind a page of text", "a.pdf", must_find=True)
def mixed() -> bytes:
    document = pdfium.PdfDocument(printed(lambda canvas: canvas.drawString(40, 700, "Bonjour " * 20)))
    document.import_pages(pdfium.PdfDocument(scanned_pdf(scan(SHORT))))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


@hostile("pdf", "two columns", "a.pdf", must_find=True, quick=True)
def columns() -> bytes:
    def draw(canvas: Canvas) -> None:
        letter(canvas)
        for row in range(30):
            canvas.drawString(330, 760 - 20 * row, "Une autre colonne, sans rapport aucun")

    return printed(draw)


@hostile("pdf", "1 M curves to draw", "a.pdf")
def curves() -> bytes:
    return one_page(b"60 700 m 70 710 80 690 90 700 c S\n" * 1_000_000)


@hostile("pdf", "a picture drawn 20 000 times", "a.pdf")
def repeated_picture() -> bytes:
    data = zlib.compress(bytes(range(256)) * 16_384)
    image = (
        b"<</Type/XObject/Subtype/Image/Width 2048/Height 2048/ColorSpace/DeviceGray/BitsPerComponent 8"
        b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(data), data)
    )
    return one_page(b"q 595 0 0 842 0 0 cm /X Do Q " * 20_000, b"<</XObject<</X 6 0 R>>>>", image)


@hostile("pdf", "picture of 10 Gpx", "a.pdf")
def huge_picture() -> bytes:
    data = zlib.compress(bytes(100 * MIB))
    image = (
        b"<</Type/XObject/Subtype/Image/Width 100000/Height 100000/ColorSpace/DeviceGray/BitsPerComponent 8"
        b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(data), data)
    )
    return one_page(b"q 595 0 0 842 0 0 cm /X Do Q", b"<</XObject<</X 6 0 R>>>>", image)


@hostile("pdf", "patterns in each other", "a.pdf")
def patterns() -> bytes:
    tile = b"<</Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 1/YStep 1/Resources<<"
    content = b"/Pattern cs /P scn 0 0 9 9 re f"
    tiles = [
        tile
        + b"/Pattern<</P %d 0 R>>>>/Length %d>>stream\n%s\nendstream" % (number + 1, len(content), content)
        for number in range(6, 16)
    ]
    last = tile + b">>/Length 13>>stream\n0 0 1 1 re f  \nendstream"
    fill = b"/Pattern cs /P scn " + b"0 0 595 842 re f " * 200
    return one_page(fill, b"<</Pattern<</P 6 0 R>>>>", *tiles, last)
