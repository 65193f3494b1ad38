"""``hygie scan``: what would become of these messages, and why.

Does:   inspects mails, mailboxes, folders or any files in the same workers and by the same policies
        as the milter, and prints a table for people or one JSON object a message.
Never:  sends, changes or keeps anything.
Fails:  exit status 2 for bad usage or a path that cannot be read, one line each on standard error;
        what could be read is still printed. 0 otherwise, whatever the decisions.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Self

import click

DEFAULT_CONFIG: Final = Path("/etc/hygie/hygie.yaml")
_WARM_FROM: Final = 4
"""From so many messages on, loading the models once before forking beats loading them when needed."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
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
    from hygie_milter.scanning import Scanner  # noqa: PLC0415 - quick --help
    from hygie_milter.workers.pool import Unavailable  # noqa: PLC0415 - the same
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    listing = _Listing()
    todo = list(listing.all(paths))
    if config is None and DEFAULT_CONFIG.is_file():
        config = DEFAULT_CONFIG
    try:
        scanner = Scanner(config, jobs or os.cpu_count() or 1, warm=len(todo) >= _WARM_FROM)
    except (YamlError, Unavailable) as error:
        click.echo(str(error), err=True)
        sys.exit(2)

    def one(source: Any) -> dict[str, Any] | None:
        try:
            raw = source.read()
        except OSError as error:
            listing.failed(error)
            return None
        return scanner.scan(source.name, raw, sender, recipients)

    with scanner, _Progress(len(todo), shown=as_jsonl or len(todo) > 1) as progress:
        for result in _in_order(one, todo, scanner.jobs):
            progress.step()
            if result is None:
                continue
            if as_json or as_jsonl:
                sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
                sys.stdout.flush()
            else:
                from hygie_milter.cli.render import render  # noqa: PLC0415 - rich, for people only

                render(result)
    sys.exit(2 if listing.problems else 0)


class _Listing:
    """Lists sources, and says each path that cannot be read in one line."""

    def __init__(self) -> None:
        self.problems = 0
        self._lock = threading.Lock()

    def all(self, paths: Iterable[Path]) -> Iterator[Any]:
        from hygie_milter.sources import Source, as_mail, sources  # noqa: PLC0415 - quick --help

        for path in paths:
            if str(path) == "-":
                data = sys.stdin.buffer.read()
                yield Source("-", lambda data=data: as_mail(data, "stdin"))  # type: ignore[misc]
                continue
            try:
                yield from sources(path)
            except OSError as error:
                self.failed(error, path)

    def failed(self, error: OSError, path: Path | None = None) -> None:
        with self._lock:
            self.problems += 1
        click.echo(f"hygie scan: {error.filename or path}: {error.strerror or error}", err=True)


class _Progress:
    """A progress bar on a terminal; nothing elsewhere."""

    def __init__(self, total: int, *, shown: bool) -> None:
        self._bar: Any = None
        if shown and total > 1 and sys.stderr.isatty() and not sys.stdout.isatty():
            from rich.console import Console  # noqa: PLC0415 - only where a bar is shown
            from rich.progress import Progress  # noqa: PLC0415 - the same

            self._bar = Progress(console=Console(stderr=True))
            self._task = self._bar.add_task("hygie scan", total=total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self) -> None:
        if self._bar is not None:
            self._bar.advance(self._task)


def _in_order(work: Any, todo: list[Any], jobs: int) -> Iterator[Any]:
    """Run the work on several at once and yield the results in order, a bounded number ahead."""
    with ThreadPoolExecutor(jobs) as executor:
        ahead: deque[Future[Any]] = deque()
        for item in todo:
            ahead.append(executor.submit(work, item))
            if len(ahead) >= 2 * jobs:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
