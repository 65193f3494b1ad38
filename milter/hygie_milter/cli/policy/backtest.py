"""``hygie policy backtest``: what a set would have decided over the journal.

Does:   replays the decisions of a period, prints what would change and what becomes of those that people
        judged wrong, and writes into the journal that the set was backtested.
Never:  reads or prints content: the journal holds none.
Fails:  exit status 2 for an invalid policy or setting, or a journal that is damaged or cannot be used.
"""

from __future__ import annotations

from datetime import datetime
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
from hygie_milter.cli.policy.common import PATH, console, context_of, language_option, load

if TYPE_CHECKING:
    from hygie_milter.backtest import Regression
    from hygie_milter.settings import JournalSettings
    from hygie_policies.loader import PolicySet
    from hygie_policies.messages import Language

_REGRESSION: Final = {
    "fr": (
        "décisions jugées fausses : {} justes désormais, {} encore fausses, {} non rejouables",
        "encore fausses : {}",
    ),
    "en": (
        "decisions judged wrong: {} right now, {} still wrong, {} cannot be told",
        "still wrong: {}",
    ),
}


@click.command(short_help="What a set would have decided over the journal.")
@click.argument("path", metavar="POLICIES", required=False, type=PATH)
@click.option("--enforce", "names", multiple=True, help="As if this policy were enforced; repeatable.")
@since_option
@config_option
@language_option
def backtest(
    path: Path | None, names: tuple[str, ...], since: datetime, config: Path, language: Language
) -> None:
    """Replay POLICIES (default: those of the settings) over the journal, and show what would change."""
    from hygie_milter.backtest import Replays, as_enforced, regression  # noqa: PLC0415 - quick --help
    from hygie_milter.backtest import backtest as replayed  # noqa: PLC0415 - the same
    from hygie_milter.backtest import told as told_of  # noqa: PLC0415 - the same
    from hygie_milter.cli.policy.comparing import show  # noqa: PLC0415 - the same
    from hygie_milter.journal.lines import Event  # noqa: PLC0415 - the same
    from hygie_milter.journal.reading import Reader  # noqa: PLC0415 - the same

    settings = journal_settings(config)
    policies = _as_if(load(path, config), names, as_enforced)
    ring = ring_of(settings)
    reader, replays = Reader(folder_of(settings), ring), Replays(policies, context_of(config), ring)
    out = console()
    try:
        comparison = replayed(reader.lines(since, None, {Event.DECIDED}), replays)
        damaged = reader.foreign
        judged = regression(reader, replays, since)
    except OSError as error:
        refuse_path(error)
    show(comparison, out, language, policies=True)
    for line in _judged(judged, language):
        out.print(line, soft_wrap=True)
    if damaged:
        refuse(f"{damaged} lignes abîmées / damaged lines: hygie journal verify")
    _record(settings, told_of(policies, comparison, since))


def _as_if(policies: PolicySet, names: tuple[str, ...], as_enforced: Any) -> PolicySet:
    unknown = set(names) - {policy.id for policy in policies.policies}
    if unknown:
        refuse(f"--enforce {min(unknown)} : règle inconnue / no such policy")
    changed: PolicySet = as_enforced(policies, names) if names else policies
    return changed


def _judged(judged: Regression, language: Language) -> list[str]:
    counts = (len(judged.right), len(judged.still_wrong), len(judged.untold))
    if not any(counts):
        return []
    summary, wrong = _REGRESSION[language]
    return [summary.format(*counts)] + [wrong.format(", ".join(judged.still_wrong))] * bool(counts[1])


def _record(settings: JournalSettings, told: dict[str, Any]) -> None:
    """Write down that this set was backtested, beside the daemon."""
    from hygie_milter.journal.lines import Event  # noqa: PLC0415 - quick --help
    from hygie_milter.journal.storage import Journal  # noqa: PLC0415 - the same

    try:
        journal = Journal(folder_of(settings), ring_of(settings))
        try:
            journal.write(Event.BACKTESTED, told)
        finally:
            journal.close()
    except OSError as error:
        refuse_path(error)
