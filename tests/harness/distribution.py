"""A tiny installed Python distribution, as ``pip`` would leave it, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

METADATA = "Metadata-Version: 2.1\nName: hygie-ward\nVersion: 1.0\n"


def install(folder: Path, group: str, entry: str, module: str = "") -> Path:
    """Write the distribution ``hygie-ward`` with one entry point and one module; return its folder.

    Put the folder on ``sys.path`` (or ``PYTHONPATH``) and it is installed.
    """
    information = folder / "hygie_ward-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(METADATA, encoding="utf-8")
    (information / "entry_points.txt").write_text(f"[{group}]\n{entry}\n", encoding="utf-8")
    if module:
        (folder / "hygie_ward.py").write_text(module, encoding="utf-8")
    return folder
