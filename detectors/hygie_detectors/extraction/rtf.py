r"""RTF: every destination's text, the pictures and objects inside, the HTML that Outlook wraps in it.

Does:   goes through the source once, token by token; puts headers, footers, notes, comments, text
        boxes, metadata beside the body, and all text of any other destination under ``hidden``: the
        second look, at no second pass. Decodes ``\'xx`` by the font's or the document's charset and
        ``\uN`` with its stand-ins; hands pictures, objects and what ``\bin`` covers out as parts.
Never:  drops a destination it does not know; recurses: 200 000 nested groups are a list.
Fails:  never raises on any bytes. Groups left open are ``corrupt``; their text is read.
Source: RTF specification 1.9.1; MS-OXRTFEX (HTML in RTF); traps measured.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Final, NamedTuple
from zipfile import BadZipFile, ZipFile

from hygie_detectors.extraction import compound, embedded, text
from hygie_detectors.extraction.members import OverError
from hygie_detectors.extraction.pictures import LETTERHEAD_MAX
from hygie_detectors.extraction.walk import Sink

_TOKEN: Final = re.compile(
    rb"\\'([0-9a-fA-F]{2})"  # 1: a byte
    rb"|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?"  # 2, 3: a control word and its number
    rb"|\\(\r\n|[^a-zA-Z]|\Z)"  # 4: a control symbol
    rb"|([{}])"  # 5
    rb"|([^\\{}\r\n]+)"  # 6: text
    rb"|[\r\n]+",
    re.DOTALL,
)

_TRANSPARENT: Final = frozenset(
    {
        *("rtf", "field", "fldrslt", "object", "result", "shp", "shpinst", "shpgrp", "sp", "do"),
        *("listtext", "pntext", "upr", "ud", "shppict", "nonesttables", "nesttableprops", "formfield"),
    }
)
"""Destinations whose text, if they have any, belongs where they stand."""

_ASIDE: Final = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
    **dict.fromkeys(("footnote", "ftnsep", "ftnsepc", "aftnsep"), "note"),
    **dict.fromkeys(("annotation", "atnauthor", "atnid"), "comment"),
    **dict.fromkeys(("shptxt", "dptxbxtext"), "textbox"),
    **dict.fromkeys(("fldinst", "sv", "bkmkstart", "xe", "tc"), "field"),
    **dict.fromkeys(
        (
            *("info", "title", "subject", "author", "manager", "company", "operator", "category"),
            *("keywords", "comment", "doccomm", "hlinkbase", "userprops", "propname", "staticval"),
        ),
        "metadata",
    ),
}
"""Destinations beside the body, and the place their text gets."""

_HIDDEN: Final = "hidden"
_TABLES: Final = frozenset(
    {"fonttbl", "colortbl", "stylesheet", "listtable", "listoverridetable", "filetbl", "revtbl", "generator"}
)
r"""Destinations of the header that need no ``\*``."""

_BYTES: Final = frozenset(
    {"pict", "objdata", "themedata", "colorschememapping", "datastore", "objalias", "objsect"}
)
r"""Destinations that hold a file in hexadecimal or behind ``\bin``."""

_FALLBACK: Final = "nonshppict"
"""The picture before it once more, as a metafile for readers of 1995; Word writes both, always."""

_PROPERTY_NAME: Final = "sn"
"""Name of a drawing property: a fixed vocabulary, hundreds a document."""

_DIGESTS: Final = frozenset({"panose", "blipuid", "passwordhash"})
"""Runs of digits that are nobody's."""

_BREAKS: Final = {
    **dict.fromkeys(("par", "line", "sect", "page", "column", "row", "nestrow", "softline"), "\n"),
    **dict.fromkeys(("tab", "cell", "nestcell"), "\t"),
    **dict.fromkeys(("emspace", "enspace", "qmspace"), " "),
    **{"emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’"},  # noqa: PIE800 - the pairs read as pairs
    **{"ldblquote": "“", "rdblquote": "”", "zwj": "\u200d", "zwnj": "\u200c"},  # noqa: PIE800 - the same
}
_SYMBOLS: Final = {
    b"~": "\xa0",
    b"-": "\xad",
    b"_": "-",
    **dict.fromkeys((b"\n", b"\r", b"\r\n"), "\n"),
    b"\t": "\t",
}

_FONT_CHARSETS: Final = {
    **{0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "cp950"},  # noqa: PIE800 - a table
    **{161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257"},  # noqa: PIE800 - a table
    **{204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850"},  # noqa: PIE800 - a table
}
_DOCUMENT_CHARSETS: Final = {"ansi": "cp1252", "mac": "mac-roman", "pc": "cp437", "pca": "cp850"}

_HEX: Final = re.compile(rb"[0-9a-fA-F\s]*")
_NOT_HEX: Final = bytes(set(range(256)) - set(b"0123456789abcdefABCDEF"))
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_HTML_MARK: Final = re.compile(rb"\\fromhtml1?(?![0-9a-zA-Z])")
_HEAD: Final = 4096


class _Group:
    """What is gathered from one destination, whatever groups it holds."""

    __slots__ = ("fallback", "files", "name", "pieces", "raw")

    def __init__(self, name: str, *, fallback: bool = False) -> None:
        self.name = name
        self.fallback = fallback
        """Inside a picture written once more for old readers."""
        self.pieces: list[str] = []
        self.raw: list[bytes] = []
        """The bytes of a destination that holds hexadecimal."""
        self.files: list[bytes] = []
        r"""What ``\bin`` covered."""


class _State(NamedTuple):
    """What a closing brace gives back."""

    group: _Group
    charset: str
    """Of the current font; empty for the document's."""
    stand_ins: int
    r"""Characters behind ``\uN`` that old readers show instead."""
    rtf_only: bool
    """Written for RTF readers where the document is HTML."""


def read_rtf(sink: Sink) -> None:
    """Read an RTF document; nothing of it stays unread but objects and pictures no reader knows."""
    data = sink.item.data
    start = max(data.find(b"{\\rt"), 0)
    if start and data[:start].strip(b"\xef\xbb\xbf \r\n\t\0"):
        sink.text(text.decode(data[:start]), "prefix")
    document = _Document(data, start)
    document.read()
    if document.broken:
        sink.unread("corrupt")
    _add_texts(document, sink)
    _add_files(document.files, sink)


def _add_texts(document: _Document, sink: Sink) -> None:
    sink.text(_joined(document.body))
    for place, pieces in document.aside.items():
        sink.text(_joined(pieces), place, "metadata" if place == "metadata" else "body")
    tail = document.tail.strip(b"\0 \r\n\t")
    if tail and text.is_text(tail) and b"{\\rtf" not in tail:
        sink.text(text.unescape_rtf(text.decode(tail)), "tail")
    elif tail:
        sink.child("suite", tail, attachment=sink.item.attachment)
    if document.html is not None:
        source = _joined(document.html)
        if source.strip():
            sink.child(
                "html",
                source.encode("utf-8", "replace"),
                declared="text/html",
                charset="utf-8",
                attachment=sink.item.attachment,
                mime_depth=sink.item.mime_depth,
            )


def _joined(pieces: list[str]) -> str:
    joined = "".join(pieces)
    if _SURROGATES.search(joined):  # \uN writes one half at a time
        joined = joined.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined


def _add_files(files: list[tuple[str, bytes]], sink: Sink) -> None:
    if len(files) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    for number, (kind, data) in enumerate(files[: sink.limits.archive_members_max], 1):
        if kind == "objdata":
            package = compound.read_object(data) or compound.Package("", data, b"")
            package.hand_out(f"objet-{number}", sink)
        elif kind == "datastore":
            _read_store(data, sink)
        elif kind == "themedata" and _read_theme(data, sink):
            continue
        else:
            sink.child(f"{_FILE_NAMES.get(kind, kind)}-{number}", data, decorative_max=LETTERHEAD_MAX)


_FILE_NAMES: Final = {"pict": "image", "themedata": "theme"}


def _read_theme(data: bytes, sink: Sink) -> bool:
    """Read Word's colours and fonts, a zip of XML in nearly every document; False when it is no such zip."""
    try:
        with ZipFile(BytesIO(data)) as package:
            members = package.infolist()
            if not all(_THEME_MEMBER.fullmatch(member.filename) for member in members):
                return False
            if len(members) > _THEME_MEMBERS_MAX or sum(m.file_size for m in members) > _THEME_MAX:
                return False
            content = [package.read(member) for member in members]  # the sizes are those zipfile stops at
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error):
        return False
    sink.text("\n".join(map(text.decode, content)), "theme", "metadata")
    return True


_THEME_MEMBER: Final = re.compile(
    r"\[Content_Types\]\.xml|(?:_rels|theme)/(?:theme/)?(?:_rels/)?[\w.]*\.(?:xml|rels)"
)
_THEME_MEMBERS_MAX: Final = 10
_THEME_MAX: Final = 256 * 1024
"""Word's own has some 10 kB; a larger one goes through the reader of archives and its limits."""


def _read_store(data: bytes, sink: Sink) -> None:
    """Read Word's custom XML: a compound file of small XML streams, in nearly every document, mostly void."""
    try:
        for storage in compound.Compound(data, sink).storages.values():
            for name in sorted(storage.names()):
                content = storage.read(name)
                if text.is_text(content):
                    sink.text(text.decode(content), "datastore", "metadata")
                else:
                    sink.child(name, content)
    except compound.CompoundError:
        sink.unread("corrupt", "datastore")
    except OverError as over:
        sink.unread(f"limit:{over}", "datastore")


class _Document:
    """One RTF source on its way to text."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._position = start
        self._charset = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._root = _Group("")
        self._state = _State(self._root, "", 1, rtf_only=False)
        self._stack: list[_State] = []
        self._run = bytearray()
        self._skip = 0
        self._fresh = False
        """Directly behind an opening brace: a destination may be named."""
        self._starred = False
        self._pictures = 0
        self.body = self._root.pieces
        self.aside: dict[str, list[str]] = {}
        self.files: list[tuple[str, bytes]] = []
        self.html: list[str] | None = [] if _HTML_MARK.search(data, start, start + _HEAD) else None
        self.broken = False
        self.tail = b""

    def read(self) -> None:
        """Go through all tokens."""
        match, end = _TOKEN.match, len(self._data)
        while self._position < end and (token := match(self._data, self._position)):
            self._position = token.end()
            kind = token.lastindex
            if kind == 6:  # noqa: PLR2004 - the number of the expression's group, as below
                self._text(token[6])
            elif kind == 1:
                self._byte(token[1])
            elif kind == 5:  # noqa: PLR2004
                self._flush()
                self._skip = 0
                if token[5] == b"{":
                    self._stack.append(self._state)
                    self._fresh, self._starred = True, False
                elif self._close():
                    break
            elif kind == 4:  # noqa: PLR2004
                self._symbol(token[4])
            elif kind:
                self._word(token[2].decode("ascii"), token[3])
        self._flush()
        self.broken = self.broken or bool(self._stack)
        while self._stack:
            self._close()
        self._place_files(self._root)

    def _close(self) -> bool:
        """Leave a group; True behind the last one of the document."""
        if not self._stack:
            return False
        group, self._state = self._state.group, self._stack.pop()
        self._fresh = self._starred = False
        if group is not self._state.group:
            self._finish(group)
        if not self._stack:
            self.tail = self._data[self._position :]
            return True
        return False

    def _text(self, run: bytes) -> None:
        self._fresh = False
        if self._skip:
            skipped = min(self._skip, len(run))
            self._skip -= skipped
            run = run[skipped:]
        group = self._state.group
        if group.name in _BYTES and _HEX.fullmatch(run):
            group.raw.append(run)
        else:
            self._run += run

    def _byte(self, digits: bytes) -> None:
        self._fresh = False
        if self._skip:
            self._skip -= 1
        else:
            self._run += binascii.unhexlify(digits)

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._starred = self._fresh
            return
        self._fresh = False
        if self._skip:
            self._skip -= 1
        elif symbol in b"\\{}":
            self._run += symbol
        elif symbol in _SYMBOLS:
            self._write(_SYMBOLS[symbol])

    def _word(self, word: str, argument: bytes | None) -> None:
        fresh, starred = self._fresh, self._starred
        self._fresh = self._starred = False
        number = int(argument) if argument is not None else None
        if word == "bin":
            self._binary(number or 0)
        elif self._skip:
            self._skip -= 1
        elif word == "u" and number is not None:
            self._write(chr(number % 0x10000))
            self._skip = self._state.stand_ins
        elif word in _BREAKS:
            self._write(_BREAKS[word])
        elif (action := _ACTIONS.get(word)) is not None:
            self._flush()
            action(self, word, number)
        elif fresh and (starred or word in _NAMED) and word not in _TRANSPARENT:
            self._flush()
            fallback = self._state.group.fallback or word == _FALLBACK
            self._state = self._state._replace(group=_Group(word, fallback=fallback))

    def _binary(self, size: int) -> None:
        r"""Take the bytes that ``\bin`` covers; a length beyond the end is a lie, and covers nothing."""
        self._flush()
        end = self._position + size
        if not self._position <= end <= len(self._data):
            self.broken = True
            return
        if size:
            self._state.group.files.append(self._data[self._position : end])
        self._position = end

    def _write(self, characters: str) -> None:
        self._flush()
        self._put(characters)

    def _flush(self) -> None:
        """Decode the bytes of the run before."""
        if not self._run:
            return
        run = bytes(self._run)
        self._run.clear()
        self._put(
            run.decode("ascii") if run.isascii() else text.decode(run, self._state.charset or self._charset)
        )

    def _put(self, characters: str) -> None:
        state = self._state
        if self.html is not None:
            if state.group.name == "htmltag":
                self.html.append(characters)
                return
            if not state.group.name and not state.rtf_only:
                self.html.append(characters)
        state.group.pieces.append(characters)

    def _finish(self, group: _Group) -> None:
        """Place what a destination held."""
        joined = "".join(group.pieces)
        if group.name in _BYTES:
            self._finish_bytes(group)
        else:
            self._place_files(group)
        digits = _only_hex(joined)
        if digits and embedded.is_document(digits):
            self.files.append(("binaire", digits))
        elif joined.strip() and not _says_nothing(group.name, joined, digits):
            self.aside.setdefault(_ASIDE.get(group.name, _HIDDEN), []).extend((joined, "\n"))

    def _finish_bytes(self, group: _Group) -> None:
        digits = b"".join(group.raw).translate(None, _NOT_HEX)
        data = binascii.unhexlify(digits[: len(digits) & ~1]) + b"".join(group.files)
        if not data:
            return
        if group.name == "pict":
            self._pictures += -1 if group.fallback else 1
            if group.fallback and self._pictures >= 0:
                return
        if group.name == "colorschememapping":
            self.aside.setdefault(_HIDDEN, []).extend((text.decode(data), "\n"))
        else:
            self.files.append((group.name, data))

    def _place_files(self, group: _Group) -> None:
        r"""Place what ``\bin`` covered where no file belongs: text that some readers show, or a file."""
        for data in group.files:
            if text.is_text(data):
                self.aside.setdefault(_HIDDEN, []).extend((text.unescape_rtf(text.decode(data)), "\n"))
            else:
                self.files.append(("binaire", data))

    def set_charset(self, word: str, number: int | None) -> None:
        r"""``\ansi``, ``\mac``, ``\pc``, ``\ansicpg1252``."""
        self._charset = _code_page(number) if word == "ansicpg" else _DOCUMENT_CHARSETS[word]

    def set_font(self, _word: str, number: int | None) -> None:
        r"""``\f3``: in the font table it defines, elsewhere it applies."""
        self._font = number or 0
        if self._state.group.name != "fonttbl":
            self._state = self._state._replace(charset=self._fonts.get(self._font, ""))

    def set_font_charset(self, word: str, number: int | None) -> None:
        r"""``\fcharset238``, ``\cpg1250``."""
        if self._state.group.name == "fonttbl":
            self._fonts[self._font] = (
                _code_page(number) if word == "cpg" else _FONT_CHARSETS.get(number or 0, "")
            )

    def set_stand_ins(self, _word: str, number: int | None) -> None:
        r"""``\uc1``."""
        self._state = self._state._replace(stand_ins=1 if number is None else min(max(number, 0), 100))

    def set_plain(self, _word: str, _number: int | None) -> None:
        r"""``\plain``: the default font again."""
        self._state = self._state._replace(charset="")

    def set_rtf_only(self, _word: str, number: int | None) -> None:
        r"""``\htmlrtf`` and ``\htmlrtf0``."""
        self._state = self._state._replace(rtf_only=number != 0)


_Action = Callable[[_Document, str, "int | None"], None]

_ACTIONS: Final[dict[str, _Action]] = {
    **dict.fromkeys((*_DOCUMENT_CHARSETS, "ansicpg"), _Document.set_charset),
    "f": _Document.set_font,
    "af": _Document.set_font,
    "fcharset": _Document.set_font_charset,
    "cpg": _Document.set_font_charset,
    "uc": _Document.set_stand_ins,
    "plain": _Document.set_plain,
    "htmlrtf": _Document.set_rtf_only,
}
_NAMED: Final = _ASIDE.keys() | _BYTES | _TABLES | {_FALLBACK, _PROPERTY_NAME}


def _only_hex(joined: str) -> bytes:
    """Return what hexadecimal digits spell out; nothing when there is anything else."""
    packed = "".join(joined.split())
    if len(packed) < _HEX_MIN or len(packed) % 2 or not _HEX.fullmatch(packed.encode("utf-8", "replace")):
        return b""
    return binascii.unhexlify(packed)


_HEX_MIN: Final = 16


def _says_nothing(name: str, joined: str, digits: bytes) -> bool:
    return (name in _DIGESTS and bool(digits)) or (name == _PROPERTY_NAME and joined.strip().isalnum())


def _code_page(number: int | None) -> str:
    return {10000: "mac-roman", 65001: "utf-8"}.get(number or 0, f"cp{number}")
