"""``hygie policy``: write, check, test, compare and bring in policies.

Does:   gathers the commands, one module each.
Never:  loads more than click before a command is called.
Fails:  see each command; exit status 2 for bad usage and bad input.
"""

from __future__ import annotations

import click

from hygie_milter.cli.policy.backtest import backtest
from hygie_milter.cli.policy.check import check
from hygie_milter.cli.policy.diff import diff
from hygie_milter.cli.policy.explain import explain
from hygie_milter.cli.policy.lifecycle import enforce, retire, simulate
from hygie_milter.cli.policy.new import new
from hygie_milter.cli.policy.overview import list_policies, status
from hygie_milter.cli.policy.schema import schema
from hygie_milter.cli.policy.test import test


@click.group()
def policy() -> None:
    """Write, check, test, compare and bring in policies."""


for _command in (
    new,
    check,
    test,
    explain,
    diff,
    backtest,
    list_policies,
    status,
    simulate,
    enforce,
    retire,
    schema,
):
    policy.add_command(_command)
