"""The probe matrix: six strings in every place of every format; what Hygie finds of them.

Does:   makes each container (see ``containers.py``), reads it with ``extract`` as an attachment or a
        message, prints a line each and the totals; with ``--peers VENV`` the same for the extractors
        installed there (kreuzberg, markitdown), side by side.
Fails:  exit 1 when anything is LOST: not found, and not said to be unread.

    found      every string is in the text
    partly     some are, and the rest of the part is said to be unread
    unread     none is, and the part is said to be unread, with the reason
    LOST       one is missing, and nobody says so
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

from containers import Container, containers, missing

from extraction_samples import attached
from hygie_detectors.extraction import extract

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def plain(text: str, *, loose: bool) -> str:
    """Return the text as the comparison sees it: white space as one space, invisible characters gone."""
    text = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())
    if not loose:
        return text
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in folded if c.isalnum())


def found_in(text: str, container: Container) -> int:
    """Return how many of the strings are in the text."""
    text = plain(text, loose=container.loose)
    return sum(plain(probe, loose=container.loose) in text for probe in container.expected)


def verdict(container: Container) -> tuple[str, str]:
    """Return what became of a container, and the reasons given."""
    name = container.file_name
    raw = attached(container.data, name, container.media_type) if name else container.data
    extraction = extract(raw)
    reasons = ", ".join(sorted({unread.reason for unread in extraction.unread}))
    count = found_in("\n\n".join(segment.text for segment in extraction.segments), container)
    if count == len(container.expected):
        return "found", reasons
    if not reasons:
        return "LOST", f"{count} of {len(container.expected)}"
    return ("partly" if count else "unread"), reasons


def peer_texts(python: Path, cases: list[Container]) -> dict[str, dict[str, str]]:
    """Return the texts that the extractors of another environment give: peer -> container -> text."""
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(cases):
            (Path(folder) / f"{number}").mkdir()
            (Path(folder) / f"{number}" / (case.file_name or "message.eml")).write_bytes(case.data)
        run = subprocess.run(
            [python, Path(__file__).with_name("peers.py"), folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    return json.loads(run.stdout)


def main() -> int:
    """Print the table; return 1 when something is lost."""
    parser = argparse.ArgumentParser(description="the probe matrix")
    parser.add_argument(
        "--peers", metavar="VENV", help="a virtual environment with kreuzberg, markitdown or both"
    )
    parser.add_argument("--only", default="", help="containers whose family and name contain this")
    options = parser.parse_args()
    cases = [c for c in containers() if options.only in f"{c.family}: {c.name}"]
    peers = peer_texts(Path(options.peers) / "bin" / "python", cases) if options.peers else {}
    totals: Counter[str] = Counter()
    wrong: list[str] = []
    peer_totals = {peer: Counter() for peer in peers}
    print(f"{'container':52} {'hygie':8} {'reasons':34}", *(f"{peer:12}" for peer in peers))
    for number, case in enumerate(cases):
        what, reasons = verdict(case)
        totals[what] += 1
        label = f"{case.family}: {case.name}"
        if case.hidden and what == "unread" and case.hidden not in reasons.split(", "):
            wrong.append(f"{label}: {reasons} instead of {case.hidden}")
        others = []
        for peer, texts in peers.items():
            text = texts.get(str(number))
            count = found_in(text or "", case)
            state = (
                "refused"
                if text is None
                else "found"
                if count == len(case.expected)
                else "partly"
                if count
                else "LOST"
            )
            peer_totals[peer][state] += 1
            others.append(f"{state:12}")
        print(f"{label:52.52} {what:8} {reasons:34.34}", *others)
    print(f"\n{len(cases)} containers: {said(totals)}")
    readable = sum(not case.hidden for case in cases)
    print(f"of {readable} that can be read: {totals['found'] / max(readable, 1):.1%} found")
    for peer, counts in peer_totals.items():
        print(f"{peer}: {said(counts)}")
    for line in wrong:
        print("wrong reason:", line)
    if missing():
        print("left out, writers not installed:", ", ".join(missing()))
    return 1 if totals["LOST"] else 0


def said(counts: Counter[str]) -> str:
    """Return the counts in words."""
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items(), key=lambda item: -item[1]))


if __name__ == "__main__":
    sys.exit(main())
