"""What the service tells a decision beside the content: who sent before, from where, what headers hold."""

import threading

import pytest

from hygie_detectors.model import Inspection, Part
from hygie_milter.metrics import Metrics
from hygie_milter.postfix.plan import Recipient
from hygie_milter.runtime import load_runtime
from hygie_milter.service import Service, Transaction
from policy_values import write

SETTINGS = """
milter: {{socket: "unix:/tmp/x.sock"}}
organisation: {{domains: [hopital.test]}}
policies: {{folder: {folder}}}
"""


class Inspector:
    """Stands for the pool, which is a process boundary."""

    def inspect(self, _raw, _soft, _hard):
        return Inspection((Part("1", "text/plain", 10),), (), ())


@pytest.fixture
def answer(tmp_path):
    def make(**changes):
        folder = tmp_path / "policies"
        folder.mkdir()
        write(folder, **changes)
        config = tmp_path / "hygie.yaml"
        config.write_text(SETTINGS.format(folder=folder), encoding="utf-8")
        service = Service(load_runtime(config), Inspector(), Metrics("test"), None)

        def send(to="<b@x.test>", sender="<a@hopital.test>", raw=b"Subject: x\r\n\r\n", client=""):
            plan = service.answer(
                Transaction("4ABC", sender, (Recipient(to),), "", raw, len(raw), {}, client)
            )
            return "reject" if plan.reply else "hold" if plan.hold else "allow"

        return send

    return make


def test_the_message_that_reaches_the_volume_is_held_and_other_senders_are_not(answer):
    send = answer(when={"volume": {"of": "messages", "at_least": 3, "window": "24h"}})

    assert ["allow", "allow", "hold"] == [send() for _ in range(3)]
    assert "allow" == send(sender="<c@hopital.test>")


def test_what_was_refused_counts_for_nothing(answer):
    when = {
        "any": [
            {"header": {"name": "X-Essai", "present": True}},
            {"volume": {"of": "messages", "at_least": 2, "window": "24h"}},
        ]
    }
    send = answer(when=when, then={"action": "reject"})

    assert ["reject", "reject", "allow", "reject"] == [
        send(raw=b"X-Essai: 1\r\n\r\n"), send(raw=b"X-Essai: 1\r\n\r\n"), send(), send(),
    ]  # fmt: skip


def test_a_first_contact_is_one_until_it_was_written_to(answer):
    send = answer(when={"recipient": {"first_contact": True}})

    assert ["hold", "allow", "hold"] == [send(), send(), send(to="<c@x.test>")]


def test_the_client_and_the_subject_are_told(answer):
    send = answer(
        when={"header": {"name": "Subject", "pattern": "essai"}}, scope={"clients": {"in": ["10.1.0.0/16"]}}
    )
    raw = b"Subject: =?utf-8?q?Ess?=\r\n =?utf-8?q?AI?=\r\n\r\n"

    assert ["hold", "allow", "allow"] == [
        send(raw=raw, client="10.1.2.3"), send(raw=raw, client="192.0.2.1"), send(client="10.1.2.3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("when", "handed"),
    [({"finding": {"kind": "nir"}}, 0), ({"header": {"name": "Subject", "pattern": "essai"}}, 1)],
)
def test_headers_and_names_are_handed_to_a_thread_only_where_a_policy_asks(answer, when, handed):
    """The hand-off costs as much as deciding an ordinary mail."""
    send, before = answer(when=when), set(threading.enumerate())

    assert "allow" == send()

    assert handed == len([each for each in set(threading.enumerate()) - before if "contents" in each.name])
