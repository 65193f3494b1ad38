"""How much of a message is read: every bound by name, with its unit and its reason.

Does:   names each limit. Reaching one makes an unread part of reason ``limit:<name>``.
Never:  turns a limit into "clean"; no value here can.
Fails:  nothing; the values are checked where they are read (settings).
Source: measurements on hostile files; see the reason beside each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one inspection. Sizes in bytes, times in seconds, the rest are counts."""

    message_max_bytes: int = 50 * MIB
    """Postfix's own default is 10 MB; hospitals raise it to 20 or 30. Beyond it the rest is unread."""
    mime_depth_max: int = 50
    """Forwards of forwards reach about ten; the parser itself breaks near 980."""
    mime_parts_max: int = 500
    """A mail with 100 inline images is rare; 20 000 parts take seconds to walk."""
    header_max_bytes: int = 64 * KIB
    """One header. Decoding encoded words is quadratic beyond."""
    header_decoded_max_bytes: int = 16 * KIB
    """Of that, how much is RFC 2047-decoded; the rest is scanned raw."""
    part_text_max_chars: int = 5_000_000
    """Text taken from one part, all its places together: some 2 500 pages. Of a single text given to the
    detectors, they read as much, and say the same of the rest."""
    text_max_chars: int = 20_000_000
    """Text taken from one message."""
    archive_depth_max: int = 5
    """Containers inside containers (an Office file counts as one)."""
    archive_members_max: int = 2_000
    """Members of a container and of the archives inside it: nests multiply. An Office file has tens."""
    expanded_max_bytes: int = 200 * MIB
    """Sum of all members of a container once expanded: four times the largest message."""
    member_max_bytes: int = 50 * MIB
    """One member once expanded."""
    expansion_ratio_max: int = 100
    """Expanded over packed, above a floor of 10 MiB. Text packs ten to thirty times; a bomb a thousand."""
    spreadsheet_cells_max: int = 500_000
    """Cells with something in them, of one spreadsheet; 20 000 rows of ten columns are a large one."""
    metafile_records_max: int = 200_000
    """Records of one EMF or WMF picture; a chart has hundreds, a map some 100 000."""
    pdf_pages_max: int = 200
    """Pages whose text is read; the rest is unread, by number."""
    image_pixels_max: int = 40_000_000
    """A picture. An A3 page at 400 dpi has 31 million; decoding that many in colour takes 160 MB."""
    ocr_pages_max: int = 20
    """Pages of a message, scans and pictures, read by OCR, half a second to one each; the rest is unread, by
    number."""
    ocr_pixels_max: int = 6_000_000
    """A page is drawn, a picture shrunk, to so many at most: A4 at 250 dpi. Nothing is unread for it. More
    reads no better, and a photograph with nothing to read takes twice as long at 12 million."""
    ocr_page_max_seconds: float = 3.5
    """One page, from opening it to its last word, turned upright if need be. A dense page takes 1.5, one of
    small print 3; what lasts longer is no text. What was read before is kept."""
    ocr_vain_max_seconds: float = 3.5
    """Pages of a message on which nothing sensible is recognised, together: noise and photographs take
    longest. What is still to be read then is unread; pages of text do not count."""
    ocr_max_seconds: float = 12.0
    """OCR of one message: leaves time for the rest of it before ``milter.soft_seconds``."""
    xml_depth_max: int = 256
    """What libxml2 itself accepts."""
    json_depth_max: int = 100
    """FHIR resources nest some twenty deep; Python's own JSON reader gives up near a thousand."""
    html_open_tags_max: int = 2_000
    """Deeper nesting makes the fast HTML parser quadratic; the slow, safe one reads it then."""
    part_max_seconds: float = 4.5
    """Wall time of one part, extraction and detection each, without the time in which its worker was ready
    and others had the cores; a reader that takes longer is killed. The largest spreadsheet takes two; a
    message with one part to kill is answered within five."""
