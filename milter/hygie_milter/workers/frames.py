"""Length-prefixed frames on a stream socket, with a size cap and a deadline.

Does:   sends and receives frames: four bytes of length, big endian, then the bytes. What is small goes
        out in one call and comes in by one call: a call wakes the peer, and waking is what costs.
Never:  allocates for a length above the cap; a peer cannot make us swallow memory. Reads beyond a frame
        only where the reader is told that nothing follows it.
Fails:  :class:`Closed` when the peer is gone, :class:`TooLong` above the cap,
        ``TimeoutError`` at the deadline. No error carries a byte of content.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import BinaryIO, Final

_LENGTH: Final = struct.Struct("!I")
_SMALL_BYTES: Final = 256 * 1024
"""Up to here, copying a frame into one buffer is cheaper than a second call."""
_READ_BYTES: Final = 64 * 1024


class Closed(Exception):  # noqa: N818 - it names what happened to the peer
    """The peer closed the connection, or died."""


class TooLong(Exception):  # noqa: N818 - the same
    """The peer announced more bytes than it may send."""


def send(sock: socket.socket, *frames: bytes, deadline: float | None = None) -> None:
    """Send the frames, one after the other; ``deadline`` is on ``time.monotonic``."""
    pieces = [piece for frame in frames for piece in (_LENGTH.pack(len(frame)), frame)]
    if sum(map(len, frames)) <= _SMALL_BYTES:
        pieces = [b"".join(pieces)]
    try:
        for piece in pieces:
            _arm(sock, deadline)
            sock.sendall(piece)
    except ConnectionError as error:
        raise Closed from error


def receive(sock: socket.socket, max_bytes: int, deadline: float) -> bytes:
    """Return the one frame that the peer sends; nothing may follow it before our next one."""
    try:
        _arm(sock, deadline)
        start = sock.recv(_READ_BYTES)
        while 0 < len(start) < _LENGTH.size:
            more = sock.recv(_LENGTH.size - len(start))
            start = start + more if more else b""
        if not start:
            raise Closed
        (length,) = _LENGTH.unpack_from(start)
        if length > max_bytes or len(start) > _LENGTH.size + length:
            raise TooLong
        frame = bytearray(length)
        got = len(start) - _LENGTH.size
        frame[:got] = start[_LENGTH.size :]
        view = memoryview(frame)
        while got < length:
            _arm(sock, deadline)
            read = sock.recv_into(view[got:])
            if read == 0:
                raise Closed
            got += read
    except ConnectionError as error:
        raise Closed from error
    return bytes(frame)


def read(stream: BinaryIO, max_bytes: int) -> bytes:
    """Return the next frame of a buffered stream, however long it takes to come."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > max_bytes:
        raise TooLong
    return _exactly(stream, length)


def _exactly(stream: BinaryIO, count: int) -> bytes:
    try:
        data = stream.read(count)
    except ConnectionError as error:
        raise Closed from error
    if len(data) < count:
        raise Closed
    return data


def _arm(sock: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    sock.settimeout(left)
