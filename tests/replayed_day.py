"""A day of traffic under test: decided and journalled, then decided again from the line and from the mail."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hygie_detectors.model import Inspection
from hygie_milter.backtest import Replays, backtest
from hygie_milter.comparison import Comparison, answer_of
from hygie_milter.journal.features import Decided, Recorder, decided
from hygie_milter.journal.lines import Event
from hygie_milter.journal.reading import Reader
from hygie_policies.contents import answer
from hygie_policies.decide import decide
from hygie_policies.loader import load_policies, policy_set
from hygie_policies.model import Answers, Context, Decision, Envelope, NoHistory
from hygie_policies.shipped import library
from hygie_policies.testing import example_context
from policy_values import policy

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
RECIPIENTS = (
    ("alice.exemple@gmail.test",),
    ("dr.martin@medecin.mssante.fr",),
    ("labo@hopital.test",),
    ("dr.durand@cabinet-durand.test", "alice.exemple@gmail.test"),
    ("dr.martin@medecin.mssante.fr", "dr.durand@cabinet-durand.test"),
)
SENDERS = ("cardio@hopital.test", "accueil@hopital.test", "paie@hopital.test")


@dataclass
class Sent:
    """One message of the day, and what became of it."""

    raw: bytes
    envelope: Envelope
    context: Context
    decision: Decision


def envelope(place, raw):
    """Return who sends the message of a place to whom: every sender to every kind of recipient in turn."""
    return Envelope(SENDERS[place % len(SENDERS)], RECIPIENTS[place % len(RECIPIENTS)], len(raw))


def again(sent, inspection, policies):
    """Decide one message with another set."""
    contents = Answers(answer(policies.questions, sent.raw, inspection.parts))
    context = replace(sent.context, contents=contents)
    return decide(inspection, sent.envelope, policies, context, sent.decision.reference)


def day(raws, inspect, policies, journal):
    """Decide and journal messages spread over 24 hours."""
    context, sent = example_context(), []
    for place, raw in enumerate(raws):
        now = MIDNIGHT + timedelta(days=1) * place / len(raws)
        inspection: Inspection = inspect(raw)
        given = replace(
            context,
            now=now,
            history=Recorder(NoHistory()),
            contents=Answers(answer(policies.questions, raw, inspection.parts)),
        )
        one = envelope(place, raw)
        decision = decide(inspection, one, policies, given, f"HY-{place:08d}")
        sent.append(Sent(raw, one, given, decision))
        told = Decided("4Zc5Jm0kX", inspection, one, given, policies.shared.partners, decision, 0.01)
        journal.write(Event.DECIDED, decided(told, journal.key), journal.key)
    return sent


def replayed(journal, policies):
    """Compare with another set, from the journal alone."""
    reader = Reader(journal.folder, journal.ring)
    lines = reader.lines(events={Event.DECIDED})
    return backtest(lines, Replays(policies, example_context(), journal.ring))


def rescanned(sent, inspect, policies):
    """Compare with another set, from the mails themselves."""
    comparison = Comparison()
    for each in sent:
        after = again(each, inspect(each.raw), policies)
        comparison.add(each.decision.reference, answer_of(each.decision), answer_of(after))
    return comparison


def shipped():
    """Return the shipped set."""
    return load_policies(library())


def changed_set(*more):
    """Return the shipped set with one policy milder, another stricter, one left out, and three new."""
    actions = {"identified-patient-data": {"action": "tag"}, "uninspected-message": {"action": "reject"}}
    kept = [
        each.model_copy(update={"then": policy(then=actions[each.id]).then}) if each.id in actions else each
        for each in shipped().policies
        if each.id != "unread-attachment-care-unit"
    ]
    new = (
        policy(id="nir-from-payroll", scope={"senders": {"in": ["paie@hopital.test"]}}, severity="low"),
        policy(id="several-outside", when={"recipient": {"count": 2}}, then={"action": "tag"}),
        policy(
            id="at-night",
            scope={"recipients": {"internal": False}},
            when={
                "all": [
                    {"finding": {"axis": "health", "confidence": "medium"}},
                    {"size": {"at_least": "1 kB"}},
                ]
            },
            then={"action": "reroute", "channel": "mssante", "otherwise": "hold"},
            status="simulate",
        ),
    )
    return policy_set((*kept, *new, *more))
