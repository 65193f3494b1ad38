"""``hygie journal``: verify, export and purge the journal, and look after its keys.

Does:   tells whether every line is in its place and as it was written; hands out a period; deletes what
        has outlived its retention, with a proof; makes a new key.
Never:  shows content, of which the journal has none, nor a key.
Fails:  exit status 1 for a journal that is damaged, 2 for bad usage, settings without a journal, or a
        file that cannot be used, with what to do on standard error.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hygie_milter.cli.opened import config_option, folder_of, journal_settings, refuse, refuse_path, ring_of

if TYPE_CHECKING:
    from hygie_milter.journal.lines import Head

_DAY: Final = click.DateTime(["%Y-%m-%d"])
_HEAD: Final = re.compile(r"(\d{1,18}):([0-9a-f]{32})")


@click.group()
def journal() -> None:
    """Verify, export and purge the journal of decisions; look after its keys."""


@journal.command(short_help="Is every line as it was written?")
@click.option("--head", default="", help="An end noted elsewhere (the log says journal head=N:SEAL).")
@config_option
def verify(head: str, config: Path) -> None:
    """Follow the chain through all files; name each damage by file and line.

    Exit status 1 when there is any.
    """
    from hygie_milter.journal.verify import verify as follow  # noqa: PLC0415 - quick --help

    settings = journal_settings(config)
    try:
        verdict = follow(folder_of(settings), ring_of(settings), _known(head))
    except OSError as error:
        refuse_path(error)
    for damage in verdict.damages:
        click.echo(str(damage))
    purged = f" ; purgées / purged: {verdict.purged}" if verdict.purged else ""
    click.echo(
        f"fichiers / files: {verdict.files} ; lignes / lines: {verdict.lines}{purged}"
        f" ; fin / end: {verdict.end.seq}:{verdict.end.seal}"
    )
    if verdict.damages:
        click.echo(f"ABÎMÉ / DAMAGED: {len(verdict.damages)}", err=True)
        sys.exit(1)
    click.echo("intact")


@journal.command(short_help="Hand out the lines of a period.")
@click.option("--since", type=_DAY, help="From this day on (UTC).")
@click.option("--until", type=_DAY, help="Up to this day, not included (UTC).")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--linked", is_flag=True, help="Keep pseudonyms, queue IDs, references: for an inquiry.")
@config_option
def export(since: datetime | None, until: datetime | None, form: str, linked: bool, config: Path) -> None:
    """Write the lines of a period to standard output.

    Unlinked unless asked otherwise: persons keep apart from each other within this export, and nothing
    leads from it to the journal or to the mail log.
    """
    from hygie_milter.journal.export import as_csv, as_jsonl  # noqa: PLC0415 - quick --help
    from hygie_milter.journal.reading import Reader  # noqa: PLC0415 - the same

    settings = journal_settings(config)
    reader = Reader(folder_of(settings), ring_of(settings))
    first = since.replace(tzinfo=UTC) if since is not None else None
    end = until.replace(tzinfo=UTC) if until is not None else None
    write = as_csv if form == "csv" else as_jsonl
    try:
        for row in write(reader.lines(first, end), linked=linked):
            click.echo(row, nl=False)
    except OSError as error:
        if error.filename is None:
            raise
        refuse_path(error)
    if reader.foreign:
        click.echo(
            f"{reader.foreign} lignes abîmées passées / damaged lines passed over: hygie journal verify",
            err=True,
        )
        sys.exit(1)


@journal.command(short_help="Delete what has outlived its retention.")
@config_option
def purge(config: Path) -> None:
    """Delete the days before the retention, and the keys that only they used, as the daemon does daily."""
    from hygie_milter.journal.purge import purge as delete  # noqa: PLC0415 - quick --help
    from hygie_milter.journal.storage import Journal  # noqa: PLC0415 - the same

    settings = journal_settings(config)
    try:
        chain = Journal(folder_of(settings), ring_of(settings))
        done = delete(chain, settings, datetime.now(UTC).date())
        chain.close()
    except OSError as error:
        refuse_path(error)
    click.echo(
        f"fichiers / files: {done.files} ; lignes / lines: {done.lines} ; clés / keys: {done.keys}"
        " effacés / deleted"
    )
    if done.keys_kept:
        refuse(f"{settings.ring_file} : écriture impossible, clés gardées / cannot be written, keys kept")


@journal.command("rotate-key", short_help="Make a new key.")
@config_option
def rotate_key(config: Path) -> None:
    """Make a key for the lines to come. Old ones stay until the last line they sealed is purged."""
    from hygie_milter.journal.keys import KeyRingError, rotate  # noqa: PLC0415 - quick --help

    settings = journal_settings(config)
    try:
        ring = rotate(settings.ring_file or Path())
    except KeyRingError as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{settings.ring_file} : écriture impossible / cannot be written: {error.strerror}")
    click.echo(f"{ring.current.id} créée / made ; puis / then: systemctl reload hygie")


@journal.command(short_help="The keys.")
@config_option
def keys(config: Path) -> None:
    """List the keys, the oldest first: id and day. The last one is in use; no secret is shown."""
    for key in ring_of(journal_settings(config)).keys:
        click.echo(f"{key.id}  {key.made}")


def _known(text: str) -> Head | None:
    from hygie_milter.journal.lines import Head  # noqa: PLC0415 - quick --help

    if not text:
        return None
    found = _HEAD.fullmatch(text)
    if found is None:
        refuse("--head : N:SCEAU est attendu, tel que le journal du système le dit / expected N:SEAL")
    return Head(int(found[1]), found[2])
