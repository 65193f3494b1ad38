"""Where xz and zstandard streams end: behind them, libarchive takes any byte for damage and loses the text.

Does:   follows the frames of zstandard by their lengths; expands xz, which has none, when it does not end as
        an xz file must, and throws away what comes out.
Never:  expands more than it is told to.
Fails:  never raises; 0 is an end that is not known, and libarchive tells what is wrong.
Source: the xz file format 1.2, 2.1; RFC 8878, 3.1.
"""

from __future__ import annotations

import lzma
from typing import Final

from hygie_detectors.extraction.members import CHUNK
from hygie_detectors.limits import MIB

_XZ: Final = b"\xfd7zXZ\0"
_XZ_END: Final = b"YZ"
_XZ_MEMORY_MAX: Final = 256 * MIB
"""``xz -9`` needs 65 MiB."""

_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPED: Final = b"\x50\x2a\x4d\x18\x04\x00\x00\x00"
"""A frame nobody reads, of four bytes: pzstd writes the length of the next one in it."""
_ZSTD_BLOCKS_MAX: Final = 1_000_000
"""A block expands to at most 128 KiB, and a file of fewer bytes than blocks is made to be slow."""
_RLE, _RESERVED = 1, 3


def end(data: bytes, expanded_max: int) -> int:
    """Return where the streams at the beginning of these bytes end."""
    if data.startswith(_XZ) and not data.rstrip(b"\0").endswith(_XZ_END):
        return _xz_end(data, expanded_max)
    if data.startswith(_ZSTD):
        return _zstd_end(data)
    return 0


def _xz_end(data: bytes, left: int) -> int:
    position = 0
    while data.startswith(_XZ, position):
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_MAX)
        try:
            while not unpacker.eof and left > 0:
                block = data[position : position + CHUNK] if unpacker.needs_input else b""
                if unpacker.needs_input and not block:
                    return 0
                position += len(block)
                left -= len(unpacker.decompress(block, CHUNK))
        except (lzma.LZMAError, MemoryError):
            return 0
        if not unpacker.eof:
            return 0
        position -= len(unpacker.unused_data)
    return position


def _zstd_end(data: bytes) -> int:
    position = blocks = 0
    while data.startswith(_ZSTD, position):
        position += len(_ZSTD)
        flags = data[position] if position < len(data) else 0
        single = flags >> 5 & 1
        position += 2 - single + (0, 1, 2, 4)[flags & 3] + (single, 2, 4, 8)[flags >> 6]
        last = False
        while not last:
            block = int.from_bytes(data[position : position + 3], "little")
            last, kind = bool(block & 1), block >> 1 & 3
            position += 3 + (1 if kind == _RLE else block >> 3)
            blocks += 1
            if kind == _RESERVED or position > len(data) or blocks > _ZSTD_BLOCKS_MAX:
                return 0
        position += 4 * (flags >> 2 & 1)
        if data.startswith(_ZSTD_SKIPPED, position):
            position += len(_ZSTD_SKIPPED) + 4
    return min(position, len(data))
