"""Registered forms: what a line is, what is blank, what a registry may hold."""

import dataclasses
import itertools
import json
import os

import pytest

from extraction_samples import word, word_of
from harness.messages import Attachment, message
from hygie_detectors.engine import FINDINGS_MAX, Engine
from hygie_detectors.extraction import extract
from hygie_detectors.inspect import inspect
from hygie_detectors.limits import Limits
from hygie_detectors.model import Confidence, Segment
from hygie_detectors.pairs import strongest_pair
from hygie_detectors.templates import (
    Template,
    TemplateFileError,
    file_of,
    fingerprint,
    lines,
    load_templates,
    save_templates,
    template_id,
)
from hygie_detectors.watch import Unwatched
from picture_samples import saved, scan
from questionnaires import BLANK, FORMATS, MAIL, filled, pdf_form

LIMITS = Limits()


def mail(data, name="questionnaire.docx", text=MAIL):
    kind = "application/octet-stream"
    return message(
        "a@hopital.test",
        ["b@ailleurs.test"],
        "Questionnaire",
        text,
        attachments=(Attachment(name, kind, data),),
    )


def template(data, name="questionnaire.docx"):
    extraction = extract(mail(data, name))
    [root] = {part.path for part in extraction.parts if part.path.endswith(name)}
    found = fingerprint(root, extraction.segments, [part.path for part in extraction.parts])
    digests = found.content | found.aside
    return Template(template_id(digests), "", "", "2026-11-24", len(found.lines), digests)


@pytest.fixture
def engine_of(engine, monkeypatch):
    """Return the engine with these templates."""

    def make(*templates):
        monkeypatch.setattr(engine, "_templates", templates)
        return engine

    return make


def is_pair(engine, raw):
    pair = strongest_pair(inspect(raw, engine, LIMITS).findings)
    return pair is not None and pair.strength is not Confidence.LOW


# --- a blank one passes, a filled one does not ------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_a_blank_form_is_no_pair_and_a_filled_one_is(engine_of, kind):
    write, name = FORMATS[kind], f"questionnaire.{kind}"
    unknown, known = (), (template(write(BLANK), name),)
    blank = mail(write(BLANK), name)

    assert is_pair(engine_of(*unknown), blank)
    assert not is_pair(engine_of(*known), blank)
    for said in ({"name": True}, {"ticked": True}, {"name": True, "ticked": True}):
        for text in (MAIL, "Bonjour,\n"):
            raw = mail(write(filled(**said)), name, text)
            assert is_pair(engine_of(*known), raw) == is_pair(engine_of(*unknown), raw)
    assert is_pair(engine_of(*known), mail(write(filled(name=True)), name, "Bonjour,\n"))
    assert is_pair(engine_of(*known), mail(write(filled(ticked=True)), name))


def test_what_is_found_in_a_blank_form_stays_visible(engine_of):
    engine = engine_of(template(word(*BLANK)))

    findings = inspect(mail(word(*BLANK)), engine, LIMITS).findings
    inside = [f for f in findings if f.file.endswith("docx")]

    assert {"disease"} <= {f.kind for f in inside}
    assert {("low", True)} == {(f.confidence.value, "template" in f.qualifiers) for f in inside}
    assert all("template" not in f.qualifiers for f in findings if f not in inside)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [*rows, "Remarque : suivi pour une sclérose en plaques"],
        lambda rows: [*rows[:6], "oui", *rows[6:]],
        lambda rows: [*rows[:6], *rows[7:]],
        lambda rows: [rows[1], rows[0], *rows[2:]],
        lambda rows: [
            row.replace("Diabète", "D\u0336i\u0336a\u0336b\u0336è\u0336t\u0336e\u0336") for row in rows
        ],
        lambda rows: [row.replace("[ ] Diabète", "[\u2713] Diabète") for row in rows],
        lambda rows: [row.replace("[ ] Diabète", "☒ Diabète") for row in rows],
    ],
    ids=["line added", "answer between", "line left out", "turned", "struck through", "check mark", "box"],
)
def test_any_change_of_a_line_makes_it_no_blank_form(engine_of, change):
    engine = engine_of(template(word(*BLANK)))

    assert is_pair(engine, mail(word(*change(list(BLANK)))))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [row.replace("....", "..") for row in rows],
        lambda rows: [row.replace(" ", "\u00a0 ") for row in rows],
        lambda rows: itertools.chain.from_iterable((row, "   ") for row in rows),
    ],
    ids=["leaders", "spaces", "empty lines"],
)
def test_what_says_nothing_changes_nothing(engine_of, change):
    engine = engine_of(template(word(*BLANK)))

    assert not is_pair(engine, mail(word(*change(list(BLANK)))))


def test_values_of_pdf_fields_count(engine_of):
    """The printed page is the same. The second box ticked says "Yes" as the one for agreement does."""
    engine = engine_of(template(pdf_form(), "q.pdf"))

    assert not is_pair(engine, mail(pdf_form(), "q.pdf"))
    assert is_pair(engine, mail(pdf_form(name="DURANDEAU"), "q.pdf"))
    assert is_pair(engine, mail(pdf_form(ticked=("asthme",)), "q.pdf"))


TICK = (
    "<w:p><w:r><w:t>Diabète, infarctus du myocarde</w:t></w:r></w:p><w:p><w:r>"
    "<w:fldChar w:fldCharType='begin'><w:ffData><w:checkBox><w:sizeAuto/><w:default w:val='0'/>{tick}"
    "</w:checkBox></w:ffData></w:fldChar></w:r><w:r>{symbol}<w:t>Asthme</w:t></w:r></w:p>"
)
SYMBOL = "<w:sym w:font='Wingdings' w:char='{}'/>"


@pytest.mark.parametrize(
    "change",
    [{"tick": "<w:checked/>"}, {"tick": "<w:checked w:val='1'/>"}, {"symbol": SYMBOL.format("F0FE")}],
)
def test_boxes_of_word_that_are_no_text_count(engine_of, change):
    empty = {"tick": "", "symbol": SYMBOL.format("F0A8")}
    engine = engine_of(template(word_of(TICK.format(**empty))))

    assert not is_pair(engine, mail(word_of(TICK.format(**empty))))
    assert is_pair(engine, mail(word_of(TICK.format(**empty | change))))


def test_a_picture_of_a_form_is_compared_by_what_ocr_reads(engine_of):
    def drawn(rows):
        return saved(scan("\n".join(rows)))

    engine = engine_of(template(drawn(BLANK), "q.png"))

    assert not is_pair(engine, mail(drawn(BLANK), "q.png"))
    assert is_pair(engine, mail(drawn(filled(name=True)), "q.png"))


def test_a_file_put_into_a_form_makes_it_no_blank_form(engine_of):
    markup = "".join(f"<w:p><w:r><w:t>{row}</w:t></w:r></w:p>" for row in BLANK)
    engine = engine_of(template(word_of(markup)))

    assert not is_pair(engine, mail(word_of(markup)))
    assert is_pair(engine, mail(word_of(markup, media__image1__png=b"\x89PNG\r\n\x1a\n" + bytes(60))))


def test_a_part_of_a_form_is_known_at_its_place_only(engine_of):
    """What a form holds inside is no form of its own: around it a name may stand."""
    inner = "\n".join(BLANK)
    segments = [Segment("2/a.zip", "Archive du service"), Segment("2/a.zip/q.txt", inner)]
    found = fingerprint("2/a.zip", segments, ["2/a.zip", "2/a.zip/q.txt"])
    known = Template("0" * 12, "", "", "2026-11-24", 1, found.content | found.aside)

    def confidences(first):
        now = [Segment("2/a.zip", first), segments[1]]
        findings, _ = engine_of(known).detect(now, (), {"2/a.zip": 0, "2/a.zip/q.txt": 1}, Unwatched())
        return {f.confidence for f in findings if f.part.endswith("txt")}

    assert {Confidence.LOW} == confidences("Archive du service")
    assert Confidence.MEDIUM in confidences("Archive de M. DURANDEAU Jérôme")


def test_a_text_that_names_a_patient_is_no_blank_form_whatever_is_registered(engine_of):
    letter = Segment("1", "Patient : M. DURANDEAU Jérôme, né le 14/06/1957\nDiagnostic : diabète")
    found = fingerprint("1", [letter], [])

    findings, _ = engine_of(Template("0" * 12, "", "", "2026-11-24", 2, found.content)).detect(
        [letter], (), {}, Unwatched()
    )

    assert not any("template" in f.qualifiers for f in findings)
    assert {Confidence.HIGH, Confidence.MEDIUM} <= {f.confidence for f in findings}


def test_a_form_in_an_archive_is_blank_beside_a_letter(engine_of):
    engine = engine_of(template(word(*BLANK)))
    form = [dataclasses.replace(s, part=f"2/a.zip/{s.part}") for s in _segments(word(*BLANK))]
    letter = Segment(
        "2/a.zip/lettre.txt", "Patient : M. DURANDEAU Jérôme, né le 14/06/1957, suivi pour diabète."
    )

    findings, _ = engine.detect([*form, letter], (), {}, Unwatched())

    assert {True} == {"template" in f.qualifiers for f in findings if "docx" in f.part}
    assert {False} == {"template" in f.qualifiers for f in findings if "lettre" in f.part}


def _segments(data):
    extraction = extract(mail(data))
    return [
        dataclasses.replace(s, part=s.part.partition("/")[2]) for s in extraction.segments if "docx" in s.part
    ]


def test_a_name_in_the_name_of_the_file_counts(engine_of):
    engine = engine_of(template(word(*BLANK)))

    raw = mail(word(*BLANK), "Compte rendu cancer Mme DURANDEAU.docx", "")
    named = [f for f in inspect(raw, engine, LIMITS).findings if f.part.endswith("#name")]

    assert named
    assert not any("template" in f.qualifiers for f in named)


def test_forms_crowd_out_no_finding_of_a_letter(engine_of):
    engine = engine_of(template(word(*BLANK)))
    blank = _segments(word(*BLANK))
    diseases = sum(f.kind == "disease" for f in engine.detect(blank, (), {}, Unwatched())[0])
    forms = FINDINGS_MAX // diseases + 1
    form = [Segment(f"{n}/{s.part}", s.text, s.source) for n in range(forms) for s in blank]

    findings, _ = engine.detect(
        [*form, Segment("0", "Patiente suivie pour un diabète.")], (), {}, Unwatched()
    )

    assert [Confidence.MEDIUM] == [f.confidence for f in findings if f.part == "0" and f.kind == "disease"]


# --- lines ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nom : ........  Prénom : ____", ["nom:prenom:"]),
        ("Nom : DUPONT", ["nom:dupont"]),
        ("[ ] Diabète\n[x] Diabète\n[X]  Diabète", ["[]diabete", "[x]diabete", "[x]diabete"]),
        ("☐ oui ☒ non ✔", ["☐oui☒non✔"]),
        ("Нет / محمد", ["heт/محمد"]),
        ("....\n\n \t\n", []),
        ("12.5 mg. Fin.", ["12.5mg.fin."]),
        ("o\u0336ui", ["o¬ui"]),
    ],
)
def test_lines(text, expected):
    assert expected == lines(text)


def test_a_place_is_no_part_of_the_path():
    assert "2/f.pdf" == file_of("2/f.pdf#page=3-notes")


# --- the registry -----------------------------------------------------------------------------------


@pytest.fixture
def registry(tmp_path):
    return tmp_path / "templates.jsonl"


def test_what_is_written_is_read_and_holds_no_word_of_the_form(registry):
    known = template(word(*BLANK))
    save_templates(registry, [known])

    assert (known,) == load_templates(registry)
    text = registry.read_text(encoding="utf-8").casefold()
    assert not any(word in text for word in ("anesth", "maladie", "asthme", "infarctus", "questionnaire"))


def test_no_file_is_no_templates(registry):
    assert () == load_templates(registry)


def test_rights_stay_and_nothing_is_left_behind(registry):
    save_templates(registry, [])
    assert 0o644 == registry.stat().st_mode & 0o777

    registry.chmod(0o640)
    save_templates(registry, [template(word(*BLANK))])

    assert 0o640 == registry.stat().st_mode & 0o777
    assert [registry] == list(registry.parent.iterdir())


def test_a_failed_write_leaves_the_old_registry(registry, monkeypatch):
    save_templates(registry, [template(word(*BLANK))])
    before = registry.read_bytes()
    monkeypatch.setattr(
        os, "fsync", lambda _fd: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )

    with pytest.raises(OSError, match="space"):
        save_templates(registry, [])

    assert before == registry.read_bytes()
    assert [registry] == list(registry.parent.iterdir())


def row(**changes):
    digests = frozenset([b"12345678"])
    good = {"id": template_id(digests), "title": "", "owner": "", "date": "2026-11-24", "lines": 1}
    return json.dumps(good | {"digests": b"12345678".hex()} | changes)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[]", "JSON"),
        ("{", "JSON"),
        ('{"id": "a", "id": "a"}', "JSON"),
        ("[" * 100_000, "JSON"),
        (row(more=1), "id, title, owner, date, lines, digests"),
        (row(id="x"), "id:"),
        (row(id="0" * 12), "register the template again"),
        (row(title="a\nb"), "title:"),
        (row(title="a" * 201), "title:"),
        (row(owner=None), "owner:"),
        (row(date="24/11/2026"), "date:"),
        (row(lines=0), "lines:"),
        (row(lines=True), "lines:"),
        (row(digests=""), "digests:"),
        (row(digests="ab"), "digests:"),
        (row(), "stands twice"),
    ],
)
def test_a_bad_line_is_told_by_file_and_line(registry, line, said):
    registry.write_text(f"{row()}\n\n{line}\n", encoding="utf-8")

    with pytest.raises(TemplateFileError, match=said) as refused:
        load_templates(registry)

    assert str(refused.value).startswith(f"{registry}:3: ")


def test_a_title_at_its_longest(registry):
    registry.write_text(row(title="é" * 200), encoding="utf-8")

    assert "é" * 200 == load_templates(registry)[0].title


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda path: path.mkdir(), "not a file"),
        (os.mkfifo, "not a file"),
        (lambda path: path.write_bytes(b"\xff"), "UTF-8"),
        (lambda path: (path.touch(), path.chmod(0o666)), "chmod o-w"),
        (lambda path: (path.touch(), os.truncate(path, 32 * 1024 * 1024 + 1)), "too large"),
    ],
    ids=["folder", "pipe", "charset", "rights", "size"],
)
def test_a_file_that_is_no_registry(registry, prepare, said):
    prepare(registry)

    with pytest.raises(TemplateFileError, match=said):
        load_templates(registry)


def test_an_engine_does_not_start_with_a_bad_registry(registry):
    registry.write_text("{}\n", encoding="utf-8")

    with pytest.raises(TemplateFileError):
        Engine(templates_file=registry)
