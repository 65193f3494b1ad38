"""``hygie policy check``: typos and what can never be, by file, line and column.

Does:   loads policies with the daemon's own loader, so that what passes here is what it accepts.
Never:  changes anything.
Fails:  exit status 2 for a path that cannot be read or an invalid policy or setting, with
        ``path:line:column: message`` on standard error and nothing on standard output.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from hygie_milter.cli.opened import refuse
from hygie_milter.cli.policy.common import PATH, config_option, context_of, load


@click.command(short_help="Check policies: typos, by file, line and column.")
@click.argument("path", required=False, type=PATH)
@config_option
def check(path: Path | None, config: Path | None) -> None:
    """Check a policy file or a folder of them; default: the policies of the settings, or the shipped ones.

    With settings, the lists and channels that policies name must exist there.
    """
    from hygie_policies.loader import advice, expiries, validate_against  # noqa: PLC0415 - quick --help

    policies = load(path, config)
    warnings = list(advice(policies))
    if config is not None:
        problems, more = validate_against(policies, context_of(config))
        if problems:
            refuse(*map(str, problems))
        warnings += more
    else:
        warnings += expiries(policies, datetime.now(UTC).date())
    for warning in dict.fromkeys(warnings):
        click.echo(f"{warning}", err=True)
    for each in policies.policies:
        click.echo(f"{each.id} [{each.status}, {each.severity}] {each.title.fr} : {len(each.tests)} tests")
    click.echo(f"{len(policies.policies)} politique(s) valide(s) / valid policies, {policies.short_digest}")
