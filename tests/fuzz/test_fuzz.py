"""A short run of the fuzzers in every ``make test``: what was kept, and some hundred changed inputs each."""

from __future__ import annotations

import itertools

import pytest

from fuzz.oracle import MARKER
from fuzz.targets import KEPT, TARGETS
from hygie_detectors.extraction import dispatch
from hygie_detectors.extraction.walk import Sink

CHANGED = 250
KEPT_MAX_BYTES = 300_000


@pytest.mark.parametrize("name", TARGETS)
def test_every_start_and_every_input_kept_holds(name: str) -> None:
    target = TARGETS[name]

    broken = {kind for data in target.starts() for kind in target.judge(data)[0]}

    assert set() == broken


@pytest.mark.parametrize("name", TARGETS)
def test_changed_inputs_hold(name: str) -> None:
    target = TARGETS[name]
    starts = target.starts()
    broken: dict[str, int] = {}
    for seed in range(CHANGED):
        for kind in target.judge(target.mutate(starts[seed % len(starts)], seed))[0]:
            broken.setdefault(kind, seed)

    assert {} == broken


def test_what_is_kept_is_small() -> None:
    assert KEPT_MAX_BYTES > sum(path.stat().st_size for path in KEPT.rglob("*") if path.is_file())
    assert set(TARGETS) >= {path.name for path in KEPT.iterdir()}


def says_nothing(_sink: Sink) -> None:
    """Read nothing, and keep quiet about it."""


def raises(_sink: Sink) -> None:
    raise KeyError("contenu")


def says_a_reason_of_its_own(sink: Sink) -> None:
    sink.unread("parce que")


_NUMBERS = itertools.count()


def says_another_thing_each_time(sink: Sink) -> None:
    sink.text(f"{MARKER.decode()} {next(_NUMBERS)}")


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        (says_nothing, "silent"),
        (raises, "raised KeyError"),
        (says_a_reason_of_its_own, "reason parce que"),
        (says_another_thing_each_time, "varies"),
    ],
)
def test_a_reader_that_breaks_a_rule_is_found(monkeypatch: pytest.MonkeyPatch, reader, expected: str) -> None:
    """The judge itself: without this a run that finds nothing would say nothing."""
    monkeypatch.setattr(dispatch, "read", reader)

    broken = {kind for number in range(64) for kind in TARGETS["hl7"].judge(MARKER + b"%d" % number)[0]}

    assert [kind for kind in broken if kind.startswith(expected)]
