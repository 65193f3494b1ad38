"""Find what a policy says that can never be: dead conditions, names that do not exist.

Does:   checks trees of conditions against what there is to find, without any message.
Never:  guesses about content: a condition is dead only when no message whatever could fulfil it.
Fails:  never; it returns what it found, each with its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import Final

from hygie_policies.leaves import (
    DOCUMENT,
    FORMATS,
    AttachmentLeaf,
    Condition,
    DocumentLeaf,
    FindingLeaf,
    Leaf,
    Quantifier,
    RecipientLeaf,
    SizeLeaf,
    VolumeLeaf,
)
from hygie_policies.model import Measure
from hygie_policies.scope import Scope
from hygie_policies.shared import Macros, Shared
from hygie_policies.yamlfile import Location, both, suggestion

Remark = tuple[Location, str]


class Truth(Enum):
    """What can be said of a condition before any message."""

    NEVER = 0
    OPEN = 1
    ALWAYS = 2


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to find."""

    kinds: frozenset[str]
    """Kinds that a recognizer makes: ours and the security team's own."""
    shared: Shared
    macros: Macros


def check_condition(condition: Condition, facts: Facts, scope: Scope | None = None) -> Iterator[Remark]:
    """Yield what can never be in a tree, each at its leaf or group."""
    dead = False
    for location, node in condition.located():
        if node.leaf is not None:
            for place, message in _leaf(node.leaf, facts, scope):
                dead = True
                yield (*location, node.key, *place), message
    if not dead:
        yield from _groups(condition, facts)


def _groups(condition: Condition, facts: Facts) -> Iterator[Remark]:
    for location, node in condition.located():
        if node.key == "none":
            for index, child in enumerate(node.children):
                if _truth(facts.macros.expand(child)) is Truth.ALWAYS:
                    yield (
                        (*location, "none", index),
                        both(
                            "condition morte : « none » d'une condition toujours vraie ne tient jamais",
                            'dead condition: "none" of what always holds never holds',
                        ),
                    )
        if node.key == "all" and (excluding := _contradiction(facts.macros.expand(node))) is not None:
            yield (
                (*location, "all", excluding),
                both(
                    "condition morte : « none » exclut ce que « all » demande",
                    'dead condition: "none" excludes what "all" asks for',
                ),
            )


def _contradiction(group: Condition) -> int | None:
    """Return the child of an ``all`` that excludes another child."""
    wanted = [child.leaf for child in group.children if child.leaf is not None]
    for index, child in enumerate(group.children):
        if child.key == "none" and any(
            below.leaf is not None and below.leaf in wanted for below in child.children
        ):
            return index
    return None


def _truth(condition: Condition) -> Truth:
    leaf = condition.leaf
    if leaf is not None:
        return Truth.ALWAYS if _always(leaf) else Truth.OPEN
    several = [_truth(child) for child in condition.children]
    if condition.key == "all":
        return min(several, key=lambda truth: truth.value)
    if condition.key == "any":
        return max(several, key=lambda truth: truth.value)
    return Truth.NEVER if Truth.ALWAYS in several else Truth.OPEN


def _always(leaf: Leaf) -> bool:
    """Tell whether every message fulfils a leaf: it has a byte, and a recipient in scope."""
    if isinstance(leaf, RecipientLeaf):
        return leaf.count == 1 and not leaf.traits
    if isinstance(leaf, SizeLeaf):
        return leaf.at_least == 1
    return (
        isinstance(leaf, VolumeLeaf)
        and leaf.at_least == 1
        and leaf.of in {Measure.MESSAGES, Measure.RECIPIENTS}
    )


def _leaf(leaf: Leaf, facts: Facts, scope: Scope | None) -> Iterator[Remark]:
    if isinstance(leaf, FindingLeaf):
        named: list[tuple[Location, str]] = [(("kind",), leaf.kind)] if leaf.kind else []
        named += [(("kinds", index), kind) for index, kind in enumerate(leaf.kinds or ())]
        yield from _unknown_kinds(("genre", "kind"), named, facts.kinds)
    elif isinstance(leaf, DocumentLeaf):
        short = {k.removeprefix(DOCUMENT) for k in facts.kinds if k.startswith(DOCUMENT) or k in FORMATS}
        named = [(("kinds", index), kind) for index, kind in enumerate(leaf.kinds)]
        yield from _unknown_kinds(("genre de document", "kind of document"), named, short)
    elif isinstance(leaf, RecipientLeaf):
        yield from _traits(leaf.traits, facts.shared)
        yield from _opposite(leaf, scope)
    elif isinstance(leaf, AttachmentLeaf) and leaf.count > 1 and leaf.in_ is not Quantifier.MESSAGE:
        yield (
            ("count",),
            both(
                f"condition morte : une partie est une pièce jointe ; {leaf.count} demandent « in: message »",
                f'dead condition: one part is one attachment; {leaf.count} need "in: message"',
            ),
        )


def _opposite(leaf: RecipientLeaf, scope: Scope | None) -> Iterator[Remark]:
    wanted = scope.recipients.traits if scope is not None else {}
    for name, asked in leaf.traits.items():
        if wanted.get(name, asked) is not asked:
            yield (
                (name,),
                both(
                    f"condition morte : « scope.recipients.{name} » dit le contraire",
                    f'dead condition: "scope.recipients.{name}" says the opposite',
                ),
            )


def check_scope(scope: Scope, facts: Facts) -> Iterator[Remark]:
    """Yield what a scope asks that no recipient can be."""
    for place, message in _traits(scope.recipients.traits, facts.shared):
        yield ("recipients", *place), message


def _traits(traits: dict[str, bool], shared: Shared) -> Iterator[Remark]:
    if traits.get("free_mail") and not shared.free_mail:
        yield (
            ("free_mail",),
            both(
                "condition morte : aucun domaine sous « free_mail » dans lists/*.yaml",
                'dead condition: no domain below "free_mail" in lists/*.yaml',
            ),
        )
    if traits.get("look_alike") and not shared.partners:
        yield (
            ("look_alike",),
            both(
                "condition morte : aucun domaine sous « partners » dans lists/*.yaml",
                'dead condition: no domain below "partners" in lists/*.yaml',
            ),
        )


def _unknown_kinds(
    what: tuple[str, str], named: list[tuple[Location, str]], known: AbstractSet[str]
) -> Iterator[Remark]:
    for place, kind in named:
        if kind not in known:
            near = suggestion(kind, known)
            yield (
                place,
                both(
                    f"condition morte : {what[0]} « {kind} », qu'aucun détecteur ne produit{near[0]}",
                    f'dead condition: {what[1]} "{kind}", which no recognizer makes{near[1]}',
                ),
            )


WARN_DAYS: Final = 30
"""Days before an exception ends from which it is announced."""
