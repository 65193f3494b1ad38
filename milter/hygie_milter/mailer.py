"""Notices by mail: written down by the callbacks' threads, sent by one of its own.

Does:   hands letters to Postfix by SMTP, on a port that has no milter, with the null sender and marked as
        made by a machine (RFC 3834), so that neither a bounce nor an auto-reply comes back.
Never:  holds up a message, repeats content, subject, file names or recipients of a mail, nor speaks to
        another host than the settings name.
Fails:  never raises. A letter that Postfix does not take is tried again some times, then counted and logged
        by the type of the error alone; beyond the bound of the queue it is dropped and counted at once.
Source: RFC 5321, 6.1 and 4.5.5; RFC 3834, 3 and 5.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import smtplib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final

log: Final = logging.getLogger("hygie")

RESULTS: Final = ("sent", "failed", "dropped")
LETTERS_MAX: Final = 1000
"""Letters that wait; more at once is a storm, in which mail goes first."""
_SECONDS: Final = 10.0
_PAUSES: Final = (0.0, 5.0, 60.0)
"""Before each try: Postfix restarts within a minute."""
_STOP_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice."""

    to: str = field(repr=False)
    subject: str
    body: str = field(repr=False)


class Mailer:
    """Sends letters from :meth:`start` to :meth:`stop`."""

    def __init__(self, host: str, port: int, sender: str, on_result: Callable[[str], None]) -> None:
        """``sender`` stands in the From header only: the envelope's sender is null."""
        self._host = host
        self._port = port
        self._sender = sender
        self._on_result = on_result
        self._letters: queue.Queue[Letter] = queue.Queue(LETTERS_MAX)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        """Start to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send what waits, for some seconds, then end."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)
        for _ in range(self._letters.qsize()):
            self._tell("dropped")

    def send(self, letter: Letter) -> None:
        """Put a letter into the queue; returns at once."""
        try:
            self._letters.put_nowait(letter)
        except queue.Full:
            self._tell("dropped")

    def _run(self) -> None:
        while True:
            try:
                letter = self._letters.get(timeout=0.2)
            except queue.Empty:
                if self._stopping.is_set():
                    return
                continue
            self._tell("sent" if self._delivered(letter) else "failed")

    def _delivered(self, letter: Letter) -> bool:
        message = composed(letter, self._sender)
        error: Exception | None = None
        for pause in _PAUSES:
            if self._stopping.wait(pause) and error is not None:
                break  # one try is made even while stopping, no second one
            try:
                with contextlib.closing(smtplib.SMTP(self._host, self._port, timeout=_SECONDS)) as client:
                    client.sendmail("", [letter.to], message)
                    with contextlib.suppress(OSError, smtplib.SMTPException):
                        client.quit()  # the letter is taken, whatever is said to this
            except (OSError, smtplib.SMTPException, UnicodeError, ValueError) as failed:
                error = failed
            else:
                return True
        log.error("notice not sent error=%s", type(error).__name__)
        return False

    def _tell(self, result: str) -> None:
        self._on_result(result)


def composed(letter: Letter, sender: str) -> bytes:
    """Return a letter as it is sent."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"Hygie <{sender}>"
    mail["To"] = letter.to
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(letter.body, cte="quoted-printable")
    return mail.as_bytes()
