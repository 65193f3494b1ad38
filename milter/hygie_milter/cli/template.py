"""``hygie template``: blank forms that may leave, as the operator registers them.

Does:   adds, lists and removes the fingerprints of blank forms; tells how much of a file is known.
Never:  registers a file that names a patient; prints a line of a file, only counts.
Fails:  exit status 2 for a file that cannot be read or is no blank form, an unknown template, a registry
        or settings that cannot be used, with what to do on standard error; nothing is written then.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from hygie_detectors.templates import Template
    from hygie_milter.registration import Form
    from hygie_milter.settings import Settings

_PATH = click.Path(path_type=Path)
_config = click.option(
    "--config",
    "-c",
    type=_PATH,
    default=Path("/etc/hygie/hygie.yaml"),
    show_default=True,
    help="The settings file.",
)


@click.group()
def template() -> None:
    """Register blank forms: empty they pass, filled they count."""


@template.command(short_help="Register a blank form.")
@click.argument("file", type=_PATH)
@click.option("--title", default="", help="What people call it, shown by list.")
@click.option("--owner", default="", help="Who answers for it: a service, a person.")
@_config
def add(file: Path, title: str, owner: str, config: Path) -> None:
    """Register FILE, a blank form in any format that mail carries.

    Refused when it names a patient: register the empty form. In force once the daemon is told (HUP).
    """
    from hygie_detectors.templates import is_label  # noqa: PLC0415 - quick --help
    from hygie_milter.registration import register  # noqa: PLC0415 - the same

    settings = _settings(config)
    for option, value in (("--title", title), ("--owner", owner)):
        if not is_label(value):
            _refuse(f"{option} : une ligne, 200 caractères au plus / one line, 200 characters at most")
    form = _read(file, settings)
    if form.persons:
        found = _kinds(form)
        _refuse(
            f"{_shown(file)} : refusé, ce formulaire n'est pas vierge ({found}) ; enregistrez-le vide",
            f"refused, this form is not blank ({found}); register it empty",
        )
    if not form.fingerprint.lines:
        _refuse(
            f"{_shown(file)} : refusé, aucun texte lu ({_unread(form)})",
            f"refused, no text was read ({_unread(form)})",
        )
    registry = settings.templates.file
    try:
        today = dt.datetime.now().astimezone().date().isoformat()
        added, new = register(registry, form, title=title, owner=owner, date=today)
    except ValueError as error:  # the registry itself, with file and line
        _refuse(str(error))
    except OSError as error:
        _refuse(_cannot_write(registry, error))
    if form.unread:
        click.echo(f"{_shown(file)} : non lu, ignoré / unread, ignored: {_unread(form)}", err=True)
    what = "enregistré / registered" if new else "déjà enregistré / already registered"
    click.echo(f"{added.id} {what}: {added.lines} lignes / lines ; puis / then: systemctl reload hygie")


@template.command("list", short_help="The registered forms.")
@_config
def show(config: Path) -> None:
    """List the registered forms: id, date, lines, owner, title."""
    for each in _templates(_settings(config)):
        click.echo(f"{each.id}  {each.date}  {each.lines:5}  {each.owner or '-'}  {each.title or '-'}")


@template.command(short_help="Forget a form.")
@click.argument("name", metavar="ID")
@_config
def remove(name: str, config: Path) -> None:
    """Remove the form ID, as list names it. It counts again once the daemon is told (HUP)."""
    from hygie_milter.registration import unregister  # noqa: PLC0415 - quick --help

    registry = _settings(config).templates.file
    try:
        known = unregister(registry, name)
    except ValueError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(_cannot_write(registry, error))
    if not known:
        _refuse(f"{_shown(name)} : modèle inconnu / no such template (hygie template list)")
    click.echo(f"{name} retiré / removed ; puis / then: systemctl reload hygie")


@template.command(short_help="How much of a file is known.")
@click.argument("file", type=_PATH)
@_config
def check(file: Path, config: Path) -> None:
    """Tell for each form how many lines of FILE are its, and whether FILE is that form, blank.

    Counts only: no line is shown.
    """
    settings = _settings(config)
    known = _templates(settings)
    form = _read(file, settings)
    if form.unread:
        click.echo(f"{_shown(file)} : non lu / unread: {_unread(form)}", err=True)
    lines = form.fingerprint.lines
    blank = False
    for each in known:
        count = sum(digest in each.digests for digest in lines)
        if count:
            same = bool(lines) and form.fingerprint.content <= each.digests
            blank = blank or same
            said = "vierge / blank" if same else "rempli ou modifié / filled or changed"
            click.echo(f"{each.id}  {count}/{len(lines)} lignes / lines  {said}  {each.title or '-'}")
    if not blank:
        click.echo("aucun modèle vierge reconnu / no blank form recognised")


def _settings(config: Path) -> Settings:
    from hygie_milter.settings import load_settings  # noqa: PLC0415 - quick --help
    from hygie_policies.yamlfile import YamlError  # noqa: PLC0415 - the same

    try:
        return load_settings(config)
    except YamlError as error:
        _refuse(*map(str, error.problems))


def _templates(settings: Settings) -> tuple[Template, ...]:
    from hygie_detectors.templates import load_templates  # noqa: PLC0415 - quick --help

    try:
        return load_templates(settings.templates.file)
    except ValueError as error:
        _refuse(str(error))


def _read(file: Path, settings: Settings) -> Form:
    from hygie_detectors.engine import Engine  # noqa: PLC0415 - loads Presidio
    from hygie_milter.cli.text import what_is_wrong  # noqa: PLC0415 - quick --help
    from hygie_milter.registration import read_form  # noqa: PLC0415 - the same

    limits = settings.limits_value()
    try:
        if not file.is_dir() and file.exists() and not file.is_file():
            _refuse(f"{_shown(file)} : ni fichier ni dossier / neither a file nor a folder")
        data = file.read_bytes()
        engine = Engine(recognizers_file=settings.recognizers.file, limits=limits)
    except OSError as error:
        _refuse(f"{_shown(file)} : {what_is_wrong(error)}")
    except ValueError as error:  # the security team's own recognizers, with file and line
        _refuse(str(error))
    return read_form(data, file.name, engine, limits)


def _kinds(form: Form) -> str:
    from hygie_policies.messages import texts  # noqa: PLC0415 - quick --help

    return ", ".join(f"{texts().kind(kind, 'fr')} : {count}" for kind, count in form.persons.items())


def _unread(form: Form) -> str:
    return ", ".join(form.unread) or "-"


def _cannot_write(registry: Path, error: OSError) -> str:
    return f"{_shown(registry)} : écriture impossible / cannot be written: {error.strerror}"


def _shown(what: Path | str) -> str:
    from hygie_milter.cli.text import printable  # noqa: PLC0415 - quick --help

    return printable(os.fspath(what))


def _refuse(*lines: str) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(2)
