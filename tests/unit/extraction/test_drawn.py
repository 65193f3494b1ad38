"""What of a PDF page only the eye sees: pictures beside text, letters that are drawn, fonts without a map."""

from __future__ import annotations

import io
import random
import re
import time

import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from extraction_samples import attached, read, texts, unread
from harness.hostile import pdfs
from hygie_detectors.extraction import drawn
from picture_samples import INS, PAGE, PROBES, code, extract, scan

PATH = "1/a.pdf"
LETTER = [f"Une ligne de la lettre, numéro {number}, avec assez de mots." for number in range(8)]
TOP = (60, 420, 480, 300)
"""Left, bottom, width, height of a picture that takes up a third of the page."""


def printed(*draws) -> bytes:
    """Return a PDF, one page a function that draws on it."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    for draw in draws:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def write(canvas: Canvas, lines: list[str], mode: int = 0, top: int = 300, step: int = 16) -> None:
    words = canvas.beginText(60, top)
    words.setTextRenderMode(mode)
    words.setLeading(step)
    for line in lines:
        words.textLine(line)
    canvas.drawText(words)


def results() -> Image.Image:
    """A screen copied: the head of a scanned page."""
    return scan(PAGE, 150).crop((0, 0, 1240, 400))


def pasted(picture: Image.Image, box: tuple[int, int, int, int] = TOP, *, lines: list[str] = LETTER):
    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(picture.convert("RGB")), *box)
        write(canvas, lines)

    return draw


def lost(text: str) -> list[str]:
    return [probe for probe in PROBES if probe.lower() not in text.lower()]


def pages_read(data: bytes) -> list[str]:
    parts = extract(attached(data, "a.pdf")).parts
    return [part.path.removeprefix(PATH) for part in parts if part.path.startswith(f"{PATH}#")]


def test_a_picture_beside_text_is_read_and_the_text_once() -> None:
    extraction = extract(attached(printed(pasted(results())), "a.pdf"))

    assert [] == lost(texts(extraction, PATH))
    assert 1 == texts(extraction, PATH).count("numéro 3")
    assert () == extraction.unread


@pytest.mark.parametrize("page", [1, 2])
def test_a_barcode_in_a_picture_beside_text_is_read_once(page: int) -> None:
    picture = results()
    picture.paste(code(INS).resize((180, 180)), (900, 100))
    draws = [lambda canvas: write(canvas, LETTER)] * (page - 1)

    extraction = extract(attached(printed(*draws, pasted(picture)), "a.pdf"))

    assert [f"{PATH}#page={page}-code"] == [s.part for s in extraction.segments if "Matricule INS" in s.text]


def test_the_same_picture_on_every_page_is_read_once() -> None:
    assert ["#page=1"] == pages_read(printed(*[pasted(results())] * 3))


def test_another_picture_on_a_later_page_is_read() -> None:
    other = scan("Une autre image", 150).crop((0, 0, 1240, 400))

    assert ["#page=1", "#page=2"] == pages_read(printed(pasted(results()), pasted(other)))


@pytest.mark.parametrize(
    ("lines", "mode", "over", "again"),
    [
        (["Un texte que le programme du scanner a reconnu"] * 30, 3, True, False),
        (["Un texte que le programme du scanner a reconnu"] * 30, 0, False, False),  # under the picture
        (["Scanned by a telephone. " * 6], 3, True, True),
        (["Un texte imprimé par-dessus, dont rien ne dit qu'il est celui de l'image"] * 3, 0, True, True),
    ],
    ids=["unseen", "under", "only a footer", "printed over"],
)
def test_a_searchable_scan_is_not_read_again(lines: list[str], mode: int, *, over: bool, again: bool) -> None:
    def draw(canvas: Canvas) -> None:
        steps = [
            lambda: canvas.drawImage(ImageReader(scan().convert("RGB")), 0, 0, 595, 842),
            lambda: write(canvas, lines, mode, 780 if len(lines) > 5 else 60, 24),
        ]
        for step in steps if over else reversed(steps):
            step()

    assert again == ("#page=1" in pages_read(printed(draw)))


@pytest.mark.parametrize(
    ("picture", "box", "expected"),
    [
        (Image.new("RGB", (16, 16), "red"), (60, 700, 500, 100), []),
        (scan("LOGO", 100).crop((0, 0, 400, 200)), (60, 700, 60, 30), [("#page=1-logo", "unsupported")]),
    ],
    ids=["a rule", "a logo"],
)
def test_small_pictures_beside_text_are_not_read(picture, box, expected) -> None:
    extraction = extract(attached(printed(pasted(picture, box)), "a.pdf"))

    assert expected == [(part.removeprefix(PATH), reason) for part, reason in unread(extraction)]
    assert not any(u.attachment for u in extraction.unread)


def test_a_picture_in_strips_beside_text_is_read() -> None:
    picture = results()
    left, bottom, width, height = TOP
    tall = 40
    count = picture.height // tall

    def draw(canvas: Canvas) -> None:
        for row in range(count):
            strip = picture.crop((0, row * tall, picture.width, (row + 1) * tall)).convert("RGB")
            assert strip.width * strip.height < drawn._LEGIBLE_PIXELS
            top = bottom + height * (count - 1 - row) / count
            canvas.drawImage(ImageReader(strip), left, top, width, height / count)
        write(canvas, LETTER)

    extraction = extract(attached(printed(draw), "a.pdf"))

    assert [] == lost(texts(extraction, PATH))


def test_a_photograph_beside_text_is_unread_and_a_small_one_is_no_file() -> None:
    noise = Image.frombytes("L", (400, 400), random.Random(1).randbytes(160_000))  # noqa: S311 - a picture
    plain = Image.radial_gradient("L").resize((300, 300))

    [large] = extract(attached(printed(pasted(noise)), "a.pdf")).unread
    [small] = extract(attached(printed(pasted(plain, (60, 600, 180, 180))), "a.pdf")).unread

    assert ("unsupported", True) == (large.reason, large.attachment)
    assert ("unsupported", False) == (small.reason, small.attachment)


# Letters that are drawn -------------------------------------------------------------------------------


def outlined(text: str, size: int = 16, top: int = 700):
    """Return a function that draws the letters as curves, as "text to outlines" does."""
    font = TTFont("Vera", "Vera.ttf")
    from PIL import ImageFont  # noqa: PLC0415 - only here

    face = ImageFont.truetype(font.face.filename, 200)

    def draw(canvas: Canvas) -> None:
        for row, line in enumerate(text.splitlines()):
            mask = face.getmask(line, mode="1")
            width, height = mask.size
            for y in range(0, height, 4):
                for x in range(0, width, 4):
                    if mask.getpixel((x, y)):
                        unit = size / 200
                        canvas.rect(60 + x * unit, top - 30 * row - y * unit, 4 * unit, 4 * unit, 0, 1)

    return draw


@pytest.mark.parametrize("footer", ["", "Page 1 sur 1"])
def test_letters_drawn_as_curves_are_read(footer: str) -> None:
    def draw(canvas: Canvas) -> None:
        outlined("IPP 8012345678\nhépatite B")(canvas)
        canvas.drawString(60, 30, footer)

    extraction = extract(attached(printed(draw), "a.pdf"))

    assert "8012345678" in texts(extraction, PATH)
    assert "patite B" in texts(extraction, PATH)


def test_all_letters_in_one_path_are_seen() -> None:
    """A writer may put a whole page of letters into one object."""
    content = b"60 700 m " + b"70 710 l 80 700 l " * 200 + b"S"

    assert [(f"{PATH}#page=1", "unsupported")] == unread(extract(attached(pdfs.one_page(content), "a.pdf")))


# Fonts without a map ----------------------------------------------------------------------------------


def in_font(*, mapped: bool) -> bytes:
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842), pageCompression=0)
    canvas.setFont("Vera", 12)
    for row, line in enumerate([*PROBES, "déjà opérée, ménopausée, traitée, équilibrée, fatiguée"]):
        canvas.drawString(60, 700 - 24 * row, line)
    canvas.showPage()
    canvas.save()
    data = target.getvalue()
    return data if mapped else re.sub(rb"/ToUnicode \d+ 0 R", lambda found: b" " * len(found[0]), data)


def test_a_font_that_loses_its_accents_is_read_from_the_picture() -> None:
    assert [] == pages_read(in_font(mapped=True))

    extraction = extract(attached(in_font(mapped=False), "a.pdf"))

    assert [] == lost(texts(extraction, PATH))
    assert () == extraction.unread


@pytest.mark.parametrize(
    ("signs", "spoilt"),
    [
        ("la patiente est suivie pour une hypertension", False),
        ("_____________________ 12,4 ________________", False),
        ("141,00 135,00 - 145,00 142,00 06/05/22 4,80", False),
        ("xk qkzwtfzt tlz lxwwt ghxk xft irhtkztflwhf", True),
        ("!\"# $%&'()\" *+, +-'.'( /012 13( 4%/($#(3+'53", True),
    ],
)
def test_letters_that_stand_for_others_are_noticed(signs: str, *, spoilt: bool) -> None:
    assert spoilt == drawn._stand_for_others(list(signs))


# Bounds -----------------------------------------------------------------------------------------------


def test_drawing_ends_when_its_time_is_over() -> None:
    page = pdfium.PdfDocument(pdfs.curves())[0]
    start = time.monotonic()

    with pytest.raises(TimeoutError):
        drawn.draw(page, 6_000_000, start + 0.2)

    assert time.monotonic() - start < 2


def test_a_page_that_takes_too_long_to_draw_is_unread() -> None:
    extraction = read(attached(pdfs.curves(), "a.pdf"), ocr_page_max_seconds=0.5)

    assert [(f"{PATH}#page=1", "limit:ocr_page_max_seconds")] == unread(extraction)


def test_a_picture_that_cannot_be_drawn_is_no_blank_page() -> None:
    assert [(f"{PATH}#page=1", "corrupt")] == unread(extract(attached(pdfs.huge_picture(), "a.pdf")))


def test_a_page_of_more_objects_than_are_looked_at_is_drawn() -> None:
    content = pdfs.shown("Un texte assez long pour une page\n" * 6) + b"0 0 1 1 re f " * 20_000

    assert ["#page=1"] == pages_read(pdfs.one_page(content))
