"""The milter dialogue, byte by byte: what Hygie asks for, answers and survives."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator

import pytest

from harness import messages
from harness.fake_mta import (
    ACCEPT,
    ADD_HEADERS,
    ADD_RECIPIENT,
    ADD_RECIPIENT_PARAMETERS,
    CHANGE_HEADERS,
    DELETE_RECIPIENT,
    NO_COMMAND,
    NO_REPLY,
    QUARANTINE,
    REPLY_TEXT,
    FakeMta,
    MilterClosedError,
)
from harness.hygie import HygieServe
from harness.policies import FREE, HELD, REJECTED, REROUTED, SPLIT, TAGGED

OUTSIDE = "quelquun@gmail.test"
DOCTOR = "dr.x@medecin.mssante.fr"


@pytest.fixture
def mta(hygie: HygieServe) -> Iterator[FakeMta]:
    """A connection on which no message has begun."""
    with FakeMta(hygie.socket) as connection:
        connection.connect()
        connection.helo()
        yield connection


def assert_still_serves(hygie: HygieServe) -> None:
    with FakeMta(hygie.socket) as mta:
        assert mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE]).verdict == ACCEPT


# --- negotiation ------------------------------------------------------------------------------------


def test_negotiation_asks_only_for_what_is_used(mta: FakeMta) -> None:
    assert mta.version == 6
    assert mta.actions == (
        ADD_HEADERS
        | ADD_RECIPIENT
        | ADD_RECIPIENT_PARAMETERS
        | DELETE_RECIPIENT
        | CHANGE_HEADERS
        | QUARANTINE
    )


def test_negotiation_declines_the_commands_that_nothing_listens_to(mta: FakeMta) -> None:
    declined = {command for command, bit in NO_COMMAND.items() if mta.protocol & bit}

    assert declined == {b"C", b"H", b"T", b"N", b"U"}


def test_negotiation_spares_the_round_trips_of_collecting(mta: FakeMta) -> None:
    unanswered = {command for command, bit in NO_REPLY.items() if mta.protocol & bit}

    assert unanswered >= {b"M", b"R", b"L", b"B"}


def test_an_mta_that_offers_too_little_is_not_served(hygie: HygieServe) -> None:
    """Without quarantine or recipient changes Hygie could not do what policies ask for."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(hygie.socket.removeprefix("unix:"))
        client.sendall(struct.pack("!I", 13) + b"O" + struct.pack("!III", 6, ADD_HEADERS, 0x1FFFFF))

        assert client.recv(100) == b""

    assert_still_serves(hygie)


# --- answers ----------------------------------------------------------------------------------------


def test_allow_changes_nothing(mta: FakeMta) -> None:
    answer = mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE])

    assert (answer.verdict, answer.changes) == (ACCEPT, [])


def test_tag_adds_one_header(mta: FakeMta) -> None:
    answer = mta.send(messages.patient_note(TAGGED, [OUTSIDE]), TAGGED, [OUTSIDE])

    [(kind, (name, value))] = answer.changes
    assert (answer.verdict, kind, name) == (ACCEPT, "add_header", "X-Hygie-Decision")
    assert value.startswith("action=tag; policies=test-tagged; reference=HY-")


def test_hold_is_a_quarantine_and_an_accept(mta: FakeMta) -> None:
    answer = mta.send(messages.patient_note(HELD, [OUTSIDE]), HELD, [OUTSIDE])

    [(kind, (reason,))] = answer.changes
    assert (answer.verdict, kind) == (ACCEPT, "quarantine")
    assert reason.startswith("hygie HY-")


def test_reject_is_one_550_and_no_change(mta: FakeMta) -> None:
    answer = mta.send(messages.patient_note(REJECTED, [OUTSIDE]), REJECTED, [OUTSIDE])

    assert (answer.verdict, answer.changes) == (REPLY_TEXT, [])
    assert answer.text.isascii()
    assert all(line[:3] == "550" and line[4:10] == "5.7.1 " for line in answer.text.split("\r\n"))


def test_reroute_adds_the_new_recipient_before_it_deletes_the_old_one(mta: FakeMta) -> None:
    answer = mta.send(messages.patient_note(REROUTED, [DOCTOR]), REROUTED, [DOCTOR])

    assert answer.verdict == ACCEPT
    assert answer.changes == [
        ("add_recipient", ("<dr.x=medecin.mssante.fr@mssante.hygie.invalid>", f"ORCPT=rfc822;{DOCTOR}")),
        ("delete_recipient", (f"<{DOCTOR}>",)),
    ]


def test_split_keeps_the_number_of_recipients(mta: FakeMta) -> None:
    answer = mta.send(messages.patient_note(SPLIT, [DOCTOR, OUTSIDE]), SPLIT, [DOCTOR, OUTSIDE])

    added = [arguments[0] for arguments in answer.named("add_recipient")]
    assert answer.verdict == ACCEPT
    assert added == [
        "<dr.x=medecin.mssante.fr@mssante.hygie.invalid>",
        "<quelquun=gmail.test@refused.hygie.invalid>",
    ]
    assert answer.named("delete_recipient") == [(f"<{DOCTOR}>",), (f"<{OUTSIDE}>",)]


def test_a_refused_recipient_is_reported_even_to_who_wants_no_notice(mta: FakeMta) -> None:
    raw = messages.patient_note(SPLIT, [DOCTOR, OUTSIDE])
    mta.mail(SPLIT)
    mta.rcpt(DOCTOR)
    mta.rcpt(OUTSIDE, "NOTIFY=NEVER")
    for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        mta.header(*line.split(b": ", 1))
    mta.body(raw.partition(b"\r\n\r\n")[2])

    refused = [a for a in mta.end().named("add_recipient") if "refused" in a[0]]

    assert refused == [
        ("<quelquun=gmail.test@refused.hygie.invalid>", f"ORCPT=rfc822;{OUTSIDE} NOTIFY=FAILURE")
    ]


def test_the_same_recipient_twice_is_one_copy(mta: FakeMta) -> None:
    answer = mta.send(messages.patient_note(REROUTED, [DOCTOR]), REROUTED, [DOCTOR, DOCTOR])

    assert len(answer.named("add_recipient")) == len(answer.named("delete_recipient")) == 1


def test_an_internal_address_is_refused(mta: FakeMta) -> None:
    recipient = "bob=evil.test@mssante.hygie.invalid"

    answer = mta.send(messages.ordinary(FREE, [recipient]), FREE, [OUTSIDE, recipient])

    assert (answer.verdict, answer.text[:3], answer.changes) == (REPLY_TEXT, "550", [])


def test_forged_headers_are_deleted_from_the_last_to_the_first(mta: FakeMta) -> None:
    """Each deletion renumbers what follows it."""
    forged = b"X-Hygie-Decision: a\r\nX-HYGIE-Decision: b\r\nX-Hygie: c\r\n"

    answer = mta.send(forged + messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE])

    changed = [(name.lower(), int(index), value) for index, name, value in answer.named("change_header")]
    assert sorted(changed) == [
        ("x-hygie", 1, ""),
        ("x-hygie-decision", 1, ""),
        ("x-hygie-decision", 2, ""),
    ]
    decisions = [index for name, index, _ in changed if name == "x-hygie-decision"]
    assert decisions == [2, 1]


# --- one connection, several messages ---------------------------------------------------------------


def test_nothing_of_a_message_stays_for_the_next_one(mta: FakeMta) -> None:
    held = mta.send(messages.patient_note(HELD, [OUTSIDE]), HELD, [OUTSIDE])
    free = mta.send(messages.ordinary(FREE, [DOCTOR]), FREE, [DOCTOR])
    rerouted = mta.send(messages.patient_note(REROUTED, [DOCTOR]), REROUTED, [DOCTOR])

    assert len(held.named("quarantine")) == 1
    assert free.changes == []
    assert [(f"<{DOCTOR}>",)] == rerouted.named("delete_recipient")


def test_nothing_of_an_aborted_message_stays_for_the_next_one(mta: FakeMta) -> None:
    mta.mail(REROUTED)
    mta.rcpt("autre@medecin.mssante.fr")
    mta.header("X-Hygie-Decision", "forged")
    mta.header("Subject", "NIR")
    mta.body(messages.patient_note(REROUTED, [DOCTOR]))
    mta.abort()

    answer = mta.send(messages.ordinary(REROUTED, [DOCTOR]), REROUTED, [DOCTOR])

    assert (answer.verdict, answer.changes) == (ACCEPT, [])


def test_fifty_interleaved_connections_each_get_their_own_answer(hygie: HygieServe) -> None:
    """Callbacks of one connection move between libmilter's threads: nothing may leak across them."""
    senders = [(HELD, FREE, REROUTED, REJECTED, TAGGED)[number % 5] for number in range(50)]
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(FakeMta(hygie.socket, timeout=60)) for _ in senders]
        pairs = list(zip(connections, senders, strict=True))
        for mta, sender in pairs:
            mta.mail(sender)
        for number, (mta, _) in enumerate(pairs):
            mta.rcpt(f"dr.{number}@medecin.mssante.fr")
        for mta, sender in pairs:
            head = messages.patient_note(sender, [DOCTOR]).partition(b"\r\n\r\n")[0]
            for line in head.split(b"\r\n"):
                mta.header(*line.split(b": ", 1))
        for mta, sender in pairs:
            mta.body(messages.patient_note(sender, [DOCTOR]).partition(b"\r\n\r\n")[2])
        for mta, _ in pairs:
            mta.begin_end()
        answers = [mta.finish_end() for mta in connections]

    for number, (sender, answer) in enumerate(zip(senders, answers, strict=True)):
        kinds = [kind for kind, _ in answer.changes]
        expected = {
            HELD: (ACCEPT, ["quarantine"]),
            FREE: (ACCEPT, []),
            REROUTED: (ACCEPT, ["add_recipient", "delete_recipient"]),
            REJECTED: (REPLY_TEXT, []),
            TAGGED: (ACCEPT, ["add_header"]),
        }[sender]
        assert (answer.verdict, kinds) == expected, sender
        if sender == REROUTED:
            assert answer.named("delete_recipient") == [(f"<dr.{number}@medecin.mssante.fr>",)]


# --- clients that misbehave -------------------------------------------------------------------------


def test_commands_out_of_order_are_dropped_and_the_next_message_is_answered(mta: FakeMta) -> None:
    """libmilter itself ignores an end without a message, and a body without recipients."""
    mta.begin_end()
    mta.mail(HELD)
    mta.header("Subject", "NIR")
    mta.body(messages.patient_note(HELD, [OUTSIDE]))
    mta.begin_end()

    answer = mta.send(messages.ordinary(HELD, [OUTSIDE]), HELD, [OUTSIDE])

    assert (answer.verdict, answer.changes) == (ACCEPT, [])


def test_a_null_sender_and_an_empty_message_pass(mta: FakeMta) -> None:
    mta.mail("")
    mta.rcpt(OUTSIDE)

    assert mta.end().verdict == ACCEPT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"Subject", b"\xff\xfe\x80 8 bits"),
        (b"Subject", b""),
        (b"Subject", b"a" * 60_000),
        (b"Content-Type", b"text/plain; name*"),
        (b"To", b"(c):"),
        (b"Content-Type", b'multipart/mixed; boundary=""'),
        (b"Content-Transfer-Encoding", b"\x00\x01"),
    ],
    ids=["8bit", "empty", "60kB", "star-parameter", "comment", "empty-boundary", "controls"],
)
def test_a_hostile_header_is_answered(mta: FakeMta, name: bytes, value: bytes) -> None:
    mta.mail(FREE)
    mta.rcpt(OUTSIDE)
    mta.header(name, value)
    mta.body(b"corps\r\n")

    assert mta.end().verdict == ACCEPT


def test_ten_thousand_headers_are_answered(mta: FakeMta) -> None:
    mta.mail(FREE)
    mta.rcpt(OUTSIDE)
    for number in range(10_000):
        mta.header("X-Hygie-Flood" if number % 100 == 0 else "X-Flood", str(number))

    answer = mta.end()

    assert (answer.verdict, len(answer.named("change_header"))) == (ACCEPT, 100)


def test_a_hundred_recipients_are_all_kept(mta: FakeMta) -> None:
    recipients = [f"dr.{number}@medecin.mssante.fr" for number in range(100)]

    answer = mta.send(messages.patient_note(REROUTED, recipients[:1]), REROUTED, recipients)

    deleted = [path for (path,) in answer.named("delete_recipient")]
    assert deleted == [f"<{recipient}>" for recipient in recipients]
    assert len(answer.named("add_recipient")) == 100


def test_a_client_that_hangs_up_in_the_body_disturbs_nobody(hygie: HygieServe) -> None:
    for _ in range(20):
        mta = FakeMta(hygie.socket)
        mta.mail(FREE)
        mta.rcpt(OUTSIDE)
        mta.body(b"x" * 200_000)
        mta.cut()

    assert_still_serves(hygie)


def test_a_client_that_hangs_up_during_the_inspection_disturbs_nobody(hygie: HygieServe) -> None:
    for _ in range(10):
        mta = FakeMta(hygie.socket)
        mta.mail(HELD)
        mta.rcpt(OUTSIDE)
        mta.body(messages.lab_report(HELD, [OUTSIDE]))
        mta.begin_end()
        mta.cut()

    assert_still_serves(hygie)


@pytest.mark.parametrize(
    "garbage",
    [b"\xff\xff\xff\xffO", b"\x00\x00\x00\x01Z", b"\x00\x00\x00\x00", b"GET / HTTP/1.1\r\n\r\n"],
    ids=["4GiB-packet", "unknown-command", "empty-packet", "http"],
)
def test_garbage_closes_that_connection_only(hygie: HygieServe, garbage: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(hygie.socket.removeprefix("unix:"))
        client.sendall(garbage)
        client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            client.recv(100)

    assert_still_serves(hygie)


def test_a_queue_id_from_elsewhere_is_not_written_to_the_journal(hygie: HygieServe, mta: FakeMta) -> None:
    before = len(hygie.journal())
    mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE], queue_id='AB"}\n{"forged":1')

    assert all("forged" not in line for line in hygie.journal())
    # Beside a message that an earlier test left behind, perhaps.
    assert "" in [line["queue_id"] for line in hygie.journal()[before:]]


def test_the_fake_mta_itself_notices_a_milter_that_hangs_up() -> None:
    """The tests above rest on this."""
    ours, theirs = socket.socketpair()
    theirs.close()
    mta = FakeMta.__new__(FakeMta)
    mta._socket = ours

    with pytest.raises(MilterClosedError):
        mta._receive()
    ours.close()
