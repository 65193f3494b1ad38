"""What a month adds up to, from lines that the real writer wrote."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hygie_detectors.model import Axis, Confidence
from hygie_milter.monthly.figures import Month, Near
from hygie_milter.monthly.gather import gather
from hygie_policies.model import Action
from monthly_samples import DOUBTFUL, INSIDE, OUTSIDE, PAIR, SECURE, found, matched

OCTOBER = Month(2026, 10)
NOON = datetime(2026, 10, 5, 10, tzinfo=UTC)
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


@pytest.fixture
def figures(house):
    def read(month=OCTOBER):
        return gather(house.folder, house.journal.ring, month, NOW, None).figures

    return read


def test_a_month_is_one_of_paris():
    assert datetime(2026, 9, 30, 22, tzinfo=UTC) == OCTOBER.begin
    assert datetime(2026, 10, 31, 23, tzinfo=UTC) == OCTOBER.end
    assert datetime(2026, 12, 31, 23, tzinfo=UTC) == Month(2026, 12).end
    assert 29 == len(Month(2028, 2).days)


def test_lines_count_from_the_first_to_the_last_moment_of_the_month_and_no_further(house, figures):
    for when in (
        OCTOBER.begin - timedelta(milliseconds=1),
        OCTOBER.begin,
        OCTOBER.end - timedelta(milliseconds=1),
        OCTOBER.end,
    ):
        house.decide(when)

    read = figures()

    assert {(date(2026, 10, 1), Action.ALLOW): 1, (date(2026, 10, 31), Action.ALLOW): 1} == read.messages


def test_messages_by_day_and_action(house, figures):
    house.decide(NOON, action="hold", reference="HY-00000001")
    house.decide(NOON, action="reject")
    house.decide(NOON + timedelta(days=1))

    read = figures()

    assert 3 == read.total
    assert {Action.HOLD: 1, Action.REJECT: 1, Action.ALLOW: 1} == read.actions()
    assert 1 == read.messages[date(2026, 10, 6), Action.ALLOW]


def test_a_kind_counts_once_a_message_and_by_confidence(house, figures):
    house.decide(NOON, findings=(*PAIR, found(Axis.HEALTH, Confidence.HIGH, start=40)))
    house.decide(NOON, findings=(found(Axis.HEALTH),))

    read = figures()

    assert {"nir": 1, "disease": 2} == read.kind_messages
    assert {
        ("nir", Confidence.MEDIUM): 1,
        ("disease", Confidence.MEDIUM): 2,
        ("disease", Confidence.HIGH): 1,
    } == read.kinds


def test_policies_enforced_simulated_failed_and_spared(house, figures):
    outcomes = (
        matched("pair", "hold", exceptions=("quality",)),
        matched("broken", "tag", failed=True),
        matched("tried", "reject", simulated=True),
    )
    house.decide(NOON, action="hold", outcomes=outcomes)

    read = figures()

    assert {("pair", Action.HOLD): 1, ("broken", Action.TAG): 1} == read.matches
    assert {("pair", "quality"): 1} == read.spared
    assert {"broken": 1} == read.failed
    assert {("tried", Action.REJECT, Action.HOLD): 1} == read.simulated


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"findings": DOUBTFUL}, {Near.DOUBTFUL_PAIR}),
        ({"findings": PAIR}, {Near.CERTAIN_PAIR}),
        ({"findings": PAIR, "action": "tag"}, {Near.CERTAIN_PAIR}),
        ({"findings": PAIR[:1]}, set()),
        ({"findings": PAIR, "action": "hold"}, set()),
        ({"findings": PAIR, "to": (SECURE, INSIDE)}, set()),
        ({"findings": PAIR, "to": (SECURE, OUTSIDE)}, {Near.CERTAIN_PAIR}),
        ({"outcomes": (matched("tried", "hold", simulated=True),)}, {Near.SIMULATED}),
        ({"outcomes": (matched("tried", "allow", simulated=True),)}, set()),
        ({"unread": ("encrypted",)}, {Near.UNREAD}),
        ({"unread": ("encrypted",), "action": "reject"}, set()),
    ],
)
def test_near_the_threshold_is_what_left_in_clear_for_outside_only(house, figures, options, expected):
    house.decide(NOON, **options)

    assert dict.fromkeys(expected, 1) == figures().near


def test_unread_reasons_by_parts_and_messages_all_limits_as_one(house, figures):
    house.decide(NOON, unread=("encrypted", "encrypted", "limit:message_max_bytes"))
    house.decide(NOON, unread=("encrypted",), to=(INSIDE,))

    read = figures()

    assert {"encrypted": 3, "limit": 1} == read.unread_parts
    assert {"encrypted": 2, "limit": 1} == read.unread_messages
    assert {"encrypted": 1, "limit": 1} == read.unread_left


def test_how_long_messages_were_held(house, figures):
    for number, minutes in enumerate((14, 15, 59, 60, 3 * 24 * 60)):
        house.decide(NOON, action="hold", reference=f"HY-0000000{number}")
        house.write(
            NOON + timedelta(minutes=minutes),
            "released",
            {"reference": f"HY-0000000{number}", "result": "released"},
        )
    house.decide(NOON, action="hold", reference="HY-00000009")
    house.write(NOON, "released", {"reference": "HY-SEPTEMBE", "result": "destroyed"})
    house.write(NOON, "released", {"reference": "HY-SEPTEMBR", "result": "returned", "waited": 7200})

    read = figures()

    assert {0: 1, 1: 2, 2: 2, 5: 1} == read.delays
    assert 3 * 24 * 3600 == read.longest
    assert 1 == read.delay_unknown
    assert 1 == read.still_held
    assert {"released": 5, "destroyed": 1, "returned": 1} == read.releases


def test_the_last_judgement_of_a_decision_counts(house, figures):
    for judgement, policies in (("missed", []), ("false_positive", ["pair"])):
        house.write(
            NOON, "feedback", {"reference": "HY-1", "judgement": judgement, "policies": policies, "by": "dpo"}
        )

    [said] = figures().judged.values()

    assert ("false_positive", ("pair",)) == (said.judgement, said.policies)


def test_policy_sets_in_force_from_when_to_when(house, figures):
    house.decide(NOON, version="1", digest="a" * 64)
    house.decide(NOON + timedelta(hours=1), version="1", digest="a" * 64)
    house.decide(NOON + timedelta(hours=2), version="", digest="b" * 64)

    sets = figures().sets

    assert [("1", "a" * 64), ("", "b" * 64)] == list(sets)
    span = sets["1", "a" * 64]
    assert (NOON, NOON + timedelta(hours=1), 2) == (span.first, span.last, span.lines)


def test_what_happened_to_the_service(house, figures):
    house.write(NOON, "started", {"version": "0.1.0"})
    house.write(NOON, "reloaded", {"ok": False})
    house.write(NOON, "stopped", {})
    house.write(NOON, "approved", {"role": "head"})
    house.write(NOON, "emergency", {"what": "asked", "result": "refused:quota"})
    for verdict in ("abuse", "justified"):
        house.write(NOON, "emergency", {"what": "reviewed", "reference": "HY-1", "verdict": verdict})
    house.write(NOON, "lifecycle", {"policy": "p", "before": "draft", "after": "enforce", "forced": True})
    house.write(NOON, "purged", {"before": "2025-10-05", "files": [{"name": "x", "lines": 3}, {"lines": 4}]})

    read = figures()

    assert {"0.1.0": 1} == read.starts
    assert {False: 1} == read.reloads
    assert {"head": 1} == read.approvals
    assert {"HY-1": "justified"} == read.reviews
    assert {"refused:quota": 1} == read.emergencies
    assert [(NOON, "p", "draft", "enforce", True)] == read.changes
    [(_when, purge)] = read.purges
    assert ("2025-10-05", 2, 7) == (purge.before, purge.files, purge.lines)
    assert 0 == read.untold


def test_a_line_in_another_form_is_counted_as_untold_and_as_nothing_else(house, figures):
    house.write(NOON, "decided", {"action": "allow", "recipients": {"allow": 1}})
    house.write(NOON, "feedback", {"reference": "HY-1", "judgement": "nice"})
    house.write(NOON, "released", {"result": "escaped"})
    house.write(NOON, "purged", {"files": [{"lines": float("inf")}], "before": "2025-10-05"})

    read = figures()

    assert (4, 4, 0) == (read.lines, read.untold, read.total)
    assert not read.judged
    assert not read.releases


def test_kinds_beyond_the_bound_are_other_and_nothing_is_lost(house, figures):
    for number in range(210):
        house.decide(NOON, findings=(found(Axis.HEALTH, kind=f"own_{number}"),))

    read = figures()

    assert 201 == len(read.kind_messages)
    assert 10 == read.kind_messages["other"]
    assert 210 == read.kinds.total()
