"""A report whose columns were read one after the other: all names, then all values.

Does:   tells whether names of analytes stand alone on their lines, and numbers on theirs, as a PDF
        without layout or a copied table leaves them.
Never:  says which value belongs to which name.
Fails:  never. It looks at 300 names and three values at most.
Source: PDF examples of common laboratory software.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from hygie_detectors.recognizers.base import Trigger
from hygie_detectors.recognizers.lab.units import UNIT
from hygie_detectors.text import NormalText

NAMES_MAX: Final = 300
"""Names looked at, as many as ten pages hold."""
COLUMN: Final = 3
"""Names, and values, that make a column."""

_VALUE_LINE: Final = re.compile(
    rf"^[ \t]{{0,20}}+[<>*]?\d{{1,6}}(?:[.,]\d{{1,4}})?[ ]?(?:{UNIT})?[ ]?[*+hbl?]{{0,2}}[ \t]{{0,20}}$",
    re.MULTILINE,
)


def column(text: NormalText, names: Iterable[Trigger]) -> tuple[int, int, tuple[str, ...]] | None:
    """Return where the column of names stands, and the names; nothing without a column of values."""
    folded = text.folded
    alone = [name for name in islice(names, NAMES_MAX) if _alone(folded, name)]
    different = tuple(sorted({name.term for name in alone}))
    if len(different) < COLUMN:
        return None
    values = sum(1 for _ in islice(_VALUE_LINE.finditer(folded), COLUMN))
    return (alone[0].start, alone[-1].end, different) if values >= COLUMN else None


def _alone(folded: str, name: Trigger) -> bool:
    """Tell whether nothing else stands on the line."""
    before = folded.rfind("\n", max(0, name.start - 20), name.start) + 1 or max(0, name.start - 20)
    after = folded.find("\n", name.end, name.end + 20)
    rest = folded[before : name.start] + folded[name.end : after if after >= 0 else name.end + 20]
    return not rest.strip(" \t:.*-")
