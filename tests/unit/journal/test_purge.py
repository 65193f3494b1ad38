"""Retention: what goes, the proof that stays, and the keys that go with it."""

import json
from datetime import date

from hygie_milter.journal.keys import load_ring, rotate
from hygie_milter.journal.purge import Purge, purge
from hygie_milter.settings import JournalSettings
from journals import DAYS


def purged(house, today, days=1):
    journal = house.open(today)
    try:
        return purge(journal, JournalSettings(folder=house.folder, retention_days=days), today)
    finally:
        journal.close()


def test_only_files_whose_retention_ended_go(three_days):
    assert Purge(files=1, lines=3) == purged(three_days, DAYS[2])

    assert [DAYS[1], DAYS[2]] == [day for day in DAYS if three_days.file(day).exists()]


def test_verify_accepts_a_purge_and_says_what_it_took(three_days):
    purged(three_days, DAYS[2])

    verdict = three_days.verify()
    assert [] == verdict.damages
    assert 3 == verdict.purged


def test_the_proof_says_which_lines(three_days):
    first, *_rest, last = [json.loads(line) for line in three_days.lines(DAYS[0])]
    purged(three_days, DAYS[2])

    proof = json.loads(three_days.lines()[-1])
    assert "purged" == proof["event"]
    assert [
        {
            "name": "journal-2026-11-22.jsonl",
            "lines": 3,
            "first": [1, first["seal"]],
            "last": [3, last["seal"]],
        }
    ] == proof["files"]


def test_a_purge_covers_nothing_more(three_days):
    """The next file removed by hand is no purge."""
    purged(three_days, DAYS[2])
    three_days.file(DAYS[1]).unlink()

    assert ["lines no. 1 to 6 are missing, and no purge accounts for it"] == [
        d[2] for d in three_days.damages()
    ]


def test_purges_follow_each_other(three_days):
    purged(three_days, DAYS[2])
    purged(three_days, date(2026, 11, 25))

    verdict = three_days.verify()
    assert ([], 6) == (verdict.damages, verdict.purged)


def test_nothing_to_purge_writes_nothing(three_days):
    before = three_days.lines()

    assert Purge() == purged(three_days, DAYS[2], days=365)
    assert before == three_days.lines()


def test_the_newest_file_stays_however_old(three_days):
    purged(three_days, date(2030, 1, 1))

    assert ["journal-2026-11-24.jsonl", "journal-2030-01-01.jsonl"] == sorted(
        path.name for path in three_days.folder.glob("*.jsonl")
    )
    assert [] == three_days.damages()


def test_a_purge_cut_short_before_the_deletion_is_no_damage(three_days):
    kept = three_days.file(DAYS[0]).read_bytes()
    purged(three_days, DAYS[2])
    three_days.file(DAYS[0]).write_bytes(kept)

    assert [] == three_days.damages()
    assert Purge(files=1, lines=3) == purged(three_days, DAYS[2])
    assert [] == three_days.damages()


def test_keys_go_with_the_last_line_they_sealed(three_days):
    rotate(three_days.ring_file)
    _old, new = load_ring(three_days.ring_file).keys
    journal = three_days.open(date(2026, 11, 26))
    journal.write("decided", {})
    journal.close()

    assert 0 == purged(three_days, date(2026, 11, 26), days=2).keys
    assert 1 == purged(three_days, date(2026, 11, 27), days=1).keys
    assert (new,) == load_ring(three_days.ring_file).keys
    assert [] == three_days.damages()


def test_a_ring_that_may_not_be_written_keeps_its_keys_and_says_so(three_days, monkeypatch):
    rotate(three_days.ring_file)
    journal = three_days.open(date(2026, 11, 26))
    journal.write("decided", {})
    monkeypatch.setattr(
        "hygie_milter.journal.purge.forget", lambda *_a: (_ for _ in ()).throw(PermissionError(13, "no"))
    )

    done = purge(journal, JournalSettings(folder=three_days.folder, retention_days=1), date(2026, 11, 27))

    assert done.keys_kept
    assert 2 == len(load_ring(three_days.ring_file).keys)
