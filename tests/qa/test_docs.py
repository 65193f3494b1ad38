"""What the documents say is what runs: settings, metrics, samples, commands."""

import configparser
import importlib
import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import yaml
from prometheus_client import generate_latest

from harness.distribution import install
from hygie_detectors.engine import Engine, own_recognizers
from hygie_detectors.model import Segment
from hygie_detectors.recognizers.formats.formats import NAMES
from hygie_detectors.recognizers.nir.nir import NirRecognizer
from hygie_detectors.team import load_team
from hygie_detectors.watch import Unwatched
from hygie_milter.cli.main import main
from hygie_milter.metrics import Metrics
from hygie_milter.settings import (
    ApprovalSettings,
    ChannelSettings,
    ContactSettings,
    JournalSettings,
    NoticeSettings,
    Settings,
    load_settings,
)
from hygie_policies.lane import EmergencyLane
from hygie_policies.loader import load_policies
from hygie_policies.schema import Then
from hygie_policies.yamlfile import load
from journals import House
from policy_values import write

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^( *)```(\w+)(?: file=(\S+))?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(language):
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for fence in FENCE.finditer(text):
            if fence[2] == language:
                line = text[: fence.start()].count("\n") + 1
                body = "\n".join(row.removeprefix(fence[1]) for row in fence[4].splitlines()) + "\n"
                yield pytest.param(fence[3], body, id=f"{document.name}:{line}")


def commands():
    for block in blocks("console"):
        for row in block.values[1].splitlines():
            if row.startswith("$ "):
                yield pytest.param(row[2:].split("#")[0].strip(), id=f"{block.id}:{row[2:30]}")


def documented(name):
    return re.findall(r"^\| `([^`]+)`", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.MULTILINE)


def keys(model, prefix=""):
    for name, field in model.model_fields.items():
        inner = field.annotation
        if name == "lists":
            yield "lists.<name>"
        elif name == "channels":
            yield from keys(ChannelSettings, "channels.<name>.")
        elif hasattr(inner, "model_fields"):
            yield from keys(inner, f"{prefix}{name}.")
        else:
            yield prefix + name


def test_every_setting_has_its_row_and_every_row_its_setting():
    assert sorted(keys(Settings)) == sorted(documented("settings.md") + documented("limits.md"))


def defaults(model, prefix=""):
    """Yield each setting and its default as a plain value."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if name == "channels":
            yield from defaults(ChannelSettings, "channels.<name>.")
        elif hasattr(inner, "model_fields"):
            yield from defaults(inner, f"{prefix}{name}.")
        elif name != "lists":
            yield prefix + name, field.get_default(call_default_factory=True)


SPOKEN = {
    "milter.socket": "*(must be given)*",
    "policies.folder": "the shipped library",
    "workers.count": "one a core",
}
"""Defaults that a document says in words."""


def spoken(name, value):
    """Return a default as the table says it."""
    if name in SPOKEN:
        return SPOKEN[name]
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"{value:.0f}"
    return f"`{value}`" if value else "none"


def test_documented_defaults_are_the_real_ones():
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+?) \|", text, re.MULTILINE))
    rows.pop("lists.<name>")

    real = {name: spoken(name, value) for name, value in defaults(Settings) if not name.startswith("limits.")}
    assert real == rows


def test_the_table_of_limits_is_current():
    """Made from the code by `make limits`."""
    program = runpy.run_path(str(ROOT / "docs" / "limits.py"))

    assert program["render"]() == program["TARGET"].read_text(encoding="utf-8")


def test_the_document_on_quality_is_what_its_generator_writes():
    """Made from docs/quality.json by `make quality`; every goal has its row, met or not."""
    program = runpy.run_path(str(ROOT / "docs" / "quality.py"))
    data = json.loads(program["FIGURES"].read_text(encoding="utf-8"))
    text = program["TARGET"].read_text(encoding="utf-8")

    assert program["render"](data) == text
    rows = re.findall(r"^\| .* \| [≥≤] .* \| (?:yes|\*\*no\*\*) \|$", text, re.MULTILINE)
    assert len(program["GOALS"]) + len(program["NIR_GOALS"]) == len(rows)
    assert data.keys() == {"date", "versions", "labels", "nir", "peers"}


@pytest.mark.parametrize("cls", own_recognizers(), ids=lambda cls: cls.__name__)
def test_each_recognizer_states_its_quality_or_that_it_is_not_measured(cls):
    said = sys.modules[cls.__module__].__doc__.partition("Quality: ")[2]

    assert re.search(r"\b20\d\d-\d\d-\d\d\b|^not measured", said)


def test_the_figures_of_the_nir_are_those_of_the_last_run():
    figures = json.loads((ROOT / "docs" / "quality.json").read_text(encoding="utf-8"))
    nir = figures["nir"]
    said = " ".join(sys.modules[NirRecognizer.__module__].__doc__.split())

    assert (
        f"Quality: {figures['date']}, {nir['numbers']} generated numbers in every layout "
        f"and {nir['decoys']} texts with other numbers: "
        f"recall {nir['recall']:.2%}, precision {nir['precision']:.2%}."
    ).replace("%", " %") in said


@pytest.mark.parametrize(
    ("value", "sign", "met"),
    [(0.9799, "≥", "**no**"), (0.98, "≥", "yes"), (0.98, "≤", "yes"), (0.9801, "≤", "**no**")],
)
def test_a_goal_is_met_at_its_bound(value, sign, met):
    row = runpy.run_path(str(ROOT / "docs" / "quality.py"))["goal_row"]("x", "y", value, sign, 0.98)

    assert met == row.split("|")[5].strip()


def test_every_metric_has_its_row_and_every_row_its_metric():
    registry = Metrics("test").registry
    exported = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in registry.collect()
        if family.name.startswith("hygie_")
    }

    assert exported == set(documented("metrics.md"))


@pytest.mark.parametrize(("name", "body"), list(blocks("yaml")))
def test_a_yaml_sample_is_read_by_the_daemon_s_own_loader(name, body, tmp_path):
    path = tmp_path / name
    path.write_text(body, encoding="utf-8")
    if name == "hygie.yaml":
        assert load_settings(path).organisation.domains
    elif name == "journal.yaml":
        journal = JournalSettings.model_validate(yaml.safe_load(body)["journal"], strict=False)
        only_folder = JournalSettings(folder=journal.folder)
        assert (journal.key_file, journal.retention_days) == (
            only_folder.ring_file,
            only_folder.retention_days,
        )
    elif name == "notices.yaml":
        sections = yaml.safe_load(body)
        assert ContactSettings.model_validate(sections["contact"]).value()
        assert NoticeSettings.model_validate(sections["notices"]).address
    elif name == "approvals.yaml":
        assert ApprovalSettings.model_validate(yaml.safe_load(body)["approvals"], strict=False).url
    elif name == "release.yaml":
        assert Then.model_validate(yaml.safe_load(body)["then"], strict=False).release
    elif name == "emergency.yaml":
        assert load(path, EmergencyLane).notify
    elif name == "regle.yaml":  # its own tests run in test_policy_guide.py
        assert load_policies(path).policies
    else:
        assert name == "recognizers.yaml"
        assert load_team(path)


def test_every_kind_has_its_row_and_every_row_its_kind():
    """What a policy can name is what the page says, with the meaning of low, medium and high."""
    text = (ROOT / "docs" / "recognizers.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
    kinds = [kind for cell in cells for kind in re.findall(r"`(\w+)`", cell)]

    assert sorted(Engine().kinds | NAMES.keys()) == sorted(kinds)


def test_the_recognizer_in_python_is_found_by_its_entry_point(tmp_path, monkeypatch):
    [packaging] = [block.values[1] for block in blocks("toml")]
    [module] = [block.values[1] for block in blocks("python")]
    [(group, entries)] = tomllib.loads(packaging)["project"]["entry-points"].items()
    [(name, value)] = entries.items()
    monkeypatch.syspath_prepend(install(tmp_path / "site", group, f"{name} = {value}", module))
    monkeypatch.delitem(sys.modules, "hygie_ward", raising=False)
    importlib.invalidate_caches()
    found, unread = Engine().detect([Segment("1", "lits U204-6 et U204-7")], (), {}, Unwatched())

    assert [("bed", "identity", "medium", "U*****")] == [
        (f.kind, f.axes[0], f.confidence, f.masked) for f in found
    ]
    assert [] == unread


@pytest.mark.parametrize(("name", "body"), list(blocks("ini")))
def test_a_postfix_sample_says_what_the_snippet_to_copy_says(name, body):
    """The snippet itself runs under a real Postfix in tests/postfix."""
    snippet = (ROOT / "deploy" / "postfix" / name).read_text(encoding="utf-8").splitlines()

    for line in body.splitlines():
        assert line in snippet


def unwrapped(command):
    """Return the words of a command, without what only says as whom it runs."""
    words = shlex.split(command)
    return words[words.index("--") + 1 :] if words[0] == "runuser" else words


SYSTEM_TOOLS = {"install", "useradd", "systemctl", "postfix", "cp", "cat"}
"""What an administrator's machine has; of the files that these name, ours must exist."""


@pytest.mark.parametrize("command", list(commands()))
def test_a_command_of_the_documents_exists_with_its_options(command):
    words = unwrapped(command)
    program = Path(words[0]).name
    if program == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert words[1] in targets
    elif program == "hygie":
        with click.Context(main) as context:
            found, rest = main, words[1:]
            while isinstance(found, click.Group):
                found, rest = found.get_command(context, rest[0]), rest[1:]
                assert found is not None, command
            options = {option for parameter in found.params for option in parameter.opts}
            assert {word for word in rest if word.startswith("-")} <= options
    else:
        assert program in SYSTEM_TOOLS, f"nobody tests {program}"
        for word in words[1:]:
            if word.startswith("deploy/"):
                assert (ROOT / word).is_file(), command


def test_the_readme_puts_every_file_where_postfix_and_the_service_look_for_it():
    """A transport table that is not there stops all mail; a folder that is not there stops Hygie."""
    said = "\n".join(command.values[0] for command in commands())
    for name in ("main.cf", "master.cf"):
        text = (ROOT / "deploy" / "postfix" / name).read_text(encoding="utf-8")
        for wanted in re.findall(r"/etc/postfix/hygie/(\w+)", text):
            copied = rf"^cp .*deploy/postfix/{wanted} .*/etc/postfix/hygie/$"
            assert re.search(copied, said, re.MULTILINE), wanted
    unit = (ROOT / "deploy" / "systemd" / "hygie.service").read_text(encoding="utf-8")
    [folder] = re.findall(r"^ReadWritePaths=(\S+)$", unit, re.MULTILINE)
    [user] = re.findall(r"^User=(\S+)$", unit, re.MULTILINE)
    [sample] = [block.values[1] for block in blocks("yaml") if block.values[0] == "hygie.yaml"]
    assert f"unix:{folder}/" in sample
    assert f"install -d -o {user} -g postfix -m 2750 {folder}" in said
    assert re.search(rf"^useradd .* {user}$", said, re.MULTILINE)
    assert re.search(rf"^runuser -u {user} -- \S*hygie check$", said, re.MULTILINE)


RUNNABLE = [c for c in commands() if unwrapped(c.values[0])[:2] in (["hygie", "scan"], ["hygie", "policy"])]


WITHOUT_SETTINGS = (
    "import pathlib, hygie_milter.cli.scan as scan, hygie_milter.cli.main as main;"
    "scan.DEFAULT_CONFIG = pathlib.Path('/nonexistent'); main.main()"
)
"""The command on a machine that has no /etc/hygie yet, whatever lies there on this one."""


def a_house(folder):
    """Lay out settings with a journal, and a folder with a policy in each state that a command leaves."""
    house = House(folder)
    house.open().close()
    (folder / "règles").mkdir()
    states = {"ma-regle": "simulate", "nouvelle-regle": "draft", "ancienne-regle": "enforce"}
    for name, status in states.items():
        write(folder / "règles", f"{name}.yaml", id=name, status=status)
    (folder / "hygie.yaml").write_text(
        "milter: {socket: 'unix:/nonexistent/hygie.sock'}\npolicies: {folder: règles}\n"
        f"journal: {{folder: '{house.folder}'}}\n",
        encoding="utf-8",
    )


@pytest.mark.parametrize("command", RUNNABLE)
def test_a_command_of_the_documents_runs(command, tmp_path):
    """In a folder laid out as the reader's would be; `check` and `serve` run with Postfix elsewhere."""
    letter = "From: a@h.test\nTo: b@x.test\n\nPatient Jean Dupont, NIR 2 55 08 14 168 025 38, BPCO\n"
    (tmp_path / "courrier").mkdir()
    (tmp_path / "jugés" / "pos_lettres").mkdir(parents=True)
    for path in (
        tmp_path / "lettre.eml",
        tmp_path / "courrier" / "1.eml",
        tmp_path / "jugés" / "pos_lettres" / "1.eml",
    ):
        path.write_text(letter, encoding="utf-8")
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    a_house(tmp_path)
    words = shlex.split(command)
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_SETTINGS, *words[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (0, "") == (run.returncode, run.stderr)
    assert run.stdout.strip()


def test_the_page_behind_links_has_the_rights_that_the_filter_must_not_have():
    """NoNewPrivileges would forbid sudo and the set-gid postqueue; the rule takes one queue ID only."""
    text = (ROOT / "deploy" / "systemd" / "hygie-approvals.service").read_text(encoding="utf-8")
    assert re.search(r"^ExecStart=\S+/hygie approvals serve --config ", text, re.MULTILINE)
    assert "\nNoNewPrivileges" not in text
    rule = (ROOT / "deploy" / "sudoers.d" / "hygie").read_text(encoding="utf-8").splitlines()[-1]
    [_, arguments] = rule.split(" /usr/sbin/postsuper ")
    assert re.search(arguments, "-H 4Zc5Jm0kXyz1ABC")
    for wrong in ("-H ALL", "-d 4Zc5Jm0kX", "-H 4Zc5Jm0kX -d ALL", "-H 4Zc5Jm0kX deferred"):
        assert not re.search(arguments, wrong)


def test_the_systemd_unit_starts_the_command_that_exists():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(ROOT / "deploy" / "systemd" / "hygie.service", encoding="utf-8")
    words = shlex.split(unit["Service"]["ExecStart"])

    assert ["serve", "--config"] == words[1:3]
    assert "SIGTERM" not in unit["Service"].get("KillSignal", "")
    assert "mixed" == unit["Service"]["KillMode"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_systemd_unit_is_valid(tmp_path):
    text = (ROOT / "deploy" / "systemd" / "hygie.service").read_text(encoding="utf-8")
    unit = tmp_path / "hygie.service"
    unit.write_text(
        text.replace("/opt/hygie/.venv/bin/hygie", sys.executable).replace("/opt/hygie", str(ROOT))
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False, timeout=60
    )

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
def test_the_metrics_are_as_prometheus_likes_them():
    exposed = generate_latest(Metrics("test").registry)
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=exposed, capture_output=True, check=False, timeout=60
    )

    assert (0, b"") == (done.returncode, done.stdout + done.stderr)


def test_what_is_documented_is_all_that_is_exposed():
    """No series beside those of the table: `_created` doubled every counter."""
    exposed = generate_latest(Metrics("test").registry).decode()
    names = set(re.findall(r"^# TYPE (hygie_\w+) ", exposed, re.MULTILINE))

    assert set(documented("metrics.md")) == names


def test_links_between_documents_lead_somewhere():
    for document in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
