"""SVG: words whose letters are placed one by one, and drawings that may be letters.

Does:   gives the words of text elements once more with their letters joined, as the eye sees them; says
        when a picture with little text is drawn, because letters turned into curves are.
Never:  draws the picture; reads what the XML reader reads of it (text, attributes, files inside).
Fails:  never raises; linear in the size of the file.
Source: SVG 2, chapters 9 (paths) and 11 (text).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hygie_detectors.extraction.hypertext import strip_tags
from hygie_detectors.extraction.text import decode
from hygie_detectors.extraction.walk import Sink

_ROOT: Final = re.compile(rb"<(?:\w{1,20}:)?svg[\s>]")
_HEAD_BYTES: Final = 4096
_TEXT_TAG: Final = re.compile(r"<(/?)(?:\w{1,20}:)?text(?=[\s>])")
_LETTERS: Final = re.compile(r"</?(?:\w{1,20}:)?(?:tspan|textPath|tref|a)(?:\s[^<>]*)?>")
_PATH: Final = re.compile(r"\s(?:d|points)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_SEGMENT: Final = re.compile(r"[MLHVCSQTAZmlhvcsqtaz]|[\d.]\s*[ ,]\s*-?[\d.]")
_DRAWN_SEGMENTS: Final = 300
"""Lines and curves: a dozen letters drawn as curves."""
_SPARSE_CHARS: Final = 100
"""With as many letters of text, the curves are taken for what is drawn around them."""


def is_svg(data: bytes) -> bool:
    """Tell whether an XML file is such a picture."""
    return bool(_ROOT.search(data[:_HEAD_BYTES]))


def read_drawing(sink: Sink) -> None:
    """Add the joined words; the drawing is unread when it may be all there is to read."""
    source = decode(sink.item.data, sink.item.charset)
    words = [strip_tags(_LETTERS.sub("", element)) for element in _text_elements(source)]
    if _LETTERS.search(source):
        sink.text("\n".join(words), "joined")
    letters = sum(len("".join(word.split())) for word in words)
    drawn = sum(len(_SEGMENT.findall(one or other)) for one, other in _PATH.findall(source))
    if letters < _SPARSE_CHARS and drawn >= _DRAWN_SEGMENTS:
        sink.unread("unsupported", "drawing")


def _text_elements(source: str) -> Iterator[str]:
    """Yield the text elements, with their opening tags."""
    begin = -1
    for tag in _TEXT_TAG.finditer(source):
        if not tag[1]:
            begin = tag.start() if begin < 0 else begin
        elif begin >= 0:
            yield source[begin : tag.start()]
            begin = -1
