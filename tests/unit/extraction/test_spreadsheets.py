"""Spreadsheets of every format: rows on a line, dates and numbers as shown, all that stands beside cells."""

from __future__ import annotations

import datetime as dt
import io
import struct

import openpyxl
import pytest
import xlsxwriter
import xlwt
from openpyxl.comments import Comment

from extraction_samples import archive, attached, read, reasons, texts, unread
from hygie_detectors.extraction import cells, extract
from ole_samples import biff, compound

NAME, NIR, BORN = "DURAND-LEFÈVRE Élodie", 279035121518989, dt.datetime(1956, 3, 12)  # noqa: DTZ001
ROW = f"{NAME}\t12/03/1956\t{NIR}"
LAB = "Hémoglobine\t12.4\tg/dL"


def xlsx(fill: object) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        fill(book)  # type: ignore[operator]
    return target.getvalue()


def by_openpyxl(*, iso_dates: bool = False) -> bytes:
    book = openpyxl.Workbook()
    book.iso_dates = iso_dates
    sheet = book.active
    sheet.append([NAME, BORN, NIR])
    sheet["B1"].number_format = "dd/mm/yyyy"
    sheet.append(["Hémoglobine", 12.4, "g/dL"])
    sheet["A1"].comment = Comment("hépatite B", "Dr Martin")
    sheet.oddHeader.center.text = "EN-TETE IPP 8012345678"
    hidden = book.create_sheet("Caché")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "feuille cachée"
    book.properties.title = "titre du classeur"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_xlwt() -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Bilan")
    day = xlwt.easyxf(num_format_str="dd/mm/yyyy")
    for column, value in enumerate((NAME, BORN, NIR)):
        sheet.write(0, column, value, day if column == 1 else xlwt.Style.default_style)
    for column, text in enumerate(("Hémoglobine", 12.4, "g/dL")):
        sheet.write(1, column, text)
    sheet.header_str = b"EN-TETE IPP 8012345678"
    book.add_sheet("Caché").write(0, 0, "feuille cachée")
    book.get_sheet(1).visibility = 1
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    "data", [by_openpyxl(), by_openpyxl(iso_dates=True), by_xlwt()], ids=["xlsx", "iso", "xls"]
)
def test_rows_dates_numbers_hidden_sheets_and_headers(data: bytes) -> None:
    extraction = extract(attached(data, "bilan.bin"))

    found = texts(extraction, "1/bilan.bin")
    assert f"{ROW}\n{LAB}" in found
    assert "feuille cachée" in found
    assert "Caché" in found
    assert "EN-TETE IPP 8012345678" in found
    assert () == extraction.unread


def test_comments_and_title_of_a_workbook() -> None:
    found = texts(extract(attached(by_openpyxl(), "a.xlsx")))

    assert "hépatite B" in found
    assert "Dr Martin" in found
    assert "titre du classeur" in found


def test_text_boxes_charts_choices_and_formats_of_xlsxwriter() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Suivi")
        sheet.write_column("A1", ["janvier", "février"])
        sheet.write_column("B1", [12.4, 11.9])
        sheet.insert_textbox("D2", "CADRE hépatite B")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"name": "Hémoglobine DURAND", "values": "=Suivi!$B$1:$B$2"})
        chart.set_title({"name": "TITRE du graphique"})
        sheet.insert_chart("D9", chart)
        sheet.data_validation("C1", {"validate": "list", "source": ["CHOIX", "AUTRE"]})
        sheet.write_formula("C2", '="FORMULE de "&A1')
        sheet.write("C3", 12.4, book.add_format({"num_format": '0.0" g/dL"'}))
        sheet.write("C4", 42, book.add_format({"num_format": "0000000000"}))
        sheet.write("C5", 0.072, book.add_format({"num_format": "0.0%"}))
        sheet.write_rich_string("C6", "2790", book.add_format({"bold": True}), "35121", "518989")
        sheet.write("C7", "haut\nbas")
        book.define_name("PATIENT_LEFEVRE", "=Suivi!$A$1")

    extraction = extract(attached(xlsx(fill), "a.xlsx"))

    found = texts(extraction)
    for text in (
        *("CADRE hépatite B", "Hémoglobine DURAND", "TITRE du graphique", "CHOIX,AUTRE", "FORMULE de "),
        *("12.4 g/dL", "0000000042", "7.2 %", "279035121518989", "haut bas", "PATIENT_LEFEVRE", "Suivi"),
    ):
        assert text in found
    assert () == extraction.unread


def test_strings_that_no_cell_shows_are_read() -> None:
    members = {
        "[Content_Types].xml": b"<Types/>",
        "xl/sharedStrings.xml": b"<sst><si><t>vu</t></si><si><t>ORPHELIN</t></si></sst>",
        "xl/worksheets/feuille.xml": b"<worksheet><row><c t='s'><v>0</v></c></row></worksheet>",
    }

    found = texts(extract(attached(archive(members), "a.xlsx")))

    assert 1 == found.count("vu")
    assert "ORPHELIN" in found


def far(last: str) -> bytes:
    row = last.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    sheet = (
        "<worksheet><dimension ref='A1:XFD1048576'/><sheetData><row r='1'><c r='A1'><v>1</v></c></row>"
        f"<row r='{row}'><c r='{last}' t='inlineStr'><is><t>LOIN</t></is></c></row></sheetData></worksheet>"
    )
    return archive({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": sheet.encode()})


def test_a_far_cell_costs_nothing() -> None:
    extraction = extract(attached(far("XFD1048576"), "a.xlsx"))

    assert "LOIN" in texts(extraction)
    assert () == extraction.unread


def many_xlsx(count: int) -> bytes:
    rows = "".join(f"<row><c><v>{n}</v></c></row>" for n in range(count))
    return archive(
        {"[Content_Types].xml": b"<Types/>", "xl/a.xml": f"<worksheet>{rows}</worksheet>".encode()}
    )


def many_xls(count: int) -> bytes:
    records = [biff(0x0809, struct.pack("<HH", 0x0600, 0x0010))]
    records += [biff(0x0203, struct.pack("<HHHd", n, 0, 0, n)) for n in range(count)]
    return compound({"Workbook": b"".join([*records, biff(0x000A, b"")])})


def many_ods(count: int) -> bytes:
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    rows = "".join(f"<table-row><table-cell><p>{n}</p></table-cell></table-row>" for n in range(count))
    return archive({"mimetype": kind.encode(), "content.xml": f"<table>{rows}</table>".encode()})


@pytest.mark.parametrize("many", [many_xlsx, many_xls, many_ods])
@pytest.mark.parametrize(("count", "reached"), [(9, False), (10, False), (11, True)])
def test_cells_beyond_the_limit(many: object, count: int, *, reached: bool) -> None:
    extraction = read(attached(many(count), "a.bin"), spreadsheet_cells_max=10)  # type: ignore[operator]

    assert ({"limit:spreadsheet_cells_max"} if reached else set()) == reasons(extraction)
    assert "8\n" in texts(extraction) + "\n"


@pytest.mark.parametrize(
    ("number", "code", "stored", "shown"),
    [
        (0, "General", "279035121518989", "279035121518989"),
        (0, "", "2.79035121518989E+14", "279035121518989"),
        (0, "", "12.4", "12.4"),
        (0, "", "0.1234567890123456", "0.123456789012346"),
        (0, "", "texte", "texte"),
        (14, "", "20526", "12/03/1956"),
        (22, "", "20526.5", "12/03/1956 12:00"),
        (21, "", "0.25", "06:00"),
        (164, "[$-40C]d mmmm yyyy;@", "20526", "12/03/1956"),
        (164, "jj/mm/aaaa", "20526", "12/03/1956"),
        (164, "[h]:mm", "0.5", "12:00"),
        (164, "dd/mm/yyyy", "59", "28/02/1900"),
        (164, "dd/mm/yyyy", "1", "01/01/1900"),
        (164, "dd/mm/yyyy", "-1", "-1"),
        (164, "dd/mm/yyyy", "9999999", "9999999"),
        (164, "dd/mm/yyyy", "inconnu", "inconnu"),
        (164, '"IPP "0', "8012345678", "IPP 8012345678"),
        (164, '[Red]0.0\\ "mmol"', "5.1", "5.1 mmol"),
        (164, "0.00E+00", "12", "12"),
        (10, "", "0.5", "50 %"),
    ],
)
def test_a_number_as_it_is_shown(number: int, code: str, stored: str, shown: str) -> None:
    assert shown == cells.parse(number, code).show(stored)


def test_days_counted_from_1904() -> None:
    assert "13/03/1960" == cells.parse(14).show("20526", from_1904=True)


def globals_of(*records: bytes, version: int = 0x0600) -> bytes:
    return b"".join([biff(0x0809, struct.pack("<HH", version, 5)), *records, biff(0x000A, b"")])


def test_a_string_over_two_records_changes_its_width() -> None:
    """Each record that continues a string says anew how its part is written."""
    first = struct.pack("<II", 1, 1) + struct.pack("<HB", 12, 0) + b"DURAND"
    sheet = biff(0x0809, struct.pack("<HH", 0x0600, 0x10)) + biff(0x00FD, struct.pack("<HHHI", 0, 0, 0, 0))
    data = globals_of(biff(0x00FC, first), biff(0x003C, b"\x01" + "-œuvre".encode("utf-16-le")))
    data += sheet + biff(0x000A, b"")

    assert "DURAND-œuvre" in texts(extract(attached(compound({"Workbook": data}), "a.xls")))


def test_packed_numbers_formulas_notes_and_text_boxes_of_excel_97() -> None:
    def formula(result: bytes) -> bytes:
        return biff(0x0006, struct.pack("<HHH8s", 1, 0, 0, result) + bytes(8))

    records = [
        biff(0x0809, struct.pack("<HH", 0x0600, 0x10)),
        biff(0x00BD, struct.pack("<HHHIHIH", 0, 0, 0, 1240 << 2 | 3, 0, 42 << 2 | 2, 1)),
        formula(b"\0" * 6 + b"\xff\xff"),
        biff(0x0207, struct.pack("<HB", 8, 0) + b"RESULTAT"),
        biff(0x01B6, bytes(10) + struct.pack("<HH", 9, 0) + bytes(4)),
        biff(0x003C, b"\x00" + b"hepatite "),
        biff(0x003C, bytes(8)),
        biff(0x001C, struct.pack("<HHHHHB", 0, 0, 0, 1, 6, 0) + b"Martin"),
        biff(0x000A, b""),
    ]

    found = texts(extract(attached(compound({"Workbook": b"".join(records)}), "a.xls")))

    assert "12.4\t42\nRESULTAT" in found
    assert "hepatite" in found
    assert "Martin" in found


def test_excel_5_is_read_in_its_code_page() -> None:
    sheet = biff(0x0809, struct.pack("<HH", 0x0500, 0x10))
    sheet += biff(0x0204, struct.pack("<HHHH", 0, 0, 0, 8) + "Hépatite".encode("mac_roman")) + biff(
        0x000A, b""
    )
    data = globals_of(biff(0x0042, struct.pack("<H", 10000)), version=0x0500) + sheet

    assert "Hépatite" in texts(extract(attached(compound({"Book": data}), "a.xls")))


def test_an_encrypted_workbook_is_encrypted_and_nothing_else() -> None:
    data = globals_of(biff(0x002F, b"\x01\0"), biff(0x0085, bytes(6) + b"\x05\0????"))

    extraction = extract(attached(compound({"Workbook": data, "autre": b"\1\2\3\4" * 9}), "a.xls"))

    assert [("1/a.xls", "encrypted")] == unread(extraction)


def test_a_workbook_that_breaks_off_is_corrupt_and_its_cells_are_read() -> None:
    data = many_xls(1)[:0] + compound({"Workbook": globals_of() + biff(0x0809, b"\0\6\x10\0")[:-1]})

    assert {"corrupt"} == reasons(extract(attached(data, "a.xls")))


@pytest.mark.parametrize("shown", ["<p>12/03/1956</p>", ""])
def test_an_opendocument_cell_shows_its_text_or_else_its_value(shown: str) -> None:
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    cells_ = (
        f"<t:table-cell o:date-value='1956-03-12'>{shown}</t:table-cell>"
        "<t:table-cell o:value='279035121518989'><p>2,79E+14</p></t:table-cell>"
        "<t:table-cell t:number-columns-repeated='16384'/><t:table-cell o:value='12.4'/>"
    )
    row = f"<t:table-row>{cells_}</t:table-row>"
    content = f"<t:table xmlns:t='urn:t' xmlns:o='urn:o' t:name='Patients'>{row}</t:table>"
    data = archive({"mimetype": kind.encode(), "content.xml": content.encode()})

    found = texts(extract(attached(data, "a.ods")), "1/a.ods")

    assert "Patients\n12/03/1956\t2,79E+14\t279035121518989\t12.4" in found
