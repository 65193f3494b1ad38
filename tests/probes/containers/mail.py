"""Messages, files of mail clients, what is signed or encrypted."""

from __future__ import annotations

import base64
import binascii
import mailbox
import quopri
import shutil
import struct
import subprocess
import tempfile
from email.header import Header
from email.message import EmailMessage
from pathlib import Path

from ole_samples import compound

from .base import LINE, PROBES, TEXT, family


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
    streams = {
        f"__substg1.0_1000{kind}": body.encode(encode),
        f"__substg1.0_0037{kind}": "Objet".encode(encode),
        f"__substg1.0_001A{kind}": "IPM.Note".encode(encode),
        "__properties_version1.0": bytes(32),
        **{f"__nameid_version1.0/__substg1.0_000{number}0102": b"" for number in (2, 3, 4)},
    }
    if attached:
        file = "__attach_version1.0_#00000000"
        streams[f"{file}/__substg1.0_3707{kind}"] = "a.txt".encode(encode)
        streams[f"{file}/__substg1.0_37010102"] = attached
        streams[f"{file}/__properties_version1.0"] = bytes(8)
    return compound(streams)


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
