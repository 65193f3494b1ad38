"""``hygie template``: what the operator sees, what is written, and what is refused."""

import json
import re
import threading

import pytest
from click.testing import CliRunner

from extraction_samples import word
from harness.messages import Attachment, message
from hygie_detectors.templates import load_templates
from hygie_milter import registration
from hygie_milter.cli.template import template
from hygie_milter.registration import register, unregister
from hygie_milter.scanning import Scanner
from questionnaires import BLANK, MAIL, as_pdf, filled


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "hygie.yaml").write_text(
        "milter: {socket: 'unix:/nowhere/hygie.sock'}\n"
        f"templates: {{file: {tmp_path / 'templates.jsonl'}}}\n"
    )
    (tmp_path / "vide.docx").write_bytes(word(*BLANK))
    return tmp_path


@pytest.fixture
def run(folder):
    def command(name, *arguments):
        words = [name, *map(str, arguments), "--config", str(folder / "hygie.yaml")]
        return CliRunner().invoke(template, words)

    return command


def test_a_form_is_added_listed_checked_and_removed(run, folder):
    added = run("add", folder / "vide.docx", "--title", "Anesthésie", "--owner", "Bloc")
    [known] = load_templates(folder / "templates.jsonl")

    assert 0 == added.exit_code, added.stderr
    assert f"{known.id} enregistré / registered: {known.lines} lignes" in added.stdout
    assert re.fullmatch(
        rf"{known.id}  \d{{4}}-\d\d-\d\d +{known.lines}  Bloc  Anesthésie\n", run("list").stdout
    )
    again = run("add", folder / "vide.docx")
    assert (0, True) == (again.exit_code, "déjà enregistré" in again.stdout)
    assert (known,) == load_templates(folder / "templates.jsonl")

    whole = run("check", folder / "vide.docx").stdout
    assert f"{known.id}  {known.lines}/{known.lines} lignes / lines  vierge / blank  Anesthésie\n" == whole
    (folder / "rempli.docx").write_bytes(word(*filled(ticked=True)))
    part = run("check", folder / "rempli.docx").stdout
    assert f"{known.id}  {known.lines - 2}/{known.lines} lignes / lines  rempli ou modifié" in part
    assert "aucun modèle vierge" in part
    (folder / "autre.txt").write_text("Autre texte")
    assert (
        "aucun modèle vierge reconnu / no blank form recognised\n"
        == run("check", folder / "autre.txt").stdout
    )

    removed = run("remove", known.id)
    assert (0, True) == (removed.exit_code, known.id in removed.stdout)
    assert ("", ()) == (run("list").stdout, load_templates(folder / "templates.jsonl"))


@pytest.mark.parametrize("write", [word, lambda *rows: as_pdf(rows)], ids=["docx", "pdf"])
@pytest.mark.parametrize(
    "rows",
    [filled(name=True), (*BLANK, "NIR : 2 55 08 14 168 025 38"), (*BLANK, "Patient : M. DURANDEAU Jérôme")],
    ids=["name and birth date", "NIR", "patient"],
)
def test_a_form_that_names_somebody_is_refused_and_nothing_is_written(run, folder, write, rows):
    (folder / "rempli").write_bytes(write(*rows))

    done = run("add", folder / "rempli")

    assert (2, "") == (done.exit_code, done.stdout)
    assert "n'est pas vierge" in done.stderr
    assert "is not blank" in done.stderr
    assert "DURANDEAU" not in done.stderr
    assert not (folder / "templates.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "absent.docx"), "no such file"),
        (("add", "."), "folder"),
        (("add", "vide.docx", "--title", "a\nb"), "one line"),
        (("add", "vide.docx", "--owner", "a" * 201), "200"),
        (("add", "blanc.txt"), "no text was read"),
        (("remove", "0123456789ab"), "no such template"),
        (("check", "absent.docx"), "no such file"),
    ],
)
def test_bad_input_is_one_clear_line_and_nothing_is_written(run, folder, arguments, said):
    (folder / "blanc.txt").write_text(" \n....\n")
    name, file, *rest = arguments
    done = run(name, folder / file if name != "remove" else file, *rest)

    assert (2, "") == (done.exit_code, done.stdout)
    assert said in done.stderr
    assert not (folder / "templates.jsonl").exists()


@pytest.mark.parametrize(
    "arguments", [("list",), ("add", "vide.docx"), ("remove", "x"), ("check", "vide.docx")]
)
def test_a_bad_registry_is_told_by_file_and_line_and_stays(run, folder, arguments):
    registry = folder / "templates.jsonl"
    registry.write_text("{}\n")
    name, *rest = arguments

    done = run(name, *((folder / word if "." in word else word) for word in rest))

    assert (2, "") == (done.exit_code, done.stdout)
    assert done.stderr.startswith(f"{registry}:1: clés attendues")
    assert "{}\n" == registry.read_text()


def test_settings_that_are_not_there(folder):
    done = CliRunner().invoke(template, ["list", "--config", str(folder / "absent.yaml")])

    assert (2, "") == (done.exit_code, done.stdout)
    assert "no such file" in done.stderr


def test_a_registry_whose_folder_is_not_there(run, folder):
    settings = folder / "hygie.yaml"
    settings.write_text(settings.read_text().replace("/templates.jsonl", "/nowhere/templates.jsonl"))

    done = run("add", folder / "vide.docx")

    assert (2, "") == (done.exit_code, done.stdout)
    assert "cannot be written" in done.stderr


def form(number):
    lines = (number.to_bytes(8, "big"),)
    found = registration.Fingerprint(lines, frozenset(lines), frozenset())
    return registration.Form(found, registration.Counter(), ())


def test_commands_at_once_lose_no_template(tmp_path):
    registry = tmp_path / "templates.jsonl"

    def add(number):
        register(registry, form(number), title="", owner="", date="2026-11-24")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = [json.loads(line) for line in registry.read_text().splitlines()]
    assert 12 == len({row["id"] for row in rows}) == len(rows)
    assert not unregister(registry, "unknown")
    assert unregister(registry, rows[0]["id"])
    assert 11 == len(load_templates(registry))


def test_a_form_that_is_not_blank_is_never_registered(tmp_path):
    named = registration.Form(form(1).fingerprint, registration.Counter(nir=1), ())

    with pytest.raises(ValueError, match="blank"):
        register(tmp_path / "templates.jsonl", named, title="", owner="", date="2026-11-24")


def test_scan_shows_a_blank_form_in_real_workers(run, folder):
    """The workers load the registry that the settings name."""
    run("add", folder / "vide.docx")
    raw = {
        rows: message(
            "a@hopital.test",
            ["b@ailleurs.test"],
            "Questionnaire",
            MAIL,
            attachments=(Attachment("vide.docx", "application/octet-stream", word(*rows)),),
        )
        for rows in (BLANK, filled(name=True))
    }

    with Scanner(folder / "hygie.yaml", 1, warm=False) as scanner:
        blank, named = (scanner.scan("m", raw[rows], None, ()) for rows in raw)

    assert "allow" == blank["decision"]["action"]
    assert {True} == {"template" in f["qualifiers"] for f in blank["findings"] if "docx" in f["part"]}
    assert "allow" != named["decision"]["action"]
    assert not any("template" in f["qualifiers"] for f in named["findings"])
