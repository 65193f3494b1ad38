"""Changes to an input that a format's reader may mind: bytes, lines, words of the format, the marker.

Does:   changes an input by a seed, the same every time; plants the marker where it is not yet; writes the
        check sums again that would stop a reader at the first changed byte.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Sequence

from extraction_samples import damaged
from fuzz.oracle import INPUT_MAX, MARKER

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def mutate(data: bytes, seed: int, tokens: Sequence[bytes], mend: Callable[[bytes], bytes]) -> bytes:
    """Return the input after one to five changes, with the marker in it nearly always."""
    chance = random.Random(seed)  # noqa: S311 - the same input for the same seed
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        change = chance.choice((_bytes, _lines, _token))
        data = change(data, chance, tokens)[:INPUT_MAX]
    return finish(data, chance, mend)


def finish(data: bytes, chance: random.Random, mend: Callable[[bytes], bytes]) -> bytes:
    """Plant the marker, mend the check sums."""
    if MARKER not in data and chance.random() < 0.9:
        data = _plant(data, chance)
    return mend(data[:INPUT_MAX])


def _plant(data: bytes, chance: random.Random) -> bytes:
    """Insert the marker at some place, at a line's start, or write it over what stands there."""
    place = chance.randrange(len(data) + 1)
    kind = chance.randrange(3)
    if kind == 0:
        place = data.rfind(b"\n", 0, place) + 1
    end = place + len(MARKER) if kind == 1 else place
    return data[:place] + MARKER + data[end:]


def _bytes(data: bytes, chance: random.Random, _tokens: Sequence[bytes]) -> bytes:
    return damaged(data, chance.randrange(1 << 32))


def _lines(data: bytes, chance: random.Random, _tokens: Sequence[bytes]) -> bytes:
    lines = _LINE.findall(data)
    if not lines:
        return data
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            del lines[first]
        case 1:
            lines.insert(first, lines[second])
        case 2:
            lines[first], lines[second] = lines[second], lines[first]
        case _:
            lines[first] *= chance.choice((2, 10, 100))
    return b"".join(lines)


def _token(data: bytes, chance: random.Random, tokens: Sequence[bytes]) -> bytes:
    if not tokens:
        return data
    place = chance.randrange(len(data) + 1)
    token = chance.choice(tokens)
    end = place + (len(token) if chance.random() < 0.3 else 0)
    return data[:place] + token * chance.choice((1, 1, 1, 2, 50)) + data[end:]


# --- check sums of archives ---------------------------------------------------------------------------


def mend_archive(data: bytes) -> bytes:
    """Write the check sums of an archive again, as far as its structure is still to be seen."""
    out = bytearray(data)
    if data.startswith(b"7z\xbc\xaf\x27\x1c") and len(data) > 32:
        start = 32 + int.from_bytes(data[12:20], "little")
        header = data[start : start + int.from_bytes(data[20:28], "little")]
        out[28:32] = zlib.crc32(header).to_bytes(4, "little")
        out[8:12] = zlib.crc32(out[12:32]).to_bytes(4, "little")
    for tar in re.finditer(b"ustar", data):
        _mend_tar(out, tar.start() - 257)
    if b"PK\1\2" in data:
        _mend_zip(out)
    return bytes(out)


def _mend_tar(out: bytearray, start: int) -> None:
    if start < 0 or start + 512 > len(out):
        return
    out[start + 148 : start + 156] = b" " * 8
    out[start + 148 : start + 156] = b"%06o\0 " % sum(out[start : start + 512])


def _mend_zip(out: bytearray) -> None:
    """Write the check sums of stored members again, in their local headers and in the directory."""
    for entry in re.finditer(rb"PK\x01\x02", bytes(out)):
        at = entry.start()
        method, size = _number(out, at + 10, 2), _number(out, at + 20, 4)
        local = _number(out, at + 42, 4)
        if method or out[local : local + 4] != b"PK\3\4":
            continue
        start = local + 30 + _number(out, local + 26, 2) + _number(out, local + 28, 2)
        check = zlib.crc32(out[start : start + size]).to_bytes(4, "little")
        out[local + 14 : local + 18] = out[at + 16 : at + 20] = check


def _number(data: bytearray, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")
