"""What becomes of a message when its worker dies, hangs, or lies.

The pool, the frames, the shared page and the worker's loop are the real ones; only the inspection
inside the worker is replaced by one that does what the message's text says.
"""

import faulthandler
import os
import signal
import socket
import threading
import time

import pytest

from hygie_detectors.limits import Limits
from hygie_detectors.model import Inspection, Part, Unread
from hygie_milter.workers import pool as pool_module
from hygie_milter.workers import worker
from hygie_milter.workers.pool import (
    NurseryGone,
    Overloaded,
    Pool,
    Unavailable,
    WorkerSettings,
    waited_seconds,
)
from hygie_milter.workers.progress import Progress


def obedient_inspect(raw, _engine, _limits, watch):
    """Read each line as one part and do what it says; a part that must be skipped is unread."""
    parts, unread = [], []
    for number, order in enumerate(raw.decode().split("\n")):
        parts.append(Part(str(number), "text/plain", len(order)))
        reason = watch.enter(number)
        if reason is not None:
            unread.append(Unread(str(number), reason))
        elif order == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif order == "hang":
            time.sleep(60)
        elif order == "raise":
            raise RuntimeError("a bug of ours")
        elif order.startswith("sleep"):
            time.sleep(float(order.removeprefix("sleep")))
        elif order.startswith("wrong"):
            return Inspection((), (), (Unread("0", "clean, trust me"),))
    return Inspection(tuple(parts), (), tuple(unread), {"extract": 0.0, "detect": 0.0})


class ForkingNursery:
    """Forks workers straight from the test: the nursery's part in short, with the real worker loop."""

    def __init__(self, jobs_max=1000):
        self.jobs_max = jobs_max
        self.spawned = []
        self.alive = True

    def spawn(self, generation):
        if not self.alive:
            raise NurseryGone("the nursery is gone")
        ours, its = socket.socketpair()
        page = Progress.create()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                faulthandler.disable()  # its report of a death that the test asks for
                ours.close()
                worker.run(its, page, None, Limits(), worker.Wear(self.jobs_max, 1 << 40, 60))
                status = 0
            finally:
                os._exit(status)
        its.close()
        self.spawned.append(pid)
        handle = pool_module._Worker(pid, os.pidfd_open(pid), ours, Progress(page), generation)
        os.close(page)
        return handle

    def close(self):
        for pid in self.spawned:
            os.waitpid(pid, 0)


@pytest.fixture
def make_pool(monkeypatch):
    monkeypatch.setattr(worker, "inspect", obedient_inspect)
    made = []

    def make(jobs_max=1000, part_max_seconds=10.0, **settings):
        nurseries = []
        restarts = []

        def start(_self):
            nurseries.append(ForkingNursery(jobs_max))
            return nurseries[-1]

        monkeypatch.setattr(Pool, "_start_nursery", start)
        pool = Pool(
            WorkerSettings(**{"count": 1, **settings}),
            Limits(part_max_seconds=part_max_seconds),
            on_restart=restarts.append,
        )
        pool.restarts = restarts
        pool.nurseries = nurseries
        made.append(pool)
        return pool

    yield make
    for pool in made:
        pool.close()


def inspect(pool, text, soft=20.0, hard=45.0):
    now = time.monotonic()
    return pool.inspect(text.encode(), now + soft, now + hard)


def test_an_ordinary_message_is_read_whole_and_its_worker_stays(make_pool):
    pool = make_pool()

    assert () == inspect(pool, "fine\nfine").unread
    assert () == inspect(pool, "fine").unread
    assert [] == pool.restarts
    assert 1 == len(pool.nurseries[0].spawned)


def test_a_segfault_costs_that_part_and_only_that_part(make_pool):
    pool = make_pool()
    inspection = inspect(pool, "fine\nsegfault\nfine")

    assert (Unread("1", "crash"),) == inspection.unread
    assert 3 == len(inspection.parts)
    assert ["crash"] == pool.restarts


def test_two_parts_that_crash_cost_two_parts(make_pool):
    inspection = inspect(make_pool(), "segfault\nfine\nsegfault\nfine")

    assert (Unread("0", "crash"), Unread("2", "crash")) == inspection.unread


def test_an_exception_of_ours_in_a_worker_costs_that_part(make_pool):
    assert (Unread("1", "crash"),) == inspect(make_pool(), "fine\nraise").unread


def test_a_hang_costs_that_part_as_a_timeout(make_pool):
    pool = make_pool(part_max_seconds=0.4)
    inspection = inspect(pool, "fine\nhang\nfine")

    assert (Unread("1", "timeout"),) == inspection.unread
    assert ["timeout"] == pool.restarts


def test_parts_that_are_each_quick_are_no_hang(make_pool):
    assert () == inspect(make_pool(part_max_seconds=0.6), "sleep0.4\nsleep0.4\nsleep0.4").unread


def test_at_the_soft_deadline_the_message_is_unread_and_never_clean(make_pool):
    inspection = inspect(make_pool(), "hang", soft=0.5)

    assert (Unread("message", "timeout", attachment=True),) == inspection.unread


def test_a_message_that_only_crashes_ends_as_unread(make_pool):
    pool = make_pool()
    inspection = inspect(pool, "\n".join(["segfault"] * 20))

    assert (Unread("message", "crash", attachment=True),) == inspection.unread
    assert pool_module._SKIPS_MAX + 1 == len(pool.restarts)


def test_an_answer_outside_the_closed_lists_is_not_believed(make_pool):
    pool = make_pool()

    assert (Unread("message", "engine", attachment=True),) == inspect(pool, "wrong").unread
    assert ["answer"] == pool.restarts


def test_a_worker_retires_after_its_jobs_and_the_next_message_gets_another(make_pool):
    pool = make_pool(jobs_max=2)
    for _ in range(5):
        assert () == inspect(pool, "fine").unread

    assert ["jobs", "jobs"] == pool.restarts


def test_a_killed_idle_worker_costs_nothing_but_a_restart(make_pool):
    pool = make_pool()
    inspect(pool, "fine")
    os.kill(pool.nurseries[0].spawned[0], signal.SIGKILL)
    time.sleep(0.05)

    assert () == inspect(pool, "fine").unread


def test_waiting_ends_at_the_hard_deadline(make_pool):
    pool = make_pool()
    busy = threading.Thread(target=inspect, args=(pool, "sleep1.5"))
    busy.start()
    time.sleep(0.3)

    with pytest.raises(Overloaded):
        inspect(pool, "fine", soft=0.2, hard=0.4)
    busy.join()
    assert () == inspect(pool, "fine").unread


def test_only_so_many_may_wait(make_pool):
    pool = make_pool(waiting_max=1)
    threads = [threading.Thread(target=inspect, args=(pool, "sleep1.0")) for _ in range(2)]
    for thread in threads:
        thread.start()
        time.sleep(0.2)

    with pytest.raises(Overloaded, match="too many"):
        inspect(pool, "fine")
    for thread in threads:
        thread.join()


def test_a_lost_nursery_is_replaced(make_pool):
    pool = make_pool()
    pool.nurseries[0].alive = False

    assert () == inspect(pool, "fine").unread
    assert ["nursery"] == pool.restarts
    assert 2 == len(pool.nurseries)


def test_many_threads_share_two_workers(make_pool):
    pool = make_pool(count=2)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(inspect(pool, "fine\nsleep0.01"))) for _ in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 30 == len([r for r in results if r.unread == ()])
    assert {"idle": 2, "busy": 0, "waiting": 0} == pool.counts


def test_a_closed_pool_takes_nothing(make_pool):
    pool = make_pool()
    pool.close()

    with pytest.raises(Unavailable):
        inspect(pool, "fine")


def test_time_without_a_core_is_read_and_unknown_for_a_process_that_is_gone():
    """A part is not blamed for it: on a loaded machine large files would be unread."""
    assert waited_seconds(os.getpid()) >= 0
    assert 0 == waited_seconds(2**22 + 1)
