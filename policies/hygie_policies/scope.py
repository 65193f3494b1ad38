"""Whom a policy is about: senders, recipients, where and when a message is sent.

Does:   declares the keys of ``scope``; all that is given must hold. Senders, groups, logins, networks and
        hours are about the message; recipients and channels choose among its recipients.
Never:  looks anything up; see :mod:`hygie_policies.parties`.
Fails:  through :mod:`hygie_policies.yamlfile`, with file, line and column.
"""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from hygie_policies.words import Kebab, ListName, Login, NetworkOrName, Strict, Who, told
from hygie_policies.yamlfile import Said

_NOT_EMPTY: Final = Field(min_length=1)


class Senders(Strict):
    """Quels expéditeurs. Which senders."""

    in_: Annotated[tuple[Who, ...], _NOT_EMPTY] | None = told(
        "Listes, adresses (a@b.fr), domaines (b.fr) ou sous-domaines (.b.fr) : il faut y être.",
        "Lists, addresses (a@b.fr), domains (b.fr) or subdomains (.b.fr): one must be in one of them.",
        default=None,
        alias="in",
    )
    not_in: tuple[Who, ...] = told(
        "Les mêmes formes : il ne faut être dans aucune.",
        "The same forms: one must be in none of them.",
        default=(),
    )
    internal: bool | None = told(
        "true : d'un domaine de l'établissement ; false : d'ailleurs.",
        "true: of a domain of the organisation; false: from elsewhere. The null sender is not internal.",
        default=None,
    )


class Traits(Strict):
    """Ce qu'un destinataire est. What a recipient is."""

    secure: bool | None = told(
        "true : un canal l'accepte tel quel, à la même adresse.",
        "true: some channel accepts the recipient as is, at the same address.",
        default=None,
    )
    first_contact: bool | None = told(
        "true : l'expéditeur ne lui a, à notre connaissance, jamais écrit.",
        "true: the sender is not known to have written there before.",
        default=None,
    )
    free_mail: bool | None = told(
        "true : son domaine est dans « free_mail » (messageries grand public).",
        "true: the domain is in free_mail (consumer mail).",
        default=None,
    )
    look_alike: bool | None = told(
        "true : son domaine ressemble à s'y méprendre à un domaine de « partners », sans en être un.",
        "true: the domain looks like one of partners and is none of them.",
        default=None,
    )

    @cached_property
    def traits(self) -> dict[str, bool]:
        """What is asked, by name."""
        return {name: asked for name in Traits.model_fields if (asked := getattr(self, name)) is not None}


class Recipients(Senders, Traits):
    """Quels destinataires ; les autres gardent leur sort. Which recipients; the others keep their fate."""


class Groups(Strict):
    """Quels groupes : des listes de personnes. Which groups: lists of people."""

    in_: Annotated[tuple[ListName, ...], _NOT_EMPTY] | None = told(
        "Listes : l'adresse de l'expéditeur ou son identifiant doit y être.",
        "Lists: the sender's address or login must be in one of them.",
        default=None,
        alias="in",
    )
    not_in: tuple[ListName, ...] = told(
        "Listes : ni l'adresse ni l'identifiant ne doit y être.",
        "Lists: neither the address nor the login may be in any.",
        default=(),
    )


class Authenticated(Strict):
    """Quels utilisateurs authentifiés (SASL). Which authenticated users (SASL)."""

    in_: Annotated[tuple[Login, ...], _NOT_EMPTY] | None = told(
        "Identifiants de connexion : ce doit être l'un d'eux.",
        "Logins: it must be one of them.",
        default=None,
        alias="in",
    )
    not_in: tuple[Login, ...] = told(
        "Identifiants : ce ne doit être aucun d'eux.", "Logins: it must be none of them.", default=()
    )
    present: bool | None = told(
        "true : authentifié ; false : envoyé sans authentification.",
        "true: authenticated; false: sent without authentication.",
        default=None,
    )


class Clients(Strict):
    """De quels réseaux. From which networks. An unknown address is in none."""

    in_: Annotated[tuple[NetworkOrName, ...], _NOT_EMPTY] | None = told(
        "Réseaux (10.1.0.0/16) ou noms de « networks » : l'adresse du client doit y être.",
        "Networks (10.1.0.0/16) or names of networks: the client's address must be in one of them.",
        default=None,
        alias="in",
    )
    not_in: tuple[NetworkOrName, ...] = told(
        "Réseaux ou noms : l'adresse ne doit être dans aucun.",
        "Networks or names: the address must be in none of them.",
        default=(),
    )


class Channels(Strict):
    """Quels canaux acceptent le destinataire. Which channels take the recipient, as is or mapped."""

    in_: Annotated[tuple[Kebab, ...], _NOT_EMPTY] | None = told(
        "Canaux : l'un d'eux doit l'accepter.",
        "Channels: one of them must take the recipient.",
        default=None,
        alias="in",
    )
    not_in: tuple[Kebab, ...] = told(
        "Canaux : aucun ne doit l'accepter.", "Channels: none of them may take the recipient.", default=()
    )


class Day(StrEnum):
    """A day of the week, Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


def _clock(text: str) -> str:
    if re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text) is None:
        raise Said("une heure de 00:00 à 23:59 est attendue", "a time from 00:00 to 23:59 is expected")
    return text


Clock = Annotated[str, AfterValidator(_clock)]


class Hours(Strict):
    """Une plage horaire, heure de Paris. A span of hours, Paris time.

    A span that ends at or before its start goes on into the next day, and belongs to the day it starts.
    """

    days: Annotated[tuple[Day, ...], _NOT_EMPTY] = told(
        "Jours où la plage commence ; tous par défaut.",
        "Days on which the span starts; default: all.",
        default=tuple(Day),
    )
    from_: Clock = told("Début, par exemple 18:30.", "Start, such as 18:30.", default="00:00", alias="from")
    to: Clock | None = told(
        "Fin, exclue, par exemple 08:00 ; minuit par défaut.",
        "End, excluded, such as 08:00; default: midnight.",
        default=None,
    )

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.from_ == self.to:
            raise Said("plage vide : « from » égale « to »", 'empty span: "from" equals "to"', ("to",))
        return self

    def holds(self, local: dt.datetime) -> bool:
        """Tell whether a local time is in the span; the wall clock decides, also when it is changed."""
        minute, start = local.hour * 60 + local.minute, _minutes(self.from_)
        end = _minutes(self.to) if self.to is not None else _DAY
        today, yesterday = _DAYS[local.weekday()], _DAYS[local.weekday() - 1]
        if start < end:
            return today in self.days and start <= minute < end
        return (today in self.days and minute >= start) or (yesterday in self.days and minute < end)


_DAYS: Final = tuple(Day)
_DAY: Final = 24 * 60


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


class Scope(Strict):
    """De qui et de quand il s'agit ; tout ce qui est écrit doit être vrai. Whom and when it is about."""

    senders: Senders = told("Expéditeurs.", "Senders.", default=Senders())
    groups: Groups = told("Groupes de personnes.", "Groups of people.", default=Groups())
    authenticated: Authenticated = told(
        "Utilisateurs authentifiés.", "Authenticated users.", default=Authenticated()
    )
    clients: Clients = told(
        "Réseaux d'où vient le message.", "Networks the message comes from.", default=Clients()
    )
    hours: tuple[Hours, ...] = told(
        "Plages horaires (heure de Paris) : l'une d'elles doit être en cours.",
        "Spans of hours (Paris time): one of them must be running.",
        default=(),
    )
    recipients: Recipients = told("Destinataires.", "Recipients.", default=Recipients())
    channels: Channels = told(
        "Canaux qui acceptent le destinataire.", "Channels that take the recipient.", default=Channels()
    )
