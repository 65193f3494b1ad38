"""Tell documents of care, and their kind, by title, headings and layout.

Does:   finds ``document_<kind>`` (biology, imaging, discharge, prescription and so on, a closed list) by a
        title at the start of a line, by what such a document's body is written with, and by clinical
        headings; ``document_sections`` where headings show a medical document of no kind it knows.
        Has the gate look for words of general texts and of the zones of a mail, which
        :mod:`hygie_detectors.context` reads.
Never:  takes a title for proof: blank forms and training material carry it too. Alone it is medium
        at most, and low for a file name; with headings or layout of its kind it is high.
Fails:  never raises on any text.
Source: ANS CDA examples, CSP R1112-1-2 (contents of the discharge letter), usual French documents.
Quality: not measured on real documents: the samples of each kind are in its tests. Development corpus,
        2026-11-24: a kind or headings at medium or more in 12 of 16 PDFs and 84 of 115 structured files,
        in none of 2 664 files without a patient. Known to fail: a title that the layout splits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Sketched, Trigger, Triggers, Vocabulary
from hygie_detectors.recognizers.context import longest
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import Term, terms

HEADINGS: Final = 3
"""Different headings that make the structure of a medical document."""
MARKS_BEHIND_TITLE: Final = 2
"""Different marks of its kind that make a title sure; the patient block is one."""
MARKS_ALONE: Final = 3
"""Different marks that tell the kind of a document with headings and no title."""
POSOLOGIES: Final = 2
"""Lines of dose and rhythm that make a prescription: one stands in many a letter."""
_TITLES_MAX: Final = 500
"""Titles tried in one text."""

KINDS: Final = tuple(dict.fromkeys(term.group for term in terms("document_titles")))
_RAISED: Final = {Confidence.LOW: Confidence.MEDIUM, Confidence.MEDIUM: Confidence.HIGH}
_PATIENT_BLOCK: Final = ("birth_label", "birth_name_label", "ipp_label", "born")

_LINE_START: Final = re.compile(
    r"(?:^|\n)[^\w\n]{0,12}(?:(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)/°-]{1,2}[ \t]{0,3})?$"
)
"""Before a heading: bullets, rules, a number."""
_TITLE_END: Final = re.compile(
    r"[^\w\n]{0,10}(?:$|\n|(?:du|de|le|en|n°|pour|concernant|patient)\b[^\n]{0,80}(?:$|\n)|[:(-])"
)
_HEADING_END: Final = re.compile(r"[ \t]{0,5}(?:\([^)\n]{0,30}\))?[ \t]{0,5}(?:$|\n|:|-{2,}|={2,}|\|)")
_DOSE: Final = Sketched(
    r"\b\d[\d,./]{0,6} ?"
    r"(?:cp[sr]?|comprimes?|gel|gelules?|sachets?|gouttes?|bouffees?|ampoules?|injections?)\b[^\n]{0,60}?"
    r"\b(?:matin|midi|soir|coucher|par (?:jour|semaine)|fois par|pendant \d+ (?:j|jours|mois))\b",
    words=("cp", "comprime", "gel", "sachet", "goutte", "bouffee", "ampoule", "injection"),
)
_SWORN: Final = "je soussigne"
SWORN_REACH: Final = 250
"""Characters before "certifie avoir examiné" in which the doctor names himself."""
_BY_SPELLING: Final[dict[str, Term]] = {term.spelling: term for term in terms("sections")}
_KIND_OF_TITLE: Final = {term.spelling: term.group for term in terms("document_titles")}


class DocumentRecognizer(HygieRecognizer):
    """Documents of care by kind."""

    kinds: ClassVar[tuple[str, ...]] = (*(f"document_{kind}" for kind in KINDS), "document_sections")
    vocabulary: ClassVar[Vocabulary] = {
        "document_title": tuple((t.spelling, t.confidence) for t in terms("document_titles")),
        "section": tuple(_BY_SPELLING),
        "certified": ("certifie avoir examine", "certifie que l'etat de sante", "certifie avoir vu"),
    }
    context_vocabulary: ClassVar[Vocabulary] = {
        "document_mark": tuple((t.spelling, t.group) for t in terms("document_marks")),
        "generic": tuple((t.spelling, t.confidence) for t in terms("generic")),
        "closing": tuple(t.spelling for t in terms("mail_zones") if t.group == "closing"),
        "disclaimer": tuple(t.spelling for t in terms("mail_zones") if t.group == "disclaimer"),
    }

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return one hit a kind of document, and the structure that clinical headings make."""
        titles = longest(triggers.of("document_title"))[:_TITLES_MAX]
        if source in {"name", "metadata"}:
            yield from _once(text, ((title, Confidence.LOW) for title in titles))
            return
        structure = _sections(text, triggers)
        marks = _marks(text, triggers)
        found = list(_once(text, _titled(text, titles, marks, structured=structure is not None)))
        found += _formulas(text, triggers, {hit.kind for hit in found})
        yield from found
        if structure:
            yield structure
            if not found and (kind := _likeliest(marks)):
                yield structure._replace(kind=f"document_{kind}")


def _titled(
    text: NormalText, titles: Iterable[Trigger], marks: Mapping[str, set[str]], *, structured: bool
) -> Iterator[tuple[Trigger, Confidence]]:
    """Yield what stands as a title, surer where headings or the layout of its kind follow."""
    for title in titles:
        if _starts_line(text, title) and _TITLE_END.match(text.folded, title.end):
            framed = structured or len(marks[_KIND_OF_TITLE[title.term]]) >= MARKS_BEHIND_TITLE
            listed = Confidence(title.data)
            yield title, _RAISED[listed] if framed else listed


def _once(text: NormalText, titles: Iterable[tuple[Trigger, Confidence]]) -> Iterator[Hit]:
    """Yield the surest title of each kind, the first of equals."""
    best: dict[str, tuple[Trigger, Confidence]] = {}
    for title, confidence in titles:
        kind = _KIND_OF_TITLE[title.term]
        if kind not in best or confidence.rank > best[kind][1].rank:
            best[kind] = title, confidence
    for kind, (title, confidence) in best.items():
        shown = text.text[title.start : title.end]  # a title names nobody
        yield _hit(kind, confidence, (title.start, title.end), shown, title.term)


def _marks(text: NormalText, triggers: Triggers) -> Mapping[str, set[str]]:
    """Return the different marks met of each kind; the patient block counts for every kind."""
    block = triggers.any(*_PATIENT_BLOCK)
    met: defaultdict[str, set[str]] = defaultdict(lambda: {"patient block"} if block else set())
    for mark in triggers.of("document_mark"):
        met[mark.data].add(mark.term)
    if triggers.any("drug", "document_title"):
        met["prescription"].update(f"dose {number}" for number in range(len(text.derived(_doses))))
    return met


def _doses(text: NormalText) -> list[re.Match[str]]:
    """Return the first lines that tell a dose and its rhythm."""
    return list(islice(_DOSE.finditer(text), POSOLOGIES))


def _formulas(text: NormalText, triggers: Triggers, titled: set[str]) -> Iterator[Hit]:
    """Yield what the body alone tells: lines of posology, the formula of a certificate."""
    if "document_prescription" not in titled and triggers.any("drug"):
        lines = text.derived(_doses)
        if len(lines) >= POSOLOGIES:
            span = lines[0].start(), lines[-1].end()
            yield _hit("prescription", Confidence.MEDIUM, span, "lignes de posologie", "posology")
    if "document_certificate" not in titled:
        for formula in triggers.of("certified"):
            start = text.folded.find(_SWORN, max(0, formula.start - SWORN_REACH), formula.start)
            if start >= 0:
                span = start, formula.end
                yield _hit("certificate", Confidence.MEDIUM, span, "je soussigné, certifie", formula.term)
                return


def _likeliest(marks: Mapping[str, set[str]]) -> str:
    """Return the kind with most marks, "" when none has three."""
    kind = max(KINDS, key=lambda kind: len(marks[kind]))
    return kind if len(marks[kind]) >= MARKS_ALONE else ""


def _sections(text: NormalText, triggers: Triggers) -> Hit | None:
    """Return the structure of three or more different headings, two of which only clinicians write.

    High when three of them are clinicians' own, else medium.
    """
    headings: dict[str, Trigger] = {}
    for heading in longest(triggers.of("section")):
        if _starts_line(text, heading) and _HEADING_END.match(text.folded, heading.end):
            headings.setdefault(heading.term, heading)
    clinical = [h for h in headings.values() if _BY_SPELLING[h.term].confidence is Confidence.MEDIUM]
    if len(headings) < HEADINGS or len(clinical) < HEADINGS - 1:
        return None
    span = min(h.start for h in headings.values()), max(h.end for h in headings.values())
    confidence = Confidence.HIGH if len(clinical) >= HEADINGS else Confidence.MEDIUM
    value = ";".join(sorted(headings))
    return _hit("sections", confidence, span, f"{len(headings)} rubriques", value)


def _hit(kind: str, confidence: Confidence, span: tuple[int, int], masked: str, value: str) -> Hit:
    return Hit(f"document_{kind}", (Axis.HEALTH,), confidence, *span, masked, value)


def _starts_line(text: NormalText, trigger: Trigger) -> bool:
    return bool(_LINE_START.search(text.folded, max(0, trigger.start - 20), trigger.start))
