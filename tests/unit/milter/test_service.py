"""One message through the service: what Postfix is told, and what is written down and counted."""

import json
import logging

import pytest
from prometheus_client import generate_latest

from hygie_detectors.model import Axis, Confidence, Finding, Inspection, Part, Unread
from hygie_milter.journal.keys import Key
from hygie_milter.journal.storage import Journal, prepare
from hygie_milter.metrics import Metrics
from hygie_milter.postfix.plan import Recipient
from hygie_milter.runtime import load_runtime
from hygie_milter.service import Service, Transaction, decision_header, new_reference
from hygie_milter.workers.pool import Overloaded, Unavailable
from hygie_policies.model import Action, Decision

MARKER = "Zebulon-Marqueur"

SETTINGS = """
milter: {{socket: "unix:/tmp/x.sock", failure_action: {failure}}}
organisation: {{domains: [hopital.test]}}
channels: {{mssante: {{domains: [medecin.mssante.fr]}}}}
header: {{trace: {trace}}}
"""


class Inspector:
    """Stands for the pool, which is a process boundary: answers or raises what it is given."""

    def __init__(self, answer):
        self.answer = answer

    def inspect(self, _raw, soft, hard):
        assert soft < hard
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.fixture
def make_service(tmp_path):
    def make(answer, failure="tempfail", trace="false", journal=None):
        config = tmp_path / "hygie.yaml"
        config.write_text(SETTINGS.format(failure=failure, trace=trace), encoding="utf-8")
        metrics = Metrics("test")
        journal = journal or Journal(tmp_path / "journal", prepare(tmp_path / "journal", tmp_path / "keys"))
        service = Service(load_runtime(config), Inspector(answer), metrics, journal)
        service.registry = metrics.registry
        return service

    return make


def inspection(*findings, unread=()):
    return Inspection(
        (Part("1", "text/plain", 10),), findings, tuple(unread), {"extract": 0.001, "detect": 0.002}
    )


def finding(kind, *axes, confidence=Confidence.HIGH):
    return Finding(kind, axes, confidence, f"1/{MARKER}.pdf", 0, 5, MARKER, "ff")


def transaction(*recipients, sender="<a@hopital.test>", our_headers=None, raw=None, size=None):
    raw = raw if raw is not None else f"Subject: {MARKER}\r\n\r\n{MARKER}".encode()
    return Transaction(
        "4ABC", sender, tuple(Recipient(r) for r in recipients), "", raw, size or len(raw), our_headers or {}
    )


PATIENT = (finding("nir", Axis.IDENTITY), finding("disease", Axis.HEALTH))


def journal_lines(tmp_path):
    (file,) = (tmp_path / "journal").glob("*.jsonl")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def sample(service, name, **labels):
    return service.registry.get_sample_value(name, labels)


def test_an_ordinary_message_passes_and_is_journalled(make_service, tmp_path):
    service = make_service(inspection())
    plan = service.answer(transaction("<b@x.test>"))

    assert (None, None, (), ()) == (plan.reply, plan.hold, plan.add_recipients, plan.add_headers)
    assert "allow" == journal_lines(tmp_path)[0]["action"]
    assert 1 == sample(service, "hygie_messages_total", action="allow", status="enforce")


def test_patient_data_goes_by_the_channel_or_waits(make_service, tmp_path):
    service = make_service(inspection(*PATIENT))

    assert 1 == len(service.answer(transaction("<d@medecin.mssante.fr>")).add_recipients)
    assert service.answer(transaction("<b@gmail.test>")).hold.startswith("hygie HY-")
    assert ["reroute", "hold"] == [line["action"] for line in journal_lines(tmp_path)]
    assert ["nir", "disease"] == [row[0] for row in journal_lines(tmp_path)[0]["findings"]]
    assert 2 == sample(service, "hygie_findings_total", detector="nir", confidence="high")


def test_no_content_reaches_the_journal_the_log_the_metrics_or_the_plan(make_service, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    service = make_service(
        inspection(*PATIENT, unread=[Unread(f"2/{MARKER}.zip", "encrypted", attachment=True)]), trace="true"
    )
    plan = service.answer(transaction(f"<{MARKER}@gmail.test>", sender=f"<{MARKER}@hopital.test>"))

    assert MARKER not in json.dumps(journal_lines(tmp_path))
    assert MARKER not in caplog.text
    assert MARKER not in generate_latest(service.registry).decode()
    assert MARKER not in repr((plan.add_headers, plan.reply, plan.hold))
    assert MARKER not in repr(inspection(*PATIENT))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Overloaded("x"), "overloaded"),
        (Unavailable("x"), "unavailable"),
        (RuntimeError(MARKER), "error"),
        (SystemExit(1), "error"),
        (KeyboardInterrupt(), "error"),
    ],
)
@pytest.mark.parametrize(("failure", "code"), [("tempfail", "451"), ("reject", "550"), ("hold", None)])
def test_every_failure_is_the_failure_action_and_counted(make_service, caplog, error, reason, failure, code):
    service = make_service(error, failure)
    plan = service.answer(transaction("<b@x.test>"))

    assert code == (plan.reply.code if plan.reply else None)
    assert (failure == "hold") == (plan.hold is not None)
    assert 1 == sample(service, "hygie_failures_total", reason=reason)
    assert 0 == sample(service, "hygie_messages_total", action="allow", status="enforce")
    assert MARKER not in caplog.text


def test_a_message_held_by_failure_keeps_no_forged_header(make_service):
    plan = make_service(RuntimeError(), "hold").answer(
        transaction("<b@x.test>", our_headers={"x-hygie-decision": 2})
    )

    assert (("x-hygie-decision", 2), ("x-hygie-decision", 1)) == plan.delete_headers


def test_what_cannot_be_journalled_does_not_pass(make_service):
    class FullDisk:
        key = Key("00000000", "2026-11-24", bytes(32))

        def write(self, *_line):
            raise OSError(28, "No space left on device")

    service = make_service(inspection(), journal=FullDisk())

    assert "451" == service.answer(transaction("<b@x.test>")).reply.code
    assert 1 == sample(service, "hygie_failures_total", reason="journal")


def test_the_rest_of_a_message_beyond_the_limit_is_unread_not_clean(make_service, tmp_path):
    service = make_service(inspection())
    service.answer(transaction("<b@x.test>", size=10**9))

    assert ["limit:message_max_bytes"] == [row[1] for row in journal_lines(tmp_path)[0]["unread"]]
    assert 1 == sample(service, "hygie_limit_hits_total", limit="message_max_bytes")


def test_a_client_addressing_our_own_domains_is_refused_whatever_the_content(make_service):
    plan = make_service(inspection()).answer(transaction("<b@x.test>", "<x=y.test@mssante.hygie.invalid>"))

    assert "550" == plan.reply.code


def test_a_trace_header_is_added_when_configured_and_forged_ones_removed(make_service):
    plan = make_service(inspection(), trace="true").answer(
        transaction("<b@x.test>", our_headers={"x-hygie-decision": 1})
    )

    assert plan.add_headers[0][1].startswith("action=allow; policies=-; reference=HY-")
    assert (("x-hygie-decision", 1),) == plan.delete_headers


def test_a_signature_belongs_to_one_message_and_one_key():
    decision = Decision(Action.TAG, "HY-1", (), (), (), tags=("p",))
    signed = [
        decision_header(decision, raw, key).split("signature=")[1]
        for raw, key in [(b"a", b"k"), (b"b", b"k"), (b"a", b"l")]
    ]

    assert 3 == len(set(signed))


def test_references_are_short_and_distinct():
    references = {new_reference() for _ in range(1000)}

    assert 1000 == len(references)
    assert {11} == {len(r) for r in references}
