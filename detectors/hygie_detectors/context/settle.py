"""Settle what the hits of one text are worth, once all recognizers have spoken.

Does:   adds to each hit what its surroundings say of it (``negated``, ``family``, ``hypothetical``,
        ``historic``; ``quoted``, ``signature``, ``footer``; ``generic``), and lowers its confidence by
        the rules below.
Never:  removes a hit, or lowers what names a patient: a NIR, an INS, a labelled name, a birth date, a
        hospital number.
Fails:  whatever EDS-NLP raises; the engine then keeps the hits as they came.

Quality: development corpus, 2026-11-24, loaded machine, texts as message bodies (optimistic: seen by whoever
        wrote the rules). Health at medium or more, before and after: exams 98 to 62 %, EMEA reports 90 to
        73 %, abstracts 65 to 57 %, leaflets 99 to 95 %; case reports 99.6 % before and after, and 99.8 % held
        behind a name and a birth date (458 of 459), before and after. Not measured: real mail.

The rules, each one step of confidence at most:

- denied, a relative's, supposed or past: high becomes medium, medium stays. "No HIV" about a named person
  is health data about them, so the pair still holds at medium; a policy may ask for ``without: [negated]``.
- in a signature or footer: somebody's name or address (it is the sender's), and a disease in the name of
  an organisation ("Ligue contre le cancer"), lose a step.
- in general text: terms of health, unlabelled names and what looks like a document of care lose a step,
  unless the same text names a patient.
- neither lowers a person and a disease that stand in one sentence. So nothing pasted beside a letter or
  a sentence about somebody erases its pair.
- quoted: labelled only. What leaves with an answer leaves as well.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from hygie_detectors.context.generic import GenericText
from hygie_detectors.context.qualifiers import Qualifiers
from hygie_detectors.context.zones import names_at, zones
from hygie_detectors.language import Budget
from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, Triggers
from hygie_detectors.recognizers.context import line, longest, sentence
from hygie_detectors.text import NormalText

TERM_MAX: Final = 80
"""Characters of what a sentence may speak of; a longer hit is a whole text."""
UNNAMED: Final = frozenset({"person_name", "professional_name", "age", "phone", "email_address", "address"})
"""Kinds of identity that are anybody's: a sender's, a colleague's. All others name a patient."""
TERMS: Final = frozenset(
    {
        *("disease", "drug", "procedure", "symptom_or_care", "health_administration", "prescription_line"),
        *("icd10_code", "ccam_code", "diagnosis_code", "drug_code", "lab_code", "clinical_score"),
    }
)
"""Kinds of health that are words and codes, and so stand in general texts too."""
WHOLE: Final = ("lab_", "document_", "clinical_narrative")
"""Kinds that tell of a text or a row, not of a term in a sentence."""
_ORGANISATION: Final = re.compile(
    r"\b(?:ligue|centres?|instituts?|associations?|services?|fondation|unite|federation|reseau|pole|"
    r"departement|societe|comite|laboratoire|clinique|hopital|chu|lutte contre)\b"
)
_SAID: Final = frozenset({"negated", "family", "hypothetical", "historic"})


def settle(
    hits: Sequence[Hit], text: NormalText, triggers: Triggers, qualifiers: Qualifiers, budget: Budget
) -> list[Hit]:
    """Return the same hits, in the same order, with what surrounds them."""
    if not hits:
        return []
    around = _Surroundings(hits, text, triggers)
    said = _said(hits, text, qualifiers, budget)
    return [around.settled(hit, names) for hit, names in zip(hits, said, strict=True)]


def _said(
    hits: Sequence[Hit], text: NormalText, qualifiers: Qualifiers, budget: Budget
) -> list[frozenset[str]]:
    """Return what the sentence of each hit says of it; nothing of hits that are no terms."""
    asked = longest(hit for hit in hits if _is_term(hit))
    if not asked:
        return [frozenset()] * len(hits)
    answers = qualifiers.read(text, [(hit.start, hit.end) for hit in asked], budget)
    by_place = {(hit.start, hit.end): frozenset(names) for hit, names in zip(asked, answers, strict=True)}
    return [by_place.get((hit.start, hit.end), frozenset()) if _is_term(hit) else frozenset() for hit in hits]


def _is_term(hit: Hit) -> bool:
    return hit.axes == (Axis.HEALTH,) and hit.end - hit.start <= TERM_MAX and not hit.kind.startswith(WHOLE)


class _Surroundings:
    """What stands in one text, as every hit looks at it."""

    def __init__(self, hits: Sequence[Hit], text: NormalText, triggers: Triggers) -> None:
        self._text = text
        self._zones = zones(text, triggers)
        self._generic = GenericText(text, triggers)
        self._patient = any(names_patient(hit) for hit in hits)
        self._sure = sorted((hit for hit in hits if hit.confidence is not Confidence.LOW), key=_start)

    @cached_property
    def _people(self) -> list[Hit]:
        return [hit for hit in self._sure if hit.kind in UNNAMED]

    @cached_property
    def _terms(self) -> list[Hit]:
        return [hit for hit in self._sure if hit.kind in TERMS and not self._of_organisation(hit)]

    def settled(self, hit: Hit, said: frozenset[str]) -> Hit:
        """Return the hit with all its qualifiers, and the confidence that they leave it."""
        names = {*hit.qualifiers, *said, *names_at(self._zones, hit.start)}
        if self._generic.around(hit.start, hit.end):
            names.add("generic")
        if not names:
            return hit
        return hit._replace(qualifiers=tuple(sorted(names)), confidence=self._confidence(hit, names))

    def _confidence(self, hit: Hit, names: set[str]) -> Confidence:
        """Return what the rules at the head of this module leave: one step less, or as it is."""
        lowered = self._is_lowered(hit, names)
        if hit.confidence is Confidence.HIGH:
            return Confidence.MEDIUM if lowered or names & _SAID else Confidence.HIGH
        return Confidence.LOW if lowered else hit.confidence

    def _is_lowered(self, hit: Hit, names: set[str]) -> bool:
        nobody, term = hit.kind in UNNAMED, hit.kind in TERMS or hit.kind.startswith("document_")
        beneath = not names.isdisjoint({"signature", "footer"})
        if beneath and term and self._of_organisation(hit):
            return True
        alone = (beneath and nobody) or ("generic" in names and (nobody or term) and not self._patient)
        return alone and not self._joined(hit)

    def _joined(self, hit: Hit) -> bool:
        """Tell whether a person and a term of health share the sentence of this hit, which is one of them."""
        first, last = sentence(self._text.folded, hit.start, hit.end)
        others = self._terms if hit.kind in UNNAMED else self._people
        at = bisect_left(others, first, key=_start)
        return at < len(others) and others[at].start < last

    def _of_organisation(self, hit: Hit) -> bool:
        first, last = line(self._text.folded, hit.start, hit.end)
        return bool(_ORGANISATION.search(self._text.folded, first, last))


def _start(hit: Hit) -> int:
    return hit.start


def names_patient(hit: Hit) -> bool:
    """Tell whether a hit says who the patient is, not merely somebody."""
    return Axis.IDENTITY in hit.axes and hit.kind not in UNNAMED and hit.confidence is not Confidence.LOW
