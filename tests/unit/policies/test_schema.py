"""The closed schema: what fits together, and what is said of what does not."""

import typing

import pytest

from hygie_detectors.model import QUALIFIERS
from hygie_policies.leaves import Qualifier
from hygie_policies.schema import Policy
from hygie_policies.yamlfile import YamlError, load
from policy_values import policy, write

ONE_KEY = (
    "exactement une clé attendue parmi all, any, none, finding, pair, document, attachment, "
    "unread, recipient, header, size, volume, macro"
)


def refused(folder, **changes) -> list[str]:
    """Return the French half of what is said of a policy."""
    with pytest.raises(YamlError) as caught:
        load(write(folder, **changes), Policy)
    return [problem.message.split("\n")[0] for problem in caught.value.problems]


def test_the_qualifiers_are_those_of_findings():
    assert set(typing.get_args(Qualifier)) == QUALIFIERS


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 2}, "attendu : 1, lu « 2 »"),
        ({"id": "Pas Bon"}, "minuscules, chiffres et tirets attendus, par exemple « lettres-de-sortie »"),
        (
            {"status": "enforced"},
            (
                "attendu : draft, simulate, enforce ou retired, lu « enforced » ; "
                "vouliez-vous dire « enforce » ?"
            ),
        ),
        ({"severity": "haute"}, "attendu : low, medium, high ou critical, lu « haute »"),
        ({"title": {"fr": "x"}}, "clé manquante : « en »"),
        ({"title": {"fr": " ", "en": "x"}}, "texte vide"),
        ({"when": {}}, ONE_KEY),
        (
            {"when": {"finding": {"kind": "nir"}, "recipient": {"count": 2}}},
            f"{ONE_KEY} ; lu : finding + recipient (groupez sous « all »)",
        ),
        ({"when": {"all": []}}, "au moins 1 élément(s) attendu(s)"),
        ({"when": {"finding": {}}}, "« kind », « kinds » ou « axis » est attendu"),
        ({"when": {"finding": {"kind": "nir", "kinds": ["ins"]}}}, "« kind » ou « kinds », pas les deux"),
        ({"when": {"finding": {"kind": "nir", "count": 0}}}, "un nombre d'au moins 1 est attendu, lu « 0 »"),
        (
            {"when": {"finding": {"axis": "helth"}}},
            "attendu : identity ou health, lu « helth » ; vouliez-vous dire « health » ?",
        ),
        (
            {"when": {"finding": {"kind": "nir", "in": "part"}}},
            "attendu : message, any_part ou same_part, lu « part » ; vouliez-vous dire « any_part » ?",
        ),
        ({"when": {"pair": {"identity": "low", "health": "low"}}}, "clé manquante : « in »"),
        ({"when": {"unread": {"reasons": "all"}}}, "« any » ou une liste est attendu"),
        ({"when": {"unread": {"reasons": []}}}, "« any » ou une liste est attendu"),
        (
            {"when": {"unread": {"reasons": ["encripted"]}}},
            "raison inconnue « encripted » ; vouliez-vous dire « encrypted » ?",
        ),
        (
            {"when": {"recipient": {"count": 2, "in": "message"}}},
            "clé inconnue « in » ; clés possibles : count, first_contact, free_mail, look_alike, secure",
        ),
        ({"then": {"action": "reroute"}}, "« reroute » demande « channel »"),
        ({"then": {"action": "hold", "channel": "mssante"}}, "« channel » ne va qu'avec « reroute »"),
        ({"then": {"action": "hold", "otherwise": "hold"}}, "« otherwise » ne va qu'avec « reroute »"),
        ({"then": {"action": "hold", "split": True}}, "« split » ne va qu'avec « reject »"),
        (
            {"then": {"action": "reroute", "channel": "mssante", "otherwise": "reroute"}},
            "« otherwise » ne peut pas être « reroute »",
        ),
        (
            {"then": {"action": "reroute", "channel": "mssante", "otherwise": "allow"}},
            "« otherwise: allow » laisse partir en clair : réservé à « severity: low »",
        ),
        (
            {"scope": {"senders": {"secure": True}}},
            "clé inconnue « secure » ; clés possibles : in, internal, not_in",
        ),
        (
            {"scope": {"recipients": {"in": ["Pas une liste"]}}},
            "nom de liste, adresse (a@b.fr), domaine (b.fr) ou sous-domaines (.b.fr) attendu",
        ),
        ({"scope": {"recipients": {"in": []}}}, "au moins 1 élément(s) attendu(s)"),
        (
            {"tests": [{"name": "x", "message": {"from": "a@b", "to": ["c@d"]}, "expect": {}}]},
            "« action » ou « recipients » est attendu",
        ),
        (
            {
                "tests": [
                    {
                        "name": "x",
                        "message": {"from": "a@b", "to": ["c@d"]},
                        "expect": {"recipients": {"e@f": "hold"}},
                    }
                ]
            },
            "ce destinataire n'est pas dans « to »",
        ),
        (
            {
                "tests": [
                    {
                        "name": "x",
                        "message": {"from": "", "to": ["c@d"], "attachments": [{"name": "a", "base64": "é"}]},
                        "expect": {"action": "allow"},
                    }
                ]
            },
            "base64 invalide",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_words(tmp_path, changes, said):
    assert [said] == refused(tmp_path, **changes)


def test_a_leaf_deep_in_a_tree_is_said_at_its_line(tmp_path):
    path = write(tmp_path)
    text = path.read_text()
    start = text.index("when:")
    path.write_text(
        text[:start]
        + "when:\n  all:\n    - none:\n        - finding:\n            knd: nir\nthen: {action: hold}\n"
    )

    with pytest.raises(YamlError) as caught:
        load(path, Policy)

    line = text[:start].count("\n") + 5
    assert f"{path}:{line}:13: clé inconnue « knd » ; vouliez-vous dire « kind » ?" in str(caught.value)


def test_a_reroute_that_may_leave_in_clear_is_for_low_severity():
    then = {"action": "reroute", "channel": "mssante", "otherwise": "allow"}

    assert policy(severity="low", then=then).then.fallback == "allow"


def test_a_reroute_falls_to_hold_by_default():
    assert policy(then={"action": "reroute", "channel": "mssante"}).then.fallback == "hold"


def test_entries_of_a_scope_are_brought_to_their_comparable_form():
    scope = {"recipients": {"in": ["A@HÔPITAL.test", "B.Test.", ".C.test", "care-units"]}}

    assert policy(scope=scope).scope.recipients.in_ == (
        "a@xn--hpital-ixa.test",
        "b.test",
        ".c.test",
        "care-units",
    )


def test_what_does_not_fit_together_is_said_at_the_key_in_question(tmp_path):
    path = write(tmp_path, then={"action": "hold", "channel": "mssante"})
    line = path.read_text().split("  channel:")[0].count("\n") + 1

    with pytest.raises(YamlError) as caught:
        load(path, Policy)

    assert [(line, 3)] == [(problem.line, problem.column) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"severity": "medium", "by": "sender"}, "by: two"),
        ({"severity": "low", "by": "sender", "action": "tag"}, "hold"),
        ({"severity": "low", "by": "sender", "action": "reject"}, "hold"),
        ({"severity": "low", "by": "anyone"}, "two"),
        ({"severity": "low", "by": "sender", "within": "99d"}, "31"),
    ],
)
def test_who_may_release_is_checked(changes, said):
    release = {"by": changes["by"], "within": changes.get("within", "48h")}
    with pytest.raises(YamlError) as raised:
        policy(
            severity=changes["severity"], then={"action": changes.get("action", "hold"), "release": release}
        )

    assert said in str(raised.value)


@pytest.mark.parametrize("severity", ["low", "critical"])
def test_two_may_release_whatever_the_severity(severity):
    assert policy(severity=severity, then={"action": "hold", "release": {"by": "two", "within": "24h"}})


def test_a_typo_hides_only_the_missing_key_beside_it():
    with pytest.raises(YamlError) as caught:
        policy(title={"fr": "Titre"}, why={"fr": "Raison", "en": "Ground", "enn": "x"})

    assert 2 == len(caught.value.problems)
