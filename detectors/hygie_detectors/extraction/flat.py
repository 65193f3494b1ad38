"""Office documents written as one XML file: flat OpenDocument, Word 2003 and 2006 XML, Excel 2003 XML.

Does:   recognises them by their root element and reads them as the same document in a zip would be read: runs
        joined, rows on a line; pictures and objects written inside go out as parts of their own.
Never:  leaves them to the reader of plain XML, which would tear numbers split over runs apart.
Fails:  never raises; what breaks off keeps what was read, and is unread.
Source: OpenDocument 1.3 part 2, 3.1.2; Word 2003 and Excel 2003 XML reference schemas; Flat OPC.
"""

from __future__ import annotations

import re
from typing import Final

from hygie_detectors.extraction import markup
from hygie_detectors.extraction.headers import decode_base64
from hygie_detectors.extraction.hypertext import strip_tags
from hygie_detectors.extraction.page import Page
from hygie_detectors.extraction.pictures import LETTERHEAD_MAX
from hygie_detectors.extraction.text import decode, is_utf16
from hygie_detectors.extraction.walk import Sink

_ROOT_WITHIN: Final = 4096
_ROOT: Final = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(?:document|wordDocument|package|Workbook)\s[^<>]{0,8000}?"
    rb"(?:opendocument:xmlns:office|office/word/2003/wordml|office/2006/xmlPackage|office:spreadsheet)"
)


def is_flat(data: bytes) -> bool:
    """Tell whether these bytes are an Office document in one XML file."""
    head = data[: 4 * _ROOT_WITHIN]
    if is_utf16(head) or head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        head = decode(head).encode("utf-8", "replace")
    return bool(_ROOT.search(head))


def read_flat(sink: Sink) -> None:
    """Read such a document."""
    data = sink.item.data
    page = Page(sink.limits.spreadsheet_cells_max)
    try:
        markup.feed(data, page, sink.limits.xml_depth_max)
    except markup.RefusedError as refused:
        sink.unread(refused.reason)
        if "cells" not in refused.reason:
            sink.text(strip_tags(decode(data)), "untagged")
    sink.text(str(page.layout))
    sink.text("\n".join(page.unseen), "unseen")
    if len(page.files) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    for number, content in enumerate(page.files[: sink.limits.archive_members_max], 1):
        file = decode_base64(content.encode("ascii", "replace"))[0]
        if file:
            sink.child(f"objet-{number}", file, decorative_max=LETTERHEAD_MAX)
