"""The emergency lane through a real Postfix: the message leaves at once, the officer is told, others wait."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness import messages
from harness.house import House, open_house
from harness.hygie import HygieServe
from harness.policies import FREE, HELD, REJECTED, write_policies
from harness.postfix import ORGANISATION

pytestmark = pytest.mark.postfix

OFFICER = f"dpo@{ORGANISATION}"
HOSPITAL, OUTSIDE = "urgences@chu.test", "quelquun@gmail.test"
LANE = {
    "schema": 1,
    "owner": "RSSI",
    "expires": "2099-12-31",
    "marker": {"subject": "[URGENCE VITALE]"},
    "senders": [HELD, REJECTED],
    "authenticated": False,
    "recipients": {"in": ["chu.test"]},
    "quota": {"per_sender": 2, "whole_house": 50, "within": "24h"},
    "notify": OFFICER,
}


@pytest.fixture
def lane_house(folder: Path):
    policies = write_policies(folder / "policies")
    (policies / "emergency.yaml").write_text(yaml.safe_dump(LANE))
    with (
        HygieServe(folder / "hygie", policies={"folder": str(policies)}) as hygie,
        open_house(folder, hygie) as house,
    ):
        yield house


def marked(sender: str, recipients: list[str]) -> bytes:
    raw = messages.patient_note(sender, recipients)
    return raw.replace(b"Subject: ", b"Subject: [URGENCE VITALE] ", 1)


def test_the_lane_from_submission_to_the_officer(lane_house: House) -> None:
    house = lane_house
    raw = marked(HELD, [HOSPITAL])
    assert house.postfix.submit(raw, HELD, [HOSPITAL]).final.ok

    received = house.internet.wait_for(2)
    letter = next(each for each in received if each.recipients == (OFFICER,))
    mail = next(each for each in received if each.recipients == (HOSPITAL,))
    assert b"X-Hygie-Decision: action=tag; policies=test-held,emergency;" in mail.raw
    assert "" == letter.sender
    assert b"Auto-Submitted: auto-generated" in letter.raw
    [line] = house.hygie.journal("emergency")
    assert line["reference"].encode() in letter.raw
    assert b"X-Hygie" not in letter.raw  # it did not pass the milter
    assert [] == house.postfix.queue()

    # The recipient whom the lane does not reach is refused alone; the other's copy leaves all the same.
    assert house.postfix.submit(marked(HELD, [HOSPITAL, OUTSIDE]), HELD, [HOSPITAL, OUTSIDE]).final.ok
    house.postfix.wait_empty()
    to = [recipient for each in house.internet.wait_quiet() for recipient in each.recipients]
    assert 2 == to.count(HOSPITAL)
    assert OUTSIDE not in to
    assert HELD in to  # the notice of non-delivery for that one recipient

    # The third is beyond the quota: held as ever, and the counter says so.
    assert house.postfix.submit(marked(HELD, [HOSPITAL]), HELD, [HOSPITAL]).final.ok
    assert 1 == len(house.postfix.hold_ids())
    assert 1 == house.hygie.metric("hygie_emergencies_total", result="refused:quota")
    assert 2 == house.hygie.metric("hygie_notices_total", result="sent")


def test_a_refused_sender_reads_why_the_lane_was_shut(lane_house: House) -> None:
    raw = marked(REJECTED, [OUTSIDE])
    reply = lane_house.postfix.submit(raw, REJECTED, [OUTSIDE]).final

    assert 550 == reply.code
    assert "La procedure d'urgence ne couvre pas ces destinataires" in reply.text
    assert reply.text.isascii()


def test_the_letters_port_is_no_way_out(lane_house: House) -> None:
    """It has no milter: it takes the null sender and the organisation's own addresses only."""
    postfix = lane_house.postfix
    port, postfix.port = postfix.port, lane_house.hygie.notices_port
    try:
        raw = messages.patient_note(FREE, [OUTSIDE])
        assert not postfix.submit(raw, FREE, [OFFICER]).final.ok
        assert not postfix.submit(raw, "", [OUTSIDE]).final.ok
        assert not postfix.submit(raw, FREE, [OUTSIDE]).final.ok
    finally:
        postfix.port = port
    assert lane_house.internet.wait_quiet() == []
