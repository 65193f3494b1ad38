"""The words that policy files are made of: closed, immutable models and checked scalars.

Does:   checks and normalises one value at a time: a line, an identifier, an address or domain, a network,
        a length of time, a size, a pattern.
Never:  looks anything up: whether a list, a kind or a channel exists is the loader's business.
Fails:  :class:`~hygie_policies.yamlfile.Said`, in French and English.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from hygie_policies import addresses
from hygie_policies.contents import PATTERN_MAX, PatternError, compiled
from hygie_policies.yamlfile import Said


class Strict(BaseModel):
    """Closed and immutable, as everything a policy file holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def told(french: str, english: str, **rules: Any) -> Any:
    """Return a field that says what it is in both languages: editors show it, and so does the JSON Schema."""
    return Field(description=f"{french}\n\n{english}", **rules)


def _one_line(text: str) -> str:
    folded = " ".join(text.split())  # a folded block of YAML is one sentence
    if not folded:
        raise Said("texte vide", "empty text")
    if any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in folded):  # noqa: PLR2004 - C0 and DEL
        raise Said("caractère de contrôle interdit", "control character not allowed")
    return folded


def kebab(word: str) -> str:
    """Check a name: lower-case letters, digits and hyphens."""
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


def is_name(entry: str) -> bool:
    """Tell whether an entry is the name of a list rather than an address or a domain."""
    return "@" not in entry and "." not in entry


def who(entry: str) -> str:
    """Check one entry of ``in`` or ``not_in``: a list's name, an address, a domain or ``.domain``."""
    if not is_name(entry):
        return someone(entry)
    if re.fullmatch(r"[a-z][a-z0-9_-]*", entry):
        return entry
    raise Said(
        "nom de liste, adresse (a@b.fr), domaine (b.fr) ou sous-domaines (.b.fr) attendu",
        "a list's name, an address (a@b.fr), a domain (b.fr) or subdomains (.b.fr) expected",
    )


def someone(entry: str) -> str:
    """Check one entry of a list: an address, a domain or ``.domain``."""
    if "@" in entry:
        address = addresses.parse(entry)
        if address.plain:
            return address.normal
    elif "." in entry:
        domain = addresses.normal_domain(entry.removeprefix("."))
        if domain:
            return "." * entry.startswith(".") + domain
    raise Said(
        "adresse (a@b.fr), domaine (b.fr) ou sous-domaines (.b.fr) attendu",
        "an address (a@b.fr), a domain (b.fr) or subdomains (.b.fr) expected",
    )


def domain(entry: str) -> str:
    """Check one domain."""
    normal = addresses.normal_domain(entry)
    if "." in normal and "@" not in entry:
        return normal
    raise Said("un domaine tel que labo.fr est attendu", "a domain such as labo.fr is expected")


def _network(entry: str) -> str:
    if re.fullmatch(r"[a-z][a-z0-9_-]*", entry):
        return entry
    return network(entry)


def network(entry: str) -> str:
    """Check one network: an address, or a prefix such as 10.1.0.0/16."""
    try:
        return str(ipaddress.ip_network(entry))
    except ValueError:
        raise Said(
            "adresse IP ou réseau attendu, par exemple 10.1.0.0/16, sans bit d'hôte",
            "an IP address or network is expected, such as 10.1.0.0/16, without host bits",
        ) from None


def _login(entry: str) -> str:
    if entry and entry.isprintable() and not entry.isspace():
        return entry.lower()
    raise Said("identifiant de connexion ou nom de groupe attendu", "a login or a group's name expected")


def _pattern(pattern: str) -> str:
    if len(pattern) > PATTERN_MAX:
        raise Said(
            f"motif trop long : au plus {PATTERN_MAX} caractères",
            f"pattern too long: at most {PATTERN_MAX} characters",
        )
    try:
        empty = compiled(pattern).search("")
    except PatternError as error:
        raise Said(
            f"motif refusé par RE2 ({error}) ; ni renvoi ni regard en arrière ou en avant",
            f"pattern refused by RE2 ({error}); no backreference, no look-around",
        ) from None
    if empty is not None:
        raise Said("ce motif trouve aussi le texte vide", "this pattern finds the empty text too")
    return pattern


_HOURS: Final = {"min": 1 / 60, "h": 1.0, "d": 24.0, "j": 24.0}
_WINDOW: Final = re.compile(r"([1-9][0-9]{0,4}) ?(min|h|d|j)")
WINDOW_MAX_HOURS: Final = 31 * 24.0


def hours_of(text: str) -> float:
    """Return a length of time in hours: ``30min``, ``24h``, ``7d`` (or ``7j``)."""
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise Said("durée attendue : 30min, 24h ou 7d", "a length of time is expected: 30min, 24h or 7d")
    hours = int(match[1]) * _HOURS[match[2]]
    if hours > WINDOW_MAX_HOURS:
        raise Said("au plus 31 jours", "at most 31 days")
    return hours


def _window(text: str) -> str:
    hours_of(text)
    return text


_UNITS: Final = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_SIZE: Final = re.compile(r"([1-9][0-9]{0,11}) ?(k|M|G|Ki|Mi|Gi|)[Bo]?")


def _bytes(value: Any) -> Any:
    """Read ``10 MB``, ``10 Mo``, ``10 MiB``; a number is bytes."""
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value)
    if match is None:
        raise Said("taille attendue : 500 kB, 10 MB ou 10 MiB", "a size is expected: 500 kB, 10 MB or 10 MiB")
    return int(match[1]) * _UNITS[match[2]]


Line = Annotated[str, AfterValidator(_one_line), Field(max_length=600)]
Kebab = Annotated[str, AfterValidator(kebab), Field(max_length=64)]
Kind = Annotated[str, AfterValidator(_kind), Field(max_length=64)]
Who = Annotated[str, AfterValidator(who)]
ListName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]
Someone = Annotated[str, AfterValidator(someone)]
Domain = Annotated[str, AfterValidator(domain)]
Network = Annotated[str, AfterValidator(network)]
NetworkOrName = Annotated[str, AfterValidator(_network)]
Login = Annotated[str, AfterValidator(_login), Field(max_length=200)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Window = Annotated[str, AfterValidator(_window)]
Bytes = Annotated[int, BeforeValidator(_bytes), Field(ge=1, le=10**12)]
Minimum = Annotated[int, Field(ge=1, le=1_000_000)]


class Bilingual(Strict):
    """La même phrase dans les deux langues. The same sentence in both languages."""

    fr: Line = told("En français.", "In French.")
    en: Line = told("En anglais.", "In English.")
