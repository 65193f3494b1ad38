"""sendmail(1), a Hygie that is down, and a thousand messages: all on a real Postfix."""

from __future__ import annotations

import smtplib
import threading
from collections import Counter
from pathlib import Path

import pytest

from harness import messages
from harness.house import House, open_house
from harness.hygie import HygieServe
from harness.policies import FREE, HELD, REJECTED, REROUTED
from harness.process import LOOPBACK

pytestmark = pytest.mark.postfix

OUTSIDE = "quelquun@gmail.test"
DOCTOR = "dr.x@medecin.mssante.fr"


def test_sendmail_submissions_are_inspected_too(house: House) -> None:
    assert house.postfix.sendmail(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE]) == 0
    assert house.postfix.sendmail(messages.patient_note(REROUTED, [DOCTOR]), REROUTED, [DOCTOR]) == 0
    assert house.postfix.sendmail(messages.patient_note(HELD, [OUTSIDE]), HELD, [OUTSIDE]) == 0

    [passed] = house.internet.wait_for(1)
    [secure] = house.gateway.wait_for(1)
    assert (passed.sender, secure.recipients) == (FREE, (DOCTOR,))
    house.postfix.wait_empty()
    assert len(house.postfix.hold_ids()) == 1


def test_a_rejected_sendmail_submission_comes_back_as_a_notice_with_headers_only(house: House) -> None:
    assert house.postfix.sendmail(messages.patient_note(REJECTED, [OUTSIDE]), REJECTED, [OUTSIDE]) == 0

    [notice] = house.internet.wait_quiet(quiet=2)
    assert (notice.sender, notice.recipients) == ("", (REJECTED,))
    assert b"5.7.1" in notice.raw
    assert b"CHARPENTIER" not in notice.raw
    assert b"Crohn" not in notice.raw


def test_a_thousand_ordinary_messages_over_four_connections_arrive_once_and_unchanged(house: House) -> None:
    batches = [
        [messages.ordinary(FREE, [OUTSIDE], number * 1000 + index, size=1700) for index in range(250)]
        for number in range(4)
    ]

    def send(batch: list[bytes]) -> None:
        with smtplib.SMTP(LOOPBACK, house.postfix.port, timeout=60) as client:
            for raw in batch:
                client.sendmail(FREE, [OUTSIDE], raw, ["BODY=8BITMIME"])

    senders = [threading.Thread(target=send, args=(batch,)) for batch in batches]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    house.internet.wait_for(1000, seconds=60)
    received = Counter(message.untraced for message in house.internet.wait_quiet(quiet=2))
    sent = Counter(raw.replace(b"\r\n", b"\n") for batch in batches for raw in batch)
    assert sent.total() == 1000
    assert received == sent
    assert house.postfix.queue() == []


def test_no_mail_passes_while_hygie_was_never_started(folder: Path) -> None:
    absent = HygieServe(folder / "hygie")
    with open_house(folder, absent) as house:
        reply = house.postfix.submit(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE]).final

        assert reply.code == 451
        assert house.internet.wait_quiet() == []
        assert house.postfix.queue() == []
