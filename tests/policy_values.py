"""Values for tests of policies: findings, unread parts, policies, in one line each."""

from pathlib import Path

import yaml

from hygie_detectors.model import Axis, Confidence, Finding, Inspection, Unread
from hygie_policies.loader import PolicySet, policy_set
from hygie_policies.schema import Policy
from hygie_policies.yamlfile import Document, validate

AXES = {
    "nir": (Axis.IDENTITY,),
    "patient_name": (Axis.IDENTITY,),
    "disease": (Axis.HEALTH,),
    "lab_result": (Axis.HEALTH,),
    "cda": (Axis.IDENTITY, Axis.HEALTH),
}


def finding(kind, part="1", confidence="high", fingerprint="", qualifiers=(), start=0):
    return Finding(
        kind,
        AXES[kind],
        Confidence(confidence),
        part,
        start,
        start + 1,
        "•",
        fingerprint,
        tuple(qualifiers),
    )


def unread(reason="encrypted", part="2", attachment=True):
    return Unread(part, reason, attachment)


def inspection(*rows):
    findings = tuple(row for row in rows if isinstance(row, Finding))
    rest = tuple(row for row in rows if isinstance(row, Unread))
    return Inspection((), findings, rest)


PLAIN = {
    "schema": 1,
    "id": "example",
    "title": {"fr": "Titre", "en": "Title"},
    "why": {"fr": "Raison.", "en": "Ground."},
    "owner": "RSSI",
    "status": "enforce",
    "severity": "medium",
    "since": "2026-11-24",
    "when": {"finding": {"kind": "nir"}},
    "then": {"action": "hold"},
}


def policy(**changes) -> Policy:
    """Return a policy, changed as given, through the same checks as a file."""
    return validate(Document("example.yaml", {**PLAIN, **changes}, {}, {}), Policy)


def policies(*given) -> PolicySet:
    return policy_set(given)


def write(folder: Path, name="example.yaml", **changes) -> Path:
    """Write a policy file and return its path."""
    path = folder / name
    path.write_text(
        yaml.safe_dump({**PLAIN, **changes}, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return path
