"""Presentations, charts and alternative content of Word, and Office documents in one XML file."""

from __future__ import annotations

import base64
import io

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm

from extraction_samples import archive, attached, pdf, reasons, texts, word_of
from hygie_detectors.extraction import extract

ODF = (
    "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' "
    "xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' "
    "xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0'"
)


def presentation() -> bytes:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    runs = slide.shapes.title.text_frame.paragraphs[0]
    for text in ("NIR 2790", "35121", "518989"):
        runs.add_run().text = text
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Cm(5), Cm(1)).text_frame.text = "GROUPE hépatite B"
    table = slide.shapes.add_table(2, 3, 0, Cm(3), Cm(9), Cm(2)).table
    for row, values in enumerate((("Hémoglobine", "12,4", "g/dL"), ("TSH", "", "mUI/L"))):
        for column, value in enumerate(values):
            table.cell(row, column).text = value
    slide.notes_slide.notes_text_frame.text = "NOTES né le 12/03/1956"
    data = CategoryChartData()
    data.categories = ["janvier", "février"]
    data.add_series("Ferritine DURAND", (12.4, 11.9))
    slide.shapes.add_chart(XL_CHART_TYPE.LINE, 0, Cm(6), Cm(9), Cm(5), data)
    deck.core_properties.author = "DURAND-LEFÈVRE Élodie"
    target = io.BytesIO()
    deck.save(target)
    return target.getvalue()


def test_every_place_of_a_presentation() -> None:
    extraction = extract(attached(presentation(), "a.pptx"))

    found = texts(extraction, "1/a.pptx")
    for text in (
        *("NIR 279035121518989", "GROUPE hépatite B", "Hémoglobine\t12,4\tg/dL\nTSH\tmUI/L"),
        *("NOTES né le 12/03/1956", "Ferritine DURAND", "janvier\tfévrier", "DURAND-LEFÈVRE Élodie"),
    ):
        assert text in found
    assert "Ferritine DURAND" in texts(extraction, "1/a.pptx/Microsoft_Excel_Sheet1.xlsx")
    assert set() == {u.reason for u in extraction.unread if u.attachment}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("ppt/comments/comment1.xml", "<p:cm><p:text>MARQUE</p:text></p:cm>"),
        ("ppt/commentAuthors.xml", "<p:cmAuthor name='MARQUE'/>"),
        ("ppt/diagrams/data1.xml", "<p:pt><p:t><p:p><p:r><p:t>MARQUE</p:t></p:r></p:p></p:t></p:pt>"),
        ("ppt/slideMasters/slideMaster1.xml", "<p:p><p:r><p:t>MARQUE</p:t></p:r></p:p>"),
        (
            "xl/threadedComments/threadedComment1.xml",
            "<p:threadedComment><p:text>MARQUE</p:text></p:threadedComment>",
        ),
        ("xl/persons/person.xml", "<p:person displayName='MARQUE'/>"),
        ("xl/pivotCache/pivotCacheDefinition1.xml", "<p:sharedItems><p:s v='MARQUE'/></p:sharedItems>"),
        ("xl/externalLinks/externalLink1.xml", "<p:row><p:cell><p:v>MARQUE</p:v></p:cell></p:row>"),
        ("customXml/item1.xml", "<p:patient>MARQUE</p:patient>"),
        ("word/settings.xml", "<p:docVar p:name='patient' p:val='MARQUE'/>"),
    ],
)
def test_text_in_odd_members(path: str, content: str) -> None:
    data = archive({"[Content_Types].xml": b"<Types/>", path: f"<x xmlns:p='urn:p'>{content}</x>".encode()})

    assert "MARQUE" in texts(extract(attached(data, "a.bin")))


def test_content_in_another_format_and_charts_of_word() -> None:
    points = b"<val><f>A1:B1</f><pt><v>12</v></pt><pt><v>14</v></pt></val>"
    chart = b"<x><ser><tx><v>Ferritine</v></tx>" + points + b"</ser></x>"
    members = {"afchunk.htm": b"<html><body><p>BLOC <b>HTML</b></p></body></html>", "chart1.xml": chart}
    data = archive(
        {"[Content_Types].xml": b"<T/>", **{f"word/{name}": value for name, value in members.items()}}
    )

    extraction = extract(attached(data, "a.docx"))

    assert "BLOC HTML" in texts(extraction, "1/a.docx/afchunk.htm")
    assert "Ferritine\t12\t14" in texts(extraction, "1/a.docx")


def test_measures_of_a_drawing_do_not_tear_a_number() -> None:
    drawing = "<w:positionH><w:posOffset>9105</w:posOffset></w:positionH>"
    body = f"<w:p><w:r><w:t>2790</w:t></w:r>{drawing}<w:r><w:t>35121518989</w:t></w:r></w:p>"

    assert "279035121518989" in texts(extract(attached(word_of(body), "a.docx")))


def test_a_flat_opendocument_joins_runs_keeps_rows_and_hands_out_files() -> None:
    inner = base64.b64encode(pdf("Page JOINTE")).decode()
    row = (
        "<table:table-row><table:table-cell><text:p>Hb</text:p></table:table-cell>"
        "<table:table-cell><text:p>12,4</text:p></table:table-cell></table:table-row>"
    )
    body = (
        f"<text:p>2790<text:span>35121</text:span>518989</text:p><table:table>{row}</table:table>"
        f"<office:binary-data>{inner}</office:binary-data>"
    )
    data = f"<?xml version='1.0'?><office:document {ODF}><office:body>{body}</office:body></office:document>"

    extraction = extract(attached(data.encode(), "a.fodt"))

    assert "279035121518989\nHb\t12,4" in texts(extraction, "1/a.fodt")
    assert "Page JOINTE" in texts(extraction, "1/a.fodt/objet-1")
    assert () == extraction.unread


@pytest.mark.parametrize(
    ("start", "body", "shown"),
    [
        (
            "<w:wordDocument xmlns:w='http://schemas.microsoft.com/office/word/2003/wordml'>",
            "<w:p><w:r><w:t>2790</w:t></w:r><w:r><w:t>35121</w:t></w:r></w:p></w:wordDocument>",
            "279035121",
        ),
        (
            "<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>",
            "<Table><Row><Cell><Data>Hb</Data></Cell><Cell><Data>12,4</Data></Cell></Row></Table></Workbook>",
            "Hb\t12,4",
        ),
        (
            "<pkg:package xmlns:pkg='http://schemas.microsoft.com/office/2006/xmlPackage'>",
            "<pkg:part><pkg:xmlData><p><r><t>2790</t></r><r><t>35121</t></r></p></pkg:xmlData></pkg:part></pkg:package>",
            "279035121",
        ),
    ],
    ids=["Word 2003", "Excel 2003", "Word 2006"],
)
def test_other_flat_documents(start: str, body: str, shown: str) -> None:
    data = f"<?xml version='1.0'?>{start}{body}".encode()

    assert shown in texts(extract(attached(data, "a.xml")))
    assert {"corrupt"} == reasons(extract(attached(data[:-4], "a.xml")))


def test_a_printer_setup_is_no_file_and_its_words_are_read() -> None:
    setup = b"\x01\x00" + "Imprimante de DURAND".encode("utf-16-le") + b"\x01\x02" * 30
    data = archive({"[Content_Types].xml": b"<T/>", "xl/printerSettings/printerSettings1.bin": setup})

    extraction = extract(attached(data, "a.xlsx"))

    assert "Imprimante de DURAND" in texts(extraction)
    assert () == extraction.unread
