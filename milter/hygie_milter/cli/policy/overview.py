"""``hygie policy list|status``: which policies there are, and how they do.

Does:   lists a set; tells of the set in force its digest, since when, what each policy matched, how long
        the simulated ones have been simulated, and which exceptions end.
Never:  shows content or an address.
Fails:  exit status 2 for an invalid policy or setting, or a journal that cannot be read.
"""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hygie_milter.cli import opened
from hygie_milter.cli.opened import folder_of, loaded, refuse_path, ring_of, since_option
from hygie_milter.cli.policy.common import COLUMNS, PATH, config_option, console, language_option, load, table

if TYPE_CHECKING:
    from hygie_milter.lifecycle import Simulations
    from hygie_milter.settings import JournalSettings
    from hygie_policies.loader import PolicySet
    from hygie_policies.messages import Language
    from hygie_policies.schema import Policy

_LISTED: Final = {
    "fr": ("règle", "statut", "gravité", "depuis", "responsable"),
    "en": ("policy", "status", "severity", "since", "owner"),
}
_WIDTHS: Final = (8, 8, 10, 0)
_WORDS: Final = {
    "fr": {
        "columns": ("règle", "statut", "simulée", "cas", "action la plus fréquente"),
        "set": "jeu {} version {}, {} règles évaluées sur {}",
        "loaded": "en vigueur depuis le {:%Y-%m-%d %H:%M} UTC",
        "other": "en vigueur : {} ; les fichiers ont changé depuis : systemctl reload hygie",
        "none": "aucun démarrage dans le journal",
        "no_journal": "sans journal (journal.folder), ni cas ni simulation ne sont comptés",
        "seen": "messages décidés depuis le {:%Y-%m-%d} : {}",
        "forgotten": "SimulationForgotten : {} est simulée depuis {:.0f} jours",
        "days": "{:.1f} j",
        "foreign": "{} lignes abîmées passées : hygie journal verify",
    },
    "en": {
        "columns": ("policy", "status", "simulated", "matches", "most frequent action"),
        "set": "set {} version {}, {} policies evaluated of {}",
        "loaded": "in force since {:%Y-%m-%d %H:%M} UTC",
        "other": "in force: {}; the files have changed since: systemctl reload hygie",
        "none": "no start in the journal",
        "no_journal": "without a journal (journal.folder) neither matches nor simulation are counted",
        "seen": "messages decided since {:%Y-%m-%d}: {}",
        "forgotten": "SimulationForgotten: {} has been simulated for {:.0f} days",
        "days": "{:.1f} d",
        "foreign": "{} damaged lines passed over: hygie journal verify",
    },
}


@click.command("list", short_help="The policies of a set.")
@click.argument("path", required=False, type=PATH)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@config_option
@language_option
def list_policies(path: Path | None, as_json: bool, config: Path | None, language: Language) -> None:
    """List the policies of a folder; default: those of the settings, or the shipped ones."""
    policies = load(path, config).policies
    if as_json:
        click.echo(json.dumps([_row(each, language) for each in policies], ensure_ascii=False, indent=2))
        return
    widths = (max(len(each.id) for each in policies), *_WIDTHS)
    click.echo(_aligned(_LISTED[language], widths))
    for each in policies:
        *cells, title = _row(each, language).values()
        click.echo(_aligned(cells, widths))
        click.echo(textwrap.fill(title, COLUMNS, initial_indent="    ", subsequent_indent="    "))


def _aligned(cells: Sequence[str], widths: tuple[int, ...]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _row(policy: Policy, language: Language) -> dict[str, str]:
    return {
        "id": policy.id,
        "status": policy.status.value,
        "severity": policy.severity.value,
        "since": policy.since.isoformat(),
        "owner": policy.owner,
        "title": policy.title.fr if language == "fr" else policy.title.en,
    }


@dataclass(slots=True)
class _Seen:
    """What a journal tells of a set."""

    simulations: Simulations
    decided: int = 0
    matches: dict[str, Counter[str]] = field(default_factory=dict)
    digest: str = ""
    loaded: datetime | None = None
    foreign: int = 0


@click.command(short_help="The set in force, and what its policies do.")
@since_option
@opened.config_option
@language_option
def status(since: datetime, config: Path, language: Language) -> None:
    """Tell of the set in force: digest, since when, matches, simulations, exceptions that end."""
    from hygie_milter.lifecycle import FORGOTTEN_DAYS  # noqa: PLC0415 - quick --help
    from hygie_policies.loader import expiries  # noqa: PLC0415 - the same
    from hygie_policies.parties import PARIS  # noqa: PLC0415 - the same
    from hygie_policies.schema import Status  # noqa: PLC0415 - the same

    settings = loaded(config)
    policies, words = load(None, config), _WORDS[language]
    counted = (
        policies.short_digest,
        policies.version or "-",
        len(policies.evaluated),
        len(policies.policies),
    )
    click.echo(str(words["set"]).format(*counted))
    if settings.journal.folder is None:
        click.echo(words["no_journal"])
        seen = None
    else:
        seen = _seen(settings.journal, since)
        click.echo(_loaded(seen, policies, language))
        click.echo(str(words["seen"]).format(since, seen.decided))
    now = datetime.now(UTC)
    rows, forgotten = table(*words["columns"]), []
    for each in policies.policies:
        days = seen.simulations.days(each.id, now) if seen else 0
        matches = seen.matches.get(each.id, Counter()) if seen else Counter()
        rows.add_row(
            each.id,
            each.status.value,
            str(words["days"]).format(days) if days else "-",
            str(matches.total()),
            *(f"{action} ({number})" for action, number in matches.most_common(1)),
        )
        if each.status is Status.SIMULATE and days > FORGOTTEN_DAYS:
            forgotten.append(str(words["forgotten"]).format(each.id, days))
    console().print(rows)
    for line in (*forgotten, *map(str, expiries(policies, now.astimezone(PARIS).date()))):
        click.echo(line)
    if seen and seen.foreign:
        click.echo(str(words["foreign"]).format(seen.foreign), err=True)


def _loaded(seen: _Seen, policies: PolicySet, language: Language) -> str:
    words = _WORDS[language]
    if seen.loaded is None:
        return str(words["none"])
    if seen.digest != policies.digest:
        return str(words["other"]).format(seen.digest[: len(policies.short_digest)])
    return str(words["loaded"]).format(seen.loaded)


def _seen(settings: JournalSettings, since: datetime) -> _Seen:
    from hygie_milter.journal.lines import Event  # noqa: PLC0415 - quick --help
    from hygie_milter.journal.reading import Reader  # noqa: PLC0415 - the same
    from hygie_milter.lifecycle import EVENTS, Simulations  # noqa: PLC0415 - the same

    reader = Reader(folder_of(settings), ring_of(settings))
    seen = _Seen(Simulations())
    try:
        for line in reader.lines(events=EVENTS):
            seen.simulations.note(line)
            if line.event in {Event.STARTED, Event.RELOADED} and line.fields.get("ok", True):
                digest = str(line.fields.get("policy_digest"))
                if digest != seen.digest:
                    seen.digest, seen.loaded = digest, line.time
            elif line.event is Event.DECIDED and line.time >= since:
                seen.decided += 1
                _count(seen.matches, line.fields.get("policies", ()))
    except OSError as error:
        refuse_path(error)
    seen.foreign = reader.foreign
    return seen


def _count(matches: dict[str, Counter[str]], rows: Any) -> None:
    for row in rows:
        matches.setdefault(row["id"], Counter())[row["action"]] += 1
