"""Word, Excel, PowerPoint and OpenDocument."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from importlib.util import find_spec

from ole_samples import compound

from .base import LINE, PROBES, TEXT, family

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def saved(document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def changed(data: bytes, **members: bytes) -> bytes:
    """Return a zip with these members replaced or added (``word__x.xml`` is ``word/x.xml``)."""
    target = io.BytesIO()
    given = {name.replace("__", "/"): content for name, content in members.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item, given.pop(item.filename, None) or old.read(item))
        for name, content in given.items():
            new.writestr(name, content)
    return target.getvalue()


@family("docx")
def word():
    import docx  # noqa: PLC0415 - writers are loaded when needed

    def document():
        file = docx.Document()
        file.add_paragraph("Bonjour")
        return file

    file = document()
    for probe in PROBES:
        file.add_paragraph(probe)
    body = saved(file)
    yield "paragraphs", body, "l.docx"
    yield "macro variant", changed(body, word__vbaProject_bin=b"\0" * 40), "l.docm"
    file = document()
    for probe in PROBES:
        paragraph = file.add_paragraph()
        for number, character in enumerate(probe):
            paragraph.add_run(character).bold = number % 2
    yield "runs of one letter", saved(file), "l.docx"
    file = document()
    table = file.add_table(rows=0, cols=2)
    for probe in PROBES:
        table.add_row().cells[1].text = probe
    yield "table", saved(file), "l.docx"
    for place in ("header", "footer"):
        file = document()
        getattr(file.sections[0], place).paragraphs[0].text = LINE
        yield place, saved(file), "l.docx"
    file = document()
    file.core_properties.title = LINE[:250]
    yield "title property", saved(file), "l.docx"
    file = document()
    file.add_paragraph().add_run(LINE).font.hidden = True
    yield "hidden text", saved(file), "l.docx"
    file = document()
    file.add_comment(file.paragraphs[0].runs, text=LINE, author="a")
    yield "comment", saved(file), "l.docx"
    run = f"<w:r><w:t>{LINE}</w:t></w:r>"
    picture = f'<w:r><w:drawing><wp:inline xmlns:wp="x"><wp:docPr id="1" name="a" descr="{LINE}"/></wp:inline></w:drawing></w:r>'
    places = {
        "inserted": f"<w:p><w:ins>{run}</w:ins></w:p>",
        "deleted": f"<w:p><w:del>{run.replace('w:t>', 'w:delText>')}</w:del></w:p>",
        "text box": f"<w:p><w:r><w:pict><w:txbxContent><w:p>{run}</w:p></w:txbxContent></w:pict></w:r></w:p>",
        "alternative text": f"<w:p>{picture}</w:p>",
        "field code": f"<w:p><w:r><w:instrText>{LINE}</w:instrText></w:r></w:p>",
        "content control": f"<w:sdt><w:sdtContent><w:p>{run}</w:p></w:sdtContent></w:sdt>",
    }
    for place, markup in places.items():
        source = f'<w:document xmlns:w="{W}"><w:body>{markup}</w:body></w:document>'.encode()
        yield place, changed(body, **{"word__document.xml": source}), "l.docx"
    plain = saved(document())
    notes = f'<w:footnotes xmlns:w="{W}"><w:footnote><w:p>{run}</w:p></w:footnote></w:footnotes>'.encode()
    yield "footnote", changed(plain, **{"word__footnotes.xml": notes}), "l.docx"
    yield "custom XML", changed(plain, **{"customXml__item1.xml": f"<a>{LINE}</a>".encode()}), "l.docx"
    yield "embedded docx", changed(plain, **{"word__embeddings__a.docx": body}), "l.docx"
    yield "embedded text", changed(plain, **{"word__embeddings__a.txt": TEXT.encode()}), "l.docx"
    yield (
        "utf-16 xml",
        changed(
            plain,
            **{
                "word__document.xml": f'<w:document xmlns:w="{W}"><w:body><w:p>{run}</w:p></w:body></w:document>'.encode(
                    "utf-16"
                )
            },
        ),
        "l.docx",
    )
    encrypted = compound({"EncryptedPackage": b"\1" * 5000, "EncryptionInfo": b"\4\0\4\0" + b"\1" * 5000})
    yield "encrypted", encrypted, "l.docx", {"hidden": "encrypted"}


@family("xlsx")
def excel():
    if not find_spec("openpyxl"):
        return
    import openpyxl  # noqa: PLC0415
    from openpyxl.comments import Comment  # noqa: PLC0415

    def book(edit: Callable) -> bytes:
        file = openpyxl.Workbook()
        file.active["A1"] = "Bonjour"
        edit(file)
        return saved(file)

    def cells(sheet):
        for row, probe in enumerate(PROBES, 2):
            sheet.cell(row, 2).value = probe

    def hidden(file):
        sheet = file.create_sheet("Cachée")
        cells(sheet)
        sheet.sheet_state = "veryHidden"

    def columns(file):
        cells(file.active)
        file.active.column_dimensions["B"].hidden = True

    def comment(file):
        file.active["A1"].comment = Comment(LINE, "a")

    def header(file):
        file.active.oddHeader.center.text = LINE.replace("&", "")

    def formula(file):
        file.active["B2"] = "=" + "&".join(f'"{p}"' for p in PROBES)

    def name(file):
        file.active.title = "hépatite B"

    def validation(file):
        from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

        rule = DataValidation(type="whole", promptTitle="x", prompt=LINE[:250])
        rule.add("A1")
        file.active.add_data_validation(rule)

    def numbers(file):
        file.active["B1"], file.active["B2"] = 279035121518989, 8012345678

    def properties(file):
        file.properties.title = LINE

    def link(file):
        file.active["A1"].hyperlink = "mailto:x@y?subject=" + LINE

    def inline(file):
        cells(file.active)

    yield "cells", book(lambda file: cells(file.active)), "t.xlsx"
    yield "macro variant", book(inline), "t.xlsm"
    yield "hidden sheet", book(hidden), "t.xlsx"
    yield "hidden column", book(columns), "t.xlsx"
    yield "cell comment", book(comment), "t.xlsx"
    yield "page header", book(header), "t.xlsx"
    yield "formula", book(formula), "t.xlsx"
    yield "sheet name", book(name), "t.xlsx", {"expected": ("hépatite B",)}
    yield "validation prompt", book(validation), "t.xlsx"
    yield "numbers", book(numbers), "t.xlsx", {"expected": ("279035121518989", "8012345678")}
    yield "title property", book(properties), "t.xlsx"
    yield "link", book(link), "t.xlsx"
    sheet = "".join(f'<row><c t="inlineStr"><is><t>{p}</t></is></c></row>' for p in PROBES)
    source = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{sheet}</sheetData></worksheet>'
    yield "inline strings", changed(book(name), **{"xl__worksheets__sheet1.xml": source.encode()}), "t.xlsx"


@family("xls")
def old_excel():
    if not find_spec("xlwt"):
        return
    import xlwt  # noqa: PLC0415

    for place in ("cells", "hidden sheet"):
        book = xlwt.Workbook(encoding="utf-8")
        book.add_sheet("Un").write(0, 0, "Bonjour")
        sheet = book.add_sheet("Deux")
        sheet.visibility = 2 if place == "hidden sheet" else 0
        for row, probe in enumerate(PROBES):
            sheet.write(row, 1, probe)
        yield place, saved(book), "t.xls"


@family("pptx")
def slides():
    if not find_spec("pptx"):
        return
    import pptx  # noqa: PLC0415

    def show(edit: Callable) -> bytes:
        file = pptx.Presentation()
        slide = file.slides.add_slide(file.slide_layouts[5])
        slide.shapes.title.text = "Bonjour"
        edit(slide)
        return saved(file)

    def box(slide):
        slide.shapes.add_textbox(0, 0, 9_000_000, 9_000_000).text_frame.text = TEXT

    def notes(slide):
        slide.notes_slide.notes_text_frame.text = TEXT

    def table(slide):
        grid = slide.shapes.add_table(len(PROBES), 1, 0, 0, 9_000_000, 900_000).table
        for row, probe in enumerate(PROBES):
            grid.cell(row, 0).text = probe

    def hidden(slide):
        box(slide)
        slide._element.set("show", "0")

    def alternative(slide):
        slide.shapes.title._element.nvSpPr.cNvPr.set("descr", LINE)

    def chart(slide):
        from pptx.chart.data import CategoryChartData  # noqa: PLC0415
        from pptx.enum.chart import XL_CHART_TYPE  # noqa: PLC0415

        data = CategoryChartData()
        data.categories = PROBES
        data.add_series("s", range(len(PROBES)))
        slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, 900_000, 900_000, data)

    for place, edit in (
        ("text box", box),
        ("notes", notes),
        ("table", table),
        ("hidden slide", hidden),
        ("alternative text", alternative),
        ("chart", chart),
    ):
        yield place, show(edit), "p.pptx"


@family("opendocument")
def opendocument():
    if not find_spec("odf"):
        return
    from odf import dc, office, opendocument, table, text  # noqa: PLC0415

    def letter(place: str) -> bytes:
        file = opendocument.OpenDocumentText()
        paragraph = text.P(text="Bonjour")
        file.text.addElement(paragraph)
        if place == "paragraphs":
            for probe in PROBES:
                file.text.addElement(text.P(text=probe))
        elif place == "comment":
            note = office.Annotation()
            note.addElement(text.P(text=LINE))
            paragraph.addElement(note)
        elif place == "title property":
            file.meta.addElement(dc.Title(text=LINE))
        return saved(file)

    for place in ("paragraphs", "comment", "title property"):
        yield f"odt {place}", letter(place), "l.odt"
    for state in ("cells", "hidden sheet"):
        file = opendocument.OpenDocumentSpreadsheet()
        sheet = table.Table(name="Un")
        for probe in PROBES:
            row, cell = table.TableRow(), table.TableCell(valuetype="string")
            cell.addElement(text.P(text=probe))
            row.addElement(cell)
            sheet.addElement(row)
        if state == "hidden sheet":
            from odf import style  # noqa: PLC0415

            hidden = style.Style(name="ta", family="table")
            hidden.addElement(style.TableProperties(display="false"))
            file.automaticstyles.addElement(hidden)
            sheet.setAttribute("stylename", hidden)
        file.spreadsheet.addElement(sheet)
        yield f"ods {state}", saved(file), "t.ods"
    from odf import draw, style  # noqa: PLC0415

    file = opendocument.OpenDocumentPresentation()
    layout = style.PageLayout(name="l")
    file.automaticstyles.addElement(layout)
    master = style.MasterPage(name="m", pagelayoutname=layout)
    file.masterstyles.addElement(master)
    page, frame, box = draw.Page(masterpagename=master), draw.Frame(width="1cm", height="1cm"), draw.TextBox()
    for probe in PROBES:
        box.addElement(text.P(text=probe))
    frame.addElement(box)
    page.addElement(frame)
    file.presentation.addElement(page)
    yield "odp", saved(file), "p.odp"
    names = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    lines = "".join(f"<text:p>{p}</text:p>" for p in PROBES)
    flat = f'<?xml version="1.0"?><office:document {names}><office:body><office:text>{lines}</office:text></office:body></office:document>'
    yield "flat odt", flat.encode(), "l.fodt"
