"""What the security team says is never a finding: its own phone number, the patient of its demonstrations.

Does:   tells whether a finding is exactly a listed value, in any case, accents and punctuation, or
        wholly matches a listed pattern.
Never:  looks inside a finding, as Presidio's own ``allow_list`` does: a listed value inside a longer one
        allows nothing. Drops another finding beside it, or lowers it.
Fails:  a pattern that runs out of time allows nothing.
Source: our own; presidio-analyzer 2.2.366 (``regex`` with a time limit).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from hygie_detectors.text import fold

LEAST: Final = 3
"""Letters and digits that a listed value has: initials are everybody's."""
SAMPLES: Final = (
    "Jeanne QUERMALET",
    "2 95 10 99 126 111 93",
    "12/03/1956",
    "diabète de type 2",
    "06 39 98 12 34",
    "",
)
"""Values of several kinds, invented. A pattern that matches two of them would switch detection off."""
_PATTERN_SECONDS: Final = 0.1
_APART: Final = re.compile(r"[\W_]+")


class AllowList:
    """Values and compiled patterns, ready to be asked."""

    def __init__(self, values: Iterable[str] = (), patterns: Iterable[Any] = ()) -> None:
        listed = tuple(values)
        self._values = frozenset(map(words, listed))
        self._runs = frozenset(words(value).replace(" ", "") for value in listed)
        self._names = frozenset(map(_turned, listed)) - {""}
        self._patterns = tuple(patterns)

    def __bool__(self) -> bool:
        return bool(self._values or self._patterns)

    def holds(self, written: str, value: str) -> bool:
        """Tell whether a finding, as written and in its normalised form, is one that is listed.

        The digits of a listed number stand for it in every layout; ``1/12/1956`` is not ``11/2/1956``.
        A name is the same with the surname first.
        """
        return (
            words(written) in self._values
            or words(value) in self._values
            or value in self._runs
            or _turned(written) in self._names
            or any(_wholly(pattern, written) for pattern in self._patterns)
        )


def words(value: str) -> str:
    """Return the words and figures of a value: ``words("01.42 34")`` is ``01 42 34``."""
    return _APART.sub(" ", fold(value)).strip()


def _turned(value: str) -> str:
    """Return the words in one order, so that a name may be turned round; nothing where there are figures."""
    listed = words(value).split()
    return " ".join(sorted(listed)) if all(map(str.isalpha, listed)) else ""


def too_wide(pattern: Any) -> bool:
    """Tell whether a compiled pattern matches what is too different to be one thing."""
    return sum(_wholly(pattern, sample) for sample in SAMPLES) > 1 or _wholly(pattern, "")


def _wholly(pattern: Any, written: str) -> bool:
    try:
        return pattern.fullmatch(written, timeout=_PATTERN_SECONDS) is not None
    except TimeoutError:
        return False
