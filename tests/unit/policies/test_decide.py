"""The decision: per recipient, the most restrictive wins, and nothing fails into "allow"."""

from dataclasses import replace

import pytest

from hygie_policies.decide import ask_all, decide
from hygie_policies.model import Action, Context, Envelope
from hygie_policies.testing import ExampleChannel, example_context
from policy_values import finding, inspection, policies, policy, unread

GMAIL = "alice@gmail.test"
DOCTOR = "dr.martin@medecin.mssante.fr"
MAPPED = "dr.durand@cabinet-durand.test"
INSIDE = "labo@hopital.test"
SENDER = "cardio@hopital.test"
NIR = inspection(finding("nir"))


def decided(given, recipients=(GMAIL,), found=NIR, context=None, sender=SENDER):
    return decide(
        found, Envelope(sender, tuple(recipients)), policies(*given), context or example_context(), "ABC123"
    )


def actions(decision):
    return {recipient.address: recipient.action.value for recipient in decision.recipients}


def asking(action, identifier="example", **changes):
    return policy(id=identifier, then={"action": action}, **changes)


class Broken:
    """A channel whose answer cannot be had."""

    name = "mssante"

    def accepts(self, address):
        raise OSError(address)


class BrokenLists(dict):
    """Lists that cannot be read."""

    def get(self, *_):
        raise OSError


# --- who wins ---


def test_nothing_matches_and_the_message_leaves():
    decision = decided([policy()], found=inspection())

    assert ("allow", (), (), (), False) == (
        decision.action,
        decision.outcomes,
        decision.reasons,
        decision.sender_message,
        decision.split,
    )
    assert {GMAIL: "allow"} == actions(decision)


@pytest.mark.parametrize("strict", [Action.TAG, Action.HOLD, Action.REJECT])
def test_the_most_restrictive_wins_whatever_the_severity(strict):
    lesser = [action for action in ("allow", "tag", "hold") if Action(action).rank < strict.rank]
    given = [asking(action, f"less-{action}", severity="critical") for action in lesser]
    decision = decided([*given, asking(strict.value, "strict", severity="low")])

    assert strict == decision.action
    assert ("strict",) == decision.recipients[0].policies


def test_ties_go_by_severity_then_id():
    given = [
        asking("hold", "c", severity="high"),
        asking("hold", "b", severity="critical"),
        asking("hold", "a", severity="high"),
        asking("tag", "d", severity="critical"),
    ]

    assert ("b", "a", "c") == decided(given).recipients[0].policies


def test_each_recipient_has_its_own_fate():
    given = [
        asking("hold", "outside", scope={"recipients": {"internal": False}}),
        asking("tag", "all"),
    ]
    decision = decided(given, (GMAIL, INSIDE))

    assert {GMAIL: "hold", INSIDE: "tag"} == actions(decision)
    assert Action.HOLD == decision.action


def test_a_policy_about_no_recipient_of_the_message_has_no_outcome():
    assert () == decided([asking("hold", scope={"recipients": {"in": ["other.test"]}})]).outcomes


def test_outcomes_and_tags_name_the_policies_and_the_digest_is_recorded():
    given = [asking("hold", "b"), asking("tag", "a", status="simulate", severity="low")]
    decision = decided(given)

    assert [("a", "tag", True, "low", False), ("b", "hold", False, "medium", False)] == [
        (o.id, o.action.value, o.simulated, o.severity, o.failed) for o in decision.outcomes
    ]
    assert ("b",) == decision.tags
    assert policies(*given).digest == decision.digest


# --- simulation ---


def test_a_simulated_policy_is_recorded_and_shown_but_never_acts():
    decision = decided([asking("reject", "strict", status="simulate"), asking("tag", "mild")])

    assert {GMAIL: "tag"} == actions(decision)
    assert Action.REJECT is decision.recipients[0].simulated
    assert (
        "Titre (numéro de sécurité sociale (NIR)).",
        "(simulation) Titre (numéro de sécurité sociale (NIR)).",
    ) == (decision.reasons)
    assert ("mild",) == decision.recipients[0].policies


def test_a_milder_simulation_is_not_shown_beside_a_stricter_act():
    assert (
        decided([asking("tag", "mild", status="simulate"), asking("hold", "b")]).recipients[0].simulated
        is None
    )


# --- failures ---


def test_a_policy_that_fails_counts_as_its_own_action(monkeypatch):
    monkeypatch.setattr("hygie_policies.decide.truth", lambda *_: 1 / 0)
    decision = decided(
        [asking("hold", scope={"recipients": {"internal": False}})], (GMAIL, INSIDE), inspection()
    )

    assert {GMAIL: "hold", INSIDE: "allow"} == actions(decision)
    assert decision.outcomes[0].failed
    assert (
        "Titre (la règle n'a pas pu être évaluée, son action s'applique par précaution).",
    ) == decision.reasons


def test_a_scope_that_fails_counts_for_every_recipient():
    context = Context(lists=BrokenLists(), internal_domains=frozenset({"hopital.test"}))
    decision = decided(
        [asking("hold", scope={"recipients": {"in": ["partners"]}})], (GMAIL, INSIDE), inspection(), context
    )

    assert {GMAIL: "hold", INSIDE: "hold"} == actions(decision)
    assert decision.outcomes[0].failed


def test_a_simulated_policy_that_fails_still_does_not_act(monkeypatch):
    monkeypatch.setattr("hygie_policies.decide.truth", lambda *_: 1 / 0)
    decision = decided([asking("reject", status="simulate")])

    assert {GMAIL: "allow"} == actions(decision)
    assert decision.outcomes[0].failed


def test_a_channel_that_cannot_answer_accepts_no_one():
    context = Context(channels={"mssante": Broken()})
    decision = decided([policy(then={"action": "reroute", "channel": "mssante"})], (DOCTOR,), context=context)

    assert {DOCTOR: "hold"} == actions(decision)
    assert decision.outcomes[0].failed


# --- reroute ---


def test_a_reroute_goes_where_the_channel_says_and_otherwise_elsewhere():
    decision = decided([policy(then={"action": "reroute", "channel": "mssante"})], (DOCTOR, MAPPED, GMAIL))

    assert [
        ("reroute", "mssante", DOCTOR),
        ("reroute", "mssante", "dr.durand@medecin.mssante.fr"),
        ("hold", None, None),
    ] == [(r.action.value, r.channel, r.channel_address) for r in decision.recipients]


def test_without_its_channel_a_reroute_falls_to_otherwise():
    then = {"action": "reroute", "channel": "mssante", "otherwise": "reject"}

    assert {DOCTOR: "reject"} == actions(decided([policy(then=then)], (DOCTOR,), context=Context()))


@pytest.mark.parametrize(
    "address",
    [
        "a%gmail.test@medecin.mssante.fr",
        '"a@gmail.test"@medecin.mssante.fr',
        "a@gmail.test@medecin.mssante.fr",
        "dr@medecin.mssante.fr.evil.test",
        "dr@medecin.mssante.fr ",
        "",
    ],
)
def test_an_address_that_only_looks_secure_is_never_rerouted_nor_held_for_secure(address):
    reroute = policy(then={"action": "reroute", "channel": "mssante", "otherwise": "reject"})
    insecure = asking("hold", scope={"recipients": {"secure": False}})

    assert {address: "reject"} == actions(decided([reroute], (address,)))
    assert {address: "hold"} == actions(decided([insecure], (address,)))


# --- scope ---


def test_secure_means_the_same_address_by_some_channel():
    decision = decided([asking("hold", scope={"recipients": {"secure": True}})], (DOCTOR, MAPPED, GMAIL))

    assert {DOCTOR: "hold", MAPPED: "allow", GMAIL: "allow"} == actions(decision)


@pytest.mark.parametrize(
    ("senders", "sender", "in_scope"),
    [
        ({"in": ["care-units"]}, "CARDIO@hopital.test", True),
        ({"in": ["care-units"]}, "achats@hopital.test", False),
        ({"in": ["hopital.test"]}, "achats@hopital.test.", True),
        ({"in": [".hopital.test"]}, "achats@hopital.test", False),
        ({"in": [".hopital.test"]}, "achats@x.hopital.test", True),
        ({"not_in": ["achats@hopital.test"]}, "achats@hopital.test", False),
        ({"not_in": ["achats@hopital.test"]}, "achats@hopital.test.evil.test", True),
        ({"internal": True}, "achats@hopital.test", True),
        ({"internal": True}, "a%gmail.test@hopital.test", False),
        ({"internal": True}, "", False),
        ({"internal": False}, "", True),
        ({"not_in": ["care-units"]}, "", True),
        ({"internal": True, "not_in": ["care-units"]}, "cardio@hopital.test", False),
    ],
)
def test_the_scope_of_senders(senders, sender, in_scope):
    decision = decided([asking("hold", scope={"senders": senders})], sender=sender)

    assert (decision.action is Action.HOLD) is in_scope


def test_count_is_of_the_recipients_in_scope():
    given = [
        asking("hold", when={"recipient": {"count": 2}}, scope={"recipients": {"internal": False}}),
    ]

    assert {GMAIL: "allow", INSIDE: "allow"} == actions(decided(given, (GMAIL, INSIDE)))
    assert {GMAIL: "hold", DOCTOR: "hold", INSIDE: "allow"} == actions(
        decided(given, (GMAIL, DOCTOR, INSIDE))
    )


# --- split ---

SPLIT = {"action": "reroute", "channel": "mssante", "otherwise": "reject", "split": True}


def test_split_spares_the_secure_copy_and_refuses_the_other_with_a_notice():
    """The documented variant of the shipped policy."""
    decision = decided([policy(then=SPLIT)], (DOCTOR, GMAIL))

    assert {DOCTOR: "reroute", GMAIL: "reject"} == actions(decision)
    assert decision.split
    assert "Votre message n'a pas été envoyé à certains destinataires." == decision.sender_message[0]


def test_one_rejecting_policy_without_split_rejects_the_whole():
    whole = asking("reject", "whole", scope={"recipients": {"in": ["gmail.test"]}})

    decision = decided([policy(then=SPLIT), whole], (DOCTOR, GMAIL))

    assert not decision.split
    assert {DOCTOR: "reroute", GMAIL: "reject"} == actions(decision)
    assert "Votre message n'a pas été envoyé." == decision.sender_message[0]


def test_a_message_rejected_for_all_is_one_refusal():
    assert not decided([policy(then=SPLIT)], (GMAIL,)).split


def test_a_simulated_rejection_does_not_forbid_the_split():
    whole = asking("reject", "whole", status="simulate")

    assert decided([policy(then=SPLIT), whole], (DOCTOR, GMAIL)).split


# --- who may let a held message go ---

LOW = {"severity": "low", "then": {"action": "hold", "release": {"by": "sender", "within": "48h"}}}
HIGH = {"severity": "high", "then": {"action": "hold", "release": {"by": "two", "within": "24h"}}}


def released(*given, **more):
    release = decided(list(given), **more).release
    return release and (release.by, release.hours, release.policies)


def test_every_holding_policy_must_let_someone_release():
    low, high, none = policy(id="low", **LOW), policy(id="high", **HIGH), asking("hold", "none")

    assert ("sender", 48, ("low",)) == released(low)
    assert ("two", 24, ("high", "low")) == released(low, high)
    assert released(low, none) is None
    assert released(low, asking("reject", "whole")) is None
    assert released(asking("tag")) is None
    assert ("sender", 48, ("low",)) == released(low, asking("hold", "later", status="simulate"))


def test_a_policy_in_doubt_is_not_released_by_the_sender():
    broken = policy(id="broken", **LOW | {"then": LOW["then"] | {"action": "reroute", "channel": "mssante"}})
    context = replace(example_context(), channels={"mssante": Broken()})

    assert released(broken, context=context) is None


# --- words ---


def test_reasons_name_kinds_by_number_and_what_is_unread_without_any_value():
    found = inspection(
        finding("nir", fingerprint="f"),
        finding("lab_result"),
        finding("lab_result", start=9),
        unread("encrypted"),
    )
    when = {
        "all": [
            {"pair": {"identity": "low", "health": "low", "in": "message"}},
            {"unread": {}},
        ]
    }

    assert (
        "Titre (résultat d'analyse, numéro de sécurité sociale (NIR), non analysé : contenu chiffré).",
    ) == decided([policy(when=when)], found=found).reasons


def test_reasons_come_from_the_strictest_action_then_the_gravest_and_simulations_last():
    given = [
        asking("tag", "a-mark", title={"fr": "Un", "en": "-"}, severity="critical"),
        asking("reject", "b-refusal", title={"fr": "Deux", "en": "-"}, severity="low"),
        asking("hold", "c-hold", title={"fr": "Trois", "en": "-"}, severity="low"),
        asking("hold", "d-hold", title={"fr": "Quatre", "en": "-"}, severity="high"),
        asking("reject", "e-trial", title={"fr": "Cinq", "en": "-"}, status="simulate", severity="critical"),
    ]

    reasons = decided(given).reasons

    assert ["Deux", "Quatre", "Trois", "Un", "(simulation) Cinq"] == [
        reason.partition(" (n")[0] for reason in reasons
    ]


def test_a_kind_of_the_security_team_is_named_by_its_own_word():
    row = finding("nir")
    own = type(row)("badge_number", *[getattr(row, name) for name in list(row.__slots__)[1:]])

    assert ("Titre (badge_number).",) == decided(
        [policy(when={"finding": {"kind": "badge_number"}})], found=inspection(own)
    ).reasons


def test_the_sender_reads_french_then_english_what_happened_what_to_do_and_the_reference():
    assert (
        "Votre message n'a pas été envoyé.",
        "Repéré dans le message : numéro de sécurité sociale (NIR).",
        "Titre.",
        (
            "Renvoyez-le depuis votre messagerie sécurisée de santé (MSSanté), "
            "ou retirez ce qui concerne un patient."
        ),
        "Référence : ABC123",
        "Your message was not sent.",
        "Seen in the message: social security number (NIR).",
        "Title.",
        "Send it again from your secure health mailbox (MSSanté), or remove what concerns a patient.",
        "Reference: ABC123",
    ) == decided([asking("reject")]).sender_message


def test_a_policy_may_say_it_in_its_own_words():
    own = {"fr": "Appelez le 15.", "en": "Call 15."}

    assert (
        "Votre message est en attente de vérification ; il n'est pas encore parti.",
        "Repéré dans le message : numéro de sécurité sociale (NIR).",
        "Appelez le 15.",
        "Référence : ABC123",
    ) == decided([policy(sender_message=own)]).sender_message[:4]


def test_a_decision_shows_no_address():
    decision = decided([policy(then=SPLIT)], (DOCTOR, GMAIL))

    assert not [word for word in (DOCTOR, GMAIL, "alice", "martin") if word in repr(decision)]


def test_what_policies_ask_shows_no_address_either():
    envelope = Envelope(SENDER, (DOCTOR, MAPPED, GMAIL))
    asked = ask_all(NIR, envelope, policies(policy(then=SPLIT)), example_context())

    assert {"reroute", "reject"} == {request.action.value for request in asked[0].of.values()}
    assert not [word for word in ("martin", "durand", "alice") if word in repr(asked)]


def test_an_envelope_without_recipients_is_decided():
    assert Action.ALLOW == decided([policy()], ()).action


def test_a_channel_is_asked_once_a_recipient():
    asked = []

    class Counting(ExampleChannel):
        def accepts(self, address):
            asked.append(address)

    context = Context(channels={"mssante": Counting("mssante", frozenset())})
    reroute = {"action": "reroute", "channel": "mssante"}
    decided([policy(id=name, then=reroute) for name in ("a", "b", "c")], (GMAIL, DOCTOR), context=context)

    assert [GMAIL, DOCTOR] == asked
