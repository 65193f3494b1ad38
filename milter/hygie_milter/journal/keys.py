"""The key ring of the journal: what seals its lines and makes its pseudonyms.

Does:   reads, makes, rotates and forgets keys; derives from each one secret that seals lines and another
        that turns addresses and fingerprints into pseudonyms.
Never:  shows a secret, writes the file half, or uses one that others can read.
Fails:  :class:`KeyRingError`, French and English, when the file is missing, open to everyone or no ring.
Source: RFC 2104 (HMAC); RFC 5869 for deriving one secret per purpose.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_SECRET_BYTES: Final = 32
_ID: Final = re.compile(r"[0-9a-f]{8}")
_PSEUDONYM_BYTES: Final = 10
"""80 bits: two of a hundred million pseudonyms are the same once in a hundred million journals."""


class KeyRingError(ValueError):
    """Why there is no usable key ring, for a person, without any secret."""

    def __init__(self, path: Path, french: str, english: str) -> None:
        super().__init__(f"{path}: {french} / {english}")
        self.path = path
        self.french = french
        self.english = english


@dataclass(frozen=True, slots=True)
class Key:
    """One key. Its two secrets are derived, so that neither tells the other."""

    id: str
    made: str
    """The day it was made, ISO."""
    secret: bytes = field(repr=False)
    sealing: bytes = field(repr=False, init=False)
    naming: bytes = field(repr=False, init=False)

    def __post_init__(self) -> None:
        for name in ("sealing", "naming"):
            derived = hmac.digest(self.secret, b"hygie journal " + name.encode(), "sha256")
            object.__setattr__(self, name, derived)

    def seal(self, data: bytes) -> str:
        """Return the 128-bit seal of some bytes."""
        return hmac.digest(self.sealing, data, "sha256")[:16].hex()

    def pseudonym(self, what: str, value: str) -> str:
        """Return what stands for a value of one sort (``address``, ``domain``…) in the lines of this key."""
        data = f"{what}\0{value}".encode("utf-8", "surrogateescape")
        return hmac.digest(self.naming, data, "sha256")[:_PSEUDONYM_BYTES].hex()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys by age, the oldest first. The last one is in use."""

    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        """The key that new lines get."""
        return self.keys[-1]

    def find(self, name: str) -> Key | None:
        """Return a key by its id."""
        return next((key for key in self.keys if key.id == name), None)


def load_ring(path: Path) -> KeyRing:
    """Read a key ring; raises :class:`KeyRingError`."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except OSError as error:
        raise KeyRingError(
            path, f"ne peut être lu : {error.strerror}", f"cannot be read: {error.strerror}"
        ) from None
    except UnicodeError:
        raise _no_ring(path) from None
    if stat.S_IMODE(mode) & 0o007:
        raise KeyRingError(path, "est ouvert à tous : chmod 600", "is open to everyone: chmod 600")
    try:
        rows = json.loads(text)["keys"]
        keys = tuple(Key(row["id"], row["made"], bytes.fromhex(row["secret"])) for row in rows)
    except (ValueError, KeyError, TypeError):
        raise _no_ring(path) from None
    whole = all(_ID.fullmatch(key.id) and len(key.secret) == _SECRET_BYTES for key in keys)
    if not keys or not whole or len({key.id for key in keys}) < len(keys):
        raise _no_ring(path)
    return KeyRing(keys)


def new_ring(path: Path, like: Path) -> KeyRing:
    """Make the first key, for the owner of ``like``, who seals with it.

    Raises ``FileExistsError`` rather than replace a ring, and ``OSError``.
    """
    ring = KeyRing((_new_key(),))
    with _written(path, ring, like) as temporary:
        os.link(temporary, path)  # unlike a rename, it fails where a ring stands
    return ring


def rotate(path: Path) -> KeyRing:
    """Add a key, which new lines get once the daemon reloads; raises :class:`KeyRingError`, ``OSError``."""
    ring = KeyRing((*load_ring(path).keys, _new_key()))
    _replace(path, ring)
    return ring


def forget(path: Path, names: frozenset[str]) -> KeyRing:
    """Delete keys, never the one in use: what they made can be linked to nobody any more."""
    ring = load_ring(path)
    kept = KeyRing(tuple(key for key in ring.keys if key.id not in names or key is ring.current))
    if len(kept.keys) < len(ring.keys):
        _replace(path, kept)
    return kept


def _new_key() -> Key:
    return Key(secrets.token_hex(4), datetime.now(UTC).date().isoformat(), secrets.token_bytes(_SECRET_BYTES))


def _no_ring(path: Path) -> KeyRingError:
    return KeyRingError(path, "n'est pas un trousseau de clés du journal", "is no key ring of the journal")


def _replace(path: Path, ring: KeyRing) -> None:
    with _written(path, ring, path) as temporary:
        temporary.replace(path)


@contextlib.contextmanager
def _written(path: Path, ring: KeyRing, like: Path) -> Iterator[Path]:
    """Write the ring whole, beside its place, for the owner of ``like`` alone; the caller puts it there."""
    rows = [{"id": key.id, "made": key.made, "secret": key.secret.hex()} for key in ring.keys]
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            adopt(file.fileno(), like)
            json.dump({"keys": rows}, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        yield temporary
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def adopt(descriptor: int, like: Path) -> None:
    """Give what root made to the owner of something else: the daemon must be able to use it."""
    if os.geteuid() == 0:
        owner = like.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
