"""Whom a policy is about, of one message: the sender, the recipients, where and when it was sent.

Does:   brings addresses to their comparable form once, and answers scopes and traits of recipients, each
        asked once a message however many policies share it.
Never:  looks at content, a clock or a network: what it knows is envelope, context and shared lists.
Fails:  raises what a channel, a list or a history raises; ``decide`` makes it the policy's own action.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from hygie_policies import addresses
from hygie_policies.addresses import Address
from hygie_policies.model import Context, Envelope, NotRecorded
from hygie_policies.scope import Authenticated, Channels, Clients, Groups, Recipients, Scope, Senders, Traits
from hygie_policies.shared import Shared
from hygie_policies.words import is_name

PARIS: Final = ZoneInfo("Europe/Paris")


class Parties:
    """The sender and the recipients of one message.

    A set of recipients is an integer, one bit a recipient: scopes are then a few operations each.
    """

    def __init__(self, envelope: Envelope, context: Context, shared: Shared) -> None:
        self.context = context
        self.shared = shared
        self.given = envelope.recipients
        self.divisible = envelope.divisible
        self.everyone = tuple(range(len(envelope.recipients)))
        self._all = (1 << len(envelope.recipients)) - 1
        self._sender = addresses.parse(envelope.sender)
        self._login = envelope.authenticated.lower()
        self._client_given = envelope.client
        self._recipients = [addresses.parse(address) for address in envelope.recipients]
        self._accepted: dict[tuple[str, int], str | None] = {}
        self._scopes: dict[int, tuple[int, ...]] = {}
        self._lists: dict[str, int] = {}
        self._traits: dict[str, tuple[int, int]] = {}

    @cached_property
    def local_time(self) -> datetime:
        """When it is decided, in Paris. Like the other properties, worked out only where a policy asks."""
        return self.context.now.astimezone(PARIS)

    @cached_property
    def _sender_keys(self) -> frozenset[str]:
        return self._sender.keys

    @cached_property
    def _logins(self) -> frozenset[str]:
        return self._sender_keys | addresses.parse(self._login).keys

    @cached_property
    def _client(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        return _address(self._client_given)

    def in_scope(self, scope: Scope) -> tuple[int, ...]:
        """Return the indexes of the recipients that a scope is about."""
        key = id(scope)
        if key not in self._scopes:
            self._scopes[key] = self._in_scope(scope)
        return self._scopes[key]

    def fulfilling(self, traits: Traits) -> tuple[int, int]:
        """Return who is all that is asked, and who may be, for what was not recorded of them: two sets."""
        sure = possible = self._all
        for name, asked in traits.traits.items():
            yes, untold = self._trait(name)
            sure &= yes if asked else self._all & ~(yes | untold)
            possible &= (yes | untold) if asked else self._all & ~yes
        return sure, possible

    def accepted(self, channel: str, index: int) -> str | None:
        """Return where a channel would deliver to a recipient, None when it does not take it."""
        if channel not in self.context.channels or not self._recipients[index].plain:
            return None
        if (channel, index) not in self._accepted:
            self._accepted[channel, index] = self.context.channels[channel].accepts(self.given[index]) or None
        return self._accepted[channel, index]

    def _in_scope(self, scope: Scope) -> tuple[int, ...]:
        about = (
            self._sends(scope.senders)
            and self._grouped(scope.groups)
            and self._logged_in(scope.authenticated)
            and self._from_network(scope.clients)
            and (not scope.hours or any(span.holds(self.local_time) for span in scope.hours))
        )
        meant = self._meant(scope.recipients, scope.channels) if about else 0
        return tuple([index for index in self.everyone if meant >> index & 1])

    def _sends(self, side: Senders) -> bool:
        if side.internal is not None and side.internal is not self._is_internal(self._sender):
            return False
        if side.in_ is not None and not self._sender_in(side.in_):
            return False
        return not side.not_in or not self._sender_in(side.not_in)

    def _sender_in(self, entries: tuple[str, ...]) -> bool:
        keys = self._sender_keys
        return not keys.isdisjoint(entries) or any(
            not keys.isdisjoint(self._members(name)) for name in entries if is_name(name)
        )

    def _meant(self, side: Recipients, channels: Channels) -> int:
        meant = self._all
        if side.internal is not None:
            meant &= self._internal if side.internal else ~self._internal
        if side.in_ is not None:
            meant &= self._in(side.in_)
        if side.not_in:
            meant &= ~self._in(side.not_in)
        if side.traits and meant:
            sure, possible = self.fulfilling(side)
            if (possible & ~sure) & meant:
                raise NotRecorded
            meant &= sure
        if channels.in_ is not None:
            meant &= self._taken(channels.in_)
        if channels.not_in:
            meant &= ~self._taken(channels.not_in)
        return meant

    @cached_property
    def _internal(self) -> int:
        return _set(self.everyone, lambda index: self._is_internal(self._recipients[index]))

    def _is_internal(self, address: Address) -> bool:
        return address.plain and address.domain in self.context.internal_domains

    @cached_property
    def _by_key(self) -> dict[str, int]:
        """The recipients that an entry of a list stands for."""
        found: dict[str, int] = {}
        for index, address in enumerate(self._recipients):
            for key in address.keys:
                found[key] = found.get(key, 0) | 1 << index
        return found

    def _in(self, entries: tuple[str, ...]) -> int:
        found = 0
        for entry in entries:
            found |= self._listed(entry) if is_name(entry) else self._by_key.get(entry, 0)
        return found

    def _listed(self, name: str) -> int:
        if name not in self._lists:
            members = self._members(name)
            self._lists[name] = _set(self.everyone, lambda index: self._recipients[index].is_in(members))
        return self._lists[name]

    def _members(self, name: str) -> frozenset[str]:
        return self.shared.lists.get(name) or self.context.lists.get(name, frozenset())

    def _grouped(self, groups: Groups) -> bool:
        return (groups.in_ is None or self._in_group(groups.in_)) and not self._in_group(groups.not_in)

    def _in_group(self, names: tuple[str, ...]) -> bool:
        return any(not self._logins.isdisjoint(self._members(name)) for name in names)

    def _logged_in(self, side: Authenticated) -> bool:
        if side.present is not None and side.present is not bool(self._login):
            return False
        return (side.in_ is None or self._login in side.in_) and self._login not in side.not_in

    def _from_network(self, side: Clients) -> bool:
        return (side.in_ is None or self._in_network(side.in_)) and not self._in_network(side.not_in)

    def _in_network(self, names: tuple[str, ...]) -> bool:
        client = self._client
        if client is None:
            return False
        ranges = self.shared.ranges
        return any(
            client in network
            for name in names
            for network in (ranges[name] if name in ranges else (ipaddress.ip_network(name),))
        )

    def _taken(self, channels: tuple[str, ...]) -> int:
        return _set(self.everyone, lambda index: any(self.accepted(name, index) for name in channels))

    def _trait(self, name: str) -> tuple[int, int]:
        """Return who has a trait, and of whom that was not recorded."""
        if name not in self._traits:
            yes = untold = 0
            for index in self.everyone:
                try:
                    yes |= self._has(name, index) << index
                except NotRecorded:
                    untold |= 1 << index
            self._traits[name] = yes, untold
        return self._traits[name]

    def _has(self, name: str, index: int) -> bool:
        match name:
            case "secure":
                return self._secure(index)
            case "first_contact":
                return self.context.history.first_contact(self.given[index])
            case "free_mail":
                return self._recipients[index].is_in(self.shared.free_mail)
            case "look_alike":
                domain = self._recipients[index].domain
                own = domain in self.context.internal_domains
                return not own and self.shared.partners.look_alike(domain)
        raise KeyError(name)

    def _secure(self, index: int) -> bool:
        return any(self._same(name, index) for name in self.context.channels)

    def _same(self, channel: str, index: int) -> bool:
        accepted = self.accepted(channel, index)
        return accepted is not None and addresses.parse(accepted) == self._recipients[index]


def _set(indexes: Iterable[int], holds: Callable[[int], bool]) -> int:
    """Return the set of the indexes for which something holds."""
    return sum(1 << index for index in indexes if holds(index))


def _address(client: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(client.removeprefix("IPv6:"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
