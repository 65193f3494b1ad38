"""Measured quality on labelled folders: ``<label>/<set>/<file>``, no single figure for all.

Does:   wraps each file in a message (a mail is taken as it is), inspects it, and counts for each
        label and set: files with a finding on each axis, with both, unread, and the seconds.
Never:  copies or prints content; judges: what to expect of a label is the reader's business.
Fails:  ``OSError`` where a folder or file cannot be read.
Source: the corpus's own README: report by label and by set.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from hygie_detectors.engine import Engine
from hygie_detectors.inspect import inspect
from hygie_detectors.limits import Limits
from hygie_detectors.model import Axis, Confidence, Inspection

MAIL_SETS: Final = "mail_"
"""How the name of a set begins whose files are mails; ``.eml`` files are anywhere."""


@dataclass(slots=True)
class SetQuality:
    """What was counted on one set. Shares are of ``files``, from 0 to 1."""

    label: str
    name: str
    files: int = 0
    identity: int = 0
    """Files with an identity finding of the least confidence asked for, or surer."""
    health: int = 0
    pair: int = 0
    """Files with both: the unit of risk."""
    unread: int = 0
    """Files of which something was not fully inspected."""
    seconds: float = 0.0
    kinds: dict[str, int] = field(default_factory=dict)
    """Files by kind of finding."""

    def share(self, count: int) -> float:
        """Return the share of the set's files."""
        return count / self.files if self.files else 0.0

    def add(self, inspection: Inspection, least: Confidence, seconds: float) -> None:
        """Count one file."""
        sure = [f for f in inspection.findings if f.confidence.rank >= least.rank]
        axes = {axis for finding in sure for axis in finding.axes}
        self.files += 1
        self.identity += Axis.IDENTITY in axes
        self.health += Axis.HEALTH in axes
        self.pair += len(axes) == len(Axis)
        self.unread += bool(inspection.unread)
        self.seconds += seconds
        for kind in {finding.kind for finding in sure}:
            self.kinds[kind] = self.kinds.get(kind, 0) + 1


def evaluate(
    folder: Path,
    engine: Engine,
    limits: Limits | None = None,
    *,
    least: Confidence = Confidence.MEDIUM,
) -> Iterator[SetQuality]:
    """Yield the figures of each ``<label>/<set>`` under a folder, in order of their names.

    ``least`` is the confidence from which a finding counts.
    """
    for label in sorted(path for path in folder.iterdir() if path.is_dir()):
        for group in sorted(path for path in label.iterdir() if path.is_dir()):
            quality = SetQuality(label.name, group.name)
            for file in sorted(path for path in group.rglob("*") if path.is_file()):
                raw = as_message(file, mail=group.name.startswith(MAIL_SETS))
                begun = time.perf_counter()
                inspection = inspect(raw, engine, limits or Limits())
                quality.add(inspection, least, time.perf_counter() - begun)
            yield quality


def as_message(file: Path, *, mail: bool = False) -> bytes:
    """Return a mail as it is, and any other file as the attachment of an otherwise empty message."""
    content = file.read_bytes()
    if mail or file.suffix.lower() == ".eml":
        return content
    message = EmailMessage()
    message["From"] = "evaluation@example.org"
    message["To"] = "evaluation@example.org"
    message["Subject"] = "-"
    message.set_content("")
    message.add_attachment(
        content, maintype="application", subtype="octet-stream", filename="file" + file.suffix
    )
    return message.as_bytes()
