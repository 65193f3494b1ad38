"""Extraction and detection together, and the figures made of them."""

from email.message import EmailMessage

from hygie_detectors.evaluation import as_message, evaluate
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


def test_figures_are_by_label_and_set(engine, tmp_path):
    for path, content in {
        "neg/a/1.txt": b"La facture est jointe.",
        "neg/a/2.txt": b"Le train est en retard.",
        "neg/mail_b/1": mail("NIR 253072A07300443"),
        "pos/c/1.txt": b"INS 279035121518989",
        "pos/c/2.bin": bytes(range(256)) * 8,
    }.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    a, b, c = evaluate(tmp_path, engine)

    assert [(q.label, q.name, q.files) for q in (a, b, c)] == [
        ("neg", "a", 2),
        ("neg", "mail_b", 1),
        ("pos", "c", 2),
    ]
    assert [(q.identity, q.health, q.pair, q.unread) for q in (a, b, c)] == [
        (0, 0, 0, 0),
        (1, 0, 0, 0),
        (1, 1, 1, 1),
    ]
    assert c.share(c.pair) == 0.5
    assert c.kinds["ins"] == 1
    assert all(q.seconds > 0 for q in (a, b, c))


def test_a_mail_is_taken_as_it_is(tmp_path):
    file = tmp_path / "x.eml"
    file.write_bytes(b"Subject: x\n\nbody\n")

    assert as_message(file) == b"Subject: x\n\nbody\n"
