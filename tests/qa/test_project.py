"""The project itself: what it installs, imports and lists."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = ("milter", "detectors", "policies")
PACKAGES = ("hygie_milter", "hygie_detectors", "hygie_policies")
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENTRY = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def sources() -> list[Path]:
    return [path for root in ROOTS for path in (ROOT / root).rglob("*.py")]


def imported(path: Path) -> set[str]:
    """The modules that a file imports, at whatever depth of its code."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
    return modules


# --- the import name trap of pymilter ---------------------------------------------------------------


@pytest.mark.parametrize("root", ROOTS)
def test_a_source_root_is_no_package(root: str) -> None:
    """``milter/__init__.py`` would hide pymilter's extension of that name."""
    assert (ROOT / root).is_dir()
    assert not (ROOT / root / "__init__.py").exists()


def test_milter_is_pymilter_s_extension() -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import milter; print(milter.__file__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert where.stdout.strip().endswith(".so")


def test_no_module_of_ours_hides_one_that_we_need() -> None:
    hidden = {"milter", "Milter", "mime", "magic"}

    assert [
        path for path in sources() if path.stem in hidden or path.parent.name in hidden - {"milter"}
    ] == []


def test_only_the_session_imports_pymilter() -> None:
    importers = [path for path in sources() if imported(path) & {"Milter", "milter", "mime"}]

    assert importers == [ROOT / "milter" / "hygie_milter" / "postfix" / "session.py"]


def test_import_directions_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


# --- the wheel --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names in the wheel that users install."""
    folder = tmp_path_factory.mktemp("wheel")
    hatchling = Path(sys.executable).with_name("hatchling")
    subprocess.run(
        [hatchling, "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True, capture_output=True
    )
    [built] = folder.glob("*.whl")
    return zipfile.ZipFile(built).namelist()


def test_the_wheel_installs_three_names_and_its_metadata(wheel: list[str]) -> None:
    top = {name.split("/")[0] for name in wheel}

    assert top == {*PACKAGES, f"hygie-{PROJECT['version']}.dist-info"}


def test_the_wheel_holds_every_source_and_data_file_of_the_packages(wheel: list[str]) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", *ROOTS], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    expected = set()
    for name in filter(None, tracked):
        root, _, rest = name.partition("/")
        if rest.partition("/")[0] in PACKAGES:
            expected.add(rest)
        elif root == "policies":  # policies/library and policies/messages lie inside the package
            expected.add(f"hygie_policies/{rest}")

    assert {name for name in expected if not name.endswith(".keep")} - set(wheel) == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_says_that_it_is_typed(wheel: list[str], package: str) -> None:
    assert f"{package}/py.typed" in wheel


# --- what is locked and listed ----------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_place_on_a_disk(lock: str) -> None:
    lines = [line for line in (ROOT / lock).read_text().splitlines() if not line.startswith("#")]

    assert [line for line in lines if re.search(r"://|\bfile:|^--|^-e|\s@\s|/", line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_of_a_lock_is_pinned_with_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = [part for part in re.split(r"\n(?=[a-z])", text) if ENTRY.match(part)]

    assert len(entries) > 30
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_development_lock_holds_the_same_versions() -> None:
    runtime, development = (dict(ENTRY.findall((ROOT / lock).read_text())) for lock in LOCKS)

    assert runtime.items() <= development.items()


def test_every_dependency_is_locked() -> None:
    locked = dict(ENTRY.findall((ROOT / "requirements.lock").read_text()))
    names = {re.split(r"[<>=~!\[ ]", wanted)[0].lower() for wanted in PROJECT["dependencies"]}

    assert names - locked.keys() == set()


def test_what_is_installed_is_what_is_locked() -> None:
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "list", "--format=freeze"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    installed = {
        name.lower().replace("_", "-").replace(".", "-"): version
        for name, _, version in (line.partition("==") for line in listing.split())
    }
    locked = dict(ENTRY.findall((ROOT / "requirements-dev.lock").read_text()))

    assert {name: version for name, version in locked.items() if installed.get(name) != version} == {}


def test_debian_packages_are_listed_in_one_place() -> None:
    """A second list would be forgotten; a name in prose or a command is enough to tell one."""
    listed = ROOT / "deploy" / "debian" / "packages.txt"
    telling = re.compile(r"\b(libmilter-dev|libmagic1|libseccomp2|python3\.11-venv)\b")
    places = [ROOT / "Makefile", ROOT / "README.md", ROOT / ".ci" / "run", *(ROOT / "deploy").rglob("*")]

    found = [path for path in places if path.is_file() and telling.search(path.read_text())]

    assert found == [listed]


def test_each_debian_package_has_its_reason() -> None:
    lines = (ROOT / "deploy" / "debian" / "packages.txt").read_text().splitlines()

    assert [line for line in lines if line.strip() and "#" not in line] == []


def test_a_change_is_told_to_users() -> None:
    assert PROJECT["version"] in (ROOT / "CHANGELOG.md").read_text()


def test_no_committed_file_names_a_place_of_one_machine() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    place = re.compile(rb"/(?:work|root|home)/[a-z]|(?:pypi|python[h]osted)\.org")

    found = []
    for name in filter(None, tracked.split(b"\0")):
        path = ROOT / name.decode()
        if path.is_file() and path != Path(__file__) and place.search(path.read_bytes()):
            found.append(name.decode())

    assert found == []
