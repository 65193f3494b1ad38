"""Archives and single compressed files."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from importlib.util import find_spec

from .base import LINE, PROBES, TEXT, family
from .office import word


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
