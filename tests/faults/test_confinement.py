"""What a worker may no longer do, tried from inside a process confined as one."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.hygie import HygieServe
from hygie_detectors.engine import Engine
from hygie_detectors.model import Segment
from hygie_detectors.watch import Unwatched
from hygie_milter.workers import sandbox

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="workers change users only when Hygie is root"),
    pytest.mark.skipif(not sandbox.has_seccomp(), reason="libseccomp is not installed"),
]

IO_URING_SETUP = 425


def from_inside(attempt: Callable[[], Any]) -> str:
    """Return what came of it in a confined process: ``done``, or the name of the error number."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        result = "died"
        try:
            missing = sandbox.confine("nobody", 1 << 30, seccomp=True)
            attempt()
            result = f"done {sorted(missing)}" if missing else "done"
        except OSError as error:
            result = errno.errorcode[error.errno or 0]
        finally:
            os.write(writing, json.dumps(result).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer: str = json.loads(pipe.read() or b'"died"')
    os.waitpid(pid, 0)
    return answer


def call(number: int, *arguments: Any) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "syscall")


def test_what_a_sentence_says_is_read_inside() -> None:
    """EDS-NLP loads before the fork: inside, its files and Python's own may be out of reach."""
    engine = Engine()
    engine.load()

    def attempt() -> None:
        found, unread = engine.detect([Segment("1", "Pas de diabète.")], (), {}, Unwatched())
        assert unread == []
        assert [("negated",)] == [finding.qualifiers for finding in found]

    assert from_inside(attempt) == "done"


@pytest.fixture
def neighbour() -> Any:
    """Another process of the user that workers become."""
    pid = os.fork()
    if pid == 0:
        os.setresuid(65534, 65534, 65534)
        signal.pause()
        os._exit(0)
    yield pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


@pytest.fixture
def writable(folder: Path) -> Path:
    """A file that its user might write, were it not confined."""
    path = folder / "journal"
    path.write_text("whole")
    path.chmod(0o666)
    return path


@pytest.mark.parametrize(
    "attempt",
    [
        socket.socket,
        lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - it must be refused
        lambda: os.fork() or os._exit(0),
        lambda: call(IO_URING_SETUP, 8, ctypes.create_string_buffer(256)),
        lambda: os.mkfifo("/tmp/hygie-worker"),  # noqa: S108 - it must not come to be
        lambda: os.setuid(0),
    ],
    ids=["socket", "exec", "fork", "io_uring", "mknod", "root"],
)
def test_there_is_no_way_out(attempt: Callable[[], Any]) -> None:
    assert from_inside(attempt) == "EPERM"


@pytest.mark.parametrize(
    "flags",
    [os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_RDONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND],
    ids=["write", "both", "truncate", "read-truncate", "append"],
)
def test_no_file_is_opened_but_to_be_read(writable: Path, flags: int) -> None:
    """RLIMIT_FSIZE forbids growing a file, but not emptying it."""
    assert from_inside(lambda: os.open(writable, flags)) == "EPERM"
    assert writable.read_text() == "whole"
    assert from_inside(lambda: os.open(writable, os.O_RDONLY)) == "done"


def test_no_file_is_made(folder: Path) -> None:
    folder.chmod(0o777)

    assert from_inside((folder / "new").touch) == "EPERM"
    assert not (folder / "new").exists()


@pytest.mark.parametrize("number", [62, 200, 234], ids=["kill", "tkill", "tgkill"])
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of the calls are those of x86-64")
def test_no_other_process_is_killed(neighbour: int, number: int) -> None:
    arguments = (neighbour, neighbour, 9) if number == 234 else (neighbour, 9)

    assert from_inside(lambda: call(number, *arguments)) == "EPERM"


def test_what_readers_need_still_works() -> None:
    def work() -> None:
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
        sandbox.cpu_seconds(10)
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
        assert resource.getrlimit(resource.RLIMIT_FSIZE) == (0, 0)

    assert from_inside(work) == "done"


def test_the_workers_of_a_running_hygie_are_confined(hygie: HygieServe) -> None:
    for pid in hygie.workers():
        status = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if ":\t" in line
        )
        assert status["Uid"].split() == ["65534"] * 4
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        assert Path(f"/proc/{pid}/fd/2").readlink() == Path(os.devnull)
