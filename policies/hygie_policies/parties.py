"""Whom a policy is about, of one message: the sender, the recipients, where and when it was sent.

Does:   brings addresses to their comparable form once, and answers scopes and traits of recipients, each
        asked once a message however many policies share it.
Never:  looks at content, a clock or a network: what it knows is envelope, context and shared lists.
Fails:  raises what a channel, a list or a history raises; ``decide`` makes it the policy's own action.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from hygie_policies import addresses
from hygie_policies.addresses import Address
from hygie_policies.model import Context, Envelope
from hygie_policies.scope import Authenticated, Channels, Clients, Groups, Recipients, Scope, Senders, Traits
from hygie_policies.shared import Shared

PARIS: Final = ZoneInfo("Europe/Paris")


class Parties:
    """The sender and the recipients of one message."""

    def __init__(self, envelope: Envelope, context: Context, shared: Shared) -> None:
        self.context = context
        self.shared = shared
        self.given = envelope.recipients
        self.divisible = envelope.divisible
        self.local_time = context.now.astimezone(PARIS)
        self._sender = addresses.parse(envelope.sender)
        self._login = envelope.authenticated.lower()
        self._login_address = addresses.parse(self._login)
        self._client = _address(envelope.client)
        self._recipients = [addresses.parse(address) for address in envelope.recipients]
        self.everyone = tuple(range(len(self._recipients)))
        self._accepted: dict[tuple[str, int], str | None] = {}
        self._known: dict[object, object] = {}
        self._traits: dict[str, Callable[[int], bool]] = {
            "secure": self._secure,
            "first_contact": self._first_contact,
            "free_mail": self._free_mail,
            "look_alike": self._look_alike,
        }

    def in_scope(self, scope: Scope) -> tuple[int, ...]:
        """Return the indexes of the recipients that a scope is about."""
        key = id(scope)
        if key not in self._known:
            self._known[key] = self._in_scope(scope)
        return self._known[key]  # type: ignore[return-value]  # what was put there two lines above

    def fulfils(self, traits: Traits, index: int) -> bool:
        """Tell whether a recipient is all that is asked."""
        return all(self._trait(name, index) is asked for name, asked in traits.traits.items())

    def accepted(self, channel: str, index: int) -> str | None:
        """Return where a channel would deliver to a recipient, None when it does not take it."""
        if channel not in self.context.channels or not self._recipients[index].plain:
            return None
        if (channel, index) not in self._accepted:
            self._accepted[channel, index] = self.context.channels[channel].accepts(self.given[index]) or None
        return self._accepted[channel, index]

    def _in_scope(self, scope: Scope) -> tuple[int, ...]:
        about = (
            self._narrowed(scope.senders, self._sender)
            and self._grouped(scope.groups)
            and self._logged_in(scope.authenticated)
            and self._from_network(scope.clients)
            and (not scope.hours or any(span.holds(self.local_time) for span in scope.hours))
        )
        if not about:
            return ()
        return tuple(index for index in self.everyone if self._meant(scope.recipients, scope.channels, index))

    def _meant(self, recipients: Recipients, channels: Channels, index: int) -> bool:
        return (
            self._narrowed(recipients, self._recipients[index])
            and self.fulfils(recipients, index)
            and (channels.in_ is None or any(self.accepted(name, index) for name in channels.in_))
            and not any(self.accepted(name, index) for name in channels.not_in)
        )

    def _narrowed(self, side: Senders, address: Address) -> bool:
        if side.internal is not None and side.internal is not self._internal(address):
            return False
        if side.in_ is not None and not self._is_in(side.in_, address):
            return False
        return not side.not_in or not self._is_in(side.not_in, address)

    def _internal(self, address: Address) -> bool:
        return address.plain and address.domain in self.context.internal_domains

    def _is_in(self, entries: tuple[str, ...], address: Address) -> bool:
        return address.is_in(frozenset(entries)) or any(
            address.is_in(self._members(name)) for name in entries
        )

    def _members(self, name: str) -> frozenset[str]:
        return self.shared.lists.get(name) or self.context.lists.get(name, frozenset())

    def _grouped(self, groups: Groups) -> bool:
        return (groups.in_ is None or self._in_group(groups.in_)) and not self._in_group(groups.not_in)

    def _in_group(self, names: tuple[str, ...]) -> bool:
        return any(
            address.is_in(members)
            for members in map(self._members, names)
            for address in (self._sender, self._login_address)
        )

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

    def _trait(self, name: str, index: int) -> bool:
        if (name, index) not in self._known:
            self._known[name, index] = self._traits[name](index)
        return bool(self._known[name, index])

    def _secure(self, index: int) -> bool:
        return any(self._same(name, index) for name in self.context.channels)

    def _same(self, channel: str, index: int) -> bool:
        accepted = self.accepted(channel, index)
        return accepted is not None and addresses.parse(accepted) == self._recipients[index]

    def _first_contact(self, index: int) -> bool:
        return self.context.history.first_contact(self.given[index])

    def _free_mail(self, index: int) -> bool:
        return self._recipients[index].is_in(self.shared.free_mail)

    def _look_alike(self, index: int) -> bool:
        domain = self._recipients[index].domain
        return domain not in self.context.internal_domains and self.shared.partners.look_alike(domain)


def _address(client: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(client.removeprefix("IPv6:"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
