"""Extraction and detection together."""

from email.message import EmailMessage

from hygie_detectors.inspect import inspect
from hygie_detectors.limits import Limits
from hygie_detectors.model import Axis, Confidence, Unread


def mail(body="Bonjour.", attachment=None):
    message = EmailMessage()
    message["From"] = "a@example.org"
    message["To"] = "b@example.org"
    message["Subject"] = "Point"
    message.set_content(body)
    if attachment is not None:
        message.add_attachment(attachment, maintype="text", subtype="plain", filename="f.txt")
    return message.as_bytes()


class Refusing:
    """Refuses a part, but only from the second time it is asked for on: in detection."""

    def __init__(self, part):
        self.part = part
        self.asked = 0

    def enter(self, part):
        self.asked += part == self.part
        return "crash" if part == self.part and self.asked > 1 else None


def test_a_nir_in_a_body_is_found_and_both_steps_are_timed(engine):
    inspection = inspect(mail("NIR 2 53 07 2A 073 004 43"), engine, Limits())

    assert [f.kind for f in inspection.findings] == ["nir"]
    assert inspection.unread == ()
    assert inspection.seconds.keys() == {"extract", "detect"}
    assert all(seconds > 0 for seconds in inspection.seconds.values())


def test_a_part_refused_in_detection_is_unread_with_its_attachment_flag(engine):
    raw = mail(attachment=b"NIR 253072A07300443\n")
    parts = inspect(raw, engine, Limits()).parts
    number = next(n for n, part in enumerate(parts) if part.attachment)
    inspection = inspect(raw, engine, Limits(), Refusing(number))

    assert inspection.findings == ()
    assert {u.reason for u in inspection.unread} == {"crash"}
    assert Unread(parts[number].path, "crash", attachment=True) in inspection.unread


def test_a_health_file_is_a_finding_with_both_axes(engine):
    cda = b"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="FR"/>
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<recordTarget><patientRole><id extension="279035121518989" root="1.2.250.1.213.1.4.8"/>
<patient><name><family>PAT</family></name></patient></patientRole></recordTarget></ClinicalDocument>"""
    found = {f.kind: f for f in inspect(mail(attachment=cda), engine, Limits()).findings}

    assert found["cda"].axes == (Axis.IDENTITY, Axis.HEALTH)
    assert found["cda"].confidence is Confidence.HIGH
    assert "ins" in found
