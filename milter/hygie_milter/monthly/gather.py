"""Gathering a report from a journal: the one place of this package that reads a disk.

Does:   follows the chain through the files of a month, counting each line that is in its place.
Never:  counts a line that was changed, moved or added; these are in the verdict.
Fails:  ``OSError`` when a file cannot be read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hygie_milter.journal.keys import KeyRing
from hygie_milter.journal.verify import verify_days
from hygie_milter.monthly.figures import Figures, Month
from hygie_milter.monthly.tables import Report, endings
from hygie_policies.loader import PolicySet
from hygie_policies.parties import PARIS


def gather(folder: Path, ring: KeyRing, month: Month, now: datetime, policies: PolicySet | None) -> Report:
    """Return the report of a month as the journal is now; raises ``OSError``.

    ``policies`` are those in force, None when they cannot be loaded.
    """
    figures = Figures(month)
    # Files are of days of UTC, the month is one of Paris.
    first, last = (
        month.begin.astimezone(UTC).date(),
        (month.end - timedelta(seconds=1)).astimezone(UTC).date(),
    )
    verdict = verify_days(folder, ring, first, last, figures.add)
    if policies is None:
        return Report(figures, verdict, now, None)
    titles = {policy.id: policy.title.fr for policy in policies.policies}
    return Report(figures, verdict, now, endings(policies, now.astimezone(PARIS).date()), titles)
