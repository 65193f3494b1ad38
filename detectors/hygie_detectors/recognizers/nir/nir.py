"""Recognise the NIR, the French social security number, in text.

Does:   finds every printed form of the number (see ``patterns.py``), checks the control key,
        and returns hits of kind ``nir`` on axis ``identity``: the number alone is no health data
        (payroll and insurers use it lawfully).
Never:  keeps, logs or returns the number itself; evidence leaves here masked.
Fails:  never on any text.
Source: decree 82-103 of 22 January 1982 (RNIPP), art. 4: ``S AA MM DD CCC OOO`` and a key.
Quality: 2026-11-24, 24002 generated numbers in every layout and 24000 texts with other numbers:
        recall 100.00 %, precision 100.00 %. Not measured: handwriting read by OCR.

The thirteen characters and the key::

    1      sex         1, 2; 3, 4 being registered; 7, 8 provisional (with a key: waiting, NIA)
    2-3    year        00-99
    4-5    month       01-12; 20-99 where civil status is incomplete
    6-7    department  01-95, 2A, 2B, 97 and 98 overseas (with the next digit), 99 abroad
    8-10   commune     or country
    11-13  order       001-999
    14-15  key         97 - (the thirteen mod 97), with 2A read as 19 and 2B as 18

Worked values (python-stdnum, CNAM): ``2951099126111 93`` abroad, ``253072B073004 70`` and
``253072A073004 43`` Corsica, ``284992B321025 31`` month unknown, ``1800175056004 97`` top of range.

How sure:

- the key is right and a word names the number, or the month is 01-12 and nothing touches it: high;
- an unusual month, first digit or grouping, or digits right beside it, and no word: medium or low;
- the key is wrong, but a word names the number: medium, qualifier ``wrong_key``;
- the key is wrong and no word names it, but fifteen digits stand each for itself, as in the boxes of a
  form, and every field holds a possible value: low, qualifier ``wrong_key`` (one box misread by OCR);
- thirteen digits without key (old provisional numbers, migrants' numbers): medium, beside a word only.

A right key is one chance in 97 for any number: with sex 1-2 and month 01-12, one in 4 000.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import ClassVar, Final, NamedTuple

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Shape, Trigger, Triggers, Vocabulary
from hygie_detectors.recognizers.nir.patterns import (
    ALL_BOXES,
    ATTACHED,
    BORDER,
    BOXES,
    CELL,
    FIELD_CUTS,
    FIELDS,
    FLOAT,
    NOT_A_NIR,
    ODD_SHAPE,
    RUN,
    SEPARATOR,
    SHAPE,
    SPACED_CUTS,
    STRONG,
    SUPPORTING,
    TOKENS,
    USUAL,
)
from hygie_detectors.text import NormalText

CORSICA: Final = {"2A": "19", "2B": "18"}
BODY: Final = 13
WHOLE: Final = 15
BEFORE: Final = 80
"""How far before the number a word may stand, in characters."""
AFTER: Final = 30
"""How far behind it: ``2790351215189 89 [INS-NIR]``."""
HITS_MAX: Final = 1_000
"""Sure numbers of one text, after which the rest is not looked at: a list of persons is a list."""
FAR: Final = sys.maxsize
TIME: Final = re.compile(r"20[0-3]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d")
WITHOUT_KEY: Final = re.compile(r"[56][12]|[78][012]")
"""Migrants' and old provisional numbers: 13 digits, type of creation second, no date in them."""
CLOSE_FIGURES: Final = 4
"""More figures than that between a word and a number, and the word speaks of another number."""


def control_key(body: str) -> int:
    """Return the control key (1 to 97) of a 13-character NIR body.

    97 - (body mod 97), Corsica's 2A read as 19 and 2B as 18. ``control_key("253072B073004")`` is 70.

    Raises:
        ValueError: when the body is not thirteen digits, or letters stand elsewhere.

    """
    department = CORSICA.get(body[5:7].upper(), body[5:7])
    digits = body[:5] + department + body[7:]
    if len(digits) != BODY or not (digits.isascii() and digits.isdigit()):
        raise ValueError("a NIR body is 13 characters, letters in 2A and 2B only")
    return 97 - int(digits) % 97


@dataclass(frozen=True, slots=True)
class Number:
    """Thirteen or fifteen characters that could be a NIR, and how they are written."""

    start: int
    end: int
    value: str = field(repr=False)
    """Digits, with Corsica's letter in upper case."""
    cuts: frozenset[int]
    """After which characters a new group begins."""
    alone: bool
    """Whether no figures that could belong to it stand on either side."""
    dotted: bool
    """Whether it is a piece of a dotted number: an OID, a UID, a version."""
    joined: bool
    """Whether it is a piece of a word, such as a hexadecimal string."""
    boxed: bool = False
    """Whether all fifteen digits stand each for itself, with nothing else on either side."""

    @property
    def right_key(self) -> bool:
        """Whether a key is there, and is the right one."""
        return has_right_key(self.value)

    @property
    def in_range(self) -> bool:
        """Whether every field holds a value that is given out (the widest rule, that of the CNAM)."""
        month, department = int(self.value[3:5]), self.value[5:7]
        return (
            self.value[0] in "123478"
            and (self.usual_month or month >= 20)  # noqa: PLR2004 - unknown, from 20 on
            and department != "00"
            and "000" not in (self.value[7:10], self.value[10:BODY])
        )

    @property
    def usual_month(self) -> bool:
        """Whether the month of birth is known."""
        return 1 <= int(self.value[3:5]) <= 12  # noqa: PLR2004 - months

    @property
    def grouped(self) -> bool:
        """Whether it is written field by field: a layout that no other number has."""
        return FIELD_CUTS - {BODY} <= self.cuts <= FIELD_CUTS

    @property
    def compact(self) -> bool:
        """Whether it is written in one piece, the key apart or not."""
        return self.cuts <= {BODY}

    @property
    def usual_layout(self) -> bool:
        """Whether groups end where fields end, or every digit stands for itself, as in boxes."""
        return self.cuts <= FIELD_CUTS or self.cuts >= SPACED_CUTS

    @property
    def is_time(self) -> bool:
        """Whether it reads as a time of this century, ``YYYYMMDDhhmmss`` and more; never in boxes."""
        return self.cuts < SPACED_CUTS and TIME.match(self.value) is not None


def has_right_key(value: str) -> bool:
    """Tell whether these are fifteen characters of which the last two are the key of the others."""
    if len(value) != WHOLE:
        return False
    if not value.isdigit():
        return is_well_formed(value) and int(value[BODY:]) == control_key(value[:BODY])
    return int(value[BODY:]) == 97 - int(value[:BODY]) % 97


def is_well_formed(value: str) -> bool:
    """Tell whether all are digits, but for the letter of 2A and 2B in its place."""
    return value.isdigit() or (value[5:7] in CORSICA and (value[:6] + value[7:]).isdigit())


Wanted = Callable[[str, int, int], bool]
"""Whether a value at ``start:end`` is worth a closer look; called for every window of digits, so cheap."""


class _Run(NamedTuple):
    """Groups of digits that stand together."""

    spans: list[tuple[int, int]]
    figures: str
    ends: list[int]
    """How many figures stand before each group, and in all."""
    numbered: dict[int, int]
    """Of these, which group each belongs to."""


def _runs(normal: NormalText) -> list[_Run]:
    """Return every run of digit groups that could hold a NIR."""
    text, shapes = normal.text, normal.encoded.translate(_AS_SHAPE)
    runs = []
    place = SHAPE.search(shapes)
    while place:
        run = RUN.match(text, place.start())
        if run:
            spans = [group.span() for group in TOKENS.finditer(text, run.start(), run.end())]
            figures = "".join([text[start:end] for start, end in spans]).upper()
            ends = list(accumulate((end - start for start, end in spans), initial=0))
            runs.append(_Run(spans, figures, ends, {end: number for number, end in enumerate(ends)}))
        place = SHAPE.search(shapes, run.end() if run else place.start() + 1)
    return runs


def numbers(text: NormalText, wanted: Wanted, lengths: Sequence[int] = (WHOLE,)) -> Iterator[Number]:
    """Yield whatever could be a NIR by its length and characters, and is wanted.

    Linear in the text: each group of digits is tried once as the first of a number of each length. The
    lengths come longest first: with the right key behind them, thirteen digits are no number of their own.
    """
    for spans, figures, ends, numbered in text.derived(_runs) if holds_many_digits(text) else ():
        for first, offset in enumerate(ends):
            for length in lengths:
                last = numbered.get(offset + length)
                if last is None:
                    continue
                value = figures[offset : offset + length]
                if (
                    wanted(value, spans[first][0], spans[last - 1][1])
                    and is_well_formed(value)
                    and (number := _number(text.text, value, spans, first, last))
                ):
                    yield number
                    if number.right_key and not number.dotted:
                        break


def oddly_parted(normal: NormalText) -> Iterator[Number]:
    """Yield numbers whose fields, or single digits, are parted by more or by other than a few separators.

    With the right key only: ``2";"55";"08…``, ``[2][5][5]…``, quoted lines, wide columns.
    """
    text = normal.text
    for place in ODD_SHAPE.finditer(normal.kinds) if holds_many_digits(normal) else ():
        for layout, cuts in ((FIELDS, FIELD_CUTS), (BOXES, SPACED_CUTS)):
            match = layout.match(text, place.start())
            if match is None or USUAL.fullmatch(match[0]):
                continue
            value = "".join([c for c in match[0].upper() if c.isalnum()])
            if has_right_key(value) and not _goes_on(text, match):
                near = text[max(0, match.start() - 2) : match.start()] + text[match.end() : match.end() + 2]
                alone = not any(map(str.isdigit, near))
                yield Number(*match.span(), value, cuts, alone=alone, dotted=False, joined=False)


def boxed(text: NormalText) -> Iterator[Number]:
    """Yield fifteen digits, each for itself with one space between, and none before or behind them."""
    for boxes in ALL_BOXES.finditer(text):
        value = boxes[0].replace(" ", "")
        yield Number(*boxes.span(), value, SPACED_CUTS, alone=True, dotted=False, joined=False, boxed=True)


def _goes_on(text: str, boxes: re.Match[str]) -> bool:
    """Tell whether single digits are a piece of a longer series."""
    gap = boxes.groupdict().get("gap")
    if gap is None:
        return False
    start, end = boxes.span()
    left, right = text[max(0, start - len(gap) - 1) : start], text[end : end + len(gap) + 1]
    return (left[1:] == gap and left[0].isdigit()) or (right[:-1] == gap and right[-1].isdigit())


def _number(text: str, value: str, spans: list[tuple[int, int]], first: int, last: int) -> Number | None:
    """Return the groups ``first`` up to ``last`` as a number; None where its dots are not a NIR's."""
    chosen = spans[first:last]
    start, end = chosen[0][0], chosen[-1][1]
    inside = {text[a[1] : b[0]] for a, b in pairwise(chosen)}
    cuts = frozenset(accumulate(stop - begin for begin, stop in chosen[:-1]))
    if any("." in gap for gap in inside) and not FIELD_CUTS - {BODY} <= cuts <= FIELD_CUTS:
        return None  # the dot parts fields only; other dotted numbers are OIDs, UIDs, addresses
    before = text[spans[first - 1][1] : start] if first else None
    whole = FLOAT.match(text, end) is not None
    after = text[end : spans[last][0]] if last < len(spans) and not whole else None
    left, right = text[max(0, start - 6) : start].lower(), text[end : end + 2]
    return Number(
        start,
        end,
        value,
        cuts,
        alone=_is_border(before, inside) and _is_border(after, inside),
        dotted=(left[-1:] == "." and left[-2:-1].isdigit())
        or (right[:1] == "." and right[1:].isdigit() and not whole),
        joined=(left[-1:].isalpha() and not ATTACHED.search(left)) or right[:1].isalpha(),
    )


def _is_border(gap: str | None, inside: set[str]) -> bool:
    """Tell whether this gap parts two numbers: there is none behind it, or it is unlike those inside."""
    if gap is None:
        return True
    cells = CELL & set(gap)
    return (
        BORDER.search(gap) is not None
        and gap not in inside
        and all(cells.isdisjoint(other) for other in inside)
    )


def holds_many_digits(text: NormalText) -> bool:
    """Tell whether thirteen digits stand with at most one letter between them; few texts have as many."""
    return text.derived(_many_digits)


def _many_digits(text: NormalText) -> bool:
    squeezed = text.kinds.translate(None, b" ")
    return b"0" * BODY in squeezed or b"000000x000000" in squeezed


class ManyDigits:
    """The shape that opens the gate: thirteen digits with nothing but separators between them.

    A few passes over bytes: seven times faster than the regex that :data:`RUN` begins with, and a
    little wider, since any number of separators will do.
    """

    def search(self, text: NormalText, /) -> bool:
        """Tell whether the text has the shape."""
        if not holds_many_digits(text):
            return False
        squeezed = text.encoded.translate(_AS_DIGITS, _SEPARATORS)
        return any(shape in squeezed for shape in _DIGIT_SHAPES) or bool(ODD_SHAPE.search(text.kinds))


_SEPARATORS: Final = bytes(code for code in range(128) if re.match(SEPARATOR, chr(code)))
_AS_DIGITS: Final = bytes(
    ord("0") if chr(code).isdigit() and code < ord("a") else code for code in range(256)
)
_AS_SHAPE: Final = bytes(
    ord(
        " "
        if code in _SEPARATORS
        else "a"
        if chr(code) in "ab"
        else "0"
        if chr(code) in "0123456789"
        else "x"
    )
    for code in range(256)
)
"""For :data:`SHAPE`."""
_DIGIT_SHAPES: Final = (b"0" * 13, b"000000a000000", b"000000b000000")


class NirRecognizer(HygieRecognizer):
    """Finds the NIR; see the module."""

    kinds: ClassVar[tuple[str, ...]] = ("nir",)
    context_vocabulary: ClassVar[Vocabulary] = {
        "nir_strong": STRONG,
        "nir_supporting": SUPPORTING,
        "nir_not": NOT_A_NIR,
    }
    shapes: ClassVar[Shape | None] = ManyDigits()

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return every NIR in the text, each place once, in order."""
        del source
        words = Words(text.text, triggers)
        named = triggers.any("nir_strong")
        best: list[Hit] = []
        sure = 0
        usual = numbers(text, words.wanted, (WHOLE, BODY) if named else (WHOLE,))
        for number in merge(usual, oddly_parted(text), boxed(text), key=_START):
            hit = _hit(number, words) or _boxed_hit(number)
            if hit is None:
                continue
            if not best or hit.start >= best[-1].end:
                best.append(hit)
                sure += hit.confidence is Confidence.HIGH
                if sure > HITS_MAX:
                    break
            elif _worth(hit) > _worth(best[-1]):
                best[-1] = hit
        return best


_START: Final = attrgetter("start")


def _worth(hit: Hit) -> tuple[int, int]:
    """Of two readings of one place, the surer one stands, then the longer."""
    return hit.confidence.rank, len(hit.value)


def _hit(number: Number, words: Words) -> Hit | None:
    if number.dotted:
        return None
    if number.right_key:
        confidence = _confidence(number, words)
        return None if confidence is None else _make(number, confidence)
    if number.joined or (not number.in_range and len(number.value) == WHOLE):
        return None
    if not (number.alone or number.grouped) or not words.names(number, closely=True):
        return None
    if len(number.value) == WHOLE:
        return _make(number, Confidence.MEDIUM, "wrong_key")
    return _make(number, Confidence.MEDIUM) if number.in_range or WITHOUT_KEY.match(number.value) else None


def _boxed_hit(number: Number) -> Hit | None:
    """Return a doubtful hit for boxes filled with what may be a NIR, one of them misread or miswritten."""
    boxes = number.boxed and number.in_range and not number.dotted
    return _make(number, Confidence.LOW, "wrong_key") if boxes else None


def _confidence(number: Number, words: Words) -> Confidence | None:
    """Return how sure a number with the right key is; None when it is rather something else."""
    if words.names(number):
        return Confidence.HIGH if number.in_range else Confidence.MEDIUM
    if not number.in_range or number.joined or (number.is_time and not number.grouped):
        return None
    if words.deny(number) and not number.grouped:
        return None
    if not number.alone and not number.grouped and not number.compact:
        return None
    doubts = (
        (number.value[0] not in "12")
        + (not number.usual_month)
        + (not number.alone or not number.usual_layout)
    )
    return _BY_DOUBTS[max(0, doubts - words.support(number))]


_BY_DOUBTS: Final = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW, Confidence.LOW)


def _make(number: Number, confidence: Confidence, *qualifiers: str) -> Hit:
    masked = f"{number.value[0]} ** ** ** *** *** **"
    return Hit(
        "nir", (Axis.IDENTITY,), confidence, number.start, number.end, masked, number.value, qualifiers
    )


class Words:
    """The words around a number: which name it, support it, or say that it is another."""

    def __init__(self, text: str, triggers: Triggers) -> None:
        self._text = text
        self._strong = Nearby(triggers.of("nir_strong"))
        self._supporting = Nearby(triggers.of("nir_supporting"))
        self._not = Nearby(triggers.of("nir_not"))

    def wanted(self, value: str, start: int, end: int) -> bool:
        """Tell whether a value may be a NIR at all: by its key, or by a word near it."""
        return (
            has_right_key(value) or self._strong.before(start) <= BEFORE or self._strong.behind(end) <= AFTER
        )

    def names(self, number: Number, *, closely: bool = False) -> bool:
        """Tell whether a word names the number; ``closely``: with no other number in between."""
        if self._strong.behind(number.end) <= AFTER:
            return True
        distance = self._strong.before(number.start)
        if distance > BEFORE or self._not.before(number.start) < distance:
            return False
        between = self._text[number.start - distance : number.start]
        return not closely or sum(map(str.isdigit, between)) <= CLOSE_FIGURES

    def support(self, number: Number) -> bool:
        """Tell whether a supporting word stands near."""
        return self._supporting.before(number.start) <= BEFORE or self._supporting.behind(number.end) <= AFTER

    def deny(self, number: Number) -> bool:
        """Tell whether a word before it on the same line says that it is another number."""
        distance = self._not.before(number.start)
        return distance <= BEFORE // 2 and "\n" not in self._text[number.start - distance : number.start]


class Nearby:
    """Distances to the nearest of some terms."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        self._starts = sorted(trigger.start for trigger in triggers)
        self._ends = sorted(trigger.end for trigger in triggers)

    def before(self, start: int) -> int:
        """Return how many characters lie between the nearest term on the left and ``start``."""
        index = bisect_right(self._ends, start)
        return start - self._ends[index - 1] if index else FAR

    def behind(self, end: int) -> int:
        """Return how many characters lie between ``end`` and the nearest term on the right."""
        index = bisect_left(self._starts, end)
        return self._starts[index] - end if index < len(self._starts) else FAR
