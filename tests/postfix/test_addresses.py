"""Recipients with difficult addresses reach the gateway under exactly their own address."""

from __future__ import annotations

import pytest

from harness import messages
from harness.house import House
from harness.policies import FREE, REROUTED, SPLIT

pytestmark = pytest.mark.postfix

TRICKY = {
    "u+tag@medecin.mssante.fr": "rfc822;u+2Btag@medecin.mssante.fr",
    "a=b@medecin.mssante.fr": "rfc822;a+3Db@medecin.mssante.fr",
    "Prenom.NOM@MEDECIN.MSSante.fr": "rfc822;Prenom.NOM@MEDECIN.MSSante.fr",
    "o'brien@medecin.mssante.fr": "rfc822;o'brien@medecin.mssante.fr",
    "a/b{c}|d~e@medecin.mssante.fr": "rfc822;a/b{c}|d~e@medecin.mssante.fr",
}
AMBIGUOUS = (
    "p%q@medecin.mssante.fr",
    "a!b@medecin.mssante.fr",
    '"jean dupont"@medecin.mssante.fr',
    '"a@b"@medecin.mssante.fr',
)
"""Mail servers read these in more than one way."""


@pytest.mark.parametrize(("recipient", "orcpt"), TRICKY.items())
def test_a_tricky_recipient_reaches_the_gateway_as_it_was_written(
    house: House, recipient: str, orcpt: str
) -> None:
    assert house.postfix.submit(messages.patient_note(REROUTED, [recipient]), REROUTED, [recipient]).final.ok

    [received] = house.gateway.wait_for(1)
    assert (recipient,) == received.recipients
    assert (orcpt,) == received.orcpts
    assert house.internet.messages() == []


def test_all_of_them_in_one_message(house: House) -> None:
    raw = messages.patient_note(REROUTED, ["liste@hopital.test"])

    assert house.postfix.submit(raw, REROUTED, list(TRICKY)).final.ok

    received = house.gateway.wait_quiet()
    assert sorted(TRICKY) == sorted(recipient for message in received for recipient in message.recipients)
    assert house.internet.messages() == []


def test_a_local_part_with_two_dots_arrives_in_the_quotes_that_the_standard_asks_for(house: House) -> None:
    recipient = "jean..dup@medecin.mssante.fr"

    assert house.postfix.submit(messages.patient_note(REROUTED, [recipient]), REROUTED, [recipient]).final.ok

    [received] = house.gateway.wait_for(1)
    assert received.recipients == ('"jean..dup"@medecin.mssante.fr',)


def test_the_client_s_own_original_recipient_is_kept(house: House) -> None:
    recipient = "dr.x@medecin.mssante.fr"
    options = ["ORCPT=rfc822;alias+2Bliste@hopital.test"]
    raw = messages.patient_note(REROUTED, [recipient])

    assert house.postfix.submit(raw, REROUTED, [recipient], rcpt_options=options).final.ok

    [received] = house.gateway.wait_for(1)
    assert received.orcpts == ("rfc822;alias+2Bliste@hopital.test",)


@pytest.mark.parametrize("recipient", AMBIGUOUS)
def test_an_ambiguous_recipient_is_held_and_never_sent_elsewhere(house: House, recipient: str) -> None:
    submission = house.postfix.submit(messages.patient_note(REROUTED, [recipient]), REROUTED, [recipient])

    assert house.postfix.hold_ids() == [submission.queue_id]
    assert house.internet.wait_quiet() == []
    assert house.gateway.messages() == []


@pytest.mark.parametrize("local", ["u+tag", "a=b", "p%q", '"jean dupont"', '"a@b"', "UP.per"])
def test_a_notice_of_refusal_names_a_tricky_recipient_as_it_was_written(house: House, local: str) -> None:
    recipient, doctor = f"{local}@gmail.test", "dr.x@medecin.mssante.fr"

    assert house.postfix.submit(messages.patient_note(SPLIT, [doctor]), SPLIT, [doctor, recipient]).final.ok

    [notice] = house.internet.wait_quiet(quiet=2)
    assert notice.recipients == (SPLIT,)
    assert f"Original-Recipient: rfc822;{recipient}\n".encode() in notice.raw
    assert [message.recipients for message in house.gateway.messages()] == [(doctor,)]


@pytest.mark.parametrize(
    "domain", ["mssante.hygie.invalid", "refused.hygie.invalid", "MSSante.Hygie.Invalid"]
)
def test_a_client_may_not_use_the_internal_addresses(house: House, domain: str) -> None:
    recipient = f"bob=evil.test@{domain}"

    submission = house.postfix.submit(messages.ordinary(FREE, [recipient]), FREE, [recipient])

    assert (submission.final.code, submission.refused_at) == (554, "rcpt")


def test_nor_by_sendmail_which_no_restriction_of_postfix_sees(house: House) -> None:
    recipient = "bob=evil.test@mssante.hygie.invalid"

    house.postfix.sendmail(messages.ordinary(FREE, [recipient]), FREE, [recipient])

    [notice] = house.internet.wait_quiet(quiet=2)
    assert notice.recipients == (FREE,)
    assert house.gateway.messages() == []


@pytest.mark.parametrize(
    "recipient",
    [
        "@relais.test:dr.y@medecin.mssante.fr",
        "@a.test,@b.test:quelquun@gmail.test",
        "groupe:quelquun@gmail.test;",
        "<dr.y@medecin.mssante.fr>",
        "dr.y@medecin.mssante.fr>",
        "dr.y(commentaire)@medecin.mssante.fr",
        "\\\\quelquun@gmail.test",
    ],
)
@pytest.mark.parametrize("sender", [REROUTED, SPLIT])
def test_a_recipient_that_postfix_would_not_find_again_gets_no_clear_copy(
    house: House, sender: str, recipient: str
) -> None:
    """A source route is dropped by Postfix: deleted under its written name, the recipient stayed."""
    doctor = "dr.x@medecin.mssante.fr"

    submission = house.postfix.submit(messages.patient_note(sender, [doctor]), sender, [doctor, recipient])

    assert (submission.recipients[recipient].code, submission.final.code) == (250, 550)
    assert "5.1.3" in submission.final.text
    assert house.internet.wait_quiet() == []
    assert house.gateway.messages() == []
    assert house.postfix.queue() == []
