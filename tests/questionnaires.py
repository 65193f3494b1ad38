"""A questionnaire of an anaesthesia service, blank and filled, in the formats of mail. All invented."""

from __future__ import annotations

import io
from typing import Final

import openpyxl
from reportlab.pdfgen.canvas import Canvas

from extraction_samples import odt, pdf, word

BLANK: Final = (
    "Questionnaire médical avant anesthésie",
    "À remplir et à renvoyer au secrétariat d'anesthésie",
    "Nom : ........................ Prénom : ........................",
    "Date de naissance : ___ / ___ / ______",
    "Avez-vous ou avez-vous eu l'une de ces maladies ?",
    "[ ] Diabète    [ ] Asthme",
    "[ ] Infarctus du myocarde    [ ] Épilepsie",
    "[ ] Insuffisance rénale chronique",
    "Traitement : ....................................",
)
NAME: Final = "Nom : DURANDEAU Prénom : Jérôme"
BIRTH: Final = "Date de naissance : 14/06/1957"
TICKED: Final = "[x] Diabète    [ ] Asthme"
MAIL: Final = "Bonjour,\n\nLe questionnaire pour M. DURANDEAU Jérôme, né le 14/06/1957.\n\nBien à vous\n"
"""Names a patient, and says nothing of health."""


def filled(*, name: bool = False, ticked: bool = False) -> tuple[str, ...]:
    """Return the lines of a questionnaire that somebody filled in part."""
    lines = list(BLANK)
    if name:
        lines[2:4] = NAME, BIRTH
    if ticked:
        lines[5] = TICKED
    return tuple(lines)


def as_text(lines: tuple[str, ...]) -> bytes:
    return "\n".join(lines).encode()


def as_html(lines: tuple[str, ...]) -> bytes:
    rows = "".join(f"<p>{line}</p>\n" for line in lines)
    return f'<html><head><meta charset="utf-8"></head><body>{rows}</body></html>'.encode()


def as_word(lines: tuple[str, ...]) -> bytes:
    return word(*lines)


def as_pdf(lines: tuple[str, ...]) -> bytes:
    return pdf("\n".join(lines))


def as_odt(lines: tuple[str, ...]) -> bytes:
    return odt("".join(f"<text:p>{line}</text:p>" for line in lines))


def as_xlsx(lines: tuple[str, ...]) -> bytes:
    """One line a row, what parts its items a cell."""
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line.split("    "))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


FORMATS: Final = {
    "txt": as_text, "html": as_html, "docx": as_word, "pdf": as_pdf, "odt": as_odt, "xlsx": as_xlsx,
}  # fmt: skip


def pdf_form(*, name: str = "", ticked: tuple[str, ...] = ()) -> bytes:
    """Return a PDF with fields: the printed page is the same, whatever was filled in."""
    target = io.BytesIO()
    canvas = Canvas(target)
    for row, line in enumerate(BLANK):
        canvas.drawString(60, 780 - 20 * row, line)
    canvas.acroForm.textfield(name="nom", value=name, x=300, y=740, width=200)
    for row, box in enumerate(("diabete", "asthme", "infarctus", "accord")):
        canvas.acroForm.checkbox(name=box, x=40, y=400 - 40 * row, checked=box == "accord" or box in ticked)
    canvas.showPage()
    canvas.save()
    return target.getvalue()
