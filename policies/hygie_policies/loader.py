"""Read a folder of policies into one immutable set with its digest.

Does:   reads every ``*.yaml`` of a folder (or one file), checks that ids are unique, and
        checks the set against the lists and channels that the settings define.
Never:  leaves a file out in silence: one bad file refuses the whole set, an empty folder
        is an error, and so is ``*.yml``, which would not be read.
Fails:  :class:`~hygie_policies.yamlfile.YamlError` with the problems of all files.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from hygie_policies import messages
from hygie_policies.conditions import parts_of
from hygie_policies.model import Context
from hygie_policies.schema import BUILT_IN_LISTS, Condition, FindingLeaf, Policy
from hygie_policies.yamlfile import (
    Document,
    Location,
    YamlError,
    YamlProblem,
    both,
    read,
    suggestion,
    validate,
)


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies in force, ordered by id.

    ``digest`` is the SHA-256, in hexadecimal, of their canonical content: comments, order of
    keys and file names do not count. People are shown its first twelve characters.
    """

    policies: tuple[Policy, ...] = ()
    digest: str = ""
    sources: Mapping[str, Document] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """The file behind each id."""

    @property
    def short_digest(self) -> str:
        """The digest as people are shown it."""
        return self.digest[:12]


class Verdict(NamedTuple):
    """What a check of a set found. Only ``problems`` keep it from being used."""

    problems: tuple[YamlProblem, ...]
    warnings: tuple[YamlProblem, ...]


def load_policies(path: Path) -> PolicySet:
    """Read a folder of policies, or a single policy file.

    Raises:
        YamlError: with every problem of every file, duplicate ids included.

    """
    messages.texts()  # so that no decision is the first to meet a damaged text
    documents: list[Document] = []
    policies: list[Policy] = []
    problems: list[YamlProblem] = []
    for file in _files(path):
        try:
            document = read(file)
            policy = validate(document, Policy)
        except YamlError as error:
            problems += error.problems
        else:
            documents.append(document)
            policies.append(policy)
    problems += _duplicates(documents, policies)
    if problems:
        raise YamlError(problems)
    return policy_set(policies, documents)


def policy_set(policies: Iterable[Policy], documents: Iterable[Document] = ()) -> PolicySet:
    """Make a set of policies that were already read."""
    ordered = tuple(sorted(policies, key=lambda policy: policy.id))
    sources = {document.value["id"]: document for document in documents}
    return PolicySet(ordered, _digest(ordered), MappingProxyType(sources))


def validate_against(policies: PolicySet, context: Context) -> Verdict:
    """Check that what the policies name exists in the settings.

    A list that does not exist is a problem: the policy would be about no one. A channel that
    does not exist is a warning: ``otherwise`` applies, so that a hospital can start before
    its channel does.
    """
    problems: list[YamlProblem] = []
    warnings: list[YamlProblem] = []
    for policy, document in _with_sources(policies):
        problems += _unknown_lists(policy, document, context)
        warnings += _unknown_channel(policy, document, context)
    return Verdict(tuple(problems), tuple(warnings))


def advice(policies: PolicySet) -> tuple[YamlProblem, ...]:
    """Return what is allowed but looks wrong: too few tests, kinds that no recognizer of ours makes."""
    found: list[YamlProblem] = []
    for policy, document in _with_sources(policies):
        expected = {test.expect.match for test in policy.tests}
        if expected != {True, False}:
            message = both(
                "« tests » : prévoyez au moins un cas qui déclenche la règle et un qui ne la déclenche pas",
                '"tests" should hold at least one case that matches and one that does not',
            )
            found.append(document.problem(("tests",), message, key=True))
        found += _unknown_kinds(policy, document)
    return tuple(found)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    try:
        names = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        kind = type(error).__name__
        raise YamlError(
            [_at(path, f"dossier illisible ({kind})", f"the folder cannot be read ({kind})")]
        ) from None
    unread = [
        _at(entry, "extension « .yml » : renommez en « .yaml »", 'extension ".yml": rename it to ".yaml"')
        for entry in names
        if entry.suffix.lower() in {".yml", ".yaml"} and entry.suffix != ".yaml"
    ]
    if unread:
        raise YamlError(unread)
    files = [entry for entry in names if entry.suffix == ".yaml"]
    if not files:
        raise YamlError(
            [_at(path, "aucune politique (*.yaml) dans ce dossier", "no policy (*.yaml) in this folder")]
        )
    return files


def _at(path: Path, french: str, english: str) -> YamlProblem:
    return YamlProblem(str(path), 1, 1, both(french, english))


def _duplicates(documents: list[Document], policies: list[Policy]) -> Iterator[YamlProblem]:
    times = Counter(policy.id for policy in policies)
    first: dict[str, str] = {}
    for document, policy in zip(documents, policies, strict=True):
        if times[policy.id] > 1 and policy.id in first:
            french = f"« id » déjà utilisé par {first[policy.id]}"
            yield document.problem(("id",), both(french, f'"id" already used by {first[policy.id]}'))
        first.setdefault(policy.id, document.path)


def _digest(policies: tuple[Policy, ...]) -> str:
    content = [policy.model_dump(mode="json", by_alias=True) for policy in policies]
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _with_sources(policies: PolicySet) -> Iterator[tuple[Policy, Document]]:
    for policy in policies.policies:
        yield policy, policies.sources.get(policy.id) or Document(policy.id, None, {}, {})


def _unknown_lists(policy: Policy, document: Document, context: Context) -> Iterator[YamlProblem]:
    known = context.lists.keys() | BUILT_IN_LISTS
    sides = {"senders": policy.scope.senders, "recipients": policy.scope.recipients}
    for side, narrowed in sides.items():
        for key, entries in (("in", narrowed.in_ or ()), ("not_in", narrowed.not_in)):
            for index, name in enumerate(entries):
                if "@" in name or "." in name or name in known:
                    continue
                french, english = _hint(name, known, "listes définies", "lists defined")
                message = both(
                    f"liste « {name} » non définie dans les réglages{french}",
                    f'list "{name}" is not defined in the settings{english}',
                )
                yield document.problem(("scope", side, key, index), message)


def _unknown_channel(policy: Policy, document: Document, context: Context) -> Iterator[YamlProblem]:
    channel = policy.then.channel
    if channel is None or channel in context.channels:
        return
    near, otherwise = suggestion(channel, context.channels), policy.then.fallback
    message = both(
        f"canal « {channel} » non défini dans les réglages : « {otherwise} » s'applique à tous{near[0]}",
        f'channel "{channel}" is not defined in the settings: "{otherwise}" applies to all{near[1]}',
    )
    yield document.problem(("then", "channel"), message)


def _hint(name: str, known: Iterable[str], french: str, english: str) -> tuple[str, str]:
    near = suggestion(name, known)
    names = ", ".join(sorted(known))
    return near[0] or f" ; {french} : {names}", near[1] or f"; {english}: {names}"


def _unknown_kinds(policy: Policy, document: Document) -> Iterator[YamlProblem]:
    known = messages.texts().kinds
    for location, leaf in _finding_leaves(policy.when, ("when",)):
        named: list[tuple[Location, str]] = [(("kind",), leaf.kind)] if leaf.kind else []
        named += [(("kinds", index), kind) for index, kind in enumerate(leaf.kinds or ())]
        for place, kind in named:
            if kind not in known:
                near = suggestion(kind, known)
                message = both(
                    f"genre « {kind} » : aucun détecteur livré ne le produit{near[0]}",
                    f'kind "{kind}": no shipped recognizer makes it{near[1]}',
                )
                yield document.problem((*location, *place), message)


def _finding_leaves(condition: Condition, location: Location) -> Iterator[tuple[Location, FindingLeaf]]:
    name, inner = parts_of(condition)
    if isinstance(inner, FindingLeaf):
        yield (*location, name), inner
    elif isinstance(inner, tuple):
        for index, child in enumerate(inner):
            yield from _finding_leaves(child, (*location, name, index))
