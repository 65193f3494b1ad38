"""Office files that are zips: Word, Excel, PowerPoint and OpenDocument, every XML member of them.

Does:   inflates members under caps, reads every ``*.xml`` (sheets, slides, headers, footers, notes, comments,
        text boxes, charts, tracked changes, metadata) and the words that stand in attributes, hands embedded
        files, objects and pictures out as parts of their own.
Never:  writes to disk, follows a link, trusts a declared size or an allow-list of members.
Fails:  never raises on any bytes; broken, encrypted, overlapping or hidden members are unread.
Source: ECMA-376, OpenDocument 1.3, PKWARE APPNOTE; traps measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from typing import Final
from urllib.parse import unquote
from zipfile import ZipFile, ZipInfo

from hygie_detectors.extraction import markup, signatures, sniff, xlsb, zips
from hygie_detectors.extraction.hypertext import strip_tags
from hygie_detectors.extraction.members import Intake, OverError
from hygie_detectors.extraction.page import Page
from hygie_detectors.extraction.pictures import LETTERHEAD_MAX
from hygie_detectors.extraction.spreadsheet import Workbook
from hygie_detectors.extraction.text import decode, is_utf16, written
from hygie_detectors.extraction.walk import Sink

_LOCAL_HEADER: Final = b"PK\x03\x04"
_HEADER_BYTES: Final = 30
"""A local header without its name; the member's bytes begin behind it."""
_ENCRYPTED_FLAG: Final = 1

_OOXML: Final = "application/vnd.openxmlformats-officedocument"
_OOXML_KINDS: Final = {
    "word": f"{_OOXML}.wordprocessingml.document",
    "xl": f"{_OOXML}.spreadsheetml.sheet",
    "ppt": f"{_OOXML}.presentationml.presentation",
    "visio": "application/vnd.ms-visio.drawing",
    # What newer programs put besides into documents of the older format:
    "theme": f"{_OOXML}.theme",
    "drs": f"{_OOXML}.drawing",
    "tableStyles.xml": f"{_OOXML}.drawing",
}
"""The folder of each application, which none of them changes, and what its files are."""
_ADDED: Final = (f"{_OOXML}.theme", f"{_OOXML}.drawing")
_ODF: Final = "application/vnd.oasis.opendocument."
_ODF_KINDS: Final = (
    f"{_ODF}text",
    f"{_ODF}spreadsheet",
    f"{_ODF}presentation",
    f"{_ODF}graphics",
    f"{_ODF}chart",
    f"{_ODF}formula",
)
_BINARY_MAIN: Final = "xl/workbook.bin"
_BINARY_SHEETS: Final = re.compile(
    r"xl/(?:workbook|sharedStrings|styles|calcChain|metadata)\.bin|xl/\w{1,20}sheets/\w{1,40}\.bin"
)
_BINARY: Final = re.compile(
    _BINARY_SHEETS.pattern + r"|xl/(?:\w{1,20}/)?(?:comments|table|connections|pivot|external)\w{0,40}\.bin"
)
"""Members of a binary workbook, in records of their own: those of its sheets, and those beside them."""


def read_zip(sink: Sink) -> None:
    """Read an Office file; any other zip goes to :mod:`zips`."""
    data = zips.cut_tail(sink)
    try:
        archive = ZipFile(BytesIO(data))
    except zips.UNREADABLE:
        zips.read_broken(data, sink)
        return
    with archive:
        _read_archive(archive, data, sink)


def _read_archive(archive: ZipFile, data: bytes, sink: Sink) -> None:
    members = archive.infolist()
    names = [member.filename for member in members[: sink.limits.archive_members_max]]
    if signatures.xdm_members(names):
        sink.signature("xdm", person=True)
    kind = _kind(archive, names)
    if not kind:
        zips.read_members(archive, data, sink)
        return
    if len(members) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
        members = members[: sink.limits.archive_members_max]
    if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
        sink.unread("encrypted")
    if _overlap_or_hide(archive, data):
        sink.unread("corrupt")
        return
    if not kind.startswith((*_OOXML_KINDS.values(), *_ODF_KINDS)):
        sink.unread("unsupported")
    if sink.media_type in {"application/zip", "application/octet-stream"}:
        sink.media_type = kind
    if kind.startswith(_ADDED):
        sink.text("\n".join(names), "members", "metadata")  # most have no other words
    _read_office(archive, members, sink)


def _kind(archive: ZipFile, names: list[str]) -> str:
    """Return the media type of an Office file, ``_OOXML`` for one we do not know; empty for other zips."""
    if "[Content_Types].xml" in names:
        folders = {name.partition("/")[0] for name in names}
        return next((kind for folder, kind in _OOXML_KINDS.items() if folder in folders), _OOXML)
    if "mimetype" in names:
        try:
            with archive.open("mimetype") as member:
                kind = member.read(200).decode("ascii", "replace").strip()
        except zips.UNREADABLE:
            return ""
        return kind if kind.startswith(_ODF) else ""
    return ""


def _overlap_or_hide(archive: ZipFile, data: bytes) -> bool:
    """Tell whether members share bytes (a bomb), or one is missing from the directory (a hiding place)."""
    spans = sorted((m.header_offset, m.header_offset + m.compress_size) for m in archive.infolist())
    position = 0
    for start, end in [*spans, (archive.start_dir, archive.start_dir)]:
        if start < position:
            return True
        # Behind a member's bytes lie its data descriptor and the next member's header, and no other header.
        if position and data.find(_LOCAL_HEADER, position + _HEADER_BYTES, start) >= 0:
            return True
        position = end
    return False


def _read_office(archive: ZipFile, members: list[ZipInfo], sink: Sink) -> None:
    aside = {member.filename.encode("utf-8", "replace") for member in members if " " in member.filename}
    aside.add(archive.comment)
    book = Workbook(sink)
    binary = any(member.filename == _BINARY_MAIN for member in members)
    expanded = 0
    for member, data in _contents(archive, members, sink):
        expanded += len(data)
        if member.filename == "META-INF/manifest.xml" and b"encryption-data" in data:
            sink.unread("encrypted")
            return
        if binary and _BINARY.fullmatch(member.filename):
            _read_binary(member.filename, data, sink)
        elif data.strip():  # OpenDocument files hold empty members
            aside |= _read_content(member.filename, data, book, sink)
    book.finish()
    if binary and expanded == sum(member.file_size for member in archive.infolist()):  # none is a bomb
        xlsb.read(sink.item.data, sink)
    sink.text(_unescaped(aside), "attributes", "metadata")


def _read_content(name: str, data: bytes, book: Workbook, sink: Sink) -> set[bytes]:
    """Read one member, or make a part of it; return what stands beside its text."""
    if name.lower().endswith((".xml", ".vml")):
        if not book.take(_place(name), data):
            _read_member(name, data, sink)
        return _aside(data)
    if name.endswith(".rels"):
        sink.text(_links(data), _place(name), "metadata")
        if _may_hold_text(data):
            _read_member(name, data, sink)
        return _aside(data)
    if _SERVICE.search(name) and not sniff.sniff(data)[1]:
        sink.text(written(data), _place(name), "metadata")
    elif name != "mimetype" or len(data) > _MIMETYPE_MAX or b" " in data:
        sink.child(name.rpartition("/")[2], data, attachment=True, decorative_max=LETTERHEAD_MAX)
    return set()


def _read_binary(name: str, data: bytes, sink: Sink) -> None:
    """Read the words of a binary workbook's member; the cells are read apart, comments and tables are not."""
    sink.text(written(data), _place(name), "metadata")
    if not _BINARY_SHEETS.fullmatch(name):
        sink.unread("unsupported", _place(name))


_MIMETYPE_MAX: Final = 100
_SERVICE: Final = re.compile(
    r"(?:\A|/)(?:printerSettings\d{0,4}\.bin|layout-cache|ObjectReplacements/[^/]+|TablePreview\d{1,4}\.svm)\Z"
)
"""A printer's setup, the positions of lines, a picture of a table or an object that is read itself: no format
of their own, nobody's text; the words in them are read."""
_SEVERAL_WORDS: Final = (  # or thirteen characters that begin with a digit, or escapes, which may be words
    (b'="', re.compile(rb'="([^" <&%]*[ &%][^"<]+|\d[^"<]{12,})"')),
    (b"='", re.compile(rb"='([^' <&%]*[ &%][^'<]+|\d[^'<]{12,})'")),
)
_SPACED: Final = re.compile(rb"=\s{1,8}([\"'])")
_BESIDE: Final = re.compile(rb"<!--(.*?)-->|<\?(?!xml)(.*?)\?>", re.DOTALL)


def _aside(data: bytes) -> set[bytes]:
    """Return attribute values of several words, comments and processing instructions, each once."""
    if is_utf16(data) or data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        data = decode(data).encode("utf-8", "replace")
    if b"= " in data or b"=\n" in data:
        data = _SPACED.sub(rb"=\1", data)
    found: set[bytes] = set()
    for quote, value in _SEVERAL_WORDS:
        if quote in data:
            found.update(value.findall(data))
    # As many ends as beginnings, as in a well-formed member: each search ends soon.
    beside = b"<!--" in data or data.find(b"<?", 2) > 0
    if beside and data.count(b"-->") == data.count(b"<!--") and data.count(b"?>") == data.count(b"<?"):
        found.update(comment or instruction for comment, instruction in _BESIDE.findall(data))
    return found


def _unescaped(aside: set[bytes]) -> str:
    """Return what was found aside as lines, escapes undone."""
    return unquote(unescape(decode(b"\n".join(sorted(aside)))))


def _contents(archive: ZipFile, members: list[ZipInfo], sink: Sink) -> Iterator[tuple[ZipInfo, bytes]]:
    # The manifest first: it tells whether the rest is encrypted.
    for member in sorted(members, key=lambda m: m.filename != "META-INF/manifest.xml"):
        if (member.filename.endswith("/") and not member.file_size) or member.flag_bits & _ENCRYPTED_FLAG:
            continue
        try:
            yield member, zips.expand(archive, member, Intake(sink, member.compress_size))
        except OverError as over:
            sink.unread(f"limit:{over}")
            if str(over) == "expanded_max_bytes":
                return
        except zips.UNREADABLE:
            sink.unread("corrupt", _place(member.filename))


def _read_member(name: str, data: bytes, sink: Sink) -> None:
    place = _place(name)
    target: Page | markup.Document = Page(sink.limits.spreadsheet_cells_max)
    if ("/" in name and not name.startswith(_PAGES)) or name.startswith(_NO_PAGES):
        target = markup.Document(lambda _text, _type: False)
    elif not _may_hold_text(data):
        return
    for kind, person in signatures.find(data):
        sink.signature(kind, person)
    try:
        markup.feed(data, target, sink.limits.xml_depth_max)
    except markup.RefusedError as refused:
        sink.unread(refused.reason, place)
        if "cells" not in refused.reason:  # what was read before the last cell allowed stays as it is
            sink.text(strip_tags(decode(data)), place)
            return
    source = "metadata" if name.startswith(("docProps/", "meta.xml")) else "body"
    sink.text(str(target.layout), place, source)
    if isinstance(target, Page):
        sink.text("\n".join(target.unseen), place, source)


_PAGES: Final = ("word/", "xl/", "ppt/", "drs/", "visio/", "Object")
_NO_PAGES: Final = ("xl/pivot",)


def _place(name: str) -> str:
    """Return the member as a place: ``word/header1.xml`` is ``header1``."""
    return name.rpartition("/")[2].rpartition(".")[0].replace("#", "_")[:80]


_TEXT_BEHIND_TAG: Final = re.compile(rb">\s*[^<>\s]")
_TEXT_WITHOUT: Final = (b"<!", b"\0", b"cmAuthor", b"person", b"docVar", b"table-cell", b"<Page ")
"""What may hold text that does not stand behind a tag: a null byte is UTF-16, the others are elements whose
attributes hold one word. Attributes of several words are read aside."""


def _may_hold_text(data: bytes) -> bool:
    """Tell whether there is text at all: styles, themes, list definitions, most of a Word file, have none."""
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    declaration = data.find(b"?>") + 1 if start.startswith(b"<?xml") else 0
    return (
        any(mark in data for mark in _TEXT_WITHOUT)
        or not start.startswith(b"<")  # some other charset
        or not data[-64:].rstrip(b"\0 \t\r\n").endswith(b">")  # cut off, in a tag perhaps
        or bool(_TEXT_BEHIND_TAG.search(data, declaration))
    )


class _Links:
    """Target for relationship files: addresses outside the document."""

    def __init__(self) -> None:
        self.targets: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Keep an external target."""
        if tag == "Relationship" and attributes.get("TargetMode") == "External":
            self.targets.append(attributes.get("Target", ""))

    def end(self, tag: str) -> None:
        """Nothing to do."""

    def data(self, data: str) -> None:
        """Nothing to do."""


def _links(data: bytes) -> str:
    links = _Links()
    try:
        markup.feed(data, links, 16)
    except markup.RefusedError:
        return strip_tags(decode(data))
    return "\n".join(links.targets)
