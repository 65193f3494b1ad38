"""Recognise a line of a prescription: what is taken, how much, how often.

Does:   finds ``prescription_line``: on one line a drug with a dose or a count of tablets and a
        rhythm ("Tahor 40 mg 1 cp le soir", "Seresta 10 mg : 1-0-1"), or without a known drug a count
        of tablets, capsules or puffs and a rhythm ("1 gélule matin et soir").
Never:  takes a dose alone for a prescription: price lists and mineral water have doses.
Fails:  never raises on any text. Lines beyond the 100th are not reported.
Source: our own; forms and rhythms as French prescriptions are written.
Quality: tests/intext/nurse.txt, 2026-11-24, written before the rules: 8 of 8 lines. Not measured:
        prescriptions of real mail, hand-written ones read by OCR.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Sketched, Triggers, Vocabulary
from hygie_detectors.recognizers.context import line, masked_words
from hygie_detectors.text import NormalText

LINES_MAX: Final = 100
"""Of one text: the prescriptions of a ward round have fewer."""

_COUNTED: Final = Sketched(
    r"(?:\b\d{1,2}(?:[.,/]\d)?|\b(?:une?|deux|trois|demi)|[½¼])[ ]?"
    r"(?:cps?|cpr?s?|comprimes?|gel|gelules?|bouffees?|suppos?|suppositoires?|patchs?)\b",
    words=("cp", "comprime", "gel", "bouffee", "suppo", "patch"),
)
_DOSE: Final = re.compile(
    r"\b\d{1,5}(?:[.,]\d{1,3})?[ ]?(?:mg|g|µg|mcg|microgrammes?|ui|u|ml|%|"
    r"gouttes?|ampoules?|amp|sachets?|inj|injections?)\b(?!/l)"
)
_BARE_DOSE: Final = re.compile(
    r"[ ](?:lp |codeine )?\d{1,4}(?:[.,]\d{1,2})?(?![\w.,/-]|[ ]?(?:eur|€|%|[mµ]?[gl]\b|u))"
)
"""A dose without its unit, right behind a drug: ``Doliprane 1000 3/j``."""
_DAILY: Final = (
    r"\b(?:matin|midi|soir|coucher)\b",
    r"\bpar jour\b",
    r"/ ?j(?:our)?\b",
    r"\bfois (?:par|/) ?(?:jour|j)\b",
)
_RHYTHM: Final = re.compile(
    # Each way begins at a letter of its own: the search skips all other characters at its speed.
    r"[acdfmpqst/\d](?:(?<=/) ?j(?:our)?\b|(?<!\w.)(?:"
    r"(?<=m)(?:atin|idi)\b|(?<=s)oir\b|(?<=c)oucher\b|(?<=p)ar (?:jour|semaine)\b"
    r"|(?<=f)ois (?:par|/) ?(?:jour|j|semaine)\b"
    r"|(?<=t)(?:ou)?tes les \d{1,2} ?h"
    r"|(?<=\d)(?:[.,]5)?(?:-\d(?:[.,]5)?){2,3}\b(?!-)"
    r"|(?<=s)i (?:douleurs?|besoin)\b"
    r"|(?:(?<=p)(?:endant|dt)|(?<=d)urant) \d{1,2} ?(?:j|jours?|semaines?|mois)\b"
    r"|(?<=q)sp\b"
    r"|(?<=a)(?: jeun|u repas)\b))"
)
_COUNT_RHYTHM: Final = re.compile("|".join(_DAILY))
_TIMES: Final = ("matin", "midi", "soir", "le", "au", "par jour", "x", "2 fois", "3 fois")


class PrescriptionRecognizer(HygieRecognizer):
    """Lines that say what someone takes."""

    kinds: ClassVar[tuple[str, ...]] = ("prescription_line",)
    # Drugs, comprime and gelule open the gate by themselves; "cp" alone is a postcode or a paid leave.
    vocabulary: ClassVar[Vocabulary] = {
        "dose_form": (
            *(f"cp {time}" for time in _TIMES),
            *(f"gel {time}" for time in ("matin", "midi", "soir", "par jour")),
            *("cp/j", "cpr", "cprs", "bouffee", "bouffees", "suppo", "suppos"),
        )
    }

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return one hit a line, medium."""
        del source
        found: dict[int, tuple[int, int]] = {}
        for start, end in itertools.chain(_prescribed(text, triggers), _counted(text)):
            first, _ = line(text.folded, start, end)
            found.setdefault(first, (start, end))
            if len(found) >= LINES_MAX:
                break
        for start, end in sorted(found.values()):
            yield Hit(
                "prescription_line",
                (Axis.HEALTH,),
                Confidence.MEDIUM,
                start,
                end,
                masked_words(text.text[start:end]),
                text.folded[start:end],
            )


def _prescribed(text: NormalText, triggers: Triggers) -> Iterator[tuple[int, int]]:
    """Yield where a drug stands with its dose and rhythm behind it on the line."""
    for drug in triggers.of("drug"):
        _, last = line(text.folded, drug.start, drug.end)
        dosed = (
            _COUNTED.search(text, drug.end, last)
            or _DOSE.search(text.folded, drug.end, last)
            or _BARE_DOSE.match(text.folded, drug.end, last)
        )
        if dosed and (rhythm := _last(_RHYTHM, text, drug.end, last)):
            yield drug.start, rhythm.end()


def _counted(text: NormalText) -> Iterator[tuple[int, int]]:
    """Yield where tablets are counted and a rhythm follows on the line."""
    for count in _COUNTED.finditer(text):
        _, last = line(text.folded, count.start(), count.end())
        if rhythm := _last(_COUNT_RHYTHM, text, count.end(), last):
            yield count.start(), rhythm.end()


def _last(pattern: re.Pattern[str], text: NormalText, start: int, end: int) -> re.Match[str] | None:
    """Return the last match between two places."""
    found = None
    for found in pattern.finditer(text.folded, start, end):  # noqa: B007 - the last one is wanted
        pass
    return found
