"""Recognizers that an installed distribution brings by the entry point ``hygie.recognizers``."""

import importlib
import sys

import pytest

from harness.distribution import install
from hygie_detectors.engine import Engine
from hygie_detectors.model import Axis, Confidence, Segment, Unread
from hygie_detectors.plugins import GROUP, PluginError, installed_recognizers
from hygie_detectors.watch import Unwatched

WARD = '''
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, RecognizerResult
from presidio_analyzer.recognizer_registry import RecognizerRegistry

class InstalledWard(PatternRecognizer):
    axis = "health"
    confidence = "high"

    def __init__(self):
        super().__init__("WARD", patterns=[Pattern("ward", r"\\bU\\d{3}\\b", 0.3)], supported_language="fr")

class Bed(EntityRecognizer):
    """No pattern: any code of the team."""

    def __init__(self, entities=("BED",), language="fr", results=None):
        self.results = results
        super().__init__(list(entities), supported_language=language)

    def load(self):
        pass

    def analyze(self, text, entities, nlp_artifacts):
        if self.results is not None:
            return self.results
        at = text.find("lit 12")
        return [RecognizerResult("BED", at, at + 6, 0.6)] if at >= 0 else []

class Answered(Bed):
    """Sees the results of others, as related entities are."""

    def enhance_using_context(
        self, text, raw_recognizer_results, other_raw_recognizer_results, nlp_artifacts, context=None
    ):
        if any(other.entity_type == "phone" for other in other_raw_recognizer_results):
            for result in raw_recognizer_results:
                result.score = 0.9
        return raw_recognizer_results

def answered():
    return Answered()

def both():
    return InstalledWard(), Bed()

def nothing():
    return []

def english():
    return Bed(language="en")

def spaced():
    return Bed(entities=["BED 7"])

def unsure():
    made = Bed()
    made.confidence = "sure"
    return made

def raising():
    raise RuntimeError("no ward")

def text():
    return "ward"

def unsound():
    made = [RecognizerResult("BED", 0, 3, 0.9), RecognizerResult("ROOM", 0, 3, 0.9),
            RecognizerResult("BED", 2, 9_999, 0.9)]
    return Bed(results=made)

def remote():
    from presidio_analyzer import RemoteRecognizer
    class Far(RemoteRecognizer):
        def load(self):
            pass
        def analyze(self, text, entities, nlp_artifacts):
            return []
        def get_supported_entities(self):
            return ["BED"]
    return Far(["BED"], "Far", "fr", "1")

def ours():
    from hygie_detectors.recognizers.nir import RECOGNIZERS
    return RECOGNIZERS[0]()
'''


@pytest.fixture
def installed(tmp_path, monkeypatch):
    def make(entry):
        monkeypatch.syspath_prepend(install(tmp_path / "site", GROUP, entry, WARD))
        monkeypatch.delitem(sys.modules, "hygie_ward", raising=False)
        importlib.invalidate_caches()

    return make


def detect(*texts):
    engine = Engine(key=b"k" * 32)
    segments = [Segment(str(number), text) for number, text in enumerate(texts, 1)]
    return engine, engine.detect(segments, (), {}, Unwatched())


def test_without_any_there_is_none():
    assert installed_recognizers() == ()


def test_a_class_and_what_it_says_of_itself(installed):
    installed("ward = hygie_ward:InstalledWard")
    engine, (findings, unread) = detect("Bonjour, réunion en U204.")

    assert [(f.kind, f.axes, f.confidence, f.masked) for f in findings] == [
        ("ward", (Axis.HEALTH,), Confidence.HIGH, "U***")
    ]
    assert unread == []
    assert "ward" in engine.kinds


def test_a_function_may_give_several_and_the_score_says_the_confidence(installed):
    installed("both = hygie_ward:both")
    _, (findings, unread) = detect("U204, lit 12")

    assert [(f.kind, f.axes[0], f.confidence) for f in findings] == [
        ("ward", Axis.HEALTH, Confidence.HIGH),
        ("bed", Axis.IDENTITY, Confidence.MEDIUM),
    ]
    assert unread == []


def test_one_may_weigh_its_results_by_those_of_others(installed):
    installed("answered = hygie_ward:answered")
    _, (findings, _) = detect("lit 12, poste 01 42 34 56 78", "lit 12")

    assert [(f.part, f.confidence) for f in findings if f.kind == "bed"] == [
        ("1", Confidence.HIGH),
        ("2", Confidence.MEDIUM),
    ]


def test_a_result_of_no_announced_kind_or_outside_the_text_is_a_failure_and_costs_no_other(installed):
    installed("unsound = hygie_ward:unsound")
    _, (findings, unread) = detect("lit libre, NIR 2 95 10 99 126 111 93")

    assert {f.kind for f in findings} == {"bed", "nir"}
    assert unread == [Unread("1", "engine")]


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ("absent", "cannot be loaded: AttributeError"),
        ("raising", "cannot be loaded: RuntimeError: no ward"),
        ("nothing", "makes no recognizer"),
        ("text", "gives a str; it must be an EntityRecognizer"),
        ("ours", "gives a NirRecognizer; it must be an EntityRecognizer"),
        ("english", "give it supported_language='fr'"),
        ("spaced", "'BED 7': use letters"),
        ("unsure", "axis or confidence: 'sure' is not a valid Confidence"),
        ("remote", "would send the text of mails elsewhere"),
    ],
)
def test_one_that_cannot_be_used_stops_the_engine_and_is_named(installed, made, says):
    installed(f"it = hygie_ward:{made}")

    with pytest.raises(PluginError) as raised:
        Engine()

    message = str(raised.value)
    assert message.startswith(f"hygie.recognizers: it (hygie_ward:{made}) of hygie-ward 1.0: ")
    assert says in message
