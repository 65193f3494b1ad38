"""The demonstration of the first screen of the README ends well: ten messages, each where it should be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.postfix

ROOT = Path(__file__).parents[2]


def test_every_message_of_the_demonstration_lands_where_it_should() -> None:
    """A shipped policy may bring a list of its own, or mark a mail: both once broke the demonstration."""
    done = subprocess.run(
        [sys.executable, ROOT / "demo" / "demo.py"],
        capture_output=True, text=True, check=False, timeout=150, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), "PYTHONUTF8": "1"},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 messages sur 10" in done.stdout
