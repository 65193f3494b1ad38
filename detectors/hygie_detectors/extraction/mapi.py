"""Outlook's own form of a message: MAPI properties, as TNEF (winmail.dat) and .msg files carry them.

Does:   gives the texts of a message (subject, body, HTML and formatted bodies, names of recipients,
        categories, what Outlook's forms add) and its attachments under their long names.
Never:  leaves a string property out: forms and add-ins put text in properties nobody lists.
        Binary properties but the bodies and attachments are identifiers and hold no document.
Fails:  never raises. A damaged formatted body is ``corrupt``; what it gave is read.
Source: MS-OXPROPS, MS-OXCMSG, MS-OXCMAIL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from hygie_detectors.extraction import lzfu
from hygie_detectors.extraction.mail import DECORATIVE_MAX
from hygie_detectors.extraction.text import decode
from hygie_detectors.extraction.walk import Sink

INTEGER32: Final = 0x0003
OBJECT: Final = 0x000D
STRING8: Final = 0x001E
UNICODE: Final = 0x001F
BINARY: Final = 0x0102
MULTIPLE: Final = 0x1000
"""Added to a type: several values."""

SUBJECT: Final = 0x0037
TRANSPORT_HEADERS: Final = 0x007D
BODY: Final = 0x1000
RTF: Final = 0x1009
HTML: Final = 0x1013
DISPLAY_NAME: Final = 0x3001
ATTACHED_DATA: Final = 0x3701
SHORT_NAME: Final = 0x3704
METHOD: Final = 0x3705
LONG_NAME: Final = 0x3707
EXTENSION: Final = 0x3703
MEDIA_TYPE: Final = 0x370E
CONTENT_ID: Final = 0x3712
INTERNET_CODE_PAGE: Final = 0x3FDE
CODE_PAGE: Final = 0x3FFD

_DIRECTORY_NAME: Final = ("/o=", "/O=")
"""An address of Exchange's directory: long, hexadecimal, nobody reads it."""


class Property(NamedTuple):
    """One property with one of its values."""

    id: int
    type: int
    value: bytes


def first(properties: Iterable[Property], *ids: int) -> Property | None:
    """Return the first property of the first of these ids that there is."""
    by_id = {found.id: found for found in reversed(list(properties))}
    return next((by_id[wanted] for wanted in ids if wanted in by_id), None)


def charset_of(numbers: Mapping[int, int]) -> str:
    """Return the charset of 8-bit strings, from the numeric properties of a message."""
    return charset(numbers.get(CODE_PAGE) or numbers.get(INTERNET_CODE_PAGE) or 0)


def charset(code_page: int) -> str:
    """Return the name of a Windows code page."""
    names = {65001: "utf-8", 20127: "ascii", 28591: "iso8859-1", 28605: "iso8859-15", 1200: "utf-16-le"}
    return names.get(code_page, f"cp{code_page}" if code_page else "cp1252")


def string(found: Property | None, charset: str) -> str:
    """Return the text of a property; empty when there is none."""
    if found is None:
        return ""
    if found.type & ~MULTIPLE == UNICODE:
        return found.value.decode("utf-16-le", "replace").rstrip("\0")
    return decode(found.value.rstrip(b"\0"), charset)


def read_message(properties: list[Property], numbers: Mapping[int, int], sink: Sink) -> None:
    """Give all texts of a message."""
    charset_ = charset_of(numbers)
    sink.text(string(first(properties, SUBJECT), charset_), "subject", "header")
    sink.text(string(first(properties, BODY), charset_))
    _read_bodies(properties, charset(numbers.get(INTERNET_CODE_PAGE, 0)), sink)
    headers = string(first(properties, TRANSPORT_HEADERS), charset_)
    if headers.strip():
        sink.child(
            "transport",
            headers.strip().encode("utf-8", "replace") + b"\r\n\r\n",
            declared="message/rfc822",
            attachment=sink.item.attachment,
            mime_depth=sink.item.mime_depth + 1,
        )
    sink.text(strings(properties, charset_), "properties", "metadata")


_READ_APART: Final = frozenset({SUBJECT, BODY, HTML, TRANSPORT_HEADERS})


def strings(properties: Iterable[Property], charset: str) -> str:
    """Return every string there is, each once, a line each."""
    lines = (
        string(found, charset)
        for found in properties
        if found.type & ~MULTIPLE in {STRING8, UNICODE} and found.id not in _READ_APART
    )
    return "\n".join(dict.fromkeys(line for line in lines if line and not line.startswith(_DIRECTORY_NAME)))


def _read_bodies(properties: list[Property], html_charset: str, sink: Sink) -> None:
    """Hand the HTML and the formatted body out as parts: each has its own reader."""
    for found in properties:
        if found.id == HTML and found.value.strip(b"\0 "):
            wide = found.type == UNICODE
            _body("html", found.value, "text/html", "utf-16-le" if wide else html_charset, sink)
        elif found.id == RTF and found.type == BINARY and found.value:
            rtf, whole = lzfu.decompress(found.value, min(sink.limits.member_max_bytes, sink.budget.left))
            sink.budget.left -= len(rtf)
            if not whole:
                sink.unread("corrupt", "rtf")
            _body("rtf", rtf, "text/rtf", "", sink)


def _body(name: str, data: bytes, declared: str, charset: str, sink: Sink) -> None:
    sink.child(
        name,
        data,
        declared=declared,
        charset=charset,
        attachment=sink.item.attachment,
        mime_depth=sink.item.mime_depth,
    )


def file_name(properties: Iterable[Property], charset: str) -> str:
    """Return the name an attachment is shown under."""
    return string(first(properties, LONG_NAME, DISPLAY_NAME, SHORT_NAME), charset)


def add_attachment(  # noqa: PLR0913 - what is known of an attachment
    name: str,
    data: bytes,
    properties: list[Property],
    charset: str,
    sink: Sink,
    storage: tuple[str, ...] = (),
) -> None:
    """Hand an attached file out as a part, or one ``storage`` of it; its other strings are text beside it."""
    path = sink.child(
        name,
        data,
        storage=storage,
        declared=string(first(properties, MEDIA_TYPE), charset).lower(),
        decorative_max=DECORATIVE_MAX if first(properties, CONTENT_ID) else 0,
        mime_depth=sink.item.mime_depth + 1,
    )
    sink.name(name, path)
    others = [found for found in properties if found.id not in {EXTENSION, MEDIA_TYPE, CONTENT_ID}]
    sink.text(
        "\n".join(line for line in strings(others, charset).split("\n") if line != name), "files", "name"
    )
