"""What the sender reads of a decision, French first, then English.

Does:   says what happened, to how many recipients, what was seen in kind, what to do now, whom to call, and
        the reference: as plain sentences in UTF-8, which :mod:`hygie_milter.postfix.plan` folds for SMTP.
Never:  repeats a value, an address, a subject or a file name: kinds and numbers only.
Fails:  never on texts that were read: a missing one stops the loading of the policies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from hygie_policies import messages
from hygie_policies.messages import Fate, Language, say
from hygie_policies.model import Action, Contact, Emergency, RecipientDecision
from hygie_policies.schema import Policy

LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")
KINDS_NAMED: Final = 4
"""Kinds that are named: enough to recognise what it is about in one line."""
POLICIES_NAMED: Final = 3
"""Policies whose texts are given: a reply of SMTP is short, and the gravest say what to do."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One policy that decided, and what it rests on in this message."""

    policy: Policy
    kinds: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """Reasons why something was not inspected."""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """All that the sender is told about."""

    action: Action
    recipients: tuple[RecipientDecision, ...]
    grounds: tuple[Ground, ...]
    """The deciding policies, the gravest first."""
    split: bool
    reference: str
    contact: Contact | None = None
    emergency: Emergency | None = None


def sender_message(case: Case) -> tuple[str, ...]:
    """Return what the sender is told; nothing when the message simply leaves."""
    if case.action is Action.ALLOW:
        return ()
    return tuple(line for language in LANGUAGES for line in _told(case, language))


def seen(grounds: Iterable[Ground], language: Language) -> str:
    """Name what was seen, in kind: "nom de patient, maladie, non analysé : contenu chiffré"."""
    given = tuple(grounds)
    return _seen(
        any(ground.failed for ground in given),
        tuple([kind for ground in given for kind in ground.kinds]),
        tuple([reason for ground in given for reason in ground.unread]),
        language,
    )


@lru_cache(maxsize=1024)  # most policies that hold saw the same; kinds and reasons are words of closed lists
def _seen(failed: bool, kinds: tuple[str, ...], unread: tuple[str, ...], language: Language) -> str:
    texts, different = messages.texts(), tuple(dict.fromkeys(kinds))
    reasons = dict.fromkeys(texts.reason(reason, language) for reason in unread)
    return ", ".join(
        [
            *[say(texts.failed, language)] * failed,
            *[texts.kind(kind, language) for kind in different[:KINDS_NAMED]],
            *[say(texts.others, language)] * (len(different) > KINDS_NAMED),
            *[f"{say(texts.unread, language)} {reason}" for reason in reasons],
        ]
    )


def fates(recipients: tuple[RecipientDecision, ...], split: bool) -> Counter[Fate]:
    """Count what becomes of the copies, as Postfix treats them: one refusal, one hold for the whole."""
    actions = [recipient.action for recipient in recipients]
    if Action.REJECT in actions and not split:
        return Counter({Fate.REFUSED: len(actions)})
    held = Action.HOLD in actions
    return Counter(_HELD[action] if held else _SENT[action] for action in actions)


_SENT: Final = {
    Action.ALLOW: Fate.SENT,
    Action.TAG: Fate.SENT,
    Action.REROUTE: Fate.SECURED,
    Action.REJECT: Fate.REFUSED,
}
_HELD: Final = {
    Action.ALLOW: Fate.WAITING,
    Action.TAG: Fate.WAITING,
    Action.REROUTE: Fate.WAITING,
    Action.HOLD: Fate.HELD,
    Action.REJECT: Fate.REFUSED,
}


def _told(case: Case, language: Language) -> list[str]:
    texts = messages.texts()
    sentences = texts.actions[case.action]
    counts = fates(case.recipients, case.split)
    lines = [say(sentences.happened if len(counts) == 1 else sentences.happened_to_some, language)]
    if len(counts) > 1:
        lines.append(_shares(counts, language))
    for ground in case.grounds[:POLICIES_NAMED]:
        own = ground.policy.sender_message
        if own is None:
            lines += [say(ground.policy.title, language).rstrip(" .") + ".", say(sentences.todo, language)]
        else:
            lines.append(say(own, language))
    what = seen(case.grounds, language)
    if what:
        lines.insert(1 + (len(counts) > 1), say(texts.seen, language).format(what=what))
    if case.emergency is not None:
        lines.append(say(texts.emergency[case.emergency], language))
    if case.contact is not None:
        lines.append(say(texts.contact, language).format(name=case.contact.name, phone=case.contact.phone))
    return [*dict.fromkeys(lines), f"{say(texts.reference, language)} {case.reference}"]


def _shares(counts: Counter[Fate], language: Language) -> str:
    """Say how many recipients met which fate: "1 destinataire : refusé ; 2 autres : envoyé"."""
    texts = messages.texts()
    words, colon, comma = texts.counted, *_PUNCTUATION[language]
    shares: list[str] = []
    for fate in (fate for fate in Fate if counts[fate]):
        first = not shares
        one, many = (words.one, words.many) if first else (words.one_other, words.many_others)
        number = say(one if counts[fate] == 1 else many, language).format(count=counts[fate])
        shares.append(f"{number}{colon} {say(texts.fates[fate], language)}")
    return f"{comma} ".join(shares) + "."


_PUNCTUATION: Final[dict[Language, tuple[str, str]]] = {"fr": (" :", " ;"), "en": (":", ";")}
