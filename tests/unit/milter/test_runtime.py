"""Which kinds the team's own recognizers make, so that a policy may name them."""

from __future__ import annotations

import sys

import pytest

from harness.distribution import install
from hygie_detectors.plugins import GROUP
from hygie_milter.runtime import ENTRY_POINTS, own_kinds
from hygie_milter.settings import Endpoint, Recognizers, Settings
from hygie_policies.yamlfile import YamlError

WARD = """
from presidio_analyzer import Pattern, PatternRecognizer

def make():
    return PatternRecognizer("WARD_NUMBER", name="Ward", patterns=[Pattern("ward", r"\\bWD-\\d{4}\\b", 0.6)],
                             supported_language="fr")
"""


@pytest.fixture
def settings(tmp_path):
    def made(text=None):
        file = None
        if text is not None:
            file = tmp_path / "recognizers.yaml"
            file.write_text(text, encoding="utf-8")
        return Settings(milter=Endpoint(socket="unix:/s"), recognizers=Recognizers(file=file))

    return made


@pytest.fixture
def installed(tmp_path, monkeypatch):
    def install_it(module, entry="ward = hygie_ward:make"):
        monkeypatch.delitem(sys.modules, "hygie_ward", raising=False)  # another test's module of that name
        monkeypatch.syspath_prepend(str(install(tmp_path / "site", ENTRY_POINTS, entry, module)))

    return install_it


def test_the_group_is_that_of_the_plugins():
    assert ENTRY_POINTS == GROUP


def test_no_recognizers_make_no_kinds(settings):
    assert own_kinds(settings()) == frozenset()


def test_kinds_are_those_of_the_file(settings):
    text = "recognizers:\n  - {name: a, supported_entity: BADGE}\n  - {name: b, supported_entities: [X, Y]}\n"

    assert own_kinds(settings(text)) == {"badge", "x", "y"}


def test_a_file_of_allowed_values_makes_none(settings):
    assert own_kinds(settings("allow_list: [01 40 00 00 01]\n")) == frozenset()


def test_a_distribution_adds_its_kinds_to_those_of_the_file(settings, installed):
    installed(WARD)
    text = (
        "supported_languages: [fr]\nrecognizers:\n"
        "  - name: Badge\n    type: custom\n    supported_entity: BADGE\n"
        "    supported_languages: [{language: fr}]\n"
        "    patterns: [{name: badge, regex: '\\bBG-\\d{4}\\b', score: 0.6}]\n"
    )

    assert own_kinds(settings(text)) == {"badge", "ward_number"}


def test_a_broken_distribution_refuses_the_policies_by_its_name(settings, installed):
    installed("", "ward = hygie_ward:absent")

    with pytest.raises(YamlError, match=r"hygie\.recognizers.*hygie-ward 1\.0"):
        own_kinds(settings())
