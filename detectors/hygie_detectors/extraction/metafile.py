"""Windows metafiles, EMF and WMF: the text that they draw, and the pictures in them.

Does:   goes through the records once; puts strings of one height on one line; reads EMF+ and what one format
        wraps of the other; hands bitmaps out as picture files, the bands of one as one.
Never:  draws: text that is written as curves or numbers of glyphs is not read, and that is said.
Fails:  never raises on any bytes. ``corrupt``, with the text before the damage; ``unsupported``, a drawing
        without text and bitmap, or with glyphs of unknown meaning; ``limit:metafile_records_max``.
Source: [MS-EMF] 2.3, [MS-EMFPLUS] 2.3, [MS-WMF] 2.3.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from hygie_detectors.extraction import pictures
from hygie_detectors.extraction.members import OverError, hand_out_tail
from hygie_detectors.extraction.text import written
from hygie_detectors.extraction.walk import Sink

EMF_MARK: Final = (b" EMF\x00\x00\x01\x00", 40)
"""The signature and the only version there is, and where they stand."""
WMF_STARTS: Final = (
    b"\xd7\xcd\xc6\x9a",  # placeable: a header of 22 bytes before the file's own
    *(bytes((kind, 0, 9, 0, 0, version)) for kind in (1, 2) for version in (1, 3)),
)
_PLACEABLE_BYTES: Final = 22
_WMF_HEADER_BYTES: Final = 18

_GLYPHS: Final = 0x0010
"""ETO_GLYPH_INDEX: numbers of a font's glyphs, no characters."""
_DOWN_TOO: Final = 0x2000
"""ETO_PDY: behind the width of each character, how far the next one lies below it."""


def read_metafile(sink: Sink) -> None:
    """Read a metafile."""
    data = sink.item.data
    drawing = _Drawing(sink)
    end = len(data)
    try:
        end = (_read_emf if data.startswith(*EMF_MARK) else _read_wmf)(data, drawing)
    except OverError as over:
        sink.unread(f"limit:{over}")
    except (struct.error, ValueError):
        sink.unread("corrupt")
    drawing.finish()
    hand_out_tail(data[end:], sink)


class _Run(NamedTuple):
    """A string that is drawn, where and how wide."""

    text: str
    x: float
    y: float
    width: float
    """0 when it is not known."""


class _Band(NamedTuple):
    """A bitmap: its header with palette, its rows, the place of its upper left corner if that is known."""

    header: bytes
    bits: bytes
    place: tuple[int, int] | None


class _Drawing:
    """What was found in a metafile so far."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.glyphs = False
        """Some text is written in numbers of glyphs."""
        self.plus = _Plus(self)
        self.enhanced: list[bytes] = []
        """Pieces of an EMF that a WMF carries."""
        self._beside: dict[bytes, None] = {}
        """Comments, each once."""
        self._left = sink.limits.metafile_records_max
        self._runs: list[_Run] = []
        self._bands: list[_Band] = []
        self._files: dict[bytes, None] = {}
        """Pictures and metafiles inside, each once."""

    def count(self) -> None:
        """Count a record; raises :class:`OverError` when there are too many."""
        self._left -= 1
        if self._left < 0:
            raise OverError("metafile_records_max")

    def draw(self, text: str, x: float, y: float, width: float = 0) -> None:
        """Add a string; empty ones only paint a background."""
        text = text.rstrip("\0")
        if text:
            self._runs.append(_Run(text, x, y, width))

    def write(self, data: bytes) -> None:
        """Add the words that stand in a comment."""
        self._beside[data] = None

    def add_bitmap(self, header: bytes, bits: bytes, place: tuple[int, int] | None) -> None:
        """Add a bitmap."""
        if header:  # else a colour is painted
            self._bands.append(_Band(header, bits, place))

    def add_file(self, data: bytes) -> None:
        """Add a file that is written inside as a whole."""
        if data:
            self._files[data] = None

    def finish(self) -> None:
        """Write all texts, hand out all pictures; say so when there is neither."""
        sink = self.sink
        self.plus.finish()
        self.add_file(b"".join(self.enhanced))
        sink.text("".join(_laid_out(self._runs)))
        sink.text(written(b"\0\0".join(self._beside)), "comment", "metadata")
        for band in _joined(self._bands):
            file = pictures.bitmap(band.header, band.bits)
            self.add_file(file)
            if not file:
                sink.unread("corrupt")
        files = list(self._files)
        if self.glyphs or not (files or any(not run.text.isspace() for run in self._runs)):
            sink.unread("unsupported")
        if len(files) > sink.limits.archive_members_max:
            sink.unread("limit:archive_members_max")
        # A page cut into pieces is no heap of logos.
        logo = sum(map(len, files)) <= sink.item.decorative_max
        for number, file in enumerate(files[: sink.limits.archive_members_max], 1):
            sink.child(
                f"image-{number}",
                file,
                attachment=sink.item.attachment or not logo,
                decorative_max=sink.item.decorative_max if logo else 0,
            )


def _laid_out(runs: list[_Run]) -> Iterator[str]:
    """Yield strings and what stands between them: nothing, a space, a tab, a new line."""
    before: _Run | None = None
    for run in runs:
        if before is not None:
            letter = before.width / len(before.text)
            gap = run.x - before.x - before.width
            if abs(run.y - before.y) > letter / 2:
                yield "\n"
            elif gap > _FAR * letter:
                yield "\t"
            elif abs(gap) > letter / 3 or not letter:
                yield " "
        yield run.text
        before = run


_FAR: Final = 3
"""In letters: further apart, strings are cells of a row."""


def _joined(bands: list[_Band]) -> Iterator[_Band]:
    """Yield bitmaps, those that a printer driver cut into bands of some rows as the one they were."""
    waiting: list[_Band] = []
    for band in bands:
        if waiting and not _continues(waiting[-1], band):
            yield _stacked(waiting)
            waiting = []
        waiting.append(band)
    if waiting:
        yield _stacked(waiting)


def _continues(above: _Band, below: _Band) -> bool:
    """Tell whether a band lies below another: the same columns and colours, and rows from the bottom up."""
    if above.place is None or below.place is None or min(len(above.header), len(below.header)) < _INFO_HEADER:
        return False
    return (
        above.place[0] == below.place[0]
        and above.place[1] < below.place[1]
        and all(above.header[part] == below.header[part] for part in _SAME)
        and above.header[_COMPRESSION] == bytes(4)
        and bool(_rows(above) and _rows(below))
    )


_INFO_HEADER: Final = 40
_HEIGHT: Final = slice(8, 12)
_COMPRESSION: Final = slice(16, 20)
_SAME: Final = (slice(0, 8), slice(12, 20), slice(_INFO_HEADER, None))
"""Size of the header and width; planes, bits of a pixel, compression; palette."""


def _rows(band: _Band) -> bytes:
    """Return the rows of a bitmap from the bottom up, without what lies behind; nothing of any other."""
    width, height, _, bits = struct.unpack_from("<iiHH", band.header, 4)
    size = (width * bits + 31) // 32 * 4 * height
    return band.bits[:size] if width > 0 < height and 0 < size <= len(band.bits) else b""


def _stacked(bands: list[_Band]) -> _Band:
    first = bands[0]
    if len(bands) == 1:
        return first
    height = sum(int.from_bytes(band.header[_HEIGHT], "little") for band in bands)
    header = first.header[:8] + struct.pack("<I", height & 0x7FFFFFFF) + first.header[12:20] + bytes(4)
    return _Band(header + first.header[24:], b"".join(map(_rows, reversed(bands))), first.place)


# EMF --------------------------------------------------------------------------------------------------

_END: Final = 14
_RECORD_BYTES: Final = 8
_NO_RECTANGLE: Final = 0x0100
_SMALL_CHARACTERS: Final = 0x0200


def _read_emf(data: bytes, drawing: _Drawing) -> int:
    """Read the records; return where they end."""
    kind = position = 0
    while kind != _END:
        kind, size = struct.unpack_from("<II", data, position)
        if size < _RECORD_BYTES or position + size > len(data):
            raise ValueError("a record outside the file")
        drawing.count()
        if kind in _EMF_READERS:
            _EMF_READERS[kind](data[position : position + size], drawing)
        position += int(size)
    return position


def _emf_header(record: bytes, drawing: _Drawing) -> None:
    count, start = struct.unpack_from("<II", record, 60)
    drawing.write(record[start : start + 2 * count])


def _emf_escape(record: bytes, drawing: _Drawing) -> None:
    drawing.write(record[_RECORD_BYTES:])


def _emf_texts(record: bytes, drawing: _Drawing, charset: str) -> None:
    (count,) = struct.unpack_from("<I", record, 36)
    left = len(record)  # strings that share bytes would multiply them
    for place in range(40, 40 + 40 * count, 40):
        left -= struct.unpack_from("<I", record, place + 8)[0]
        if left < 0:
            raise ValueError("strings longer than their record")
        _emf_text(record, drawing, charset, place)


def _emf_text(record: bytes, drawing: _Drawing, charset: str, at: int = 36) -> None:
    """Read an EmrText: reference point, count, offset, options, rectangle, offset of the widths."""
    x, y, count, start, options = struct.unpack_from("<iiIII", record, at)
    (widths,) = struct.unpack_from("<I", record, at + 36)
    raw = record[start : start + count * (2 if charset != "cp1252" else 1)]
    if options & _GLYPHS:
        drawing.glyphs = drawing.glyphs or bool(raw)
        return
    step = 2 if options & _DOWN_TOO else 1
    width = 0
    if widths and widths + 4 * step * count <= len(record):
        width = sum(struct.unpack_from(f"<{step * count}i", record, widths)[::step])
    drawing.draw(raw.decode(charset, "replace"), x, y, width)


def _emf_small_text(record: bytes, drawing: _Drawing) -> None:
    x, y, count, options = struct.unpack_from("<iiII", record, 8)
    start = 36 if options & _NO_RECTANGLE else 52
    narrow = options & _SMALL_CHARACTERS
    raw = record[start : start + count * (1 if narrow else 2)]
    if options & _GLYPHS:
        drawing.glyphs = drawing.glyphs or bool(raw)
    else:
        drawing.draw(raw.decode("cp1252" if narrow else "utf-16-le", "replace"), x, y)


def _emf_bitmap(record: bytes, drawing: _Drawing, at: int, *, placed: bool = True) -> None:
    """Read a bitmap; ``at`` stand the offsets and sizes of its header and rows."""
    header, header_size, bits, bits_size = struct.unpack_from("<IIII", record, at)
    place: tuple[int, int] | None = struct.unpack_from("<ii", record, 24) if placed else None
    drawing.add_bitmap(record[header : header + header_size], record[bits : bits + bits_size], place)


_PLUS: Final = b"EMF+"
_PUBLIC: Final = b"GDIC"
_WINDOWS_METAFILE: Final = 0x80000001


def _emf_comment(record: bytes, drawing: _Drawing) -> None:
    (size,) = struct.unpack_from("<I", record, 8)
    content = record[12 : 12 + size]
    if content.startswith(_PLUS):
        drawing.plus.read(content[4:])
    elif content.startswith(_PUBLIC) and content[4:8] == struct.pack("<I", _WINDOWS_METAFILE):
        drawing.add_file(content[24:])
    else:
        drawing.write(content)


_EMF_READERS: Final[dict[int, Callable[[bytes, _Drawing], None]]] = {
    1: _emf_header,
    70: _emf_comment,
    83: partial(_emf_text, charset="cp1252"),
    84: partial(_emf_text, charset="utf-16-le"),
    96: partial(_emf_texts, charset="cp1252"),
    97: partial(_emf_texts, charset="utf-16-le"),
    108: _emf_small_text,
    **dict.fromkeys((76, 77, 78, 114, 116), partial(_emf_bitmap, at=84)),
    79: partial(_emf_bitmap, at=96, placed=False),
    **dict.fromkeys((80, 81), partial(_emf_bitmap, at=48)),
    **dict.fromkeys((93, 94), partial(_emf_bitmap, at=16, placed=False)),  # brushes
    95: partial(_emf_bitmap, at=12, placed=False),  # pens
    **dict.fromkeys((105, 106, 110), _emf_escape),
}


# EMF+ -------------------------------------------------------------------------------------------------

_PLUS_HEADER: Final = struct.Struct("<HHII")
_PLUS_OBJECT: Final = 0x4008
_PLUS_STRING: Final = 0x401C
_PLUS_DRIVER_STRING: Final = 0x4036
_IMAGE: Final = 5
_CONTINUED: Final = 0x8000
_CHARACTERS: Final = 1
"""Of a driver string: it holds characters, not numbers of glyphs."""
_PIXEL_FORMATS: Final = {0x21808: 24, 0x22009: 32, 0x26200A: 32, 0xE200B: 32}
"""Bits of a pixel, in the order that a bitmap has them."""


class _Plus:
    """The records of EMF+, which lie in comments of an EMF."""

    def __init__(self, drawing: _Drawing) -> None:
        self._drawing = drawing
        self._object: list[bytes] = []
        """Pieces of an image that goes on."""

    def read(self, content: bytes) -> None:
        """Read the records of one comment."""
        position = 0
        while position + _PLUS_HEADER.size <= len(content):
            kind, flags, size, data_size = _PLUS_HEADER.unpack_from(content, position)
            start = position + _PLUS_HEADER.size
            if size < _PLUS_HEADER.size or start + data_size > len(content):
                raise ValueError("a record outside its comment")
            self._drawing.count()
            data = content[start : start + data_size]
            if kind == _PLUS_STRING:
                (count,) = struct.unpack_from("<I", data, 8)
                x, y = struct.unpack_from("<ff", data, 12)
                self._draw(data[28 : 28 + 2 * count], x, y)
            elif kind == _PLUS_DRIVER_STRING:
                self._driver_string(data)
            elif kind == _PLUS_OBJECT and flags >> 8 & 0x7F == _IMAGE:
                self._image(data, going_on=bool(flags & _CONTINUED))
            position += size

    def _draw(self, raw: bytes, x: float, y: float) -> None:
        self._drawing.draw(raw.decode("utf-16-le", "replace"), x, y)

    def _driver_string(self, data: bytes) -> None:
        options, _, count = struct.unpack_from("<III", data, 4)
        raw = data[16 : 16 + 2 * count]
        if not options & _CHARACTERS:
            self._drawing.glyphs = self._drawing.glyphs or bool(raw)
        elif raw:
            self._draw(raw, *struct.unpack_from("<ff", data, 16 + 2 * count))

    def _image(self, data: bytes, *, going_on: bool) -> None:
        if going_on:
            self._object.append(data[4:])  # behind the size of the whole
            return
        self._object.append(data)
        self.finish()

    def finish(self) -> None:
        """Take the image that is complete, or was left so."""
        image = b"".join(self._object)
        self._object.clear()
        if not image:
            return
        (kind,) = struct.unpack_from("<I", image, 4)
        if kind == 2:  # noqa: PLR2004 - a metafile
            self._drawing.add_file(image[16:])
            return
        width, height, stride, pixel, form = struct.unpack_from("<iiiII", image, 8)
        if form == 1:  # a picture file
            self._drawing.add_file(image[28:])
        elif (bits := _PIXEL_FORMATS.get(pixel)) and stride == (width * bits + 31) // 32 * 4:
            header = struct.pack("<IiiHHIIiiII", _INFO_HEADER, width, -height, 1, bits, *bytes(6))
            self._drawing.add_bitmap(header, image[28:], None)
        else:
            self._drawing.sink.unread("unsupported")


# WMF --------------------------------------------------------------------------------------------------

_WMF_END: Final = 0
_WMF_RECORD_BYTES: Final = 6
_WMF_RECTANGLE: Final = 0x0006
_MF_COMMENT: Final = b"\x0f\x00"
_ENHANCED: Final = b"WMFC\x01\x00\x00\x00"
_MAY_BE_BARE: Final = frozenset({0x0922, 0x0940, 0x0B23, 0x0B41})


def _read_wmf(data: bytes, drawing: _Drawing) -> int:
    """Read the records; return where they end."""
    position = _WMF_HEADER_BYTES + (_PLACEABLE_BYTES if data.startswith(WMF_STARTS[0]) else 0)
    kind = -1
    while kind != _WMF_END:
        words, kind = struct.unpack_from("<IH", data, position)
        size = 2 * int(words)
        if size < _WMF_RECORD_BYTES or position + size > len(data):
            raise ValueError("a record outside the file")
        drawing.count()
        bare = kind in _MAY_BE_BARE and words == (kind >> 8) + 3  # paints without a bitmap
        if kind in _WMF_READERS and not bare:
            _WMF_READERS[kind](data[position + _WMF_RECORD_BYTES : position + size], drawing)
        position += size
    return position


def _wmf_text(content: bytes, drawing: _Drawing) -> None:
    (count,) = struct.unpack_from("<H", content)
    y, x = struct.unpack_from("<hh", content, 2 + count + count % 2)
    drawing.draw(content[2 : 2 + count].decode("cp1252", "replace"), x, y)


def _wmf_extended_text(content: bytes, drawing: _Drawing) -> None:
    y, x, count, options = struct.unpack_from("<hhHH", content)
    start = 16 if options & _WMF_RECTANGLE else 8
    raw = content[start : start + count]
    if options & _GLYPHS:
        drawing.glyphs = drawing.glyphs or bool(raw)
        return
    widths = content[start + count + count % 2 :]
    width = sum(struct.unpack_from(f"<{count}h", widths)) if len(widths) >= 2 * count else 0
    drawing.draw(raw.decode("cp1252", "replace"), x, y, width)


def _wmf_bitmap(content: bytes, drawing: _Drawing, at: int) -> None:
    drawing.add_bitmap(*pictures.split_bitmap(content[at:]), None)


def _wmf_device_bitmap(content: bytes, drawing: _Drawing) -> None:
    """Leave a bitmap in the form of a device that nobody has any more."""
    if content:
        drawing.sink.unread("unsupported")


def _wmf_escape(content: bytes, drawing: _Drawing) -> None:
    if content.startswith(_MF_COMMENT) and content.startswith(_ENHANCED, 4):
        drawing.enhanced.append(content[38:])
    else:
        drawing.write(content[4:])


_WMF_READERS: Final[dict[int, Callable[[bytes, _Drawing], None]]] = {
    0x0521: _wmf_text,
    0x0A32: _wmf_extended_text,
    0x0626: _wmf_escape,
    0x0F43: partial(_wmf_bitmap, at=22),
    0x0B41: partial(_wmf_bitmap, at=20),
    0x0940: partial(_wmf_bitmap, at=16),
    0x0D33: partial(_wmf_bitmap, at=18),
    0x0142: partial(_wmf_bitmap, at=4),
    **dict.fromkeys((0x0922, 0x0B23, 0x01F9), _wmf_device_bitmap),
}
