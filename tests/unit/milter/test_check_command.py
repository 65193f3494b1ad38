"""``hygie check`` on Hygie's own side: each thing that is wrong is named, with what mends it."""

import os
import re
import socket
import subprocess

import pytest
import yaml

from harness.distribution import install
from harness.hygie import COMMAND
from harness.process import LOOPBACK, free_port


@pytest.fixture
def check(folder):
    """Check settings that are right but for the changes; Postfix is left out by an empty folder for it."""

    def run(**changes):
        good = {
            "milter": {"socket": f"unix:{folder}/hygie.sock", "socket_group": "root"},
            "organisation": {"domains": ["hopital.test"]},
            "channels": {"mssante": {"domains": ["medecin.mssante.fr"]}},
            "metrics": {"listen": f"{LOOPBACK}:{free_port()}"},
            "journal": {"folder": f"{folder}/journal"},
        }
        config = folder / "hygie.yaml"
        config.write_text(yaml.safe_dump(good | changes))
        (folder / "etc").mkdir(exist_ok=True)
        done = subprocess.run(
            [COMMAND, "check", "--config", config, "--postfix", folder / "etc"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        return (
            done.returncode,
            re.findall(r"^(ok|attention|erreur) +(\w+): (.*)$", done.stdout, re.MULTILINE),
            done,
        )

    return run


def found(points, level):
    return [name for sign, name, _ in points if sign == level]


def test_right_settings_are_all_right(check):
    status, points, done = check()

    assert (0, "") == (status, done.stderr)
    looked_at = ["settings", "policies", "socket", "journal", "metrics", "recognizers", "workers"]
    assert looked_at == found(points, "ok")
    assert [] == found(points, "erreur")


@pytest.mark.parametrize(
    ("changes", "name", "word"),
    [
        ({"milter": {"socket": "unix:/nowhere/at/all/h.sock"}}, "socket", "/nowhere/at/all"),
        ({"journal": {"folder": "/nowhere/at/all/j"}}, "journal", "install -d"),
        ({"milter": {"socket": "unix:/tmp/h.sock", "socket_group": "nobodys"}}, "socket", "nobodys"),
        ({"jurnal": {}}, "settings", "journal"),
        ({"policies": {"folder": "/nowhere/at/all"}}, "settings", "/nowhere/at/all"),
    ],
    ids=["socket-folder", "journal-folder", "group", "typo", "policies"],
)
def test_what_would_stop_it_is_an_error(check, changes, name, word):
    status, points, _ = check(**changes)

    assert 2 == status
    assert [name] == found(points, "erreur")
    assert any(word in text for sign, _, text in points if sign == "erreur")


def test_a_port_that_somebody_else_has_is_an_error(check):
    """`serve` would not start on it; that Hygie itself answers there is fine."""
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        status, points, _ = check(metrics={"listen": f"{LOOPBACK}:{other.getsockname()[1]}"})

    assert (2, ["metrics"]) == (status, found(points, "erreur"))


def test_a_running_hygie_is_no_error(hygie):
    done = subprocess.run(
        [COMMAND, "check", "--config", hygie.config, "--postfix", hygie.folder],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert 0 == done.returncode, done.stdout
    assert 2 == done.stdout.count("Hygie répond")


def test_what_weakens_it_is_a_warning(check):
    status, points, done = check(organisation={}, channels={}, journal={})

    assert 0 == status
    assert {"organisation", "policies", "journal"} <= set(found(points, "attention"))
    assert "mail to your own colleagues" in done.stdout


def test_a_postfix_that_cannot_be_asked_is_said_with_its_own_words(check):
    _, points, _ = check()

    assert [("attention", "postfix")] == [(sign, name) for sign, name, _ in points if sign == "attention"]
    assert "main.cf" in points[-1][2] or "postconf" in points[-1][2]


def test_a_recognizer_that_cannot_be_used_is_named_with_its_line(check, folder):
    """It was one line of a worker's on standard error, beside the advice to run make setup."""
    (folder / "recognizers.yaml").write_text("recognizers:\n  - {name: x, entity: X}\n")
    status, points, _ = check(recognizers={"file": f"{folder}/recognizers.yaml"})

    assert status == 2
    assert [("recognizers", True)] == [
        (name, "recognizers.yaml:2: unknown key 'entity'" in text)
        for level, name, text in points
        if level == "erreur"
    ]


def test_an_installed_recognizer_that_cannot_be_used_is_named(check, tmp_path, monkeypatch):
    """An entry point that nobody can load is an error, never passed over."""
    site = install(tmp_path, "hygie.recognizers", "ward = hygie_ward:Recognizer")
    monkeypatch.setenv("PYTHONPATH", str(site))
    status, points, _ = check()

    assert status == 2
    assert [("recognizers", True)] == [
        (name, "ward (hygie_ward:Recognizer) of hygie-ward 1.0: cannot be loaded" in text)
        for level, name, text in points
        if level == "erreur"
    ]
