"""``hygie emergency``: which messages took the emergency lane, and what people think of it.

Does:   lists the uses and the refusals from the journal, each with the judgement on it; writes a judgement.
Never:  shows an address: a reference and a queue ID lead to the mail log, for those who may read it.
Fails:  exit status 2 for settings without a journal, an unknown reference, or a file that cannot be used.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hygie_milter.cli.opened import (
    config_option,
    folder_of,
    journal_settings,
    refuse,
    refuse_path,
    ring_of,
    since_option,
)

if TYPE_CHECKING:
    from hygie_milter.settings import JournalSettings

_SHOWN: Final = {None: "à revoir / to review", "justified": "justifié / justified", "abuse": "abus / abuse"}


@click.group(short_help="Review uses of the emergency lane.")
def emergency() -> None:
    """Review the uses of the emergency lane ("bris de glace")."""


@emergency.command("list", short_help="The messages that bore the marker.")
@since_option
@config_option
def list_uses(since: datetime, config: Path) -> None:
    """List the messages that bore the marker, the oldest first, each with its judgement."""
    rows = _asked(journal_settings(config), since)
    for row in rows:
        verdict = _SHOWN[row["verdict"]] if row["result"] == "used" else "-"
        click.echo(
            f"{row['time']:%Y-%m-%d %H:%M} UTC  {row['reference']}  {row['result']:<22} {verdict:<22}"
            f" {row['queue_id']}  destinataires / recipients: {row['recipients']}"
            f"  {', '.join(row['policies'])}"
        )
    waiting = sum(row["result"] == "used" and row["verdict"] is None for row in rows)
    click.echo(f"lignes / lines: {len(rows)} ; à revoir / to review: {waiting}")


@emergency.command(short_help="Write what you think of a use.")
@click.argument("reference")
@click.option("--justified", "verdict", flag_value="justified", help="It was an emergency.")
@click.option("--abuse", "verdict", flag_value="abuse", help="It was none.")
@config_option
def review(reference: str, verdict: str | None, config: Path) -> None:
    """Write into the journal whether a use was justified; the last word counts."""
    from hygie_milter.emergency import REVIEWED  # noqa: PLC0415 - quick --help
    from hygie_milter.journal.lines import Event  # noqa: PLC0415 - the same
    from hygie_milter.journal.storage import Journal  # noqa: PLC0415 - the same

    if verdict is None:
        raise click.UsageError("--justified ou / or --abuse")
    settings = journal_settings(config)
    everything = datetime.fromtimestamp(0, UTC)
    used = [row for row in _asked(settings, everything) if row["result"] == "used"]
    if reference.upper() not in {row["reference"] for row in used}:
        refuse(f"{reference} : aucun usage de ce nom / no such use (hygie emergency list)")
    try:
        journal = Journal(folder_of(settings), ring_of(settings))
        fields = {"what": REVIEWED, "reference": reference.upper(), "verdict": verdict}
        journal.write(Event.EMERGENCY, fields)
        journal.close()
    except OSError as error:
        refuse_path(error)
    click.echo(f"{reference.upper()} : {_SHOWN[verdict]}")


def _asked(settings: JournalSettings, since: datetime) -> list[dict[str, Any]]:
    """Return what bore the marker, with the last judgement on it."""
    from hygie_milter.emergency import ASKED, emergency_lines  # noqa: PLC0415 - quick --help

    rows: dict[str, dict[str, Any]] = {}
    try:
        for line in emergency_lines(folder_of(settings), ring_of(settings), since):
            name = str(line.fields.get("reference"))
            if line.fields.get("what") == ASKED:
                rows[name] = {**line.fields, "time": line.time, "verdict": None}
            elif name in rows:
                rows[name]["verdict"] = line.fields.get("verdict")
    except OSError as error:
        refuse_path(error)
    return list(rows.values())
