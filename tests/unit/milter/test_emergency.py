"""The emergency lane in the daemon: what is written, counted and told, and its review."""

import email
import json
import socketserver
import threading
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from click.testing import CliRunner

from hygie_detectors.model import Axis, Confidence, Finding, Inspection, Part
from hygie_milter.cli.main import main
from hygie_milter.emergency import Desk
from hygie_milter.journal.keys import rotate
from hygie_milter.journal.lines import Event
from hygie_milter.journal.reading import Reader
from hygie_milter.journal.replay import Replayer
from hygie_milter.journal.storage import Journal, prepare
from hygie_milter.mailer import Letter, Mailer, composed
from hygie_milter.metrics import Metrics
from hygie_milter.postfix.plan import Recipient
from hygie_milter.runtime import load_runtime
from hygie_milter.service import Service, Transaction
from hygie_policies.yamlfile import YamlError
from policy_values import write

SAMU = "samu@hopital.test"
LANE = {
    "schema": 1,
    "owner": "RSSI",
    "expires": "2099-06-30",
    "marker": {"subject": "[URGENCE VITALE]"},
    "senders": [SAMU, "smur@hopital.test"],
    "recipients": {"in": ["chu.test"]},
    "quota": {"per_sender": 2, "whole_house": 3, "within": "24h"},
    "notify": "dpo@hopital.test",
}
FOUND = Inspection(
    (Part("1", "text/plain", 10),),
    (Finding("nir", (Axis.IDENTITY,), Confidence.HIGH, "1", 0, 5, "•", "ff"),),
    (),
    {},
)


class Pool:
    """Stands for the workers."""

    def inspect(self, *_):
        return FOUND


class House:
    """A service with its journal, and the letters it wrote."""

    def __init__(self, folder):
        self.folder = folder
        policies = folder / "policies"
        policies.mkdir(exist_ok=True)
        write(policies)
        (policies / "emergency.yaml").write_text(yaml.safe_dump(LANE), encoding="utf-8")
        self.config = folder / "hygie.yaml"
        self.settings = {
            "milter": {"socket": "unix:/tmp/x.sock"},
            "organisation": {"domains": ["hopital.test"]},
            "policies": {"folder": str(policies)},
            "journal": {"folder": str(folder / "journal")},
            "notices": {"smtp": "127.0.0.1:10026", "sender": "hygie@hopital.test"},
        }
        self.letters = []
        self.start()

    def start(self):
        self.config.write_text(yaml.safe_dump(self.settings), encoding="utf-8")
        self.journal = Journal(
            self.folder / "journal", prepare(self.folder / "journal", self.folder / "journal.keys")
        )
        self.metrics = Metrics("test")
        self.service = Service(load_runtime(self.config), Pool(), self.metrics, self.journal)
        self.service.desk = Desk(self.journal, self.letters.append, datetime.now(UTC))

    def send(self, sender=SAMU, subject="[URGENCE VITALE] x", login=None, to="dr@chu.test"):
        raw = f"Subject: {subject}\r\n\r\nx".encode()
        transaction = Transaction(
            "4ABC", f"<{sender}>", (Recipient(f"<{to}>"),), sender if login is None else login, raw, 9, {}
        )
        return self.service.answer(transaction)

    def lines(self, event="emergency"):
        (file,) = (self.folder / "journal").glob("*.jsonl")
        lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        return [line for line in lines if line["event"] == event]

    def counted(self, result):
        return self.metrics.registry.get_sample_value("hygie_emergencies_total", {"result": result})

    def run(self, *words):
        return CliRunner().invoke(
            main, ["emergency", *words, "--config", str(self.config)], standalone_mode=False
        )


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def left(plan):
    return plan.reply is None and plan.hold is None


def test_a_use_is_written_counted_and_told_without_content(house):
    plan = house.send()

    assert left(plan)
    assert "emergency" in dict(plan.add_headers)["X-Hygie-Decision"]
    [line] = house.lines()
    assert ("asked", "used", "4ABC", 1, ["example"]) == tuple(
        line[name] for name in ("what", "result", "queue_id", "recipients", "policies")
    )
    assert "used" == house.lines("decided")[0]["emergency"]
    assert 1 == house.counted("used")
    [letter] = house.letters
    assert "dpo@hopital.test" == letter.to
    assert line["reference"] in letter.body
    assert "URGENCE" not in letter.body + letter.subject + json.dumps(house.lines())
    assert "samu" not in letter.body + json.dumps(house.lines())


def test_without_the_marker_nothing_of_it_happens(house):
    assert house.send(subject="x").hold
    assert ([], []) == (house.lines(), house.letters)


def test_the_quota_of_a_sender_then_of_the_house_closes_the_lane(house):
    assert [True, True, False] == [left(house.send()) for _ in range(3)]
    assert [True, False] == [left(house.send("smur@hopital.test")) for _ in range(2)]
    assert ["used"] * 2 + ["refused:quota", "used", "refused:house_quota"] == [
        line["result"] for line in house.lines()
    ]
    assert 3 == len(house.letters)


def test_the_quota_outlives_a_restart_and_a_new_key(house):
    house.send()
    house.journal.close()
    rotate(house.folder / "journal.keys")
    house.start()

    assert [True, False] == [left(house.send()) for _ in range(2)]


def test_uses_before_the_window_no_longer_count(house):
    house.send()
    desk = Desk(house.journal, house.letters.append, datetime.now(UTC) + timedelta(hours=25))

    assert 1 == len(desk._uses)  # the longest window is 31 days
    later = datetime.now(UTC) + timedelta(hours=25)
    envelope = type("E", (), {"authenticated": SAMU, "sender": SAMU})()
    with desk.turn(envelope, later) as uses:
        assert (0, 0, 1) == (uses.by_sender(24), uses.by_all(24), uses.by_all(48))


def test_no_two_messages_take_the_last_use(house):
    plans = []
    threads = [threading.Thread(target=lambda: plans.append(house.send())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 2 == sum(map(left, plans))


def test_what_cannot_be_journalled_does_not_leave(house, monkeypatch):
    monkeypatch.setattr(house.journal, "write", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))

    assert "451" == house.send().reply.code
    assert [] == house.letters


def test_without_a_desk_the_lane_stays_shut(house):
    house.service.desk = None

    assert house.send().hold
    assert 1 == house.counted("refused:untold")


@pytest.mark.parametrize("missing", ["journal", "notices"])
def test_a_lane_whose_uses_nobody_would_learn_of_is_refused_at_load(house, missing):
    del house.settings[missing]
    house.config.write_text(yaml.safe_dump(house.settings), encoding="utf-8")

    with pytest.raises(YamlError, match=f"emergency.yaml:.*{missing}"):
        load_runtime(house.config)


def test_a_replay_says_that_a_use_cannot_be_told_again(house):
    """How often the lane was used before is not in the line."""
    house.send()
    house.send(subject="x")
    runtime = load_runtime(house.config)
    replayer = Replayer(runtime.policies, runtime.context, house.journal.key)
    used, plain = Reader(house.journal.folder, house.journal.ring).lines(events={Event.DECIDED})

    assert "emergency" in replayer.replay(used).untold
    assert () == replayer.replay(plain).untold


# --- the review ---


def test_the_review_lists_what_was_used_and_keeps_the_judgement(house):
    house.send()
    house.send("achats@hopital.test")
    reference = house.lines()[0]["reference"]

    before = house.run("list").output
    assert 0 == house.run("review", reference.lower(), "--justified").exit_code
    after = house.run("list", "--since", "12h").output

    assert "à revoir / to review: 1" in before
    assert "refused:sender" in before
    assert "justifié / justified" in after
    assert "à revoir / to review: 0" in after
    assert {"what": "reviewed", "reference": reference, "verdict": "justified"}.items() <= house.lines()[
        -1
    ].items()


def test_a_review_of_nothing_is_refused(house):
    house.send("achats@hopital.test")

    assert 2 == house.run("review", house.lines()[0]["reference"], "--abuse").exit_code
    assert 2 == house.run("review", "HY-00000000", "--abuse").exit_code
    assert 2 == house.run("review", "HY-00000000").exit_code
    assert 1 == len(house.lines())


# --- letters ---


def test_a_letter_asks_for_no_answer():
    mail = email.message_from_bytes(composed(Letter("dpo@h.test", "Procédure", "é\n"), "hygie@h.test"))

    assert "auto-generated" == mail["Auto-Submitted"]
    assert "é" == mail.get_payload(decode=True).decode().strip()


class _Relay(socketserver.StreamRequestHandler):
    """An SMTP server that answers as told and keeps the commands."""

    def handle(self):
        self.wfile.write(b"220 x\r\n")
        for row in self.rfile:
            self.server.rows.append(row.strip())
            word = row[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go\r\n")
                for line in self.rfile:
                    if line == b".\r\n":
                        break
                self.wfile.write(b"250 ok\r\n")
            elif word == b"RCPT":
                self.wfile.write(self.server.answer)
            else:
                self.wfile.write(b"250 ok\r\n")


def delivered(answer):
    with socketserver.TCPServer(("127.0.0.1", 0), _Relay) as server:
        server.rows, server.answer, results = [], answer, []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        mailer = Mailer("127.0.0.1", server.server_address[1], "hygie@h.test", results.append)
        mailer.start()
        mailer.send(Letter("dpo@h.test", "s", "b"))
        mailer.stop()
        server.shutdown()
    return server.rows, results


def test_letters_leave_with_the_null_sender():
    rows, results = delivered(b"250 ok\r\n")

    assert ["sent"] == results
    assert any(row.lower().startswith(b"mail from:<>") for row in rows)


def test_a_letter_that_is_not_taken_is_counted():
    assert ["failed"] == delivered(b"550 no\r\n")[1]


def test_too_many_letters_are_dropped_and_counted():
    results = []
    mailer = Mailer("127.0.0.1", 1, "hygie@h.test", results.append)
    for _ in range(1001):
        mailer.send(Letter("a@h.test", "s", "b"))

    assert ["dropped"] == results
