"""What the journal tells of a decision: features of the message, never its content.

Does:   turns what ``decide`` was given and what it answered into plain values, such that
        :mod:`hygie_milter.journal.replay` can give the same to ``decide`` again: kinds, confidences, places
        by number, sizes, media types, pseudonyms, what channels, history and contents answered.
Never:  holds a text, a file name, a value, masked evidence, an address. File names and pages become
        numbers; fingerprints become the number of the value within this one message, so that nothing tells
        that a patient of one message is one of another.
Fails:  never. What is beyond the bounds below is left out and said in ``cut``: such a line is read as one
        that cannot be told whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

from hygie_detectors.model import Axis, Finding, Inspection
from hygie_milter.journal import pseudonyms
from hygie_milter.journal.keys import Key
from hygie_policies import addresses
from hygie_policies.lookalike import Partners
from hygie_policies.model import Answers, Context, Decision, Envelope, History, NotRecorded, RecipientDecision

FINDINGS_MAX: Final = 300
PARTS_MAX: Final = 200
RECIPIENTS_MAX: Final = 1000
"""A line stays well below what storage takes; an ordinary message has some five findings."""
AXES: Final = {axis: 1 << index for index, axis in enumerate(Axis)}
FAILED: Final = "failed"
"""Stands for the answer of what could not answer: a policy that asked it counted as its own action."""

Row = TypeVar("Row")


class Recorder:
    """A history that remembers what it was asked and what it answered."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.volumes: dict[str, int | str] = {}
        self.first: dict[str, bool | str] = {}

    def volume(self, measure: str, hours: float) -> int:
        """Ask, and note the answer."""
        name = volume_name(measure, hours)
        try:
            self.volumes[name] = found = self._history.volume(measure, hours)
        except NotRecorded:
            raise
        except Exception:
            self.volumes[name] = FAILED
            raise
        return found

    def first_contact(self, recipient: str) -> bool:
        """Ask, and note the answer."""
        try:
            self.first[recipient] = found = self._history.first_contact(recipient)
        except NotRecorded:
            raise
        except Exception:
            self.first[recipient] = FAILED
            raise
        return found


def volume_name(measure: str, hours: float) -> str:
    """Return the name under which a volume is kept."""
    return f"{measure}/{hours:g}"


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision with all that it was made from."""

    queue_id: str
    inspection: Inspection
    envelope: Envelope
    context: Context
    partners: Partners
    """Those of the policy set."""
    decision: Decision
    seconds: float


def decided(what: Decided, key: Key) -> dict[str, Any]:
    """Return the fields of a decision's line."""
    decision, inspection, envelope, context = what.decision, what.inspection, what.envelope, what.context
    cut: dict[str, int] = {}
    places = Places()
    findings = _bounded("findings", inspection.findings, FINDINGS_MAX, cut)
    fields: dict[str, Any] = {
        "queue_id": what.queue_id,
        "reference": decision.reference,
        "action": decision.action,
        "split": decision.split,
        "size": envelope.size,
        "seconds": {name: round(spent, 4) for name, spent in inspection.seconds.items()}
        | {"total": round(what.seconds, 4)},
        "policy_digest": decision.digest,
        "policy_version": decision.version,
        "at": context.now.isoformat(),
        "sender": _sender(envelope, context, key),
        "client": pseudonyms.client(key, envelope.client),
        "divisible": envelope.divisible,
        "channels": sorted(context.channels),
        "partners": partners_digest(what.partners),
        "recipients": [
            _recipient(each, what, key)
            for each in _bounded("recipients", decision.recipients, RECIPIENTS_MAX, cut)
        ],
        "parts": [
            [places.number(part.path), part.media_type, part.size, part.attachment]
            for part in _bounded("parts", inspection.parts, PARTS_MAX, cut)
        ],
        "findings": _findings(findings, places),
        "unread": [
            [places.number(row.part), row.reason, row.attachment]
            for row in _bounded("unread", inspection.unread, PARTS_MAX, cut)
        ],
        "policies": [_outcome(outcome) for outcome in decision.outcomes],
    }
    if isinstance(context.contents, Answers) and context.contents.by_digest:
        fields["answers"] = dict(context.contents.by_digest)
    if isinstance(context.history, Recorder) and context.history.volumes:
        fields["volumes"] = context.history.volumes
    if decision.emergency is not None:
        fields["emergency"] = decision.emergency
    if decision.release is not None:
        fields["release"] = decision.release.by
    if decision.approved:
        fields["approved"] = list(decision.approved)
    if cut:
        fields["cut"] = cut
    return fields


class Places:
    """Numbers instead of paths: ``2/dossier.zip/lettre.pdf#page=3`` becomes ``1/1/2#4``.

    A path keeps its shape, for policies ask what lies in one file, and whether an archive around it is
    encrypted; a name is told by its number among those beside it.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {"": ""}
        self._inside: dict[str, int] = {}

    def number(self, path: str) -> str:
        """Return what stands for a path, the same each time."""
        if path not in self._known:
            file, mark, place = path.partition("#")
            if mark:
                around, sign = self.number(file), "#"
            else:
                above, sign, place = file.rpartition("/")
                around = self.number(above) if sign else ""
            # An empty name keeps its emptiness: "a/" is the file "" of "a".
            self._known[path] = around + sign + (self._next(around + sign) if place else "")
        return self._known[path]

    def _next(self, around: str) -> str:
        self._inside[around] = self._inside.get(around, 0) + 1
        return str(self._inside[around])


def _bounded(name: str, rows: Sequence[Row], at_most: int, cut: dict[str, int]) -> Sequence[Row]:
    """Keep the first rows, of findings the strongest; note how many there were when some are left out."""
    if len(rows) <= at_most:
        return rows
    cut[name] = len(rows)
    if name == "findings":
        rows = sorted(rows, key=_strength, reverse=True)
    return rows[:at_most]


def _strength(finding: Any) -> tuple[int, int]:
    return finding.confidence.rank, len(finding.axes)


def _findings(findings: Iterable[Finding], places: Places) -> list[list[Any]]:
    values: dict[str, int] = {"": 0}
    return [
        [
            f.kind,
            sum(AXES[axis] for axis in f.axes),
            f.confidence,
            places.number(f.part),
            f.start,
            f.end,
            values.setdefault(f.fingerprint, len(values)),
            *f.qualifiers,
        ]
        for f in findings
    ]


def _sender(envelope: Envelope, context: Context, key: Key) -> dict[str, Any]:
    sender = addresses.parse(envelope.sender)
    return {
        "who": pseudonyms.address(key, envelope.sender),
        "login": pseudonyms.login(key, envelope.authenticated),
        "internal": sender.plain and sender.domain in context.internal_domains,
    }


def _recipient(recipient: RecipientDecision, what: Decided, key: Key) -> dict[str, Any]:
    """Tell of one recipient; what is not there is false, or was not asked."""
    context, real = what.context, recipient.address
    parsed = addresses.parse(real)
    who = pseudonyms.address(key, real)
    told: dict[str, Any] = {"who": who, "action": recipient.action}
    if recipient.policies:
        told["policies"] = list(recipient.policies)
    if recipient.channel:
        told["channel"] = recipient.channel
    if recipient.simulated:
        told["simulated"] = recipient.simulated
    if parsed.plain and parsed.domain in context.internal_domains:
        told["internal"] = True
    accepts = (
        {name: _accepted(context, name, real, who, key) for name in context.channels} if parsed.plain else {}
    )
    if any(accepts.values()):
        told["accepts"] = {name: answer for name, answer in accepts.items() if answer}
        told["secure"] = True in accepts.values()
    if _looks_alike(what.partners, parsed.domain):
        told["look_alike"] = True
    if isinstance(context.history, Recorder) and real in context.history.first:
        told["first_contact"] = context.history.first[real]
    return told


def _accepted(context: Context, channel: str, real: str, who: str, key: Key) -> str | bool:
    """Return True for a channel that takes a recipient as is, else the pseudonym of where it delivers."""
    try:
        answer = context.channels[channel].accepts(real)
    except Exception:  # noqa: BLE001 - it failed when the decision asked, too
        return FAILED
    mapped = pseudonyms.address(key, answer or "")
    return True if mapped == who else mapped


def _outcome(outcome: Any) -> dict[str, Any]:
    told = {"id": outcome.id, "action": outcome.action, "severity": outcome.severity}
    flags = {name: True for name in ("simulated", "failed", "untold") if getattr(outcome, name)}
    exceptions = {"exceptions": list(outcome.exceptions)} if outcome.exceptions else {}
    return told | flags | exceptions


@lru_cache(maxsize=16)
def partners_digest(partners: Partners) -> str:
    """Return which partners' domains these are; empty for none."""
    if not partners:
        return ""
    return hashlib.sha256("\n".join(sorted(partners.domains)).encode()).hexdigest()[:16]


@lru_cache(maxsize=16384)
def _looks_alike(partners: Partners, domain: str) -> bool:
    return bool(partners) and partners.look_alike(domain)
