"""Which readers a part goes to.

Does:   undoes the transfer encoding, looks for health signatures, asks what the bytes are, and
        lets every reader that matches try.
Never:  leaves bytes without an answer: text, or an unread with its reason.
Fails:  as the readers do; the walk turns an unforeseen error into ``crash``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from hygie_detectors.extraction import (
    applefile,
    archive,
    cards,
    cda,
    dicom,
    embedded,
    fhir,
    flat,
    headers,
    hl7,
    hprim,
    hypertext,
    mail,
    markup,
    metafile,
    office,
    ole,
    pdf,
    pgp,
    rtf,
    signatures,
    smime,
    sniff,
    svg,
    text,
    tnef,
    yenc,
)
from hygie_detectors.extraction.fields import PLACE
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
    if sink.item.page:
        _read_page(sink)
        return
    if sink.item.storage:
        ole.read_ole(sink)
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
    if {"ole", "msg"} & set(formats):
        formats = tuple(
            format_ for format_ in formats if format_ != "zip"
        )  # its reader tells zips in it from it
    for format_ in formats:
        _READERS[format_](sink)
    if not formats or (formats == ("zip",) and not item.data.startswith(b"PK")):  # what is before the zip
        sink.unread("unsupported")


def _read_text(sink: Sink) -> None:
    item = sink.item
    charset = hl7.charset(item.data) if "hl7v2" in sink.kinds else ""
    content = text.decode(item.data, charset or item.charset)
    if b"\0" in item.data:  # UTF-16: the signatures were sought in it, base64 files were not
        for kind, person in signatures.find(content.encode("utf-8", "replace")):
            sink.signature(kind, person)
    for name, data in mail.uuencoded(item.data):
        sink.name(name, sink.child(name, data))
    if cards.is_card(content, item.declared):
        content = cards.read_card(content, sink)
    content = _take_files(_read_health(content, sink), sink)
    if "json" in sink.media_type or "json" in item.declared or "\\u00" in content:
        content = _JSON_ESCAPE.sub(_unescape_json, content)
    if not text.is_readable(item.data, item.charset):
        sink.unread("unsupported")
    _add_text(content, sink)


def _read_health(content: str, sink: Sink) -> str:
    """Add the fields of a health file that is text; return the text without the documents in it."""
    kinds = sink.kinds
    if "hprim" not in kinds and hprim.has_extension(sink.item.path) and hprim.find_header(content):
        sink.signature("hprim", person=True)
        kinds = {*kinds, "hprim"}
    for kind, read_fields in _HEALTH_READERS.items():
        if kind in kinds:
            content = read_fields(content, sink)
    return content


_HEALTH_READERS: Final[dict[str, Callable[[str, Sink], str]]] = {
    "hl7v2": hl7.read,
    "hprim": hprim.read,
    "fhir": fhir.read_json,
}


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
        decoded, whole = headers.decode_base64(content.encode("ascii", "replace"))
        if decoded:
            taken += 1
            if not whole:
                sink.unread("corrupt", f"objet={taken}")
            sink.child(f"objet-{taken}", decoded, declared=media_type)
        return bool(decoded)

    document = markup.Document(take_object)
    rest = ""
    try:
        markup.feed(data, document, sink.limits.xml_depth_max)
    except markup.RefusedError as refused:
        sink.unread(refused.reason)
        rest = hypertext.strip_tags(text.decode(data, sink.item.charset))
    _read_health_xml(sink)
    if svg.is_svg(data):
        svg.read_drawing(sink)
    # Tagged text read to the end replaces what the parser gave before it stopped.
    shown = _take_files(rest or str(document.layout), sink)
    _add_text(shown if shown.strip() else text.decode(data, sink.item.charset), sink)


def _read_health_xml(sink: Sink) -> None:
    """Add the fields of a health file that is XML, beside its text."""
    data, depth_max = sink.item.data, sink.limits.xml_depth_max
    if "cda" in sink.kinds:
        sink.text(cda.read_document(data, depth_max), PLACE)
    if "fhir" in sink.kinds:
        fhir.read_xml(data, sink)
    if cda.METADATA in data:
        sink.text(cda.read_metadata(data, depth_max), PLACE)


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


def _read_image(sink: Sink) -> None:
    if len(sink.item.data) <= sink.item.decorative_max:
        sink.unread("unsupported")  # a logo, a signature: not worth the time, and counted
        return
    from hygie_detectors.extraction import images  # noqa: PLC0415 - Pillow and tesseract, until a picture comes

    images.read_image(sink)


def _read_page(sink: Sink) -> None:
    """Read one page as a picture: of a PDF, or of a picture file."""
    from hygie_detectors.extraction import images  # noqa: PLC0415 - as above

    if sink.item.declared == "application/pdf":
        pdf.read_picture(sink)
    else:
        images.read_frame(sink)


def _unsupported(sink: Sink) -> None:
    sink.unread("unsupported")


def _encrypted(sink: Sink) -> None:
    sink.unread("encrypted")


_READERS: Final[dict[str, Reader]] = {
    "dicom": dicom.read,
    "applefile": applefile.read_applefile,
    "html": _read_html,
    "image": _read_image,
    "mail": mail.read_mail_file,
    "metafile": metafile.read_metafile,
    "msg": ole.read_ole,
    "ole": ole.read_ole,
    "packed": archive.read_packed,
    "pdf": _read_pdf,
    "pgp": pgp.read_pgp,
    "pkcs7-compressed": smime.read_compressed,
    "pkcs7-detached": smime.read_detached,
    "pkcs7-enveloped": _encrypted,
    "pkcs7-signed": smime.read_signed,
    "rtf": rtf.read_rtf,
    "text": _read_text,
    "tnef": tnef.read_tnef,
    "xml": _read_xml,
    "yenc": yenc.read_yenc,
    "zip": office.read_zip,
}
