"""PDF to text, page by page, with what lies beside the pages.

Does:   reads page text, form values, annotations, metadata, bookmarks, barcodes of the first page, and
        hands attached files out as parts; hands the pages that only the eye can read (``drawn``) out one
        by one, to be drawn and read by OCR: pages that are pictures, then pictures beside text.
Never:  executes; never takes an empty page with a picture for an empty page; draws no other page.
Fails:  raises nothing of its own; pdfium may take the process down under memory pressure, which is
        why readers run in a disposable worker.
Source: PDFium's public API, through pypdfium2's raw bindings; ISO 32000-1.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from hygie_detectors.extraction import drawn
from hygie_detectors.extraction.sniff import PDF_WITHIN
from hygie_detectors.extraction.walk import Sink

_ANNOTATIONS_MAX: Final = 2_000
"""A page's; the largest official form has some hundreds."""
_BOOKMARKS_MAX: Final = 2_000
_DATES: Final = frozenset({"CreationDate", "ModDate"})

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
    pages = _Pages()
    for number in range(1, readable + 1):
        _read_page(document, number, pages, sink)
    sink.pages([*pages.whole, *pages.parts], "application/pdf", pages.decorated)
    if count > readable:
        sink.unread("limit:pdf_pages_max", f"page={readable + 1}-{count}")
    if _is_bare(document, readable):
        sink.unread("corrupt")
    _read_attachments(document, sink)


def _is_bare(document: Any, pages: int) -> bool:
    """Tell whether nothing lies on any page: nobody sends such a file, one broken inside looks so."""
    for number in range(pages):
        try:
            page = document[number]
        except pdfium.PdfiumError:
            return False  # that was said
        things = pdfium_c.FPDFPage_CountObjects(page) + pdfium_c.FPDFPage_GetAnnotCount(page)
        page.close()
        if things > 0:
            return False
    return not document.count_attachments()


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


@dataclass(slots=True)
class _Pages:
    """Which pages are read as pictures: as a whole, or what lies beside their text."""

    whole: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    decorated: set[int] = field(default_factory=set)
    met: set[bytes] = field(default_factory=set)

    def is_new(self, picture: drawn.Picture) -> bool:
        """Tell whether a picture was not met before; now it was."""
        digest = picture.digest()
        known = digest in self.met
        self.met.add(digest)
        return not known


def _read_page(document: Any, number: int, pages: _Pages, sink: Sink) -> None:
    """Read what text the page has; put it down when it, or a picture on it, is to be read as a picture."""
    place = f"page={number}"
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        sink.unread("corrupt", place)
        return
    try:
        textpage = page.get_textpage()
        text = _text(textpage)
        sink.text(text, place)
        seen = drawn.look(page, textpage, text)
        if drawn.is_picture(seen):
            pages.whole.append(number)
        else:
            _look_beside_text(page, textpage, number, seen, pages, sink)
            if number == 1:
                _read_codes(page, place, sink)
        textpage.close()
        sink.text(_annotations(document, page, place, sink), f"{place}-notes")
    except pdfium.PdfiumError:
        sink.unread("corrupt", place)
    finally:
        page.close()


def _text(textpage: Any) -> str:
    return str(textpage.get_text_range().translate(_HYPHENS))


def _look_beside_text(  # noqa: PLR0913 - a page as it was read, and where to put what is found
    page: Any, textpage: Any, number: int, seen: drawn.Look, pages: _Pages, sink: Sink
) -> None:
    """Put the page down when a picture beside its text was not met on an earlier one."""
    chosen, logos = drawn.beside_text(page, textpage, seen)
    if logos:
        sink.unread("unsupported", f"page={number}-logo", attachment=False)
    new = [picture for picture in chosen if pages.is_new(picture)]
    if new:
        pages.parts.append(number)
        if all(drawn.is_letterhead(picture, seen) for picture in new):
            pages.decorated.add(number)


def read_picture(sink: Sink) -> None:
    """Read one page, ``item.page``, as a picture; of a page of text, what lies beside the text."""
    from hygie_detectors.extraction import images  # noqa: PLC0415 - Pillow and tesseract, for pictures only

    with images.page_time(sink) as page_time:
        if page_time is None:
            return
        try:
            picture, seen = _draw_page(sink, page_time.until)
        except pdfium.PdfiumError:
            sink.unread("corrupt")
            return
        except TimeoutError:
            sink.unread(page_time.limit)
            return
        if seen.undecodable:
            sink.unread("corrupt")
        # The first page of text was searched for barcodes already.
        images.read_grey(picture, sink, page_time, codes=seen.whole or sink.item.page > 1)


class _Drawn(NamedTuple):
    """What was drawn of a page."""

    whole: bool
    """The page, or the place of its pictures."""
    undecodable: bool
    """Nothing stands on it, and one of its pictures cannot be drawn."""


def _draw_page(sink: Sink, until: float) -> tuple[Any, _Drawn]:
    """Return the page, or the place of its pictures, in greys."""
    document = pdfium.PdfDocument(_from_mark(sink.item.data))
    try:
        if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
            document.init_forms()
        page = document[sink.item.page - 1]
        textpage = page.get_textpage()
        seen = drawn.look(page, textpage, _text(textpage))
        whole = drawn.is_picture(seen)
        crop = drawn.WHOLE
        if not whole:
            crop = drawn.margins_of_pictures(page, drawn.beside_text(page, textpage, seen)[0])
        picture = drawn.draw(page, sink.limits.ocr_pixels_max, until, crop)
        darkest, lightest = picture.getextrema()
        return picture, _Drawn(whole, darkest == lightest and drawn.has_undecodable(seen))
    finally:
        document.close()


def _read_codes(page: Any, place: str, sink: Sink) -> None:
    """Read the barcodes of a page of text, which are pictures on it or made of small squares."""
    crop = drawn.margins_of_codes(page)
    if crop is None:
        return
    from hygie_detectors.extraction import images  # noqa: PLC0415 - as above

    until = time.monotonic() + sink.limits.ocr_page_max_seconds
    try:
        picture = drawn.draw(page, sink.limits.ocr_pixels_max, until, crop)
    except TimeoutError:
        sink.unread("limit:ocr_page_max_seconds", f"{place}-code")
    else:
        images.read_codes(picture, sink, f"{place}-code")


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
