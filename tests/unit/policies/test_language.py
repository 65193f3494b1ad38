"""The leaves, scopes, exceptions and shared lists: what each is about, at its edges."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hygie_detectors.model import Part
from hygie_policies.contents import answer
from hygie_policies.decide import decide
from hygie_policies.loader import expiries, load_policies, policy_set, validate_against
from hygie_policies.lookalike import Partners
from hygie_policies.model import Answers, Context, Envelope, NotRecorded
from hygie_policies.shared import Shared
from hygie_policies.testing import example_context
from policy_values import finding, inspection, policies, policy, unread, write

SENDER, OUT = "cardio@hopital.test", "alice@gmail.test"
ALWAYS = {"size": {"at_least": 1}}


class Sent:
    """A history in which so much was sent, and one address is new."""

    def __init__(self, number=0, new=()):
        self.number, self.new = number, new

    def volume(self, _measure, _hours):
        return self.number

    def first_contact(self, recipient):
        return recipient in self.new


class Unknown:
    """A history that nobody wrote down."""

    def volume(self, _measure, _hours):
        raise NotRecorded

    def first_contact(self, _recipient):
        raise NotRecorded


def decided(given, found=None, recipients=(OUT,), shared=None, raw=b"", now=None, **envelope):
    known = policy_set([given], shared=shared)
    found = found or inspection()
    context = replace(
        example_context(),
        now=now or datetime(2026, 11, 24, 9, tzinfo=UTC),
        history=envelope.pop("history", Sent()),
        contents=Answers(answer(known.questions, raw, found.parts)),
    )
    return decide(found, Envelope(SENDER, recipients, 1000, **envelope), known, context, "ABC123")


def matches(when, found=None, **given):
    return bool(decided(policy(when=when), found, **given).outcomes)


def with_parts(*parts, rows=()):
    return replace(inspection(*rows), parts=parts)


PDF = Part("2/Dossier 12.pdf", "application/pdf", 10, attachment=True)
ZIP = Part("3/envoi.zip", "application/zip", 10, attachment=True)
BODY = Part("1", "text/plain", 10)


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        ({"type": "application/pdf"}, True),
        ({"type": "application/*", "count": 2}, True),
        ({"type": "application/*", "count": 3}, False),
        ({"type": "text/*"}, False),
        ({"name": r"^dossier \d+"}, True),
        ({"name": r"^dossier \d+", "type": "application/zip"}, False),
        ({"encrypted": True}, True),
        ({"encrypted": True, "type": "application/pdf"}, False),
        ({"encrypted": False, "count": 2}, False),
    ],
)
def test_an_attachment_must_be_all_that_is_said(leaf, expected):
    found = with_parts(BODY, PDF, ZIP, rows=[unread(part="3/envoi.zip/lettre.txt")])

    assert matches({"attachment": leaf}, found) is expected


def test_a_header_is_searched_decoded_and_whatever_its_case():
    raw = b"Subject: =?utf-8?b?VVJHRU5DRSB2aXRhbGU=?=\r\n =?utf-8?q?_=C3=A9t=C3=A9?=\r\nX-A: 1\r\n\r\nurgence"

    assert matches({"header": {"name": "subject", "pattern": "urgence vitale été"}}, raw=raw)
    assert matches({"header": {"name": "X-A", "present": True}}, raw=raw)
    assert matches({"header": {"name": "X-B", "present": False}}, raw=raw)
    assert not matches({"header": {"name": "X-B", "pattern": "urgence"}}, raw=raw)


@pytest.mark.parametrize(
    ("within", "expected"), [("199 chars", False), ("200 chars", True), ("same_part", True)]
)
def test_a_pair_within_so_many_characters(within, expected):
    found = inspection(finding("nir", start=0), finding("disease", start=201))

    assert matches({"pair": {"strength": "medium", "within": within, "in": "message"}}, found) is expected


def test_the_strength_of_a_pair_is_a_minimum():
    found = inspection(finding("nir", confidence="medium"), finding("disease", "2", confidence="medium"))

    assert matches({"pair": {"strength": "medium", "in": "message"}}, found)
    assert not matches({"pair": {"strength": "high", "in": "message"}}, found)


def test_recipients_are_counted_by_what_they_are():
    shared = Shared(free_mail=frozenset({"gmail.test"}), partners=Partners(frozenset({"labo-martin.test"})))
    to = (OUT, "dr@medecin.mssante.fr", "secretariat@labo-martn.test")

    def counted(count=1, **traits):
        return matches(
            {"recipient": {**traits, "count": count}}, recipients=to, shared=shared, history=Sent(new=[OUT])
        )

    assert (True, False) == (counted(secure=False, count=2), counted(secure=False, count=3))
    assert (True, False) == (counted(free_mail=True), counted(free_mail=True, count=2))
    assert (True, False) == (counted(look_alike=True), counted(look_alike=True, free_mail=True))
    assert (True, False) == (counted(first_contact=True), counted(first_contact=True, secure=True))


def test_volume_counts_this_message_too():
    when = {"volume": {"of": "messages", "at_least": 10, "window": "24h"}}

    assert [False, True] == [matches(when, history=Sent(number)) for number in (8, 9)]


def test_what_was_not_recorded_counts_as_matched_and_is_said():
    when = {"volume": {"of": "messages", "at_least": 10, "window": "24h"}}
    decision = decided(policy(when=when), history=Unknown())

    assert ("hold", True, True) == (decision.action, decision.untold, decision.outcomes[0].untold)
    assert matches({"all": [when, {"finding": {"kind": "nir"}}]}, history=Unknown()) is False
    assert not decided(policy(when={"any": [when, ALWAYS]}), history=Unknown()).untold
    scope = {"recipients": {"first_contact": True}}
    assert decided(policy(when=ALWAYS, scope=scope), history=Unknown()).untold


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2026-11-27T17:29", False),  # Friday 18:29 in Paris
        ("2026-11-27T17:30", True),  # Friday 18:30
        ("2026-11-28T06:59", True),  # Saturday 7:59, of Friday's span
        ("2026-11-28T07:00", False),
        ("2026-11-28T18:00", False),  # Saturday is no day of the span
        ("2026-03-27T17:30", True),  # a Friday in winter time, two days before summer time
        ("2026-04-03T16:30", True),  # a Friday in summer time
        ("2026-04-03T16:29", False),
    ],
)
def test_hours_are_those_of_paris_and_may_cross_midnight(utc, expected):
    scope = {"hours": [{"days": ["fri"], "from": "18:30", "to": "08:00"}]}
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert bool(decided(policy(when=ALWAYS, scope=scope), now=now).outcomes) is expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"groups": {"in": ["care-units"]}}, True),
        ({"groups": {"not_in": ["care-units"]}}, False),
        ({"authenticated": {"present": True}}, True),
        ({"authenticated": {"in": ["CARDIO"]}}, True),
        ({"authenticated": {"not_in": ["cardio"]}}, False),
        ({"clients": {"in": ["interne"]}}, True),
        ({"clients": {"not_in": ["10.1.0.0/16"]}}, False),
        ({"clients": {"in": ["192.0.2.1"]}}, False),
        ({"channels": {"in": ["mssante"]}}, False),
        ({"channels": {"not_in": ["mssante"]}}, True),
    ],
)
def test_a_scope_narrows(scope, expected):
    shared = Shared(networks={"interne": ("10.1.0.0/16",)})
    given = policy(when=ALWAYS, scope=scope)
    decision = decided(given, shared=shared, authenticated="cardio", client="10.1.2.3")

    assert bool(decision.outcomes) is expected


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_a_draft_and_a_retired_policy_are_not_evaluated(status):
    assert () == decided(policy(when=ALWAYS, status=status)).outcomes


def excepted(**changes):
    exception = {
        "id": "cq", "scope": {"recipients": {"in": ["gmail.test"]}}, "reason": "Essai", "owner": "RSSI",
        "expires": "2026-12-24", **changes,
    }  # fmt: skip
    return policy(when=ALWAYS, exceptions=[exception])


def test_an_exception_spares_whom_it_names_and_is_recorded():
    decision = decided(excepted(), recipients=(OUT, "bob@ailleurs.test"))

    assert ["allow", "hold"] == [r.action.value for r in decision.recipients]
    assert ("cq",) == decision.outcomes[0].exceptions
    assert ("allow", ("cq",), ()) == (
        decided(excepted()).outcomes[0].action,
        decided(excepted()).outcomes[0].exceptions,
        decided(excepted()).tags,
    )


def test_an_exception_needs_its_condition_and_an_unknown_one_spares_no_one():
    when = {"header": {"name": "X-CQ", "present": True}}

    assert "allow" == decided(excepted(when=when), raw=b"X-CQ: 1\r\n\r\n").action
    assert "hold" == decided(excepted(when=when)).action
    volume = {"volume": {"of": "messages", "at_least": 9, "window": "24h"}}
    unknown = decided(excepted(when=volume), history=Unknown())
    assert ("hold", True) == (unknown.action, unknown.untold)


@pytest.mark.parametrize(
    ("today", "said"),
    [("2026-11-23", ""), ("2026-11-24", "expire dans 30 jour(s)"), ("2026-12-25", "n'épargne plus personne")],
)
def test_an_exception_is_announced_a_month_before_and_after_its_end(today, said):
    warnings = expiries(policies(excepted()), datetime.fromisoformat(today).date())

    assert [bool(said)] == [bool(warnings)]
    assert said in "".join(map(str, warnings))


def shared_folder(folder, text, **changes):
    write(folder, **changes)
    (folder / "lists").mkdir()
    (folder / "lists" / "lists.yaml").write_text("schema: 1\n" + text, encoding="utf-8")
    return folder


def test_lists_come_from_entries_sources_and_maps(tmp_path):
    folder = shared_folder(
        tmp_path,
        "lists: {a: {entries: [A@b.fr]}, b: {source: b.txt}, c: {map: {file: c.map, values: [soins]}}}\n",
        scope={"senders": {"in": ["a", "b"]}, "groups": {"in": ["c"]}},
    )
    (folder / "lists" / "b.txt").write_text("# partenaires\nlabo.fr\n.ch.fr  # sous-domaines\n")
    (folder / "lists" / "c.map").write_text("x@y.fr soins\nz@y.fr paie\n")

    loaded = load_policies(folder)

    assert {"a": {"a@b.fr"}, "b": {"labo.fr", ".ch.fr"}, "c": {"x@y.fr"}} == loaded.shared.lists
    assert ((), ()) == validate_against(loaded, Context())


def test_a_macro_is_put_in_place_and_what_nothing_uses_is_warned_of(tmp_path):
    folder = shared_folder(
        tmp_path,
        "macros:\n  un: {macro: deux}\n  deux: {finding: {kind: nir}}\nnetworks: {libre: [10.0.0.0/8]}\n",
        when={"any": [{"macro": "un"}, {"finding": {"kind": "ins"}}]},
    )
    loaded = load_policies(folder)

    (only,) = loaded.policies
    assert ["nir", "ins"] == [child.leaf.kind for child in only.when.children]
    assert ["« libre » : aucune règle ne s'en sert"] == [w.message.split("\n")[0] for w in loaded.warnings]


def test_the_digest_covers_what_is_shared_and_the_version(tmp_path):
    folder = shared_folder(tmp_path, "lists: {a: {entries: [a@b.fr]}}\n", scope={"senders": {"in": ["a"]}})
    first = load_policies(folder)
    (folder / "lists" / "lists.yaml").write_text("schema: 1\nlists: {a: {entries: [a@c.fr]}}\n")
    second = load_policies(folder)
    (folder / "set.yaml").write_text('schema: 1\nversion: "2026.11"\n')
    third = load_policies(folder)

    assert 3 == len({first.digest, second.digest, third.digest})
    assert "2026.11" == third.version


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("labo-martin.fr", False), ("resultats.labo-martin.fr", False), ("labo-rnartin.fr", True),
        ("labomartin.fr", True), ("labo-matrin.fr", True), ("labo-martn.fr", True), ("labo-martin.com", True),
        ("lab0-martin.fr", True), ("autre.fr", False), ("labo-dupont.fr", False), ("", False),
    ],
)  # fmt: skip
def test_a_look_alike_is_near_a_partner_and_is_none(domain, expected):
    assert Partners(frozenset({"labo-martin.fr"})).look_alike(domain) is expected
