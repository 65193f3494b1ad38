"""Strict YAML: every problem has its place, says what was expected, and is found at once."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from hygie_policies import yamlfile
from hygie_policies.yamlfile import DEPTH_MAX, FILE_MAX_BYTES, YamlError


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Inner(BaseModel):
    action: Literal["hold", "reject"] = "hold"
    level: int = Field(1, ge=1, le=9)


class Outer(BaseModel):
    name: str = "x"
    on: bool = False
    seconds: float = 1.0
    colour: Colour = Colour.RED
    then: Inner = Inner()
    several: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}
    maybe: Inner | None = None


class Needed(BaseModel):
    socket: str


def problems(folder: Path, text: str | bytes, model=Outer) -> list[str]:
    """Return what is said of a text, without the path of the file."""
    path = folder / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(YamlError) as caught:
        yamlfile.load(path, model)
    return [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]


def test_a_good_file_becomes_its_model(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: é\non: true\nseconds: 2\ncolour: green\nseveral: [{level: 2}]\nmaybe: {level: 3}\n"
    )

    read = yamlfile.load(path, Outer)

    assert (
        Outer(
            name="é",
            on=True,
            seconds=2.0,
            colour=Colour.GREEN,
            several=(Inner(level=2),),
            maybe=Inner(level=3),
        )
        == read
    )


@pytest.mark.parametrize(
    ("text", "place", "french", "english"),
    [
        (
            "nme: x",
            "1:1",
            "clé inconnue « nme » ; vouliez-vous dire « name » ?",
            'unknown key "nme"; did you mean "name"?',
        ),
        (
            "then:\n  acton: hold",
            "2:3",
            "clé inconnue « acton » ; vouliez-vous dire « action » ?",
            'unknown key "acton"; did you mean "action"?',
        ),
        (
            "several:\n  - {lvel: 1}",
            "2:6",
            "clé inconnue « lvel » ; vouliez-vous dire « level » ?",
            'unknown key "lvel"; did you mean "level"?',
        ),
        (
            "maybe: {zzz: 1}",
            "1:9",
            "clé inconnue « zzz » ; clés possibles : action, level",
            'unknown key "zzz"; possible keys: action, level',
        ),
        (
            "named: {a: {levl: 1}}",
            "1:13",
            "clé inconnue « levl » ; vouliez-vous dire « level » ?",
            'unknown key "levl"; did you mean "level"?',
        ),
        (
            "then: {action: rejct}",
            "1:16",
            "attendu : hold ou reject, lu « rejct » ; vouliez-vous dire « reject » ?",
            'expected: hold or reject, read "rejct"; did you mean "reject"?',
        ),
        ("colour: blue", "1:9", "attendu : red ou green, lu « blue »", 'expected: red or green, read "blue"'),
        ("on: no", "1:5", "true ou false est attendu, lu « no »", 'true or false is expected, read "no"'),
        (
            "name: 0123",
            "1:7",
            "un texte est attendu ; mettez la valeur entre guillemets",
            "text is expected; put the value in quotes",
        ),
        (
            "then: {level: 0}",
            "1:15",
            "un nombre d'au moins 1 est attendu, lu « 0 »",
            'a number of at least 1 is expected, read "0"',
        ),
        (
            "then: {level: 1.5}",
            "1:15",
            "un nombre entier est attendu, lu « 1.5 »",
            'a whole number is expected, read "1.5"',
        ),
        ("several: x", "1:10", "une liste est attendue", "a list is expected"),
        ("then: x", "1:7", "des clés et leurs valeurs sont attendues", "keys and their values are expected"),
        (
            "name: a\nname: b",
            "2:1",
            "clé « name » en double (déjà ligne 1)",
            'duplicate key "name" (already on line 1)',
        ),
        ("name: &x a", "1:7", "ancre « &x » refusée", 'anchor "&x" refused'),
        ("<<: {name: a}", "1:1", "clé de fusion « << » refusée", 'merge key "<<" refused'),
        ("name: !secret a", "1:7", "étiquette « !secret » refusée", 'tag "!secret" refused'),
        (
            "name: !!python/object/apply:os.system [ls]",
            "1:7",
            "étiquette « tag:yaml.org,2002:python/object/apply:os.system » refusée",
            'tag "tag:yaml.org,2002:python/object/apply:os.system" refused',
        ),
        (
            "1: x",
            "1:1",
            "une clé doit être un mot ; mettez-la entre guillemets",
            "a key must be a word; put it in quotes",
        ),
        ("", "1:1", "le fichier est vide", "the file is empty"),
        ("# rien\n", "1:1", "le fichier est vide", "the file is empty"),
        (
            "a: 1\n---\nb: 2\n",
            "2:1",
            "un seul document par fichier : retirez « --- »",
            'one document a file: remove "---"',
        ),
        (
            "then:\n\taction: hold",
            "2:1",
            "tabulation : indentez avec des espaces",
            "tab character: indent with spaces",
        ),
        (
            "name: a: b",
            "1:8",
            "« : » inattendu : indentation ou guillemets manquants ?",
            'unexpected ":": indentation, or missing quotes?',
        ),
        ("name: 'a", "1:9", "guillemet ou crochet jamais refermé", "a quote or bracket is never closed"),
        ("name: a\x01b", "1:8", "caractère de contrôle interdit", "control character not allowed"),
        (
            b"name: a\nnom: \xe9t\xe9",
            "2:6",
            "ce n'est pas de l'UTF-8 : enregistrez le fichier en UTF-8",
            "this is not UTF-8: save the file as UTF-8",
        ),
        ("- a\n- b", "1:1", "des clés et leurs valeurs sont attendues", "keys and their values are expected"),
    ],
)
def test_each_mistake_is_said_at_its_place(tmp_path, text, place, french, english):
    assert [f"{place}: {french}\n    {english}"] == problems(tmp_path, text)


def test_a_missing_key_is_said_at_the_head_of_what_lacks_it(tmp_path):
    assert ['1:1: clé manquante : « socket »\n    missing key: "socket"'] == problems(tmp_path, "{}", Needed)


def test_all_mistakes_are_said_at_once_in_the_order_of_the_file(tmp_path):
    said = problems(tmp_path, "nme: x\non: yes\nthen: {action: x, level: 12}\n")

    assert ["1:1", "2:5", "3:16", "3:26"] == [":".join(line.split(":")[:2]) for line in said]


def test_every_alias_and_anchor_is_refused_even_inside_each_other(tmp_path):
    said = problems(tmp_path, "name: &a x\nthen: *a\nseveral: [*a, *b]\n")

    assert ["1:7", "2:7", "3:11", "3:15"] == [":".join(line.split(":")[:2]) for line in said]


@pytest.mark.parametrize(
    "word",
    [
        "no",
        "NO",
        "yes",
        "on",
        "Off",
        "22:30",
        "2026-11-24",
        "0x1F",
        ".nan",
        "1_000",
        "1.0e999",
        "=",
        "1" * 30,
    ],
)
def test_what_yaml_1_1_would_have_guessed_stays_text(tmp_path, word):
    path = tmp_path / "a.yaml"
    path.write_text(f"name: {word}\n")

    assert word == yamlfile.load(path, Outer).name


@pytest.mark.parametrize(("word", "value"), [("true", True), ("False", False), ("TRUE", True)])
def test_the_booleans_are_those_of_yaml_1_2(tmp_path, word, value):
    path = tmp_path / "a.yaml"
    path.write_text(f"on: {word}\n")

    assert yamlfile.load(path, Outer).on is value


def test_an_address_or_a_long_text_is_not_repeated(tmp_path):
    said = problems(tmp_path, f"on: a@b.fr\ncolour: {'s' * 60}\n")

    assert not [line for line in said if "a@b" in line or "sss" in line]


def test_the_depth_is_bounded_just_above_what_is_allowed(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("[" * DEPTH_MAX + "]" * DEPTH_MAX)
    yamlfile.read(path)

    assert problems(tmp_path, "[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1)) == [
        f"1:{DEPTH_MAX + 1}: plus de {DEPTH_MAX} niveaux imbriqués\n    more than {DEPTH_MAX} nested levels"
    ]


def test_the_size_is_bounded_just_above_what_is_allowed(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"#" * (FILE_MAX_BYTES - 9) + b"\nname: x\n")
    yamlfile.read(path)

    path.write_bytes(b"#" * (FILE_MAX_BYTES - 8) + b"\nname: x\n")
    with pytest.raises(YamlError, match="fichier trop grand"):
        yamlfile.read(path)


def test_a_path_that_is_no_readable_file_is_one_clear_problem(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, said in (
        ("absent.yaml", "1:1: fichier introuvable"),
        ("", "1:1: c'est un dossier, un fichier est attendu"),
        ("pipe", "1:1: ce n'est pas un fichier ordinaire"),
        ("a\0b", "1:1: fichier illisible (ValueError)"),
    ):
        with pytest.raises(YamlError) as caught:
            yamlfile.read(tmp_path / name)

        assert [1] == [len(caught.value.problems)]
        assert str(caught.value).removeprefix(f"{tmp_path / name}:").startswith(said)


def test_a_byte_order_mark_is_no_content(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffname: x\n".encode())

    assert yamlfile.load(path, Outer).name == "x"
    assert problems(tmp_path, "\ufeffnme: x")[0].startswith("1:1: clé inconnue")
