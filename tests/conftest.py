"""What several test folders share: a running Hygie, and the whole house around it.

One Hygie and one Postfix serve all tests that do not break them; each such test starts with empty queues.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from harness.house import House, open_house
from harness.hygie import HygieServe
from harness.policies import write_policies
from harness.process import private_folder


def _no_postfix() -> str:
    """Why a private Postfix cannot run here; empty when it can."""
    if os.geteuid() != 0:
        return "a private Postfix needs root: it changes users"
    missing = [tool for tool in ("postfix", "smtp-sink") if shutil.which(tool) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


TIMED: Final = frozenset({"faults", "hostile", "postfix", "wire"})
"""Folders whose tests start processes and wait for them: one core does these, one after the other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests stay together when the suite runs on several cores (``-n``)."""
    tests = Path(__file__).parent
    for item in items:
        file = item.path.relative_to(tests)
        together = "processes" if file.parts[0] in TIMED else str(file)
        item.add_marker(pytest.mark.xdist_group(together))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postfix") and (reason := _no_postfix()):
        pytest.skip(reason)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short-lived folder that the postfix user may enter."""
    with private_folder() as path:
        yield path


@pytest.fixture(scope="session")
def running_folder() -> Iterator[Path]:
    with private_folder() as path:
        yield path


@pytest.fixture(scope="session")
def hygie(running_folder: Path) -> Iterator[HygieServe]:
    """A Hygie with one policy per sender (harness.policies), shared by all tests that leave it alive."""
    policies = write_policies(running_folder / "policies")
    with HygieServe(running_folder / "hygie", policies={"folder": str(policies)}) as running:
        yield running


@pytest.fixture(scope="session")
def running_house(running_folder: Path, hygie: HygieServe) -> Iterator[House]:
    with open_house(running_folder, hygie) as house:
        yield house


@pytest.fixture
def house(running_house: House) -> House:
    """The house with empty queues."""
    running_house.clear()
    return running_house
