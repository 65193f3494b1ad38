"""The allow-list: what it holds is no finding, and nothing else is lost by it."""

import pytest
import regex

from hygie_detectors.allowed import AllowList, too_wide, words
from hygie_detectors.engine import Engine
from hygie_detectors.model import Segment
from hygie_detectors.team import RecognizerFileError, load_team
from hygie_detectors.watch import Unwatched

FILE = """
allow_list:
  - 01 42 34 56 78
  - Jean TESTEUR
  - 2 95 10 99 126 111 93
  - 1956-03-12
  - pattern: 'ZZ\\d{4}'
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("team") / "recognizers.yaml"
    path.write_text(FILE, encoding="utf-8")
    engine = Engine(recognizers_file=path)

    def kinds(text):
        findings, unread = engine.detect([Segment("1", text)], (), {}, Unwatched())
        assert unread == []
        return {f.kind for f in findings if f.kind != "symptom_or_care"}

    return kinds


@pytest.mark.parametrize(
    "text",
    [
        "Tél. 01 42 34 56 78",
        "Tél. 01.42.34.56.78",
        "Tél. 0142345678",
        "NIR 295109912611193",
        "NIR : 2 95 10 99 126 111 / 93",
        "Date de naissance : 12/03/1956",
        "Date de naissance : 12 mars 1956",
        "IPP : ZZ1234",
        "Madame Jean Testeur",
        "Monsieur TESTEUR JEAN",
    ],
)
def test_a_listed_value_is_no_finding_in_any_layout(found, text):
    assert found(text) == set()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Tél. 01 42 34 56 79", {"phone"}),  # one digit
        ("NIR 295109912611193 et 1 85 05 78 006 084 91", {"nir"}),  # the other one
        ("Monsieur Jean TESTEUR-DURAND", {"person_name"}),  # a longer name
        ("IPP : ZZ12345", {"patient_number"}),  # a longer number
        ("Date de naissance : 03/12/1956", {"birth_date"}),  # the same figures, another day
        (
            "Patient : Jean TESTEUR, né le 13/03/1956, diabète",
            {"birth_date", "disease"},
        ),  # what stands beside
    ],
)
def test_what_is_not_exactly_a_listed_value_stays(found, text, kinds):
    assert found(text) == kinds


def test_figures_that_are_parted_elsewhere_are_another_value():
    allowed = AllowList(["1/12/1956"])

    assert allowed.holds("1-12-1956", "")
    assert not allowed.holds("11/2/1956", "")
    assert not allowed.holds("le 1/12/1956", "")


def test_a_pattern_allows_what_it_matches_as_a_whole_only():
    allowed = AllowList((), [regex.compile("TEST-\\d+")])

    assert allowed.holds("TEST-12", "")
    assert not allowed.holds("TEST-12 DUPONT", "")


def test_a_pattern_that_runs_out_of_time_allows_nothing():
    allowed = AllowList((), [regex.compile("(q+q+)+\\d?")])

    assert allowed.holds("qqqq", "")
    assert not AllowList((), [regex.compile("(q+q+)+\\d")]).holds("q" * 5_000, "")


@pytest.mark.parametrize("pattern", [".*", "", ".+", "[a-z ]+.*", r"[\d /]+", r"[^@]+", "x*"])
def test_a_pattern_that_would_switch_detection_off_is_too_wide(pattern):
    assert too_wide(regex.compile(pattern, regex.IGNORECASE))


def test_words_part_a_value():
    assert words(" 01.42-34 É") == "01 42 34 e"


@pytest.mark.parametrize(
    ("listed", "line", "says"),
    [
        ("allow_list: 3", 1, "allow_list: must be a list"),
        ("allow_list:\n  - M.", 2, "needs 3 letters or digits"),
        ("allow_list:\n  - {regex: a}", 2, "unknown key 'regex' in allow_list"),
        ("allow_list:\n  - {}", 2, "write a value, or 'pattern: regex'"),
        ("allow_list:\n  - pattern: '('", 2, "regex: missing )"),
        ("allow_list:\n  - pattern: '.*'", 2, "so that nothing would be found"),
        ("allow_list:\n  - pattern: '(a+a+)+b'", 2, "takes too long"),
        ("allow_lists: []", 1, "did you mean 'allow_list'?"),
    ],
)
def test_a_mistake_has_its_line(tmp_path, listed, line, says):
    path = tmp_path / "team.yaml"
    path.write_text(listed + "\n", encoding="utf-8")

    with pytest.raises(RecognizerFileError) as raised:
        load_team(path)

    assert (raised.value.line, says in raised.value.message) == (line, True), raised.value
