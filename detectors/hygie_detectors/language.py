"""The French language model, for what only it can tell: which words are a person's name.

Does:   loads spaCy's French model when first asked, and runs its entity recognizer on windows of
        text; stands to Presidio as an ``NlpEngine`` that computes nothing until asked.
Never:  lets anything but offsets out of spaCy's memory zone; keeps a token after its message.
Fails:  ``OSError`` from spaCy where the model is not installed; the caller makes it an unread part.
Source: fr_core_news_sm 3.8.0 (LGPL-LR). Measured on 21 names in 14 snippets: 15 found by the
        model alone, 21 with title and label rules beside it; too small a sample to promise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Final, Self

import spacy
from spacy.pipeline import factories

from hygie_detectors.recognizers.base import LANGUAGE, Triggers
from hygie_detectors.text import NormalText

from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine  # isort: skip - base sets its environment first

MODEL: Final = "fr_core_news_sm"
NEEDLESS: Final = ("morphologizer", "parser", "senter", "attribute_ruler", "lemmatizer")
WINDOW: Final = 200
"""Characters of its line that are read on each side of a candidate."""
WINDOWS_MAX_CHARS: Final = 20_000
"""Text of one message that the model reads. Beyond it, only names that no rule finds are missed."""

_CAPITALS: Final = re.compile(r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ'-]{2,}")
_TITLE: Final = re.compile(
    r"(?:(?:monsieur|madame|mademoiselle|messieurs|mesdames|mme|mlle|m|mr|dr|docteur|pr|professeur|maître|me|patiente?|nom)"
    r"(?:[.:]|(?=\s)|$)\s*)+",
    re.IGNORECASE,
)


class Budget:
    """How much text of one message the model may still read."""

    def __init__(self, chars: int = WINDOWS_MAX_CHARS) -> None:
        self._left = chars

    def take(self, chars: int) -> bool:
        """Tell whether so much more may be read, and count it."""
        self._left -= chars
        return self._left >= 0


class French(NlpEngine):
    """The model behind Presidio's seam, loaded on first use."""

    engine_name = "hygie"
    is_available = True

    def __init__(self) -> None:
        self._nlp: Any = None

    @property
    def nlp(self) -> Any:
        """Return the pipeline, tokens and entities only.

        Raises:
            OSError: when the model is not installed.

        """
        if self._nlp is None:
            factories.register_factories()  # EDS-NLP's import hides spaCy's own from a model loaded later
            self._nlp = spacy.load(MODEL, exclude=list(NEEDLESS))
        return self._nlp

    def load(self) -> None:
        """Load nothing yet: Presidio asks at start, most messages never need it."""

    def is_loaded(self) -> bool:
        """Say yes, so that Presidio does not ask again."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Refuse: the engine gives Presidio a reading with every text."""
        raise NotImplementedError("texts come with their reading")

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Refuse, for the same reason."""
        raise NotImplementedError("texts come with their reading")

    def is_stopword(self, word: str, language: str) -> bool:
        """Tell whether French skips this word."""
        del language
        return bool(self.nlp.vocab[word].is_stop)

    def is_punct(self, word: str, language: str) -> bool:
        """Tell whether this is punctuation."""
        del language
        return bool(self.nlp.vocab[word].is_punct)

    def get_supported_entities(self) -> list[str]:
        """Return the model's labels."""
        return ["PER", "LOC", "ORG", "MISC"]

    def get_supported_languages(self) -> list[str]:
        """Return French."""
        return [LANGUAGE]


class TextReading(NlpArtifacts):
    """One text under analysis. All that costs is computed when a recognizer asks for it.

    Use it as a context: whatever spaCy made dies on leaving.
    """

    def __init__(  # no super().__init__: it would compute what is lazy here
        self, normal: NormalText, triggers: Triggers, source: str, french: French, budget: Budget
    ) -> None:
        self.normal = normal
        self.triggers = triggers
        self.source = source
        self.language = LANGUAGE
        self.nlp_engine = french
        self.failed = False
        self._budget = budget
        self._zone = ExitStack()
        self._pipeline: Any = None
        self._doc: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._doc = self._pipeline = None
        self._zone.close()

    def fail(self) -> None:
        """Record that a recognizer failed on this text."""
        self.failed = True

    def persons(self, windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return where the model sees persons on the lines of these windows.

        Each window is widened to its line, at most 200 characters on each side. Past 20 000
        characters of a message the model reads no more.
        """
        found = []
        for start, end in _merged(self.normal.text, windows):
            if not self._budget.take(end - start):
                break
            shown = self.normal.text[start:end]
            for entity in self._run(_CAPITALS.sub(_title_case, shown)).ents:
                if entity.label_ == "PER":
                    found += _clipped(shown, entity.start_char, entity.end_char, start)
        return found

    def _run(self, text: str) -> Any:
        if self._pipeline is None:
            pipeline = self.nlp_engine.nlp
            self._zone.enter_context(pipeline.memory_zone())
            self._pipeline = pipeline
        return self._pipeline(text)

    def __getattr__(self, name: str) -> Any:
        """Compute what Presidio's own recognizers read, when one that the team uses asks for it."""
        if name not in _OF_TOKENS:
            raise AttributeError(name)
        if self._doc is None:
            self._doc = self._run(self.normal.text)
        return _OF_TOKENS[name](self._doc)


_OF_TOKENS: Final[dict[str, Callable[[Any], Any]]] = {
    "tokens": lambda doc: doc,
    "entities": lambda doc: list(doc.ents),
    "scores": lambda doc: [0.85] * len(doc.ents),  # the model gives none; this is Presidio's default
    "tokens_indices": lambda doc: [token.idx for token in doc],
    "lemmas": lambda doc: [token.lower_ for token in doc],  # true lemmas would cost more than they give
    "keywords": lambda doc: [token.lower_ for token in doc if not token.is_stop and not token.is_punct],
}


def _merged(text: str, windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the windows widened to their lines, those that touch made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        floor, ceiling = max(0, start - WINDOW), min(len(text), end + WINDOW)
        first = text.rfind("\n", floor, start) + 1 or floor
        newline = text.find("\n", end, ceiling)
        last = ceiling if newline < 0 else newline
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _title_case(capitals: re.Match[str]) -> str:
    """Write a name in capitals as the model knows names: ``DUPONT-MARTIN`` as ``Dupont-Martin``."""
    titled = capitals[0].title()
    return titled if len(titled) == len(capitals[0]) else capitals[0]


def _clipped(shown: str, start: int, end: int, base: int) -> list[tuple[int, int]]:
    """Return the name without what the model swallows: titles before it, the next line behind."""
    line = shown[start:end].split("\n", 1)[0]
    title = _TITLE.match(line)
    name = line[title.end() :] if title else line
    offset = start + len(line) - len(name)
    stripped = name.strip(" ,;:.()")
    if not any(map(str.isalpha, stripped)):
        return []
    offset += name.index(stripped)
    return [(base + offset, base + offset + len(stripped))]
