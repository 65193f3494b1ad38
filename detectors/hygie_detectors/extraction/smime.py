"""S/MIME: what is signed is read inside, what is compressed is expanded, what is enveloped is encrypted.

Does:   takes the content out of an opaque signature (p7m, also signed files of any other kind), whatever
        its encoding (DER, BER of indefinite length), and hands it out as a part. In PEM form it is base64
        in a text, which the text reader finds.
Never:  verifies a signature; decrypts.
Fails:  never raises on any bytes; what is no CMS object is ``corrupt``.
Source: RFC 5652, RFC 3274.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from asn1crypto import cms, core, parser

from hygie_detectors.extraction.text import decode
from hygie_detectors.extraction.walk import Sink, expand

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What asn1crypto raises on damaged objects."""

_WRITTEN: Final = re.compile(rb"[\x20-\x7e\x80-\xff]{12,}")
_TAIL_MAX: Final = 64
"""Padding and line ends behind the object."""


def read_signed(sink: Sink) -> None:
    """Read an opaque signature: its content as a part, the names in its certificates as text."""
    if sink.too_deep():
        return
    try:
        data = _content(sink.item.data, sink)
    except _UNREADABLE:
        sink.unread("corrupt")
        return
    if data:
        _add_content(data, sink)
    else:
        read_detached(sink)


def _content(raw: bytes, sink: Sink) -> bytes:
    size = parser.peek(raw)
    tail = raw[size:].strip(b"\0\r\n\t ")
    if len(tail) > _TAIL_MAX:
        sink.child("suite", tail)
    signed = cms.ContentInfo.load(raw[:size])["content"]
    content = signed["encap_content_info"]["content"]
    certificates = signed["certificates"].dump() if signed["certificates"] else b""
    sink.text(_strings(certificates), "certificates", "metadata")
    if content is None or isinstance(content, core.Void):
        return b""
    if isinstance(content, core.OctetString | core.ParsableOctetString):
        return bytes(content)
    return bytes(content.untag().dump())  # PKCS #7 1.5 signs other types as they are


def _add_content(data: bytes, sink: Sink) -> None:
    sink.child("contenu", data, attachment=sink.item.attachment, mime_depth=sink.item.mime_depth + 1)


def read_detached(sink: Sink) -> None:
    """Read a detached signature: names in certificates, a digest, and nothing else when it is honest."""
    sink.text(_strings(sink.item.data), source="metadata")


def _strings(data: bytes) -> str:
    return "\n".join(map(decode, _WRITTEN.findall(data)))


def read_compressed(sink: Sink) -> None:
    """Read CompressedData: a MIME entity behind zlib."""
    if sink.too_deep():
        return
    try:
        compressed = cms.ContentInfo.load(sink.item.data)["content"]
        if compressed["compression_algorithm"]["algorithm"].native != "zlib":
            sink.unread("unsupported")
            return
        packed = bytes(compressed["encap_content_info"]["content"])
    except _UNREADABLE:
        sink.unread("corrupt")
        return
    data = expand(zlib.decompressobj(), packed, sink)
    if data:
        _add_content(data, sink)
