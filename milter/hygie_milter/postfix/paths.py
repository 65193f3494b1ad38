"""SMTP paths: taken apart, and encoded under a domain of Hygie's own.

Does:   strips angle brackets; encodes a recipient into a domain that exists in this Postfix only,
        so that its transport table can carry it, and the original one for notices.
Never:  changes an address: what is encoded comes back to the same characters.
Fails:  never raises.
Source: RFC 5321 4.1.2 (paths, quoted local parts); RFC 3461 4 (ORCPT, xtext); RFC 2606 (.invalid).
"""

from __future__ import annotations

import re
from typing import Final

INTERNAL_SUFFIX: Final = ".hygie.invalid"
"""Domains below it exist inside this Postfix only; ``.invalid`` never resolves."""


def bare(path: str) -> str:
    """Return the address of an SMTP path, without angle brackets; the null path is ``""``."""
    path = path.strip()
    return path[1:-1] if path.startswith("<") and path.endswith(">") else path


_STANDARD: Final = re.compile(
    r"""(?:[^\x00-\x20\x7f"(),:;<>@\[\]\\]+ | "(?:[^\x00-\x1f\x7f"\\<>]|\\[!-~\x20])*")   # an atom, or quoted
        (?:@(?:[^\x00-\x20\x7f"(),:;<>@\[\]\\]+ | \[[0-9A-Za-z.:-]+\]))?""",  # none: our own domain
    re.VERBOSE,
)


def standard(path: str) -> bool:
    """Tell whether a recipient's path is one that Postfix deletes by the name it came under.

    Postfix takes source routes (``@a:b@c``), groups, comments and brackets in brackets, and keeps
    the address under another name: the recipient deleted by this one would stay, and get a copy.
    """
    return _STANDARD.fullmatch(bare(path)) is not None


def encode(address: str, domain: str) -> str:
    """Return the path that carries ``address`` through Postfix under one of Hygie's own domains.

    ``bob@dest.test`` becomes ``<bob=dest.test@domain>``; the quotes of a quoted local part are
    kept around the whole.
    """
    local, _, own = address.rpartition("@")
    if local.startswith('"') and local.endswith('"') and len(local) > 1:
        return f'<"{local[1:-1]}={own}"@{domain}>'
    return f"<{local}={own}@{domain}>"


def xtext(address: str) -> str:
    """Return the address as RFC 3461 xtext: all but ``!`` to ``~`` without ``+`` and ``=`` as ``+HH``."""
    return "".join(
        chr(byte) if 0x21 <= byte <= 0x7E and byte not in b"+=" else f"+{byte:02X}"  # noqa: PLR2004 - "!" and "~"
        for byte in address.encode("utf-8", "surrogateescape")
    )
