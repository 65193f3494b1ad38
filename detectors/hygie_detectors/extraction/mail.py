"""A message: its headers as text, its MIME parts in order, and what lies between them.

Does:   walks the MIME tree, numbers the parts in the style of IMAP, undoes transfer encodings,
        opens nested messages; reads preambles, epilogues and undecodable bytes as plain text.
Never:  trusts the parser to have seen everything: what it reports as defective, or silently
        resolves one way of two, is read in what ways there are and is ``corrupt`` besides.
Fails:  never raises. A message nested too deep for the parser is one text and
        ``limit:mime_depth_max``.
Source: RFC 5322, 2045-2047, 2231; the parser's behaviour on broken mail was measured.
"""

from __future__ import annotations

import binascii
import quopri
import re
from email import errors
from email.generator import BytesGenerator
from email.message import Message
from io import BytesIO
from typing import Final

from hygie_detectors.extraction import headers, signatures
from hygie_detectors.extraction.text import decode
from hygie_detectors.extraction.walk import Sink, safe_name
from hygie_detectors.limits import KIB

DECORATIVE_MAX: Final = 10 * KIB
"""A picture in a mail up to this size is a logo or a signature; a page sent as a fax has 30 kB."""

_HEADERS_APART_MAX: Final = 200
"""Headers that get a segment each; a thousandth one is text like the others, all in one segment."""

_FRAMING_DEFECTS: Final = (
    errors.NoBoundaryInMultipartDefect,
    errors.StartBoundaryNotFoundDefect,
    errors.MultipartInvariantViolationDefect,
    errors.InvalidMultipartContentTransferEncodingDefect,
    errors.MissingHeaderBodySeparatorDefect,
    errors.MalformedHeaderDefect,
)
"""After these, mail clients may see parts where the parser saw text. A missing closing boundary is
not among them: the last part runs to the end, and all of it is read."""

_DROPPED_LINES: Final = (
    errors.FirstHeaderLineIsContinuationDefect,
    errors.InvalidHeaderDefect,
    errors.MisplacedEnvelopeHeaderDefect,
)
"""The parser drops the line of each; of a header without a name, which it does not keep, even the text."""

_IDENTITY_ENCODINGS: Final = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit", "7bits", "8bits"})
_UUENCODE: Final = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})
_HIDES_A_FILE: Final = re.compile(
    r"^content-(?:disposition|transfer-encoding):", re.IGNORECASE | re.MULTILINE
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)*\Z")


def read_message(sink: Sink) -> None:
    """Read a message given as bytes or as a parsed entity: headers now, its parts as children."""
    sink.media_type = "message/rfc822"
    message = sink.item.entity
    if message is None:
        raw = sink.item.data
        sink.item.mime_depth += sink.item.path != "headers"
        try:
            message = headers.parse(raw, sink.limits)
        except RecursionError:
            sink.unread("limit:mime_depth_max", attachment=True)
            sink.text(decode(raw), "raw")
            return
    _read_headers(message, sink)
    _read_structure(message, sink)


_MBOX_LINE: Final = re.compile(rb"(?:\A|\r?\n\r?\n)(?=From [^\r\n]{1,200}\d\d[^\r\n]{0,40}\r?\n)")


def read_mail_file(sink: Sink) -> None:
    """Read a file that holds a message, or many of them behind ``From`` lines (mbox)."""
    data = sink.item.data
    starts = [line.end() for line in _MBOX_LINE.finditer(data)] if data.startswith(b"From ") else []
    if len(starts) < 2:  # noqa: PLR2004 - one message, with or without such a line
        read_message(sink)
        return
    sink.media_type = "application/mbox"
    if len(starts) > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
    ends = [*starts[1:], len(data)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        if number > sink.limits.archive_members_max:
            break
        sink.child(f"message-{number}", data[start:end], declared="message/rfc822")


_PARAMETERS: Final = frozenset({"content-type", "content-disposition"})


def _read_headers(message: Message, sink: Sink, *, number: str = "") -> None:
    limits = sink.limits
    prefix = f"{number}-" if number else ""
    counts: dict[str, int] = {}
    crowd: list[str] = []
    for position, (name, value) in enumerate(message.raw_items()):
        field = name.lower()
        if not name.replace("-", "").replace("_", "").isalnum():  # a line of text with a colon in it
            crowd.append(name)
        if isinstance(value, headers.Cut):
            structured = field.startswith("content-")
            sink.unread(
                f"limit:{'header_decoded_max_bytes' if structured else 'header_max_bytes'}",
                _header_place(prefix + field),
            )
            sink.text(headers.plain(value + value.rest), _header_place(prefix + field), "header")
            if field == "subject":
                _read_subject(headers.decoded(value, limits.header_decoded_max_bytes)[0], sink)
            continue
        if _says_nothing(field, value, counts):
            continue
        text, complete = headers.decoded(value, limits.header_decoded_max_bytes)
        if field in _PARAMETERS:
            text = headers.parameters(text)
        if not complete:
            sink.unread("limit:header_decoded_max_bytes", _header_place(prefix + field))
        if field == "subject":
            _read_subject(text, sink)
        if position >= _HEADERS_APART_MAX:
            crowd.append(text)
            continue
        counts[field] = seen = counts.get(field, 0) + 1
        sink.text(text, _header_place(prefix + field) + (f".{seen}" if seen > 1 else ""), "header")
    sink.text("\n".join(crowd), f"{prefix}other", "header")
    sink.text(headers.plain(message.get_unixfrom() or ""), "from-line", "header")


def _says_nothing(field: str, value: str, counts: dict[str, int]) -> bool:
    """Tell whether a header is structure alone: no words in it, and the only one of its kind."""
    if field not in headers.STRUCTURAL:
        return False
    repeated = field in _PARAMETERS and field in counts
    counts.setdefault(field, 0)
    return not (repeated or headers.holds_words(field, value))


_UNSAFE_IN_FIELD: Final = re.compile(r"[^a-z0-9-]+")


def _header_place(field: str) -> str:
    return _UNSAFE_IN_FIELD.sub("_", field)[:64]


def _read_subject(subject: str, sink: Sink) -> None:
    person = signatures.xdm_subject(subject)
    if person is not None:
        sink.signature("xdm", person)


def _read_structure(message: Message, sink: Sink) -> None:
    """Put every leaf and nested message on the list; read what lies between them."""
    prefix = _number_prefix(sink.item.path)
    leaves: list[tuple[Message, str, int]] = []
    waiting = [(message, "" if _is_multipart(message) else "1", sink.item.mime_depth)]
    while waiting:
        entity, number, depth = waiting.pop()
        if depth > sink.limits.mime_depth_max:
            sink.unread("limit:mime_depth_max", attachment=True)
            sink.text(decode(_raw_content(entity)), "raw")
            continue
        _read_defects(entity, sink, number)
        if entity is not message:
            _read_headers(entity, sink, number=number)
        if not _is_multipart(entity):
            leaves.append((entity, number, depth))
            continue
        _read_between(entity, sink, number)
        inner = [
            (child, f"{number}.{index}" if number else str(index), depth + 1)
            for index, child in enumerate(_children(entity), 1)
        ]
        waiting.extend(reversed(inner))
    has_html = any(entity.get_content_type() == "text/html" for entity, _, _ in leaves)
    for entity, number, depth in leaves:
        if not sink.count_mime_part():
            sink.unread("limit:mime_parts_max", attachment=True)
            break
        _announce(entity, prefix + number, depth, sink, has_html=has_html)


def _children(entity: Message) -> list[Message]:
    content = entity.get_payload()
    return [child for child in content if isinstance(child, Message)] if isinstance(content, list) else []


def _number_prefix(path: str) -> str:
    """Return what stands before a number: ``3.`` inside message 3, ``3/a.eml/`` inside a named one."""
    if path == "headers":
        return ""
    return f"{path}." if _NUMBER.match(path) else f"{path}/"


def _is_multipart(entity: Message) -> bool:
    return entity.is_multipart() and entity.get_content_maintype() != "message"


def _announce(entity: Message, path: str, depth: int, sink: Sink, *, has_html: bool) -> None:
    names = headers.file_names(entity)
    disposition = str(entity.get("content-disposition", ""))[:64].lower()
    media_type = entity.get_content_type()
    maintype = entity.get_content_maintype()
    shown = names[0] if names else ""
    if safe_name(shown):
        path = f"{path}/{safe_name(shown)}"
    inline = disposition.startswith("inline") or "content-id" in entity
    path = sink.child(
        shown,
        path=path,
        entity=entity,
        declared=media_type,
        charset=headers.parameter(entity, "content-type", "charset"),
        attachment=sink.item.attachment
        or bool(names)
        or disposition.startswith("attachment")
        or maintype not in {"text", "multipart", "message"},
        decorative_max=DECORATIVE_MAX if has_html and inline else 0,
        mime_depth=depth + (maintype == "message"),
    )
    for name in names:
        sink.name(name, path)


def _read_between(entity: Message, sink: Sink, number: str) -> None:
    """Read the text before the first part and behind the last one: no part holds it."""
    for place, text in (("preamble", entity.preamble), ("epilogue", entity.epilogue)):
        if text and not text.isspace():
            raw = text.encode("utf-8", "surrogateescape")
            sink.text(decode(raw), f"{place}{'-' if number else ''}{number}")
            if _HIDES_A_FILE.search(text):
                sink.unread("corrupt", f"{place}{'-' if number else ''}{number}", attachment=True)
                _read_again(str(entity.get("content-type", "")), raw, sink)


def _read_again(media_type: str, raw: bytes, sink: Sink) -> None:
    """Read bytes as a multipart of this type and boundary, if they are one."""
    header = f"Content-Type: {media_type}\r\n\r\n".encode("utf-8", "surrogateescape")
    try:
        again = headers.parse(header + raw, sink.limits)
    except RecursionError:
        sink.unread("limit:mime_depth_max", attachment=True)
        return
    if again.is_multipart():
        depth = sink.item.mime_depth + 1
        sink.child("multipart", entity=again, declared=again.get_content_type(), mime_depth=depth)


def _read_defects(entity: Message, sink: Sink, number: str) -> None:
    for defect in entity.defects:
        if isinstance(defect, _DROPPED_LINES):
            sink.unread("corrupt", "header")
            sink.text(headers.plain(getattr(defect, "line", None) or ""), "header", "header")
    framing = any(isinstance(defect, _FRAMING_DEFECTS) for defect in entity.defects)
    types = {
        str(value).strip().lower() for name, value in entity.raw_items() if name.lower() == "content-type"
    }
    if len(types) > 1:
        sink.unread("corrupt", f"type-{number}" if number else "type", attachment=True)
    content = _content(entity) or entity.epilogue if framing else ""
    if content and not (isinstance(content, str) and content.isspace()):
        hides = isinstance(content, list) or bool(
            _HIDES_A_FILE.search(content if isinstance(content, str) else "")
        )
        sink.unread(
            "corrupt", f"frame-{number}" if number else "frame", attachment=hides or sink.item.attachment
        )


def _content(entity: Message) -> object:
    """Return the parts of an entity, or its text, decoded by a charset that may be no name."""
    try:
        return entity.get_payload()
    except ValueError:  # UnicodeError is one
        content = entity.get_payload(decode=True)
        return decode(content) if isinstance(content, bytes) else ""


def decode_entity(sink: Sink) -> None:
    """Undo the transfer encoding of a leaf: afterwards the part is plain bytes, or its children wait.

    Nested messages and the parts the parser took for text are read here.
    """
    item = sink.item
    entity = item.entity
    if entity is None:
        return
    item.entity = None
    if _is_multipart(entity):  # read again under another type than the parser chose
        sink.media_type = entity.get_content_type()
        _read_structure(entity, sink)
        return
    maintype = entity.get_content_maintype()
    encodings = _encodings(entity)
    item.data = _raw_content(entity)
    if entity.is_multipart() and maintype == "message" and encodings <= _IDENTITY_ENCODINGS:
        if _open_parsed(entity, sink):
            item.data = b""  # all of it is read, or waits as a child
        return
    raw = item.data
    for encoding in sorted(encodings):
        item.data = _undo(encoding, raw, sink)
        _read_other_types(entity, sink)
    sink.size = len(item.data)
    if len(encodings) > 1:
        sink.unread("corrupt")
        sink.text(decode(raw), "raw")


def _encodings(entity: Message) -> set[str]:
    values = [str(v) for name, v in entity.raw_items() if name.lower() == "content-transfer-encoding"]
    return {_ENCODING_END.split(value.strip().lower(), maxsplit=1)[0] for value in values} or {""}


_ENCODING_END: Final = re.compile(r"[\s;(]")


def _undo(encoding: str, raw: bytes, sink: Sink) -> bytes:
    if encoding in _IDENTITY_ENCODINGS:
        return raw
    if encoding == "base64":
        data, clean = headers.decode_base64(raw)
        if not clean:
            sink.unread("corrupt")
            sink.text(_foreign_lines(raw), "raw")
        return data
    if encoding == "quoted-printable":
        return quopri.decodestring(raw)
    if encoding in _UUENCODE:
        files = uuencoded(raw)
        if files:
            return b"".join(data for _, data in files)
    sink.unread("corrupt")
    return raw


_BASE64_LINE: Final = re.compile(rb"^[A-Za-z0-9+/]{20,}={0,2}[ \t\r]*$", re.MULTILINE)


def _foreign_lines(raw: bytes) -> str:
    """Return the lines that are no base64: a footer that some relay put behind it, for instance."""
    return decode(_BASE64_LINE.sub(b"", raw))


def _raw_content(entity: Message) -> bytes:
    """Return the content of an entity as it came, also when the parser has taken it apart."""
    if not entity.is_multipart():
        del entity["content-transfer-encoding"]  # so that the parser gives the bytes undecoded
        payload = entity.get_payload(decode=True)
        behind = (entity.epilogue or "").encode("utf-8", "surrogateescape")
        return (payload if isinstance(payload, bytes) else b"") + behind
    pieces = []
    for part in _children(entity):
        target = BytesIO()
        try:
            BytesGenerator(target, mangle_from_=False, maxheaderlen=0).flatten(part)
        except Exception:  # noqa: BLE001 - the generator trips over what the parser let pass
            target.write(str(part.get_payload()).encode("utf-8", "surrogateescape"))
        pieces.append(target.getvalue())
    return b"\n".join(pieces)


def _open_parsed(entity: Message, sink: Sink) -> bool:
    """Read a nested message that the parser opened; False for a report made of header blocks: a text."""
    sink.media_type = entity.get_content_type()
    sink.size = len(sink.item.data)
    inner = _children(entity)
    if sink.media_type == "message/partial":
        sink.unread("unsupported")  # the other fragments travel elsewhere
    if sink.media_type == "message/delivery-status" or len(inner) != 1:
        return False
    _read_headers(inner[0], sink)
    _read_structure(inner[0], sink)
    return True


def _read_other_types(entity: Message, sink: Sink) -> None:
    """Read a part again under every multipart type it claims, where the parser saw one text."""
    types = {str(value) for name, value in entity.raw_items() if name.lower() == "content-type"}
    for media_type in sorted(types):
        if (
            media_type.strip().lower().startswith("multipart/")
            and not entity.is_multipart()
            and b"--" in sink.item.data
        ):
            _read_again(media_type, sink.item.data, sink)


_UU_BEGIN: Final = re.compile(rb"^begin(-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?$", re.MULTILINE)
_UU_END: Final = re.compile(rb"^(?:end|====)[ \t\r]*$", re.MULTILINE)


def uuencoded(data: bytes) -> list[tuple[str, bytes]]:
    """Return name and content of every uuencoded file in a text."""
    files = []
    begin = _UU_BEGIN.search(data) if b"begin" in data else None
    while begin:
        end = _UU_END.search(data, begin.end())
        stop = end.start() if end else len(data)
        lines = data[begin.end() : stop].splitlines()
        content = b"".join(_uu_line(line, base64=bool(begin[1])) for line in lines if line)
        if content:
            files.append((decode(begin[2]).strip(), content))
        begin = _UU_BEGIN.search(data, stop)
    return files


def _uu_line(line: bytes, *, base64: bool) -> bytes:
    if base64:
        return headers.decode_base64(line)[0]
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        try:  # some encoders leave characters behind the last group
            return binascii.a2b_uu(line[: ((((line[0] - 32) & 63) * 4 + 5) // 3)])
        except binascii.Error:
            return b""
