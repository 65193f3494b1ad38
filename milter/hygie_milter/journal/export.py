"""Exporting the journal: for the data-protection officer, an auditor, a spreadsheet.

Does:   turns the lines of a period into JSON lines or CSV. Unlinked, which is the default, every pseudonym is
        replaced by one made with a key that is thrown away, and what finds a message again (queue ID,
        reference, place in the chain, seconds) is left out: within one export the same person stays the
        same, but nothing leads back to the journal, to another export or to the mail log. Linked, all
        stays as it is: for an inquiry into one incident.
Never:  holds content: there is none in the journal.
Fails:  nothing here fails; a field that is not there is empty.
"""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from typing import Any, Final

from hygie_milter.journal.keys import Key
from hygie_milter.journal.lines import Line

_LINKING: Final = frozenset({"queue_id", "reference"})
"""By these the mail log, which knows the addresses, finds the message."""
_PSEUDONYM: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{16,20}(?![0-9a-f])")
"""As :meth:`Key.pseudonym` makes them, alone or within an address."""
_COLUMNS: Final = ("time", "event", "action", "size", "recipients", "findings", "unread", "policies")


def as_jsonl(lines: Iterable[Line], *, linked: bool) -> Iterator[str]:
    """Yield one JSON object a line."""
    for row in _rows(lines, linked=linked):
        yield json.dumps(row, ensure_ascii=False) + "\n"


def as_csv(lines: Iterable[Line], *, linked: bool) -> Iterator[str]:
    """Yield a header and one row a line, for a spreadsheet; what has several values is JSON."""
    columns = (*(("seq", "queue_id", "reference") if linked else ()), *_COLUMNS)
    yield _csv_row(columns)
    for row in _rows(lines, linked=linked):
        yield _csv_row([_cell(row.get(column, "")) for column in columns])


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _csv_row(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _rows(lines: Iterable[Line], *, linked: bool) -> Iterator[dict[str, Any]]:
    thrown_away = Key("", "", secrets.token_bytes(32))
    for line in lines:
        told = {"time": line.time.isoformat(timespec="milliseconds"), "event": line.event, **line.fields}
        if linked:
            yield {"seq": line.seq, "key": line.key, **told}
            continue
        told |= {"time": line.time.isoformat(timespec="minutes")}
        kept = {name: value for name, value in told.items() if name not in _LINKING}
        yield {name: _unlinked(value, thrown_away) for name, value in kept.items()}


def _unlinked(value: Any, key: Key) -> Any:
    """Replace every pseudonym, at any depth."""
    if isinstance(value, str):
        return _PSEUDONYM.sub(lambda found: key.pseudonym("export", found[0]), value)
    if isinstance(value, dict):
        return {_unlinked(name, key): _unlinked(inner, key) for name, inner in value.items()}
    if isinstance(value, list):
        return [_unlinked(inner, key) for inner in value]
    return value
