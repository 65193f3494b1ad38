"""What can be scanned: a mail, an mbox, a Maildir, a folder, or any file.

Does:   lists the messages under a path, lazily: each gives its raw bytes when asked. A file that is
        no mail becomes the attachment of one, as it would leave by mail.
Never:  follows a link out of the folder, opens a device or a pipe, or changes a mailbox.
Fails:  ``OSError`` naming the path that cannot be read, when it is listed or read.
"""

from __future__ import annotations

import email.policy
import mailbox
import mimetypes
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from pathlib import Path
from typing import Final

_HEADER_LINE: Final = re.compile(
    rb"(?:received|return-path|from|to|cc|subject|date|message-id|mime-version|content-type|delivered-to|"
    rb"x-[\w-]{1,60}|dkim-signature|reply-to|sender|envelope-to|arc-[\w-]{1,40}|authentication-results):",
    re.IGNORECASE,
)
_MAIL_SUFFIXES: Final = (".eml", ".rfc822", ".mail")
_HEAD_BYTES: Final = 64 * 1024
_ADDRESS_HEADERS: Final = ("to", "cc", "bcc")
_HEADER_CHARS_MAX: Final = 16_384
_SCRIPTED_NAME: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Source:
    """One message to scan: what to call it, and how to get its bytes."""

    name: str
    read: Callable[[], bytes] = field(repr=False)


def sources(path: Path) -> Iterator[Source]:
    """Yield the messages under a path, in a stable order; raises ``OSError`` when it cannot be read."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        if all((path / name).is_dir() for name in ("cur", "new")):
            yield from _maildir(path)
        else:
            for entry in sorted(os.scandir(path), key=lambda e: e.name):
                if entry.is_symlink():
                    continue
                if entry.is_dir() or entry.is_file():
                    yield from sources(Path(entry.path))
    elif stat.S_ISREG(mode):
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if head.startswith(b"From ") and _looks_like_mail(head.partition(b"\n")[2]):
            yield from _mbox(path)
        else:
            yield Source(str(path), lambda: as_mail(path.read_bytes(), path.name))
    else:
        raise OSError(0, "is neither a file nor a folder", str(path))


def as_mail(data: bytes, name: str) -> bytes:
    """Return the bytes as they are when they are a mail, else a mail with them attached."""
    return (
        data
        if name.lower().endswith(_MAIL_SUFFIXES) or _looks_like_mail(data[:_HEAD_BYTES])
        else _attached(data, name)
    )


def envelope_of(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the sender and recipients that the headers name: what an envelope would most likely be."""
    message = BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw[: 4 * _HEAD_BYTES])
    senders = _addresses([str(v) for v in message.get_all("from", [])])
    recipients = _addresses([str(v) for name in _ADDRESS_HEADERS for v in message.get_all(name, [])])
    return (senders[0] if senders else ""), tuple(dict.fromkeys(recipients))


def _addresses(values: list[str]) -> list[str]:
    pairs = getaddresses([value[:_HEADER_CHARS_MAX] for value in values])
    return [address for _, address in pairs if "@" in address]


def _looks_like_mail(head: bytes) -> bool:
    """Tell whether the first lines are mail headers, at least two known ones before the first blank line."""
    known = 0
    for line in head.lstrip(b"\r\n").splitlines():
        if not line:
            break
        if _HEADER_LINE.match(line):
            known += 1
        elif not line.startswith((b" ", b"\t")) and re.match(rb"[!-9;-~]{1,80}:", line) is None:
            return False
    return known >= 2  # noqa: PLR2004 - one "From:" or "To:" line begins many a text


def _attached(data: bytes, name: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "hygie scan"
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    main, _, sub = guessed.partition("/")
    if main in ("multipart", "message"):
        main, sub = "application", "octet-stream"
    message.set_content("\n")
    message.add_attachment(data, maintype=main, subtype=sub, filename=_SCRIPTED_NAME.sub("_", name))
    return message.as_bytes(policy=email.policy.SMTP)


def _maildir(path: Path) -> Iterator[Source]:
    for folder in ("cur", "new"):
        for entry in sorted(os.scandir(path / folder), key=lambda e: e.name):
            if entry.is_file(follow_symlinks=False):
                yield Source(entry.path, Path(entry.path).read_bytes)


def _mbox(path: Path) -> Iterator[Source]:
    box = mailbox.mbox(path, create=False)
    for number, key in enumerate(box.iterkeys(), 1):
        yield Source(f"{path}#{number}", lambda key=key: box.get_bytes(key))  # type: ignore[misc]
