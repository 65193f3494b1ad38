"""Recognise the names of professionals, so that they are told from patients.

Does:   finds who is called "Dr", "Pr", "interne", or stands beside a function, an RPPS or ADELI number: kind
        ``professional_name``.
Never:  says that one is a patient. The numbers of professionals and establishments (RPPS, ADELI, FINESS) are
        read as marks of a letterhead, and reported as nobody's identity.
Fails:  never on any text. Beyond 200 names in one text no more are reported.
Source: letterheads, signatures; the project's facts on identifiers, section 9.

How sure: low, always. A person is named, who writes or cares; never a pair with health data at medium.
Quality: not measured by itself; together with the others in ``patient.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Triggers, Vocabulary
from hygie_detectors.recognizers.context import longest, masked_words
from hygie_detectors.recognizers.patient import patterns
from hygie_detectors.recognizers.patient.bare import Span, bare_names
from hygie_detectors.recognizers.patient.names import cut, is_professional
from hygie_detectors.text import NormalText

HITS_MAX: Final = 200
"""A service has about 60 names on its letterhead."""
NAME_MAX: Final = 120
"""Characters read behind a title."""


class ProfessionalRecognizer(HygieRecognizer):
    """Names of doctors and of those who sign with a function; see the module."""

    kinds: ClassVar[tuple[str, ...]] = ("professional_name",)
    context_vocabulary: ClassVar[Vocabulary] = {"doctor": patterns.DOCTORS}

    def wants(self, text: NormalText, triggers: Triggers, source: str) -> bool:
        """Tell whether somebody is called a doctor, or named."""
        del text
        return source != "header" and triggers.any("doctor", "given_name")

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return each name once."""
        if source == "header":
            return
        reach = 0
        for name in islice(sorted((*_called(text, triggers), *_with_function(text, triggers))), HITS_MAX):
            if name.start >= reach:
                reach = name.end
                yield _hit(text, name)


def _called(text: NormalText, triggers: Triggers) -> Iterator[Span]:
    for title in longest(triggers.of("doctor")):
        gap = patterns.AFTER_DOCTOR.match(text.text, title.end)
        start = gap.end() if gap else title.end
        name = patterns.NAME.match(text.text, start, start + NAME_MAX)
        if name is None:
            continue
        end = cut(text, start, name.end())
        if any(len(word) > 1 for word in text.text[start:end].replace(".", "").split()):
            yield Span(start, end)


def _with_function(text: NormalText, triggers: Triggers) -> Iterator[Span]:
    for name in triggers.once(bare_names, text):
        if is_professional(text, name.start, name.end):
            yield name


def _hit(text: NormalText, name: Span) -> Hit:
    written = text.text[name.start : name.end]
    value = " ".join(sorted(text.folded[name.start : name.end].split()))
    return Hit("professional_name", (Axis.IDENTITY,), Confidence.LOW, *name, masked_words(written), value)
