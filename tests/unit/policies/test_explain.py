"""An explanation agrees with the decision, names conditions and numbers, and shows no value."""

from hygie_policies.explain import explain
from hygie_policies.model import Envelope
from hygie_policies.testing import example_context
from policy_values import finding, inspection, policies, policy, unread

ENVELOPE = Envelope("cardio@hopital.test", ("alice@gmail.test", "dr.martin@medecin.mssante.fr"))
PAIR = {"pair": {"identity": "medium", "health": "high", "without": ["negated"], "in": "same_part"}}
WHEN = {
    "any": [
        {"all": [PAIR, {"recipient": {"count": 2}}]},
        {"none": [{"unread": {"reasons": ["encrypted", "limit"], "attachment": True}}]},
        {
            "finding": {
                "kinds": ["nir", "cda"],
                "confidence": "medium",
                "count": 2,
                "distinct": 2,
                "in": "any_part",
            }
        },
    ]
}
FOUND = inspection(
    finding("nir", "2/secret.pdf#page=1"),
    finding("disease", "2/secret.pdf#page=2"),
    unread(part="3/secret.zip"),
)


def shown(language, found=FOUND, **changes):
    given = {"when": WHEN, "then": {"action": "reroute", "channel": "mssante"}, **changes}
    return explain(found, ENVELOPE, policies(policy(**given)), example_context(), language)


def test_an_explanation_in_french():
    assert """\
Décision : mise en attente (hold)
  alice@gmail.test : mise en attente (hold), par example
  dr.martin@medecin.mssante.fr : envoi par la voie sécurisée (reroute) [mssante], par example

example [enforce, medium] s'applique
  Titre
  destinataires concernés : 2 sur 2
  [x] au moins une de ces conditions
    [x] toutes ces conditions
      [x] une personne identifiée et une donnée de santé (identité au moins moyenne, santé au moins haute, \
sans négation), dans la partie considérée ; trouvé : maladie × 1 (haute), \
numéro de sécurité sociale (NIR) × 1 (haute)
          vu : •
          la plus forte : numéro de sécurité sociale (NIR) (haute) et maladie (haute), dans un même fichier, \
force haute
      [x] au moins 2 destinataires concernés ; trouvé : 2
    [ ] aucune de ces conditions
      [x] contenu non analysé (pièce jointe, contenu chiffré, contenu trop volumineux ou trop profond) ; \
trouvé : contenu chiffré × 1
    [ ] numéro de sécurité sociale (NIR) ou document médical CDA""" in shown("fr").replace(
        "document médical CDA ou numéro de sécurité sociale (NIR)",
        "numéro de sécurité sociale (NIR) ou document médical CDA",
    )


def test_an_explanation_in_english():
    text = shown("en", found=inspection(), when={"finding": {"axis": "health", "confidence": "medium"}})

    assert (
        """\
Decision: sent (allow)
  alice@gmail.test: sent (allow)
  dr.martin@medecin.mssante.fr: sent (allow)

example [enforce, medium] does not apply
  Title
  recipients concerned: 2 of 2
  [ ] finding (health, confidence at least medium); found: nothing
"""
        in text
    )


def test_a_simulation_is_shown_as_one():
    text = shown("fr", status="simulate")

    assert "  alice@gmail.test : envoi (allow) ; en simulation mise en attente (hold)\n" in text
    assert "example [simulate, medium] s'applique" in text


def test_a_policy_about_nobody_or_in_failure_says_so(monkeypatch):
    nobody = shown("fr", scope={"recipients": {"in": ["other.test"]}})
    monkeypatch.setattr("hygie_policies.decide.truth", lambda *_: 1 / 0)
    failed = shown("fr")

    assert "ne concerne aucun destinataire de ce message" in nobody
    assert "n'a pas pu être évaluée : son action s'applique" in failed


def test_evidence_is_shown_masked_and_no_file_name_is():
    assert "secret" not in shown("fr")
    assert "vu : •" in shown("fr")
    assert "seen: •" in shown("en")


def test_where_no_part_holds_the_closest_is_explained():
    """The part with something in it, not whichever came last."""
    rows = inspection(finding("nir", "1"), finding("cda", "2", confidence="low"), unread(part="3"))
    text = shown("fr", found=rows, when=PAIR)

    assert "trouvé : numéro de sécurité sociale (NIR) × 1 (haute)" in text
