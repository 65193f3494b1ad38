"""Archives: bombs, nests, overlaps, lies, passwords, and methods that few programs know."""

from __future__ import annotations

import binascii
import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import inflate64
import py7zr
import pyppmd
import pyzipper

from extraction_samples import archive
from harness.hostile import MIB, PROBE, hostile

NOTE = {"note.txt": PROBE.encode()}


def zeros(size: int, compressor: Any) -> bytes:
    """Return so many zeros, packed."""
    block = bytes(MIB)
    return b"".join(compressor.compress(block) for _ in range(size // MIB)) + compressor.flush()


def overlapping(count: int) -> bytes:
    """Return a zip of so many members that all are the same ten megabytes."""
    content = bytes(10 * MIB)
    body = archive({"a": content})
    directory, end = body.index(b"PK\x01\x02"), body.index(b"PK\x05\x06")
    entry = body[directory:end]
    record = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(entry) * count, directory, 0)
    return body[:directory] + entry * count + record


def nested(levels: int, width: int, seed: bytes) -> bytes:
    """Return a zip of zips of zips, each of so many members."""
    data = archive({f"{n}.txt": seed for n in range(width)})
    for _ in range(levels - 1):
        data = archive({f"{n}.zip": data for n in range(width)})
    return data


def tar(members: dict[str, bytes], mode: str = "w") -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as file:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))
    return target.getvalue()


def zip_by_hand(method: int, packed: bytes, content: bytes, flags: int = 0) -> bytes:
    """Return a zip of one member that zipfile cannot write."""
    name, crc = b"note.txt", binascii.crc32(content)
    sizes = struct.pack("<IIIHH", crc, len(packed), len(content), len(name), 0)
    local = struct.pack("<4sHHHI", b"PK\3\4", 63, flags, method, 0) + sizes + name + packed
    entry = struct.pack("<4sHHHHI", b"PK\1\2", 63, 63, flags, method, 0) + sizes + bytes(14)
    entry = entry[:-4] + bytes(4) + name
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + end


def seven_zip(**options: Any) -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w", **options) as file:
        file.writestr(PROBE, "note.txt")
    return target.getvalue()


@hostile("archive", "zip of 1 GiB of zeros", "a.zip")
def zip_of_zeros() -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file,
        file.open("a", "w", force_zip64=True) as member,
    ):
        for _ in range(1024):
            member.write(bytes(MIB))
    return target.getvalue()


@hostile("archive", "nested ten times, ten wide", "a.zip")
def exponential() -> bytes:
    return nested(10, 10, b"0" * 1000)


@hostile("archive", "16 by 16 by 16 by 16 by 30 MiB", "a.zip")
def like_42() -> bytes:
    return nested(5, 16, bytes(30 * MIB))


@hostile("archive", "30 deep", "a.zip", quick=True)
def deep() -> bytes:
    return nested(30, 1, PROBE.encode())


@hostile("archive", "gz 40 deep", "a.gz", quick=True)
def deep_gzip() -> bytes:
    data = PROBE.encode()
    for _ in range(40):
        data = gzip.compress(data)
    return data


@hostile("archive", "1 000 overlapping members", "a.zip")
def overlaps() -> bytes:
    return overlapping(1000)


@hostile("archive", "ten bytes said, ten megabytes there", "a.zip")
def lying_size() -> bytes:
    data = archive({"a": bytes(10 * MIB), **NOTE})
    place = data.index(b"PK\x01\x02") + 24
    return data[:22] + struct.pack("<I", 10) + data[26:place] + struct.pack("<I", 10) + data[place + 4 :]


@hostile("archive", "member outside the directory", "a.zip", must_find=True, quick=True)
def outside() -> bytes:
    data, other = archive({"a.txt": b"x"}), archive(NOTE)
    start = other[: other.index(b"PK\x01\x02")]
    moved = bytearray(data[data.index(b"PK\x05\x06") :])
    struct.pack_into("<I", moved, 16, data.index(b"PK\x01\x02") + len(start))
    return data[: data.index(b"PK\x01\x02")] + start + data[data.index(b"PK\x01\x02") : -len(moved)] + moved


@hostile("archive", "70 kB behind it", "a.zip", must_find=True, quick=True)
def trailing() -> bytes:
    return archive(NOTE) + b"\0" * 70_000


@hostile("archive", "probe behind it", "a.zip", must_find=True, quick=True)
def probe_behind() -> bytes:
    return archive({"a.txt": b"x"}) + PROBE.encode()


@hostile("archive", "MZ prefix", "a.exe", must_find=True, quick=True)
def executable() -> bytes:
    return b"MZ" + bytes(5_000) + archive(NOTE)


@hostile("archive", "Deflate64", "a.zip", quick=True)
def deflate64() -> bytes:
    content, packer = PROBE.encode() * 20, inflate64.Deflater()
    return zip_by_hand(9, packer.deflate(content) + packer.flush(), content)


@hostile("archive", "PPMd", "a.zip", quick=True)
def ppmd() -> bytes:
    content, packer = PROBE.encode() * 20, pyppmd.Ppmd8Encoder(6, 16 * MIB, 0)
    packed = struct.pack("<H", (6 - 1) | (16 - 1) << 4) + packer.encode(content) + packer.flush()
    return zip_by_hand(98, packed, content)


@hostile("archive", "7z by zstd", "a.7z", quick=True)
def seven_zip_zstd() -> bytes:
    return seven_zip(filters=[{"id": py7zr.FILTER_ZSTD}])


def zip_crypto(content: bytes, password: bytes) -> bytes:
    """Return the bytes encrypted by PKWARE's first cipher (APPNOTE 6.1)."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc(value: int, byte: int) -> int:
        return ~binascii.crc32(bytes([byte]), ~value & 0xFFFFFFFF) & 0xFFFFFFFF

    def update(byte: int) -> None:
        keys[0] = crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[2], keys[1] >> 24)

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in bytes(11) + bytes([binascii.crc32(content) >> 24]) + content:
        word = keys[2] | 2
        out.append(byte ^ ((word * (word ^ 1)) >> 8 & 0xFF))
        update(byte)
    return bytes(out)


@hostile("archive", "ZipCrypto", "a.zip", reason="encrypted", quick=True)
def zip_crypto_member() -> bytes:
    content = PROBE.encode()
    return zip_by_hand(0, zip_crypto(content, b"x"), content, flags=1)


@hostile("archive", "AES zip", "a.zip", reason="encrypted", quick=True)
def zip_aes() -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as file:
        file.setpassword(b"x")
        file.writestr("note.txt", PROBE)
    return target.getvalue()


@hostile("archive", "7z, data encrypted", "a.7z", reason="encrypted", quick=True)
def seven_zip_locked() -> bytes:
    return seven_zip(password="x")  # noqa: S106 - of a test archive


@hostile("archive", "7z, names encrypted too", "a.7z", reason="encrypted", quick=True)
def seven_zip_names() -> bytes:
    return seven_zip(password="x", header_encryption=True)  # noqa: S106 - as above


@hostile("archive", "symbolic link and device in a tar", "a.tar", must_find=True, quick=True)
def links() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as file:
        for kind, name in (
            (tarfile.SYMTYPE, "/etc/passwd"),
            (tarfile.CHRTYPE, ""),
            (tarfile.LNKTYPE, "../../b"),
        ):
            member = tarfile.TarInfo("a")
            member.type, member.linkname = kind, name
            file.addfile(member)
        member = tarfile.TarInfo("note.txt")
        member.size = len(NOTE["note.txt"])
        file.addfile(member, io.BytesIO(NOTE["note.txt"]))
    return target.getvalue()


@hostile("archive", "../, backslash and absolute names", "a.zip", must_find=True, quick=True)
def paths() -> bytes:
    return archive({"../../etc/a": b"x", "a\\..\\b": b"x", "/etc/passwd": b"x", "~": b"x", **NOTE})


@hostile("archive", "members of one name", "a.zip", must_find=True, quick=True)
def duplicates() -> bytes:
    other = "note.tx_"
    return archive({"note.txt": b"x" * 9, other: PROBE.encode()}).replace(other.encode(), b"note.txt")


@hostile("archive", "100 000 members", "a.zip")
def many() -> bytes:
    return archive(dict.fromkeys(map(str, range(100_000)), b"") | NOTE, zipfile.ZIP_STORED)


@hostile("archive", "100 000 members in a tar", "a.tgz")
def many_in_tar() -> bytes:
    return tar(dict.fromkeys(map(str, range(100_000)), b"") | NOTE, "w:gz")


@hostile("archive", "50 000 zips behind each other", "a.zip")
def row_of_zips() -> bytes:
    return archive({"a": b""}) * 50_000 + archive(NOTE)


@hostile("archive", "1 M local headers", "a.zip")
def local_headers() -> bytes:
    return b"PK\3\4" * 1_000_000


@hostile("archive", "gz of 300 MiB of zeros", "a.gz", quick=True)
def gzip_zeros() -> bytes:
    return zeros(300 * MIB, zlib.compressobj(9, zlib.DEFLATED, 31))


@hostile("archive", "bz2 of 300 MiB of zeros", "a.bz2")
def bzip2_zeros() -> bytes:
    return zeros(300 * MIB, bz2.BZ2Compressor())


@hostile("archive", "xz of 300 MiB of zeros", "a.xz")
def xz_zeros() -> bytes:
    return zeros(300 * MIB, lzma.LZMACompressor(preset=1))


@hostile("archive", "xz of 500 000 empty gz", "a.xz")
def empty_members() -> bytes:
    return lzma.compress(gzip.compress(b"") * 500_000)


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
for _kind, _pack in PACKERS.items():
    hostile("archive", f"bare {_kind}", f"note.txt.{_kind}", must_find=True, quick=True)(
        lambda pack=_pack: pack(PROBE.encode())
    )


def two_thirds(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


FILLING = random.Random(1).randbytes(3_000)  # noqa: S311 - the same in every run
for _kind, _make in {
    "zip": lambda: archive({"a": FILLING, **NOTE}),
    "7z": seven_zip,
    "tar": lambda: tar({"a": FILLING, **NOTE}),
    "tgz": lambda: tar({"a": FILLING, **NOTE}, "w:gz"),
    "gz": lambda: gzip.compress(FILLING + PROBE.encode()),
}.items():
    hostile("archive", f"truncated {_kind}", f"a.{_kind}", quick=True)(lambda make=_make: two_thirds(make()))
