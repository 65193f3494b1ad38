"""What policies share: lists, macros, networks, free-mail and partner domains, in ``lists/*.yaml``.

Does:   reads every file of the folder and the sources that they name, and puts macros in place of their
        names.
Never:  leaves out a file, a line or a name in silence.
Fails:  :class:`~hygie_policies.yamlfile.YamlError` with every problem, also of the lines of a source.

A source file has one entry a line; a map has a key and a value a line, as Postfix's have, and gives its
keys. ``#`` starts a comment in both. Paths are relative to the file that names them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from hygie_policies.leaves import Condition
from hygie_policies.lookalike import Partners
from hygie_policies.words import (
    Domain,
    Kebab,
    Line,
    ListName,
    Network,
    Someone,
    Strict,
    domain,
    someone,
    told,
)
from hygie_policies.yamlfile import (
    Document,
    Location,
    Said,
    YamlError,
    YamlProblem,
    both,
    suggestion,
    text_of,
    validate,
)
from hygie_policies.yamlfile import read as read_yaml

FOLDER: Final = "lists"
_SOURCE_MAX_BYTES: Final = 16 * 1024 * 1024
"""A directory of a large hospital: some 100 000 addresses."""
AnyNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class DirectoryMap(Strict):
    """Un annuaire : une clé et une valeur par ligne. A directory: a key and a value a line."""

    file: Path = told("Le fichier.", "The file.", strict=False)
    values: tuple[Line, ...] = told(
        "Ne garder que les clés qui ont une de ces valeurs ; toutes par défaut.",
        "Keep only keys with one of these values; default: all.",
        default=(),
    )


class ListSource(Strict):
    """D'où viennent les entrées d'une liste. Where the entries of a list come from: exactly one."""

    entries: tuple[Someone, ...] | None = told(
        "Adresses, domaines, sous-domaines.", "Addresses, domains, subdomains.", default=None
    )
    source: Path | None = told(
        "Un fichier, une entrée par ligne.", "A file, one entry a line.", default=None, strict=False
    )
    map: DirectoryMap | None = told("Un annuaire.", "A directory.", default=None)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise Said(
                "exactement une clé attendue : entries, source ou map",
                "exactly one key expected: entries, source or map",
            )
        return self


class DomainSource(Strict):
    """Des domaines. Domains."""

    domains: tuple[Domain, ...] = told("Les domaines.", "The domains.", default=())
    source: Path | None = told(
        "Un fichier, un domaine par ligne, en plus.",
        "A file, one domain a line, in addition.",
        default=None,
        strict=False,
    )


class SharedFile(Strict):
    """Un fichier de lists/. One file of lists/."""

    schema_: Literal[1] = told("Version de ce format.", "Version of this format.", alias="schema")
    lists: dict[ListName, ListSource] = told("Listes nommées.", "Named lists.", default_factory=dict)
    macros: dict[Kebab, Condition] = told(
        "Conditions nommées, à citer par « macro: nom ».",
        'Named conditions, quoted by "macro: name".',
        default_factory=dict,
    )
    networks: dict[ListName, Annotated[tuple[Network, ...], Field(min_length=1)]] = told(
        "Réseaux nommés.", "Named networks.", default_factory=dict
    )
    free_mail: DomainSource = told(
        "Messageries grand public.", "Consumer mail providers.", default=DomainSource()
    )
    partners: DomainSource = told("Domaines des partenaires.", "Partners' domains.", default=DomainSource())


@dataclass(frozen=True, slots=True)
class Named:
    """Where a name was defined, and whether something uses it."""

    document: Document = field(repr=False)
    location: Location


@dataclass(frozen=True)
class Shared:
    """Everything that policies share, resolved."""

    lists: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    macros: Mapping[str, Condition] = field(default_factory=dict)
    networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    free_mail: frozenset[str] = frozenset()
    partners: Partners = field(default_factory=lambda: Partners(frozenset()))
    defined: Mapping[Location, Named] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """``("lists", name)``, ``("macros", name)``, ``("networks", name)`` and where each is."""

    @cached_property
    def ranges(self) -> dict[str, tuple[AnyNetwork, ...]]:
        """The networks, ready to be compared."""
        return {name: tuple(map(ipaddress.ip_network, each)) for name, each in self.networks.items()}

    def canonical(self) -> dict[str, object]:
        """Return what the digest of a set covers."""
        return {
            "lists": {name: sorted(entries) for name, entries in self.lists.items()},
            "networks": {name: sorted(entries) for name, entries in self.networks.items()},
            "free_mail": sorted(self.free_mail),
            "partners": sorted(self.partners.domains),
        }


def read_shared(folder: Path) -> Shared:
    """Read ``lists/*.yaml`` of a folder of policies; a folder without is nothing shared.

    Raises:
        YamlError: with every problem of every file and source.

    """
    reading = _Reading()
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in {".yml", ".yaml"} and not path.name.startswith("."):
                reading.file(path)
    if reading.problems:
        raise YamlError(reading.problems)
    return reading.shared()


class _Reading:
    """Gathers the files, and every problem in them."""

    def __init__(self) -> None:
        self.problems: list[YamlProblem] = []
        self.lists: dict[str, frozenset[str]] = {}
        self.macros: dict[str, Condition] = {}
        self.networks: dict[str, tuple[str, ...]] = {}
        self.free_mail: set[str] = set()
        self.partners: set[str] = set()
        self.defined: dict[Location, Named] = {}

    def file(self, path: Path) -> None:
        try:
            document = read_yaml(path)
            found = validate(document, SharedFile)
        except YamlError as error:
            self.problems += error.problems
            return
        for name, source in found.lists.items():
            if self._define(document, ("lists", name)):
                self.lists[name] = frozenset(self._entries(document, ("lists", name), source))
        for name, macro in found.macros.items():
            if self._define(document, ("macros", name)):
                self.macros[name] = macro
        for name, networks in found.networks.items():
            if self._define(document, ("networks", name)):
                self.networks[name] = networks
        for key, wanted, into in (
            ("free_mail", found.free_mail, self.free_mail),
            ("partners", found.partners, self.partners),
        ):
            into |= set(wanted.domains)
            if wanted.source is not None:
                into |= set(self._lines(document, (key, "source"), wanted.source, domain))

    def _define(self, document: Document, location: Location) -> bool:
        """Note where a name is defined; False when it already was."""
        first = self.defined.setdefault(location, Named(document, location))
        if first.document is document:
            return True
        name, where = location[1], first.document.problem(location, "", key=True)
        place = f"{where.path}:{where.line}"
        message = both(f"« {name} » déjà défini dans {place}", f'"{name}" already defined in {place}')
        self.problems.append(document.problem(location, message, key=True))
        return False

    def _entries(self, document: Document, location: Location, source: ListSource) -> Iterable[str]:
        if source.source is not None:
            return self._lines(document, (*location, "source"), source.source, someone)
        if source.map is not None:
            wanted = frozenset(source.map.values)
            return self._lines(
                document, (*location, "map", "file"), source.map.file, lambda line: _key(line, wanted)
            )
        return source.entries or ()

    def _lines(
        self, document: Document, location: Location, path: Path, read: Callable[[str], str]
    ) -> Iterator[str]:
        """Yield what the lines of a source hold; a problem has the place of its line in the source."""
        source = Path(document.path).parent / path
        try:
            text = text_of(source, _SOURCE_MAX_BYTES)
        except YamlError as error:
            said = error.problems[0].message.split("\n")
            message = both(f"{path} : {said[0].strip()}", f"{path}: {said[-1].strip()}")
            self.problems.append(document.problem(location, message))
            return
        for number, line in enumerate(text.splitlines(), 1):
            entry = line.split("#", 1)[0].strip()
            try:
                if entry and (value := read(entry)):
                    yield value
            except Said as said:
                column = len(line) - len(line.lstrip()) + 1
                self.problems.append(YamlProblem(str(source), number, column, said.message))

    def shared(self) -> Shared:
        return Shared(
            MappingProxyType(self.lists),
            MappingProxyType(self.macros),
            MappingProxyType(self.networks),
            frozenset(self.free_mail),
            Partners(frozenset(self.partners)),
            MappingProxyType(self.defined),
        )


def _key(line: str, wanted: frozenset[str]) -> str:
    """Return the key of a line of a directory, empty when its value is not wanted."""
    key, *rest = line.split(None, 1)
    value = rest[0].strip() if rest else ""
    if not value:
        raise Said("une clé et une valeur sont attendues", "a key and a value are expected")
    return someone(key) if not wanted or value in wanted else ""


# --- macros ---


class Macros:
    """Puts macros in place of their names; a macro may name others, never itself."""

    def __init__(self, macros: Mapping[str, Condition]) -> None:
        self._macros = macros
        self._done: dict[str, Condition] = {}

    def cycles(self) -> Iterator[tuple[str, Location, tuple[str, ...]]]:
        """Yield each macro that comes back to itself, where it does so, and by which names."""
        for name in self._macros:
            way = self._way_back(name, name, ())
            if way is not None:
                yield name, next(at for at, used in uses(self._macros[name]) if used == way[0]), way

    def _way_back(self, start: str, name: str, seen: tuple[str, ...]) -> tuple[str, ...] | None:
        for _, used in uses(self._macros[name]):
            if used == start:
                return (*seen, used)
            if used in self._macros and used not in seen:
                way = self._way_back(start, used, (*seen, used))
                if way is not None:
                    return way
        return None

    def expand(self, condition: Condition) -> Condition:
        """Return the condition without macros; every name must exist, and none come back to itself."""
        if condition.macro is not None:
            if condition.macro not in self._done:
                self._done[condition.macro] = self.expand(self._macros[condition.macro])
            return self._done[condition.macro]
        if not condition.children:
            return condition
        return Condition.of(condition.key, tuple(map(self.expand, condition.children)))


def uses(condition: Condition) -> Iterator[tuple[Location, str]]:
    """Yield the macros that a condition names, each with its place below the condition."""
    for location, node in condition.located():
        if node.macro is not None:
            yield (*location, "macro"), node.macro


def unknown(what: tuple[str, str], name: str, known: Iterable[str]) -> str:
    """Say that a name does not exist, with the nearest that does, or all of them."""
    names = sorted(known)
    near = suggestion(name, names)
    listed = ", ".join(names)
    french = near[0] or (f" ; connus : {listed}" if names else "")
    english = near[1] or (f"; known: {listed}" if names else "")
    return both(f"{what[0]} « {name} » : non défini{french}", f'{what[1]} "{name}": not defined{english}')
