"""A receiving mail server: what really arrived, and for whom.

Does:   runs Postfix's ``smtp-sink``, which writes each message it accepts to a file with the envelope.
Never:  answers from anything but those files.
Fails:  with ``HarnessError`` when the server does not start or a message does not come.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from harness.process import LOOPBACK, HarnessError, end, free_port, listens, wait_until

ENVELOPE_SENDER: Final = b"X-Mail-Args: "
ENVELOPE_RECIPIENT: Final = b"X-Rcpt-Args: "
BACKLOG: Final = "128"


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it arrived: envelope, and bytes with LF line ends (smtp-sink writes them so)."""

    sender: str
    recipients: tuple[str, ...]
    orcpts: tuple[str, ...]
    """For each recipient its ORCPT parameter as sent, xtext; empty where there is none."""
    raw: bytes

    @property
    def body(self) -> bytes:
        """What follows the header."""
        return self.raw.partition(b"\n\n")[2]

    @property
    def header_lines(self) -> list[bytes]:
        """The header, one unfolded field per item, top to bottom."""
        unfolded = self.raw.partition(b"\n\n")[0].replace(b"\n\t", b" ").replace(b"\n ", b" ")
        return unfolded.split(b"\n")

    @property
    def untraced(self) -> bytes:
        """The message without the Received fields that servers put on top: what the sender wrote."""
        lines = self.raw.split(b"\n")
        while lines and lines[0].startswith(b"Received:"):
            del lines[0]
            while lines and lines[0][:1] in {b" ", b"\t"}:
                del lines[0]
        return b"\n".join(lines)


def read_dump(dump: bytes) -> Received:
    """Parse one file of ``smtp-sink -d``: X-... envelope lines, its own Received, then the message."""
    sender, recipients, orcpts = "", [], []
    lines = dump.split(b"\n")
    position = 0
    while lines[position].startswith(b"X-"):
        line = lines[position]
        if line.startswith(ENVELOPE_SENDER):
            sender, _ = _path(line.removeprefix(ENVELOPE_SENDER))
        elif line.startswith(ENVELOPE_RECIPIENT):
            recipient, parameters = _path(line.removeprefix(ENVELOPE_RECIPIENT))
            recipients.append(recipient)
            orcpts.append(_orcpt(parameters))
        position += 1
    position += 1  # the sink's own Received, folded with tabs
    while lines[position].startswith(b"\t"):
        position += 1
    # smtp-sink ends each file with one line end of its own.
    return Received(sender, tuple(recipients), tuple(orcpts), b"\n".join(lines[position:-1]))


def _path(argument: bytes) -> tuple[str, str]:
    """Split ``<address> PARAMETERS``; a quoted local part may hold ``>``, so the last one counts."""
    path, _, parameters = argument.decode("utf-8", "surrogateescape").rpartition(">")
    return path.removeprefix("<"), parameters


def _orcpt(parameters: str) -> str:
    return next((word[6:] for word in parameters.split() if word.upper().startswith("ORCPT=")), "")


class Sink:
    """An ``smtp-sink`` on a free loopback port that keeps its messages under ``folder``."""

    def __init__(self, folder: Path, *options: str) -> None:
        """Keep the place; ``options`` go to smtp-sink (``-f rcpt`` refuses recipients, say)."""
        self.folder = folder.resolve()
        self.port = free_port()
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start receiving."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(self.folder, "nobody")
        dump = ["-d", f"{self.folder}/m."]
        address = f"{LOOPBACK}:{self.port}"
        self._process = subprocess.Popen(
            ["smtp-sink", "-u", "nobody", *self._options, *dump, address, BACKLOG],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: listens(self.port), "smtp-sink listens")

    def stop(self) -> None:
        """Stop receiving; the files stay."""
        if self._process is not None:
            end(self._process)

    def count(self) -> int:
        """Return how many messages have arrived whole."""
        return len(self._complete())

    def messages(self) -> list[Received]:
        """Return what has arrived whole, oldest first."""
        return [read_dump(path.read_bytes()) for path in self._complete()]

    def wait_for(self, count: int, seconds: float = 20.0) -> list[Received]:
        """Wait until at least ``count`` messages have arrived; return all."""
        try:
            wait_until(lambda: self.count() >= count, f"{count} messages in {self.folder.name}", seconds)
        except HarnessError as error:
            raise HarnessError(f"{error}; {self.count()} came") from None
        return self.messages()

    def wait_quiet(self, quiet: float = 1.0, seconds: float = 60.0) -> list[Received]:
        """Wait until nothing has come for ``quiet`` seconds, so that a double would be seen; return all."""
        deadline = time.monotonic() + seconds
        seen, since = self.count(), time.monotonic()
        while time.monotonic() - since < quiet:
            if time.monotonic() > deadline:
                raise HarnessError(f"{self.folder.name} still receives after {seconds:g} s")
            time.sleep(0.05)
            if (now := self.count()) != seen:
                seen, since = now, time.monotonic()
        return self.messages()

    def clear(self) -> None:
        """Forget what has arrived."""
        for path in self._complete():
            path.unlink()

    def _complete(self) -> list[Path]:
        """The files that smtp-sink has closed, oldest first: an open one is a message still on its way."""
        arrived = list(self.folder.glob("m.*"))
        complete = set(arrived) - self._open_files()
        stamped = []
        for path in complete:
            with contextlib.suppress(FileNotFoundError):  # given up by its client meanwhile
                stamped.append((path.stat().st_mtime_ns, path))
        return [path for _, path in sorted(stamped)]

    def _open_files(self) -> set[Path]:
        if self._process is None or self._process.poll() is not None:
            return set()
        opened = set()
        for descriptor in Path(f"/proc/{self._process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                opened.add(descriptor.readlink())
        return opened
