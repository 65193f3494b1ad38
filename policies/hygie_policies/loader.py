"""Read a folder of policies and what they share into one immutable set with its digest.

Does:   reads every ``*.yaml`` of a folder (or one file) and ``lists/*.yaml`` below it, puts macros in their
        places, and checks that ids are unique, that every name exists and that no condition is dead.
        ``set.yaml``, where there is one, gives the set its version and adds shipped policies.
Never:  leaves a file out in silence: one bad file refuses the whole set, an empty folder
        is an error, and so is ``*.yml``, which would not be read.
Fails:  :class:`~hygie_policies.yamlfile.YamlError` with the problems of all files.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from hygie_policies import messages, shipped
from hygie_policies.checks import WARN_DAYS, Facts, Remark, check_condition, check_scope
from hygie_policies.contents import Question
from hygie_policies.lane import LANE_FILE, EmergencyLane, lane_problems, named_lists
from hygie_policies.leaves import Condition
from hygie_policies.manifest import MANIFEST, Manifest, taken
from hygie_policies.model import Context
from hygie_policies.parties import PARIS
from hygie_policies.schema import BUILT_IN_LISTS, Policy, PolicyException
from hygie_policies.scope import Scope
from hygie_policies.shared import FOLDER, Macros, Shared, read_shared, unknown, uses
from hygie_policies.words import is_name
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

SHORT: Final = 12
"""Characters of a digest that people are shown."""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies that were read, ordered by id, their macros in place.

    ``digest`` is the SHA-256, in hexadecimal, of their canonical content and of what they share:
    comments, order of keys and file names do not count. People are shown its first twelve characters.
    """

    policies: tuple[Policy, ...] = ()
    digest: str = ""
    sources: Mapping[str, Document] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """The file behind each id."""
    shared: Shared = field(default_factory=Shared, repr=False)
    version: str = ""
    """As ``set.yaml`` says; empty without."""
    evaluated: tuple[Policy, ...] = field(default=(), repr=False)
    """Those that are simulated or enforced."""
    questions: tuple[Question, ...] = field(default=(), repr=False)
    """What these ask of headers and file names."""
    warnings: tuple[YamlProblem, ...] = field(default=(), repr=False)
    """What is allowed but looks wrong: names that nothing uses."""
    lane: EmergencyLane | None = field(default=None, repr=False)
    """The emergency lane, where ``emergency.yaml`` declares one."""
    lane_file: Document | None = field(default=None, repr=False)

    @property
    def short_digest(self) -> str:
        """The digest as people are shown it."""
        return self.digest[:SHORT]


class Verdict(NamedTuple):
    """What a check of a set found. Only ``problems`` keep it from being used."""

    problems: tuple[YamlProblem, ...]
    warnings: tuple[YamlProblem, ...]


def load_policies(path: Path, own_kinds: frozenset[str] = frozenset()) -> PolicySet:
    """Read a folder of policies, or a single policy file, with what they share.

    ``own_kinds`` are those that the security team's own recognizers make.

    Raises:
        YamlError: with every problem of every file, duplicate ids included.

    """
    texts = messages.texts()  # so that no decision is the first to meet a damaged text
    folder = path if path.is_dir() else path.parent
    found: list[tuple[Document, Policy]] = []
    problems: list[YamlProblem] = []
    manifest: Manifest | None = None
    lane: EmergencyLane | None = None
    lane_file: Document | None = None
    for file in sorted(_files(path), key=lambda file: file.name != MANIFEST):  # an own file is the second one
        try:
            document = read(file)
            if file.name == MANIFEST:
                manifest = validate(document, Manifest)
                found += taken(document, manifest)
            elif file.name == LANE_FILE:
                lane, lane_file = validate(document, EmergencyLane), document
            else:
                found.append((document, validate(document, Policy)))
        except YamlError as error:
            problems += error.problems
    documents = [document for document, _ in found]
    policies = [policy for _, policy in found]
    shared = _shared(folder, manifest, problems)
    problems += _duplicates(documents, policies)
    if not policies and not problems:
        problems.append(
            _at(path, "aucune politique (*.yaml) dans ce dossier", "no policy (*.yaml) in this folder")
        )
    if not problems:
        facts = Facts(own_kinds | texts.kinds.keys(), shared, Macros(shared.macros))
        problems += _dangling(documents, policies, facts)
    if problems:
        raise YamlError(problems)
    version = manifest.version if manifest is not None else ""
    read_set = policy_set(policies, documents, shared, version, tuple(_unused(policies, shared, lane)))
    return read_set if lane is None else with_lane(read_set, lane, lane_file)


def policy_set(
    policies: Iterable[Policy],
    documents: Iterable[Document] = (),
    shared: Shared | None = None,
    version: str = "",
    warnings: tuple[YamlProblem, ...] = (),
) -> PolicySet:
    """Make a set of policies that were already read; every macro they name must exist."""
    shared = shared or Shared()
    making = _Making(Macros(shared.macros))
    ordered = tuple(making.policy(policy) for policy in sorted(policies, key=lambda policy: policy.id))
    evaluated = tuple(policy for policy in ordered if policy.status.evaluated)
    sources = {document.value["id"]: document for document in documents}
    return PolicySet(
        ordered,
        _digest(ordered, shared, version),
        MappingProxyType(sources),
        shared,
        version,
        evaluated,
        tuple(dict.fromkeys(question for policy in evaluated for question in _questions(policy))),
        warnings,
    )


def content_digest(policy: Policy) -> str:
    """Return a short digest of what a policy does: its status, dates and tests do not count."""
    content = policy.model_dump_json(by_alias=True, exclude={"status", "since", "tests"})
    return hashlib.sha256(content.encode()).hexdigest()[:SHORT]


def with_lane(policies: PolicySet, lane: EmergencyLane, file: Document | None = None) -> PolicySet:
    """Return the set with an emergency lane, which its digest covers."""
    content = policies.digest + lane.model_dump_json(by_alias=True)
    return replace(
        policies,
        digest=hashlib.sha256(content.encode()).hexdigest(),
        questions=tuple(dict.fromkeys((*policies.questions, *lane.marker.questions))),
        lane=lane,
        lane_file=file,
    )


def validate_against(policies: PolicySet, context: Context) -> Verdict:
    """Check that what the policies name exists in the settings, and which exceptions end.

    A list that does not exist is a problem: the policy would be about no one. A channel that
    does not exist is a warning: ``otherwise`` applies, so that a hospital can start before
    its channel does. So is an exception that has ended or soon will, by the context's clock.
    """
    problems: list[YamlProblem] = []
    warnings = list(policies.warnings)
    for policy, document in _with_sources(policies):
        problems += _unknown_lists(policy, document, policies.shared, context)
        warnings += _unknown_channels(policy, document, context)
    warnings += expiries(policies, context.now.astimezone(PARIS).date())
    problems += _defined_twice(policies.shared, context)
    if policies.lane is not None:
        document = policies.lane_file or Document(LANE_FILE, None, {}, {})
        wrong, odd = lane_problems(policies.lane, document, policies.shared, context)
        problems += wrong
        warnings += odd
    return Verdict(tuple(problems), tuple(warnings))


def expiries(policies: PolicySet, today: dt.date) -> tuple[YamlProblem, ...]:
    """Return a warning for each exception that has ended, or will within a month."""
    return tuple(
        warning
        for policy, document in _with_sources(policies)
        for warning in _expiries(policy, document, today)
    )


def _expiries(policy: Policy, document: Document, today: dt.date) -> Iterator[YamlProblem]:
    for index, exception in enumerate(policy.exceptions):
        left = (exception.expires - today).days
        if left < 0:
            french = (
                f"exception « {exception.id} » expirée le {exception.expires} : elle n'épargne plus personne"
            )
            english = f'exception "{exception.id}" expired on {exception.expires}: it spares no one any more'
        elif left <= WARN_DAYS:
            french = f"exception « {exception.id} » : expire dans {left} jour(s), le {exception.expires}"
            english = f'exception "{exception.id}": expires in {left} day(s), on {exception.expires}'
        else:
            continue
        yield document.problem(("exceptions", index, "expires"), both(french, english))


def advice(policies: PolicySet) -> tuple[YamlProblem, ...]:
    """Return what is allowed but looks wrong: too few tests, names that nothing uses."""
    found: list[YamlProblem] = list(policies.warnings)
    for policy, document in _with_sources(policies):
        expected = {test.expect.match for test in policy.tests}
        if expected != {True, False}:
            message = both(
                "« tests » : prévoyez au moins un cas qui déclenche la règle et un qui ne la déclenche pas",
                '"tests" should hold at least one case that matches and one that does not',
            )
            found.append(document.problem(("tests",), message, key=True))
    return tuple(found)


# --- files ---


def _shared(folder: Path, manifest: Manifest | None, problems: list[YamlProblem]) -> Shared:
    """Return what the lists of a folder share, and those of the library where a policy is taken from it."""
    library = [shipped.library()] if manifest is not None and manifest.library else []
    try:
        return read_shared(*(each / FOLDER for each in (folder, *library)))
    except YamlError as error:
        problems += error.problems
        return Shared()


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
    return [entry for entry in names if entry.suffix == ".yaml"]


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


def _digest(policies: tuple[Policy, ...], shared: Shared, version: str) -> str:
    content: Any = {
        "policies": [policy.model_dump(mode="json", by_alias=True) for policy in policies],
        "shared": shared.canonical(),
        "version": version,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _with_sources(policies: PolicySet) -> Iterator[tuple[Policy, Document]]:
    for policy in policies.policies:
        yield policy, policies.sources.get(policy.id) or Document(policy.id, None, {}, {})


# --- one object for equal parts ---


class _Making:
    """Puts macros in place, and one object where policies say the same: it is then asked once a message."""

    def __init__(self, macros: Macros) -> None:
        self._macros = macros
        self._one: dict[str, Any] = {}

    def policy(self, policy: Policy) -> Policy:
        return policy.model_copy(
            update={
                "when": self._condition(self._macros.expand(policy.when)),
                "scope": self._same(policy.scope),
                "then": self._same(policy.then),
                "exceptions": tuple(map(self._exception, policy.exceptions)),
            }
        )

    def _exception(self, exception: PolicyException) -> PolicyException:
        scope, when = exception.scope, exception.when
        return exception.model_copy(
            update={
                "scope": scope and self._same(scope),
                "when": when and self._condition(self._macros.expand(when)),
            }
        )

    def _condition(self, condition: Condition) -> Condition:
        if condition.leaf is not None:
            return Condition.of(condition.key, self._same(condition.leaf))
        return Condition.of(condition.key, tuple(map(self._condition, condition.children)))

    def _same(self, part: BaseModel) -> Any:
        return self._one.setdefault(f"{type(part).__name__} {part.model_dump_json()}", part)


def _questions(policy: Policy) -> Iterator[Question]:
    conditions = [policy.when, *(each.when for each in policy.exceptions if each.when is not None)]
    for condition in conditions:
        for _, node in condition.located():
            question = getattr(node.leaf, "question", None)
            if question is not None:
                yield question


# --- names and what can never be ---


def conditions(policy: Policy) -> Iterator[tuple[Location, Condition, Scope]]:
    """Yield the conditions of a policy and of its exceptions, each with its place and whom it is about."""
    yield ("when",), policy.when, policy.scope
    for index, exception in enumerate(policy.exceptions):
        if exception.when is not None:
            yield ("exceptions", index, "when"), exception.when, exception.scope or policy.scope


def _scopes(policy: Policy) -> Iterator[tuple[Location, Scope]]:
    yield ("scope",), policy.scope
    for index, exception in enumerate(policy.exceptions):
        if exception.scope is not None:
            yield ("exceptions", index, "scope"), exception.scope


def _dangling(documents: list[Document], policies: list[Policy], facts: Facts) -> Iterator[YamlProblem]:
    """Yield macros that do not exist or never end, then networks that do not exist and dead conditions."""
    problems = list(_bad_macros(documents, policies, facts))
    yield from problems
    if problems:
        return
    for (kind, name), named in facts.shared.defined.items():
        if kind == "macros":
            remarks = check_condition(facts.shared.macros[str(name)], facts)
            yield from _said(named.document, named.location, remarks)
    for document, policy in zip(documents, policies, strict=True):
        for location, condition, scope in conditions(policy):
            yield from _said(document, location, check_condition(condition, facts, scope))
        for location, scope in _scopes(policy):
            yield from _said(document, location, check_scope(scope, facts))
            yield from _said(document, location, _unknown_networks(scope, facts.shared))


def _said(document: Document, location: Location, remarks: Iterable[Remark]) -> Iterator[YamlProblem]:
    for place, message in remarks:
        yield document.problem((*location, *place), message)


def _bad_macros(documents: list[Document], policies: list[Policy], facts: Facts) -> Iterator[YamlProblem]:
    shared = facts.shared
    named = {name: shared.defined["macros", name] for name in shared.macros}
    trees = [(each.document, each.location, shared.macros[name]) for name, each in named.items()]
    for document, policy in zip(documents, policies, strict=True):
        trees += [(document, location, condition) for location, condition, _ in conditions(policy)]
    missing = False
    for document, location, condition in trees:
        for place, name in uses(condition):
            if name not in shared.macros:
                missing = True
                message = unknown(("macro", "macro"), name, shared.macros)
                yield document.problem((*location, *place), message)
    if not missing:
        for name, place, way in facts.macros.cycles():
            names = " → ".join((name, *way))
            message = both(f"macro qui revient à elle-même : {names}", f"macro that never ends: {names}")
            yield named[name].document.problem((*named[name].location, *place), message)


def _unknown_networks(scope: Scope, shared: Shared) -> Iterator[Remark]:
    for key, entries in (("in", scope.clients.in_ or ()), ("not_in", scope.clients.not_in)):
        for index, name in enumerate(entries):
            if name[0].isalpha() and ":" not in name and name not in shared.networks:
                message = unknown(("réseau", "network"), name, shared.networks)
                yield ("clients", key, index), message


def _named_lists(policy: Policy) -> Iterator[tuple[Location, str]]:
    for location, scope in _scopes(policy):
        for side in ("senders", "recipients", "groups"):
            narrowed = getattr(scope, side)
            for key, entries in (("in", narrowed.in_ or ()), ("not_in", narrowed.not_in)):
                for index, name in enumerate(entries):
                    if is_name(name):
                        yield (*location, side, key, index), name


def _unknown_lists(
    policy: Policy, document: Document, shared: Shared, context: Context
) -> Iterator[YamlProblem]:
    known = context.lists.keys() | shared.lists.keys() | BUILT_IN_LISTS
    for location, name in _named_lists(policy):
        if name not in known:
            french, english = _hint(name, known, "listes définies", "lists defined")
            message = both(
                f"liste « {name} » non définie dans les réglages ni dans lists/{french}",
                f'list "{name}" is defined neither in the settings nor in lists/{english}',
            )
            yield document.problem(location, message)


def _defined_twice(shared: Shared, context: Context) -> Iterator[YamlProblem]:
    """Yield lists that both lists/ and the settings fill: nobody would know which one counts."""
    for name in sorted(shared.lists.keys() & context.lists.keys()):
        if context.lists[name]:
            named = shared.defined["lists", name]
            message = both(
                f"liste « {name} » : aussi définie dans les réglages",
                f'list "{name}": also defined in the settings',
            )
            yield named.document.problem(named.location, message, key=True)


def _unknown_channels(policy: Policy, document: Document, context: Context) -> Iterator[YamlProblem]:
    channel = policy.then.channel
    if channel is not None and channel not in context.channels:
        near, otherwise = suggestion(channel, context.channels), policy.then.fallback
        message = both(
            f"canal « {channel} » non défini dans les réglages : « {otherwise} » s'applique à tous{near[0]}",
            f'channel "{channel}" is not defined in the settings: "{otherwise}" applies to all{near[1]}',
        )
        yield document.problem(("then", "channel"), message)
    for location, scope in _scopes(policy):
        for key, entries in (("in", scope.channels.in_ or ()), ("not_in", scope.channels.not_in)):
            for index, name in enumerate(entries):
                if name not in context.channels:
                    near = suggestion(name, context.channels)
                    message = both(
                        f"canal « {name} » non défini dans les réglages : il n'accepte personne{near[0]}",
                        f'channel "{name}" is not defined in the settings: it takes no one{near[1]}',
                    )
                    yield document.problem((*location, "channels", key, index), message)


def _hint(name: str, known: Iterable[str], french: str, english: str) -> tuple[str, str]:
    near = suggestion(name, known)
    names = ", ".join(sorted(known))
    return near[0] or f" ; {french} : {names}", near[1] or f"; {english}: {names}"


def _unused(
    policies: list[Policy], shared: Shared, lane: EmergencyLane | None = None
) -> Iterator[YamlProblem]:
    """Yield what lists/ defines and neither a policy nor the emergency lane names."""
    used: set[Location] = {("lists", name) for policy in policies for _, name in _named_lists(policy)}
    if lane is not None:
        used |= {("lists", name) for _, name in named_lists(lane)}
    used |= {
        ("networks", name)
        for policy in policies
        for _, scope in _scopes(policy)
        for name in (*(scope.clients.in_ or ()), *scope.clients.not_in)
    }
    waiting = [condition for policy in policies for _, condition, _ in conditions(policy)]
    while waiting:
        for _, name in uses(waiting.pop()):
            if ("macros", name) not in used:
                used.add(("macros", name))
                waiting.append(shared.macros[name])
    for location, named in shared.defined.items():
        if location not in used:
            message = both(
                f"« {location[1]} » : aucune règle ne s'en sert", f'"{location[1]}": no policy uses it'
            )
            yield named.document.problem(named.location, message, key=True)
