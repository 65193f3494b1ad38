"""Numbers that a patient has, behind their label.

Does:   reads the number behind IPP, NDA, IEP, "n° de dossier" and their other spellings
        (``patient_number``), and behind those of health insurance (``insurance_number``).
Never:  takes a number without its label, but for seven digits right behind the word "patient".
Fails:  never on any text. Beyond 200 numbers of a kind in one text no more are reported.
Source: hospital letters and labels; the project's facts on identifiers.

How sure:

- ``patient_number``: medium behind a label that only care uses (IPP, NDA, séjour, hospitalisation); low
  behind one of any trade (dossier, visite, demande, examen).
- ``insurance_number``: medium for adherent, assuré, AMC, mutuelle; low for a contract of any insurance.

Never high: no key protects them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, Triggers, masked_number
from hygie_detectors.recognizers.context import capped, longest
from hygie_detectors.recognizers.patient import number_patterns
from hygie_detectors.text import NormalText

HITS_MAX: Final = 200
"""Of one kind and confidence in one text: a ward list has about 60."""
_DIGITS_MIN: Final = 5


class _Reading(NamedTuple):
    """What a number behind a label of a category is."""

    kind: str
    axes: tuple[Axis, ...]
    confidence: Confidence


_WHO: Final = (Axis.IDENTITY,)
READINGS: Final = {
    # The permanent number exists only because someone is a hospital's patient: both axes.
    "ipp_label": _Reading("patient_number", (Axis.IDENTITY, Axis.HEALTH), Confidence.MEDIUM),
    # A stay number shares its labels with other trades (NDA, IEP).
    "stay_label": _Reading("patient_number", _WHO, Confidence.MEDIUM),
    "act_label": _Reading("patient_number", _WHO, Confidence.LOW),
    "insurance_label": _Reading("insurance_number", _WHO, Confidence.MEDIUM),
    "contract_label": _Reading("insurance_number", _WHO, Confidence.LOW),
}
WEAK: Final = frozenset({"act_label", "contract_label"})


def number_hits(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    """Yield the numbers, each place once: what the longest label says."""
    labels = longest(_Label(t.start, t.end, category) for category in READINGS for t in triggers.of(category))
    labelled = list(_behind_labels(text, labels))
    taken = {hit.start for hit in labelled}
    others = (hit for hit in _of_patients(text, triggers) if hit.start not in taken)
    yield from capped([*labelled, *others], HITS_MAX)


class _Label(NamedTuple):
    """A label of one of the categories."""

    start: int
    end: int
    category: str


def _behind_labels(text: NormalText, labels: list[_Label]) -> Iterator[Hit]:
    for label in labels:
        match = number_patterns.NUMBER.match(text.folded, label.end)
        if match is None or sum(map(str.isdigit, match["number"])) < _DIGITS_MIN:
            continue
        start, end = match.span("number")
        if label.category in WEAK and not number_patterns.SAID.search(text.folded, label.start, start):
            continue
        yield _hit(match["number"], start, end, READINGS[label.category])


def _of_patients(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    for label in triggers.of("patient_label"):
        if match := number_patterns.OF_PATIENT.match(text.folded, label.end):
            yield _hit(match["number"], *match.span("number"), READINGS["stay_label"])


def _hit(written: str, start: int, end: int, reading: _Reading) -> Hit:
    number = written.upper()
    return Hit(reading.kind, reading.axes, reading.confidence, start, end, masked_number(number), number)
