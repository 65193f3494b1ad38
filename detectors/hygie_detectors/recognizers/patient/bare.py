"""Names that nothing introduces: a given name of the list with a surname, or initials with one.

Does:   yields "Jeanne DUPONT", "DUPONT Jeanne", "Dupont Jeanne", "J.-P. Dupont", and "jeanne dupont" where
        both words are in the lists.
Never:  says whose name it is; takes the one whom a street, a hospital, a sign or a disease is named after;
        a drug with its maker.
Fails:  never on any text.
Source: ``given_names.txt``, ``surnames.txt``, ``eponyms.txt``; layouts of lists, signatures and notes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from hygie_detectors.recognizers.base import Trigger, Triggers
from hygie_detectors.recognizers.context import longest
from hygie_detectors.recognizers.patient import patterns
from hygie_detectors.recognizers.patient.names import cut
from hygie_detectors.text import NormalText

BEFORE: Final = 80
"""Characters read before a given name for its surname."""
AFTER: Final = 120
"""Characters read from where a name begins."""


class Span(NamedTuple):
    """Where a name stands."""

    start: int
    end: int


def bare_names(text: NormalText, triggers: Triggers) -> Iterator[Span]:
    """Yield each name once, in no order."""
    eponyms = {(t.start, t.end) for t in triggers.of("eponym")}
    drugs = {t.start for t in triggers.of("drug")}
    surnames = {t.start: t.end for t in triggers.of("surname")}
    before = {end: start for start, end in surnames.items()}
    reach = 0
    for given in longest(triggers.of("given_name")):
        if given.start < reach:
            continue
        if text.text[given.start].isupper():
            found = _with_surname(text, given)
        else:
            found = _lower(text, given, surnames, before)
        if found is None or found in eponyms or not drugs.isdisjoint(range(*found)):
            continue
        if not _named_after(text, found.start):
            reach = found.end
            yield found
    titles = {title.start for title in triggers.of("title")}
    for match in patterns.INITIALS_NAME.finditer(text.text):
        name, end = match["name"], match.end()
        listed = match.start("name") in surnames or patterns.LISTED_BEFORE.search(
            text.text[max(0, match.start() - 4) : match.start()]
        )
        known = listed or name.isupper() or patterns.PROFESSIONAL_AFTER.match(text.folded, end)
        if (
            known
            and match.start() not in titles
            and text.folded[slice(*match.span("name"))] not in patterns.NOT_NAMES
        ):
            yield Span(match.start(), end)


def _with_surname(text: NormalText, given: Trigger) -> Span | None:
    """Return the name around a given name with a capital; the surname stands on either side."""
    first = max(0, given.start - BEFORE)
    before = text.text[first : given.start]
    last = before.rstrip(" ")[-1:] if before[-1:] == " " else ""  # cheaper than to let both regexes look
    surname = None
    if last.isupper():
        surname = patterns.SURNAME_BEFORE.search(text.text, first, given.start)
    elif last.islower():
        surname = patterns.TITLE_CASE_BEFORE.search(text.text, first, given.start)
        if surname and text.folded[surname.start(1) : surname.end(1)] in patterns.NOT_NAMES:
            surname = None
    start = surname.start(1) if surname else given.start
    match = patterns.NAME.match(text.text, start, start + AFTER)
    if match is None or match.end() < given.end:
        return None
    end = cut(text, start, match.end())
    if end < given.end or " " not in text.text[start:end]:
        return None
    return Span(start, end)


def _lower(text: NormalText, given: Trigger, after: dict[int, int], before: dict[int, int]) -> Span | None:
    """Return a name typed without capitals: both of its words are in the lists, one space apart."""
    if text.text[given.end : given.end + 1] == " " and (end := after.get(given.end + 1)):
        return Span(given.start, end)
    if text.text[given.start - 1 : given.start] == " " and (start := before.get(given.start - 1)) is not None:
        return Span(start, given.end)
    return None


def _named_after(text: NormalText, start: int) -> bool:
    """Tell whether a street, a school, a hospital bears the name."""
    return patterns.NAMED_AFTER.search(text.folded[max(0, start - 40) : start]) is not None
