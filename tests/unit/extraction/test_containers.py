"""What wraps a message or a file: signatures, OpenPGP, yEnc, digests, fragments, cards, Macintosh files."""

from __future__ import annotations

import base64
import bz2
import json
import struct
import subprocess
import time
import zlib
from pathlib import Path

import pytest

from extraction_samples import attached, damaged, part, pdf, read, reasons, texts, unread
from harness.hygie import COMMAND
from hygie_detectors.extraction import extract
from ole_samples import compound

PROBES = (
    "DURAND-LEFÈVRE Élodie",
    "279035121518989",
    "Hémoglobine 12,4 g/dL",
    "né le 12/03/1956",
    "hépatite B",
    "IPP 8012345678",
)
ALL = "\r\n".join(PROBES)
ENTITY = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{ALL}\r\n".encode()


def found(raw: bytes, **limits: int) -> int:
    """Return how many of the six probes are in the text."""
    text = texts(read(raw, **limits))
    return sum(probe in text for probe in PROBES)


# -- S/MIME


OIDS = {
    "data": bytes.fromhex("06092a864886f70d010701"),
    "signed": bytes.fromhex("06092a864886f70d010702"),
    "compressed": bytes.fromhex("060b2a864886f70d0109100109"),
    "zlib": bytes.fromhex("060b2a864886f70d0109100308"),
}
SEQUENCE, SET, OCTETS, FIRST = 0x30, 0x31, 0x04, 0xA0


def length(size: int) -> bytes:
    return bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3, "big")


def der(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    return bytes([tag]) + length(len(body)) + body


def signed(content: bytes, kind: str = "data") -> bytes:
    encap = der(SEQUENCE, OIDS[kind], der(FIRST, der(OCTETS, content)))
    body = der(SEQUENCE, b"\x02\x01" + (b"\1" if kind == "data" else b"\3"), der(SET), encap, der(SET))
    return der(SEQUENCE, OIDS["signed"], der(FIRST, body))


def indefinite(content: bytes) -> bytes:
    """Return a signature as streaming signers write it: no lengths, the content in pieces."""
    pieces = b"".join(
        b"\x04" + length(len(content[i : i + 50])) + content[i : i + 50] for i in range(0, len(content), 50)
    )
    encap = b"\x30\x80" + OIDS["data"] + b"\xa0\x80\x24\x80" + pieces + bytes(6)
    body = b"\x30\x80\x02\x01\x01\x31\x00" + encap + b"\x31\x00" + bytes(2)
    return b"\x30\x80" + OIDS["signed"] + b"\xa0\x80" + body + bytes(4)


def compressed(content: bytes) -> bytes:
    encap = der(SEQUENCE, OIDS["data"], der(FIRST, der(OCTETS, zlib.compress(content))))
    body = der(SEQUENCE, b"\x02\x01\0", der(SEQUENCE, OIDS["zlib"]), encap)
    return der(SEQUENCE, OIDS["compressed"], der(FIRST, body))


def pem(data: bytes, label: str = "PKCS7") -> bytes:
    lines = base64.b64encode(data)
    body = b"\n".join(lines[i : i + 64] for i in range(0, len(lines), 64))
    return f"-----BEGIN {label}-----\n".encode() + body + f"\n-----END {label}-----\n".encode()


@pytest.mark.parametrize(
    "data",
    [
        signed(ENTITY),
        indefinite(ENTITY),
        pem(signed(ENTITY)),
        pem(signed(ENTITY), "CMS"),
        compressed(ENTITY),
        signed(compressed(ENTITY), "compressed"),
        signed(signed(ENTITY)),
        signed(signed(ENTITY), "signed"),
        signed(attached(ALL.encode(), "note.txt")),
    ],
    ids=["der", "ber", "pem", "cms", "compressed", "signed-compressed", "twice", "typed", "file"],
)
def test_what_is_signed_or_compressed_is_read_inside(data: bytes) -> None:
    raw = attached(data, "smime.p7m", "application/pkcs7-mime")

    assert 6 == found(raw)
    assert set() == reasons(extract(raw))


def test_a_signed_message_is_read_inside() -> None:
    raw = part(
        base64.encodebytes(signed(ENTITY)),
        "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64",
    )

    assert 6 == found(raw)


def test_a_signed_file_is_opened() -> None:
    extraction = extract(attached(signed(pdf("Hemoglobine basse")), "bilan.pdf.p7m"))

    assert "Hemoglobine basse" in texts(extraction, "1/bilan.pdf.p7m/contenu")


@pytest.mark.parametrize("cut", [20, 60, 200])
def test_a_signature_that_was_cut_is_corrupt(cut: int) -> None:
    assert "corrupt" in reasons(extract(attached(signed(ENTITY)[:-cut], "a.p7m")))


def test_what_follows_a_signature_is_read() -> None:
    assert "hépatite B suite" in texts(
        extract(attached(signed(b"x") + "hépatite B suite".encode() * 9, "a.p7m"))
    )


@pytest.mark.parametrize(("limit", "reached"), [(4, True), (5, False), (6, False)])
def test_signatures_inside_signatures_are_counted(limit: int, reached: bool) -> None:
    raw = attached(signed(signed(signed(ENTITY))), "a.p7m")

    assert reached == (
        "limit:mime_depth_max" in reasons(read(raw, mime_depth_max=limit, archive_depth_max=9))
    )


@pytest.mark.parametrize(("limit", "reached"), [(999, True), (1000, False), (1001, False)])
def test_compressed_content_is_bounded(limit: int, reached: bool) -> None:
    extraction = read(attached(compressed(b"a" * 1000), "a.p7m"), member_max_bytes=limit)

    assert reached == ("limit:member_max_bytes" in reasons(extraction))


# -- OpenPGP


def packet(tag: int, body: bytes) -> bytes:
    size = bytes([len(body)]) if len(body) < 192 else b"\xff" + struct.pack(">I", len(body))
    return bytes([0xC0 | tag]) + size + body


def partial(tag: int, body: bytes) -> bytes:
    """Return a packet in pieces of 512 bytes, as a stream is written."""
    out = bytes([0xC0 | tag])
    while len(body) > 512:
        out, body = out + b"\xe9" + body[:512], body[512:]
    return out + b"\xff" + struct.pack(">I", len(body)) + body


def old(tag: int, body: bytes) -> bytes:
    return bytes([0x80 | tag << 2, len(body)]) + body


LITERAL = b"t\x08note.txt" + bytes(4) + ALL.encode()
ONE_PASS = bytes([3, 0, 8, 1]) + bytes(8) + b"\1"


def deflated(data: bytes) -> bytes:
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    return raw.compress(data) + raw.flush()


@pytest.mark.parametrize(
    "data",
    [
        packet(4, ONE_PASS) + packet(11, LITERAL) + packet(2, bytes(40)),
        old(4, ONE_PASS) + old(11, LITERAL),
        b"\xa3\x01" + deflated(old(4, ONE_PASS) + old(11, LITERAL)),
        b"\xa3\x02" + zlib.compress(packet(11, LITERAL)),
        b"\xa3\x03" + bz2.compress(partial(11, LITERAL + b" " * 2000)),
        packet(8, b"\x02" + zlib.compress(packet(11, LITERAL))),
    ],
    ids=["signed", "old", "deflate", "zlib", "bzip2", "new"],
)
@pytest.mark.parametrize("armoured", [False, True])
def test_a_message_that_is_only_signed_is_read_inside(data: bytes, armoured: bool) -> None:
    if armoured:
        data = (
            b"Bonjour\n-----BEGIN PGP MESSAGE-----\nVersion: x\n\n" + base64.encodebytes(data) + b"=AbCd\n"
            b"-----END PGP MESSAGE-----\n"
        )
    raw = attached(data, "message.pgp")

    assert 6 == found(raw)
    assert set() == reasons(extract(raw))


@pytest.mark.parametrize(
    "data",
    [
        packet(1, b"\3" + bytes(20)) + packet(18, b"\1" + bytes(900)),
        b"\x85\x01\x0c\x03" + bytes(268),
        b"\x8c\x0d\x04\x09\x03\x08" + bytes(9) + b"\xd2\x3f" + bytes(63),
    ],
    ids=["key", "cut", "password"],
)
def test_what_is_encrypted_is_said_to_be(data: bytes) -> None:
    assert [("1/a.gpg", "encrypted")] == unread(extract(attached(data, "a.gpg")))


def test_a_clear_signed_text_is_read() -> None:
    signature = "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n"
    text = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{ALL}\n{signature}"
    raw = part(text.encode(), "Content-Type: text/plain; charset=utf-8")

    assert 6 == found(raw)
    assert set() == reasons(extract(raw))


def test_layers_inside_each_other_end() -> None:
    data = packet(11, LITERAL)
    for _ in range(30):
        data = packet(8, b"\x02" + zlib.compress(data))

    assert {"limit:archive_depth_max"} == reasons(extract(attached(data, "a.gpg")))


def test_a_bomb_is_bounded() -> None:
    data = b"\xa3\x02" + zlib.compress(bytes(40 << 20), 9)

    assert {"limit:expansion_ratio_max"} <= reasons(extract(attached(data, "a.gpg")))


# -- yEnc and uuencode


def yenc(name: bytes, data: bytes, *, part_of: tuple[int, int, int] | None = None) -> bytes:
    """Return a yEnc file, or the piece (number, begin, size of the whole) of one."""
    coded = bytearray()
    for byte in data:
        code = (byte + 42) & 255
        coded += bytes([61, (code + 64) & 255]) if code in {0, 10, 13, 61} else bytes([code])
    lines, line = [], bytearray()
    for byte in coded:
        line.append(byte)
        if len(line) >= 128 and byte != 61:
            lines.append(bytes(line))
            line.clear()
    body = b"\r\n".join([*lines, bytes(line)])
    checksum = zlib.crc32(data)
    if part_of is None:
        head, tail = b"=ybegin line=128 size=%d name=%s\r\n" % (len(data), name), b"crc32=%08x" % checksum
    else:
        number, begin, size = part_of
        head = b"=ybegin part=%d total=2 line=128 size=%d name=%s\r\n" % (number, size, name)
        head += b"=ypart begin=%d end=%d\r\n" % (begin, begin + len(data) - 1)
        tail = b"part=%d pcrc32=%08x" % (number, checksum)
    return head + body + b"\r\n=yend size=%d %s\r\n" % (len(data), tail)


EVERY_BYTE = bytes(range(256)) * 8


@pytest.mark.parametrize("where", ["body", "file"])
def test_a_yenc_file_is_opened_and_the_text_around_it_read(where: str) -> None:
    text = "avant hépatite B\r\n".encode() + yenc(b"bilan.pdf", pdf("Hemoglobine basse")) + b"apres\r\n"
    raw = attached(text, "a.txt") if where == "file" else part(
        text, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
    )  # fmt: skip
    extraction = extract(raw)

    assert "Hemoglobine basse" in texts(extraction)
    assert "bilan.pdf" in texts(extraction)
    assert "avant hépatite B" in texts(extraction)
    assert "apres" in texts(extraction)
    assert set() == reasons(extraction)


def test_every_byte_comes_back() -> None:
    extraction = extract(attached(yenc(b"note.txt", ALL.encode()) + yenc(b"x", EVERY_BYTE), "a"))

    assert ALL.replace("\r\n", "\n") == texts(extraction, "1/a/note.txt").partition("\n\n")[2].replace(
        "\r\n", "\n"
    )
    assert [len(EVERY_BYTE)] == [p.size for p in extraction.parts if p.path == "1/a/x"]


def test_pieces_of_one_file_are_joined_and_a_missing_one_is_said() -> None:
    data = ALL.encode()
    first = yenc(b"n.txt", data[:70], part_of=(1, 1, len(data)))
    second = yenc(b"n.txt", data[70:], part_of=(2, 71, len(data)))

    assert 6 == found(attached(second + first, "a"))
    assert set() == reasons(extract(attached(second + first, "a")))
    assert {"unsupported"} == reasons(extract(attached(first, "a")))
    assert PROBES[0] in texts(extract(attached(first, "a")))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.replace(b"crc32=", b"crc32=1"),
        lambda d: d[: d.rfind(b"=yend")],
        lambda d: d.replace(b"size=", b"size=9"),
    ],
)  # fmt: skip
def test_a_damaged_yenc_file_is_corrupt_and_read(change) -> None:
    raw = attached(change(yenc(b"note.txt", ALL.encode())), "a")

    assert "corrupt" in reasons(extract(raw))
    assert 6 == found(raw)


def test_many_beginnings_take_linear_time() -> None:
    start = time.perf_counter()
    read(attached(b"=ybegin line=128 size=9 name=a\r\n" * 60_000, "a"))

    assert time.perf_counter() - start < 5


# -- digests and fragments


def test_a_digest_is_read_message_by_message() -> None:
    inner = (
        f"Subject: =?utf-8?Q?h=C3=A9patite?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{ALL}".encode()
    )
    raw = b"MIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n" + inner
    raw += b"\r\n--b\r\n\r\nSubject: deux\r\n\r\nsecond\r\n--b--\r\n"
    extraction = extract(raw)

    assert 6 == found(raw)
    assert "second" in texts(extraction, "2.1")
    assert "hépatite" in texts(extraction, "1")
    assert set() == reasons(extraction)


def test_a_fragment_is_unsupported_and_its_piece_is_text() -> None:
    head = "MIME-Version: 1.0\r\nContent-Type: message/partial; id=a; number=2; total=3\r\n\r\n"
    raw = (head + ALL).encode()

    assert 6 == found(raw)
    assert ("1", "unsupported") in unread(extract(raw))


# -- calendars and cards

CARD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:DURAND-LEF=C3=88VRE =C3=89lodie;;;\r\n"
    "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:h=E9pa=\r\ntite B=0D=0A"
    "H=E9moglobine=\r\n 12,4 g/dL\r\n"
    "X-NIR:2790351215\r\n 18989\r\nTITLE:n\u00e9 le 12/03/1956\\, suite\r\n"
    "X-IPP;QUOTED-PRINTABLE:IPP 8012=\r\n345678\r\n"
    "END:VCARD\r\n"
)


@pytest.mark.parametrize(
    "media_type", ["text/vcard", "text/x-vcard", "application/octet-stream", "text/plain"]
)
def test_every_way_to_write_a_value_of_a_card_is_undone(media_type: str) -> None:
    raw = attached(CARD.encode(), "contact.vcf", media_type)

    assert 6 == found(raw)
    assert set() == reasons(extract(raw))


def test_guests_and_summaries_of_a_calendar_are_read() -> None:
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", f'ATTENDEE;CN="{PROBES[0]}":mailto:a@b.example']
    lines += [
        f"SUMMARY:{PROBES[2][:5]}\r\n {PROBES[2][5:].replace(',', chr(92) + ',')}",
        f"DESCRIPTION:{PROBES[1]}\\n{PROBES[3]}",
    ]
    lines += [
        f"LOCATION:{PROBES[4]}",
        f"X-ALT-DESC;FMTTYPE=text/html:<p>{PROBES[5]}</p>",
        "END:VEVENT",
        "END:VCALENDAR",
    ]

    assert 6 == found(attached("\r\n".join(lines).encode(), "a.ics", "text/calendar"))


def folded(data: bytes, first: str) -> str:
    written = base64.b64encode(data).decode()
    return first + "\r\n ".join(written[i : i + 72] for i in range(0, len(written), 72)) + "\r\n"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("ATTACH;FMTTYPE=application/pdf;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=bilan.pdf:", "bilan.pdf"),
        ('ATTACH;VALUE=BINARY;ENCODING=BASE64;FILENAME="bilan 1.pdf":', "bilan 1.pdf"),
        ("PHOTO;ENCODING=b;TYPE=PDF:", "photo"),
        ("item1.KEY;BASE64:", "key"),
        ("PHOTO:data:application/pdf;base64,", "base64-1"),
    ],
)
@pytest.mark.parametrize("fold", [True, False])
def test_a_file_in_a_card_is_a_part(line: str, name: str, fold: bool) -> None:
    content = folded(pdf("Hemoglobine basse"), line)
    if not fold:
        content = content.replace("\r\n ", "" if "data:" in line else "\r\n")
    extraction = extract(attached(f"BEGIN:VCARD\r\n{content}FN:x\r\nEND:VCARD\r\n".encode(), "a.vcf"))

    assert "Hemoglobine basse" in texts(extraction, f"1/a.vcf/{name}")
    assert "FN:x" in texts(extraction)
    assert set() == reasons(extraction)


def test_base64_that_is_none_stays_text() -> None:
    extraction = extract(
        attached("BEGIN:VCARD\r\nPHOTO;ENCODING=B:hépatite B!\r\nEND:VCARD".encode(), "a.vcf")
    )

    assert "hépatite B!" in texts(extraction)
    assert {"corrupt"} <= reasons(extraction)


@pytest.mark.parametrize(
    "line", ["NOTE;ENCODING=QUOTED-PRINTABLE:=\r\n", "PHOTO;ENCODING=B:AAAA\r\n", 'A;B;C="', "\r\n "]
)
def test_hostile_cards_take_linear_time(line: str) -> None:
    start = time.perf_counter()
    extraction = read(attached(("BEGIN:VCARD\r\n" + line * 60_000).encode(), "a.vcf"))

    assert time.perf_counter() - start < 5
    assert "crash" not in reasons(extraction)


# -- Macintosh


def apple(entries: dict[int, bytes], magic: int = 0x00051607) -> bytes:
    position = 26 + 12 * len(entries)
    table, body = b"", b""
    for kind, data in entries.items():
        table += struct.pack(">III", kind, position + len(body), len(data))
        body += data
    return struct.pack(">II16sH", magic, 0x00020000, b"Mac OS X", len(entries)) + table + body


EMPTY_FORK = (
    struct.pack(">IIII", 256, 256, 0, 30) + bytes(240) + bytes(24) + struct.pack(">HH", 28, 30) + b"\xff\xff"
)


def test_what_lies_beside_a_macintosh_file_is_read() -> None:
    finder = bytes(32) + b"ATTR" + "https://hopital.example/hépatite B".encode()
    data = apple({9: finder, 3: "né le 12/03/1956".encode("mac-roman"), 4: b"IPP 8012345678", 2: EMPTY_FORK})
    raw = attached(data, "._bilan.pdf", "application/applefile")

    assert 3 == found(raw)
    assert set() == reasons(extract(raw))


def test_both_parts_of_an_appledouble_are_read() -> None:
    fork = base64.encodebytes(apple({2: EMPTY_FORK})).decode()
    raw = (
        "MIME-Version: 1.0\r\nContent-Type: multipart/appledouble; boundary=b\r\n\r\n--b\r\n"
        f"Content-Type: application/applefile; name=a\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{fork}\r\n--b\r\n"
        f"Content-Type: text/plain; charset=utf-8; name=a.txt\r\n\r\n{ALL}\r\n--b--\r\n"
    ).encode()

    assert 6 == found(raw)
    assert set() == reasons(extract(raw))


def test_the_data_fork_of_an_applesingle_is_a_part() -> None:
    data = apple({3: b"bilan.pdf", 1: pdf("Hemoglobine basse")}, 0x00051600)

    assert "Hemoglobine basse" in texts(extract(attached(data, "a.bin")), "1/a.bin/bilan.pdf")


def test_resources_are_unsupported_and_what_is_written_in_them_is_text() -> None:
    fork = struct.pack(">IIII", 256, 300, 44, 30) + bytes(240) + b"hepatite B dans une ressource" + bytes(60)

    assert {"unsupported"} == reasons(extract(attached(apple({2: fork}), "a.bin")))
    assert "hepatite B dans une ressource" in texts(extract(attached(apple({2: fork}), "a.bin")))


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_macintosh_file_that_was_cut_is_corrupt(cut: int) -> None:
    data = apple({3: b"bilan.pdf", 1: b"contenu " * 9}, 0x00051600)

    assert "corrupt" in reasons(extract(attached(data[:-cut], "a.bin")))


@pytest.mark.parametrize("seed", range(200))
def test_damaged_containers_cost_no_reader(seed: int) -> None:
    message = packet(4, ONE_PASS) + partial(11, LITERAL * 9)
    packed = packet(8, b"\x02" + zlib.compress(packet(11, LITERAL)))
    macintosh = apple({3: b"n.txt", 1: ALL.encode(), 2: EMPTY_FORK}, 0x00051600)
    written = (yenc(b"n.txt", ALL.encode()), CARD.encode())

    for data in (
        signed(ENTITY),
        indefinite(ENTITY),
        compressed(ENTITY),
        message,
        packed,
        macintosh,
        *written,
    ):
        assert "crash" not in reasons(extract(attached(damaged(data, seed), "piece.bin")))


def test_all_of_them_are_read_in_a_worker(tmp_path: Path) -> None:
    """Without files, network and threads: what a library needs later, it must have loaded before the fork."""
    files = {
        "a.p7m": signed(ENTITY),
        "a.gpg": b"\xa3\x03" + bz2.compress(packet(11, LITERAL)),
        "a.txt": yenc(b"n.txt", ALL.encode()),
        "a.vcf": CARD.encode(),
        "a.bin": apple({3: b"n.txt", 1: ALL.encode()}, 0x00051600),
        "a.msg": compound(
            {("__properties_version1.0",): bytes(32), ("__substg1.0_1000001E",): ALL.encode("cp1252")}
        ),
        "a.rtf": b"{\\rtf1 " + "\\par ".join(PROBES).encode("cp1252") + b"}",
        "winmail.dat": b"\x78\x9f\x3e\x22\1\0" + winmail_body(ALL.encode("cp1252")),
    }
    for name, data in files.items():
        (tmp_path / f"{name}.eml").write_bytes(attached(data, name))
    (tmp_path / "hygie.yaml").write_text("milter: {socket: 'unix:/nowhere/hygie.sock'}\n")

    done = subprocess.run(
        [COMMAND, "scan", "--config", tmp_path / "hygie.yaml", "--jsonl", *sorted(tmp_path.glob("*.eml"))],
        capture_output=True,
        check=False,
        timeout=120,
    )
    reports = [json.loads(line) for line in done.stdout.splitlines()]

    assert len(files) == len(reports)
    assert [[]] * len(files) == [report["unread"] for report in reports]
    assert [] == [r["source"] for r in reports if "nir" not in {found["kind"] for found in r["findings"]}]


def winmail_body(text: bytes) -> bytes:
    head = struct.pack("<BII", 1, 0x0002800C, len(text))
    return head + text + struct.pack("<H", sum(text) & 0xFFFF)
