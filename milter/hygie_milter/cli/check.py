"""``hygie check``: what is wrong with this installation, and what to do about it.

Does:   reads the settings and all they name, starts one worker, and looks at the machine and at
        Postfix's own settings; prints a line a point, in French, then in English.
Never:  changes anything, nor needs the daemon to run.
Fails:  exit status 2 when a point would stop Hygie or let mail pass around it, 0 otherwise.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

_SIGNS = {"ok": ("ok", "green"), "warning": ("attention", "yellow"), "error": ("erreur", "red")}


@click.command(short_help="What is wrong with this installation, and what to do.")
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    default=Path("/etc/hygie/hygie.yaml"),
    show_default=True,
    help="The settings file.",
)
@click.option(
    "--postfix", type=click.Path(path_type=Path), help="Postfix's configuration folder; default: its own."
)
def check(config: Path, postfix: Path | None) -> None:
    """Say what is wrong: settings, policies, models, libmagic, socket, Postfix.

    Run it as the user that runs Hygie. Ends with 2 when something must be mended.
    """
    from hygie_milter.diagnosis import diagnose  # noqa: PLC0415 - quick --help

    worst = 0
    for point in diagnose(config, postfix):
        sign, colour = _SIGNS[point.level]
        text = point.text.replace("\n", "\n      ")
        click.echo(f"{click.style(f'{sign:<9}', fg=colour)} {point.name}: {text}")
        worst = max(worst, 2 if point.level == "error" else 0)
    sys.exit(worst)
