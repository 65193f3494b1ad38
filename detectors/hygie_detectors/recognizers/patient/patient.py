"""Recognise who is treated: names, birth dates, hospital numbers.

Does:   finds ``patient_name`` (behind a label, "concernant", or before "né le"), ``birth_date``,
        ``patient_number`` (IPP, NDA, stay number; behind a label only) and ``person_name`` (a title or
        a given name near a word of care; what the language model sees near a disease).
Never:  takes a professional for a patient: a doctor, a signature with its function, the colleague
        one greets. Never takes an empty label of a blank form. Evidence leaves here as initials.
Fails:  never raises on any text. Beyond 200 hits of a kind in one text no more are reported.
Source: ANS cartouches, hospital letters; CSP R1112-1-2; measurements in the project's facts on
        person names (rules beat the language model on hospital forms of names).
Quality: development corpus, 2026-11-24 (optimistic: the rules were written with it in view): pair of
        identity and health at medium in 1 of 329 French texts, in none of 2 335 other texts without
        a patient; 14 of 14 PDFs that name one. Not measured: names in real mail. Known to fail: a
        programme of speakers ("M. Leblanc : insuffisance cardiaque") reads like a ward list.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Reading, Triggers, Vocabulary
from hygie_detectors.recognizers.context import masked_words, sentence
from hygie_detectors.recognizers.patient import date_patterns, number_patterns, patterns
from hygie_detectors.recognizers.patient.care import HEALTH
from hygie_detectors.recognizers.patient.dates import Dated, birth_dates
from hygie_detectors.recognizers.patient.names import Named
from hygie_detectors.recognizers.patient.numbers import HITS_MAX, number_hits
from hygie_detectors.recognizers.patient.rules import find_names
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import terms

TOGETHER: Final = 250
"""Characters between a name and a birth date that belong to one cartouche."""
WINDOWS_MAX: Final = 8
"""Sentences shown to the language model, which costs milliseconds each and names people at low only."""
_MEDIUM: Final = Confidence.MEDIUM.value


class PatientRecognizer(HygieRecognizer):
    """Names, birth dates and hospital numbers of patients."""

    kinds: ClassVar[tuple[str, ...]] = ("patient_name", "birth_date", "patient_number", "person_name")
    vocabulary: ClassVar[Vocabulary] = {
        "birth_name_label": patterns.BIRTH_NAME_LABELS,
        "name_label": patterns.NAME_LABELS,
        "patient_label": patterns.PATIENT_LABELS,
        "care_of": patterns.CARE_OF,
        "birth_label": date_patterns.BIRTH_LABELS,
        "born": date_patterns.BORN,
        "ipp_label": number_patterns.IPP_LABELS,
        "stay_label": number_patterns.STAY_LABELS,
    }
    context_vocabulary: ClassVar[Vocabulary] = {
        "concerning": patterns.CONCERNING,
        "title": patterns.TITLES,
        "years": ("ans",),
        "given_name": tuple(term.spelling for term in terms("given_names")),
    }

    shapes: ClassVar[re.Pattern[str] | None] = re.compile(r"[12]\d{3}[ ]{0,2}[(,-][ ]{0,2}\d{1,3} ans\b")

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return the hits of the rules; a name and a birth date together are high."""
        del source
        dates = list(birth_dates(text, triggers))
        names = find_names(text, triggers, dates)
        yield from (_name_hit(text, name) for name in _capped(_with_dates(names, dates)))
        yield from _date_hits(text, dates, names)
        yield from number_hits(text, triggers)

    def find_in(self, reading: Reading) -> Iterable[Hit]:
        """Return the hits of the rules; where they name nobody near a disease, ask the language model."""
        hits = list(self.find(reading.normal, reading.triggers, reading.source))
        if not any(hit.kind in {"patient_name", "person_name"} for hit in hits):
            hits += _seen_by_model(reading)
        return hits


def _with_dates(names: Sequence[Named], dates: Sequence[Dated]) -> Iterator[Named]:
    """Yield the names, high for those in one cartouche with a birth date."""
    starts = sorted(date.start for date in dates)
    for name in names:
        at = bisect_left(starts, name.start - TOGETHER)
        together = at < len(starts) and starts[at] - name.end <= TOGETHER
        confidence = Confidence.HIGH if together else name.confidence
        yield Named(name.start, name.end, name.kind, confidence)


def _date_hits(text: NormalText, dates: Sequence[Dated], names: Sequence[Named]) -> Iterator[Hit]:
    starts = [name.start for name in names]
    for date in dates[:HITS_MAX]:
        at = bisect_left(starts, date.start - TOGETHER)
        named = at < len(starts) and starts[at] - date.end <= TOGETHER
        written = text.text[date.start : date.end]
        masked = (
            "".join("*" if c.isdigit() else c for c in written)
            if written[0].isdigit()
            else masked_words(written)
        )
        confidence = Confidence.HIGH if named else Confidence.MEDIUM
        yield Hit("birth_date", (Axis.IDENTITY,), confidence, date.start, date.end, masked, date.value)


def _capped(names: Iterable[Named]) -> Iterator[Named]:
    """Yield at most 200 names of each kind."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name.kind] += 1
        if seen[name.kind] <= HITS_MAX:
            yield name


def _name_hit(text: NormalText, name: Named) -> Hit:
    written = text.text[name.start : name.end]
    value = " ".join(sorted(text.folded[name.start : name.end].split()))
    return Hit(
        name.kind, (Axis.IDENTITY,), name.confidence, name.start, name.end, masked_words(written), value
    )


def _seen_by_model(reading: Reading) -> Iterator[Hit]:
    """Yield the persons that the language model sees in sentences with a disease, drug or procedure."""
    text = reading.normal
    places = sorted((t.start, t.end) for c in HEALTH for t in reading.triggers.of(c) if t.data == _MEDIUM)
    windows: list[tuple[int, int]] = []
    for start, end in places:
        first, last = sentence(text.folded, start, end)
        if windows and first <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(last, windows[-1][1]))
        elif len(windows) < WINDOWS_MAX:
            windows.append((first, last))
    if not windows:
        return
    for start, end in reading.persons(windows):
        if " " in text.text[start:end].strip():
            yield _name_hit(text, Named(start, end, "person_name", Confidence.LOW))
