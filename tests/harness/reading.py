"""What one recognizer finds in one text, through the real gate and without the engine.

Each text is settled as the engine does it: a finding bears what its surroundings say of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hygie_detectors.context.qualifiers import Qualifiers
from hygie_detectors.context.settle import settle
from hygie_detectors.gate import Gate
from hygie_detectors.language import Budget
from hygie_detectors.model import Finding
from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.text import normalise

QUALIFIERS = Qualifiers()


def reader(
    *classes: type[HygieRecognizer], beside: Iterable[type[HygieRecognizer]] = ()
) -> Callable[..., list[Finding]]:
    """Return a function that gives the findings of these recognizers in a text.

    ``beside`` are recognizers whose words they read too, but which report nothing.
    """
    recognizers = [cls() for cls in classes]
    gate = Gate([*recognizers, *(cls() for cls in beside)])

    def found_in(text: str, source: str = "body") -> list[Finding]:
        normal = normalise(text)
        triggers, opened = gate.read(normal)
        hits = [hit for r in recognizers for hit in r.find(normal, triggers, source)] if opened else []
        hits = settle(hits, normal, triggers, QUALIFIERS, Budget(100_000))
        return [
            Finding(
                hit.kind, hit.axes, hit.confidence, "1", *normal.original(hit.start, hit.end),
                masked=hit.masked, qualifiers=hit.qualifiers,
            )
            for hit in hits
        ]  # fmt: skip

    return found_in
