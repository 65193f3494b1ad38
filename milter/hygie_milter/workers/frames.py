"""Length-prefixed frames on a stream socket, with a size cap and a deadline.

Does:   sends and receives one frame: four bytes of length, big endian, then the bytes.
Never:  allocates for a length above the cap; a peer cannot make us swallow memory.
Fails:  :class:`Closed` when the peer is gone, :class:`TooLong` above the cap,
        ``TimeoutError`` at the deadline. No error carries a byte of content.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Final

_LENGTH: Final = struct.Struct("!I")


class Closed(Exception):  # noqa: N818 - it names what happened to the peer
    """The peer closed the connection, or died."""


class TooLong(Exception):  # noqa: N818 - the same
    """The peer announced more bytes than it may send."""


def send(sock: socket.socket, *chunks: bytes, deadline: float | None = None) -> None:
    """Send the chunks as one frame; ``deadline`` is on ``time.monotonic``."""
    header = _LENGTH.pack(sum(map(len, chunks)))
    try:
        for chunk in (header, *chunks):
            _arm(sock, deadline)
            sock.sendall(chunk)
    except (BrokenPipeError, ConnectionError) as error:
        raise Closed from error


def receive(sock: socket.socket, max_bytes: int, deadline: float | None = None) -> bytes:
    """Return the next frame."""
    (length,) = _LENGTH.unpack(_exactly(sock, _LENGTH.size, deadline))
    if length > max_bytes:
        raise TooLong
    return _exactly(sock, length, deadline)


def _exactly(sock: socket.socket, count: int, deadline: float | None) -> bytes:
    buffer = bytearray(count)
    view = memoryview(buffer)
    got = 0
    while got < count:
        _arm(sock, deadline)
        try:
            read = sock.recv_into(view[got:])
        except ConnectionError as error:
            raise Closed from error
        if read == 0:
            raise Closed
        got += read
    return bytes(buffer)


def _arm(sock: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        sock.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    sock.settimeout(left)
