"""What is in force: settings, policies, channels, read together and swapped together.

Does:   loads the settings file and everything it names into one frozen value.
Never:  leaves half of a new configuration in force: all is loaded, or nothing.
Fails:  ``YamlError`` with every problem by file, line and column.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

import yaml

from hygie_detectors.templates import Template, TemplateFileError, load_templates
from hygie_milter.channels.mssante import ListedChannel
from hygie_milter.settings import Settings, load_settings
from hygie_policies.loader import PolicySet, load_policies, validate_against
from hygie_policies.model import Context
from hygie_policies.schema import By
from hygie_policies.yamlfile import YamlError, YamlProblem, both

ENTRY_POINTS: Final = "hygie.recognizers"
"""The group of :mod:`hygie_detectors.plugins`, named again: to import that is to load Presidio."""


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
    kinds = frozenset[str]() if file is None else _written_kinds(file)
    if kinds is not None and not entry_points(group=ENTRY_POINTS):
        return kinds
    from hygie_detectors.engine import RecognizerFileError, team_of  # noqa: PLC0415 - loads Presidio
    from hygie_detectors.plugins import PluginError  # noqa: PLC0415 - the same

    try:
        return frozenset(kind for each in team_of(file).recognizers for kind in each.kinds)
    except RecognizerFileError as error:
        problem = YamlProblem(str(error.path), error.line, 1, both(error.message, error.message))
        raise YamlError((problem,)) from error
    except PluginError as error:
        problem = YamlProblem(ENTRY_POINTS, 1, 1, both(str(error), str(error)))
        raise YamlError((problem,)) from error


def _written_kinds(file: Path) -> frozenset[str] | None:
    """Return the kinds as the file names them; None where only Presidio knows, or nothing can be read.

    The milter process thus does without Presidio as long as every recognizer says what it makes.
    """
    try:
        entries = yaml.safe_load(file.read_bytes()).get("recognizers", [])
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
    problems = (*verdict.problems, *_lane_needs(policies, settings))
    if problems:
        raise YamlError(problems)
    return Runtime(
        settings,
        policies,
        context,
        channels,
        header_key,
        templates,
        (*map(str, verdict.warnings), *_unreleased(policies, settings)),
    )


def _unreleased(policies: PolicySet, settings: Settings) -> tuple[str, ...]:
    """Warn of policies that let people release what nobody is written to about."""
    approvals = settings.approvals
    lacks = {
        By.SENDER: not approvals.url,
        By.TWO: not (approvals.url and approvals.officer and approvals.heads),
    }
    return tuple(
        both(
            f"{policy.id} : « release: {rule.by} » reste sans effet, faute de réglages « approvals »",
            f'{policy.id}: "release: {rule.by}" has no effect without the settings "approvals"',
        )
        for policy in policies.evaluated
        if (rule := policy.then.release) is not None and lacks[rule.by]
    )


def _lane_needs(policies: PolicySet, settings: Settings) -> tuple[YamlProblem, ...]:
    """Return what the emergency lane lacks: no use of it may go unwritten or untold."""
    if policies.lane is None or policies.lane_file is None:
        return ()
    needs = {
        "journal.folder": settings.journal.folder is not None,
        "notices.smtp": bool(settings.notices.smtp),
    }
    return tuple(
        policies.lane_file.problem(
            ("schema",),
            both(
                f"la procédure d'urgence demande « {name} » dans les réglages",
                f'the emergency lane needs "{name}" in the settings',
            ),
            key=True,
        )
        for name, there in needs.items()
        if not there
    )
