"""A private Postfix under one folder: the real thing, with the lines that an administrator copies.

Does:   lays out, starts and stops an instance on free loopback ports whose Hygie settings are the files of
        ``deploy/postfix`` with their example values replaced; submits mail, reads and moves its queue.
Never:  touches the machine's own Postfix; delivers anywhere but to the two loopback ports it is given.
Fails:  with ``HarnessError``, with the end of the mail log. Needs root: Postfix changes users.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import smtplib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from harness.process import LOOPBACK, HarnessError, free_port, listens, tail, wait_until

DEPLOY: Final = Path(__file__).parents[2] / "deploy" / "postfix"
ORGANISATION: Final = "hopital.test"
"""The organisation's own domain in the tests and the demo."""
SMTP_SECONDS: Final = 60.0
"""How long a client waits for one reply."""

MAIN_CF: Final = """\
compatibility_level = 3.6
config_directory = {folder}/etc
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
sendmail_path = /usr/sbin/sendmail
mailq_path = /usr/bin/mailq
newaliases_path = /usr/bin/newaliases
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mta.test
mydomain = test
myorigin = mta.test
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
smtpd_relay_restrictions = permit_mynetworks, reject
disable_dns_lookups = yes
smtp_host_lookup = native
default_transport = smtp:[127.0.0.1]:{internet}
authorized_submit_users = static:anyone
message_size_limit = 62914560
enable_long_queue_ids = yes
"""

MASTER_CF: Final = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""

QUEUED: Final = re.compile(rb"queued as (\w+)")


@dataclass(frozen=True, slots=True)
class Reply:
    """One SMTP reply: code and text, lines joined with a newline."""

    code: int
    text: str

    @property
    def ok(self) -> bool:
        """Whether the server took the command."""
        return 200 <= self.code < 300


@dataclass(frozen=True, slots=True)
class Submission:
    """What Postfix answered to one message."""

    recipients: dict[str, Reply]
    final: Reply
    """To the end of the message, or the refusal that came before it."""
    queue_id: str = ""
    refused_at: str = field(default="")
    """``mail`` or ``rcpt`` where the message never came to its data."""


class PrivatePostfix:
    """A Postfix instance under ``folder``; everything not for a channel goes to the port ``internet``.

    ``milter`` is the socket as Postfix names it (``unix:/path``), empty for none. ``mssante`` is the port of
    the secure gateway.
    """

    def __init__(
        self,
        folder: Path,
        *,
        internet: int,
        mssante: int | None = None,
        milter: str = "",
        notices: int = 0,
        extra: str = "",
    ) -> None:
        """Keep the places; ``notices`` is the port for Hygie's letters, ``extra`` is appended to main.cf."""
        self.folder = folder
        self.etc = folder / "etc"
        self.port = free_port()
        self.mail_log = folder / "log" / "mail.log"
        self._internet = internet
        self._mssante = mssante
        self._milter = milter
        self._notices = notices or free_port()
        self._extra = extra

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- running ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Lay out the folders and the configuration; start; return when it listens."""
        for name in ("etc", "spool", "data", "log"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        shutil.chown(self.folder / "data", "postfix")
        main = MAIN_CF.format(folder=self.folder, internet=self._internet)
        master = MASTER_CF.format(port=self.port)
        if self._milter:
            main += self._deployed("main.cf")
            master += self._deployed("master.cf")
            for table in ("transport", "mssante_generic"):
                (self.etc / table).write_text(self._deployed(table))
        (self.etc / "main.cf").write_text(f"{main}\n{self._extra}\n")
        (self.etc / "master.cf").write_text(master)
        self._command("postfix", "start")
        try:
            wait_until(lambda: listens(self.port), "Postfix listens")
        except HarnessError as error:
            raise HarnessError(f"{error}\n{tail(self.mail_log)}") from None

    def stop(self) -> None:
        """Stop, by force if it must be; the folder stays as it is."""
        subprocess.run(self._arguments("postfix", "stop"), capture_output=True, check=False, timeout=60)
        pid_file = self.folder / "spool" / "pid" / "master.pid"
        if pid_file.is_file():
            pid = int(pid_file.read_text())
            if self._is_ours(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)

    def _is_ours(self, pid: int) -> bool:
        """Whether the number in the pid file is still our master, and not somebody else's process."""
        with contextlib.suppress(OSError):
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            return f"MAIL_CONFIG={self.etc}".encode() in environment.split(b"\0")
        return False

    def _deployed(self, name: str) -> str:
        """Return a file of ``deploy/postfix`` with its example values replaced by ours."""
        text = (DEPLOY / name).read_text()
        ours = {
            "unix:hygie/hygie.sock": self._milter,
            "/etc/postfix/hygie": str(self.etc),
            "[gateway.example]:587": f"[{LOOPBACK}]:{self._mssante}",
            "smtp_tls_security_level=encrypt": "smtp_tls_security_level=none",  # smtp-sink speaks no TLS
            r"hopital\.example": re.escape(ORGANISATION),
            "hopital.example": ORGANISATION,
            "127.0.0.1:10026": f"{LOOPBACK}:{self._notices}",
        }
        for example, value in ours.items():
            text = text.replace(example, value)
        settings = [line for line in text.splitlines() if not line.startswith("#")]
        if any("example" in line for line in settings):
            raise HarnessError(
                f"deploy/postfix/{name} holds an example value that the harness does not replace"
            )
        return text

    # --- mail in ------------------------------------------------------------------------------------

    def submit(
        self, raw: bytes, sender: str, recipients: Sequence[str], *, rcpt_options: Sequence[str] = ()
    ) -> Submission:
        """Send a message by SMTP as a mail client does; return each answer. Recipients may be refused."""
        with smtplib.SMTP(
            LOOPBACK, self.port, local_hostname="poste.hopital.test", timeout=SMTP_SECONDS
        ) as client:
            client.ehlo()
            answer = _reply(*client.mail(sender, ["BODY=8BITMIME"]))
            if not answer.ok:
                return Submission({}, answer, refused_at="mail")
            answers = {
                # By hand: smtplib would repair what is not in order.
                recipient: _reply(*client.docmd("RCPT", " ".join([f"TO:<{recipient}>", *rcpt_options])))
                for recipient in recipients
            }
            if not any(answer.ok for answer in answers.values()):
                return Submission(answers, answers[recipients[-1]], refused_at="rcpt")
            code, text = client.data(raw)
            queued = QUEUED.search(text)
            return Submission(answers, _reply(code, text), queued[1].decode() if queued else "")

    def sendmail(self, raw: bytes, sender: str, recipients: Sequence[str]) -> int:
        """Submit with sendmail(1), as cron and a webmail on the machine do; return its exit status.

        Without recipients, those in the header are meant.
        """
        done = subprocess.run(
            ["sendmail", "-C", str(self.etc), "-i", "-f", sender, *(recipients or ["-t"])],
            input=raw.replace(b"\r\n", b"\n"),
            capture_output=True,
            check=False,
            timeout=SMTP_SECONDS,
        )
        return done.returncode

    # --- the queue ----------------------------------------------------------------------------------

    def queue(self) -> list[dict[str, Any]]:
        """Return the messages in the queue, as ``postqueue -j`` shows them."""
        return [json.loads(line) for line in self._command("postqueue", "-j").splitlines()]

    def hold_ids(self) -> list[str]:
        """Return the queue IDs of the held messages."""
        return [entry["queue_id"] for entry in self.queue() if entry["queue_name"] == "hold"]

    def content(self, queue_id: str) -> bytes:
        """Return the message in a queue file: header and body, LF line ends."""
        return self._command("postcat", "-bhq", queue_id)

    def release(self, queue_id: str) -> None:
        """Take a message out of hold and let it go now."""
        self._command("postsuper", "-H", queue_id)
        self._command("postqueue", "-i", queue_id)

    def requeue(self, queue_id: str) -> None:
        """Put a message through the queue again, as an administrator does after a change of routes."""
        self._command("postsuper", "-r", queue_id)
        self._command("postkick", "public", "pickup", "W")  # it would look by itself after a minute

    def delete(self, queue_id: str) -> None:
        """Remove a message from the queue."""
        self._command("postsuper", "-d", queue_id)

    def flush(self) -> None:
        """Try to deliver everything now."""
        self._command("postqueue", "-f")

    def wait_empty(self, seconds: float = 30.0) -> None:
        """Wait until nothing is in the queue but what is held."""
        wait_until(
            lambda: all(entry["queue_name"] == "hold" for entry in self.queue()),
            "Postfix's queue empties",
            seconds,
            pause=0.1,
        )

    def log(self) -> str:
        """Return the mail log."""
        return self.mail_log.read_text(errors="replace") if self.mail_log.is_file() else ""

    def _arguments(self, command: str, *arguments: str) -> list[str]:
        return [command, "-c", str(self.etc), *arguments]

    def _command(self, command: str, *arguments: str) -> bytes:
        """Run a Postfix command on this instance; return what it printed."""
        done = subprocess.run(
            self._arguments(command, *arguments), capture_output=True, check=False, timeout=60
        )
        if done.returncode:
            said = (done.stderr + done.stdout).decode(errors="replace").strip()
            raise HarnessError(
                f"{command} {' '.join(arguments)}: {done.returncode} {said}\n{tail(self.mail_log)}"
            )
        return done.stdout


def _reply(code: int, text: bytes) -> Reply:
    return Reply(code, text.decode("utf-8", "replace"))
