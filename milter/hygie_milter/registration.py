"""Blank forms come into the registry, and leave it: what ``hygie template`` does.

Does:   reads a file as the milter would read it as an attachment, makes sure that it names nobody, and
        adds its fingerprint to the registry, or removes one.
Never:  registers a file in which a patient is recognised; there is no way around it. Keeps or shows a
        text of the file.
Fails:  ``TemplateFileError`` for a registry that cannot be read, ``OSError`` for one that cannot be
        written; two commands at once wait for each other.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hygie_detectors.engine import Engine
from hygie_detectors.extraction import extract
from hygie_detectors.limits import Limits
from hygie_detectors.model import Axis, Confidence
from hygie_detectors.templates import (
    Fingerprint,
    Template,
    file_of,
    fingerprint,
    load_templates,
    save_templates,
    template_id,
)
from hygie_detectors.watch import Unwatched
from hygie_milter.sources import attached

_LETTERHEAD: Final = frozenset({"professional_name", "phone", "email_address", "address"})
"""Kinds of identity that stand on a blank form: whom to send it back to."""


@dataclass(frozen=True, slots=True)
class Form:
    """A file that somebody wants to register, or compares with what is registered."""

    fingerprint: Fingerprint
    persons: Counter[str]
    """What was found that names a person, by kind."""
    unread: tuple[str, ...]
    """Why parts of it were not read; these have no fingerprint."""


def read_form(data: bytes, name: str, engine: Engine, limits: Limits) -> Form:
    """Read a file as if it came attached to a mail. ``engine`` knows no templates."""
    extraction = extract(attached(data, name), limits)
    paths = [part.path for part in extraction.parts]
    root = next((part.path for part in extraction.parts if part.attachment), "")
    segments = [s for s in extraction.segments if f"{file_of(s.part)}/".startswith(f"{root}/")]
    findings, missed = engine.detect(segments, extraction.signatures, {}, Unwatched())
    persons = Counter(
        finding.kind
        for finding in findings
        if Axis.IDENTITY in finding.axes
        and finding.confidence.rank >= Confidence.MEDIUM.rank
        and finding.kind not in _LETTERHEAD
    )
    unread = tuple(sorted({u.reason for u in (*extraction.unread, *missed)}))
    return Form(fingerprint(root, segments, paths), persons, unread)


def register(registry: Path, form: Form, *, title: str, owner: str, date: str) -> tuple[Template, bool]:
    """Add a form; return its template, and whether it is new.

    Raises:
        ValueError: when the form names a person or has no line.

    """
    if form.persons or not form.fingerprint.lines:
        raise ValueError("not a blank form")
    digests = form.fingerprint.content | form.fingerprint.aside
    template = Template(template_id(digests), title, owner, date, len(form.fingerprint.lines), digests)
    with _locked(registry):
        templates = load_templates(registry)
        for known in templates:
            if known.id == template.id:
                return known, False
        save_templates(registry, (*templates, template))
    return template, True


def unregister(registry: Path, name: str) -> bool:
    """Remove a template by its id; tell whether it was there."""
    with _locked(registry):
        templates = load_templates(registry)
        kept = [template for template in templates if template.id != name]
        if len(kept) < len(templates):
            save_templates(registry, kept)
    return len(kept) < len(templates)


@contextlib.contextmanager
def _locked(registry: Path) -> Iterator[None]:
    """Let one command at a time change the registry: its folder is the lock."""
    folder = os.open(registry.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
