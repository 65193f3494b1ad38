"""What people read: names of kinds, of reasons and of actions, French and English.

Does:   reads ``policies/messages/*.yaml`` once and names things in either language.
Never:  lets a text hold a value of a message; they are fixed sentences.
Fails:  :class:`~hygie_policies.yamlfile.YamlError` when a file is damaged. Loading a policy
        set calls :func:`texts`, so that no decision meets it. A kind of the security team's
        own recognizers, unknown here, is named by its own word.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from hygie_policies import shipped, yamlfile
from hygie_policies.model import Action, Emergency
from hygie_policies.words import Bilingual

Language = Literal["fr", "en"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Kinds(_Closed):
    schema_: Literal[1] = Field(alias="schema")
    kinds: dict[str, Bilingual]
    qualifiers: dict[str, Bilingual]


class _Reasons(_Closed):
    schema_: Literal[1] = Field(alias="schema")
    reasons: dict[str, Bilingual]


class Sentences(_Closed):
    """What a sender is told about one action."""

    name: Bilingual
    """The action in two or three words."""
    happened: Bilingual
    """What became of the message."""
    happened_to_some: Bilingual
    """The same, when other recipients' copies fared better."""
    todo: Bilingual
    """What to do now, when the policy says nothing of its own."""


class Fate(StrEnum):
    """What became of one recipient's copy, from the worst to the best."""

    REFUSED = "refused"
    HELD = "held"
    WAITING = "waiting"
    """Postfix holds a message whole: this copy may leave, and waits for another."""
    SECURED = "secured"
    SENT = "sent"


class Counted(_Closed):
    """How recipients are counted."""

    one: Bilingual
    many: Bilingual
    one_other: Bilingual
    many_others: Bilingual


class Spoken(_Closed):
    """What is said around an action."""

    actions: dict[Action, Sentences]
    reference: Bilingual
    failed: Bilingual
    simulation: Bilingual
    unread: Bilingual
    others: Bilingual
    counted: Counted
    fates: dict[Fate, Bilingual]
    seen: Bilingual
    contact: Bilingual
    emergency: dict[Emergency, Bilingual]


class Notice(StrEnum):
    """A letter that Hygie writes."""

    EMERGENCY = "emergency"
    HELD_SENDER = "held_sender"
    HELD_TWO = "held_two"


class NoticeText(_Closed):
    """What such a letter says; words between braces are filled in."""

    subject: Bilingual
    lines: tuple[Bilingual, ...]


class _Notices(_Closed):
    schema_: Literal[1] = Field(alias="schema")
    notices: dict[Notice, NoticeText]


class _Actions(Spoken):
    schema_: Literal[1] = Field(alias="schema")


class Texts(Spoken):
    """All texts."""

    kinds: dict[str, Bilingual]
    qualifiers: dict[str, Bilingual]
    reasons: dict[str, Bilingual]
    notices: dict[Notice, NoticeText]

    def kind(self, kind: str, language: Language) -> str:
        """Name a kind of finding; a kind unknown here is named by its own word."""
        return say(self.kinds[kind], language) if kind in self.kinds else kind

    def qualifier(self, qualifier: str, language: Language) -> str:
        """Name what may be said of a finding beside its kind."""
        return say(self.qualifiers[qualifier], language) if qualifier in self.qualifiers else qualifier

    def reason(self, reason: str, language: Language) -> str:
        """Name a reason why something is unread; every ``limit:<name>`` reads the same."""
        name = _LIMIT if reason.startswith("limit:") else reason
        return say(self.reasons[name], language) if name in self.reasons else reason


_LIMIT: Final = "limit"


def say(text: Bilingual, language: Language) -> str:
    """Return a text in one language."""
    return text.fr if language == "fr" else text.en


@cache
def texts() -> Texts:
    """Return all texts, read once.

    Raises:
        YamlError: when a file is damaged.

    """
    folder = shipped.messages()
    actions = yamlfile.load(folder / "actions.yaml", _Actions)
    kinds = yamlfile.load(folder / "kinds.yaml", _Kinds)
    return Texts(
        kinds=kinds.kinds,
        qualifiers=kinds.qualifiers,
        reasons=yamlfile.load(folder / "reasons.yaml", _Reasons).reasons,
        notices=yamlfile.load(folder / "notices.yaml", _Notices).notices,
        **{name: getattr(actions, name) for name in Spoken.model_fields},
    )
