"""Following the chain through some days only: what is damaged in them is found, the rest is not read."""

import pytest

from hygie_milter.journal.storage import prepare
from hygie_milter.journal.verify import verify_days
from journals import DAYS


@pytest.fixture
def follow(three_days):
    def run(first, last):
        seen = []
        verdict = verify_days(
            three_days.folder, prepare(three_days.folder, three_days.ring_file), first, last, seen.append
        )
        return [line.seq for line in seen], [(d.file, d.line, d.english) for d in verdict.damages]

    return run


@pytest.mark.parametrize(
    ("first", "last", "seen"),
    [
        (DAYS[0], DAYS[0], [1, 2, 3]),
        (DAYS[1], DAYS[1], [4, 5, 6]),
        (DAYS[1], DAYS[2], [4, 5, 6, 7, 8, 9]),
        (DAYS[0], DAYS[2], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_an_intact_chain_gives_the_lines_of_the_days(follow, first, last, seen):
    assert (seen, []) == follow(first, last)


@pytest.mark.parametrize("day", [DAYS[0].replace(day=1), DAYS[2].replace(day=30)])
def test_days_without_a_file_have_no_line_and_no_damage(follow, day):
    assert ([], []) == follow(day, day)


@pytest.mark.parametrize("day", DAYS)
def test_a_changed_line_is_found_and_not_given(three_days, follow, day):
    lines = three_days.lines(day)
    three_days.put([lines[0], lines[1].replace(b"decided", b"stopped"), lines[2]], day)

    seen, damages = follow(day, day)

    assert 2 == len(seen)
    assert [(f"journal-{day}.jsonl", 2)] == [row[:2] for row in damages]


def test_a_repeated_line_is_given_once(three_days, follow):
    lines = three_days.lines(DAYS[1])
    three_days.put([*lines, lines[1]], DAYS[1])

    seen, damages = follow(DAYS[1], DAYS[1])

    assert [4, 5, 6] == seen
    assert "out of place" in damages[0][2]


@pytest.mark.parametrize("cut", [0, 2])
def test_lines_missing_at_either_edge_of_a_day_show_by_its_neighbours(three_days, follow, cut):
    lines = three_days.lines(DAYS[1])
    del lines[cut]
    three_days.put(lines, DAYS[1])

    seen, damages = follow(DAYS[1], DAYS[1])

    assert 2 == len(seen)
    assert 1 == len(damages)
    assert "is missing" in damages[0][2]


def test_a_removed_file_shows(three_days, follow):
    three_days.file(DAYS[1]).unlink()

    seen, damages = follow(DAYS[1], DAYS[1])

    assert [] == seen
    assert "lines no. 4 to 6 are missing" in damages[0][2]


def test_a_cut_end_shows_with_the_last_day_and_the_one_before_only(three_days, follow):
    three_days.put(three_days.lines()[:2])

    assert "the end was cut off" in follow(DAYS[2], DAYS[2])[1][0][2]
    assert "the end was cut off" in follow(DAYS[1], DAYS[1])[1][0][2]
    assert [] == follow(DAYS[0], DAYS[0])[1]


def test_damage_far_from_the_days_is_not_looked_for(three_days, follow):
    three_days.put([b"nonsense\n", *three_days.lines()[1:]])

    assert ([1, 2, 3], []) == follow(DAYS[0], DAYS[0])


def test_a_purge_proved_long_after_the_days_accounts_for_what_lay_before_them(three_days, follow):
    second = three_days.lines(DAYS[1])[0]
    journal = three_days.open()
    seal = second.split(b'"previous":"')[1][:32].decode()
    journal.write("purged", {"before": "2026-11-23", "files": [], "seq_through": 3, "seal_through": seal})
    journal.close()
    three_days.file(DAYS[0]).unlink()
    last = three_days.lines()

    assert ([4, 5, 6], []) == follow(DAYS[1], DAYS[1])
    three_days.put(last[:-1])
    assert "no purge accounts for it" in follow(DAYS[1], DAYS[1])[1][0][2]
