"""Speaks to a peer that runs in an environment of its own (tests/peers/peers.py)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

SCRIPT = Path(__file__).parents[1] / "peers" / "peers.py"


class Peer:
    """One peer, loaded. Texts go through pipes only."""

    def __init__(self, environment: Path, name: str) -> None:
        self._process = subprocess.Popen(
            [environment / "bin" / "python", SCRIPT, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._answer()

    def ask(self, text: str) -> dict[str, Any]:
        """Return what it says of a text: ``identity``, ``health``, ``ms``."""
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def ask_all(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Return what it says of each text."""
        return [self.ask(text) for text in texts]

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peer ended, status {self._process.wait()}")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
