"""The MTA's side of the milter protocol, version 6: speaks to Hygie as Postfix does, byte by byte.

Does:   negotiates, sends the commands that the milter asked for, returns its replies and the changes it
        wants. Tests say what is sent, in which order, and how badly.
Never:  waits longer than ``timeout`` for a reply.
Fails:  with ``MilterClosedError`` when the milter hangs up, ``TimeoutError`` when it stays silent.
Source: libmilter's wire protocol (mfdef.h); Postfix's src/milter/milter8.c.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

VERSION: Final = 6
ALL_ACTIONS: Final = 0x1FF
ALL_PROTOCOL: Final = 0x1FFFFF
CHUNK_BYTES: Final = 65_535
"""The most that one body command may carry."""

ADD_HEADERS, CHANGE_BODY, ADD_RECIPIENT, DELETE_RECIPIENT = 0x01, 0x02, 0x04, 0x08
CHANGE_HEADERS, QUARANTINE, CHANGE_SENDER, ADD_RECIPIENT_PARAMETERS = 0x10, 0x20, 0x40, 0x80
"""The actions a milter may ask for at negotiation."""

NO_COMMAND: Final = {
    b"C": 0x1, b"H": 0x2, b"M": 0x4, b"R": 0x8, b"B": 0x10, b"L": 0x20, b"N": 0x40, b"U": 0x100, b"T": 0x200,
}  # fmt: skip
"""Protocol bits by which the milter declines a command."""
NO_REPLY: Final = {
    b"L": 0x80, b"C": 0x1000, b"H": 0x2000, b"M": 0x4000, b"R": 0x8000, b"T": 0x10000, b"U": 0x20000,
    b"N": 0x40000, b"B": 0x80000,
}  # fmt: skip
"""Protocol bits by which the milter says that it will not answer a command."""

CONTINUE, ACCEPT, REJECT, TEMPFAIL, DISCARD = b"c", b"a", b"r", b"t", b"d"
REPLY_TEXT, SKIP, PROGRESS = b"y", b"s", b"p"
FINAL: Final = frozenset({CONTINUE, ACCEPT, REJECT, TEMPFAIL, DISCARD, REPLY_TEXT, SKIP})


class MilterClosedError(ConnectionError):
    """The milter hung up in the middle of a dialogue."""


@dataclass(slots=True)
class Answer:
    """What the milter made of one message."""

    verdict: bytes
    """One of the final reply codes above."""
    text: str = ""
    """The SMTP reply, where the verdict is a reply text."""
    changes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """In order: ``add_header`` (name, value), ``insert_header`` and ``change_header`` (index, name, value),
    ``add_recipient`` (address, parameters...), ``delete_recipient`` (address), ``quarantine`` (reason),
    ``body``, ``sender``."""
    progress: int = 0
    stage: bytes = b"E"
    """The command that got this answer."""

    def named(self, name: str) -> list[tuple[str, ...]]:
        """Return the arguments of the changes of one kind."""
        return [arguments for kind, arguments in self.changes if kind == name]


class FakeMta:
    """One connection to a milter. ``address`` is ``unix:/path`` or ``inet:port@host``."""

    def __init__(self, address: str, timeout: float = 30.0, rcpt_mailer: str = "smtp") -> None:
        """Connect and negotiate. ``rcpt_mailer`` is empty for mail that did not come by SMTP."""
        self.rcpt_mailer = rcpt_mailer
        kind, _, place = address.partition(":")
        if kind == "unix":
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(timeout)
            self._socket.connect(place)
        else:
            port, _, host = place.partition("@")
            self._socket = socket.create_connection((host, int(port)), timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._send(b"O", struct.pack("!III", VERSION, ALL_ACTIONS, ALL_PROTOCOL))
        code, data = self._receive()
        if code != b"O":
            raise MilterClosedError(f"negotiation answered with {code!r}")
        self.version, self.actions, self.protocol = struct.unpack("!III", data[:12])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the dialogue, one command each -------------------------------------------------------------

    def connect(
        self, host: str = "poste.hopital.test", client: str = "127.0.0.1", port: int = 40_000
    ) -> Answer:
        """Say who the client is."""
        self.macros(b"C", {"j": "mta.test", "{client_addr}": client})
        return self.command(b"C", _z(host) + b"4" + struct.pack("!H", port) + _z(client))

    def helo(self, name: str = "poste.hopital.test") -> Answer:
        """Say the client's greeting."""
        return self.command(b"H", _z(name))

    def mail(self, sender: str, *parameters: str) -> Answer:
        """Begin a message."""
        self.macros(b"M", {"{mail_addr}": sender})
        return self.command(b"M", _z(f"<{sender}>", *parameters))

    def rcpt(self, recipient: str, *parameters: str) -> Answer:
        """Name a recipient."""
        self.macros(b"R", {"{rcpt_addr}": recipient, "{rcpt_mailer}": self.rcpt_mailer})
        return self.command(b"R", _z(f"<{recipient}>", *parameters))

    def header(self, name: str | bytes, value: str | bytes) -> Answer:
        """Send one header field."""
        return self.command(b"L", _z(name, value))

    def body(self, data: bytes) -> Answer:
        """Send the body in chunks until the milter has seen enough."""
        for start in range(0, len(data), CHUNK_BYTES):
            answer = self.command(b"B", data[start : start + CHUNK_BYTES])
            if answer.verdict != CONTINUE:
                return answer
        return Answer(CONTINUE, stage=b"B")

    def end(self, queue_id: str = "4FAKE0000000001") -> Answer:
        """End the message; return the verdict and the changes."""
        self.begin_end(queue_id)
        return self.finish_end()

    def begin_end(self, queue_id: str = "4FAKE0000000001") -> None:
        """End the message without waiting for the answer."""
        self.macros(b"E", {"i": queue_id})
        self._send(b"E", b"")

    def finish_end(self) -> Answer:
        """Wait for the answer to an end that has begun."""
        return self._answer(b"E")

    def abort(self) -> None:
        """Give the current message up; the connection goes on."""
        self._send(b"A", b"")

    def macros(self, stage: bytes, values: dict[str, str]) -> None:
        """Send the macros of a stage; there is no reply."""
        self._send(b"D", stage + b"".join(_z(name, value) for name, value in values.items()))

    def command(self, code: bytes, data: bytes = b"") -> Answer:
        """Send a command, unless the milter declined it; return its answer, continue where it gives none."""
        if self.protocol & NO_COMMAND.get(code, 0):
            return Answer(CONTINUE, stage=code)
        self._send(code, data)
        if self.protocol & NO_REPLY.get(code, 0):
            return Answer(CONTINUE, stage=code)
        return self._answer(code)

    def send(
        self, raw: bytes, sender: str, recipients: Iterable[str], *, queue_id: str = "4FAKE0000000001"
    ) -> Answer:
        """Send a whole message over an open transaction-free connection; return the first final answer."""
        steps = [self.mail(sender), *(self.rcpt(recipient) for recipient in recipients)]
        steps.append(self.command(b"T"))
        head, _, body = raw.partition(b"\r\n\r\n")
        for name, value in header_fields(head):
            steps.append(self.header(name, value))
        steps.append(self.command(b"N"))
        for answer in steps:
            if answer.verdict not in {CONTINUE, SKIP}:
                return answer
        answer = self.body(body)
        if answer.verdict not in {CONTINUE, SKIP}:
            return answer
        return self.end(queue_id)

    def close(self) -> None:
        """Say goodbye and hang up."""
        try:
            self._send(b"Q", b"")
        except OSError:
            pass  # the milter hung up first
        finally:
            self._socket.close()

    def cut(self) -> None:
        """Hang up without a word, as a killed smtpd does."""
        self._socket.close()

    # --- the wire -----------------------------------------------------------------------------------

    def _send(self, code: bytes, data: bytes) -> None:
        self._socket.sendall(struct.pack("!I", len(data) + 1) + code + data)

    def _receive(self) -> tuple[bytes, bytes]:
        packet = self._exactly(struct.unpack("!I", self._exactly(4))[0])
        return packet[:1], packet[1:]

    def _exactly(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            try:
                piece = self._socket.recv(count - len(received))
            except ConnectionResetError as error:
                raise MilterClosedError(str(error)) from error
            if not piece:
                raise MilterClosedError("the milter hung up")
            received += piece
        return bytes(received)

    def _answer(self, stage: bytes) -> Answer:
        answer = Answer(CONTINUE, stage=stage)
        while True:
            code, data = self._receive()
            if code in FINAL:
                answer.verdict = code
                answer.text = data.rstrip(b"\0").decode("utf-8", "surrogateescape")
                return answer
            if code == PROGRESS:
                answer.progress += 1
            else:
                answer.changes.append(_change(code, data))


def _change(code: bytes, data: bytes) -> tuple[str, tuple[str, ...]]:
    """Read one modification packet."""
    indexed = {b"i": "insert_header", b"m": "change_header"}
    if code in indexed:
        index, words = struct.unpack("!I", data[:4])[0], _words(data[4:])
        return indexed[code], (str(index), *words)
    named = {
        b"h": "add_header",
        b"+": "add_recipient",
        b"2": "add_recipient",
        b"-": "delete_recipient",
        b"q": "quarantine",
        b"e": "sender",
    }
    if code == b"b":
        return "body", (data.decode("latin-1"),)
    return named[code], tuple(_words(data))


def _words(data: bytes) -> Sequence[str]:
    return [word.decode("utf-8", "surrogateescape") for word in data.removesuffix(b"\0").split(b"\0")]


def _z(*values: str | bytes) -> bytes:
    encoded = (v if isinstance(v, bytes) else v.encode("utf-8", "surrogateescape") for v in values)
    return b"".join(value + b"\0" for value in encoded)


def header_fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """Split a header into (name, value) as Postfix hands it over: folds kept, CRLF as LF, one space less."""
    fields: list[list[bytes]] = []
    for line in head.split(b"\r\n"):
        if line[:1] in {b" ", b"\t"} and fields:
            fields[-1][1] += b"\n" + line
        elif b":" in line:
            name, _, value = line.partition(b":")
            fields.append([name, value.removeprefix(b" ")])
    return [(name, value) for name, value in fields]
