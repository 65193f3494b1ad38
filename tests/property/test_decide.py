"""What must hold of every decision, whatever the policies, the message and the addresses."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hygie_detectors.model import QUALIFIERS, REASONS, Inspection
from hygie_policies.decide import decide
from hygie_policies.loader import policy_set
from hygie_policies.model import Envelope
from hygie_policies.schema import Status
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
    st.integers(1, 4).map(lambda number: {"recipient": {"count": number}}),
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


def decided(inspection, envelope, several):
    return decide(inspection, envelope, policy_set(several), CONTEXT, "ABC123")


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
