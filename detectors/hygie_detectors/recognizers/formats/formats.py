"""Turn the signature of a health file format into a finding.

Does:   gives each signature one finding of its kind, confidence high: axis health, and identity
        too when the file speaks of a person (an acknowledgement does not).
Never:  reads bytes or text: extraction did.
Fails:  never.
Source: design.md section 3: some findings carry both axes.
Quality: see ``pos_structured`` and ``pos_dicom`` in docs/quality.md.
"""

from __future__ import annotations

from typing import Final

from hygie_detectors.model import Axis, Confidence, Finding

NAMES: Final = {
    "cda": "CDA R2",
    "hl7v2": "HL7 v2",
    "hprim": "HPRIM",
    "fhir": "FHIR",
    "dicom": "DICOM",
    "xdm": "IHE XDM",
}
"""Kind -> what people call the format; this is the evidence shown."""


def finding_of(kind: str, part: str, *, person: bool, fingerprint: str) -> Finding:
    """Return the finding for a signature; its place is the whole part, so the span is empty."""
    axes = (Axis.IDENTITY, Axis.HEALTH) if person else (Axis.HEALTH,)
    return Finding(kind, axes, Confidence.HIGH, part, 0, 0, NAMES.get(kind, kind), fingerprint)
