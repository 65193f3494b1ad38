"""What can be scanned: a mail, an mbox, a Maildir, a folder, or any file.

Does:   lists the messages under a path, lazily: each gives its raw bytes when asked, from any
        thread. A file that is no mail becomes the attachment of one, as it would leave by mail.
Never:  follows a link out of the folder, opens a device or a pipe, changes a mailbox, or leaves
        out in silence what it cannot read.
Fails:  ``OSError`` naming the path, when the path itself cannot be listed; for anything below it,
        when that source is read, so that one unreadable file hides no other.
Source: RFC 4155 for the lines that separate the messages of an mbox; maildir(5) and Maildir++.
"""

from __future__ import annotations

import email.policy
import errno
import itertools
import mimetypes
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

_HEADER_LINE: Final = re.compile(
    rb"(?:received|return-path|from|to|cc|subject|date|message-id|mime-version|content-type|delivered-to|"
    rb"x-[\w-]{1,60}|dkim-signature|reply-to|sender|envelope-to|arc-[\w-]{1,40}|authentication-results):",
    re.IGNORECASE,
)
_SEPARATOR: Final = re.compile(rb"From .{0,400}?\b\d\d:\d\d.{0,40}?\b\d{4}\b")
"""The line between two messages of an mbox; its date tells it from a sentence that begins with "From"."""
_LINE_MAX_BYTES: Final = 64 * 1024
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
    """Yield the messages under a path, in a stable order; raises ``OSError`` when it cannot be listed."""
    if stat.S_ISDIR(path.stat().st_mode):
        os.scandir(path).close()
        yield from _tree(path)
    else:
        yield from _file(path, path.stat().st_mode)


def _tree(top: Path) -> Iterator[Source]:
    """Walk a folder, depth first, with no recursion: folders may lie deeper than Python's stack."""
    waiting = [(top, False)]
    while waiting:
        path, in_maildir = waiting.pop()
        try:
            mode = path.stat(follow_symlinks=path == top).st_mode
            if stat.S_ISDIR(mode):
                waiting += reversed(_entries(path, in_maildir))
            elif in_maildir and stat.S_ISREG(mode):
                yield Source(str(path), path.read_bytes)
            else:
                yield from _file(path, mode)
        except OSError as error:
            yield Source(str(path), partial(_refuse, error))


def _entries(folder: Path, in_maildir: bool) -> list[tuple[Path, bool]]:
    """Return what lies in a folder, and whether it is mail by its place.

    Of a Maildir: its messages, read or not, and its subfolders. The rest of it is the server's.
    """
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    if in_maildir or not {"cur", "new"} <= {e.name for e in entries if e.is_dir(follow_symlinks=False)}:
        return [(Path(entry.path), in_maildir) for entry in entries]
    below = [e for e in entries if e.is_dir(follow_symlinks=False) and e.name not in ("cur", "new", "tmp")]
    return [(folder / "cur", True), (folder / "new", True), *((Path(e.path), False) for e in below)]


def _file(path: Path, mode: int) -> Iterator[Source]:
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, "a link, not followed; name what it leads to", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "neither a file nor a folder", str(path))
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    first, _, after = head.partition(b"\n")
    if _SEPARATOR.match(first) and looks_like_mail(after):
        yield from _mbox(path)
    else:
        yield Source(str(path), lambda: as_mail(path.read_bytes(), path.name))


def _mbox(path: Path) -> Iterator[Source]:
    """Yield the messages of an mbox: each is read through a file of its own, so that threads may."""
    starts = [*_separators(path), (path.stat().st_size, 0)]
    for number, ((start, length), (stop, _)) in enumerate(itertools.pairwise(starts), 1):
        yield Source(f"{path}#{number}", partial(_read, path, start + length, stop))


def _separators(path: Path) -> Iterator[tuple[int, int]]:
    """Yield where each line that separates messages starts, and its length."""
    position, blank = 0, True
    with path.open("rb") as file:
        while line := file.readline(_LINE_MAX_BYTES):
            if blank and _SEPARATOR.match(line):
                yield position, len(line)
            blank = not line.strip(b"\r\n")
            position += len(line)


def _read(path: Path, start: int, stop: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(max(0, stop - start))


def _refuse(error: OSError) -> NoReturn:
    raise error


def as_mail(data: bytes, name: str) -> bytes:
    """Return the bytes as they are when they are a mail, else a mail with them attached."""
    return (
        data
        if name.lower().endswith(_MAIL_SUFFIXES) or looks_like_mail(data[:_HEAD_BYTES])
        else attached(data, name)
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


def looks_like_mail(head: bytes) -> bool:
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


def attached(data: bytes, name: str) -> bytes:
    """Return a mail with the bytes attached, and nothing else of anybody's."""
    message = EmailMessage()
    message["Subject"] = "hygie scan"
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    main, _, sub = guessed.partition("/")
    if main in ("multipart", "message"):
        main, sub = "application", "octet-stream"
    message.set_content("\n")
    message.add_attachment(data, maintype=main, subtype=sub, filename=_SCRIPTED_NAME.sub("_", name))
    return message.as_bytes(policy=email.policy.SMTP)
