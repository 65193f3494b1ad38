"""Planted markers: what a message says appears nowhere but in the message."""

from __future__ import annotations

import io
import secrets

import pytest
import pyzipper

from harness import messages
from harness.house import House
from harness.messages import Attachment
from harness.policies import CAREFUL, FREE, HELD, REJECTED, REROUTED, SPLIT, TAGGED

pytestmark = pytest.mark.postfix

DOMAIN = "medecin.mssante.fr"


@pytest.mark.parametrize("sender", [FREE, HELD, REJECTED, REROUTED, SPLIT, TAGGED, CAREFUL])
def test_a_planted_marker_stays_in_the_message(house: House, sender: str) -> None:
    plant = {
        place: f"Zq{secrets.token_hex(6)}" for place in ("subject", "body", "file", "inside", "recipient")
    }
    note = messages.patient_note(sender, []).partition(b"\r\n\r\n")[2].decode()
    files = (
        Attachment(
            f"{plant['file']}.txt",
            "text/plain",
            f"NIR {messages.nir('1900133063077')} {plant['inside']}".encode(),
        ),
        Attachment(f"{plant['file']}.pdf", "application/pdf", b"%PDF-1.7 broken"),
        Attachment(f"{plant['file']}.zip", "application/zip", zipped(plant["file"])),
    )
    recipients = [f"{plant['recipient']}@{DOMAIN}", f"{plant['recipient']}@gmail.test"]
    raw = messages.message(
        sender, recipients, f"Patient {plant['subject']}", f"{note}{plant['body']}\n", attachments=files
    )
    mail_log_before = len(house.postfix.log())

    reply = house.postfix.submit(raw, sender, recipients).final
    received = [*house.internet.wait_quiet(), *house.gateway.messages()]

    added = [
        line
        for message in received
        if message.sender
        for line in message.untraced.split(b"\n")
        if line not in raw.replace(b"\r\n", b"\n").split(b"\n")
    ]
    places = {
        "Hygie's log": house.hygie.log(),
        "journal": house.hygie.journal_text(),
        "metrics": house.hygie.get("/metrics")[1],
        "reply": reply.text,
        "added headers": b"\n".join(added).decode(),
    }
    leaks = [
        (what, where) for what, marker in plant.items() for where, text in places.items() if marker in text
    ]
    assert leaks == []
    # Postfix itself logs the recipients, and nothing else of a message.
    mail_log = house.postfix.log()[mail_log_before:]
    assert [what for what, marker in plant.items() if what != "recipient" and marker in mail_log] == []
    assert plant["recipient"] in mail_log


def zipped(name: str) -> bytes:
    """An encrypted archive whose member's name is the marker."""
    file = io.BytesIO()
    with pyzipper.AESZipFile(file, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"secret")
        archive.writestr(f"{name}.txt", "x")
    return file.getvalue()
