"""Measure what one message adds to what its sender has sent.

Does:   counts copies, bytes, identified persons and pairs, from findings and envelope alone.
Never:  looks at text; tells whether a person of one message is one of another: fingerprints do not
        outlive the worker that made them.
Fails:  never.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from hygie_detectors.model import Axis, Confidence, Finding, Inspection
from hygie_detectors.pairs import strongest_pair
from hygie_policies.model import Envelope, Measure

_NOT_A_PATIENT: Final = frozenset(
    # Identities that stand in ordinary letters too, or say nothing alone.
    {"professional_name", "person_name", "phone", "email_address", "address", "age", "birth_date"}
)


def measure(inspection: Inspection, envelope: Envelope) -> dict[Measure, int]:
    """Return how much of each measure this message is."""
    return {name: measured(name, inspection, envelope) for name in Measure}


def measured(name: Measure, inspection: Inspection, envelope: Envelope) -> int:
    """Return how much of one measure this message is."""
    match name:
        case Measure.MESSAGES:
            return 1
        case Measure.RECIPIENTS:
            return len(envelope.recipients)
        case Measure.PATIENTS:
            return patients(inspection.findings)
        case Measure.MATCHES:
            pair = strongest_pair(inspection.findings)
            return int(pair is not None and pair.strength is not Confidence.LOW)
        case Measure.BYTES:
            return envelope.size


def patients(findings: Iterable[Finding]) -> int:
    """Count different identified persons: the most values that one kind of identity has.

    A person bears a name, a number and a birth date: values of several kinds are not added up.
    """
    values: defaultdict[str, set[object]] = defaultdict(set)
    for finding in findings:
        if (
            Axis.IDENTITY in finding.axes
            and finding.confidence is not Confidence.LOW
            and finding.kind not in _NOT_A_PATIENT
        ):
            values[finding.kind].add(value_of(finding))
    return max(map(len, values.values()), default=0)


def value_of(finding: Finding) -> object:
    """Return what tells a finding's value from others; what has no fingerprint is never the same."""
    return finding.fingerprint or (finding.part, finding.start, finding.end)
