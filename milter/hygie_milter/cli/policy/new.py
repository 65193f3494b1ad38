"""``hygie policy new``: begin a policy from a commented skeleton with its tests.

Does:   writes one file, ``ID.yaml``, of status draft, that passes ``check`` and ``test`` as it is.
Never:  writes over a file.
Fails:  exit status 2 for a bad name, or a file that is there or cannot be made.
"""

from __future__ import annotations

import string
from datetime import UTC, datetime
from pathlib import Path

import click

from hygie_milter.cli.opened import refuse, refuse_path
from hygie_milter.cli.policy.common import PATH

_TEMPLATES = ("pair", "finding", "attachment", "volume")
"""The bodies beside ``head.yaml`` among the shipped skeletons."""


@click.command(short_help="Begin a policy from a commented skeleton.")
@click.argument("identifier", metavar="ID")
@click.option(
    "--from-template",
    "template",
    type=click.Choice(_TEMPLATES),
    default="pair",
    show_default=True,
    help="What the condition begins with.",
)
@click.option("--folder", type=PATH, default=Path(), show_default=True, help="Where the file is written.")
def new(identifier: str, template: str, folder: Path) -> None:
    """Write ID.yaml: a draft with comments and tests, to be completed."""
    from hygie_policies import shipped  # noqa: PLC0415 - quick --help
    from hygie_policies.words import kebab  # noqa: PLC0415 - the same
    from hygie_policies.yamlfile import Said  # noqa: PLC0415 - the same

    try:
        kebab(identifier)
    except Said as error:
        refuse(f"ID : {error.message}")
    texts = [
        (shipped.skeletons() / f"{name}.yaml").read_text(encoding="utf-8") for name in ("head", template)
    ]
    whole = string.Template("".join(texts))
    path = folder / f"{identifier}.yaml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(whole.substitute(id=identifier, since=datetime.now(UTC).date()))
    except FileExistsError:
        refuse(f"{path} : existe déjà / is there already")
    except OSError as error:
        refuse_path(error)
    click.echo(f"{path} ; puis / then: hygie policy test {path}")
