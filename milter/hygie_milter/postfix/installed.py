"""Postfix as it is installed here: what its own tools say of its settings.

Does:   asks ``postconf`` and ``postmap``; reads a list of milters and a table's answer as Postfix
        does, chroot included.
Never:  changes anything, nor reads Postfix's files itself.
Fails:  :class:`AskError` with the tool's own words when a tool cannot answer.
Source: postconf(1), postconf(5) ``smtpd_milters``, MILTER_README, master(5).
"""

from __future__ import annotations

import os
import pwd
import re
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ASK_SECONDS: Final = 10
_ENTRY: Final = re.compile(r"\{([^{}]*)\}|([^\s,{}]+)")
_OPTION: Final = re.compile(r"(\w+)\s*=\s*([^\s,{}]+)")
_DURATION: Final = re.compile(r"(\d+)([smhdw]?)")
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class AskError(Exception):
    """A tool of Postfix did not answer; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Milter:
    """One entry of a list of milters: where it is, and what is said for it alone."""

    endpoint: str
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class Service:
    """One line of master.cf: ``name/type``, its program, whether it is chrooted, its own settings."""

    name: str
    program: str
    chrooted: bool
    overrides: dict[str, str]


class Postfix:
    """One instance of Postfix, named by its configuration folder; None is the usual one."""

    def __init__(self, folder: Path | None) -> None:
        """Keep the folder."""
        self._where = [] if folder is None else ["-c", str(folder.resolve())]

    def setting(self, name: str) -> str:
        """Return the value in force, with ``$name`` expanded."""
        return self._ask("postconf", "-x", "-h", name)

    def seconds(self, value: str) -> float | None:
        """Return a duration such as ``120s`` in seconds, None for what is none."""
        read = _DURATION.fullmatch(value)
        return None if read is None else float(read[1]) * _SECONDS[read[2]]

    def services(self) -> list[Service]:
        """Return the services of master.cf."""
        overrides: dict[str, dict[str, str]] = {}
        for line in self._ask("postconf", "-P").splitlines():
            place, _, value = line.partition("=")
            service, _, parameter = place.strip().rpartition("/")
            overrides.setdefault(service, {})[parameter] = value.strip()
        found = []
        for line in self._ask("postconf", "-M").splitlines():
            name, kind, _, _, chroot, _, _, program, *_ = [*line.split(), *[""] * 8]
            place = f"{name}/{kind}"
            found.append(Service(place, program, chroot == "y", overrides.get(place, {})))
        return found

    def look_up(self, tables: str, key: str) -> str | None:
        """Return the first table's answer for the key, None when none has one; raises :class:`AskError`."""
        for table in tables.replace(",", " ").split():
            answer = self._run("postmap", "-q", key, table)
            if answer.stdout.strip():
                return answer.stdout.strip()
            if answer.stderr.strip():
                raise AskError(_last_line(answer.stderr))
        return None

    def reaches(self, endpoint: str, socket: str, *, chrooted: bool) -> bool:
        """Tell whether a milter endpoint, as Postfix resolves it, is our ``milter.socket``."""
        kind, _, place = endpoint.partition(":")
        ours, _, our_place = socket.partition(":")
        if kind in ("unix", "local") and ours == "unix":
            queue = self.setting("queue_directory")
            path = os.path.join(queue, place.lstrip("/") if chrooted else place)  # noqa: PTH118 - text, "../" kept
            return os.path.realpath(path) == os.path.realpath(our_place)
        return kind == ours and place == our_place

    def account(self) -> pwd.struct_passwd:
        """Return the user that Postfix's programs run as; raises :class:`AskError` when there is none."""
        name = self.setting("mail_owner")
        try:
            return pwd.getpwnam(name)
        except KeyError:
            raise AskError(f"mail_owner = {name}: no such user") from None

    def _ask(self, *command: str) -> str:
        answer = self._run(*command)
        if answer.returncode:
            raise AskError(_last_line(answer.stderr))
        return answer.stdout.strip()

    def _run(self, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [tool, *self._where, *arguments]
        try:
            return subprocess.run(command, capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)  # noqa: S603 - Postfix's own tools
        except subprocess.TimeoutExpired:
            raise AskError(f"{tool}: no answer within {_ASK_SECONDS} s") from None
        except OSError as error:
            raise AskError(f"{tool}: {error.strerror}") from None


def milters(value: str) -> list[Milter]:
    """Return the entries of a list such as ``smtpd_milters``."""
    found = []
    for entry in _ENTRY.finditer(value):
        words = (entry[1] or entry[2]).replace(",", " ").split()
        if words:
            found.append(Milter(words[0], dict(_OPTION.findall(" ".join(words[1:])))))
    return found


def may_enter(folder: Path, account: pwd.struct_passwd) -> Path | None:
    """Return the first folder on the way that the account may not enter, None when the way is free.

    Postfix's programs keep the account's own group and no other.
    """
    for place in (*reversed(folder.parents), folder):
        status = place.stat()
        if status.st_uid == account.pw_uid:
            bit = stat.S_IXUSR
        else:
            bit = stat.S_IXGRP if status.st_gid == account.pw_gid else stat.S_IXOTH
        if not status.st_mode & bit:
            return place
    return None


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no answer"
