"""The team's recognizer file: each mistake has its line and says what to do."""

import time

import pytest

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.team import RecognizerFileError, load_team

GOOD = r"""supported_languages: [fr]
global_regex_flags: 26
recognizers:
  - name: Ward
    type: custom
    axis: health
    confidence: high
    supported_entity: WARD
    supported_languages:
      - {language: fr, context: [service, unité]}
    patterns:
      - {name: ward, regex: '\bU\d{3}\b', score: 0.3}
  - name: Staff
    supported_entity: STAFF
    deny_list: [ALPHA, BRAVO]
    deny_list_score: 0.6
  - name: Retired
    enabled: false
    supported_entity: RETIRED
    deny_list: [X]
"""


@pytest.fixture
def load(tmp_path):
    def load_text(text):
        path = tmp_path / "team.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_team(path).recognizers

    return load_text


def test_a_good_file(load):
    ward, staff = load(GOOD)

    assert (ward.axis, ward.confidence, ward.kinds) == (Axis.HEALTH, Confidence.HIGH, ("ward",))
    assert (staff.axis, staff.confidence, staff.kinds) == (Axis.IDENTITY, None, ("staff",))
    assert ward.recognizer.context == ["service", "unité"]


@pytest.mark.parametrize(
    ("score", "confidence"),
    [(1.0, "high"), (0.8, "high"), (0.79, "medium"), (0.5, "medium"), (0.49, "low"), (0.01, "low")],
)
def test_the_score_says_the_confidence(load, score, confidence):
    assert load(GOOD)[1].confidence_of(score) == confidence


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("axis: health", "axes: health", 6, "unknown key 'axes' in a recognizer; did you mean 'axis'?"),
        ("axis: health", "axis: sante", 6, "axis: must be one of identity, health"),
        ("confidence: high", "confidence: sure", 7, "confidence: must be one of low, medium, high"),
        ("recognizers:", "recognisers:", 3, "did you mean 'recognizers'?"),
        ("regex: '", "regexp: '", 12, "did you mean 'regex'?"),
        (r"\bU\d{3}\b", "(U", 12, "regex: missing )"),
        (r"\bU\d{3}\b", "(a+a+)+b", 12, "takes too long"),
        (r"\bU\d{3}\b", r"(?:\d+\d+)+x", 12, "takes too long"),
        ("name: Staff", "name: off", 13, "recognizers.name: Input should be a valid string"),
        ("score: 0.3", "score: 3", 12, "from 0 to 1"),
        (", score: 0.3", "", 12, "a pattern needs 'score'"),
        ("name: Ward\n", "class_name: Ward\n", 4, "needs a 'name'"),
        ("type: custom", "type: predefined", 4, "Presidio has no recognizer 'Ward'"),
        ("WARD", "WARD 7", 4, "use letters, digits"),
        ("supported_entity: STAFF", "supported_entity: STAFF\n    name: Staff", 15, "stands twice"),
        ("language: fr", "language: en", 4, "French"),
        ("deny_list: [ALPHA, BRAVO]\n    deny_list_score: 0.6", "context: [a]", 13, "refused by Presidio"),
        ("  - name: Staff", "  name: Staff", 13, "not valid YAML"),
    ],
)
def test_a_mistake_has_its_line_and_its_remedy(load, old, new, line, says):
    assert old in GOOD

    with pytest.raises(RecognizerFileError) as raised:
        load(GOOD.replace(old, new, 1))

    assert (raised.value.line, says in raised.value.message) == (line, True), raised.value


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"- a", "must be 'key: value'"),
        (b"recognizers: 3", "must be a list"),
    ],
)
def test_what_is_no_recognizer_file(load, content, says):
    with pytest.raises(RecognizerFileError, match=says):
        load(content)


def test_a_missing_file(tmp_path):
    with pytest.raises(RecognizerFileError, match="cannot be read: No such file"):
        load_team(tmp_path / "none.yaml")


@pytest.mark.parametrize("name", ["AzureAILanguageRecognizer", "BasicLangExtractRecognizer"])
def test_what_would_send_text_elsewhere_is_refused(load, name):
    with pytest.raises(RecognizerFileError, match="would send the text of mails elsewhere"):
        load(f"recognizers:\n  - {{name: {name}, type: predefined}}\n")


def test_a_predefined_recognizer_is_named_with_a_hint(load):
    with pytest.raises(RecognizerFileError, match="did you mean 'EmailRecognizer'"):
        load("recognizers:\n  - {name: EmailRecogniser, type: predefined}\n")


def test_the_check_of_a_hostile_regex_is_bounded_in_time(load):
    begun = time.monotonic()
    with pytest.raises(RecognizerFileError):
        load(GOOD.replace(r"\bU\d{3}\b", "(.*.*)*[^a1]$x"))

    assert time.monotonic() - begun < 8
