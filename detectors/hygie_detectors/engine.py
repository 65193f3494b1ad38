"""The engine: segments in, findings out, by a genuine Presidio ``AnalyzerEngine`` behind a linear gate.

Does:   makes each text plain, asks the gate, and only where the gate opens (or the security team
        has recognizers of its own) runs the analysis; masks, fingerprints and places what is found.
Never:  logs text; lets Presidio's decision log run; reaches the network; counts what failed or
        timed out as "nothing found".
Fails:  a recognizer that raises, or a team's regex that runs out of time, makes its part unread
        (``engine``), a text too long ``limit:part_text_max_chars``; the other findings stay.
Source: facts on detection engines; presidio-analyzer 2.2.366, spaCy 3.8.
"""

from __future__ import annotations

import hmac
import importlib
import logging
import pkgutil
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from hygie_detectors import recognizers
from hygie_detectors.allowed import AllowList
from hygie_detectors.context.blank import BlankForms
from hygie_detectors.context.qualifiers import QUALIFIED_MAX_CHARS, Qualifiers
from hygie_detectors.context.settle import settle
from hygie_detectors.gate import Gate
from hygie_detectors.language import Budget, French, TextReading
from hygie_detectors.limits import Limits
from hygie_detectors.model import Confidence, Finding, Segment, Unread
from hygie_detectors.plugins import installed_recognizers
from hygie_detectors.recognizers.base import HIT, LANGUAGE, Hit, HygieRecognizer, Triggers, masked_number
from hygie_detectors.recognizers.formats.formats import finding_of
from hygie_detectors.team import RecognizerFileError, Team, TeamRecognizer, load_team
from hygie_detectors.templates import load_templates
from hygie_detectors.text import NormalText, fold, normalise
from hygie_detectors.watch import Unwatched, Watch

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult  # isort: skip
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer  # isort: skip

__all__ = ["Engine", "RecognizerFileError", "team_of"]

FINDINGS_MAX: Final = 1_000
"""Findings of one kind and confidence kept from one message. The thousand-and-first changes no decision."""
FINGERPRINT_DIGITS: Final = 16
WARM_TEXT: Final = (
    "Madame Jeanne MARTIN, née le 12/03/1956, NIR 2 95 10 99 126 111 93, suivie pour un diabète."
)
"""Invented: wakes every recognizer and the language model once."""


class FileSignature(Protocol):
    """A health file format recognised on a part's bytes."""

    @property
    def kind(self) -> str:
        """``cda``, ``hl7v2``, ``hprim``, ``fhir``, ``dicom`` or ``xdm``."""

    @property
    def part(self) -> str:
        """Path of the part."""

    @property
    def person(self) -> bool:
        """Whether the file speaks of a person."""


class Engine:
    """All recognizers, ready. One engine serves a process; it is not meant for threads.

    Args:
        recognizers_file: the security team's recognizers, in YAML.
        templates_file: the registered blank forms; it need not exist.
        key: of the fingerprints; drawn at random, and so good for this process only, when not given.
        limits: how much text of a part is read.

    Raises:
        RecognizerFileError: when the team's file cannot be used.
        PluginError: when an installed recognizer cannot be used.
        TemplateFileError: when the registry of blank forms cannot be used.

    """

    def __init__(
        self,
        *,
        recognizers_file: Path | None = None,
        templates_file: Path | None = None,
        key: bytes | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        _quieten()
        self._key = key or secrets.token_bytes(32)
        self._limits = limits
        own = [recognizer() for recognizer in own_recognizers()]
        whole = team_of(recognizers_file)
        team, self._allowed = whole.recognizers, whole.allowed
        self._team = {entry.recognizer.id: entry for entry in team}
        for entry in team:
            _guard(entry.recognizer)
        self._templates = load_templates(templates_file) if templates_file else ()
        self._gate = Gate(own)
        self._french = French()
        self._qualifiers = Qualifiers()
        self._analyzer = _Analyzer(
            registry=RecognizerRegistry(
                recognizers=[*own, *(entry.recognizer for entry in team)], supported_languages=[LANGUAGE]
            ),
            nlp_engine=self._french,
            supported_languages=[LANGUAGE],
            log_decision_process=False,
            context_aware_enhancer=_NearbyWords(),
        )
        self._team_entities = sorted({e for entry in team for e in entry.recognizer.supported_entities})
        self._entities = (
            sorted({kind for recognizer in own for kind in recognizer.kinds}) + self._team_entities
        )
        self.kinds: frozenset[str] = frozenset(entity.lower() for entity in self._entities)
        """Every kind of finding that a text can give."""

    def load(self) -> None:
        """Load EDS-NLP: most texts about health need it, and a confined worker may not be able to read it."""
        self._qualifiers.nlp  # noqa: B018 - the access loads it

    def warm(self) -> None:
        """Load the language model and EDS-NLP, and run one analysis, so that no message pays for it.

        Raises:
            OSError: when the French model is not installed.

        """
        self._french.nlp  # noqa: B018 - the access loads it
        self.load()
        self.detect([Segment("warm", WARM_TEXT)], (), {}, Unwatched())

    def detect(
        self,
        segments: Sequence[Segment],
        signatures: Iterable[FileSignature],
        numbers: Mapping[str, int],
        watch: Watch,
    ) -> tuple[list[Finding], list[Unread]]:
        """Return what is found in the segments, and what could not be looked at.

        ``numbers`` maps a part's path to its number in the message; ``watch`` is told it before the
        part's segments are read, and may refuse.
        """
        found = _Found()
        forms = BlankForms(self._templates, segments, numbers)
        for signature in signatures:
            digest = self._fingerprint(signature.kind, signature.part, found)
            found.add(finding_of(signature.kind, signature.part, person=signature.person, fingerprint=digest))
        budgets = Budget(), Budget(QUALIFIED_MAX_CHARS)
        refusals: dict[int, str | None] = {}
        current: int | None = None
        for segment in segments:
            number = numbers.get(segment.part, numbers.get(segment.part.split("#", 1)[0]))
            if number is not None and number != current:
                current = number
                if not refusals.get(number):
                    refusals[number] = watch.enter(number)
            refusal = refusals.get(number) if number is not None else None
            if refusal:
                found.miss(segment.part, refusal)
            else:
                self._read(segment, *budgets, forms, found)
        return found.findings, found.unread

    def _read(
        self, segment: Segment, named: Budget, qualified: Budget, forms: BlankForms, found: _Found
    ) -> None:
        """Look at one text. Whatever goes wrong, it is not counted as looked at."""
        text = segment.text
        if len(text) > self._limits.part_text_max_chars:
            found.miss(segment.part, "limit:part_text_max_chars")
            text = text[: self._limits.part_text_max_chars]
        try:
            normal = normalise(text)
            triggers, opened = self._gate.read(normal)
            entities = self._entities
            if not opened:
                entities = [*self._gate.alone(normal, triggers, segment.source), *self._team_entities]
            if not entities:
                return
            skipped = _SKIPPED.count
            with TextReading(normal, triggers, segment.source, self._french, named) as reading:
                results = self._analyzer.analyze(
                    normal.text, language=LANGUAGE, entities=entities, nlp_artifacts=reading
                )
                if reading.failed or _SKIPPED.count > skipped:
                    found.miss(segment.part, "engine")
            results.sort(key=lambda result: (result.start, result.end, result.entity_type))
            hits = self._wanted([self._hit(result, normal.text) for result in results], normal.text)
            settled = self._settled(hits, normal, triggers, qualified, segment.part, found)
            for hit in forms.settle(settled, segment):
                found.add(self._finding(hit, normal, segment.part, found))
        except Exception:  # noqa: BLE001 - any failure makes the part unread; its text must reach no traceback
            found.miss(segment.part, "engine")

    def _settled(  # noqa: PLR0913 - what one text and one message have
        self,
        hits: list[Hit],
        normal: NormalText,
        triggers: Triggers,
        budget: Budget,
        part: str,
        found: _Found,
    ) -> list[Hit]:
        """Return the hits with what surrounds them; as they are, which is stricter, when that fails."""
        try:
            return settle(hits, normal, triggers, self._qualifiers, budget)
        except Exception:  # noqa: BLE001 - EDS-NLP's failure makes the part unread, and costs no hit
            found.miss(part, "engine")
            return hits

    def _hit(self, result: RecognizerResult, text: str) -> Hit:
        return result.recognition_metadata.get(HIT) or self._team_hit(result, text)

    def _wanted(self, hits: list[Hit], text: str) -> list[Hit]:
        """Return the hits that the team's allow-list does not hold."""
        if not self._allowed:
            return hits
        return [hit for hit in hits if not self._allowed.holds(text[hit.start : hit.end], hit.value)]

    def _finding(self, hit: Hit, normal: NormalText, part: str, found: _Found) -> Finding:
        start, end = normal.original(hit.start, hit.end)
        fingerprint = self._fingerprint(hit.kind, hit.value, found)
        return Finding(
            hit.kind, hit.axes, hit.confidence, part, start, end, hit.masked, fingerprint, hit.qualifiers
        )

    def _team_hit(self, result: RecognizerResult, text: str) -> Hit:
        identifier = result.recognition_metadata[RecognizerResult.RECOGNIZER_IDENTIFIER_KEY]
        team: TeamRecognizer = self._team[identifier]
        value = text[result.start : result.end]
        return Hit(
            result.entity_type.lower(),
            (team.axis,),
            team.confidence_of(result.score),
            result.start,
            result.end,
            masked_number(value),
            fold(value),
        )

    def _fingerprint(self, kind: str, value: str, found: _Found) -> str:
        """Return the digest of a value; made once a message, in which the same ones come again."""
        named = f"{kind}\0{value}"
        digest = found.fingerprints.get(named)
        if digest is None:
            message = named.encode("utf-8", "surrogatepass")
            digest = hmac.digest(self._key, message, "sha256").hex()[:FINGERPRINT_DIGITS]
            found.fingerprints[named] = digest
        return digest


class _Found:
    """What is gathered from one message."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.unread: list[Unread] = []
        self.fingerprints: dict[str, str] = {}
        self._count: Counter[tuple[str, Confidence]] = Counter()

    def add(self, finding: Finding) -> None:
        """Keep a finding, up to 1 000 of its kind and confidence: doubtful ones crowd out no sure one."""
        self._count[finding.kind, finding.confidence] += 1
        if self._count[finding.kind, finding.confidence] <= FINDINGS_MAX:
            self.findings.append(finding)

    def miss(self, part: str, reason: str) -> None:
        """Record that a part was not fully looked at, once for each reason."""
        unread = Unread(part, reason)
        if unread not in self.unread:
            self.unread.append(unread)


class _Analyzer(AnalyzerEngine):
    """Presidio's engine, which asks a recognizer about context only where one has something to say of it.

    Presidio itself goes twice through all results for each recognizer, though its base class changes none.
    """

    def _enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: Any,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        unmoved = EntityRecognizer.enhance_using_context
        if any(type(recognizer).enhance_using_context is not unmoved for recognizer in recognizers):
            enhanced: list[RecognizerResult] = super()._enhance_using_context(
                text, raw_results, nlp_artifacts, recognizers, context
            )
            return enhanced
        return self.context_aware_enhancer.enhance_using_context(
            text, raw_results, nlp_artifacts, recognizers, context
        )


class _NearbyWords(ContextAwareEnhancer):
    """Raises a team's result where one of its context words stands within 60 characters.

    Whole words of the plain text, on both sides, accents and case aside. Presidio's own enhancer
    compares lemmas, which would need the language model on every text.
    """

    REACH: Final = 60

    def __init__(self) -> None:
        super().__init__(
            context_similarity_factor=0.35,
            min_score_with_context_similarity=0.4,
            context_prefix_count=0,
            context_suffix_count=0,
        )

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: Any,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """Return the same results, some with a higher score."""
        del text, context
        folded = nlp_artifacts.normal.folded
        words = {
            recognizer.id: [fold(word) for word in recognizer.context]
            for recognizer in recognizers
            if recognizer.context and not isinstance(recognizer, HygieRecognizer)
        }
        for result in raw_results:
            metadata = result.recognition_metadata
            listed = words.get(metadata[RecognizerResult.RECOGNIZER_IDENTIFIER_KEY])
            if listed is None:
                continue
            around = " ".join(
                (
                    folded[max(0, result.start - self.REACH) : result.start],
                    folded[result.end : result.end + self.REACH],
                )
            )
            if any(_has_word(around, word) for word in listed):
                raised = max(
                    result.score + self.context_similarity_factor, self.min_score_with_context_similarity
                )
                result.score = min(raised, self.MAX_SCORE)
                metadata[RecognizerResult.IS_SCORE_ENHANCED_BY_CONTEXT_KEY] = True
        return raw_results


def team_of(file: Path | None) -> Team:
    """Return all that the security team adds: by its file, and by distributions that it installed.

    Raises:
        RecognizerFileError: when the file cannot be used.
        PluginError: when an installed recognizer cannot be used.

    """
    written = load_team(file) if file else Team((), AllowList())
    return Team((*written.recognizers, *installed_recognizers()), written.allowed)


def own_recognizers() -> tuple[type[HygieRecognizer], ...]:
    """Return the recognizers of every folder of ``recognizers``, by folder name."""
    found: list[type[HygieRecognizer]] = []
    for module in pkgutil.iter_modules(recognizers.__path__):
        if module.ispkg:
            found += importlib.import_module(f"{recognizers.__name__}.{module.name}").RECOGNIZERS
    return tuple(found)


def _has_word(text: str, word: str) -> bool:
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
            return True
        start = text.find(word, start + 1)
    return False


def _guard(recognizer: EntityRecognizer) -> None:
    """Have a failure of a team's recognizer recorded, as one of ours is, at no cost for the others.

    A result of a kind it did not announce, or outside the text, is a failure too.
    """
    inner, kinds = recognizer.analyze, frozenset(recognizer.supported_entities)

    def analyze(text: str, entities: list[str], nlp_artifacts: TextReading) -> list[RecognizerResult]:
        sound = []
        try:
            for result in inner(text=text, entities=entities, nlp_artifacts=nlp_artifacts) or ():
                if result.entity_type in kinds and 0 <= result.start < result.end <= len(text):
                    sound.append(result)
                else:
                    nlp_artifacts.fail()
        except Exception:  # noqa: BLE001 - one recognizer's failure makes the part unread
            nlp_artifacts.fail()
        return sound

    recognizer.analyze = analyze  # type: ignore[method-assign, assignment]  # one instance only


class _Skipped(logging.Handler):
    """Counts the patterns that Presidio gave up on: it says so in its log only."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count a time-out; write nothing."""
        if "timed out" in str(record.msg):
            self.count += 1


_SKIPPED: Final = _Skipped()


def _quieten() -> None:
    """Keep the libraries from writing: some of their messages hold text of the mail."""
    for name in ("presidio-analyzer", "decision_process", "spacy", "tldextract", "filelock"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [logging.NullHandler()]
    presidio = logging.getLogger("presidio-analyzer")
    presidio.setLevel(logging.WARNING)
    presidio.handlers = [_SKIPPED]
