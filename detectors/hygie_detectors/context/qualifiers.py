"""What a sentence says of a term: denied, a relative's, supposed, past. By EDS-NLP.

Does:   runs EDS-NLP's qualifiers (negation, family, hypothesis, history) on the sentences of the terms
        that were found, where one holds a word of its cues or of ours, and follows enumerations that
        EDS-NLP cuts short.
Never:  drops a finding: "no HIV" about a named person is health data too. Keeps a token after its
        text; shares a component with another pipeline; lets EDS-NLP write to its log.
Fails:  whatever EDS-NLP raises; the engine makes it an unread part (``engine``). Past the budget of
        a message terms get no qualifier, which is the strict side.
Source: edsnlp 0.23.0 (BSD-3). All terms are ``doc.ents``, sorted: with several groups its answer depends
        on their order. Its import hides the factories of the French model: see ``language.py``.
Quality: 2026-11-24, F1 for negated, family, hypothetical, historic. On 53 terms in sentences written
        after the cues and run once: 0.87, 0.92, 0.67, 0.91; EDS-NLP's own cues alone 0.87, 0.92, 0.33,
        0.40; the regexes we had before 0.87, 0.86, 0.62, 0.91. On the 182 terms that the cues were
        written with (optimistic): 0.96, 1.00, 0.94, 0.98; EDS-NLP alone 0.90, 0.94, 0.71, 0.63; the
        regexes 0.88, 0.85, 0.72, 0.81. Not measured: annotated notes of a hospital.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, Final

import spacy

from hygie_detectors.context.cues import ADDED
from hygie_detectors.language import Budget
from hygie_detectors.text import NormalText, fold

WINDOW: Final = 200
"""Characters read on each side of a term: a sentence of a letter has about 150."""
QUALIFIED_MAX_CHARS: Final = 40_000
"""Text of one message that is read for qualifiers, some 50 ms. Beyond it, terms count as asserted."""

COMPONENTS: Final = {
    "negation": {},
    "family": {"use_sections": False},
    "hypothesis": {},
    "history": {"use_sections": False, "use_dates": False},
}
NAMES: Final = {
    "negation": "negated",
    "family": "family",
    "hypothesis": "hypothetical",
    "history": "historic",
}
"""Attribute that EDS-NLP sets -> qualifier of ours."""

_MORE_DENIED: Final = re.compile(r"[^.;:\n]{0,20}?(?:,|\bou\b|\bet\b|/)\s*(?:(?:d'|de |du |des |ou |d )+)")
"""Between two terms: what is denied goes on, "pas de fièvre, d'asthme ou de toux"."""
_MORE_PAST: Final = re.compile(r"[^.;\n]{0,40}(?:,|/|\+|\bet\b)[^.;:\n]{0,20}")
"""Between two terms: the enumeration behind "ATCD :" goes on."""
_PAST_BEHIND: Final = re.compile(
    r"[^.;,\n]{0,30}\b"
    r"(?:il y a (?:\d+|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|quinze|vingt|trente) ans?"
    r"|en (?:19\d\d|20[01]\d)|dans l'enfance|par le passe|l'an dernier|l'annee derniere)\b"
)


_IN_REGEX: Final = ("pas", "point", "ni", "aucun", "jamais", "rien")
"""Words behind "ne" in EDS-NLP's one regex."""
_STOP: Final = re.compile(r"[.!;\n](?:(?<!\n)(?=\s)|(?<=\n)[ \t]*\n)")
"""What no cue reaches over. EDS-NLP stops earlier still."""
_WORD: Final = re.compile(r"[^\W_]+|\?")
_COMMON: Final = frozenset(
    [
        "antecedent",
        "antecedents",
        "atcd",
        "a",
        "au",
        "ce",
        "d",
        "dans",
        "de",
        "des",
        "du",
        "en",
        "est",
        "et",
        "il",
        "l",
        "la",
        "le",
        "les",
        "n",
        "ou",
        "par",
        "que",
        "sont",
        "un",
        "une",
    ]
)
"""Words of a cue by which it is not looked for, unless it has no other."""


class Qualifiers:
    """EDS-NLP's pipeline, loaded on first use; before the workers fork, so that they open no file."""

    def __init__(self) -> None:
        self._nlp: Any = None
        self._cues: dict[str, frozenset[str]] = {}
        """Of each component: one word of every cue, without which it has nothing to say."""

    @property
    def nlp(self) -> Any:
        """Return the pipeline."""
        if self._nlp is None:
            self._nlp = _pipeline()
            self._cues = _cue_words(self._nlp)
        return self._nlp

    def read(self, text: NormalText, terms: Sequence[tuple[int, int]], budget: Budget) -> list[set[str]]:
        """Return the qualifiers of each term, in the order given. Terms are sorted and do not overlap."""
        found: list[set[str]] = [set() for _ in terms]
        with self.nlp.memory_zone():
            for start, end, first, last in _windows(text.folded, terms):
                cued = self._cued(text.folded, start, end)
                if not cued:
                    continue
                if not budget.take(end - start):
                    break
                inside = [(s - start, e - start) for s, e in terms[first:last]]
                found[first:last] = self._read_window(text.text[start:end], inside, cued)
        _follow(text.folded, terms, found)
        return found

    def _cued(self, folded: str, start: int, end: int) -> list[str]:
        """Return the components of which a cue stands between two places."""
        words = _WORD.findall(folded, start, end)
        cued = [component for component, cues in self._cues.items() if not cues.isdisjoint(words)]
        if cued and "negation" not in cued and "ne" in words:
            cued.append("negation")  # whose regex behind "ne" takes a piece of a word too, "ni" in "preniez"
        return cued

    def _read_window(
        self, shown: str, terms: Sequence[tuple[int, int]], cued: Sequence[str]
    ) -> list[set[str]]:
        """Return what EDS-NLP says; nothing of a term that shares its token with the one before it."""
        doc = self._nlp.make_doc(shown)
        spans = [doc.char_span(start, end, label="term", alignment_mode="expand") for start, end in terms]
        alone = [at for at, span in enumerate(spans) if not at or span.start >= spans[at - 1].end]
        doc.ents = [spans[at] for at in alone]
        for name, component in self._nlp.pipeline:
            qualifier = name.removeprefix("eds.")
            if qualifier in cued or qualifier not in self._cues:
                doc = component(doc)
        found: list[set[str]] = [set() for _ in terms]
        for at, span in zip(alone, doc.ents, strict=True):
            found[at] = {NAMES[attribute] for attribute in cued if getattr(span._, attribute)}
        return found


def _windows(folded: str, terms: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the sentences of the terms, those that overlap made one, with their terms by number."""
    open_at: tuple[int, int, int] | None = None
    for at, (start, end) in enumerate(terms):
        first, last = _sentence(folded, start, end)
        if open_at and first < open_at[1]:
            open_at = open_at[0], max(last, open_at[1]), open_at[2]
            continue
        if open_at:
            yield (*open_at, at)
        open_at = first, last, at
    if open_at:
        yield (*open_at, len(terms))


def _pipeline() -> Any:
    """Return a pipeline of EDS-NLP's qualifiers, with our cues beside theirs."""
    import edsnlp  # noqa: F401, PLC0415 - half a second and 80 MB, for the process that reads text only
    from loguru import logger  # noqa: PLC0415 - what EDS-NLP logs by

    logger.disable("edsnlp")  # some of its messages hold values of the text
    nlp = spacy.blank("eds")
    nlp.add_pipe("eds.sentences")
    nlp.add_pipe("eds.normalizer", config={"pollution": False})
    for name, config in COMPONENTS.items():
        component: Any = nlp.add_pipe(f"eds.{name}", config=config)
        component.phrase_matcher.build_patterns(nlp=nlp, terms={k: list(v) for k, v in ADDED[name].items()})
    return nlp


def _cue_words(nlp: Any) -> dict[str, frozenset[str]]:
    """Return one word of every cue, folded, by component: a sentence with none of them needs no reading."""
    from edsnlp.pipes.qualifiers.family.patterns import family  # noqa: PLC0415 - as in _pipeline
    from edsnlp.pipes.qualifiers.history.patterns import history  # noqa: PLC0415
    from edsnlp.pipes.qualifiers.hypothesis import patterns as hypothesis  # noqa: PLC0415
    from edsnlp.pipes.qualifiers.negation import patterns as negation  # noqa: PLC0415

    denied = nlp.get_pipe("eds.negation").load_verbs(negation.verbs)
    supposed = nlp.get_pipe("eds.hypothesis").load_verbs(hypothesis.verbs_hyp, hypothesis.verbs_eds)
    theirs = {
        "negation": (negation.preceding, negation.following, *denied, _IN_REGEX),
        "family": (family,),
        "hypothesis": (hypothesis.preceding, hypothesis.following, *supposed),
        "history": (history,),
    }
    return {
        name: frozenset(max(_telling(fold(cue)), key=len) for cue in chain(*listed, *_added(name)))
        for name, listed in theirs.items()
    }


def _added(name: str) -> Iterator[tuple[str, ...]]:
    """Yield our cues of a component, but for what disarms."""
    return (cues for place, cues in ADDED[name].items() if place != "pseudo")


def _telling(cue: str) -> list[str]:
    words = _WORD.findall(cue)
    return [word for word in words if word not in _COMMON] or words


def _sentence(folded: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the sentence around a term, at most 200 characters on each side."""
    first, last = max(0, start - WINDOW), min(len(folded), end + WINDOW)
    for stop in _STOP.finditer(folded, first, start):
        first = stop.end()
    behind = _STOP.search(folded, end, last)
    return first, behind.end() if behind else last


def _follow(folded: str, terms: Sequence[tuple[int, int]], found: list[set[str]]) -> None:
    """Carry a denial and a past on through an enumeration; EDS-NLP ends both at a comma and at "et"."""
    for at, (_, end) in enumerate(terms):
        if _PAST_BEHIND.match(folded, end):
            found[at].add("historic")
    for at, ((_, end), (start, _)) in enumerate(pairwise(terms), 1):
        between = folded[end:start] if start - end <= WINDOW else "\n"
        if "negated" in found[at - 1] and _MORE_DENIED.fullmatch(between):
            found[at].add("negated")
        if "historic" in found[at - 1] and _MORE_PAST.fullmatch(between):
            found[at].add("historic")
