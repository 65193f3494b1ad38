"""How long a policy was simulated, what it has been through, and its file."""

from datetime import UTC, datetime, timedelta

import pytest

from hygie_milter.journal.lines import Event, Line
from hygie_milter.lifecycle import (
    Simulations,
    evidence,
    in_force,
    last_in_force,
    never_simulated,
    status_changed,
)
from hygie_policies import shipped
from hygie_policies.loader import content_digest, load_policies
from hygie_policies.schema import Policy, Status
from hygie_policies.yamlfile import load
from journals import DAYS, House
from policy_values import policies, policy

START = datetime(2026, 11, 1, tzinfo=UTC)


def line(day, event, **fields):
    return Line(1, "", "k", START + timedelta(days=day), event, fields, "", b"")


def days(*lines, now=30.0, name="example"):
    simulations = Simulations()
    for each in lines:
        simulations.note(each)
    return simulations.days(name, START + timedelta(days=now))


def matched(**flags):
    return [{"id": "example", "action": "hold", **flags}]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), 0),
        ((line(0, Event.STARTED, simulated=["example"]),), 30),
        ((line(0, Event.STARTED, simulated=["other"]),), 0),
        ((line(0, Event.STARTED, simulated=["example"]), line(3, Event.STOPPED)), 3),
        ((line(0, Event.STARTED, simulated=["example"]), line(4, Event.RELOADED, ok=True, simulated=[])), 4),
        # A reload that did not work leaves what is in force.
        ((line(0, Event.STARTED, simulated=["example"]), line(4, Event.RELOADED, ok=False)), 30),
        # Killed after its last line, started again later: the time between is none of simulation.
        (
            (
                line(0, Event.STARTED, simulated=["example"]),
                line(2, Event.DECIDED, policies=[]),
                line(28, Event.STARTED, simulated=["example"]),
            ),
            4,
        ),
        # Lines of a version that did not name them at the start.
        ((line(1, Event.DECIDED, policies=matched(simulated=True)),), 29),
        (
            (
                line(1, Event.DECIDED, policies=matched(simulated=True)),
                line(6, Event.DECIDED, policies=matched()),
            ),
            5,
        ),
    ],
)
def test_days_of_simulation_are_those_in_which_the_daemon_evaluated_it(lines, expected):
    assert pytest.approx(expected) == days(*lines)


def test_evidence_asks_for_a_week_and_a_backtest_of_the_policy_as_it_is():
    subject = policy()
    began = line(0, Event.STARTED, simulated=["example"])
    old = line(1, Event.BACKTESTED, policies={"example": "another"}, told=9)
    empty = line(1, Event.BACKTESTED, policies={"example": content_digest(subject)}, told=0)
    good = line(1, Event.BACKTESTED, policies={"example": content_digest(subject)}, told=9)

    def missing(now, *lines):
        return [french for french, _ in evidence(lines, subject, START + timedelta(days=now)).missing]

    assert [] == missing(7, began, good)
    assert ["simulée 6.9 jour(s), il en faut 7"] == missing(6.9, began, good)
    for insufficient in (old, empty):
        [said] = missing(7, began, insufficient)
        assert said.startswith("jamais rejouée")


def test_the_digest_of_content_is_of_what_a_policy_does():
    subject = policy()

    assert content_digest(subject) == content_digest(policy(status="draft", since="2020-01-01"))
    assert content_digest(subject) != content_digest(policy(when={"finding": {"kind": "cda"}}))


def test_a_policy_is_new_to_force_until_it_was_simulated_once_and_shipped_ones_are_not():
    simulated, enforced = policies(policy(status="simulate")), policies(policy())

    first = in_force(simulated, {})
    then = in_force(enforced, first)
    later = in_force(enforced, then)
    library = load_policies(shipped.library())

    assert ("example",) == never_simulated(enforced, in_force(enforced, {}))
    assert () == never_simulated(simulated, first) == never_simulated(enforced, then)
    assert () == never_simulated(enforced, later)
    assert () == never_simulated(library, in_force(library, {}))


def test_what_was_in_force_last_is_found_from_the_end(tmp_path):
    house = House(tmp_path)
    journal = house.open(DAYS[0])
    journal.write(Event.STARTED, {"simulated": ["a"], "enforced": [], "seen": ["a"]})
    journal.write(Event.RELOADED, {"ok": True, "simulated": [], "enforced": ["a"], "seen": ["a"]})
    journal.close()
    journal = house.open(DAYS[1])
    journal.write(Event.DECIDED, {"policies": matched(simulated=True)})
    journal.write(Event.RELOADED, {"ok": False})

    assert ["a"] == last_in_force(house.folder, journal.ring)["enforced"]
    journal.close()


FILE = """\
# Commentaire de tête
schema: 1
id: example
title: {fr: Titre, en: Title}
why: {fr: Raison., en: Ground.}
owner: RSSI
status:   "simulate"   # depuis lundi ; status: enforce plus tard
severity: medium
since: 2026-11-24
when: {finding: {kind: nir}}  # le NIR
then: {action: hold}
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_only_the_word_of_the_status_changes(tmp_path, ends, start):
    path = tmp_path / "example.yaml"
    before = start + FILE.replace("\n", ends).encode()
    path.write_bytes(before)
    path.chmod(0o640)

    with status_changed(path, Status.ENFORCE):
        pass

    assert before.replace(b'"simulate"', b'"enforce"') == path.read_bytes()
    assert Status.ENFORCE is load(path, Policy).status
    assert 0o640 == path.stat().st_mode & 0o777
    assert [path] == list(tmp_path.iterdir())


def test_a_status_within_braces_changes_too_and_a_link_stays_one(tmp_path):
    real = tmp_path / "real.yaml"
    real.write_text(FILE.replace('status:   "simulate"', "status: simulate"))
    link = tmp_path / "link.yaml"
    link.symlink_to(real)

    with status_changed(link, Status.RETIRED):
        pass

    assert link.is_symlink()
    assert "status: retired   # depuis" in real.read_text()


def test_a_change_that_could_not_be_journalled_is_not_made(tmp_path):
    path = tmp_path / "example.yaml"
    path.write_text(FILE)

    with pytest.raises(OSError, match="full"), status_changed(path, Status.ENFORCE):
        raise OSError("full")

    assert FILE == path.read_text()
    assert [path] == list(tmp_path.iterdir())
