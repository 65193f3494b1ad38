"""Strict YAML for policies and settings: every error has its file, line and column.

Does:   reads one YAML file into plain values that remember where each was written, and
        checks them against a pydantic model: unknown keys, wrong types and values outside
        a closed list are all reported at once, in French then English, with a suggestion.
        Booleans are those of YAML 1.2 (``true``, ``false``): ``no``, ``on``, ``NO``, ``22:30``
        stay text.
Never:  accepts duplicate keys, anchors, aliases, merge keys or tags; guesses a type; repeats
        a text value (a settings file holds secrets), only what was read where a closed
        word, a boolean or a number was expected.
Fails:  :class:`YamlError`, which carries every :class:`YamlProblem`; nothing else.
Source: YAML 1.2.2, section 10.3 (core schema).
"""

from __future__ import annotations

import difflib
import json
import math
import re
import stat
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import pydantic
import yaml

FILE_MAX_BYTES: Final = 1024 * 1024
"""A policy with its tests takes some 10 KiB; a hundred times that is a mistake."""
DEPTH_MAX: Final = 32
"""The deepest policy needs about ten levels."""
_SHOWN_MAX: Final = 40
"""Characters of a wrong value that are repeated in its message."""

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=pydantic.BaseModel)


@dataclass(frozen=True, slots=True, order=True)
class YamlProblem:
    """One thing wrong in a file. ``line`` and ``column`` count from 1.

    ``message`` is French, then English on the next line.
    """

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class YamlError(Exception):
    """A file cannot be used. ``problems`` holds every reason, in the order of the file."""

    def __init__(self, problems: Iterable[YamlProblem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class Said(ValueError):  # noqa: N818 - a remark that validators raise; YamlError is what callers see
    """What a model's own validator has to say, in both languages.

    ``at`` is where, relative to the value being validated.
    """

    def __init__(self, french: str, english: str, at: Location = ()) -> None:
        super().__init__(french, english)
        self.message = both(french, english)
        self.at = at


def both(french: str, english: str) -> str:
    """Return a message as it is shown: French, then English on the next line."""
    return f"{french}\n    {english}"


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a file and where each was written."""

    path: str
    value: Any = field(repr=False)
    places: Mapping[Location, tuple[int, int]] = field(repr=False)
    """Line and column of the value at a location."""
    keys: Mapping[Location, tuple[int, int]] = field(repr=False)
    """Line and column of the key that leads to a location."""

    def problem(self, location: Location, message: str, *, key: bool = False) -> YamlProblem:
        """Make a problem at a location, or at the nearest thing around it that was written.

        With ``key``, the place is that of the key rather than of its value.
        """
        written = self._written(location)
        place = self.keys.get(written) if key else None
        return YamlProblem(self.path, *(place or self.places.get(written, (1, 1))), message)

    def _written(self, location: Location) -> Location:
        """Keep of a location the steps that exist in the file (pydantic adds names of types)."""
        written: Location = ()
        for step in location:
            if (*written, step) in self.places:
                written = (*written, step)
        return written


def load(path: Path, model: type[Model]) -> Model:
    """Read a file and return it as a checked model.

    Raises:
        YamlError: with every problem of the file.

    """
    return validate(read(path), model)


def read(path: Path) -> Document:
    """Read a file into plain values with their places.

    Raises:
        YamlError: when it cannot be read, is not UTF-8, too large, too deep, not YAML, or
            uses duplicate keys, anchors, aliases, merge keys or tags.

    """
    return _Reader(str(path), text_of(path, FILE_MAX_BYTES)).document()


def validate(document: Document, model: type[Model]) -> Model:
    """Check a document against a model, strictly and with no key unknown.

    Raises:
        YamlError: with every problem that pydantic and the model's own validators found.

    """
    try:
        # As JSON, so that strict types still take a list for a tuple and a word for an enumeration.
        return model.model_validate_json(json.dumps(document.value), strict=True, extra="forbid")
    except pydantic.ValidationError as error:
        raise YamlError(_problem(document, model, detail) for detail in _own(error.errors())) from None


def suggestion(word: str, known: Iterable[str]) -> tuple[str, str]:
    """Return « did you mean » in both languages, empty when nothing is close.

    The space or semicolon before it is included.
    """
    near = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    if not near:
        return "", ""
    return f" ; vouliez-vous dire « {near[0]} » ?", f'; did you mean "{near[0]}"?'


# --- from bytes to text ---


def text_of(path: Path, max_bytes: int) -> str:
    """Return the text of a regular file in UTF-8.

    Raises:
        YamlError: when it cannot be read, is too large, or is not UTF-8.

    """

    def refuse(french: str, english: str, line: int = 1, column: int = 1) -> YamlError:
        return YamlError([YamlProblem(str(path), line, column, both(french, english))])

    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise refuse("c'est un dossier, un fichier est attendu", "this is a folder, a file is expected")
        if not stat.S_ISREG(mode):  # opening a FIFO would wait for ever
            raise refuse("ce n'est pas un fichier ordinaire", "this is not a regular file")
        with path.open("rb") as stream:
            raw = stream.read(max_bytes + 1)
    except FileNotFoundError:
        raise refuse("fichier introuvable", "no such file") from None
    except PermissionError:
        raise refuse("lecture interdite : vérifiez les droits", "permission denied: check its mode") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        kind = type(error).__name__
        raise refuse(f"fichier illisible ({kind})", f"the file cannot be read ({kind})") from None
    if len(raw) > max_bytes:
        raise refuse(
            f"fichier trop grand : plus de {max_bytes} octets",
            f"the file is too large: more than {max_bytes} bytes",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        raise refuse(
            "ce n'est pas de l'UTF-8 : enregistrez le fichier en UTF-8",
            "this is not UTF-8: save the file as UTF-8",
            *_place_of(before),
        ) from None


def _place_of(before: str) -> tuple[int, int]:
    """Return the line and column that follow a text."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


# --- from text to values with places ---

_CORE: Final = (
    ("tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), "tTfF"),
    ("tag:yaml.org,2002:null", re.compile(r"~|null|Null|NULL|"), ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]{1,18}"), "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        re.compile(r"[-+]?(\.[0-9]{1,18}|[0-9]{1,18}\.[0-9]{0,18})([eE][-+]?[0-9]{1,3})?"),
        "-+.0123456789",
    ),
)
"""Plain scalars that are not text. Longer numbers, ``0x``, ``.inf`` and ``.nan`` stay text."""


class _Loader(yaml.SafeLoader):
    """PyYAML's composer with the core schema only, and with nothing that repeats or runs.

    The depth is bounded here, before the recursion of the composer meets that of Python.
    """

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own name; filled below, once

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.refused: list[tuple[Any, str, str]] = []

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose one node; note what strict YAML refuses and go on, so that all is reported."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call] # the stubs leave it out
        if isinstance(event, yaml.AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call] # the stubs leave it out
            self._refuse(
                event,
                f"alias « *{event.anchor} » refusé : écrivez la valeur",
                f'alias "*{event.anchor}" refused: write the value',
            )
            return _nothing(event.start_mark)
        if getattr(event, "anchor", None):
            self._refuse(event, f"ancre « &{event.anchor} » refusée", f'anchor "&{event.anchor}" refused')
            event.anchor = None
        if getattr(event, "tag", None):
            self._refuse(event, f"étiquette « {event.tag} » refusée", f'tag "{event.tag}" refused')
            event.tag = None
            if isinstance(event, yaml.ScalarEvent):
                event.implicit = (True, True)
        if self.depth == DEPTH_MAX:
            raise yaml.MarkedYAMLError(problem=f"more than {DEPTH_MAX} levels", problem_mark=event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def _refuse(self, event: Any, french: str, english: str) -> None:
        self.refused.append((event.start_mark, french, english))


def _nothing(mark: Any) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:null", "", mark, mark)


for _tag, _form, _first in _CORE:
    _Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_form.pattern})\Z"), list(_first))


class _Reader:
    """Turns the text of one file into a :class:`Document`."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.problems: list[YamlProblem] = []
        self.places: dict[Location, tuple[int, int]] = {}
        self.keys: dict[Location, tuple[int, int]] = {}

    def document(self) -> Document:
        root = self._compose()
        if root is None and not self.problems:
            self._note(1, 1, "le fichier est vide", "the file is empty")
        value = self._value(root, ()) if root is not None else None
        if self.problems:
            raise YamlError(self.problems)
        return Document(self.path, value, self.places, self.keys)

    def _compose(self) -> yaml.Node | None:
        loader = None
        try:
            loader = _Loader(self.text)
            return loader.get_single_node()
        except yaml.reader.ReaderError as error:
            place = _place_of(self.text[: error.position])
            self._note(*place, "caractère de contrôle interdit", "control character not allowed")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            french, english = _syntax(error)
            self._note(line, column, french, english)
        finally:
            if loader is not None:
                for mark, french, english in loader.refused:
                    self._note(mark.line + 1, mark.column + 1, french, english)
                loader.dispose()
        raise YamlError(self.problems)

    def _value(self, node: yaml.Node, location: Location) -> Any:
        self.places[location] = _start(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*location, index)) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            name = self._key(key)
            if name is None:
                continue
            if name in values:
                first = self.keys[(*location, name)][0]
                self._note(
                    *_start(key),
                    f"clé « {name} » en double (déjà ligne {first})",
                    f'duplicate key "{name}" (already on line {first})',
                )
                continue
            self.keys[(*location, name)] = _start(key)
            values[name] = self._value(value, (*location, name))
        return values

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode) or not isinstance(_scalar(node), str):
            self._note(
                *_start(node),
                "une clé doit être un mot ; mettez-la entre guillemets",
                "a key must be a word; put it in quotes",
            )
            return None
        if node.value == "<<" and node.style is None:
            self._note(*_start(node), "clé de fusion « << » refusée", 'merge key "<<" refused')
            return None
        return typing.cast("str", node.value)

    def _note(self, line: int, column: int, french: str, english: str) -> None:
        self.problems.append(YamlProblem(self.path, line, column, both(french, english)))


def _start(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _scalar(node: yaml.Node) -> str | bool | int | float | None:
    text = typing.cast("str", node.value)
    match node.tag.rpartition(":")[2]:
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
        case "int":
            return int(text)
        case "float":
            number = float(text)
            return number if math.isfinite(number) else text
    return text


_SYNTAX: Final = (
    # What PyYAML says, what it means to the person who wrote the file.
    ("found character '\\t'", "tabulation : indentez avec des espaces", "tab character: indent with spaces"),
    ("more than", f"plus de {DEPTH_MAX} niveaux imbriqués", f"more than {DEPTH_MAX} nested levels"),
    (
        "but found another document",
        "un seul document par fichier : retirez « --- »",
        'one document a file: remove "---"',
    ),
    (
        "mapping values are not allowed",
        "« : » inattendu : indentation ou guillemets manquants ?",
        'unexpected ":": indentation, or missing quotes?',
    ),
    ("could not find expected ':'", "« : » manquant après la clé", 'missing ":" after the key'),
    ("but found '<block mapping start>'", "indentation incohérente", "inconsistent indentation"),
    (
        "but found '<block sequence start>'",
        "indentation incohérente de la liste",
        "inconsistent indentation of the list",
    ),
    (
        "found unexpected end of stream",
        "guillemet ou crochet jamais refermé",
        "a quote or bracket is never closed",
    ),
    (
        "expected ',' or '",
        "« , » ou fermeture de la liste attendue : crochet ou accolade oublié ?",
        '"," or the end of the list is expected: a bracket or brace left out?',
    ),
    ("but found '<stream end>'", "crochet ou accolade jamais refermé", "a bracket or brace is never closed"),
)


def _syntax(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    said = f"{error.context or ''} {error.problem or ''}".strip()
    for excerpt, french, english in _SYNTAX:
        if excerpt in said:
            return french, english
    return f"YAML invalide : {said}", f"invalid YAML: {said}"


# --- from pydantic's errors to problems ---

_EXPECTED: Final = {
    # Type of the error in pydantic: what was expected. Nothing read is repeated for texts.
    "string_type": (
        "un texte est attendu ; mettez la valeur entre guillemets",
        "text is expected; put the value in quotes",
    ),
    "bool_type": ("true ou false est attendu", "true or false is expected"),
    "int_type": ("un nombre entier est attendu", "a whole number is expected"),
    "int_from_float": ("un nombre entier est attendu", "a whole number is expected"),
    "float_type": ("un nombre est attendu", "a number is expected"),
    "list_type": ("une liste est attendue", "a list is expected"),
    "tuple_type": ("une liste est attendue", "a list is expected"),
    "set_type": ("une liste est attendue", "a list is expected"),
    "frozen_set_type": ("une liste est attendue", "a list is expected"),
    "dict_type": ("des clés et leurs valeurs sont attendues", "keys and their values are expected"),
    "model_type": ("des clés et leurs valeurs sont attendues", "keys and their values are expected"),
    "model_attributes_type": (
        "des clés et leurs valeurs sont attendues",
        "keys and their values are expected",
    ),
    "dataclass_type": ("des clés et leurs valeurs sont attendues", "keys and their values are expected"),
    "path_type": ("un chemin est attendu", "a path is expected"),
    "greater_than": ("un nombre supérieur à {gt} est attendu", "a number above {gt} is expected"),
    "greater_than_equal": ("un nombre d'au moins {ge} est attendu", "a number of at least {ge} is expected"),
    "less_than": ("un nombre inférieur à {lt} est attendu", "a number below {lt} is expected"),
    "less_than_equal": ("un nombre d'au plus {le} est attendu", "a number of at most {le} is expected"),
    "string_too_short": (
        "un texte d'au moins {min_length} caractère(s) est attendu",
        "text of at least {min_length} character(s) is expected",
    ),
    "string_too_long": (
        "un texte d'au plus {max_length} caractères est attendu",
        "text of at most {max_length} characters is expected",
    ),
    "string_pattern_mismatch": (
        "ce texte n'a pas la forme attendue : {pattern}",
        "this text has not the expected form: {pattern}",
    ),
    "date_from_datetime_parsing": ("une date AAAA-MM-JJ est attendue", "a date YYYY-MM-DD is expected"),
    "date_parsing": ("une date AAAA-MM-JJ est attendue", "a date YYYY-MM-DD is expected"),
    "timezone_aware": (
        "une date, une heure et leur fuseau sont attendus",
        "a date, a time and their zone are expected",
    ),
    "datetime_from_date_parsing": (
        "une date, une heure et leur fuseau sont attendus",
        "a date, a time and their zone are expected",
    ),
    "too_short": ("au moins {min_length} élément(s) attendu(s)", "at least {min_length} element(s) expected"),
    "too_long": ("au plus {max_length} élément(s) attendu(s)", "at most {max_length} element(s) expected"),
}
_SHOW_READ: Final = frozenset(
    {
        "bool_type",
        "int_type",
        "int_from_float",
        "float_type",
        "greater_than",
        "greater_than_equal",
        "less_than",
        "less_than_equal",
    }
)


def _own(details: Sequence[Any]) -> list[Any]:
    """Leave out what follows from another error.

    That a list is too short when that is only because its elements were refused; that a key is missing
    when it stands there misspelt.
    """
    places = [detail["loc"] for detail in details]
    misspelt = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    return [
        detail
        for detail in details
        if not (
            detail["type"] == "too_short"
            and any(place[: len(detail["loc"])] == detail["loc"] != place for place in places)
        )
        and not (
            detail["type"] == "missing"
            and any(
                place[:-1] == detail["loc"][:-1] and suggestion(str(place[-1]), [str(detail["loc"][-1])])[0]
                for place in misspelt
            )
        )
    ]


def _problem(document: Document, model: type[pydantic.BaseModel], detail: Any) -> YamlProblem:
    kind, location, context = detail["type"], detail["loc"], detail.get("ctx", {})
    if kind == "value_error" and isinstance(context.get("error"), Said):
        said = context["error"]
        return document.problem((*location, *said.at), said.message, key=bool(said.at))
    if kind == "missing":
        name = location[-1]
        return document.problem(location, both(f"clé manquante : « {name} »", f'missing key: "{name}"'))
    if kind == "extra_forbidden":
        return document.problem(location, _unknown_key(model, location), key=True)
    if kind in {"literal_error", "enum"}:
        return document.problem(location, _closed(context["expected"], detail["input"]))
    if kind in _EXPECTED:
        french, english = (text.format(**context) for text in _EXPECTED[kind])
        read = _read(detail["input"]) if kind in _SHOW_READ else ("", "")
        return document.problem(location, both(french + read[0], english + read[1]))
    said_by_pydantic = detail["msg"].removeprefix("Value error, ")
    return document.problem(
        location, both(f"valeur refusée : {said_by_pydantic}", f"value refused: {said_by_pydantic}")
    )


def _unknown_key(model: type[pydantic.BaseModel], location: Location) -> str:
    name, known = str(location[-1]), sorted(_keys_at(model, location[:-1]))
    french, english = suggestion(name, known)
    if not french and known:
        french, english = f" ; clés possibles : {', '.join(known)}", f"; possible keys: {', '.join(known)}"
    return both(f"clé inconnue « {name} »{french}", f'unknown key "{name}"{english}')


def _closed(expected: str, read: object) -> str:
    words = re.findall(r"'([^']*)'", expected) or [expected]
    near = suggestion(read, words) if isinstance(read, str) else ("", "")
    shown = _read(read)
    return both(
        f"attendu : {_either(words, 'ou')}{shown[0]}{near[0]}",
        f"expected: {_either(words, 'or')}{shown[1]}{near[1]}",
    )


def _either(words: Sequence[str], conjunction: str) -> str:
    return f" {conjunction} ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _read(value: object) -> tuple[str, str]:
    """Repeat what was read when it is one short word that is no address."""
    shown = json.dumps(value) if not isinstance(value, str) else value
    if len(shown) > _SHOWN_MAX or "@" in shown or not isinstance(value, str | int | float | bool | None):
        return "", ""
    return f", lu « {shown} »", f', read "{shown}"'


def _keys_at(annotation: Any, location: Location) -> set[str]:
    """Return the keys a model knows at a location, for « did you mean »."""
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        fields = {info.alias or name: info.annotation for name, info in annotation.model_fields.items()}
        if not location:
            return set(fields)
        return _keys_at(fields.get(str(location[0])), location[1:])
    found: set[str] = set()
    for inner, rest in _inside(annotation, location):
        found |= _keys_at(inner, rest)
    return found


def _inside(annotation: Any, location: Location) -> Iterator[tuple[Any, Location]]:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in {typing.Union, types.UnionType}:
        for argument in arguments:
            yield argument, location
    elif origin is typing.Annotated:
        yield arguments[0], location
    elif origin is not None and location:  # a list, tuple, set or mapping: one step inside
        for argument in arguments:
            yield argument, location[1:]
