"""The guide for the security team: every example runs, every table and explanation is what the code says."""

import re
import runpy
from pathlib import Path

import pytest

from hygie_detectors.engine import Engine
from hygie_detectors.inspect import inspect
from hygie_detectors.limits import Limits
from hygie_policies.leaves import Condition
from hygie_policies.loader import advice
from hygie_policies.testing import example_context, run_tests

DOCS = Path(__file__).resolve().parents[2] / "docs"
PROGRAM = runpy.run_path(str(DOCS / "feuilles.py"))
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((DOCS / "feuilles").glob("*.md"))}
GUIDE = (DOCS / "politiques.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def inspected():
    engine, limits = Engine(), Limits()
    return lambda raw: inspect(raw, engine, limits)


def test_every_leaf_has_its_page_and_the_guide_leads_to_each():
    groups = {"all", "any", "none", "macro"}

    assert PROGRAM["TABLES"].keys() == PAGES.keys()
    assert Condition.model_fields.keys() - groups <= PAGES.keys()
    assert PAGES.keys() == set(re.findall(r"\(feuilles/([\w-]+)\.md\)", GUIDE))


@pytest.mark.parametrize("name", PAGES)
def test_fields_and_explanation_are_those_of_the_code(name, inspected):
    """Made by `make leaves`."""
    assert PROGRAM["render"](name, PAGES[name], inspected) == PAGES[name]


@pytest.mark.parametrize("name", PAGES)
def test_the_example_of_a_page_passes_its_own_tests(name, inspected, tmp_path):
    policies = PROGRAM["write_sample"](PAGES[name], tmp_path)

    assert () == advice(policies)
    results = list(run_tests(policies, inspected, example_context()))
    assert [] == [result for result in results if not result.passed]
    assert {True, False} == {test.expect.match for policy in policies.policies for test in policy.tests}


@pytest.mark.parametrize("name", PAGES)
def test_links_of_a_page_lead_somewhere(name):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGES[name]):
        assert (DOCS / "feuilles" / target).exists(), target


def test_the_policy_of_the_guide_passes_its_own_tests(inspected, tmp_path):
    policies = PROGRAM["write_sample"](GUIDE, tmp_path)

    assert ["patient-vers-exterieur"] == [policy.id for policy in policies.policies]
    assert all(result.passed for result in run_tests(policies, inspected, example_context()))


def test_the_guide_names_every_starter_set():
    starters = {path.name for path in (DOCS.parent / "policies" / "starters").iterdir()}

    assert starters == set(re.findall(r"^\| `policies/starters/([\w-]+)`", GUIDE, re.MULTILINE))
