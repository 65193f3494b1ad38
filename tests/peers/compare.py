"""Hygie beside its peers on the same texts: recall and false alarms by label, and milliseconds.

Does:   extracts the text of each labelled case with Hygie's readers, so that readers are not compared, and
        asks Hygie's engine, Presidio's default French engine, a Purview-like NIR pattern and EDS-NLP.
        Columns: the share of texts in which an identity, health data, or both were found. Both, for the
        peers, is Presidio's identity with EDS-NLP's health: what one gets by putting them together.
Never:  writes a text to disk.
Run:    ``make eval-peers`` (``PEERS=dir`` for an environment that exists, ``LIMIT=n`` files a label,
        ``COMPARED=file`` to keep the figures).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.peers import Peer
from hygie_detectors.engine import Engine
from hygie_detectors.evaluation import LEAST, percentile
from hygie_detectors.extraction import extract
from hygie_detectors.model import Axis
from hygie_detectors.watch import Unwatched
from hygie_milter.evaluation.cases import MAIN, Variant, cases, labelled_files

CHARS_MAX = 200_000
"""Of a text, for everybody: spaCy refuses a million, and takes minutes before that."""
LINES = 10
HEADED = "+ header"
COLUMNS = {
    "hygie": "Hygie: who", "presidio": "Presidio: who", "purview": "NIR: who",
    "hygie health": "Hygie: what", "edsnlp health": "EDS-NLP: what",
    "hygie both": "Hygie: both", "peers both": "peers: both",
}  # fmt: skip
PEERS = ("presidio", "purview", "edsnlp")


@dataclass(frozen=True)
class Text:
    """What every system is asked about."""

    label: str
    segments: tuple
    whole: str


def texts_of(folder: Path, labels: tuple[str, ...], limit: int) -> list[Text]:
    """Return the texts of each label; narratives also behind a header with name and birth date."""
    found = []
    for label, path in labelled_files(folder, labels, limit):
        for case in cases(label, path, LINES):
            if case.variant not in MAIN and case.variant is not Variant.IDENTITY:
                continue
            segments = tuple(s for s in extract(case.raw).segments if s.source != "header")
            whole = "\n".join(segment.text for segment in segments)
            if whole.strip() and len(whole) <= CHARS_MAX:
                name = f"{label} {HEADED}" if case.variant is Variant.IDENTITY else label
                found.append(Text(name, segments, whole))
    return found


def hygie(texts: list[Text]) -> list[dict[str, object]]:
    """Ask Hygie's engine, without health file signatures: the text alone, as the others get it."""
    engine = Engine()
    engine.warm()
    answers = []
    for text in texts:
        begun = time.perf_counter()
        findings, _ = engine.detect(text.segments, (), {}, Unwatched())
        taken = 1000 * (time.perf_counter() - begun)
        axes = {axis for f in findings if f.confidence.rank >= LEAST.rank for axis in f.axes}
        answers.append({"identity": Axis.IDENTITY in axes, "health": Axis.HEALTH in axes, "ms": taken})
    return answers


def rows(texts: list[Text], said: dict[str, list[dict[str, object]]]) -> dict[str, dict[str, float]]:
    """Return the shares of each label, and each system's milliseconds."""
    found = {}
    for label in dict.fromkeys(text.label for text in texts):
        at = [number for number, text in enumerate(texts) if text.label == label]

        def share(*claims: tuple[str, str], at: list[int] = at) -> float:
            return sum(all(said[name][n][axis] for name, axis in claims) for n in at) / len(at)

        found[label] = {
            "texts": len(at),
            "hygie": share(("hygie", "identity")),
            "presidio": share(("presidio", "identity")),
            "purview": share(("purview", "identity")),
            "hygie health": share(("hygie", "health")),
            "edsnlp health": share(("edsnlp", "health")),
            "hygie both": share(("hygie", "identity"), ("hygie", "health")),
            "peers both": share(("presidio", "identity"), ("edsnlp", "health")),
            **{f"{name} ms": percentile((said[name][n]["ms"] for n in at), 0.5) for name in said},
        }
    return found


def show(found: dict[str, dict[str, float]], limit: int) -> None:
    """Print the table."""
    print(f"Shares of texts (%), at most {limit} files a label; milliseconds are medians.\n")
    times = ["hygie ms", *(f"{name} ms" for name in PEERS)]
    headings = [*COLUMNS.values(), *times]
    print(f"{'label':<23}{'texts':>6}" + "".join(f"{name:>{len(name) + 2}}" for name in headings))
    for label, row in found.items():
        shares = "".join(f"{100 * row[name]:>{len(said) + 2}.1f}" for name, said in COLUMNS.items())
        print(f"{label:<23}{row['texts']:>6}{shares}" + "".join(f"{row[n]:>{len(n) + 2}.2f}" for n in times))


def main() -> int:
    """Print the table; with ``--save`` keep it."""
    parser = argparse.ArgumentParser(description="Hygie beside its peers on the same texts")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", type=Path, required=True, help="their virtual environment")
    parser.add_argument("--limit", type=int, default=40, help="files of each label")
    parser.add_argument("--label", action="append", default=[])
    parser.add_argument("--save", type=Path)
    asked = parser.parse_args()
    texts = texts_of(asked.folder, tuple(asked.label), asked.limit)
    said = {"hygie": hygie(texts)}
    for name in PEERS:
        with Peer(asked.peers, name) as peer:
            said[name] = peer.ask_all([text.whole for text in texts])
    found = rows(texts, said)
    show(found, asked.limit)
    if asked.save is not None:
        kept = {"date": datetime.now(UTC).date().isoformat(), "limit": asked.limit, "labels": found}
        asked.save.write_text(json.dumps(kept, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
