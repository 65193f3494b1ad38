"""Whatever the bytes: ``extract`` answers, and no part with bytes is passed over in silence."""

from __future__ import annotations

import functools

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from extraction_samples import archive, attached, odt, part, pdf, word
from fuzz.oracle import Reading, look, structure
from hygie_detectors.extraction import extract
from hygie_detectors.extraction.dispatch import ROOT
from hygie_detectors.extraction.walk import Item

LIMITED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@functools.cache
def seeds() -> tuple[bytes, ...]:
    return (
        pdf("Bonjour", "Page deux"),
        word("Bonjour", table=[["Hb", "12,9"]]),
        odt("<text:p xmlns:text='urn:t'>Bonjour</text:p>"),
        archive({"a.txt": b"bonjour"}),
        b"<?xml version='1.0'?><a b='c'><d>Bonjour</d></a>",
        b"<html><p>Bonjour<table><tr><td>1</td></tr></table>",
        attached(b"bonjour", "a.txt"),
        b"MSH|^~\\&|A|B\rPID|1||1\r",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        rb"{\rtf1 Bonjour\'e9}",
        b"\0" * 128 + b"DICM\x02\0\0\0UL\x04\0\0\0\0\0",
    )


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return a good file with some bytes changed, cut out or repeated."""
    data = bytearray(draw(st.sampled_from(seeds())))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.integers(0, 2)):
            case 0:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=3))
            case 1:
                del data[at : at + draw(st.integers(1, 200))]
            case _:
                data[at:at] = data[at : at + draw(st.integers(1, 200))]
    return bytes(data)


HEADERS = st.sampled_from(
    [
        "Content-Type: text/plain",
        "Content-Type: text/plain; charset=utf-16",
        "Content-Type: text/html; charset=utf-7",
        "Content-Type: application/octet-stream",
        "Content-Type: multipart/mixed; boundary=limite",
        "Content-Type: message/rfc822",
        "Content-Type: message/delivery-status",
        "Content-Type: application/pdf; name*=x''%",
        "Content-Transfer-Encoding: base64\r\nContent-Type: text/html",
        "Content-Transfer-Encoding: base64\r\nContent-Type: message/rfc822",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Transfer-Encoding: x-uuencode",
        "Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=limite",
    ]
)


def check(raw: bytes) -> Reading:
    """Read a message: every part with bytes has text, an unread, or parts inside; nothing raises."""
    reading = look(Item(ROOT, raw, declared="message/rfc822"))

    assert [] == [*reading.raised, *structure(reading)]
    return reading


@LIMITED
@given(st.binary(max_size=600))
def test_any_bytes_are_a_message(raw: bytes) -> None:
    check(raw)


@LIMITED
@given(damaged(), HEADERS)
def test_any_part(data: bytes, headers: str) -> None:
    check(part(data, headers))


@LIMITED
@given(damaged(), st.text(max_size=40))
@example(b" ", "")
@example(b"\xc2\xa0\n", "")
def test_any_attachment(data: bytes, name: str) -> None:
    reading = check(attached(data, name.encode("utf-8", "replace").decode()))

    extraction = reading.extraction
    attachment = extraction.parts[1]
    answered = {s.part.split("#", 1)[0] for s in extraction.segments if s.source != "name"}
    answered |= {u.part.split("#", 1)[0] for u in extraction.unread}
    inside = any(p.path.startswith(attachment.path + "/") for p in extraction.parts)
    assert attachment.path in answered or inside or attachment.path in reading.blank or not data


@LIMITED
@given(damaged(), damaged())
def test_the_same_bytes_give_the_same_answer(first: bytes, second: bytes) -> None:
    raw = attached(first + second, "a.bin")

    assert extract(raw) == extract(raw)
