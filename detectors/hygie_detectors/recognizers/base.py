"""What every recognizer of ours is: hits out of plain text, behind Presidio's seam.

Does:   defines ``Hit`` (what a recognizer found), ``Trigger`` and ``Triggers`` (which terms the
        gate met), and ``HygieRecognizer``, the ``EntityRecognizer`` that carries a hit through
        Presidio inside the result's ``recognition_metadata``.
Never:  shows a value, a term or a text in ``repr()``.
Fails:  an exception inside ``find`` is recorded on the reading, which makes the part unread
        (``engine``); the other recognizers' hits are kept.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, NamedTuple, Protocol, TypeVar

from presidio_analyzer import EntityRecognizer, RecognizerResult

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.text import NormalText

LANGUAGE: Final = "fr"
HIT: Final = "hygie_hit"
"""Key of the hit in a result's ``recognition_metadata``."""
SCORES: Final = {Confidence.LOW: 0.3, Confidence.MEDIUM: 0.6, Confidence.HIGH: 0.9}
"""What a confidence is as a Presidio score, inside the bands that team recognizers are read by."""

T = TypeVar("T")
Vocabulary = Mapping[str, Iterable[str | tuple[str, str]]]


class Shape(Protocol):
    """What a text is searched for."""

    def search(self, text: NormalText, /) -> object:
        """Return something true where the text has the shape."""


class Sketched:
    """A regex on the folded text, tried only where one of some plain signs is there.

    Args:
        pattern: the regex.
        kinds: signs looked for in the sketch of the text (:attr:`NormalText.kinds`).
        words: signs looked for in the folded text itself. Each match must hold one of either.

    """

    def __init__(
        self, pattern: str, *, kinds: Sequence[bytes] = (), words: Sequence[str] = (), flags: int = 0
    ) -> None:
        self._pattern = re.compile(pattern, flags)
        self._kinds = tuple(kinds)
        self._words = tuple(words)

    def search(self, text: NormalText, /, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """Return the first match between two places."""
        return self._pattern.search(text.folded, start, end) if text.derived(self._may_match) else None

    def finditer(self, text: NormalText, /) -> Iterator[re.Match[str]]:
        """Yield every match, in order."""
        return self._pattern.finditer(text.folded) if text.derived(self._may_match) else iter(())

    def _may_match(self, text: NormalText) -> bool:
        return any(word in text.folded for word in self._words) or any(
            kind in text.kinds for kind in self._kinds
        )


class Hit(NamedTuple):
    """One thing found in a plain text; offsets are those of ``NormalText.text``."""

    kind: str
    axes: tuple[Axis, ...]
    confidence: Confidence
    start: int
    end: int
    masked: str
    """What people may see of it: never enough to tell whose it is."""
    value: str
    """Normalised value, for the keyed fingerprint only."""
    qualifiers: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Hit({self.kind}, {self.confidence}, start={self.start}, end={self.end})"


class Trigger(NamedTuple):
    """A vocabulary term that the gate met."""

    start: int
    end: int
    term: str
    """The term in its folded form, as the recognizer listed it."""
    data: str = ""

    def __repr__(self) -> str:
        return f"Trigger(start={self.start}, end={self.end})"


@dataclass(frozen=True, slots=True)
class Triggers:
    """The terms that the gate met in one text, by category, each in order of appearance."""

    by_category: Mapping[str, tuple[Trigger, ...]] = field(repr=False, default_factory=dict)
    _made: dict[Callable[..., Any], tuple[NormalText, list[Any]]] = field(
        repr=False, compare=False, default_factory=dict
    )

    def of(self, category: str) -> tuple[Trigger, ...]:
        """Return what was met of one category."""
        return self.by_category.get(category, ())

    def once(self, make: Callable[[NormalText, Triggers], Iterable[T]], text: NormalText) -> Sequence[T]:
        """Return all that ``make`` yields of this text and its triggers; made once, whoever asks for it."""
        made = self._made.get(make)
        if made is None or made[0] is not text:
            made = self._made[make] = text, list(make(text, self))
        return made[1]

    def any(self, *categories: str) -> bool:
        """Tell whether any term of these categories was met."""
        return any(self.by_category.get(category) for category in categories)


class Reading(Protocol):
    """One text under analysis, with all that recognizers may ask of it."""

    normal: NormalText
    triggers: Triggers
    source: str
    """Where the text comes from: ``header`` | ``body`` | ``name`` | ``metadata``."""

    def persons(self, windows: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
        """Return where the language model sees persons, inside these windows only."""

    def fail(self) -> None:
        """Record that a recognizer failed on this text."""


class HygieRecognizer(EntityRecognizer):
    """A recognizer of ours. A subclass fills the class attributes and :meth:`find`."""

    kinds: ClassVar[tuple[str, ...]] = ()
    """Every kind it can produce."""
    vocabulary: ClassVar[Vocabulary] = {}
    """Category -> terms, folded and with single spaces, that the gate looks for on its behalf.
    A term may be ``(term, data)``. Categories are shared: two recognizers may add to one."""
    context_vocabulary: ClassVar[Vocabulary] = {}
    """The same for words that matter only beside something else: looked for, but they open nothing."""
    shapes: ClassVar[Shape | None] = None
    """What opens the gate where no term does: linear, and cheap on a text without it."""

    def __init__(self) -> None:
        super().__init__(
            supported_entities=list(self.kinds), supported_language=LANGUAGE, name=type(self).__name__
        )

    def load(self) -> None:
        """Load nothing: the data is in the module."""

    def wants(self, text: NormalText, triggers: Triggers, source: str) -> bool:
        """Tell, at next to no cost, whether a text that opens the gate for nobody has something for it.

        Then this one alone looks at it: so that a phone number or a name is told wherever it stands,
        though an ordinary mail pays for no analysis of health.
        """
        del text, triggers, source
        return False

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return what is found. Pure: the same text gives the same hits."""
        raise NotImplementedError

    def find_in(self, reading: Reading) -> Iterable[Hit]:
        """Return what is found; override it, instead of :meth:`find`, to ask for persons."""
        return self.find(reading.normal, reading.triggers, reading.source)

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Presidio's seam: ``nlp_artifacts`` is the engine's reading of the text."""
        del text, entities
        reading: Reading = nlp_artifacts
        try:
            return [self._result(hit) for hit in self.find_in(reading)]
        except Exception:  # noqa: BLE001 - one recognizer's failure makes the part unread, and costs no other's hits
            reading.fail()
            return []

    def _result(self, hit: Hit) -> RecognizerResult:
        metadata = {
            RecognizerResult.RECOGNIZER_NAME_KEY: type(self).__name__,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            HIT: hit,
        }
        return _Result(hit.kind, hit.start, hit.end, SCORES[hit.confidence], recognition_metadata=metadata)


class _Result(RecognizerResult):
    """A result whose place is its hash: Presidio's writes a text for each, to look for the same twice."""

    __eq__ = RecognizerResult.__eq__

    def __hash__(self) -> int:
        return hash((self.start, self.end))


def masked_number(value: str, shown: int = 1) -> str:
    """Return the evidence for a number: its first character(s), then one star for each other.

    ``masked_number("8001234567")`` is ``8*********``.
    """
    return value[:shown] + "*" * (len(value) - shown)
