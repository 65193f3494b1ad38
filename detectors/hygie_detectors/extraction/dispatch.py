"""Which readers a part goes to.

Does:   undoes the transfer encoding, looks for health signatures, asks what the bytes are, and
        lets every reader that matches try.
Never:  leaves bytes without an answer: text, or an unread with its reason.
Fails:  as the readers do; the walk turns an unforeseen error into ``crash``.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from hygie_detectors.extraction import (
    embedded,
    flat,
    headers,
    hypertext,
    mail,
    markup,
    office,
    ole,
    pdf,
    signatures,
    sniff,
    text,
)
from hygie_detectors.extraction.walk import Reader, Sink

ROOT: Final = "headers"
"""Path of the message itself: its header texts are segments of it."""

_JSON_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\"/\\bfnrt]))")
_JSON_BREAKS: Final = {"n": "\n", "r": "\n", "t": "\t", "b": "", "f": ""}
_TAIL_IGNORED_BYTES: Final = 64
"""Padding and line ends behind a PDF; a message hidden there is longer."""


def read(sink: Sink) -> None:
    """Read one part: the message itself, a MIME entity, or the bytes of a file."""
    if sink.item.path == ROOT:
        mail.read_message(sink)
        return
    mail.decode_entity(sink)
    if sink.item.data.strip():
        _read_bytes(sink)


def _read_bytes(sink: Sink) -> None:
    item = sink.item
    for kind, person in signatures.find(item.data):
        sink.signature(kind, person)
    sink.media_type, formats = sniff.sniff(item.data, item.declared)
    if formats == ("mail",) and item.declared == "text/plain" and not item.attachment:
        sink.media_type, formats = "text/plain", ("text",)  # a body that quotes headers
    if sink.media_type.startswith("image/") and len(item.data) <= item.decorative_max:
        item.attachment = False
    if "ole" in formats:
        formats = tuple(
            format_ for format_ in formats if format_ != "zip"
        )  # its reader tells zips in it from it
    for format_ in formats:
        _READERS[format_](sink)
    if not formats or (formats == ("zip",) and not item.data.startswith(b"PK")):  # what is before the zip
        sink.unread("unsupported")


def _read_text(sink: Sink) -> None:
    item = sink.item
    content = text.decode(item.data, item.charset)
    if b"\0" in item.data:  # UTF-16: the signatures were sought in it, base64 files were not
        for kind, person in signatures.find(content.encode("utf-8", "replace")):
            sink.signature(kind, person)
    for name, data in mail.uuencoded(item.data):
        sink.name(name, sink.child(name, data))
    content = _take_files(content, sink)
    if "json" in sink.media_type or "json" in item.declared or "\\u00" in content:
        content = _JSON_ESCAPE.sub(_unescape_json, content)
    if item.declared in _FOLDED or content[:32].lstrip().startswith(("BEGIN:VCAL", "BEGIN:VCARD")):
        content = _CARD_ESCAPE.sub(r"\1", _CARD_FOLD.sub("", content).replace("\\n", "\n"))
    if not text.is_readable(item.data, item.charset):
        sink.unread("unsupported")
    _add_text(content, sink)


_FOLDED: Final = frozenset({"text/calendar", "text/vcard", "text/x-vcard", "text/directory"})
_CARD_FOLD: Final = re.compile(r"\r?\n[ \t]")
_CARD_ESCAPE: Final = re.compile(r"\\([,;\\])")

_CLOSING_TAG: Final = re.compile("</[a-zA-Z]")


def _add_text(content: str, sink: Sink) -> None:
    """Add a text, and once more without its tags when it has any: clients go by the name or by the look."""
    sink.text(content)
    if _CLOSING_TAG.search(content):
        sink.text(hypertext.strip_tags(content), "untagged")


def _unescape_json(match: re.Match[str]) -> str:
    number, character = match.groups()
    return chr(int(number, 16)) if number else _JSON_BREAKS.get(character, character)


def _take_files(content: str, sink: Sink, *, decorative_max: int = 0) -> str:
    """Hand out the files written in a text as base64; return the text without them."""
    content, files = embedded.take_base64(content)
    if len(files) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    for number, data in enumerate(files[: sink.limits.archive_members_max], 1):
        sink.child(f"base64-{number}", data, decorative_max=decorative_max)
    return content


def _read_html(sink: Sink) -> None:
    source = hypertext.decode_html(sink.item.data, sink.item.charset)
    shown, attributes, unseen, inner = hypertext.read_html(
        _take_files(source, sink, decorative_max=mail.DECORATIVE_MAX), sink.limits.html_open_tags_max
    )
    sink.text(shown)
    sink.text(attributes, "attributes")
    sink.text(unseen, "hidden")
    if len(inner) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    for number, document in enumerate(inner[: sink.limits.archive_members_max], 1):
        sink.child(
            f"inclus-{number}",
            document.data,
            declared=document.media_type,
            charset=document.charset,
            attachment=sink.item.attachment,
            decorative_max=mail.DECORATIVE_MAX,
        )
    if not (shown + attributes + unseen).strip():
        sink.text(source, "source")  # tags alone: whatever they are, they were read


def _read_xml(sink: Sink) -> None:
    data = sink.item.data
    if flat.is_flat(data):
        flat.read_flat(sink)
        return
    taken = 0

    def take_object(content: str, media_type: str) -> bool:
        nonlocal taken
        decoded = headers.decode_base64(content.encode("ascii", "replace"))[0]
        if decoded:
            taken += 1
            sink.child(f"objet-{taken}", decoded, declared=media_type)
        return bool(decoded)

    document = markup.Document(take_object)
    rest = ""
    try:
        markup.feed(data, document, sink.limits.xml_depth_max)
    except markup.RefusedError as refused:
        sink.unread(refused.reason)
        rest = hypertext.strip_tags(text.decode(data, sink.item.charset))
    # Tagged text read to the end replaces what the parser gave before it stopped.
    shown = _take_files(rest or str(document.layout), sink)
    _add_text(shown if shown.strip() else text.decode(data, sink.item.charset), sink)


def _read_rtf(sink: Sink) -> None:
    sink.unread("unsupported")  # objects and pictures inside are not opened
    sink.text(text.unescape_rtf(text.decode(sink.item.data, sink.item.charset)))


def _read_pdf(sink: Sink) -> None:
    data = sink.item.data
    starts = [document.start(1) for document in _NEXT_PDF.finditer(data)]
    if starts:  # readers show one of them, and not all the same
        for begin, end in pairwise([0, *starts, len(data)]):
            sink.child(f"document-{begin}", data[begin:end], attachment=sink.item.attachment)
        return
    start = data.find(b"%PDF-")
    before = data[:start] if start >= 0 else data
    if start and text.is_text(before):
        sink.text(text.decode(before), "prefix")
    tail = data[data.rfind(b"%%EOF") + 5 :].strip(b"\0\r\n\t ") if b"%%EOF" in data else b""
    if len(tail) > _TAIL_IGNORED_BYTES and text.is_text(tail):
        sink.text(text.decode(tail), "tail")
    pdf.read_pdf(sink)


_NEXT_PDF: Final = re.compile(rb"%%EOF\s{0,8}(%PDF-)")


def _unsupported(sink: Sink) -> None:
    sink.unread("unsupported")


def _encrypted(sink: Sink) -> None:
    sink.unread("encrypted")


_WRITTEN: Final = re.compile(rb"[\x20-\x7e\x80-\xff]{12,}")


def _read_signature(sink: Sink) -> None:
    """Read a detached signature: names in certificates, a digest, and nothing else when it is honest."""
    sink.text("\n".join(map(text.decode, _WRITTEN.findall(sink.item.data))), source="metadata")


_READERS: Final[dict[str, Reader]] = {
    "html": _read_html,
    "image": _unsupported,
    "mail": mail.read_mail_file,
    "ole": ole.read_ole,
    "packed": _unsupported,
    "pdf": _read_pdf,
    "pgp": _encrypted,
    "pkcs7-detached": _read_signature,
    "pkcs7-enveloped": _encrypted,
    "pkcs7-signed": _unsupported,
    "rtf": _read_rtf,
    "text": _read_text,
    "tnef": _unsupported,
    "xml": _read_xml,
    "zip": office.read_zip,
}
