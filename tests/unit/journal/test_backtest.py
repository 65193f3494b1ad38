"""Over a day of mail, the journal alone gives what scanning the mails again would give."""

import itertools

import pytest

from hygie_detectors.engine import Engine
from hygie_detectors.inspect import inspect
from hygie_detectors.limits import Limits
from hygie_milter.backtest import Replays, as_enforced, compare, regression
from hygie_milter.feedback import Judgement, find_decision, record
from hygie_milter.journal.lines import Event
from hygie_milter.journal.reading import Reader
from hygie_policies.cases import Attachment, Mail
from hygie_policies.model import Action
from hygie_policies.testing import example_context, message_bytes
from journals import House
from policy_values import policy
from replayed_day import MIDNIGHT, changed_set, day, replayed, rescanned, shipped

TEXTS = (
    "Mme EXEMPLE Alice, née le 03/08/1981, NIR 2 81 08 2A 004 121 58. Diagnostic : diabète de type 2.",
    "Agent : Jean EXEMPLE, NIR 1 85 05 78 006 084 91. Salaire brut 2 412,50 euros.",
    "Conférence ouverte à tous sur le diabète de type 2, traité par metformine.",
    "Bonjour, merci de livrer 58 ramettes le 04/12.",
)
NOTE = "Patient : M. Jean EXEMPLE, né le 12/05/1985, BPCO.\n" * 30
ATTACHED = (
    (),
    (
        Attachment(
            name="note.txt",
            type="text/plain",
            text=NOTE,
        ),
    ),
    (Attachment(name="lettre.bin", base64="AAECAwQFBgcICQ=="),),
)


@pytest.fixture(scope="module")
def looked_at():
    engine = Engine()
    return lambda raw: inspect(raw, engine, Limits())


@pytest.fixture(scope="module")
def raws():
    """Every text with every attachment: with five kinds of recipients and three senders in turn, twice."""
    mails = [
        Mail.model_validate(
            {"from": "a@hopital.test", "to": ("b@c.test",), "text": text, "attachments": files}
        )
        for text, files in itertools.product(TEXTS, ATTACHED)
    ]
    return [message_bytes(mail) for mail in mails] * 5


@pytest.fixture
def journal(tmp_path):
    opened = House(tmp_path).open(MIDNIGHT.date())
    yield opened
    opened.close()


def test_a_backtest_says_what_scanning_the_mails_again_says(journal, raws, looked_at):
    sent = day(raws, looked_at, shipped(), journal)

    found = replayed(journal, changed_set())

    assert rescanned(sent, looked_at, changed_set()) == found
    assert (len(raws), 0) == (found.told, found.not_told)
    assert found.changed > 0
    assert found.newly_restricted > 0
    assert found.no_longer_restricted > 0
    assert {
        "identified-patient-data",
        "nir-from-payroll",
        "several-outside",
        "at-night",
    } <= found.policies.keys()


def test_the_same_set_changes_nothing(journal, raws, looked_at):
    day(raws[:12], looked_at, shipped(), journal)

    found = replayed(journal, shipped())

    assert (12, 0, {}) == (found.told, found.changed, found.changes)
    assert found.before == found.after


def test_what_was_not_recorded_is_counted_apart_and_named(journal, raws, looked_at):
    asks = policy(id="by-header", when={"header": {"name": "x-class", "present": True}})
    day(raws[:12], looked_at, shipped(), journal)

    found = replayed(journal, changed_set(asks))

    assert (0, 12, {"by-header": 12}) == (found.told, found.not_told, dict(found.untold))


def test_a_simulated_policy_is_replayed_as_if_it_were_enforced(journal, raws, looked_at):
    simulated = changed_set()
    enforced = as_enforced(simulated, ["at-night"])
    day(raws[:12], looked_at, simulated, journal)

    assert 0 == replayed(journal, simulated).changed
    found = replayed(journal, enforced)
    assert found.changed > 0
    assert {"at-night"} == {name for changes in found.changes.values() for name in changes.policies}


def test_two_sets_are_compared_over_the_journal_whatever_was_in_force(journal, raws, looked_at):
    day(raws[:12], looked_at, changed_set(), journal)
    lines = Reader(journal.folder, journal.ring).lines(events={Event.DECIDED})

    sets = [Replays(each, example_context(), journal.ring) for each in (shipped(), shipped())]

    assert (12, 0) == ((found := compare(lines, *sets)).told, found.changed)


def test_judged_decisions_are_regression_cases(journal, raws, looked_at):
    """A held message was a false positive, a tagged one was missed: only the milder set mends the first."""
    sent = day(raws[:12], looked_at, shipped(), journal)
    decisions = [each.decision for each in sent]
    held = next(each for each in decisions if each.tags == ("identified-patient-data",))
    passed = next(each for each in decisions if each.action is Action.ALLOW)
    for decision, judgement in ((held, Judgement.FALSE_POSITIVE), (passed, Judgement.MISSED)):
        line = find_decision(journal.folder, journal.ring, decision.reference)
        record(journal, line, judgement, None, None)
    reader = Reader(journal.folder, journal.ring)

    def judged(policies):
        return regression(reader, Replays(policies, example_context(), journal.ring), MIDNIGHT)

    assert {held.reference, passed.reference} == set(judged(shipped()).still_wrong)
    assert held.reference in judged(changed_set()).right
