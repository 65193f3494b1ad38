"""The words of a decision: envelope, context, outcome, decision.

Does:   holds, as frozen values, what ``decide`` takes beside an inspection and what it returns.
Never:  holds content of the message; ``repr()`` shows no address.
Fails:  nothing here fails; values are checked where they are made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Protocol


class Action(StrEnum):
    """What happens to one recipient's copy, from the least to the most restrictive."""

    ALLOW = "allow"
    TAG = "tag"
    REROUTE = "reroute"
    HOLD = "hold"
    REJECT = "reject"

    rank: int
    """0 for allow up to 4 for reject; the highest wins."""


for _rank, _member in enumerate(Action):
    _member.rank = _rank  # a plain attribute: it is read for every finding of every policy


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
    client: str = field(repr=False, default="")
    """The IP address that the message came from, empty where it is not known."""


class Measure(StrEnum):
    """What is counted of a sender over a window of time."""

    MESSAGES = "messages"
    RECIPIENTS = "recipients"
    """Copies: a message to three people counts three."""
    PATIENTS = "patients"
    """Different identified persons of each message; the same one in two messages counts twice."""
    MATCHES = "matches"
    """Messages with health data about an identified person: a pair of medium strength or more."""
    BYTES = "bytes"


class History(Protocol):
    """What the sender of this message sent before it; the message itself is never in it.

    Either question may raise :class:`NotRecorded`.
    """

    def volume(self, measure: str, hours: float) -> int:
        """Return how much of a :class:`Measure` the sender sent in the last hours."""

    def first_contact(self, recipient: str) -> bool:
        """Tell whether the sender is not known to have written to this address before."""


@dataclass(frozen=True, slots=True)
class HeaderQuestion:
    """What a policy asks of the headers: whether one is there, or holds a pattern (RE2)."""

    name: str
    """In lower case."""
    pattern: str | None = None
    """Searched in each decoded value; None asks only whether the header is there."""

    @property
    def digest(self) -> str:
        """A short name, the same in any version of any set, under which a journal keeps the answer."""
        return _digest("header", self.name, self.pattern)


@dataclass(frozen=True, slots=True)
class NameQuestion:
    """What a policy asks of the names of attachments: which ones hold a pattern (RE2)."""

    pattern: str

    @property
    def digest(self) -> str:
        """A short name, the same in any version of any set, under which a journal keeps the answer."""
        return _digest("name", self.pattern)


@lru_cache(maxsize=4096)  # the questions of a set are asked of every message
def _digest(*words: str | None) -> str:
    return hashlib.sha256("\0".join(word or "" for word in words).encode()).hexdigest()[:16]


class NotRecorded(Exception):  # noqa: N818 - an answer, not a defect: it cannot be told any more
    """Something that was not written down when the message passed; decide says so, never "no match"."""


class Contents(Protocol):
    """What depends on texts that no journal may hold; raises :class:`NotRecorded` where it is not known."""

    def header(self, question: HeaderQuestion) -> bool:
        """Tell whether some header fulfils the question."""

    def names(self, question: NameQuestion) -> frozenset[int]:
        """Return which parts have such a name, by their indexes in ``Inspection.parts``."""


class Answers:
    """Contents whose answers were worked out before: live from the message, in a replay from the journal."""

    def __init__(self, answers: Mapping[str, bool | tuple[int, ...]] = MappingProxyType({})) -> None:
        """Take the answers by the digests of their questions; the journal keeps exactly this mapping."""
        self.by_digest = answers

    def header(self, question: HeaderQuestion) -> bool:
        """Return the answer; raises :class:`NotRecorded`."""
        return bool(self._answer(question.digest))

    def names(self, question: NameQuestion) -> frozenset[int]:
        """Return the answer; raises :class:`NotRecorded`."""
        answer = self._answer(question.digest)
        return frozenset() if isinstance(answer, bool) else frozenset(answer)

    def _answer(self, digest: str) -> bool | tuple[int, ...]:
        try:
            return self.by_digest[digest]
        except KeyError:
            raise NotRecorded(digest) from None


class NoHistory:
    """The history of a message looked at by itself: its sender sent nothing before, and knows everyone."""

    def volume(self, measure: str, hours: float) -> int:  # noqa: ARG002 - as the protocol has it
        """Return 0."""
        return 0

    def first_contact(self, recipient: str) -> bool:  # noqa: ARG002 - as the protocol has it
        """Return False."""
        return False


_NO_HISTORY: Final = NoHistory()
_NO_ANSWERS: Final = Answers()
NO_CLOCK: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""The time where none was given: so late that no exception spares anyone."""


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
    now: datetime = NO_CLOCK
    """When the message is decided, with its time zone; this and the rest are set anew for each message."""
    history: History = _NO_HISTORY
    contents: Contents = _NO_ANSWERS


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
    """One policy that matched (or failed, and so counts as matched), also when exceptions spared everyone."""

    id: str
    action: Action
    """The strictest action it asked for, over the recipients in its scope."""
    simulated: bool
    severity: str
    failed: bool = False
    untold: bool = False
    """Whether it cannot be told from what was recorded if it matches: it then counts as matched."""
    exceptions: tuple[str, ...] = ()
    """Ids of its exceptions that spared someone; when all are spared, ``action`` is ``allow``."""


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
    version: str = ""
    """Version of that set, as its ``set.yaml`` says; empty when it says none."""
    sender_message: tuple[str, ...] = ()
    """What the sender is told, French first, then English; plain UTF-8, to be folded for SMTP."""
    tags: tuple[str, ...] = ()
    """Closed-vocabulary words for the trace header (policy ids)."""

    @property
    def untold(self) -> bool:
        """Whether some policy's answer was not recorded, so that another decision is possible."""
        return any(outcome.untold for outcome in self.outcomes)
