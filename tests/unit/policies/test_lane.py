"""The emergency lane: who may, to whom, how often, until when; and what it never opens."""

import datetime as dt
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie_policies.contents import answer
from hygie_policies.decide import decide
from hygie_policies.lane import LANE_FILE, EmergencyLane
from hygie_policies.loader import load_policies, policy_set, validate_against, with_lane
from hygie_policies.model import Action, Answers, Emergency, Envelope
from hygie_policies.testing import example_context
from hygie_policies.yamlfile import Document, YamlError, validate
from policy_values import finding, inspection, policy, write

LANE = {
    "schema": 1,
    "owner": "RSSI",
    "expires": "2027-06-30",
    "marker": {"subject": "[URGENCE VITALE]", "header": {"name": "X-Urgence", "value": "vitale"}},
    "senders": ["samu@hopital.test", "reanimation@hopital.test"],
    "recipients": {"in": ["chu.test", "gmail.test"]},
    "quota": {"per_sender": 2, "whole_house": 5, "within": "24h"},
    "notify": "dpo@hopital.test",
}
SAMU, CHU, OUT, DOCTOR = "samu@hopital.test", "dr@chu.test", "a@ailleurs.test", "dr@medecin.mssante.fr"
MARKED = b"Subject: [URGENCE VITALE] transfert\r\n\r\n"
NOW = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)


class Uses:
    """How often the lane was used."""

    def __init__(self, sender=0, everyone=0):
        self.sender, self.everyone = sender, everyone

    def by_sender(self, hours):
        assert 24 == hours
        return self.sender

    def by_all(self, hours):
        assert 24 == hours
        return self.everyone


def lane(**changes):
    return validate(Document("emergency.yaml", LANE | changes, {}, {}), EmergencyLane)


def decided(*recipients, raw=MARKED, then=None, uses=None, now=NOW, by_smtp=True, **changes):
    sender, login = changes.pop("sender", SAMU), changes.pop("login", SAMU)
    policies = with_lane(policy_set([policy(then=then or {"action": "hold"})]), lane(**changes))
    context = replace(
        example_context(),
        now=now,
        contents=Answers(answer(policies.questions, raw, ())),
        lane_uses=uses or Uses(),
    )
    envelope = Envelope(sender, recipients or (CHU,), 10, login, by_smtp)
    return decide(inspection(finding("nir")), envelope, policies, context, "HY-1")


def actions(decision):
    return [recipient.action.value for recipient in decision.recipients]


@pytest.mark.parametrize("action", ["hold", "reject"])
def test_what_was_kept_back_leaves_marked(action):
    decision = decided(then={"action": action})

    assert (Emergency.USED, ["tag"], Action.TAG) == (decision.emergency, actions(decision), decision.action)
    assert "emergency" in decision.tags
    assert ("example",) == decision.recipients[0].policies
    assert any("La procédure d'urgence a été utilisée" in line for line in decision.sender_message)


def test_a_reroute_stays_and_only_its_otherwise_leaves():
    then = {"action": "reroute", "channel": "mssante", "otherwise": "hold"}

    assert ["reroute", "tag"] == actions(decided(DOCTOR, CHU, then=then))


@pytest.mark.parametrize("action", ["hold", "reject"])
def test_a_recipient_out_of_reach_is_refused_alone_so_that_the_others_need_not_wait(action):
    decision = decided(CHU, OUT, then={"action": action})

    assert (["tag", "reject"], True, Emergency.USED) == (
        actions(decision),
        decision.split,
        decision.emergency,
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sender": "achats@hopital.test", "login": "achats@hopital.test"}, Emergency.SENDER),
        ({"sender": ""}, Emergency.SENDER),
        ({"login": ""}, Emergency.AUTHENTICATION),
        ({"login": "stagiaire@hopital.test"}, Emergency.AUTHENTICATION),
        ({"uses": Uses(sender=2)}, Emergency.QUOTA),
        ({"uses": Uses(sender=1, everyone=5)}, Emergency.HOUSE_QUOTA),
        ({"now": dt.datetime(2027, 6, 30, 22, 1, tzinfo=dt.UTC)}, Emergency.EXPIRED),
        ({"recipients": {"first_contact": True, "in": ["chu.test"]}}, Emergency.RECIPIENTS),
    ],
)
def test_a_closed_lane_leaves_the_decision_as_it_was_and_says_why(changes, expected):
    decision = decided(**changes)

    assert (expected, ["hold"]) == (decision.emergency, actions(decision))
    assert any("elle n'a pas été appliquée" in line for line in decision.sender_message)
    assert "emergency" not in decision.tags


def test_the_last_day_is_included_in_paris():
    assert Emergency.USED is decided(now=dt.datetime(2027, 6, 30, 21, 59, tzinfo=dt.UTC)).emergency


def test_recipients_out_of_reach_only():
    assert (Emergency.RECIPIENTS, ["hold"]) == ((d := decided(OUT)).emergency, actions(d))


def test_mail_that_postfix_cannot_divide_is_not_torn_apart():
    """sendmail(1): one recipient cannot be refused alone."""
    decision = decided(CHU, OUT, by_smtp=False)

    assert (Emergency.RECIPIENTS, ["hold", "hold"]) == (decision.emergency, actions(decision))
    assert Emergency.USED is decided(CHU, by_smtp=False).emergency


def test_nothing_to_open_counts_for_nobody():
    decision = decided(then={"action": "tag"})

    assert (Emergency.NOT_NEEDED, ["tag"]) == (decision.emergency, actions(decision))


def test_a_login_without_an_address_is_what_postfix_vouches_for():
    assert Emergency.USED is decided(login="samu").emergency
    assert Emergency.USED is decided(login="", authenticated=False).emergency


def test_what_cannot_be_told_keeps_the_lane_shut():
    class Broken(Uses):
        def by_all(self, hours):
            raise OSError(hours)

    assert (Emergency.UNTOLD, ["hold"]) == ((d := decided(uses=Broken())).emergency, actions(d))


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: [urgence vitale]\r\n",
        b"Subject: =?utf-8?b?W1VSR0VOQ0UgVklUQUxFXSBww6lkaWF0cmll?=\r\n",
        b"Subject: Re: [URGENCE\r\n  VITALE] suite\r\n",
        b"X-Urgence: Vitale\r\n",
        b"Subject: x\r\nSUBJECT: [Urgence Vitale]\r\n",
    ],
)
def test_the_marker_is_read_as_people_write_it(head):
    assert Emergency.USED is decided(raw=head + b"\r\nx").emergency


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: [URGENCE VITALES]\r\n\r\n",
        b"Subject: x[URGENCE VITALE]\r\n\r\n",
        b"Subject: [URGENCE VITALE]x\r\n\r\n",
        b"Subject: URGENCE VITALE\r\n\r\n",
        b"Subject: =?utf-8?b?W1VSR0VOQ0Ugw4lJVEFMRV0=?=\r\n\r\n",
        b"X-Urgence: non vitale\r\n\r\n",
        b"Comments: [URGENCE VITALE]\r\n\r\n",
        b"Subject: x\r\n\r\nSubject: [URGENCE VITALE]\r\n",
        b"Content-Type: message/rfc822\r\n\r\nSubject: [URGENCE VITALE]\r\nX-Urgence: vitale\r\n\r\n",
    ],
    ids=range(9),
)
def test_what_only_resembles_the_marker_or_stands_below_the_top_is_none(raw):
    decision = decided(raw=raw)

    assert (None, ["hold"]) == (decision.emergency, actions(decision))


PEOPLE = st.sampled_from([CHU, OUT, DOCTOR, "x@gmail.test", "labo@hopital.test"])
THEN = st.sampled_from(
    [
        {"action": "hold"},
        {"action": "reject"},
        {"action": "reject", "split": True},
        {"action": "tag"},
        {"action": "reroute", "channel": "mssante", "otherwise": "hold"},
        {"action": "reroute", "channel": "mssante", "otherwise": "reject", "split": True},
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PEOPLE, min_size=1, max_size=5, unique=True),
    THEN,
    st.sampled_from([SAMU, "achats@hopital.test", ""]),
    st.sampled_from([SAMU, "", "achats@hopital.test"]),
    st.integers(0, 3),
    st.booleans(),
)
def test_the_lane_never_opens_more_than_was_declared(people, then, sender, login, used, by_smtp):
    given = {"then": then, "sender": sender, "login": login, "uses": Uses(used, used), "by_smtp": by_smtp}
    marked = decided(*people, **given)
    plain = decided(*people, raw=b"Subject: x\r\n\r\n", **given)

    may = sender == SAMU == login and used < 2
    for before, after in zip(plain.recipients, marked.recipients, strict=True):
        reached = before.address.endswith(("@chu.test", "@gmail.test"))
        if marked.emergency is not Emergency.USED or not reached:
            assert after.action.rank >= before.action.rank
        if marked.emergency is Emergency.USED:
            assert may
            assert after.action is not Action.HOLD
    if marked.emergency is not Emergency.USED:
        assert (plain.recipients, plain.split) == (marked.recipients, marked.split)


# --- the file ---


def files(tmp_path, text=None, **changes):
    write(tmp_path)
    content = yaml.safe_dump(LANE | changes, allow_unicode=True) if text is None else text
    (tmp_path / LANE_FILE).write_text(content, encoding="utf-8")
    return tmp_path


def test_the_file_lies_beside_the_policies_and_counts_in_the_digest(tmp_path):
    alone = load_policies(write(tmp_path).parent)
    both = load_policies(files(tmp_path))

    assert ("dpo@hopital.test", 1) == (both.lane.notify, len(both.policies))
    assert alone.digest != both.digest
    assert both.digest != load_policies(files(tmp_path, notify="autre@hopital.test")).digest
    assert {question.name for question in both.questions} == {"subject", "x-urgence"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires": "demain"}, "YYYY-MM-DD"),
        ({"senders": []}, "au moins 1"),
        ({"marker": {}}, "subject"),
        ({"marker": {"subject": "[URGENCE É]"}}, "accent"),
        ({"marker": {"subject": "[U]"}}, "6"),
        ({"marker": {"header": {"name": "X Y", "value": "urgence"}}}, "forme attendue"),
        ({"recipients": {}}, "recipients"),
        ({"quota": {"per_sender": 5, "whole_house": 2, "within": "24h"}}, "whole_house"),
        ({"quota": {"per_sender": 5, "whole_house": 9, "within": "60d"}}, "31"),
        ({"notify": "dpo"}, "nom@domaine"),
        ({"sender": ["x@y.fr"]}, "senders"),
    ],
)
def test_a_wrong_file_refuses_the_whole_set_and_says_where(tmp_path, change, said):
    with pytest.raises(YamlError) as raised:
        load_policies(files(tmp_path, **change))

    assert LANE_FILE in str(raised.value)
    assert said in str(raised.value)


def test_lists_and_channels_must_exist_and_the_end_is_announced(tmp_path):
    changes = {
        "senders": ["care-unit"],
        "channels": {"in": ["mssant"]},
        "expires": "2026-11-30",
    }
    policies = load_policies(files(tmp_path, **changes))
    verdict = validate_against(policies, replace(example_context(), now=NOW))

    said = "\n".join(map(str, verdict.problems))
    assert "care-unit" in said
    assert "mssant" in said
    assert [warning for warning in verdict.warnings if "6" in str(warning) and LANE_FILE in str(warning)]
