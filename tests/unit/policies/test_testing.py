"""Tests inside policies: real messages, each policy alone and enforced."""

import email
import email.policy

from hygie_policies.cases import Mail
from hygie_policies.testing import example_context, message_bytes, run_tests
from policy_values import finding, inspection, policies, policy


def case(expect, to=("alice@gmail.test",), **message):
    return {
        "name": "case",
        "message": {"from": "cardio@hopital.test", "to": list(to), **message},
        "expect": expect,
    }


def results(test, found=(), **changes):
    given = policies(policy(tests=[test], **changes))
    return list(run_tests(given, lambda _: inspection(*found), example_context()))


def test_a_message_is_real_mime_with_its_files_intact():
    mail = Mail.model_validate_json(
        """{"from": "é@hopital.test", "to": ["a@b.test", "c@d.test"], "subject": "Été", "text": "Corps é",
        "html": "<p>é</p>", "attachments": [{"name": "été.bin", "base64": "AP8A\\nDQo="},
        {"name": "a.txt", "type": "text/plain", "text": "ligne\\n"}]}"""
    )

    raw = message_bytes(mail)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    files = {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}

    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert ("Été", "a@b.test, c@d.test") == (message["Subject"], message["To"])
    assert ["Corps é"] == message.get_body(("plain",)).get_content().splitlines()
    assert ["<p>é</p>"] == message.get_body(("html",)).get_content().splitlines()
    assert {"été.bin": b"\0\xff\0\r\n", "a.txt": b"ligne\n"} == {
        name: content.replace(b"ligne\r\n", b"ligne\n") for name, content in files.items()
    }


def test_a_null_sender_has_no_from_header():
    mail = Mail.model_validate_json('{"from": "", "to": ["a@b.test"]}')

    assert b"\r\nFrom:" not in b"\r\n" + message_bytes(mail)


def test_a_test_passes_only_when_the_action_is_the_expected_one():
    assert results(case({"action": "hold"}), [finding("nir")])[0].passed
    assert results(case({"action": "allow"}))[0].passed

    missed = results(case({"action": "hold"}))[0]
    assert (
        ("attendu hold, obtenu allow ; constats : aucun", "expected hold, got allow; findings: none"),
    ) == missed.differences
    wrong = results(case({"action": "reject"}), [finding("nir")])[0]
    assert "attendu reject, obtenu hold ; constats : nir (high)" == wrong.differences[0][0]


def test_each_recipient_may_be_expected_apart():
    to = ("alice@gmail.test", "labo@hopital.test")
    scope = {"recipients": {"internal": False}}
    good = case({"recipients": {"alice@gmail.test": "hold", "labo@hopital.test": "allow"}}, to)
    bad = case({"recipients": {"labo@hopital.test": "hold"}}, to)

    assert results(good, [finding("nir")], scope=scope)[0].passed
    assert (
        "labo@hopital.test : attendu hold, obtenu allow"
        in (results(bad, [finding("nir")], scope=scope)[0].differences[0][0])
    )


def test_a_simulated_policy_is_tested_as_if_enforced():
    assert results(case({"action": "hold"}), [finding("nir")], status="simulate")[0].passed


def test_another_policy_of_the_set_does_not_help():
    given = policies(
        policy(id="a", tests=[case({"action": "hold"})], when={"finding": {"kind": "cda"}}),
        policy(id="b"),
    )

    outcome = list(run_tests(given, lambda _: inspection(finding("nir")), example_context()))

    assert [False] == [result.passed for result in outcome]


def test_an_inspection_that_fails_is_a_failed_test():
    def broken(_):
        raise RuntimeError

    given = policies(policy(tests=[case({"action": "hold"})]))
    outcome = list(run_tests(given, broken, example_context()))

    assert "l'inspection a échoué (RuntimeError)" == outcome[0].differences[0][0]


def test_a_policy_that_fails_does_not_pass_its_test(monkeypatch):
    """Its action would be the expected one, by precaution only."""
    monkeypatch.setattr("hygie_policies.decide.evaluate", lambda *_: 1 / 0)

    assert not results(case({"action": "hold"}))[0].passed


def test_the_example_hospital_has_a_channel_with_a_map():
    channel = example_context().channels["mssante"]

    assert "x@medecin.mssante.fr" == channel.accepts("x@medecin.mssante.fr")
    assert "dr.durand@medecin.mssante.fr" == channel.accepts("Dr.Durand@cabinet-durand.test")
    assert channel.accepts("x@mssante.fr") is None
