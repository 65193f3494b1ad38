"""Recognise documents of care by their title and their headings.

Does:   finds ``document_title`` at the start of a line, and ``document_sections`` where three or more
        different clinical headings stand on lines of their own.
Never:  takes a title for proof: blank forms and training material carry it too. It is medium at
        most, and low for a file name.
Fails:  never raises on any text.
Source: ANS CDA examples, CSP R1112-1-2 (contents of the discharge letter).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Trigger, Triggers, Vocabulary
from hygie_detectors.recognizers.context import longest
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import Term, terms

HEADINGS: Final = 3
"""Different headings that make the structure of a medical document."""
_TITLES_MAX: Final = 20
"""Titles reported for one text."""

_LINE_START: Final = re.compile(
    r"(?:^|\n)[^\w\n]{0,12}(?:(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)/°-]{1,2}[ \t]{0,3})?$"
)
"""Before a heading: bullets, rules, a number."""
_TITLE_END: Final = re.compile(
    r"[^\w\n]{0,10}(?:$|\n|(?:du|de|le|en|n°|pour|concernant|patient)\b[^\n]{0,80}(?:$|\n)|[:(-])"
)
_HEADING_END: Final = re.compile(r"[ \t]{0,5}(?:\([^)\n]{0,30}\))?[ \t]{0,5}(?:$|\n|:|-{2,}|={2,}|\|)")
_BY_SPELLING: Final[dict[str, Term]] = {term.spelling: term for term in terms("sections")}


class DocumentRecognizer(HygieRecognizer):
    """Titles and headings of medical documents."""

    kinds: ClassVar[tuple[str, ...]] = ("document_title", "document_sections")
    vocabulary: ClassVar[Vocabulary] = {
        "document_title": tuple((t.spelling, t.confidence) for t in terms("document_titles")),
        "section": tuple(_BY_SPELLING),
    }

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return the titles, and the structure if there is one."""
        named = source in {"name", "metadata"}
        yield from _titles(text, triggers, named=named)
        if not named:
            yield from _sections(text, triggers)


def _titles(text: NormalText, triggers: Triggers, *, named: bool) -> Iterator[Hit]:
    """Yield each distinct title: at the start of a line, or anywhere in a file name."""
    seen: set[str] = set()
    for title in longest(triggers.of("document_title")):
        if title.term in seen or len(seen) >= _TITLES_MAX:
            continue
        if named or (_starts_line(text, title) and _TITLE_END.match(text.folded, title.end)):
            seen.add(title.term)
            confidence = Confidence.LOW if named else Confidence(title.data)
            yield Hit(
                "document_title",
                (Axis.HEALTH,),
                confidence,
                title.start,
                title.end,
                text.text[title.start : title.end],  # a title names nobody
                title.term,
            )


def _sections(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    """Yield one hit for three or more different headings, two of which only clinicians write.

    High when three of them are clinicians' own, else medium.
    """
    headings: dict[str, Trigger] = {}
    for heading in longest(triggers.of("section")):
        if _starts_line(text, heading) and _HEADING_END.match(text.folded, heading.end):
            headings.setdefault(heading.term, heading)
    clinical = [h for h in headings.values() if _BY_SPELLING[h.term].confidence is Confidence.MEDIUM]
    if len(headings) < HEADINGS or len(clinical) < HEADINGS - 1:
        return
    start, end = min(h.start for h in headings.values()), max(h.end for h in headings.values())
    value = ";".join(sorted(headings))
    masked = f"{len(headings)} rubriques"
    confidence = Confidence.HIGH if len(clinical) >= HEADINGS else Confidence.MEDIUM
    yield Hit("document_sections", (Axis.HEALTH,), confidence, start, end, masked, value)


def _starts_line(text: NormalText, trigger: Trigger) -> bool:
    return bool(_LINE_START.search(text.folded, max(0, trigger.start - 20), trigger.start))
