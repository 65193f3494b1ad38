"""The emergency lane ("bris de glace"): a marked message of a named sender leaves at once.

Does:   declares ``emergency.yaml``, which lies beside the policies, and says of one decision what the lane
        makes of it: copies to the recipients it reaches leave, marked, instead of waiting or being refused.
Never:  opens for a sender who is not named, a login that is not theirs, a recipient outside the declared
        classes, beyond a quota or after the last day; then the decision stands as it was. A recipient whom
        it does not reach is never treated less strictly. It sees only the top-level headers.
Fails:  never; what cannot be told keeps the lane shut. The file fails through
        :mod:`hygie_policies.yamlfile`, with file, line and column.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hygie_policies import addresses
from hygie_policies.checks import WARN_DAYS
from hygie_policies.model import (
    Action,
    Context,
    Emergency,
    Envelope,
    HeaderQuestion,
    NotRecorded,
    RecipientDecision,
)
from hygie_policies.parties import Parties
from hygie_policies.schema import BUILT_IN_LISTS
from hygie_policies.scope import Channels, Recipients, Scope, Senders
from hygie_policies.shared import Shared, unknown
from hygie_policies.words import Line, Minimum, Strict, Who, Window, hours_of, is_name, told
from hygie_policies.yamlfile import Document, Location, Said, YamlProblem, both

LANE_FILE: Final = "emergency.yaml"
TAG: Final = "emergency"
"""The word that the trace header bears."""


def _marker(text: str) -> str:
    if re.fullmatch(r"[\x21-\x7e]+( [\x21-\x7e]+)*", text):
        return text
    raise Said(
        "mots sans accent, séparés d'une espace, attendus, par exemple « [URGENCE VITALE] »",
        'words without accents, one space apart, are expected, such as "[URGENCE VITALE]"',
    )


def _mailbox(text: str) -> str:
    address = addresses.parse(text)
    if address.plain:
        return address.normal
    raise Said("une adresse de la forme nom@domaine est attendue", "expected an address name@domain")


Mark = Annotated[str, AfterValidator(_marker), Field(min_length=6, max_length=60)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]


class MarkedHeader(Strict):
    """Un en-tête et sa valeur exacte. A header and its exact value."""

    name: str = told("Nom de l'en-tête.", "Name of the header.", pattern=r"^[A-Za-z][A-Za-z0-9-]{1,60}$")
    value: Mark = told("La valeur entière.", "The whole value.")


class Marker(Strict):
    """Ce qui déclare l'urgence. What declares the emergency."""

    subject: Mark | None = told(
        "Mots exacts de l'objet, entourés d'espaces ; majuscules ou minuscules.",
        "Exact words of the subject, between spaces; upper or lower case.",
        default=None,
    )
    header: MarkedHeader | None = told("Un en-tête.", "A header.", default=None)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.subject is None and self.header is None:
            raise Said("« subject » ou « header » est attendu", '"subject" or "header" is expected')
        return self

    @cached_property
    def questions(self) -> tuple[HeaderQuestion, ...]:
        """What is asked of the headers; one yes is enough."""
        asked = []
        if self.subject is not None:
            words = r"\s+".join(map(re.escape, self.subject.split()))
            asked.append(HeaderQuestion("subject", rf"(?:^|\s){words}(?:\s|$)"))
        if self.header is not None:
            value = r"\s+".join(map(re.escape, self.header.value.split()))
            asked.append(HeaderQuestion(self.header.name.lower(), rf"^\s*{value}\s*$"))
        return tuple(asked)


class Quota(Strict):
    """Combien d'envois. How many sendings."""

    per_sender: Minimum = told("Par expéditeur.", "By each sender.")
    whole_house: Minimum = told("Pour tout l'établissement.", "By the whole organisation.")
    within: Window = told("Sur quelle durée : 24h, 7d.", "Within which time: 24h, 7d.")

    @property
    def hours(self) -> float:
        """The window."""
        return hours_of(self.within)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.whole_house < self.per_sender:
            raise Said(
                "« whole_house » est plus petit que « per_sender »",
                '"whole_house" is less than "per_sender"',
                ("whole_house",),
            )
        return self


class EmergencyLane(Strict):
    """La procédure d'urgence (emergency.yaml). The emergency lane."""

    schema_: Literal[1] = told("Version de ce format.", "Version of this format.", alias="schema")
    owner: Line = told("Qui en répond.", "Who answers for it.")
    expires: dt.date = told(
        "Dernier jour, inclus, à Paris : AAAA-MM-JJ.", "Last day, included, in Paris: YYYY-MM-DD."
    )
    marker: Marker = told("Ce qui déclare l'urgence.", "What declares the emergency.")
    senders: Annotated[tuple[Who, ...], Field(min_length=1)] = told(
        "Qui peut : listes, adresses, domaines.", "Who may: lists, addresses, domains."
    )
    authenticated: bool = told(
        "true : seulement depuis une session authentifiée.",
        "true: from an authenticated session only.",
        default=True,
    )
    recipients: Recipients = told("Vers qui.", "To whom.", default=Recipients())
    channels: Channels = told(
        "Canaux qui acceptent le destinataire.", "Channels that take the recipient.", default=Channels()
    )
    quota: Quota = told("Combien d'envois.", "How many sendings.")
    notify: Mailbox = told(
        "Le délégué à la protection des données, prévenu de chaque usage.",
        "The data protection officer, told of each use.",
    )

    @model_validator(mode="after")
    def _reaches_someone_in_particular(self) -> Self:
        if not self.recipients.model_fields_set and self.channels.in_ is None:
            raise Said(
                "« recipients » ou « channels » doit dire vers qui",
                '"recipients" or "channels" must say to whom',
            )
        return self

    @cached_property
    def who(self) -> Scope:
        """Who may use it."""
        return Scope(senders=Senders.model_validate({"in": self.senders}))

    @cached_property
    def whom(self) -> Scope:
        """Whom it reaches."""
        return Scope(recipients=self.recipients, channels=self.channels)


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision as the lane leaves it."""

    recipients: tuple[RecipientDecision, ...]
    split: bool
    emergency: Emergency | None = None


_KEPT: Final = frozenset({Action.HOLD, Action.REJECT})


def answer(
    lane: EmergencyLane | None, as_it_was: Answer, envelope: Envelope, context: Context, shared: Shared
) -> Answer:
    """Say what the lane makes of a decision; without the marker, nothing."""
    if lane is None or not is_marked(lane, context):
        return as_it_was
    if not any(recipient.action in _KEPT for recipient in as_it_was.recipients):
        return replace(as_it_was, emergency=Emergency.NOT_NEEDED)
    parties = Parties(envelope, context, shared)
    try:
        refusal = _sender_refused(lane, envelope, parties)
        if refusal is not None:
            return replace(as_it_was, emergency=refusal)
        reached = frozenset(parties.in_scope(lane.whom))
        let_go = _let_go(as_it_was, reached, parties.divisible)
        if isinstance(let_go, Emergency):
            return replace(as_it_was, emergency=let_go)
        refusal = _over_quota(lane, context)
    except Exception:  # noqa: BLE001 - what cannot be told must not open a way; NotRecorded too
        return replace(as_it_was, emergency=Emergency.UNTOLD)
    return replace(as_it_was, emergency=refusal) if refusal is not None else let_go


def is_marked(lane: EmergencyLane, context: Context) -> bool:
    """Tell whether a message bears the marker."""
    try:
        return any(context.contents.header(question) for question in lane.marker.questions)
    except NotRecorded:
        return False


def _sender_refused(lane: EmergencyLane, envelope: Envelope, parties: Parties) -> Emergency | None:
    if lane.expires < parties.local_time.date():
        return Emergency.EXPIRED
    if not parties.in_scope(lane.who):
        return Emergency.SENDER
    login = envelope.authenticated
    if lane.authenticated and not login:
        return Emergency.AUTHENTICATION
    if addresses.parse(login).plain:  # someone else's login must not borrow a sender's name
        behind = Parties(replace(envelope, sender=login), parties.context, parties.shared)
        if not behind.in_scope(lane.who):
            return Emergency.AUTHENTICATION
    return None


def _over_quota(lane: EmergencyLane, context: Context) -> Emergency | None:
    quota, uses = lane.quota, context.lane_uses
    if uses.by_sender(quota.hours) >= quota.per_sender:
        return Emergency.QUOTA
    return Emergency.HOUSE_QUOTA if uses.by_all(quota.hours) >= quota.whole_house else None


def _let_go(as_it_was: Answer, reached: frozenset[int], divisible: bool) -> Answer | Emergency:
    """Let the copies go that the lane reaches.

    Postfix holds or refuses a message whole, so one recipient whom the lane does not reach would keep the
    others back: that one is refused alone, with a notice.
    """
    if not reached:
        return Emergency.RECIPIENTS
    after = tuple(
        _freed(recipient) if index in reached else _apart(recipient)
        for index, recipient in enumerate(as_it_was.recipients)
    )
    if after == as_it_was.recipients and as_it_was.split:
        return Emergency.NOT_NEEDED
    apart = any(recipient.action is Action.REJECT for recipient in after)
    return Emergency.RECIPIENTS if apart and not divisible else Answer(after, apart, Emergency.USED)


def _freed(recipient: RecipientDecision) -> RecipientDecision:
    return replace(recipient, action=Action.TAG) if recipient.action in _KEPT else recipient


def _apart(recipient: RecipientDecision) -> RecipientDecision:
    return replace(recipient, action=Action.REJECT) if recipient.action is Action.HOLD else recipient


# --- the file ---


def lane_problems(
    lane: EmergencyLane, document: Document, shared: Shared, context: Context
) -> tuple[tuple[YamlProblem, ...], tuple[YamlProblem, ...]]:
    """Return what is wrong with a lane beside the settings, and what looks wrong."""
    known = context.lists.keys() | shared.lists.keys() | BUILT_IN_LISTS
    problems = [
        document.problem(location, unknown(("liste", "list"), name, known))
        for location, name in named_lists(lane)
        if name not in known
    ]
    for key, names in (("in", lane.channels.in_ or ()), ("not_in", lane.channels.not_in)):
        problems += [
            document.problem(("channels", key, index), unknown(("canal", "channel"), name, context.channels))
            for index, name in enumerate(names)
            if name not in context.channels
        ]
    left = (lane.expires - context.now.date()).days
    warnings = []
    if left < 0:
        message = both(f"expirée le {lane.expires}", f"expired on {lane.expires}")
        warnings.append(document.problem(("expires",), message))
    elif left <= WARN_DAYS:
        message = both(f"expire dans {left} jour(s)", f"expires in {left} day(s)")
        warnings.append(document.problem(("expires",), message))
    return tuple(problems), tuple(warnings)


def named_lists(lane: EmergencyLane) -> Iterator[tuple[Location, str]]:
    """Yield the lists that a lane names, each with its place."""
    sides = {
        ("senders",): lane.senders,
        ("recipients", "in"): lane.recipients.in_ or (),
        ("recipients", "not_in"): lane.recipients.not_in,
    }
    for location, entries in sides.items():
        for index, name in enumerate(entries):
            if is_name(name):
                yield (*location, index), name
