"""``hygie report``: the month for the data-protection officer, as a page and CSV files.

Does:   reads and verifies the month's lines in one pass, then writes the page and one CSV file a table.
Never:  writes content, an address or a pseudonym; changes the journal.
Fails:  exit status 1 when the month's journal is damaged (the report is written, and says so), 2 for bad
        usage, settings without a journal, or a file that cannot be used.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hygie_milter.cli.opened import config_option, folder_of, journal_settings, refuse_path, ring_of

if TYPE_CHECKING:
    from hygie_policies.loader import PolicySet

PAGE: Final = "rapport.html"


@click.command(short_help="The month for the data-protection officer.")
@click.option(
    "--month", type=click.DateTime(["%Y-%m"]), required=True, help="The month, as 2026-10 (Paris time)."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to; default: rapport-<month>, here.",
)
@config_option
def report(month: datetime, output: Path | None, config: Path) -> None:
    """Write a French page and CSV files about one month: counts only, for the data-protection officer.

    Open rapport.html in a browser; print it from there.
    """
    from hygie_milter.monthly.figures import Month  # noqa: PLC0415 - quick --help
    from hygie_milter.monthly.gather import gather  # noqa: PLC0415 - the same
    from hygie_milter.monthly.page import csv_files, html  # noqa: PLC0415 - the same

    settings = journal_settings(config)
    chosen = Month(month.year, month.month)
    try:
        made = gather(folder_of(settings), ring_of(settings), chosen, datetime.now(UTC), _policies(config))
        folder = output or Path(f"rapport-{chosen}")
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in {PAGE: html(made).encode(), **csv_files(made)}.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        if error.filename is None:
            raise
        refuse_path(error)
    click.echo(f"{folder / PAGE} : {made.figures.lines} lignes / lines, {made.figures.total} messages")
    if made.verdict.damages:
        click.echo("journal ABÎMÉ / DAMAGED: hygie journal verify", err=True)
        sys.exit(1)


def _policies(config: Path) -> PolicySet | None:
    """Return the policies in force, None where they cannot be loaded: the journal tells the rest."""
    from hygie_milter.runtime import load_runtime  # noqa: PLC0415 - quick --help
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    try:
        return load_runtime(config).policies
    except YamlError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        return None
