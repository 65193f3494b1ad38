"""One run over labelled folders: every case inspected and decided, and what the labels expect of it.

Does:   inspects in the milter's own workers, decides by the shipped policies towards an ordinary mailbox
        outside, sums up by label, and tells misses and false alarms.
Never:  keeps content: a result holds kinds, confidences and masked evidence.
Fails:  a file that cannot be read is an ``OSError`` among the results; the others are measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from hygie_detectors.evaluation import Outcome, figures, outcome, share
from hygie_detectors.model import Finding, Inspection
from hygie_milter.evaluation.cases import MAIN, Case, Variant, cases
from hygie_milter.scanning import OUTSIDE, Scanner, in_order
from hygie_policies.model import Action, Envelope

_SENDER: Final = "expediteur@etablissement.invalid"
_ALARM_LABELS: Final = ("neg_", "hardneg_", "robust")
_EVIDENCE_MAX: Final = 6
"""Findings shown of one error: the surest of each kind."""


class Fault(StrEnum):
    """Where a result is not what its label expects."""

    MISSED = "missed"
    FALSE_ALARM = "false_alarm"


@dataclass(frozen=True, slots=True)
class Result:
    """One case and what became of it."""

    case: Case
    outcome: Outcome
    evidence: tuple[Finding, ...] = field(repr=False)
    reasons: tuple[str, ...]
    """Why something was not read."""

    @property
    def fault(self) -> Fault | None:
        """What is wrong with it, by its label.

        ``pos_`` must be restricted (a narrative that names nobody: health; a tagged line or block: identity);
        ``neg_``, ``hardneg_`` and ``robust`` allowed, what was not read aside.
        """
        result, variant = self.outcome, self.case.variant
        if self.case.label.startswith("pos_"):
            expected = {
                Variant.NARRATIVE: result.health,
                Variant.LINE: result.named,
                Variant.BLOCK: result.named,
                Variant.OTHER_TAGS: True,
            }.get(variant, result.restricted)
            return None if expected else Fault.MISSED
        alarm = result.restricted and not result.restricted_unread_only
        return Fault.FALSE_ALARM if alarm and self.case.label.startswith(_ALARM_LABELS) else None


def run(
    files: Sequence[tuple[str, Path]], scanner: Scanner, lines: int
) -> Iterator[tuple[str, list[Result] | OSError]]:
    """Yield, in order, the label and the results of each file, or why it could not be read."""

    def one(labelled: tuple[str, Path]) -> tuple[str, list[Result] | OSError]:
        label, path = labelled
        try:
            return label, [_result(case, scanner) for case in cases(label, path, lines)]
        except OSError as error:
            return label, OSError(error.errno, error.strerror, error.filename or str(path))

    yield from in_order(one, files, scanner.jobs)


def _result(case: Case, scanner: Scanner) -> Result:
    inspection = scanner.inspect(case.raw)
    envelope = Envelope(_SENDER, (OUTSIDE,), len(case.raw))
    as_read = replace(inspection, unread=())
    return Result(
        replace(case, raw=b""),
        outcome(
            inspection,
            restricted=_restricts(scanner, inspection, envelope, case.raw),
            restricted_as_read=_restricts(scanner, as_read, envelope, case.raw),
        ),
        _surest(inspection),
        tuple(sorted({unread.reason for unread in inspection.unread})),
    )


def _restricts(scanner: Scanner, inspection: Inspection, envelope: Envelope, raw: bytes) -> bool:
    return scanner.decide(inspection, envelope, raw).action.rank >= Action.REROUTE.rank


def _surest(inspection: Inspection) -> tuple[Finding, ...]:
    surest: dict[str, Finding] = {}
    for finding in inspection.findings:
        known = surest.get(finding.kind)
        if known is None or known.confidence.rank < finding.confidence.rank:
            surest[finding.kind] = finding
    ranked = sorted(surest.values(), key=lambda finding: -finding.confidence.rank)
    return tuple(ranked[:_EVIDENCE_MAX])


def summary(files: int, results: Sequence[Result]) -> dict[str, Any]:
    """Return the figures of one label.

    A tagged line is torn out of its letter, where what is beside it makes a name or a telephone number
    sure: its identity counts from low confidence on; ``identity_medium`` is the share from medium on.
    """
    by_variant: dict[Variant, list[Outcome]] = {}
    for result in results:
        by_variant.setdefault(result.case.variant, []).append(result.outcome)
    found = figures(
        files, [each for variant in Variant if variant in MAIN for each in by_variant.get(variant, ())]
    )
    for variant, name in (
        (Variant.IDENTITY, "restricted_with_identity"),
        (Variant.NIR, "restricted_with_nir"),
    ):
        if variant in by_variant:
            found[name] = share(by_variant[variant], lambda each: each.restricted)
    for variant, name in ((Variant.BLOCK, "identity_blocks"), (Variant.OTHER_TAGS, "identity_other_tags")):
        if variant in by_variant:
            found[name] = share(by_variant[variant], lambda each: each.named)
    if Variant.LINE in by_variant:
        found["identity_medium"] = found["identity"]
        found["identity"] = share(by_variant[Variant.LINE], lambda each: each.named)
    return found
