# ruff: noqa: INP001 - a script, no package
"""Write docs/limits.md from the code: the names, defaults, units and reasons of every limit.

Does:   reads the fields of ``Limits`` and the docstring under each; ``make limits`` writes the table,
        tests/qa asks whether it is current.
Never:  needs Hygie installed with anything but its own package.
Fails:  with ``KeyError`` on a limit that has no docstring, or a name that tells no unit.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields
from pathlib import Path

from hygie_detectors import limits

TARGET = Path(__file__).with_name("limits.md")
UNITS = {"bytes": "bytes", "chars": "characters", "seconds": "seconds", "ratio": "ratio", "pixels": "pixels"}
"""A word in the name of a limit -> its unit; other limits are counts."""
HEAD = """\
# Limits

<!-- Made by "make limits" from detectors/hygie_detectors/limits.py; do not edit. -->

How much of a message is read. Each is a key of `hygie.yaml`, under `limits`.

Reaching one makes an unread part of reason `limit:<name>`, counted by `hygie_limit_hits_total`; the
policies decide what becomes of it, and nothing here can turn it into "clean". Two limits end otherwise:
beyond `html_open_tags_max` a slower reader takes over, and a part that takes `part_max_seconds` is unread,
reason `timeout`.

| setting | default | unit | why |
|---|---|---|---|
"""


def reasons() -> dict[str, str]:
    """Return the docstring under each field, on one line."""
    (body,) = (
        node.body for node in ast.parse(inspect.getsource(limits.Limits)).body if hasattr(node, "body")
    )
    found: dict[str, str] = {}
    name = ""
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            found[name] = " ".join(str(node.value.value).split())
    return found


def default(value: float, unit: str) -> str:
    """Return the value as ``hygie.yaml`` has it, sizes also as people say them."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    for size, name in ((limits.MIB, "MiB"), (limits.KIB, "KiB")):
        if unit == "bytes" and value >= size:
            return f"{text} ({value / size:g} {name})"
    return text


def render() -> str:
    """Return the document."""
    why = reasons()
    rows = []
    for field in fields(limits.Limits):
        unit = next((unit for word, unit in UNITS.items() if word in field.name.split("_")), "count")
        rows.append(
            f"| `limits.{field.name}` | {default(field.default, unit)} | {unit} | {why[field.name]} |\n"
        )
    return HEAD + "".join(rows)


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
