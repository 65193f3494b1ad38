"""What commands about the journal open: the settings, its folder, its keys.

Does:   opens them, or ends the command with one clear line.
Never:  makes a folder or a key.
Fails:  exit status 2.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

if TYPE_CHECKING:
    from hygie_milter.journal.keys import KeyRing
    from hygie_milter.settings import JournalSettings, Settings

config_option = click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    default=Path("/etc/hygie/hygie.yaml"),
    show_default=True,
    help="The settings file.",
)
_PERIOD: Final = re.compile(r"([1-9]\d{0,3})([dhj])")


def _since(_context: click.Context, _option: click.Parameter, value: str) -> datetime:
    found = _PERIOD.fullmatch(value)
    if found is None:
        raise click.BadParameter("30d, 12h")
    hours = int(found[1]) * (1 if found[2] == "h" else 24)
    return datetime.now(UTC) - timedelta(hours=hours)


since_option = click.option(
    "--since", default="30d", show_default=True, callback=_since, help="Such as 30d or 12h."
)


def loaded(config: Path) -> Settings:
    """Return the settings; ends the command where they are wrong."""
    from hygie_milter.settings import load_settings  # noqa: PLC0415 - quick --help
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    try:
        return load_settings(config)
    except YamlError as error:
        refuse(*map(str, error.problems))


def journal_settings(config: Path) -> JournalSettings:
    """Return the settings of a journal that is kept; ends the command otherwise."""
    settings = loaded(config).journal
    if settings.folder is None:
        refuse(f"{config} : journal.folder n'est pas réglé / is not set")
    return settings


def folder_of(settings: JournalSettings) -> Path:
    """Return the journal's folder."""
    return settings.folder or Path()


def ring_of(settings: JournalSettings) -> KeyRing:
    """Return the key ring; ends the command where there is none."""
    from hygie_milter.journal.keys import KeyRingError, load_ring  # noqa: PLC0415 - quick --help

    try:
        return load_ring(settings.ring_file or Path())
    except KeyRingError as error:
        refuse(str(error))


def refuse_path(error: OSError) -> NoReturn:
    """End the command: a file cannot be used."""
    from hygie_milter.cli.text import what_is_wrong  # noqa: PLC0415 - quick --help

    refuse(f"{error.filename} : {what_is_wrong(error)}")


def refuse(*lines: str) -> NoReturn:
    """End the command with what is wrong."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(2)
