"""Signed tokens: each lets one role approve one held message, until a moment.

Does:   signs queue ID, reference, role, expiry and a nonce with HMAC-SHA256, and reads them back.
Never:  trusts a byte before its signature was compared, in constant time. A token says nothing of content or
        persons.
Fails:  :class:`TokenError` for what is no token of ours, or has expired.
Source: RFC 2104; RFC 4648, 5 (base64url).
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from hygie_milter.journal.keys import Key, KeyRing

_VERSION: Final = 1
_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]{20,600})\.([A-Za-z0-9_-]{43})")
_NONCE_BYTES: Final = 16


class Role(StrEnum):
    """Who approves."""

    SENDER = "sender"
    HEAD = "head"
    """The sender's head of unit."""
    OFFICER = "officer"
    """The data protection officer."""


class TokenError(ValueError):
    """Why a token is not taken: ``forged`` or ``expired``."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token allows."""

    queue_id: str
    reference: str
    role: Role
    expires: datetime
    nonce: str


def new_token(queue_id: str, reference: str, role: Role, expires: datetime) -> Token:
    """Make a token that can be used once."""
    return Token(queue_id, reference, role, expires.replace(microsecond=0), secrets.token_hex(_NONCE_BYTES))


def signed(token: Token, key: Key) -> str:
    """Return a token as it stands in a link."""
    fields = [
        _VERSION,
        key.id,
        token.queue_id,
        token.reference,
        token.role,
        int(token.expires.timestamp()),
        token.nonce,
    ]
    payload = json.dumps(fields, separators=(",", ":")).encode()
    return f"{_text(payload)}.{_text(_mac(key, payload))}"


def read(text: str, ring: KeyRing, now: datetime) -> Token:
    """Return what a token allows; raises :class:`TokenError`."""
    try:
        version, _, queue_id, reference, role, expires, nonce = _signed_fields(text, ring)
        token = Token(queue_id, reference, Role(role), datetime.fromtimestamp(expires, UTC), nonce)
    except (ValueError, TypeError, OverflowError, OSError):
        raise TokenError("forged") from None
    if version != _VERSION:
        raise TokenError("forged")
    if token.expires <= now:
        raise TokenError("expired")
    return token


def _signed_fields(text: str, ring: KeyRing) -> list[Any]:
    """Return what a key of ours signed; raises ``ValueError`` or ``TypeError`` otherwise."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise ValueError
    payload, mac = _bytes(found[1]), _bytes(found[2])
    key = next((key for key in ring.keys if hmac.compare_digest(mac, _mac(key, payload))), None)
    if key is None:
        raise ValueError
    fields: list[Any] = json.loads(payload)
    return fields


def _mac(key: Key, payload: bytes) -> bytes:
    own = hmac.digest(key.secret, b"hygie approvals token", "sha256")
    return hmac.digest(own, payload, "sha256")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
