"""The engine: nothing is lost silently, nothing leaks, findings lie where they were."""

import logging
import subprocess
import sys
from typing import ClassVar, NamedTuple

import pytest

from hygie_detectors import engine as engine_module
from hygie_detectors import team
from hygie_detectors.engine import FINDINGS_MAX, Engine
from hygie_detectors.limits import Limits
from hygie_detectors.model import Axis, Confidence, Segment, Unread
from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.watch import Unwatched

NIR = "253072A07300443"
TEAM = r"""
recognizers:
  - name: StaffNumber
    supported_entity: STAFF_NUMBER
    patterns: [{name: staff, regex: '\bAG\d{6}\b', score: 0.55}]
"""


class Signature(NamedTuple):
    kind: str
    part: str
    person: bool


class Refusing:
    def __init__(self, reasons):
        self.reasons = reasons
        self.entered = []

    def enter(self, part):
        self.entered.append(part)
        return self.reasons.get(part)


class Broken(HygieRecognizer):
    kinds = ("broken",)
    vocabulary: ClassVar = {"broken": ("panne",)}

    def find(self, text, triggers, source):
        del source
        if triggers.any("broken"):
            raise RuntimeError(text.text)
        return ()


def detect(engine, *texts, watch=None, numbers=None, signatures=()):
    segments = [Segment(str(i), text) for i, text in enumerate(texts, 1)]
    return engine.detect(segments, signatures, numbers or {}, watch or Unwatched())


def team_engine(tmp_path, yaml, **kwargs):
    path = tmp_path / "recognizers.yaml"
    path.write_text(yaml, encoding="utf-8")
    return Engine(recognizers_file=path, **kwargs)


def with_broken(monkeypatch):
    own = (*engine_module.own_recognizers(), Broken)
    monkeypatch.setattr(engine_module, "own_recognizers", lambda: own)
    return Engine()


def test_a_finding_lies_where_it_was_in_the_segment_given(engine):
    text = "a\r\nb\u200b\r\nNIR\u00a0: 2\u202f53 07 2A\r\n073 004 43."
    ((finding,), unread) = detect(engine, text)

    assert text[finding.start : finding.end] == "2\u202f53 07 2A\r\n073 004 43"
    assert unread == []


def test_parts_are_announced_once_and_in_order(engine):
    watch = Refusing({})
    segments = [
        Segment("1", NIR),
        Segment("2/a.pdf#page=1", NIR),
        Segment("2/a.pdf#page=2", NIR),
        Segment("3", NIR),
    ]
    findings, unread = engine.detect(segments, (), {"1": 4, "2/a.pdf": 5, "3": 9}, watch)

    assert watch.entered == [4, 5, 9]
    assert [f.part for f in findings] == [s.part for s in segments]
    assert unread == []


def test_a_refused_part_is_unread_and_only_that_part(engine):
    findings, unread = detect(engine, NIR, NIR, watch=Refusing({7: "crash"}), numbers={"1": 7, "2": 8})

    assert [f.part for f in findings] == ["2"]
    assert unread == [Unread("1", "crash")]


def test_a_signature_is_a_finding(engine):
    signatures = [Signature("cda", "2/x.xml", person=True), Signature("hl7v2", "3", person=False)]
    findings, _ = detect(engine, signatures=signatures)

    assert [(f.kind, f.axes, f.confidence, f.part) for f in findings] == [
        ("cda", (Axis.IDENTITY, Axis.HEALTH), Confidence.HIGH, "2/x.xml"),
        ("hl7v2", (Axis.HEALTH,), Confidence.HIGH, "3"),
    ]


@pytest.mark.parametrize(
    ("length", "unread"), [(99, []), (100, []), (101, [Unread("1", "limit:part_text_max_chars")])]
)
def test_a_text_too_long_is_cut_and_said_to_be(length, unread):
    engine = Engine(limits=Limits(part_text_max_chars=100))
    text = (NIR + " ").ljust(length, ".")
    findings, missed = detect(engine, text)

    assert [f.kind for f in findings] == ["nir"]
    assert missed == unread


def test_findings_of_one_kind_are_capped_and_others_are_not(engine):
    findings, _ = detect(engine, "\n".join([NIR] * (FINDINGS_MAX + 5)), "INS 279035121518989")
    kinds = [f.kind for f in findings]

    assert kinds.count("nir") == FINDINGS_MAX
    assert kinds.count("ins") == 1


def test_a_recognizer_that_fails_costs_no_other_finding_and_is_never_clean(monkeypatch, caplog):
    engine = with_broken(monkeypatch)
    findings, unread = detect(engine, f"panne {NIR}", NIR)

    assert [(f.kind, f.part) for f in findings] == [("nir", "1"), ("nir", "2")]
    assert unread == [Unread("1", "engine")]
    assert NIR not in caplog.text


def test_an_analysis_that_fails_is_never_clean(engine, monkeypatch):
    def fail(*_args, **_kwargs):
        raise MemoryError

    monkeypatch.setattr(engine._analyzer, "analyze", fail)

    assert detect(engine, NIR) == ([], [Unread("1", "engine")])


def test_ordinary_text_never_reaches_presidio(engine, monkeypatch):
    monkeypatch.setattr(engine._analyzer, "analyze", lambda *_a, **_k: pytest.fail("analysed"))

    assert detect(engine, "La réunion du comité est reportée à jeudi, en salle 204.") == ([], [])


def test_a_key_makes_fingerprints_comparable_and_another_does_not():
    def fingerprint(key):
        return detect(Engine(key=key), NIR)[0][0].fingerprint

    assert fingerprint(b"a" * 32) == fingerprint(b"a" * 32) != fingerprint(b"b" * 32)
    assert len(fingerprint(b"a" * 32)) == 16


def test_keys_are_drawn_when_not_given():
    assert detect(Engine(), NIR)[0][0].fingerprint != detect(Engine(), NIR)[0][0].fingerprint


def test_nothing_found_is_shown_by_repr(engine):
    findings, _ = detect(engine, f"NIR {NIR}, INS 279035121518989, 279035121518989@patient.mssante.fr")

    assert findings
    assert not any(piece in repr(findings) for piece in (NIR, "27903", "patient.mssante"))


def test_no_text_is_logged(engine, caplog):
    caplog.set_level(logging.DEBUG)
    detect(engine, f"Madame Jeanne QUERMALET, née le 12/03/1956, NIR {NIR}, suivie pour un diabète.")

    assert not any(piece in caplog.text for piece in ("QUERMALET", NIR, "diabète", "1956"))


# The team's recognizers.


def test_a_team_recognizer_runs_on_every_text(tmp_path):
    engine = team_engine(tmp_path, TEAM)
    findings, unread = detect(engine, "Bonjour AG123456.", f"AG654321 {NIR}")

    assert [(f.kind, f.axes, f.confidence, f.masked) for f in findings if f.kind == "staff_number"] == [
        ("staff_number", (Axis.IDENTITY,), Confidence.MEDIUM, "A*******")
    ] * 2
    assert [f.kind for f in findings].count("nir") == 1
    assert unread == []
    assert "staff_number" in engine.kinds


def test_context_words_raise_the_score_on_either_side_and_as_whole_words_only(tmp_path):
    engine = team_engine(
        tmp_path,
        r"""
recognizers:
  - name: Hospital
    supported_entity: FR_IPP
    supported_languages: [{language: fr, context: [ipp, "numéro patient"]}]
    patterns: [{name: ipp, regex: '\b8\d{9}\b', score: 0.3}]
""",
    )

    def confidence(text):
        return [str(f.confidence) for f in detect(engine, text)[0] if f.kind == "fr_ipp"]

    assert confidence("n. 8001234567 vu") == ["low"]
    assert confidence("IPP 8001234567") == ["medium"]
    assert confidence("8001234567 (NUMÉRO PATIENT)") == ["medium"]
    assert confidence("hippie 8001234567") == ["low"]


def test_a_team_pattern_that_runs_out_of_time_makes_the_part_unread(tmp_path, monkeypatch):
    """A contract with Presidio, which skips the pattern and says so in its log only."""
    monkeypatch.setattr(team, "probes", lambda _pattern: ())  # such a pattern is refused at load
    engine = team_engine(
        tmp_path,
        r"""
recognizers:
  - name: Catastrophe
    supported_entity: CATASTROPHE
    patterns: [{name: bad, regex: '(q+q+)+\d', score: 0.5}]
""",
    )
    findings, unread = detect(engine, "q" * 5_000, NIR)

    assert unread == [Unread("1", "engine")]
    assert {(f.kind, f.part) for f in findings} == {("nir", "2")}


def test_a_team_recognizer_that_raises_is_never_clean(tmp_path):
    engine = team_engine(tmp_path, TEAM.replace("AG", "ZZ"))
    (staff,) = engine._team.values()
    staff.recognizer.patterns[0].compiled_regex = None
    staff.recognizer.patterns[0].regex = "("
    findings, unread = detect(engine, NIR)

    assert [f.kind for f in findings] == ["nir"]
    assert unread == [Unread("1", "engine")]


def test_presidio_own_recognizers_work_without_network(tmp_path):
    """In a process of its own: the suffix list is read once, and sockets are closed there."""
    path = tmp_path / "recognizers.yaml"
    path.write_text(
        "recognizers:\n  - {name: EmailRecognizer, type: predefined, confidence: low}\n", encoding="utf-8"
    )
    script = f"""
import socket
def refuse(*a, **k): raise SystemExit("network")
socket.socket.connect = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
from pathlib import Path
from hygie_detectors.engine import Engine
from hygie_detectors.model import Segment
from hygie_detectors.watch import Unwatched
e = Engine(recognizers_file=Path({str(path)!r}))
f, u = e.detect([Segment("1", "ecrire a paul@exemple.fr demain")], (), {{}}, Unwatched())
theirs = [x for x in f if "@" not in x.masked]  # ours shows the domain
found = [(x.kind, str(x.confidence), x.masked) for x in theirs]
assert found == [("email_address", "low", "p" + "*" * 14)], f
assert u == [], u
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


# The language model.


def test_persons_are_seen_on_the_lines_asked_for_and_nothing_stays_in_memory(engine):
    from hygie_detectors.language import Budget, TextReading  # noqa: PLC0415 - only these tests need it
    from hygie_detectors.recognizers.base import Triggers  # noqa: PLC0415
    from hygie_detectors.text import normalise  # noqa: PLC0415

    text = "Hospitalisation de Monsieur Jacques DURAND hier.\n" + "Rien.\n" * 100 + "Paul Martin est là.\n"
    engine._french.nlp  # noqa: B018 - loads it
    strings = len(engine._french.nlp.vocab.strings)
    with TextReading(normalise(text), Triggers(), "body", engine._french, Budget()) as reading:
        places = reading.persons([(0, 5)])

    assert [text[a:b] for a, b in places] == ["Jacques DURAND"]
    assert len(engine._french.nlp.vocab.strings) == strings


def test_the_model_reads_no_more_than_its_budget(engine):
    from hygie_detectors.language import Budget, TextReading  # noqa: PLC0415
    from hygie_detectors.recognizers.base import Triggers  # noqa: PLC0415
    from hygie_detectors.text import normalise  # noqa: PLC0415

    text = "Monsieur Jacques Durand est venu."
    for chars, seen in ((len(text), 1), (len(text) - 1, 0)):
        with TextReading(normalise(text), Triggers(), "body", engine._french, Budget(chars)) as reading:
            assert len(reading.persons([(0, 5)])) == seen


def test_warming_loads_the_model():
    engine = Engine()
    engine.warm()

    assert engine._french._nlp is not None
