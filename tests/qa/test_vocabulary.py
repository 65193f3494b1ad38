"""The word lists: each says where it comes from, and holds no term twice, too short or unfolded."""

import shutil
import subprocess
import sys
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from hygie_detectors import vocabulary
from hygie_detectors.text import fold

FOLDER = resources.files(vocabulary)
FOLDERS = ("diseases", "drugs")
FIRST = min(file.name for file in (FOLDER / "diseases").iterdir())
FILES = sorted(
    [f.name for f in FOLDER.iterdir() if f.name.endswith((".txt", ".tsv"))]
    + [f"{name}/{f.name}" for name in FOLDERS for f in (FOLDER / name).iterdir()]
)
ANTICONTEXTS, MISSPELLINGS = "anticontexts.txt", "misspellings.txt"
ANALYTES, SCORES = "analytes.tsv", "scores.tsv"
LISTS = sorted(
    {f.split("/")[0].removesuffix(".txt") for f in FILES} - {"anticontexts", "misspellings", ANALYTES, SCORES}
)
SHORT_ALLOWED = {"abbreviations", "not_names", "given_names"}
CLINICAL = ("diseases", "drugs", "procedures", "administration")


def spellings(name):
    if name == ANALYTES:
        return [s for analyte in vocabulary.analytes() for s in analyte.spellings]
    if name == SCORES:
        return [s for score in vocabulary.scores() for s in score.spellings]
    return [term.spelling for term in vocabulary.terms(name)]


def test_there_are_lists():
    assert {*CLINICAL, "care", "abbreviations"} <= set(LISTS)
    assert {ANALYTES, ANTICONTEXTS, MISSPELLINGS} <= set(FILES)


@pytest.mark.parametrize("file", FILES)
def test_header_names_content_source_licence_and_version(file):
    head = (FOLDER / file).read_text(encoding="utf-8").split("\n\n")[0]

    for field in ("# What:", "# Source:", "# Licence: GPL-3.0-or-later", "# Version: 20"):
        assert field in head


@pytest.mark.parametrize("name", [*LISTS, ANALYTES, SCORES])
def test_no_term_twice(name):
    assert [term for term, count in Counter(spellings(name)).items() if count > 1] == []


def test_no_term_in_two_clinical_lists():
    everywhere = Counter(term for name in CLINICAL for term in spellings(name))

    assert [term for term, count in everywhere.items() if count > 1] == []


@pytest.mark.parametrize("name", [*LISTS, ANALYTES, SCORES])
def test_every_term_is_folded(name):
    assert [term for term in spellings(name) if fold(term) != term] == []


@pytest.mark.parametrize("name", [n for n in LISTS if n not in SHORT_ALLOWED])
def test_no_term_is_shorter_than_three_characters(name):
    assert [term for term in spellings(name) if len(term) < 3] == []


def test_lists_are_large_enough_to_be_of_use():
    assert len(vocabulary.terms("diseases")) > 5_000
    assert len(vocabulary.terms("drugs")) > 3_000
    assert len(vocabulary.terms("procedures")) > 1_500


def known():
    return {term for name in (*CLINICAL, "care", "abbreviations") for term in spellings(name)}


def test_no_set_phrase_is_itself_a_term():
    assert sorted(set(vocabulary.phrases()) & known()) == []


def test_what_a_setting_disarms_exists():
    assert sorted({term for setting in vocabulary.settings() for term in setting.disarmed} - known()) == []


def test_no_setting_is_told_by_a_word_it_disarms():
    assert [s.name for s in vocabulary.settings() if s.disarmed & set(s.words)] == []


def test_a_misspelt_word_is_no_known_one():
    assert sorted(set(vocabulary.misspelt()) & known()) == []


def test_rules_misspell_alone_and_together():
    assert vocabulary.misspellings("pharyngite") == ("faryngite", "pharingite", "faringite")
    assert "emoragie cerebrale" in vocabulary.misspellings("hemorragie cerebrale")
    assert vocabulary.misspellings("rhume") == ()


def test_notation_is_written_out():
    assert vocabulary.spellings("opere(e)(s)") == ("opere", "operes", "operee", "operees")
    assert vocabulary.spellings("post(-| )op") == ("post-op", "post op")
    assert vocabulary.spellings("oedeme") == ("oedeme", "odeme")
    assert vocabulary.spellings("(dysplasie|luxation (congenitale )de (la )hanche)") == (
        "dysplasie",
        "luxation de hanche",
        "luxation de la hanche",
        "luxation congenitale de hanche",
        "luxation congenitale de la hanche",
    )


@pytest.mark.parametrize("entry", ["cancer(s", "cancer)s", "a(b(c)"])
def test_a_bracket_that_does_not_close_is_refused(entry):
    with pytest.raises(ValueError, match="bracket"):
        vocabulary.spellings(entry)


def test_a_bad_line_is_named(monkeypatch):
    monkeypatch.setattr(vocabulary, "_lines", lambda _file: iter([(7, "Cancer")]))

    with pytest.raises(ValueError, match=r"x\.txt:7"):
        vocabulary.terms.__wrapped__("x")


def test_a_line_that_a_physician_adds_is_found(tmp_path):
    """In a copy of the package, by a process of its own: the lists are read once."""
    package = Path(str(FOLDER)).parent
    copy = tmp_path / package.name
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    file = copy / "vocabulary" / "diseases" / FIRST
    file.write_text(
        file.read_text(encoding="utf-8") + "\n[invented medium]\nxylographite(s)\n", encoding="utf-8"
    )
    script = (
        "from hygie_detectors.engine import Engine;from hygie_detectors.model import Segment;"
        "from hygie_detectors.watch import Unwatched;"
        "f, u = Engine().detect([Segment('1', 'des xylographites aiguës')], (), {}, Unwatched());"
        "print([(x.kind, str(x.confidence)) for x in f], u)"
    )
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {script}"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("", "[('disease', 'medium')] []\n") == (run.stderr, run.stdout)
