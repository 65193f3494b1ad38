"""One shared page on which a worker notes which part it is reading, for when it dies.

Does:   holds the number of the part under work and since when, in memory shared by the
        worker (writer) and its parent (reader). Writing costs no system call.
Never:  holds content: a number and a time.
Fails:  a torn read is harmless: the parent re-runs a message with one part left out, and
        the worst a wrong number can do is to leave out another part, as unread.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from typing import Final

_CELL: Final = struct.Struct("<qd")
NO_PART: Final = -1


class Progress:
    """The page, over a file descriptor made by :meth:`create`."""

    def __init__(self, descriptor: int) -> None:
        self._page = mmap.mmap(descriptor, mmap.PAGESIZE)

    @staticmethod
    def create() -> int:
        """Return the descriptor of a fresh page."""
        descriptor = os.memfd_create("hygie-progress", os.MFD_CLOEXEC)
        os.ftruncate(descriptor, mmap.PAGESIZE)
        return descriptor

    def note(self, part: int) -> None:
        """Say that this part is being read from now on."""
        _CELL.pack_into(self._page, 0, part, time.monotonic())

    def read(self) -> tuple[int, float]:
        """Return the part under work (:data:`NO_PART` for none) and since when (monotonic seconds)."""
        part, since = _CELL.unpack_from(self._page, 0)
        return part, since

    def close(self) -> None:
        """Unmap the page."""
        self._page.close()
