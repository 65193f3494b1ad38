"""Recognise what a text says of health: diseases, drugs, procedures, words of care.

Does:   turns the terms that the gate met into hits on axis ``health``: ``disease``, ``drug``,
        ``procedure``, ``symptom_or_care``, ``health_administration``; and
        ``clinical_narrative`` where so many words of care stand together that only a note on
        someone's state writes so. A low term is medium in company: see :func:`_confirmed`.
Never:  decides who is meant; a term says "health", the pair needs a person too. Abbreviations
        count in capitals only. A word inside a set phrase ("greffe du tribunal") is none.
Fails:  never raises on any text. A term beyond its 20th occurrence is not reported again: it
        adds nothing to what is known of the text.
Source: the lists in ``vocabulary/``.
Quality: tests/intext, 2026-11-24, short French texts of every speciality and register, health at medium
        or more: 48 % of 230 written before the lists grew; of texts written after them, as first
        met, 88 % of 60 and 80 % of 60 harder ones (now 99 % of all, which proves little: the misses
        were put right). Ordinary mails that look medical: 16 of 149 found before, then as first met
        5 of 50 and 1 of 40; none now. A second round the same day, texts of all fields: a third kept
        aside unread rose from 83 % of 173 to 92 %; 162 harder ones written behind it, 69 % as first
        met, 75 % of their unread third behind it; of 337 ordinary mails 10 found as first met in the
        first 267, 10 in 70 harder ones; 7 now. One author wrote texts and lists. Development corpus
        (optimistic): health in 99.6 % of 459 case reports, 6.4 % of 329 French texts, 0 % of 114
        French mails and 724 benefit pages; pair in 1 of 329 French texts, in none of
        1 297 others without a patient nor of 1 036 medical ones. Not measured: real mail.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final, NamedTuple

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Trigger, Triggers, Vocabulary
from hygie_detectors.recognizers.clinical.somebody import is_said_of, is_said_of_a_pronoun, names_somebody
from hygie_detectors.recognizers.context import line, longest, masked_words, sentence
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import misspellings, misspelt, phrases, settings, terms

OCCURRENCES_MAX: Final = 20
"""Of one term in one text."""
NEAR: Final = 120
"""Characters: about a sentence. A second word this close makes an abbreviation or an everyday word sure."""
NARRATIVE_SPAN: Final = 400
"""Characters: a short paragraph."""
NARRATIVE_WORDS: Final = 4
"""Distinct words of care, a person's among them, in that paragraph."""

SYMPTOMS: Final = 2
"""Distinct symptoms in one sentence about somebody that make a note on his state."""

KINDS: Final = {
    "disease": "disease",
    "drug": "drug",
    "procedure": "procedure",
    "administration": "health_administration",
    "person_care": "symptom_or_care",
    "sign": "symptom_or_care",
    "care": "symptom_or_care",
    "symptom": "symptom_or_care",
}
"""Trigger category -> kind of finding."""
ABBREVIATED: Final = "abbreviated_"
"""Prefix of the category of an abbreviation."""
NOT_HEALTH: Final = "not_health"
"""Category of a set phrase in which a health word is none."""
SETTING: Final = "setting"
"""Category of a word that tells what else a text is about; its data is the setting's name."""
_SETTINGS: Final = {setting.name: setting for setting in settings()}
_CONFIDENCES: Final = {confidence.value: confidence for confidence in Confidence}
_ABBREVIATIONS: Final = frozenset(term.spelling for term in terms("abbreviations"))
_CARED: Final = frozenset(term.spelling for term in terms("care") if term.group == "person")


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
        known = {spelling for spelling, _ in listed[category]}
        for term in terms(name):
            if term.confidence is Confidence.MEDIUM:
                wrong = (w for w in misspellings(term.spelling) if w not in known)
                listed[category] += [(w, term.confidence) for w in wrong]
    listed["disease"] += [(spelling, Confidence.MEDIUM) for spelling in misspelt()]
    for term in terms("care"):
        if term.group != "place":
            category = "person_care" if term.group == "person" else term.group
            listed.setdefault(category, []).append((term.spelling, term.confidence))
    listed["administration"] = [(term.spelling, term.confidence) for term in terms("administration")]
    return {**listed, **_abbreviations(opening=True)}


def _context_vocabulary() -> Vocabulary:
    """Return what counts beside other words only: places, doubtful abbreviations, what disarms."""
    places = [(term.spelling, term.confidence) for term in terms("care") if term.group == "place"]
    return {
        "care": places,
        NOT_HEALTH: phrases(),
        SETTING: [(word, setting.name) for setting in settings() for word in setting.words],
        **_abbreviations(opening=False),
    }


def _abbreviations(*, opening: bool) -> dict[str, list[tuple[str, str]]]:
    """Return the abbreviations worth an analysis (the sure ones, MDPH and the like), or the others."""
    listed: dict[str, list[tuple[str, str]]] = {}
    for term in terms("abbreviations"):
        if (term.confidence is Confidence.MEDIUM or term.group == "administration") is opening:
            dotted = (".".join(term.spelling),) if opening and term.spelling.isalpha() else ()
            for spelling in (term.spelling, *dotted):
                listed.setdefault(ABBREVIATED + term.group, []).append((spelling, term.confidence))
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
        read = _Company(text, triggers, found)
        for at, candidate in enumerate(found):
            yield _hit(text, candidate, read.confidence(at))
        yield from _narrative(found, read)


def candidates(text: NormalText, triggers: Triggers) -> list[Candidate]:
    """Return the terms to report, in order, abbreviations in capitals only, none inside a set phrase."""
    met = longest(
        [
            *(Candidate(t.start, t.end, NOT_HEALTH, t.term, Confidence.LOW) for t in triggers.of(NOT_HEALTH)),
            *(
                Candidate(t.start, t.end, category, t.term, _CONFIDENCES[t.data])
                for category in KINDS
                for t in (*triggers.of(category), *_capitals(text, triggers.of(ABBREVIATED + category)))
            ),
        ]
    )
    seen: Counter[str] = Counter()
    kept = []
    for candidate in met:
        seen[candidate.term] += 1
        if candidate.category != NOT_HEALTH and seen[candidate.term] <= OCCURRENCES_MAX:
            kept.append(candidate)
    return kept


def _capitals(text: NormalText, met: Iterable[Trigger]) -> Iterator[Trigger]:
    """Yield abbreviations in capitals, on a line that is not all in capitals, and in no address."""
    for trigger in met:
        if "@" in text.text[max(0, trigger.start - 1) : trigger.end + 1]:
            continue
        written = text.text[trigger.start : trigger.end]
        if written == written.upper() or (written[:1] == "K" and written[1:2] == " "):
            first, last = line(text.folded, trigger.start, trigger.end)
            around = text.text[first : trigger.start] + text.text[trigger.end : last]
            if around != around.upper() or not any(map(str.isalpha, around)):
                yield trigger


class _Company:
    """What stands around the terms of one text, and how sure it makes each."""

    def __init__(self, text: NormalText, triggers: Triggers, found: list[Candidate]) -> None:
        self._text = text
        self._found = found
        self._given = [trigger.start for trigger in triggers.of("given_name")]
        self._settings = triggers.of(SETTING)
        self._starts = [trigger.start for trigger in self._settings]
        self._known: dict[tuple[int, int], bool] = {}

    def confidence(self, at: int) -> Confidence:
        """Return how sure the term is: a low one is raised by its company, any is low in a setting."""
        candidate = self._found[at]
        if self._disarmed(candidate):
            return Confidence.LOW
        if candidate.confidence is Confidence.LOW and self._confirmed(at):
            return Confidence.MEDIUM
        return candidate.confidence

    def names_somebody(self, candidate: Candidate) -> bool:
        """Tell whether the sentence around a term speaks of one person."""
        first, last = sentence(self._text.folded, candidate.start, candidate.end)
        if (first, last) not in self._known:
            self._known[first, last] = names_somebody(self._text, first, last, self._given)
        return self._known[first, last]

    def _disarmed(self, candidate: Candidate) -> bool:
        """Tell whether the text speaks of weather, computers and the like within 120 characters."""
        for index in range(bisect_left(self._starts, candidate.start - NEAR), len(self._settings)):
            word = self._settings[index]
            if word.start > candidate.end + NEAR:
                return False
            setting = _SETTINGS[word.data]
            apart = word.end <= candidate.start or word.start >= candidate.end
            disarms = apart and (not setting.disarmed or candidate.term in setting.disarmed)
            if disarms and (setting.always or not self.names_somebody(candidate)):
                return True
        return False

    def _confirmed(self, at: int) -> bool:
        """Tell whether a low term is raised by what stands within 120 characters.

        A fact of administration or a sign by a person the sentence names; a disease, drug or procedure
        by a person under care ("patiente hospitalisée"), another such term that is sure, or a person
        the sentence names, the writer himself, "il" or "elle", tied to it ("Mme Petit a une grippe").
        """
        candidate = self._found[at]
        kind = KINDS[candidate.category]
        if kind == "symptom_or_care" and candidate.category != "sign":
            return False
        if kind == "health_administration":
            return self.names_somebody(candidate)
        neighbours = (*_within(self._found, at, -1), *_within(self._found, at, 1))
        if any(n.term != candidate.term and _confirms(n, candidate) for n in neighbours):
            return True
        if candidate.category == "sign" and self.names_somebody(candidate):
            return True  # "Mme Chabot tousse"
        first, _ = sentence(self._text.folded, candidate.start, candidate.end)
        return is_said_of_a_pronoun(self._text, first, candidate.start) or (
            is_said_of(self._text, first, candidate.start, candidate.end) and self.names_somebody(candidate)
        )


def _confirms(neighbour: Candidate, candidate: Candidate) -> bool:
    """Tell whether a term makes a low one beside it sure.

    An abbreviation is made sure by a drug too, and by any word of another kind: "RAU, sondage".
    """
    if neighbour.term in _CARED:
        return True
    clinical = {"disease", "procedure", *(("drug",) if candidate.term in _ABBREVIATIONS else ())}
    if candidate.term in _ABBREVIATIONS and neighbour.term not in _ABBREVIATIONS:
        return neighbour.category in clinical - {candidate.category} or _is_sure(neighbour, clinical)
    return _is_sure(neighbour, clinical)


def _is_sure(neighbour: Candidate, clinical: set[str]) -> bool:
    return neighbour.confidence is Confidence.MEDIUM and neighbour.category in clinical


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


def _narrative(found: list[Candidate], read: _Company) -> Iterator[Hit]:
    """Yield the first paragraph that tells of someone's state.

    Four distinct words of care, a person's among them, in 400 characters; or two distinct symptoms
    within 120 characters in a sentence about somebody.
    """
    first = 0
    for last, candidate in enumerate(found):
        while candidate.end - found[first].start > NARRATIVE_SPAN:
            first += 1
        window = found[max(first, last - 3 * NARRATIVE_WORDS) : last + 1]
        clinical = {c.term for c in window if c.category in {"symptom", "sign", "procedure", "disease"}}
        people = {c.term for c in window if c.term in _CARED}
        told = bool(people) and len(clinical) >= NARRATIVE_WORDS - 1
        if told or _has_symptoms(window, candidate, read):
            start, end = window[0].start, candidate.end
            masked = f"{len(clinical | people)} mots de soins"
            yield Hit(
                "clinical_narrative", (Axis.HEALTH,), Confidence.MEDIUM, start, end, masked, "narrative"
            )
            return


def _has_symptoms(window: list[Candidate], last: Candidate, read: _Company) -> bool:
    """Tell whether two distinct symptoms end here, in a sentence about somebody."""
    if last.category not in {"symptom", "sign"}:
        return False
    near = {c.term for c in window if c.category in {"symptom", "sign"} and last.start - c.end <= NEAR}
    return len(near) >= SYMPTOMS and read.names_somebody(last)
