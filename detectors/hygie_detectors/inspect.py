"""Inspect a message: extract, then detect. The one way in for milter, scan, tests and benchmarks.

Does:   returns all that is known of a message's content, with the seconds each step took.
Never:  decides anything; logs or keeps content.
Fails:  never on any bytes: what could not be read, by extraction or by the engine, is in ``unread``.
"""

from __future__ import annotations

import time

from hygie_detectors.engine import Engine
from hygie_detectors.extraction import extract
from hygie_detectors.limits import Limits
from hygie_detectors.model import Inspection, Unread
from hygie_detectors.watch import Unwatched, Watch

_UNWATCHED = Unwatched()


def inspect(raw: bytes, engine: Engine, limits: Limits, watch: Watch = _UNWATCHED) -> Inspection:
    """Return the inspection of an RFC 5322 message. ``seconds`` holds ``extract`` and ``detect``."""
    begun = time.perf_counter()
    extraction = extract(raw, limits, watch)
    extracted = time.perf_counter()
    numbers = {part.path: number for number, part in enumerate(extraction.parts)}
    findings, missed = engine.detect(extraction.segments, extraction.signatures, numbers, watch)
    detected = time.perf_counter()
    attached = {part.path for part in extraction.parts if part.attachment}
    unread = dict.fromkeys(
        (*extraction.unread, *(Unread(u.part, u.reason, u.part.split("#", 1)[0] in attached) for u in missed))
    )
    return Inspection(
        extraction.parts,
        tuple(findings),
        tuple(unread),
        {"extract": extracted - begun, "detect": detected - extracted},
    )
