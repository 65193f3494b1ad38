"""Milliseconds and memory of ``extract`` for each format, small and large, beside the bare library call.

Does:   makes a message of each format and size (``format_samples.py``), reads it with ``extract`` and with
        the library that does the same raw work, in turn, mail parsing included in both; prints best and
        median, the ratio of the bests, and by how much the memory of a fresh child grows while it reads.
Never:  counts what was not read: a reason for an unread part that the format does not explain is printed.
Fails:  exit 1 when there was one.
Run:    ``make bench`` (``BENCH="--quick"``: small sizes, once each; ``--only NAME``; ``--json FILE``).
        Figures of one machine: compare ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import Pipe
from pathlib import Path
from statistics import median

from format_samples import CASES, Case
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from hygie_detectors.extraction import extract, warm
from hygie_detectors.limits import KIB, MIB

RUNS_MIN, RUNS_MAX, SECONDS = 3, 200, 1.0
"""A case runs so often, or for so long."""
WIDTH = 100
"""Columns of a table that goes to a file."""


@dataclass(frozen=True)
class Row:
    """What was measured of a format in one size."""

    format: str
    size: str
    message_bytes: int
    ours_ms: float
    ours_median_ms: float
    library: str
    bare_ms: float | None
    ratio: float | None
    memory_mib: float
    unread: list[str]
    """Reasons that the format does not explain."""


def measure(case: Case, nursery: Nursery, *, large: bool, quick: bool) -> Row:
    """Return the figures of one case."""
    raw = case.message(large=large)
    memory, reasons = nursery.read(raw)
    with silence():
        ours, bare = side_by_side(lambda: extract(raw), lambda: case.bare(raw), once=quick)
    best, least = min(ours), min(bare) if case.library else None
    return Row(
        case.name,
        "large" if large else "small",
        len(raw),
        round(best, 3),
        round(median(ours), 3),
        case.library,
        None if least is None else round(least, 3),
        None if least is None else round(best / least, 2),
        round(memory / MIB, 1),
        sorted(reasons - {case.unread}),
    )


def side_by_side(*functions: Callable[[], object], once: bool) -> list[list[float]]:
    """Return the milliseconds of each run of each function, taken in turn: a slow minute hits all."""
    taken: list[list[float]] = [[] for _ in functions]
    begun = time.perf_counter()
    while len(taken[0]) < (1 if once else RUNS_MIN) or (
        not once and len(taken[0]) < RUNS_MAX and time.perf_counter() - begun < SECONDS
    ):
        for function, times in zip(functions, taken, strict=True):
            start = time.perf_counter()
            function()
            times.append((time.perf_counter() - start) * 1000)
    return taken


class Nursery:
    """A process forked before any sample is made, whose children read a message each, as Hygie's workers do.

    A child of this process would find room for its text in what the samples have left behind.
    """

    def __init__(self) -> None:
        self._ours, theirs = Pipe()
        self._folder = tempfile.TemporaryDirectory()
        if not os.fork():
            self._ours.close()
            with suppress(EOFError):
                while True:
                    theirs.send(read_in_child(Path(theirs.recv())))
            os._exit(0)
        theirs.close()

    def read(self, raw: bytes) -> tuple[int, set[str]]:
        """Return by how many bytes a child grows while it reads this message, and the reasons it gives."""
        path = Path(self._folder.name, "message")
        path.write_bytes(raw)
        self._ours.send(str(path))
        return self._ours.recv()


def read_in_child(path: Path) -> tuple[int, set[str]]:
    """Read a message in a child; return by how many bytes its peak exceeds what it began with, and reasons.

    Pages of shared libraries that it touches for the first time count, as they do in a worker.
    """
    ours, theirs = Pipe()
    child = os.fork()
    if not child:
        with silence():
            raw = path.read_bytes()
            begun = status("VmRSS")
            reasons = {unread.reason for unread in extract(raw).unread}
            theirs.send((status("VmHWM") - begun, reasons))
        os._exit(0)
    theirs.close()  # so that a child that dies is an end of file
    answer = ours.recv()
    os.waitpid(child, 0)
    return answer


@contextmanager
def silence() -> Iterator[None]:
    """Let no native library write to stderr, which a worker has closed."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def status(field: str) -> int:
    """Return a size that the kernel keeps of this process, in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * KIB
    raise LookupError(field)


def shown(rows: list[Row]) -> Table:
    """Return the rows as a table."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    table = Table(
        title=f"{python}, {datetime.now(UTC):%d/%m/%Y}", box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False
    )
    table.add_column("format", no_wrap=True)
    table.add_column("size", no_wrap=True)
    for column in ("KiB", "ours, ms", "median", "bare, ms", "ratio", "MiB"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("bare call")
    for row in rows:
        table.add_row(
            row.format,
            row.size,
            number(row.message_bytes / KIB),
            number(row.ours_ms),
            number(row.ours_median_ms),
            number(row.bare_ms),
            number(row.ratio),
            number(row.memory_mib),
            row.library + (f"  UNREAD: {', '.join(row.unread)}" if row.unread else ""),
        )
    return table


def number(value: float | None) -> str:
    """Return a number with three digits that say something."""
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def measured(only: str, nursery: Nursery, *, quick: bool, console: Console) -> Iterator[Row]:
    """Yield the rows; a case whose writer or library is not installed is left out by name."""
    chosen = [case for case in CASES if only in case.name]
    for case in track(chosen, "measuring", console=console, transient=True):
        for large in (False,) if quick else (False, True):
            try:
                yield measure(case, nursery, large=large, quick=quick)
            except (ImportError, FileNotFoundError) as missing:
                console.print(f"left out: {case.name}: {missing}")
                break


def main() -> int:
    """Print the table; return 1 when a part was not read that should be."""
    parser = argparse.ArgumentParser(description="time and memory of each format")
    parser.add_argument("--only", metavar="NAME", default="", help="formats whose name contains this")
    parser.add_argument("--quick", action="store_true", help="small sizes, one run each")
    parser.add_argument("--json", metavar="FILE", type=Path, help="keep the figures here")
    options = parser.parse_args()
    warm()
    nursery = Nursery()
    rows = list(measured(options.only, nursery, quick=options.quick, console=Console(stderr=True)))
    Console(width=None if sys.stdout.isatty() else WIDTH).print(shown(rows))
    if options.json:
        figures = json.dumps([asdict(row) for row in rows], indent=1)
        options.json.write_text(figures + "\n", encoding="utf-8")
    return 1 if any(row.unread for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
