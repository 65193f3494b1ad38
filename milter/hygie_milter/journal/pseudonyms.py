"""Pseudonyms that keep what policies compare: equality, domains and their parents, networks.

Does:   maps addresses, domains, logins and client addresses with a key, so that two mapped values stand to
        each other as the real ones did: the same address, a domain, a subdomain of it, a network's member.
        A policy whose entries are mapped with the same key therefore decides as it did on the real ones.
Never:  keeps a real value: nothing but the key, and trying, leads back.
Fails:  never, whatever an envelope holds.
Source: prefix-preserving anonymisation of IP addresses: Xu, Fan, Ammar, Moon, "Prefix-Preserving IP Address
        Anonymization" (2002), with HMAC as its function.
"""

from __future__ import annotations

import hmac
import ipaddress
from functools import lru_cache
from typing import Final

from hygie_milter.journal.keys import Key
from hygie_policies import addresses

_LABEL: Final = 12
"""Hexadecimal digits that stand for one label of a domain: a name of a domain has room for them."""
_LABELS_MAX: Final = 16
"""Labels that are mapped one by one; what lies before them is one."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def address(key: Key, real: str) -> str:
    """Map an envelope address; the null sender stays what it is."""
    if not real:
        return ""
    parsed = addresses.parse(real)
    local = key.pseudonym("address", parsed.normal if parsed.domain else real)
    if not parsed.domain:
        return local
    return f"{'' if parsed.plain else '%'}{local}@{domain(key, parsed.domain)}"


@lru_cache(maxsize=16384)
def domain(key: Key, real: str) -> str:
    """Map a domain in its normal form, each label by the domain that begins with it."""
    labels = real.split(".")
    starts = range(max(0, len(labels) - _LABELS_MAX), len(labels))
    mapped = [key.pseudonym("domain", ".".join(labels[start:]))[:_LABEL] for start in starts]
    if len(labels) > _LABELS_MAX:
        mapped.insert(0, key.pseudonym("domain", real)[:_LABEL])
    return ".".join(mapped)


def entry(key: Key, real: str) -> str:
    """Map an entry of a list: an address, a domain, or ``.domain`` for its subdomains."""
    if "@" in real:
        return address(key, real)
    if real.startswith("."):
        return "." + domain(key, real[1:])
    return domain(key, real)


def login(key: Key, real: str) -> str:
    """Map a login; one that has the form of an address keeps it, for groups are searched by both."""
    real = real.lower()
    if not real:
        return ""
    return address(key, real) if "@" in real else key.pseudonym("login", real)


@lru_cache(maxsize=4096)
def client(key: Key, real: str) -> str:
    """Map an IP address as Postfix gives it; empty when it is none."""
    try:
        given = ipaddress.ip_address(real.removeprefix("IPv6:"))
    except ValueError:
        return ""
    plain = getattr(given, "ipv4_mapped", None) or given
    return str(_network(key, ipaddress.ip_network(plain)).network_address)


@lru_cache(maxsize=4096)
def network(key: Key, real: str) -> str:
    """Map a network, such that exactly the mapped addresses of its members are members of it."""
    return str(_network(key, ipaddress.ip_network(real)))


def _network(key: Key, real: Network) -> Network:
    """Map the bits of the prefix, each by those before it."""
    size, width = real.prefixlen, real.max_prefixlen
    bits = f"{int(real.network_address):0{width}b}"[:size]
    mapped = "".join(str(int(bit) ^ _flip(key, f"{width}:{bits[:at]}")) for at, bit in enumerate(bits))
    whole = int(mapped.ljust(width, "0"), 2)
    return type(real)((whole, size))


def _flip(key: Key, prefix: str) -> int:
    return hmac.digest(key.naming, b"network\0" + prefix.encode(), "sha256")[0] & 1
