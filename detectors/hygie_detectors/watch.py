"""The seam between a reader and whoever supervises it: which part is being touched.

Does:   lets a supervisor know, before each part, its number; and lets it say "not this one".
Never:  reads anything; knows nothing of processes.
Fails:  nothing here fails.
"""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """Told of every part before it is touched; may refuse it."""

    def enter(self, part: int) -> str | None:
        """Return None to go on, or the reason for which part number ``part`` must not be touched.

        ``part`` is its index in ``Extraction.parts``, in walk order, the same in every run on the
        same bytes. The reason is ``crash`` or ``timeout``: the part becomes an ``Unread`` with it,
        and nothing inside the part is walked.
        """


class Unwatched:
    """No supervisor: every part is read."""

    def enter(self, part: int) -> str | None:  # noqa: ARG002 - the protocol's parameter
        """Go on."""
        return None
