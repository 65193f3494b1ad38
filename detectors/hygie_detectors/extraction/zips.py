"""Zip archives that are no Office file: zipfile first, local headers where it does not suffice.

Does:   hands every member out as a part, by the central directory; reads by libarchive the members
        zipfile refuses, those the directory leaves out, and archives without a usable directory.
Never:  reads members that share bytes one by one, which is how a bomb is built; asks for a password.
Fails:  never raises on any bytes. Encrypted, damaged or unknown members are unread with their reason.
Source: PKWARE APPNOTE 6.3; behaviour of zipfile and libarchive measured on hostile archives.
"""

from __future__ import annotations

import struct
import zlib
from functools import partial
from lzma import LZMAError
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from libarchive.exception import ArchiveError

from hygie_detectors.extraction import archive
from hygie_detectors.extraction.members import (
    CHUNK,
    TAIL_IGNORED_BYTES,
    Intake,
    OverError,
    decode_name,
    hand_out_tail,
    place_of,
)
from hygie_detectors.extraction.text import decode
from hygie_detectors.extraction.walk import Sink

UNREADABLE: Final = (
    BadZipFile,
    LZMAError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    zlib.error,
)
"""What zipfile raises on bytes it cannot read."""

_LOCAL_HEADER: Final = b"PK\x03\x04"
_LOCAL_HEADER_BYTES: Final = 30
_ENTRY: Final = b"PK\x01\x02"
_ENTRY_BYTES: Final = 46
"""Of the directory; name, extra field and comment lie behind, their lengths at 28."""
_END_RECORD: Final = b"PK\x05\x06"
_END_RECORD_BYTES: Final = 22
_NOTHING_BEHIND: Final = _END_RECORD + bytes(_END_RECORD_BYTES - len(_END_RECORD))
_ENCRYPTED_FLAG: Final = 0x1
_UTF8_FLAG: Final = 0x800


def cut_tail(sink: Sink) -> bytes:
    """Return the archive without the bytes behind it, for which zipfile would refuse it.

    They become a part of their own, unless the file begins as something else: then they are that one's.
    """
    data = sink.item.data
    record = data.rfind(_END_RECORD)
    if record < 0:
        return data
    end = record + _END_RECORD_BYTES + int.from_bytes(data[record + 20 : record + 22], "little")
    if data.startswith(b"PK"):
        hand_out_tail(data[end:], sink)
    return data[:end]


def read_broken(data: bytes, sink: Sink) -> None:
    """Read what can be found by local headers in an archive whose directory is of no use."""
    sink.unread("corrupt")
    if _LOCAL_HEADER in data:
        _read_hidden(data, sink)


def read_members(file: ZipFile, data: bytes, sink: Sink) -> None:
    """Read the members of an archive, those its directory names and those it leaves out."""
    sink.text(decode(file.comment), "comment", "metadata")
    members = sorted(file.infolist(), key=lambda member: member.header_offset)
    ends = [_end(member, data) for member in members]
    starts = [member.header_offset for member in members]
    nexts = [*starts, file.start_dir][1:]
    if any(end > start for end, start in zip(ends, nexts, strict=True)):
        for member in members[: sink.limits.archive_members_max]:
            Intake(sink, 0).name_only(_name(member))
        read_broken(data, sink)
        return
    encrypted = [member for member in members if member.flag_bits & _ENCRYPTED_FLAG]
    wholly = len(encrypted) == sum(not _is_folder(member) for member in members)
    if encrypted and wholly:
        sink.unread("encrypted")
    try:
        for member, limit in zip(members, nexts, strict=True):
            Intake(sink, 0).count()
            _read_member(file, member, data[member.header_offset : limit], sink, wholly=wholly)
    except OverError as over:
        sink.unread(f"limit:{over}")
        return
    # Before the first member lies another archive when this is the second of two.
    for start, end in zip([0, *ends], [*starts, file.start_dir], strict=True):
        if start or data.startswith(b"PK"):
            _read_gap(data[start:end], sink)


def _end(member: ZipInfo, data: bytes) -> int:
    """Return where a member's bytes end; its local header has lengths of its own."""
    start = member.header_offset
    name, extra = data[start + 26 : start + 28], data[start + 28 : start + 30]
    lengths = int.from_bytes(name, "little") + int.from_bytes(extra, "little")
    return start + _LOCAL_HEADER_BYTES + lengths + member.compress_size


def _read_member(file: ZipFile, member: ZipInfo, span: bytes, sink: Sink, *, wholly: bool) -> None:
    """Read one member; raises :class:`OverError` when the whole archive must stop.

    ``span`` is all there is from its local header to the next. ``wholly``: the archive is encrypted, and
    that was said.
    """
    name = _name(member)
    sink.text(decode(member.comment), place_of(name), "metadata")
    intake = Intake(sink, member.compress_size)
    if member.flag_bits & _ENCRYPTED_FLAG:
        intake.name_only(name) if wholly else intake.unread("encrypted", name)
        return
    if _is_folder(member) and not member.file_size:
        intake.name_only(name)
        return
    try:
        content = expand(file, member, intake)
    except OverError as over:
        if str(over) == "expanded_max_bytes":
            intake.name_only(name)
            raise
        intake.unread(f"limit:{over}", name)
        return
    except UNREADABLE:
        intake.name_only(name)
        _read_local(span, intake)
        return
    intake.hand_out(name, content)


def expand(file: ZipFile, member: ZipInfo, intake: Intake) -> bytes:
    """Return a member's bytes; raises :class:`OverError`, or one of :data:`UNREADABLE`."""
    with file.open(member) as stream:
        return intake.collect(iter(partial(stream.read, CHUNK), b""))


def _name(member: ZipInfo) -> str:
    """Return a member's name; zipfile cuts it at a null byte, and takes cp437 for granted."""
    name = member.orig_filename
    if not member.flag_bits & _UTF8_FLAG:
        name = decode_name(name.encode("cp437", "replace"))
    return name.replace("\0", " ")


def _is_folder(member: ZipInfo) -> bool:
    return member.filename.endswith("/")  # ZipInfo's own raises on an empty name


def _read_local(span: bytes, intake: Intake) -> None:
    """Read by its local header a member that zipfile refused; raises :class:`OverError` as above."""
    try:
        if not archive.read_local_headers(span + _NOTHING_BEHIND, 0, intake):
            intake.sink.unread("corrupt")
    except ArchiveError as error:
        intake.sink.unread(archive.reason(error))
    except OverError as over:
        intake.sink.unread(f"limit:{over}")
        if str(over) != "expansion_ratio_max":
            raise


def _read_gap(gap: bytes, sink: Sink) -> None:
    """Read what lies between members, beside the few bytes that may follow one (its data descriptor)."""
    if len(gap.strip(b"\0")) > TAIL_IGNORED_BYTES or _LOCAL_HEADER in gap:
        _read_hidden(gap, sink)


def _read_hidden(data: bytes, sink: Sink) -> None:
    """Read what begins with a local header where the directory names nothing, and what lies between."""
    intake = Intake(sink, len(data))
    packed = data + _NOTHING_BEHIND
    end, position = 0, data.find(_LOCAL_HEADER)
    try:
        while position >= 0:
            _hand_out_gap(data[end:position], intake)
            end = position + max(archive.read_local_headers(packed, position, intake), len(_LOCAL_HEADER))
            position = data.find(_LOCAL_HEADER, end)
        _hand_out_gap(data[end:], intake)
    except ArchiveError as error:
        sink.unread(archive.reason(error))
    except OverError as over:
        sink.unread(f"limit:{over}")


def _hand_out_gap(gap: bytes, intake: Intake) -> None:
    """Make a part of what lies between members, but for a directory; raises :class:`OverError`."""
    position = 0
    while gap.startswith(_ENTRY, position):
        lengths = struct.unpack_from("<3H", gap.ljust(position + _ENTRY_BYTES), position + 28)
        end = position + _ENTRY_BYTES + sum(lengths)
        if not gap.startswith((_ENTRY, _END_RECORD), end):
            break  # its lengths lie
        intake.sink.text(decode(gap[end - lengths[2] : end]), "comment", "metadata")
        position = end
    if gap.startswith(_END_RECORD, position):
        position += _END_RECORD_BYTES  # its comment is text
    if len(gap[position:].strip(b"\0")) > TAIL_IGNORED_BYTES:
        intake.count()
        intake.sink.child("intervalle", gap[position:])
