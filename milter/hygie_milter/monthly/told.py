"""What the lines of the journal tell a report: the one place of this package that knows their fields.

Does:   reads the fields that are counted, checks each against its closed form, and drops the rest.
Never:  takes over a pseudonym, a queue ID, or a word that is not of a closed form: what is not here
        cannot come into a report.
Fails:  :class:`UntoldError` for fields that are not in the form of their event; whoever reports counts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hygie_detectors.model import Confidence, is_reason
from hygie_detectors.pairs import strongest_pair
from hygie_milter.journal.features import AXES
from hygie_milter.journal.replay import inspection_of
from hygie_policies.model import Action

_BOTH_AXES: Final = sum(AXES.values())
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ID_MAX: Final = 64
_KIND: Final = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{12,64}")
_VERSION: Final = re.compile(r"[\w.+-]{1,40}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_OTHER: Final = "other"
_MALFORMED: Final = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


class UntoldError(ValueError):
    """Fields that are not in the form of their event."""


@dataclass(frozen=True, slots=True)
class Match:
    """One policy that matched."""

    policy: str
    action: Action
    simulated: bool
    failed: bool
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision."""

    reference: str
    action: Action
    digest: str
    version: str
    kinds: Mapping[tuple[str, Confidence], int]
    unread: tuple[str, ...]
    """The reason of each unread part."""
    matches: tuple[Match, ...]
    remembered: bool
    """Whether an approval that is remembered let it pass."""
    ordinary: bool
    """Whether a copy left as it was for someone outside whom no secure channel takes."""
    pair: Confidence | None
    """The strength of its strongest pair; looked for only where a copy left in that way."""


def decided(fields: Mapping[str, Any]) -> Decided:
    """Read a decision."""
    try:
        ordinary = any(map(_left_in_clear, fields["recipients"]))
        return Decided(
            reference=str(fields["reference"]),
            action=Action(fields["action"]),
            digest=_formed(_DIGEST, fields["policy_digest"], ""),
            version=_formed(_VERSION, fields.get("policy_version", ""), ""),
            kinds=_kinds(fields["findings"]),
            unread=tuple(_reason(reason) for _part, reason, _attachment in fields["unread"]),
            matches=tuple(_match(row) for row in fields["policies"]),
            remembered=bool(fields.get("approved")),
            ordinary=ordinary,
            pair=_strength(fields) if ordinary else None,
        )
    except _MALFORMED as error:
        raise UntoldError from error


def _left_in_clear(recipient: Mapping[str, Any]) -> bool:
    left = recipient["action"] in {Action.ALLOW, Action.TAG}
    return left and not recipient.get("internal") and not recipient.get("secure")


def _kinds(rows: Iterable[Any]) -> dict[tuple[str, Confidence], int]:
    kinds: dict[tuple[str, Confidence], int] = {}
    for kind, _axes, confidence, *_place in rows:
        key = (_formed(_KIND, kind, _OTHER), Confidence(confidence))
        kinds[key] = kinds.get(key, 0) + 1
    return kinds


def _strength(fields: Mapping[str, Any]) -> Confidence | None:
    borne = 0
    for row in fields["findings"]:
        borne |= row[1]
    if borne != _BOTH_AXES:
        return None
    pair = strongest_pair(inspection_of(fields).findings)
    return pair.strength if pair is not None else None


def _reason(reason: str) -> str:
    """Return a reason of the closed list; all limits are one."""
    if not is_reason(reason):
        return _OTHER
    return "limit" if reason.startswith("limit:") else reason


def _match(row: Mapping[str, Any]) -> Match:
    return Match(
        policy_id(row["id"]),
        Action(row["action"]),
        bool(row.get("simulated")),
        bool(row.get("failed")),
        tuple(map(policy_id, row.get("exceptions", ()))),
    )


RELEASES: Final = ("released", "returned", "destroyed")


def released(fields: Mapping[str, Any]) -> tuple[str, str]:
    """Return whose hold ended, by reference, and how."""
    outcome = fields.get("result")
    if outcome not in RELEASES:
        raise UntoldError
    return str(fields.get("reference", "")), outcome


EMERGENCIES: Final = (
    "used",
    "not_needed",
    "refused:sender",
    "refused:authentication",
    "refused:recipients",
    "refused:quota",
    "refused:house_quota",
    "refused:expired",
    "refused:untold",
)


VERDICTS: Final = ("justified", "abuse")
ROLES: Final = ("sender", "head", "officer")


def emergency(fields: Mapping[str, Any]) -> str:
    """Return what became of a message with the marker of the emergency lane; empty for a review."""
    return "" if fields.get("what") == "reviewed" else _known(EMERGENCIES, fields.get("result"))


def reviewed(fields: Mapping[str, Any]) -> tuple[str, str]:
    """Return whose use of the lane was judged, by reference, and how."""
    return str(fields.get("reference", "")), _known(VERDICTS, fields.get("verdict"))


def approved(fields: Mapping[str, Any]) -> str:
    """Return in which role somebody approved."""
    return _known(ROLES, fields.get("role"))


def _known(words: tuple[str, ...], word: Any) -> str:
    return word if word in words else _OTHER


def lifecycle(fields: Mapping[str, Any]) -> tuple[str, str, str, bool]:
    """Return a policy, its status before and after, and whether the change was forced."""
    before, after = (_formed(_ID, fields.get(name, ""), "") for name in ("before", "after"))
    return policy_id(fields.get("policy")), before, after, bool(fields.get("forced"))


@dataclass(frozen=True, slots=True)
class Purged:
    """The proof of one purge."""

    before: str
    files: int
    lines: int


def purged(fields: Mapping[str, Any]) -> Purged:
    """Read the proof of a purge."""
    try:
        files = fields["files"]
        before = _formed(_DAY, fields["before"], "")
        return Purged(before, len(files), sum(int(row["lines"]) for row in files))
    except _MALFORMED as error:
        raise UntoldError from error


def version(fields: Mapping[str, Any]) -> str:
    """Return the version of Hygie that started."""
    return _formed(_VERSION, fields.get("version", ""), "")


def worked(fields: Mapping[str, Any]) -> bool:
    """Tell whether a reload worked."""
    return bool(fields.get("ok"))


def delay(fields: Mapping[str, Any], held: datetime | None, now: datetime) -> float | None:
    """Return how many seconds a message was held; None when its hold is not known."""
    told = fields.get("waited")
    if isinstance(told, int | float) and not isinstance(told, bool) and told >= 0:
        return float(told)
    return max(0.0, (now - held).total_seconds()) if held is not None else None


def policy_id(value: Any) -> str:
    """Return the id of a policy or exception; ``other`` for anything that is not formed like one."""
    return _formed(_ID, value, _OTHER) if len(str(value)) <= _ID_MAX else _OTHER


def _formed(form: re.Pattern[str], value: Any, otherwise: str) -> str:
    return value if isinstance(value, str) and form.fullmatch(value) else otherwise
