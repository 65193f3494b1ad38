"""Containers of the probe matrix that only the eye reads: pictures of telephones, pages that are drawn.

Does:   pictures that mail programs show, and text that lies in a PDF as drawing only.
"""

from __future__ import annotations

import base64
import io
import re

import pillow_heif
from PIL import Image, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from .base import LINE, PROBES, family
from .paper import pdf, picture, write_lines

LOOSE = {"loose": True}
pillow_heif.register_heif_opener()  # and saver


def saved(kind: str, page: Image.Image | None = None, **options: object) -> bytes:
    target = io.BytesIO()
    (page or picture("RGB")).save(target, kind, **options)
    return target.getvalue()


@family("picture")
def telephones():
    yield "heic", saved("HEIF", quality=90), "IMG_0001.HEIC", LOOSE
    yield (
        "heic, second picture",
        saved(
            "HEIF",
            picture("RGB").point(lambda _: 255),
            save_all=True,
            append_images=[picture("RGB")],
            quality=90,
        ),
        "a.heic",
        LOOSE,
    )
    yield "avif", saved("AVIF", quality=90), "a.avif", LOOSE
    yield "jp2", saved("JPEG2000"), "a.jp2", LOOSE
    yield "j2k codestream", saved("JPEG2000", no_jp2=True), "a.j2k", LOOSE
    yield (
        "webp of two pictures",
        saved("WEBP", picture("RGB").point(lambda _: 255), save_all=True, append_images=[picture("RGB")]),
        "a.webp",
        LOOSE,
    )
    yield (
        "gif of two pictures",
        saved("GIF", picture().point(lambda _: 255), save_all=True, append_images=[picture()]),
        "a.gif",
        LOOSE,
    )


def svg(body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><svg xmlns="http://www.w3.org/2000/svg">{body}</svg>'.encode()
    )


@family("svg")
def drawings():
    type_ = {"media_type": "image/svg+xml"}
    yield (
        "text",
        svg("".join(f"<text y='{y}'>{probe}</text>" for y, probe in enumerate(PROBES))),
        "a.svg",
        type_,
    )
    letters = "".join(f"<tspan x='{x}'>{letter}</tspan>" for x, letter in enumerate(LINE))
    yield "letters one by one", svg(f"<text>{letters}</text>"), "a.svg", type_
    yield "title", svg(f"<title>{LINE}</title>"), "a.svg", type_
    data = base64.b64encode(saved("PNG")).decode()
    yield "picture inside", svg(f"<image href='data:image/png;base64,{data}'/>"), "a.svg", type_ | LOOSE
    yield (
        "curves",
        svg("<path d='M1 2L3 4C5 6 7 8 9 10Z'/>" * 300),
        "a.svg",
        type_ | {"hidden": "unsupported"},
    )


def curves(canvas: Canvas) -> None:
    """Draw the probes as little squares, as letters that were turned into shapes."""
    face = ImageFont.truetype(TTFont("Vera", "Vera.ttf").face.filename, 200)
    for row, probe in enumerate(PROBES):
        mask = face.getmask(probe, mode="1")
        width, height = mask.size
        top = 740 - 50 * row + (4 if probe[0] == "D" else 0)
        for y in range(0, height, 5):
            for x in range(0, width, 5):
                if mask.getpixel((x, y)):
                    canvas.rect(60 + x / 10, top - y / 10, 0.5, 0.5, stroke=0, fill=1)


@family("pdf")
def pages_to_see():
    page = picture("RGB").crop((0, 100, 1240, 900))
    lines = [f"Une ligne de la lettre, numéro {number}, avec assez de mots." for number in range(8)]

    def beside(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(page), 60, 420, 480, 310)
        for row, line in enumerate(lines):
            canvas.drawString(60, 380 - 16 * row, line)

    yield "text and a picture", pdf(beside), "d.pdf", LOOSE
    yield "letters as curves", pdf(curves), "d.pdf", LOOSE
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    target = io.BytesIO()
    canvas = Canvas(target, pageCompression=0)
    canvas.setFont("Vera", 14)
    write_lines(canvas)
    canvas.showPage()
    canvas.save()
    unmapped = re.sub(rb"/ToUnicode \d+ 0 R", lambda found: b" " * len(found[0]), target.getvalue())
    yield "font without ToUnicode", unmapped, "d.pdf", LOOSE
    scan = saved("JPEG2000", picture("L"))
    yield "scan in JPEG 2000", jpeg_2000_page(scan), "d.pdf", LOOSE


def jpeg_2000_page(data: bytes) -> bytes:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
        b"<</Length 30>>stream\nq 595 0 0 842 0 0 cm /X Do Q   \nendstream",
        b"<</Type/XObject/Subtype/Image/Width 1240/Height 1754/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/JPXDecode/Length %d>>stream\n%s\nendstream"
        % (len(data), data),
    ]
    out, offsets = bytearray(b"%PDF-1.5\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    start = len(out)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"xref\n0 6\n0000000000 65535 f \n" + table
    return bytes(out) + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
