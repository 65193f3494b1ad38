"""Files written out inside text: base64 in HL7, CDA, FHIR and ``data:`` links, uuencode in a body.

Does:   finds runs of base64 that decode to a document, gives the documents and the text without them.
Never:  takes a long identifier for a file: what decodes to no known format stays text.
Fails:  never raises. Each run is looked at once: linear, on lines of 600 000 characters too.
"""

from __future__ import annotations

import re
from string import ascii_letters, digits
from typing import Final

from hygie_detectors.extraction import sniff
from hygie_detectors.extraction.headers import decode_base64
from hygie_detectors.extraction.text import is_plain

_RUN: Final = re.compile(
    r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,}"  # a line of base64 has 60 to 76 characters, or there is one line
    r"(?:(?:\\r\\n|\\n|\\X0D\\|\s{1,20})[A-Za-z0-9+/]{60,})*(?:\s{1,20}[A-Za-z0-9+/]{1,75}(?==|\s|\Z|[\"'<|]))?={0,2}"
)
_SHORTEST_DOCUMENT: Final = 64
_ALPHABET: Final = (ascii_letters + digits + "+/").encode()
_AS_RUNS: Final = bytes(ord("a" if byte in _ALPHABET else " ") for byte in range(256))
_SHORTEST_RUN: Final = b"a" * 60


def take_base64(text: str) -> tuple[str, list[bytes]]:
    """Return the text without the documents written in it as base64, and the documents."""
    documents: list[bytes] = []
    # Most texts hold no run, and the pattern takes ten times as long to find that out.
    if _SHORTEST_RUN not in text.encode("utf-8", "replace").translate(_AS_RUNS):
        return text, documents

    def take(run: re.Match[str]) -> str:
        data = decode_base64(_ESCAPED_BREAK.sub("", run[0]).encode())[0]
        if not is_document(data):
            return run[0]
        documents.append(data)
        return " "

    return _RUN.sub(take, text), documents


_ESCAPED_BREAK: Final = re.compile(r"\\[rn]|\\X0D\\")


def is_document(data: bytes) -> bool:
    """Tell whether decoded bytes are worth a part of their own: a known format, or plain text."""
    if len(data) < _SHORTEST_DOCUMENT // 2:
        return False
    if is_plain(data) and _reads_as_text(data):
        return True
    return bool(set(sniff.sniff(data)[1]) - {"text", "pgp"})


def _reads_as_text(data: bytes) -> bool:
    head = data[:4096]
    letters = len(head) - len(head.translate(None, _LETTERS))
    return letters > 0.8 * len(head)


_LETTERS: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \r\n\t.,;:|^&'\"<>/=-"
