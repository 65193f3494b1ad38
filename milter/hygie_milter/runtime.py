"""What is in force: settings, policies, channels, read together and swapped together.

Does:   loads the settings file and everything it names into one frozen value.
Never:  leaves half of a new configuration in force: all is loaded, or nothing.
Fails:  ``YamlError`` with every problem by file, line and column.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import yaml

from hygie_detectors.templates import Template, TemplateFileError, load_templates
from hygie_milter.channels.mssante import ListedChannel
from hygie_milter.settings import Settings, load_settings
from hygie_policies.loader import PolicySet, load_policies, validate_against
from hygie_policies.model import Context
from hygie_policies.yamlfile import YamlError, YamlProblem, both


@dataclass(frozen=True, slots=True)
class Runtime:
    """One loaded configuration."""

    settings: Settings
    policies: PolicySet
    context: Context
    channels: dict[str, ListedChannel]
    header_key: bytes | None
    templates: tuple[Template, ...] = ()
    """The workers load them by themselves; here they tell whether a reload changed them."""
    warnings: tuple[str, ...] = ()


def own_kinds(settings: Settings) -> frozenset[str]:
    """Return the kinds that the security team's own recognizers make; raises ``YamlError``."""
    file = settings.recognizers.file
    if file is None:
        return frozenset()
    kinds = _written_kinds(file)
    if kinds is not None:
        return kinds
    from hygie_detectors.team import RecognizerFileError, load_team  # noqa: PLC0415 - loads Presidio

    try:
        return frozenset(kind for each in load_team(file).recognizers for kind in each.kinds)
    except RecognizerFileError as error:
        problem = YamlProblem(str(error.path), error.line, 1, both(error.message, error.message))
        raise YamlError((problem,)) from error


def _written_kinds(file: Path) -> frozenset[str] | None:
    """Return the kinds as the file names them; None where only Presidio knows, or nothing can be read.

    The milter process thus does without Presidio as long as every recognizer says what it makes.
    """
    try:
        entries = yaml.safe_load(file.read_bytes())["recognizers"]
        named = [
            [e["supported_entity"]] if "supported_entity" in e else e["supported_entities"] for e in entries
        ]
        return frozenset(kind.lower() for kinds in named for kind in kinds)
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError):
        return None


def load_runtime(path: Path) -> Runtime:
    """Load the settings and all they name; raises ``YamlError``."""
    settings = load_settings(path)
    try:
        channels = settings.channels_value()
        context = settings.context()
        header_key = settings.header.key_file.read_bytes() if settings.header.key_file else None
    except (OSError, UnicodeError) as error:
        what = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else "UTF-8"
        message = both(
            f"un fichier nommé ici ne peut être lu : {what}", f"a file named here cannot be read: {what}"
        )
        raise YamlError((YamlProblem(str(path), 1, 1, message),)) from error
    try:
        templates = load_templates(settings.templates.file)
    except TemplateFileError as error:
        message = both(error.french, error.english)
        raise YamlError((YamlProblem(str(error.path), error.line, 1, message),)) from error
    policies = load_policies(settings.policy_folder, own_kinds(settings))
    verdict = validate_against(policies, replace(context, now=datetime.now(UTC)))
    if verdict.problems:
        raise YamlError(verdict.problems)
    return Runtime(
        settings, policies, context, channels, header_key, templates, tuple(map(str, verdict.warnings))
    )
