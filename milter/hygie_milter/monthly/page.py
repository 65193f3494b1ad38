"""The report as files: one page for a browser and a printer, one CSV file a table.

Does:   fills the template, with a policy for the browser that lets nothing in but the page's own style;
        writes CSV as French spreadsheets open it (semicolons, a byte order mark).
Never:  runs a script, loads anything, or trusts a text: the template escapes all.
Fails:  never.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from functools import cache
from importlib import resources
from typing import Final

import jinja2

from hygie_milter.monthly.figures import Month
from hygie_milter.monthly.tables import Cell, Report, Table, number, sections, summary
from hygie_policies.parties import PARIS

_MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would run a cell that begins so."""


def html(report: Report) -> str:
    """Return the page."""
    style = _file("page.css").strip()
    return _template().render(
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        month=month_name(report.figures.month),
        made=f"{report.made.astimezone(PARIS):%d/%m/%Y à %H:%M}",
        report=report,
        summary=summary(report),
        sections=sections(report),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["cell"] = shown
    environment.tests["figure"] = _is_figure
    return environment.from_string(_file("page.html.j2"))


@cache
def _file(name: str) -> str:
    return (resources.files("hygie_milter.monthly") / name).read_text(encoding="utf-8")


def csv_files(report: Report) -> dict[str, bytes]:
    """Return the content of each CSV file by its name."""
    return {f"{table.name}.csv": _csv(table) for section in sections(report) for table in section.tables}


def _csv(table: Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([_safe(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def _safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def shown(cell: Cell) -> str:
    """Return a cell as the page shows it."""
    return number(cell) if isinstance(cell, int) else cell


def _is_figure(cell: Cell) -> bool:
    """Tell whether a cell stands to the right, as numbers do."""
    return isinstance(cell, int) or cell.endswith("%")


def month_name(month: Month) -> str:
    """Return a month as a person says it, ``octobre 2026``."""
    return f"{_MONTHS[month.number - 1]} {month.year}"
