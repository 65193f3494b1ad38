"""Which leaves the tests of a policy have shown true and false."""

from hygie_policies.coverage import coverage
from hygie_policies.testing import Verdict, example_context, run_tests
from policy_values import finding, inspection, policies, policy


def case(text, action, **expect):
    return {
        "name": text,
        "message": {"from": "a@hopital.test", "to": ["c@d.test"], "text": text},
        "expect": {"action": action, **expect},
    }


def outcome(*found, tests, **changes):
    given = policies(policy(tests=list(tests), **changes))
    results = list(run_tests(given, lambda _: inspection(*found), example_context()))
    return given.policies[0], results


def shown(subject, results):
    answers = [answer for result in results for answer in result.leaves]
    return [(leaf.place, leaf.name, leaf.true, leaf.false) for leaf in coverage(subject, answers)]


def test_each_leaf_is_told_by_its_place_also_those_that_did_not_decide():
    when = {
        "any": [
            {"finding": {"kind": "nir"}},
            {"all": [{"finding": {"kind": "disease"}}, {"size": {"at_least": "1 kB"}}]},
        ]
    }

    subject, results = outcome(finding("nir"), tests=[case("x", "hold")], when=when)

    assert [
        (("when", "any", 0), "finding", True, False),
        (("when", "any", 1, "all", 0), "finding", False, True),
        (("when", "any", 1, "all", 1), "size", False, True),
    ] == shown(subject, results)


def test_a_leaf_of_an_exception_counts_too_and_one_never_asked_is_neither():
    spared = {
        "id": "essai",
        "when": {"header": {"name": "x-test", "present": True}},
        "reason": "r",
        "owner": "o",
        "expires": "2030-01-01",
    }
    inside = {
        "name": "x",
        "message": {"from": "a@b.test", "to": ["c@hopital.test"]},
        "expect": {"action": "allow"},
    }

    about_no_one = outcome(
        finding("nir"), tests=[inside], scope={"recipients": {"internal": False}}, exceptions=[spared]
    )
    asked = outcome(finding("nir"), tests=[case("x", "hold")], exceptions=[spared])

    assert [(False, False), (False, False)] == [row[2:] for row in shown(*about_no_one)]
    assert [(("when",), True, False), (("exceptions", 0, "when"), False, True)] == [
        (row[0], *row[2:]) for row in shown(*asked)
    ]


def test_a_known_gap_is_no_pass_and_says_when_it_has_changed():
    _, [as_said, changed] = outcome(
        finding("nir"),
        tests=[case("hélas retenu", "hold", known_gap=True), case("hélas passé", "allow", known_gap=True)],
    )

    assert [Verdict.KNOWN_GAP, Verdict.GAP_CHANGED] == [as_said.verdict, changed.verdict]
    assert as_said.passed
    assert not changed.passed
