"""Calendars and address cards (iCalendar, vCard): folded lines, encoded values, files inside.

Does:   unfolds lines, decodes quoted-printable values in their charset, undoes escapes, hands photos,
        attached documents and keys out as parts under the name their property gives.
Never:  drops a property it does not know, nor a parameter: guests' names stand in parameters.
Fails:  never raises. Base64 that is none stays text, and is ``corrupt``.
Source: RFC 5545, RFC 6350, vCard 2.1 (quoted-printable, base64 without folding).
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Callable, Iterator
from typing import Final

from hygie_detectors.extraction.headers import decode_base64
from hygie_detectors.extraction.mail import DECORATIVE_MAX
from hygie_detectors.extraction.text import decode
from hygie_detectors.extraction.walk import Sink

_TYPES: Final = frozenset({"text/calendar", "text/vcard", "text/x-vcard", "text/directory"})
_STARTS: Final = ("BEGIN:VCAL", "BEGIN:VCARD", "BEGIN:ICAL")
_FOLD: Final = re.compile(
    r"(?<![=\r])\r?\n[ \t]"
)  # behind "=" quoted-printable goes on, the space is its own
_ESCAPE: Final = re.compile(r"\\([,;\\])")
_PROPERTY: Final = re.compile(r"([A-Za-z0-9_.-]{1,80})((?:;(?:\"[^\"]*\"|[^\":;])*)*):", re.DOTALL)
_PARAMETER: Final = re.compile(r";\s*([A-Za-z0-9-]{1,40})=\"?([^\";]*)")
_BASE64_LINE: Final = re.compile(r"\s*[A-Za-z0-9+/]{4,}={0,2}\s*\Z")
_QUOTED_PRINTABLE: Final = re.compile(r";(?:ENCODING=)?QUOTED-PRINTABLE", re.IGNORECASE)
_BASE64: Final = re.compile(r";(?:ENCODING=)?(?:BASE64|B)(?=[;:]|\Z)", re.IGNORECASE)
_LISTS: Final = frozenset({"N", "ADR", "ORG"})
"""Properties of several fields, apart by semicolons: surname and given name, for one."""
_PICTURES: Final = frozenset({"PHOTO", "LOGO"})


def is_card(content: str, declared: str) -> bool:
    """Tell whether this text is a calendar or a card."""
    return declared in _TYPES or content[:32].lstrip("\ufeff \t\r\n").upper().startswith(_STARTS)


def read_card(content: str, sink: Sink) -> str:
    """Hand the files inside out; return the rest with its encodings undone."""
    lines: list[str] = []
    files = 0
    for line in _lines(_FOLD.sub("", content)):
        found = _PROPERTY.match(line)
        if found is None:
            lines.append(line)
            continue
        value = line[found.end() :]
        if _BASE64.search(found[2]):
            files += 1
            if files <= sink.limits.archive_members_max:
                value = _take_file(found, value, sink)
            else:
                sink.unread("limit:archive_members_max")
        elif _QUOTED_PRINTABLE.search(found[2]):
            charset = _parameters(found[2]).get("charset", "utf-8")
            value = decode(quopri.decodestring(value.encode("utf-8", "replace")), charset)
        if found[1].rpartition(".")[2].upper() in _LISTS:
            value = value.replace(";", " ")
        if "\\" in value:
            value = _ESCAPE.sub(r"\1", value.replace("\\n", "\n").replace("\\N", "\n"))
        lines.append(found[0] + value)
    return "\n".join(lines)


def _lines(content: str) -> Iterator[str]:
    """Yield one property a line, with what version 2.1 continues without folding."""
    pieces: list[str] = []
    goes_on: Callable[[str, str], bool] = _never
    for line in content.splitlines():
        if pieces and goes_on(pieces[-1], line):
            pieces.append(line)
            continue
        if pieces:
            yield "\n".join(pieces)
        pieces = [line]
        head = line[:_PARAMETERS_MAX].partition(":")[0]
        goes_on = _never
        if ";" in head:
            if _BASE64.search(head):
                goes_on = _goes_on_in_base64
            elif _QUOTED_PRINTABLE.search(head):
                goes_on = _goes_on_in_quoted_printable
    if pieces:
        yield "\n".join(pieces)


def _never(before: str, line: str) -> bool:
    del before, line
    return False


def _goes_on_in_base64(before: str, line: str) -> bool:
    del before
    return bool(_BASE64_LINE.match(line))


def _goes_on_in_quoted_printable(before: str, line: str) -> bool:
    del line
    return before.endswith("=")


_PARAMETERS_MAX: Final = 1_000


def _parameters(written: str) -> dict[str, str]:
    return {name.lower(): value for name, value in _PARAMETER.findall(written)}


def _take_file(found: re.Match[str], value: str, sink: Sink) -> str:
    """Hand a file out; return what of the value stays text."""
    data, clean = decode_base64(value.encode("utf-8", "replace"))
    if not clean:
        sink.unread("corrupt")
    if not data:
        return value
    parameters = _parameters(found[2])
    kind = found[1].rpartition(".")[2].upper()
    names = ("filename", "x-filename", "x-apple-filename", "x-oracle-filename", "x-evolution-caldav-filename")
    name = next((parameters[key] for key in names if key in parameters), "")
    path = sink.child(
        name or kind.lower(),
        data,
        declared=parameters.get("fmttype", "").lower(),
        decorative_max=DECORATIVE_MAX if kind in _PICTURES else 0,
    )
    sink.name(name, path)
    return "" if clean else value
