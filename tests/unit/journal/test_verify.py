"""Every way to spoil a journal is found, with its place; what is whole is not accused."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie_milter.journal.keys import Key
from hygie_milter.journal.lines import Event, encode, sealed_line
from journals import DAYS

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LAST = f"journal-{DAYS[2]}.jsonl"
MIDDLE = f"journal-{DAYS[1]}.jsonl"
FIRST = f"journal-{DAYS[0]}.jsonl"


def places(house):
    return [(file, line) for file, line, _said in house.damages()]


def test_a_whole_journal_is_whole(three_days):
    verdict = three_days.verify()

    assert ([], 3, 9, 9) == (verdict.damages, verdict.files, verdict.lines, verdict.end.seq)


def test_an_empty_journal_is_whole_only_with_its_head(house):
    house.open().close()

    assert [] == house.damages()


def test_a_flipped_byte_is_found_in_its_line_and_nowhere_else(three_days):
    lines = three_days.lines(DAYS[1])
    lines[1] = lines[1].replace(b'"number":1', b'"number":2')
    three_days.put(lines, DAYS[1])

    assert [(MIDDLE, 2, "its seal is wrong: changed, or added without the key")] == three_days.damages()


def test_a_changed_last_line_is_one_damage(three_days):
    lines = three_days.lines()
    lines[2] = lines[2].replace(b'"number":2', b'"number":3')
    three_days.put(lines)

    assert [(LAST, 3)] == places(three_days)


def test_a_changed_first_line_is_one_damage(three_days):
    lines = three_days.lines(DAYS[0])
    lines[0] = lines[0].replace(b'"number":0', b'"number":3')
    three_days.put(lines, DAYS[0])

    assert [(FIRST, 1)] == places(three_days)


def test_a_removed_line_is_found(three_days):
    lines = three_days.lines(DAYS[1])
    three_days.put([lines[0], lines[2]], DAYS[1])

    assert [(MIDDLE, 2, "line no. 5 is missing")] == three_days.damages()


def test_swapped_lines_are_found(three_days):
    lines = three_days.lines(DAYS[1])
    three_days.put([lines[0], lines[2], lines[1]], DAYS[1])

    assert [
        (MIDDLE, 2, "line no. 5 is missing"),
        (MIDDLE, 3, "line no. 5 is out of place behind no. 6: moved or repeated"),
    ] == three_days.damages()


def test_a_repeated_line_is_found(three_days):
    lines = three_days.lines(DAYS[1])
    three_days.put([*lines[:2], lines[0], lines[2]], DAYS[1])

    assert [(MIDDLE, 3, "line no. 4 is out of place behind no. 5: moved or repeated")] == three_days.damages()


def test_a_shortened_file_is_found(three_days):
    three_days.put(three_days.lines(DAYS[1])[:1], DAYS[1])

    ((file, line, said),) = three_days.damages()
    assert (MIDDLE, 2) == (file, line)
    assert said.startswith("lines no. 5 to 6 are missing up to " + LAST)


def test_a_file_cut_within_a_line_is_found(three_days):
    three_days.put([*three_days.lines(DAYS[1])[:2], three_days.lines(DAYS[1])[2][:40]], DAYS[1])

    assert [(MIDDLE, 3, "a line that was cut off")] == three_days.damages()


def test_an_end_cut_off_is_found(three_days):
    three_days.put(three_days.lines()[:1])

    assert [(LAST, 2, "the end was cut off: lines no. 8 to 9 are missing")] == three_days.damages()


@pytest.mark.parametrize(
    ("removed", "expected"),
    [
        (0, (FIRST.replace("22", "23"), 1, "lines no. 1 to 3 are missing, and no purge accounts for it")),
        (1, (FIRST, 4, f"lines no. 4 to 6 are missing up to {LAST}: ")),
        (2, (LAST, 0, "the file was removed: lines no. 7 to 9 are missing")),
    ],
)
def test_a_removed_file_is_found(three_days, removed, expected):
    three_days.file(DAYS[removed]).unlink()

    ((file, line, said),) = three_days.damages()
    assert expected[:2] == (file, line)
    assert said.startswith(expected[2])


def test_all_files_removed_is_found(three_days):
    for day in DAYS:
        three_days.file(day).unlink()

    assert [(LAST, 0)] == places(three_days)


def test_what_was_removed_stays_found_when_the_daemon_goes_on(three_days):
    three_days.put(three_days.lines()[:1])
    three_days.open().write("started", {})

    assert [(LAST, 2, "lines no. 8 to 9 are missing")] == three_days.damages()


def test_a_removed_head_is_told(three_days):
    (three_days.folder / "head").unlink()

    assert ["head"] == [file for file, _line in places(three_days)]


def test_a_forged_head_is_told(three_days):
    head = three_days.folder / "head"
    head.write_bytes(head.read_bytes().replace(b"[9,", b"[8,"))

    assert [("head", 0)] == places(three_days)


def test_a_line_added_without_the_key_is_found(three_days):
    head = three_days.open().head
    ring = three_days.open().ring
    impostor = Key(ring.current.id, "2026-01-01", b"guessed")
    forged, _seal = sealed_line(head.seq + 1, head.seal, impostor, encode(NOW, Event.DECIDED, {"number": 3}))
    three_days.put([*three_days.lines(), forged])

    assert [(LAST, 4, "its seal is wrong: changed, or added without the key")] == three_days.damages()


def test_a_line_of_an_unknown_key_is_found(three_days):
    head = three_days.open().head
    forged, _seal = sealed_line(
        head.seq + 1, head.seal, Key("00000000", "", b""), encode(NOW, Event.DECIDED, {})
    )
    three_days.put([*three_days.lines(), forged])

    ((file, line, said),) = three_days.damages()
    assert (LAST, 4) == (file, line)
    assert "ring does not hold" in said.replace("the ring", "ring")


def test_a_chain_begun_again_is_found(three_days):
    """Whoever removes everything, the head too, and lets the daemon write, shows at the noted end only."""
    known = three_days.open().head
    for path in three_days.folder.iterdir():
        path.unlink()
    journal = three_days.open()
    for number in range(12):
        journal.write("decided", {"number": number})

    assert [] == three_days.damages()
    ((_file, line),) = [(d.file, d.line) for d in three_days.verify(known).damages]
    assert 9 == line


def test_a_chain_taken_back_to_an_old_head_shows_by_a_noted_end(three_days):
    old = (three_days.folder / "head").read_bytes()
    lines = three_days.lines()
    journal = three_days.open()
    journal.write("decided", {})
    known = journal.head
    (three_days.folder / "head").write_bytes(old)
    three_days.put(lines)

    assert [] == three_days.damages()
    assert ["the end was cut off: line no. 10 is missing"] == [
        d.english for d in three_days.verify(known).damages
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_byte_of_any_file_can_change_unseen(three_days, data):
    """Whatever byte, whatever change: at least one damage; put back, none."""
    file = three_days.file(data.draw(st.sampled_from(DAYS)))
    whole = file.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    file.write_bytes(whole[:at] + bytes([other]) + whole[at + 1 :])
    damaged = three_days.damages()
    file.write_bytes(whole)

    assert damaged
    assert [] == three_days.damages()
