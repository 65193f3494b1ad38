"""Archives of every kind: each member read with its name, hostile ones bounded, none silent.

Fixtures are written by zipfile, tarfile and libarchive. What those cannot write (encrypted 7z, Deflate64,
PPMd) was written by 7-Zip 26, the cabinet by gcab 1.5, and is kept here; RAR is put together by hand,
stored, after the published format.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import os
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib

import libarchive
import pytest
import zstandard

from extraction_samples import archive, attached, pdf, read, reasons, texts, unread, word
from harness.hostile.archives import nested, overlapping, zeros
from hygie_detectors.extraction import extract
from hygie_detectors.extraction.members import decode_name
from hygie_detectors.limits import MIB

PROBES = (
    "DURAND-LEFÈVRE Élodie",
    "279035121518989",
    "Hémoglobine 12,4 g/dL",
    "né le 12/03/1956",
    "hépatite B",
    "IPP 8012345678",
)
TEXT = "\n".join(PROBES).encode()
NAME = "dossier/Relevé DURAND-LEFÈVRE.txt"


def opened(data: bytes, name: str = "envoi", **limits: int):
    return read(attached(data, name), **limits)


def everything(extraction) -> list[str]:
    return [probe for probe in PROBES if probe in texts(extraction)]


def tar(members: dict[str, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode, format=form) as file:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))
    return target.getvalue()


def packed(members: dict[str, bytes], kind: str, layer: str | None = None) -> bytes:
    """Return an archive written by libarchive."""
    target = io.BytesIO()
    with libarchive.custom_writer(lambda block: target.write(block) and len(block), kind, layer) as file:
        for name, data in members.items():
            file.add_file_from_memory(name, len(data), data)
    return target.getvalue()


def stored_rar5(name: str, data: bytes) -> bytes:
    def block(*fields: bytes, content: bytes = b"") -> bytes:
        header = b"".join(fields)
        header = number(len(header)) + header
        return struct.pack("<I", zlib.crc32(header)) + header + content

    def number(value: int) -> bytes:
        out = b""
        while value > 127:
            out += bytes([value & 127 | 128])
            value >>= 7
        return out + bytes([value])

    raw = name.encode()
    member = block(
        *(number(2), number(2), number(len(data)), number(4), number(len(data)), number(0o100644)),
        *(struct.pack("<I", zlib.crc32(data)), number(0), number(1), number(len(raw)), raw),
        content=data,
    )
    main, end = block(number(1), number(0), number(0)), block(number(5), number(0), number(0))
    return b"Rar!\x1a\x07\x01\x00" + main + member + end


def stored_rar4(name: str, data: bytes) -> bytes:
    def block(kind: int, flags: int, body: bytes) -> bytes:
        header = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(header) & 0xFFFF) + header

    raw = name.encode("ascii")
    size = len(data)
    fields = struct.pack("<IIBIIBBHI", size, size, 3, zlib.crc32(data), 0, 20, 0x30, len(raw), 0o100644)
    member = block(0x74, 0x8000, fields + raw) + data
    return b"Rar!\x1a\x07\x00" + block(0x73, 0, bytes(6)) + member + block(0x7B, 0x4000, b"")


def compress_z(data: bytes) -> bytes:
    """Return what ``compress`` makes of a short text: 9-bit codes, one a byte."""
    bits = 0
    for position, byte in enumerate(data[:250]):
        bits |= byte << (9 * position)
    return b"\x1f\x9d\x90" + bits.to_bytes((9 * min(len(data), 250) + 7) // 8, "little")


MEMBERS = {NAME: TEXT}
ARCHIVES = {
    "zip": archive(MEMBERS),
    "zip stored": archive(MEMBERS, zipfile.ZIP_STORED),
    "zip bzip2": archive(MEMBERS, zipfile.ZIP_BZIP2),
    "zip lzma": archive(MEMBERS, zipfile.ZIP_LZMA),
    "zip streamed": packed(MEMBERS, "zip"),
    "7z": packed(MEMBERS, "7zip"),
    "iso": packed(MEMBERS, "iso9660"),
    "tar": tar(MEMBERS),
    "tar gnu": tar(MEMBERS, form=tarfile.GNU_FORMAT),
    "tar v7": packed(MEMBERS, "v7tar"),
    "tar.gz": tar(MEMBERS, "w:gz"),
    "tar.bz2": tar(MEMBERS, "w:bz2"),
    "tar.xz": tar(MEMBERS, "w:xz"),
    "tar.zst": packed(MEMBERS, "ustar", "zstd"),
    "tar.lz4": packed(MEMBERS, "ustar", "lz4"),
    "tar.lz": packed(MEMBERS, "ustar", "lzip"),
    "tar.lzma": packed(MEMBERS, "ustar", "lzma"),
    "tar.Z": packed(MEMBERS, "ustar", "compress"),
    "rar5": stored_rar5(NAME, TEXT),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_member_is_a_part_and_its_name_is_text(kind: str) -> None:
    extraction = opened(ARCHIVES[kind])

    assert [] == unread(extraction)
    assert list(PROBES) == everything(extraction)
    assert "1/envoi/dossier_Relevé DURAND-LEFÈVRE.txt" in [p.path for p in extraction.parts]
    assert "Relevé DURAND-LEFÈVRE" in "\n".join(s.text for s in extraction.segments if s.source == "name")


def test_a_rar_of_the_old_format_is_read() -> None:
    extraction = opened(stored_rar4("a.txt", TEXT))

    assert [] == unread(extraction)
    assert list(PROBES) == everything(extraction)
    assert "1/envoi/a.txt" == extraction.parts[-1].path


SINGLE = {
    "gz": gzip.compress(TEXT),
    "bz2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "lzma": lzma.compress(TEXT, lzma.FORMAT_ALONE),
    "gz in two": gzip.compress(TEXT[:40]) + gzip.compress(TEXT[40:]),
    "gz of gz": gzip.compress(gzip.compress(TEXT)),
    "Z": compress_z(TEXT),
}


@pytest.mark.parametrize("kind", SINGLE)
def test_a_compressed_file_is_read_and_named_after_its_container(kind: str) -> None:
    extraction = opened(SINGLE[kind], "lettre.txt.gz")

    assert [] == unread(extraction)
    assert list(PROBES) == everything(extraction)
    assert "1/lettre.txt.gz/lettre.txt" == extraction.parts[-1].path


COMPRESSORS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "xz in two": lambda data: lzma.compress(data[:40]) + lzma.compress(data[40:]),
    "zst": zstandard.compress,
    "zst with checksum": zstandard.ZstdCompressor(write_checksum=True, write_content_size=False).compress,
}


@pytest.mark.parametrize("before", [b"", os.urandom(300_000).hex().encode()], ids=["small", "large"])
@pytest.mark.parametrize("kind", COMPRESSORS)
def test_text_before_and_behind_the_end_of_a_compressed_file_is_read(kind: str, before: bytes) -> None:
    """libarchive loses the last block, or all of a small file, when anything lies behind an xz or zst."""
    whole = COMPRESSORS[kind](before + b"\n" + TEXT)
    for tail in (b"fin du secret " * 10, bytes(600) + b"fin du secret " * 10, b"fin du secret"):
        extraction = opened(whole + tail, "a")

        assert list(PROBES) == everything(extraction)
        assert "fin du secret" in texts(extraction)
        assert set() == reasons(extraction)


@pytest.mark.parametrize("kind", ["xz", "zst"])
def test_what_lies_behind_a_compressed_tar_is_read(kind: str) -> None:
    extraction = opened(ARCHIVES[f"tar.{kind}"] + b"fin du secret " * 10, "a")

    assert "fin du secret" in texts(extraction)
    assert list(PROBES) == everything(extraction)


@pytest.mark.parametrize("data", [lzma.compress(TEXT), zstandard.compress(TEXT)], ids=["xz", "zst"])
def test_noise_behind_a_compressed_file_is_unread(data: bytes) -> None:
    extraction = opened(data + bytes(range(128, 256)) * 3, "a")

    assert list(PROBES) == everything(extraction)
    assert [("1/a/suite", "unsupported")] == unread(extraction)


def test_a_zst_in_frames_with_their_lengths_between_is_read() -> None:
    between = b"\x50\x2a\x4d\x18\x04\0\0\0\x99\0\0\0"
    data = zstandard.compress(TEXT[:40]) + between + zstandard.compress(TEXT[40:])

    assert list(PROBES) == everything(opened(data, "a"))
    assert set() == reasons(opened(data, "a"))


@pytest.mark.parametrize("cut", [8, 12, 30])
def test_a_stream_that_breaks_off_before_its_end_is_corrupt(cut: int) -> None:
    for data in (lzma.compress(TEXT), zstandard.compress(TEXT)):
        assert {"corrupt"} == reasons(opened(data[:-cut], "a"))


def test_a_long_comment_and_the_extra_field_of_a_gzip_header_are_text() -> None:
    data = gzip.compress(TEXT)
    extra, comment = b"XX\x0f\0IPP: 8012345678", b"mot " * 20_000 + "né le 12/03/1956".encode()
    head = data[:3] + bytes([4 | 16]) + data[4:10] + struct.pack("<H", len(extra)) + extra

    found = texts(opened(head + comment + b"\0" + data[10:], "a.gz"), "1/a.gz")

    assert "8012345678" in found
    assert "né le 12/03/1956" in found


def test_the_names_in_a_gzip_header_are_text() -> None:
    data = gzip.compress(TEXT)
    named = data[:3] + b"\x18" + data[4:10] + "Élodie.txt".encode() + b"\0un mot\0" + data[10:]

    extraction = opened(named, "a.gz")

    assert "Élodie.txt\nun mot" in texts(extraction, "1/a.gz")
    assert "1/a.gz/Élodie.txt" == extraction.parts[-1].path


SEVEN_ZIP = {
    "7z, data": (
        "N3q8ryccAARKEX/gIAAAAAAAAAByAAAAAAAAANNXUkdntE5/qttnzxMdE/KToQLqQkDJ1YSG9LZonuxBirRNmgEEBgABCSAABwsBAAIk"
        "BvEHARJTD9c7gdK/IlD3yFV05cZGXschIQEAAQAMIBwACAoBdTEXPwAABQEZAQARFwBSAGUAbABlAHYA6QAuAHQAeAB0AAAAGQQAAAAA"
        "FAoBAIjaGeUNfN0BFQYBACCApIEAAA=="
    ),
    "7z, header": (
        "N3q8ryccAAQkZayzoAAAAAAAAAAvAAAAAAAAAAcnk/o28NVn3OJkZM4IIZauMmtVsyIRQV/nZmLFFfccxoxIXBN2lvMqlZ3WePY2tXz5"
        "L+72nv3fWaISSJD1998+ofpAJ10rrOya5JtZGgBicPmoKbtuTMoe+C5sDoJraROHfUBSIV7D3X/ML8ih/DzjSKaFN4n4mwlw8FWPQH7d"
        "zwVgMRuQaYnl5+GhOpu3NX+nIHpNe4bO7E27rOxvUCpsEny9FwYgAQmAgAAHCwEAASQG8QcBElMPW0d/LFnasxzCIPqJRYshzQxyCgHw"
        "8lGuAAA="
    ),
    "zip, Deflate64": (
        "UEsDBBUAAAAJAEtieF3aRVDENgAAADACAAAIAAAAZ3Jvcy50eHTlySsVACAMAEBPigVA8Gcah1sFBO+BQ6wUOShGgEXY2VvvnsGbJzQL"
        "nQjQ+RBTLhWN+lN/8j5QSwECPwMVAAAACQBLYnhd2kVQxDYAAAAwAgAACAAkAAAAAAAAACCApIEAAAAAZ3Jvcy50eHQKACAAAAAAAAEA"
        "GABwySTlDXzdAQAAAAAAAAAAAAAAAAAAAABQSwUGAAAAAAEAAQBaAAAAXAAAAAAA"
    ),
    "zip, PPMd": (
        "UEsDBD8AAABiAEtieF3aRVDEKgAAADACAAAIAAAAZ3Jvcy50eHQHAGhbeJr2SzJ3YnJeOMcNOsWA77jmHeslUs8J8fGxPWcAAAAECvCM"
        "AABQSwECPwM/AAAAYgBLYnhd2kVQxCoAAAAwAgAACAAkAAAAAAAAACCApIEAAAAAZ3Jvcy50eHQKACAAAAAAAAEAGABwySTlDXzdAQAA"
        "AAAAAAAAAAAAAAAAAABQSwUGAAAAAAEAAQBaAAAAUAAAAAAA"
    ),
    "7z, Deflate64": (
        "N3q8ryccAASIjpB0NgAAAAAAAABaAAAAAAAAALnL89vlySsVACAMAEBPigVA8Gcah1sFBO+BQ6wUOShGgEXY2VvvnsGbJzQLnQjQ+RBT"
        "LhWN+lN/8j4BBAYAAQk2AAcLAQABAwQBCQyCMAAICgHaRVDEAAAFARkLAAAAAAAAAAAAAAAREwBnAHIAbwBzAC4AdAB4AHQAAAAZABQK"
        "AQBwySTlDXzdARUGAQAggKSBAAA="
    ),
    "cab": (
        "TVNDRgAAAABwAAAAAAAAACwAAAAAAAAAAwEBAAEAAAAAAAAASAAAAAEAAQAcAAAAAAAAAAAAeF1KYqAAUmVsZXbDqS50eHQAz6Xb2CAA"
        "HABDS8s4vLIgsSSzJFXBSUfBMyBAwcLA0MjYxNTM3IILAA=="
    ),
}


@pytest.mark.parametrize(
    ("kind", "expected", "name", "content"),
    [
        ("7z, data", [("1/envoi", "encrypted")], "Relevé.txt", ""),
        ("7z, header", [("1/envoi", "encrypted")], "", ""),
        ("zip, Deflate64", [("1/envoi#gros.txt", "unsupported")], "gros.txt", ""),
        ("zip, PPMd", [], "gros.txt", "hépatite B, IPP 8012345678"),
        ("7z, Deflate64", [("1/envoi", "unsupported")], "gros.txt", ""),
        ("cab", [], "Relevé.txt", "hépatite B, IPP 8012345678"),
    ],
)
def test_what_other_programs_write(kind: str, expected: list, name: str, content: str) -> None:
    extraction = opened(base64.b64decode(SEVEN_ZIP[kind]))

    assert expected == unread(extraction)
    assert name in texts(extraction)
    assert content in texts(extraction)


def test_archives_office_files_mail_and_pdf_inside_are_walked() -> None:
    letter = attached(pdf("Dans la lettre"), "lettre.pdf")
    inner = packed({"courrier.eml": letter, "note.docx": word("Dans la note")}, "7zip")

    extraction = opened(archive({"un/deux.tgz": tar({"trois.7z": inner}, "w:gz")}), "a.zip")

    assert {"unsupported"} >= reasons(extraction)  # the thumbnail of the docx
    assert "Dans la note" in texts(extraction, "1/a.zip/un_deux.tgz/trois.7z/note.docx")
    assert "Dans la lettre" in texts(extraction)


def test_folders_links_and_devices_are_names_only() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as file:
        for name, kind, link in (
            ("dossier DURAND", tarfile.DIRTYPE, ""),
            ("lien", tarfile.SYMTYPE, "../vers/LEFEVRE"),
            ("disque", tarfile.BLKTYPE, ""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            file.addfile(member)

    extraction = opened(target.getvalue())

    assert [] == unread(extraction)
    assert ["headers", "1/envoi"] == [p.path for p in extraction.parts]
    for words in ("dossier DURAND", "lien", "LEFEVRE", "disque"):
        assert words in texts(extraction)


def test_member_names_keep_their_accents_in_any_locale() -> None:
    code = (
        "import sys; from extraction_samples import attached, read, texts\n"
        "sys.exit('Relevé DURAND-LEFÈVRE' not in texts(read(attached(sys.stdin.buffer.read(), 'a.7z'))))"
    )
    env = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": "tests", "PYTHONUTF8": "1"}

    done = subprocess.run(
        [sys.executable, "-c", code], input=ARCHIVES["7z"], env=env, check=False, capture_output=True
    )

    assert (0, b"") == (done.returncode, done.stderr)


@pytest.mark.parametrize("code", ["utf-8", "cp850", "cp1252"])
@pytest.mark.parametrize("name", ["Relevé.txt", "DURAND-LEFÈVRE Élodie.pdf", "Noël à Ténès.doc", "plain.txt"])
def test_names_of_old_archives_are_french(name: str, code: str) -> None:
    assert name == decode_name(name.encode(code))


# --- zip: what the directory says and what is there -----------------------------------------------------


def without_directory_entry(data: bytes, number: int) -> bytes:
    """Return a zip whose directory leaves one member out."""
    starts = [place for place in range(len(data)) if data.startswith(b"PK\x01\x02", place)]
    end = data.index(b"PK\x05\x06")
    limits = [*starts, end]
    record = bytearray(data[end:])
    left = limits[number + 1] - limits[number]
    count = len(starts) - 1
    struct.pack_into("<HHI", record, 8, count, count, end - starts[0] - left)
    return data[: limits[number]] + data[limits[number + 1] : end] + bytes(record)


THREE = archive({"a.txt": b"premier", "secret.txt": TEXT, "c.txt": b"dernier"})
ONE = archive({"secret.txt": TEXT})


def lying(data: bytes) -> bytes:
    """Return a zip that says its only member expands to ten bytes."""
    place = data.index(b"PK\x01\x02") + 24
    return data[:22] + struct.pack("<I", 10) + data[26:place] + struct.pack("<I", 10) + data[place + 4 :]


@pytest.mark.parametrize(
    "data",
    [
        *(without_directory_entry(THREE, number) for number in range(3)),
        lying(ONE),
        ONE + archive({"b.txt": b"suite"}),
        archive({"b.txt": b"suite"}) + ONE,
        ONE + b"PK\x05\x06" + bytes(18),
        ONE + b"x" * 70_000,
        ONE + b"\0" * 70_000,
        archive({"a": b""}) + TEXT,
        archive({"a": b"b"})[:-22] + TEXT * 4 + archive({"a": b"b"})[-22:],
        archive({"a.txt": b"b"}, zipfile.ZIP_STORED).replace(b"a.txtb", b"a.txtb" + TEXT),
    ],
)
def test_nothing_in_a_zip_hides_from_its_directory(data: bytes) -> None:
    assert list(PROBES) == everything(opened(data)) or reasons(opened(data))


def test_members_left_out_of_the_directory_are_read() -> None:
    for number in range(3):
        extraction = opened(without_directory_entry(THREE, number))
        assert [] == unread(extraction)
        assert list(PROBES) == everything(extraction)
        assert {"premier", "dernier"} <= set(texts(extraction).split())


def test_what_lies_behind_an_archive_is_a_part() -> None:
    for data in (ONE, tar({"a": b"b"}, "w:gz"), packed({"a": b"b"}, "7zip")):
        assert "fin du secret" in texts(opened(data + b"fin du secret " * 10), "1/envoi/suite")
        assert list(PROBES) == everything(opened(data + ARCHIVES["7z"]))


def test_a_second_tar_behind_the_first_is_read() -> None:
    both = tar({"a": b"b"}) + tar(MEMBERS)

    assert list(PROBES) == everything(opened(both))
    assert list(PROBES) == everything(opened(gzip.compress(both)))


def test_bytes_before_a_zip_are_unsupported_and_its_members_read() -> None:
    extraction = opened(b"MZ" + b"\x90\0\3" * 2000 + ONE)

    assert [("1/envoi", "unsupported")] == unread(extraction)
    assert list(PROBES) == everything(extraction)


def test_members_of_the_same_name_are_both_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr("a.txt", "un")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("a.txt", "deux")

    extraction = opened(target.getvalue(), "z")

    assert "un" in texts(extraction, "1/z/a.txt").split()
    assert "deux" in texts(extraction, "1/z/a.txt~2").split()


def test_comments_of_a_zip_and_its_members_are_text() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        member = zipfile.ZipInfo("a.txt")
        member.comment = PROBES[0].encode()
        file.writestr(member, "x")
        file.comment = PROBES[4].encode()

    assert [PROBES[0], PROBES[4]] == everything(opened(target.getvalue()))


def test_one_encrypted_member_costs_that_member() -> None:
    data = bytearray(THREE)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark, data.index(mark) + 1)
        data[place + flags] |= 1

    extraction = opened(bytes(data))

    assert [("1/envoi#secret.txt", "encrypted")] == unread(extraction)
    assert {"premier", "dernier", "secret.txt"} <= set(texts(extraction).split())


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("cut", [0.2, 0.5, 0.8])
def test_a_truncated_archive_is_unread(kind: str, cut: float) -> None:
    whole = packed({"bruit": os.urandom(2000), NAME: TEXT}, "zip") if kind == "zip" else ARCHIVES[kind]
    data = whole[: int(len(whole) * cut)].rstrip(b"\0")

    extraction = opened(data)

    assert reasons(extraction) or list(PROBES) == everything(extraction)


# --- limits ---------------------------------------------------------------------------------------------

MAKERS = {
    "zip": archive,
    "7z": lambda members: packed(members, "7zip"),
    "tar": tar,
    "tgz": lambda members: tar(members, "w:gz"),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(("count", "reached"), [(2, False), (3, False), (4, True)])
def test_members_at_their_edge(make, count: int, *, reached: bool) -> None:
    extraction = opened(make({f"{n}.txt": b"texte" for n in range(count)}), archive_members_max=3)

    assert ([("1/envoi", "limit:archive_members_max")] if reached else []) == unread(extraction)
    assert min(count, 3) == texts(extraction).count("texte")


def test_members_of_inner_archives_count_for_the_outermost() -> None:
    inner = archive({"a.txt": b"x", "b.txt": b"x"})

    assert set() == reasons(opened(archive({"1.zip": inner}), archive_members_max=3))
    assert {"limit:archive_members_max"} == reasons(
        opened(archive({"1.zip": inner, "2.zip": inner}), archive_members_max=5)
    )


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(("size", "reached"), [(999, False), (1000, False), (1001, True)])
def test_a_member_at_its_edge_costs_only_itself(make, size: int, *, reached: bool) -> None:
    extraction = opened(make({"gros.txt": b"g" * size, "petit.txt": b"petit"}), member_max_bytes=1000)

    assert ([("1/envoi#gros.txt", "limit:member_max_bytes")] if reached else []) == unread(extraction)
    assert "petit" in texts(extraction, "1/envoi/petit.txt")


@pytest.mark.parametrize("make", [archive, MAKERS["7z"], tar], ids=["zip", "7z", "tar"])
@pytest.mark.parametrize(("size", "reached"), [(499, False), (500, False), (501, True)])
def test_all_members_at_their_edge(make, size: int, *, reached: bool) -> None:
    extraction = opened(make({"a.txt": b"a" * 500, "b.txt": b"b" * size}), expanded_max_bytes=1000)

    assert ([("1/envoi", "limit:expanded_max_bytes")] if reached else []) == unread(extraction)


@pytest.mark.parametrize("make", [archive, MAKERS["7z"], MAKERS["tgz"]], ids=["zip", "7z", "tgz"])
def test_expansion_ratio_above_its_floor(make) -> None:
    assert set() == reasons(opened(make({"a.txt": b"a" * (9 * MIB)}), part_text_max_chars=20 * MIB))
    assert {"limit:expansion_ratio_max"} == reasons(opened(make({"a.txt": b"a" * (11 * MIB)})))


@pytest.mark.parametrize(("depth", "reached"), [(2, False), (3, False), (4, True)])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_archives_in_archives_at_their_edge(make, depth: int, *, reached: bool) -> None:
    data = b"au fond"
    for _ in range(depth):
        data = make({"a": data})

    extraction = opened(data, archive_depth_max=3)

    assert ({"limit:archive_depth_max"} if reached else set()) == reasons(extraction)


def test_compressions_in_each_other_beyond_the_limit() -> None:
    data = TEXT
    for _ in range(5):
        data = gzip.compress(data)

    assert list(PROBES) == everything(opened(data))
    assert {"limit:archive_depth_max"} == reasons(opened(gzip.compress(data)))


@pytest.mark.parametrize(("length", "reached"), [(99, False), (100, False), (101, True)])
def test_a_member_name_at_the_edge_of_a_header(length: int, *, reached: bool) -> None:
    extraction = opened(tar({"n" * length: b"x"}), "a.tar", header_max_bytes=100)

    assert ([("1/a.tar#name", "limit:header_max_bytes")] if reached else []) == unread(extraction)


@pytest.mark.parametrize(("length", "reached"), [(99, False), (100, False), (101, True)])
def test_member_names_count_as_text(length: int, *, reached: bool) -> None:
    others = len(texts(opened(tar({"": b"\0"}), "a.tar")).replace("\n\n", ""))

    extraction = opened(tar({"n" * length: b""}), "a.tar", text_max_chars=others + 100)

    assert ([("1/a.tar", "limit:text_max_chars")] if reached else []) == unread(extraction)


# --- hostile --------------------------------------------------------------------------------------------


def drip() -> bytes:
    """Return an xz of ten million bytes that are nothing but empty gzip members."""
    return lzma.compress(gzip.compress(b"") * 500_000)


HOSTILE = {
    "gz of zeros": lambda: zeros(300 * MIB, zlib.compressobj(9, zlib.DEFLATED, 31)),
    "bz2 of zeros": lambda: zeros(300 * MIB, bz2.BZ2Compressor()),
    "xz of zeros": lambda: zeros(100 * MIB, lzma.LZMACompressor(preset=1)),
    "gz of gz of zeros": lambda: gzip.compress(zeros(300 * MIB, zlib.compressobj(9, zlib.DEFLATED, 31))),
    "xz of empty gz": drip,
    "overlapping": lambda: overlapping(1000),
    "ten times nested": lambda: nested(10, 10, b"0" * 1000),
    "like 42": lambda: nested(5, 16, bytes(30 * MIB)),
    "depth 30": lambda: nested(30, 1, b"x"),
    "100 000 entries": lambda: archive(dict.fromkeys(map(str, range(100_000)), b""), zipfile.ZIP_STORED),
    "100 000 in a tar": lambda: tar(dict.fromkeys(map(str, range(100_000)), b""), "w:gz"),
    "long names": lambda: tar({f"{n}{'n' * 60_000}": b"" for n in range(500)}, "w:gz"),
    "local headers": lambda: b"PK\3\4" * 1_000_000,
    "empty local headers": lambda: (b"PK\3\4" + bytes(26)) * 100_000 + b"PK\5\6" + bytes(18),
    "many zips": lambda: archive({"a": b""}) * 50_000,
    "noise in 7z": lambda: b"7z\xbc\xaf\x27\x1c\0\4" + bytes(range(256)) * 1000,
    "noise in rar5": lambda: b"Rar!\x1a\x07\x01\x00" + bytes(range(256)) * 1000,
    "noise in rar4": lambda: b"Rar!\x1a\x07\x00" + bytes(range(256)) * 1000,
    "noise in cab": lambda: b"MSCF\0\0\0\0" + bytes(range(256)) * 1000,
    "noise in gz": lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"\1" * 60,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_archives_are_unread_in_bounded_time(kind: str) -> None:
    raw = attached(HOSTILE[kind](), "envoi")
    start = time.process_time()  # of this process: other tests may run beside it

    extraction = extract(raw)

    assert time.process_time() - start < 5
    assert reasons(extraction)
    assert "crash" not in reasons(extraction)


@pytest.mark.parametrize(
    "data", [THREE, ARCHIVES["7z"], ARCHIVES["tar.gz"], ARCHIVES["iso"], ARCHIVES["rar5"]]
)
def test_no_spoilt_byte_crashes(data: bytes) -> None:
    places = range(0, len(data), max(1, len(data) // 150))
    for place in places:
        spoilt = data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]
        assert "crash" not in reasons(opened(spoilt))
