"""A secure channel given by settings: its domains, its address map, its Postfix domain.

Does:   tells whether the channel takes a recipient, and the address it delivers to.
Never:  accepts by suffix: ``mssante.fr.example.org`` and a child of a listed domain are not listed.
Fails:  an empty list accepts nobody; it fails closed.
Source: ANS, référentiel MSSanté (white list of domains).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hygie_policies.addresses import parse

PROFESSION_DOMAINS: Final = frozenset(
    f"{profession}.mssante.fr"
    for profession in (
        "medecin",
        "pharmacien",
        "infirmier",
        "sage-femme",
        "chirurgien-dentiste",
        "pro",
        "patient",
    )
)
"""The national domains of the professions, in the white list since it exists; for scans without settings."""


@dataclass(frozen=True, slots=True)
class ListedChannel:
    """A channel that takes the recipients of listed domains, and those with a mapped address.

    ``domains`` and the keys of ``addresses`` are normal (see :mod:`hygie_policies.addresses`).
    ``addresses`` maps an ordinary address to the secure mailbox of the same person.
    """

    name: str
    domains: frozenset[str] = field(repr=False)
    addresses: Mapping[str, str] = field(repr=False)
    postfix_domain: str
    """The domain under ``.hygie.invalid`` whose Postfix transport is the channel."""

    def accepts(self, address: str) -> str | None:
        """Return the address the channel delivers to, or None when it does not take this recipient.

        An unusual local part is no reason to refuse: whatever it means, it means it inside the channel.
        """
        parsed = parse(address)
        if parsed.domain in self.domains:
            return address
        return self.addresses.get(parsed.normal) if parsed.plain else None
