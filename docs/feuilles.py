# ruff: noqa: INP001 - a script, no package
"""Fill in what the pages of ``docs/feuilles/`` take from the code: tables of fields, and what explain says.

Does:   writes each page anew between its marks; ``make leaves`` runs it, and a test that nothing changes.
Never:  touches a word outside the marks.
Fails:  with what is wrong with the example of a page.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from hygie_detectors.model import Inspection
from hygie_policies import leaves, schema, scope, shared
from hygie_policies.contents import answer
from hygie_policies.explain import explain
from hygie_policies.loader import PolicySet, load_policies
from hygie_policies.model import Answers
from hygie_policies.testing import Told, envelope_of, example_context, message_bytes

FOLDER: Final = Path(__file__).resolve().parent / "feuilles"
TABLES: Final[dict[str, tuple[type[BaseModel], ...]]] = {
    "pair": (leaves.PairLeaf,),
    "finding": (leaves.FindingLeaf,),
    "document": (leaves.DocumentLeaf,),
    "attachment": (leaves.AttachmentLeaf,),
    "unread": (leaves.UnreadLeaf,),
    "recipient": (leaves.RecipientLeaf,),
    "header": (leaves.HeaderLeaf,),
    "size": (leaves.SizeLeaf,),
    "volume": (leaves.VolumeLeaf,),
    "all-any-none": (leaves.Condition,),
    "lists": (shared.SharedFile, shared.ListSource, shared.DirectoryMap, shared.DomainSource),
    "scope": (
        scope.Scope,
        scope.Senders,
        scope.Recipients,
        scope.Groups,
        scope.Authenticated,
        scope.Clients,
        scope.Channels,
        scope.Hours,
    ),
    "exceptions": (schema.PolicyException,),
    "status": (schema.Policy, schema.Then, schema.ReleaseRule),
}
"""What each page's table is about."""
_SAMPLE: Final = re.compile(r"^```yaml file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FOOT: Final = 2
"""Lines below the policies in what explain says: an empty one, and the digest of the set."""


def table(models: tuple[type[BaseModel], ...]) -> str:
    """Return the tables of what may be written, as the code has it."""
    return "\n\n".join(_table(model, title=len(models) > 1) for model in models)


def _table(model: type[BaseModel], *, title: bool) -> str:
    said = (model.__doc__ or "").strip().split("\n")[0].split(". ")[0].rstrip(".")
    head = [f"**{said}**", ""] if title else []
    return "\n".join([*head, "| clé | obligatoire | ce qu'elle dit |", "|---|---|---|", *_rows(model)])


def _rows(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        french = (field.description or "").split("\n\n")[0].replace("|", "\\|")
        yield f"| `{field.alias or name}` | {'oui' if field.is_required() else 'non'} | {french} |"


def write_sample(page: str, folder: Path) -> PolicySet:
    """Write the files of a page's example into a folder, and load it as the daemon does."""
    for name, body in _SAMPLE.findall(page):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(body, encoding="utf-8")
    return load_policies(folder)


def explained(page: str, inspect: Callable[[bytes], Inspection]) -> str:
    """Return what explain says of the first test's message of a page's example."""
    with tempfile.TemporaryDirectory() as folder:
        policies = write_sample(page, Path(folder))
    test = policies.policies[0].tests[0]
    raw = message_bytes(test.message)
    inspection = inspect(raw)
    context = replace(
        example_context(),
        now=test.message.at,
        history=Told(test.history),
        contents=Answers(answer(policies.questions, raw, inspection.parts)),
    )
    said = explain(inspection, envelope_of(test.message, len(raw)), policies, context, "fr")
    return "```text\n" + "\n".join(said.splitlines()[:-_FOOT]) + "\n```"


def render(name: str, page: str, inspect: Callable[[bytes], Inspection]) -> str:
    """Return a page with what it takes from the code."""
    page = _put(page, "champs", table(TABLES[name]))
    return _put(page, "explain", explained(page, inspect))


def _put(page: str, mark: str, text: str) -> str:
    start, end = f"<!-- {mark} -->", f"<!-- fin {mark} -->"
    before, rest = page.split(start)
    return f"{before}{start}\n{text}\n{end}{rest.split(end)[1]}"


def main() -> None:
    """Write every page."""
    from hygie_detectors.engine import Engine  # noqa: PLC0415 - loads Presidio
    from hygie_detectors.inspect import inspect  # noqa: PLC0415 - the same
    from hygie_detectors.limits import Limits  # noqa: PLC0415 - the same

    engine, limits = Engine(), Limits()
    for name in TABLES:
        path = FOLDER / f"{name}.md"
        page = render(name, path.read_text(encoding="utf-8"), lambda raw: inspect(raw, engine, limits))
        path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
