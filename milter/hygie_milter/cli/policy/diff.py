"""``hygie policy diff``: which messages two sets decide differently.

Does:   inspects each message of a folder once, in the workers, and decides twice; or replays the journal
        with both sets.
Never:  prints content: a message is told by its file or its reference.
Fails:  exit status 1 when something changes and ``--exit-code`` is given; 2 for a path that cannot be read,
        an invalid policy or setting, or a mail that could not be read, which is said.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hygie_milter.cli.opened import folder_of, journal_settings, refuse, refuse_path, ring_of, since_option
from hygie_milter.cli.policy.common import PATH, config_option, console, context_of, language_option, load

if TYPE_CHECKING:
    from hygie_milter.comparison import Comparison
    from hygie_milter.sources import Source
    from hygie_policies.loader import PolicySet
    from hygie_policies.messages import Language
    from hygie_policies.model import Decision


@click.command(short_help="Which messages two sets decide differently.")
@click.argument("before", metavar="A", type=PATH)
@click.argument("after", metavar="B", type=PATH)
@click.argument("mails", required=False, type=PATH)
@click.option("--journal", "over_journal", is_flag=True, help="Over the journal instead of MAILS.")
@since_option
@click.option("--exit-code", is_flag=True, help="Exit status 1 when something changes.")
@config_option
@language_option
def diff(  # noqa: PLR0913 - one parameter an option
    before: Path,
    after: Path,
    mails: Path | None,
    over_journal: bool,
    since: datetime,
    exit_code: bool,
    config: Path | None,
    language: Language,
) -> None:
    """Compare what the sets A and B decide over MAILS (a mail, a folder, a mailbox) or the journal."""
    from hygie_milter.cli.policy.comparing import show  # noqa: PLC0415 - quick --help

    if (mails is None) is not over_journal:
        raise click.UsageError("MAILS ou / or --journal")
    sets = (load(before, config), load(after, config))
    comparison, unread = (
        _over_mails(mails, sets, config) if mails is not None else (_over_journal(sets, since, config), 0)
    )
    show(comparison, console(), language, policies=False)
    if unread:
        refuse(f"messages illisibles / that cannot be read: {unread}")
    sys.exit(1 if exit_code and comparison.changed else 0)


def _over_journal(sets: tuple[PolicySet, PolicySet], since: datetime, config: Path | None) -> Comparison:
    from hygie_milter.backtest import Replays, compare  # noqa: PLC0415 - quick --help
    from hygie_milter.journal.lines import Event  # noqa: PLC0415 - the same
    from hygie_milter.journal.reading import Reader  # noqa: PLC0415 - the same

    if config is None:
        raise click.UsageError("--journal demande / needs --config")
    settings = journal_settings(config)
    ring, context = ring_of(settings), context_of(config)
    reader = Reader(folder_of(settings), ring)
    try:
        lines = reader.lines(since, None, {Event.DECIDED})
        comparison = compare(lines, *(Replays(each, context, ring) for each in sets))
    except OSError as error:
        refuse_path(error)
    if reader.foreign:
        refuse(f"{reader.foreign} lignes abîmées / damaged lines: hygie journal verify")
    return comparison


def _over_mails(path: Path, sets: tuple[PolicySet, PolicySet], config: Path | None) -> tuple[Comparison, int]:
    from hygie_milter.comparison import Comparison, answer_of  # noqa: PLC0415 - quick --help
    from hygie_milter.scanning import (  # noqa: PLC0415 - the same
        WARM_FROM,
        Scanner,
        decided,
        default_context,
        envelope_for,
        in_order,
    )
    from hygie_milter.sources import sources  # noqa: PLC0415 - the same
    from hygie_milter.workers.pool import Unavailable  # noqa: PLC0415 - the same

    context = default_context() if config is None else context_of(config)
    comparison, unread = Comparison(), 0
    try:
        todo = list(sources(path))
        scanner = Scanner(config, len(os.sched_getaffinity(0)), warm=len(todo) >= WARM_FROM)
    except OSError as error:
        refuse_path(error)
    except Unavailable as error:
        refuse(str(error))
    with scanner:

        def both(source: Source) -> tuple[str, Decision, Decision] | None:
            try:
                raw = source.read()
            except OSError:
                return None
            inspection, envelope = scanner.inspect(raw), envelope_for(raw)
            now = replace(context, now=datetime.now(UTC))
            one, other = (decided(inspection, envelope, raw, each, now) for each in sets)
            return source.name, one, other

        for answers in in_order(both, todo, scanner.jobs):
            if answers is None:
                unread += 1
            else:
                name, one, other = answers
                comparison.add(name, answer_of(one), answer_of(other))
    return comparison, unread
