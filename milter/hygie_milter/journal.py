"""The journal: one line of JSON a decision, the source for audit and reports.

Does:   appends what was decided and why, with one ``write`` a line, before Postfix is answered.
Never:  holds content: no subject, text, file name, value, address or local part; kinds, counts,
        policy ids, Postfix's queue ID and the reference only.
Fails:  ``OSError`` when a line cannot be written whole (disk full); the session then applies the
        failure action: what cannot be journalled is not let through.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hygie_detectors.model import Inspection
from hygie_policies.model import Decision


class Journal:
    """An append-only file of JSON lines, mode 0600; None as path keeps no journal."""

    def __init__(self, path: Path | None) -> None:
        """Open the file; raises ``OSError`` when it cannot be."""
        self._path = path
        self._lock = threading.Lock()
        self._torn = False
        self._descriptor = _opened(path)

    def write(self, line: dict[str, Any]) -> None:
        """Append one line; raises ``OSError`` when it is not written whole."""
        if self._descriptor is None:
            return
        data = json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        with self._lock:  # a short write is completed before another thread's line starts
            if (
                os.fstat(self._descriptor).st_nlink == 0
            ):  # removed under us: it would hold the line for nobody
                self._reopen()
            if self._torn:
                data = b"\n" + data  # what a full disk cut off stays a line of its own
            self._torn = True
            while data:
                data = data[os.write(self._descriptor, data) :]
            self._torn = False

    def reopen(self) -> None:
        """Open the path again, after logrotate renamed the file; raises ``OSError`` and keeps the old one."""
        with self._lock:
            self._reopen()

    def _reopen(self) -> None:
        fresh = _opened(self._path)
        old, self._descriptor = self._descriptor, fresh
        if old is not None:
            os.close(old)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _opened(path: Path | None) -> int | None:
    if path is None:
        return None
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def decision_line(
    queue_id: str, size: int, inspection: Inspection, decision: Decision, seconds: float
) -> dict[str, Any]:
    """Return the journal line of a decision: what was decided and why, with no content."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "event": "decided",
        "queue_id": queue_id,
        "reference": decision.reference,
        "action": decision.action,
        "recipients": dict(Counter(str(r.action) for r in decision.recipients)),
        "channels": sorted({r.channel for r in decision.recipients if r.channel}),
        "policies": [
            {"id": o.id, "action": o.action, "simulated": o.simulated, "failed": o.failed}
            for o in decision.outcomes
        ],
        "findings": dict(Counter(f"{f.kind}:{f.confidence}" for f in inspection.findings)),
        "unread": dict(Counter(u.reason for u in inspection.unread)),
        "parts": len(inspection.parts),
        "size": size,
        "seconds": {**{k: round(v, 4) for k, v in inspection.seconds.items()}, "total": round(seconds, 4)},
        "policy_digest": decision.digest,
        "policy_version": decision.version,
    }
