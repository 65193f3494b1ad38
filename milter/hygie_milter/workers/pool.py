"""The pool: hands each message to a warm, disposable worker and survives whatever becomes of it.

Does:   keeps up to ``count`` workers, forked by a nursery process; gives a job a worker, a
        deadline, and on a crash or a hang a second worker that leaves the guilty part out.
Never:  forks (this process has threads), runs a native reader, or believes a worker: an
        answer has a size cap and is rebuilt field by field.
Fails:  :class:`Overloaded` when too many messages wait or none becomes free in time,
        :class:`Unavailable` when no worker can be made. A message whose workers die
        becomes an inspection with unread parts, never a clean one.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from hygie_detectors.limits import MIB, Limits
from hygie_detectors.model import Inspection, Part, Unread, inspection_from_wire
from hygie_milter.workers import frames
from hygie_milter.workers.nursery import PACKET_MAX_BYTES, READY, SPAWN
from hygie_milter.workers.progress import NO_PART, Progress

ANSWER_MAX_BYTES: Final = 64 * MIB
"""An inspection with the maximum of parts and findings is far smaller."""
_WATCH_SECONDS: Final = 0.25
"""How often a waiting parent looks whether a part takes too long."""
_SKIPS_MAX: Final = 4
"""Parts left out one after the other before the whole message is called unread."""

Reason = Literal["crash", "timeout", "jobs", "memory", "answer", "reload", "nursery"]
RESTART_REASONS: Final[tuple[Reason, ...]] = (
    "crash",
    "timeout",
    "jobs",
    "memory",
    "answer",
    "reload",
    "nursery",
)


class Overloaded(Exception):  # noqa: N818 - it names the state, not a defect
    """No worker became free in time, or too many messages are waiting already."""


class Unavailable(Exception):  # noqa: N818 - the same
    """No worker can be made."""


class NurseryGone(Unavailable):
    """The nursery is dead or stuck; another one may work."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """The pool's named settings, with the reason for each default."""

    count: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Inspections at once. One a core: more only wait for each other."""
    waiting_max: int = 128
    """Messages that may wait for a worker, more than the 100 connections that Postfix serves at once by
    default; beyond, it is asked to come back later."""
    jobs_max: int = 1_000
    """A worker retires after so many messages: native libraries grow."""
    growth_max_mib: int = 256
    """A worker retires when it has grown by this much."""
    memory_max_mib: int = 704
    """Address space a worker may map beyond its start; pdfium aborts there, which costs one part. With the
    260 MiB that it starts with, a worker stays below 1 GiB."""
    job_cpu_seconds: float = 60.0
    """Processor time of one message, above the hard deadline: the last net."""
    start_seconds: float = 60.0
    """How long the nursery may take to load the models."""
    user: str = "nobody"
    """Whom workers become when Hygie runs as root."""
    seccomp: bool = True
    """Whether the system call filter is loaded where libseccomp exists."""


@dataclass(slots=True)
class _Worker:
    pid: int
    pid_descriptor: int
    socket: socket.socket
    progress: Progress
    generation: int

    def end(self) -> None:
        """Kill it if it lives, and let go of what it held."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pid_descriptor, signal.SIGKILL)
        os.close(self.pid_descriptor)
        self.socket.close()
        self.progress.close()


class Nursery:
    """The nursery process as its parent sees it: it can be asked for a worker."""

    def __init__(self, configuration: dict[str, object], start_seconds: float) -> None:
        """Start it and wait until it is ready; raises :class:`Unavailable` when it does not come up."""
        self._lock = threading.Lock()
        try:
            ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._control = ours
            with its:
                self._process = subprocess.Popen(  # noqa: S603 - our own module under our own interpreter
                    [sys.executable, "-P", "-m", "hygie_milter.workers.nursery", str(its.fileno())],
                    pass_fds=[its.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for the parent, which drains first
                )
        except OSError as error:  # out of descriptors, memory or processes
            raise Unavailable(f"the nursery cannot be started: {error.strerror}") from error
        ours.settimeout(start_seconds)
        try:
            ours.send(json.dumps(configuration).encode())
            ready = ours.recv(PACKET_MAX_BYTES) == READY
            why = "the nursery ended while starting; the line above says why"
        except OSError as error:
            ready = False
            why = f"the nursery was not ready within {start_seconds:g} s ({type(error).__name__})"
        if not ready:
            self.close()
            raise Unavailable(why)

    def spawn(self, generation: int) -> _Worker:
        """Return a fresh worker; raises :class:`NurseryGone`, or :class:`Unavailable` for lack of means."""
        with contextlib.ExitStack() as given_up:
            try:
                ours, its = socket.socketpair()
                given_up.callback(ours.close)  # a worker that is there already ends by it
                with its:
                    page = Progress.create()
                    given_up.callback(os.close, page)
                    pid = self._ask(its.fileno(), page)
                worker = _Worker(pid, os.pidfd_open(pid), ours, Progress(page), generation)
            except OSError as error:
                raise Unavailable(f"no worker can be made: {error.strerror}") from error
            given_up.pop_all()
            os.close(page)
            return worker

    def _ask(self, *descriptors: int) -> int:
        """Let it fork a worker with these descriptors; return its pid."""
        try:
            with self._lock:
                self._control.settimeout(_SPAWN_SECONDS)
                socket.send_fds(self._control, [SPAWN], list(descriptors))
                return int(self._control.recv(PACKET_MAX_BYTES))
        except (OSError, ValueError) as error:
            raise NurseryGone("the nursery is gone") from error

    def close(self) -> None:
        """Close its control socket, which ends it, and make sure that it ends."""
        self._control.close()
        try:
            self._process.wait(_SPAWN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_SPAWN_SECONDS: Final = 5.0


class Pool:
    """Workers behind one method, :meth:`inspect`; safe to call from many threads."""

    def __init__(  # noqa: PLR0913 - each is a separate thing the caller decides
        self,
        settings: WorkerSettings,
        limits: Limits,
        *,
        recognizers_file: Path | None = None,
        templates_file: Path | None = None,
        warm: bool = True,
        on_restart: Callable[[Reason], None] = lambda _reason: None,
        on_wait: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """Start the nursery and wait until it is ready; raises :class:`Unavailable`."""
        self._settings = settings
        self._limits = limits
        self._warm = warm
        self._key = secrets.token_hex(32)
        self._recognizers_file = recognizers_file
        self._templates_file = templates_file
        self._on_restart = on_restart
        self._on_wait = on_wait
        self._changed = threading.Condition()
        self._nursery_lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._live = 0
        self._waiting = 0
        self._generation = 0
        self._closed = False
        self._nursery: Nursery | None = self._start_nursery()

    # What callers see -----------------------------------------------------------------------------

    def inspect(self, raw: bytes, soft: float, hard: float) -> Inspection:
        """Inspect a message in a worker.

        ``soft`` and ``hard`` are deadlines on ``time.monotonic``. At the soft one the inspection is
        cut and the message becomes unread of reason ``timeout``; waiting for a worker ends at the
        hard one.

        Raises:
            Overloaded: no worker became free before the hard deadline, or too many wait.
            Unavailable: no worker can be made.

        """
        skip: dict[int, str] = {}
        innocent = True  # a worker that dies before it reads any part may have been killed while idle
        while True:
            worker = self._take(hard)
            answer = self._run(worker, raw, skip, soft)
            if isinstance(answer, Inspection):
                return answer
            part, reason = answer
            if part == NO_PART and reason == "crash" and innocent:
                innocent = False
                continue
            if part == NO_PART or part in skip or len(skip) == _SKIPS_MAX or time.monotonic() >= soft:
                return _wholly_unread(reason, len(raw))
            skip[part] = reason

    @property
    def counts(self) -> dict[str, int]:
        """Return how many workers are idle and busy, and how many messages wait."""
        with self._changed:
            return {"idle": len(self._idle), "busy": self._live - len(self._idle), "waiting": self._waiting}

    def reload(self, limits: Limits, recognizers_file: Path | None, templates_file: Path | None) -> None:
        """Start a new nursery and let the workers of the old one retire when they come back.

        Raises :class:`Unavailable` when the new one does not start; the old one then stays.
        """
        before = self._limits, self._recognizers_file, self._templates_file
        self._limits, self._recognizers_file, self._templates_file = limits, recognizers_file, templates_file
        try:
            fresh = self._start_nursery()
        except Unavailable:
            self._limits, self._recognizers_file, self._templates_file = before
            raise
        with self._nursery_lock, self._changed:
            old, self._nursery = self._nursery, fresh
            self._generation += 1
            retired, self._idle = self._idle, []
            self._live -= len(retired)
            self._changed.notify_all()
        for worker in retired:
            self._on_restart("reload")
            worker.end()
        if old is not None:
            # Its busy workers would be killed with it; they end their job first.
            threading.Thread(target=self._close_later, args=(old,), daemon=True).start()

    def close(self) -> None:
        """End all workers and the nursery. Jobs still running are cut."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            self._live -= len(idle)
            self._changed.notify_all()
        for worker in idle:
            worker.end()
        with self._nursery_lock:
            if self._nursery is not None:
                self._nursery.close()
                self._nursery = None

    # Workers come and go --------------------------------------------------------------------------

    def _take(self, until: float) -> _Worker:
        started = time.monotonic()
        with self._changed:
            if self._waiting >= self._settings.waiting_max:
                raise Overloaded("too many messages wait for a worker")
            self._waiting += 1
            try:
                while not self._idle and self._live >= self._settings.count and not self._closed:
                    if not self._changed.wait(until - time.monotonic()):
                        raise Overloaded("no worker became free in time")
                if self._closed:
                    raise Unavailable("the pool is closed")
                worker = self._idle.pop() if self._idle else None
                if worker is None:
                    self._live += 1  # the place of the one about to be made
            finally:
                self._waiting -= 1
        self._on_wait(time.monotonic() - started)
        if worker is not None:
            return worker
        try:
            return self._make()
        except BaseException:
            self._forget()
            raise

    def _make(self) -> _Worker:
        with self._nursery_lock:
            if self._nursery is not None:
                try:
                    return self._nursery.spawn(self._generation)
                except NurseryGone:
                    self._nursery.close()
                    self._nursery = None
                    self._on_restart("nursery")
            if self._closed:
                raise Unavailable("the pool is closed")
            self._nursery = self._start_nursery()
            return self._nursery.spawn(self._generation)

    def _give_back(self, worker: _Worker) -> None:
        with self._changed:
            if worker.generation == self._generation and not self._closed:
                self._idle.append(worker)
                self._changed.notify()
                return
        self._discard(worker, "reload")

    def _discard(self, worker: _Worker, reason: Reason) -> None:
        worker.end()
        self._on_restart(reason)
        self._forget()

    def _forget(self) -> None:
        with self._changed:
            self._live -= 1
            self._changed.notify()

    def _close_later(self, nursery: Nursery) -> None:
        time.sleep(self._settings.job_cpu_seconds)
        nursery.close()

    def _start_nursery(self) -> Nursery:
        settings = self._settings
        configuration: dict[str, object] = {
            "recognizers_file": str(self._recognizers_file) if self._recognizers_file else None,
            "templates_file": str(self._templates_file) if self._templates_file else None,
            "limits": asdict(self._limits),
            "key": self._key,
            "warm": self._warm,
            "user": settings.user,
            "seccomp": settings.seccomp,
            "memory_max_bytes": settings.memory_max_mib * MIB,
            "growth_max_bytes": settings.growth_max_mib * MIB,
            "jobs_max": settings.jobs_max,
            "job_cpu_seconds": settings.job_cpu_seconds,
        }
        return Nursery(configuration, settings.start_seconds)

    # One job --------------------------------------------------------------------------------------

    def _run(
        self, worker: _Worker, raw: bytes, skip: dict[int, str], soft: float
    ) -> Inspection | tuple[int, str]:
        """Return the inspection, or the part under which the worker died and the reason."""
        worker.progress.note(NO_PART)
        order = json.dumps({"skip": skip}).encode()
        try:
            frames.send(worker.socket, order, raw, deadline=soft)
            verdict = self._watch(worker, soft)
            if verdict is not None:
                self._discard(worker, "timeout")
                return verdict, "timeout"
            answer = json.loads(frames.receive(worker.socket, ANSWER_MAX_BYTES, soft))
            inspection = inspection_from_wire(answer["inspection"])
            retire = answer["retire"]
        except frames.Closed:
            part, _ = worker.progress.read()
            self._discard(worker, "crash")
            return part, "crash"
        except TimeoutError:
            part, _ = worker.progress.read()
            self._discard(worker, "timeout")
            return part, "timeout"
        except (frames.TooLong, ValueError, KeyError, TypeError, RecursionError):
            self._discard(worker, "answer")
            return NO_PART, "engine"
        except BaseException:
            self._discard(worker, "crash")
            raise
        if retire is None:
            self._give_back(worker)
        else:
            self._discard(worker, "memory" if retire == "memory" else "jobs")
        return inspection

    def _watch(self, worker: _Worker, soft: float) -> int | None:
        """Wait for the answer; return the part that takes too long, or None when the answer is there."""
        ready = select.poll()
        ready.register(worker.socket, select.POLLIN)
        watched, waited = (NO_PART, 0.0), 0.0
        while True:
            now = time.monotonic()
            if now >= soft:
                raise TimeoutError
            if ready.poll(min(_WATCH_SECONDS, soft - now) * 1000):
                return None
            part, since = worker.progress.read()
            if (part, since) != watched:
                watched, waited = (part, since), waited_seconds(worker.pid)
            taken = time.monotonic() - since - (waited_seconds(worker.pid) - waited)
            if part != NO_PART and taken > self._limits.part_max_seconds:
                return part


def waited_seconds(pid: int) -> float:
    """Return how long a process was ready to run while others had the cores; 0 when nobody knows."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_bytes().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _wholly_unread(reason: str, size: int) -> Inspection:
    return Inspection(
        parts=(Part("message", "message/rfc822", size),),
        findings=(),
        unread=(Unread("message", reason, attachment=True),),
        seconds={"extract": 0.0, "detect": 0.0},
    )
