"""A scanned message as a person reads it on a terminal: French first.

Does:   prints what becomes of the message, why, what was found (masked), surest first, and what
        was not read.
Never:  prints a value of the message, nor a control character of a name or an address in it.
Fails:  never; what a terminal cannot show is replaced.
"""

from __future__ import annotations

import os
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from hygie_milter.cli.text import printable
from hygie_policies.messages import say, texts
from hygie_policies.model import Action

_COLOURS: Final = {"allow": "green", "tag": "cyan", "reroute": "blue", "hold": "yellow", "reject": "red"}
CONFIDENCE: Final = {"high": "haute", "medium": "moyenne", "low": "faible"}
"""In the order in which findings are shown."""
_PLAIN_COLUMNS: Final = 160
"""Width where no terminal says its own: a pipe or a file."""


def plain_console(columns: int = _PLAIN_COLUMNS) -> Console:
    """Return a console on standard output; off a terminal its lines are long, for ``grep``."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = columns
    return console


def render(result: dict[str, Any], console: Console) -> None:
    """Print one result of ``hygie scan``."""
    decision = result["decision"]
    console.print(f"[bold]{_shown(result['source'])}[/bold]", soft_wrap=True)
    for recipient in decision["recipients"]:
        action = Action(recipient["action"])
        name = say(texts().actions[action].name, "fr")
        way = f" ({_shown(recipient['channel'])})" if recipient["channel"] else ""
        line = f"[{_COLOURS[action]}]{name}[/]{way} : {_shown(recipient['address'])}"
        console.print(_indented(line))
    for reason in decision["reasons"]:
        console.print(_indented(_shown(reason)))
    if result["findings"]:
        console.print(_indented(_table(result["findings"])))
    for unread in result["unread"]:
        why = texts().reason(unread["reason"], "fr")
        line = f"[yellow]non lu[/] {_shown(unread['part'])} : {_shown(why)}"
        console.print(_indented(line))
    console.print()


def _indented(shown: str | Table) -> Padding:
    return Padding(shown, (0, 0, 0, 2), expand=False)


def _table(findings: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("trouvé", overflow="fold")
    table.add_column("confiance", no_wrap=True)
    table.add_column("fois", no_wrap=True, justify="right")
    table.add_column("où", overflow="fold")
    table.add_column("indice", overflow="fold")
    order = list(CONFIDENCE)
    for finding in sorted(findings, key=lambda f: order.index(f["confidence"])):
        table.add_row(
            _shown(texts().kind(finding["kind"], "fr") + _qualified(finding["qualifiers"])),
            CONFIDENCE[finding["confidence"]],
            str(finding["count"]),
            _shown(finding["part"]),
            _shown(finding["masked"]),
        )
    return table


def _qualified(qualifiers: list[str]) -> str:
    named = [texts().qualifier(qualifier, "fr") for qualifier in qualifiers]
    return f" ({', '.join(named)})" if named else ""


def _shown(text: str) -> str:
    return escape(printable(text))
