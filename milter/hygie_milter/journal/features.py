"""What the journal tells of a decision, without content."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hygie_detectors.model import Inspection
from hygie_policies.model import Decision


def decided(
    queue_id: str, size: int, inspection: Inspection, decision: Decision, seconds: float
) -> dict[str, Any]:
    """Return the journal line of a decision: what was decided and why, with no content."""
    return {
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
    }
