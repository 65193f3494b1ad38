"""Outlook's messages, as winmail.dat and as .msg, written here from the specifications."""

from __future__ import annotations

import struct
import zlib

import pytest

from extraction_samples import attached, damaged, pdf, reasons, texts, unread, word_of
from hygie_detectors.extraction import Extraction, extract, lzfu
from hygie_detectors.limits import Limits
from ole_samples import compound

PROBES = (
    "DURAND-LEFÈVRE Élodie",
    "279035121518989",
    "Hémoglobine 12,4 g/dL",
    "né le 12/03/1956",
    "hépatite B",
    "IPP 8012345678",
)
LETTER = word_of("<w:p><w:r><w:t>hépatite B</w:t></w:r></w:p>")
STRING8, UNICODE, BINARY, OBJECT = 0x1E, 0x1F, 0x102, 0x0D
UTF8 = (0x3FDE, 3, b"\xe9\xfd\0\0")
"""The property that tells the charset of an HTML body."""
IMESSAGE = bytes.fromhex("0703020000000000c000000000000046")

# Worked examples of MS-OXRTFCP 4.1 and 4.2.
HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
CROSSING = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def stored(rtf: bytes) -> bytes:
    """Return RTF in the form that is called compressed and is not."""
    return struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf


def literal(rtf: bytes) -> bytes:
    """Return RTF compressed, without a single reference but the end mark."""
    out = bytearray()
    for start in range(0, len(rtf), 8):
        group = rtf[start : start + 8]
        out += (b"\0" if len(group) == 8 else bytes([1 << len(group)])) + group
    end = (207 + len(rtf)) % 4096
    out += (b"\1" if len(rtf) % 8 == 0 else b"") + struct.pack(">H", end << 4)
    checksum = zlib.crc32(out, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return struct.pack("<IIII", len(out) + 12, len(rtf), 0x75465A4C, checksum) + bytes(out)


def formatted(text: str) -> bytes:
    return (
        "{\\rtf1\\ansi "
        + "".join(c if c.isascii() else f"\\'{c.encode('cp1252')[0]:02x}" for c in text)
        + "}"
    ).encode()


# -- compressed RTF


def test_the_examples_of_the_specification() -> None:
    assert (b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", True) == lzfu.decompress(HELLO, 1000)
    assert (b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}", True) == lzfu.decompress(CROSSING, 1000)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 4000, 5000, 20_000])
def test_any_size_comes_back(size: int) -> None:
    data = bytes(ord("a") + i * i % 23 for i in range(size))

    assert (data, True) == lzfu.decompress(literal(data), 20_000)
    assert (data, True) == lzfu.decompress(stored(data), 20_000)


@pytest.mark.parametrize("cut", range(0, len(HELLO) - 1, 3))
def test_a_body_that_was_cut_is_not_whole(cut: int) -> None:
    assert not lzfu.decompress(HELLO[:cut], 1000)[1]


def test_a_body_with_a_wrong_checksum_is_not_whole() -> None:
    rtf, whole = lzfu.decompress(HELLO[:12] + b"\0\0\0\0" + HELLO[16:], 1000)

    assert not whole
    assert b"hello world" in rtf


@pytest.mark.parametrize(("bound", "whole"), [(42, False), (43, True), (44, True)])
def test_a_body_is_bounded(bound: int, whole: bool) -> None:
    rtf, complete = lzfu.decompress(HELLO, bound)

    assert whole == complete
    assert min(bound, 43) == len(rtf)


# -- TNEF


def properties(*rows: tuple[int, int, bytes]) -> bytes:
    """Return MAPI properties as TNEF has them."""
    out = struct.pack("<I", len(rows))
    for name, kind, value in rows:
        out += struct.pack("<HH", kind, name)
        if name >= 0x8000:
            label = "champ libre\0".encode("utf-16-le")
            out += bytes(16) + struct.pack("<II", 1, len(label)) + label + bytes(-len(label) % 4)
        if kind in {STRING8, UNICODE, BINARY, OBJECT}:
            out += struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)
        else:
            out += value
    return out


def attribute(name: int, value: bytes, kind: int = 6, level: int = 1) -> bytes:
    head = struct.pack("<BII", level, kind << 16 | name, len(value))
    return head + value + struct.pack("<H", sum(value) & 0xFFFF)


def tnef(*attributes: bytes) -> bytes:
    page = attribute(0x9007, struct.pack("<II", 1252, 0))
    return (
        b"\x78\x9f\x3e\x22\x01\x00"
        + attribute(0x9006, struct.pack("<I", 0x10000), 8)
        + page
        + b"".join(attributes)
    )


def wide(text: str) -> bytes:
    return (text + "\0").encode("utf-16-le")


def tnef_file(*rows: tuple[int, int, bytes], name: str = "bilan.docx", data: bytes = b"") -> bytes:
    begin = attribute(0x9002, bytes(14), level=2)
    title = attribute(0x8010, b"BILAN~1.DOC\0", 1, 2)
    inner = attribute(0x8010 - 1, data, level=2) if data else b""
    return (
        begin + title + inner + attribute(0x9005, properties((0x3707, UNICODE, wide(name)), *rows), level=2)
    )


def winmail(data: bytes, **limits: int) -> Extraction:
    raw = attached(data, "winmail.dat", "application/ms-tnef")
    return extract(raw, Limits(**limits))  # type: ignore[arg-type]  # counts


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize(
    "place",
    [
        lambda t: attribute(0x8004, t.encode("cp1252") + b"\0", 1),
        lambda t: attribute(0x800C, t.encode("cp1252") + b"\0", 2),
        lambda t: attribute(0x9003, properties((0x1000, UNICODE, wide(t)))),
        lambda t: attribute(0x9003, properties((0x1000, STRING8, t.encode("cp1252") + b"\0"))),
        lambda t: attribute(0x9003, properties((0x1013, BINARY, f"<p>{t}</p>".encode()), UTF8)),
        lambda t: attribute(0x9003, properties((0x1009, BINARY, literal(formatted(t))))),
        lambda t: attribute(0x9003, properties((0x8001, UNICODE, wide(t)))),
        lambda t: attribute(0x9003, properties(UTF8, (0x0E04, UNICODE, wide(t)))),
        lambda t: attribute(0x9004, struct.pack("<I", 1) + properties((0x3001, UNICODE, wide(t)))),
        lambda t: tnef_file(name=t.replace("/", "-") + ".docx", data=LETTER),
        lambda t: tnef_file(data=t.encode()),
        lambda t: tnef_file((0x3701, BINARY, t.encode())),
        lambda t: tnef_file((0x3701, OBJECT, IMESSAGE + tnef(attribute(0x800C, t.encode("cp1252"), 2)))),
        lambda t: tnef_file((0x3701, OBJECT, IMESSAGE + tnef(tnef_file(data=t.encode())))),
    ],
)  # fmt: skip
def test_every_place_of_a_tnef_is_read(place, probe: str) -> None:
    extraction = winmail(tnef(place(probe)))

    assert probe.replace("/", "-") in texts(extraction).replace("/", "-")
    assert set() == reasons(extraction)


def test_an_attachment_has_its_long_name_and_is_opened() -> None:
    extraction = winmail(tnef(tnef_file(data=LETTER)))

    assert "1/winmail.dat/bilan.docx" in [p.path for p in extraction.parts]
    assert "hépatite B" in texts(extraction, "1/winmail.dat/bilan.docx")


def test_an_ole_object_in_a_tnef_is_a_part() -> None:
    inner = compound({("Package",): LETTER})
    extraction = winmail(tnef(tnef_file((0x3701, OBJECT, bytes(16) + inner))))

    assert "1/winmail.dat/bilan.docx" in [p.path for p in extraction.parts]


@pytest.mark.parametrize("cut", [1, 3, 40, 200])
def test_a_tnef_that_was_cut_is_corrupt(cut: int) -> None:
    whole = tnef(attribute(0x800C, b"texte\0", 2), tnef_file(data=b"contenu " * 40))
    extraction = winmail(whole[:-cut])

    assert "corrupt" in reasons(extraction)
    assert "texte" in texts(extraction)


def test_a_wrong_checksum_is_corrupt_and_the_rest_is_read() -> None:
    spoilt = attribute(0x8004, b"sujet\0", 1)[:-2] + b"\xff\xff"
    extraction = winmail(tnef(spoilt, attribute(0x800C, b"texte\0", 2)))

    assert {"corrupt"} == reasons(extraction)
    assert "texte" in texts(extraction)


@pytest.mark.parametrize("count", [2**16, 2**32 - 1])
def test_a_tnef_that_lies_on_its_counts_ends_soon(count: int) -> None:
    rows = struct.pack("<IHHII", count, UNICODE, 0x1000, count, 4) + wide("a")
    extraction = winmail(tnef(attribute(0x9003, rows), attribute(0x9004, struct.pack("<I", count))))

    assert {"corrupt"} == reasons(extraction)


@pytest.mark.parametrize(("limit", "reached"), [(2, True), (3, False), (4, False)])
def test_tnef_inside_tnef_is_counted(limit: int, reached: bool) -> None:
    data = tnef(attribute(0x800C, b"texte", 2))
    for _ in range(2):
        data = tnef(tnef_file((0x3701, OBJECT, IMESSAGE + data)))

    assert reached == ("limit:mime_depth_max" in reasons(winmail(data, mime_depth_max=limit)))


# -- .msg


def numbers(header: int, **values: int) -> bytes:
    out = bytes(header)
    for tag, value in values.items():
        out += struct.pack("<HHIQ", 3, int(tag[1:], 16), 6, value)
    return out


def storage(header: int, *rows: tuple[int, int, bytes], **values: int) -> dict[tuple[str, ...], bytes]:
    """Return the streams of one storage of a .msg."""
    streams = {(f"__substg1.0_{name:04X}{kind:04X}",): value for name, kind, value in rows}
    return {("__properties_version1.0",): numbers(header, **values), **streams}


def under(name: str, streams: dict[tuple[str, ...], bytes]) -> dict[tuple[str, ...], bytes]:
    return {(name, *path): data for path, data in streams.items()}


def msg(*rows: tuple[int, int, bytes], embedded: bool = False, **values: int) -> dict[tuple[str, ...], bytes]:
    return storage(24 if embedded else 32, (0x001A, UNICODE, "IPM.Note".encode("utf-16-le")), *rows, **values)


def file_of(*rows: tuple[int, int, bytes], number: int = 0, **values: int) -> dict[tuple[str, ...], bytes]:
    return under(f"__attach_version1.0_#{number:08X}", storage(8, *rows, **{"x3705": 1, **values}))


def nested(streams: dict[tuple[str, ...], bytes]) -> dict[tuple[str, ...], bytes]:
    inner = under("__substg1.0_3701000D", streams)
    row = (0x3001, UNICODE, "transféré".encode("utf-16-le"))
    return {**file_of(row, x3705=5), **under("__attach_version1.0_#00000000", inner)}


def outlook(streams: dict[tuple[str, ...], bytes], **limits: int) -> Extraction:
    raw = attached(compound(streams), "lettre.msg")
    return extract(raw, Limits(**limits))  # type: ignore[arg-type]  # counts


MANY = {("__substg1.0_8006101F",): b"\1\0\0\0"}
"""The lengths of the values of a property with several."""
OBJECT_IN_FILE = ("__attach_version1.0_#00000000", "__substg1.0_3701000D", "CONTENTS")


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize(
    "place",
    [
        lambda t: msg((0x0037, UNICODE, utf16(t))),
        lambda t: msg((0x1000, UNICODE, utf16(t))),
        lambda t: msg((0x1000, STRING8, t.encode("cp1252")), x3FFD=1252),
        lambda t: msg((0x1000, STRING8, t.encode("cp850")), x3FFD=850),
        lambda t: msg((0x1013, BINARY, f"<p>{t}</p>".encode()), x3FDE=65001),
        lambda t: msg((0x1009, BINARY, literal(formatted(t)))),
        lambda t: msg((0x1009, BINARY, stored(formatted(t)))),
        lambda t: msg((0x8005, UNICODE, utf16(t))),
        lambda t: {**msg(), **MANY, ("__substg1.0_8006101F-00000001",): utf16(t)},
        lambda t: {**msg(), **under("__recip_version1.0_#00000000", storage(8, (0x3001, UNICODE, utf16(t))))},
        lambda t: {**msg(), **file_of((0x3707, UNICODE, utf16("a.txt")), (0x3701, BINARY, t.encode()))},
        lambda t: {**msg(), **file_of((0x3707, UNICODE, utf16(t)), (0x3701, BINARY, b"x"))},
        lambda t: {**msg(), **file_of((0x3001, UNICODE, utf16(t)), (0x3701, BINARY, b"x"))},
        lambda t: {**msg(), **nested(msg((0x1000, UNICODE, utf16(t)), embedded=True))},
        lambda t: {**msg(), **nested({**msg(embedded=True), **nested(msg((55, UNICODE, utf16(t))))})},
        lambda t: msg((0x007D, UNICODE, utf16(f"Subject: {t}\r\nReceived: x"))),
        lambda t: {**msg(), **file_of((0x3001, UNICODE, utf16(t)), x3705=6), OBJECT_IN_FILE: pdf("x")},
    ],
)  # fmt: skip
def test_every_place_of_a_msg_is_read(place, probe: str) -> None:
    extraction = outlook(place(probe))

    assert probe.replace("/", " ") in texts(extraction).replace("/", " ")
    assert set() == reasons(extraction)


def test_an_attached_file_is_a_part_under_its_long_name() -> None:
    row = (0x3707, UNICODE, utf16("bilan.docx"))
    extraction = outlook({**msg(), **file_of(row, (0x3701, BINARY, LETTER + b""))})

    assert ["1/lettre.msg", "1/lettre.msg/bilan.docx"] == [p.path for p in extraction.parts[1:]]
    assert "application/vnd.ms-outlook" == extraction.parts[1].media_type
    assert "hépatite B" in texts(extraction, "1/lettre.msg/bilan.docx")


def test_a_large_attachment_comes_back_whole() -> None:
    text = "hépatite B " * 100_000 + "fin"
    extraction = outlook(
        {**msg(), **nested({**msg(embedded=True), **file_of((0x3701, BINARY, text.encode()))})}
    )

    assert text in texts(extraction)


@pytest.mark.parametrize("method", [1, 5, 6])
def test_a_file_that_is_missing_is_corrupt(method: int) -> None:
    extraction = outlook({**msg(), **file_of((0x3707, UNICODE, utf16("a.pdf")), x3705=method)})

    assert {"corrupt"} == reasons(extraction)


def test_a_file_that_is_a_link_is_not_missing() -> None:
    extraction = outlook({**msg(), **file_of((0x3707, UNICODE, utf16("a.pdf")), x3705=7)})

    assert set() == reasons(extraction)
    assert "a.pdf" in texts(extraction)


@pytest.mark.parametrize("keep", [600, 4096, 9000, 0.5, 0.9])
def test_a_msg_that_was_cut_is_corrupt(keep: float) -> None:
    whole = compound(
        {**msg((0x1000, UNICODE, utf16("texte " * 3000))), **file_of((0x3701, BINARY, bytes(50_000)))}
    )
    whole = whole[: int(keep * len(whole)) if keep < 1 else int(keep)]
    if b"_\0_\0p\0r\0o\0p\0" not in whole:
        whole += "__properties_version1.0".encode("utf-16-le")

    assert {"corrupt"} == reasons(extract(attached(whole, "lettre.msg")))


@pytest.mark.parametrize(("limit", "reached"), [(2, True), (3, False), (4, False)])
def test_messages_inside_messages_are_counted(limit: int, reached: bool) -> None:
    streams = msg((0x0037, UNICODE, utf16("sujet")), embedded=True)
    streams = {**msg(), **nested({**msg(embedded=True), **nested(streams)})}

    assert reached == (
        "limit:mime_depth_max" in reasons(outlook(streams, mime_depth_max=limit, archive_depth_max=9))
    )


@pytest.mark.parametrize(("limit", "reached"), [(1, True), (2, False), (3, False)])
def test_attached_files_are_counted(limit: int, reached: bool) -> None:
    streams = {**msg(), **file_of((0x3701, BINARY, b"a")), **file_of((0x3701, BINARY, b"b"), number=1)}

    assert reached == (
        ("1/lettre.msg", "limit:archive_members_max") in unread(outlook(streams, archive_members_max=limit))
    )


def test_a_document_with_a_message_inside_is_no_message_and_the_message_is_read() -> None:
    streams = under("ObjectPool", msg((0x0037, UNICODE, utf16("sujet INCLUS"))))
    extraction = extract(attached(compound({("WordDocument",): bytes(5000), **streams}), "a.doc"))

    assert "application/vnd.ms-outlook" != extraction.parts[1].media_type
    assert "sujet INCLUS" in texts(extraction, "1/a.doc/message.msg")
    assert [("1/a.doc", "unsupported")] == unread(extraction)  # the bytes that say they are Word


@pytest.mark.parametrize("size", [1, 63, 64, 4095, 4096, 4097, 100_000])
def test_an_attached_file_of_any_size_comes_back(size: int) -> None:
    text = "".join(chr(ord("a") + i * 7 % 26) for i in range(size))
    extraction = outlook(
        {**msg(), **nested({**msg(embedded=True), **file_of((0x3701, BINARY, text.encode()))})}
    )

    assert text in [segment.text for segment in extraction.segments]


def test_the_properties_of_many_recipients_are_read() -> None:
    streams = msg()
    for number in range(1500):
        name = (0x3001, UNICODE, utf16(f"destinataire {number}"))
        streams |= under(f"__recip_version1.0_#{number:08X}", storage(8, name))
    extraction = outlook(streams)

    assert "destinataire 0" in texts(extraction)
    assert "destinataire 1499" in texts(extraction)
    assert set() == reasons(extraction)


@pytest.mark.parametrize("place", [("Autre",), ("__attach_version1.0_#00000000", "Autre"), ("X", "Autre")])
def test_a_stream_that_is_none_of_the_message_is_a_part(place: tuple[str, ...]) -> None:
    extraction = outlook({**msg(), **file_of((0x3701, BINARY, b"x")), place: "né le 12/03/1956".encode()})

    assert "né le 12/03/1956" in texts(extraction, "1/lettre.msg/autre")


def test_the_case_of_names_does_not_matter() -> None:
    streams = {
        (*path[:-1], path[-1].upper()): data for path, data in msg((55, UNICODE, utf16("sujet"))).items()
    }

    assert "sujet" in texts(outlook(streams), "1/lettre.msg")


@pytest.mark.parametrize(("limit", "reached"), [(2_999, True), (3_000, False), (3_001, False)])
def test_a_property_is_bounded(limit: int, reached: bool) -> None:
    extraction = outlook(msg((0x1000, STRING8, b"a" * 3_000)), member_max_bytes=limit)

    assert ([("1/lettre.msg", "limit:member_max_bytes")] if reached else []) == unread(extraction)


@pytest.mark.parametrize(("limit", "reached"), [(6_095, True), (6_096, False), (6_097, False)])
def test_all_that_is_read_of_a_message_is_counted(limit: int, reached: bool) -> None:
    """Two files of 3 000 bytes; the class of the message and the numbers take the other 96."""
    files = {**file_of((0x3701, BINARY, b"a" * 3_000)), **file_of((0x3701, BINARY, b"b" * 3_000), number=1)}
    extraction = outlook({**msg(), **files}, expanded_max_bytes=limit)

    assert ({"limit:expanded_max_bytes"} if reached else set()) == reasons(extraction)


@pytest.mark.parametrize("seed", range(300))
def test_damaged_messages_cost_no_reader(seed: int) -> None:
    rows = ((0x8001, UNICODE, wide("a")), (0x1009, BINARY, literal(formatted("texte"))))
    recipients = attribute(0x9004, struct.pack("<I", 1) + properties((0x3001, UNICODE, wide("a"))))
    stream = tnef(recipients, attribute(0x9003, properties(*rows)), tnef_file(data=b"x" * 50))
    file = compound({**msg((0x1000, UNICODE, utf16("texte"))), **nested(msg(embedded=True))})

    for data in (stream, file):
        assert "crash" not in reasons(extract(attached(damaged(data, seed), "piece.bin")))
