"""Macros: the source of Visual Basic modules, which may hold names, messages and whole lists.

Does:   unpacks every module of a VBA storage and gives its source as text.
Never:  runs, judges or needs the compiled code beside it.
Fails:  never raises; a module that cannot be unpacked is read as the words that stand in it.
Source: [MS-OVBA] 2.4.1.
"""

from __future__ import annotations

from typing import Final

from hygie_detectors.extraction.compound import Storage
from hygie_detectors.extraction.text import decode, written
from hygie_detectors.extraction.walk import Sink

_SOURCE: Final = b"\x00Attribut"
"""How every packed module begins, three bytes behind the start of its container."""
_COMPILED: Final = ("_vba_project", "__srp_")
_CHUNK_MAX: Final = 4096


def read(storage: Storage, sink: Sink) -> None:
    """Read the modules of a storage that has a ``dir`` stream."""
    for name in sorted(storage.names()):
        data = storage.read(name)
        if name.startswith(_COMPILED):
            continue
        start = 0 if name == "dir" else data.find(_SOURCE) - 3
        source = _unpack(data, start) if start >= 0 else b""
        if name == "dir" or not source:
            sink.text(written(source or data), f"macro={name}", "metadata")
        else:
            sink.text(decode(source), f"macro={name}")


def _unpack(data: bytes, start: int) -> bytes:
    """Return what a container of packed chunks holds; up to where it breaks off when it is broken."""
    if data[start : start + 1] != b"\x01":
        return b""
    position = start + 1
    chunks: list[bytes] = []
    while position + 2 <= len(data):
        header = int.from_bytes(data[position : position + 2], "little")
        end = min(position + (header & 0x0FFF) + 3, len(data))
        if header & 0x8000:
            chunks.append(_unpack_chunk(data[position + 2 : end]))
        else:
            chunks.append(data[position + 2 : position + 2 + _CHUNK_MAX])
        position = end
    return b"".join(chunks)


def _unpack_chunk(packed: bytes) -> bytes:
    out = bytearray()
    position = 0
    while position < len(packed):
        flags = packed[position]
        position += 1
        for bit in range(8):
            if position >= len(packed):
                break
            if not flags >> bit & 1:
                out.append(packed[position])
                position += 1
                continue
            token = int.from_bytes(packed[position : position + 2], "little")
            position += 2
            length_bits = 16 - max((len(out) - 1).bit_length(), 4)
            offset = (token >> length_bits) + 1
            for _ in range((token & ((1 << length_bits) - 1)) + 3):
                if offset > len(out) or len(out) >= _CHUNK_MAX:
                    return bytes(out)
                out.append(out[-offset])
    return bytes(out)
