"""``hygie policy explain``: which policies apply to a message, and by which condition.

Does:   inspects one message as the workers do, decides, and prints the tree with its ticks.
Never:  sends, holds or changes anything; shows a value that is not masked.
Fails:  exit status 2 for a path that cannot be read or an invalid policy or setting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hygie_milter.cli.opened import refuse
from hygie_milter.cli.policy.common import (
    PATH,
    config_option,
    context_of,
    inspector,
    language_option,
    load,
)

if TYPE_CHECKING:
    from hygie_detectors.limits import Limits
    from hygie_detectors.model import Inspection
    from hygie_policies.messages import Language


@click.command(short_help="Which policies apply to a message, and by which condition.")
@click.argument("message", type=PATH)
@click.option("--sender", help="Envelope sender; default: the From header.")
@click.option(
    "--recipient", "recipients", multiple=True, help="Envelope recipient, repeatable; default: To, Cc, Bcc."
)
@click.option("--policies", "folder", type=PATH, help="A folder of policies, or one file.")
@config_option
@language_option
def explain(  # noqa: PLR0913 - one parameter an option
    message: Path,
    sender: str | None,
    recipients: tuple[str, ...],
    folder: Path | None,
    config: Path | None,
    language: Language,
) -> None:
    """Explain which policies apply to MESSAGE (an .eml file), and which condition made it so."""
    from hygie_milter.cli.text import printable, what_is_wrong  # noqa: PLC0415 - quick --help
    from hygie_milter.scanning import default_context, envelope_for  # noqa: PLC0415 - the same
    from hygie_policies.contents import answer  # noqa: PLC0415 - the same
    from hygie_policies.explain import explain as explained  # noqa: PLC0415 - the same
    from hygie_policies.model import Answers  # noqa: PLC0415 - the same

    policies = load(folder, config)
    context = default_context() if config is None else context_of(config)
    try:
        raw = message.read_bytes()
    except OSError as error:
        refuse(f"{printable(str(message))}:1:1: {what_is_wrong(error)}")
    envelope = envelope_for(raw, sender, recipients)
    inspect, limits = inspector(config)
    inspection = _inspected(raw, inspect, limits)
    context = replace(
        context,
        now=datetime.now(UTC),
        contents=Answers(answer(policies.questions, raw, inspection.parts)),
    )
    click.echo(explained(inspection, envelope, policies, context, language))


def _inspected(raw: bytes, inspect: Callable[[bytes], Inspection], limits: Limits) -> Inspection:
    """Inspect a message up to the size that the milter reads; the rest is unread, as there."""
    from hygie_detectors.model import Unread  # noqa: PLC0415 - quick --help

    inspection = inspect(raw[: limits.message_max_bytes])
    if len(raw) <= limits.message_max_bytes:
        return inspection
    rest = Unread("message", "limit:message_max_bytes", attachment=True)
    return replace(inspection, unread=(*inspection.unread, rest))
