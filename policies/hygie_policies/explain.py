"""Explain a decision in words: which policy matched, and which condition made it so.

Does:   evaluates each policy's tree as ``decide`` does and prints it, ticked or not, with
        the kinds and numbers found; then what became of each recipient.
Never:  shows a value, a text, a subject or a file name. It does show the recipients'
        addresses: it is for the person who has the message in hand, not for a log.
Fails:  a policy that cannot be evaluated is shown as such, with its action.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from hygie_detectors.model import Confidence, Inspection
from hygie_detectors.pairs import Pair, Proximity, strongest_pair
from hygie_policies import messages
from hygie_policies.conditions import Leaf, Trace
from hygie_policies.decide import Asked, ask_all, decide
from hygie_policies.loader import PolicySet
from hygie_policies.messages import Language, say
from hygie_policies.model import Action, Context, Decision, Envelope
from hygie_policies.schema import CountLeaf, FindingLeaf, PairLeaf, Quantifier, UnreadLeaf


def explain(
    inspection: Inspection,
    envelope: Envelope,
    policies: PolicySet,
    context: Context,
    language: Language = "fr",
) -> str:
    """Return the explanation as lines of text in one language."""
    decision = decide(inspection, envelope, policies, context, "-")
    asked = ask_all(inspection, envelope, policies, context)
    lines = [*_recipients(decision, language)]
    for each in asked:
        lines += ["", *_policy(each, len(envelope.recipients), language)]
    lines += ["", f"{_colon(_WORDS[language]['set'], language)} {policies.short_digest}"]
    return "\n".join(lines)


_WORDS: Final[dict[Language, dict[str, str]]] = {
    "fr": {
        "decision": "Décision",
        "by": "par",
        "simulated": "en simulation",
        "matched": "s'applique",
        "not_matched": "ne s'applique pas",
        "failed": "n'a pas pu être évaluée : son action s'applique",
        "nobody": "ne concerne aucun destinataire de ce message",
        "scope": "destinataires concernés",
        "of": "sur",
        "set": "Jeu de règles",
        "all": "toutes ces conditions",
        "any": "au moins une de ces conditions",
        "none": "aucune de ces conditions",
        "nothing": "rien",
        "found": "trouvé",
        "message": "dans le message",
        "any_part": "dans une même partie",
        "same_part": "dans la partie considérée",
        "every_kind": "constat",
        "identity": "identité",
        "health": "santé",
        "or": "ou",
        "at_least": "au moins",
        "times": "fois",
        "distinct": "valeurs différentes",
        "without": "sans",
        "confidence": "confiance",
        "strongest": "la plus forte",
        "strength": "force",
        "and": "et",
        "same_file": "dans un même fichier",
        "near": "à moins de 300 caractères",
        "adjacent": "côte à côte",
        "pair": "une personne identifiée et une donnée de santé",
        "unread": "contenu non analysé",
        "attachment": "pièce jointe",
        "not_attachment": "hors pièces jointes",
        "recipients": "destinataires concernés",
    },
    "en": {
        "decision": "Decision",
        "by": "by",
        "simulated": "in simulation",
        "matched": "applies",
        "not_matched": "does not apply",
        "failed": "could not be evaluated: its action applies",
        "nobody": "is about no recipient of this message",
        "scope": "recipients concerned",
        "of": "of",
        "set": "Policy set",
        "all": "all of these conditions",
        "any": "at least one of these conditions",
        "none": "none of these conditions",
        "nothing": "nothing",
        "found": "found",
        "message": "in the message",
        "any_part": "in one part",
        "same_part": "in the part looked at",
        "every_kind": "finding",
        "identity": "identity",
        "health": "health",
        "or": "or",
        "at_least": "at least",
        "times": "times",
        "distinct": "different values",
        "without": "without",
        "confidence": "confidence",
        "strongest": "the strongest",
        "strength": "strength",
        "and": "and",
        "same_file": "in one file",
        "near": "within 300 characters",
        "adjacent": "side by side",
        "pair": "an identified person and a health datum",
        "unread": "content not inspected",
        "attachment": "attachment",
        "not_attachment": "attachments aside",
        "recipients": "recipients concerned",
    },
}
_PROXIMITY: Final = {
    Proximity.MESSAGE: "message",
    Proximity.SAME_PART: "same_file",
    Proximity.NEAR: "near",
    Proximity.ADJACENT: "adjacent",
}
_CONFIDENCE: Final[dict[Language, dict[Confidence, str]]] = {
    "fr": {Confidence.LOW: "faible", Confidence.MEDIUM: "moyenne", Confidence.HIGH: "haute"},
    "en": {Confidence.LOW: "low", Confidence.MEDIUM: "medium", Confidence.HIGH: "high"},
}


def _recipients(decision: Decision, language: Language) -> Iterator[str]:
    words = _WORDS[language]
    yield f"{_colon(words['decision'], language)} {_action(decision.action, language)}"
    for recipient in decision.recipients:
        line = f"  {_colon(recipient.address, language)} {_action(recipient.action, language)}"
        if recipient.channel:
            line += f" [{recipient.channel}]"
        if recipient.policies:
            line += f", {words['by']} {', '.join(recipient.policies)}"
        if recipient.simulated:
            line += f"{_semicolon(language)} {words['simulated']} {_action(recipient.simulated, language)}"
        yield line


def _policy(asked: Asked, everyone: int, language: Language) -> Iterator[str]:
    words, policy = _WORDS[language], asked.policy
    if asked.failed:
        verdict = words["failed"]
    elif asked.trace is None:
        verdict = words["nobody"]
    else:
        verdict = words["matched" if asked.trace.holds else "not_matched"]
    yield f"{policy.id} [{policy.mode}, {policy.severity}] {verdict}"
    yield f"  {say(policy.title, language)}"
    if asked.trace is not None:
        yield f"  {_colon(words['scope'], language)} {len(asked.scope)} {words['of']} {everyone}"
        yield from _node(asked.trace, 1, language)


def _node(trace: Trace, depth: int, language: Language) -> Iterator[str]:
    tick = "[x]" if trace.holds else "[ ]"
    what = _WORDS[language][trace.name] if trace.leaf is None else _leaf(trace.leaf, trace, language)
    yield f"{'  ' * depth}{tick} {what}"
    if trace.name == "pair" and (pair := strongest_pair(trace.findings)):
        yield f"{'  ' * depth}    {_strongest(pair, language)}"
    for child in trace.children:
        yield from _node(child, depth + 1, language)


def _strongest(pair: Pair, language: Language) -> str:
    """Return the pair that a person should look at first, by kinds and place."""
    words, texts = _WORDS[language], messages.texts()
    who, what = (
        f"{texts.kind(finding.kind, language)} ({_CONFIDENCE[language][finding.confidence]})"
        for finding in (pair.identity, pair.health)
    )
    both = who if pair.identity is pair.health else f"{who} {words['and']} {what}"
    strength = f"{words['strength']} {_CONFIDENCE[language][pair.strength]}"
    where = words[_PROXIMITY[pair.proximity]]
    return f"{_colon(words['strongest'], language)} {both}, {where}, {strength}"


def _leaf(leaf: Leaf, trace: Trace, language: Language) -> str:
    words = _WORDS[language]
    if isinstance(leaf, CountLeaf):
        return f"{words['at_least']} {leaf.recipients} {words['recipients']}"
    asked = _asked_of(leaf, language)
    if leaf.in_ is not Quantifier.MESSAGE or isinstance(leaf, PairLeaf):
        asked += f", {words[leaf.in_.value]}"
    return f"{asked}{_semicolon(language)} {_colon(words['found'], language)} {_found(trace, language)}"


def _asked_of(leaf: FindingLeaf | PairLeaf | UnreadLeaf, language: Language) -> str:
    words, texts = _WORDS[language], messages.texts()
    if isinstance(leaf, PairLeaf):
        levels = [
            f"{words[axis]} {words['at_least']} {_CONFIDENCE[language][level]}"
            for axis, level in (("identity", leaf.identity), ("health", leaf.health))
        ]
        return f"{words['pair']} ({', '.join([*levels, *_without(leaf.without, language)])})"
    if isinstance(leaf, UnreadLeaf):
        details = [texts.reason(reason, language) for reason in leaf.reasons]
        if leaf.attachment is not None:
            details.insert(0, words["attachment" if leaf.attachment else "not_attachment"])
        return words["unread"] + (f" ({', '.join(details)})" if details else "")
    named = f" {words['or']} ".join(texts.kind(kind, language) for kind in sorted(leaf.wanted))
    details = [words[leaf.axis.value]] if leaf.axis else []
    if leaf.confidence is not Confidence.LOW:
        details.append(f"{words['confidence']} {words['at_least']} {_CONFIDENCE[language][leaf.confidence]}")
    if leaf.count > 1:
        details.append(f"{words['at_least']} {leaf.count} {words['times']}")
    if leaf.distinct > 1:
        details.append(f"{words['at_least']} {leaf.distinct} {words['distinct']}")
    details += _without(leaf.without, language)
    return (named or words["every_kind"]) + (f" ({', '.join(details)})" if details else "")


def _without(qualifiers: tuple[str, ...], language: Language) -> list[str]:
    named = ", ".join(messages.texts().qualifier(word, language) for word in qualifiers)
    return [f"{_WORDS[language]['without']} {named}"] if named else []


def _found(trace: Trace, language: Language) -> str:
    texts = messages.texts()
    kinds = Counter((finding.kind, finding.confidence) for finding in trace.findings)
    found = [
        f"{texts.kind(kind, language)} × {number} ({_CONFIDENCE[language][confidence]})"
        for (kind, confidence), number in sorted(kinds.items())
    ]
    reasons = Counter(texts.reason(row.reason, language) for row in trace.unread)
    found += [f"{reason} × {number}" for reason, number in sorted(reasons.items())]
    return ", ".join(found) or _WORDS[language]["nothing"]


def _action(action: Action, language: Language) -> str:
    return f"{say(messages.texts().actions[action].name, language)} ({action})"


def _colon(text: str, language: Language) -> str:
    return f"{text} :" if language == "fr" else f"{text}:"


def _semicolon(language: Language) -> str:
    return " ;" if language == "fr" else ";"
