"""``hygie policy test``: run the tests inside policies, and say what they leave unasked.

Does:   runs every test through the real inspection, prints a table, the differences and the leaves that
        no test has shown both true and false; writes JUnit for a continuous integration.
Never:  prints content: a test is told by its name, a finding by its kind.
Fails:  exit status 1 when a test fails or a policy has no negative case, 2 for a path that cannot be read
        or written, or an invalid policy or setting.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hygie_milter.cli.opened import refuse_path
from hygie_milter.cli.policy.common import (
    PATH,
    config_option,
    console,
    context_of,
    inspector,
    language_option,
    load,
    table,
)

if TYPE_CHECKING:
    from hygie_policies.coverage import LeafCoverage
    from hygie_policies.loader import PolicySet
    from hygie_policies.messages import Language
    from hygie_policies.schema import Policy
    from hygie_policies.testing import TestResult

_NO_NEGATIVE: Final = {
    "fr": "aucun cas négatif : ajoutez un message qu'elle doit laisser passer (action: allow)",
    "en": "no negative case: add a message that it must let pass (action: allow)",
}
_MARKS: Final = {"passed": "ok  ", "failed": "FAIL", "known_gap": "gap ", "gap_changed": "GAP!"}
_WORDS: Final = {
    "fr": {
        "columns": ("règle", "réussis", "échecs", "limites", "feuilles"),
        "gap": "limite connue",
        "changed": "cette limite connue n'est plus ce que l'essai en dit : corrigez-le",
        "leaf": "jamais {} dans les essais",
        True: "vraie",
        False: "fausse",
        "done": "{} réussis, {} en échec",
    },
    "en": {
        "columns": ("policy", "passed", "failed", "gaps", "leaves"),
        "gap": "known gap",
        "changed": "this known gap is no longer what the test says of it: correct it",
        "leaf": "never {} in the tests",
        True: "true",
        False: "false",
        "done": "{} passed, {} failed",
    },
}


@dataclass(frozen=True, slots=True)
class Tested:
    """One policy, what its tests gave, and what they have shown of its leaves."""

    policy: Policy
    results: tuple[TestResult, ...]
    leaves: tuple[LeafCoverage, ...]

    def count(self, verdict: str) -> int:
        """Return how many tests came out so."""
        return sum(result.verdict == verdict for result in self.results)

    @property
    def has_negative(self) -> bool:
        """Whether a test shows what the policy must leave alone; a known gap does not."""
        return any(not test.expect.match and not test.expect.known_gap for test in self.policy.tests)

    @property
    def failures(self) -> int:
        """How much is wrong with it."""
        return self.count("failed") + (not self.has_negative)


@click.command(short_help="Run the tests inside policies.")
@click.argument("path", required=False, type=PATH)
@click.option("--junit", type=PATH, help="Also write the results into this file, as JUnit XML.")
@config_option
@language_option
def test(path: Path | None, junit: Path | None, config: Path | None, language: Language) -> None:
    """Run the tests inside policies, through the real inspection; default: the shipped policies.

    Without settings, the organisation is the invented one of the shipped tests (hopital.test).
    """
    from hygie_policies.testing import example_context, run_tests  # noqa: PLC0415 - quick --help

    policies = load(path, config)
    context = example_context() if config is None else context_of(config)
    inspect, _ = inspector(config)
    tested = _gathered(policies, list(run_tests(policies, inspect, context)))
    words = _WORDS[language]
    rows = table(*words["columns"], numbers=4)
    for each in tested:
        whole = sum(leaf.whole for leaf in each.leaves)
        gaps = each.count("known_gap") + each.count("gap_changed")
        numbers = (each.count("passed"), each.count("failed"), gaps, f"{whole}/{len(each.leaves)}")
        rows.add_row(each.policy.id, *map(str, numbers))
    console().print(rows)
    for each in tested:
        for line in _remarks(each, policies, language):
            click.echo(line)
    if junit is not None:
        try:
            junit.write_bytes(as_junit(tested, language))
        except OSError as error:
            refuse_path(error)
    failed = sum(each.failures for each in tested)
    click.echo(str(words["done"]).format(sum(each.count("passed") for each in tested), failed))
    sys.exit(1 if failed else 0)


def _gathered(policies: PolicySet, results: Sequence[TestResult]) -> tuple[Tested, ...]:
    from hygie_policies.coverage import coverage  # noqa: PLC0415 - quick --help

    tested = []
    for policy in policies.policies:
        own = tuple(result for result in results if result.policy == policy.id)
        answers = (answer for result in own for answer in result.leaves)
        tested.append(Tested(policy, own, coverage(policy, answers)))
    return tuple(tested)


def _remarks(tested: Tested, policies: PolicySet, language: Language) -> Iterator[str]:
    """Yield what a person has to look at, one line each."""
    words, name = _WORDS[language], tested.policy.id
    for result in tested.results:
        if result.verdict == "passed":
            continue
        said = {"known_gap": f" ({words['gap']})", "gap_changed": f" : {words['changed']}"}
        yield f"{_MARKS[result.verdict]} {name}: {result.name}{said.get(result.verdict, '')}"
        for french, english in result.differences:
            yield f"       {french if language == 'fr' else english}"
    if not tested.has_negative:
        yield f"FAIL {name}: {_NO_NEGATIVE[language]}"
    document = policies.sources.get(name)
    for leaf in tested.leaves:
        missing = [value for value, seen in ((True, leaf.true), (False, leaf.false)) if not seen]
        if missing:
            place = document.problem(leaf.place, "") if document else None
            where = f":{place.line}:{place.column}" if place else ""
            what = ", ".join(str(words["leaf"]).format(words[value]) for value in missing)
            yield f"     {name}{where}: {leaf.name} : {what}"


def as_junit(tested: Sequence[Tested], language: Language) -> bytes:
    """Return the results as JUnit XML: a suite a policy, and its lack of a negative case as one more test."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - quick --help

    root = ET.Element("testsuites", name="hygie policy test")
    for each in tested:
        suite = ET.SubElement(root, "testsuite", name=each.policy.id)
        for result in each.results:
            case = ET.SubElement(
                suite, "testcase", classname=each.policy.id, name=result.name, time=f"{result.seconds:.3f}"
            )
            text = "\n".join(
                french if language == "fr" else english for french, english in result.differences
            )
            if result.verdict == "failed":
                ET.SubElement(case, "failure", message=text).text = text
            elif result.verdict != "passed":
                ET.SubElement(case, "system-out").text = f"{_WORDS[language]['gap']}\n{text}".strip()
        if not each.has_negative:
            case = ET.SubElement(suite, "testcase", classname=each.policy.id, name="negative case")
            ET.SubElement(case, "failure", message=_NO_NEGATIVE[language])
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(each.failures))
        suite.set("time", f"{sum(result.seconds for result in each.results):.3f}")
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"
