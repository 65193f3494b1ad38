"""The journal's files: one chain of sealed lines, one file a day (UTC), one ``write`` a line.

Does:   appends a line under a lock that the daemon and the commands share, seals it over the line before,
        and notes in ``head`` where the chain now ends, so that an end that was cut off shows.
Never:  hides damage: a chain whose end is missing goes on behind the gap, which stays for
        ``hygie journal verify`` to find; a file is never changed but at its end.
Fails:  ``OSError`` when a line is not written whole (disk full), or others hold the lock too long; the
        session then applies the failure action: what cannot be journalled is not let through. What a
        full disk left of a line is cut off again, so that the next line is one of its own.
        :class:`JournalBusyError` when another daemon keeps this journal.

Kept:   a line that was written outlasts the end of the process, however sudden. Against a power cut the
        files are synced by :meth:`Journal.sync`, every second in the daemon: up to two seconds may be lost,
        and then show as a gap.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hmac
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hygie_milter.journal.keys import Key, KeyRing, adopt, load_ring, new_ring, sync_folder
from hygie_milter.journal.lines import (
    HEAD_BYTES,
    HEAD_NAME,
    LINE_MAX_BYTES,
    Event,
    Head,
    Line,
    encode,
    encode_head,
    file_name,
    journal_files,
    read_head,
    read_line,
    sealed_line,
)

log: Final = logging.getLogger("hygie")

_LOCK_SECONDS: Final = 5.0
"""A command holds the lock for the time of one line, so longer means that something hangs."""


class JournalBusyError(OSError):
    """Another daemon keeps this journal."""


class Journal:
    """A folder with one chain. Safe for many threads, and for commands beside one daemon."""

    def __init__(self, folder: Path, ring: KeyRing, *, daemon: bool = False) -> None:
        """Open it where its chain ends; raises ``OSError``, :class:`JournalBusyError` to a second daemon."""
        self._folder = folder
        self._ring = ring
        self._lock = threading.Lock()
        self._now = _now
        self._dirty = False
        with contextlib.ExitStack() as opened:
            self._folder_fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            opened.callback(os.close, self._folder_fd)
            self._head_fd = self._opened(HEAD_NAME, os.O_RDWR)
            opened.callback(os.close, self._head_fd)
            if daemon:
                opened.callback(os.close, _claim(self._folder_fd, folder))
            self._head = Head()
            self._head_data = b""
            self._file_fd = -1
            opened.callback(self._close_file)
            with self._alone():
                self._resume()
            self._close = opened.pop_all().close

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    @property
    def ring(self) -> KeyRing:
        """The keys."""
        return self._ring

    @property
    def key(self) -> Key:
        """The key in use: what makes a line's pseudonyms must also seal it."""
        return self._ring.current

    @property
    def head(self) -> Head:
        """Where the chain ends."""
        return self._head

    def write(self, event: str, fields: Mapping[str, Any], key: Key | None = None) -> int:
        """Append one line and return its number; raises ``OSError`` when it is not written whole.

        ``key`` is the one whose pseudonyms are in the fields, the one in use where there are none.
        """
        now = self._now()
        told = encode(now, Event(event), fields)
        key = key or self._ring.current
        with self._lock, self._alone():
            self._be_at_the_end()
            today = file_name(now.date())
            if today > self._head.file:  # the clock may go back; files never do
                self._open_file(today)
            data, seal = sealed_line(self._head.seq + 1, self._head.seal, key, told)
            if len(data) > LINE_MAX_BYTES:
                raise OSError(errno.EMSGSIZE, "a line of the journal is too long")
            self._append(data)
            size = self._head.size + len(data)
            self._note(Head(self._head.seq + 1, seal, self._head.file, size), key)
            self._dirty = True
            return self._head.seq

    def reopen(self, ring: KeyRing) -> None:
        """Go on with these keys."""
        with self._lock:
            self._ring = ring

    def sync(self) -> None:
        """Bring to the disk what was written since; raises ``OSError``."""
        with contextlib.ExitStack() as copies:
            with self._lock:
                if not self._dirty:
                    return
                self._dirty = False
                descriptors = [os.dup(fd) for fd in (self._file_fd, self._head_fd) if fd >= 0]
                for descriptor in descriptors:
                    copies.callback(os.close, descriptor)
            try:
                for descriptor in descriptors:  # without the lock: mail does not wait for the disk
                    os.fdatasync(descriptor)
            except OSError:
                self._dirty = True
                raise

    def close(self) -> None:
        """Sync and close the files."""
        with contextlib.suppress(OSError):
            self.sync()
        self._close()

    def _close_file(self) -> None:
        if self._file_fd >= 0:
            os.close(self._file_fd)
            self._file_fd = -1

    # --- under the lock ---------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from writing meanwhile: the folder is the lock."""
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(self._folder_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.001)
        try:
            yield
        finally:
            fcntl.flock(self._folder_fd, fcntl.LOCK_UN)

    def _be_at_the_end(self) -> None:
        """Find the end again where another process wrote, or somebody changed or removed the files."""
        if self._file_fd >= 0 and os.pread(self._head_fd, HEAD_BYTES, 0) == self._head_data:
            state = os.fstat(self._file_fd)
            if state.st_size == self._head.size and state.st_nlink:
                return
        self._resume()

    def _resume(self) -> None:
        """Take the chain up where it ends: behind what the head says, or the last line where it is newer."""
        if not os.fstat(self._head_fd).st_nlink:
            self._replace_head()
        noted = self._noted()
        newest = max([noted.file, *(path.name for path in journal_files(self._folder))])
        last = None
        if newest:
            self._open_file(newest)
            self._mend(noted.size if newest == noted.file else 0)
            last = _last_line(self._file_fd, self._head.size, self._ring)
        ahead = last is not None and last.seq > noted.seq
        seq, seal = (last.seq, last.seal) if last is not None and ahead else (noted.seq, noted.seal)
        found = Head(seq, seal, newest, self._head.size)
        if found != noted:
            log.warning("journal: its end is not as it was noted; hygie journal verify tells what happened")
        self._note(found, self._ring.current)

    def _replace_head(self) -> None:
        fresh = self._opened(HEAD_NAME, os.O_RDWR)
        os.dup2(fresh, self._head_fd, inheritable=False)
        os.close(fresh)

    def _noted(self) -> Head:
        """Return what the head says, or what we know where that is newer: a head can be removed."""
        read = sealed_head(os.pread(self._head_fd, HEAD_BYTES, 0), self._ring) or Head()
        return max(read, self._head, key=lambda head: head.seq)

    def _mend(self, vouched: int) -> None:
        """Cut off what a crash left of a line, unless the head vouched for more than would be left."""
        size = os.fstat(self._file_fd).st_size
        end = os.pread(self._file_fd, LINE_MAX_BYTES, max(0, size - LINE_MAX_BYTES))
        whole = size - len(end) + end.rfind(b"\n") + 1
        if whole < size:
            if vouched <= whole:
                os.ftruncate(self._file_fd, whole)
            else:  # what is left of a line that was whole is evidence, and stays a line of its own
                os.write(self._file_fd, b"\n")
        self._head = Head(self._head.seq, self._head.seal, self._head.file, os.fstat(self._file_fd).st_size)

    def _append(self, data: bytes) -> None:
        """Write all of it, or nothing where the disk allows to take back what it has taken."""
        try:
            while data:
                data = data[os.write(self._file_fd, data) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file_fd, self._head.size)
            raise

    def _note(self, head: Head, key: Key) -> None:
        data = encode_head(head, key)
        os.pwrite(self._head_fd, data, 0)
        self._head, self._head_data = head, data

    def _open_file(self, name: str) -> None:
        """Make a day's file the one that is written to."""
        fresh = self._opened(name, os.O_RDWR | os.O_APPEND)
        if self._dirty:
            os.fdatasync(self._file_fd)
        self._close_file()
        self._file_fd = fresh
        self._head = Head(self._head.seq, self._head.seal, name, os.fstat(fresh).st_size)
        sync_folder(self._folder)

    def _opened(self, name: str, flags: int) -> int:
        descriptor = os.open(
            name, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600, dir_fd=self._folder_fd
        )
        adopt(descriptor, self._folder)
        return descriptor


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files and their sizes at one moment, between two lines, and what the head said then."""

    files: tuple[tuple[Path, int], ...]
    head: bytes


def snapshot(folder: Path) -> Snapshot:
    """Look at a journal that is perhaps being written; raises ``OSError``."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        files = tuple((path, path.stat().st_size) for path in journal_files(folder))
        head = folder / HEAD_NAME
        return Snapshot(files, head.read_bytes() if head.is_file() else b"")
    finally:
        os.close(descriptor)


def prepare(folder: Path, key_file: Path) -> KeyRing:
    """Make what is missing of a new journal: its folder, and its first key where there is no line yet.

    Raises ``OSError``, and ``KeyRingError``: lines whose keys are gone are never given others.
    """
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            adopt(descriptor, folder.parent)
        finally:
            os.close(descriptor)
    if not key_file.exists() and not journal_files(folder):
        with contextlib.suppress(FileExistsError):  # another process was quicker
            return new_ring(key_file, folder)
    return load_ring(key_file)


def is_ours(line: Line, ring: KeyRing) -> bool:
    """Tell whether a line is sealed by a key of the ring."""
    key = ring.find(line.key)
    return key is not None and line.is_sealed_by(key)


def sealed_head(data: bytes, ring: KeyRing) -> Head | None:
    """Read a head and check its seal; None when it is none of ours."""
    read = read_head(data)
    if read is None:
        return None
    head, name, sealed, seal = read
    key = ring.find(name)
    return head if key is not None and hmac.compare_digest(key.seal(sealed), seal) else None


def _last_line(descriptor: int, size: int, ring: KeyRing) -> Line | None:
    """Return the last line of a file's end that is sealed by a key of ours."""
    end = os.pread(descriptor, LINE_MAX_BYTES, max(0, size - LINE_MAX_BYTES))
    lines = map(read_line, reversed(end.split(b"\n")))
    return next((line for line in lines if line and is_ours(line, ring)), None)


def _claim(folder_fd: int, folder: Path) -> int:
    """Take the daemon's place; raises :class:`JournalBusyError` when another has it."""
    descriptor = os.open(
        "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600, dir_fd=folder_fd
    )
    try:
        adopt(descriptor, folder)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise JournalBusyError(errno.EBUSY, "another daemon keeps this journal", str(folder)) from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _now() -> datetime:
    return datetime.now(UTC)
