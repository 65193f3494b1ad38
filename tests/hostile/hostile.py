"""Every hostile input through real workers, while ordinary mail goes through the same ones.

Does:   builds each input, has it inspected by a pool with the settings of a fresh installation, and
        prints what became of it, how long it took and how much memory its worker held at most; another
        thread sends ordinary letters all the while, whose slowest answer is in the last line.
Fails:  exit 1 when an input is LOST (neither found nor said to be unread), unread for a wrong reason,
        takes more than five seconds or a worker of more than 1 GiB, or when a letter is not read. Seconds
        in which the worker was ready and other programs had the cores (``waited``) do not count.

    found      the probe was recognised
    partly     it was, and something is said to be unread besides
    unread     it was not, and the part is said to be unread, with the reason
    empty      neither, and there is nothing in it to read
    LOST       neither, although there is
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from extraction_samples import part
from harness.hostile import MIB, PROBE, Hostile, inputs
from hygie_detectors.limits import Limits
from hygie_detectors.model import Inspection
from hygie_milter.settings import Endpoint
from hygie_milter.workers.pool import Pool, WorkerSettings, waited_seconds

SECONDS_MAX: Final = 5.0
BYTES_MAX: Final = 1024 * MIB
_RECOGNISED: Final = frozenset({"nir", "ins"})
_SAMPLE_SECONDS: Final = 0.02
_PAUSE_SECONDS: Final = 0.05
LETTER: Final = part(
    f"Bonjour,\r\n{PROBE}\r\nCordialement\r\n".encode(), "Content-Type: text/plain; charset=utf-8"
)


class Watched:
    """What the workers of one thread used: largest resident memory, seconds they waited for a core."""

    def __init__(self) -> None:
        """Begin."""
        self.peak = 0
        self._begun: dict[int, float] = {}
        self._waited: dict[int, float] = {}

    def add(self, pid: int) -> None:
        """Watch this worker, too."""
        with contextlib.suppress(OSError):  # to forget its earlier jobs, when we may
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        self._begun.setdefault(pid, waited_seconds(pid))

    def look(self) -> None:
        """Read what they used until now; one that is gone keeps its last figures."""
        for pid, begun in tuple(self._begun.items()):
            self.peak = max(self.peak, peak_bytes(pid))
            self._waited[pid] = max(self._waited.get(pid, 0.0), waited_seconds(pid) - begun)

    @property
    def waited(self) -> float:
        """Seconds in which they were ready to run and had no core."""
        return sum(self._waited.values())


def peak_bytes(pid: int) -> int:
    """Return the most memory a process ever held, 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


class WatchedPool(Pool):
    """A pool that tells which workers a thread was given."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Start it."""
        self._watched: dict[int, Watched] = {}
        super().__init__(*arguments, **options)

    def _run(self, worker: Any, *arguments: Any) -> Any:
        if watched := self._watched.get(threading.get_ident()):
            watched.add(worker.pid)
        return super()._run(worker, *arguments)

    @contextlib.contextmanager
    def watch(self) -> Iterator[Watched]:
        """Watch the workers that this thread is given, until the block ends."""
        watched = self._watched[threading.get_ident()] = Watched()
        done = threading.Event()

        def look() -> None:
            while not done.wait(_SAMPLE_SECONDS):
                watched.look()

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            yield watched
        finally:
            watched.look()
            done.set()
            watcher.join()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input."""

    verdict: str
    reasons: tuple[str, ...]
    size: int
    seconds: float
    waited: float
    peak: int
    wrong: str
    """Why it is not as it should be; empty when it is."""


def judge(case: Hostile, inspection: Inspection) -> tuple[str, tuple[str, ...], str]:
    """Return verdict, reasons, and what is wrong with them."""
    reasons = tuple(sorted({unread.reason for unread in inspection.unread}))
    found = bool(_RECOGNISED & {finding.kind for finding in inspection.findings})
    verdict = (
        ("partly" if reasons else "found")
        if found
        else "unread"
        if reasons
        else "empty"
        if case.blank
        else "LOST"
    )
    if verdict == "LOST":
        return verdict, reasons, "lost"
    if case.must_find and not found:
        return verdict, reasons, "not found"
    if case.reason and (found or case.reason not in reasons):
        return verdict, reasons, f"not {case.reason}"
    return verdict, reasons, ""


def deadlines(begun: float) -> tuple[float, float]:
    """Return the soft and the hard deadline that the milter would give."""
    times = Endpoint(socket="unix:/run/hygie.sock")
    return begun + times.soft_seconds, begun + times.hard_seconds


class OrdinaryMail:
    """A thread that sends letters while an input is inspected, and notes how long each answer took."""

    def __init__(self, pool: Pool) -> None:
        """Nothing is sent before the ``with`` block."""
        self.seconds: list[float] = []
        self.wrong: Counter[str] = Counter()
        self._pool = pool

    def __enter__(self) -> None:
        """Send the first one."""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Let the last letter be answered."""
        self._done.set()
        self._thread.join()

    def _send(self) -> None:
        while True:
            begun = time.monotonic()
            try:
                inspection = self._pool.inspect(LETTER, *deadlines(begun))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is counted, and the run fails
                self.wrong[type(error).__name__] += 1
            else:
                self.seconds.append(time.monotonic() - begun)
                if inspection.unread or "nir" not in {finding.kind for finding in inspection.findings}:
                    self.wrong["not read"] += 1
            if self._done.wait(_PAUSE_SECONDS):
                return


def run(pool: WatchedPool, case: Hostile, letters: OrdinaryMail) -> Outcome:
    """Have one input inspected, with ordinary mail beside it."""
    raw = case.message()
    with pool.watch() as used, letters:
        begun = time.monotonic()
        inspection = pool.inspect(raw, *deadlines(begun))
        seconds = time.monotonic() - begun
    verdict, reasons, wrong = judge(case, inspection)
    if seconds - used.waited > SECONDS_MAX:
        wrong = wrong or "too slow"
    if used.peak > BYTES_MAX:
        wrong = wrong or "too large"
    return Outcome(verdict, reasons, len(raw), seconds, used.waited, used.peak, wrong)


def main() -> int:
    """Print the table; return 1 when something is wrong."""
    parser = argparse.ArgumentParser(description="hostile inputs through real workers")
    parser.add_argument("--only", default="", help="inputs whose family and name contain this")
    options = parser.parse_args()
    cases = [case for case in inputs() if options.only in f"{case.family}: {case.name}"]
    totals: Counter[str] = Counter()
    wrong: list[str] = []
    pool = WatchedPool(WorkerSettings(), Limits())
    letters = OrdinaryMail(pool)
    print(f"{'input':52} {'kB':>7} {'verdict':8} {'seconds':>7} {'waited':>6} {'MiB':>5}  reasons")
    try:
        for case in cases:
            done = run(pool, case, letters)
            totals[done.verdict] += 1
            label = f"{case.family}: {case.name}"
            print(
                f"{label:52.52} {done.size / 1000:7.0f} {done.verdict:8} "
                f"{done.seconds:7.2f} {done.waited:6.2f} {done.peak / MIB:5.0f}  {', '.join(done.reasons)}"
                + (f"  <-- {done.wrong}" if done.wrong else ""),
                flush=True,
            )
            if done.wrong:
                wrong.append(label)
    finally:
        pool.close()
    print(f"\n{len(cases)} inputs: " + ", ".join(f"{count} {what}" for what, count in totals.most_common()))
    print(
        f"{len(letters.seconds)} letters meanwhile: median {median(letters.seconds or [0]):.3f} s, "
        f"slowest {max(letters.seconds, default=0):.2f} s, {sum(letters.wrong.values())} not read"
    )
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for label in wrong:
        print("wrong:", label)
    return 1 if wrong or letters.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
