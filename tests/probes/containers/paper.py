"""PDF files and pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from .archives import zipped
from .base import LINE, PROBES, TEXT, family


def pdf(edit: Callable, **options) -> bytes:
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    target = io.BytesIO()
    canvas = Canvas(target, **options)
    canvas.drawString(60, 800, "Bonjour")
    edit(canvas)
    canvas.save()
    return target.getvalue()


def write_lines(canvas) -> None:
    for row, probe in enumerate(PROBES):
        canvas.drawString(60, 760 - 20 * row, probe)


@family("pdf")
def pdf_files():
    from reportlab.lib.pdfencrypt import StandardEncryption  # noqa: PLC0415
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def embedded(canvas):
        canvas.setFont("Vera", 12)
        write_lines(canvas)

    def form(canvas):
        for row, probe in enumerate(PROBES):
            canvas.acroForm.textfield(
                name=f"f{row}", value=probe, x=60, y=700 - 30 * row, width=300, height=20
            )

    def annotation(canvas):
        canvas.textAnnotation(LINE, Rect=(60, 60, 90, 90))

    def metadata(canvas):
        canvas.setTitle(LINE)

    def second_page(canvas):
        canvas.showPage()
        write_lines(canvas)

    def unseen(canvas):
        words = canvas.beginText(60, 700)
        words.setTextRenderMode(3)
        for probe in PROBES:
            words.textLine(probe)
        canvas.drawText(words)

    def outline(canvas):
        canvas.bookmarkPage("a")
        canvas.addOutlineEntry(LINE, "a")

    def link(canvas):
        canvas.linkURL("mailto:a@b?subject=" + LINE, (60, 60, 90, 90))

    plain = pdf(write_lines)
    yield "text", plain, "d.pdf"
    yield "embedded font", pdf(embedded), "d.pdf"
    yield "second page", pdf(second_page), "d.pdf"
    yield "form fields", pdf(form), "d.pdf"
    yield "annotation", pdf(annotation), "d.pdf"
    yield "title", pdf(metadata), "d.pdf"
    yield "invisible text", pdf(unseen), "d.pdf"
    yield "bookmark", pdf(outline), "d.pdf"
    yield "link", pdf(link), "d.pdf"
    yield "prefix of 900 bytes", b"x" * 900 + plain, "d.pdf"
    yield "prefix of 5000 bytes", b"x" * 5000 + plain, "d.pdf"
    yield "zip behind", plain + zipped({"note.txt": TEXT.encode()}), "d.pdf"
    yield (
        "user password",
        pdf(write_lines, encrypt=StandardEncryption("x", strength=128)),
        "d.pdf",
        {"hidden": "encrypted"},
    )
    yield "owner password", pdf(write_lines, encrypt=StandardEncryption("", "x", strength=128)), "d.pdf"
    if find_spec("PIL"):
        from reportlab.lib.utils import ImageReader  # noqa: PLC0415

        scan = ImageReader(picture())
        yield "scan", pdf(lambda canvas: canvas.drawImage(scan, 0, 0, 595, 842)), "d.pdf", {"loose": True}


def picture(mode: str = "L"):
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415
    from reportlab import rl_config  # noqa: PLC0415

    folder = next(Path(path) for path in rl_config.TTFSearchPath if (Path(path) / "Vera.ttf").exists())
    font = ImageFont.truetype(str(folder / "Vera.ttf"), 40)
    page = Image.new("L", (1240, 1754), 255)
    for row, probe in enumerate(PROBES):
        ImageDraw.Draw(page).text((120, 160 + 110 * row), probe, 0, font)
    return page.convert(mode)


@family("picture")
def pictures():
    if not find_spec("PIL"):
        return
    for format_, mode, more in (
        ("png", "L", {}), ("jpeg", "L", {"quality": 85}), ("bmp", "L", {}), ("gif", "L", {}), ("webp", "L", {"lossless": True}),
        ("tiff", "L", {}), ("tiff", "1", {"compression": "group4"}), ("png", "RGB", {}), ("png", "1", {}),
    ):  # fmt: skip
        target = io.BytesIO()
        picture(mode).save(target, format_, dpi=(150, 150), **more)
        name = f"{format_} {mode}" + (" fax G4" if mode == "1" and format_ == "tiff" else "")
        yield name, target.getvalue(), f"scan.{format_}", {"loose": True}
    target = io.BytesIO()
    blank = picture("1").copy()
    blank.paste(1, (0, 0, *blank.size))
    blank.save(
        target, "tiff", save_all=True, append_images=[picture("1")], compression="group4", dpi=(150, 150)
    )
    yield "tiff second page", target.getvalue(), "scan.tiff", {"loose": True}
    for angle in (90, 180):
        target = io.BytesIO()
        picture().rotate(angle, expand=True).save(target, "png", dpi=(150, 150))
        yield f"png turned by {angle}", target.getvalue(), "scan.png", {"loose": True}
    from PIL import PngImagePlugin  # noqa: PLC0415

    words = PngImagePlugin.PngInfo()
    words.add_itxt("Comment", LINE)
    target = io.BytesIO()
    picture().resize((620, 877)).point(lambda _: 255).save(target, "png", pnginfo=words)
    yield "png comment", target.getvalue(), "a.png"
    if find_spec("zxingcpp"):
        import zxingcpp  # noqa: PLC0415

        matrix = "IS01" + "0" * 22 + "S1279035121518989\x1dS2Elodie\x1dS4DURAND-LEFEVRE\x1dS612-03-1956"
        for name, kind in (("DataMatrix INS", "DataMatrix"), ("QR code", "QRCode")):
            code = zxingcpp.write_barcode(zxingcpp.barcode_format_from_str(kind), matrix, 220, 220)
            from PIL import Image  # noqa: PLC0415

            page = picture("L").point(lambda _: 255)
            page.paste(Image.fromarray(__import__("numpy").array(code)), (300, 300)) if find_spec(
                "numpy"
            ) else None
            target = io.BytesIO()
            page.save(target, "png")
            yield name, target.getvalue(), "code.png", {"expected": ("279035121518989",)}
