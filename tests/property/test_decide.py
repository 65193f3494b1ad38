"""What must hold of every decision, whatever the policies, the message and the addresses."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hygie_detectors.model import QUALIFIERS, REASONS, Inspection
from hygie_policies.contents import answer
from hygie_policies.decide import decide
from hygie_policies.loader import policy_set
from hygie_policies.model import Answers, Envelope, Measure
from hygie_policies.schema import PolicyException, Status
from hygie_policies.testing import example_context
from policy_values import AXES, finding, policy, unread

LEVELS = st.sampled_from(["low", "medium", "high"])
QUANTIFIERS = st.sampled_from(["message", "any_part", "same_part"])
PARTS = st.sampled_from(["1", "2", "2#page=1", "3/a.zip/b", ""])
ADDRESSES = st.one_of(
    st.sampled_from(
        [
            "",
            "alice@gmail.test",
            "labo@hopital.test",
            "cardio@hopital.test",
            "dr@medecin.mssante.fr",
            "dr.durand@cabinet-durand.test",
            '"a@medecin.mssante.fr"@gmail.test',
            "a%gmail.test@hopital.test",
        ]
    ),
    st.text(max_size=30),
    st.builds("{}@{}".format, st.text(max_size=8), st.text(max_size=12)),
)
FINDINGS = st.builds(
    finding,
    st.sampled_from(sorted(AXES)),
    PARTS,
    LEVELS,
    st.sampled_from(["", "a", "b"]),
    st.lists(st.sampled_from(sorted(QUALIFIERS)), max_size=2).map(tuple),
    st.integers(0, 5),
)
UNREADS = st.builds(unread, st.sampled_from([*sorted(REASONS), "limit:pdf_pages_max"]), PARTS, st.booleans())
INSPECTIONS = st.builds(
    lambda findings, rest: Inspection((), tuple(findings), tuple(rest)),
    st.lists(FINDINGS, max_size=6),
    st.lists(UNREADS, max_size=3),
)
ENVELOPES = st.builds(Envelope, ADDRESSES, st.lists(ADDRESSES, max_size=4).map(tuple))

LEAVES = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.sampled_from([*sorted(AXES), "unknown"]), "in": QUANTIFIERS},
        optional={"confidence": LEVELS, "count": st.integers(1, 3), "distinct": st.integers(1, 3)},
    ).map(lambda leaf: {"finding": leaf}),
    st.fixed_dictionaries({"identity": LEVELS, "health": LEVELS, "in": QUANTIFIERS}).map(
        lambda leaf: {"pair": leaf}
    ),
    st.fixed_dictionaries({"in": QUANTIFIERS}, optional={"attachment": st.booleans()}).map(
        lambda leaf: {"unread": leaf}
    ),
    st.fixed_dictionaries({"count": st.integers(1, 4)}, optional={"secure": st.booleans()}).map(
        lambda leaf: {"recipient": leaf}
    ),
    st.fixed_dictionaries(
        {
            "strength": LEVELS,
            "within": st.sampled_from(["3 chars", "same_part", "message"]),
            "in": QUANTIFIERS,
        }
    ).map(lambda leaf: {"pair": leaf}),
    st.sampled_from(["hygie", "urgence"]).map(lambda word: {"header": {"name": "Subject", "pattern": word}}),
    st.fixed_dictionaries(
        {"of": st.sampled_from(sorted(Measure)), "at_least": st.integers(1, 9), "window": st.just("24h")}
    ).map(lambda leaf: {"volume": leaf}),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda name, children: {name: children},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
SIDES = st.fixed_dictionaries(
    {},
    optional={
        "internal": st.booleans(),
        "in": st.lists(st.sampled_from(["gmail.test", "care-units", ".test"]), min_size=1, max_size=2),
        "not_in": st.lists(st.sampled_from(["gmail.test", "care-units"]), max_size=1),
    },
)
THENS = st.one_of(
    st.sampled_from(["allow", "tag", "hold"]).map(lambda action: {"action": action}),
    st.booleans().map(lambda split: {"action": "reject", "split": split}),
    st.sampled_from(["tag", "hold", "reject"]).map(
        lambda otherwise: {"action": "reroute", "channel": "mssante", "otherwise": otherwise}
    ),
)
POLICIES = st.builds(
    lambda when, then, status, severity, senders, recipients, secure: policy(
        when=when,
        then=then,
        status=status,
        severity=severity,
        scope={"senders": senders, "recipients": {**recipients, **secure}},
    ),
    TREES,
    THENS,
    st.sampled_from(["simulate", "enforce"]),
    st.sampled_from(["low", "medium", "high", "critical"]),
    SIDES,
    SIDES,
    st.fixed_dictionaries({}, optional={"secure": st.booleans()}),
)
SETS = st.lists(POLICIES, max_size=4).map(
    lambda several: [each.model_copy(update={"id": f"p{index}"}) for index, each in enumerate(several)]
)
CONTEXT = example_context()


RAW = b"Subject: hygie\r\n\r\n"


def decided(inspection, envelope, several, **known):
    given = policy_set(several)
    contents = Answers(answer(given.questions, RAW, inspection.parts))
    context = replace(CONTEXT, **{"contents": contents, **known})
    return decide(inspection, envelope, given, context, "ABC123")


def ranks(decision):
    return [recipient.action.rank for recipient in decision.recipients]


def says_none(several):
    return any(node.key == "none" for each in several for _, node in each.when.located())


@settings(max_examples=300, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS)
def test_a_decision_is_total_deterministic_and_whole(inspection, envelope, several):
    decision = decided(inspection, envelope, several)

    assert decision == decided(inspection, envelope, list(reversed(several)))
    assert envelope.recipients == tuple(recipient.address for recipient in decision.recipients)
    assert decision.action.rank == max((r.action.rank for r in decision.recipients), default=0)
    assert not [outcome for outcome in decision.outcomes if outcome.failed]
    for recipient in decision.recipients:
        assert (
            (recipient.action == "reroute")
            == (recipient.channel is not None)
            == bool(recipient.channel_address)
        )
        if recipient.action != "allow":
            assert recipient.policies
    if decision.split:
        assert "reject" == decision.action
        assert [r for r in decision.recipients if r.action != "reject"]


@settings(max_examples=200, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS, POLICIES)
def test_one_more_enforced_policy_never_makes_a_recipient_freer(inspection, envelope, several, more):
    more = more.model_copy(update={"id": "more", "status": Status.ENFORCE})
    before = decided(inspection, envelope, several)
    after = decided(inspection, envelope, [*several, more])

    for old, new in zip(before.recipients, after.recipients, strict=True):
        assert new.action.rank >= old.action.rank


@settings(max_examples=200, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS)
def test_simulated_policies_never_change_what_happens(inspection, envelope, several):
    enforced = [each for each in several if each.status is Status.ENFORCE]
    both, alone = decided(inspection, envelope, several), decided(inspection, envelope, enforced)

    assert [replace(r, simulated=None) for r in both.recipients] == list(alone.recipients)
    assert (both.action, both.split, both.sender_message, both.tags) == (
        alone.action,
        alone.split,
        alone.sender_message,
        alone.tags,
    )


@settings(max_examples=200, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS)
def test_no_text_for_people_holds_an_address(inspection, envelope, several):
    decision = decided(inspection, envelope, several)
    said = "\n".join((*decision.reasons, *decision.sender_message, *decision.tags))

    assert not [
        address for address in (envelope.sender, *envelope.recipients) if "@" in address and address in said
    ]


@settings(max_examples=300, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS, st.randoms(use_true_random=False))
def test_the_order_of_findings_changes_nothing(inspection, envelope, several, chance):
    findings, rest = list(inspection.findings), list(inspection.unread)
    chance.shuffle(findings)
    chance.shuffle(rest)
    shuffled = replace(inspection, findings=tuple(findings), unread=tuple(rest))

    assert decided(inspection, envelope, several) == decided(shuffled, envelope, several)


@settings(max_examples=300, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS, FINDINGS)
def test_one_more_finding_never_makes_a_recipient_freer_unless_a_policy_says_none(
    inspection, envelope, several, more
):
    several = [each for each in several if not says_none([each])]
    longer = replace(inspection, findings=(*inspection.findings, more))
    before, after = decided(inspection, envelope, several), decided(longer, envelope, several)

    assert all(new >= old for old, new in zip(ranks(before), ranks(after), strict=True))


@settings(max_examples=200, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS)
def test_the_order_of_recipients_changes_nobodys_fate(inspection, envelope, several):
    addresses = tuple(dict.fromkeys(envelope.recipients))
    one, other = (replace(envelope, recipients=order) for order in (addresses, addresses[::-1]))

    assert (
        decided(inspection, one, several).recipients == (decided(inspection, other, several).recipients[::-1])
    )


def excepted(several, expires):
    exception = PolicyException.model_validate_json(
        json.dumps({"id": "all", "scope": {}, "reason": "Essai", "owner": "RSSI", "expires": expires})
    )
    return [each.model_copy(update={"exceptions": (exception,)}) for each in several]


@settings(max_examples=200, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS)
def test_an_exception_spares_until_its_last_day_and_never_after(inspection, envelope, several):
    several = [each.model_copy(update={"exceptions": ()}) for each in several]
    now = datetime(2026, 11, 24, 22, 59, tzinfo=UTC)  # 23:59 in Paris
    lasting, ended = excepted(several, "2026-11-24"), excepted(several, "2026-11-23")

    assert not any(ranks(decided(inspection, envelope, lasting, now=now)))
    assert ranks(decided(inspection, envelope, several, now=now)) == (
        ranks(decided(inspection, envelope, ended, now=now))
    )
    assert ranks(decided(inspection, envelope, several, now=now)) == (
        ranks(decided(inspection, envelope, lasting, now=now + timedelta(minutes=1)))
    )


@settings(max_examples=200, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS)
def test_a_replay_of_recorded_answers_equals_the_live_decision(inspection, envelope, several):
    recorded = json.loads(json.dumps(answer(policy_set(several).questions, RAW, inspection.parts)))

    assert decided(inspection, envelope, several) == (
        decided(inspection, envelope, several, contents=Answers(recorded))
    )


@settings(max_examples=200, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS)
def test_what_was_not_recorded_never_makes_a_recipient_freer_and_is_said(inspection, envelope, several):
    known = decided(inspection, envelope, several)
    untold = decided(inspection, envelope, several, contents=Answers())

    assert all(new >= old for old, new in zip(ranks(known), ranks(untold), strict=True))
    if not untold.untold:
        assert ranks(known) == ranks(untold)
