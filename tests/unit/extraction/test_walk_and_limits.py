"""The walk itself: order, the watch, the limits of a message, other formats, hostile mail."""

from __future__ import annotations

import base64
import binascii
import time

import pytest

from extraction_samples import archive, attached, part, pdf, read, reasons, texts, unread, word
from hygie_detectors.extraction import extract
from hygie_detectors.limits import Limits

SIGNED = b"\x30\x82\x05\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x04\xf0"
DETACHED = (
    SIGNED
    + b"\x30\x82\x01\x00\x02\x01\x01\x31\x00\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
    + b"\xa0" * 50
)


class Supervisor:
    """Notes what it is told, and refuses some parts."""

    def __init__(self, refused: dict[int, str] | None = None) -> None:
        self.seen: list[int] = []
        self._refused = refused or {}

    def enter(self, part_number: int) -> str | None:
        self.seen.append(part_number)
        return self._refused.get(part_number)


def nested() -> bytes:
    return attached(
        attached(archive({"[Content_Types].xml": b"<Types/>", "word/a.docx": word("Texte")}), "a.docx"),
        "m.eml",
    )


def test_parts_are_numbered_in_walk_order_every_time_the_same() -> None:
    watch = Supervisor()

    extraction = extract(nested(), Limits(), watch)

    assert list(range(len(extraction.parts))) == watch.seen
    assert extraction == extract(nested())
    assert [p.path for p in extraction.parts] == sorted(
        (p.path for p in extraction.parts), key=lambda p: (p != "headers", p)
    )


def test_a_file_name_belongs_to_the_part_it_names() -> None:
    body = b"begin 644 a#b/c.txt\n" + binascii.b2a_uu(b"un texte") + b"`\nend\n"
    twice = part(body + body, "Content-Type: text/plain")

    extraction = extract(twice)

    named = [s.part.removesuffix("#name") for s in extraction.segments if s.source == "name"]
    assert named == [p.path for p in extraction.parts[2:]]
    assert 2 == len(set(named))


@pytest.mark.parametrize("reason", ["crash", "timeout"])
def test_a_refused_part_keeps_its_number_and_nothing_in_it_is_walked(reason: str) -> None:
    whole = extract(nested())
    number = next(n for n, p in enumerate(whole.parts) if p.path.endswith("m.eml"))

    extraction = extract(nested(), Limits(), Supervisor({number: reason}))

    assert whole.parts[number].path == extraction.parts[number].path
    assert [(whole.parts[number].path, reason)] == unread(extraction)
    assert number + 1 == len(extraction.parts)


def test_a_refused_message_is_unread_whole() -> None:
    extraction = extract(nested(), Limits(), Supervisor({0: "timeout"}))

    assert [("headers", "timeout")] == unread(extraction)
    assert extraction.unread[0].attachment
    assert () == extraction.segments


def test_a_reader_that_fails_costs_its_part_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from hygie_detectors.extraction import dispatch  # noqa: PLC0415 - the module whose reader is broken here

    def broken(_sink: object) -> None:
        raise MemoryError

    monkeypatch.setitem(dispatch._READERS, "pdf", broken)
    raw = attached(pdf("x"), "a.pdf").replace(
        b"--limite--", b"--limite\r\nContent-Type: text/plain\r\n\r\nsuite\r\n--limite--"
    )

    extraction = extract(raw)

    assert [("1/a.pdf", "crash")] == unread(extraction)
    assert "suite" in texts(extraction, "2")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 60, "unsupported"),
        (b"Rar!\x1a\x07\x01\x00" + b"\0" * 60, "unsupported"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"\1" * 60, "unsupported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "corrupt"),
        (b"\x78\x9f\x3e\x22" + b"\1\2\3" * 60, "unsupported"),
        (SIGNED + b"\x30\x82\x01\x00\x02\x01\x01" + b"\xa0" * 200, "unsupported"),
        (SIGNED.replace(b"\x07\x02", b"\x07\x03") + b"\xa0" * 200, "encrypted"),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n", "encrypted"),
        (b"MZ" + b"\x90\0\3" * 300 + archive({"a": b"b"}), "unsupported"),
        (b"GIF89a\1\0\1\0\0\0\0;", "unsupported"),
        (bytes(range(256)) * 20, "unsupported"),
        (DETACHED, None),
        (b"-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n", None),
    ],
)
def test_what_has_no_reader_is_unread_with_its_reason(data: bytes, reason: str | None) -> None:
    assert ([("1/piece.bin", reason)] if reason else []) == unread(extract(attached(data)))


def test_pgp_in_a_body_is_encrypted() -> None:
    raw = part(b"Bonjour\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQ\r\n", "Content-Type: text/plain")

    assert [("1", "encrypted")] == unread(extract(raw))


@pytest.mark.parametrize(("size", "reached"), [(999, False), (1000, False), (1001, True)])
def test_message_size_at_its_edge(size: int, *, reached: bool) -> None:
    raw = b"Subject: a\r\n\r\n"
    raw += b"x" * (size - len(raw))

    assert ([("headers", "limit:message_max_bytes")] if reached else []) == unread(
        read(raw, message_max_bytes=1000)
    )


@pytest.mark.parametrize(("count", "reached"), [(2, False), (3, False), (4, True)])
def test_mime_parts_at_their_edge(count: int, *, reached: bool) -> None:
    body = b"".join(b"--b\r\n\r\npartie\r\n" for _ in range(count)) + b"--b--"

    extraction = read(part(body, "Content-Type: multipart/mixed; boundary=b"), mime_parts_max=3)

    assert ({"limit:mime_parts_max"} if reached else set()) == reasons(extraction)
    assert min(count, 3) + 1 == len(extraction.parts)


def deep_multipart(depth: int) -> bytes:
    raw = b"\r\nMARQUE"
    for level in range(depth):
        raw = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--" % (
            level,
            level,
            raw,
            level,
        )
    return b"MIME-Version: 1.0\r\n" + raw


def deep_messages(depth: int) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: fond\r\n\r\nMARQUE"


@pytest.mark.parametrize(("depth", "reached"), [(2, False), (3, False), (4, True)])
@pytest.mark.parametrize("make", [deep_multipart, deep_messages])
def test_mime_depth_at_its_edge(make, depth: int, *, reached: bool) -> None:
    extraction = read(make(depth), mime_depth_max=3)

    assert ({"limit:mime_depth_max"} if reached else set()) == reasons(extraction)
    assert "MARQUE" in texts(extraction)


@pytest.mark.parametrize("make", [deep_multipart, deep_messages])
@pytest.mark.parametrize("depth", [100, 1_200])
def test_deep_mail_is_text_and_unread(make, depth: int) -> None:
    start = time.perf_counter()

    extraction = extract(make(depth))

    assert time.perf_counter() - start < 5
    assert "MARQUE" in texts(extraction)
    assert {"limit:mime_depth_max"} == reasons(extraction)
    assert any(u.attachment for u in extraction.unread)


@pytest.mark.parametrize(("size", "reached"), [(99, False), (100, False), (101, True)])
def test_text_of_a_part_and_of_the_message_at_their_edge(size: int, *, reached: bool) -> None:
    raw = b"\r\n" + b"x" * size

    for name in ("part_text_max_chars", "text_max_chars"):
        extraction = read(raw, **{name: 100})
        assert ([("1", f"limit:{name}")] if reached else []) == unread(extraction)
        assert min(size, 100) == len(texts(extraction))


@pytest.mark.parametrize(("size", "reached"), [(199, False), (200, False), (201, True)])
def test_header_size_at_its_edge(size: int, *, reached: bool) -> None:
    raw = b"Subject: " + b"x" * (size - 6) + b"MARQUE\r\n\r\ncorps"

    extraction = read(raw, header_max_bytes=200)

    assert ([("headers#subject", "limit:header_max_bytes")] if reached else []) == unread(extraction)
    assert "MARQUE" in texts(extraction)


@pytest.mark.parametrize(("size", "reached"), [(99, False), (100, False), (140, True)])
def test_decoded_header_size_at_its_edge(size: int, *, reached: bool) -> None:
    word_ = b"=?utf-8?q?MARQUE?="
    raw = b"Subject: " + b"x" * (size - len(word_) - 1) + b" " + word_ + b"\r\n\r\ncorps"

    extraction = read(raw, header_decoded_max_bytes=100)

    assert ([("headers#subject", "limit:header_decoded_max_bytes")] if reached else []) == unread(extraction)
    assert "MARQUE" in texts(extraction)


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: " + b"=?utf-8?q??= " * 50_000 + b"MARQUE\r\n\r\nx",
        b"To: " + b"a@b.example, " * 20_000 + b"MARQUE\r\n\r\nx",
        b"To: " + b"(" * 3_000 + b"MARQUE\r\n\r\nx",
        b"Content-Type: text/plain" + b"; a=b" * 20_000 + b"\r\n\r\nMARQUE",
        b'Content-Type: multipart/mixed; boundary="' + b";" * 200_000 + b"\r\n\r\nMARQUE",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 20_000 + b"--b--MARQUE",
        b"Content-Type: text/plain; name*\r\n\r\nMARQUE",
        b"Content-Type: text/plain; name*0*=''\r\n\r\nMARQUE",
        b"Subject: a\rMARQUE\r\n\r\nx",
        b"X-%d: MARQUE\r\n" * 50_000 + b"\r\nx",
        b"MARQUE",
        b": : :\r\n\r\nMARQUE",
        b"\r\n" + (b"begin 644 a\nM" + b"!" * 60 + b"\n") * 10_000 + b"MARQUE",
        b"\r\n" + (b"begin 644 a\n") * 60_000 + b"MARQUE",
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=" * 1_000_000 + base64.b64encode(b"MARQUE"),
        b"\r\n" + base64.b64encode(base64.b64encode(b"a" * 300_000)) + b" MARQUE",
    ],
    ids=lambda raw: repr(raw[:20]),
)
def test_hostile_mail_is_read_or_unread_in_bounded_time(raw: bytes) -> None:
    start = time.perf_counter()

    extraction = extract(raw)

    assert time.perf_counter() - start < 4
    assert "MARQUE" in texts(extraction) or any(u.attachment for u in extraction.unread)
