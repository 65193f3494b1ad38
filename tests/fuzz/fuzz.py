"""Fuzz the readers, guided by coverage (atheris): ``make fuzz SECONDS=1200 TARGETS="mime archive"``.

Does:   gives each target so many seconds of CPU, one target after the other, each in a process of its own
        that is started again when native code takes it down; keeps the smallest input of each finding and
        the corpus in a folder (``--folder``, else a temporary one); prints a table at the end.
        ``--shrink FILE`` makes an input smaller that breaks a rule, ``--replay FILE...`` judges inputs,
        ``--keep CORPUS`` copies those that reach something new to ``kept``, which ``make test`` judges.
Never:  stops at a finding: they are collected by kind.
Fails:  exit 1 when something was found, 2 when atheris is not installed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time only once atheris stands ready to instrument what they import
    from fuzz.targets import Target

_HANG_SECONDS = 30
"""CPU of one input, in Python code; beyond it is interrupted, and slow."""
_NATIVE_HANG_SECONDS = 120
"""Wall time of one input in native code; libFuzzer ends the process then."""
_RSS_MAX_MB = 3000
_KEPT_MAX_BYTES = 15_000
"""Of one target, for each time that inputs are kept."""
_STARTS_MAX = 50
"""Processes of one target; one that dies more often dies at once."""


class HangError(BaseException):
    """An input took too long. No ``Exception``: the walk would take it for a reader's."""


class Session:
    """One process that fuzzes one target, and its figures, which outlive it in a file."""

    def __init__(self, name: str, folder: Path, seconds: float) -> None:
        """Load the readers under instrumentation."""
        import atheris  # noqa: PLC0415 - a child only

        with atheris.instrument_imports(include=["hygie_detectors.extraction"]):
            from fuzz.targets import TARGETS  # noqa: PLC0415 - instrumented on import
        self.atheris = atheris
        self.target = TARGETS[name]
        self.folder = folder
        self.seconds = seconds
        self.executions = 0
        self.slowest = 0.0
        self.kinds: Counter[str] = Counter()
        self._written = 0.0

    def run(self) -> None:
        """Fuzz until the time is over; does not return."""
        seeds, corpus = self.folder / "seeds", self.folder / "corpus"
        for path in (seeds, corpus, self.folder / "findings"):
            path.mkdir(parents=True, exist_ok=True)
        for data in self.target.starts():
            (seeds / _digest(data)).write_bytes(data)
        words = self.folder / "words.dict"
        words.write_text("".join(f'"{_escaped(token)}"\n' for token in self.target.tokens))
        options = [
            f"-max_len={64 * 1024}",
            f"-timeout={_NATIVE_HANG_SECONDS}",
            f"-rss_limit_mb={_RSS_MAX_MB}",
            *([f"-dict={words}"] if self.target.tokens else []),  # libFuzzer refuses an empty one
            f"-artifact_prefix={self.folder}/findings/native-",
            f"-report_slow_units={_NATIVE_HANG_SECONDS}",
            "-detect_leaks=0",
            "-reload=0",
        ]
        signal.signal(signal.SIGPROF, _interrupt)
        arguments = [sys.argv[0], *options, str(corpus), str(seeds)]
        self.atheris.Setup(arguments, self.one, custom_mutator=self.mutate)
        self.atheris.Fuzz()

    def mutate(self, data: bytes, size_max: int, seed: int) -> bytes:
        """Change an input as libFuzzer does, as we do, or both."""
        from fuzz.mutate import finish  # noqa: PLC0415 - a child only

        chance = random.Random(seed)  # noqa: S311 - libFuzzer's seed
        way = chance.randrange(3)
        if way:
            data = self.atheris.Mutate(data, min(size_max, len(data) + 64))
        if way < 2:
            data = self.target.mutate(data, seed)
        return finish(data, chance, self.target.mend)[:size_max]

    def one(self, data: bytes) -> None:
        """Judge one input."""
        signal.setitimer(signal.ITIMER_PROF, _HANG_SECONDS)
        try:
            broken, reading = self.target.judge(data)
            self.slowest = max(self.slowest, reading.seconds)
        except HangError as hang:
            broken = [f"hangs in {hang}"]
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        self.executions += 1
        for kind in broken:
            self.kinds[kind] += 1
            _keep_smallest(self.folder / "findings" / _slug(kind), data)
        used = time.process_time()
        if used > self._written + 2 or used > self.seconds:
            self._written = used
            figures = {"executions": self.executions, "seconds": used, "slowest": self.slowest}
            (self.folder / "figures.json").write_text(json.dumps({**figures, "kinds": self.kinds}))
        if used > self.seconds:
            os._exit(0)


def _interrupt(_signal: int, frame: FrameType | None) -> None:
    where = "native code"
    while frame is not None:
        code = frame.f_code
        if "hygie_detectors" in code.co_filename:
            where = f"{code.co_filename.rpartition('/')[2]} {code.co_name}"
            break
        frame = frame.f_back
    raise HangError(where)


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)


def _digest(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _slug(kind: str) -> str:
    plain = "".join(c if c.isalnum() else "-" for c in kind)[:80]
    return f"{plain}-{_digest(kind.encode())[:6]}"


def _keep_smallest(path: Path, data: bytes) -> None:
    if not path.exists() or len(data) < path.stat().st_size:
        path.write_bytes(data)


def fuzz(name: str, folder: Path, seconds: float) -> dict:
    """Fuzz one target in processes of its own; return the figures of all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    before = len(list((folder / "corpus").glob("*")))
    total = {"executions": 0, "seconds": 0.0, "slowest": 0.0, "kinds": Counter()}
    figures = folder / "figures.json"
    for _ in range(_STARTS_MAX):
        figures.unlink(missing_ok=True)
        left = seconds - total["seconds"]
        command = [
            sys.executable,
            "-m",
            "fuzz.fuzz",
            "--child",
            name,
            f"--folder={folder}",
            f"--seconds={left}",
        ]
        with (folder / "log").open("ab") as log:
            status = subprocess.run(command, stdout=log, stderr=log, check=False).returncode
        made = json.loads(figures.read_text()) if figures.exists() else {}
        total["executions"] += made.get("executions", 0)
        total["seconds"] += made.get("seconds", 1.0)
        total["slowest"] = max(total["slowest"], made.get("slowest", 0.0))
        total["kinds"].update(made.get("kinds", {}))
        if status == 0 or total["seconds"] >= seconds:
            break
        total["kinds"][f"the process ended, status {status}"] += 1
    total["new"] = len(list((folder / "corpus").glob("*"))) - before
    return total


def shrink(name: str, data: bytes) -> bytes:
    """Return the smallest input found, by leaving out pieces, that breaks the same rules."""
    from fuzz.targets import TARGETS  # noqa: PLC0415 - what a parent of children does not need

    judge = TARGETS[name].judge
    wanted = {_group(kind) for kind in judge(data)[0]}
    size = max(len(data) // 2, 1)
    while wanted:
        place = 0
        while place < len(data):
            shorter = data[:place] + data[place + size :]
            if wanted <= {_group(kind) for kind in judge(shorter)[0]}:
                data = shorter
            else:
                place += size
        if size == 1:
            break
        size //= 2
    return data


def _group(kind: str) -> str:
    """Return what must stay while an input becomes smaller: the rule, and where an error came from."""
    return kind if kind.startswith("raised") else kind.partition(" ")[0]


def keep(name: str, corpus: Path) -> int:
    """Copy to ``kept`` the inputs that reach lines of ours which nothing smaller reaches; return how many."""
    from fuzz.targets import KEPT, TARGETS  # noqa: PLC0415 - as above

    target, count, left = TARGETS[name], 0, _KEPT_MAX_BYTES
    seen = set().union(*(_lines_reached(target, data) for data in target.starts()))
    for path in sorted(corpus.iterdir(), key=lambda path: path.stat().st_size):
        data = path.read_bytes()
        reached = _lines_reached(target, data) - seen
        if reached and len(data) <= left:
            (KEPT / name).mkdir(parents=True, exist_ok=True)
            (KEPT / name / _digest(data)[:12]).write_bytes(data)
            seen |= reached
            left -= len(data)
            count += 1
    return count


def _lines_reached(target: Target, data: bytes) -> set[tuple[str, int]]:
    lines: set[tuple[str, int]] = set()

    def local(frame: FrameType, _event: str, _value: object) -> Callable:
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def trace(frame: FrameType, _event: str, _value: object) -> Callable | None:
        return local if "extraction" in frame.f_code.co_filename else None

    sys.settrace(trace)
    try:
        target.judge(data)
    finally:
        sys.settrace(None)
    return lines


def replay(name: str, paths: list[Path]) -> int:
    """Judge inputs; return how many break a rule."""
    from fuzz.targets import TARGETS  # noqa: PLC0415 - as above

    count = 0
    for path in paths:
        broken, reading = TARGETS[name].judge(path.read_bytes())
        count += bool(broken)
        print(f"{path.name}: {reading.seconds:.2f} s, {'; '.join(broken) or 'holds'}")
    return count


def main() -> int:
    """Do as the command line says."""
    parser = argparse.ArgumentParser(description="fuzz the readers")
    parser.add_argument("targets", nargs="*", default=[])
    parser.add_argument("--seconds", type=float, default=60, help="CPU seconds for each target")
    parser.add_argument("--folder", type=Path, help="corpus, findings and logs; default: a temporary folder")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--replay", nargs="+", type=Path, metavar="FILE", help="judge these, of one target")
    parser.add_argument("--shrink", type=Path, metavar="FILE", help="write FILE.small, of one target")
    parser.add_argument("--keep", type=Path, metavar="CORPUS", help="keep inputs of one target")
    options = parser.parse_args()
    if options.child:
        Session(options.child, options.folder, options.seconds).run()
    if options.replay:
        return int(replay(options.targets[0], options.replay) > 0)
    if options.shrink:
        small = shrink(options.targets[0], options.shrink.read_bytes())
        options.shrink.with_suffix(".small").write_bytes(small)
        return 0
    if options.keep:
        print(keep(options.targets[0], options.keep), "kept")
        return 0
    from fuzz.targets import TARGETS  # noqa: PLC0415 - as above

    if find_spec("atheris") is None:
        print("make fuzz: atheris is not installed", file=sys.stderr)
        return 2
    folder = options.folder or Path(tempfile.mkdtemp(prefix="hygie-fuzz-"))
    rows = {name: fuzz(name, folder / name, options.seconds) for name in options.targets or TARGETS}
    print(f"{'target':10} {'executions':>10} {'CPU s':>8} {'slowest s':>9} {'new inputs':>10}  findings")
    for name, row in rows.items():
        figures = f"{row['executions']:10} {row['seconds']:8.0f} {row['slowest']:9.2f} {row['new']:10}"
        print(f"{name:10} {figures}  {len(row['kinds'])}")
        for kind, times in row["kinds"].most_common():
            print(f"{'':12}{kind} ({times} times)")
    print(f"inputs: {folder}")
    return int(any(row["kinds"] for row in rows.values()))


if __name__ == "__main__":
    sys.exit(main())
