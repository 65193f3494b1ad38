"""Header fields as text: the one tolerant accessor.

Does:   parses messages with a policy that keeps header values raw and bounded, and gives their
        text: unfolded, 8-bit repaired, RFC 2047 words and RFC 2231 parameters decoded.
Never:  uses ``email.policy.default`` (47 s on one hostile subject) nor ``email.header.decode_header``.
Fails:  never raises. What a limit cuts off stays readable through :attr:`Cut.rest`, undecoded.
Source: RFC 2047, RFC 2231; errata and habits of common mail clients.
"""

from __future__ import annotations

import binascii
import re
from email import errors
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import Compat32
from typing import Any, Final
from urllib.parse import unquote

from hygie_detectors.extraction import text as charset
from hygie_detectors.limits import KIB, Limits

STRUCTURAL: Final = frozenset(
    {
        "arc-authentication-results",
        "arc-message-signature",
        "arc-seal",
        "authentication-results",
        "autocrypt",  # a key
        "content-disposition",  # its file name is read as such
        "content-id",
        "content-transfer-encoding",
        "content-type",  # the same
        "date",
        "dkim-signature",
        "domainkey-signature",
        "face",  # an image
        "in-reply-to",
        "message-id",
        "mime-version",
        "received",
        "received-spf",
        "references",
        "return-path",
        "thread-index",
        "x-face",
        "x-google-dkim-signature",
        "x-received",
    }
)
"""Written by machines for machines, full of digits that are nobody's. Every other header is text, and
so is one of these in which somebody wrote words."""

_WORDS: Final = re.compile(r"\b[a-z]{5,40}[ ,]{1,3}[a-z]{5}|=\?|[^\x00-\x7f]")
_NAMES_A_FILE: Final = re.compile(r"\s*(?:file)?name\*?[\d*]*\s*=", re.IGNORECASE)
_PARAMETER: Final = re.compile(r"[;\s]([A-Za-z-]{1,40})\*?(\d{0,4})\*?\s{0,8}=")
_CONTINUED: Final = re.compile(r"\"?;\s*(?:file)?name\*[1-9]\d{0,4}\*?=\"?", re.IGNORECASE)
_USUAL: Final = frozenset(
    {
        *("boundary", "charset", "component", "creation-date", "delsp", "filename", "format", "method"),
        *("micalg", "modification-date", "name", "protocol", "read-date", "reply-type", "report-type"),
        *("size", "smime-type", "start", "start-info", "type", "x-mac-creator", "x-mac-hide-extension"),
        *("x-mac-type", "x-unix-mode"),
    }
)
"""Parameters of a part that are read, or say nothing."""
_ELSEWHERE: Final = {"content-type": "filename", "content-disposition": "name"}
"""What is a name in the other header only."""


class Cut(str):
    """A header value that was cut at the limit; ``rest`` is what lay beyond."""

    __slots__ = ("rest",)
    rest: str


class _Bounded(Compat32):
    """compat32 whose header values are raw, and bounded before anything looks at them."""

    header_max = 0
    structured_max = 0
    unopened: list[Message] = []  # noqa: RUF012 - a policy takes class attributes only; each has its own
    """Multiparts whose boundary was never opened."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        # Parameters are split in quadratic time, by the parser itself: a tighter bound for them.
        bound = self.structured_max if name[:8].lower() == "content-" else self.header_max
        if len(value) <= bound:
            return name, value
        cut = Cut(value[:bound])
        cut.rest = value[bound:]
        return name, cut

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - the policy's signature
        return value  # raw: compat32 would turn 8-bit values into objects that lose them

    def register_defect(self, obj: Message, defect: errors.MessageDefect) -> None:
        super().register_defect(obj, defect)
        if isinstance(defect, errors.StartBoundaryNotFoundDefect):
            self.unopened.append(obj)


def parse(raw: bytes, limits: Limits) -> Message:
    """Parse a message or a MIME entity.

    Raises:
        RecursionError: beyond some 980 levels of nesting.

    """
    unopened: list[Message] = []
    bounds: dict[str, Any] = {
        "header_max": limits.header_max_bytes,
        "structured_max": limits.header_decoded_max_bytes,
        "unopened": unopened,
    }
    # In pieces: message_from_bytes makes a text of it all, and of that a file of four bytes a character.
    parser = BytesFeedParser(policy=_Bounded(**bounds))
    for position in range(0, len(raw), _PIECE):
        parser.feed(raw[position : position + _PIECE])
    message = parser.close()
    if unopened:
        _give_back(unopened[0], raw)
    return message


_PIECE: Final = 64 * KIB


def _give_back(entity: Message, raw: bytes) -> None:
    """Make an epilogue of all that follows a boundary closed before it was opened: the parser drops it.

    It runs to the end of the message, for this entity and those behind it.
    """
    boundary = str(entity.get_boundary("")).encode("utf-8", "surrogateescape")
    closed = re.search(rb"(?:\A|[\r\n])--" + re.escape(boundary) + rb"--[ \t]*(?=[\r\n]|\Z)", raw)
    if closed:
        entity.epilogue = raw[closed.end() :].decode("ascii", "surrogateescape")


def plain(value: str, declared: str = "") -> str:
    """Return a raw header value unfolded, its undeclared 8-bit bytes decoded."""
    if not value.isascii():
        value = charset.decode(value.encode("utf-8", "surrogateescape"), declared)
    return _FOLD.sub(r"\1", value) if "\n" in value or "\r" in value else value


_FOLD: Final = re.compile(r"[\r\n]{1,2}([ \t]?)")

_WORD: Final = re.compile(r"=\?([\w.:+()-]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?\r\n]{0,16384})\?=")


def decoded(value: str, limit: int) -> tuple[str, bool]:
    """Return the text of a header value, and whether its encoded words were all decoded.

    The first ``limit`` characters are decoded, the rest is returned as it stands.
    """
    value = plain(value)
    if "=?" not in value:
        return value, True
    head, tail = value[:limit], value[limit:]
    return _decode_words(head) + tail, "=?" not in tail


def _decode_words(value: str) -> str:
    """Decode RFC 2047 words; neighbours in one charset are joined first, they may split a character."""
    pieces: list[str] = []
    pending, pending_charset, end = b"", "", 0
    for word in _WORD.finditer(value):
        name, encoding, content = word.groups()
        between = value[end : word.start()]
        data, whole = _word_bytes(encoding, content)
        if end and not between.strip() and name.lower() == pending_charset:
            pending += data
        else:
            pieces.append(charset.decode(pending, pending_charset))
            if not end or between.strip():
                pieces.append(between)
            pending, pending_charset = data, name.lower()
        if not whole and data:
            pieces += [charset.decode(pending, pending_charset), f" {content}"]
            pending = b""
        end = word.end()
    pieces.append(charset.decode(pending, pending_charset))
    pieces.append(value[end:])
    return "".join(pieces)


_Q_ESCAPE: Final = re.compile(rb"=([0-9a-fA-F]{2})")


def _word_bytes(encoding: str, content: str) -> tuple[bytes, bool]:
    """Return what a word stands for, and whether all of it was decoded."""
    data = content.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        return decode_base64(data)
    return _Q_ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), data.replace(b"_", b" ")), True


_NOT_BASE64: Final = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)


def decode_base64(data: bytes) -> tuple[bytes, bool]:
    """Decode base64, and tell whether all of it was base64.

    Goes on behind padding, where Python's own decoder stops and mail clients do not.
    """
    packed = data.translate(None, _NOT_BASE64)
    clean = packed == data or not data.translate(None, _BASE64_BYTES).strip()
    pieces = []
    for run in packed.split(b"="):
        odd = len(run) % 4
        whole = run[:-1] if odd == 1 else run  # one character alone holds no byte
        pieces.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
        clean = clean and odd != 1
    return b"".join(pieces), clean


_BASE64_BYTES: Final = bytes(set(range(256)) - set(_NOT_BASE64))


def holds_words(field: str, value: str) -> bool:
    """Tell whether a structural header holds more than its structure: words, spare or doubled parameters."""
    if field not in {"content-type", "content-disposition"}:
        return bool(_WORDS.search(value))
    if _WORDS.search(value) and any(
        _WORDS.search(piece) for piece in value.split(";") if not _NAMES_A_FILE.match(piece)
    ):
        return True
    if "=" not in value:
        return False
    names = [name.lower() for name, number in _PARAMETER.findall(value) if number in {"", "0"}]
    return (
        len(set(names)) < len(names)
        or not _USUAL.issuperset(names)
        or _ELSEWHERE[field] in names
        or ("%" in value and ("*" not in value or "*1" in value))  # escapes that RFC 2231 does not know
        or ";" not in value[: value.find("=")]
    )


def parameters(value: str) -> str:
    """Return all parameters of a header as text: continuations joined, escapes undone."""
    return unquote(_CONTINUED.sub("", value), errors="replace")


def parameter(entity: Message, header: str, name: str) -> str:
    """Return a parameter of a structured header, decoded whichever way it was encoded; empty if none."""
    try:
        value = entity.get_param(name, "", header)
    except (ValueError, IndexError, TypeError, LookupError):  # open bugs of the parser on hostile headers
        return ""
    if isinstance(value, tuple):  # RFC 2231: charset, language, percent-decoded as Latin-1
        *said, content = (part or "" for part in value)
        content = charset.decode(content.encode("latin-1", "replace"), said[0])
        return " ".join([*(plain(words) for words in said if not _TOKEN.fullmatch(words)), content])
    return _decode_words(plain(str(value)))


_TOKEN: Final = re.compile(r"[\w:()+.-]*", re.ASCII)
"""The name of a charset or a language."""


def file_names(entity: Message) -> tuple[str, ...]:
    """Return the names the sender gave, the one mail clients show first; they may differ."""
    names = (
        parameter(entity, "content-disposition", "filename"),
        parameter(entity, "content-type", "name"),
    )
    return tuple(dict.fromkeys(name for name in names if name.strip()))
