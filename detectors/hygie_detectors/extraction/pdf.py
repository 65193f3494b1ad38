"""PDF to text, page by page, with what lies beside the pages.

Does:   reads page text, form values, annotations, metadata, bookmarks, barcodes of the first page, and
        hands attached files out as parts; finds pages that are pictures, drawings or coded in private
        fonts, and hands them out one by one, to be drawn and read by OCR.
Never:  executes; never takes an empty page with a picture for an empty page; draws no other page.
Fails:  raises nothing of its own; pdfium may take the process down under memory pressure, which is
        why readers run in a disposable worker.
Source: PDFium's public API, through pypdfium2's raw bindings; ISO 32000-1.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from hygie_detectors.extraction.sniff import PDF_WITHIN
from hygie_detectors.extraction.walk import Sink

_SPARSE_CHARS: Final = 100
"""A page with fewer characters is looked at for pictures: a stamp or a footer on a scan."""
_PICTURE_SHARE: Final = 0.3
"""Of the page's area: from there a picture is the page, not a logo on it."""
_OBJECTS_MAX: Final = 2_000
"""Objects looked at on such a page."""
_DRAWING_PATHS: Final = 150
"""Paths on a page without text: letters drawn as curves."""
_DRAWN_DPI: Final = 200
_DRAWN_PIXELS: Final = 3_900_000
"""A4 at 200 dpi. A smaller page gets as many: scanners write wrong sizes, down to a stamp's."""
_MODULE_MAX: Final = 12.0
"""Points; a path so small may be a square of a barcode."""
_MODULES_MIN: Final = 40
"""The smallest codes in use have a hundred."""
_QUIET_ZONE: Final = 12.0
"""Points left white around a barcode."""
_GARBLED_SHARE: Final = 0.3
_ANNOTATIONS_MAX: Final = 2_000
"""A page's; the largest official form has some hundreds."""
_BOOKMARKS_MAX: Final = 2_000
_DATES: Final = frozenset({"CreationDate", "ModDate"})

# Private use, replacement and control characters: a font without a map to Unicode.
_GARBLED: Final = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")
# What pdfium writes for a hyphen at the end of a line, whose break it removes.
_HYPHENS: Final = str.maketrans({"\x02": "\u00ad", "\ufffe": "\u00ad", "\r": None})


def read_pdf(sink: Sink) -> None:
    """Read a PDF that begins within the first 4 kB."""
    try:
        document = pdfium.PdfDocument(_from_mark(sink.item.data))
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) in {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}
        sink.unread("encrypted" if locked else "corrupt")
        return
    try:
        _read_document(document, sink)
    finally:
        document.close()


def _from_mark(data: bytes) -> bytes:
    return data[max(data.find(b"%PDF-", 0, PDF_WITHIN + 8), 0) :]


def _read_document(document: Any, sink: Sink) -> None:
    form_type = document.get_formtype()
    if form_type in {pdfium_c.FORMTYPE_XFA_FULL, pdfium_c.FORMTYPE_XFA_FOREGROUND}:
        sink.unread("unsupported", "xfa")  # such a form's values lie in XML that pdfium does not show
    elif form_type != pdfium_c.FORMTYPE_NONE:
        document.init_forms()
    metadata = document.get_metadata_dict(skip_empty=True)
    sink.text("\n".join(v for k, v in metadata.items() if k not in _DATES), "metadata", "metadata")
    _read_bookmarks(document, sink)
    count = len(document)
    readable = min(count, sink.limits.pdf_pages_max)
    pictures = [number for number in range(1, readable + 1) if _read_page(document, number, sink)]
    sink.pages(pictures, "application/pdf")
    if count > readable:
        sink.unread("limit:pdf_pages_max", f"page={readable + 1}-{count}")
    if not count:
        sink.unread("corrupt")
    _read_attachments(document, sink)


def _read_bookmarks(document: Any, sink: Sink) -> None:
    titles = []
    try:
        for bookmark in document.get_toc(max_depth=8):
            titles.append(bookmark.get_title())
            if len(titles) >= _BOOKMARKS_MAX:
                sink.unread("unsupported", "bookmarks")
                break
    except pdfium.PdfiumError:
        sink.unread("corrupt", "bookmarks")
    sink.text("\n".join(titles), "bookmarks", "metadata")


def _read_page(document: Any, number: int, sink: Sink) -> bool:
    """Read what text the page has; return whether it is to be read as a picture besides."""
    place = f"page={number}"
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        sink.unread("corrupt", place)
        return False
    try:
        textpage = page.get_textpage()
        text = textpage.get_text_range().translate(_HYPHENS)
        textpage.close()
        sink.text(text, place)
        is_picture = _is_picture(page, text)
        if number == 1 and not is_picture:
            _read_codes(page, place, sink)
        sink.text(_annotations(document, page, place, sink), f"{place}-notes")
    except pdfium.PdfiumError:
        sink.unread("corrupt", place)
        return False
    else:
        return is_picture
    finally:
        page.close()


def _is_picture(page: Any, text: str) -> bool:
    """Tell whether what a reader sees on the page is not in its text."""
    visible = len(text) - text.count(" ") - text.count("\n")
    if visible and len(_GARBLED.findall(text)) > _GARBLED_SHARE * visible:
        return True
    if visible >= _SPARSE_CHARS:
        return False
    area = max(page.get_width() * page.get_height(), 1.0)
    covered, pictures, paths = 0.0, 0, 0
    for seen, thing in enumerate(page.get_objects(max_depth=4)):
        if seen >= _OBJECTS_MAX:
            break
        if thing.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = thing.get_bounds()
            pictures += 1
            covered += abs((right - left) * (top - bottom))
        elif thing.type in {pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_SHADING}:
            paths += 1
    return covered > _PICTURE_SHARE * area or (not visible and (pictures > 0 or paths >= _DRAWING_PATHS))


def read_picture(sink: Sink) -> None:
    """Read one page, ``item.page``, as a picture."""
    from hygie_detectors.extraction import images  # noqa: PLC0415 - Pillow and tesseract, for pictures only

    try:
        document = pdfium.PdfDocument(_from_mark(sink.item.data))
        if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
            document.init_forms()
        try:
            page = document[sink.item.page - 1]
            picture = _draw(page, sink.limits.ocr_pixels_max)
            page.close()
        finally:
            document.close()
    except pdfium.PdfiumError:
        sink.unread("corrupt")
        return
    images.read_grey(picture, sink)


def _draw(page: Any, pixels_max: int, crop: tuple[float, float, float, float] = (0, 0, 0, 0)) -> Any:
    """Return the page in greys, without what lies in the margins ``crop`` (left, bottom, right, top)."""
    area = max(page.get_width() * page.get_height(), 1.0)
    scale = max(_DRAWN_DPI / 72, (_DRAWN_PIXELS / area) ** 0.5)
    scale = min(scale, (pixels_max / area) ** 0.5)
    return page.render(scale=scale, grayscale=True, crop=crop).to_pil().convert("L")


def _read_codes(page: Any, place: str, sink: Sink) -> None:
    """Read the barcodes of a page of text, which are pictures on it or made of small squares."""
    crop = _around_codes(page)
    if crop is None:
        return
    from hygie_detectors.extraction import images  # noqa: PLC0415 - as above

    images.read_codes(_draw(page, sink.limits.ocr_pixels_max, crop), sink, f"{place}-code")


def _around_codes(page: Any) -> tuple[float, float, float, float] | None:
    """Return the margins of the area in which barcodes may lie; None when there is none."""
    pictures, modules, inner = [], [], False
    for seen, thing in enumerate(page.get_objects(max_depth=4)):
        if seen >= _OBJECTS_MAX:
            break
        if thing.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            pictures.append(thing.get_bounds())
        elif thing.type == pdfium_c.FPDF_PAGEOBJ_PATH:
            left, bottom, right, top = box = thing.get_bounds()
            if max(right - left, top - bottom) > _MODULE_MAX:
                continue
            modules.append(box)
        else:
            continue
        inner = inner or thing.level > 0
    boxes = pictures + (modules if len(modules) >= _MODULES_MIN else [])
    if not boxes:
        return None
    width, height = page.get_size()
    if inner or page.get_rotation() or page.get_bbox()[:2] != (0, 0):
        return 0, 0, 0, 0  # their coordinates are not the page's
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return (
        min(max(min(lefts) - _QUIET_ZONE, 0), width - 1),
        min(max(min(bottoms) - _QUIET_ZONE, 0), height - 1),
        max(width - max(rights) - _QUIET_ZONE, 0),
        max(height - max(tops) - _QUIET_ZONE, 0),
    )


def _annotations(document: Any, page: Any, place: str, sink: Sink) -> str:
    """Return form values and notes of a page; files attached to notes become parts."""
    count = pdfium_c.FPDFPage_GetAnnotCount(page)
    if count > _ANNOTATIONS_MAX:
        sink.unread("unsupported", f"{place}-notes")
    lines: dict[str, None] = {}
    for index in range(min(count, _ANNOTATIONS_MAX)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            for key in (b"Contents", b"V", b"T", b"TU", b"Subj", b"RC"):
                lines.setdefault(_string(pdfium_c.FPDFAnnot_GetStringValue, annotation, key))
            lines.setdefault(_value(document, annotation))
            lines.update(dict.fromkeys(_choices(document, annotation)))
            lines.setdefault(_link(document, annotation))
            attached = pdfium_c.FPDFAnnot_GetFileAttachment(annotation)
            if attached:
                _take(pdfium.PdfAttachment(attached, document), sink)
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)
    return "\n".join(line for line in lines if line)


def _value(document: Any, annotation: Any) -> str:
    """Return the value of a form field behind its name: of ten boxes, one must see which is ticked."""
    if not document.formenv:
        return ""
    value = _string(pdfium_c.FPDFAnnot_GetFormFieldValue, document.formenv, annotation)
    name = _string(pdfium_c.FPDFAnnot_GetFormFieldName, document.formenv, annotation)
    return f"{name} : {value}" if name and value else value


def _choices(document: Any, annotation: Any) -> Iterator[str]:
    """Yield what a list in a form offers."""
    if document.formenv:
        count = pdfium_c.FPDFAnnot_GetOptionCount(document.formenv, annotation)
        for index in range(min(count, _ANNOTATIONS_MAX)):
            yield _string(pdfium_c.FPDFAnnot_GetOptionLabel, document.formenv, annotation, index)


def _link(document: Any, annotation: Any) -> str:
    """Return the address a link leads to; a mail address may carry a whole text."""
    link = pdfium_c.FPDFAnnot_GetLink(annotation)
    action = pdfium_c.FPDFLink_GetAction(link) if link else None
    if not action:
        return ""
    size = pdfium_c.FPDFAction_GetURIPath(document, action, None, 0)
    buffer = ctypes.create_string_buffer(max(size, 1))
    pdfium_c.FPDFAction_GetURIPath(document, action, buffer, size)
    return unquote(buffer.value.decode("latin-1"))


def _string(getter: Any, *arguments: Any) -> str:
    """Call one of pdfium's string getters: once for the length in bytes, once for the UTF-16."""
    size = getter(*arguments, None, 0)
    if size <= 2:  # noqa: PLR2004 - the terminator alone
        return ""
    buffer = ctypes.create_string_buffer(size)
    getter(*arguments, ctypes.cast(buffer, ctypes.POINTER(pdfium_c.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _read_attachments(document: Any, sink: Sink) -> None:
    count = document.count_attachments()
    if count > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    for index in range(min(count, sink.limits.archive_members_max)):
        _take(document.get_attachment(index), sink)


def _take(attachment: Any, sink: Sink) -> None:
    try:
        name = attachment.get_name()
        data = bytes(attachment.get_data())
    except pdfium.PdfiumError:
        sink.unread("corrupt", "attachment")
        return
    if len(data) > sink.limits.member_max_bytes:
        sink.unread("limit:member_max_bytes")
        return
    sink.budget.left -= len(data)
    if sink.budget.left < 0:
        sink.unread("limit:expanded_max_bytes")
        return
    sink.name(name, sink.child(name, data))
