"""Mutation testing: change the code that decides, one place at a time, and see whether a test notices.

Does:   lets Cosmic Ray list every mutant of the modules below, draws a sample (all with ``--sample 0``), and
        runs for each the tests that bear on its module: not the property tests, which take a minute, so what
        they alone would notice counts as unnoticed. Works in a copy of the checkout, so that a stopped run
        leaves no mutant behind. Prints the score of each module and each survivor as a difference.
Never:  mutates what is written as a type: with postponed annotations it is never run.
Fails:  exit status 1 when the score is below 85 %; 2 when the tests fail without any mutant.

``make mutation`` runs it; ``docs/mutation.md`` has the last figures and explains the survivors.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome

ROOT = Path(__file__).parents[2]
ROOTS = ("policies", "detectors", "milter")
LIMIT, SEED, SAMPLE = 0.85, 6, 80
SECONDS = 60
"""A mutant that runs longer never ends: it counts as noticed."""


@dataclass(frozen=True)
class Target:
    """A module and the functions meant; all of them when none is named."""

    path: str
    stages: tuple[tuple[str, ...], ...]
    """The tests that bear on it, the quickest first; each stage runs what those before did not notice."""
    functions: frozenset[str] = frozenset()


def unit(*names: str) -> tuple[str, ...]:
    """Return test files of the policies."""
    return tuple(f"tests/unit/policies/test_{name}.py" for name in names)


DECIDING = (
    unit("decide", "conditions"),
    unit("lane", "sender", "explain", "language"),
)
LOADING = unit("loader", "malformed"), unit("schema", "yamlfile", "language", "lane")
READING = unit("yamlfile", "malformed"), unit("loader", "schema")
MASKING = (("tests/unit/recognizers/test_masks.py",),)
TARGETS = (
    Target("policies/hygie_policies/decide.py", DECIDING),
    Target("policies/hygie_policies/conditions.py", DECIDING),
    Target("policies/hygie_policies/loader.py", LOADING),
    Target("policies/hygie_policies/yamlfile.py", READING),
    Target("detectors/hygie_detectors/recognizers/base.py", MASKING, frozenset({"masked_number"})),
    Target("detectors/hygie_detectors/recognizers/context.py", MASKING, frozenset({"masked_words"})),
    Target("policies/hygie_policies/explain.py", (unit("explain"),), frozenset({"_node"})),
)


def spans(path: str, functions: frozenset[str]) -> tuple[list[ast.AST], list[ast.AST]]:
    """Return the functions meant and the annotations of a module."""
    nodes = list(ast.walk(ast.parse(Path(path).read_text())))
    meant = [n for n in nodes if isinstance(n, ast.FunctionDef) and n.name in functions]
    types = [getattr(n, name, None) for n in nodes for name in ("annotation", "returns")]
    return meant, [each for each in types if isinstance(each, ast.AST)]


def within(mutant: MutationSpec, node: ast.AST) -> bool:
    """Tell whether a mutant lies in a node."""
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    return start <= mutant.start_pos and mutant.end_pos <= end


def mutants(target: Target) -> list[MutationSpec]:
    """Return every mutant of a target, in one order."""
    with tempfile.TemporaryDirectory() as folder, use_db(Path(folder) / "session.sqlite") as found:
        init([Path(target.path)], found, {})
        several = [item.mutations[0] for item in found.work_items]
    meant, types = spans(target.path, target.functions)
    kept = [
        each
        for each in several
        if not any(within(each, node) for node in types)
        and (not target.functions or any(within(each, node) for node in meant))
    ]
    return sorted(kept, key=lambda each: (each.start_pos, each.operator_name, each.occurrence))


def command(tests: tuple[str, ...]) -> str:
    """Return the command that runs tests up to the first failure."""
    return shlex.join([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests])


def survivor(mutant: MutationSpec, target: Target) -> str | None:
    """Run the tests on a mutant; return how it differs when none notices it."""
    for tests in target.stages:
        result = mutate_and_test((mutant,), command(tests), SECONDS)
        if result.test_outcome is not TestOutcome.SURVIVED:
            return None
    return result.diff or ""


def checkout(folder: Path) -> None:
    """Copy the files of the checkout that Git knows or would add, as they stand."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, names.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)


def run(target: Target, sample: int, seed: int) -> tuple[int, int]:
    """Try a target's mutants; print what survives; return how many were noticed, of how many."""
    every = mutants(target)
    chance = random.Random(seed)  # noqa: S311 - the same sample in every run
    tried = chance.sample(every, sample) if 0 < sample < len(every) else every
    started, noticed = time.monotonic(), 0
    for number, mutant in enumerate(tried, 1):
        left = survivor(mutant, target)
        print(f"\r{number}/{len(tried)}", end="", file=sys.stderr, flush=True)
        noticed += left is None
        if left is not None:
            print(
                f"survives: {target.path}:{mutant.start_pos[0]} {mutant.operator_name}\n{left}\n", flush=True
            )
    share, seconds = noticed / max(1, len(tried)), time.monotonic() - started
    print(
        f"{target.path}: {noticed} of {len(tried)} noticed ({share:.1%}), "
        f"drawn of {len(every)} with seed {seed}, {seconds:.0f} s",
        flush=True,
    )
    return noticed, len(tried)


def main() -> int:
    """Print the score; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants a module; 0: all")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", default="", help="targets whose path holds this word")
    options = parser.parse_args()
    targets = [target for target in TARGETS if options.only in target.path]
    with tempfile.TemporaryDirectory(prefix="hygie-mutation-") as folder:
        checkout(Path(folder))
        os.chdir(folder)
        os.environ |= {"PYTHONPATH": os.pathsep.join(ROOTS), "PYTHONDONTWRITEBYTECODE": "1"}
        for tests in {tests for target in targets for tests in target.stages}:
            if subprocess.run(shlex.split(command(tests)), check=False).returncode:
                print("the tests fail without any mutant", file=sys.stderr)
                return 2
        rows = [run(target, options.sample, options.seed) for target in targets]
    noticed, tried = (sum(row[index] for row in rows) for index in (0, 1))
    print(f"score: {noticed} of {tried} ({noticed / max(1, tried):.1%})")
    return 0 if noticed >= LIMIT * tried else 1


if __name__ == "__main__":
    sys.exit(main())
