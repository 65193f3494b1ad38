"""Zip containers: Word and OpenDocument files read directly, every XML member of them.

Does:   inflates members under caps, reads every ``*.xml`` (headers, footers, notes, comments, text
        boxes, tracked changes, metadata) and the words that stand in attributes, hands embedded files
        and pictures out as parts of their own.
Never:  writes to disk, follows a link, trusts a declared size or an allow-list of members.
Fails:  never raises on any bytes; broken, encrypted, overlapping or hidden members are unread.
Source: ECMA-376, OpenDocument 1.3, PKWARE APPNOTE; traps measured.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from enum import Enum
from html import unescape
from io import BytesIO
from typing import Final
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile, ZipInfo

from hygie_detectors.extraction import markup, signatures, zips
from hygie_detectors.extraction.hypertext import strip_tags
from hygie_detectors.extraction.layout import Layout
from hygie_detectors.extraction.text import decode, is_utf16
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

_COMPLETE: Final = ("word/document.xml", "application/vnd.oasis.opendocument.text")
"""The kinds this reader knows whole; spreadsheets and slides it reads in part."""

_OOXML: Final = "application/vnd.openxmlformats-officedocument"
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

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
    if not kind.startswith(_COMPLETE):
        sink.unread("unsupported")
    if sink.media_type in {"application/zip", "application/octet-stream"}:
        sink.media_type = _WORD if kind == _COMPLETE[0] else kind
    _read_office(archive, members, sink)


def _kind(archive: ZipFile, names: list[str]) -> str:
    """Return the main document's name (OOXML) or the media type (OpenDocument); empty for other zips."""
    if "[Content_Types].xml" in names:
        return _COMPLETE[0] if any(name.startswith("word/") for name in names) else _OOXML
    if "mimetype" in names:
        try:
            with archive.open("mimetype") as member:
                kind = member.read(200).decode("ascii", "replace").strip()
        except _UNREADABLE:
            return ""
        return kind if kind.startswith("application/vnd.oasis.opendocument.") else ""
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
    for member, data in _contents(archive, members, sink):
        name = member.filename
        if not data.strip():  # OpenDocument files hold empty members
            continue
        if name.lower().endswith((".xml", ".vml")):
            if name == "META-INF/manifest.xml" and b"encryption-data" in data:
                sink.unread("encrypted")
                return
            _read_member(name, data, sink)
            aside |= _aside(data)
        elif name.endswith(".rels"):
            sink.text(_links(data), _place(name), "metadata")
            aside |= _aside(data)
            if _may_hold_text(data):
                _read_member(name, data, sink)
        elif name != "mimetype" or len(data) > _MIMETYPE_MAX or b" " in data:
            sink.child(name.rpartition("/")[2], data, attachment=True, decorative_max=LETTERHEAD_MAX)
    sink.text(_written(aside), "attributes", "metadata")


_MIMETYPE_MAX: Final = 100
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


def _written(aside: set[bytes]) -> str:
    """Return what was found aside as lines, escapes undone."""
    return unquote(unescape(decode(b"\n".join(sorted(aside)))))


def _contents(archive: ZipFile, members: list[ZipInfo], sink: Sink) -> Iterator[tuple[ZipInfo, bytes]]:
    # The manifest first: it tells whether the rest is encrypted.
    for member in sorted(members, key=lambda m: m.filename != "META-INF/manifest.xml"):
        if (member.is_dir() and not member.file_size) or member.flag_bits & _ENCRYPTED_FLAG:
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
    target: _Page | markup.Document = _Page()
    if not name.startswith(_PAGES) and "/" in name:
        target = markup.Document(lambda _text, _type: False)
    elif not _may_hold_text(data):
        return
    for kind, person in signatures.find(data):
        sink.signature(kind, person)
    try:
        markup.feed(data, target, sink.limits.xml_depth_max)
    except markup.RefusedError as refused:
        sink.unread(refused.reason, place)
        sink.text(strip_tags(decode(data)), place)
        return
    source = "metadata" if name.startswith(("docProps/", "meta.xml")) else "body"
    sink.text(str(target.layout), _place(name), source)
    if isinstance(target, _Page):
        sink.text("\n".join(target.unseen), _place(name), source)


_PAGES: Final = ("word/", "xl/", "ppt/", "Object")


def _place(name: str) -> str:
    """Return the member as a place: ``word/header1.xml`` is ``header1``."""
    return name.rpartition("/")[2].rpartition(".")[0].replace("#", "_")[:80]


class _Role(Enum):
    """What an element does to the text around it."""

    LINE = "line"
    CELL = "cell"
    ROW = "row"
    TAB = "tab"
    HYPHEN = "hyphen"
    SPACES = "spaces"
    WORDS = "words"


_ROLES: Final = {
    **dict.fromkeys(("p", "h", "br", "cr", "line-break", "si", "comment", "annotation"), _Role.LINE),
    **dict.fromkeys(("list-item", "title", "creator"), _Role.LINE),
    **dict.fromkeys(("tc", "table-cell", "covered-table-cell", "c"), _Role.CELL),
    **dict.fromkeys(("tr", "row", "table-row", "tbl", "table", "txbxContent", "text-box"), _Role.ROW),
    **dict.fromkeys(("tab", "ptab"), _Role.TAB),
    "noBreakHyphen": _Role.HYPHEN,
    "s": _Role.SPACES,  # a run of spaces in OpenDocument
    **dict.fromkeys(("docPr", "cNvPr", "shape", "textpath", "imagedata", "a"), _Role.WORDS),
    **dict.fromkeys(("user-field-decl", "variable-set"), _Role.WORDS),
}
_WORDS: Final = frozenset({"descr", "title", "alt", "string", "string-value", "value", "href"})
"""Attributes of the elements of role WORDS that people write or read."""

_SPACES_MAX: Final = 40
_UNSEEN: Final = frozenset({"delText", "delInstrText", "instrText"})

_TEXT_BEHIND_TAG: Final = re.compile(rb">\s*[^<>\s]")
_TEXT_WITHOUT: Final = (b"<!", b"\0")
"""What may hold text that does not stand behind a tag; a null byte is UTF-16. Attributes are read aside."""


def _may_hold_text(data: bytes) -> bool:
    """Tell whether there is text at all: styles, themes, list definitions, most of a Word file, have none."""
    return (
        any(mark in data for mark in _TEXT_WITHOUT)
        or not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")  # some other charset
        or bool(_TEXT_BEHIND_TAG.search(data, data.find(b"?>") + len(b"?>")))
    )


class _Page:
    """Target for Word, slide and OpenDocument markup: paragraphs on lines, cells apart, runs joined."""

    def __init__(self) -> None:
        self.layout = Layout()
        self.unseen: list[str] = []
        """Deleted text and field codes: between two runs they would tear a number apart."""
        self._data: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Break where the element does; write what it stands for."""
        if self._data:
            self._flush()
        role = _ROLES.get(tag)
        if role is None or role is _Role.CELL:
            return
        if role is _Role.LINE:
            self.layout.line()
        elif role is _Role.ROW:
            self.layout.row()
        elif role is _Role.TAB:
            if not attributes:  # with attributes it defines a tab stop
                self.layout.text("\t")
        elif role is _Role.HYPHEN:
            self.layout.text("-")
        elif role is _Role.SPACES:
            count = next((value for name, value in attributes.items() if name.endswith("}c")), "1")
            self.layout.text(" " * min(int(count) if count.isdecimal() else 1, _SPACES_MAX))
        else:
            self._write_words(attributes)

    def end(self, tag: str) -> None:
        """Break behind the element."""
        if self._data and tag in _UNSEEN:
            self.unseen.append("".join(self._data))
            self._data.clear()
        elif self._data:
            self._flush()
        role = _ROLES.get(tag)
        if role is _Role.LINE:
            self.layout.line()
        elif role is _Role.CELL:
            self.layout.cell()
        elif role is _Role.ROW:
            self.layout.row()

    def _write_words(self, attributes: dict[str, str]) -> None:
        for name, value in attributes.items():
            if value and markup.local_name(name) in _WORDS:
                self.layout.line()
                self.layout.text(value)
                self.layout.line()

    def data(self, data: str) -> None:
        """Keep text until the element's edge: the parser gives it in pieces."""
        self._data.append(data)

    def _flush(self) -> None:
        text = "".join(self._data)
        self._data.clear()
        if not (text.isspace() and "\n" in text):  # indentation of the markup, no text
            self.layout.text(text)


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
