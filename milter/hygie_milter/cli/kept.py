"""What the commands about a journal share: the settings that name it, its key ring, how they refuse.

Does:   reads which journal is meant and its keys.
Never:  makes either.
Fails:  exit status 2 with a line that says what to do.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from hygie_milter.journal.keys import KeyRing
    from hygie_milter.settings import JournalSettings

config_option = click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    default=Path("/etc/hygie/hygie.yaml"),
    show_default=True,
    help="The settings file.",
)


def settings_of(config: Path) -> JournalSettings:
    """Return the settings of the journal; refuses when there is none."""
    from hygie_milter.settings import load_settings  # noqa: PLC0415 - quick --help
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    try:
        settings = load_settings(config).journal
    except YamlError as error:
        refuse(*map(str, error.problems))
    if settings.folder is None:
        refuse(f"{config} : journal.folder n'est pas réglé / is not set")
    return settings


def folder_of(settings: JournalSettings) -> Path:
    """Return the journal's folder."""
    return settings.folder or Path()


def ring_of(settings: JournalSettings) -> KeyRing:
    """Return its key ring; refuses when there is none."""
    from hygie_milter.journal.keys import KeyRingError, load_ring  # noqa: PLC0415 - quick --help

    try:
        return load_ring(settings.ring_file or Path())
    except KeyRingError as error:
        refuse(str(error))


def refuse_path(error: OSError) -> NoReturn:
    """End with what is wrong with a path; an error without one is none of a path's, and goes on."""
    from hygie_milter.cli.text import what_is_wrong  # noqa: PLC0415 - quick --help

    refuse(f"{error.filename} : {what_is_wrong(error)}")


def refuse(*lines: str) -> NoReturn:
    """End with exit status 2."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(2)
