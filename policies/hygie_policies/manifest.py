"""``set.yaml``: the version of a set, and which shipped policies it takes, each with its status here.

Does:   reads the shipped policies that the file names, with the status and the date that it gives them.
Never:  changes anything else of a shipped policy: whoever wants another condition copies the file.
Fails:  :class:`~hygie_policies.yamlfile.YamlError` naming the line of ``set.yaml``.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

from hygie_policies import shipped
from hygie_policies.schema import Policy, Status
from hygie_policies.shared import unknown
from hygie_policies.words import Kebab, Strict, told
from hygie_policies.yamlfile import Document, YamlError, read, validate

MANIFEST: Final = "set.yaml"


class Taken(Strict):
    """Une règle livrée, et où elle en est ici. A shipped policy, and how far it is here."""

    status: Status = told("draft, simulate, enforce ou retired.", "draft, simulate, enforce or retired.")
    since: dt.date = told(
        "Depuis quand elle est dans cet état ici : AAAA-MM-JJ.",
        "Since when it has this status here: YYYY-MM-DD.",
    )


class Manifest(Strict):
    """set.yaml : ce qui vaut pour tout le jeu. What goes for the whole set."""

    schema_: Literal[1] = told("Version de ce format.", "Version of this format.", alias="schema")
    version: str = told(
        "Version du jeu, par exemple 2026.11.",
        "Version of the set, such as 2026.11.",
        pattern=r"^[0-9A-Za-z][0-9A-Za-z._+-]{0,39}$",
    )
    library: dict[Kebab, Taken] = told(
        "Règles livrées avec Hygie que ce jeu reprend, par leur « id ».",
        "Policies shipped with Hygie that this set takes, by their id.",
        default_factory=dict,
    )


def taken(document: Document, manifest: Manifest) -> list[tuple[Document, Policy]]:
    """Return the shipped policies that a manifest names, with the file of each.

    Raises:
        YamlError: with every name that is not one of a shipped policy.

    """
    folder = shipped.library()
    known = {path.stem for path in folder.glob("*.yaml")} if manifest.library else set[str]()
    problems = [
        document.problem(
            ("library", name), unknown(("règle livrée", "shipped policy"), name, known), key=True
        )
        for name in manifest.library
        if name not in known
    ]
    if problems:
        raise YamlError(problems)
    found = []
    for name, here in manifest.library.items():
        file = read(folder / f"{name}.yaml")
        policy = validate(file, Policy)
        found.append((file, policy.model_copy(update={"status": here.status, "since": here.since})))
    return found
