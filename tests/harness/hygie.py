"""``hygie serve`` as a process of its own, with a settings file made for one folder.

Does:   writes the settings, starts the command that ``make setup`` installed, waits until it is ready, reads
        its journal, log and metrics, ends or kills it.
Never:  imports Hygie: what is tested is what an administrator starts.
Fails:  with ``HarnessError`` and the end of Hygie's log.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import yaml

from harness.postfix import ORGANISATION
from harness.process import LOOPBACK, HarnessError, end, free_port, tail, wait_until

COMMAND: Final = Path(sys.executable).with_name("hygie")
READY_SECONDS: Final = 60.0
MSSANTE_DOMAIN: Final = "medecin.mssante.fr"
"""The domain that the channel's white list holds in the tests and the demo."""
SAMPLE: Final = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


def default_settings(folder: Path, port: int, notices: int) -> dict[str, Any]:
    """Return settings that keep everything under ``folder``."""
    return {
        "milter": {"socket": f"unix:{folder}/hygie.sock", "socket_group": "postfix"},
        "organisation": {"domains": [ORGANISATION]},
        "lists": {"care-units": [f"cardio@{ORGANISATION}"]},
        "channels": {
            "mssante": {
                "domains": [MSSANTE_DOMAIN],
                "addresses": {"dr.durand@cabinet-durand.test": f"dr.durand@{MSSANTE_DOMAIN}"},
                "postfix_domain": "mssante.hygie.invalid",
            }
        },
        "workers": {"count": 2},
        "metrics": {"listen": f"{LOOPBACK}:{port}"},
        "journal": {"folder": f"{folder}/journal"},
        "notices": {"smtp": f"{LOOPBACK}:{notices}", "sender": f"hygie@{ORGANISATION}"},
    }


class HygieServe:
    """One running Hygie. ``changes`` replace whole sections of the default settings."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        """Write the settings under ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.metrics_port = free_port()
        self.notices_port = free_port()
        self.settings = default_settings(folder, self.metrics_port, self.notices_port) | changes
        self.config = folder / "hygie.yaml"
        self.log_file = folder / "hygie.log"
        self.journal_folder = folder / "journal"
        self._process: subprocess.Popen[bytes] | None = None
        self.write_settings()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def socket(self) -> str:
        """The milter socket, as Postfix and the fake MTA name it."""
        socket: str = self.settings["milter"]["socket"]
        return socket

    @property
    def pid(self) -> int:
        """The process that Postfix speaks to."""
        if self._process is None:
            raise HarnessError("hygie serve is not started")
        return self._process.pid

    def write_settings(self) -> None:
        """Write the settings file again, after a change of ``settings``."""
        self.config.write_text(yaml.safe_dump(self.settings, allow_unicode=True, sort_keys=False))

    # --- running ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it; return when ``/readyz`` answers 200."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [COMMAND, "serve", "--config", self.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            wait_until(self._ready, "hygie serve is ready", READY_SECONDS, pause=0.05)
        except BaseException as error:
            self.stop()
            if isinstance(error, HarnessError):
                raise HarnessError(f"{error}\n{tail(self.log_file)}") from None
            raise

    def stop(self) -> int:
        """End it as systemd does; return its exit status."""
        return end(self._process) if self._process is not None else 0

    def kill(self) -> None:
        """End it as the kernel does when memory is short: no warning, no clean-up."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def _ready(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise HarnessError(f"hygie serve ended with {self._process.returncode}")
        return self.get("/readyz")[0] == 200

    # --- looking ------------------------------------------------------------------------------------

    def get(self, path: str) -> tuple[int, str]:
        """Ask the metrics port; return the status (0 while nobody listens) and the text."""
        url = f"http://{LOOPBACK}:{self.metrics_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's samples that have these labels."""
        wanted = {f'{label}="{value}"' for label, value in labels.items()}
        return sum(
            float(value)
            for found, given, value in SAMPLE.findall(self.get("/metrics")[1])
            if found == name and wanted <= set((given or "").split(","))
        )

    def journal(self, event: str = "decided") -> list[dict[str, Any]]:
        """Return the journal's lines that tell of one event."""
        lines = [json.loads(line) for line in self.journal_text().splitlines()]
        return [line for line in lines if line["event"] == event]

    def journal_text(self) -> str:
        """Return all of the journal's files."""
        files = sorted(self.journal_folder.glob("*.jsonl"))
        return "".join(file.read_text() for file in files)

    def log(self) -> str:
        """Return what it wrote to its standard error."""
        return self.log_file.read_text(errors="replace") if self.log_file.is_file() else ""

    def descendants(self) -> list[int]:
        """Return the processes that it started, and theirs: the nursery and its workers."""
        return _descendants(self.pid)

    def workers(self) -> list[int]:
        """Return the processes that inspect: the descendants that have no child of their own."""
        return [pid for pid in self.descendants() if not _children(pid) and pid not in _children(self.pid)]

    def busy_worker(self, seconds: float = 10.0) -> int:
        """Wait until a worker uses the processor, and return it."""
        before = {pid: _cpu_ticks(pid) for pid in self.workers()}

        def working() -> int:
            time.sleep(0.02)
            for pid in self.workers():
                if _cpu_ticks(pid) > before.get(pid, 0) + 2:
                    return pid
            return 0

        return wait_until(working, "a worker is at work", seconds, pause=0)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in listing.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue
    return found


def _descendants(pid: int) -> list[int]:
    children = _children(pid)
    return children + [grandchild for child in children for grandchild in _descendants(child)]


def _cpu_ticks(pid: int) -> int:
    """Processor time used so far, in clock ticks (10 ms); 0 for a process that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])
