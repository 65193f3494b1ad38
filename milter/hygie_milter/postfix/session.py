"""The milter session: Postfix's dialogue, and the only importer of ``Milter``.

Does:   collects envelope, headers and body, waits for the service's plan at end of message,
        and asks Postfix to carry it out.
Never:  runs anything native or analyses anything in a callback: libmilter moves a connection
        between threads, where native code that calls back into Python crashes the process.
        Returns ``Milter.QUARANTINE``, which answers nothing and hangs Postfix.
Fails:  any exception, SystemExit included, becomes the failure action; a message that met one
        before its end is failed at its end.
Source: libmilter API; pymilter 1.0.5; Postfix MILTER_README.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import Milter

from hygie_milter import notices
from hygie_milter.postfix.plan import HEADER_PREFIX, Plan, Recipient
from hygie_milter.service import Service, Transaction

_ACTIONS: Final = (
    Milter.ADDHDRS | Milter.CHGHDRS | Milter.ADDRCPT | Milter.ADDRCPT_PAR | Milter.DELRCPT | Milter.QUARANTINE
)
_BLANK_LINE: Final = b"\r\n"
_SOCKET_MODE: Final = 0o660
_QUEUE_ID: Final = re.compile(r"[0-9A-Za-z]{1,32}")


class Gate(Protocol):
    """Whether messages are still taken; counts those in progress."""

    def enter(self) -> bool:
        """Start a message; False when none is taken any more."""

    def leave(self) -> None:
        """End a message that was started."""


def _guarded(callback: Callable[..., int]) -> Callable[..., int]:
    """Keep every exception inside: note it, go on collecting, fail the message at its end."""

    @functools.wraps(callback)
    def wrapper(self: Session, *args: Any) -> int:
        try:
            return callback(self, *args)
        except BaseException as error:  # noqa: BLE001 - SystemExit would hang the connection until the client gives up
            self.broken = error
            return int(Milter.CONTINUE)

    return wrapper


_noreply: Callable[[Callable[..., int]], Callable[..., int]] = Milter.noreply
"""No answer to Postfix for this callback, where it agrees: a round trip less."""
_as_bytes: Callable[[Callable[..., int]], Callable[..., int]] = Milter.decode("bytes")
"""Hand the value over as the bytes that came."""


class Session(Milter.Base):  # type: ignore[misc]  # pymilter is untyped
    """One connection from Postfix. libmilter may call it from several threads, one at a time."""

    service: Service
    gate: Gate
    body_max_bytes: int = 50 << 20

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self.broken: BaseException | None = None
        self._sender = ""
        self._authenticated = ""
        self._client = ""
        self._recipients: list[Recipient] = []
        self._by_smtp = True
        self._headers: list[bytes] = []
        self._our_headers: Counter[str] = Counter()
        self._body: list[bytes] = []
        self._kept = self._size = len(_BLANK_LINE)

    def negotiate(self, options: list[int]) -> int:
        """Ask for the actions that are used, not for all that are offered; refuse an MTA that lacks one."""
        answer = int(super().negotiate(options))
        if options[0] & _ACTIONS != _ACTIONS:
            return int(Milter.REJECT)
        options[0] = self._actions = _ACTIONS
        return answer

    @_noreply
    @_guarded
    def envfrom(self, sender: str, *_parameters: str) -> int:
        """MAIL FROM: a new message starts."""
        self._reset()
        self._sender = sender
        self._authenticated = self.getsymval("{auth_authen}") or ""
        self._client = self.getsymval("{client_addr}") or ""
        return int(Milter.CONTINUE)

    @_noreply
    @_guarded
    def envrcpt(self, recipient: str, *parameters: str) -> int:
        """RCPT TO: one more recipient, Bcc or not."""
        self._recipients.append(Recipient(recipient, parameters))
        self._by_smtp = self._by_smtp and bool(self.getsymval("{rcpt_mailer}"))
        return int(Milter.CONTINUE)

    @_noreply
    @_as_bytes
    @_guarded
    def header(self, name: str, value: bytes) -> int:
        """One header, its value as raw bytes with LF at its folds."""
        raw_name = name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name
        self._keep(self._headers, raw_name + b": " + value.replace(b"\n", b"\r\n") + b"\r\n")
        folded = raw_name.decode("ascii", "replace").lower()
        if folded.startswith(HEADER_PREFIX):
            self._our_headers[folded] += 1
        return int(Milter.CONTINUE)

    @_noreply
    @_guarded
    def body(self, chunk: bytes) -> int:
        """One piece of the body, at most 65 535 bytes."""
        self._keep(self._body, bytes(chunk))
        return int(Milter.CONTINUE)

    def _keep(self, pieces: list[bytes], piece: bytes) -> None:
        self._size += len(piece)
        room = self.body_max_bytes - self._kept
        if room > 0:
            pieces.append(piece[:room])
            self._kept += min(len(piece), room)

    def eom(self) -> int:
        """End of message: decide, and carry it out."""
        try:
            if not self.gate.enter():
                return self._carry_out(Plan(reply=notices.STOPPING))
            try:
                return self._carry_out(self._plan())
            finally:
                self.gate.leave()
        except BaseException as error:  # noqa: BLE001 - whatever happens, Postfix gets the failure action
            return self._carry_out(self.service.failed("error", error=error))
        finally:
            self._reset()

    def abort(self) -> int:
        """Forget the message; the connection may bring another."""
        self._reset()
        return int(Milter.CONTINUE)

    def close(self) -> int:
        """Forget everything; the connection is over."""
        self._reset()
        return int(Milter.CONTINUE)

    def _plan(self) -> Plan:
        if self.broken is not None:
            return self.service.failed("error", error=self.broken)
        queue_id = self.getsymval("i") or ""
        return self.service.answer(
            Transaction(
                queue_id=queue_id if _QUEUE_ID.fullmatch(queue_id) else "",
                sender=self._sender,
                recipients=tuple(self._recipients),
                authenticated=self._authenticated,
                client=self._client,
                raw=b"".join((*self._headers, _BLANK_LINE, *self._body)),
                size=self._size,
                our_headers=self._our_headers,
                by_smtp=self._by_smtp,
            )
        )

    def _carry_out(self, plan: Plan) -> int:
        if plan.reply is not None:
            self.setreply(plan.reply.code, plan.reply.enhanced, *plan.reply.lines)
            return int(Milter.TEMPFAIL if plan.reply.code.startswith("4") else Milter.REJECT)
        for name, index in plan.delete_headers:
            self.chgheader(name, index, None)
        for name, value in plan.add_headers:
            self.addheader(name, value)
        # Added before deleted: should Postfix stop in between, a copy too many is the smaller harm.
        for path, parameters in plan.add_recipients:
            self.addrcpt(path, parameters)
        for path in plan.delete_recipients:
            self.delrcpt(path)
        if plan.hold is not None:
            self.quarantine(plan.hold)
        return int(Milter.ACCEPT)


class Listener:
    """libmilter's main loop in a background thread, with our socket's owner and mode."""

    def __init__(
        self, service: Service, gate: Gate, socket: str, group: int | None, body_max_bytes: int
    ) -> None:
        """Prepare to listen on ``unix:/path`` or ``inet:port@host``."""
        self.error: BaseException | None = None
        self._socket = socket
        self._path = Path(socket.removeprefix("unix:")) if socket.startswith("unix:") else None
        self._file: tuple[int, int] | None = None
        self._group = group
        Session.service, Session.gate = service, gate
        self.limit_body(body_max_bytes)
        Milter.factory = Session
        Milter.set_flags(_ACTIONS)
        self._thread = threading.Thread(target=self._run, name="milter")

    def start(self) -> None:
        """Open the socket and start to serve."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Tell whether libmilter still serves."""
        return self._thread.is_alive()

    def is_reachable(self) -> bool:
        """Tell whether the unix socket's name still leads to us; true of any other socket."""
        return self._path is None or self._file is None or _file(self._path) == self._file

    def limit_body(self, max_bytes: int) -> None:
        """Keep at most so many bytes of the messages that begin from now on."""
        Session.body_max_bytes = max_bytes

    def stop_accepting(self) -> None:
        """Take our unix socket away: Postfix applies its default_action to new connections."""
        if self._path is not None and self.is_reachable():
            self._path.unlink(missing_ok=True)
            self._file = None

    def stop(self) -> None:
        """Stop libmilter; returns when its thread has ended (up to five seconds)."""
        if self._thread.is_alive():
            Milter.stop()
        self._thread.join()

    def _run(self) -> None:
        opensocket = Milter.milter.opensocket
        Milter.milter.opensocket = functools.partial(self._open, opensocket)
        try:
            Milter.runmilter("hygie", self._socket, 0)
        except BaseException as error:  # noqa: BLE001 - told to the main thread, which ends the process
            self.error = error
        finally:
            Milter.milter.opensocket = opensocket

    def _open(self, opensocket: Callable[[bool], None], remove: bool) -> None:
        """Open the socket so that nobody but Postfix's group can ever connect."""
        previous = os.umask(0o177)
        try:
            opensocket(remove)
        finally:
            os.umask(previous)
        if self._path is not None:
            if self._group is not None:
                shutil.chown(self._path, group=self._group)
            self._path.chmod(_SOCKET_MODE)
            self._file = _file(self._path)


def _file(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from one of the same name; None when there is none."""
    try:
        found = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return found.st_dev, found.st_ino
