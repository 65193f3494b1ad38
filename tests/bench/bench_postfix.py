"""Throughput through a real Postfix: without a milter, and with Hygie, in alternating runs.

Run:     .venv/bin/python tests/bench/bench_postfix.py [MESSAGES] [ROUNDS]   (as root)
Baseline: the same Postfix with no milter, in the same run; figures are ratios to it.
Messages: 2 kB of ordinary text by smtp-source over 4 connections, delivered to the discard transport.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.hygie import HygieServe
from harness.postfix import PrivatePostfix
from harness.process import private_folder

LOAD = ("smtp-source", "-s", "4", "-l", "2000", "-f", "a@hopital.test", "-t", "b@x.test")
DISCARD = "default_transport = discard:"


def seconds(postfix: PrivatePostfix, messages: int) -> float:
    started = time.monotonic()
    subprocess.run(
        [*LOAD, "-m", str(messages), f"127.0.0.1:{postfix.port}"],
        check=True,
    )
    spent = time.monotonic() - started
    postfix.wait_empty(120)
    return spent


def main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with private_folder() as folder, HygieServe(folder / "hygie") as hygie:
        rates: dict[str, list[float]] = {"no milter": [], "hygie": []}
        with (
            PrivatePostfix(folder / "bare", internet=0, extra=DISCARD) as bare,
            PrivatePostfix(folder / "filtered", internet=0, milter=hygie.socket, extra=DISCARD) as filtered,
        ):
            for _ in range(rounds):
                for name, postfix in (("no milter", bare), ("hygie", filtered)):
                    rates[name].append(messages / seconds(postfix, messages))
        for name, found in rates.items():
            ratio = statistics.median(found) / statistics.median(rates["no milter"])
            runs = " ".join(f"{rate:.0f}" for rate in found)
            print(f"{name:10} ratio {ratio:.2f}   messages/s {runs}")
        failures = hygie.metric("hygie_failures_total")
        print(f"decided {hygie.metric('hygie_messages_total', action='allow'):.0f}, failures {failures:.0f}")


if __name__ == "__main__":
    main()
