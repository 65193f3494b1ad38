"""Approvals: one token lets one message go, once; two persons for two; what is remembered ends."""

import contextlib
import json
import re
import tempfile
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.parser import Parser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie_milter.approvals.desk import Desk, People, Refused, pair
from hygie_milter.approvals.ledger import Ledger
from hygie_milter.approvals.tokens import Role, TokenError, new_token, read, signed
from hygie_milter.approvals.web import make_server
from hygie_milter.journal.keys import KeyRing, _new_key, load_ring, new_ring, rotate
from hygie_milter.postfix.queue import HeldMail, Queue, QueueError
from hygie_policies.decide import decide
from hygie_policies.messages import Notice, texts
from hygie_policies.model import Envelope
from hygie_policies.testing import example_context
from policy_values import finding, inspection, policies, policy

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
SENDER, OUT = "achats@hopital.test", "a@gmail.test"
PEOPLE = People("dpo@hopital.test", {"achats@hopital.test": "chef@hopital.test"})
BY = {
    "sender": policy(severity="low", then={"action": "hold", "release": {"by": "sender", "within": "48h"}}),
    "two": policy(severity="high", then={"action": "hold", "release": {"by": "two", "within": "24h"}}),
}


class Journal:
    """Keeps lines, or has no room."""

    def __init__(self):
        self.lines, self.full = [], False

    def write(self, event, fields, key=None):
        if self.full:
            raise OSError(28, "No space left on device", key)
        self.lines.append((str(event), fields))
        return len(self.lines)


class Held:
    """A hold queue."""

    def __init__(self):
        self.waiting, self.released, self.broken = {}, [], False

    def held(self, queue_id):
        arrived = self.waiting.get(queue_id)
        return None if arrived is None else HeldMail(queue_id, arrived)

    def release(self, queue_id):
        if self.broken:
            raise QueueError("no rights")
        del self.waiting[queue_id]
        self.released.append(queue_id)


class Office:
    """A desk, its queue, its journal, and what was written to whom."""

    def __init__(self, folder):
        self.folder = folder
        new_ring(folder / "keys", folder)
        self.letters, self.queue, self.journal = [], Held(), Journal()
        self.desk = self.open()

    def open(self, people=PEOPLE):
        return Desk(
            Ledger(self.folder / "ledger"),
            lambda: load_ring(self.folder / "keys"),
            "https://hygie.hopital.test",
            timedelta(days=30),
            people,
            self.letters.append,
        )

    def decide(self, by="sender", recipients=(OUT,), now=NOW, rule=None):
        context = example_context()
        context = replace(context, now=now, approvals=self.desk.remembered(SENDER, now))
        envelope = Envelope(SENDER, recipients, 10, SENDER)
        return (
            decide(inspection(finding("nir")), envelope, policies(rule or BY[by]), context, f"HY-{by}"),
            envelope,
            context,
        )

    def hold(self, by="sender", queue_id="4ABCDEF", **given):
        """Hold a message; return its tokens by who got them."""
        decision, envelope, context = self.decide(by, **given)
        letters = self.desk.open(queue_id, envelope, SENDER, decision, context)
        self.desk.tell(letters)
        self.queue.waiting[queue_id] = context.now
        return {letter.to: re.search(r"/release/(\S+)", letter.body)[1] for letter in letters}

    def approve(self, token, now=NOW):
        return self.desk.approve(token, now, self.queue, self.journal)


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def refused(office, token, now=NOW):
    with pytest.raises(Refused) as raised:
        office.approve(token, now)
    return str(raised.value)


# --- one approval ---


def test_the_sender_lets_a_held_message_go_once(office):
    [(to, token)] = office.hold().items()

    assert SENDER == to
    assert office.approve(token)
    assert ["4ABCDEF"] == office.queue.released
    assert ["approved", "released"] == [event for event, _ in office.journal.lines]
    assert "used" == refused(office, token)
    assert 1 == len(office.queue.released)


def test_letters_hold_a_link_and_a_reference_and_no_recipient(office):
    office.hold(recipients=(OUT, "b@gmail.test"))
    [letter] = office.letters

    assert "https://hygie.hopital.test/release/" in letter.body
    assert "HY-sender" in letter.subject
    assert "2 destinataire(s)" in letter.body
    assert "gmail" not in letter.body + letter.subject
    assert not re.search(r"[{}]|None", letter.body)


@pytest.mark.parametrize("notice", list(Notice))
def test_every_letter_has_its_words_in_both_languages(notice):
    text = texts().notices[notice]

    for sentence in (text.subject, *text.lines):
        fields = re.compile(r"{(\w+)}")
        assert sorted(fields.findall(sentence.fr)) == sorted(fields.findall(sentence.en))


def test_nothing_of_a_person_is_in_the_ledger_or_the_journal(office):
    for by in BY:
        for token in office.hold(by, f"4ABCDE{by}").values():
            office.approve(token)

    said = (office.folder / "ledger").read_text() + json.dumps(office.journal.lines)
    assert not re.search(r"gmail|hopital|achats|dpo|chef", said)
    assert 0o600 == (office.folder / "ledger").stat().st_mode & 0o777


@pytest.mark.parametrize(
    ("later", "expected"), [(timedelta(hours=47, minutes=59), ""), (timedelta(hours=48), "expired")]
)
def test_a_token_expires(office, later, expected):
    [token] = office.hold().values()
    if expected:
        assert expected == refused(office, token, NOW + later)
    else:
        assert office.approve(token, NOW + later)


def test_a_message_that_no_longer_waits_is_told(office):
    [token] = office.hold().values()
    office.queue.waiting.clear()

    assert "gone" == refused(office, token)
    assert [] == office.journal.lines


def test_a_queue_id_that_is_another_s_by_now_releases_nothing(office):
    """Short queue IDs are used again."""
    [token] = office.hold().values()
    office.queue.waiting["4ABCDEF"] = NOW + timedelta(hours=3)

    assert "gone" == refused(office, token, NOW + timedelta(hours=4))
    assert [] == office.queue.released


def test_without_room_in_the_journal_nothing_is_released(office):
    [token] = office.hold().values()
    office.journal.full = True
    with pytest.raises(OSError, match="No space"):
        office.approve(token)
    assert [] == office.queue.released

    office.journal.full = False
    assert office.approve(token)


def test_when_postfix_fails_the_same_token_works_again(office):
    [token] = office.hold().values()
    office.queue.broken = True
    assert "failed" == refused(office, token)

    office.queue.broken = False
    assert office.approve(token)
    assert 1 == [event for event, _ in office.journal.lines].count("approved")


def test_pressed_at_once_by_many_it_leaves_once(office):
    [token] = office.hold().values()
    results = []

    def press():
        try:
            results.append(office.approve(token))
        except Refused as refusal:
            results.append(str(refusal))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, results)) == ["True"] + ["used"] * 7


# --- two approvals ---


@pytest.mark.parametrize("first", ["chef@hopital.test", "dpo@hopital.test"])
def test_two_must_approve_in_any_order(office, first):
    tokens = office.hold("two")
    second = tokens.pop(first)

    assert not office.approve(second)
    assert "used" == refused(office, second)
    assert [] == office.queue.released
    assert office.approve(*tokens.values())
    assert ["4ABCDEF"] == office.queue.released


@pytest.mark.parametrize(
    "people",
    [
        People("dpo@hopital.test", {}),
        People("", {SENDER: "chef@hopital.test"}),
        People("dpo@hopital.test", {SENDER: "DPO@Hopital.test"}),
        People("dpo@hopital.test", {SENDER: SENDER}),
        People(SENDER, {SENDER: "chef@hopital.test"}),
    ],
)
def test_one_person_is_not_two(office, people):
    """Nor is the sender one of them: nobody gets a link, and the message waits for the operators."""
    office.desk = office.open(people)

    assert {} == office.hold("two")


def test_one_role_s_second_token_is_no_second_approval(office):
    tokens = office.hold("two")
    assert not office.approve(tokens["chef@hopital.test"])
    again = new_token("4ABCDEF", "HY-two", Role.HEAD, NOW + timedelta(hours=1))

    assert "used" == refused(office, signed(again, load_ring(office.folder / "keys").current))


# --- tokens ---


def test_a_token_of_one_message_never_releases_another(office):
    [one] = office.hold(queue_id="4AAAAAA").values()
    ring = load_ring(office.folder / "keys")
    forged = [
        signed(new_token("4BBBBBB", "HY-sender", Role.SENDER, NOW + timedelta(hours=1)), ring.current),
        signed(new_token("4AAAAAA", "HY-other", Role.SENDER, NOW + timedelta(hours=1)), ring.current),
        signed(new_token("4AAAAAA", "HY-sender", Role.HEAD, NOW + timedelta(hours=1)), ring.current),
        signed(new_token("4AAAAAA", "HY-sender", Role.SENDER, NOW + timedelta(hours=1)), _new_key()),
    ]
    office.queue.waiting["4BBBBBB"] = NOW

    assert ["forged", "unknown", "forged", "forged"] == [refused(office, token) for token in forged]
    assert [] == office.queue.released
    assert office.approve(one)
    assert ["4AAAAAA"] == office.queue.released


RING = KeyRing((_new_key(), _new_key()))
TOKEN = signed(new_token("4ABCDEF", "HY-1", Role.SENDER, NOW + timedelta(hours=1)), RING.current)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(TOKEN) - 1), st.characters(min_codepoint=33, max_codepoint=0x2FF))
def test_no_change_of_a_token_is_taken(place, letter):
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    with contextlib.suppress(TokenError):  # the last letter of base64 holds bits that say nothing
        assert read(changed, RING, NOW) == read(TOKEN, RING, NOW)


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_any_text_is_a_token_or_refused(text):
    with pytest.raises(TokenError):
        read(text, RING, NOW)


def test_a_new_key_leaves_sent_links_valid(office):
    [token] = office.hold().values()
    rotate(office.folder / "keys")

    assert office.approve(token)
    assert office.desk.remembered(SENDER, NOW).approved("example", OUT)


# --- what is remembered ---


def test_the_next_message_of_the_pair_and_policy_is_not_held_again(office):
    [token] = office.hold().values()
    office.approve(token)

    decision, *_ = office.decide(now=NOW + timedelta(days=29))
    assert (["tag"], ("example",), None) == (
        [r.action.value for r in decision.recipients],
        decision.approved,
        decision.release,
    )
    expired, *_ = office.decide(now=NOW + timedelta(days=30))
    assert ["hold"] == [r.action.value for r in expired.recipients]
    other, *_ = office.decide(recipients=("b@gmail.test", OUT))
    assert ["hold", "tag"] == [r.action.value for r in other.recipients]
    renamed = BY["sender"].model_copy(update={"id": "another"})
    assert ["hold"] == [r.action.value for r in office.decide(rule=renamed)[0].recipients]


def test_two_approvals_are_never_remembered(office):
    for token in office.hold("two").values():
        office.approve(token)

    decision, *_ = office.decide("two")
    assert ["hold"] == [r.action.value for r in decision.recipients]


def test_a_new_process_remembers(office):
    [token] = office.hold().values()
    office.approve(token)

    assert office.open().remembered(SENDER, NOW).approved("example", OUT)
    key = load_ring(office.folder / "keys").current
    assert pair(key, SENDER, OUT, "example") != pair(key, OUT, SENDER, "example")


def test_a_torn_line_allows_nothing_and_hides_nothing_after_it(office):
    with (office.folder / "ledger").open("a") as file:
        file.write('{"what":"approved","reference":"HY-se')
    [token] = office.hold().values()

    assert office.approve(token)


def test_pruning_forgets_what_ended_and_nothing_else(office):
    [done] = office.hold(queue_id="4AAAAAA").values()
    office.approve(done)
    waiting = office.hold("two", queue_id="4BBBBBB")
    later = NOW + timedelta(hours=49)
    office.approve(waiting["chef@hopital.test"])

    office.desk.ledger.prune(NOW)
    assert office.approve(waiting["dpo@hopital.test"])
    office.desk.ledger.prune(later)
    assert 1 == len((office.folder / "ledger").read_text().splitlines())
    assert office.desk.remembered(SENDER, later).approved("example", OUT)
    office.desk.ledger.prune(NOW + timedelta(days=31))
    assert "" == (office.folder / "ledger").read_text()
    assert 0o600 == (office.folder / "ledger").stat().st_mode & 0o777


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=6), st.randoms())
def test_tokens_release_exactly_their_own_messages(wanted, random):
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        tokens = {}
        for number, _ in enumerate(wanted):
            decision, envelope, context = office.decide()
            decision = replace(decision, reference=f"HY-{number}")
            [letter] = office.desk.open(f"4ABCDE{number}", envelope, SENDER, decision, context)
            tokens[number] = letter.body.split("/release/")[1].split()[0]
            office.queue.waiting[f"4ABCDE{number}"] = NOW
        pressed = [number for number, press in enumerate(wanted) if press]
        random.shuffle(pressed)
        for number in pressed:
            assert office.approve(tokens[number])

        assert [f"4ABCDE{number}" for number in pressed] == office.queue.released


# --- the page ---


@pytest.fixture
def page(office):
    def look(token):
        _, held = office.desk.look(token, NOW)
        return held.reference, len(held.roles) - len(held.approved) - 1

    server = make_server(("127.0.0.1", 0), look, office.approve)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/release/"
    server.shutdown()
    server.server_close()


def ask(url, method="GET"):
    request = urllib.request.Request(url, b"" if method == "POST" else None, method=method)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def test_opening_the_link_releases_nothing_pressing_the_button_does(office, page):
    [token] = office.hold().values()
    for method in ("GET", "HEAD", "GET"):
        status, headers, body = ask(page + token, method)
        assert 200 == status
        assert "no-store" == headers["Cache-Control"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "no-referrer" == headers["Referrer-Policy"]
        assert ("HEAD" == method) or ("HY-sender" in body and 'method="post"' in body)
    assert [] == office.queue.released

    assert (200, "Le message est parti.") == (
        (answer := ask(page + token, "POST"))[0],
        re.search("<h1>(.*?)</h1>", answer[2])[1],
    )
    assert ["4ABCDEF"] == office.queue.released
    assert 409 == ask(page + token)[0]
    assert 409 == ask(page + token, "POST")[0]


@pytest.mark.parametrize("path", ["x", "../release", "%00", "a.b" * 300, ""])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_no_token_is_refused_with_a_page(page, path, method):
    status, headers, body = ask(page + path, method)

    assert 404 == status
    assert "This link is" in body
    assert isinstance(headers, type(Parser().parsestr(""))) or headers["Cache-Control"]


def test_the_first_of_two_is_told_that_another_is_needed(office, page):
    tokens = office.hold("two")
    token = tokens["chef@hopital.test"]

    assert "second accord" in ask(page + token)[2]
    assert "second accord" in ask(page + token, "POST")[2]
    assert [] == office.queue.released


# --- Postfix's queue ---


@pytest.mark.parametrize(
    "queue_id", ["ALL", "", "-", "a;b", "4ABC DEF", "../4ABCDE", "-r ALL", "é" * 8, "4ABC\n"]
)
def test_what_is_no_queue_id_reaches_no_command(monkeypatch, queue_id):
    ran = []

    def run(words, **_):
        ran.append(words)
        return type(
            "Done", (), {"returncode": 0, "stdout": '{"queue_id":"x","queue_name":"hold"}\n', "stderr": ""}
        )

    monkeypatch.setattr("hygie_milter.postfix.queue.subprocess.run", run)
    with pytest.raises(QueueError):
        Queue(None).release(queue_id)
    assert not [words for words in ran if "/usr/sbin/postsuper" in words]
