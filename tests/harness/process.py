"""Folders, ports and processes of one private set-up.

Does:   makes a folder that the postfix user may enter, finds free loopback ports, waits with a deadline,
        starts and stops processes.
Never:  waits without a deadline.
Fails:  with ``HarnessError``.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

LOOPBACK: Final = "127.0.0.1"
LOG_TAIL_LINES: Final = 25
"""How much of a log a failure shows."""

T = TypeVar("T")


class HarnessError(Exception):
    """Something around Hygie did not start, stop or answer in time."""


@contextlib.contextmanager
def private_folder(prefix: str = "hygie-") -> Iterator[Path]:
    """Make a temporary folder that the user ``postfix`` may enter, and remove it at the end.

    Short on purpose: the path of a UNIX socket holds 107 bytes.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a TCP port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(condition: Callable[[], T], what: str, seconds: float = 20.0, pause: float = 0.02) -> T:
    """Return the first true value of ``condition``; raise ``HarnessError`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise HarnessError(f"{what}: not within {seconds:g} s")
        time.sleep(pause)
    return value


def listens(port: int) -> bool:
    """Tell whether something accepts connections on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def tail(log: Path) -> str:
    """Return the last lines of a log, or nothing where there is none."""
    if not log.is_file():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])


def end(process: subprocess.Popen[bytes], seconds: float = 20.0) -> int:
    """Stop a process with SIGTERM, with SIGKILL after ``seconds``; return its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()
