"""Messages: nests, floods, boundaries that lie, encodings that are broken."""

from __future__ import annotations

import base64
import binascii
import quopri

from harness.hostile import PROBE, hostile

CRLF = b"\r\n"
LINE = PROBE.encode()
UTF8 = b"Content-Type: text/plain; charset=utf-8"


def mail(headers: bytes, body: bytes = LINE) -> bytes:
    return b"From: a@hopital.example\r\nTo: b@ailleurs.example\r\n" + headers + b"\r\n\r\n" + body + CRLF


@hostile("mail", "1 200 nested multiparts", quick=True)
def nested_multiparts() -> bytes:
    levels = range(1_200)
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in levels)
    return b"From: a@hopital.example\r\n" + head + UTF8 + CRLF * 2 + LINE + CRLF


@hostile("mail", "1 200 nested message/rfc822", quick=True)
def nested_messages() -> bytes:
    return b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" * 1_200 + mail(UTF8)


@hostile("mail", "20 000 parts")
def many_parts() -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    last = b"--b\r\n" + UTF8 + CRLF * 2 + LINE + b"\r\n--b--"
    return mail(b"Content-Type: multipart/mixed; boundary=b", part * 20_000 + last)


@hostile("mail", "subject of 50 000 encoded words", must_find=True)
def encoded_words() -> bytes:
    return mail(b"Subject: " + b"=?utf-8?q??=\r\n " * 50_000 + b"x\r\n" + UTF8)


@hostile("mail", "probe behind 50 000 encoded words")
def behind_encoded_words() -> bytes:
    return mail(b"Subject: " + b"=?utf-8?q??=\r\n " * 50_000 + LINE.replace(b"\xc3\xa9", b"e"), b"x")


@hostile("mail", "20 000 parameters", must_find=True, quick=True)
def parameters() -> bytes:
    return mail(UTF8 + b"".join(b";\r\n p%d=1" % number for number in range(20_000)))


@hostile("mail", "20 000 addresses", must_find=True, quick=True)
def addresses() -> bytes:
    return mail(b"Cc: " + b",\r\n ".join(b"a%d@b.example" % n for n in range(20_000)) + CRLF + UTF8)


@hostile("mail", "3 000 parentheses in To", must_find=True, quick=True)
def parentheses() -> bytes:
    return b"To: " + b"(" * 3_000 + CRLF + UTF8 + CRLF * 2 + LINE


@hostile("mail", "1 000 000 headers")
def header_flood() -> bytes:
    return b"X: y\r\n" * 1_000_000 + mail(UTF8)


@hostile("mail", "headers that Python's parser trips over", must_find=True, quick=True)
def odd_headers() -> bytes:
    return b"To: (c):\r\nCc: a@b.example,\r\nContent-Type: text/plain; charset*\r\n\r\n" + LINE


def divided(frame: bytes, before: bytes = b"", after: bytes = b"", inside: bytes = b"x") -> bytes:
    parts = b"--b\r\n" + UTF8 + CRLF * 2 + inside + b"\r\n--b--\r\n"
    return mail(b"Content-Type: multipart/mixed" + frame, before + parts + after)


@hostile("mail", "unclosed boundary", must_find=True, quick=True)
def unclosed() -> bytes:
    return divided(b"; boundary=b", inside=LINE).replace(b"--b--", b"")


@hostile("mail", "missing boundary", must_find=True, quick=True)
def missing() -> bytes:
    return divided(b"", inside=LINE)


@hostile("mail", "false boundary", must_find=True, quick=True)
def false() -> bytes:
    return divided(b"; boundary=other", inside=LINE)


@hostile("mail", "base64 on a multipart", must_find=True, quick=True)
def coded_multipart() -> bytes:
    frame = b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64"
    return mail(frame, base64.encodebytes(b"--b\r\n" + UTF8 + CRLF * 2 + LINE + b"\r\n--b--\r\n"))


@hostile("mail", "text in the preamble", must_find=True, quick=True)
def preamble() -> bytes:
    return divided(b"; boundary=b", before=LINE + CRLF)


@hostile("mail", "text behind the closing boundary", must_find=True, quick=True)
def epilogue() -> bytes:
    return divided(b"; boundary=b", after=LINE)


@hostile("mail", "a part behind the closing boundary", must_find=True, quick=True)
def part_behind() -> bytes:
    return divided(b"; boundary=b", after=b"--b\r\n" + UTF8 + CRLF * 2 + LINE + CRLF)


@hostile("mail", "bad base64", must_find=True, quick=True)
def bad_base64() -> bytes:
    coded = base64.b64encode(LINE * 3)
    return mail(UTF8 + b"\r\nContent-Transfer-Encoding: base64", coded[:40] + b"*\r\n!" + coded[40:])


@hostile("mail", "wrong charset", must_find=True, quick=True)
def wrong_charset() -> bytes:
    return mail(b"Content-Type: text/plain; charset=us-ascii")


@hostile("mail", "unknown charset", must_find=True, quick=True)
def unknown_charset() -> bytes:
    return mail(b"Content-Type: text/plain; charset=x-nowhere")


@hostile("mail", "UTF-16", must_find=True, quick=True)
def wide() -> bytes:
    head = b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64"
    return mail(head, base64.encodebytes(PROBE.encode("utf-16")))


@hostile("mail", "two Content-Types", must_find=True, quick=True)
def two_types() -> bytes:
    return mail(b"Content-Type: image/png\r\n" + UTF8)


@hostile("mail", "bare CR in a header", must_find=True, quick=True)
def bare_cr() -> bytes:
    return mail(b"Subject: a\rContent-Type: image/png\r\n" + UTF8)


@hostile("mail", "uuencode in a text", must_find=True, quick=True)
def uuencode() -> bytes:
    return mail(UTF8, b"begin 644 a.txt\r\n" + uu() + b"`\r\nend\r\n")


@hostile("mail", "x-uuencode", must_find=True, quick=True)
def x_uuencode() -> bytes:
    coded = b"begin 644 a.txt\r\n" + uu() + b"`\r\nend\r\n"
    return mail(UTF8 + b"\r\nContent-Transfer-Encoding: x-uuencode", coded)


def uu() -> bytes:
    return b"".join(binascii.b2a_uu(LINE[i : i + 45]) for i in range(0, len(LINE), 45))


@hostile("mail", "file name by RFC 2231", must_find=True, quick=True)
def name_2231() -> bytes:
    coded = b"".join(b"%%%02X" % byte for byte in LINE.replace(b"/", b"-") + b".txt")
    return mail(
        b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename*=utf-8''" + coded, b"x"
    )


@hostile("mail", "file name by RFC 2047", must_find=True, quick=True)
def name_2047() -> bytes:
    coded = base64.b64encode(LINE.replace(b"/", b"-") + b".txt")
    return mail(b'Content-Type: text/plain; name="=?utf-8?b?' + coded + b'?="', b"x")


@hostile("mail", "quoted-printable, a line a byte", must_find=True, quick=True)
def soft_breaks() -> bytes:
    coded = quopri.encodestring(LINE)
    broken = b"=\r\n".join(b"=%02X" % byte for byte in LINE)
    assert quopri.decodestring(broken) == quopri.decodestring(coded)
    return mail(UTF8 + b"\r\nContent-Transfer-Encoding: quoted-printable", broken)
