"""Postfix's hold queue: what waits there, and letting it go.

Does:   asks ``postqueue -j`` for one held message; takes it out of hold (``postsuper -H``) and has it
        delivered now (``postqueue -i``): ``-H`` alone leaves it deferred until the next queue run.
Never:  runs a shell, nor a queue ID that is not exactly of the form of one: ``ALL`` would release all.
Fails:  :class:`QueueError` with the tool's own last line, or when the message is not there.
Source: postsuper(1), postqueue(1). ``postsuper`` is root's: another user needs the sudo rule of
        ``deploy/sudoers.d/hygie``; ``postqueue`` is set-gid, so NoNewPrivileges forbids both.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_QUEUE_ID: Final = re.compile(r"[0-9A-Za-z]{6,32}")
_SECONDS: Final = 30
_POSTSUPER: Final = "/usr/sbin/postsuper"
_POSTQUEUE: Final = "/usr/sbin/postqueue"


class QueueError(Exception):
    """Why a message could not be let go, in one line without anything of it."""


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A message in the hold queue."""

    queue_id: str
    arrived: datetime


class Queue:
    """The queue of one Postfix, named by its configuration folder; None is the usual one."""

    def __init__(self, folder: Path | None) -> None:
        """Keep the folder."""
        self._where = [] if folder is None else ["-c", str(folder.resolve())]

    def held(self, queue_id: str) -> HeldMail | None:
        """Return a held message, None when it does not wait (any more); raises :class:`QueueError`."""
        for line in self._run(_POSTQUEUE, "-j").splitlines():
            row = json.loads(line)
            if row.get("queue_id") == _checked(queue_id) and row.get("queue_name") == "hold":
                return HeldMail(queue_id, datetime.fromtimestamp(row["arrival_time"], UTC))
        return None

    def release(self, queue_id: str) -> None:
        """Let one held message go, now; raises :class:`QueueError`."""
        if self.held(queue_id) is None:
            raise QueueError(f"{queue_id}: not in the hold queue")
        root = [] if os.geteuid() == 0 else ["/usr/bin/sudo", "-n"]
        self._run(*root, _POSTSUPER, "-H", queue_id)
        if self.held(queue_id) is not None:
            raise QueueError(f"{queue_id}: postsuper did not release it")
        self._run(_POSTQUEUE, "-i", queue_id)

    def _run(self, *command: str) -> str:
        place = next(i for i, word in enumerate(command) if word in (_POSTSUPER, _POSTQUEUE)) + 1
        words = [*command[:place], *self._where, *command[place:]]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - Postfix's own tools, no shell
        except (OSError, subprocess.TimeoutExpired) as error:
            raise QueueError(f"{command[0]}: {type(error).__name__}") from None
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise QueueError(said[-1] if said else f"{command[0]}: {done.returncode}")
        return done.stdout


def _checked(queue_id: str) -> str:
    if _QUEUE_ID.fullmatch(queue_id) is None:
        raise QueueError("no queue ID")
    return queue_id
