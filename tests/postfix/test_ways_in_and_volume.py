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
from harness.policies import FREE, HELD, REJECTED, REROUTED, SPLIT
from harness.postfix import PrivatePostfix
from harness.process import LOOPBACK, wait_until
from harness.sink import Sink

pytestmark = pytest.mark.postfix

OUTSIDE = "quelquun@gmail.test"
DOCTOR = "dr.x@medecin.mssante.fr"


def test_sendmail_submissions_are_inspected_too(house: House) -> None:
    assert house.postfix.sendmail(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE]) == 0
    assert house.postfix.sendmail(messages.patient_note(HELD, [OUTSIDE]), HELD, [OUTSIDE]) == 0

    [passed] = house.internet.wait_quiet()
    assert passed.sender == FREE
    assert len(house.postfix.hold_ids()) == 1


@pytest.mark.parametrize(
    "recipient", [DOCTOR, f"{DOCTOR}.", f"@relais.test:{DOCTOR}", "dr.x%medecin.mssante.fr", "dr.x"]
)
def test_no_copy_of_a_sendmail_submission_is_diverted_since_none_could_be_withdrawn(
    house: House, recipient: str
) -> None:
    """Postfix shows what it made of the recipient and deletes by what was written: the clear copy stayed."""
    raw = messages.patient_note(REROUTED, [recipient])

    assert house.postfix.sendmail(raw, REROUTED, [recipient]) == 0

    wait_until(house.postfix.hold_ids, "the message is held")
    assert house.internet.wait_quiet() == []
    assert house.gateway.messages() == []


def test_nor_is_one_copy_of_it_refused_alone(house: House) -> None:
    recipients = [DOCTOR, "victime%gmail.test"]

    assert house.postfix.sendmail(messages.patient_note(SPLIT, recipients), SPLIT, recipients) == 0

    [notice] = house.internet.wait_quiet(quiet=2)
    assert (notice.sender, notice.recipients) == ("", (SPLIT,))
    assert b"CHARPENTIER" not in notice.raw
    assert house.gateway.messages() == []


def test_sendmail_that_reads_its_recipients_from_the_header_is_inspected_bcc_included(house: House) -> None:
    raw = messages.patient_note(REROUTED, [DOCTOR]).replace(
        b"\r\nSubject:", b"\r\nBcc: autre@gmail.test\r\nSubject:", 1
    )

    assert house.postfix.sendmail(raw, REROUTED, []) == 0

    wait_until(house.postfix.hold_ids, "the message is held")
    assert house.internet.wait_quiet() == []
    assert house.gateway.messages() == []


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


def test_while_the_gateway_is_down_its_mail_waits_and_takes_no_other_way(
    folder: Path, hygie: HygieServe
) -> None:
    """The machine's own smtp_fallback_relay must not carry it in clear; and nothing of it is lost."""
    raw = messages.patient_note(REROUTED, [DOCTOR])
    with Sink(folder / "internet") as internet, Sink(folder / "gateway") as gateway:
        gateway.stop()
        with PrivatePostfix(
            folder / "postfix",
            internet=internet.port,
            mssante=gateway.port,
            milter=hygie.socket,
            extra=f"smtp_fallback_relay = [{LOOPBACK}]:{internet.port}",
        ) as postfix:
            assert postfix.submit(raw, REROUTED, [DOCTOR]).final.ok
            wait_until(
                lambda: [e for e in postfix.queue() if e["queue_name"] == "deferred"], "the copy is deferred"
            )
            assert internet.wait_quiet() == []

            gateway.start()
            postfix.flush()
            [received] = gateway.wait_for(1)

    assert received.recipients == (DOCTOR,)
