"""The quick hostile inputs, and ordinary mail beside a slow one; ``make hostile`` reads them all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.hostile import Hostile, inputs
from hostile.hostile import OrdinaryMail, WatchedPool, judge, run
from hygie_detectors.limits import Limits
from hygie_detectors.model import Inspection, Unread
from hygie_milter.workers.pool import WorkerSettings


@pytest.fixture(scope="module")
def pool() -> Iterator[WatchedPool]:
    pool = WatchedPool(WorkerSettings(count=2), Limits())
    yield pool
    pool.close()


def label(case: Hostile) -> str:
    return f"{case.family}: {case.name}"


@pytest.mark.parametrize("case", [case for case in inputs() if case.quick], ids=label)
def test_it_is_read_or_unread_in_time(pool: WatchedPool, case: Hostile) -> None:
    assert "" == run(pool, case, OrdinaryMail(pool)).wrong


def test_ordinary_mail_is_read_while_a_worker_is_busy_until_it_is_killed(pool: WatchedPool) -> None:
    [endless] = [case for case in inputs() if case.name == "patterns in each other"]
    letters = OrdinaryMail(pool)

    outcome = run(pool, endless, letters)

    assert ("unread", ("timeout",)) == (outcome.verdict, outcome.reasons)
    assert not letters.wrong
    assert max(letters.seconds) < outcome.seconds


@pytest.mark.parametrize(
    ("blank", "reason", "unread", "expected"),
    [
        (False, "", [], ("LOST", "lost")),
        (True, "", [], ("empty", "")),
        (False, "", ["corrupt"], ("unread", "")),
        (False, "encrypted", ["corrupt"], ("unread", "not encrypted")),
        (False, "encrypted", ["encrypted"], ("unread", "")),
    ],
)
def test_what_is_not_found_must_be_unread_for_its_reason(
    blank: bool, reason: str, unread: list[str], expected: tuple[str, str]
) -> None:
    case = Hostile("x", "x", bytes, "", reason, must_find=False, blank=blank, quick=False)
    inspection = Inspection((), (), tuple(Unread("1", r, attachment=True) for r in unread), {})

    verdict, _, wrong = judge(case, inspection)

    assert expected == (verdict, wrong)
