"""A journal of some month under test, written by the real writer from real decisions."""

from datetime import UTC, datetime

from hygie_detectors.model import Axis, Confidence, Finding, Inspection, Part, Unread
from hygie_milter.channels.mssante import ListedChannel
from hygie_milter.journal.features import Decided, decided
from hygie_milter.journal.keys import Key
from hygie_policies.lookalike import Partners
from hygie_policies.model import Action, Context, Decision, Envelope, Outcome, RecipientDecision
from journals import House

SENDER = "secretariat@hopital.test"
OUTSIDE = "alice.exemple@gmail.test"
SECURE = "dr.durand@medecin.mssante.fr"
INSIDE = "interne@hopital.test"
QUEUE_ID = "4ABCDEF0"
DIGEST = "ab" * 32
WHO = {Axis.IDENTITY: "nir", Axis.HEALTH: "disease"}


def found(axis, confidence=Confidence.MEDIUM, *, kind="", start=0):
    kind = kind or WHO[axis]
    return Finding(kind, (axis,), confidence, "1", start, start + 9, "2•• •• …", "ab12", ())


PAIR = (found(Axis.IDENTITY), found(Axis.HEALTH, start=20))
DOUBTFUL = (found(Axis.IDENTITY, Confidence.LOW), found(Axis.HEALTH, start=20))


def matched(policy, action, *, simulated=False, failed=False, exceptions=()):
    return Outcome(policy, Action(action), simulated, "high", failed=failed, exceptions=exceptions)


def decision(
    action="allow",
    *,
    findings=(),
    unread=(),
    outcomes=(),
    to=(OUTSIDE,),
    reference="HY-00000000",
    digest=DIGEST,
    version="2026-10",
    when=datetime(2026, 10, 5, 9, tzinfo=UTC),
):
    """Return a decision with all it was made from, as the service hands it to the journal."""
    channel = ListedChannel("mssante", frozenset({"medecin.mssante.fr"}), {}, "mssante.hygie.invalid")
    context = Context(frozenset({"hopital.test"}), {}, {"mssante": channel}, when)
    made = Decision(
        Action(action),
        reference,
        tuple(RecipientDecision(address, Action(action)) for address in to),
        tuple(outcomes),
        (),
        digest=digest,
        version=version,
    )
    inspection = Inspection(
        (Part("1", "text/plain", 1800),),
        tuple(findings),
        tuple(Unread("2/lettre de Mme Exemple.pdf", reason) for reason in unread),
        {"extract": 0.001, "detect": 0.002},
    )
    envelope = Envelope(SENDER, tuple(to), 12_000, client="10.1.2.3")
    return Decided(QUEUE_ID, inspection, envelope, context, Partners(frozenset()), made, 0.006)


class MonthHouse(House):
    """A journal to which any event can be written at any time."""

    def __init__(self, folder):
        super().__init__(folder)
        self.journal = None

    def write(self, when, event, fields):
        if self.journal is None:
            self.journal = self.open()
        self.journal._now = lambda: when
        return self.journal.write(event, fields)

    def decide(self, when, **options):
        if self.journal is None:
            self.journal = self.open()
        key: Key = self.journal.key
        self.journal._now = lambda: when
        return self.journal.write("decided", decided(decision(when=when, **options), key), key)

    def close(self):
        if self.journal is not None:
            self.journal.close()
            self.journal = None
