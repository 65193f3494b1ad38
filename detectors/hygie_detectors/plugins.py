"""Recognizers that an installed Python distribution brings, by an entry point.

Does:   loads every entry point of the group ``hygie.recognizers``: a subclass of Presidio's
        ``EntityRecognizer``, or a function that returns one or several. The attributes ``axis`` and
        ``confidence`` of a recognizer say what the keys of the same name say in the YAML file.
Never:  passes over one that cannot be used; accepts one that Presidio says sends text elsewhere.
Fails:  ``PluginError`` with the entry point, its distribution, and what is wrong.
Source: Python packaging user guide, entry points; presidio-analyzer 2.2.366.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import LANGUAGE, HygieRecognizer
from hygie_detectors.team import ENTITY, TeamRecognizer, sends_text

from presidio_analyzer import EntityRecognizer  # isort: skip - base sets its environment first

GROUP: Final = "hygie.recognizers"


class PluginError(ValueError):
    """An installed recognizer that cannot be used: whose it is, and why."""

    def __init__(self, entry: EntryPoint, message: str) -> None:
        owner = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown distribution"
        super().__init__(f"{GROUP}: {entry.name} ({entry.value}) of {owner}: {message}")


def installed_recognizers() -> tuple[TeamRecognizer, ...]:
    """Return the recognizers of all installed distributions, in the order of their names.

    Raises:
        PluginError: on the first that cannot be used.

    """
    entries = sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value))
    return tuple(_team(entry, recognizer) for entry in entries for recognizer in _made(entry))


def _made(entry: EntryPoint) -> list[EntityRecognizer]:
    """Return what an entry point makes."""
    try:
        made = entry.load()()
        listed = list(made) if isinstance(made, Iterable) else [made]
    except Exception as error:  # whatever a distribution raises is told with its name
        raise PluginError(entry, f"cannot be loaded: {type(error).__name__}: {error}") from error
    if not listed:
        raise PluginError(entry, "makes no recognizer; uninstall the distribution if it is not wanted")
    return listed


def _team(entry: EntryPoint, recognizer: object) -> TeamRecognizer:
    """Return a recognizer with how it is read; refuse what is none, or not for us."""
    if not isinstance(recognizer, EntityRecognizer) or isinstance(recognizer, HygieRecognizer):
        raise PluginError(
            entry, f"gives a {type(recognizer).__name__}; it must be an EntityRecognizer of presidio_analyzer"
        )
    if sends_text(type(recognizer)):
        raise PluginError(entry, "would send the text of mails elsewhere; it cannot be used here")
    if recognizer.supported_language != LANGUAGE:
        raise PluginError(entry, f"is not for French; give it supported_language='{LANGUAGE}'")
    for entity in recognizer.supported_entities:
        if not ENTITY.fullmatch(entity):
            raise PluginError(entry, f"supported entity '{entity}': use letters, digits and '_' only")
    try:
        confidence = getattr(recognizer, "confidence", None)
        return TeamRecognizer(
            recognizer,
            Axis(getattr(recognizer, "axis", Axis.IDENTITY)),
            Confidence(confidence) if confidence is not None else None,
        )
    except ValueError as error:
        raise PluginError(entry, f"axis or confidence: {error}") from error
