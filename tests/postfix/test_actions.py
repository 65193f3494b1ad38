"""The five actions on a real Postfix, judged by the bytes that reached the next hop."""

from __future__ import annotations

import re

import pytest

from harness import messages
from harness.house import House
from harness.policies import FREE, HELD, REJECTED, REROUTED, SPLIT, TAGGED

pytestmark = pytest.mark.postfix

OUTSIDE = "quelquun@gmail.test"
DOCTOR = "dr.x@medecin.mssante.fr"
REFERENCE = re.compile(r"HY-[0-9A-HJKMNP-TV-Z]{8}")


def as_received(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n")


def added_headers(before: bytes, after: bytes) -> list[bytes]:
    """The header lines that were not there before; fails when anything else differs."""
    sent = as_received(before).split(b"\n")
    added = [line for line in after.split(b"\n") if line.startswith(b"X-Hygie-")]
    kept = [line for line in after.split(b"\n") if line not in added]
    assert sent == kept
    return added


def test_an_ordinary_message_arrives_byte_for_byte(house: House) -> None:
    raw = messages.ordinary(FREE, [OUTSIDE])

    assert house.postfix.submit(raw, FREE, [OUTSIDE]).final.ok

    [received] = house.internet.wait_quiet()
    assert as_received(raw) == received.untraced
    assert (received.sender, received.recipients) == (FREE, (OUTSIDE,))
    assert house.gateway.messages() == []
    assert house.postfix.queue() == []


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: =?utf-8?q?=C3=A9t=C3=A9?=\r\n\r\n.\r\n..\r\n...point en t\xc3\xaate\r\n \r\n\r\n",
        b"Subject: plie\r\n sur\r\n\tdeux lignes\r\nX-Vide:\r\nX-Espaces:   a  \r\n\r\ncorps\r\n",
        b"Subject: 8 bits\r\n\r\n" + bytes(range(0x80, 0x100)) + b"\r\n",
        b"Subject: sans corps\r\n\r\n",
        b"Subject: un\r\nSubject: deux\r\nReceived: de loin\r\nReceived: de plus loin\r\n\r\nx\r\n",
    ],
    ids=["dots", "folds-and-spaces", "8bit", "no-body", "repeated-headers"],
)
def test_odd_bytes_arrive_as_they_left(house: House, raw: bytes) -> None:
    head = f"From: {FREE}\r\nTo: {OUTSIDE}\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <o@h>\r\n"
    raw = head.encode() + raw

    assert house.postfix.submit(raw, FREE, [OUTSIDE]).final.ok

    [received] = house.internet.wait_quiet()
    assert as_received(raw) == received.untraced


def test_a_line_with_an_8bit_field_name_ends_the_header_in_postfix(house: House) -> None:
    """pymilter cannot take such a name (it answers nothing, until Postfix gives up): none may reach it."""
    head = f"From: {FREE}\r\nTo: {OUTSIDE}\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <o@h>\r\n"
    raw = head.encode() + b"\xe9t\xe9: x\r\nSubject: s\r\n\r\ncorps\r\n"

    assert house.postfix.submit(raw, FREE, [OUTSIDE]).final.ok

    [received] = house.internet.wait_quiet()
    assert received.body == b"\xe9t\xe9: x\nSubject: s\n\ncorps\n"


def test_tag_adds_one_header_and_removes_the_forged_ones(house: House) -> None:
    honest = messages.patient_note(TAGGED, [OUTSIDE])
    forged = (
        b"X-Hygie-Decision: action=allow\r\nx-hygie-DECISION: action=allow\r\nX-Hygie-Other: a\r\n" + honest
    )

    assert house.postfix.submit(forged, TAGGED, [OUTSIDE]).final.ok

    [received] = house.internet.wait_quiet()
    [header] = added_headers(honest, received.untraced)
    assert header.startswith(b"X-Hygie-Decision: action=tag; policies=test-tagged; reference=HY-")


def test_forged_headers_go_even_where_nothing_is_decided(house: House) -> None:
    honest = messages.ordinary(FREE, [OUTSIDE])

    assert house.postfix.submit(b"X-Hygie-Decision: forged\r\n" + honest, FREE, [OUTSIDE]).final.ok

    [received] = house.internet.wait_quiet()
    assert as_received(honest) == received.untraced


def test_hold_keeps_the_message_whole_until_it_is_released_once(house: House) -> None:
    raw = messages.patient_note(HELD, [OUTSIDE])
    submission = house.postfix.submit(raw, HELD, [OUTSIDE])
    assert submission.final.ok
    house.postfix.flush()

    assert house.internet.wait_quiet() == []
    assert [submission.queue_id] == house.postfix.hold_ids()
    assert house.postfix.content(submission.queue_id).endswith(as_received(raw))

    house.postfix.release(submission.queue_id)

    [received] = house.internet.wait_quiet()
    assert as_received(raw) == received.untraced
    assert house.postfix.queue() == []


def test_reject_is_a_550_in_ascii_french_with_a_reference_and_nothing_leaves(house: House) -> None:
    reply = house.postfix.submit(messages.patient_note(REJECTED, [OUTSIDE]), REJECTED, [OUTSIDE]).final

    assert reply.code == 550
    lines = reply.text.splitlines()
    assert all(line.startswith("5.7.1 ") and line.isascii() and len(line) < 500 for line in lines)
    assert REFERENCE.search(lines[-1])
    assert re.search(r"message|Message", reply.text)
    assert house.internet.wait_quiet() == []
    assert house.gateway.messages() == []
    assert house.postfix.queue() == []


def test_reroute_goes_to_the_gateway_only_and_from_the_mssante_mailbox(house: House) -> None:
    raw = messages.lab_report(REROUTED, [DOCTOR])

    assert house.postfix.submit(raw, REROUTED, [DOCTOR]).final.ok

    [received] = house.gateway.wait_quiet()
    assert (received.sender, received.recipients) == ("rerouted@hopital.mssante.fr", (DOCTOR,))
    assert (f"rfc822;{DOCTOR}",) == received.orcpts
    expected = as_received(raw).replace(b"From: rerouted@hopital.test", b"From: rerouted@hopital.mssante.fr")
    assert expected == received.untraced
    assert house.internet.messages() == []
    assert house.postfix.queue() == []


def test_a_mapped_address_is_delivered_to_the_secure_mailbox_of_the_same_person(house: House) -> None:
    ordinary = "Dr.Durand@Cabinet-Durand.test"

    assert house.postfix.submit(messages.lab_report(REROUTED, [ordinary]), REROUTED, [ordinary]).final.ok

    [received] = house.gateway.wait_quiet()
    assert received.recipients == ("dr.durand@medecin.mssante.fr",)
    assert (f"rfc822;{ordinary}",) == received.orcpts
    assert house.internet.messages() == []


def test_reroute_holds_the_message_when_the_channel_does_not_take_a_recipient(house: House) -> None:
    raw = messages.patient_note(REROUTED, [DOCTOR, OUTSIDE])
    submission = house.postfix.submit(raw, REROUTED, [DOCTOR, OUTSIDE])

    assert [submission.queue_id] == house.postfix.hold_ids()
    assert house.internet.wait_quiet() == []
    assert house.gateway.messages() == []

    house.postfix.release(submission.queue_id)

    assert [message.recipients for message in house.internet.wait_quiet()] == [(OUTSIDE,)]
    assert [message.recipients for message in house.gateway.messages()] == [(DOCTOR,)]


def test_split_sends_one_copy_securely_and_refuses_the_other_with_one_notice(house: House) -> None:
    raw = messages.patient_note(SPLIT, [DOCTOR, OUTSIDE])

    assert house.postfix.submit(raw, SPLIT, [DOCTOR, OUTSIDE]).final.ok

    [notice] = house.internet.wait_quiet(quiet=2)
    [copy] = house.gateway.messages()
    assert copy.recipients == (DOCTOR,)
    assert (notice.sender, notice.recipients) == ("", (SPLIT,))
    assert f"Original-Recipient: rfc822;{OUTSIDE}".encode() in notice.raw
    assert b"\nStatus: 5.7.1\n" in notice.raw
    assert b"Content-Type: text/rfc822-headers" in notice.raw
    assert b"CHARPENTIER" not in notice.raw
    assert b"Crohn" not in notice.raw
    assert house.postfix.queue() == []


def test_split_with_nobody_left_is_a_plain_refusal(house: House) -> None:
    reply = house.postfix.submit(messages.patient_note(SPLIT, [OUTSIDE]), SPLIT, [OUTSIDE]).final

    assert reply.code == 550
    assert house.internet.wait_quiet() == []
    assert house.postfix.queue() == []


def test_a_split_message_survives_a_requeue(house: House) -> None:
    """postsuper -r runs no milter again: the routes must lie in the recipients themselves."""
    raw = messages.patient_note(REROUTED, [DOCTOR, OUTSIDE])
    submission = house.postfix.submit(raw, REROUTED, [DOCTOR, OUTSIDE])

    house.postfix.requeue(submission.queue_id)

    [clear] = house.internet.wait_for(1)
    [secure] = house.gateway.wait_for(1)
    assert (clear.recipients, secure.recipients) == ((OUTSIDE,), (DOCTOR,))
