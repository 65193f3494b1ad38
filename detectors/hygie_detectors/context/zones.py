"""The zones of a mail: what is quoted, whose signature stands below, what the law department adds.

Does:   returns where quoted history, signature blocks and legal footers lie, from the words that the
        gate met and the shape of lines.
Never:  decides what a zone is worth; looks at anything twice.
Fails:  never.
Source: what Outlook, Thunderbird, Gmail, Apple Mail and Zimbra write in French and English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from hygie_detectors.recognizers.base import Sketched, Triggers
from hygie_detectors.text import NormalText

SIGNATURE_LINES: Final = 10
"""Lines below the closing formula that may belong to a signature."""
SIGNATURE_LINE_MAX: Final = 90
"""Characters: a longer line is prose again."""
ZONES_MAX: Final = 200
"""Zones of one kind in one text. Findings beyond are not labelled, and so not lowered: the strict side."""
FOOTER_MAX: Final = 1_500
"""Characters of a disclaimer; the longest seen have about 1 200."""

_QUOTED_LINE: Final = re.compile(r"^[ \t]{0,3}>[^\n]*(?:\n[ \t]{0,3}>[^\n]*)*", re.MULTILINE)
_QUOTE_BEGINS: Final = Sketched(
    r"^[ \t>]{0,6}(?:"
    r"-{2,10} ?(?:message (?:d'origine|original|transfere|initial)|(?:original|forwarded) message)\b"
    r"|(?:le|on) [^\n]{4,120}\n?[^\n]{0,80}(?:a ecrit|wrote) ?:"
    r"|(?:de|from) ?: [^\n]{1,200}\n(?:[^\n]{0,200}\n){0,2}?[ \t>]{0,6}(?:envoye|date|sent|le) ?: "
    r"|debut du message (?:reexpedie|transfere)"
    r")",
    words=("message", "ecrit", "wrote", "from", "de:", "de :"),
    flags=re.MULTILINE,
)
_DASHES: Final = Sketched(r"^--[ \t]?$", words=("--",), flags=re.MULTILINE)
_SENTENCE: Final = re.compile(
    # Begins at a class of letters, and looks back: the search skips the others at its speed.
    r"[aehops](?<!\w.)(?:(?<=^p)\.?s|(?<=e)(?:st|tait)|(?<=s)(?:ont|uis|era|ouffre)|(?<=o)nt|"
    r"(?<=a)(?:vez|vons)|(?<=p)resente|(?<=h)ospitalisee?)\b"
)
"""A signature is names, functions, addresses: a line with a verb is none of it."""


class Zone(NamedTuple):
    """Part of a text, with the qualifier that findings in it bear."""

    start: int
    end: int
    name: str
    """``quoted`` | ``signature`` | ``footer``."""


def zones(text: NormalText, triggers: Triggers) -> list[Zone]:
    """Return the zones in order of their beginning. A signature may lie in what is quoted."""
    told = (_quoted(text), _signatures(text, triggers), _footers(text.folded, triggers))
    return sorted(zone for kind in told for zone in islice(kind, ZONES_MAX))


def _quoted(text: NormalText) -> Iterator[Zone]:
    """Yield the marked lines, and all that follows the head of a forwarded or answered message."""
    folded = text.folded
    head = _QUOTE_BEGINS.search(text)
    if head:
        yield Zone(head.start(), len(folded), "quoted")
    if ">" not in folded:
        return
    for lines in _QUOTED_LINE.finditer(folded, 0, head.start() if head else len(folded)):
        yield Zone(*lines.span(), "quoted")


def _signatures(text: NormalText, triggers: Triggers) -> Iterator[Zone]:
    """Yield the short lines below a closing formula on a line of its own, or below two dashes."""
    folded = text.folded
    begins = {dashes.end() for dashes in _DASHES.finditer(text)}
    for closing in triggers.of("closing"):
        begin = _line_end(folded, closing.end)
        if begin not in begins and _alone(folded, closing.start, closing.end, begin):
            begins.add(begin)
    reach = 0
    for begin in sorted(begins):
        if begin >= reach and (end := _block_end(folded, begin)) > begin:
            yield Zone(begin, end, "signature")
            reach = end


def _alone(folded: str, start: int, end: int, line_end: int) -> bool:
    """Tell whether a formula ends its line, and little stands before it."""
    first = folded.rfind("\n", max(0, start - SIGNATURE_LINE_MAX), start) + 1
    return (first > 0 or start < SIGNATURE_LINE_MAX) and not folded[end:line_end].strip(" \t,.;!")


def _block_end(folded: str, begin: int) -> int:
    """Return where the short lines end: before prose, a second empty line, or the eleventh line."""
    at, empty = begin + 1, 0
    for _ in range(SIGNATURE_LINES):
        end = _line_end(folded, at)
        if end - at > SIGNATURE_LINE_MAX:
            return max(begin, at - 1)
        shown = folded[at:end].strip()
        empty = 0 if shown else empty + 1
        if empty > 1 or (shown and (shown[0] == ">" or _SENTENCE.search(shown))):
            return max(begin, at - 1)
        if end >= len(folded):
            return len(folded)
        at = end + 1
    return at - 1


def _footers(folded: str, triggers: Triggers) -> Iterator[Zone]:
    """Yield what stands from a line with a word of disclaimers to the end of its paragraph."""
    reach = 0
    for word in triggers.of("disclaimer"):
        if word.start < reach:
            continue
        start = folded.rfind("\n", max(0, word.start - SIGNATURE_LINE_MAX), word.start) + 1 or word.start
        blank = folded.find("\n\n", word.end, word.end + FOOTER_MAX)
        reach = blank if blank >= 0 else min(len(folded), word.end + FOOTER_MAX)
        yield Zone(start, reach, "footer")


def _line_end(folded: str, at: int) -> int:
    end = folded.find("\n", at)
    return end if end >= 0 else len(folded)


def names_at(found: Sequence[Zone], start: int) -> set[str]:
    """Return the names of the zones in which a place lies."""
    return {zone.name for zone in found if zone.start <= start < zone.end}
