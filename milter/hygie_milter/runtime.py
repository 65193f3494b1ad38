"""What is in force: settings, policies, channels, read together and swapped together.

Does:   loads the settings file and everything it names into one frozen value.
Never:  leaves half of a new configuration in force: all is loaded, or nothing.
Fails:  ``YamlError`` with every problem by file, line and column.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
    policies = load_policies(settings.policy_folder)
    verdict = validate_against(policies, context)
    if verdict.problems:
        raise YamlError(verdict.problems)
    return Runtime(
        settings, policies, context, channels, header_key, templates, tuple(map(str, verdict.warnings))
    )
