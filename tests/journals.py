"""A journal under test: where it is, how it is opened on a day, spoilt and verified."""

from datetime import UTC, date, datetime

from hygie_milter.journal.storage import Journal, prepare
from hygie_milter.journal.verify import verify
from hygie_milter.settings import JournalSettings

DAYS = (date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24))


class House:
    """The settings of a journal, and what is done with it."""

    def __init__(self, folder):
        self.settings = JournalSettings(folder=folder / "journal")
        self.folder = self.settings.folder
        self.ring_file = self.settings.ring_file

    def open(self, day=DAYS[-1], **options):
        journal = Journal(self.folder, prepare(self.folder, self.ring_file), **options)
        journal._now = lambda: datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        return journal

    def verify(self, known=None):
        return verify(self.folder, prepare(self.folder, self.ring_file), known)

    def damages(self):
        return [(d.file, d.line, d.english) for d in self.verify().damages]

    def file(self, day=DAYS[-1]):
        return self.folder / f"journal-{day}.jsonl"

    def lines(self, day=DAYS[-1]):
        return self.file(day).read_bytes().splitlines(keepends=True)

    def put(self, lines, day=DAYS[-1]):
        self.file(day).write_bytes(b"".join(lines))
