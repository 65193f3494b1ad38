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
import zlib
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from typing import Final
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile, ZipInfo

from hygie_detectors.extraction import markup, signatures, sniff, zips
from hygie_detectors.extraction.hypertext import strip_tags
from hygie_detectors.extraction.page import Page
from hygie_detectors.extraction.spreadsheet import Workbook
from hygie_detectors.extraction.text import decode, is_utf16, written
from hygie_detectors.extraction.walk import EXPANSION_FLOOR, Sink
from hygie_detectors.limits import KIB

LETTERHEAD_MAX: Final = 64 * KIB
"""A picture in a document up to this size is a letterhead or a logo: hospitals' run to some 50 kB, and a
page scanned legibly in colour or grey is larger. It stays unread, but counts as no file."""

_LOCAL_HEADER: Final = b"PK\x03\x04"
_HEADER_BYTES: Final = 30
"""A local header without its name; the member's bytes begin behind it."""
_ENCRYPTED_FLAG: Final = 1
_CHUNK: Final = 1 << 16

_OOXML: Final = "application/vnd.openxmlformats-officedocument"
_OOXML_KINDS: Final = {
    "word": f"{_OOXML}.wordprocessingml.document",
    "xl": f"{_OOXML}.spreadsheetml.sheet",
    "ppt": f"{_OOXML}.presentationml.presentation",
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
)
_BINARY_MAIN: Final = "xl/workbook.bin"

_UNREADABLE: Final = (
    BadZipFile,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    zlib.error,
)


class _OverError(Exception):
    """A member passed a limit; the argument is its name."""


def read_zip(sink: Sink) -> None:
    """Read an Office file; any other zip goes to :mod:`zips`."""
    data = zips.cut_tail(sink)
    try:
        archive = ZipFile(BytesIO(data))
    except _UNREADABLE:
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
    if not kind.startswith((*_OOXML_KINDS.values(), *_ODF_KINDS)) or _BINARY_MAIN in names:
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
        except _UNREADABLE:
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


def _inflate(archive: ZipFile, member: ZipInfo, sink: Sink) -> bytes:
    """Return a member's bytes.

    Raises:
        _OverError: when the member, the container or the ratio passes its limit.

    """
    limits, budget = sink.limits, sink.budget
    pieces, size = [], 0
    ratio_max = max(EXPANSION_FLOOR, limits.expansion_ratio_max * max(member.compress_size, 1))
    with archive.open(member) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            budget.left -= len(piece)
            if size > limits.member_max_bytes:
                raise _OverError("member_max_bytes")
            if budget.left < 0:
                raise _OverError("expanded_max_bytes")
            if size > ratio_max:
                raise _OverError("expansion_ratio_max")
            pieces.append(piece)
    return b"".join(pieces)


def _read_office(archive: ZipFile, members: list[ZipInfo], sink: Sink) -> None:
    aside = {member.filename.encode("utf-8", "replace") for member in members if " " in member.filename}
    aside.add(archive.comment)
    book = Workbook(sink)
    for member, data in _contents(archive, members, sink):
        name = member.filename
        if not data.strip():  # OpenDocument files hold empty members
            continue
        if name.lower().endswith((".xml", ".vml")):
            if name == "META-INF/manifest.xml" and b"encryption-data" in data:
                sink.unread("encrypted")
                return
            if not book.take(_place(name), data):
                _read_member(name, data, sink)
            aside |= _aside(data)
        elif name.endswith(".rels"):
            sink.text(_links(data), _place(name), "metadata")
            aside |= _aside(data)
            if _may_hold_text(data):
                _read_member(name, data, sink)
        elif _SERVICE.search(name) and not sniff.sniff(data)[1]:
            sink.text(written(data), _place(name), "metadata")
        elif name != "mimetype" or len(data) > _MIMETYPE_MAX or b" " in data:
            sink.child(name.rpartition("/")[2], data, attachment=True, decorative_max=LETTERHEAD_MAX)
    book.finish()
    sink.text(_unescaped(aside), "attributes", "metadata")


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
            yield member, _inflate(archive, member, sink)
        except _OverError as over:
            sink.unread(f"limit:{over}")
            if str(over) == "expanded_max_bytes":
                return
        except _UNREADABLE:
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


_PAGES: Final = ("word/", "xl/", "ppt/", "drs/", "Object")
_NO_PAGES: Final = ("xl/pivot",)


def _place(name: str) -> str:
    """Return the member as a place: ``word/header1.xml`` is ``header1``."""
    return name.rpartition("/")[2].rpartition(".")[0].replace("#", "_")[:80]


_TEXT_BEHIND_TAG: Final = re.compile(rb">\s*[^<>\s]")
_TEXT_WITHOUT: Final = (b"<!", b"\0", b"cmAuthor", b"person", b"docVar", b"table-cell")
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
