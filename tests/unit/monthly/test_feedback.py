"""A judgement finds its decision, comes into the chain, and is found again by who needs it."""

from datetime import UTC, datetime, timedelta

import pytest

from hygie_milter.feedback import (
    NOTES,
    Judge,
    Judgement,
    Note,
    Tail,
    feedback_cases,
    find_decision,
    record,
    reference,
)
from hygie_milter.journal.reading import Reader
from monthly_samples import matched

NOON = datetime(2026, 10, 5, 10, tzinfo=UTC)
REF = "HY-7KQM2D0X"


@pytest.mark.parametrize(
    "copied", ["HY-7KQM2D0X", "hy-7kqm2d0x", " HY 7KQM 2D0X ", "7KQM2DOX", "HY7KQM2D0X", "hy-7kqm-2dox"]
)
def test_a_reference_is_read_however_it_was_copied(copied):
    assert REF == reference(copied)


def test_i_and_l_are_one():
    assert "HY-11110000" == reference("iIlLoO00")


@pytest.mark.parametrize(
    "wrong", ["", "HY-", "HY-7KQM2D0", "HY-7KQM2D0XX", "HY-7KQM2DUX", "4ABCDEF", "é" * 8]
)
def test_what_is_no_reference_is_none(wrong):
    assert reference(wrong) is None


def test_a_decision_is_found_among_all_days_and_nothing_else_is(house):
    house.decide(NOON, reference=REF)
    house.decide(NOON + timedelta(days=2), reference="HY-00000001")
    house.write(NOON + timedelta(days=3), "feedback", {"reference": "HY-00000002", "judgement": "missed"})
    ring = house.journal.ring

    assert NOON == find_decision(house.folder, ring, REF).time
    assert find_decision(house.folder, ring, "HY-00000002") is None


def test_a_changed_decision_is_not_found(house):
    house.decide(NOON, reference=REF)
    day = NOON.date()
    house.put([house.lines(day)[0].replace(b'"allow"', b'"reject"', 1)], day)

    assert find_decision(house.folder, house.journal.ring, REF) is None


def judge(house, wanted, judgement, note=None):
    decision = find_decision(house.folder, house.journal.ring, wanted)
    return record(house.journal, decision, judgement, note, Judge.DPO)


def test_a_judgement_says_by_role_what_was_wrong_and_of_which_enforced_policies(house):
    outcomes = (matched("pair", "hold"), matched("tried", "reject", simulated=True))
    house.decide(NOON, action="hold", reference=REF, outcomes=outcomes)

    number = judge(house, REF, Judgement.FALSE_POSITIVE, Note.NO_PATIENT)

    [line] = Reader(house.folder, house.journal.ring).lines(events={"feedback"})
    assert number == line.seq
    assert {
        "reference": REF,
        "judgement": "false_positive",
        "decided_seq": 1,
        "action": "hold",
        "policies": ["pair"],
        "note": "no-patient",
        "by": "dpo",
    } == line.fields
    assert [] == house.verify().damages


def test_cases_are_the_judged_decisions_of_a_period_with_their_last_judgement(house):
    for number in range(4):
        house.decide(NOON + timedelta(days=number), reference=f"HY-0000000{number}")
    judge(house, "HY-00000000", Judgement.MISSED)
    judge(house, "HY-00000001", Judgement.MISSED, Note.UNREAD)
    judge(house, "HY-00000002", Judgement.MISSED)
    judge(house, "HY-00000002", Judgement.FALSE_POSITIVE)
    reader = Reader(house.folder, house.journal.ring)

    cases = list(feedback_cases(reader, NOON + timedelta(days=1), NOON + timedelta(days=4)))

    assert [
        ("HY-00000001", Judgement.MISSED, Note.UNREAD),
        ("HY-00000002", Judgement.FALSE_POSITIVE, None),
    ] == [(case.decision.fields["reference"], case.judged.judgement, case.judged.note) for case in cases]
    assert [] == list(feedback_cases(reader, NOON + timedelta(days=3)))


def test_the_daemon_learns_of_what_another_process_wrote_once_and_only_once(house):
    house.decide(NOON, reference=REF)
    judge(house, REF, Judgement.MISSED)  # before the daemon
    daemon = house.open(daemon=True)
    daemon._now = lambda: NOON + timedelta(days=1)
    tail = Tail(daemon)
    assert [] == tail.new()

    judge(house, REF, Judgement.FALSE_POSITIVE)
    daemon.write("stopped", {})
    judge(house, REF, Judgement.MISSED)

    assert [Judgement.FALSE_POSITIVE, Judgement.MISSED] == tail.new()
    assert [] == tail.new()
    daemon.close()


def test_a_forged_judgement_is_not_counted(house):
    house.decide(NOON, reference=REF)
    tail = Tail(house.journal)
    judge(house, REF, Judgement.MISSED)
    day = NOON.date()
    house.put([line.replace(b'"missed"', b'"MISSED"') for line in house.lines(day)], day)

    assert [] == tail.new()


def test_every_judgement_has_its_notes_and_every_note_its_judgement():
    assert set(Judgement) == set(NOTES)
    assert set(Note) == {note for notes in NOTES.values() for note in notes}
