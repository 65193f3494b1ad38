"""``hygie``: the command and its subcommands, one module each.

Does:   parses the command line and runs one subcommand; loads each only when it is called.
Never:  shows a traceback to a user for bad input.
Fails:  exit status 2 for bad usage or bad input, with one clear line; 130 when interrupted, and 1
        when nobody reads the output any more (``| head``).
"""

from __future__ import annotations

import importlib
import io
import logging
import signal
import sys
from typing import Any, Final

import click

_COMMANDS: Final = {
    "approvals": "hygie_milter.cli.approvals:approvals",
    "approve": "hygie_milter.cli.approvals:approve",
    "check": "hygie_milter.cli.check:check",
    "emergency": "hygie_milter.cli.emergency:emergency",
    "eval": "hygie_milter.cli.eval:evaluate",
    "feedback": "hygie_milter.cli.feedback:feedback",
    "journal": "hygie_milter.cli.journal:journal",
    "policy": "hygie_milter.cli.policy:policy",
    "report": "hygie_milter.cli.report:report",
    "scan": "hygie_milter.cli.scan:scan",
    "serve": "hygie_milter.cli.serve:serve",
    "template": "hygie_milter.cli.template:template",
}


class _Lazy(click.Group):
    """A group that imports a command when it is asked for: ``hygie --help`` stays quick."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; whatever ends it, the user sees a line and no traceback."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a terminal in another charset than the French texts
                stream.reconfigure(errors="replace")
        try:
            sys.exit(super().main(*args, **{**extra, "standalone_mode": False}))
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "hygie"
            click.echo(f"{path}: {error.format_message()} ({path} --help)", err=True)
            sys.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            click.echo("hygie: interrompu / interrupted", err=True)
            sys.exit(128 + signal.SIGINT)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hygie")
def main() -> None:
    """Keep French health data on secure mail: a Postfix milter and its tools."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("hygie: %(levelname)s %(message)s"))
    ours = logging.getLogger("hygie")
    ours.setLevel(logging.INFO)
    ours.addHandler(handler)
    ours.propagate = False
    logging.getLogger().addHandler(
        logging.NullHandler()
    )  # a library's warning may quote the mail it choked on


if __name__ == "__main__":
    main()
