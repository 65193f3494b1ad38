"""XML to text: CDA and other documents by element, base64 objects handed out as files.

Does:   writes each element's text on its line with the attributes that carry meaning before it
        (``extension="…" root="…"``), decodes ``representation="B64"`` objects; one parser setting
        for Office files too.
Never:  loads a DTD, expands an entity, opens the network.
Fails:  :func:`feed` raises :class:`BrokenError` or :class:`TooDeepError`; what was read before stays with the
        target. The caller then reads the rest as tagged text and says ``corrupt`` or names the limit.
Source: lxml on libxml2, settings measured on hostile files; ANS CDA examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol
from xml.parsers import expat

from lxml import etree

from hygie_detectors.extraction.layout import Layout


class RefusedError(Exception):
    """The document was not read to its end; ``reason`` is that of an unread part."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Target(Protocol):
    """What a parser calls on its way through a document."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take an opening element."""

    def end(self, tag: str) -> None:
        """Take its end."""

    def data(self, data: str) -> None:
        """Text, in pieces."""


class _Guard:
    """lxml's parser target: passes on to ours, local names only, and refuses depth and DOCTYPE."""

    def __init__(self, target: Target, depth_max: int, data: bytes) -> None:
        self._target = target
        self._start = target.start
        self._end = target.end
        self._names: dict[str, str] = {}
        self._depth_max = depth_max
        self._source = data
        self._depth = 0
        self.data = target.data

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._depth_max:
            raise RefusedError("limit:xml_depth_max")
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = local_name(tag)
        self._start(name, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._end(self._names.get(tag, ""))

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        comment = getattr(self._target, "comment", None)
        if not comment or _ENTITIES.search(self._source) or not _KNOWN_DTD.search(self._source):
            raise RefusedError("unsupported")  # its entities would stay unread where they are used
        comment(f"{name} {public or ''} {system or ''}")

    def comment(self, text: str) -> None:
        comment = getattr(self._target, "comment", None)
        if comment:
            comment(text)

    def close(self) -> None:
        """Return nothing, at the parser's last call."""


def local_name(tag: str) -> str:
    """Return the name without its namespace."""
    return tag.rpartition("}")[2]


_KNOWN_DTD: Final = re.compile(
    rb"<!DOCTYPE\s{1,20}[\w:.-]{1,80}\s{1,20}PUBLIC\s{1,20}"
    rb"[\"']-//(?:W3C|NISO|Apple|Apple Computer)//[^>\[]{1,500}>"
)
"""Of XHTML, SVG, e-books, property lists: they add entities for letters, and nothing else that is text."""
_ENTITIES: Final = re.compile(rb"<!ENTITY|&(?!#|(?:amp|lt|gt|quot|apos);)|\0")
"""Entities that XML does not know by itself; null bytes, behind which they may hide in UTF-16."""
_CHUNK: Final = 1 << 16


def feed(data: bytes, target: Target, depth_max: int) -> None:
    """Run the target over a document.

    Raises:
        RefusedError: at an unknown DOCTYPE or one whose entities are used (``unsupported``), beyond
            ``depth_max`` or libxml2's own 256 levels (``limit:xml_depth_max``), at the first error
            (``corrupt``).

    """
    guard = _Guard(target, depth_max, data)
    parser = etree.XMLParser(
        target=guard,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=False,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        for position in range(0, len(data), _CHUNK):
            parser.feed(data[position : position + _CHUNK])
        parser.close()
    except etree.LxmlError as error:
        too_deep = "depth" in str(error).lower()
        # Not chained: the parser's message quotes the document.
        raise RefusedError("limit:xml_depth_max" if too_deep else "corrupt") from None
    if parser.feed_error_log and not _is_whole(data):
        raise RefusedError("corrupt")


def _is_whole(data: bytes) -> bool:
    """Tell whether this is one document to its end: behind a wrong name space, libxml2 no longer tells."""
    try:
        expat.ParserCreate().Parse(data, True)  # noqa: FBT003 - a C function without keywords
    except (expat.ExpatError, ValueError, LookupError):  # broken, or in a charset that expat does not know
        return False
    return True


_SILENT_ATTRIBUTES: Final = frozenset(
    {
        "classCode",
        "moodCode",
        "typeCode",
        "determinerCode",
        "codeSystem",
        "schemaLocation",
        "nullFlavor",
        "space",
    }
)
"""Constants of the format: no word of the document is in them."""


class Document:
    """Target for XML that is read for its own sake: CDA, FHIR, exports, SVG."""

    def __init__(self, take_object: Callable[[str, str], bool]) -> None:
        self.layout = Layout()
        self._take_object = take_object
        self._data: list[str] = []
        self._object: list[str] | None = None
        self._object_type = ""
        self._object_depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Write the attributes of the element; begin an object where it holds one."""
        if self._object is not None:
            self._object_depth += 1
            return
        self._flush()
        (self.layout.row if tag in _ROWS else self.layout.line)()
        named = [
            f'{name}="{value}"'
            for name, value in ((local_name(key), value) for key, value in attributes.items())
            if value and (name not in _SILENT_ATTRIBUTES or " " in value)
        ]
        if named:
            self.layout.text(" ".join(named))
            self.layout.line()
        if attributes.get("representation") == "B64":
            self._object, self._object_type, self._object_depth = [], attributes.get("mediaType", ""), 0

    def end(self, tag: str) -> None:
        """Break the line or the cell; hand out an object that is complete."""
        if self._object is not None:
            if self._object_depth:
                self._object_depth -= 1
                return
            content, self._object = "".join(self._object), None
            if not self._take_object(content, self._object_type):
                self.layout.text(content)
        self._flush()
        if tag in _CELLS:
            self.layout.cell()
        elif tag not in _INLINE:
            (self.layout.row if tag in _ROWS else self.layout.line)()

    def data(self, data: str) -> None:
        """Keep text until the element's edge: the parser gives it in pieces."""
        (self._data if self._object is None else self._object).append(data)

    def _flush(self) -> None:
        """Write the text kept; line breaks inside it stay, indentation of the markup does not."""
        text = "".join(self._data)
        self._data.clear()
        if text and not (text.isspace() and "\n" in text):
            self.layout.text(text)

    def comment(self, text: str) -> None:
        """Write a comment as a line of text."""
        self._flush()
        self.layout.line()
        self.layout.text(text)
        self.layout.line()


_CELLS: Final = frozenset({"td", "th"})
_ROWS: Final = frozenset({"tr", "table", "thead", "tbody"})
_INLINE: Final = frozenset({"content", "sub", "sup", "b", "i", "tspan", "linkHtml", "footnoteRef"})
