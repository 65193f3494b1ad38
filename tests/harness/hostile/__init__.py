"""Files and messages made to break a reader: each is built when asked for, none is kept in git.

Does:   lists every nasty input by family and name, with the probe it carries (:data:`PROBE`, a patient's
        line) where it can carry one, and what may become of it.
Never:  holds the bytes of one it was not asked for: some have tens of megabytes.
Fails:  nothing here fails; a writer that is not installed fails the input that needs it.
Source: published bombs and traps, each measured on the libraries that Hygie uses and on their rivals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from extraction_samples import attached

PROBE: Final = "Mme Jeanne MARTIN, née le 14/08/1955, NIR 2 55 08 14 168 025 38, insuffisance cardiaque"
"""Invented; the number's key is right. Its ``nir`` finding says that the line was read."""
MIB: Final = 1 << 20

Maker = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Hostile:
    """One input."""

    family: str
    name: str
    make: Maker
    file_name: str
    """Empty for a whole message."""
    reason: str
    """The one reason by which it may be unread; empty when any will do."""
    must_find: bool
    """Nothing keeps an honest reader from finding the probe."""
    blank: bool
    """There is nothing in it to read."""
    quick: bool
    """Of the short choice that the tests read."""

    def message(self) -> bytes:
        """Return the message that carries it."""
        data = self.make()
        return attached(data, self.file_name) if self.file_name else data


INPUTS: Final[list[Hostile]] = []


def hostile(
    family: str,
    name: str,
    file_name: str = "",
    *,
    reason: str = "",
    must_find: bool = False,
    blank: bool = False,
    quick: bool = False,
) -> Callable[[Maker], Maker]:
    """List the maker below under this name."""

    def register(make: Maker) -> Maker:
        INPUTS.append(Hostile(family, name, make, file_name, reason, must_find, blank, quick))
        return make

    return register


def inputs() -> list[Hostile]:
    """Return them all, by family."""
    from harness.hostile import archives, mails, office, pdfs, pictures, texts  # noqa: F401, PLC0415 - they register

    return INPUTS
