"""Blank forms in a message: files in which every line is one of a registered template.

Does:   tells, for a text in which something was found, whether it belongs to a registered form that
        nobody filled, and gives what was found there the qualifier ``template`` at low confidence.
Never:  takes a form for blank when one line was filled, ticked, added or left out, or a picture put
        in; lowers what a file name or metadata say unless the template holds that line as well, or a
        text that names a patient, whatever is registered.
Fails:  never.

A file is blank as a whole or not at all: once a name stands in a questionnaire, its printed questions
speak of that person, and count as if no template were registered. What is not text is not seen: a
tick drawn as a line, an answer in another colour (docs/templates.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from hygie_detectors.context.settle import names_patient
from hygie_detectors.model import Confidence, Segment
from hygie_detectors.recognizers.base import Hit
from hygie_detectors.templates import ASIDE, Template, file_of, is_inner, line_digests, part_digest

TEMPLATE: Final = "template"


class BlankForms:
    """Which files of one message are registered forms, unfilled. Looks at nothing until it is asked."""

    def __init__(
        self, templates: Sequence[Template], segments: Sequence[Segment], parts: Iterable[str]
    ) -> None:
        self._templates = templates
        self._segments = segments
        self._parts = parts
        self._inside: tuple[dict[str, list[Segment]], dict[str, list[str]]] | None = None
        self._known: dict[str, Sequence[Template]] = {}

    def settle(self, hits: list[Hit], segment: Segment) -> list[Hit]:
        """Return the hits of one text: labelled and low when it is a blank form's, else as they are."""
        if not hits or not self._templates or any(map(names_patient, hits)) or not self._holds(segment):
            return hits
        return [
            hit._replace(confidence=Confidence.LOW, qualifiers=tuple(sorted({*hit.qualifiers, TEMPLATE})))
            for hit in hits
        ]

    def _holds(self, segment: Segment) -> bool:
        for root in _around(file_of(segment.part)):
            if root not in self._known:
                self._known[root] = self._templates_of(root)
            if held := self._known[root]:
                aside = segment.source in ASIDE
                return not aside or any(t.digests.issuperset(line_digests(root, segment)) for t in held)
        return False

    def _templates_of(self, root: str) -> Sequence[Template]:
        """Return the templates that hold every line of a file: mostly none, told by its first line."""
        segments, parts = self._index()
        read = (segment for segment in segments[root] if segment.source not in ASIDE)
        digests = chain(
            chain.from_iterable(line_digests(root, segment) for segment in read),
            (part_digest(root, path) for path in parts[root]),
        )
        held: Sequence[Template] = ()
        for number, digest in enumerate(digests):
            held = [t for t in (held if number else self._templates) if digest in t.digests]
            if not held:
                break
        return held

    def _index(self) -> tuple[dict[str, list[Segment]], dict[str, list[str]]]:
        """Return the texts and the parts at and below each path."""
        if self._inside is None:
            segments: defaultdict[str, list[Segment]] = defaultdict(list)
            parts: defaultdict[str, list[str]] = defaultdict(list)
            for segment in self._segments:
                for root in _around(file_of(segment.part)):
                    segments[root].append(segment)
            for path in self._parts:
                for root in _around(file_of(path).rpartition("/")[0]):
                    if is_inner(path, root):
                        parts[root].append(path)
            self._inside = segments, parts
        return self._inside


def _around(path: str) -> Iterator[str]:
    """Yield a path and those of the files around it."""
    while path:
        yield path
        path = path.rpartition("/")[0]
