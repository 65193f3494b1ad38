"""A scanned message as a person reads it on a terminal: French first.

Does:   prints the decision, why, what was found (masked) and what was not read.
Never:  prints a value of the message.
Fails:  never; what a terminal cannot show is replaced.
"""

from __future__ import annotations

from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hygie_policies.messages import texts

_COLOURS: Final = {"allow": "green", "tag": "cyan", "reroute": "blue", "hold": "yellow", "reject": "red"}


def render(result: dict[str, Any]) -> None:
    """Print one result of ``hygie scan``."""
    console = Console(highlight=False)
    decision = result["decision"]
    names = texts()
    console.print(f"[bold]{escape(result['source'])}[/bold]")
    for recipient in decision["recipients"]:
        colour = _COLOURS[recipient["action"]]
        way = f" ({escape(recipient['channel'])})" if recipient["channel"] else ""
        console.print(f"  [{colour}]{recipient['action']:<8}[/{colour}] {escape(recipient['address'])}{way}")
    for reason in decision["reasons"]:
        console.print(f"  {escape(reason)}")
    if result["findings"]:
        table = Table(box=None, padding=(0, 2), show_edge=False)
        for title in ("trouvé", "axe", "confiance", "où", "nombre", "indice"):
            table.add_column(title, overflow="fold")
        for finding in result["findings"]:
            table.add_row(
                escape(names.kind(finding["kind"], "fr") + _qualified(finding["qualifiers"])),
                " + ".join(finding["axis"]),
                finding["confidence"],
                escape(finding["part"]),
                str(finding["count"]),
                escape(finding["masked"]),
            )
        console.print(table)
    for unread in result["unread"]:
        why = names.reason(unread["reason"], "fr")
        console.print(f"  [yellow]non lu[/yellow] {escape(unread['part'])} : {escape(why)}")
    console.print()


def _qualified(qualifiers: list[str]) -> str:
    return f" ({', '.join(qualifiers)})" if qualifiers else ""
