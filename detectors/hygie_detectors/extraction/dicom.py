"""DICOM: what a file says in words, by tag; its documents as parts; its picture is not read.

Does:   reads every element of a text kind in explicit and implicit, little and big endian and deflated
        files, with and without preamble, in sequences; in the charset the file names; the patient's
        elements under French labels; hands out the document of an encapsulated PDF or CDA.
Never:  decodes pixels: text burnt into a picture is not found, and the part says ``unsupported``.
Fails:  never raises on any bytes: a file that breaks off is unread, ``corrupt``, what was read before
        stays; deflated data beyond the expansion limits is unread by their names.
Source: DICOM PS3.5 (encoding), PS3.6 (dictionary), PS3.10 (files), PS3.3 C.12.1.1.2 (charsets).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from hygie_detectors.extraction import text
from hygie_detectors.extraction.fields import PLACE, Fields, one_line
from hygie_detectors.extraction.walk import Sink

_PREAMBLE: Final = 128
_MARK: Final = b"DICM"
_UNDEFINED: Final = 0xFFFFFFFF
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"

_ITEM: Final = 0xFFFEE000
_ITEM_GROUP: Final = 0xFFFE
_FILE_GROUP: Final = 2
_TRANSFER_SYNTAX: Final = 0x00020010
_CHARSET: Final = 0x00080005
_BIRTH_DATE: Final = 0x00100030
_DOCUMENT: Final = 0x00420011
_DOCUMENT_TYPE: Final = 0x00420012
_PIXELS: Final = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})

_HEADER: Final = 8
"""Bytes of an element's header; twelve for the long kinds."""
_UID: Final = re.compile(rb"\d{1,20}(?:\.\d{1,50}){3,40}")
"""Unique identifiers of things: no words, and full of digits that number rules would stumble on."""
_TEXT_KINDS: Final = frozenset(
    {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
)
_LONG_KINDS: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
_OPAQUE_KINDS: Final = frozenset({"", "OB", "UN"})
"""Kinds that may hold text, and do not say so; empty in implicit files, which name none."""
_SOME_WORDS: Final = re.compile(rb"[\x20-\x7e\xa0-\xff]{8,}")

_LABELS: Final = {
    0x00100010: "Nom du patient",
    0x00100020: "IPP",
    _BIRTH_DATE: "Date de naissance",
    0x00100040: "Sexe",
    0x00101000: "IPP",
    0x00101001: "Nom du patient",
    0x00101005: "Nom de naissance",
    0x00101010: "Âge",
    0x00101040: "Adresse",
    0x00102154: "Téléphone",
    0x00102110: "Allergie",
    0x001021B0: "Antécédents",
    0x00104000: "Commentaire",
    0x00080050: "N° demande",
    0x00081030: "Examen",
    0x0008103E: "Série",
    0x00081080: "Diagnostic",
    0x00321060: "Examen demandé",
    0x00380010: "NDA",
    0x00400254: "Examen",
    0x0040A160: "Texte",
    0x00204000: "Commentaire",
}
_CHARSETS: Final = {
    "ISO_IR 13": "shift_jis",
    "ISO_IR 100": "latin-1",
    "ISO_IR 101": "iso8859-2",
    "ISO_IR 109": "iso8859-3",
    "ISO_IR 110": "iso8859-4",
    "ISO_IR 126": "iso8859-7",
    "ISO_IR 127": "iso8859-6",
    "ISO_IR 138": "iso8859-8",
    "ISO_IR 144": "iso8859-5",
    "ISO_IR 148": "iso8859-9",
    "ISO_IR 166": "iso8859-11",
    "ISO_IR 192": "utf-8",
    "ISO_IR 203": "iso8859-15",
    "GB18030": "gb18030",
    "GBK": "gbk",
}


class _BrokenError(Exception):
    """The file does not go on as a DICOM file must."""


class _Element(NamedTuple):
    """One element: its tag, of which kind it is (empty when the file does not say), and its value."""

    tag: int
    kind: str
    value: memoryview


def read(sink: Sink) -> None:
    """Read the words and documents of a DICOM file."""
    fields = _Fields()
    try:
        for element in _file(sink.item.data, sink):
            fields.take(element)
    except _BrokenError:
        sink.unread("corrupt")
    preamble = sink.item.data[:_PREAMBLE].strip(b"\0")
    if sink.item.data[_PREAMBLE : _PREAMBLE + 4] == _MARK and text.is_plain(preamble):
        sink.text(text.decode(preamble), "preamble")
    words = str(fields.fields)
    sink.text(words, PLACE)
    if not words.strip() and not fields.document and not fields.has_picture:
        sink.unread("unsupported")  # no word in it: whatever it is, it was not understood
    if fields.document:
        sink.child("document", fields.document, declared=fields.document_type)
    if fields.has_picture:
        sink.unread("unsupported", "pixels")


def _file(data: bytes, sink: Sink) -> Iterator[_Element]:
    """Yield the elements of a file: its own group first, then the data set in the form that names."""
    start, syntax = 0, ""
    if data[_PREAMBLE : _PREAMBLE + 4] == _MARK:
        start = _PREAMBLE + len(_MARK)
        while int.from_bytes(data[start : start + 2], "little") == _FILE_GROUP:
            element, start = _element(memoryview(data), start, "little", explicit=True)
            if element.tag == _TRANSFER_SYNTAX:
                syntax = bytes(element.value).decode("ascii", "replace").strip("\0 ")
            yield element
    if syntax == _DEFLATED:
        data, start = _inflate(data[start:], sink), 0
    # The kind of the first element, or its absence, tells more than a syntax that may be missing or wrong.
    explicit = data[start + 4 : start + 6].isalpha()
    yield from _elements(
        memoryview(data), start, "big" if syntax == _BIG_ENDIAN else "little", explicit=explicit
    )


def _inflate(data: bytes, sink: Sink) -> bytes:
    limit = min(sink.limits.member_max_bytes, sink.budget.left)
    try:
        inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, limit + 1)
    except zlib.error:
        raise _BrokenError from None
    if len(inflated) > limit:
        sink.unread(
            "limit:member_max_bytes" if limit == sink.limits.member_max_bytes else "limit:expanded_max_bytes"
        )
    sink.budget.left -= min(len(inflated), limit)
    return inflated[:limit]


_Order: TypeAlias = Literal["big", "little"]


def _elements(data: memoryview, start: int, order: _Order, *, explicit: bool) -> Iterator[_Element]:
    """Yield every element that holds a value. Sequences lie flat in the file: their inside is read on."""
    while start < len(data):
        element, start = _element(data, start, order, explicit=explicit)
        yield element


def _element(data: memoryview, start: int, order: _Order, *, explicit: bool) -> tuple[_Element, int]:
    """Return the element at ``start``, and where the next one is: inside it when it is a sequence.

    Raises:
        _BrokenError: when there is none, or it does not fit.

    """
    header = bytes(data[start : start + _HEADER + 4])
    if len(header) < _HEADER:
        raise _BrokenError
    tag = int.from_bytes(header[:2], order) << 16 | int.from_bytes(header[2:4], order)
    kind, size, behind = "", header[4:8], start + _HEADER
    if explicit and tag >> 16 != _ITEM_GROUP:
        if not header[4:6].isalpha():
            raise _BrokenError
        kind, size = header[4:6].decode("ascii", "replace"), header[6:8]
        if kind in _LONG_KINDS:
            size, behind = header[8:12], behind + 4
    length = int.from_bytes(size, order)
    if length == _UNDEFINED and tag in _PIXELS:
        return _Element(tag, kind, data[:0]), _behind_fragments(data, behind, order)
    if length == _UNDEFINED and kind == "UN":
        raise _BrokenError  # a sequence in another form than the file's
    nested = kind == "SQ" or tag == _ITEM or data[behind : behind + 4] == _item_mark(order)
    if length == _UNDEFINED or (nested and tag not in _PIXELS):
        return _Element(tag, "SQ", data[:0]), behind
    if behind + length > len(data):
        raise _BrokenError
    return _Element(tag, kind, data[behind : behind + length]), behind + length


def _item_mark(order: _Order) -> bytes:
    """Return the tag of an item as it is written: what a sequence begins with."""
    return (_ITEM >> 16).to_bytes(2, order) + (_ITEM & 0xFFFF).to_bytes(2, order)


def _behind_fragments(data: memoryview, start: int, order: _Order) -> int:
    """Return where the compressed picture ends, which lies in items of raw bytes."""
    while True:
        header = bytes(data[start : start + _HEADER])
        if len(header) < _HEADER:
            raise _BrokenError
        length = int.from_bytes(header[4:8], order)
        start += _HEADER + length
        if header[:4] != _item_mark(order):
            return start


class _Fields:
    """What the elements of a file say."""

    def __init__(self) -> None:
        self.fields = Fields()
        self.document = b""
        self.document_type = ""
        self.has_picture = False
        self._charset = ""

    def take(self, element: _Element) -> None:
        """Take one element."""
        tag, kind, value = element
        if tag in _PIXELS:
            self.has_picture = True
        elif tag == _CHARSET:
            self._charset = _charset(bytes(value).decode("ascii", "replace"))
        elif tag == _DOCUMENT:
            self.document = bytes(value)
        elif tag == _DOCUMENT_TYPE:
            self.document_type = bytes(value).decode("ascii", "replace").strip("\0 ")
        elif kind in _TEXT_KINDS or (kind in _OPAQUE_KINDS and text.is_plain(bytes(value).rstrip(b"\0"))):
            self._write(tag, bytes(value))
        elif kind in _OPAQUE_KINDS:
            for words in _SOME_WORDS.findall(value):
                self.fields.add("", text.decode(words, self._charset))

    def _write(self, tag: int, value: bytes) -> None:
        value = value.strip(b"\0 ")
        if _UID.fullmatch(value):
            return
        words = text.decode(value, "iso2022_jp_2" if b"\x1b" in value else self._charset)
        label = _LABELS.get(tag, "")
        if label == _LABELS[_BIRTH_DATE]:
            self.fields.date(label, words)
        elif label.startswith("Nom"):
            self.fields.add(label, one_line(words.replace("^", " ").replace("=", " ")))
        else:
            self.fields.add(label, words.replace("\\", ", "))


def _charset(value: str) -> str:
    """Return the first charset the file names, as Python knows it; ISO 2022 ones by their base."""
    names = [name.strip("\0 ").replace("ISO 2022 IR", "ISO_IR") for name in value.split("\\")]
    return next((_CHARSETS[name] for name in names if name in _CHARSETS), "")
