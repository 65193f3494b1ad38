"""What a decision's line tells, and that the document says so."""

import re
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from hygie_detectors.model import Inspection, Part
from hygie_milter.journal import features, pseudonyms
from hygie_milter.journal.features import Decided, Places, Recorder, decided
from hygie_milter.journal.keys import Key
from hygie_milter.journal.lines import Event
from hygie_policies.addresses import parse
from hygie_policies.decide import decide
from hygie_policies.lookalike import Partners
from hygie_policies.model import Answers, Envelope, NoHistory
from hygie_policies.testing import example_context
from policy_values import finding, policies, policy

KEY = Key("0a1b2c3d", "2026-11-24", b"k" * 32)
DOCUMENT = (Path(__file__).parents[3] / "docs" / "journal.md").read_text(encoding="utf-8")


def line(*findings, recipients=("b@gmail.test",), **context):
    inspection = Inspection((Part("1", "text/plain", 10),), findings, (), {"extract": 0.1})
    envelope = Envelope("a@hopital.test", recipients, client="10.1.2.3")
    around = replace(example_context(), **context)
    decision = decide(inspection, envelope, policies(policy()), around, "HY-00000000")
    partners = Partners(frozenset({"gmail.test"}))
    return decided(Decided("4ABC", inspection, envelope, around, partners, decision, 0.5), KEY)


def test_every_field_is_documented_and_every_documented_field_there(monkeypatch):
    monkeypatch.setattr(features, "FINDINGS_MAX", 1)
    history = Recorder(NoHistory())
    history.volume("messages", 24)
    told = line(finding("nir"), finding("disease"), history=history, contents=Answers({"ab": True}))
    table = DOCUMENT.partition("## What a line tells")[2].partition("\n\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == told.keys()


def test_the_documented_events_are_the_events():
    said = re.search(r"Events are a closed list: (.*?)\. ", DOCUMENT, re.DOTALL)[1]

    assert set(Event) == set(re.findall(r"`(\w+)`", said))


def test_values_are_numbers_within_the_message():
    told = line(
        finding("nir", fingerprint="ff"),
        finding("nir", fingerprint="ee"),
        finding("nir", fingerprint="ff"),
        finding("nir"),
    )

    assert [1, 2, 1, 0] == [row[6] for row in told["findings"]]


def test_places_are_numbers_that_keep_their_shape():
    places = Places()
    paths = [
        "1",
        "2/a.zip",
        "2/a.zip/b.pdf",
        "2/a.zip/b.pdf#page=1",
        "2/a.zip/c.pdf",
        "2",
        "2/a.zip/b.pdf#page=2",
    ]

    assert ["1", "2/1", "2/1/1", "2/1/1#1", "2/1/2", "2", "2/1/1#2"] == [
        places.number(path) for path in paths
    ]
    assert "2/1/1" == places.number("2/a.zip/b.pdf")


def test_a_pseudonym_keeps_what_lists_compare():
    mapped = parse(pseudonyms.address(KEY, "Dr.A@Lab.Example.org"))

    for entry, expected in [
        ("dr.a@lab.example.org", True),
        ("lab.example.org", True),
        (".example.org", True),
        (".org", True),
        ("example.org", False),
        (".lab.example.org", False),
        ("dr.b@lab.example.org", False),
    ]:
        assert expected is mapped.is_in(frozenset({pseudonyms.entry(KEY, entry)})), entry
    assert mapped.plain


@pytest.mark.parametrize(
    ("client", "network", "inside"),
    [
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.1.2.3", "10.1.2.3/32", True),
        ("10.1.2.3", "0.0.0.0/0", True),
        ("10.2.2.3", "10.1.0.0/16", False),
        ("IPv6:fd00::1", "fd00::/64", True),
        ("::ffff:10.1.9.9", "10.1.0.0/16", True),
        ("fd01::1", "fd00::/64", False),
    ],
)
def test_a_mapped_client_stays_in_its_networks(client, network, inside):
    mapped = ip_address(pseudonyms.client(KEY, client))

    assert inside is (mapped in ip_network(pseudonyms.network(KEY, network)))
    assert str(mapped) not in client


def test_what_is_no_client_address_is_none():
    assert ["", "", ""] == [pseudonyms.client(KEY, given) for given in ("", "unknown", "x" * 99)]


def test_recipients_say_what_they_are():
    told = line(
        recipients=(
            "x@hopital.test",
            "dr@medecin.mssante.fr",
            "dr.durand@cabinet-durand.test",
            "x@gmall.test",
        )
    )
    inside, secure, mapped, alike = told["recipients"]

    assert inside["internal"]
    assert ({"mssante": True}, True) == (secure["accepts"], secure["secure"])
    assert mapped["accepts"]["mssante"] == pseudonyms.address(KEY, "dr.durand@medecin.mssante.fr")
    assert not mapped["secure"]
    assert alike["look_alike"]
