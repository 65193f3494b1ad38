"""The journal's housekeeping in the daemon: sync each second, purge once a day.

Does:   brings what was written to the disk, deletes days whose retention has ended, and writes where the
        chain ends into the log once a day, so that another machine's log can prove it.
Never:  holds up mail: the disk is waited for without the journal's lock.
Fails:  never; what does not work is logged by its kind, counted, and tried again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

from hygie_milter.journal.purge import Purge, purge
from hygie_milter.journal.storage import Journal
from hygie_milter.settings import JournalSettings

log: Final = logging.getLogger("hygie")

_SYNC_SECONDS: Final = 1.0


class Upkeep:
    """Runs beside the daemon until :meth:`stop`."""

    def __init__(
        self,
        journal: Journal,
        settings: JournalSettings,
        on_purge: Callable[[Purge], None],
        on_error: Callable[[str], None],
    ) -> None:
        self._journal = journal
        self._settings = settings
        self._on_purge = on_purge
        self._on_error = on_error
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Start."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, once what is under way is done."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        purged: date | None = None
        while not self._stopping.wait(_SYNC_SECONDS):
            self._try("sync", self._journal.sync)
            today = datetime.now(UTC).date()
            if purged != today:
                purged = today
                self._try("purge", self._purge)

    def _try(self, what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the next second, or the next day, tries again
            self._on_error(what)
            log.error("journal %s failed: %s", what, type(error).__name__)  # noqa: TRY400 - one line

    def _purge(self) -> None:
        head = self._journal.head
        log.info("journal head=%d:%s", head.seq, head.seal)
        done = purge(self._journal, self._settings, datetime.now(UTC).date())
        self._on_purge(done)
        if done.files:
            log.info("journal purged files=%d lines=%d keys=%d", done.files, done.lines, done.keys)
        if done.keys_kept:
            log.warning("journal: %s cannot be written; run: hygie journal purge", self._settings.ring_file)
