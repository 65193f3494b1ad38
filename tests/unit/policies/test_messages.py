"""Everything that people read has its words in both languages."""

import pytest

from hygie_detectors.engine import own_recognizers
from hygie_detectors.model import QUALIFIERS, REASONS
from hygie_detectors.recognizers.formats.formats import NAMES
from hygie_policies.messages import say, texts
from hygie_policies.model import Action

KINDS = sorted(
    {entity.lower() for each in own_recognizers() for entity in each().supported_entities} | NAMES.keys()
)


def test_the_kinds_are_known():
    """The list above is not empty by accident."""
    assert {"nir", "lab_result", "disease", "cda", "xdm"} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_a_recognizer_makes_has_a_name(kind):
    assert kind in texts().kinds


@pytest.mark.parametrize("reason", [*sorted(REASONS), "limit:pdf_pages_max"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_has_a_name(reason, language):
    assert texts().reason(reason, language) != reason


def test_every_qualifier_has_a_name():
    assert QUALIFIERS == texts().qualifiers.keys()


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_its_sentences(action):
    sentences = texts().actions[action]

    for text in (sentences.happened, sentences.happened_to_some, sentences.todo):
        assert say(text, "fr") != say(text, "en")
        assert text.fr.endswith(".")
        assert text.en.endswith(".")


def test_what_is_unknown_is_named_by_its_own_word():
    assert "badge_number" == texts().kind("badge_number", "fr")
    assert "odd" == texts().reason("odd", "en")
    assert "odd" == texts().qualifier("odd", "en")
