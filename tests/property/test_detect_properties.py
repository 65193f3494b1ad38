"""What holds of detection on any text."""

import itertools
import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.nirs import a_nir, layouts
from hygie_detectors.engine import Engine
from hygie_detectors.model import Segment
from hygie_detectors.text import normalise
from hygie_detectors.watch import Unwatched

MANY = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(" \n\r\t0123456789abAB./|-_'\u00a0\u200b\u00ad\u0301\ufb01é’œ\ud800"),
    ),
    max_size=400,
)
WORDS = st.text("abcdefghijklmnopqrstuvwxyzéà ,;:()\n’", max_size=80)


@pytest.fixture(scope="module")
def engine():
    return Engine(key=b"k" * 32)


def detect(engine, text):
    return engine.detect([Segment("1", text)], (), {}, Unwatched())


@MANY
@given(TEXTS)
def test_plain_text_keeps_its_offsets(text):
    plain = normalise(text)

    assert len(plain.folded) == len(plain.text)
    assert plain.original(0, 0)[0] <= len(text)
    places = [plain.original(at, at + 1) for at in range(len(plain.text))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in itertools.pairwise(places))


@MANY
@given(TEXTS)
def test_plain_text_is_its_own_plain_form(text):
    plain = normalise(text).text

    assert normalise(plain).text == plain


@MANY
@given(text=TEXTS)
def test_detection_reads_any_text(engine, text):
    findings, unread = detect(engine, text)

    assert unread == []
    assert all(0 <= f.start < f.end <= len(text) for f in findings)


@MANY
@given(before=WORDS, after=WORDS, seed=st.integers(0, 10**9))
def test_a_nir_is_found_in_any_layout_in_any_text(engine, before, after, seed):
    """Months 01-12, as all but a few have; the rarer ones are in the generated set."""
    draw = random.Random(seed)  # noqa: S311 - test data, by seed
    nir = a_nir(draw, months=[f"{draw.randint(1, 12):02}"])
    name, written = draw.choice(list(layouts(nir)))
    text = f"{before} {written} {after}"
    found = [f for f in detect(engine, text)[0] if f.kind == "nir"]

    assert any(f.start == len(before) + 1 for f in found), name


@MANY
@given(before=WORDS, seed=st.integers(0, 10**9))
def test_masked_evidence_never_shows_three_digits_of_the_value(engine, before, seed):
    nir = a_nir(random.Random(seed))  # noqa: S311 - test data, by seed
    text = f"INS {before} {nir}, NIR {nir[:13]} {nir[13:]}, {nir}@patient.mssante.fr, IPP 8{nir[2:11]}"
    findings = detect(engine, text)[0]

    assert findings
    for finding in findings:
        shown = re.findall(r"\d{3,}", finding.masked)
        assert not [digits for digits in shown if digits in text], finding.kind
        assert nir not in repr(finding)
