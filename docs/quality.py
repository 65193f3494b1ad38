# ruff: noqa: INP001 - a script, no package
"""Write docs/quality.md: measured figures beside the goals, from a run of ``hygie eval``.

Does:   takes a run that was kept (``--run``) or makes one on the corpus, measures generated NIRs, takes the
        comparison with the peers (``--compared``, else the one it has), keeps the figures in quality.json
        and writes quality.md from it.
        tests/qa asks whether the document is what this makes of quality.json.
Never:  keeps digests, file names or content; changes a goal.
Fails:  with the status of ``hygie eval`` when it fails, ``KeyError`` on a run that lacks a label.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
TARGET = HERE / "quality.md"
FIGURES = HERE / "quality.json"
NIR_NUMBERS = 24_000


class Goal(NamedTuple):
    """What a figure of a label must reach."""

    label: str
    figure: str
    said: str
    sign: str
    bound: float


GOALS = (
    Goal("pos_structured", "restricted", "restrictive decision", "≥", 0.995),
    Goal("pos_dicom", "restricted", "restrictive decision", "≥", 0.995),
    Goal("pos_pdf", "restricted", "restrictive decision", "≥", 0.98),
    Goal("pos_narrative", "restricted_with_identity", "restrictive behind a header, no NIR", "≥", 0.98),
    Goal("pos_narrative", "health", "health axis", "≥", 0.98),
    Goal("pos_snippets", "identity", "identity axis, tagged lines", "≥", 0.95),
    *(
        Goal(label, "restricted", "restrictive decision", "≤", 0.005)
        for label in ("hardneg_leaflet", "hardneg_abstract", "hardneg_exam", "hardneg_emea")
    ),
    *(
        Goal(label, "restricted", "restrictive decision", "≤", 0.002)
        for label in ("neg_fr", "neg_fr_spoken", "neg_fr_admin", "neg_fr_mail")
    ),
    *(
        Goal(label, "restricted_as_read", "restrictive decision, unread aside", "≤", 0.002)
        for label in ("neg_en_mail", "robust")
    ),
)
NIR_GOALS = (("recall", 0.999), ("precision", 0.999))
SHARES = {
    "health": "health",
    "identity": "identity",
    "pair": "both",
    "restricted": "restricted",
    "restricted_unread_only": "of it, unread only",
    "unread": "unread",
    "restricted_with_identity": "behind a header",
    "restricted_with_nir": "with NIR",
    "identity_medium": "identity from medium on",
    "identity_blocks": "identity by block",
    "identity_other_tags": "identity of other tags",
}
PEER_COLUMNS = {
    "hygie": "Hygie",
    "presidio": "Presidio",
    "purview": "NIR pattern",
    "hygie health": "Hygie",
    "edsnlp health": "EDS-NLP",
    "hygie both": "Hygie",
    "peers both": "Presidio + EDS-NLP",
}
HEAD = """\
# Measured quality

<!-- Made by "make quality" from docs/quality.json; do not edit. -->

**These figures are optimistic.** The development corpus is open: whoever writes a rule looks at it, so that
it shows what broke, and never by itself how well Hygie does. It holds no real mail, and says nothing of how
common a thing is. Judge by messages that nobody saw while the rules were written: `hygie eval` on folders of
your own, and a simulation (`status: simulate`) on your own traffic.
"""
MEANING = """\
Shares are of messages, in percent. *health*, *identity*: a finding of medium confidence or surer (of tagged
lines, torn out of their letter: identity of any confidence); *both*: health and identity of medium confidence
or surer in one message; *restricted*: rerouted, held or rejected by the shipped policies towards an ordinary
mailbox outside. *unread only*: restricted for what could not be read; what was read would have passed.
`hygie eval --help` says what becomes of a file. Times are of inspection, on the machine that measured:
compare them, no more.
"""
PEERS_HEAD = """\
The same texts, taken out by Hygie's readers, so that readers are not compared; health file formats are not
told. At most {limit} files a label. *Presidio*: its default French engine (`fr_core_news_md`, predefined
recognizers). *NIR pattern*: as Purview documents it, with key and keywords. *EDS-NLP*: CIM-10, drugs,
disorders, negation. None of them claims both axes; *Presidio + EDS-NLP* is what one gets by putting two
together. Where the label is `pos_` more is better, where it is `neg_` or `hardneg_` less. Milliseconds are
medians of one text.
"""


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{100 * share:.2f}"


def value_of(figures: Mapping[str, float], name: str) -> float:
    """Return a figure; what was not read is left aside on request."""
    if name == "restricted_as_read":
        return round(figures["restricted"] - figures["restricted_unread_only"], 6)
    return figures[name]


def goal_row(said: str, what: str, value: float, sign: str, bound: float) -> str:
    """Return a row of the table of goals."""
    met = value >= bound if sign == "≥" else value <= bound
    return f"| {said} | {what} | {percent(value)} | {sign} {100 * bound:g} | {'yes' if met else '**no**'} |\n"


def goals(data: Mapping[str, Any]) -> str:
    """Return the table of goals."""
    rows = [
        goal_row(f"`{g.label}`", g.said, value_of(data["labels"][g.label], g.figure), g.sign, g.bound)
        for g in GOALS
    ]
    rows += [goal_row("generated NIRs", name, data["nir"][name], "≥", bound) for name, bound in NIR_GOALS]
    return f"| label | figure | measured, % | goal, % | met |\n|---|---|---:|---:|---|\n{''.join(rows)}"


def all_figures(labels: Mapping[str, Mapping[str, float]]) -> str:
    """Return the table of every figure of every label."""
    heads = ["label", "files", "messages", *SHARES.values(), "p50 ms", "p95 ms"]
    rows = "".join(
        f"| `{label}` | {found['files']} | {found['messages']} | "
        + " | ".join(percent(found[name]) if name in found else "" for name in SHARES)
        + f" | {found['p50_ms']:.1f} | {found['p95_ms']:.1f} |\n"
        for label, found in labels.items()
    )
    return f"| {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) - 1)}\n{rows}"


def peers(compared: Mapping[str, Any]) -> str:
    """Return the section on the peers."""
    times = ("hygie ms", "presidio ms", "purview ms", "edsnlp ms")
    heads = ["label", "texts"]
    heads += [f"{axis}: {said}" for axis, said in zip(_axes(), PEER_COLUMNS.values(), strict=True)]
    heads += [f"{name.removesuffix(' ms')}, ms" for name in times]
    rows = "".join(
        f"| {label} | {row['texts']} | "
        + " | ".join(f"{100 * row[name]:.1f}" for name in PEER_COLUMNS)
        + " | "
        + " | ".join(f"{row[name]:.2f}" for name in times)
        + " |\n"
        for label, row in compared["labels"].items()
    )
    return (
        f"\n## Beside its peers ({compared['date']})\n\n{PEERS_HEAD.format(limit=compared['limit'])}\n"
        f"| {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) - 1)}\n{rows}"
    )


def _axes() -> list[str]:
    return ["who"] * 3 + ["what"] * 2 + ["both"] * 2


def render(data: Mapping[str, Any]) -> str:
    """Return the document."""
    versions = ", ".join(f"{name} {number}" for name, number in data["versions"].items())
    files = sum(found["files"] for found in data["labels"].values())
    messages = sum(found["messages"] for found in data["labels"].values())
    nir = data["nir"]
    return (
        f"{HEAD}\n## Goals\n\nDevelopment corpus, {data['date']}: {files} files of {len(data['labels'])}"
        f" labels, {messages} messages. {versions}.\nNIRs: {nir['numbers']} generated numbers in every"
        f" layout, {nir['decoys']} texts with other numbers.\n\n{goals(data)}\n## All figures\n\n{MEANING}\n"
        f"{all_figures(data['labels'])}{peers(data['peers']) if data['peers'] else ''}"
    )


def corpus_run(corpus: Path) -> dict[str, Any]:
    """Return a run of ``hygie eval`` on the corpus."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "run.json"
        command = [sys.executable, "-m", "hygie_milter.cli.main", "eval", str(corpus), "--save", str(kept)]
        done = subprocess.run(command, check=False)  # noqa: S603 - our own command
        if done.returncode:
            sys.exit(done.returncode)
        return read(kept)


def nir_figures() -> dict[str, float]:
    """Return what the engine finds of generated NIRs."""
    from harness.nirs import measure  # noqa: PLC0415 - tests/harness; only where it is measured
    from hygie_detectors.engine import Engine  # noqa: PLC0415 - loads Presidio
    from hygie_detectors.model import Segment  # noqa: PLC0415 - the same
    from hygie_detectors.watch import Unwatched  # noqa: PLC0415 - the same

    engine = Engine()
    seen = measure(lambda text: engine.detect([Segment("1", text)], (), {}, Unwatched())[0], NIR_NUMBERS)
    return {
        "numbers": seen.numbers,
        "decoys": seen.decoys,
        "recall": round(seen.recall, 6),
        "precision": round(seen.precision, 6),
    }


def read(path: str | Path) -> dict[str, Any]:
    """Return what a JSON file holds."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def main() -> None:
    """Measure, keep the figures, write the document."""
    parser = argparse.ArgumentParser(description="write docs/quality.md")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--run", default="", help='a run kept by "hygie eval --save"')
    parser.add_argument("--compared", default="", help="a comparison with the peers kept by make eval-peers")
    asked = parser.parse_args()
    run = read(asked.run) if asked.run else corpus_run(asked.corpus)
    known = read(FIGURES) if FIGURES.exists() else {}
    data = {
        **{name: run[name] for name in ("date", "versions", "labels")},
        "nir": nir_figures(),
        "peers": read(asked.compared) if asked.compared else known.get("peers"),
    }
    FIGURES.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    TARGET.write_text(render(data), encoding="utf-8")


if __name__ == "__main__":
    main()
