"""What counts of an inspection, and the figures of a label."""

import pytest

from hygie_detectors.evaluation import Outcome, figures, outcome, percentile
from hygie_detectors.model import Axis, Confidence, Finding, Inspection, Unread


def inspection(*findings, unread=()):
    found = tuple(Finding(kind, axes, confidence, "1", 0, 1) for kind, axes, confidence in findings)
    return Inspection((), found, unread, {"extract": 0.002, "detect": 0.001})


def made(health=False, identity=False, restricted=False, only=False, unread=False, ms=1.0, named=False):
    return Outcome(health, identity, restricted, only, unread, ms, named)


def test_an_axis_counts_from_medium_confidence_on():
    seen = outcome(
        inspection(
            ("disease", (Axis.HEALTH,), Confidence.LOW),
            ("nir", (Axis.IDENTITY,), Confidence.MEDIUM),
        ),
        restricted=False,
        restricted_as_read=False,
    )
    doubtful = outcome(
        inspection(("phone", (Axis.IDENTITY,), Confidence.LOW)), restricted=False, restricted_as_read=False
    )

    assert (False, True, False) == (seen.health, seen.identity, seen.pair)
    assert (False, True) == (doubtful.identity, doubtful.named)
    assert not outcome(inspection(), restricted=False, restricted_as_read=False).named
    assert 3.0 == pytest.approx(seen.ms)


def test_one_finding_on_both_axes_is_a_pair():
    seen = outcome(
        inspection(("cda", (Axis.IDENTITY, Axis.HEALTH), Confidence.HIGH)),
        restricted=True,
        restricted_as_read=True,
    )

    assert seen.pair
    assert not seen.restricted_unread_only


def test_restricted_only_for_what_was_not_read():
    unread = (Unread("1", "corrupt"),)

    assert outcome(
        inspection(unread=unread), restricted=True, restricted_as_read=False
    ).restricted_unread_only
    assert not outcome(
        inspection(unread=unread), restricted=True, restricted_as_read=True
    ).restricted_unread_only
    assert not outcome(inspection(), restricted=False, restricted_as_read=False).restricted_unread_only


def test_figures_are_shares_of_the_messages():
    found = figures(
        3,
        [
            made(health=True, identity=True, restricted=True, ms=4.0),
            made(health=True, ms=2.0),
            made(restricted=True, only=True, unread=True, ms=3.0),
            made(ms=1.0),
        ],
    )

    assert {
        "files": 3,
        "health": 0.5,
        "identity": 0.25,
        "pair": 0.25,
        "restricted": 0.5,
        "unread": 0.25,
        "p50_ms": 2.0,
        "p95_ms": 4.0,
        "messages": 4,
        "restricted_unread_only": 0.25,
    } == found


def test_figures_of_nothing_are_zero():
    assert {0} == set(figures(0, []).values())


@pytest.mark.parametrize(("part", "value"), [(0.5, 10.0), (0.95, 19.0), (1.0, 20.0), (0.0, 1.0)])
def test_percentile_is_the_nearest_rank(part, value):
    assert value == percentile(map(float, range(20, 0, -1)), part)
