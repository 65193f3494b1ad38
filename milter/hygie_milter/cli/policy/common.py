"""What the commands about policies share: options, and what they load.

Does:   loads policies, settings and the inspection, or ends the command with one clear line.
Never:  loads a model before it is asked for one.
Fails:  exit status 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hygie_milter.cli.opened import refuse

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from hygie_detectors.limits import Limits
    from hygie_detectors.model import Inspection
    from hygie_policies.loader import PolicySet
    from hygie_policies.model import Context

PATH: Final = click.Path(path_type=Path)
language_option = click.option(
    "--lang", "language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Language."
)
config_option = click.option(
    "--config", "-c", type=PATH, help="Settings: their lists, channels and recognizers."
)
COLUMNS: Final = 80
"""Width where no terminal says its own, so that a table can be printed or pasted into a letter."""


def console() -> Console:
    """Return a console on standard output, 80 columns wide off a terminal."""
    from hygie_milter.cli.render import plain_console  # noqa: PLC0415 - quick --help

    return plain_console(COLUMNS)


def table(*columns: str, numbers: int = 0) -> Table:
    """Return an empty table; its first column and its last ``numbers`` are never folded."""
    from rich.table import Table  # noqa: PLC0415 - quick --help

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, name in enumerate(columns):
        if place >= len(columns) - numbers:
            made.add_column(name, justify="right", no_wrap=True)
        else:
            made.add_column(name, overflow="fold", no_wrap=place == 0)
    return made


def load(path: Path | None, config: Path | None) -> PolicySet:
    """Load the policies asked for, those of the settings, or the shipped ones."""
    from hygie_policies import shipped  # noqa: PLC0415 - quick --help
    from hygie_policies.loader import load_policies  # noqa: PLC0415 - the same
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    try:
        if config is None:
            return load_policies(path or shipped.library())
        from hygie_milter.runtime import own_kinds  # noqa: PLC0415 - the same
        from hygie_milter.settings import load_settings  # noqa: PLC0415 - the same

        settings = load_settings(config)
        return load_policies(path or settings.policy_folder, own_kinds(settings))
    except YamlError as error:
        refuse(*map(str, error.problems))


def context_of(config: Path) -> Context:
    """Return what decisions may know, by the settings."""
    from hygie_milter.settings import load_settings  # noqa: PLC0415 - quick --help
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    try:
        return replace(load_settings(config).context(), now=datetime.now(UTC))
    except YamlError as error:
        refuse(*map(str, error.problems))
    except (OSError, UnicodeError) as error:
        refuse(f"{config}:1:1: {error}")


def inspector(config: Path | None) -> tuple[Callable[[bytes], Inspection], Limits]:
    """Return the inspection that the milter's workers run, in this process, and its limits."""
    from hygie_detectors.engine import Engine  # noqa: PLC0415 - loads Presidio
    from hygie_detectors.inspect import inspect  # noqa: PLC0415 - the same
    from hygie_detectors.limits import Limits  # noqa: PLC0415 - the same

    limits, recognizers, templates = Limits(), None, None
    if config is not None:
        from hygie_milter.settings import load_settings  # noqa: PLC0415 - the same

        settings = load_settings(config)
        limits, recognizers = settings.limits_value(), settings.recognizers.file
        templates = settings.templates.file
    try:
        engine = Engine(recognizers_file=recognizers, templates_file=templates, limits=limits)
    except ValueError as error:  # the security team's own recognizers or templates, with file and line
        refuse(str(error))
    return lambda raw: inspect(raw, engine, limits), limits
