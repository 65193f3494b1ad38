"""The scanned PDF files of the development corpus are read by OCR."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from extraction_samples import attached
from hygie_detectors.extraction import extract
from hygie_detectors.limits import Limits

CORPUS = Path(os.environ.get("HYGIE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
FOLDER = CORPUS / "pos_pdf" / "fr_pdf_from_cda"
# Room for a busy machine: what is tested is that they can be read.
PATIENT = Limits(ocr_page_max_seconds=60.0, ocr_max_seconds=300.0, ocr_vain_max_seconds=60.0)


def segments(pattern: str) -> list[tuple[str, str, str]]:
    if not FOLDER.is_dir():
        pytest.skip("the development corpus is absent (HYGIE_CORPUS, folder pos_pdf)")
    [path] = FOLDER.glob(pattern)
    extraction = extract(attached(path.read_bytes(), "a.pdf"), PATIENT)
    assert () == extraction.unread
    return [(s.part, s.source, s.text) for s in extraction.segments]


@pytest.mark.corpus
def test_the_scan_without_text_is_read() -> None:
    found = {part: text for part, source, text in segments("*CDA-R2-Niveau-1*") if source == "ocr"}

    assert {"1/a.pdf#page=1", "1/a.pdf#page=2"} == set(found)
    for word in ("Nom de naissance DECOURCY", "31 Mai 1976", "276059205062865", "1234567890121"):
        assert word in found["1/a.pdf#page=1"]
    assert "Cholestérol" in found["1/a.pdf#page=2"]


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("pattern", "number"), [("*messageDocB64*", "279035121518989"), ("*SEGUR_CR_Bio*", "277076322082910")]
)
def test_the_datamatrix_of_a_text_is_read(pattern: str, number: str) -> None:
    [text] = [text for part, _, text in segments(pattern) if part.endswith("-code")]

    assert f"Matricule INS : {number}" in text
    assert "Nom de naissance : " in text
    assert "Date de naissance : " in text
