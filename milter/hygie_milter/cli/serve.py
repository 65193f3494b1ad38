"""``hygie serve``: run the milter.

Does:   runs the daemon in the foreground; the log goes to standard error.
Never:  forks into the background: that is the supervisor's business.
Fails:  exit status 2 with clear lines when anything is wrong at start; 1 when libmilter stops.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/hygie/hygie.yaml"),
    show_default=True,
    help="The settings file.",
)
def serve(config: Path) -> None:
    """Serve Postfix until TERM; HUP reloads settings and policies."""
    from hygie_milter.serve import serve as run  # noqa: PLC0415 - the daemon's imports, for this command only

    sys.exit(run(config))
