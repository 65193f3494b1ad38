"""A decision is told by its journal line: decide gives the same over the line as over the message.

The line holds no address, name or value; policies are mapped with the same key, and decide itself runs.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from hygie_detectors.model import QUALIFIERS, REASONS, Inspection, Part
from hygie_milter.channels.mssante import ListedChannel
from hygie_milter.journal import features
from hygie_milter.journal.features import Decided, Recorder, decided
from hygie_milter.journal.keys import Key
from hygie_milter.journal.lines import Event, encode, read_line, sealed_line
from hygie_milter.journal.replay import Replayer
from hygie_policies.contents import answer
from hygie_policies.decide import decide
from hygie_policies.loader import policy_set
from hygie_policies.lookalike import Partners
from hygie_policies.model import Answers, Context, Envelope
from hygie_policies.shared import Shared
from policy_values import AXES, finding, policy, unread

KEY = Key("0a1b2c3d", "2026-11-24", b"k" * 32)
MARKER = "Zebulon"
LEVELS = st.sampled_from(["low", "medium", "high"])
QUANTIFIERS = st.sampled_from(["message", "any_part", "same_part"])
PATHS = st.sampled_from(
    ["1", "2", f"2/{MARKER}.zip", f"2/{MARKER}.zip/lettre.pdf", "3", f"3/a#{MARKER}.docx", f"4/{MARKER}/x//y"]
)
PLACES = st.sampled_from(["", "#page=1", "#page=2", "#header"])
ADDRESSES = st.one_of(
    st.sampled_from(
        [
            "",
            "alice@gmail.test",
            f"{MARKER}@sub.gmail.test",
            "Labo@hopital.test",
            "cardio@hopital.test",
            "dr@medecin.mssante.fr",
            "DR@medecin.mssante.fr",
            "dr.durand@cabinet-durand.test",
            "dr@cabinet-durant.test",
            '"a@medecin.mssante.fr"@gmail.test',
            "a%gmail.test@hopital.test",
            "someone@care-units",
            "x@" + ".".join("abcdefghijklmnopqrstuvwxyz") + ".gmail.test",
            "@",
        ]
    ),
    st.text(max_size=20),
    st.builds("{}@{}".format, st.text(max_size=8), st.text(max_size=12)),
)
FINDINGS = st.builds(
    finding,
    st.sampled_from(sorted(AXES)),
    st.builds("{}{}".format, PATHS, PLACES),
    LEVELS,
    st.sampled_from(["", "a", "b"]),
    st.lists(st.sampled_from(sorted(QUALIFIERS)), max_size=2).map(tuple),
    st.integers(0, 500),
)
UNREADS = st.builds(unread, st.sampled_from([*sorted(REASONS), "limit:pdf_pages_max"]), PATHS, st.booleans())
PARTS = st.builds(
    Part,
    PATHS,
    st.sampled_from(["application/pdf", "text/plain", "image/png"]),
    st.integers(0, 10**6),
    st.booleans(),
)
INSPECTIONS = st.builds(
    lambda parts, findings, rest: Inspection(tuple(parts), tuple(findings), tuple(rest)),
    st.lists(PARTS, max_size=4, unique_by=lambda part: part.path),
    st.lists(FINDINGS, max_size=6),
    st.lists(UNREADS, max_size=3),
)
LOGINS = st.sampled_from(["", "cardio", "Cardio@hopital.test", "labo"])
CLIENTS = st.sampled_from(
    ["", "10.1.2.3", "10.1.3.4", "192.0.2.1", "IPv6:fd00::1", "::ffff:10.1.2.9", "unknown"]
)
ENVELOPES = st.builds(
    Envelope,
    ADDRESSES,
    st.lists(ADDRESSES, max_size=4, unique_by=str.lower).map(tuple),
    st.integers(0, 10**7),
    LOGINS,
    st.booleans(),
    CLIENTS,
)
RAWS = st.sampled_from(
    [b"Subject: [confidentiel] x\r\n\r\n", b"X-Class: 3\r\n\r\n", "Subject: Zebulon é\n\n".encode(), b""]
)

LEAVES = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(sorted(AXES)), "in": QUANTIFIERS},
        optional={"confidence": LEVELS, "count": st.integers(1, 3), "distinct": st.integers(1, 3)},
    ).map(lambda leaf: {"finding": leaf}),
    st.fixed_dictionaries(
        {"identity": LEVELS, "health": LEVELS, "in": QUANTIFIERS},
        optional={"within": st.sampled_from(["300 chars", "same_part", "message"]), "strength": LEVELS},
    ).map(lambda leaf: {"pair": leaf}),
    st.fixed_dictionaries({"in": QUANTIFIERS}, optional={"attachment": st.booleans()}).map(
        lambda leaf: {"unread": leaf}
    ),
    st.fixed_dictionaries(
        {"in": QUANTIFIERS, "type": st.sampled_from(["application/pdf", "image/*"])},
        optional={"encrypted": st.booleans(), "name": st.sampled_from(["zip", "lettre", MARKER])},
    ).map(lambda leaf: {"attachment": leaf}),
    st.sampled_from(
        [
            {"document": {"kinds": "any", "in": "message"}},
            {"header": {"name": "subject", "pattern": "confidentiel|Zeb"}},
            {"header": {"name": "x-class", "present": False}},
            {"size": {"at_least": "1 MB"}},
            {"volume": {"of": "messages", "at_least": 5, "window": "24h"}},
            {"volume": {"of": "patients", "at_least": 3, "window": "30min"}},
        ]
    ),
    st.fixed_dictionaries(
        {"count": st.integers(1, 3)},
        optional={
            "secure": st.booleans(),
            "first_contact": st.booleans(),
            "free_mail": st.booleans(),
            "look_alike": st.booleans(),
        },
    ).map(lambda leaf: {"recipient": leaf}),
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
WHO = st.sampled_from(
    ["gmail.test", "care-units", "partners-list", ".test", ".gmail.test", "labo@hopital.test", "hopital.test"]
)
SIDES = st.fixed_dictionaries(
    {},
    optional={
        "internal": st.booleans(),
        "in": st.lists(WHO, min_size=1, max_size=2),
        "not_in": st.lists(WHO, max_size=1),
    },
)
SCOPES = st.fixed_dictionaries(
    {},
    optional={
        "senders": SIDES,
        "recipients": SIDES,
        "groups": st.sampled_from([{"in": ["care-units"]}, {"not_in": ["care-units"]}]),
        "authenticated": st.sampled_from(
            [{"in": ["cardio"]}, {"present": True}, {"not_in": ["cardio@hopital.test"]}]
        ),
        "clients": st.sampled_from(
            [{"in": ["10.1.2.0/23"]}, {"in": ["wards"]}, {"not_in": ["10.1.2.0/24", "fd00::/8"]}]
        ),
        "channels": st.sampled_from([{"in": ["mssante"]}, {"not_in": ["mssante"]}]),
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
    lambda when, then, status, severity, scope: policy(
        when=when, then=then, status=status, severity=severity, scope=scope
    ),
    TREES,
    THENS,
    st.sampled_from(["simulate", "enforce"]),
    st.sampled_from(["low", "medium", "high", "critical"]),
    SCOPES,
)
SETS = st.lists(POLICIES, min_size=1, max_size=4).map(
    lambda several: [each.model_copy(update={"id": f"p{index}"}) for index, each in enumerate(several)]
)
SHARED = Shared(
    lists=MappingProxyType({"partners-list": frozenset({"cabinet-durand.test", ".mssante.fr"})}),
    networks=MappingProxyType({"wards": ("10.1.3.0/24", "fd00::/64")}),
    free_mail=frozenset({"gmail.test"}),
    partners=Partners(frozenset({"cabinet-durand.test"})),
)
CONTEXT = Context(
    internal_domains=frozenset({"hopital.test"}),
    lists={"care-units": frozenset({"cardio@hopital.test", "labo@hopital.test"})},
    channels={
        "mssante": ListedChannel(
            "mssante",
            frozenset({"medecin.mssante.fr"}),
            {"dr.durand@cabinet-durand.test": "dr.durand@medecin.mssante.fr"},
            "mssante.hygie.invalid",
        )
    },
)


class Past:
    """A history of its own for each sender; some of its questions fail."""

    def __init__(self, seed):
        self._seed = seed

    def volume(self, measure, hours):
        assert hours > 0
        if self._seed == 4:
            raise ConnectionError("redis")
        return self._seed * len(measure)

    def first_contact(self, recipient):
        if self._seed == 3:
            raise ConnectionError("redis")
        return len(recipient) % 2 == self._seed % 2


def line_of(what, key=KEY):
    """Return a decision as the journal gives it back."""
    now = datetime(2026, 11, 24, tzinfo=UTC)
    data, _seal = sealed_line(1, "0" * 32, key, encode(now, Event.DECIDED, decided(what, key)))
    return read_line(data[:-1])


def lived(inspection, envelope, several, raw, seed):
    """Return what the service would have made of a message: the decision and all it was made from."""
    policies = policy_set(several, shared=SHARED)
    context = replace(
        CONTEXT,
        now=datetime(2026, 11, 24, 9, 30, 15, 123456, tzinfo=UTC) + timedelta(hours=seed * 5),
        history=Recorder(Past(seed)),
        contents=Answers(answer(policies.questions, raw, inspection.parts)),
    )
    decision = decide(inspection, envelope, policies, context, "HY-00000000")
    return policies, Decided("4ABC", inspection, envelope, context, SHARED.partners, decision, 0.01)


def told(decision):
    """Return a decision without the addresses, which a replay does not know."""
    recipients = [(r.action, r.channel, r.policies, r.simulated) for r in decision.recipients]
    rest = (decision.action, decision.split, decision.outcomes, decision.tags, decision.digest)
    return recipients, rest, decision.sender_message


@settings(max_examples=150, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS, RAWS, st.integers(0, 4))
def test_the_same_policies_decide_a_line_as_they_decided_the_message(
    inspection, envelope, several, raw, seed
):
    policies, what = lived(inspection, envelope, several, raw, seed)
    replay = Replayer(policies, CONTEXT, KEY).replay(line_of(what))

    assert () == replay.untold
    assert told(what.decision) == told(replay.decision)


@settings(max_examples=100, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS, SETS, RAWS, st.integers(0, 2))
def test_other_policies_decide_a_line_as_the_message_or_say_that_it_is_untold(
    inspection, envelope, several, others, raw, seed
):
    """What a changed set asks and nobody answered then is told as such, never as equal."""
    _policies, what = lived(inspection, envelope, several, raw, seed)
    changed, again = lived(inspection, envelope, others, raw, seed)

    replay = Replayer(changed, CONTEXT, KEY).replay(line_of(what))

    assert replay.untold or told(again.decision) == told(replay.decision)


@settings(max_examples=60, deadline=None)
@given(INSPECTIONS, ENVELOPES, SETS, RAWS, st.integers(0, 4))
def test_a_line_holds_no_address_name_or_value(inspection, envelope, several, raw, seed):
    _policies, what = lived(inspection, envelope, several, raw, seed)

    line = json.dumps(decided(what, KEY))

    assert MARKER not in line
    for address in (envelope.sender, *envelope.recipients, envelope.authenticated):
        local = address.partition("@")[0]
        assert len(local) < 4 or local.isdigit() or f'"{local}' not in line
    assert not [word for word in ("gmail", "hopital", "cabinet", "10.1.", "•") if word in line]


def test_what_was_cut_is_untold(monkeypatch):
    monkeypatch.setattr(features, "FINDINGS_MAX", 2)
    rows = tuple(finding("nir", confidence=level) for level in ("low", "high", "low", "medium"))
    several = [policy(when={"finding": {"kind": "nir"}})]
    policies, what = lived(
        Inspection((), rows, ()), Envelope("a@hopital.test", ("b@x.test",)), several, b"", 0
    )

    line = line_of(what)

    assert {"findings": 4} == line.fields["cut"]
    assert ["high", "medium"] == [row[2] for row in line.fields["findings"]]
    assert ("findings",) == Replayer(policies, CONTEXT, KEY).replay(line).untold


def test_a_channel_that_failed_fails_again():
    class Broken:
        name = "mssante"

        def accepts(self, address):
            raise ConnectionError(address)

    several = [policy(then={"action": "reroute", "channel": "mssante", "otherwise": "hold"})]
    policies = policy_set(several, shared=SHARED)
    context = replace(CONTEXT, channels={"mssante": Broken()})
    inspection = Inspection((), (finding("nir"),), ())
    envelope = Envelope("a@hopital.test", ("b@x.test",))
    decision = decide(inspection, envelope, policies, context, "HY-00000000")
    what = Decided("4ABC", inspection, envelope, context, SHARED.partners, decision, 0.01)

    replay = Replayer(policies, CONTEXT, KEY).replay(line_of(what))

    assert decision.outcomes[0].failed
    assert told(decision) == told(replay.decision)


def test_a_channel_that_is_new_is_untold():
    several = [policy(then={"action": "reroute", "channel": "other", "otherwise": "hold"})]
    policies = policy_set(several, shared=SHARED)
    _set, what = lived(
        Inspection((), (finding("nir"),), ()), Envelope("a@hopital.test", ("b@x.test",)), several, b"", 0
    )
    context = replace(CONTEXT, channels={**CONTEXT.channels, "other": CONTEXT.channels["mssante"]})

    assert Replayer(policies, context, KEY).replay(line_of(what)).untold
