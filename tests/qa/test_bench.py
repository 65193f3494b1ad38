"""The benchmark of formats runs, and what it times was read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "bench" / "bench_formats.py"


@pytest.mark.slow
def test_every_format_has_its_figures(tmp_path: Path) -> None:
    """No figure is compared: a loaded machine has others."""
    kept = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, PROGRAM, "--quick", "--json", kept], capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stderr.strip())
    rows = json.loads(kept.read_text(encoding="utf-8"))
    assert {"text mail", "docx", "xls", "pdf, scan", "tar.gz", "msg", "hl7", "dicom"} < {
        row["format"] for row in rows
    }
    assert [] == [
        row for row in rows if row["unread"] or not row["ours_ms"] or row["format"] not in done.stdout
    ]


def test_a_part_that_is_unread_fails_the_run() -> None:
    """A figure of what was not read would flatter: here the reason is one that nobody expects."""
    spoilt = (
        "import sys; sys.argv = ['bench', '--quick', '--only', 'mail, files'];"
        "import bench_formats, dataclasses;"
        "bench_formats.CASES = [dataclasses.replace(c, unread='') for c in bench_formats.CASES];"
        "sys.exit(bench_formats.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", spoilt], capture_output=True, text=True, check=False, cwd=PROGRAM.parent
    )

    assert 1 == done.returncode, done.stderr
    assert "UNREAD" in done.stdout
