"""Recognise what a text says of health: diseases, drugs, procedures, words of care.

Does:   turns the terms that the gate met into hits on axis ``health``: ``disease``, ``drug``,
        ``procedure``, ``symptom_or_care``; and ``clinical_narrative``
        where so many words of care stand together that only a clinician's note writes so.
Never:  decides who is meant; a term says "health", the pair needs a person too. Abbreviations
        count in capitals only.
Fails:  never raises on any text. A term beyond its 20th occurrence is not reported again: it
        adds nothing to what is known of the text.
Source: the lists in ``vocabulary/``.
Quality: development corpus, 2026-11-24, all text recognizers together (optimistic: the rules were
        written with it in view): health at medium or more in 99.6 % of 459 case reports, 3.0 % of
        329 French texts, 0 % of 116 French mails and 724 benefit pages. Not measured: real mail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final, NamedTuple

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Trigger, Triggers, Vocabulary
from hygie_detectors.recognizers.context import line, longest, masked_words
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import terms

OCCURRENCES_MAX: Final = 20
"""Of one term in one text."""
NEAR: Final = 120
"""Characters: about a sentence. A second word this close makes an abbreviation or an everyday word sure."""
NARRATIVE_SPAN: Final = 400
"""Characters: a short paragraph."""
NARRATIVE_WORDS: Final = 4
"""Distinct words of care, a person's among them, in that paragraph."""

KINDS: Final = {
    "disease": "disease",
    "drug": "drug",
    "procedure": "procedure",
    "person_care": "symptom_or_care",
    "care": "symptom_or_care",
    "symptom": "symptom_or_care",
}
"""Trigger category -> kind of finding."""
ABBREVIATED: Final = "abbreviated_"
"""Prefix of the category of an abbreviation."""


class Candidate(NamedTuple):
    """A term as met, before its context is read."""

    start: int
    end: int
    category: str
    term: str
    confidence: Confidence


def _vocabulary() -> Vocabulary:
    listed: dict[str, list[tuple[str, str]]] = {}
    for name, category in (("diseases", "disease"), ("drugs", "drug"), ("procedures", "procedure")):
        listed[category] = [(t.spelling, t.confidence) for t in terms(name)]
    for term in terms("care"):
        if term.group != "place":
            category = "person_care" if term.group == "person" else term.group
            listed.setdefault(category, []).append((term.spelling, term.confidence))
    return {**listed, **_abbreviations(Confidence.MEDIUM)}


def _context_vocabulary() -> Vocabulary:
    """Return what counts beside other words only: places and professions, doubtful abbreviations."""
    places = [(term.spelling, term.confidence) for term in terms("care") if term.group == "place"]
    return {"care": places, **_abbreviations(Confidence.LOW)}


def _abbreviations(confidence: Confidence) -> dict[str, list[tuple[str, str]]]:
    listed: dict[str, list[tuple[str, str]]] = {}
    for term in terms("abbreviations"):
        if term.confidence is confidence:
            listed.setdefault(ABBREVIATED + term.group, []).append((term.spelling, term.confidence))
    return listed


class ClinicalRecognizer(HygieRecognizer):
    """Terms of disease, treatment and care, with what their sentence says of them."""

    kinds: ClassVar[tuple[str, ...]] = (*dict.fromkeys(KINDS.values()), "clinical_narrative")
    vocabulary: ClassVar[Vocabulary] = _vocabulary()
    context_vocabulary: ClassVar[Vocabulary] = _context_vocabulary()

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return one hit a term, the longest where several overlap, and the narrative."""
        del source
        found = candidates(text, triggers)
        sure = _sure(found)
        for candidate, confidence in zip(found, sure, strict=True):
            yield _hit(text, candidate, confidence)
        yield from _narrative(found)


def candidates(text: NormalText, triggers: Triggers) -> list[Candidate]:
    """Return the terms to report, in order, abbreviations in capitals only."""
    met = longest(
        Candidate(t.start, t.end, category, t.term, Confidence(t.data))
        for category in KINDS
        for t in (*triggers.of(category), *_capitals(text, triggers.of(ABBREVIATED + category)))
    )
    seen: Counter[str] = Counter()
    kept = []
    for candidate in met:
        seen[candidate.term] += 1
        if seen[candidate.term] <= OCCURRENCES_MAX:
            kept.append(candidate)
    return kept


def _capitals(text: NormalText, met: Iterable[Trigger]) -> Iterator[Trigger]:
    """Yield abbreviations in capitals, on a line that is not all in capitals."""
    for trigger in met:
        written = text.text[trigger.start : trigger.end]
        if written == written.upper() or (written[:1] == "K" and written[1:2] == " "):
            first, last = line(text.folded, trigger.start, trigger.end)
            around = text.text[first : trigger.start] + text.text[trigger.end : last]
            if around != around.upper() or not any(map(str.isalpha, around)):
                yield trigger


def _sure(found: list[Candidate]) -> list[Confidence]:
    """Return the confidence of each: a low term is raised by what stands within 120 characters.

    An abbreviation is raised by any other disease, drug or procedure; an everyday disease
    word by a person under care ("patiente hospitalisée", "admis aux urgences").
    """
    return [
        Confidence.MEDIUM
        if candidate.confidence is Confidence.LOW and _confirmed(found, at)
        else candidate.confidence
        for at, candidate in enumerate(found)
    ]


def _confirmed(found: list[Candidate], at: int) -> bool:
    candidate = found[at]
    if KINDS[candidate.category] == "symptom_or_care":
        return False
    neighbours = (*_within(found, at, -1), *_within(found, at, 1))
    return any(
        n.term != candidate.term
        and (n.category == "person_care" or (n.confidence is Confidence.MEDIUM and n.category != "drug"))
        for n in neighbours
    )


def _within(found: list[Candidate], at: int, step: int) -> Iterator[Candidate]:
    """Yield the neighbours on one side, as far as 120 characters, eight at most."""
    here = found[at]
    for distance in range(1, 9):
        index = at + step * distance
        if not 0 <= index < len(found):
            return
        other = found[index]
        if max(here.start, other.start) - min(here.end, other.end) > NEAR:
            return
        yield other


def _hit(text: NormalText, candidate: Candidate, confidence: Confidence) -> Hit:
    start, end = candidate.start, candidate.end
    return Hit(
        KINDS[candidate.category],
        (Axis.HEALTH,),
        confidence,
        start,
        end,
        masked_words(text.text[start:end]),
        candidate.term,
    )


def _narrative(found: list[Candidate]) -> Iterator[Hit]:
    """Yield the first paragraph in which four distinct words of care, a person's among them, stand."""
    first = 0
    for last, candidate in enumerate(found):
        while candidate.end - found[first].start > NARRATIVE_SPAN:
            first += 1
        if last - first + 1 < NARRATIVE_WORDS:
            continue
        window = found[max(first, last - 3 * NARRATIVE_WORDS) : last + 1]
        clinical = {c.term for c in window if c.category in {"symptom", "procedure", "disease"}}
        people = {c.term for c in window if c.category == "person_care"}
        if people and len(clinical) >= NARRATIVE_WORDS - 1:
            start, end = window[0].start, candidate.end
            masked = f"{len(clinical | people)} mots de soins"
            yield Hit(
                "clinical_narrative", (Axis.HEALTH,), Confidence.MEDIUM, start, end, masked, "narrative"
            )
            return
