"""``hygie eval``: measured quality on labelled folders, as a table or JSON, and against an earlier run.

Does:   runs every labelled file through inspection and the shipped policies, and prints the shares by label,
        the errors with masked evidence, and what changed since a saved run.
Never:  writes content; sends, changes or keeps anything but the run asked for by ``--save``.
Fails:  exit status 2 for bad usage or a file that cannot be read, one line each on standard error; the rest
        is still measured. 0 otherwise, whatever the figures: goals are judged by those who set them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

if TYPE_CHECKING:
    from rich.console import Console

    from hygie_milter.evaluation.run import Result

_PATH = click.Path(path_type=Path)
_HELP: Final = """Mesurer la qualité sur DIR/<étiquette>/…/<fichier>. Measure quality on DIR/<label>/…/<file>.

\b
Of each label: the share of its messages with a health finding, with an
identity (medium confidence or surer), with both, with a restrictive decision
of the shipped policies towards an ordinary mailbox outside (reroute, hold,
reject), with something unread; and milliseconds.

\b
What a file becomes:
- a text (.txt, .md): the body of a mail, without template marks ({{ }}, {% %})
- a mail, a mailbox: as they are
- anything else: an attachment, with its own suffix
- a text with tags, "[Martin](NOM)": each tagged line, without the tags, is a
  message of its own. The figures are of lines with a tag that leads to a
  person, their identity of any confidence ("identity_medium": from medium on),
  for a line alone has no company; "identity_blocks" is of blocks,
  "identity_other_tags" of lines that tag only a date, a town, a hospital
- under a label with "spoken": messages of --lines lines each
- under a label with "narrative" (health, nobody named): also behind an
  invented letter header with a name and a birth date, then with a NIR too

\b
Expected: "pos_" restricted ("narrative": health; tagged lines: identity),
"neg_", "hardneg_" and "robust" allowed, what was not read aside. Files
beside the label folders are left out.
"""


@click.command("eval", help=_HELP, short_help="Measured quality on labelled folders.")
@click.argument("folder", metavar="DIR", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--label", "labels", multiple=True, help="Measure this label only; repeatable.")
@click.option("--limit", type=click.IntRange(min=1), help="So many files of each label, spread over all.")
@click.option(
    "--lines",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Lines to a message of transcripts (labels with “spoken”); 0: whole.",
)
@click.option("--errors", is_flag=True, help="List misses and false alarms, with masked evidence.")
@click.option("--save", type=_PATH, help="Keep the run in this file: figures and digests, no content.")
@click.option("--against", type=_PATH, help="Compare with a run kept earlier.")
@click.option(
    "--jobs", "-j", type=click.IntRange(min=1), help="Files inspected at once; default: one a core."
)
def evaluate(  # noqa: PLR0913 - one parameter an option
    folder: Path,
    as_json: bool,
    labels: tuple[str, ...],
    limit: int | None,
    lines: int,
    errors: bool,
    save: Path | None,
    against: Path | None,
    jobs: int | None,
) -> None:
    """Measure the quality on labelled folders; ``_HELP`` is what the user reads."""
    from hygie_milter.cli.text import json_line  # noqa: PLC0415 - quick --help
    from hygie_milter.evaluation import saved  # noqa: PLC0415 - the same

    earlier = _earlier(against)
    if save is not None:
        try:
            save.open("ab").close()  # better now than after a long run
        except OSError as error:
            _refuse(error, save)
    figures, results, complete = _measured(folder, labels, limit, lines, jobs)
    run = saved.as_saved(figures, results)
    if save is not None:
        saved.write(save, run)
    changes = saved.compare(earlier, run) if earlier is not None else {}
    faults = [result for result in results if errors and result.fault is not None]
    if as_json:
        shown = {label: dict(found) for label, found in figures.items()}
        for label, change in changes.items():
            shown[label]["against"] = change
        if errors:
            for label, found in shown.items():
                found["errors"] = [_fault(each) for each in faults if each.case.label == label]
        sys.stdout.buffer.write(json_line({"labels": shown}))
    else:
        from hygie_milter.cli.render import plain_console  # noqa: PLC0415 - the same

        _show(figures, changes, faults, plain_console())
    sys.exit(0 if complete else 2)


def _earlier(path: Path | None) -> dict[str, Any] | None:
    from hygie_milter.evaluation import saved  # noqa: PLC0415 - quick --help

    if path is None:
        return None
    try:
        return saved.read(path)
    except OSError as error:
        _refuse(error, path)
    except ValueError:
        _refuse(
            "n'est pas un résultat de « hygie eval --save » / is no run kept by “hygie eval --save”", path
        )


def _measured(
    folder: Path, labels: tuple[str, ...], limit: int | None, lines: int, jobs: int | None
) -> tuple[dict[str, dict[str, Any]], list[Result], bool]:
    """Return the figures by label, all results, and whether every file could be read."""
    from rich.console import Console  # noqa: PLC0415 - quick --help
    from rich.progress import track  # noqa: PLC0415 - the same

    from hygie_milter.evaluation.cases import label_names, labelled_files  # noqa: PLC0415 - the same
    from hygie_milter.evaluation.run import run, summary  # noqa: PLC0415 - the same
    from hygie_milter.scanning import WARM_FROM, Scanner  # noqa: PLC0415 - the same
    from hygie_milter.workers.pool import Unavailable  # noqa: PLC0415 - the same

    try:
        names, files = label_names(folder, labels), labelled_files(folder, labels, limit)
    except OSError as error:
        _refuse(error, folder)
    for label in sorted(set(labels) - set(names)):
        _refuse(f"pas d'étiquette / no label « {label} »", folder)
    if not files:
        _refuse("aucun fichier sous <étiquette>/ / no file under <label>/", folder)
    try:
        scanner = Scanner(None, jobs or os.cpu_count() or 1, warm=len(files) >= WARM_FROM)
    except Unavailable as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    complete = True
    counts: dict[str, int] = {}
    by_label: dict[str, list[Result]] = {}
    with scanner:
        bar = Console(stderr=True)
        for label, found in track(
            run(files, scanner, lines),
            "hygie eval",
            len(files),
            console=bar,
            transient=True,
            disable=not bar.is_terminal,
        ):
            if isinstance(found, OSError):
                _complain(found, folder)
                complete = False
                continue
            counts[label] = counts.get(label, 0) + 1
            by_label.setdefault(label, []).extend(found)
    figures = {label: summary(counts.get(label, 0), by_label.get(label, ())) for label in names}
    return figures, [each for found in by_label.values() for each in found], complete


def _fault(result: Result) -> dict[str, Any]:
    """Return an error as JSON shows it."""
    return {
        "fault": result.fault,
        "file": result.case.where,
        "digest": result.case.digest,
        "variant": result.case.variant,
        "header": result.case.header,
        "health": result.outcome.health,
        "identity": result.outcome.identity,
        "findings": [
            {
                "kind": f.kind,
                "axis": list(f.axes),
                "confidence": f.confidence,
                "masked": f.masked,
                "qualifiers": list(f.qualifiers),
            }
            for f in result.evidence
        ],
        "unread": list(result.reasons),
    }


def _show(
    figures: dict[str, dict[str, Any]], changes: dict[str, Any], faults: list[Result], console: Console
) -> None:
    from hygie_milter.evaluation.shown import show_changes, show_errors, show_figures  # noqa: PLC0415 - quick --help

    show_figures(figures, console)
    show_changes(changes, console)
    show_errors(faults, console)


def _complain(error: OSError, path: Path) -> None:
    from hygie_milter.cli.text import printable, what_is_wrong  # noqa: PLC0415 - quick --help

    click.echo(f"hygie eval: {printable(str(error.filename or path))}: {what_is_wrong(error)}", err=True)


def _refuse(problem: OSError | str, path: Path) -> NoReturn:
    """Say what is wrong with a path on standard error and end with status 2."""
    from hygie_milter.cli.text import printable  # noqa: PLC0415 - quick --help

    if isinstance(problem, OSError):
        _complain(problem, path)
    else:
        click.echo(f"hygie eval: {printable(str(path))}: {problem}", err=True)
    sys.exit(2)
