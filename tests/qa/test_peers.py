"""What Hygie is compared with, and how: the comparison must be fair to be worth anything."""

import runpy
import sys
from pathlib import Path

import pytest

from harness.peers import SCRIPT, Peer

COMPARE = Path(__file__).parents[1] / "peers" / "compare.py"


@pytest.fixture(scope="module")
def purview():
    """The one peer that needs nothing installed, through the same pipes as the others."""
    with Peer(Path(sys.prefix), "purview") as peer:
        yield peer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("185057800608491", True),
        ("Numéro 1850578006084 91 au dossier", True),
        ("185057800608419", False),  # two digits of the key swapped
        ("1 85 05 78 006 084 91", False),  # the printed layout, which its page does not have
        ("281082A00412158", False),  # nor Corsica's letter
        ("Bonjour", False),
    ],
)
def test_the_nir_pattern_is_what_its_page_documents(purview, text, found):
    answer = purview.ask(text)

    assert (found, False) == (answer["identity"], answer["health"])
    assert 0 <= answer["ms"] < 1000


def test_a_text_of_several_lines_is_one_question(purview):
    first, second = purview.ask_all(["un\ndeux\u2028trois", "185057800608491"])

    assert (False, True) == (first["identity"], second["identity"])


def test_a_peer_that_cannot_start_is_an_error():
    with pytest.raises(RuntimeError, match="the peer ended"):
        Peer(Path(sys.prefix), "nobody")


def test_every_peer_of_the_comparison_exists():
    compare, peers = runpy.run_path(str(COMPARE)), runpy.run_path(str(SCRIPT))

    assert set(compare["PEERS"]) == peers["PEERS"].keys()


def test_shares_are_by_label_and_both_means_in_one_text():
    compare = runpy.run_path(str(COMPARE))
    texts = [compare["Text"](label, (), "x") for label in ("pos", "pos", "neg")]

    def said(*pairs):
        return [{"identity": who, "health": what, "ms": ms} for who, what, ms in pairs]

    found = compare["rows"](
        texts,
        {
            "hygie": said((True, True, 1.0), (True, False, 3.0), (False, False, 2.0)),
            "presidio": said((True, False, 1.0), (True, False, 1.0), (True, False, 1.0)),
            "purview": said((False, False, 0.0), (True, False, 0.0), (False, False, 0.0)),
            "edsnlp": said((False, True, 1.0), (False, False, 1.0), (False, True, 1.0)),
        },
    )

    assert ["pos", "neg"] == list(found)
    pos = found["pos"]
    assert (2, 1.0, 1.0, 0.5) == tuple(pos[n] for n in ("texts", "hygie", "presidio", "purview"))
    assert (0.5, 0.5, 0.5, 0.5) == tuple(
        pos[n] for n in ("hygie health", "edsnlp health", "hygie both", "peers both")
    )
    assert 1.0 == pos["hygie ms"]
    assert (0.0, 1.0) == (found["neg"]["hygie both"], found["neg"]["peers both"])


def test_texts_are_hygies_own_and_narratives_come_with_a_header_too(tmp_path):
    (tmp_path / "pos_narrative").mkdir()
    (tmp_path / "pos_narrative" / "a.txt").write_text("Patient diabétique.", encoding="utf-8")
    (tmp_path / "pos_narrative" / "b.txt").write_text("\n", encoding="utf-8")

    alone, headed, *rest = runpy.run_path(str(COMPARE))["texts_of"](tmp_path, (), 10)

    assert ("pos_narrative", "pos_narrative + header") == (alone.label, headed.label)
    assert "Patient diabétique." == alone.whole.strip()
    assert headed.whole.strip().endswith("Patient diabétique.")
    assert ["pos_narrative + header"] == [text.label for text in rest]  # a header before nothing
