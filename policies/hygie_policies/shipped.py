"""Where the shipped policies, texts and skeletons lie: inside the package in a wheel, beside it otherwise.

Does:   returns folders.
Never:  reads them.
Fails:  ``FileNotFoundError`` when the installation lacks them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent


def library() -> Path:
    """Return the folder of the shipped policies."""
    return _folder("library")


def starters() -> Path:
    """Return the folder of the starter sets, one folder a kind of organisation."""
    return _folder("starters")


def messages() -> Path:
    """Return the folder of the texts that people read."""
    return _folder("messages")


def skeletons() -> Path:
    """Return the folder of what a new policy is made from: a head, and a body a kind of condition."""
    return _folder("skeletons")


def _folder(name: str) -> Path:
    for folder in (_PACKAGE / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"hygie is installed without its folder {name}")
