"""From a hold to its release through a real Postfix: the link of the letter, pressed once, delivers once."""

from __future__ import annotations

import email
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness import messages
from harness.house import House, open_house
from harness.hygie import COMMAND, HygieServe
from harness.policies import HELD, NIR, policy
from harness.postfix import ORGANISATION
from harness.process import LOOPBACK, end, free_port, listens, wait_until

pytestmark = pytest.mark.postfix

OUTSIDE = "quelquun@gmail.test"
TWO = f"deux@{ORGANISATION}"
HEAD, OFFICER = f"chef@{ORGANISATION}", f"dpo@{ORGANISATION}"
RULES = {
    HELD: {"severity": "low", "release": {"by": "sender", "within": "48h"}},
    TWO: {"severity": "high", "release": {"by": "two", "within": "48h"}},
}


@pytest.fixture
def office(folder: Path) -> Iterator[tuple[House, str]]:
    """A house whose policies may be released, and the address of the page behind the links."""
    (folder / "policies").mkdir()
    for sender, rule in RULES.items():
        then = {"action": "hold", "release": rule["release"]}
        text = yaml.safe_dump(policy(sender, NIR, then) | {"severity": rule["severity"]})
        (folder / "policies" / f"{sender.partition('@')[0]}.yaml").write_text(text)
    port = free_port()
    approvals = {
        "url": "https://hygie.hopital.test",
        "listen": f"{LOOPBACK}:{port}",
        "folder": f"{folder}/approvals",
        "officer": OFFICER,
        "heads": {TWO: HEAD},
        "postfix": f"{folder}/postfix/etc",
    }
    with (
        HygieServe(
            folder / "hygie", policies={"folder": str(folder / "policies")}, approvals=approvals
        ) as hygie,
        open_house(folder, hygie) as house,
    ):
        page = subprocess.Popen([COMMAND, "approvals", "serve", "--config", hygie.config])
        try:
            wait_until(lambda: listens(port), "hygie approvals serve listens")
            yield house, f"http://{LOOPBACK}:{port}"
        finally:
            end(page)


def hold(house: House, sender: str) -> tuple[str, dict[str, str]]:
    """Send a message that is held; return its queue ID and the path of each person's link."""
    raw = messages.patient_note(sender, [OUTSIDE])
    before = house.internet.count()
    submission = house.postfix.submit(raw, sender, [OUTSIDE])
    assert [submission.queue_id] == house.postfix.hold_ids()
    letters = house.internet.wait_for(before + (1 if sender == HELD else 2))[before:]
    links = {}
    for letter in letters:
        assert letter.sender == ""
        text = email.message_from_bytes(letter.raw).get_payload(decode=True).decode()
        links[letter.recipients[0]] = re.search(r"https://hygie.hopital.test(/release/\S+)", text)[1]
    return submission.queue_id, links


def ask(url: str, method: str) -> tuple[int, str]:
    request = urllib.request.Request(url, b"" if method == "POST" else None, method=method)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def delivered(house: House) -> int:
    return sum(each.recipients == (OUTSIDE,) for each in house.internet.wait_quiet())


def test_a_sender_presses_the_link_and_the_message_is_delivered_once(office: tuple[House, str]) -> None:
    house, site = office
    queue_id, links = hold(house, HELD)
    [(to, link)] = links.items()
    assert HELD == to

    assert 200 == ask(site + link, "GET")[0]
    assert [queue_id] == house.postfix.hold_ids()
    assert (200, True) == ((answer := ask(site + link, "POST"))[0], "Le message est parti." in answer[1])
    assert 1 == delivered(house)
    assert 409 == ask(site + link, "POST")[0]
    assert 1 == delivered(house)
    assert [] == house.postfix.queue()
    for event in ("approved", "released"):
        [line] = house.hygie.journal(event)
        assert queue_id == line["queue_id"]

    # The same pair and policy is remembered: the next one leaves, marked.
    assert house.postfix.submit(messages.patient_note(HELD, [OUTSIDE]), HELD, [OUTSIDE]).final.ok
    assert 2 == delivered(house)
    [line] = [line for line in house.hygie.journal() if line.get("approved")]
    assert ["test-held"] == line["approved"]


def test_two_approve_one_by_the_link_one_by_the_command(office: tuple[House, str]) -> None:
    house, site = office
    queue_id, links = hold(house, TWO)
    assert {HEAD, OFFICER} == links.keys()

    assert "second accord" in ask(site + links[HEAD], "POST")[1]
    assert [queue_id] == house.postfix.hold_ids()
    assert 0 == delivered(house)
    command = [COMMAND, "approve", links[OFFICER], "--config", house.hygie.config]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (0, "") == (done.returncode, done.stderr)
    assert 1 == delivered(house)
    again = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert 1 == again.returncode
    assert "déjà servi" in again.stderr
    assert "gmail" not in house.hygie.journal_text() + house.hygie.log()
