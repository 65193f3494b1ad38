"""The reader families that are fuzzed: how an input is given to them, where they start, what they owe.

Does:   a table, one target a line: its starts are the probe matrix's containers and samples of the unit
        tests, made by real writers at run time; ``owed`` tells whether a marker in the bytes of an input
        stands where a person would read it, so that silence about it is a finding.
"""

from __future__ import annotations

import bz2
import codecs
import contextlib
import gzip
import io
import lzma
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import ole_samples
from extraction_samples import archive, attached, part
from fuzz.mutate import mend_archive, mutate
from fuzz.oracle import INPUT_MAX, MARKER, Reading, judge
from hygie_detectors.extraction import text
from hygie_detectors.extraction.dispatch import ROOT
from hygie_detectors.extraction.walk import Item
from probes.containers import Container, containers

KEPT = Path(__file__).with_name("kept")


@dataclass(frozen=True)
class Target:
    """One reader family."""

    name: str
    seeds: Callable[[], Iterator[bytes]]
    tokens: tuple[bytes, ...]
    root: Callable[[bytes], Item]
    owed: Callable[[bytes, Reading], bool]
    mend: Callable[[bytes], bytes] = bytes

    def starts(self) -> list[bytes]:
        """Return the starts that are not too large, and the inputs kept from earlier runs."""
        return [seed for seed in self.seeds() if 0 < len(seed) <= INPUT_MAX] + self.kept()

    def kept(self) -> list[bytes]:
        """Return the inputs kept from earlier runs."""
        return [path.read_bytes() for path in sorted((KEPT / self.name).glob("*"))]

    def judge(self, data: bytes) -> tuple[list[str], Reading]:
        """Return the rules that an input breaks, and its reading."""
        return judge(data, self.root, self.owed)

    def mutate(self, data: bytes, seed: int) -> bytes:
        """Return a changed input."""
        return mutate(data, seed, self.tokens, self.mend)


@cache
def _containers() -> tuple[Container, ...]:
    return tuple(containers())


def _marked(data: bytes) -> bytes:
    """Put the marker in place of the last line, which is as long."""
    return data.replace(b"Cordialement\r\n", MARKER + b"\n").replace(b"Cordialement\n", MARKER)


def _family(*families: str, only: str = "") -> Callable[[], Iterator[bytes]]:
    """Return the containers of these families, each with the marker in place of its last line."""

    def seeds() -> Iterator[bytes]:
        for container in _containers():
            if container.family in families and only in container.name:
                yield _marked(container.data)

    return seeds


# --- how an input is given to its readers -------------------------------------------------------------


def _message(data: bytes) -> Item:
    return Item(ROOT, data, declared="message/rfc822")


def _file(name: str) -> Callable[[bytes], Item]:
    return lambda data: Item(f"1/{name}", data, attachment=True)


def _declared(data: bytes) -> Item:
    """Take the first line as what the sender declares: media type, charset, file name."""
    line, _, content = data.partition(b"\n")
    words = [*line.decode("ascii", "replace").strip().split(";"), "", "", ""]
    name = re.sub(r"[^\w.-]", "_", words[2])[:40]
    return Item(f"1/{name or 'piece'}", content, declared=words[0], charset=words[1], attachment=True)


def _office(data: bytes) -> Item:
    """Put the input into the Office file it is the main part of."""
    if b"worksheet" in data:
        return Item("1/a.xlsx", _workbook(data), attachment=True)
    if b"office:document" in data:
        return Item(
            "1/a.odt",
            archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": data}),
            attachment=True,
        )
    return Item(
        "1/a.docx", archive({"[Content_Types].xml": _TYPES, "word/document.xml": data}), attachment=True
    )


_TYPES = b"<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"


def _workbook(sheet: bytes) -> bytes:
    container = next(c for c in _containers() if (c.family, c.name) == ("xlsx", "cells"))
    with zipfile.ZipFile(io.BytesIO(container.data)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members["xl/worksheets/sheet1.xml"] = sheet
    return archive(members)


# --- what is owed -------------------------------------------------------------------------------------


def _always(data: bytes, _reading: Reading) -> bool:
    """Owed anywhere, unless it may be half of a text in UTF-16."""
    return MARKER in data and not any(mark in data for mark in _UTF16)


def _never(_data: bytes, _reading: Reading) -> bool:
    return False


def _if_plain(data: bytes, reading: Reading) -> bool:
    """Owed in what is text throughout; a PDF may be so, and hold words that it never shows."""
    plain = text.is_plain(data) and not data.startswith(_UTF16)
    return MARKER in data and plain and "application/pdf" not in reading.types


_UTF16 = (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)


def _if_beside_tags(data: bytes, reading: Reading) -> bool:
    """Owed outside tags: the names of elements and attributes are no text, their values not always."""
    return _if_plain(_TAG.sub(b"<>", data), reading)


_TAG = re.compile(rb"</?[a-zA-Z:](?>[^>\"']|\"[^\"]*\"|'[^']*'|[\"'])*+")


def _if_shown(data: bytes, reading: Reading) -> bool:
    """Owed beside tags; in a sheet, in the elements of a cell."""
    data = _INSTRUCTION.sub(b"", data)
    return _if_beside_tags(data, reading) and (b"<worksheet" not in data or bool(_IN_CELL.search(data)))


_INSTRUCTION = re.compile(rb"<\?.*?\?>|<[^!a-zA-Z][^>]*>?", re.DOTALL)
"""Or what is no tag at all."""
_IN_CELL = re.compile(rb"<(?:\w+:)?[tvf](?:\s[^<>]*)?>[^<]*" + MARKER)


def _if_no_namespace(data: bytes, reading: Reading) -> bool:
    """Owed in XML, but for the addresses of name spaces and the keys of what has none."""
    return _if_plain(_NAMESPACE.sub(b"", data), reading)


_NAMESPACE = re.compile(rb"xmlns(?::[^\s=]+)?\s*=\s*(?:\"[^\"]*\"|'[^']*')")


def _if_uncut(data: bytes, reading: Reading) -> bool:
    r"""Owed in RTF, unless ``\bin`` or the stand-ins of ``\u`` take half of it."""
    return b"\\bin" not in data and b"\\uc" not in data and _if_plain(data, reading)


def _if_content_plain(data: bytes, reading: Reading) -> bool:
    content = data.partition(b"\n")[2]
    return _if_no_namespace(content, reading) and _if_beside_tags(content, reading)


def _in_members(data: bytes, _reading: Reading) -> bool:
    """Owed where Python's own readers find it, in a member or its name; and in a long text beside members."""
    if data.startswith(b"PK") and _LONG_TEXT.search(data):
        return True
    for unpack in (_unzip, _untar, gzip.decompress, bz2.decompress, lzma.decompress):
        with contextlib.suppress(Exception):  # not of that format, or damaged
            if MARKER in unpack(data):
                return True
    return False


_LONG_TEXT = re.compile(rb"(?:%b[ -~]{2}){12}" % MARKER)
"""Longer than what may stand between members as padding, and pass unseen."""


def _unzip(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return b"\n".join(file.open(member).read(INPUT_MAX) for member in file.infolist())


def _untar(data: bytes) -> bytes:
    pieces = []
    with tarfile.open(fileobj=io.BytesIO(data)) as file:
        for member in file:
            pieces.append(member.name.encode(errors="surrogateescape"))
            content = file.extractfile(member) if member.isreg() else None
            pieces.append(content.read(INPUT_MAX) if content else b"")
    return b"\n".join(pieces)


# --- starts of their own ------------------------------------------------------------------------------


def _mime() -> Iterator[bytes]:
    for container in _containers():
        if container.family in {"mail body", "mail headers", "nested mail", "signed, encrypted", "html"}:
            data = _marked(container.data)
            small = len(data) < 4096
            if small:
                yield (
                    attached(data, container.file_name or "a.eml", container.media_type)
                    if (container.file_name)
                    else data
                )
    for headers in (
        "Content-Type: message/delivery-status",
        "Content-Type: multipart/mixed; boundary=l",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=l",
        "Content-Type: message/external-body; access-type=local-file; name=x",
        "Content-Type: text/html; charset=utf-7",
        "Content-Transfer-Encoding: x-uuencode\r\nContent-Type: text/plain; name*0=a; name*1=b.txt",
    ):
        yield part(
            b"--l\r\n\r\n" + MARKER + b"\r\n--l\r\nContent-Type: text/html\r\n\r\n<p>a\r\n--l--\r\n", headers
        )


def _archives() -> Iterator[bytes]:
    yield from (
        data for data in _family("archive")() if b"word/document.xml" not in data and b"docx" not in data
    )
    yield archive({"a.txt": MARKER, "b/c.txt": MARKER * 9}, zipfile.ZIP_STORED)
    yield archive({"a.zip": archive({"a.txt": MARKER}, zipfile.ZIP_STORED)}, zipfile.ZIP_STORED)


def _sniffed() -> Iterator[bytes]:
    types = {"text file": b"text/plain;;a.txt", "html": b"text/html;utf-8;a.htm"}
    for container in _containers():
        if len(container.data) < 8192:
            line = types.get(container.family, b"") or container.media_type.encode() + b";;"
            yield line + container.file_name.encode("ascii", "replace") + b"\n" + _marked(container.data)
            yield b";;\n" + container.data


def _ole() -> Iterator[bytes]:
    yield from _family("xls")()
    yield ole_samples.doc("Bonjour\r" + MARKER.decode() + "\r")
    yield ole_samples.compound({"Workbook": b"\x09\x08" + bytes(20), "Autre": MARKER})
    yield from _family("nested mail", only="MSG")()


def _sheets() -> Iterator[bytes]:
    for container in _containers():
        if container.family in {"xlsx", "opendocument", "docx"} and not container.hidden:
            if not zipfile.is_zipfile(io.BytesIO(container.data)):
                continue
            with zipfile.ZipFile(io.BytesIO(container.data)) as file:
                for name in ("xl/worksheets/sheet1.xml", "content.xml", "word/document.xml"):
                    if name in file.namelist():
                        yield file.read(name)


_MIME = (
    *(
        b"Content-Type: ",
        b"multipart/mixed; boundary=limite",
        b"message/rfc822",
        b"text/html",
        b"charset=utf-16",
    ),
    *(
        b"Content-Transfer-Encoding: base64",
        b"quoted-printable",
        b"x-uuencode",
        b"7bit",
        b"\r\n\r\n",
        b"\n\n",
    ),
    *(
        b"--limite\r\n",
        b"--limite--\r\n",
        b"name*0*=utf-8''",
        b"filename=",
        b"=?utf-8?B?",
        b"?=",
        b"=?utf-8?Q?",
    ),
    *(
        b"begin 644 a.txt\r\n",
        b"\r\nend\r\n",
        b"=ybegin line=128 size=9 name=a\r\n",
        b"=yend size=9\r\n",
        b"From a 2026\n",
    ),
    *(
        b"message/partial",
        b"multipart/digest",
        b"Content-Disposition: attachment; ",
        b"\r\n ",
        b"charset=utf-7",
        b"\r",
    ),
    *(
        b"-----BEGIN PGP MESSAGE-----\n",
        b"text/calendar",
        b"text/rtf",
        b"message/delivery-status",
        b"Subject: ",
    ),
)
_ARCHIVE = (
    *(
        b"PK\3\4",
        b"PK\1\2",
        b"PK\5\6",
        b"PK\7\x08",
        b"7z\xbc\xaf\x27\x1c",
        b"ustar",
        b"Rar!\x1a\x07\1\0",
        b"\x1f\x8b\x08",
    ),
    *(
        b"BZh9",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"\x04\x22\x4d\x18",
        b"MSCF\0\0\0\0",
        b"CD001",
        b"\xff\xff\xff\xff",
    ),
    *((MARKER + b"; ") * 12, b"\0\0\0\0", b"../", b"\\", b"70707070", b"0000777\0"),
)
_HL7 = (
    *(
        b"MSH|^~\\&|",
        b"\rPID|||",
        b"\rOBX|1|ED|",
        b"^AP^^Base64^",
        b"\rNTE|1||",
        b"\r\rOBR|",
        b"\x0b",
        b"\x1c\r",
        b"\\X",
        b"\\E\\",
    ),
    *(
        b"&1.2.250.1.213.1.4.8&ISO",
        b"~",
        b"\\.br\\",
        b"|SN|",
        b"UNICODE",
        b"8859/1",
        b"MSH|^",
        b"MSH|abcdefgh|",
        b"A|",
    ),
)
_HPRIM = (
    *(
        b"****LAB****\r\n",
        b"****FIN****\r\n",
        b"****FINFICHIER****\r\n",
        b"RES|",
        b"TEX|",
        b"H|~^\\&|",
        b"\rP|1|",
        b"\rOBX|1|",
    ),
    *(b"\r\nA|", b"C|1|", b"12/03/1956\r\n", b"19560312\r\n", b"|", b"\x82\x8a"),
)
_XML = (
    *(
        b"<?xml version='1.0' encoding='utf-16'?>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"&b;",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
    ),
    *(
        b"-->",
        b"<?a ?>",
        b" xmlns='urn:hl7-org:v3'",
        b"<recordTarget>",
        b"</recordTarget>",
        b"<observation>",
        b"<value ",
    ),
    *(
        b"<id extension='1' root='1.2.250.1.213.1.4.8'/>",
        b"<birthTime value='19560312'/>",
        b"<nonXMLBody><text>",
        b"/>",
    ),
    *(
        b"representation='B64'",
        b"<given qualifier='CL'>",
        b"</a>",
        b"&#xD800;",
        b"&#0;",
        b"encoding='utf-7'",
        b"sourcePatientInfo",
    ),
)
_HTML = (
    *(
        b"<p>",
        b"</p>",
        b"<!--",
        b"-->",
        b"<script>",
        b"</script>",
        b"<style>",
        b"<svg>",
        b"<template>",
        b"<textarea>",
        b"<plaintext>",
    ),
    *(
        b"<iframe srcdoc='",
        b"<a href='data:text/plain;base64,",
        b"&eacute;",
        b"&#0;",
        b"<![CDATA[",
        b"<table><td>",
        b"<noscript>",
    ),
    *(
        b"<title>",
        b"<select><option>",
        b"<math>",
        b"<meta charset=utf-7>",
        b"<object data='",
        b"<!doctype html>",
        b"\xff\xfe",
        b"<?",
    ),
)
_RTF = (
    *(
        b"{\\rtf1",
        b"{\\*\\",
        b"\\bin9 ",
        b"\\'e9",
        b"\\u233?",
        b"{\\object{\\*\\objdata ",
        b"{\\fonttbl",
        b"{\\info{\\title ",
        b"}",
    ),
    *(
        b"\\ansicpg1252",
        b"\\uc2",
        b"\\par\n",
        b"{\\field{\\*\\fldinst ",
        b"\\v ",
        b"{\\header ",
        b"{\\pict ",
        b"\\upr",
        b"{\\*\\htmltag",
    ),
)
_SEALED = (
    *(
        b"-----BEGIN PGP MESSAGE-----\n",
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\n",
        b"-----BEGIN PGP SIGNATURE-----\n",
    ),
    *(
        b"\x30\x80",
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
        b"\xa0\x80",
        b"\x24\x80\x04\x05",
        b"\0\0",
        b"-----BEGIN PKCS7-----\n",
    ),
)
_CARD = (
    *(
        b"BEGIN:VCARD\r\n",
        b"END:VCARD\r\n",
        b"BEGIN:VCALENDAR\r\n",
        b"NOTE;ENCODING=QUOTED-PRINTABLE:=C3=A9=\r\n",
        b"PHOTO;ENCODING=b:",
    ),
    *(
        b"ATTACH;ENCODING=BASE64;VALUE=BINARY:",
        b"\r\n ",
        b"\\n",
        b"\\,",
        b"SUMMARY:",
        b"ATTACH:data:text/plain;base64,",
    ),
)
_JSON = (
    *(
        b'{"resourceType":"Patient",',
        b'"contentType":"text/plain","data":"',
        b"\\u00e9",
        b"\\ud800",
        b"[[[[",
        b'"name":[{"family":"',
    ),
    *(
        b'"valueQuantity":{"value":1,"unit":"g"}',
        b"1e999",
        b"NaN",
        b'"div":"<div>',
        b"<Patient xmlns='http://hl7.org/fhir'>",
        b"null",
    ),
)

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("mime", _mime, _MIME, _message, _always),
        Target("archive", _archives, _ARCHIVE, _file("a.bin"), _in_members, mend_archive),
        Target("hl7", _family("hl7"), _HL7, _file("a.hl7"), _if_plain),
        Target("hprim", _family("hprim"), _HPRIM, _file("a.hpr"), _if_plain),
        Target("cda", _family("cda"), _XML, _file("a.xml"), _if_no_namespace),
        Target(
            "sniff", _sniffed, (*_MIME, *_ARCHIVE, *_HL7, b"%PDF-1.4", b"%%EOF"), _declared, _if_content_plain
        ),
        Target("fhir", _family("fhir"), (*_JSON, *_XML), _file("a.json"), _if_no_namespace),
        Target("html", _family("html"), _HTML, _file("a.html"), _if_beside_tags),
        Target("rtf", _family("text file", only="rtf"), _RTF, _file("a.rtf"), _if_uncut),
        Target("cards", _family("nested mail", only="a"), _CARD, _file("a.vcf"), _if_plain),
        Target("sealed", _family("signed, encrypted"), _SEALED, _file("a.p7m"), _if_plain),
        Target("office", _sheets, _XML, _office, _if_shown),
        Target("tnef", _family("nested mail", only="TNEF"), (), _file("winmail.dat"), _never),
        Target("ole", _ole, (), _file("a.doc"), _never),
        Target("dicom", _family("dicom"), (b"DICM", b"\x10\0\x10\0PN", b"SQ\0\0"), _file("a.dcm"), _never),
    )
}
