"""Mail addresses as policies compare them: by the domain after the last @, exactly.

Does:   splits an address of the envelope, brings its domain to lower-case ASCII (IDNA), and
        looks it up in lists of addresses and domains.
Never:  matches a suffix that was not asked for, trims blanks, or maps look-alike characters:
        a domain that is not exactly one of the list is another domain. An address that a
        mail server may send elsewhere (``user%other.test@here``, ``"a@b"@here``) is not
        :attr:`~Address.plain` and is never held for internal or secure.
Fails:  nothing; a domain that is no domain is the empty string, which no list holds.
Source: RFC 5321, section 4.1.2; RFC 5891; Postfix ``allow_percent_hack``.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

import idna

_PLAIN_LOCAL: Final = re.compile(r"[^\s\"@%!,:;<>()\[\]\\\x00-\x1f\x7f]{1,256}")
_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_DOMAIN_MAX: Final = 253


@dataclass(frozen=True, slots=True)
class Address:
    """One address in its comparable form. The null sender has neither local part nor domain."""

    local: str = field(repr=False)
    domain: str = field(repr=False)
    plain: bool
    """Whether every mail server reads it the same way."""

    @property
    def normal(self) -> str:
        """The address in lower case, its domain in ASCII."""
        return f"{self.local}@{self.domain}"

    @property
    def keys(self) -> frozenset[str]:
        """Every entry that a list may have for it: itself, its domain, ``.parent`` of its domain."""
        if not self.domain:
            return frozenset()
        return frozenset((self.normal, self.domain, *_parents(self.domain)))

    def is_in(self, entries: AbstractSet[str]) -> bool:
        """Tell whether the address, its domain, or ``.parent`` of its domain is among the entries."""
        return not self.keys.isdisjoint(entries)


def parse(address: str) -> Address:
    """Return the comparable form of an envelope address, given without angle brackets."""
    local, at, domain = address.rpartition("@")
    domain = normal_domain(domain) if at else ""
    return Address(local.lower(), domain, bool(domain) and _PLAIN_LOCAL.fullmatch(local) is not None)


def normal_domain(domain: str) -> str:
    """Return a domain in lower-case ASCII without its final dot; empty when it is no domain."""
    domain = domain.removesuffix(".")
    if not domain.isascii():
        return _encoded(domain)
    domain = domain.lower()
    return domain if len(domain) <= _DOMAIN_MAX and _DOMAIN.fullmatch(domain) else ""


def _encoded(domain: str) -> str:
    """Encode an international domain; strict IDNA 2008 refuses full-width letters and other dots."""
    if any(not letter.isascii() and letter.lower().isascii() for letter in domain):
        return ""  # the Kelvin sign becomes a k when it is lowered
    if "." not in domain or any(dot in domain for dot in "。．｡"):
        return ""
    try:
        return idna.encode(domain.lower()).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""


def _parents(domain: str) -> list[str]:
    """Return ``.parent`` for each parent of a domain: ``a.b.c`` gives ``.b.c`` and ``.c``."""
    labels = domain.split(".")
    return ["." + ".".join(labels[index:]) for index in range(1, len(labels))]
