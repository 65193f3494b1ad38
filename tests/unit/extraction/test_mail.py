"""The MIME walk: every place where a message can hold content, and every way it can be broken."""

from __future__ import annotations

import base64
import binascii

import pytest

from extraction_samples import attached, html_mail, part, pdf, read, reasons, texts, unread, word
from hygie_detectors.extraction import extract

MARK = "Hémoglobine glyquée"


def paths(raw: bytes) -> list[str]:
    return [p.path for p in extract(raw).parts]


def multipart(*parts: bytes, boundary: bytes = b"limite", before: bytes = b"", after: bytes = b"") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part_ + b"\r\n" for part_ in parts)
    return (
        b"Subject: essai\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="
        + boundary
        + b"\r\n\r\n"
        + before
        + body
        + b"--"
        + boundary
        + b"--\r\n"
        + after
    )


TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nBonjour"


def test_parts_are_numbered_as_in_imap_with_the_file_name_behind() -> None:
    inner = (
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
        + TEXT
        + b"\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Bonjour</p>\r\n--b--"
    )
    file = b'Content-Type: text/csv; name="bilan.csv"\r\nContent-Disposition: attachment\r\n\r\na;b'

    assert ["headers", "1.1", "1.2", "2/bilan.csv"] == paths(multipart(inner, file))


def test_two_files_of_one_name_have_two_paths() -> None:
    file = b'Content-Type: text/csv; name="a.csv"\r\n\r\na;b'
    deep = b"Content-Type: message/rfc822; name=m.eml\r\n\r\n" + multipart(file)

    found = paths(multipart(file, file, deep, deep))

    assert len(found) == len(set(found))


def test_a_nested_message_is_walked_and_its_subject_is_text() -> None:
    nested = (
        b"Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?B?"
        + base64.b64encode(MARK.encode())
        + b"?=\r\n\r\ncorps"
    )

    extraction = extract(multipart(TEXT, nested))

    assert ["headers", "1", "2", "2.1"] == [p.path for p in extraction.parts]
    assert MARK == next(s.text for s in extraction.segments if s.part == "2#subject")


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_a_nested_message_in_a_transfer_encoding_is_walked(encoding: str) -> None:
    """RFC 2046 forbids it; mail clients send and open it all the same."""
    inner = b"Subject: dedans\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + MARK.encode()
    encoded = base64.encodebytes(inner) if encoding == "base64" else binascii.b2a_qp(inner)
    nested = (
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: "
        + encoding.encode()
        + b"\r\n\r\n"
        + encoded
    )

    assert MARK in texts(extract(multipart(nested)))


def test_an_eml_attached_as_octet_stream_is_walked() -> None:
    inner = multipart(TEXT, b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + MARK.encode())

    assert MARK in texts(extract(attached(inner, "transfert.eml")))


def test_an_mbox_is_read_message_by_message() -> None:
    one = b"From a@b.example Tue Nov 24 10:00:00 2026\n" + attached(MARK.encode(), "un.txt").replace(
        b"\r\n", b"\n"
    )
    box = one + b"\n" + one

    extraction = extract(attached(box, "boite.mbox"))

    assert 2 == texts(extraction).count(MARK)


@pytest.mark.parametrize("place", ["preamble", "epilogue"])
def test_text_around_the_parts_is_read(place: str) -> None:
    marked = MARK.encode() + b"\r\n"
    raw = multipart(TEXT, before=marked) if place == "preamble" else multipart(TEXT, after=marked)

    assert MARK in next(s.text for s in extract(raw).segments if s.part == f"headers#{place}")


@pytest.mark.parametrize("boundary", ["", "; boundary=autre"], ids=["missing", "false"])
def test_a_multipart_that_cannot_be_split_is_text_and_corrupt(boundary: str) -> None:
    body = b"--limite\r\nContent-Disposition: attachment\r\n\r\n" + MARK.encode() + b"\r\n--limite--\r\n"

    extraction = extract(part(body, f"Content-Type: multipart/mixed{boundary}"))

    assert MARK in texts(extraction)
    assert {"corrupt"} == reasons(extraction)
    assert any(u.attachment for u in extraction.unread)


def test_a_multipart_in_base64_is_opened_and_corrupt() -> None:
    inner = (
        b"--limite\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + MARK.encode() + b"\r\n--limite--\r\n"
    )
    raw = part(
        base64.encodebytes(inner),
        "Content-Type: multipart/mixed; boundary=limite\r\nContent-Transfer-Encoding: base64",
    )

    extraction = extract(raw)

    assert MARK in texts(extraction)
    assert "corrupt" in reasons(extraction)


def test_an_unclosed_multipart_is_read_to_its_end() -> None:
    raw = multipart(TEXT, TEXT.replace(b"Bonjour", MARK.encode())).replace(b"--limite--\r\n", b"")

    extraction = extract(raw)

    assert MARK in texts(extraction)
    assert () == extraction.unread


def test_two_content_types_are_read_both_ways_and_corrupt() -> None:
    inner = multipart(
        TEXT.replace(b"Bonjour", base64.b64encode(MARK.encode())).replace(
            b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1
        )
    )
    body = inner.split(b"\r\n\r\n", 1)[1]
    raw = part(body, "Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=limite")

    extraction = extract(raw)

    assert MARK in texts(extraction)
    assert "corrupt" in reasons(extraction)


@pytest.mark.parametrize(
    ("content", "corrupt"),
    [
        (base64.encodebytes(MARK.encode()), False),
        (base64.encodebytes(MARK.encode()).rstrip(b"=\n"), False),
        (base64.b64encode(b"debut") + b"\r\n" + base64.b64encode(MARK.encode()), False),
        (base64.b64encode(b"debut.")[:-1] + b"\r\n!!" + base64.b64encode(MARK.encode()), True),
    ],
    ids=["clean", "no padding", "goes on behind padding", "foreign bytes"],
)
def test_base64_is_read_to_its_end(content: bytes, *, corrupt: bool) -> None:
    extraction = extract(
        part(content, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64")
    )

    assert corrupt == ("corrupt" in reasons(extraction))
    if not corrupt:
        assert MARK in texts(extraction)


def test_a_footer_behind_base64_is_read() -> None:
    content = base64.encodebytes(b"x" * 60) + "-- \r\nListe : hémodialyse".encode()

    extraction = extract(part(content, "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64"))

    assert "hémodialyse" in texts(extraction)
    assert {"corrupt"} == reasons(extraction)


def test_an_unknown_transfer_encoding_is_raw_text_and_corrupt() -> None:
    extraction = extract(
        part(MARK.encode(), "Content-Type: text/plain\r\nContent-Transfer-Encoding: x-maison")
    )

    assert MARK in texts(extraction)
    assert [("1", "corrupt")] == unread(extraction)


@pytest.mark.parametrize("where", ["body", "encoding"])
def test_uuencoded_files_are_read(where: str) -> None:
    file = pdf("dossier de la patiente")
    lines = b"".join(binascii.b2a_uu(file[i : i + 45]) for i in range(0, len(file), 45))
    content = b"begin 644 lettre.pdf\n" + lines + b"`\nend\n"
    header = "Content-Type: text/plain"
    if where == "encoding":
        header = "Content-Type: application/pdf; name=lettre.pdf\r\nContent-Transfer-Encoding: x-uuencode"

    extraction = extract(part(content, header))

    assert "dossier de la patiente" in texts(extraction)
    assert () == extraction.unread


@pytest.mark.parametrize(
    "header",
    [
        'Content-Disposition: attachment; filename="=?utf-8?Q?r=C3=A9sultat_DURAND.txt?="',
        "Content-Disposition: attachment; filename*=utf-8''r%C3%A9sultat%20DURAND.txt",
        "Content-Disposition: attachment; filename*=iso-8859-1''r%E9sultat%20DURAND.txt",
        "Content-Disposition: attachment; filename*=us-ascii''r%C3%A9sultat%20DURAND.txt",
        "Content-Disposition: attachment; filename*0*=utf-8''r%C3%A9sul; filename*1*=tat%20DURAND.txt",
        'Content-Type: text/plain; name="résultat DURAND.txt"',
    ],
    ids=["2047", "2231", "2231 latin-1", "2231 lying", "2231 continued", "raw utf-8"],
)
def test_file_names_are_text_however_they_are_encoded(header: str) -> None:
    extraction = extract(multipart(header.encode() + b"\r\n\r\nx"))

    assert ["résultat DURAND.txt"] == [s.text for s in extraction.segments if s.source == "name"]
    assert "1/résultat DURAND.txt" == extraction.parts[1].path
    assert extraction.parts[1].attachment


def test_two_different_names_of_one_file_are_both_text() -> None:
    header = (
        b"Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment; filename=b.txt\r\n\r\nx"
    )

    assert ["b.txt", "a.txt"] == [s.text for s in extract(multipart(header)).segments if s.source == "name"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?Q?H=C3=A9moglobine?=", "Hémoglobine"),
        (b"=?iso-8859-1?q?H=E9mo?= =?iso-8859-1?q?globine?=", "Hémoglobine"),
        (b"=?utf-8?b?SMOp?=\r\n =?utf-8?b?bW8=?=", "Hémo"),
        (b"=?utf-8?b?SMM=?= =?utf-8?b?qW1v?=", "Hémo"),
        (b"Re: =?utf-8?q?H=C3=A9mo?= suite", "Re: Hémo suite"),
        (b"=?inconnu?q?H=C3=A9mo?=", "Hémo"),
        ("Hémoglobine".encode(), "Hémoglobine"),
        ("Hémoglobine".encode("latin-1"), "Hémoglobine"),
        (b"=?utf-8?b?!!!?=", ""),
        (b"plie\r\n sur deux lignes", "plie sur deux lignes"),
    ],
)
def test_subjects_are_decoded(raw: bytes, text: str) -> None:
    extraction = extract(b"Subject: " + raw + b"\r\n\r\ncorps")

    assert text == "".join(s.text for s in extraction.segments if s.part == "headers#subject")


def test_headers_written_by_people_are_text_and_structural_ones_are_not() -> None:
    raw = (
        b"Received: from a by b; 281082A00412158\r\nFrom: =?utf-8?q?Am=C3=A9lie?= <a@b.example>\r\n"
        b"Thread-Topic: bilan\r\nX-MSS-INS: O\r\nMessage-ID: <12345@b.example>\r\n\r\ncorps"
    )

    found = {s.part: s.text for s in extract(raw).segments if s.source == "header"}

    assert {
        "headers#from": "Amélie <a@b.example>",
        "headers#thread-topic": "bilan",
        "headers#x-mss-ins": "O",
    } == found


def test_a_small_inline_image_is_unread_but_no_attachment() -> None:
    logo = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0" + b"\0" * 200

    def mail(size: int, disposition: bytes, html: bytes = b"text/html") -> bytes:
        image = base64.encodebytes(logo + b"\0" * size)
        return multipart(
            b"Content-Type: " + html + b"\r\n\r\n<img src=cid:logo>",
            b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
            + disposition
            + b"\r\n\r\n"
            + image,
        )

    def flags(raw: bytes) -> list[tuple[str, bool]]:
        return [(u.reason, u.attachment) for u in extract(raw).unread]

    assert [("unsupported", False)] == flags(mail(0, b"Content-ID: <logo>"))
    assert [("unsupported", False)] == flags(mail(0, b"Content-Disposition: inline"))
    assert [("corrupt", True)] == flags(mail(0, b"Content-Disposition: attachment"))
    assert [("corrupt", True)] == flags(mail(20_000, b"Content-ID: <logo>"))
    assert [("corrupt", True)] == flags(mail(0, b"Content-ID: <logo>", html=b"text/plain"))


def test_an_inline_docx_is_no_logo() -> None:
    file = base64.encodebytes(word("Bonjour"))
    raw = multipart(
        b"Content-Type: text/html\r\n\r\n<p>x",
        b"Content-Type: image/png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n" + file,
    )

    extraction = extract(raw)

    assert "Bonjour" in texts(extraction, "2")
    assert extraction.parts[2].attachment


def test_reports_and_fragments_are_read() -> None:
    report = (
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n\r\n"
        b"Final-Recipient: rfc822; patient@b.example\r\n"
    )
    fragment = (
        b"Content-Type: message/partial; id=a; number=1; total=2\r\n\r\nSubject: morceau\r\n\r\nBonjour"
    )

    extraction = extract(multipart(report, fragment))

    assert "patient@b.example" in texts(extraction, "1")
    assert "Bonjour" in texts(extraction)
    assert [("2", "unsupported")] == unread(extraction)


def test_an_html_mail_shows_its_numbers_whole() -> None:
    assert "2 81 08\xa02A" in texts(
        extract(html_mail("<p>2 <b>81</b> 0<i>8</i>&nbsp;2<span>A</span></p>")), "1"
    )


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\r\n\r\n  \r\n", b"Subject:\r\n\r\n"])
def test_a_message_without_content_is_read_and_empty(raw: bytes) -> None:
    extraction = extract(raw)

    assert () == extraction.segments
    assert () == extraction.unread


def test_nothing_of_the_message_shows_in_representations() -> None:
    extraction = read(attached(pdf("DURAND", locked=True), "DURAND.pdf"))

    assert "DURAND" not in repr(extraction)


@pytest.mark.parametrize("charset", ["\0utf-8", "\udce6", "a\udcbcb", ""])
def test_a_charset_that_is_no_name_costs_nothing(charset: str) -> None:
    header = f'Content-Type: text/plain; charset="{charset}"'.encode("utf-8", "surrogateescape")
    raw = b"Subject: essai\r\n" + header + b"\r\n\r\n" + f"{MARK} \u00e0".encode()

    assert MARK in texts(extract(raw))
    assert set() == reasons(extract(raw))
