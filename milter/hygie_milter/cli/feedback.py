"""``hygie feedback``: say of a decision that it was wrong.

Does:   finds the decision by its reference and writes the judgement into the journal, beside the daemon.
Never:  takes a free text or a name; changes what was decided or anybody's mail.
Fails:  exit status 1 for a reference that the journal does not know, 2 for bad usage, settings without a
        journal, or a file that cannot be used.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hygie_milter.cli.opened import config_option, folder_of, journal_settings, refuse, refuse_path, ring_of

_HELP = """Signaler une décision fausse. Say of a decision that it was wrong.

\b
REF is the reference that the sender was told, that stands in the log and in
the header: HY-7KQM2D0X. Spaces, small letters, a missing HY- do no harm.

\b
--false-positive  it was stopped, and nothing in it was to be protected
--missed          it left, and should not have left in this way

\b
--note, with --false-positive:
  no-patient      an example, a blank form, an invented person
  not-health      nothing about health
  own-data        the sender's own data
  safe-recipient  a recipient entitled to it, by a safe way
--note, with --missed:
  not-recognised  what was in it was not found
  unread          what was in it could not be read
  no-policy       it was found, and no policy asked for more
with both: other
"""


@click.command(help=_HELP, short_help="Say of a decision that it was wrong.")
@click.argument("ref", metavar="REF")
@click.option("--false-positive", "judgement", flag_value="false_positive", help="Stopped wrongly.")
@click.option("--missed", "judgement", flag_value="missed", help="Left wrongly.")
@click.option("--note", help="Why: a word of the list above.")
@click.option("--by", help="Who judged, by role: sender, security, dpo, care.")
@config_option
def feedback(ref: str, judgement: str | None, note: str | None, by: str | None, config: Path) -> None:
    """Record a judgement; ``_HELP`` is what the user reads."""
    from hygie_milter import feedback as kept  # noqa: PLC0415 - quick --help
    from hygie_milter.journal.storage import Journal  # noqa: PLC0415 - the same

    if judgement is None:
        raise click.UsageError("--false-positive ou / or --missed")
    said = kept.Judgement(judgement)
    why = kept.Note(_word("--note", note, kept.NOTES[said])) if note is not None else None
    who = kept.Judge(_word("--by", by, tuple(kept.Judge))) if by is not None else None
    wanted = kept.reference(ref)
    if wanted is None:
        raise click.UsageError(
            "REF : une référence telle que HY-7KQM2D0X est attendue / expected a reference"
        )
    settings = journal_settings(config)
    folder, ring = folder_of(settings), ring_of(settings)
    try:
        decision = kept.find_decision(folder, ring, wanted)
        if decision is None:
            click.echo(f"{wanted} : inconnue du journal / not in the journal", err=True)
            sys.exit(1)
        journal = Journal(folder, ring)
        try:
            number = kept.record(journal, decision, said, why, who)
        finally:
            journal.close()
    except OSError as error:
        if error.filename is None:
            refuse(f"{folder} : {error.strerror or type(error).__name__}")
        refuse_path(error)
    click.echo(f"{wanted} : {said}, noté / noted ({number})")


def _word(option: str, word: str, known: tuple[str, ...]) -> str:
    if word not in known:
        raise click.UsageError(f"{option} : {', '.join(known)}")
    return word
