"""The words of a decision: envelope, context, outcome, decision.

Does:   holds, as frozen values, what ``decide`` takes beside an inspection and what it returns.
Never:  holds content of the message; ``repr()`` shows no address.
Fails:  nothing here fails; values are checked where they are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol


class Action(StrEnum):
    """What happens to one recipient's copy, from the least to the most restrictive."""

    ALLOW = "allow"
    TAG = "tag"
    REROUTE = "reroute"
    HOLD = "hold"
    REJECT = "reject"

    @property
    def rank(self) -> int:
        """0 for allow up to 4 for reject; the highest wins."""
        return _RANKS[self]


_RANKS: Final = {action: rank for rank, action in enumerate(Action)}


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends to whom, as SMTP said it (never the headers: Bcc is here too).

    Addresses are without angle brackets; the null sender is the empty string.
    """

    sender: str = field(repr=False)
    recipients: tuple[str, ...] = field(repr=False)
    size: int = 0
    """Bytes of the message."""
    authenticated: str = field(repr=False, default="")
    """The SASL login, empty where there is none."""
    divisible: bool = True
    """Whether each recipient's copy may take a way of its own; else channels take nobody, nor is one
    recipient refused alone."""


class Channel(Protocol):
    """A secure way out: which recipients it accepts, and to which address."""

    @property
    def name(self) -> str:
        """The name policies use."""

    def accepts(self, address: str) -> str | None:
        """Return the address the channel delivers to, or None when it does not take this recipient."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision may know beside the message: the organisation, its lists, its channels.

    ``internal_domains`` are the organisation's own mail domains (lower case, IDNA).
    ``lists`` maps a list's name to addresses (``a@b``) and domains (``b``), lower case; a domain
    entry stands for exactly that domain, ``.b`` for its subdomains.
    """

    internal_domains: frozenset[str] = frozenset()
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecipientDecision:
    """What happens to one recipient's copy."""

    address: str = field(repr=False)
    action: Action
    channel: str | None = None
    """Name of the channel, for ``reroute`` only."""
    channel_address: str | None = field(repr=False, default=None)
    """Where the channel delivers it: the same address, or the mapped one."""
    policies: tuple[str, ...] = ()
    """Ids of the enforced policies that asked for this action, the deciding one first."""
    simulated: Action | None = None
    """What simulated policies would have made of it, when more than what was enforced."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One policy that matched (or failed, and so counts as matched)."""

    id: str
    action: Action
    """The strictest action it asked for, over the recipients in its scope."""
    simulated: bool
    severity: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole answer. ``action`` is the strictest over the recipients.

    ``reject`` is the answer to the whole message unless every rejecting policy says ``split``:
    then ``split`` is true and only the rejected recipients are refused, each with a notice.
    """

    action: Action
    reference: str
    recipients: tuple[RecipientDecision, ...]
    outcomes: tuple[Outcome, ...]
    reasons: tuple[str, ...]
    """Sentences for people, French, without any value: one per reason."""
    split: bool = False
    digest: str = ""
    """Digest of the policy set that decided."""
    sender_message: tuple[str, ...] = ()
    """What the sender is told, French first, then English; plain UTF-8, to be folded for SMTP."""
    tags: tuple[str, ...] = ()
    """Closed-vocabulary words for the trace header (policy ids)."""
