"""Truth tables of the tree, its quantifiers and its leaves."""

import itertools
from dataclasses import replace

import pytest

from hygie_detectors.model import Part
from hygie_policies.conditions import View, evaluate
from hygie_policies.model import Context, Envelope, NotRecorded
from hygie_policies.parties import Parties
from hygie_policies.shared import Shared
from policy_values import finding, inspection, policy, unread

TRUE = {"finding": {"kind": "nir"}}
FALSE = {"finding": {"kind": "cda"}}


def traced(when, *rows, recipients=1, parts=(), size=100, context=None):
    found = replace(inspection(*rows), parts=tuple(parts))
    envelope = Envelope("cardio@hopital.test", tuple(f"p{n}@ailleurs.test" for n in range(recipients)), size)
    context = context or Context()
    view, parties = View(found, envelope, context), Parties(envelope, context, Shared())
    return evaluate(policy(when=when).when, view, parties, parties.everyone)


def holds(when, *rows, **given) -> bool | None:
    return traced(when, *rows, **given).holds


@pytest.mark.parametrize("values", list(itertools.product([True, False], repeat=3)))
def test_groups_are_all_any_and_none(values):
    children = [TRUE if value else FALSE for value in values]

    assert holds({"all": children}, finding("nir")) is all(values)
    assert holds({"any": children}, finding("nir")) is any(values)
    assert holds({"none": children}, finding("nir")) is (not any(values))
    assert holds({"none": [{"all": children}]}, finding("nir")) is (not all(values))


# Where the NIR and the disease are: together, apart, alone. What each quantifier of a pair makes of it.
@pytest.mark.parametrize(
    ("rows", "message", "any_part", "same_part"),
    [
        ([finding("nir", "1"), finding("disease", "1")], True, True, True),
        ([finding("nir", "1"), finding("disease", "2")], True, False, False),
        ([finding("nir", "2/a.pdf#page=1"), finding("disease", "2/a.pdf#page=9")], True, True, True),
        ([finding("nir", "2/a.zip/b"), finding("disease", "2/a.zip/c")], True, False, False),
        ([finding("nir", "1")], False, False, False),
        ([finding("disease", "1")], False, False, False),
        ([finding("cda", "1")], True, True, True),
        ([], False, False, False),
    ],
)
def test_a_pair_by_its_quantifier(rows, message, any_part, same_part):
    def pair(quantifier):
        return holds({"pair": {"identity": "medium", "health": "medium", "in": quantifier}}, *rows)

    assert (message, any_part, same_part) == (pair("message"), pair("any_part"), pair("same_part"))


@pytest.mark.parametrize(
    ("quantifiers", "together", "apart"),
    [
        (("message", "message"), True, True),
        (("any_part", "any_part"), True, True),
        (("same_part", "same_part"), True, False),
        (("same_part", "any_part"), True, True),
        (("same_part", "message"), True, True),
    ],
)
def test_same_part_binds_leaves_to_one_part(quantifiers, together, apart):
    leaves = [
        {"finding": {"kind": kind, "in": quantifier}}
        for kind, quantifier in zip(("nir", "disease"), quantifiers, strict=True)
    ]

    assert holds({"all": leaves}, finding("nir", "1"), finding("disease", "1")) is together
    assert holds({"all": leaves}, finding("nir", "1"), finding("disease", "2")) is apart


def test_same_part_below_none_means_a_part_without_it_and_any_part_no_part_with_it():
    rows = [finding("nir", "1"), finding("nir", "2"), finding("disease", "2")]

    def nir_without_disease(quantifier):
        return holds(
            {
                "all": [
                    {"finding": {"kind": "nir", "in": "same_part"}},
                    {"none": [{"finding": {"kind": "disease", "in": quantifier}}]},
                ]
            },
            *rows,
        )

    assert nir_without_disease("same_part")
    assert not nir_without_disease("any_part")


@pytest.mark.parametrize(
    ("number", "message", "any_part"), [(2, True, True), (3, True, False), (4, False, False)]
)
def test_occurrences_are_added_up_over_the_message_but_not_over_parts(number, message, any_part):
    rows = [finding("nir", "1"), finding("nir", "1"), finding("nir", "2")]

    assert holds({"finding": {"kind": "nir", "count": number}}, *rows) is message
    assert holds({"finding": {"kind": "nir", "count": number, "in": "any_part"}}, *rows) is any_part


def test_distinct_counts_values_and_takes_what_has_no_fingerprint_for_different():
    same = [finding("lab_result", fingerprint="a", start=n) for n in range(3)]
    unknown = [finding("lab_result", start=n) for n in range(3)]
    leaf = {"finding": {"kind": "lab_result", "distinct": 2}}

    assert not holds(leaf, *same)
    assert holds(leaf, *same, finding("lab_result", fingerprint="b"))
    assert holds(leaf, *unknown)


@pytest.mark.parametrize(("floor", "found"), list(itertools.product(["low", "medium", "high"], repeat=2)))
def test_confidence_is_a_minimum(floor, found):
    ranks = ["low", "medium", "high"]

    assert holds({"finding": {"kind": "nir", "confidence": floor}}, finding("nir", confidence=found)) is (
        ranks.index(found) >= ranks.index(floor)
    )


def test_a_finding_with_both_axes_is_a_pair_only_if_sure_enough_for_both():
    pair = {"pair": {"identity": "low", "health": "high", "in": "message"}}

    assert holds(pair, finding("cda", confidence="high"))
    assert not holds(pair, finding("cda", confidence="medium"))


def test_a_finding_with_an_unwanted_qualifier_does_not_count():
    negated = finding("disease", qualifiers=["negated"])
    leaf = {"finding": {"kind": "disease", "without": ["negated", "family"]}}
    pair = {"pair": {"identity": "low", "health": "low", "without": ["negated"], "in": "message"}}

    assert not holds(leaf, negated)
    assert holds(leaf, negated, finding("disease", qualifiers=["historic"]))
    assert not holds(pair, negated, finding("nir"))
    assert holds(pair, finding("disease"), finding("nir"))


def test_an_axis_stands_for_every_kind_on_it():
    assert holds({"finding": {"axis": "identity"}}, finding("nir"))
    assert holds({"finding": {"axis": "identity"}}, finding("cda"))
    assert not holds({"finding": {"axis": "identity"}}, finding("disease"))


@pytest.mark.parametrize(
    ("leaf", "row", "expected"),
    [
        ({}, unread("crash", attachment=False), True),
        ({"reasons": "any"}, unread("timeout"), True),
        ({"reasons": ["encrypted"]}, unread("encrypted"), True),
        ({"reasons": ["encrypted"]}, unread("corrupt"), False),
        ({"reasons": ["limit"]}, unread("limit:pdf_pages_max"), True),
        ({"reasons": ["limit:pdf_pages_max"]}, unread("limit:pdf_pages_max"), True),
        ({"reasons": ["limit:mime_depth_max"]}, unread("limit:pdf_pages_max"), False),
        ({"attachment": True}, unread(attachment=False), False),
        ({"attachment": True}, unread(attachment=True), True),
        ({"attachment": False}, unread(attachment=True), False),
        ({"attachment": False}, unread(attachment=False), True),
    ],
)
def test_an_unread_leaf(leaf, row, expected):
    assert holds({"unread": leaf}, row) is expected
    assert not holds({"unread": leaf})


def test_unread_in_the_same_part_as_a_finding():
    when = {"all": [{"unread": {"in": "same_part"}}, {"finding": {"kind": "nir", "in": "same_part"}}]}

    assert holds(when, unread(part="2/a.pdf#page=201"), finding("nir", "2/a.pdf#page=1"))
    assert not holds(when, unread(part="2/a.pdf"), finding("nir", "1"))


@pytest.mark.parametrize(("recipients", "expected"), [(2, False), (3, True), (4, True)])
def test_count_is_a_minimum_of_recipients(recipients, expected):
    assert holds({"recipient": {"count": 3}}, recipients=recipients) is expected


def test_the_evidence_is_what_made_it_hold_and_nothing_else():
    when = {"any": [{"finding": {"kind": "nir"}}, {"finding": {"kind": "disease", "count": 2}}]}
    trace = traced(when, finding("nir"), finding("disease"))

    assert ["nir"] == [each.kind for leaf in trace.evidence[0] for each in leaf.findings]


class Sent:
    """A sender who sent so much before this message."""

    def __init__(self, number):
        self.number = number

    def volume(self, measure, hours):
        return self.number if (measure, hours) == ("messages", 24) else 0

    def first_contact(self, recipient):
        raise AssertionError(recipient)


@pytest.mark.parametrize(("before", "expected"), [(0, False), (3, False), (4, True), (5, True)])
def test_a_volume_is_what_was_sent_before_and_this_message(before, expected):
    leaf = {"volume": {"of": "messages", "at_least": 5, "window": "24h"}}

    trace = traced(leaf, context=Context(history=Sent(before)))

    assert (expected, before + 1) == (trace.holds, trace.number)


def test_a_volume_that_the_message_reaches_alone_asks_nothing_of_the_past():
    class Unknown(Sent):
        def volume(self, *_):
            raise NotRecorded

    leaf = {"volume": {"of": "recipients", "at_least": 3, "window": "24h"}}

    assert holds(leaf, recipients=3, context=Context(history=Unknown(0))) is True
    assert holds(leaf, recipients=2, context=Context(history=Unknown(0))) is None


def test_an_archive_is_encrypted_when_something_in_it_is_and_for_no_other_reason():
    parts = [Part(path, "application/zip", 10, attachment=True) for path in ("2/a.zip", "3/b.zip", "4/c.zip")]
    rows = [unread("encrypted", "2/a.zip/lettre.docx#page=2"), unread("corrupt", "3/b.zip")]

    assert 1 == traced({"attachment": {"encrypted": True}}, *rows, parts=parts).number
    assert 2 == traced({"attachment": {"encrypted": False}}, *rows, parts=parts).number


def test_where_no_part_holds_the_part_that_found_the_most_is_shown():
    wanted = ("nir", "disease", "cda")
    leaves = [{"finding": {"kind": kind, "in": "same_part"}} for kind in wanted]
    rows = [finding("nir", "1"), finding("nir", "2"), finding("disease", "2"), finding("nir", "3")]

    trace = traced({"all": [{"any": leaves[:1]}, *leaves[1:]]}, *rows)

    assert trace.holds is False
    assert ["2", "2"] == [
        f.part for leaf in (trace.children[0].children[0], *trace.children[1:]) for f in leaf.findings
    ]
    assert 2 == trace.found


def test_size_is_a_minimum():
    assert [False, True, True] == [holds({"size": {"at_least": 100}}, size=size) for size in (99, 100, 101)]
