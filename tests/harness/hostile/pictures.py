"""Pictures: too many pixels, too many pages, nothing to read, and pages that lie badly."""

from __future__ import annotations

import io
import random
import struct
import zlib

from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from harness.hostile import MIB, hostile
from harness.hostile.pdfs import SHORT
from picture_samples import INS, code, saved, scan, scanned_pdf

A4 = (1654, 2339)


def png_of(width: int, height: int) -> bytes:
    """Return a black PNG of so many pixels, without making them."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    row = bytes((width + 7) // 8 + 1)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def noise(size: tuple[int, int] = A4) -> Image.Image:
    return Image.effect_noise(size, 200)


def specks(size: tuple[int, int] = A4) -> Image.Image:
    """Return a page full of shapes as small as letters: the slowest thing there is for OCR."""
    chance, page = random.Random(1), Image.new("L", size, 255)  # noqa: S311 - the same in every run
    draw = ImageDraw.Draw(page)
    for top in range(40, size[1] - 40, 22):
        for left in range(40, size[0] - 40, 14):
            points = [(left + chance.randrange(12), top + chance.randrange(16)) for _ in range(4)]
            draw.line(points, 0, 2)
    return page


@hostile("picture", "PNG of 1.6 Gpx", "a.png")
def gigapixels() -> bytes:
    return png_of(40_000, 40_000)


@hostile("picture", "64 Mpx", "a.png", quick=True)
def megapixels() -> bytes:
    return png_of(8_000, 8_000)


@hostile("picture", "40 Mpx of colour noise", "a.jpg")
def colours() -> bytes:
    return saved(noise((6_320, 6_320)).convert("RGB"), "JPEG", quality=40)


@hostile("picture", "scan", "a.png", must_find=True)
def upright() -> bytes:
    return saved(scan(SHORT))


for _angle in (90, 180, 270):
    hostile("picture", f"scan turned by {_angle}", "a.png", must_find=True)(
        lambda angle=_angle: saved(scan(SHORT).rotate(angle, expand=True))
    )


@hostile("picture", "fax", "a.tif")
def fax() -> bytes:
    page = scan(SHORT).resize((1728, 2286)).point(lambda level: 255 if level > 128 else 0).convert("1")
    return saved(page, "TIFF", compression="group4", dpi=(204, 196))


@hostile("picture", "HEIC", "a.heic", must_find=True)
def heic() -> bytes:
    return saved(scan(SHORT), "HEIF", quality=90)


@hostile("picture", "JPEG 2000 of 39 Mpx of noise", "a.jp2")
def jpeg_2000() -> bytes:
    return saved(noise((6_300, 6_300)), "JPEG2000", quality_mode="rates", quality_layers=[20])


@hostile("picture", "AVIF of 39 Mpx of noise", "a.avif")
def avif() -> bytes:
    return saved(noise((6_300, 6_300)).convert("RGB"), "AVIF", speed=10)


@hostile("picture", "noise", "a.png")
def noise_page() -> bytes:
    return saved(noise())


@hostile("picture", "specks like letters", "a.png")
def specks_page() -> bytes:
    return saved(specks())


@hostile("picture", "specks of 40 Mpx", "a.png")
def large_specks() -> bytes:
    return saved(specks((6_300, 6_300)))


@hostile("picture", "blank", "a.png", blank=True, quick=True)
def blank() -> bytes:
    return saved(Image.new("L", A4, 255))


@hostile("picture", "starts of QR codes, everywhere", "a.png")
def finders() -> bytes:
    page, mark = Image.new("L", A4, 255), Image.new("L", (21, 21), 0)
    mark.paste(255, (3, 3, 18, 18))
    mark.paste(0, (6, 6, 15, 15))
    for top in range(0, A4[1], 30):
        for left in range(0, A4[0], 30):
            page.paste(mark, (left, top))
    return saved(page)


@hostile("picture", "barcode only", "a.png", must_find=True, quick=True)
def barcode() -> bytes:
    page = Image.new("L", (600, 600), 255)
    page.paste(code(INS), (100, 100))
    return saved(page)


@hostile("picture", "20 pages of noise in a TIFF", "a.tif")
def noise_tiff() -> bytes:
    pages = [noise().point(lambda level: 255 if level > 128 else 0).convert("1") for _ in range(20)]
    return saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="group4")


@hostile("picture", "20 pages of specks in a PDF", "a.pdf")
def specks_pdf() -> bytes:
    target, page = io.BytesIO(), ImageReader(specks().convert("RGB"))
    canvas = Canvas(target, pagesize=(595, 842))
    for _ in range(20):
        canvas.drawImage(page, 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


@hostile("picture", "10 pages of a scan", "a.pdf", must_find=True)
def ten_pages() -> bytes:
    return scanned_pdf(*(scan(SHORT + f"\nPage {number}") for number in range(10)))


@hostile("picture", "GIF of 5 000 frames", "a.gif")
def frames() -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 100, 100, 0) + b"\x02\x02\x4c\x01\x00"
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", 100, 100, 0x80, 0, 0)
        + b"\0\0\0\xff\xff\xff"
        + frame * 5_000
        + b"\x3b"
    )


@hostile("picture", "TIFF whose pages go round", "a.tif")
def loop() -> bytes:
    data = bytearray(saved(scan(SHORT).convert("1"), "TIFF", compression="group4"))
    start = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[start : start + 2], "little")
    data[start + 2 + 12 * count : start + 6 + 12 * count] = struct.pack("<I", start)
    return bytes(data)


@hostile("picture", "PNG with 50 MiB of text", "a.png", quick=True)
def compressed_text() -> bytes:
    data = b"Comment\0\0" + zlib.compress(b"a" * (50 * MIB), 9)
    block = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    picture = saved(Image.new("L", (90, 90), 255))
    return picture[:33] + block + picture[33:]
