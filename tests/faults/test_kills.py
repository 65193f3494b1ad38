"""What is killed, and what becomes of the mail: nothing lost, nothing doubled, nothing leaked."""

from __future__ import annotations

import os
import random
import re
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from harness import messages
from harness.fake_mta import ACCEPT, FakeMta
from harness.house import House, open_house
from harness.hygie import HygieServe, is_alive
from harness.policies import CAREFUL, FREE, HELD, write_policies
from harness.process import wait_until

pytestmark = pytest.mark.postfix

OUTSIDE = "quelquun@gmail.test"
MESSAGE_ID = re.compile(rb"^Message-ID: (<[^>]+>)", re.MULTILINE)


def message_id(raw: bytes) -> bytes:
    found = MESSAGE_ID.search(raw)
    assert found
    return found[1]


def long_message(sender: str) -> bytes:
    """A message whose inspection takes long enough to be hit: many files, each with something to find."""
    page = messages.patient_note(sender, [OUTSIDE]).partition(b"\r\n\r\n")[2] * 400
    files = tuple(messages.Attachment(f"note{number}.txt", "text/plain", page) for number in range(12))
    return messages.message(sender, [OUTSIDE], "Notes", "Ci-joint.\n", attachments=files)


def in_background(work: threading.Thread) -> threading.Thread:
    work.start()
    return work


def test_a_worker_killed_during_the_inspection_costs_no_mail(house: House) -> None:
    raw = long_message(FREE)
    restarts = house.hygie.metric("hygie_worker_restarts_total", reason="crash")
    submissions = []
    sending = in_background(
        threading.Thread(target=lambda: submissions.append(house.postfix.submit(raw, FREE, [OUTSIDE])))
    )

    os.kill(house.hygie.busy_worker(), signal.SIGKILL)
    sending.join(60)

    [submission] = submissions
    assert submission.final.ok
    assert [message_id(raw)] == [message_id(received.raw) for received in house.internet.wait_quiet()]
    assert house.hygie.metric("hygie_worker_restarts_total", reason="crash") == restarts + 1


def test_what_two_killed_workers_did_not_read_is_unread_and_the_policy_decides(house: House) -> None:
    """The first kill may be chance; at the second the part is left out, and is never called clean."""
    raw = long_message(CAREFUL)
    submissions = []
    sending = in_background(
        threading.Thread(target=lambda: submissions.append(house.postfix.submit(raw, CAREFUL, [OUTSIDE])))
    )

    while sending.is_alive():
        for pid in house.hygie.workers():
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        sending.join(0.15)

    [submission] = submissions
    assert submission.final.ok
    assert house.postfix.hold_ids() == [submission.queue_id]
    assert house.internet.wait_quiet() == []


def test_random_kills_of_workers_under_load_lose_and_double_nothing(house: House) -> None:
    """Each message is delivered once, or refused for now and so still with its sender."""
    chance = random.Random(20261124)  # noqa: S311 - reproducible chance, no secret
    accepted: Counter[bytes] = Counter()
    deferred: list[bytes] = []
    lock = threading.Lock()

    def send(number: int) -> None:
        for index in range(40):
            raw = (
                messages.lab_report(FREE, [OUTSIDE])
                if index % 4 == 0
                else messages.ordinary(FREE, [OUTSIDE], number)
            )
            reply = house.postfix.submit(raw, FREE, [OUTSIDE]).final
            assert reply.ok or reply.code == 451
            with lock:
                if reply.ok:
                    accepted[message_id(raw)] += 1
                else:
                    deferred.append(message_id(raw))

    senders = [in_background(threading.Thread(target=send, args=(number,))) for number in range(4)]
    kills = 0
    while any(sender.is_alive() for sender in senders):
        if workers := house.hygie.workers():
            victim = chance.choice(workers)
            if is_alive(victim):
                os.kill(victim, signal.SIGKILL)
                kills += 1
        time.sleep(0.2)

    house.postfix.wait_empty()
    delivered = Counter(message_id(received.raw) for received in house.internet.wait_quiet())
    assert kills > 0
    assert len(accepted) + len(deferred) == 160
    assert delivered == accepted


@pytest.fixture
def fragile(folder: Path) -> HygieServe:
    """A Hygie of this test's own, to be killed; patient, as a nursery comes back slowly on a busy machine."""
    policies = write_policies(folder / "policies")
    hygie = HygieServe(folder / "hygie", policies={"folder": str(policies)})
    hygie.settings["milter"] |= {"soft_seconds": 60.0, "hard_seconds": 90.0}
    hygie.write_settings()
    return hygie


def test_hygie_killed_during_a_message_means_451_and_the_retry_passes(
    folder: Path, fragile: HygieServe
) -> None:
    raw = long_message(FREE)
    with fragile, open_house(folder, fragile) as house:
        submissions = []
        sending = in_background(
            threading.Thread(target=lambda: submissions.append(house.postfix.submit(raw, FREE, [OUTSIDE])))
        )
        fragile.busy_worker()
        family = fragile.descendants()
        fragile.kill()
        sending.join(60)

        [submission] = submissions
        assert submission.final.code == 451
        assert house.postfix.queue() == []
        wait_until(lambda: not any(map(is_alive, family)), "the workers end with their parent")

        while_down = house.postfix.submit(raw, FREE, [OUTSIDE])
        assert while_down.final.code == 451
        assert house.internet.messages() == []

        fragile.start()
        assert house.postfix.submit(raw, FREE, [OUTSIDE]).final.ok
        assert [message_id(raw)] == [message_id(received.raw) for received in house.internet.wait_quiet()]


def test_stopping_answers_the_message_in_progress_and_leaves_nothing_behind(
    folder: Path, fragile: HygieServe
) -> None:
    raw = long_message(HELD)
    with fragile, open_house(folder, fragile) as house:
        submissions = []
        sending = in_background(
            threading.Thread(target=lambda: submissions.append(house.postfix.submit(raw, HELD, [OUTSIDE])))
        )
        fragile.busy_worker()
        family = fragile.descendants()

        assert fragile.stop() == 0
        sending.join(60)

        [submission] = submissions
        assert submission.final.ok
        assert house.postfix.hold_ids() == [submission.queue_id]
        assert not any(map(is_alive, family))
        assert not Path(fragile.socket.removeprefix("unix:")).exists()


def test_a_killed_nursery_is_replaced(fragile: HygieServe) -> None:
    with fragile:
        nursery = next(pid for pid in fragile.descendants() if pid not in fragile.workers())
        os.kill(nursery, signal.SIGKILL)
        for pid in fragile.workers():
            os.kill(pid, signal.SIGKILL)

        with FakeMta(fragile.socket, timeout=100) as mta:
            answer = mta.send(messages.patient_note(HELD, [OUTSIDE]), HELD, [OUTSIDE])

        assert answer.verdict == ACCEPT
        assert len(answer.named("quarantine")) == 1
