"""Sentences that carry their own expectation: ``<ent kind=nir>1 85 …</ent>``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from hygie_detectors.model import Finding

TAG = re.compile(r"<ent((?: \w+=[\w,]+)+)>(.*?)</ent>", re.DOTALL)


class Expected(NamedTuple):
    """One finding that the sentence must produce."""

    start: int
    end: int
    attributes: dict[str, str]


def read_marked(marked: str) -> tuple[str, list[Expected]]:
    """Return the plain sentence and what must be found in it."""
    text, expected, position = "", [], 0
    for tag in TAG.finditer(marked):
        text += marked[position : tag.start()]
        attributes = dict(pair.split("=") for pair in tag[1].split())
        expected.append(Expected(len(text), len(text) + len(tag[2]), attributes))
        text += tag[2]
        position = tag.end()
    return text + marked[position:], expected


def as_marked(
    findings: Iterable[Finding], expected: Iterable[Expected], kinds: Iterable[str]
) -> list[Expected]:
    """Return the findings of these kinds as what was expected of them: its attributes and no others.

    A qualifier ``q`` is the attribute ``q=true``; a finding nobody expected shows its kind only.
    """
    asked = {(e.start, e.end, e.attributes.get("kind")): e.attributes for e in expected}
    found = []
    for finding in sorted(findings, key=lambda f: (f.start, f.end, f.kind)):
        if finding.kind not in kinds:
            continue
        known = {
            "kind": finding.kind,
            "confidence": str(finding.confidence),
            **dict.fromkeys(finding.qualifiers, "true"),
        }
        names = {"kind", *finding.qualifiers, *asked.get((finding.start, finding.end, finding.kind), {})}
        found.append(Expected(finding.start, finding.end, {n: known[n] for n in known if n in names}))
    return found
