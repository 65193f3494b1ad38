"""``hygie approve`` and ``hygie approvals``: let a held message go by its token; serve the page behind links.

Does:   takes an approval with the same code as the page; serves the page; makes a new key.
Never:  shows a token, nor runs inside the milter: releasing asks for rights that the milter must not have.
Fails:  exit status 1 for a token that lets nothing go, 2 for bad usage or settings.
"""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hygie_milter.cli.opened import config_option, folder_of, loaded, refuse, ring_of

if TYPE_CHECKING:
    from hygie_milter.approvals.desk import Desk
    from hygie_milter.journal.storage import Journal
    from hygie_milter.postfix.queue import Queue
    from hygie_milter.settings import Settings


@click.command(short_help="Let a held message go by its token or link.")
@click.argument("token")
@config_option
def approve(token: str, config: Path) -> None:
    """Approve with TOKEN, or the whole link of a letter. For whoever may run postsuper."""
    from hygie_milter.approvals.desk import Refused  # noqa: PLC0415 - quick --help
    from hygie_milter.approvals.web import REASONS, RELEASED, WAITING  # noqa: PLC0415 - the same

    desk, queue, journal = _opened(loaded(config))
    try:
        done = desk.approve(token.rpartition("/")[2], datetime.now(UTC), queue, journal)
    except Refused as refused:
        click.echo(" / ".join(REASONS[str(refused)]), err=True)
        sys.exit(1)
    except OSError as error:
        refuse(f"journal, approvals.folder : {error.strerror}")
    click.echo(" / ".join(RELEASED if done else WAITING))


@click.group()
def approvals() -> None:
    """Serve the page behind links."""


@approvals.command(short_help="Serve the page behind links.")
@config_option
def serve(config: Path) -> None:
    """Answer at approvals.listen until TERM or INT."""
    from hygie_milter.approvals.web import make_server  # noqa: PLC0415 - quick --help

    settings = loaded(config)
    desk, queue, journal = _opened(settings)

    def look(token: str) -> tuple[str, int]:
        _, held = desk.look(token, datetime.now(UTC))
        return held.reference, len(held.roles) - len(held.approved) - 1

    def take(token: str) -> bool:
        return desk.approve(token, datetime.now(UTC), queue, journal)

    try:
        server = make_server(settings.approvals.address, look, take)
    except OSError as error:
        refuse(f"approvals.listen {settings.approvals.listen} : {error.strerror}")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    server.serve_forever()


@approvals.command("rotate-key", short_help="Make a new key.")
@config_option
def rotate_key(config: Path) -> None:
    """Make a key for the links to come; those that were sent stay valid until they expire."""
    from hygie_milter.journal.keys import KeyRingError, rotate  # noqa: PLC0415 - quick --help

    settings = loaded(config).approvals
    if settings.ring_file is None:
        refuse(f"{config} : approvals.folder n'est pas réglé / is not set")
    try:
        ring = rotate(settings.ring_file)
    except (KeyRingError, OSError) as error:
        refuse(str(error))
    click.echo(f"{ring.current.id} créée / made")


def _opened(settings: Settings) -> tuple[Desk, Queue, Journal]:
    from hygie_milter.approvals.desk import open_desk  # noqa: PLC0415 - quick --help
    from hygie_milter.journal.keys import KeyRingError  # noqa: PLC0415 - the same
    from hygie_milter.journal.storage import Journal  # noqa: PLC0415 - the same
    from hygie_milter.postfix.queue import Queue  # noqa: PLC0415 - the same

    try:
        desk = open_desk(settings.approvals)
        if desk is None:
            refuse("approvals.url n'est pas réglé / is not set")
        journal = Journal(folder_of(settings.journal), ring_of(settings.journal))
    except (OSError, KeyRingError) as error:
        refuse(str(error))
    return desk, Queue(settings.approvals.postfix), journal
