"""``hygie policy``: check policies, run their tests, explain what they make of a message.

Does:   loads policies with the daemon's own loader, so that what passes here is what it accepts.
Never:  sends, holds or changes anything. A file is read, and lines are printed.
Fails:  exit status 2 for a path that cannot be read or an invalid policy or setting, with
        ``path:line:column: message`` on standard error and nothing on standard output;
        ``test`` ends with 1 when a test fails.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from hygie_detectors.limits import Limits
    from hygie_detectors.model import Inspection
    from hygie_policies.loader import PolicySet
    from hygie_policies.messages import Language
    from hygie_policies.model import Context

_PATH = click.Path(path_type=Path)
_language = click.option(
    "--lang", "language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Language."
)
_config = click.option("--config", "-c", type=_PATH, help="Settings: their lists, channels and recognizers.")


@click.group()
def policy() -> None:
    """Check, test and explain policies."""


@policy.command(short_help="Check policies: typos, by file, line and column.")
@click.argument("path", required=False, type=_PATH)
@_config
def check(path: Path | None, config: Path | None) -> None:
    """Check a policy file or a folder of them; default: the policies of the settings, or the shipped ones.

    With settings, the lists and channels that policies name must exist there.
    """
    from hygie_policies.loader import advice, expiries, validate_against  # noqa: PLC0415 - quick --help

    policies = _policies(path, config)
    warnings = list(advice(policies))
    if config is not None:
        problems, more = validate_against(policies, _context(config))
        if problems:
            _refuse(map(str, problems))
        warnings += more
    else:
        warnings += expiries(policies, datetime.now(UTC).date())
    for warning in dict.fromkeys(warnings):
        click.echo(f"{warning}", err=True)
    for each in policies.policies:
        click.echo(f"{each.id} [{each.status}, {each.severity}] {each.title.fr} : {len(each.tests)} tests")
    click.echo(f"{len(policies.policies)} politique(s) valide(s) / valid policies, {policies.short_digest}")


@policy.command(short_help="Run the tests inside policies.")
@click.argument("path", required=False, type=_PATH)
@_config
@_language
def test(path: Path | None, config: Path | None, language: Language) -> None:
    """Run the tests inside policies, through the real inspection; default: the shipped policies.

    Without settings, the organisation is the invented one of the shipped tests (hopital.test).
    """
    from hygie_policies.testing import example_context, run_tests  # noqa: PLC0415 - quick --help

    policies = _policies(path, config)
    context = example_context() if config is None else _context(config)
    inspect, _ = _inspector(config)
    passed = failed = 0
    for result in run_tests(policies, inspect, context):
        passed, failed = passed + result.passed, failed + (not result.passed)
        click.echo(f"{'ok  ' if result.passed else 'FAIL'} {result.policy}: {result.name}")
        for french, english in result.differences:
            click.echo(f"       {french if language == 'fr' else english}")
    done = "réussis" if language == "fr" else "passed"
    not_done = "en échec" if language == "fr" else "failed"
    click.echo(f"{passed} {done}, {failed} {not_done}")
    sys.exit(1 if failed else 0)


@policy.command(short_help="Which policies apply to a message, and by which condition.")
@click.argument("message", type=_PATH)
@click.option("--sender", help="Envelope sender; default: the From header.")
@click.option(
    "--recipient", "recipients", multiple=True, help="Envelope recipient, repeatable; default: To, Cc, Bcc."
)
@click.option("--policies", "folder", type=_PATH, help="A folder of policies, or one file.")
@_config
@_language
def explain(  # noqa: PLR0913 - one parameter an option
    message: Path,
    sender: str | None,
    recipients: tuple[str, ...],
    folder: Path | None,
    config: Path | None,
    language: Language,
) -> None:
    """Explain which policies apply to MESSAGE (an .eml file), and which condition made it so."""
    from hygie_milter.cli.text import printable, what_is_wrong  # noqa: PLC0415 - quick --help
    from hygie_milter.scanning import OUTSIDE, default_context  # noqa: PLC0415 - the same
    from hygie_milter.sources import envelope_of  # noqa: PLC0415 - the same
    from hygie_policies.contents import answer  # noqa: PLC0415 - the same
    from hygie_policies.explain import explain as explained  # noqa: PLC0415 - the same
    from hygie_policies.model import Answers, Envelope  # noqa: PLC0415 - the same

    policies = _policies(folder, config)
    context = default_context() if config is None else _context(config)
    try:
        raw = message.read_bytes()
    except OSError as error:
        _refuse([f"{printable(str(message))}:1:1: {what_is_wrong(error)}"])
    named_sender, named_recipients = envelope_of(raw)
    envelope = Envelope(
        sender=named_sender if sender is None else sender,
        recipients=tuple(dict.fromkeys(recipients or named_recipients or (OUTSIDE,))),
        size=len(raw),
    )
    inspect, limits = _inspector(config)
    inspection = _inspected(raw, inspect, limits)
    context = replace(
        context,
        now=datetime.now(UTC),
        contents=Answers(answer(policies.questions, raw, inspection.parts)),
    )
    click.echo(explained(inspection, envelope, policies, context, language))


@policy.command(short_help="The JSON Schema of policy files, for editors.")
@click.option("--lists", is_flag=True, help="That of the files of lists/ instead.")
def schema(lists: bool) -> None:
    """Print the JSON Schema of policy files: editors complete and underline by it."""
    from hygie_policies.schema import Policy  # noqa: PLC0415 - quick --help
    from hygie_policies.shared import SharedFile  # noqa: PLC0415 - the same

    described = (SharedFile if lists else Policy).model_json_schema(by_alias=True)
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **described}
    click.echo(json.dumps(described, ensure_ascii=False, indent=2))


def _inspected(raw: bytes, inspect: Callable[[bytes], Inspection], limits: Limits) -> Inspection:
    """Inspect a message up to the size that the milter reads; the rest is unread, as there."""
    from hygie_detectors.model import Unread  # noqa: PLC0415 - quick --help

    inspection = inspect(raw[: limits.message_max_bytes])
    if len(raw) <= limits.message_max_bytes:
        return inspection
    rest = Unread("message", "limit:message_max_bytes", attachment=True)
    return replace(inspection, unread=(*inspection.unread, rest))


def _policies(path: Path | None, config: Path | None) -> PolicySet:
    """Load the policies asked for, those of the settings, or the shipped ones."""
    from hygie_policies import shipped  # noqa: PLC0415 - quick --help
    from hygie_policies.loader import load_policies  # noqa: PLC0415 - the same
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    try:
        if config is None:
            return load_policies(path or shipped.library())
        from hygie_milter.runtime import own_kinds  # noqa: PLC0415 - the same
        from hygie_milter.settings import load_settings  # noqa: PLC0415 - the same

        settings = load_settings(config)
        return load_policies(path or settings.policy_folder, own_kinds(settings))
    except YamlError as error:
        _refuse(map(str, error.problems))


def _context(config: Path) -> Context:
    from hygie_milter.settings import load_settings  # noqa: PLC0415 - quick --help
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    try:
        return replace(load_settings(config).context(), now=datetime.now(UTC))
    except YamlError as error:
        _refuse(map(str, error.problems))
    except (OSError, UnicodeError) as error:
        _refuse([f"{config}:1:1: {error}"])


def _inspector(config: Path | None) -> tuple[Callable[[bytes], Inspection], Limits]:
    """Return the inspection that the milter's workers run, in this process, and its limits."""
    from hygie_detectors.engine import Engine  # noqa: PLC0415 - loads Presidio
    from hygie_detectors.inspect import inspect  # noqa: PLC0415 - the same
    from hygie_detectors.limits import Limits  # noqa: PLC0415 - the same

    limits, recognizers, templates = Limits(), None, None
    if config is not None:
        from hygie_milter.settings import load_settings  # noqa: PLC0415 - the same

        settings = load_settings(config)
        limits, recognizers = settings.limits_value(), settings.recognizers.file
        templates = settings.templates.file
    try:
        engine = Engine(recognizers_file=recognizers, templates_file=templates, limits=limits)
    except ValueError as error:  # the security team's own recognizers or templates, with file and line
        _refuse([str(error)])
    return lambda raw: inspect(raw, engine, limits), limits


def _refuse(problems: Iterable[str]) -> NoReturn:
    """Say what is wrong on standard error and end with status 2."""
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(2)
