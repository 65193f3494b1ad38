"""The figures, errors and changes of a run as a person reads them on a terminal: French first.

Does:   prints a table by label, then what a label has beyond it, the errors and the changes.
Never:  prints a value of a file, nor a control character of its name.
Fails:  never.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hygie_detectors.model import Finding
from hygie_milter.cli.render import CONFIDENCE
from hygie_milter.cli.text import printable
from hygie_milter.evaluation.cases import Variant
from hygie_milter.evaluation.run import Fault, Result
from hygie_policies.messages import texts

_COLUMNS: Final = {
    "files": "fich.",
    "health": "santé\n%",
    "identity": "ident.\n%",
    "pair": "paire\n%",
    "restricted": "retenu\n%",
    "restricted_unread_only": "… non\nlu seul",
    "unread": "non lu\n%",
    "p50_ms": "p50\nms",
    "p95_ms": "p95\nms",
}
"""Narrow enough for a terminal of 80 columns."""
_BEYOND: Final = {
    "messages": "messages",
    "restricted_with_identity": "retenus derrière un en-tête (nom, date de naissance)",
    "restricted_with_nir": "retenus derrière le même en-tête avec NIR",
    "identity_medium": "identité de confiance moyenne ou plus, par ligne",
    "identity_blocks": "identité, par bloc",
    "identity_other_tags": "identité, lignes qui ne marquent qu'une date, un lieu ou un hôpital",
}
_NAMES: Final = {name: said.partition("\n")[0] for name, said in (_COLUMNS | _BEYOND).items()} | {
    "restricted_unread_only": "retenu, non lu seul"
}
_FAULTS: Final = {Fault.MISSED: "manqué", Fault.FALSE_ALARM: "fausse alerte"}
_VARIANTS: Final = {
    Variant.IDENTITY: " (derrière un en-tête)",
    Variant.NIR: " (derrière un en-tête avec NIR)",
    Variant.BLOCK: " (bloc)",
}
_COUNTS: Final = frozenset({"files", "messages"})


def show_figures(labels: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    """Print the table of figures, one row a label."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("étiquette", overflow="fold", vertical="bottom")
    for heading in _COLUMNS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    for label, figures in labels.items():
        table.add_row(_shown(label), *(_figure(name, figures[name]) for name in _COLUMNS))
    console.print(table)
    for label, figures in labels.items():
        for name, said in _BEYOND.items():
            if name in figures and (name != "messages" or figures[name] != figures["files"]):
                console.print(f"{_shown(label)} : {said} {_figure(name, figures[name])}", soft_wrap=True)


def show_changes(changes: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    """Print what changed since an earlier run: figures, then cases by digest."""
    for label, change in changes.items():
        moved = [
            f"{_NAMES[name]} {_difference(name, value)}"
            for name, value in change["difference"].items()
            if value and not name.endswith("_ms")
        ]
        if not (moved or change["changed"] or change["new"] or change["gone"]):
            continue
        console.print(
            f"\n[bold]{_shown(label)}[/bold] : {' ; '.join(moved) or 'mêmes chiffres'}", soft_wrap=True
        )
        if change["new"] or change["gone"]:
            console.print(f"  {change['new']} nouveaux, {change['gone']} disparus")
        for digest, before, now in change["changed"]:
            console.print(f"  {digest} : {before} → {now}", soft_wrap=True)


def show_errors(results: Sequence[Result], console: Console) -> None:
    """Print the misses and false alarms."""
    for result in results:
        fault = result.fault
        if fault is None:
            continue
        case = result.case
        where = f"{_shown(case.where)}{_VARIANTS.get(case.variant, '')}"
        console.print(f"\n[bold]{_FAULTS[fault]}[/bold] {_shown(case.label)} : {where}", soft_wrap=True)
        if case.header:
            lines = " / ".join(filter(None, map(str.strip, case.header.splitlines())))
            console.print(f"  en-tête inventé : {_shown(lines)}", soft_wrap=True)
        for finding in result.evidence:
            console.print(f"  {_finding(finding)}", soft_wrap=True)
        for reason in result.reasons:
            console.print(f"  non lu : {_shown(texts().reason(reason, 'fr'))}", soft_wrap=True)


def _finding(finding: Finding) -> str:
    named = [
        texts().kind(finding.kind, "fr"),
        *(texts().qualifier(each, "fr") for each in finding.qualifiers),
    ]
    sure = f"{'+'.join(finding.axes)}, {CONFIDENCE[finding.confidence]}"
    return _shown(f"{', '.join(named)} ({sure}) : {finding.masked}")


def _figure(name: str, value: float) -> str:
    if name in _COUNTS:
        return str(value)
    return _decimal(f"{value:.1f}" if name.endswith("_ms") else f"{100 * value:.2f}")


def _difference(name: str, value: float) -> str:
    return f"{value:+d}" if name in _COUNTS else _decimal(f"{100 * value:+.2f} pt")


def _decimal(figure: str) -> str:
    return figure.replace(".", ",")


def _shown(text: str) -> str:
    return escape(printable(text))
