"""``hygie policy schema``: what editors complete and underline by.

Does:   prints the JSON Schema of policy files, or of those that they share.
Never:  reads a file.
Fails:  never.
"""

from __future__ import annotations

import json

import click


@click.command(short_help="The JSON Schema of policy files, for editors.")
@click.option("--lists", is_flag=True, help="That of the files of lists/ instead.")
def schema(lists: bool) -> None:
    """Print the JSON Schema of policy files: editors complete and underline by it."""
    from hygie_policies.schema import Policy  # noqa: PLC0415 - quick --help
    from hygie_policies.shared import SharedFile  # noqa: PLC0415 - the same

    described = (SharedFile if lists else Policy).model_json_schema(by_alias=True)
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **described}
    click.echo(json.dumps(described, ensure_ascii=False, indent=2))
