"""The strongest pair: confidence, then nearness."""

import time

import pytest

from hygie_detectors.model import Axis, Confidence, Finding
from hygie_detectors.pairs import Proximity, strongest_pair


def who(confidence="medium", part="1", start=0):
    return Finding("patient_name", (Axis.IDENTITY,), Confidence(confidence), part, start, start + 10)


def what(confidence="medium", part="1", start=0):
    return Finding("disease", (Axis.HEALTH,), Confidence(confidence), part, start, start + 10)


@pytest.mark.parametrize(
    ("identity", "health", "proximity", "strength"),
    [
        (who("high"), what("medium", start=310), "near", "high"),
        (who("high"), what("medium", start=311), "same_part", "medium"),
        (who("medium"), what("high", start=110), "adjacent", "high"),
        (who("medium"), what("high", start=111), "near", "high"),
        (who("high"), what("high", start=5000), "same_part", "high"),
        (who("high", "1#page=1"), what("high", "1#page=2"), "same_part", "high"),
        (who("high"), what("high", "2"), "message", "medium"),
        (who("medium"), what("medium", start=20), "adjacent", "medium"),
        (who("medium"), what("medium", "2"), "message", "medium"),
        (who("low"), what("high", start=20), "adjacent", "low"),
        (who("high"), what("low", start=20), "adjacent", "low"),
    ],
)
def test_strength(identity, health, proximity, strength):
    pair = strongest_pair([identity, health])

    assert (identity, health) == (pair.identity, pair.health)
    assert (Proximity(proximity), Confidence(strength)) == (pair.proximity, pair.strength)


def test_a_finding_of_both_axes_is_a_pair_by_itself():
    cda = Finding("cda", (Axis.IDENTITY, Axis.HEALTH), Confidence.HIGH, "1", 0, 0)
    pair = strongest_pair([cda])

    assert cda is pair.identity is pair.health
    assert Confidence.HIGH is pair.strength


def test_without_one_axis_there_is_no_pair():
    assert strongest_pair([]) is None
    assert strongest_pair([who(), who("high")]) is None
    assert strongest_pair([what("high")]) is None


def test_the_surest_wins_over_the_nearest_and_the_nearest_of_equals():
    far, near = what(start=5000), what(start=40)

    assert near is strongest_pair([who(), far, near]).health
    assert what("high", start=250) == strongest_pair([who("high"), near, what("high", start=250)]).health


def test_the_order_of_findings_changes_nothing():
    rows = [who(), what(start=40), what("high", "2"), who("high", "3", 7), what("medium", "3", 900)]

    assert strongest_pair(rows).strength is strongest_pair(rows[::-1]).strength


def test_a_strength_of_medium_is_what_the_shipped_policy_asks():
    """Both at medium or more, anywhere in the message, and nothing less."""
    for identity in Confidence:
        for health in Confidence:
            pair = strongest_pair([who(identity), what(health, "2")])
            held = min(identity.rank, health.rank) >= 1

            assert held == (pair.strength.rank >= 1)


def test_thousands_of_findings_take_no_time():
    rows = [who(("low", "medium", "high")[n % 3], str(n % 5), n * 7) for n in range(3000)]
    rows += [what(("low", "medium", "high")[n % 3], str(n % 7), n * 11) for n in range(3000)]
    began = time.perf_counter()
    strongest_pair(rows)

    assert time.perf_counter() - began < 2
