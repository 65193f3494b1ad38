"""Rarer Office files: binary workbooks, Visio drawings, formulas, e-books; and XML with a known DOCTYPE."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest

from extraction_samples import archive, attached, read, reasons, texts, unread
from hygie_detectors.extraction import extract
from xlsb_samples import xlsb

VISIO = "xmlns='http://schemas.microsoft.com/office/visio/2012/main'"


def changed(data: bytes, **members: bytes) -> bytes:
    """Return a zip with these members besides (``xl__comments1_bin`` is ``xl/comments1.bin``)."""
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a") as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/").replace("_bin", ".bin"), content)
    return target.getvalue()


# Binary workbooks -----------------------------------------------------------------------------------------


def test_every_sheet_of_a_binary_workbook_is_read_row_by_row() -> None:
    rows = [["Hémoglobine", 12.4, "g/dL"], ["Sortie", dt.date(2026, 3, 12), True]]
    data = xlsb(rows, [["NIR", 279035121518989], ["ligne\nune", "ligne deux"]], hidden=True)

    extraction = extract(attached(data, "a.xlsb"))

    found = texts(extraction, "1/a.xlsb")
    assert "Hémoglobine\t12.4\tg/dL" in found
    assert "12/03/2026" in found
    assert "NIR\t279035121518989\nligne une\tligne deux" in found
    assert "Feuille 2" in found
    assert () == extraction.unread
    assert (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" == extraction.parts[1].media_type
    )


def test_comments_of_a_binary_workbook_are_unsupported_and_their_words_are_read() -> None:
    comment = b"\x7d\x04" + "hépatite B".encode("utf-16-le")
    extraction = extract(attached(changed(xlsb([["a"]]), xl__comments1_bin=comment), "a.xlsb"))

    assert "hépatite B" in texts(extraction, "1/a.xlsb")
    assert [("1/a.xlsb#comments1", "unsupported")] == unread(extraction)


@pytest.mark.parametrize(("limit", "reached"), [(5, True), (6, False), (7, False)])
def test_cells_of_a_binary_workbook_are_counted(limit: int, reached: bool) -> None:
    data = xlsb([["a", "b"], ["c", "d"]], [["e", "f"]])
    extraction = read(attached(data, "a.xlsb"), spreadsheet_cells_max=limit)

    assert ([("1/a.xlsb", "limit:spreadsheet_cells_max")] if reached else []) == unread(extraction)
    assert "a\tb" in texts(extraction)


def test_a_binary_workbook_that_cannot_be_read_is_corrupt_and_nothing_is_printed(capfd) -> None:
    """calamine panics on it: Rust prints to the file descriptor, past Python."""
    data = archive(
        {
            "[Content_Types].xml": b"<Types/>",
            "xl/workbook.bin": b"\x9c\x01\x1a" + bytes(8) + b"\2\0\0\0r\0\x31\0\6\0\0\0secret",
            "xl/_rels/workbook.bin.rels": b"<Relationships/>",
        }
    )

    assert {"corrupt"} == reasons(extract(attached(data, "a.xlsb")))
    assert ("", "") == capfd.readouterr()


def test_a_binary_workbook_with_a_bomb_is_not_given_to_its_reader() -> None:
    data = changed(xlsb([["TEXTE", "suite"]]), xl__media__a_bin=bytes(60_000))
    extraction = read(attached(data, "a.xlsb"), member_max_bytes=50_000)

    assert {"limit:member_max_bytes"} == reasons(extraction)
    assert "TEXTE\tsuite" not in texts(extraction)


# Visio ----------------------------------------------------------------------------------------------------


def test_texts_names_and_properties_of_a_visio_drawing_are_read() -> None:
    shape = (
        "<Shape ID='1'><Cell N='PinX' V='4.133'/>"
        "<Text><cp IX='0'/>Patient : <cp IX='1'/>DURAND\nÉlodie</Text>"
        "<Section N='Property'><Row N='P'><Cell N='Value' V='hépatite B' U='STR'/></Row></Section></Shape>"
        "<Shape ID='2'><Text>2790351<fld IX='0'>21518</fld>989</Text></Shape>"
    )
    drawing = archive(
        {
            "[Content_Types].xml": b"<Types/>",
            "visio/document.xml": f"<VisioDocument {VISIO}/>".encode(),
            "visio/pages/pages.xml": f"<Pages {VISIO}><Page ID='0' Name='Lit-12'/></Pages>".encode(),
            "visio/pages/page1.xml": f"<PageContents {VISIO}>{shape}</PageContents>".encode(),
        }
    )

    extraction = extract(attached(drawing, "plan.vsdx"))

    found = texts(extraction, "1/plan.vsdx")
    assert "Patient : DURAND\nÉlodie" in found
    assert "hépatite B" in found
    assert "279035121518989" in found
    assert "Lit-12" in found
    assert () == extraction.unread
    assert extraction.parts[1].media_type.startswith("application/vnd.ms-visio.drawing")


# Formulas, e-books, known DTDs ----------------------------------------------------------------------------


def test_a_formula_of_opendocument_is_read() -> None:
    math = "<math><semantics><mi>Hb</mi><annotation>Hb = 12,4</annotation></semantics></math>"
    kind = b"application/vnd.oasis.opendocument.formula"
    extraction = extract(attached(archive({"mimetype": kind, "content.xml": math.encode()}), "a.odf"))

    assert "Hb = 12,4" in texts(extraction)
    assert () == extraction.unread


XHTML = (
    "<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.1//EN'"
    " 'http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd'>\n<html xmlns='http://www.w3.org/1999/xhtml'>"
    "<body><p>Hémo<b>globine</b>&nbsp;12,4 g/dL</p></body></html>"
)
NCX = (
    '<?xml version=\'1.0\'?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://x/ncx.dtd">'
    "<ncx><text>né le 12/03/1956</text></ncx>"
)


def test_an_e_book_is_read() -> None:
    book = archive(
        {"mimetype": b"application/epub+zip", "OPS/un.xhtml": XHTML.encode(), "OPS/toc.ncx": NCX.encode()}
    )

    extraction = extract(attached(book, "a.epub"))

    assert "Hémoglobine\xa012,4 g/dL" in texts(extraction)
    assert "né le 12/03/1956" in texts(extraction)
    assert () == extraction.unread


@pytest.mark.parametrize(
    "source",
    [
        NCX.replace("né le", "&lieu; le"),
        NCX.replace('ncx.dtd">', "ncx.dtd\" [<!ENTITY x 'secret'>]>"),
        NCX.replace("NISO", "ailleurs"),
        XHTML.replace("xhtml11.dtd'>", "xhtml11.dtd' [<!ENTITY x 'secret'>]>"),
    ],
    ids=["entity", "internal", "unknown", "internal in XHTML"],
)
def test_what_a_doctype_may_hide_is_unsupported(source: str) -> None:
    assert {"unsupported"} == reasons(extract(attached(source.encode(), "a.xml")))


def test_what_a_doctype_says_is_text() -> None:
    for source in (NCX, XHTML):
        hidden = source.replace("-//NISO//", "-//NISO//IPP 8012345678 ").replace(
            "-//W3C//", "-//W3C//IPP 8012345678 "
        )

        assert "IPP 8012345678" in texts(extract(attached(hidden.encode(), "a.bin")))

    assert "W3C" not in texts(extract(attached(XHTML.encode(), "a.bin")))


def test_entities_in_utf_16_are_unsupported() -> None:
    source = NCX.replace("'1.0'", "'1.0' encoding='utf-16'").replace("né le", "&lieu; le")

    assert {"unsupported"} == reasons(extract(attached(source.encode("utf-16"), "a.xml", "text/xml")))
