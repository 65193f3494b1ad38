"""Bytes to text: which charset, and is it text at all.

Does:   decodes by a ladder (byte order mark, declared charset, UTF-8, Windows-1252), tells text
        from other bytes, and finds UTF-16 that nobody declared.
Never:  guesses by statistics: a detector costs 30 ms a page and is wrong on short French text.
Fails:  never raises; a byte without meaning in the last charset becomes U+FFFD.
Source: WHATWG encoding standard (Latin-1 labels mean Windows-1252).
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins the same
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_WESTERN: Final = frozenset({"iso8859-1", "iso8859-15", "cp1252", "ascii"})
"""Every byte string decodes in these, so a wrong label goes unnoticed: UTF-8 is tried first."""

_NO_CHARSETS: Final = frozenset(
    {
        "idna",  # quadratic
        "punycode",  # quadratic
        "raw-unicode-escape",  # a source code notation
        "unicode-escape",  # the same
        "undefined",  # raises on purpose
    }
)
"""What Python calls a text encoding and no mail is written in."""

PRINTABLE: Final = bytes(set(range(0x20, 0x100)) - {0x7F}) + b"\t\n\r\f\x1b"
"""Bytes of plain text in any 8-bit charset; ESC for ISO-2022-JP."""

_STRAY_MAX: Final = 0.02
"""Share of control bytes up to which bytes are still read as text (MLLP framing, form codes)."""

_NULL_SHARE: Final = 0.4
"""UTF-16 of western text has a null in nearly every second byte, and in no other."""


def decode(data: bytes, declared: str = "") -> str:
    """Return the text of these bytes; the declared charset is believed unless it cannot be true."""
    for mark, charset in _BOMS:
        if data.startswith(mark) and (charset == "utf-8" or not _contradicted(charset, data[len(mark) :])):
            return data[len(mark) if charset == "utf-8" else 0 :].decode(charset, "replace")
    charset = _lookup(declared)
    if charset and charset not in _WESTERN and not _contradicted(charset, data):
        try:
            return data.decode(charset)
        except (UnicodeError, ValueError):
            pass
    try:
        if not is_utf16(data):
            return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("iso8859-15" if charset == "iso8859-15" else "cp1252", "replace")
    return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")


def _contradicted(charset: str, data: bytes) -> bool:
    """Tell whether bytes speak against their label: UTF-16 under an 8-bit one, plain text under EBCDIC."""
    if is_utf16(data):
        return not charset.startswith(("utf-16", "utf-32"))
    return not _keeps_ascii(charset) and b"\0" not in data[:_HEAD] and _has_words(data[:_HEAD])


@cache
def _keeps_ascii(charset: str) -> bool:
    return "Aa0 ".encode(charset, "replace") == b"Aa0 "


def is_readable(data: bytes, declared: str) -> bool:
    """Tell whether :func:`decode` gives the text that was meant, not noise in the last charset."""
    charset = _lookup(declared)
    if charset.startswith("utf-16") and b"\0" in data:
        return is_utf16(data) or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if data.isascii():
        return True
    return (charset not in {"", "utf-8", *_WESTERN}) or is_text(data)


def _has_words(head: bytes) -> bool:
    """Tell whether more than half are ASCII letters, digits and spaces."""
    return len(head) - len(head.translate(None, _WORDS)) > len(head) / 2


def _lookup(declared: str) -> str:
    """Return Python's name of the charset, empty when there is none by that name."""
    if not declared:
        return ""
    try:
        info = codecs.lookup(declared.strip("\"' \t").removeprefix("x-"))
        "".encode(info.name)  # refuses what is a codec but no charset (base64, zip…)
    except (LookupError, UnicodeError, ValueError):
        return ""
    return "" if info.name in _NO_CHARSETS else info.name


def is_utf16(data: bytes) -> bool:
    """Tell whether these bytes look like western text in UTF-16 without a byte order mark."""
    head = data[:4096]
    if b"\0" not in head or len(head) < 4:  # noqa: PLR2004 - two characters
        return False
    even, odd, half = head[0::2].count(0), head[1::2].count(0), len(head) / 2
    return max(even, odd) > _NULL_SHARE * half and min(even, odd) < (1 - _NULL_SHARE) * half / 10


def is_plain(data: bytes) -> bool:
    """Tell whether every byte is printable in some 8-bit charset. Linear, and very fast."""
    return not data.translate(None, PRINTABLE)


def is_text(data: bytes) -> bool:
    """Tell whether these bytes can be read as text: printable but for a stray byte, or UTF-16/32."""
    if any(data.startswith(mark) for mark, _ in _BOMS) or is_utf16(data):
        return True
    strays = len(data.translate(None, PRINTABLE))
    if strays > max(_STRAY_MAX * len(data), 2) or strays * 2 > len(data):
        return False
    # 8-bit noise and EBCDIC are printable too: text is UTF-8, or in its better half ASCII letters and spaces.
    head = data[:_HEAD]
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return _has_words(head)
    return True


_HEAD: Final = 65_536
_WORDS: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \t\r\n"

_RTF_CONTROL: Final = re.compile(
    r"\\'([0-9a-fA-F]{2})"  # a byte
    r"|\\u(-?\d{1,6}) ?\??"  # a character, and its stand-in for old readers
    r"|\\(par|line|row|sect|page|tab|cell)\b ?"  # a break
    r"|\\[a-zA-Z]{1,32}-?\d{0,10} ?|\\[^a-zA-Z]|[{}\r\n]"  # everything else
)
_RTF_BREAKS: Final = {"tab": "\t", "cell": "\t"}


def unescape_rtf(text: str) -> str:
    """Return RTF source with its characters written out and its control words removed.

    A scan of the source, no RTF reader: text in odd places stays, in odd order.
    """

    def plain(match: re.Match[str]) -> str:
        byte, number, word = match.groups()
        if byte:
            return bytes.fromhex(byte).decode("cp1252", "replace")
        if number:
            return chr(int(number) % 0x10000)
        return _RTF_BREAKS.get(word, "\n") if word else ""

    return _RTF_CONTROL.sub(plain, text)


_WIDE: Final = re.compile(
    # With œ and Ÿ, dashes, quotes and €.
    rb"(?:(?:[\x20-\x7e\xa0-\xff]\0)|[\x52\x53\x78]\x01|[\x10-\x1e\xac]\x20){4,}"
)
_NARROW: Final = re.compile(rb"[\x20-\x7e\x80-\xff]{6,}")
_FILLER: Final = re.compile(r"(.)\1{7,}")
_MOSTLY: Final = 0.75
_HALF: Final = 0.5


def written(data: bytes, *, wide_only: bool = False) -> str:
    """Return the words that stand in bytes of another nature, in UTF-16 and in 8 bits, one run a line."""
    lines = [run.decode("utf-16-le") for run in _WIDE.findall(data)]
    if not wide_only:
        lines += map(decode, _NARROW.findall(data))
    lines = [_FILLER.sub(r"\1", line) for line in lines]
    return "\n".join(line for line in lines if _is_written(line))


def _is_written(line: str) -> bool:
    letters = sum(c.isalnum() or c == " " for c in line)
    plain = sum(c.isascii() for c in line)
    return letters > _MOSTLY * len(line) and plain > _HALF * len(line)
