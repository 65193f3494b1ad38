"""From the bytes of a message to text with provenance, and to what could not be read.

Does:   :func:`extract` walks a message, reads every part that has a reader, and names every part,
        or rest of one, that was not fully read, with its reason.
Never:  says nothing about bytes it was given: each part ends in text, in an unread, or is blank.
Fails:  never raises on any bytes. Native readers may take the process down: see
        :mod:`hygie_detectors.watch`.
"""

from __future__ import annotations

from hygie_detectors.extraction import dispatch
from hygie_detectors.extraction.walk import Extraction, Item, Signature, Walk
from hygie_detectors.limits import Limits
from hygie_detectors.model import Unread
from hygie_detectors.watch import Unwatched, Watch

__all__ = ["Extraction", "Signature", "extract", "warm"]

_DEFAULT_LIMITS = Limits()
_UNWATCHED = Unwatched()


def warm() -> None:
    """Load what is otherwise loaded when the first picture comes, so that forked workers share it.

    Raises:
        RuntimeError: when the French model of OCR is not installed.

    """
    from hygie_detectors.extraction import images  # noqa: PLC0415 - Pillow and tesseract, for who asks

    images.warm()


def extract(raw: bytes, limits: Limits = _DEFAULT_LIMITS, watch: Watch = _UNWATCHED) -> Extraction:
    """Return all text of a message, its parts in walk order, and what was not read.

    ``raw`` is the message as RFC 5322 bytes. Part 0, ``headers``, is the message itself; when
    ``watch`` refuses it nothing is read. Never raises; the same bytes give the same parts.
    """
    walk = Walk(limits, watch)
    if len(raw) > limits.message_max_bytes:
        walk.add_unread(Unread(dispatch.ROOT, "limit:message_max_bytes", attachment=True))
        raw = raw[: limits.message_max_bytes]
    root = Item(walk.unique(dispatch.ROOT), raw, declared="message/rfc822")
    return walk.run(root, dispatch.read)
