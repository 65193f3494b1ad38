"""What a part is, whatever its name and declared type say.

Does:   asks libmagic on the full buffer and our own sniffers, which see what it does not (a PDF
        behind a prefix, a zip behind a PDF, PKCS#7, PGP, TNEF…). Several answers may hold at once.
Never:  concludes from the declared type or the file name alone, nor from libmagic's ``text/plain``
        or ``application/octet-stream``.
Fails:  never raises; when libmagic itself fails, the own sniffers decide.
Source: libmagic's answers measured on some forty formats.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import magic

from hygie_detectors.extraction import compound, metafile, text

PDF_WITHIN: Final = 4096
"""``%PDF-`` may lie this far behind the start; mail gateways and scanners put bytes before it."""

DICOM_OFFSET: Final = 128
"""``DICM`` stands behind a preamble that may be another format's header."""
DICOM_GROUP_8: Final = re.compile(
    rb"\x08\x00[\x00\x01\x05\x08\x12-\x18]\x00(?:UL|UI|CS|DA|TM|LO|[\x02-\x40]\x00\x00\x00)"
)
"""The first element of a file without preamble."""

_ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP_END: Final = b"PK\x05\x06"
_OUTLOOK: Final = compound.MESSAGE.encode("utf-16-le")
_ENCRYPTED_OFFICE: Final = "EncryptedPackage".encode("utf-16-le")
_STARTS: Final = {
    "ole": (compound.MAGIC,),
    "tnef": (b"\x78\x9f\x3e\x22",),
    "rtf": (b"{\\rtf",),
    "metafile": metafile.WMF_STARTS,
    "applefile": (b"\x00\x05\x16\x00\x00", b"\x00\x05\x16\x07\x00"),
    "packed": (
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07",
        b"\x1f\x8b\x08",  # gzip
        b"BZh",
        b"\xfd7zXZ\x00",
        b"\x28\xb5\x2f\xfd",  # zstandard
        b"\x04\x22\x4d\x18",  # lz4
        b"\x1f\x9d",  # compress
        b"LZIP\1",
        b"MSCF\0\0\0\0",  # cabinet
    ),
}
_INSIDE: Final = (
    (b"ustar", 257, "packed"),
    (b"CD001", 32769, "packed"),
    (*metafile.EMF_MARK, "metafile"),
)
"""Tar, ISO 9660 and EMF have their mark behind the start."""
_PKCS7: Final = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07"
_PKCS9_CONTENT: Final = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"
_DETACHED: Final = (
    b"\x30\x0b\x06\x09" + _PKCS7 + b"\x01",  # the content's type and nothing behind it
    b"\x30\x80\x06\x09" + _PKCS7 + b"\x01\x00\x00",  # the same in indefinite length
)
_MARKUP_START: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,512}(?:<\?xml[^>]{0,200}>\s{0,512})?(?:<!--.{0,2048}?-->\s{0,512})?"
    rb"<(?:!doctype\s{1,8}html(?![^>]{0,2048}\[)|html|head|body|meta|table|div|p|br|font|span|style)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_XML_START: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,512}(?:<\?xml[\s?]|<[A-Za-z_][\w.:-]{0,80}[\s>][^<]{0,2048}xmlns)"
)
_MAIL_HEADER: Final = re.compile(
    rb"\A(?:>?From [^\r\n]{1,200}\r?\n)?"
    rb"(?:[A-Za-z][\w-]{1,60}:[^\r\n]{0,998}\r?\n(?:[ \t][^\r\n]{0,998}\r?\n){0,50}){1,60}"
)
_MAIL_NEEDS: Final = re.compile(
    rb"^(?:mime-version|content-type|received|message-id):", re.IGNORECASE | re.MULTILINE
)
_PGP_PACKET: Final = re.compile(
    rb"[\x84\x85\xc1].{0,5}?\x03"  # a session key for somebody
    rb"|(?:\x8c|\xc3)[\x04\x0d-\x2e]\x04"  # for a password
    rb"|[\x90\xc4]\x0d\x03[\x00\x01]"  # announces a signature
    rb"|\xa3[\x01-\x03]|\xc8[\x00-\xff]{1,5}[\x01-\x03](?:\x78|\x42\x5a|[\x8c-\xec])",  # compressed
    re.DOTALL,
)
_PGP_MESSAGE: Final = re.compile(rb"-----BEGIN PGP MESSAGE(?:, PART [^\r\n-]{1,20})?-----")
_YENC: Final = re.compile(rb"^=ybegin (?=[^\r\n]{0,998}\bsize=)", re.MULTILINE)
_SIMPLE_MAX: Final = 64 * 1024


@cache
def _libmagic() -> magic.Magic:
    """One handle per process; made on first use, after the fork."""
    return magic.Magic(mime=True)


def sniff(data: bytes, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """Return the media type of these bytes, and every format whose reader must try them.

    Formats: ``pdf zip ole msg html xml rtf mail image metafile text pkcs7-signed pkcs7-detached
    pkcs7-enveloped pkcs7-compressed pgp packed tnef applefile yenc dicom``; none when nothing is known, which
    is for the caller to call unsupported.
    """
    formats = _own(data)
    plain = text.is_plain(data)
    if plain and not formats and declared in {"", "text/plain"} and len(data) <= _SIMPLE_MAX:
        return "text/plain", ("text",)
    media_type = _ask_libmagic(data)
    if media_type == "application/encrypted" and "ole" not in formats:
        formats.append("pgp")
    formats += [f for f, claimed in _BY_TYPE.items() if f not in formats and media_type.startswith(claimed)]
    if formats[:1] == ["html"] and "xml" in formats:
        formats.remove("xml")  # XHTML
    if "mail" not in formats and _is_mail(data, media_type, declared):
        formats.append("mail")
    if "image" in formats and {"xml", "metafile"} & set(formats):
        formats.remove("image")  # SVG, or a metafile
    readable = (plain and declared.startswith("text/")) or text.is_text(data)
    formats = _add_declared_markup(formats, data, declared, readable=readable)
    if readable and not (_MARKUP | _BINARY) & set(formats):
        formats.append("text")
    return _media_type(media_type, formats), tuple(formats)


_MARKUP: Final = frozenset({"html", "xml", "rtf", "mail", "yenc"})
"""Text whose reader gives all of it; it is not read as plain text besides."""


def _add_declared_markup(formats: list[str], data: bytes, declared: str, *, readable: bool) -> list[str]:
    """Believe the sender on HTML and XML where the bytes do not speak against it."""
    if declared in {"text/html", "application/xhtml+xml"} and readable:
        formats = [f for f in formats if f != "xml"]  # XHTML, whose DOCTYPE is harmless here
        return formats if _MARKUP & set(formats) else [*formats, "html"]
    if declared.endswith(("/xml", "+xml")) and not _MARKUP & set(formats) and data.lstrip()[:1] == b"<":
        return [*formats, "xml"]
    return formats


def _is_mail(data: bytes, media_type: str, declared: str) -> bool:
    """Tell whether to read a message where our own sniffer saw none.

    libmagic calls a text that begins with "Article" one: it must have header fields, or be declared one.
    """
    if declared in {"message/rfc822", "message/global"}:
        return True
    return media_type.startswith("message/") and bool(_MAIL_HEADER.match(data))


_BY_TYPE: Final[dict[str, str | tuple[str, ...]]] = {
    "image": "image/",
    "html": "text/html",
    "xml": ("text/xml", "application/xml", "image/svg"),
    "rtf": "text/rtf",
    "pgp": "application/pgp-encrypted",
    "packed": ("application/x-tar", "application/x-lzma"),
}
_BINARY: Final = frozenset(
    {
        *("applefile", "dicom", "image", "metafile", "msg", "ole", "packed", "pdf", "tnef", "zip"),
        *("pkcs7-compressed", "pkcs7-detached", "pkcs7-enveloped", "pkcs7-signed"),
    }
)
_NAMES: Final = {
    "pdf": "application/pdf",
    "html": "text/html",
    "xml": "text/xml",
    "rtf": "text/rtf",
    "mail": "message/rfc822",
    "tnef": "application/vnd.ms-tnef",
    "pkcs7-signed": "application/pkcs7-mime",
    "pkcs7-enveloped": "application/pkcs7-mime",
    "pkcs7-compressed": "application/pkcs7-mime",
    "pkcs7-detached": "application/pkcs7-signature",
    "applefile": "application/applefile",
    "pgp": "application/pgp-encrypted",
    "zip": "application/zip",
    "dicom": "application/dicom",
    "metafile": "image/x-metafile",
    "ole": "application/x-ole-storage",
    "msg": "application/vnd.ms-outlook",
    "text": "text/plain",
    "yenc": "text/plain",
}


def _media_type(media_type: str, formats: list[str]) -> str:
    """Return libmagic's answer, or ours where it had none."""
    vague = media_type in {"application/octet-stream", "text/plain", ""} or media_type.startswith("message/")
    if vague and formats:
        return _NAMES.get(formats[0], media_type or "application/octet-stream")
    return media_type or "application/octet-stream"


def _ask_libmagic(data: bytes) -> str:
    try:
        return str(_libmagic().from_buffer(data))
    except (magic.MagicException, OSError, ValueError):
        return ""


def _own(data: bytes) -> list[str]:  # noqa: C901 - one test a format, and their order counts
    """Return the formats our own sniffers see."""
    head = data[:PDF_WITHIN]
    formats = ["pdf"] if b"%PDF-" in head else []
    if head.startswith(_ZIP_STARTS) or _ZIP_END in data:
        formats.append("zip")
    formats += [format_ for format_, marks in _STARTS.items() if head.startswith(marks)]
    formats += [format_ for mark, position, format_ in _INSIDE if data.startswith(mark, position)]
    if "zip" in formats and "packed" in formats:
        formats.remove("zip")  # a member, or behind the archive, whose reader hands it out
    if "ole" in formats and _OUTLOOK in data and compound.is_message(data):
        formats = ["msg"]
    if head[:1] == b"\x30":
        formats += _pkcs7(head)
    if head[DICOM_OFFSET : DICOM_OFFSET + 4] == b"DICM" or DICOM_GROUP_8.match(head):
        formats.append("dicom")
    if b"<" in head:
        formats += _markup(head)
    if (b"-----BEGIN PGP MESSAGE" in data and _PGP_MESSAGE.search(data)) or (
        _PGP_PACKET.match(head) and not text.is_text(head)
    ):
        formats.append("pgp")
    if b":" in head[:80]:
        fields = _MAIL_HEADER.match(data)
        if fields and _MAIL_NEEDS.search(fields[0]):
            formats.append("mail")
    if b"=ybegin " in data and _YENC.search(data):
        formats.append("yenc")
    if not formats and b"startxref" in data:
        formats.append("pdf")  # behind a long prefix, or with its first line spoilt
    return formats


def ends_as_zip(data: bytes) -> bool:
    """Tell whether a zip is the end of these bytes."""
    end = data.rfind(_ZIP_END)
    return end >= 0 and end + 22 + int.from_bytes(data[end + 20 : end + 22], "little") >= len(data)


def _markup(head: bytes) -> list[str]:
    if _MARKUP_START.match(head):
        return ["html"]
    return ["xml"] if _XML_START.match(head) else []


def _pkcs7(head: bytes) -> list[str]:
    """Return what a DER object says it is: the type's OID stands in the first bytes."""
    start = head[:40]
    position = start.find(_PKCS7)
    content = start.find(_PKCS9_CONTENT)
    if content >= 0:
        kind = start[content + len(_PKCS9_CONTENT) : content + len(_PKCS9_CONTENT) + 1]
        return ["pkcs7-compressed" if kind == b"\x09" else "pkcs7-enveloped"]  # the other is authEnveloped
    if position < 0:
        return []
    kind = start[position + len(_PKCS7) : position + len(_PKCS7) + 1]
    if kind != b"\x02":
        return ["pkcs7-enveloped"] if kind in {b"\x03", b"\x06"} else ["pkcs7-signed"]
    return ["pkcs7-detached" if any(mark in head for mark in _DETACHED) else "pkcs7-signed"]


def is_encrypted_office(data: bytes) -> bool:
    """Tell whether an OLE file is an Office document behind a password."""
    return _ENCRYPTED_OFFICE in data or _ask_libmagic(data) == "application/encrypted"
