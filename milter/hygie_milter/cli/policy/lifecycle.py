"""``hygie policy simulate|enforce|retire``: change the status of a policy, once it may.

Does:   asks the journal what the policy has been through, writes the change into the journal, then changes
        the ``status:`` in the policy's file and nothing else.
Never:  enforces a policy that was not simulated for a week and backtested, unless forced, with a reason;
        reloads the daemon.
Fails:  exit status 1 when something is missing before ``enforce``, 2 for an unknown policy, settings without
        a journal or a folder of policies, or a file that cannot be used.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from hygie_milter.cli.opened import config_option, folder_of, loaded, refuse, refuse_path, ring_of
from hygie_milter.cli.policy.common import load

if TYPE_CHECKING:
    from hygie_milter.lifecycle import Evidence
    from hygie_milter.settings import JournalSettings
    from hygie_policies.schema import Policy

_REASON_MAX = 200
_argument = click.argument("identifier", metavar="ID")


@click.command(short_help="Evaluate a policy without acting.")
@_argument
@config_option
def simulate(identifier: str, config: Path) -> None:
    """Set the status of a policy to simulate: evaluated and journalled, never acted on."""
    _change(identifier, "simulate", config)


@click.command(short_help="No longer evaluate a policy.")
@_argument
@config_option
def retire(identifier: str, config: Path) -> None:
    """Set the status of a policy to retired: kept for the record."""
    _change(identifier, "retired", config)


@click.command(short_help="Apply a policy, once it was simulated and backtested.")
@_argument
@click.option("--force", is_flag=True, help="Also without a week of simulation or a backtest.")
@click.option("--reason", default="", help="Why it cannot wait; with --force. It is journalled.")
@config_option
def enforce(identifier: str, force: bool, reason: str, config: Path) -> None:
    """Set the status of a policy to enforce.

    It asks for seven days of simulation and a backtest of the policy as it is.
    """
    if force is not bool(reason.strip()):
        raise click.UsageError("--force et --reason vont ensemble / go together")
    if len(reason) > _REASON_MAX or not reason.isprintable():
        raise click.UsageError(f"--reason : une ligne / one line, <= {_REASON_MAX}")
    _change(identifier, "enforce", config, reason.strip())


def _change(identifier: str, to: str, config: Path, reason: str = "") -> None:
    from hygie_milter.journal.lines import Event  # noqa: PLC0415 - quick --help
    from hygie_milter.journal.storage import Journal  # noqa: PLC0415 - the same
    from hygie_milter.lifecycle import status_changed  # noqa: PLC0415 - the same
    from hygie_policies.loader import content_digest  # noqa: PLC0415 - the same
    from hygie_policies.schema import Status  # noqa: PLC0415 - the same
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    settings = loaded(config)
    if settings.journal.folder is None or settings.policies.folder is None:
        refuse(
            f"{config} : journal.folder et policies.folder sont nécessaires ; les règles livrées se copient"
            " / are needed; copy the shipped policies"
        )
    policies = load(None, config)
    policy = next((each for each in policies.policies if each.id == identifier), None)
    if policy is None:
        refuse(f"{identifier} : règle inconnue / no such policy (hygie policy list)")
    status = Status(to)
    if policy.status is status:
        click.echo(f"{identifier} : déjà / already {status}")
        return
    told: dict[str, Any] = {
        "policy": policy.id,
        "from": policy.status,
        "to": status,
        "digest": content_digest(policy),
    }
    if status is Status.ENFORCE:
        shown = _evidence(settings.journal, policy)
        if shown.missing and not reason:
            _missing(policy, shown)
        told |= {"simulated_days": round(shown.days, 1), "backtested": shown.backtested}
        told |= {"forced": reason} if reason else {}
    path = Path(policies.sources[policy.id].path)
    try:
        with status_changed(path, status):
            journal = Journal(folder_of(settings.journal), ring_of(settings.journal))
            try:
                journal.write(Event.LIFECYCLE, told)
            finally:
                journal.close()
    except OSError as error:
        if error.filename is None:
            refuse(f"{path} : {error.strerror or type(error).__name__}")
        refuse_path(error)
    except YamlError as error:
        refuse(*map(str, error.problems))
    click.echo(f"{policy.id} : {policy.status} -> {status} ; puis / then: systemctl reload hygie")


def _evidence(settings: JournalSettings, policy: Policy) -> Evidence:
    from hygie_milter.journal.reading import Reader  # noqa: PLC0415 - quick --help
    from hygie_milter.lifecycle import EVENTS, evidence  # noqa: PLC0415 - the same

    reader = Reader(folder_of(settings), ring_of(settings))
    try:
        return evidence(reader.lines(events=EVENTS), policy, datetime.now(UTC))
    except OSError as error:
        refuse_path(error)


def _missing(policy: Policy, shown: Evidence) -> NoReturn:
    for french, english in shown.missing:
        click.echo(f"{policy.id} : {french}\n    {english}", err=True)
    click.echo('sinon / else: --force --reason "…"', err=True)
    sys.exit(1)
