"""The containers of the probe matrix: six probe strings in every place of every format, by real writers.

Does:   yields each container once, the same every time; a format whose writer is not installed (dev
        packages of other readers) is left out by name, in :func:`missing`.
Never:  copies a file: everything is made here. Every name and number is invented.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import itertools
import json
import lzma
import mailbox
import quopri
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

PROBES = (
    "DURAND-LEFÈVRE Élodie",
    "279035121518989",
    "Hémoglobine 12,4 g/dL",
    "né le 12/03/1956",
    "hépatite B",
    "IPP 8012345678",
)
TEXT = "Bonjour,\n" + "\n".join(PROBES) + "\nCordialement\n"
LINE = " ; ".join(PROBES)
FIELDS = (
    "DURAND-LEFÈVRE",
    "Élodie",
    "279035121518989",
    "Hémoglobine",
    "12,4",
    "12/03/1956",
    "hépatite B",
    "8012345678",
)
"""What must be found where a format has a field for each."""
WRITERS = (
    "openpyxl",
    "pptx",
    "xlwt",
    "odf",
    "py7zr",
    "pydicom",
    "PIL",
    "pyzipper",
    "zxingcpp",
    "pycdlib",
    "zstandard",
)


@dataclass(frozen=True)
class Container:
    """One place of one format, with what was written there."""

    family: str
    name: str
    data: bytes
    file_name: str
    """Empty for a whole message."""
    expected: tuple[str, ...] = PROBES
    media_type: str = "application/octet-stream"
    loose: bool = False
    """Compare without accents and spaces: what a reader of pictures cannot be held to."""
    hidden: str = ""
    """Unreadable by its nature; the reason that must be given."""


MAKERS: list[tuple[str, Callable[[], Iterator[tuple]]]] = []


def family(name: str):
    def register(function):
        MAKERS.append((name, function))
        return function

    return register


def missing() -> list[str]:
    """Return the writers that are not installed; their containers are left out."""
    return [name for name in WRITERS if find_spec(name) is None] + [
        name for name in ("openssl",) if shutil.which(name) is None
    ]


def containers() -> Iterator[Container]:
    """Yield them all."""
    for family_name, function in MAKERS:
        for name, data, file_name, *more in function():
            options = more[0] if more else {}
            yield Container(family_name, name, data, file_name, **options)


# --- messages -----------------------------------------------------------------------------------------


def message(headers: str, body: bytes) -> bytes:
    return (
        f"From: a@hopital.example\r\nTo: b@ailleurs.example\r\nMIME-Version: 1.0\r\n{headers}\r\n\r\n".encode()
        + body
    )


@family("mail body")
def bodies():
    crlf = TEXT.replace("\n", "\r\n")
    for charset in (
        "utf-8",
        "iso-8859-1",
        "iso-8859-15",
        "windows-1252",
        "utf-16",
        "utf-7",
        "macintosh",
        "cp850",
    ):
        packed = base64.encodebytes(crlf.encode(charset))
        yield (
            f"base64 {charset}",
            message(
                f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: base64", packed
            ),
            "",
        )
    for charset in ("utf-8", "iso-8859-1"):
        packed = quopri.encodestring(crlf.encode(charset))
        yield (
            f"quoted-printable {charset}",
            message(
                f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: quoted-printable",
                packed,
            ),
            "",
        )
    yield "8bit undeclared cp1252", message("Subject: x", crlf.encode("cp1252")), ""
    yield "8bit undeclared utf-8", message("Subject: x", crlf.encode()), ""
    yield "wrong charset", message("Content-Type: text/plain; charset=us-ascii", crlf.encode()), ""
    yield "unknown charset", message("Content-Type: text/plain; charset=x-nowhere", crlf.encode()), ""
    flowed = crlf.replace(" ", " \r\n", 1)
    yield (
        "format=flowed",
        message("Content-Type: text/plain; charset=utf-8; format=flowed", flowed.encode()),
        "",
    )
    frame = "Content-Type: multipart/mixed; boundary=b"
    yield "preamble", message(frame, crlf.encode() + b"--b\r\n\r\nx\r\n--b--\r\n"), ""
    yield "epilogue", message(frame, b"--b\r\n\r\nx\r\n--b--\r\n" + crlf.encode()), ""
    yield (
        "no boundary",
        message("Content-Type: multipart/mixed", b"--b\r\n\r\n" + crlf.encode() + b"--b--\r\n"),
        "",
    )
    yield (
        "unclosed boundary",
        message(frame, b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + crlf.encode()),
        "",
    )
    yield (
        "false boundary",
        message(
            "Content-Type: multipart/mixed; boundary=other", b"--b\r\n\r\n" + crlf.encode() + b"--b--\r\n"
        ),
        "",
    )
    alternative = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + crlf.encode()
        + b"--b--"
    )
    yield "multipart/alternative", message("Content-Type: multipart/alternative; boundary=b", alternative), ""
    yield (
        "two content types",
        message("Content-Type: text/plain; charset=utf-8\r\nContent-Type: image/png", crlf.encode()),
        "",
    )
    stars = base64.encodebytes(crlf.encode()).replace(b"\n", b"*\n", 3)
    yield (
        "bad base64",
        message("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64", stars),
        "",
    )
    coded = b"".join(binascii.b2a_uu(TEXT.encode()[i : i + 45]) for i in range(0, len(TEXT.encode()), 45))
    yield (
        "uuencode inline",
        message("Subject: x", b"voici\r\nbegin 644 a.txt\r\n" + coded + b"`\r\nend\r\n"),
        "",
    )
    yield "yEnc inline", message("Subject: x", yenc(TEXT.encode())), ""
    inner = message("Content-Type: text/plain; charset=utf-8", crlf.encode())
    yield "message/rfc822", message("Content-Type: message/rfc822", inner), ""
    digest = b"--b\r\n\r\n" + inner + b"\r\n--b--\r\n"
    yield "multipart/digest", message("Content-Type: multipart/digest; boundary=b", digest), ""
    yield "message/partial", message('Content-Type: message/partial; id="1"; number=1; total=1', inner), ""


def yenc(data: bytes) -> bytes:
    coded = bytearray()
    for byte in data:
        value = (byte + 42) % 256
        coded += bytes((0x3D, (value + 64) % 256)) if value in b"\0\r\n=" else bytes((value,))
    return b"=ybegin line=9999 size=%d name=a.txt\r\n%s\r\n=yend size=%d\r\n" % (
        len(data),
        bytes(coded),
        len(data),
    )


@family("mail headers")
def header_fields():
    yield "subject encoded words B", message("Subject: " + Header(LINE, "utf-8").encode(), b"x"), ""
    q = "".join(f"=?iso-8859-1?Q?{quoted(p)}?=\r\n " for p in PROBES)
    yield "subject encoded words Q", message("Subject: " + q.rstrip(), b"x"), ""
    yield "subject raw utf-8", message("Subject: " + LINE, b"x"), ""
    yield (
        "subject raw latin-1",
        message("Subject: x", b"x").replace(b"Subject: x", b"Subject: " + LINE.encode("latin-1")),
        "",
    )
    yield "comments", message("Comments: " + Header(LINE, "utf-8").encode(), b"x"), ""
    name = LINE.replace("/", "-")
    expected = {"expected": tuple(p.replace("/", "-") for p in PROBES)}
    message_ = EmailMessage()
    message_.set_content("x")
    message_.add_attachment(b"x" * 40, "application", "octet-stream", filename=name + ".bin")
    yield "file name RFC 2231", bytes(message_), "", expected | {"hidden": "unsupported"}
    disposition = f'Content-Disposition: attachment; filename="{Header(name, "utf-8").encode(linesep="")}"'
    yield "file name RFC 2047", message(f"Content-Type: text/plain\r\n{disposition}", b"x"), "", expected
    yield "file name raw", message(f'Content-Type: text/plain; name="{name}"', b"x"), "", expected
    yield "content description", message(f"Content-Description: {Header(LINE, 'utf-8').encode()}", b"x"), ""


def quoted(text: str) -> str:
    return "".join(chr(b) if chr(b).isalnum() and b < 128 else f"={b:02X}" for b in text.encode("latin-1"))


@family("nested mail")
def nested():
    inner = message("Content-Type: text/plain; charset=utf-8\r\nSubject: x", TEXT.encode())
    yield "eml attached", inner, "m.eml"
    with tempfile.NamedTemporaryFile() as file:
        box = mailbox.mbox(file.name)
        box.add(mailbox.mboxMessage(inner))
        box.add(mailbox.mboxMessage(message("Subject: y", b"y")))
        box.flush()
        yield "mbox", Path(file.name).read_bytes(), "archive.mbox"
    folded = "\r\n ".join(LINE[i : i + 30] for i in range(0, len(LINE), 30))
    card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:{folded.replace(',', chr(92) + ',').replace(';', chr(92) + ';')}\r\nEND:VCARD\r\n"
    event = card.replace("VCARD", "VCALENDAR").replace("NOTE:", "DESCRIPTION:")
    yield "vCard", card.encode(), "c.vcf", {"media_type": "text/vcard"}
    yield "calendar", event.encode(), "c.ics", {"media_type": "text/calendar"}
    yield "TNEF body", tnef((0x0002800C, TEXT.encode("cp1252"))), "winmail.dat"
    yield (
        "TNEF attachment",
        tnef((0x00069002, b"\0" * 14), (0x00018010, b"a.txt\0"), (0x0006800F, TEXT.encode())),
        "winmail.dat",
    )
    yield "MSG unicode body", msg(TEXT, unicode=True), "m.msg"
    yield "MSG 8-bit body", msg(TEXT, unicode=False), "m.msg"
    yield "MSG attachment", msg("x", unicode=True, attached=TEXT.encode()), "m.msg"


def tnef(*attributes: tuple[int, bytes]) -> bytes:
    out = struct.pack("<IH", 0x223E9F78, 1)
    for tag, value in ((0x00089006, b"\0\0\1\0"), (0x00069007, struct.pack("<II", 1252, 0)), *attributes):
        level = 2 if tag & 0xFFFF in {0x9002, 0x8010, 0x800F} else 1
        out += struct.pack("<BII", level, tag, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
    return out


def msg(body: str, *, unicode: bool, attached: bytes = b"") -> bytes:
    kind, encode = ("001F", "utf-16-le") if unicode else ("001E", "cp1252")
    properties = b"\0" * 32
    tree: dict = {
        f"__substg1.0_1000{kind}": body.encode(encode),
        f"__substg1.0_0037{kind}": "Objet".encode(encode),
        f"__substg1.0_001A{kind}": "IPM.Note".encode(encode),
        "__properties_version1.0": properties,
        "__nameid_version1.0": {
            "__substg1.0_00020102": b"",
            "__substg1.0_00030102": b"",
            "__substg1.0_00040102": b"",
        },
    }
    if attached:
        tree["__attach_version1.0_#00000000"] = {
            f"__substg1.0_3707{kind}": "a.txt".encode(encode),
            "__substg1.0_37010102": attached,
            "__properties_version1.0": b"\0" * 8,
        }
    return compound(tree)


def compound(tree: dict) -> bytes:
    """Return a compound file (MS-CFB version 3) of these storages and streams.

    Streams are padded with spaces or zeros to 4 096 bytes, so that none lies in the small-stream area.
    """
    entries: list[list] = []  # name, type, left, right, child, start, size
    sectors: list[bytes] = []
    fat: list[int] = []
    end, free = 0xFFFFFFFE, 0xFFFFFFFF

    def store(data: bytes) -> int:
        first = len(sectors)
        blocks = [data[i : i + 512].ljust(512, b"\0") for i in range(0, len(data), 512)]
        for number, block in enumerate(blocks, 1):
            sectors.append(block)
            fat.append(len(sectors) if number < len(blocks) else end)
        return first

    def add(name: str, node: bytes | dict, kind: int) -> int:
        number = len(entries)
        entry = [name, kind, free, free, free, end if kind == 2 else 0, 0]
        entries.append(entry)
        if isinstance(node, bytes):
            fill = b" " if len(node) % 2 or b"\0" not in node else b" \0"
            padded = node + fill * (4096 // len(fill)) if node else b""
            entry[5], entry[6] = (store(padded), len(padded)) if padded else (end, 0)
            return number
        children = [
            add(key, value, 1 if isinstance(value, dict) else 2)
            for key, value in sorted(node.items(), key=lambda i: (len(i[0]), i[0].upper()))
        ]
        if children:
            entry[4] = children[0]
            for left, right in itertools.pairwise(children):
                entries[left][3] = right
        return number

    add("Root Entry", tree, 5)
    directory = b""
    for name, kind, left, right, child, start, size in entries:
        raw = name.encode("utf-16-le")
        directory += raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw) + 2, kind, 1, left, right, child)
        directory += b"\0" * 36 + struct.pack("<IQ", end if kind == 5 else start, size)
    directory_start = store(directory + (b"\0" * 128) * (-len(entries) % 4))
    needed = 1
    while needed * 128 < len(fat) + needed:
        needed += 1
    fat_start = len(sectors)
    fat += [0xFFFFFFFD] * needed
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(needed * 512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += (
        b"\0" * 6 + struct.pack("<IIIIIIIIII", 0, needed, directory_start, 0, 4096, end, 0, end, 0, 0)[:36]
    )
    header += struct.pack("<109I", *range(fat_start, fat_start + needed), *[free] * (109 - needed))
    return header + b"".join(sectors) + table


@family("signed, encrypted")
def secured():
    entity = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + TEXT.encode()
    if shutil.which("openssl"):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate, content = (str(Path(folder) / name) for name in ("k.pem", "c.pem", "in"))
            Path(content).write_bytes(entity)
            openssl(
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=essai",
                "-keyout",
                key,
                "-out",
                certificate,
            )
            sign = ("smime", "-sign", "-in", content, "-signer", certificate, "-inkey", key)
            yield "S/MIME opaque", openssl(*sign, "-nodetach", "-outform", "DER"), "smime.p7m"
            yield "S/MIME opaque PEM", openssl(*sign, "-nodetach", "-outform", "PEM"), "smime.p7m"
            yield "S/MIME detached", openssl(*sign), ""
            yield (
                "S/MIME enveloped",
                openssl("smime", "-encrypt", "-aes256", "-in", content, "-outform", "DER", certificate),
                "smime.p7m",
                {"hidden": "encrypted"},
            )
    armour = (
        b"-----BEGIN PGP MESSAGE-----\n\n"
        + base64.encodebytes(bytes(range(256)))
        + b"-----END PGP MESSAGE-----\n"
    )
    yield "PGP armour", armour, "m.asc", {"hidden": "encrypted"}
    clear = (
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
        + TEXT.encode()
        + b"-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
    )
    yield "PGP clear signed", clear, "m.asc"


def openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


# --- text ---------------------------------------------------------------------------------------------


@family("text file")
def text_files():
    for charset in (
        "utf-8",
        "utf-8-sig",
        "cp1252",
        "iso-8859-15",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
    ):
        yield f"txt {charset}", TEXT.encode(charset), "note.txt"
    yield "markdown", ("# Titre\n\n" + "\n".join(f"- **{p}**" for p in PROBES)).encode(), "note.md"
    yield "csv cp1252", ("a;b\r\n" + "\r\n".join(f'1;"{p}"' for p in PROBES)).encode("cp1252"), "t.csv"
    yield "tsv", "\n".join(f"1\t{p}" for p in PROBES).encode(), "t.tsv"
    yield "json escaped", json.dumps({"a": [*PROBES]}).encode(), "d.json", {"media_type": "application/json"}
    yield "json utf-8", json.dumps({"a": [*PROBES]}, ensure_ascii=False).encode(), "d.json"
    yield "yaml", ("liste:\n" + "".join(f"  - '{p}'\n" for p in PROBES)).encode(), "d.yaml"
    yield "rtf bytes", rtf(TEXT), "l.rtf"
    yield "rtf unicode", rtf(TEXT, unicode=True), "l.rtf"
    yield "rtf behind \\bin", rtf(TEXT, before="{\\*\\x\\bin5 }{{{}"), "l.rtf"
    yield "rtf table", rtf("".join(f"\\trowd {p}\\cell\\row\n" for p in PROBES)), "l.rtf"
    items = "".join(f"<i>{escape(p)}</i>" for p in PROBES)
    for charset in ("utf-8", "iso-8859-1", "utf-16"):
        yield (
            f"xml elements {charset}",
            f"<?xml version='1.0' encoding='{charset}'?><a>{items}</a>".encode(charset),
            "d.xml",
        )
    yield (
        "xml attributes",
        ("<?xml version='1.0'?><a>" + "".join(f'<i v="{p}"/>' for p in PROBES) + "</a>").encode(),
        "d.xml",
    )
    yield "xml cdata", f"<?xml version='1.0'?><a><![CDATA[{TEXT}]]></a>".encode(), "d.xml"
    yield "xml comment", f"<?xml version='1.0'?><a><!-- {TEXT.replace('-', '-')} --></a>".encode(), "d.xml"
    yield (
        "xml entity",
        f"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY s '{LINE}'>]><a>&s;</a>".encode(),
        "d.xml",
    )
    yield "svg", f"<svg xmlns='http://www.w3.org/2000/svg'><text>{LINE}</text></svg>".encode(), "d.svg"


def rtf(text: str, *, unicode: bool = False, before: str = "") -> bytes:
    def character(c: str) -> str:
        if c == "\n":
            return "\\par\n"
        return c if c.isascii() else f"\\u{ord(c)}?" if unicode else f"\\'{c.encode('cp1252').hex()}"

    return ("{\\rtf1\\ansi\\ansicpg1252 " + before + "".join(map(character, text)) + "}").encode("ascii")


@family("html")
def html():
    paragraphs = "".join(f"<p>{p}</p>" for p in PROBES)
    pages = {
        "body": paragraphs,
        "title": f"<title>{LINE}</title>",
        "alt": f'<img alt="{LINE}">',
        "hidden": f'<div style="display:none">{paragraphs}</div>',
        "comment": f"x<!-- {LINE} -->",
        "entities": "".join(f"<p>{''.join(f'&#{ord(c)};' for c in p)}</p>" for p in PROBES),
        "split by span": "".join("<p>" + "".join(f"<span>{c}</span>" for c in p) + "</p>" for p in PROBES),
        "script": f"<script>var a = '{LINE}'</script>x",
        "style": f"<style>/* {LINE} */</style>x",
        "table": "<table>" + "".join(f"<tr><td>1</td><td>{p}</td></tr>" for p in PROBES) + "</table>",
        "data link": f"<a href='data:text/plain;base64,{base64.b64encode(TEXT.encode()).decode()}'>x</a>",
        "soft hyphens": "".join(f"<p>{p[:4]}&shy;{p[4:]}</p>" for p in PROBES),
        "srcdoc": f"<iframe srcdoc='{escape(paragraphs)}'></iframe>",
        "textarea": f"<textarea>{LINE}</textarea>",
        "input": f"<input value='{LINE}'>",
        "noscript": f"<noscript>{paragraphs}</noscript>",
        "unclosed comment": f"x<!-- {LINE}",
    }
    for place, source in pages.items():
        yield place, f"<html><head><meta charset=utf-8></head><body>{source}</body></html>".encode(), "p.html"
    for charset in ("iso-8859-1", "utf-16"):
        yield (
            f"body {charset}",
            f"<html><meta charset={charset}><body>{paragraphs}</body></html>".encode(charset),
            "p.html",
        )
    yield "mail body", message("Content-Type: text/html; charset=utf-8", paragraphs.encode()), ""
    mhtml = message(
        "Content-Type: multipart/related; boundary=b",
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + paragraphs.encode() + b"\r\n--b--",
    )
    yield "mhtml", mhtml, "p.mht"


# --- office -------------------------------------------------------------------------------------------

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def saved(document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def changed(data: bytes, **members: bytes) -> bytes:
    """Return a zip with these members replaced or added (``word__x.xml`` is ``word/x.xml``)."""
    target = io.BytesIO()
    given = {name.replace("__", "/"): content for name, content in members.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item, given.pop(item.filename, None) or old.read(item))
        for name, content in given.items():
            new.writestr(name, content)
    return target.getvalue()


@family("docx")
def word():
    import docx  # noqa: PLC0415 - writers are loaded when needed

    def document():
        file = docx.Document()
        file.add_paragraph("Bonjour")
        return file

    file = document()
    for probe in PROBES:
        file.add_paragraph(probe)
    body = saved(file)
    yield "paragraphs", body, "l.docx"
    yield "macro variant", changed(body, word__vbaProject_bin=b"\0" * 40), "l.docm"
    file = document()
    for probe in PROBES:
        paragraph = file.add_paragraph()
        for number, character in enumerate(probe):
            paragraph.add_run(character).bold = number % 2
    yield "runs of one letter", saved(file), "l.docx"
    file = document()
    table = file.add_table(rows=0, cols=2)
    for probe in PROBES:
        table.add_row().cells[1].text = probe
    yield "table", saved(file), "l.docx"
    for place in ("header", "footer"):
        file = document()
        getattr(file.sections[0], place).paragraphs[0].text = LINE
        yield place, saved(file), "l.docx"
    file = document()
    file.core_properties.title = LINE[:250]
    yield "title property", saved(file), "l.docx"
    file = document()
    file.add_paragraph().add_run(LINE).font.hidden = True
    yield "hidden text", saved(file), "l.docx"
    file = document()
    file.add_comment(file.paragraphs[0].runs, text=LINE, author="a")
    yield "comment", saved(file), "l.docx"
    run = f"<w:r><w:t>{LINE}</w:t></w:r>"
    picture = f'<w:r><w:drawing><wp:inline xmlns:wp="x"><wp:docPr id="1" name="a" descr="{LINE}"/></wp:inline></w:drawing></w:r>'
    places = {
        "inserted": f"<w:p><w:ins>{run}</w:ins></w:p>",
        "deleted": f"<w:p><w:del>{run.replace('w:t>', 'w:delText>')}</w:del></w:p>",
        "text box": f"<w:p><w:r><w:pict><w:txbxContent><w:p>{run}</w:p></w:txbxContent></w:pict></w:r></w:p>",
        "alternative text": f"<w:p>{picture}</w:p>",
        "field code": f"<w:p><w:r><w:instrText>{LINE}</w:instrText></w:r></w:p>",
        "content control": f"<w:sdt><w:sdtContent><w:p>{run}</w:p></w:sdtContent></w:sdt>",
    }
    for place, markup in places.items():
        source = f'<w:document xmlns:w="{W}"><w:body>{markup}</w:body></w:document>'.encode()
        yield place, changed(body, **{"word__document.xml": source}), "l.docx"
    plain = saved(document())
    notes = f'<w:footnotes xmlns:w="{W}"><w:footnote><w:p>{run}</w:p></w:footnote></w:footnotes>'.encode()
    yield "footnote", changed(plain, **{"word__footnotes.xml": notes}), "l.docx"
    yield "custom XML", changed(plain, **{"customXml__item1.xml": f"<a>{LINE}</a>".encode()}), "l.docx"
    yield "embedded docx", changed(plain, **{"word__embeddings__a.docx": body}), "l.docx"
    yield "embedded text", changed(plain, **{"word__embeddings__a.txt": TEXT.encode()}), "l.docx"
    yield (
        "utf-16 xml",
        changed(
            plain,
            **{
                "word__document.xml": f'<w:document xmlns:w="{W}"><w:body><w:p>{run}</w:p></w:body></w:document>'.encode(
                    "utf-16"
                )
            },
        ),
        "l.docx",
    )
    encrypted = compound({"EncryptedPackage": b"\1" * 5000, "EncryptionInfo": b"\4\0\4\0" + b"\1" * 5000})
    yield "encrypted", encrypted, "l.docx", {"hidden": "encrypted"}


@family("xlsx")
def excel():
    if not find_spec("openpyxl"):
        return
    import openpyxl  # noqa: PLC0415
    from openpyxl.comments import Comment  # noqa: PLC0415

    def book(edit: Callable) -> bytes:
        file = openpyxl.Workbook()
        file.active["A1"] = "Bonjour"
        edit(file)
        return saved(file)

    def cells(sheet):
        for row, probe in enumerate(PROBES, 2):
            sheet.cell(row, 2).value = probe

    def hidden(file):
        sheet = file.create_sheet("Cachée")
        cells(sheet)
        sheet.sheet_state = "veryHidden"

    def columns(file):
        cells(file.active)
        file.active.column_dimensions["B"].hidden = True

    def comment(file):
        file.active["A1"].comment = Comment(LINE, "a")

    def header(file):
        file.active.oddHeader.center.text = LINE.replace("&", "")

    def formula(file):
        file.active["B2"] = "=" + "&".join(f'"{p}"' for p in PROBES)

    def name(file):
        file.active.title = "hépatite B"

    def validation(file):
        from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

        rule = DataValidation(type="whole", promptTitle="x", prompt=LINE[:250])
        rule.add("A1")
        file.active.add_data_validation(rule)

    def numbers(file):
        file.active["B1"], file.active["B2"] = 279035121518989, 8012345678

    def properties(file):
        file.properties.title = LINE

    def link(file):
        file.active["A1"].hyperlink = "mailto:x@y?subject=" + LINE

    def inline(file):
        cells(file.active)

    yield "cells", book(lambda file: cells(file.active)), "t.xlsx"
    yield "macro variant", book(inline), "t.xlsm"
    yield "hidden sheet", book(hidden), "t.xlsx"
    yield "hidden column", book(columns), "t.xlsx"
    yield "cell comment", book(comment), "t.xlsx"
    yield "page header", book(header), "t.xlsx"
    yield "formula", book(formula), "t.xlsx"
    yield "sheet name", book(name), "t.xlsx", {"expected": ("hépatite B",)}
    yield "validation prompt", book(validation), "t.xlsx"
    yield "numbers", book(numbers), "t.xlsx", {"expected": ("279035121518989", "8012345678")}
    yield "title property", book(properties), "t.xlsx"
    yield "link", book(link), "t.xlsx"
    sheet = "".join(f'<row><c t="inlineStr"><is><t>{p}</t></is></c></row>' for p in PROBES)
    source = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{sheet}</sheetData></worksheet>'
    yield "inline strings", changed(book(name), **{"xl__worksheets__sheet1.xml": source.encode()}), "t.xlsx"


@family("xls")
def old_excel():
    if not find_spec("xlwt"):
        return
    import xlwt  # noqa: PLC0415

    for place in ("cells", "hidden sheet"):
        book = xlwt.Workbook(encoding="utf-8")
        book.add_sheet("Un").write(0, 0, "Bonjour")
        sheet = book.add_sheet("Deux")
        sheet.visibility = 2 if place == "hidden sheet" else 0
        for row, probe in enumerate(PROBES):
            sheet.write(row, 1, probe)
        yield place, saved(book), "t.xls"


@family("pptx")
def slides():
    if not find_spec("pptx"):
        return
    import pptx  # noqa: PLC0415

    def show(edit: Callable) -> bytes:
        file = pptx.Presentation()
        slide = file.slides.add_slide(file.slide_layouts[5])
        slide.shapes.title.text = "Bonjour"
        edit(slide)
        return saved(file)

    def box(slide):
        slide.shapes.add_textbox(0, 0, 9_000_000, 9_000_000).text_frame.text = TEXT

    def notes(slide):
        slide.notes_slide.notes_text_frame.text = TEXT

    def table(slide):
        grid = slide.shapes.add_table(len(PROBES), 1, 0, 0, 9_000_000, 900_000).table
        for row, probe in enumerate(PROBES):
            grid.cell(row, 0).text = probe

    def hidden(slide):
        box(slide)
        slide._element.set("show", "0")

    def alternative(slide):
        slide.shapes.title._element.nvSpPr.cNvPr.set("descr", LINE)

    def chart(slide):
        from pptx.chart.data import CategoryChartData  # noqa: PLC0415
        from pptx.enum.chart import XL_CHART_TYPE  # noqa: PLC0415

        data = CategoryChartData()
        data.categories = PROBES
        data.add_series("s", range(len(PROBES)))
        slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, 900_000, 900_000, data)

    for place, edit in (
        ("text box", box),
        ("notes", notes),
        ("table", table),
        ("hidden slide", hidden),
        ("alternative text", alternative),
        ("chart", chart),
    ):
        yield place, show(edit), "p.pptx"


@family("opendocument")
def opendocument():
    if not find_spec("odf"):
        return
    from odf import dc, office, opendocument, table, text  # noqa: PLC0415

    def letter(place: str) -> bytes:
        file = opendocument.OpenDocumentText()
        paragraph = text.P(text="Bonjour")
        file.text.addElement(paragraph)
        if place == "paragraphs":
            for probe in PROBES:
                file.text.addElement(text.P(text=probe))
        elif place == "comment":
            note = office.Annotation()
            note.addElement(text.P(text=LINE))
            paragraph.addElement(note)
        elif place == "title property":
            file.meta.addElement(dc.Title(text=LINE))
        return saved(file)

    for place in ("paragraphs", "comment", "title property"):
        yield f"odt {place}", letter(place), "l.odt"
    for state in ("cells", "hidden sheet"):
        file = opendocument.OpenDocumentSpreadsheet()
        sheet = table.Table(name="Un")
        for probe in PROBES:
            row, cell = table.TableRow(), table.TableCell(valuetype="string")
            cell.addElement(text.P(text=probe))
            row.addElement(cell)
            sheet.addElement(row)
        if state == "hidden sheet":
            from odf import style  # noqa: PLC0415

            hidden = style.Style(name="ta", family="table")
            hidden.addElement(style.TableProperties(display="false"))
            file.automaticstyles.addElement(hidden)
            sheet.setAttribute("stylename", hidden)
        file.spreadsheet.addElement(sheet)
        yield f"ods {state}", saved(file), "t.ods"
    from odf import draw, style  # noqa: PLC0415

    file = opendocument.OpenDocumentPresentation()
    layout = style.PageLayout(name="l")
    file.automaticstyles.addElement(layout)
    master = style.MasterPage(name="m", pagelayoutname=layout)
    file.masterstyles.addElement(master)
    page, frame, box = draw.Page(masterpagename=master), draw.Frame(width="1cm", height="1cm"), draw.TextBox()
    for probe in PROBES:
        box.addElement(text.P(text=probe))
    frame.addElement(box)
    page.addElement(frame)
    file.presentation.addElement(page)
    yield "odp", saved(file), "p.odp"
    names = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    lines = "".join(f"<text:p>{p}</text:p>" for p in PROBES)
    flat = f'<?xml version="1.0"?><office:document {names}><office:body><office:text>{lines}</office:text></office:body></office:document>'
    yield "flat odt", flat.encode(), "l.fodt"


# --- pdf and pictures -----------------------------------------------------------------------------------


def pdf(edit: Callable, **options) -> bytes:
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    target = io.BytesIO()
    canvas = Canvas(target, **options)
    canvas.drawString(60, 800, "Bonjour")
    edit(canvas)
    canvas.save()
    return target.getvalue()


def write_lines(canvas) -> None:
    for row, probe in enumerate(PROBES):
        canvas.drawString(60, 760 - 20 * row, probe)


@family("pdf")
def pdf_files():
    from reportlab.lib.pdfencrypt import StandardEncryption  # noqa: PLC0415
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def embedded(canvas):
        canvas.setFont("Vera", 12)
        write_lines(canvas)

    def form(canvas):
        for row, probe in enumerate(PROBES):
            canvas.acroForm.textfield(
                name=f"f{row}", value=probe, x=60, y=700 - 30 * row, width=300, height=20
            )

    def annotation(canvas):
        canvas.textAnnotation(LINE, Rect=(60, 60, 90, 90))

    def metadata(canvas):
        canvas.setTitle(LINE)

    def second_page(canvas):
        canvas.showPage()
        write_lines(canvas)

    def unseen(canvas):
        words = canvas.beginText(60, 700)
        words.setTextRenderMode(3)
        for probe in PROBES:
            words.textLine(probe)
        canvas.drawText(words)

    def outline(canvas):
        canvas.bookmarkPage("a")
        canvas.addOutlineEntry(LINE, "a")

    def link(canvas):
        canvas.linkURL("mailto:a@b?subject=" + LINE, (60, 60, 90, 90))

    plain = pdf(write_lines)
    yield "text", plain, "d.pdf"
    yield "embedded font", pdf(embedded), "d.pdf"
    yield "second page", pdf(second_page), "d.pdf"
    yield "form fields", pdf(form), "d.pdf"
    yield "annotation", pdf(annotation), "d.pdf"
    yield "title", pdf(metadata), "d.pdf"
    yield "invisible text", pdf(unseen), "d.pdf"
    yield "bookmark", pdf(outline), "d.pdf"
    yield "link", pdf(link), "d.pdf"
    yield "prefix of 900 bytes", b"x" * 900 + plain, "d.pdf"
    yield "prefix of 5000 bytes", b"x" * 5000 + plain, "d.pdf"
    yield "zip behind", plain + zipped({"note.txt": TEXT.encode()}), "d.pdf"
    yield (
        "user password",
        pdf(write_lines, encrypt=StandardEncryption("x", strength=128)),
        "d.pdf",
        {"hidden": "encrypted"},
    )
    yield "owner password", pdf(write_lines, encrypt=StandardEncryption("", "x", strength=128)), "d.pdf"
    if find_spec("PIL"):
        from reportlab.lib.utils import ImageReader  # noqa: PLC0415

        scan = ImageReader(picture())
        yield "scan", pdf(lambda canvas: canvas.drawImage(scan, 0, 0, 595, 842)), "d.pdf", {"loose": True}


def picture(mode: str = "L"):
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415
    from reportlab import rl_config  # noqa: PLC0415

    folder = next(Path(path) for path in rl_config.TTFSearchPath if (Path(path) / "Vera.ttf").exists())
    font = ImageFont.truetype(str(folder / "Vera.ttf"), 40)
    page = Image.new("L", (1240, 1754), 255)
    for row, probe in enumerate(PROBES):
        ImageDraw.Draw(page).text((120, 160 + 110 * row), probe, 0, font)
    return page.convert(mode)


@family("picture")
def pictures():
    if not find_spec("PIL"):
        return
    for format_, mode, more in (
        ("png", "L", {}), ("jpeg", "L", {"quality": 85}), ("bmp", "L", {}), ("gif", "L", {}), ("webp", "L", {"lossless": True}),
        ("tiff", "L", {}), ("tiff", "1", {"compression": "group4"}), ("png", "RGB", {}), ("png", "1", {}),
    ):  # fmt: skip
        target = io.BytesIO()
        picture(mode).save(target, format_, dpi=(150, 150), **more)
        name = f"{format_} {mode}" + (" fax G4" if mode == "1" and format_ == "tiff" else "")
        yield name, target.getvalue(), f"scan.{format_}", {"loose": True}
    target = io.BytesIO()
    blank = picture("1").copy()
    blank.paste(1, (0, 0, *blank.size))
    blank.save(
        target, "tiff", save_all=True, append_images=[picture("1")], compression="group4", dpi=(150, 150)
    )
    yield "tiff second page", target.getvalue(), "scan.tiff", {"loose": True}
    for angle in (90, 180):
        target = io.BytesIO()
        picture().rotate(angle, expand=True).save(target, "png", dpi=(150, 150))
        yield f"png turned by {angle}", target.getvalue(), "scan.png", {"loose": True}
    from PIL import PngImagePlugin  # noqa: PLC0415

    words = PngImagePlugin.PngInfo()
    words.add_itxt("Comment", LINE)
    target = io.BytesIO()
    picture().resize((620, 877)).point(lambda _: 255).save(target, "png", pnginfo=words)
    yield "png comment", target.getvalue(), "a.png"
    if find_spec("zxingcpp"):
        import zxingcpp  # noqa: PLC0415

        matrix = "IS01" + "0" * 22 + "S1279035121518989\x1dS2Elodie\x1dS4DURAND-LEFEVRE\x1dS612-03-1956"
        for name, kind in (("DataMatrix INS", "DataMatrix"), ("QR code", "QRCode")):
            code = zxingcpp.write_barcode(zxingcpp.barcode_format_from_str(kind), matrix, 220, 220)
            from PIL import Image  # noqa: PLC0415

            page = picture("L").point(lambda _: 255)
            page.paste(Image.fromarray(__import__("numpy").array(code)), (300, 300)) if find_spec(
                "numpy"
            ) else None
            target = io.BytesIO()
            page.save(target, "png")
            yield name, target.getvalue(), "code.png", {"expected": ("279035121518989",)}


# --- archives -------------------------------------------------------------------------------------------


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as file:
        file.comment = comment
        for name, data in members.items():
            file.writestr(name, data)
    return target.getvalue()


def tarred(name: str, data: bytes, mode: str) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as file:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        file.addfile(info, io.BytesIO(data))
    return target.getvalue()


@family("archive")
def archives():
    note = {"note.txt": TEXT.encode()}
    name = LINE.replace("/", "-") + ".txt"
    by_name = {"expected": tuple(p.replace("/", "-") for p in PROBES)}
    for method in ("STORED", "DEFLATED", "BZIP2", "LZMA"):
        yield f"zip {method.lower()}", zipped(note, getattr(zipfile, f"ZIP_{method}")), "a.zip"
    yield "zip in zip in zip", zipped({"b.zip": zipped({"c.zip": zipped(note)})}), "a.zip"
    yield "zip member name", zipped({name: b"x"}), "a.zip", by_name
    yield "zip comment", zipped({"a.txt": b"x"}, comment=LINE.encode()), "a.zip"
    yield "zip behind an MZ prefix", b"MZ" + b"\0" * 300 + zipped(note), "a.exe"
    yield "zip with trailing bytes", zipped(note) + b"\0" * 70_000, "a.zip"
    yield "text behind a zip", zipped({"a.txt": b"x"}) + TEXT.encode(), "a.zip"
    if find_spec("pyzipper"):
        import pyzipper  # noqa: PLC0415

        target = io.BytesIO()
        with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as file:
            file.setpassword(b"x")
            file.writestr("note.txt", TEXT)
        yield "zip AES", target.getvalue(), "a.zip", {"hidden": "encrypted"}
    if find_spec("py7zr"):
        import py7zr  # noqa: PLC0415

        filters = {
            "lzma2": None,
            "zstd": [{"id": py7zr.FILTER_ZSTD}],
            "ppmd": [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
        }
        for kind, chain in filters.items():
            target = io.BytesIO()
            with py7zr.SevenZipFile(target, "w", filters=chain) as file:
                file.writestr(TEXT, "note.txt")
            yield f"7z {kind}", target.getvalue(), "a.7z"
        for kind, names in (("data", False), ("names", True)):
            target = io.BytesIO()
            with py7zr.SevenZipFile(target, "w", password="x", header_encryption=names) as file:
                file.writestr(TEXT, "note.txt")
            yield f"7z encrypted {kind}", target.getvalue(), "a.7z", {"hidden": "encrypted"}
    for mode in ("w:", "w:gz", "w:bz2", "w:xz"):
        yield (
            f"tar {mode[2:] or 'plain'}",
            tarred("note.txt", TEXT.encode(), mode),
            f"a.tar.{mode[2:]}".rstrip("."),
        )
    yield "tar member name", tarred(name, b"x", "w:"), "a.tar", by_name
    yield "gz", gzip.compress(TEXT.encode()), "note.txt.gz"
    yield "bz2", bz2.compress(TEXT.encode()), "note.txt.bz2"
    yield "xz", lzma.compress(TEXT.encode()), "note.txt.xz"
    yield "docx in 7z in zip", zipped({"l.docx": next(word())[1]}), "a.zip"
    if find_spec("zstandard"):
        import zstandard  # noqa: PLC0415

        yield "zst", zstandard.compress(TEXT.encode()), "note.txt.zst"
    if find_spec("pycdlib"):
        import pycdlib  # noqa: PLC0415

        disc = pycdlib.PyCdlib()
        disc.new(joliet=3)
        disc.add_fp(io.BytesIO(TEXT.encode()), len(TEXT.encode()), "/NOTE.TXT;1", joliet_path="/note.txt")
        target = io.BytesIO()
        disc.write_fp(target)
        yield "iso", target.getvalue(), "a.iso"


# --- health ---------------------------------------------------------------------------------------------


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


HL7 = (
    "MSH|^~\\&|LABO|CH|||20261124||ORU^R01|1|P|2.5|||||FRA|{charset}\r"
    "PID|||8012345678^^^CH^PI~279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS||"
    "DURAND-LEFÈVRE^Élodie^^^^^L||19560312|F\rOBX|1|NM|718-7^Hémoglobine^LN||12,4|g/dL\rNTE|1||hépatite B\r"
)


@family("hl7")
def hl7_messages():
    fields = {"expected": FIELDS}
    for charset, label in (("utf-8", "UNICODE UTF-8"), ("iso8859-1", "8859/1"), ("iso8859-15", "8859/15")):
        yield f"ER7 {charset}", HL7.format(charset=label).encode(charset), "m.hl7", fields
    message_ = HL7.format(charset="UNICODE UTF-8")
    yield "ER7 LF", message_.replace("\r", "\n").encode(), "m.er7", fields
    yield "ER7 damaged tilde", message_.replace("~", "˜").encode(), "m.hl7", fields
    yield "MLLP", b"\x0b" + message_.encode() + b"\x1c\r", "m.hl7", fields
    escaped = message_.replace("hépatite", "h\\XE9\\patite").replace("Hémo", "H\\XE9\\mo")
    yield "ER7 hex escapes", escaped.encode(), "m.hl7", fields
    for name, data in (
        ("text", TEXT.encode()),
        ("pdf", pdf(write_lines)),
        ("zip", zipped({"n.txt": TEXT.encode()})),
    ):
        line = f"OBX|2|ED|D^Doc^L||^TEXT^X^Base64^{packed(data)}||||||F\r"
        yield f"OBX-5 base64 {name}", (message_[:60] + "\r" + line).encode(), "m.hl7"


@family("hprim")
def hprim_files():
    fields = {"expected": FIELDS}
    lines = (
        "8012345678",
        "DURAND-LEFÈVRE",
        "Élodie",
        "1 rue X",
        "",
        "76000 ROUEN",
        "12/03/1956",
        "279035121518989",
        "",
        "",
        "",
        "",
    )
    source = "\r\n".join(
        (
            *lines,
            "****LAB****",
            "RES|Hémoglobine|HB|N|12,4|g/dL|12|16|N|F",
            "TEX|hépatite B",
            "****FIN****",
            "****FINFICHIER****",
            "",
        )
    )
    for charset in ("utf-8", "latin-1", "cp850"):
        yield f"médecin {charset}", source.encode(charset), "r.hpr", fields
    sante = (
        "H|~^\\&|0.HPR||001~LABO||ORU|||002~CH||P|H2.2~C|20261124\rP|1|8012345678|279035121518989||DURAND-LEFÈVRE~Élodie||"
        "19560312|F\rOBX|1|NM|HB~Hémoglobine~L||12,4|g/dL\rC|1||hépatite B\rL|1\r"
    )
    for charset in ("utf-8", "latin-1"):
        yield f"santé {charset}", sante.encode(charset), "r.hpr", fields


CDA = (
    '<?xml version="1.0" encoding="{charset}"?><ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole>'
    '<id extension="279035121518989" root="1.2.250.1.213.1.4.8"/><id extension="8012345678" root="1.2.3"/><patient><name>'
    '<family qualifier="BR">DURAND-LEFÈVRE</family><given>Élodie</given></name><birthTime value="19560312"/></patient>'
    "</patientRole></recordTarget><component>{body}</component></ClinicalDocument>"
)


@family("cda")
def cda_documents():
    result = (
        '<structuredBody><component><section><entry><observation><code code="718-7" displayName="Hémoglobine"/>'
        '<value value="12,4" unit="g/dL"/></observation></entry><text>hépatite B</text></section></component></structuredBody>'
    )
    for charset in ("utf-8", "iso-8859-1", "utf-16"):
        yield (
            f"fields {charset}",
            CDA.format(charset=charset, body=result).encode(charset),
            "d.xml",
            {"expected": FIELDS},
        )
    rows = "".join(f"<tr><td>1</td><td><content>{p}</content></td></tr>" for p in PROBES)
    yield (
        "narrative table",
        CDA.format(
            charset="utf-8", body=f"<structuredBody><text><table>{rows}</table></text></structuredBody>"
        ).encode(),
        "d.xml",
    )
    for name, data in (("text", TEXT.encode()), ("pdf", pdf(write_lines)), ("rtf", rtf(TEXT))):
        body = f'<nonXMLBody><text mediaType="x/y" representation="B64">{packed(data)}</text></nonXMLBody>'
        yield f"N1 base64 {name}", CDA.format(charset="utf-8", body=body).encode(), "d.xml"
    document = CDA.format(charset="utf-8", body=result).encode()
    members = {
        "IHE_XDM/SUBSET01/DOC00001.XML": document,
        "IHE_XDM/SUBSET01/METADATA.XML": b"<a/>",
        "README.TXT": b"x",
    }
    yield "IHE_XDM.zip document", zipped(members), "IHE_XDM.zip", {"expected": FIELDS}
    slot = (
        "<?xml version='1.0'?><SubmitObjectsRequest xmlns='urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0'><Slot name='sourcePatientInfo'>"
        "<ValueList><Value>PID-3|8012345678^^^CH^PI~279035121518989^^^&amp;1.2.250.1.213.1.4.8&amp;ISO^NH</Value>"
        "<Value>PID-5|DURAND-LEFÈVRE^Élodie</Value><Value>PID-7|19560312</Value></ValueList></Slot></SubmitObjectsRequest>"
    )
    yield "XDM metadata", slot.encode(), "METADATA.XML", {"expected": (*FIELDS[:3], *FIELDS[5:6], FIELDS[7])}


@family("fhir")
def fhir_resources():
    patient = {
        "resourceType": "Patient",
        "identifier": [
            {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "279035121518989"},
            {"value": "8012345678"},
        ],
        "name": [{"family": "DURAND-LEFÈVRE", "given": ["Élodie"]}],
        "birthDate": "1956-03-12",
    }
    result = {
        "resourceType": "Observation",
        "code": {"text": "Hémoglobine"},
        "valueQuantity": {"value": "12,4", "unit": "g/dL"},
    }
    disease = {"resourceType": "Condition", "code": {"text": "hépatite B"}}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": r} for r in (patient, result, disease)]}
    fields = {"expected": FIELDS}
    yield "json escaped", json.dumps(bundle).encode(), "b.json", fields
    yield "json utf-8", json.dumps(bundle, ensure_ascii=False, indent=1).encode(), "b.json", fields
    yield "ndjson", "\n".join(map(json.dumps, (patient, result, disease))).encode(), "b.ndjson", fields
    attachment = {"contentType": "text/plain", "data": packed(TEXT.encode())}
    yield "attachment json", json.dumps({"resourceType": "Binary", **attachment}).encode(), "b.json"
    slashes = json.dumps(
        {"resourceType": "Binary", "contentType": "a/b", "data": packed(pdf(write_lines))}
    ).replace("/", "\\/")
    yield "attachment json escaped", slashes.encode(), "b.json"
    xml = (
        '<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Patient><identifier><system value="urn:oid:1.2.250.1.213.1.4.8"/>'
        '<value value="279035121518989"/></identifier><identifier><value value="8012345678"/></identifier><name>'
        '<family value="DURAND-LEFÈVRE"/><given value="Élodie"/></name><birthDate value="1956-03-12"/></Patient></resource></entry>'
        '<entry><resource><Observation><code><text value="Hémoglobine"/></code><valueQuantity><value value="12,4"/></valueQuantity>'
        '</Observation></resource></entry><entry><resource><Condition><code><text value="hépatite B"/></code></Condition>'
        "</resource></entry></Bundle>"
    )
    yield "xml", xml.encode(), "b.xml", fields
    binary = f'<Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/><data value="{packed(TEXT.encode())}"/></Binary>'
    yield "attachment xml", binary.encode(), "b.xml"


@family("dicom")
def dicom_files():
    if not find_spec("pydicom"):
        return
    import pydicom  # noqa: PLC0415
    from pydicom import uid  # noqa: PLC0415

    def file(syntax: str, charset: str, *, preamble: bool = True, **more: object) -> bytes:
        meta, data = pydicom.dataset.FileMetaDataset(), pydicom.Dataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = syntax, uid.SecondaryCaptureImageStorage
        meta.MediaStorageSOPInstanceUID = "1.2.3"
        data.SOPClassUID, data.SOPInstanceUID, data.SpecificCharacterSet = (
            meta.MediaStorageSOPClassUID,
            "1.2.3",
            charset,
        )
        data.PatientName, data.PatientBirthDate = "DURAND-LEFÈVRE^Élodie", "19560312"
        data.PatientID, data.OtherPatientIDs = "8012345678", "279035121518989"
        data.StudyDescription, data.PatientComments = "hépatite B", "Hémoglobine 12,4 g/dL"
        for key, value in more.items():
            setattr(data, key, value)
        target = io.BytesIO()
        if preamble:
            data.file_meta, data.preamble = meta, b"\0" * 128
        form = {} if preamble else {"implicit_vr": True, "little_endian": True}
        pydicom.dcmwrite(target, data, enforce_file_format=preamble, **form)
        return target.getvalue()

    fields = {"expected": FIELDS}
    for syntax in (
        uid.ExplicitVRLittleEndian,
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
    ):
        yield f"{syntax.name} latin-1", file(syntax, "ISO_IR 100"), "IM1", fields
    yield "utf-8", file(uid.ExplicitVRLittleEndian, "ISO_IR 192"), "IM1", fields
    yield "without preamble", file("", "ISO_IR 100", preamble=False), "IM1", fields
    yield (
        "with a picture",
        file(uid.ExplicitVRLittleEndian, "ISO_IR 192", Rows=1, Columns=1, BitsAllocated=8, PixelData=b"\0\0"),
        "IM1",
        fields,
    )
    yield (
        "encapsulated pdf",
        file(
            uid.ExplicitVRLittleEndian,
            "ISO_IR 192",
            MIMETypeOfEncapsulatedDocument="application/pdf",
            EncapsulatedDocument=pdf(write_lines),
        ),
        "IM1",
    )


import seen  # noqa: E402, F401 - at the end: it adds its rows with what stands above
