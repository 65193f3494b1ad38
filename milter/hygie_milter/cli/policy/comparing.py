"""How ``diff`` and ``backtest`` show what changes.

Does:   prints the counts of a comparison: by action, by change with the policies behind it and some
        references, and what could not be told, with why.
Never:  prints an address or content.
Fails:  never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hygie_milter.cli.policy.common import table
from hygie_milter.cli.text import printable

if TYPE_CHECKING:
    from rich.console import Console

    from hygie_milter.comparison import Comparison
    from hygie_policies.messages import Language

_WORDS: Final = {
    "fr": {
        "compared": "messages comparés : {} ; changés : {} ; non rejouables : {}",
        "changes": ("avant", "après", "nombre", "règles", "références"),
        "per_recipient": "(par destinataire)",
        "actions": ("action", "avant", "après"),
        "policies": ("règle", "avant", "après"),
        "restricted": "nouvellement restreints : {} ; qui ne le sont plus : {}",
        "untold": ("non rejouable, car", "messages"),
    },
    "en": {
        "compared": "messages compared: {}; changed: {}; that cannot be told: {}",
        "changes": ("before", "after", "number", "policies", "references"),
        "per_recipient": "(by recipient)",
        "actions": ("action", "before", "after"),
        "policies": ("policy", "before", "after"),
        "restricted": "newly restricted: {}; no longer restricted: {}",
        "untold": ("cannot be told, because of", "messages"),
    },
}
_WHY: Final = {
    "line": ("une ligne illisible", "a line that cannot be read"),
    "emergency": ("la procédure d'urgence", "the emergency lane"),
    "approved": ("une approbation gardée en mémoire", "a remembered approval"),
} | dict.fromkeys(("findings", "parts", "recipients", "unread"), ("une ligne abrégée", "a line that was cut"))
"""Other reasons are names: a channel that did not exist, a policy that asks what was not recorded."""


def show(comparison: Comparison, out: Console, language: Language, *, policies: bool) -> None:
    """Print a comparison; with ``policies``, also how often each one matched."""
    from hygie_policies.model import Action  # noqa: PLC0415 - quick --help

    words = _WORDS[language]
    counts = (comparison.told, comparison.changed, comparison.not_told)
    out.print(str(words["compared"]).format(*counts), soft_wrap=True)
    out.print(
        str(words["restricted"]).format(comparison.newly_restricted, comparison.no_longer_restricted),
        soft_wrap=True,
    )
    if policies:
        actions = table(*words["actions"], numbers=2)
        for action in Action:
            actions.add_row(action, str(comparison.before[action]), str(comparison.after[action]))
        out.print(actions)
        matched = table(*words["policies"], numbers=2)
        for name, times in sorted(comparison.policies.items()):
            matched.add_row(name, *map(str, times))
        out.print(matched)
    if comparison.changes:
        rows = table(*words["changes"])
        for (before, after), changes in sorted(comparison.changes.items()):
            same = f" {words['per_recipient']}" if before is after else ""
            behind = ", ".join(f"{name} ({number})" for name, number in sorted(changes.policies.items()))
            named = ", ".join(map(printable, changes.references))
            more = ", …" if changes.count > len(changes.references) else ""
            rows.add_row(before, after + same, str(changes.count), behind, named + more)
        out.print(rows, markup=False)
    if comparison.untold:
        rows = table(*words["untold"], numbers=1)
        for reason, number in sorted(comparison.untold.items()):
            rows.add_row(_why(reason, language), str(number))
        out.print(rows)


def _why(reason: str, language: Language) -> str:
    french, english = _WHY.get(reason, (reason, reason))
    return french if language == "fr" else english
