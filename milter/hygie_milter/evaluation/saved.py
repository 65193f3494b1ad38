"""A run kept in a file, and what changed since.

Does:   writes the figures of a run and, case by case, what was found, by digest; compares a run with one
        kept earlier, label by label and case by case.
Never:  writes content, evidence or a file name.
Fails:  ``OSError`` when the file cannot be read or written, ``ValueError`` when it holds no run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from hygie_detectors.evaluation import Outcome
from hygie_milter.evaluation.run import Result

SCHEMA: Final = 1
_FLAGS: Final = {"h": "health", "i": "identity", "r": "restricted", "u": "unread"}
"""How a saved run writes what was made of a case: one letter each, in this order."""


def as_saved(labels: Mapping[str, Any], results: Sequence[Result]) -> dict[str, Any]:
    """Return the run as it is kept."""
    cases: dict[str, dict[str, str]] = {}
    for result in results:
        cases.setdefault(result.case.label, {})[_key(result)] = _flags(result.outcome)
    return {
        "schema": SCHEMA,
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {name: version(name) for name in ("hygie", "presidio-analyzer", "spacy")},
        "labels": dict(labels),
        "cases": cases,
    }


def write(path: Path, run: Mapping[str, Any]) -> None:
    """Keep a run."""
    path.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """Return a run that was kept.

    Raises:
        ValueError: when the file holds no run of this form.

    """
    run = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(run, dict) or run.get("schema") != SCHEMA or not {"labels", "cases"} <= run.keys():
        raise ValueError("no saved run")
    return run


def compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return, by label of this run: each figure's difference, the cases that changed, came and went.

    A change is ``[digest, before, now]``, with the letters of a saved run.
    """
    compared = {}
    for label, figures in now["labels"].items():
        old, new = before["cases"].get(label, {}), now["cases"].get(label, {})
        known = before["labels"].get(label, {})
        compared[label] = {
            "difference": {
                name: round(value - known[name], 6) for name, value in figures.items() if name in known
            },
            "changed": [[key, old[key], new[key]] for key in new if key in old and old[key] != new[key]],
            "new": len(new.keys() - old.keys()),
            "gone": len(old.keys() - new.keys()),
        }
    return compared


def _key(result: Result) -> str:
    return f"{result.case.digest} {result.case.variant}"


def _flags(outcome: Outcome) -> str:
    return "".join(letter if getattr(outcome, name) else "-" for letter, name in _FLAGS.items())
