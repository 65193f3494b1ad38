"""NIR on the development corpus: none for sure in French text, and the figures for the rest."""

import os
from collections import Counter
from pathlib import Path

import pytest

from hygie_detectors.engine import Engine
from hygie_detectors.model import Segment
from hygie_detectors.watch import Unwatched

CORPUS = Path(os.environ.get("HYGIE_CORPUS") or Path(__file__).parents[2].parent / "shared" / "corpus")
FRENCH = (
    "neg_fr", "neg_fr_spoken", "neg_fr_admin", "neg_fr_mail",
    "hardneg_leaflet", "hardneg_abstract", "hardneg_exam", "hardneg_emea",
)  # fmt: skip
pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def engine():
    return Engine()


def nirs(engine, label):
    """Return how many files the label has, and the confidences of its NIRs; texts are read as UTF-8."""
    folder = CORPUS / label
    if not folder.is_dir():
        pytest.skip(f"no development corpus here: {label} is absent; set HYGIE_CORPUS")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found, unread = Counter(), Counter()
    for path in files:
        text = path.read_bytes()[:4_000_000].decode("utf-8", "replace")
        findings, missed = engine.detect([Segment("1", text)], (), {}, Unwatched())
        found.update(f"{f.kind} {f.confidence}" for f in findings if f.kind in {"nir", "ins"})
        unread.update(u.reason for u in missed)
    assert not unread
    return len(files), found


@pytest.mark.parametrize("label", FRENCH)
def test_no_sure_nir_in_french_text(engine, label, capsys):
    files, found = nirs(engine, label)
    with capsys.disabled():
        print(f"\n{label}: {files} files, {dict(found)}")  # noqa: T201 - the figures are the result

    assert found["nir high"] == 0
    assert found["ins high"] == 0


def test_nir_in_english_mail(engine, capsys):
    files, found = nirs(engine, "neg_en_mail")
    with capsys.disabled():
        print(f"\nneg_en_mail: {files} files, {dict(found)}")  # noqa: T201 - the figures are the result

    assert found["nir high"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("label", ["neg_attachment", "pos_dicom", "pos_structured"])
def test_nir_in_the_rest(engine, label, capsys):
    """Bytes of files as text: a stress for the guards, not what a mail goes through."""
    files, found = nirs(engine, label)
    with capsys.disabled():
        print(f"\n{label}: {files} files, {dict(found)}")  # noqa: T201 - the figures are the result

    assert label == "pos_structured" or found["nir high"] <= 1
    assert label != "pos_structured" or found["ins high"] >= 100
