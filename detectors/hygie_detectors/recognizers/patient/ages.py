"""Recognise ages of persons.

Does:   finds "âgé de 67 ans", "patiente de 67 ans", "DUPONT, 67 ans,", "(67 ans)": kind
        ``age``.
Never:  takes a duration for an age: "depuis 20 ans", "il y a 5 ans", "contrat de 3 ans".
Fails:  never on any text. Beyond 200 ages in one text no more are reported.
Source: clinical narratives, letters.

How sure: low, always. An age beside a disease names nobody.
Quality: not measured by itself; together with the others in ``patient.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Triggers, Vocabulary
from hygie_detectors.recognizers.patient.date_patterns import AGE_BEFORE, AGE_UNITS, OF_SOMETHING
from hygie_detectors.text import NormalText

HITS_MAX: Final = 200
"""A ward list has about 60."""
BEFORE: Final = 40
"""Characters read before "ans"."""
OLDEST: Final = 125


class AgeRecognizer(HygieRecognizer):
    """Ages; see the module."""

    kinds: ClassVar[tuple[str, ...]] = ("age",)
    context_vocabulary: ClassVar[Vocabulary] = {"age_unit": AGE_UNITS}

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return the ages in the text, in order."""
        del source
        reported = 0
        for unit in triggers.of("age_unit"):
            age = AGE_BEFORE.search(text.folded[max(0, unit.start - BEFORE) : unit.start])
            if age is None or int(age["age"]) > OLDEST:
                continue
            if age["listed"] and OF_SOMETHING.match(text.folded, unit.end):
                continue
            start = unit.start - len(age[0]) + age.start("age") - age.start()
            years = age["age"]
            yield Hit(
                "age",
                (Axis.IDENTITY,),
                Confidence.LOW,
                start,
                unit.end,
                f"** {unit.term}",
                f"{years} {unit.term}",
            )
            reported += 1
            if reported >= HITS_MAX:
                return
