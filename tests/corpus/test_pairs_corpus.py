"""The pair on the development corpus: who and what, at medium or more, in one text.

Files are read as text, without extraction: structured formats and PDFs are measured elsewhere.
Whoever wrote the rules has seen these files, so the figures are optimistic.
"""

import os
import re
from pathlib import Path

import pytest

from harness.reading import reader
from hygie_detectors.model import Axis
from hygie_detectors.recognizers import clinical, document, lab, patient

CORPUS = Path(os.environ.get("HYGIE_CORPUS") or Path(__file__).parents[2].parent / "shared" / "corpus")
TEMPLATE = re.compile(r"\{[{%].*?[%}]\}")
pytestmark = pytest.mark.corpus
found_in = reader(*(r for folder in (lab, patient, clinical, document) for r in folder.RECOGNIZERS))


def shares(label, capsys):
    """Return the shares of files with health, identity and both at medium or more."""
    folder = CORPUS / label
    if not folder.is_dir():
        pytest.skip(f"no development corpus here: {label} is absent; set HYGIE_CORPUS")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    health = identity = pair = 0
    for path in files:
        findings = found_in(TEMPLATE.sub("", path.read_bytes().decode("utf-8", "replace")))
        axes = {axis for f in findings if f.confidence.rank >= 1 for axis in f.axes}
        health += Axis.HEALTH in axes
        identity += Axis.IDENTITY in axes
        pair += len(axes) == 2
    rates = (health / len(files), identity / len(files), pair / len(files))
    with capsys.disabled():
        print(  # noqa: T201 - the figures are the result
            f"\n{label}: {len(files)} files,"
            f" health {rates[0]:.1%}, identity {rates[1]:.1%}, pair {rates[2]:.2%}"
        )
    return rates


@pytest.mark.parametrize(
    "label",
    [
        "neg_fr",
        "neg_fr_spoken",
        "neg_fr_admin",
        "neg_fr_mail",
        "neg_en_mail",
        "hardneg_abstract",
        "hardneg_emea",
        "hardneg_exam",
    ],
)
def test_pair_is_rare_where_there_is_no_patient(label, capsys):
    assert shares(label, capsys)[2] < 0.005


def test_pair_is_rare_in_leaflets(capsys):
    """150 files: one of them is already 0.67 %."""
    assert shares("hardneg_leaflet", capsys)[2] < 0.01


def test_narratives_are_health(capsys):
    assert shares("pos_narrative", capsys)[0] > 0.9
