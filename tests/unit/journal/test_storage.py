"""The journal's files: what is written, what a full disk or a sudden end leaves, who may write."""

import errno
import json
import multiprocessing
import os
import threading
from datetime import date

import pytest

from hygie_milter.journal.keys import KeyRingError, load_ring, rotate
from hygie_milter.journal.lines import GENESIS
from hygie_milter.journal.storage import JournalBusyError, prepare
from journals import DAYS


def test_lines_are_chained_over_days_and_restarts(three_days):
    lines = [json.loads(line) for day in DAYS for line in three_days.lines(day)]

    assert list(range(1, 10)) == [line["seq"] for line in lines]
    assert [GENESIS, *(line["seal"] for line in lines[:-1])] == [line["previous"] for line in lines]
    assert [] == three_days.damages()


def test_everything_is_only_for_its_owner(three_days):
    paths = [three_days.ring_file, *three_days.folder.iterdir()]

    assert {0o600} == {path.stat().st_mode & 0o777 for path in paths}
    assert 0o700 == three_days.folder.stat().st_mode & 0o777


def test_an_event_out_of_the_list_is_refused(house):
    with pytest.raises(ValueError, match="gossip"):
        house.open().write("gossip", {})


def test_a_field_cannot_pass_for_the_chain_s_own(house):
    with pytest.raises(ValueError, match="seq"):
        house.open().write("decided", {"seq": 1})


def test_a_clock_that_goes_back_never_goes_back_to_a_file(house):
    house.open(date(2026, 11, 24)).write("decided", {})
    house.open(date(2026, 11, 23)).write("decided", {})

    assert ["journal-2026-11-24.jsonl"] == [p.name for p in house.folder.glob("*.jsonl")]
    assert [] == house.damages()


def full_after(count):
    """A disk that takes so many bytes of each line, and then no more."""
    write = os.write

    def full(descriptor, data):
        if len(data) > count:
            return write(descriptor, data[:count])
        raise OSError(errno.ENOSPC, "No space left on device")

    return full


def no_more(*_args):
    raise OSError(errno.EPERM, "Operation not permitted")


def test_what_a_full_disk_took_of_a_line_is_given_back(house, monkeypatch):
    journal = house.open()
    journal.write("decided", {"n": 1})
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full_after(30))
        with pytest.raises(OSError, match="No space"):
            journal.write("decided", {"n": 2})
    journal.write("decided", {"n": 3})

    assert [1, 3] == [json.loads(line)["n"] for line in house.lines()]
    assert [] == house.damages()


def test_a_torn_line_that_could_not_be_taken_back_is_cut_off_at_the_next(house, monkeypatch):
    journal = house.open()
    journal.write("decided", {"n": 1})
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full_after(30))
        patched.setattr(os, "ftruncate", no_more)
        with pytest.raises(OSError, match="No space"):
            journal.write("decided", {"n": 2})
    assert not house.file().read_bytes().endswith(b"\n")

    journal.write("decided", {"n": 3})

    assert [1, 3] == [json.loads(line)["n"] for line in house.lines()]
    assert [] == house.damages()


def test_a_sudden_end_within_a_line_leaves_no_trace(three_days):
    with three_days.file().open("ab") as file:
        file.write(three_days.lines()[-1][:50])

    three_days.open().write("decided", {})

    assert [] == three_days.damages()
    assert 10 == three_days.verify().lines


def test_a_sudden_end_between_line_and_head_leaves_no_trace(three_days):
    head = (three_days.folder / "head").read_bytes()
    three_days.open().write("decided", {"n": 10})
    (three_days.folder / "head").write_bytes(head)

    assert [] == three_days.damages()
    assert 11 == three_days.open().write("decided", {"n": 11})
    assert [] == three_days.damages()


def test_a_file_removed_under_us_is_begun_anew_behind_a_gap(house):
    journal = house.open()
    for _ in range(2):
        journal.write("decided", {})
    house.file().unlink()
    journal.write("decided", {})

    assert [3] == [json.loads(line)["seq"] for line in house.lines()]
    assert ["lines no. 1 to 2 are missing, and no purge accounts for it"] == [d[2] for d in house.damages()]


def test_a_head_removed_under_us_is_made_again(house):
    journal = house.open()
    journal.write("decided", {})
    (house.folder / "head").unlink()
    house.file().write_bytes(house.file().read_bytes() + b"junk\n")
    journal.write("decided", {})

    assert [2] == [line for _file, line, _said in house.damages()]
    assert (house.folder / "head").stat().st_size == 256


def test_a_forged_last_line_does_not_break_the_chain_after_it(three_days):
    (three_days.folder / "head").unlink()
    with three_days.file().open("ab") as file:
        file.write(b'{"seq":99}\n')

    assert 10 == three_days.open().write("decided", {})
    assert [4] == [line for _file, line, _said in three_days.damages()]


def test_several_writers_make_one_chain(house):
    first, second = house.open(), house.open()
    for _ in range(3):
        first.write("decided", {})
        second.write("feedback", {})

    assert list(range(1, 7)) == [json.loads(line)["seq"] for line in house.lines()]
    assert [] == house.damages()


def _write_many(house, count):
    journal = house.open()
    for _ in range(count):
        journal.write("decided", {"filler": "x" * 300})


def test_threads_and_processes_make_one_chain(house):
    journal = house.open()
    others = [
        multiprocessing.get_context("fork").Process(target=_write_many, args=(house, 50)) for _ in range(3)
    ]
    threads = [
        threading.Thread(target=lambda: [journal.write("decided", {}) for _ in range(50)]) for _ in range(3)
    ]
    for worker in (*others, *threads):
        worker.start()
    for worker in (*others, *threads):
        worker.join()

    verdict = house.verify()
    assert [] == verdict.damages
    assert 300 == verdict.lines == verdict.end.seq


def test_a_second_daemon_is_refused_and_commands_are_not(house):
    first = house.open(daemon=True)
    with pytest.raises(JournalBusyError):
        house.open(daemon=True)
    house.open().write("feedback", {})
    first.close()

    house.open(daemon=True).close()


def test_a_rotated_key_seals_what_follows(house):
    journal = house.open()
    journal.write("decided", {})
    ring = rotate(house.ring_file)
    journal.reopen(ring)
    journal.write("decided", {})

    assert [key.id for key in ring.keys] == [json.loads(line)["key"] for line in house.lines()]
    assert [] == house.damages()


def test_lines_whose_keys_are_gone_are_given_no_others(three_days):
    three_days.ring_file.unlink()

    with pytest.raises(KeyRingError):
        prepare(three_days.folder, three_days.ring_file)
    assert not three_days.ring_file.exists()


@pytest.mark.parametrize(
    "content", ["", "{}", '{"keys": []}', '{"keys": [{"id": "x"}]}', "[1]", '{"keys": 3}']
)
def test_what_is_no_ring_is_refused(tmp_path, content):
    path = tmp_path / "keys"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(KeyRingError, match="no key ring"):
        load_ring(path)


def test_a_ring_open_to_everyone_is_refused(three_days):
    three_days.ring_file.chmod(0o644)

    with pytest.raises(KeyRingError, match="chmod 600"):
        load_ring(three_days.ring_file)


def test_a_ring_shows_no_secret(three_days):
    ring = load_ring(three_days.ring_file)

    assert ring.current.secret.hex() not in repr(ring)
    assert "secret" not in repr(ring)
    assert "naming" not in repr(ring)


def test_pseudonyms_depend_on_key_and_sort(three_days):
    first = load_ring(three_days.ring_file).current
    second = rotate(three_days.ring_file).current

    names = {key.pseudonym(what, "a.test") for key in (first, second) for what in ("address", "domain")}
    assert 4 == len(names)
    assert first.pseudonym("domain", "a.test") == first.pseudonym("domain", "a.test")


def test_a_sync_that_failed_is_tried_again(house, monkeypatch):
    journal = house.open()
    journal.write("decided", {})
    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", no_more)
        with pytest.raises(OSError, match="not permitted"):
            journal.sync()
    synced = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    journal.sync()
    journal.sync()

    assert 2 == len(synced)
