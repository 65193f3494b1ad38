r"""Compressed RTF, the form in which Outlook keeps a formatted body (PidTagRtfCompressed).

Does:   undoes the compression of TNEF and .msg bodies, bounded by the size the caller allows.
Never:  believes the declared size; what is written is bounded while it is written.
Fails:  never raises. What is damaged or goes beyond the bound is returned as far as it was read,
        and not called whole.
Source: MS-OXRTFCP 3.1: LZ77 over a window of 4 096 bytes that starts with 207 known ones.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

_KNOWN: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW: Final = 4096
_HEADER: Final = struct.Struct("<III I")
_COMPRESSED: Final = 0x75465A4C  # "LZFu"
_STORED: Final = 0x414C454D  # "MELA"


def decompress(data: bytes, size_max: int) -> tuple[bytes, bool]:
    """Return the RTF, and whether it is whole."""
    if len(data) < _HEADER.size:
        return b"", False
    packed_size, size, kind, checksum = _HEADER.unpack_from(data)
    content = data[_HEADER.size : packed_size + 4]
    if kind == _STORED:
        return data[_HEADER.size :][: min(size, size_max)], len(data) - _HEADER.size >= size <= size_max
    if kind != _COMPRESSED:
        return b"", False
    whole = packed_size + 4 <= len(data) and (zlib.crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF) == checksum
    rtf, ended = _expand(content, size_max)
    return rtf, whole and ended and len(rtf) >= size


def _expand(content: bytes, size_max: int) -> tuple[bytes, bool]:
    """Return what is written, and whether the end mark was met."""
    # The window is the last 4 096 bytes of the output itself: position in it = position modulo 4 096.
    out = bytearray(_KNOWN)
    position, end, bound = 0, len(content), len(_KNOWN) + size_max
    while position < end and len(out) <= bound:
        flags = content[position]
        position += 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += content[position : position + 1]
                position += 1
                continue
            if position + 2 > end:
                return bytes(out[len(_KNOWN) : bound]), False
            reference = content[position] << 8 | content[position + 1]
            position += 2
            distance = (len(out) - (reference >> 4)) % _WINDOW
            if not distance:
                return bytes(out[len(_KNOWN) : bound]), len(out) <= bound
            start, length = len(out) - distance, (reference & 15) + 2
            if start < 0:
                return bytes(out[len(_KNOWN) : bound]), False
            run = out[start : start + length]
            out += (run * (length // len(run) + 1))[:length]  # it may reach into what it writes
    return bytes(out[len(_KNOWN) : bound]), False
