"""Tell domains that a person would take for a partner's.

Does:   compares domains by a skeleton (accents, digits that look like letters, hyphens set aside), by one
        typing error, and by the same name under another ending.
Never:  calls a partner's own domain or a subdomain of it a look-alike.
Fails:  never; a domain that is no domain looks like nothing.
Source: Unicode UTS 39 for the idea of a skeleton; the few confusables here are those of lower-case Latin
        with digits and with Cyrillic and Greek. Not measured.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cached_property
from typing import Final

_CONFUSABLES: Final = str.maketrans(
    {
        **dict(zip("01358", "olesb", strict=True)),
        **dict(zip("аеорсухіјѕԁһ", "aeopcyxijsdh", strict=True)),  # Cyrillic
        **dict(zip("αορνικ", "aopvik", strict=True)),  # Greek
        "ı": "i",
        "-": "",
    }
)
_RUNS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("i", "l"))
_TYPED_MIN: Final = 6
"""Letters of a name that one typing error leaves recognisable; shorter ones are near too many."""


class Partners:
    """The domains of partners, indexed by what is taken for them."""

    def __init__(self, domains: frozenset[str]) -> None:
        self.domains = domains

    def __bool__(self) -> bool:
        return bool(self.domains)

    def look_alike(self, domain: str) -> bool:
        """Tell whether a domain looks like a partner's and is none."""
        if not domain or any(suffix in self.domains for suffix in _suffixes(domain)):
            return False
        return (
            _skeleton(domain) in self._skeletons
            or _name(domain) in self._names
            or any(typed in self._typed for typed in _typings(domain))
        )

    @cached_property
    def _skeletons(self) -> frozenset[str]:
        return frozenset(map(_skeleton, self.domains))

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name for domain in self.domains if (name := _name(domain)))

    @cached_property
    def _typed(self) -> frozenset[str]:
        return frozenset(typed for domain in self.domains for typed in _typings(domain))


def _suffixes(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    return (".".join(labels[index:]) for index in range(len(labels) - 1))


def _skeleton(domain: str) -> str:
    labels = []
    for label in domain.split("."):
        try:
            shown = label.encode("ascii").decode("idna") if label.startswith("xn--") else label
        except UnicodeError:
            shown = label
        plain = "".join(
            c for c in unicodedata.normalize("NFKD", shown.lower()) if not unicodedata.combining(c)
        )
        plain = plain.translate(_CONFUSABLES)
        for run, letter in _RUNS:
            plain = plain.replace(run, letter)
        labels.append(plain)
    return ".".join(labels)


def _name(domain: str) -> str:
    """Return the domain without its ending, empty when that is too short to mean anyone."""
    name = domain.rpartition(".")[0]
    return name if len(name) >= _TYPED_MIN else ""


def _typings(domain: str) -> Iterator[str]:
    """Yield what remains of a domain after one error: a letter replaced, left out or added, or two swapped.

    Two domains that share one of these are an error apart.
    """
    name, _, ending = domain.rpartition(".")
    if len(name) < _TYPED_MIN:
        return
    yield f"{name}.{ending}"
    for index in range(len(name)):
        shorter = name[:index] + name[index + 1 :]
        yield f"{shorter}.{ending}"
        yield f"{name[:index]}?{name[index + 1 :]}.{ending}"
        yield "".join(sorted(name[index : index + 2])).join((name[:index], name[index + 2 :])) + f"~.{ending}"
