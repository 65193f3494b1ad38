"""Lines of a prescription: what, how much, how often; and doses that are no prescription."""

import time

import pytest

from harness.marked import as_marked, read_marked
from harness.reading import reader
from hygie_detectors.recognizers.clinical import ClinicalRecognizer, PrescriptionRecognizer
from hygie_detectors.recognizers.clinical.prescription import LINES_MAX

found_in = reader(PrescriptionRecognizer, beside=(ClinicalRecognizer,))


@pytest.mark.parametrize(
    "marked",
    [
        # a drug, a dose or a count, a rhythm
        "- <ent kind=prescription_line>Tahor 40 mg, 1 cp le soir</ent> ;",
        "<ent kind=prescription_line>Furosémide 40mg 1cp le matin</ent>, à poursuivre",
        "<ent kind=prescription_line>SERESTA 10 mg : 1-0-1</ent>",
        "<ent kind=prescription_line>Lantus 18 UI au coucher</ent>",
        "<ent kind=prescription_line>Ventoline 2 bouffées toutes les 4 h</ent>",
        "<ent kind=prescription_line>Paracétamol 1 g si douleurs</ent>",
        # tablets counted, the drug unknown
        "Zorblax : <ent kind=prescription_line>2 comprimés matin et soir</ent>",
        "Prendre <ent kind=prescription_line>une gélule par jour</ent>.",
        # one finding a line
        (
            "<ent kind=prescription_line>Tahor 40 mg le soir</ent>\n"
            "<ent kind=prescription_line>Lasilix 40 mg le matin</ent>"
        ),
        # a dose without its unit counts right behind the drug
        "<ent kind=prescription_line>Doliprane 1000 3/j</ent>",
        "Doliprane 8 %, 3/j",
        # a dose, a count or a rhythm alone
        "Doliprane 1000 mg, boîte de 8, 2,18 euros",
        "Magnésium 30 mg/l, calcium 80 mg/l, à boire matin et soir",
        "Il reste 12 comprimés.",
        "Réunion matin et soir, 2 sachets de café.",
        "Tahor : renouvellement",
        "10 CP par an et 5 RTT",
    ],
)
def test_line(marked):
    text, expected = read_marked(marked)

    assert as_marked(found_in(text), expected, ("prescription_line",)) == expected


def test_a_dose_on_the_next_line_is_another_line():
    assert found_in("Tahor\n40 mg le soir") == []


def test_evidence_is_masked():
    (finding,) = found_in("Tahor 40 mg le soir")

    assert finding.masked == "T**** 4* m* l* s***"


@pytest.mark.parametrize(("lines", "reported"), [(LINES_MAX - 1, 99), (LINES_MAX, 100), (LINES_MAX + 1, 100)])
def test_a_hundred_lines_are_reported(lines, reported):
    assert len(found_in("1 cp matin\n" * lines)) == reported


@pytest.mark.parametrize("piece", ["1 cp ", "1 cp matin ", "tahor 1 mg ", "tahor ", "1-0-1 ", "1 cp matin\n"])
def test_time_is_linear_on_hostile_text(piece):
    text = piece * (2**19 // len(piece))
    began = time.process_time()
    found_in(text)

    assert time.process_time() - began < 5
