"""``hygie scan``: what would become of these messages, and why.

Does:   inspects mails, mailboxes, folders or any files in the same workers and by the same policies
        as the milter, and prints a table for people or one JSON object a message, in the order
        in which they lie there.
Never:  sends, changes or keeps anything; leaves out in silence what it cannot read.
Fails:  exit status 2 for bad usage or anything that cannot be read (a link and a pipe in a folder
        included), one line each on standard error; the rest is still scanned. 0 otherwise, whatever
        the decisions.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import click

if TYPE_CHECKING:
    from rich.console import Console

    from hygie_milter.sources import Source

DEFAULT_CONFIG: Final = Path("/etc/hygie/hygie.yaml")


@click.command(short_help="What would become of mails, mailboxes, folders, any file.")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False, allow_dash=True)
)
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    help="Settings; default: /etc/hygie/hygie.yaml if there.",
)
@click.option("--sender", help="Envelope sender; default: the From header.")
@click.option(
    "--recipient", "recipients", multiple=True, help="Envelope recipient, repeatable; default: To, Cc, Bcc."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a message.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="The same, one a line as they come, for many.")
@click.option(
    "--jobs", "-j", type=click.IntRange(min=1), help="Messages inspected at once; default: one a core."
)
def scan(  # noqa: PLR0913 - one parameter an option
    paths: tuple[Path, ...],
    config: Path | None,
    sender: str | None,
    recipients: tuple[str, ...],
    as_json: bool,
    as_jsonl: bool,
    jobs: int | None,
) -> None:
    """Scan mails (.eml), mboxes, Maildirs, folders, or any file (as an attachment).

    Without settings: the shipped policies, no internal domain, and a channel that takes the MSSanté
    domains of the professions.
    """
    from hygie_milter.scanning import WARM_FROM, Scanner, in_order  # noqa: PLC0415 - quick --help
    from hygie_milter.workers.pool import Unavailable  # noqa: PLC0415 - the same
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    todo, unlisted = _listed(paths)
    for error in unlisted:
        click.echo(_complaint(error), err=True)
    if not todo:
        sys.exit(2 if unlisted else 0)
    if config is None and os.access(DEFAULT_CONFIG, os.F_OK):
        config = DEFAULT_CONFIG
    try:
        scanner = Scanner(config, jobs or os.cpu_count() or 1, warm=len(todo) >= WARM_FROM)
    except (YamlError, Unavailable) as error:
        click.echo(str(error), err=True)
        sys.exit(2)

    def one(source: Source) -> dict[str, Any] | OSError:
        try:
            raw = source.read()
        except OSError as error:
            return error
        return scanner.scan(source.name, raw, sender, recipients)

    unread = False
    with scanner, _Output(len(todo), as_json=as_json or as_jsonl) as output:
        for result in in_order(one, todo, scanner.jobs):
            if isinstance(result, OSError):
                unread = True
                output.complain(_complaint(result))
            else:
                output.show(result)
    sys.exit(2 if unlisted or unread else 0)


def _listed(paths: tuple[Path, ...]) -> tuple[list[Source], list[OSError]]:
    """Return the messages under all paths, and why some paths cannot be listed."""
    from hygie_milter.sources import Source, as_mail, sources  # noqa: PLC0415 - quick --help

    found: list[Source] = []
    errors = []
    for path in paths:
        try:
            if str(path) == "-":
                found.append(Source("-", partial(as_mail, sys.stdin.buffer.read(), "stdin")))
                continue
            before = len(found)
            found += sources(path)
        except OSError as error:
            errors.append(OSError(error.errno, error.strerror, error.filename or str(path)))
        else:
            if len(found) == before:
                click.echo(f"hygie scan: {path}: dossier vide / empty folder", err=True)
    return found, errors


def _complaint(error: OSError) -> str:
    from hygie_milter.cli.text import printable, what_is_wrong  # noqa: PLC0415 - quick --help

    return f"hygie scan: {printable(os.fspath(error.filename))}: {what_is_wrong(error)}"


class _Output:
    """Prints results on standard output; below them, on a terminal, how far the scan is."""

    def __init__(self, total: int, *, as_json: bool) -> None:
        from rich.console import Console  # noqa: PLC0415 - quick --help
        from rich.progress import Progress  # noqa: PLC0415 - the same

        from hygie_milter.cli.render import plain_console  # noqa: PLC0415 - the same

        self._as_json = as_json
        self._console: Console = plain_console()
        # On the terminal that shows the results they must go through the bar, which makes room for them.
        self._shared = self._console.is_terminal
        shown_on = self._console if self._shared else Console(stderr=True)
        # Rich would send what goes to standard output to the bar's console, be it a file or a pipe.
        self._bar = Progress(
            console=shown_on,
            redirect_stdout=False,
            redirect_stderr=False,
            transient=True,
            disable=total == 1 or not shown_on.is_terminal,
        )
        self._task = self._bar.add_task("hygie scan", total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.stop()

    def show(self, result: dict[str, Any]) -> None:
        """Print one result."""
        from hygie_milter.cli.render import render  # noqa: PLC0415 - quick --help
        from hygie_milter.cli.text import json_line  # noqa: PLC0415 - the same

        self._bar.advance(self._task)
        if not self._as_json:
            render(result, self._console)
        elif self._shared:
            self._console.out(json_line(result).decode().rstrip(), highlight=False)
        else:
            sys.stdout.buffer.write(json_line(result))
        sys.stdout.flush()

    def complain(self, line: str) -> None:
        """Print one line about a source that could not be read."""
        self._bar.advance(self._task)
        if self._shared and sys.stderr.isatty():
            self._console.out(line, highlight=False)
        else:
            click.echo(line, err=True)
