"""Explain a decision in words: which policy matched, and which condition made it so.

Does:   evaluates each policy's tree as ``decide`` does and prints it, ticked or not, with
        the kinds and numbers found and some of the evidence, masked; then what became of each
        recipient.
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
from hygie_policies.conditions import Trace
from hygie_policies.decide import Asked, ask_all, decide
from hygie_policies.leaves import (
    DOCUMENT,
    AttachmentLeaf,
    DocumentLeaf,
    FindingLeaf,
    HeaderLeaf,
    Leaf,
    PairLeaf,
    Quantifier,
    RecipientLeaf,
    SizeLeaf,
    UnreadLeaf,
    VolumeLeaf,
)
from hygie_policies.loader import PolicySet
from hygie_policies.messages import Language, say
from hygie_policies.model import Action, Context, Decision, Envelope


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
        "untold": "n'est pas connue par ce qui a été enregistré : son action s'applique",
        "spared": "exceptions qui épargnent des destinataires",
        "not_recorded": "non enregistré",
        "seen": "vu",
        "strength_at_least": "force au moins",
        "within": "à moins de",
        "characters": "caractères",
        "document": "document médical",
        "documents": "documents",
        "encrypted": "chiffrée",
        "not_encrypted": "non chiffrée",
        "type": "type",
        "named": "nom selon le motif",
        "recipient": "destinataires concernés",
        "secure": "dans l'espace sécurisé",
        "not_secure": "hors de l'espace sécurisé",
        "first_contact": "à qui l'expéditeur écrit pour la première fois",
        "not_first_contact": "à qui l'expéditeur a déjà écrit",
        "free_mail": "de messagerie grand public",
        "not_free_mail": "hors messagerie grand public",
        "look_alike": "dont le domaine imite celui d'un partenaire",
        "not_look_alike": "dont le domaine n'imite aucun partenaire",
        "header": "en-tête",
        "header_pattern": "selon le motif",
        "present": "présent",
        "absent": "absent",
        "size": "taille du message",
        "bytes": "octets",
        "volume": "envoyés par l'expéditeur en",
        "messages": "messages",
        "copies": "copies",
        "patients": "personnes identifiées",
        "matches": "messages avec une personne et une donnée de santé",
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
        "untold": "cannot be told from what was recorded: its action applies",
        "spared": "exceptions that spare recipients",
        "not_recorded": "not recorded",
        "seen": "seen",
        "strength_at_least": "strength at least",
        "within": "within",
        "characters": "characters",
        "document": "medical document",
        "documents": "documents",
        "encrypted": "encrypted",
        "not_encrypted": "not encrypted",
        "type": "type",
        "named": "name by the pattern",
        "recipient": "recipients concerned",
        "secure": "in the secure space",
        "not_secure": "outside the secure space",
        "first_contact": "whom the sender writes to for the first time",
        "not_first_contact": "whom the sender has written to before",
        "free_mail": "of consumer mail",
        "not_free_mail": "not of consumer mail",
        "look_alike": "whose domain imitates a partner's",
        "not_look_alike": "whose domain imitates no partner's",
        "header": "header",
        "header_pattern": "by the pattern",
        "present": "present",
        "absent": "absent",
        "size": "size of the message",
        "bytes": "bytes",
        "volume": "sent by the sender in",
        "messages": "messages",
        "copies": "copies",
        "patients": "identified persons",
        "matches": "messages with a person and a health datum",
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
    elif asked.untold:
        verdict = words["untold"]
    elif asked.trace is None:
        verdict = words["nobody"]
    else:
        verdict = words["matched" if asked.trace.holds else "not_matched"]
    yield f"{policy.id} [{policy.status}, {policy.severity}] {verdict}"
    yield f"  {say(policy.title, language)}"
    if asked.trace is not None:
        yield f"  {_colon(words['scope'], language)} {len(asked.scope)} {words['of']} {everyone}"
    if asked.exceptions:
        yield f"  {_colon(words['spared'], language)} {', '.join(asked.exceptions)}"
    if asked.trace is not None:
        yield from _node(asked.trace, 1, language)


def _node(trace: Trace, depth: int, language: Language) -> Iterator[str]:
    tick = {True: "[x]", False: "[ ]", None: "[?]"}[trace.holds]
    what = _WORDS[language][trace.name] if trace.leaf is None else _leaf(trace.leaf, trace, language)
    yield f"{'  ' * depth}{tick} {what}"
    masked = [finding.masked for finding in trace.findings if finding.masked]
    if masked:
        shown = list(dict.fromkeys(masked))
        more = f" (+ {len(shown) - _SHOWN})" if len(shown) > _SHOWN else ""
        seen = _colon(_WORDS[language]["seen"], language)
        yield f"{'  ' * depth}    {seen} {', '.join(shown[:_SHOWN])}{more}"
    if trace.name == "pair" and (pair := strongest_pair(trace.findings)):
        yield f"{'  ' * depth}    {_strongest(pair, language)}"
    for child in trace.children:
        yield from _node(child, depth + 1, language)


_SHOWN: Final = 5
"""Masked values that a leaf shows: enough to find the place."""


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
    asked = _asked_of(leaf, language)
    place = getattr(leaf, "in_", Quantifier.MESSAGE)
    if place is not Quantifier.MESSAGE or isinstance(leaf, PairLeaf):
        asked += f", {words[place.value]}"
    if trace.holds is None:
        return f"{asked}{_semicolon(language)} {words['not_recorded']}"
    if isinstance(leaf, HeaderLeaf):
        return asked
    return f"{asked}{_semicolon(language)} {_colon(words['found'], language)} {_found(trace, language)}"


def _asked_of(leaf: Leaf, language: Language) -> str:  # noqa: C901 - one line or two a leaf
    """Say what a leaf asks, without where."""
    words = _WORDS[language]
    match leaf:
        case FindingLeaf():
            return _asked_finding(leaf, language)
        case PairLeaf():
            return _asked_pair(leaf, language)
        case DocumentLeaf():
            return _asked_document(leaf, language)
        case AttachmentLeaf():
            return _asked_attachment(leaf, language)
        case UnreadLeaf():
            details = [messages.texts().reason(reason, language) for reason in leaf.reasons]
            if leaf.attachment is not None:
                details.insert(0, words["attachment" if leaf.attachment else "not_attachment"])
            return words["unread"] + _details(details)
        case RecipientLeaf():
            traits = [words[name if asked else f"not_{name}"] for name, asked in leaf.traits.items()]
            return f"{words['at_least']} {leaf.count} {words['recipient']}" + _details(traits)
        case HeaderLeaf():
            if leaf.pattern is not None:
                return f"{words['header']} {leaf.name} {words['header_pattern']} {leaf.pattern}"
            return f"{words['header']} {leaf.name} {words['present' if leaf.present else 'absent']}"
        case SizeLeaf():
            return f"{words['size']} {words['at_least']} {leaf.at_least} {words['bytes']}"
        case VolumeLeaf():
            of = words["copies" if leaf.of == "recipients" else leaf.of.value]
            return f"{words['at_least']} {leaf.at_least} {of} {words['volume']} {leaf.window}"


def _asked_finding(leaf: FindingLeaf, language: Language) -> str:
    words, texts = _WORDS[language], messages.texts()
    named = f" {words['or']} ".join(texts.kind(kind, language) for kind in sorted(leaf.wanted))
    details = [words[leaf.axis.value]] if leaf.axis else []
    details += _confidence(leaf.confidence, language)
    if leaf.count > 1:
        details.append(f"{words['at_least']} {leaf.count} {words['times']}")
    if leaf.distinct > 1:
        details.append(f"{words['at_least']} {leaf.distinct} {words['distinct']}")
    details += _without(leaf.without, language)
    return (named or words["every_kind"]) + _details(details)


def _asked_pair(leaf: PairLeaf, language: Language) -> str:
    words = _WORDS[language]
    details = [
        f"{words[axis]} {words['at_least']} {_CONFIDENCE[language][level]}"
        for axis, level in (("identity", leaf.identity), ("health", leaf.health))
        if level is not Confidence.LOW
    ]
    if leaf.strength is not Confidence.LOW:
        details.append(f"{words['strength_at_least']} {_CONFIDENCE[language][leaf.strength]}")
    if leaf.within == "same_part":
        details.append(words["same_file"])
    elif leaf.within != "message":
        details.append(f"{words['within']} {leaf.within} {words['characters']}")
    return words["pair"] + _details([*details, *_without(leaf.without, language)])


def _asked_document(leaf: DocumentLeaf, language: Language) -> str:
    words, texts = _WORDS[language], messages.texts()
    full = [DOCUMENT + kind if DOCUMENT + kind in texts.kinds else kind for kind in leaf.kinds]
    named = f" {words['or']} ".join(texts.kind(kind, language) for kind in full)
    details = _confidence(leaf.confidence, language)
    if leaf.count > 1:
        details.append(f"{words['at_least']} {leaf.count} {words['documents']}")
    return (named or words["document"]) + _details([*details, *_without(leaf.without, language)])


def _asked_attachment(leaf: AttachmentLeaf, language: Language) -> str:
    words = _WORDS[language]
    details = [f"{words['type']} {leaf.type}"] if leaf.type else []
    if leaf.name:
        details.append(f"{words['named']} {leaf.name}")
    if leaf.encrypted is not None:
        details.append(words["encrypted" if leaf.encrypted else "not_encrypted"])
    if leaf.count > 1:
        details.append(f"{words['at_least']} {leaf.count}")
    return words["attachment"] + _details(details)


def _details(details: list[str]) -> str:
    return f" ({', '.join(details)})" if details else ""


def _confidence(level: Confidence, language: Language) -> list[str]:
    if level is Confidence.LOW:
        return []
    words = _WORDS[language]
    return [f"{words['confidence']} {words['at_least']} {_CONFIDENCE[language][level]}"]


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
    if isinstance(trace.leaf, AttachmentLeaf | RecipientLeaf | SizeLeaf | VolumeLeaf):
        return str(trace.number)
    return ", ".join(found) or _WORDS[language]["nothing"]


def _action(action: Action, language: Language) -> str:
    return f"{say(messages.texts().actions[action].name, language)} ({action})"


def _colon(text: str, language: Language) -> str:
    return f"{text} :" if language == "fr" else f"{text}:"


def _semicolon(language: Language) -> str:
    return " ;" if language == "fr" else ";"
