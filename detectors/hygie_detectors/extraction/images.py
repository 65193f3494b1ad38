"""Pictures to text: what is printed on them, their barcodes, and the words in their metadata.

Does:   opens png, jpeg, tiff, bmp, gif, webp, jp2, heic and avif within a bound of pixels; hands each page
        of a file of many out as a part of its own, so that a slow page costs that page; reads a page by OCR.
Never:  calls a picture read because nothing was recognised on it: only a blank one is.
Fails:  never raises on any bytes. Reasons: ``limit:image_pixels_max``; ``limit:ocr_pages_max``;
        ``limit:ocr_page_max_seconds``, ``limit:ocr_max_seconds`` and ``limit:ocr_vain_max_seconds``, with
        the text read before;
        ``corrupt``, a picture that does not decode; ``unsupported``, another format, or a picture whose
        content OCR cannot make out: handwriting, a photograph, a drawing. Text recognised with little
        confidence is kept beside it.
Source: Pillow, and libheif through pillow-heif; their decoders on broken and huge pictures were measured.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import Any, Final

import pillow_heif
from PIL import AvifImagePlugin, ExifTags, Image, UnidentifiedImageError

from hygie_detectors.extraction import barcodes, ocr
from hygie_detectors.extraction.hypertext import strip_tags
from hygie_detectors.extraction.text import decode, is_text
from hygie_detectors.extraction.walk import PageTime, Sink

_FORMATS: Final = ("PNG", "JPEG", "TIFF", "BMP", "DIB", "GIF", "WEBP", "JPEG2000", "HEIF", "AVIF")
Image.preinit()  # png, jpeg, bmp, gif; it would do so in a worker, which may not be able to read them
for _plugin in ("Avif", "Jpeg2K", "Mpo", "Tiff", "WebP"):
    import_module(f"PIL.{_plugin}ImagePlugin")
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
_TYPES: Final = frozenset(
    {
        *("image/png", "image/jpeg", "image/tiff", "image/bmp", "image/x-ms-bmp", "image/gif", "image/webp"),
        *("image/jp2", "image/jpx", "image/j2k", "image/jpm", "image/x-jp2-codestream"),
        *("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence", "image/avif"),
    }
)
_UNREADABLE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    KeyError,
    TypeError,
    IndexError,
    OverflowError,
    RuntimeError,
)
"""What Pillow's decoders raise on broken files."""

_BLANK: Final = 16
"""Grey levels between the darkest and the lightest place; paper and its grain have fewer."""
_PALE: Final = 32
"""Up to here, when nothing is recognised either, a page is blank. Coarse grain measured 28, print of a
seventh of full strength 39, which is unread when OCR makes nothing of it."""
_PLACE_PIXELS: Final = 500
"""A place is a square of so many to the shorter side; grain is evened out in it, a stroke is not."""
_MARGIN: Final = 0.04
"""Of either side: shadows that a scanner draws round a page."""
_DPI_MIN: Final = 50
"""Below it, and 72 exactly, the resolution written in a file is no resolution."""
_DPI_DEFAULT: Final = 72
_TAIL_MIN_BYTES: Final = 64


def warm() -> None:
    """Load what pictures need, so that forked workers find it loaded."""
    ocr.warm()


def read_image(sink: Sink) -> None:
    """Read a picture file, or hand its pages out."""
    with _opened(sink) as picture:
        if picture is None:
            return
        _read_metadata(picture, sink)
        _read_tail(picture, sink)
        count = _count_pages(picture, sink)
        if count == 1 and not sink.ocr.take(1):
            sink.unread("limit:ocr_pages_max")
        elif count == 1:
            with page_time(sink) as time:
                if time:
                    _read_decoded(picture, sink, time)
        else:
            sink.pages(range(1, count + 1), sink.media_type)


def _count_pages(picture: Image.Image, sink: Sink) -> int:
    """Return how many pages there are; where the second cannot be found, the first is read all the same."""
    try:
        return int(getattr(picture, "n_frames", 1))
    except _UNREADABLE:
        sink.unread("corrupt")
        return 1


def read_frame(sink: Sink) -> None:
    """Read one page of a file of many; the page was counted when it was handed out."""
    with page_time(sink) as time, _opened(sink) as picture:
        if time is None or picture is None:
            return
        try:
            picture.seek(sink.item.page - 1)
        except _UNREADABLE:
            sink.unread("corrupt")
            return
        _read_decoded(picture, sink, time)


@contextmanager
def page_time(sink: Sink) -> Iterator[PageTime | None]:
    """Give a page its time, counted from here; None, and the page is unread, when there is none left."""
    with sink.ocr.page() as time:
        if time.left <= 0:
            sink.unread(time.limit)
        yield time if time.left > 0 else None


@contextmanager
def _opened(sink: Sink) -> Iterator[Image.Image | None]:
    """Open the picture, unread when it cannot be; a picture of too many pixels is not decoded."""
    Image.MAX_IMAGE_PIXELS = sink.limits.image_pixels_max
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = Image.open(BytesIO(sink.item.data), formats=_FORMATS)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            sink.unread("limit:image_pixels_max")
            picture = None
        except UnidentifiedImageError:
            sink.unread("corrupt" if sink.media_type in _TYPES else "unsupported")
            picture = None
        except _UNREADABLE:
            sink.unread("corrupt")
            picture = None
        try:
            yield picture
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # a later page
            sink.unread("limit:image_pixels_max")


def _read_decoded(picture: Image.Image, sink: Sink, time: PageTime) -> None:
    if picture.width * picture.height > sink.limits.image_pixels_max:
        sink.unread("limit:image_pixels_max")
        return
    dpi = _dpi(picture)
    try:
        width = picture.width
        grey = _grey(picture, sink.limits.ocr_pixels_max)
        dpi *= grey.width / width
        turn = _UPRIGHT.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except _UNREADABLE:
        sink.unread("corrupt")
        return
    read_grey(grey.transpose(turn) if turn is not None else grey, sink, time, dpi)


_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation: what makes the picture stand as its camera stood."""


def _dpi(picture: Image.Image) -> float:
    try:
        dpi = float(next(iter(picture.info["dpi"])))
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError):
        return 0
    return dpi if dpi > _DPI_MIN and round(dpi) != _DPI_DEFAULT else 0


def _grey(picture: Image.Image, pixels_max: int) -> Image.Image:
    """Return the picture in 256 greys, shrunk to its bound, on the ground that shows something."""
    picture.load()
    if picture.mode.startswith(("I", "F")):  # more than 256 greys
        low, high = (float(extreme) for extreme in picture.getextrema())  # type: ignore[arg-type]  # one band
        scale = 255 / (high - low) if high > low else 0
        grey = picture.convert("F").point(lambda level: level * scale + (-low * scale)).convert("L")
        return _bounded(grey, pixels_max)
    if not picture.has_transparency_data:
        return _bounded(picture.convert("L"), pixels_max)
    layer = _bounded(picture.convert("RGBA"), pixels_max)
    shown = [
        Image.alpha_composite(Image.new("RGBA", layer.size, ground), layer) for ground in ("white", "black")
    ]
    return max((one.convert("L") for one in shown), key=_contrast)


def _bounded(picture: Image.Image, pixels_max: int) -> Image.Image:
    """Shrink a picture of more pixels."""
    pixels = picture.width * picture.height
    if pixels <= pixels_max:
        return picture
    scale = (pixels_max / pixels) ** 0.5
    size = max(int(picture.width * scale), 1), max(int(picture.height * scale), 1)
    return picture.resize(size, Image.Resampling.BOX)


def read_grey(
    picture: Image.Image, sink: Sink, time: PageTime, dpi: float = 0, *, codes: bool = True
) -> None:
    """Read a page given as a grey picture: barcodes, then text. ``dpi`` is 0 when nobody knows."""
    if is_blank(picture):
        time.sensible = True
        return
    if codes:
        read_codes(picture, sink)
    if time.left <= 0:
        sink.unread(time.limit)
        return
    pale = _contrast(_inside(picture)) < _PALE
    reading = ocr.read(picture, time.left, dpi, turn=not pale)
    sink.text(reading.text, source="ocr")
    if not reading.complete:
        sink.unread(time.limit)
    elif reading.sensible or (pale and not reading.text):
        time.sensible = True
    else:
        sink.unread("unsupported")


def is_blank(picture: Image.Image) -> bool:
    """Tell whether nothing stands on a grey picture."""
    return _contrast(picture) < _BLANK


def read_codes(picture: Image.Image, sink: Sink, place: str = "code") -> None:
    """Read the barcodes on a grey picture."""
    codes = barcodes.find(picture)
    sink.text("\n\n".join(code.text for code in codes), place)
    if any(code.packed for code in codes):
        sink.unread("unsupported", place)


def _contrast(picture: Image.Image) -> int:
    """Return how many greys lie between the darkest and the lightest place."""
    side = min(picture.width, picture.height) // _PLACE_PIXELS
    low, high = picture.reduce(max(side, 1)).getextrema()
    return int(high) - int(low)  # type: ignore[arg-type]  # one band


def _inside(picture: Image.Image) -> Image.Image:
    across, down = int(picture.width * _MARGIN), int(picture.height * _MARGIN)
    return picture.crop((across, down, picture.width - across, picture.height - down))


# Beside the picture -----------------------------------------------------------------------------------

_NO_WORDS: Final = frozenset({"compression", "exif", "icc_profile", "photoshop"})
_XP: Final = re.compile(r"XP[A-Z]")
_PREFIXES: Final = (b"ASCII\0\0\0", b"UNICODE\0", b"\0" * 8)
"""What a comment in EXIF begins with: its charset."""


def _read_metadata(picture: Image.Image, sink: Sink) -> None:
    """Read comments, captions, keywords: PNG text, JPEG and GIF comments, EXIF, XMP, IPTC."""
    found: dict[str, None] = {}
    try:
        for key, value in (*picture.info.items(), *getattr(picture, "text", {}).items()):
            if key not in _NO_WORDS:
                _add_words(value, found)
        exif = picture.getexif()
        for tags in (exif, *(exif.get_ifd(ifd) for ifd in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo))):
            for tag, value in tags.items():
                if isinstance(value, str):  # Pillow takes it for latin-1; most write UTF-8
                    value = value.encode("latin-1", "replace")  # noqa: PLW2901 - as below
                wide = _XP.match(ExifTags.TAGS.get(tag, "")) is not None
                _add_words(decode(value, "utf-16-le") if wide and isinstance(value, bytes) else value, found)
        _add_words(b"\n".join(_captions(picture.info.get("photoshop"))), found)
    except _UNREADABLE:
        sink.unread("corrupt")
    sink.text("\n".join(found), "metadata", "metadata")


def _add_words(value: Any, found: dict[str, None]) -> None:
    if isinstance(value, bytes):
        for prefix in _PREFIXES:
            value = value.removeprefix(prefix)
        value = value.strip(b"\0")
        if not is_text(value):
            return
        value = decode(value)
    if not isinstance(value, str) or value.isspace():
        return
    if value.lstrip().startswith("<"):  # XMP keeps words between its tags and in their attributes
        found.update(dict.fromkeys(_ATTRIBUTE_WORDS.findall(value)))
        value = strip_tags(value)
    found.setdefault(value.strip("\0"))


_ATTRIBUTE_WORDS: Final = re.compile(r"=\"([^\"<>\s]+\s[^\"<>]+)\"")


def _captions(resources: Any) -> Iterator[bytes]:
    """Yield the IPTC fields of Photoshop's resources: captions, keywords, authors."""
    if not isinstance(resources, dict):
        return
    block = resources.get(0x0404, b"")
    for field in _IPTC.finditer(block):
        yield block[field.end() : field.end() + int.from_bytes(field[1], "big")]


_IPTC: Final = re.compile(rb"\x1c\x02.(.{2})", re.DOTALL)
_ENDS: Final = {"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9", "GIF": b"\x00\x3b"}


def _read_tail(picture: Image.Image, sink: Sink) -> None:
    """Read a text that was put behind the end of the picture."""
    end = _ENDS.get(picture.format or "")
    position = sink.item.data.rfind(end) if end else -1
    tail = sink.item.data[position + len(end) :].strip(b"\0\r\n\t ") if end and position >= 0 else b""
    if len(tail) > _TAIL_MIN_BYTES and is_text(tail):
        sink.text(decode(tail), "tail")
