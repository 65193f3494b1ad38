"""``hygie policy`` beside a journal: status, backtest, diff, and from simulate to enforce."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from hygie_milter.cli.policy import policy as command
from hygie_milter.journal.lines import Event
from hygie_milter.journal.reading import Reader
from hygie_milter.lifecycle import in_force
from hygie_policies.cases import Mail
from hygie_policies.loader import load_policies
from hygie_policies.testing import message_bytes
from journals import House
from policy_values import finding, inspection, write
from replayed_day import day

NOW = datetime.now(UTC)
CASES = [
    {
        "name": "un NIR",
        "message": {"from": "a@b.test", "to": ["c@d.test"], "text": "NIR : 2 81 08 2A 004 121 58"},
        "expect": {"action": "hold"},
    }
]


class Place:
    """Settings, a folder with one policy, and a journal with a start ``days`` ago and a day of mail."""

    def __init__(self, folder):
        self.house = House(folder)
        self.policies = folder / "règles"
        self.policies.mkdir()
        self.path = write(self.policies, status="simulate")
        self.config = folder / "hygie.yaml"
        self.config.write_text(
            "milter: {socket: 'unix:/tmp/x'}\norganisation: {domains: [hopital.test]}\n"
            f"policies: {{folder: '{self.policies}'}}\njournal: {{folder: '{self.house.folder}'}}\n"
        )

    def started(self, days):
        policies = load_policies(self.policies)
        journal = self.house.open()
        journal._now = lambda: NOW - timedelta(days=days)
        journal.write(Event.STARTED, {"policy_digest": policies.digest, **in_force(policies, {})})
        journal._now = lambda: NOW - timedelta(hours=1)
        mail = Mail(**{"from": "a@hopital.test"}, to=("b@c.test",), text="x")
        sent = day([message_bytes(mail)] * 5, lambda _: inspection(finding("nir")), policies, journal)
        journal.close()
        return sent

    def run(self, *words):
        return CliRunner().invoke(command, [*map(str, words), "-c", str(self.config)])

    def events(self, event):
        journal = self.house.open()
        journal.close()
        return [line.fields for line in Reader(journal.folder, journal.ring).lines(events={event})]


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_a_week_of_simulation_and_a_backtest_lead_to_enforce(place):
    place.started(8)

    too_soon = place.run("enforce", "example")
    backtested = place.run("backtest", "--enforce", "example")
    done = place.run("enforce", "example")

    assert 1 == too_soon.exit_code
    assert "jamais rejouée sur le journal" in too_soon.stderr
    assert (0, "") == (backtested.exit_code, backtested.stderr)
    assert "messages comparés : 5 ; changés : 5 ; non rejouables : 0" in backtested.stdout
    assert (0, "") == (done.exit_code, done.stderr)
    assert "status: enforce" in place.path.read_text()
    [told] = place.events(Event.LIFECYCLE)
    assert ("example", "simulate", "enforce", True) == (
        told["policy"],
        told["from"],
        told["to"],
        told["backtested"],
    )
    assert "forced" not in told
    assert told["simulated_days"] >= 8


def test_a_policy_that_changed_after_its_backtest_needs_another(place):
    place.started(8)
    place.run("backtest")
    write(place.policies, status="simulate", when={"finding": {"kind": "cda"}})

    result = place.run("enforce", "example")

    assert 1 == result.exit_code
    assert "jamais rejouée" in result.stderr
    assert [] == place.events(Event.LIFECYCLE)


def test_force_needs_a_reason_and_is_journalled(place):
    place.started(1)

    refused = place.run("enforce", "example")
    without = place.run("enforce", "example", "--force")
    done = place.run("enforce", "example", "--force", "--reason", "fuite en cours")

    assert 1 == refused.exit_code
    assert "simulée 1.0 jour(s), il en faut 7" in refused.stderr
    assert 2 == without.exit_code
    assert 0 == done.exit_code
    assert ["fuite en cours"] == [told["forced"] for told in place.events(Event.LIFECYCLE)]


def test_simulate_and_retire_change_the_status_and_are_journalled(place):
    place.started(1)

    assert "déjà / already simulate" in place.run("simulate", "example").stdout
    assert 0 == place.run("retire", "example").exit_code
    assert "status: retired" in place.path.read_text()
    assert 0 == place.run("simulate", "example").exit_code
    assert [("simulate", "retired"), ("retired", "simulate")] == [
        (told["from"], told["to"]) for told in place.events(Event.LIFECYCLE)
    ]


def test_an_unknown_policy_and_missing_settings_are_bad_input(place):
    place.started(1)
    unknown = place.run("enforce", "exemple", "--force", "--reason", "x")
    place.config.write_text("milter: {socket: 'unix:/tmp/x'}\n")
    without = place.run("retire", "example")

    assert (2, "") == (unknown.exit_code, unknown.stdout)
    assert "règle inconnue" in unknown.stderr
    assert (2, "") == (without.exit_code, without.stdout)
    assert "journal.folder" in without.stderr


def test_status_tells_matches_simulation_and_what_is_forgotten(place):
    place.started(61)

    french, english = place.run("status"), place.run("status", "--lang", "en")

    assert 0 == french.exit_code
    assert "en vigueur depuis le" in french.stdout
    row = next(line for line in french.stdout.splitlines() if line.startswith("example"))
    assert ["example", "simulate", "61.0", "j", "5", "hold", "(5)"] == row.split()
    assert "SimulationForgotten : example est simulée depuis 61 jours" in french.stdout
    assert "has been simulated for 61 days" in english.stdout
    write(place.policies, status="enforce")
    assert "les fichiers ont changé depuis" in place.run("status").stdout
    assert max(map(len, french.stdout.splitlines())) <= 80


def test_diff_over_the_journal_names_the_change_and_some_references(place, tmp_path):
    place.started(1)
    other = tmp_path / "autres"
    other.mkdir()
    write(other, then={"action": "reject"}, status="enforce")

    result = place.run("diff", place.policies, other, "--journal", "--exit-code")
    same = place.run("diff", other, other, "--journal", "--exit-code")

    assert 1 == result.exit_code
    assert "changés : 5" in result.stdout
    assert "nouvellement restreints : 5" in result.stdout
    assert "example (5)" in " ".join(result.stdout.split())
    assert "HY-00000000" in result.stdout
    assert (0, True) == (same.exit_code, "changés : 0" in same.stdout)


def test_diff_over_mails_inspects_once_and_decides_twice(tmp_path):
    mails, one, other = (tmp_path / name for name in ("mails", "a", "b"))
    for folder in (mails, one, other):
        folder.mkdir()
    (mails / "1.eml").write_text("From: a@b.test\nTo: c@d.test\n\nNIR 2 81 08 2A 004 121 58\n")
    (mails / "2.eml").write_text("From: a@b.test\nTo: c@d.test\n\nBonjour\n")
    write(one)
    write(other, then={"action": "tag"})

    result = CliRunner().invoke(
        command, ["diff", *map(str, (one, other, mails)), "--lang", "en", "--exit-code"]
    )

    assert 1 == result.exit_code, result.output
    assert "messages compared: 2; changed: 1" in result.stdout
    assert "no longer restricted: 1" in result.stdout
    assert "1.eml" in "".join(result.stdout.split())
    assert "2.eml" not in result.stdout


def test_a_damaged_journal_is_no_ground_for_a_backtest(place):
    place.started(8)
    file = max(place.house.folder.glob("journal-*.jsonl"))
    file.write_bytes(file.read_bytes().replace(b'"hold"', b'"tag"', 1))

    result = place.run("backtest")

    assert 2 == result.exit_code
    assert "hygie journal verify" in result.stderr
    assert [] == place.events(Event.BACKTESTED)


def test_new_writes_a_draft_that_passes_and_never_over_a_file(tmp_path):
    for template in ("pair", "finding", "attachment", "volume"):
        name = f"ma-{template}"
        made = CliRunner().invoke(
            command, ["new", name, "--from-template", template, "--folder", str(tmp_path)]
        )
        again = CliRunner().invoke(command, ["new", name, "--folder", str(tmp_path)])
        assert (0, 2) == (made.exit_code, again.exit_code)
        assert "existe déjà" in again.stderr

    checked = CliRunner().invoke(command, ["check", str(tmp_path)])
    tested = CliRunner().invoke(command, ["test", str(tmp_path)])
    wrong = CliRunner().invoke(command, ["new", "Ma_Règle", "--folder", str(tmp_path)])

    assert (0, "") == (checked.exit_code, checked.stderr)
    assert (0, "8 réussis, 0 en échec") == (tested.exit_code, tested.stdout.splitlines()[-1])
    assert all(p.status == "draft" for p in load_policies(tmp_path).policies)
    assert 2 == wrong.exit_code


def test_list_as_a_table_and_as_json(tmp_path):
    write(tmp_path)
    table = CliRunner().invoke(command, ["list", str(tmp_path)])
    rows = json.loads(CliRunner().invoke(command, ["list", str(tmp_path), "--json", "--lang", "en"]).stdout)

    assert ["example", "enforce", "medium", "2026-11-24", "RSSI"] == table.stdout.splitlines()[1].split()
    assert [{"id", "status", "severity", "since", "owner", "title"}] == [row.keys() for row in rows]
    assert "Title" == rows[0]["title"]


def test_a_policy_without_a_negative_case_fails_and_junit_says_so(tmp_path):
    write(tmp_path, tests=CASES)

    result = CliRunner().invoke(command, ["test", str(tmp_path), "--junit", str(tmp_path / "r.xml")])

    assert 1 == result.exit_code
    assert "FAIL example: aucun cas négatif" in result.stdout
    assert "example:14:3: finding : jamais fausse dans les essais" in result.stdout
    written = (tmp_path / "r.xml").read_text()
    assert 'tests="2" failures="1"' in written
    assert '<failure message="aucun cas négatif' in written
