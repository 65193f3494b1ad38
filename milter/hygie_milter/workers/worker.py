"""A worker: takes one message at a time, answers with its inspection, retires when told or worn.

Does:   reads jobs from its socket, inspects, answers; notes on the shared page which part
        it is reading, so that its death costs that part only.
Never:  opens a connection, writes a file, keeps a message beyond its answer, or logs.
Fails:  by dying. Its parent sees the socket close, and makes the part unread.
"""

from __future__ import annotations

import gc
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from hygie_detectors.engine import Engine
from hygie_detectors.inspect import inspect
from hygie_detectors.limits import Limits
from hygie_detectors.model import inspection_to_wire
from hygie_milter.workers import frames, sandbox
from hygie_milter.workers.progress import NO_PART, Progress

JOB_MAX_BYTES: Final = 1 << 30
"""Far above any message: the size of a message is limited where it is collected."""
_COLLECT_EVERY: Final = 100
_READ_AHEAD_BYTES: Final = 64 * 1024
"""An ordinary job comes in by one call."""


@dataclass(frozen=True, slots=True)
class Wear:
    """When a worker retires."""

    jobs_max: int
    growth_max_bytes: int
    job_cpu_seconds: float


class Noted:
    """A worker's ``Watch``: notes which part is read, skips the one that killed a predecessor."""

    def __init__(self, progress: Progress, skip: Mapping[int, str]) -> None:
        self._progress = progress
        self._skip = skip

    def enter(self, part: int) -> str | None:
        """Note the part under work; return the reason when it must not be touched again."""
        reason = self._skip.get(part)
        if reason is None:
            self._progress.note(part)
        return reason


def run(job_socket: socket.socket, page: int, engine: Engine, limits: Limits, wear: Wear) -> None:
    """Serve jobs until the parent closes the socket or the worker is worn.

    A job is two frames: a JSON object ``{"skip": {part: reason}}`` and the raw message. The
    answer is one JSON frame ``{"inspection": …, "retire": null | "jobs" | "memory"}``.
    """
    progress = Progress(page)
    os.close(page)
    jobs = cast("BinaryIO", job_socket.makefile("rb", _READ_AHEAD_BYTES))
    started_with = sandbox.resident_bytes()
    for done in range(1, wear.jobs_max + 1):
        try:
            order = json.loads(frames.read(jobs, JOB_MAX_BYTES))
            raw = frames.read(jobs, JOB_MAX_BYTES)
        except frames.Closed:
            return
        sandbox.cpu_seconds(wear.job_cpu_seconds)
        progress.note(NO_PART)
        skip = {int(part): reason for part, reason in order["skip"].items()}
        inspection = inspect(raw, engine, limits, Noted(progress, skip))
        progress.note(NO_PART)
        retire = None
        if done == wear.jobs_max:
            retire = "jobs"
        elif sandbox.resident_bytes() - started_with > wear.growth_max_bytes:
            retire = "memory"
        answer: dict[str, Any] = {"inspection": inspection_to_wire(inspection), "retire": retire}
        frames.send(job_socket, json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())
        del raw, inspection, answer
        if retire is not None:
            return
        if done % _COLLECT_EVERY == 0:
            gc.collect()
