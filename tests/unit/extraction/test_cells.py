"""A row of a table is one line of text, however its cells are written, in every format that has tables."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import docx
import openpyxl
import pptx
import pytest
from odf import table as odf_table
from odf import text as odf_text
from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText

from extraction_samples import attached, texts
from hygie_detectors.extraction import extract
from hygie_detectors.extraction.layout import ONE_LINE_MAX, Layout

Row = Sequence[Sequence[str]]
"""Cells, each with its paragraphs."""

ROW: Row = (("Hémoglobine", "(sang)"), ("12,4", "bas"), ("g/dL",))
WRITTEN = "Hémoglobine (sang)\t12,4 bas\tg/dL"


def saved(document: object) -> bytes:
    target = io.BytesIO()
    document.save(target)  # type: ignore[attr-defined]  # every writer has it
    return target.getvalue()


def word(*rows: Row) -> bytes:
    file = docx.Document()
    grid = file.add_table(rows=0, cols=max(map(len, rows)))
    for row in rows:
        for cell, (first, *others) in zip(grid.add_row().cells, row, strict=False):
            cell.text = first
            for other in others:
                cell.add_paragraph(other)
    return saved(file)


def slides(*rows: Row) -> bytes:
    deck = pptx.Presentation()
    width = max(map(len, rows))
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    grid = shapes.add_table(len(rows), width, 0, 0, 900_000, 900_000).table
    for number, row in enumerate(rows):
        for column, paragraphs in enumerate(row):
            grid.cell(number, column).text = "\n".join(paragraphs)
    return saved(deck)


def opendocument(rows: Sequence[Row]) -> odf_table.Table:
    grid = odf_table.Table(name="t")
    for row in rows:
        line = odf_table.TableRow()
        for paragraphs in row:
            cell = odf_table.TableCell(valuetype="string")
            for paragraph in paragraphs:
                cell.addElement(odf_text.P(text=paragraph))
            line.addElement(cell)
        grid.addElement(line)
    return grid


def odt(*rows: Row) -> bytes:
    file = OpenDocumentText()
    file.text.addElement(opendocument(rows))
    return saved(file)


def ods(*rows: Row) -> bytes:
    file = OpenDocumentSpreadsheet()
    file.spreadsheet.addElement(opendocument(rows))
    return saved(file)


def xlsx(*rows: Row) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(["\n".join(paragraphs) for paragraphs in row])
    return saved(book)


def html(*rows: Row) -> bytes:
    cells = ["".join(f"<td>{''.join(f'<p>{p}</p>' for p in cell)}</td>" for cell in row) for row in rows]
    return f"<html><body><table>{''.join(f'<tr>{c}</tr>' for c in cells)}</table></body></html>".encode()


WRITERS: dict[str, Callable[..., bytes]] = {
    "a.docx": word,
    "a.pptx": slides,
    "a.odt": odt,
    "a.ods": ods,
    "a.xlsx": xlsx,
    "a.html": html,
}


@pytest.mark.parametrize("name", WRITERS)
def test_the_paragraphs_of_a_cell_do_not_break_its_row(name: str) -> None:
    data = WRITERS[name](ROW, (("TSH",), ("2,1", "normal"), ("mUI/L",)))

    assert f"{WRITTEN}\nTSH\t2,1 normal\tmUI/L" in texts(extract(attached(data, name)), f"1/{name}")


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "a.xlsx"])
def test_a_cell_without_neighbours_keeps_its_lines(name: str) -> None:
    """A box round an address, a signature, or a letter as a whole."""
    assert "Service de néphrologie\nBâtiment B" in texts(
        extract(attached(WRITERS[name]([("Service de néphrologie", "Bâtiment B")]), name)), f"1/{name}"
    )


@pytest.mark.parametrize(("length", "lines"), [(-1, 1), (0, 1), (1, 2)])
def test_a_long_cell_keeps_its_lines(length: int, lines: int) -> None:
    first = "Conclusion"
    second = "x" * (ONE_LINE_MAX + length - len(first) - len("\n"))
    layout = Layout()
    layout.row()
    for cell in ((first, second), ("12,4",)):
        for paragraph in cell:
            layout.line()
            layout.text(paragraph)
            layout.line()
        layout.cell()
    layout.row()

    assert lines == len(str(layout).split("\n"))


def test_a_table_in_a_cell_keeps_its_rows() -> None:
    layout = Layout()
    layout.row()
    layout.text("avant")
    for inner in ("Hb", "TSH"):
        layout.row()
        layout.text(inner)
        layout.cell()
        layout.text("1")
        layout.line()
        layout.text("bas")
        layout.cell()
    layout.row()
    layout.text("après")

    assert "avant\nHb\t1 bas\nTSH\t1 bas\naprès" == str(layout)
