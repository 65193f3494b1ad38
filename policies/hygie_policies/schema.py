"""The closed schema of a policy file: one policy, with its tests inside.

Does:   says which keys exist, what each may hold and what it means; refuses the rest.
Never:  runs anything from the file: there are no expressions, patterns or templates.
Fails:  through :mod:`hygie_policies.yamlfile`, with file, line and column.

How the conditions read
-----------------------
``when`` is a tree of ``all``, ``any`` and ``none`` over four leaves: ``finding``, ``pair``,
``unread`` and ``count``. Every number is a minimum.

The quantifier ``in`` of a leaf says where it must hold, a *part* being one file of the
message (a body, an attachment, a member of an archive; all pages of a PDF are one part):

``message``     over the message as a whole: occurrences are added up across parts.
``any_part``    in some part, taken alone.
``same_part``   in one part, taken alone, which must be the same for every ``same_part`` leaf
                of the policy. (The whole tree is asked of each part in turn and holds when it
                holds for one of them; ``none`` over a ``same_part`` leaf therefore means "a
                part without it": for "no part has it" write ``any_part`` below ``none``.)

``pair`` must state its quantifier, because it changes what the policy is about; ``finding``
and ``unread`` default to ``message``; ``count`` looks at the envelope and takes none.
"""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hygie_detectors.model import REASONS, Axis, Confidence, is_reason
from hygie_policies import addresses
from hygie_policies.model import Action
from hygie_policies.yamlfile import Said, suggestion

BUILT_IN_LISTS: Final = frozenset({"care-units"})
"""Lists that a policy may name though the settings define none: empty then, so no one is in."""
ANY_LIMIT: Final = "limit"
"""In ``unread.reasons``: any ``limit:<name>``."""


class Severity(StrEnum):
    """How grave a match is; breaks ties between equal actions."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low up to 3 for critical."""
        return _SEVERITIES[self]


_SEVERITIES: Final = {severity: rank for rank, severity in enumerate(Severity)}


class Mode(StrEnum):
    """Whether a policy acts."""

    SIMULATE = "simulate"
    """Evaluated and recorded, never acted on."""
    ENFORCE = "enforce"


class Quantifier(StrEnum):
    """Where a leaf must hold; see the head of this module."""

    MESSAGE = "message"
    ANY_PART = "any_part"
    SAME_PART = "same_part"


class _Strict(BaseModel):
    """Closed and immutable, as everything a policy file holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


# --- texts and words ---


def _one_line(text: str) -> str:
    folded = " ".join(text.split())  # a folded block of YAML is one sentence
    if not folded:
        raise Said("texte vide", "empty text")
    if any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in folded):  # noqa: PLR2004 - C0 and DEL
        raise Said("caractère de contrôle interdit", "control character not allowed")
    return folded


def _kebab(word: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", word):
        raise Said(
            "minuscules, chiffres et tirets attendus, par exemple « lettres-de-sortie »",
            'lower-case letters, digits and hyphens expected, such as "discharge-letters"',
        )
    return word


def _kind(word: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", word):
        raise Said(
            "genre de constat attendu, par exemple « nir »", 'a kind of finding is expected, such as "nir"'
        )
    return word


def _who(entry: str) -> str:
    """Check one entry of ``in`` or ``not_in``: a list's name, an address, a domain or ``.domain``."""
    if "@" in entry:
        address = addresses.parse(entry)
        if address.plain:
            return address.normal
    elif "." in entry:
        domain = addresses.normal_domain(entry.removeprefix("."))
        if domain:
            return "." * entry.startswith(".") + domain
    elif re.fullmatch(r"[a-z][a-z0-9_-]*", entry):
        return entry
    raise Said(
        "nom de liste, adresse (a@b.fr), domaine (b.fr) ou sous-domaines (.b.fr) attendu",
        "a list's name, an address (a@b.fr), a domain (b.fr) or subdomains (.b.fr) expected",
    )


def _reason(word: str) -> str:
    if word == ANY_LIMIT or is_reason(word):
        return word
    known = [*REASONS, ANY_LIMIT]
    near = suggestion(word, known)
    raise Said(
        f"raison inconnue « {word} »{near[0] or ' ; raisons : ' + ', '.join(sorted(known))}",
        f'unknown reason "{word}"{near[1] or "; reasons: " + ", ".join(sorted(known))}',
    )


def _listed(value: Any) -> Any:
    """Turn ``any`` into the empty tuple, which stands for every reason, and a list into a tuple."""
    if value == "any":
        return ()
    if isinstance(value, list) and value:
        return tuple(value)
    raise Said("« any » ou une liste de raisons est attendu", '"any" or a list of reasons is expected')


Line = Annotated[str, AfterValidator(_one_line), Field(max_length=600)]
Kebab = Annotated[str, AfterValidator(_kebab), Field(max_length=64)]
Kind = Annotated[str, AfterValidator(_kind), Field(max_length=64)]
Who = Annotated[str, AfterValidator(_who)]
Reason = Annotated[str, AfterValidator(_reason)]
Qualifier = Literal[
    "negated", "family", "hypothetical", "historic",
    "quoted", "signature", "footer", "generic", "template",
    "wrong_key", "test_number",
]  # fmt: skip
Minimum = Annotated[int, Field(ge=1, le=1_000_000)]


class Bilingual(_Strict):
    """The same sentence in both languages."""

    fr: Line
    en: Line


# --- scope ---


class Senders(_Strict):
    """Which senders a policy is about; everyone unless narrowed. All that is given must hold."""

    in_: tuple[Who, ...] | None = Field(default=None, alias="in", min_length=1)
    """Lists, addresses, domains: the sender must be in one of them."""
    not_in: tuple[Who, ...] = ()
    internal: bool | None = None
    """Whether the sender's domain is one of the organisation's. The null sender is not internal."""


class Recipients(Senders):
    """Which recipients a policy is about; the others keep their own fate."""

    secure: bool | None = None
    """Whether some channel accepts the recipient as is, at the same address."""


class Scope(_Strict):
    """Whom a policy is about."""

    senders: Senders = Senders()
    recipients: Recipients = Recipients()


# --- conditions ---


class FindingLeaf(_Strict):
    """Enough findings of some kinds or of an axis."""

    kind: Kind | None = None
    kinds: tuple[Kind, ...] | None = Field(default=None, min_length=1)
    axis: Axis | None = None
    confidence: Confidence = Confidence.LOW
    """At least."""
    count: Minimum = 1
    """Occurrences, at least."""
    distinct: Minimum = 1
    """Different values, at least; findings without a fingerprint are all different."""
    without: tuple[Qualifier, ...] = ()
    """Findings with one of these qualifiers do not count."""
    in_: Quantifier = Field(default=Quantifier.MESSAGE, alias="in")

    @property
    def wanted(self) -> frozenset[str]:
        """The kinds, empty for every kind."""
        return frozenset(self.kinds or ()) | frozenset([self.kind] if self.kind else ())

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.kind and self.kinds:
            raise Said("« kind » ou « kinds », pas les deux", '"kind" or "kinds", not both', ("kinds",))
        if not self.kind and not self.kinds and not self.axis:
            raise Said("« kind », « kinds » ou « axis » est attendu", '"kind", "kinds" or "axis" is expected')
        return self


class PairLeaf(_Strict):
    """Someone identified and something medical: health data about a person.

    A finding that carries both axes, sure enough for both, is a pair by itself.
    """

    identity: Confidence
    """At least, for the finding that says who."""
    health: Confidence
    """At least, for the finding that says what."""
    without: tuple[Qualifier, ...] = ()
    """Findings with one of these qualifiers do not count."""
    in_: Quantifier = Field(alias="in")


class UnreadLeaf(_Strict):
    """Something could not be inspected."""

    reasons: Annotated[tuple[Reason, ...], BeforeValidator(_listed)] = ()
    """``any`` (the default), or a list; ``limit`` stands for every limit."""
    attachment: bool | None = None
    """``true``: only attachments; ``false``: only the rest; absent: both."""
    in_: Quantifier = Field(default=Quantifier.MESSAGE, alias="in")


class CountLeaf(_Strict):
    """Enough recipients."""

    recipients: Minimum
    """Recipients of the message that are in the policy's scope, at least."""


class Condition(_Strict):
    """One node of the tree: exactly one of its keys."""

    all: tuple[Condition, ...] | None = Field(default=None, min_length=1)
    any: tuple[Condition, ...] | None = Field(default=None, min_length=1)
    none: tuple[Condition, ...] | None = Field(default=None, min_length=1)
    finding: FindingLeaf | None = None
    pair: PairLeaf | None = None
    unread: UnreadLeaf | None = None
    count: CountLeaf | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            known = ", ".join(type(self).model_fields)
            found = " + ".join(given)
            raise Said(
                f"exactement une clé attendue parmi {known}"
                + f" ; lu : {found} (groupez sous « all »)" * bool(found),
                f"exactly one key expected of {known}"
                + f'; read: {found} (group them under "all")' * bool(found),
            )
        return self


# --- action ---


class Then(_Strict):
    """What the policy asks for."""

    action: Action
    channel: Kebab | None = None
    """For ``reroute``: the name of the channel."""
    otherwise: Action | None = None
    """For ``reroute``: what becomes of a recipient the channel does not accept; default ``hold``."""
    split: bool = False
    """For a rejection: refuse these recipients only, instead of the whole message."""

    @property
    def fallback(self) -> Action:
        """What a reroute becomes where the channel does not accept the recipient."""
        return self.otherwise or Action.HOLD

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        reroute = self.action is Action.REROUTE
        if reroute and self.channel is None:
            raise Said("« reroute » demande « channel »", '"reroute" needs "channel"', ("action",))
        for name in ("channel", "otherwise"):
            if not reroute and getattr(self, name) is not None:
                raise Said(
                    f"« {name} » ne va qu'avec « reroute »", f'"{name}" goes with "reroute" only', (name,)
                )
        if self.otherwise is Action.REROUTE:
            raise Said(
                "« otherwise » ne peut pas être « reroute »",
                '"otherwise" cannot be "reroute"',
                ("otherwise",),
            )
        if self.split and Action.REJECT not in {self.action, self.otherwise}:
            raise Said("« split » ne va qu'avec « reject »", '"split" goes with "reject" only', ("split",))
        return self


# --- tests ---


class Attachment(_Strict):
    """A file of a test message."""

    name: str = Field(min_length=1, max_length=200)
    type: str = Field(default="application/octet-stream", pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")
    """What the sender declares; the inspection does not believe it."""
    text: str | None = None
    base64: str | None = None

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return (
            self.text.encode()
            if self.text is not None
            else base64.b64decode("".join((self.base64 or "").split()))
        )

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if (self.text is None) == (self.base64 is None):
            raise Said("« text » ou « base64 » est attendu", '"text" or "base64" is expected')
        if self.base64 is not None:
            try:
                base64.b64decode("".join(self.base64.split()), validate=True)
            except (binascii.Error, ValueError):
                raise Said("base64 invalide", "invalid base64", ("base64",)) from None
        return self


class Mail(_Strict):
    """A test message. Fictitious people only."""

    from_: str = Field(alias="from")
    to: tuple[str, ...] = Field(min_length=1)
    subject: str = ""
    text: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Expect(_Strict):
    """What the policy, enforced alone, must make of the message."""

    action: Action | None = None
    """The strictest action over all recipients."""
    recipients: dict[str, Action] | None = Field(default=None, min_length=1)
    """The action for each recipient named here."""

    @property
    def match(self) -> bool:
        """Whether the policy is expected to do anything."""
        return any(
            action is not Action.ALLOW
            for action in (self.action, *(self.recipients or {}).values())
            if action
        )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.action is None and self.recipients is None:
            raise Said("« action » ou « recipients » est attendu", '"action" or "recipients" is expected')
        return self


class PolicyTest(_Strict):
    """One message and what must become of it."""

    name: Line
    message: Mail
    expect: Expect

    @model_validator(mode="after")
    def _expects_of_recipients(self) -> Self:
        for address in self.expect.recipients or {}:
            if address not in self.message.to:
                raise Said(
                    "ce destinataire n'est pas dans « to »",
                    'this recipient is not in "to"',
                    ("expect", "recipients", address),
                )
        return self


# --- the file ---


class Policy(_Strict):
    """One policy file."""

    schema_: Literal[1] = Field(alias="schema")
    id: Kebab
    title: Bilingual
    """One sentence without its full stop: it opens the reason that people read."""
    why: Bilingual
    """The ground, for the security team and whoever audits them."""
    owner: Line | None = None
    mode: Mode
    severity: Severity
    references: tuple[Line, ...] = ()
    scope: Scope = Scope()
    when: Condition
    then: Then
    sender_message: Bilingual | None = None
    """What the sender reads beside what happened and the reference; a default fits each action."""
    known_false_positives: tuple[Line, ...] = ()
    tests: tuple[PolicyTest, ...] = ()

    @model_validator(mode="after")
    def _no_silent_leak(self) -> Self:
        if self.then.otherwise is Action.ALLOW and self.severity is not Severity.LOW:
            raise Said(
                "« otherwise: allow » laisse partir en clair : réservé à « severity: low »",
                '"otherwise: allow" lets the message leave in clear: for "severity: low" only',
                ("then", "otherwise"),
            )
        return self
