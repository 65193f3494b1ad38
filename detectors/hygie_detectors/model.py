"""The words of an inspection: part, segment, finding, unread, inspection.

Does:   holds what was found in a message as frozen values, and turns them into plain
        JSON-able values and back, for the pipe between a worker and its parent.
Never:  shows content. ``repr()`` of any of these prints no text, no path, no evidence;
        only the kind, the confidence and where it lies by number.
Fails:  :func:`inspection_from_wire` raises ``ValueError`` on anything that is not exactly
        an inspection; the parent treats a worker's answer as hostile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Axis(StrEnum):
    """What a finding speaks of. The unit of risk is the pair of both."""

    IDENTITY = "identity"
    """Who: a person one can name."""
    HEALTH = "health"
    """What: something medical."""


class Confidence(StrEnum):
    """How sure a finding is; compare with :attr:`rank`."""

    LOW = "low"
    """A hint, which ordinary mail gives too: an everyday word, anybody's name. Acts in no shipped policy."""
    MEDIUM = "medium"
    """What a person who reads the place would take it for; wrong now and then. Enough for the pair."""
    HIGH = "high"
    """Proved by itself: a control key, a format, a label with its value, a report with its structure."""

    rank: int
    """0 for low, 1 for medium, 2 for high."""


for _rank, _member in enumerate(Confidence):
    _member.rank = _rank  # a plain attribute: it is read for every finding of every policy

QUALIFIERS: Final = frozenset(
    {
        *("negated", "family", "hypothetical", "historic"),  # what its sentence says of it
        *("quoted", "signature", "footer", "generic", "template"),  # where it stands
        *("wrong_key", "test_number"),
    }
)
"""What may be said of a finding beside its kind. They describe; policy decides what they weigh."""

REASONS: Final = frozenset({"encrypted", "corrupt", "unsupported", "timeout", "crash", "engine"})
"""Reasons for which a part is unread, beside ``limit:<name of the setting>``."""


def is_reason(reason: str) -> bool:
    """Tell whether this is one of the closed list of reasons."""
    name = reason.removeprefix("limit:")
    return reason in REASONS or (name != reason and name.isidentifier() and len(name) <= _NAME_MAX)


_NAME_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Part:
    """Anything with bytes: a MIME part, an attachment, an archive member.

    ``path`` is for people on the spot only (``2/dossier.zip/lettre.docx``): it holds file
    names, which name patients. It is never logged.
    """

    path: str = field(repr=False)
    media_type: str
    """What libmagic and the sniffers say it is, not what the sender declared."""
    size: int
    """Bytes, decoded."""
    attachment: bool = False
    """Whether the sender gave it as a file (disposition or name), or it lies inside one."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Text of a part with its provenance."""

    part: str = field(repr=False)
    """Path of the part, with ``#page=3``, ``#header`` and the like behind it where there is one."""
    text: str = field(repr=False)
    source: str = "body"
    """``header`` | ``body`` | ``name`` (a file name) | ``metadata`` | ``ocr`` (recognised, with errors)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was recognised, with masked evidence.

    ``start`` and ``end`` are character offsets in the text of the segment it was found in.
    ``fingerprint`` is a keyed digest of the normalised value, for counting distinct values;
    its key never leaves the process that made it, so it links nothing outside.
    """

    kind: str
    axes: tuple[Axis, ...]
    confidence: Confidence
    part: str = field(repr=False)
    start: int
    end: int
    masked: str = field(repr=False, default="")
    fingerprint: str = field(repr=False, default="")
    qualifiers: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The part without its page or place: what *same part* means."""
        return self.part.split("#", 1)[0]


@dataclass(frozen=True, slots=True)
class Unread:
    """A part, or the rest of one, that was not fully inspected, and why. Never clean."""

    part: str = field(repr=False)
    reason: str
    attachment: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that is known of a message's content. ``seconds`` holds ``extract`` and ``detect``."""

    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]
    seconds: dict[str, float] = field(default_factory=dict)


def inspection_to_wire(inspection: Inspection) -> dict[str, Any]:
    """Return the inspection as lists, strings and numbers; the inverse of :func:`inspection_from_wire`."""
    return {
        "parts": [[p.path, p.media_type, p.size, p.attachment] for p in inspection.parts],
        "findings": [
            [
                f.kind,
                list(f.axes),
                f.confidence,
                f.part,
                f.start,
                f.end,
                f.masked,
                f.fingerprint,
                list(f.qualifiers),
            ]
            for f in inspection.findings
        ],
        "unread": [[u.part, u.reason, u.attachment] for u in inspection.unread],
        "seconds": inspection.seconds,
    }


def inspection_from_wire(wire: object) -> Inspection:
    """Rebuild an inspection from what a worker sent.

    Raises:
        ValueError: when anything is missing, of another type, or outside a closed list. The
            message names no value.

    """
    try:
        if not isinstance(wire, dict) or wire.keys() != {"parts", "findings", "unread", "seconds"}:
            raise ValueError("keys")  # noqa: TRY301 - one place turns every defect into one error
        seconds = {_text(k): _number(v) for k, v in wire["seconds"].items()}
        return Inspection(
            tuple(_part(*row) for row in wire["parts"]),
            tuple(_finding(*row) for row in wire["findings"]),
            tuple(_unread(*row) for row in wire["unread"]),
            seconds,
        )
    except (TypeError, AttributeError, ValueError) as error:
        raise ValueError("a worker's answer is not an inspection") from error


def _part(path: object, media_type: object, size: object, attachment: object) -> Part:
    return Part(_text(path), _text(media_type), _count(size), _flag(attachment))


def _finding(  # noqa: PLR0913 - the nine columns of the wire form
    kind: object,
    axes: list[str],
    confidence: str,
    part: object,
    start: object,
    end: object,
    masked: object,
    fingerprint: object,
    qualifiers: list[str],
) -> Finding:
    if not set(qualifiers) <= QUALIFIERS or not axes or not isinstance(axes, list):
        raise ValueError("finding")
    return Finding(
        _text(kind),
        tuple(Axis(axis) for axis in axes),
        Confidence(confidence),
        _text(part),
        _count(start),
        _count(end),
        _text(masked),
        _text(fingerprint),
        tuple(qualifiers),
    )


def _unread(part: object, reason: object, attachment: object) -> Unread:
    if not is_reason(_text(reason)):
        raise ValueError("reason")
    return Unread(_text(part), _text(reason), _flag(attachment))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("flag")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("count")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError("number")
    return float(value)
