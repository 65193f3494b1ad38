"""Metafiles, rarer and older Office files, e-books, what iWork, Visio and other programs leave."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from importlib.util import find_spec

from metafile_samples import (
    emf,
    emf_bitmap,
    emf_poly_text,
    emf_small_text,
    emf_text,
    plus,
    plus_driver_text,
    plus_image,
    plus_text,
    public_comment,
    wmf,
    wmf_bitmap,
    wmf_enhanced,
    wmf_extended_text,
    wmf_text,
)
from ole_samples import compound, doc, packed_file, ppt, record, utf16

from .archives import zipped
from .base import LINE, PROBES, TEXT, family
from .office import changed, saved, word
from .paper import pdf, picture, write_lines


def encoded(form: str, mode: str = "L") -> bytes:
    target = io.BytesIO()
    picture(mode).save(target, form)
    return target.getvalue()


@family("metafile")
def metafiles():
    rows = list(enumerate(PROBES))
    drawn = emf(*(emf_text(p, 0, 30 * row) for row, p in rows))
    old = wmf(*(wmf_extended_text(p, 0, 30 * row) for row, p in rows))
    yield "emf ExtTextOutW", drawn, "a.emf"
    yield "emf ExtTextOutA", emf(*(emf_text(p, 0, 30 * r, wide=False) for r, p in rows)), "a.emf"
    yield "emf PolyTextOutW", emf(emf_poly_text(*PROBES)), "a.emf"
    yield "emf SmallTextOut", emf(*(emf_small_text(p, 0, 30 * r) for r, p in rows)), "a.emf"
    letters = (emf_text(c, 10 * column, 30 * r) for r, p in rows for column, c in enumerate(p))
    yield "emf letter by letter", emf(*letters), "a.emf"
    yield "emf+ DrawString", emf(*(plus(plus_text(p, 0, 30 * r)) for r, p in rows)), "a.emf"
    yield "emf+ DrawDriverString", emf(*(plus(plus_driver_text(p)) for p in PROBES)), "a.emf"
    yield "emf description", emf(emf_text("x"), description=LINE), "a.emf"
    yield "wmf TextOut", wmf(*(wmf_text(p, 0, 30 * r) for r, p in rows)), "a.wmf"
    yield (
        "wmf ExtTextOut placeable",
        wmf(*(wmf_extended_text(p, 0, 30 * r) for r, p in rows), placeable=True),
        "a.wmf",
    )
    yield "emf in wmf", wmf(wmf_enhanced(drawn)), "a.wmf"
    yield "wmf in emf", emf(public_comment(old)), "a.emf"
    yield "emz", gzip.compress(drawn), "a.emz"
    body = next(word())[1]
    page = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>'
    empty = {"word__document.xml": page.encode()}
    yield "emf in docx", changed(body, **empty, **{"word__media__image1.emf": drawn}), "l.docx"
    yield "wmz in docx", changed(body, **empty, **{"word__media__image1.wmz": gzip.compress(old)}), "l.docx"
    yield "emf in rtf", b"{\\rtf1 {\\pict\\emfblip " + drawn.hex().encode() + b"}}", "l.rtf"
    blip = record(0xF01A, bytes(16) + bytes(33) + b"\xfe" + drawn, 0x3D4)
    yield "emf in ppt", ppt(utf16("x"), streams={"Pictures": blip}), "p.ppt"
    if find_spec("PIL"):
        loose = {"loose": True}
        yield "emf StretchDIBits", emf(emf_bitmap(encoded("BMP"))), "a.emf", loose
        yield "emf BitBlt", emf(emf_bitmap(encoded("BMP", "1"), kind=76)), "a.emf", loose
        yield "emf in bands", emf(*bands()), "a.emf", loose
        yield "emf+ png", emf(plus(plus_image(encoded("PNG"), pieces=3))), "a.emf", loose
        yield "wmf StretchDIB", wmf(wmf_bitmap(encoded("BMP"))), "a.wmf", loose
    yield "emf of lines", emf(), "a.emf", {"hidden": "unsupported"}


def bands():
    """Yield a page in pieces of some rows, as printer drivers write it."""
    page = picture()
    for top in range(0, page.height, 100):
        target = io.BytesIO()
        page.crop((0, top, page.width, min(top + 100, page.height))).save(target, "BMP")
        yield emf_bitmap(target.getvalue(), top=top)


@family("Word, PowerPoint 97")
def old_office():
    yield "doc body", doc("\r".join(PROBES) + "\r"), "l.doc"
    for number, place in ((1, "footnote"), (2, "header"), (4, "comment"), (6, "text box")):
        yield f"doc {place}", doc("x\r", *[""] * (number - 1), LINE + "\r"), "l.doc"
    summary = bytes(40) + LINE.encode("utf-16-le") + bytes(4)
    yield "doc properties", doc("x\r", streams={"\x05SummaryInformation": summary}), "l.doc"
    packed = packed_file("note.txt", TEXT.encode())
    yield "doc packed file", doc("x\r", streams={"ObjectPool/_1/\x01Ole10Native": packed}), "l.doc"
    properties = {"__properties_version1.0": bytes(32), "__substg1.0_1000001F": TEXT.encode("utf-16-le")}
    yield (
        "doc embedded message",
        doc("x\r", streams={f"ObjectPool/_1/{k}": v for k, v in properties.items()}),
        "l.doc",
    )
    yield "doc encrypted", doc("x\r", flags=0x0100), "l.doc", {"hidden": "encrypted"}
    yield "doc of Word 95", doc("x\r", version=0x68), "l.doc", {"hidden": "unsupported"}
    slide = record(0x03EE, b"".join(map(utf16, PROBES)), container=True)
    yield "ppt slide", ppt(slide), "p.ppt"
    yield "ppt notes", ppt(record(0x03F0, utf16(TEXT.replace("\n", "\r")), container=True)), "p.ppt"


@family("tables")
def tables():
    """A result whose cells hold several paragraphs stays on its line."""
    import docx  # noqa: PLC0415 - writers are loaded when needed

    file = docx.Document()
    cells = file.add_table(rows=1, cols=3).rows[0].cells
    for cell, first, second in zip(
        cells, ("Hémoglobine", "12,4", "g/dL"), ("(sang)", "bas", ""), strict=True
    ):
        cell.text = first
        cell.add_paragraph(second)
    expected = {"expected": ("Hémoglobine (sang) 12,4 bas g/dL",)}
    yield "docx, paragraphs in cells", saved(file), "l.docx", expected
    row = "<td><p>Hémoglobine</p><p>(sang)</p></td><td><p>12,4</p><p>bas</p></td><td>g/dL</td>"
    yield (
        "html, paragraphs in cells",
        f"<html><table><tr>{row}</tr></table></html>".encode(),
        "l.html",
        expected,
    )


@family("office variant")
def variants():
    body = next(word())[1]
    for extension in ("dotx", "dotm"):
        yield extension, retyped(body, "word/document", "document.main", "template.main"), f"l.{extension}"
    if find_spec("openpyxl"):
        import openpyxl  # noqa: PLC0415 - as above

        for extension, template in (("xltx", True), ("xltm", True)):
            book = openpyxl.Workbook()
            book.template = template
            for probe in PROBES:
                book.active.append([probe])
            yield extension, saved(book), f"t.{extension}"
    if find_spec("pptx"):
        import pptx  # noqa: PLC0415 - as above

        deck = pptx.Presentation()
        shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
        shapes.add_textbox(0, 0, 9_000_000, 9_000_000).text_frame.text = TEXT
        for extension, kind in (("potx", "template"), ("ppsx", "slideshow"), ("pptm", "presentation")):
            data = retyped(saved(deck), "ppt/presentation", "presentation.main", f"{kind}.main")
            yield extension, data, f"p.{extension}"
    if find_spec("pyxlsbwriter"):
        from xlsb_samples import xlsb  # noqa: PLC0415 - as above

        yield "xlsb cells", xlsb([["x", p] for p in PROBES]), "t.xlsb"
        yield "xlsb hidden sheet", xlsb([["x"]], [[p] for p in PROBES], hidden=True), "t.xlsb"
        numbers = {"expected": ("279035121518989", "8012345678")}
        yield "xlsb numbers", xlsb([[279035121518989, 8012345678]]), "t.xlsb", numbers
    if find_spec("odf"):
        yield from graphics()
    kind = b"application/vnd.oasis.opendocument.formula"
    math = f"<math><semantics><mi>x</mi><annotation>{LINE}</annotation></semantics></math>".encode()
    yield "odf formula", zipped({"mimetype": kind, "content.xml": math}), "f.odf"


def retyped(data: bytes, part: str, before: str, after: str) -> bytes:
    """Return an Office file whose main part is declared another kind: that is what its variants differ in."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    types = members["[Content_Types].xml"].decode()
    assert part in types
    members["[Content_Types].xml"] = types.replace(before, after).encode()
    return zipped(members)


def graphics():
    from odf import draw, opendocument, style, text  # noqa: PLC0415 - as above

    file = opendocument.OpenDocumentDrawing()
    layout = style.PageLayout(name="l")
    file.automaticstyles.addElement(layout)
    master = style.MasterPage(name="m", pagelayoutname=layout)
    file.masterstyles.addElement(master)
    page = draw.Page(masterpagename=master)
    frame, box = draw.Frame(width="1cm", height="1cm"), draw.TextBox()
    for probe in PROBES:
        box.addElement(text.P(text=probe))
    frame.addElement(box)
    page.addElement(frame)
    file.drawing.addElement(page)
    yield "odg", saved(file), "d.odg"


@family("other program")
def others():
    names = "xmlns='http://schemas.microsoft.com/office/visio/2012/main'"
    lines = "".join(f"<Shape><Cell N='PinX' V='4'/><Text><cp IX='0'/>{p}</Text></Shape>" for p in PROBES)
    value = f"<Shape><Section N='Property'><Row><Cell N='Value' V='{LINE}' U='STR'/></Row></Section></Shape>"
    for place, shapes in (("text", lines), ("shape data", value)):
        drawing = {
            "[Content_Types].xml": b"<Types/>",
            "visio/document.xml": f"<VisioDocument {names}/>".encode(),
            "visio/pages/page1.xml": f"<PageContents {names}><Shapes>{shapes}</Shapes></PageContents>".encode(),
        }
        yield f"vsdx {place}", zipped(drawing), "p.vsdx"
    paragraphs = "".join(f"<p>{p}</p>" for p in PROBES)
    doctype = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
    )
    chapter = f"<?xml version='1.0'?>{doctype}<html xmlns='http://www.w3.org/1999/xhtml'><body>{paragraphs}</body></html>"
    toc = '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://x/ncx.dtd"><ncx><text>x</text></ncx>'
    book = {"mimetype": b"application/epub+zip", "OPS/1.xhtml": chapter.encode(), "OPS/toc.ncx": toc.encode()}
    yield "epub", zipped(book), "b.epub"
    pages = " ".join(f'<Glyphs UnicodeString="{p}"/>' for p in PROBES)
    fixed = {
        "[Content_Types].xml": b"<Types/>",
        "Documents/1/Pages/1.fpage": f'<FixedPage xmlns="http://schemas.microsoft.com/xps/2005/06">{pages}</FixedPage>'.encode(),
    }
    yield "xps", zipped(fixed), "d.xps"
    snappy = b"\0" + struct.pack("<I", 900)[:3] + bytes(range(200)) * 4
    preview = {"Index/Document.iwa": snappy, "QuickLook/Preview.pdf": pdf(write_lines)}
    yield "iWork with a preview", zipped(preview), "l.pages"
    yield "iWork", zipped({"Index/Document.iwa": snappy}), "l.pages", {"hidden": "unsupported"}
    yield (
        "Works",
        compound({"CONTENTS": b"CHNKWKS \4\0" + bytes(range(256)) * 8}),
        "l.wps",
        {"hidden": "unsupported"},
    )
    publisher = {
        "Contents": b"\xe8\xac\x2c\0" + bytes(range(256)) * 4,
        "Quill/QuillSub/CONTENTS": bytes(range(256)) * 9,
    }
    yield "Publisher", compound(publisher), "l.pub", {"hidden": "unsupported"}
    note = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(range(256)) * 8
    yield "OneNote", note, "n.one", {"hidden": "unsupported"}
    access = b"\0\1\0\0Standard Jet DB\0" + bytes(range(256)) * 16
    yield "Access", access, "b.mdb", {"hidden": "unsupported"}
