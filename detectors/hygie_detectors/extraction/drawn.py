"""What of a PDF page only the eye sees: which pages, and which places on them, are read as pictures.

Does:   looks at the objects of a page; finds pages that are scans, drawings of letters or coded in fonts
        without a map, pictures pasted beside text, and barcodes; draws a page or a place on it in greys.
Never:  reads a scan again whose text lies unseen over or under it; reads the same picture twice; draws
        longer than it is given.
Fails:  :class:`TimeoutError` when the time is over before the page is drawn. pdfium may take the process
        down under memory pressure. It does not pause inside patterns and forms: whoever watches does.
Source: PDFium's public API, through pypdfium2's raw bindings; ISO 32000-1.
"""

from __future__ import annotations

import ctypes
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, TypeAlias

import pypdfium2 as pdfium
import pypdfium2.internal as pdfium_i
import pypdfium2.raw as pdfium_c

from hygie_detectors.extraction.pictures import LETTERHEAD_MAX

Box: TypeAlias = tuple[float, float, float, float]
"""Left, bottom, right, top, in points; or margins in that order."""

_SPARSE_CHARS: Final = 100
"""A page with fewer is looked at for what is drawn on it: a stamp or a footer on a scan."""
_PICTURE_SHARE: Final = 0.3
"""Of the page's area: from there a picture is the page, not a logo on it."""
_LOGO_SHARE: Final = 0.05
"""Up to there, and up to ``LETTERHEAD_MAX`` bytes, a picture beside text is a logo or a signature: unread,
and counted, but no file that policy need care about."""
_LEGIBLE_PIXELS: Final = 70_000
"""A picture of fewer beside text is a rule, a bullet, an icon: at 200 dpi, three centimetres by three."""
_OBJECTS_MAX: Final = 20_000
"""Objects looked at. A dense page of a form has two thousand; one of more than this is drawn as a whole."""
_FORMS_DEPTH: Final = 4
_DRAWN_SEGMENTS: Final = 300
"""Lines and curves on a page with little text: a dozen letters drawn as curves."""
_COVERED: Final = 0.5
"""Of a scan's height: text that spans so much of it, unseen, is its own."""
_GARBLED_SHARE: Final = 0.3
_SAMPLE: Final = 200
"""Characters of a page that are asked whether their font has a map to Unicode."""
_ODD_SHARE: Final = 0.025
"""Of these: so many without a map that are neither letters nor signs; accents at least are lost."""
_ODD_MIN: Final = 3
_LETTERS_MIN: Final = 30
"""From so many without a map they are looked at as a text."""
_VOWELS: Final = frozenset("aeiouyàâéèêëîïôùûœ")
_VOWELS_MIN: Final = 0.2
_VOWELS_MAX: Final = 0.65
"""Of the letters. French, English and their tables lie between; letters that stand for others do not."""
_FILLING: Final = frozenset(" \r\n\t._-=*")
"""Spaces and what lines are made of."""
_PUNCTUATION: Final = frozenset(" \r\n\t.,;:!?'\"()[]{}/%+-=_*<>|°€§&@#«»’–—…•")
_DRAWN_DPI: Final = 200
_DRAWN_PIXELS: Final = 3_900_000
"""A4 at 200 dpi. A smaller page gets as many: scanners write wrong sizes, down to a stamp's."""
_MODULE_MAX: Final = 12.0
"""Points; a path so small may be a square of a barcode."""
_MODULES_MIN: Final = 40
"""The smallest codes in use have a hundred."""
_QUIET_ZONE: Final = 12.0
"""Points left white around a barcode."""
WHOLE: Final = (0.0, 0.0, 0.0, 0.0)
"""The margins of the whole page."""

# Private use, replacement and control characters: a font without a map to Unicode.
_GARBLED: Final = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on a page."""

    handle: Any
    box: Box
    pixels: int
    packed_bytes: int
    inner: bool
    """Inside a form, whose coordinates are not the page's."""
    above: int
    """Objects drawn before it."""

    @property
    def area(self) -> float:
        """Square points."""
        return area(self.box)

    def digest(self) -> bytes:
        """Return what tells it from other pictures: its packed bytes, hashed."""
        data = ctypes.create_string_buffer(max(self.packed_bytes, 1))
        pdfium_c.FPDFImageObj_GetImageDataRaw(self.handle, data, self.packed_bytes)
        return sha256(data.raw).digest()


@dataclass(slots=True)
class Look:
    """What is on a page beside its text."""

    area: float
    characters: int
    """Letters and signs of its text."""
    pictures: list[Picture] = field(default_factory=list)
    segments: int = 0
    """Lines and curves; counted on pages with little text only."""
    spoilt: bool = False
    """Its text is not what is printed."""
    overflowing: bool = False
    """There are more objects than were looked at."""

    @property
    def sparse(self) -> bool:
        """Whether the page has little text."""
        return self.characters < _SPARSE_CHARS


def area(box: Box) -> float:
    """Return the area of a box."""
    return abs((box[2] - box[0]) * (box[3] - box[1]))


def look(page: Any, textpage: Any, text: str) -> Look:
    """Look at everything on a page but its text, given as read."""
    visible = len(text) - text.count(" ") - text.count("\n")
    seen = Look(max(page.get_width() * page.get_height(), 1.0), visible)
    seen.spoilt = _is_spoilt(textpage, text, visible)
    for number, (handle, kind, depth) in enumerate(_objects(page)):
        if number >= _OBJECTS_MAX:
            seen.overflowing = True
            break
        if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            seen.pictures.append(_picture(handle, number, inner=depth > 0))
        elif kind == pdfium_c.FPDF_PAGEOBJ_PATH and seen.sparse:
            seen.segments += pdfium_c.FPDFPath_CountSegments(handle)
        elif kind == pdfium_c.FPDF_PAGEOBJ_SHADING and seen.sparse:
            seen.segments += 1
    return seen


def is_picture(seen: Look) -> bool:
    """Tell whether what a reader sees on the page is not in its text."""
    if seen.spoilt or seen.overflowing:
        return True
    if not seen.sparse:
        return False
    covered = sum(picture.area for picture in seen.pictures)
    return (
        covered > _PICTURE_SHARE * seen.area
        or (not seen.characters and bool(seen.pictures))
        or seen.segments >= _DRAWN_SEGMENTS
    )


def beside_text(page: Any, textpage: Any, seen: Look) -> tuple[list[Picture], int]:
    """Return the pictures of a page of text that are to be read, and how many logos it has besides."""
    legible = [picture for picture in seen.pictures if picture.pixels >= _LEGIBLE_PIXELS]
    small = [picture for picture in seen.pictures if picture.pixels < _LEGIBLE_PIXELS]
    large = sum(picture.area for picture in small) > _LOGO_SHARE * seen.area
    if large and sum(picture.pixels for picture in small) >= _LEGIBLE_PIXELS:
        legible += small  # a picture in strips, as printing programs cut them
    logos = [
        picture
        for picture in legible
        if picture.pixels >= _LEGIBLE_PIXELS
        and picture.area <= _LOGO_SHARE * seen.area
        and picture.packed_bytes <= LETTERHEAD_MAX
    ]
    chosen = [p for p in legible if p not in logos and not _is_searchable(page, textpage, p, seen)]
    return chosen, len(logos)


def is_letterhead(picture: Picture, seen: Look) -> bool:
    """Tell whether a picture beside text is a letterhead by its size."""
    return picture.packed_bytes <= LETTERHEAD_MAX and picture.area <= _PICTURE_SHARE * seen.area


def has_undecodable(seen: Look) -> bool:
    """Tell whether a picture of the page cannot be drawn, so that the page looks blank."""
    for picture in seen.pictures:
        bitmap = pdfium_c.FPDFImageObj_GetBitmap(picture.handle)
        if not bitmap:
            return True
        pdfium_c.FPDFBitmap_Destroy(bitmap)
    return False


def _objects(page: Any) -> Iterator[tuple[Any, int, int]]:
    """Yield handle, kind and depth of the page's objects, those of forms behind their form.

    pypdfium2's own way of doing it takes ten times longer.
    """
    count, get = pdfium_c.FPDFPage_CountObjects(page), pdfium_c.FPDFPage_GetObject
    waiting = [(page, get, count, 0, 0)]
    while waiting:
        parent, get, count, start, depth = waiting.pop()
        for index in range(start, count):
            handle = get(parent, index)
            kind = pdfium_c.FPDFPageObj_GetType(handle)
            yield handle, kind, depth
            if kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _FORMS_DEPTH:
                waiting.append((parent, get, count, index + 1, depth))
                inside = pdfium_c.FPDFFormObj_CountObjects(handle)
                waiting.append((handle, pdfium_c.FPDFFormObj_GetObject, inside, 0, depth + 1))
                break


def bounds(handle: Any) -> Box:
    """Return the box around an object."""
    sides = [ctypes.c_float() for _ in range(4)]
    pdfium_c.FPDFPageObj_GetBounds(handle, *sides)
    left, bottom, right, top = (side.value for side in sides)
    return left, bottom, right, top


def _picture(handle: Any, number: int, *, inner: bool) -> Picture:
    width, height = ctypes.c_uint(), ctypes.c_uint()
    pdfium_c.FPDFImageObj_GetImagePixelSize(handle, width, height)
    packed = pdfium_c.FPDFImageObj_GetImageDataRaw(handle, None, 0)
    return Picture(handle, bounds(handle), width.value * height.value, packed, inner, number)


def _is_spoilt(textpage: Any, text: str, visible: int) -> bool:
    """Tell whether a font without a map makes the text other than what is printed."""
    if visible and len(_GARBLED.findall(text)) > _GARBLED_SHARE * visible:
        return True
    count = pdfium_c.FPDFText_CountChars(textpage)
    places = range(0, count, max(count // _SAMPLE, 1))
    unmapped = [place for place in places if pdfium_c.FPDFText_HasUnicodeMapError(textpage, place) == 1]
    if len(unmapped) < _ODD_MIN:
        return False
    signs = [chr(pdfium_c.FPDFText_GetUnicode(textpage, place)).lower() for place in unmapped]
    odd = sum(not (sign.isalnum() or sign in _PUNCTUATION) for sign in signs)
    return odd >= max(_ODD_MIN, _ODD_SHARE * len(places)) or _stand_for_others(signs)


def _stand_for_others(signs: list[str]) -> bool:
    """Tell whether characters without a map are a text whose letters and signs stand for other letters."""
    shown = [sign for sign in signs if sign not in _FILLING]
    if len(shown) < _LETTERS_MIN:
        return False
    letters = [sign for sign in shown if sign.isalpha()]
    if sum(sign in _PUNCTUATION for sign in shown) > len(shown) / 2:
        return True
    vowels = sum(sign in _VOWELS for sign in letters)
    return len(letters) >= _LETTERS_MIN and not _VOWELS_MIN <= vowels / len(letters) <= _VOWELS_MAX


def _is_searchable(page: Any, textpage: Any, picture: Picture, seen: Look) -> bool:
    """Tell whether the text of a scan lies over it unseen, or under it: a scanner's program wrote it."""
    if picture.area <= _PICTURE_SHARE * seen.area:
        return False
    letters, low, high = 0, float("inf"), float("-inf")
    for number, (handle, kind, _) in enumerate(_objects(page)):
        if number >= _OBJECTS_MAX:
            break
        if kind != pdfium_c.FPDF_PAGEOBJ_TEXT:
            continue
        unseen = pdfium_c.FPDFTextObj_GetTextRenderMode(handle) == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE
        if unseen or number < picture.above:
            letters += pdfium_c.FPDFTextObj_GetText(handle, textpage, None, 0) // 2
            _, bottom, _, top = bounds(handle)
            low, high = min(low, bottom), max(high, top)
    _, bottom, _, top = picture.box
    spanned = min(high, top) - max(low, bottom)
    return bool(letters >= _SPARSE_CHARS and (picture.inner or spanned >= _COVERED * (top - bottom)))


# Where to look ----------------------------------------------------------------------------------------


def margins_of_pictures(page: Any, pictures: list[Picture]) -> Box:
    """Return the margins around these pictures."""
    if any(picture.inner for picture in pictures):
        return WHOLE
    return _margins(page, [picture.box for picture in pictures])


def margins_of_codes(page: Any) -> Box | None:
    """Return the margins of the area in which barcodes may lie; None when there is none."""
    pictures, modules, inner = [], [], False
    for number, (handle, kind, depth) in enumerate(_objects(page)):
        if number >= _OBJECTS_MAX:
            break
        if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            pictures.append(bounds(handle))
        elif kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            left, bottom, right, top = box = bounds(handle)
            if max(right - left, top - bottom) > _MODULE_MAX:
                continue
            modules.append(box)
        else:
            continue
        inner = inner or depth > 0
    boxes = pictures + (modules if len(modules) >= _MODULES_MIN else [])
    if not boxes:
        return None
    return WHOLE if inner else _margins(page, boxes)


def _margins(page: Any, boxes: list[Box]) -> Box:
    width, height = page.get_size()
    if page.get_rotation() or page.get_bbox()[:2] != (0, 0):
        return WHOLE  # their coordinates are not the page's
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return (
        min(max(min(lefts) - _QUIET_ZONE, 0), width - 1),
        min(max(min(bottoms) - _QUIET_ZONE, 0), height - 1),
        max(min(width - max(rights) - _QUIET_ZONE, width - 1), 0),
        max(min(height - max(tops) - _QUIET_ZONE, height - 1), 0),
    )


# Drawing ----------------------------------------------------------------------------------------------


def draw(page: Any, pixels_max: int, until: float, crop: Box = WHOLE) -> Any:
    """Return the page in greys, without what lies in the margins ``crop``.

    Raises:
        TimeoutError: when it is not drawn by then, on ``time.monotonic``.

    """
    page_area = max(page.get_width() * page.get_height(), 1.0)
    scale = max(_DRAWN_DPI / 72, (_DRAWN_PIXELS / page_area) ** 0.5)
    scale = min(scale, (pixels_max / page_area) ** 0.5)
    width, height = (max(round(side * scale), 1) for side in page.get_size())
    left, bottom, right, top = (int(margin * scale) for margin in crop)
    bitmap = pdfium.PdfBitmap.new_native(
        max(width - left - right, 1), max(height - bottom - top, 1), pdfium_c.FPDFBitmap_Gray
    )
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, bitmap.width, bitmap.height)
    place = (bitmap, page, -left, -top, width, height, 0, pdfium_c.FPDF_ANNOT | pdfium_c.FPDF_GRAYSCALE)
    pause = pdfium_c.IFSDK_PAUSE(version=1)
    pdfium_i.set_callback(pause, "NeedToPauseNow", lambda _pause: time.monotonic() >= until)
    try:
        state = pdfium_c.FPDF_RenderPageBitmap_Start(*place, pause)
    finally:
        pdfium_c.FPDF_RenderPage_Close(page)
    if state == pdfium_c.FPDF_RENDER_TOBECONTINUED:
        raise TimeoutError
    if page.formenv:
        pdfium_c.FPDF_FFLDraw(page.formenv, *place)
    return bitmap.to_pil().convert("L")
