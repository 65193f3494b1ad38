"""Read one name at a given place of a text.

Does:   takes the capitalised words that begin there, cuts them before the next label, and tells a
        professional's name, a colleague's or an addressee's by what stands around it.
Never:  looks for places itself; the rules do.
Fails:  never; returns ``None`` for what names nobody.
Source: hospital letters, ANS cartouches; see ``patterns.py`` and the list ``not_names.txt``.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from hygie_detectors.model import Confidence
from hygie_detectors.recognizers.base import Trigger
from hygie_detectors.recognizers.context import line
from hygie_detectors.recognizers.patient import patterns
from hygie_detectors.text import NormalText

_WORD: Final = re.compile(r"\S+")
BEFORE: Final = 80
"""Characters read before "né le", or a date, for the name."""
_GAP_MAX: Final = 3
"""White space, line ends included, that may stand behind a name."""
_INITIALS: Final = 2
"""Letters of a word that may be initials."""


class Named(NamedTuple):
    """A name and how sure it is a patient's."""

    start: int
    end: int
    kind: str
    confidence: Confidence
    label: str = ""
    introduced: bool = True
    """Whether a label, a title or a phrase says that this is a person."""
    public: bool = False
    """Whether it stands in a programme of speakers or a biography: no birth date makes it a patient's."""


def name_at(  # noqa: PLR0913 - two of the six are keyword-only, and only some rules give them
    text: NormalText,
    at: int,
    kind: str,
    confidence: Confidence,
    *,
    before: int | None = None,
    label: Trigger | None = None,
) -> Named | None:
    """Return the name that begins at ``at``, cut before the next label; nothing if it is a professional's.

    ``before`` is where a title in front of the name began, ``label`` the label in front of it.
    """
    title = patterns.TITLE.match(text.text, at)
    start = title.end() if title else at
    match = patterns.NAME.match(text.text, start, start + 120)
    if match is None:
        return None
    end = cut(text, start, match.end())
    if not _names_somebody(text.folded[start:end]):
        return None
    front = before if before is not None else (label.start if label else at)
    if is_professional(text, front, end):
        return None
    return Named(start, end, kind, confidence, label.term if label else "")


def first_of_name(text: NormalText, start: int, end: int) -> int | None:
    """Return where a name begins in a run of capitalised words: behind "CR", "Bonjour" and the like."""
    for word in _WORD.finditer(text.folded, start, end):
        if word[0].strip(".'-,(") not in patterns.NOT_NAMES:
            return word.start()
    return None


def ends_name(text: NormalText, at: int) -> bool:
    """Tell whether the word before ``at`` has a capital; names end in one, and a sex is one."""
    words = text.text[max(0, at - BEFORE) : at].rstrip(" ,;()*|/\n\t-").rsplit(None, 1)
    return bool(words) and words[-1] != words[-1].lower()


def name_before(text: NormalText, at: int) -> re.Match[str] | None:
    """Return the name right before ``at``, on one line; a line end may stand between the two."""
    if not ends_name(text, at):
        return None
    first = max(0, at - BEFORE)
    line_begins = text.text.rfind("\n", first, max(first, at - _GAP_MAX)) + 1
    return patterns.NAME_BEFORE.search(text.text, line_begins or first, at)


def is_professional(text: NormalText, front: int, end: int) -> bool:
    """Tell whether the words around a name make it a professional's, a colleague's or an addressee's.

    ``front`` is where the name, or the title or label before it, begins.
    """
    first, _ = line(text.folded, front, front)
    near = max(first, front - 40)
    if _has_function(text, end):
        return True
    return near < front and (
        patterns.PROFESSIONAL_BEFORE.search(text.folded, near, front) is not None
        or (
            patterns.TITLE.match(text.text, front) is None
            and patterns.THING_BEFORE.search(text.folded, near, front) is not None
        )
    )


def _has_function(text: NormalText, end: int) -> bool:
    """Tell whether a function follows, and not the label of the next line."""
    after = patterns.PROFESSIONAL_AFTER.match(text.folded, end)
    return after is not None and not (
        "\n" in after[0] and patterns.NEXT_LABEL.match(text.folded, after.end())
    )


def _names_somebody(folded: str) -> bool:
    """Tell whether one word is more than initials: "Mme H.", "M. AB" hide a name."""
    return any(
        (len(word.strip(".")) > _INITIALS and "." not in word[:-1]) or word in patterns.SHORT_SURNAMES
        for word in folded.split()
    )


def cut(text: NormalText, start: int, end: int) -> int:
    """Return where the name ends: before the first word that is no name."""
    at = start
    kept = start
    for word in text.folded[start:end].split(" "):
        if (
            word.strip(".'-") in patterns.NOT_NAMES
            and not word.endswith("'")
            and not (_is_particle(word) and (kept > start or text.text[at].isupper()))
        ):
            break
        at += len(word) + 1
        if word and not _is_particle(word):
            kept = at - 1
    return kept


def _is_particle(word: str) -> bool:
    return word in {"de", "du", "des", "la", "le", "el", "ben"}


def lower_name(text: NormalText, at: int, label: Trigger) -> Named | None:
    """Return the lower-case name that fills the rest of the line behind "Nom :"."""
    match = patterns.LOWER_NAME.match(text.text, at)
    if match is None or text.folded[at : match.end()].split(" ")[0] in patterns.NOT_NAMES:
        return None
    rest = text.folded[match.end() : match.end() + 20].lstrip(" \t")
    if rest and rest[0] != "\n" and not rest.startswith(("prenom", "ne", "date", "|", ";")):
        return None
    return Named(match.start(), match.end(), "patient_name", Confidence.LOW, label.term)


def lower_person(text: NormalText, at: int) -> Named | None:
    """Return the lower-case word behind a title, "mme dupont", or the words up to an age or a birth date."""
    match = patterns.LOWER_NAMES.match(text.text, at) or patterns.LOWER_WORD.match(text.text, at)
    if match is None or text.folded[at : match.end()] in patterns.NOT_NAMES:
        return None
    return Named(at, match.end(), "person_name", Confidence.LOW)
