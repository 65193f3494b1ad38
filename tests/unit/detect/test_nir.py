"""The NIR: its key, and the sentences in which it is found.

Valid    2951099126111 93                  abroad (python-stdnum)
         253072B073004 70, 253072A073004 43   Corsica (python-stdnum)
         284052A321025 52, 284052B321025 79   Corsica (CNAM)
         284202B321025 28, 284992B321025 31   months 20 and 99 (CNAM)
         2550814168025 38, 2940375120005 91, 1531245007231 60   mainland (CNAM)
         1800175056003 01, 1800175056004 97   both ends of the range
Invalid  2840588321025 30                  printed in the CNAM's README; 32 is right
"""

from time import process_time
from timeit import timeit

import pytest

from harness.marked import as_marked, read_marked
from hygie_detectors.gate import Gate
from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.ins import RECOGNIZERS as INS
from hygie_detectors.recognizers.nir import RECOGNIZERS as NIR
from hygie_detectors.recognizers.nir.nir import control_key
from hygie_detectors.text import normalise

VALID = {
    "2951099126111": 93,
    "253072B073004": 70,
    "253072A073004": 43,
    "284052A321025": 52,
    "284052a321025": 52,
    "284052B321025": 79,
    "284202B321025": 28,
    "284992B321025": 31,
    "2550814168025": 38,
    "2940375120005": 91,
    "1531245007231": 60,
    "1800175056003": 1,
    "1800175056004": 97,
}


@pytest.mark.parametrize(("body", "key"), VALID.items())
def test_control_key(body, key):
    assert control_key(body) == key


def test_the_key_printed_in_the_cnam_readme_is_wrong():
    assert control_key("2840588321025") == 32


@pytest.mark.parametrize(
    "body", ["", "284052C321025", "28405A2321025", "28405883210255", "２８４０５８８３２１０２５"]
)
def test_no_key_for_what_is_no_body(body):
    with pytest.raises(ValueError, match="13 characters"):
        control_key(body)


LAYOUTS = [
    "1 78 05 99 330 108 17",
    "1 78 05 99 330 108 / 17",
    "178059933010817",
    "1780599330108 17",
    "1 7 8 0 5 9 9 3 3 0 1 0 8 1 7",
    "1-78-05-99-330-108-17",
    "1.78.05.99.330.108.17",
    "1/78/05/99/330/108/17",
    "1780599330108 clé 17",
    "1780599330108 clé : 17",
    "1 78 05 99 330 108 (clé 17",
    "1\u00a078\u00a005\u00a099\u00a0330\u00a0108\u00a017",
    "1\u202f78\u202f05\u202f99\u202f330\u202f108\u202f17",
    "1 78 05 99\n330 108 17",
    "1 78 05 99\r\n330 108 17",
    "1\t78\t05\t99\t330\t108\t17",
    "1\n78\n05\n99\n330\n108\n17",
    "1 | 78 | 05 | 99 | 330 | 108 | 17",
    "1|7|8|0|5|9|9|3|3|0|1|0|8|1|7",
    "1\n7\n8\n0\n5\n9\n9\n3\n3\n0\n1\n0\n8\n1\n7",
    "1;78;05;99;330;108;17",
    "178 05 99 330 108 17",
    "1 7805 99 330108 17",
    "\uff11\uff17\uff18\uff10\uff15\uff19\uff19\uff13\uff13\uff10\uff11\uff10\uff18\uff11\uff17",
    "1\u201378\u201305\u201399\u2013330\u2013108\u201317",
    "178059\u200b9330108\u00ad17",
    "2 53 07 2A 073 004 43",
    "2 53 07 2b 073 004 70",
    "253072A07300443",
    "253072a073004 43",
    "2 5 3 0 7 2 A 0 7 3 0 0 4 4 3",
    "2|53|07|2A|073|004|43",
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_is_found_exactly_and_surely(found_in, layout):
    text, expected = read_marked(f"Elle a écrit <ent kind=nir confidence=high>{layout}</ent>, puis rien.")

    assert as_marked(found_in(text), expected, ["nir"]) == expected


@pytest.mark.parametrize(
    "marked",
    [
        # old provisional numbers and migrants' have no key: the word makes them one
        "NNP : <ent kind=nir confidence=medium>7195012345678</ent>",
        "N° NNP <ent kind=nir confidence=medium>7 1 950 12345678</ent>",
        "Numéro provisoire <ent kind=nir confidence=medium>8295012345678</ent>",
        "Migrant de passage (MIG) <ent kind=nir confidence=medium>5112345678901</ent>",
        "Poste à souder MIG, lot 9395012345678",  # nobody has such a first digit
        # What stands around it.
        "NIR<ent kind=nir confidence=high>178059933010817</ent>",
        "n°<ent kind=nir confidence=high>178059933010817</ent>",
        "NIR=<ent kind=nir confidence=high>178059933010817</ent>;",
        "(<ent kind=nir confidence=high>178059933010817</ent>)",
        "Né en 1978. <ent kind=nir confidence=high>1 78 05 99 330 108 17</ent>. Tél. 01 42 34 56 78",
        "DUPONT;<ent kind=nir confidence=high>178059933010817</ent>;12/03/1978",
        "DUPONT\t<ent kind=nir confidence=high>1 78 05 99 330 108 17</ent>\t12031978",
        "<ent kind=nir confidence=high>178059933010817</ent>\n<ent kind=nir>253072A07300443</ent>",
        "NIR <ent kind=nir confidence=high>1 78 05 99 330 108 17</ent> 01 42 34 56 78",
        "Date 2024 <ent kind=nir confidence=medium>1 78 05 99 330 108 17</ent> 12 euros",
        # Months and first digits out of the ordinary.
        "dossier de <ent kind=nir confidence=medium>284202B32102528</ent>",
        "NIR de <ent kind=nir confidence=high>284992B32102531</ent>",
        "suivi <ent kind=nir confidence=medium>778059933010808</ent>",
        # A wrong key, or none: only where a word names the number.
        "<ent kind=nir confidence=medium wrong_key=true>2 84 05 88 321 025 30</ent> (n° SS)",
        "N° de sécurité\n  sociale : <ent kind=nir wrong_key=true>2 84 05 88 321 025 30</ent>",
        "Insee 2 84 05 88 321 025 30",
        "Numéro de sécu <ent kind=nir confidence=medium>1780599330108</ent>, clé inconnue",
        "NIR provisoire <ent kind=nir confidence=medium>7150112345678</ent>",
        "Carton 1780599330108",
        "2 84 05 88 321 025 30",
        "NIR à venir, tél. 01 42 34 56 78, colis 1780599330109",
        # Other numbers.
        "Sauvegarde 201702281549075",
        "Archive 202110011200001 et 202512312359594",
        "OID 1.2.840.444333999999111.3 et 1.2.250.1.213.1.4.10, INS",
        "IBAN FR76 3000 6000 0112 3456 7890 189, NIR non fourni",
        "IMEI 178059933010817",
        "id=a178059933010817f",
        "9 8178059933010817 0",
        "Tel 01 42 34 56 78 06 12 34 56 78",
        "EAN 3400893213322",
    ],
)
def test_sentence(found_in, marked):
    """What is found is what is marked: no more, no less."""
    text, expected = read_marked(marked)

    assert as_marked(found_in(text), expected, ["nir"]) == expected


def test_a_nir_says_who_and_nothing_of_health(found_in):
    (finding,) = found_in("178059933010817")

    assert finding.axes == (Axis.IDENTITY,)


def test_evidence_keeps_the_first_digit_only(found_in):
    (finding,) = found_in("178059933010817")

    assert finding.masked == "1 ** ** ** *** *** **"


def test_one_person_has_one_fingerprint_in_any_layout(found_in):
    findings = found_in("178059933010817 ou 1 78 05 99 330 108 / 17, mais 253072A07300443")

    assert [f.fingerprint == findings[0].fingerprint for f in findings] == [True, True, False]


def test_an_unusual_month_alone_is_less_sure_than_a_month_of_the_year(found_in):
    (usual,) = found_in("284052B32102579")
    (unusual,) = found_in("284202B32102528")

    assert usual.confidence is Confidence.HIGH
    assert unusual.confidence is Confidence.MEDIUM


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "1.",
        "1 | ",
        "2a ",
        "1 78 05 99 330 108 17\n",
        "178059933010 ",
        "nir 1 ",
        "nir 178059933010818 ",
        "1.2.250.1.213.1.4.8 ",
        "clé 1 ",
        "@patient.",
        "is01" + "0" * 22 + "s1",
    ],
)
def test_linear_on_hostile_text(piece):
    """Eight times the text takes about eight times the time; quadratic would be sixty-four."""
    recognizers = [recognizer() for recognizer in (*NIR, *INS)]
    gate = Gate(recognizers)

    def look(text):
        plain = normalise(text)
        triggers, _ = gate.read(plain)
        for recognizer in recognizers:
            list(recognizer.find(plain, triggers, "body"))

    def seconds(size):  # of this process, and without Python's collector, whose cost is the heap's
        text = piece * (size // len(piece))
        return timeit(lambda: look(text), number=1, timer=process_time)

    small = max(0.003, min(seconds(20_000) for _ in range(3)))

    assert min(seconds(160_000) for _ in range(2)) < 40 * small


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1 8 5 0 5 7 8 0 0 6 0 8 4 1 9", [("nir", "low", ("wrong_key",))]),
        ("1 8 5 0 5 7 8 0 0 6 0 8 4 9 1", [("nir", "high", ())]),
        ("1 8 5 0 5 7 8 0 0 6 0 8 4 1 9 4", []),  # sixteen boxes
        ("1 8 5 1 5 7 8 0 0 6 0 8 4 1 9", []),  # a month that is none
        ("185057800608419", []),  # not in boxes
    ],
)
def test_boxes_with_a_wrong_key_are_doubtful(found_in, text, found):
    """One of fifteen boxes misread by OCR, and no word beside them."""
    hits = [(f.kind, str(f.confidence), f.qualifiers) for f in found_in(text) if f.kind == "nir"]

    assert hits == found


@pytest.mark.parametrize("box", ["{} ", "{}|", "[{}]"])
def test_a_number_in_boxes_is_no_time_though_it_reads_as_one(found_in, box):
    """2000-12-14 11:09:51, in digits that are a NIR's."""
    written = "".join(box.format(digit) for digit in "200012141109519").strip(" |")

    assert [f.kind for f in found_in(written)] == ["nir"]
    assert found_in("200012141109519") == []
