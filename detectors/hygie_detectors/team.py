"""Recognizers of the security team, written in YAML in Presidio's registry format, without code.

Does:   reads the file, checks every key, compiles and times every regex, and has Presidio build
        the recognizers. Two keys of ours beside Presidio's: ``axis`` (``identity``, the default,
        or ``health``) and ``confidence`` (``low``, ``medium``, ``high``); without the latter the
        score says it: 0.8 and more is high, 0.5 and more medium. Reads the ``allow_list`` beside them.
Never:  fetches anything; accepts a recognizer that would send text to another machine.
Fails:  ``RecognizerFileError`` with file, line, and what to do.
Source: presidio-analyzer 2.2.366, RecognizerRegistryProvider.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import regex  # type: ignore[import-untyped]  # comes with Presidio, without types
import yaml
from pydantic import ValidationError

from hygie_detectors.allowed import LEAST, AllowList, too_wide, words
from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import LANGUAGE

from presidio_analyzer import EntityRecognizer, LMRecognizer, RemoteRecognizer  # isort: skip - base sets its environment first
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider  # isort: skip
from presidio_analyzer.recognizer_registry.recognizers_loader_utils import (  # isort: skip
    PredefinedRecognizerNotFoundError,
    RecognizerListLoader,
)

FILE_KEYS: Final = ("supported_languages", "global_regex_flags", "recognizers", "allow_list")
RECOGNIZER_KEYS: Final = (
    "name", "type", "class_name", "enabled", "supported_language", "supported_languages",
    "supported_entity", "supported_entities", "context", "patterns", "deny_list", "deny_list_score",
    "country_code", "score_thresholds", "axis", "confidence",
)  # fmt: skip
PATTERN_KEYS: Final = ("name", "regex", "score")
ENTITY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
"""What an entity may be called: its lower case is the kind of the findings, which policies name."""
FLAGS: Final = int(regex.DOTALL | regex.MULTILINE | regex.IGNORECASE)
PROBE_CHARS: Final = 4096
PROBE_PIECES: Final = ("a", "1", " ", "-", "a ", "1 ", "a1", "ab", "1.", "a@", "\n", "a\n")
PROBE_SECONDS: Final = 0.5
"""For one probe of 4 KiB. A linear pattern takes a thousandth of it."""
_HIGH, _MEDIUM = 0.8, 0.5


class RecognizerFileError(ValueError):
    """A recognizer file that cannot be used: where, why, and what to do."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class TeamRecognizer:
    """A recognizer of the team, and how its results are read."""

    recognizer: EntityRecognizer
    axis: Axis
    confidence: Confidence | None
    """Fixed by the file; None where the score says it."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its findings: the entities in lower case."""
        return tuple(entity.lower() for entity in self.recognizer.supported_entities)

    def confidence_of(self, score: float) -> Confidence:
        """Return the confidence of a result with this score."""
        if self.confidence is not None:
            return self.confidence
        return (
            Confidence.HIGH if score >= _HIGH else Confidence.MEDIUM if score >= _MEDIUM else Confidence.LOW
        )


@dataclass(frozen=True, slots=True)
class Team:
    """What one file of the security team holds."""

    recognizers: tuple[TeamRecognizer, ...]
    allowed: AllowList


def load_team(path: Path) -> Team:
    """Return the recognizers of a file, in its order, and its allow-list.

    Raises:
        RecognizerFileError: on the first thing that is wrong, with its line.

    """
    file = _File(path)
    root = file.mapping(file.root, FILE_KEYS, "the file")
    flags = file.value(root["global_regex_flags"]) if "global_regex_flags" in root else FLAGS
    if not isinstance(flags, int):
        raise file.error(root["global_regex_flags"], "global_regex_flags: must be a number, such as 26")
    if "recognizers" not in root and "allow_list" not in root:
        raise file.error(file.root, "recognizers: must be a list; see the example in the documentation")
    made = tuple(
        team for node in _listed(file, root, "recognizers") for team in _recognizers(file, node, flags)
    )
    return Team(made, _allow_list(file, _listed(file, root, "allow_list"), flags))


def _listed(file: _File, root: dict[str, yaml.Node], key: str) -> list[yaml.Node]:
    """Return the entries of a list that may be left out."""
    if key not in root:
        return []
    node = root[key]
    if not isinstance(node, yaml.SequenceNode):
        raise file.error(node, f"{key}: must be a list; see the example in the documentation")
    return list(node.value)


def _allow_list(file: _File, nodes: list[yaml.Node], flags: int) -> AllowList:
    """Return what is never a finding: values as they are written, or ``pattern: regex``."""
    values, patterns = [], []
    for node in nodes:
        if isinstance(node, yaml.ScalarNode):
            if len(words(node.value).replace(" ", "")) < LEAST:
                raise file.error(node, f"allow_list: a value needs {LEAST} letters or digits at least")
            values.append(str(node.value))  # as written: YAML would read a phone number as an octal one
            continue
        entry = file.mapping(node, ("pattern",), "allow_list")
        if "pattern" not in entry:
            raise file.error(node, "allow_list: write a value, or 'pattern: regex'")
        pattern = _check_regex(file, entry["pattern"], flags)
        if too_wide(pattern):
            raise file.error(
                entry["pattern"],
                "allow_list: the pattern matches values of any kind, so that nothing would be found; "
                "write down what all of them have in common",
            )
        patterns.append(pattern)
    return AllowList(values, patterns)


class _File:
    """A YAML file whose errors know their line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except OSError as error:
            raise RecognizerFileError(path, 1, f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise RecognizerFileError(path, 1, "is not UTF-8; save it as UTF-8") from error
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise RecognizerFileError(path, line, f"not valid YAML: {error.problem}") from error
        except yaml.YAMLError as error:
            raise RecognizerFileError(path, 1, f"not valid YAML: {error}") from error
        if root is None:
            raise RecognizerFileError(path, 1, "is empty; it needs at least 'recognizers:'")
        self.root: yaml.Node = root

    def error(self, node: yaml.Node, message: str) -> RecognizerFileError:
        return RecognizerFileError(self.path, node.start_mark.line + 1, message)

    def value(self, node: yaml.Node) -> Any:
        """Return the node as plain data."""
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_document(node)
        except yaml.YAMLError as error:
            raise self.error(node, f"not a plain value: {error}") from error
        finally:
            loader.dispose()

    def mapping(self, node: yaml.Node, keys: Iterable[str], what: str) -> dict[str, yaml.Node]:
        """Return a mapping whose keys are all known, each once."""
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, f"{what}: must be 'key: value' lines")
        known = tuple(keys)
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value not in known:
                near = difflib.get_close_matches(str(key.value), known, n=1)
                hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(known)}"
                raise self.error(key, f"unknown key '{key.value}' in {what}; {hint}")
            if key.value in found:
                raise self.error(key, f"key '{key.value}' stands twice in {what}; keep one")
            found[key.value] = value
        return found

    def choice(self, node: yaml.Node, key: str, choices: Iterable[str]) -> str:
        """Return one of some words."""
        listed = tuple(choices)
        if not isinstance(node, yaml.ScalarNode) or node.value not in listed:
            raise self.error(node, f"{key}: must be one of {', '.join(listed)}")
        return str(node.value)


def _recognizers(file: _File, node: yaml.Node, flags: int) -> Iterator[TeamRecognizer]:
    """Yield what one entry of the file makes: nothing when it is not enabled."""
    entry = file.mapping(node, RECOGNIZER_KEYS, "a recognizer")
    if "name" not in entry:
        raise file.error(node, "a recognizer needs a 'name'")
    axis = Axis(file.choice(entry["axis"], "axis", Axis)) if "axis" in entry else Axis.IDENTITY
    fixed = file.choice(entry["confidence"], "confidence", Confidence) if "confidence" in entry else None
    _check_patterns(file, entry, flags)
    settings = {key: file.value(value) for key, value in entry.items() if key not in {"axis", "confidence"}}
    if settings.get("type", "custom") == "predefined":
        _check_predefined(file, node, str(settings.get("class_name") or settings["name"]))
    for recognizer in _build(file, node, settings, flags):
        for entity in recognizer.supported_entities:
            if not ENTITY.fullmatch(entity):
                raise file.error(node, f"supported_entity '{entity}': use letters, digits and '_' only")
        yield TeamRecognizer(recognizer, axis, Confidence(fixed) if fixed else None)


def _build(file: _File, node: yaml.Node, settings: dict[str, Any], flags: int) -> list[EntityRecognizer]:
    """Have Presidio build one entry, so that its complaint has a line."""
    configuration = {
        "supported_languages": [LANGUAGE],
        "global_regex_flags": flags,
        "recognizers": [settings],
    }
    try:
        provider = RecognizerRegistryProvider(registry_configuration=configuration)
        built = list(provider.create_recognizer_registry().recognizers)
    except Exception as error:  # whatever Presidio dislikes is an error in the file
        cause = _cause(error)
        raise file.error(node, f"recognizer '{settings['name']}' is refused by Presidio: {cause}") from error
    if not built and settings.get("enabled", True):
        raise file.error(
            node, f"recognizer '{settings['name']}' is not for French; use supported_languages: [fr]"
        )
    return built


def _cause(error: Exception) -> str:
    """Return what Presidio disliked, in one line."""
    cause = error.__cause__ or error
    if isinstance(cause, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in cause.errors())
    return str(cause).replace("\n", " ")


def _check_patterns(file: _File, entry: dict[str, yaml.Node], flags: int) -> None:
    patterns = entry.get("patterns")
    if patterns is None:
        return
    if not isinstance(patterns, yaml.SequenceNode):
        raise file.error(patterns, "patterns: must be a list of name, regex, score")
    for node in patterns.value:
        pattern = file.mapping(node, PATTERN_KEYS, "a pattern")
        for key in PATTERN_KEYS:
            if key not in pattern:
                raise file.error(node, f"a pattern needs '{key}'")
        score = file.value(pattern["score"])
        if not isinstance(score, int | float) or not 0 <= score <= 1:
            raise file.error(pattern["score"], "score: must be a number from 0 to 1")
        _check_regex(file, pattern["regex"], flags)


def _check_regex(file: _File, node: yaml.Node, flags: int) -> Any:
    """Return the compiled regex; refuse one that takes too long on texts made for that."""
    try:
        compiled = regex.compile(str(node.value), flags)
    except regex.error as error:
        where = f" at character {error.pos + 1}" if getattr(error, "pos", None) is not None else ""
        raise file.error(
            node, f"regex: {error.msg}{where}; a backslash needs single quotes around it"
        ) from error
    for probe in probes(str(node.value)):
        try:
            for _ in compiled.finditer(probe, timeout=PROBE_SECONDS):
                pass
        except TimeoutError as error:
            raise file.error(
                node,
                "regex: takes too long on a hostile text; avoid a repetition inside a repetition, "
                "and bound what repeats: {1,20} instead of +",
            ) from error
    return compiled


def probes(pattern: str) -> Iterator[str]:
    """Yield texts on which a pattern that backtracks without bound shows it.

    Each repeats one piece, or one character of the pattern, and ends in the pattern's own text: a
    letter that it requires is there, so the engine cannot give up early.
    """
    for piece in (*PROBE_PIECES, *sorted(set(filter(str.isalnum, pattern)))[:40]):
        yield piece * (PROBE_CHARS // len(piece)) + " " + pattern


def _check_predefined(file: _File, node: yaml.Node, name: str) -> None:
    """Refuse a class that is unknown, or that would hand text to a service or another model."""
    try:
        found = RecognizerListLoader.get_existing_recognizer_cls(name)
    except PredefinedRecognizerNotFoundError as error:
        known = [cls.__name__ for cls in RecognizerListLoader.get_all_existing_recognizers()]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "use type: custom for patterns of your own"
        raise file.error(node, f"Presidio has no recognizer '{name}'; {hint}") from error
    if sends_text(found):
        raise file.error(node, f"'{name}' would send the text of mails elsewhere; it cannot be used here")


def sends_text(recognizer: type[EntityRecognizer]) -> bool:
    """Tell whether a class is of those that Presidio says ask a service or another model."""
    return issubclass(recognizer, RemoteRecognizer | LMRecognizer) or ".third_party." in recognizer.__module__
