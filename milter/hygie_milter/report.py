"""One inspected message as people and programs read it: the object of ``hygie scan --json``.

Does:   turns an inspection and its decision into plain values with fixed keys.
Never:  shows a value: evidence is masked since its creation. Paths and addresses are shown: this
        is for a person on the spot, and never goes into a log.
Fails:  never.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from hygie_detectors.model import Finding, Inspection
from hygie_policies.model import Decision

SCHEMA: Final = 1


def report(source: str, inspection: Inspection, decision: Decision, decide_seconds: float) -> dict[str, Any]:
    """Return the object; its keys are a contract and only ever grow."""
    return {
        "schema": SCHEMA,
        "source": source,
        "decision": {
            "action": decision.action,
            "reference": decision.reference,
            "recipients": [
                {"address": r.address, "action": r.action, "channel": r.channel} for r in decision.recipients
            ],
            "policies": [
                {"id": o.id, "action": o.action, "simulated": o.simulated} for o in decision.outcomes
            ],
            "reasons": list(decision.reasons),
        },
        "findings": _grouped(inspection.findings),
        "unread": [{"part": u.part, "reason": u.reason} for u in inspection.unread],
        "parts": len(inspection.parts),
        "seconds": {
            "extract": round(inspection.seconds.get("extract", 0.0), 6),
            "detect": round(inspection.seconds.get("detect", 0.0), 6),
            "decide": round(decide_seconds, 6),
        },
    }


def _grouped(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Group what is the same in the same part; the first one's evidence stands for all."""
    first: dict[tuple[Any, ...], Finding] = {}
    counts: Counter[tuple[Any, ...]] = Counter()
    for finding in findings:
        key = (finding.kind, finding.axes, finding.confidence, finding.part, finding.qualifiers)
        first.setdefault(key, finding)
        counts[key] += 1
    return [
        {
            "kind": f.kind,
            "axis": list(f.axes),
            "confidence": f.confidence,
            "part": f.part,
            "count": counts[key],
            "masked": f.masked,
            "qualifiers": list(f.qualifiers),
        }
        for key, f in first.items()
    ]
