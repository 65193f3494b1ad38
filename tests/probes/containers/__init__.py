"""The containers of the probe matrix: six probe strings in every place of every format, by real writers.

Does:   yields each container once, the same every time; a format whose writer is not installed (dev
        packages of other readers) is left out by name, in :func:`missing`.
Never:  copies a file: everything is made here. Every name and number is invented.
"""

from . import archives, base, health, mail, office, paper, rare, seen, text
from .base import Container, containers, missing

__all__ = [
    "Container",
    "archives",
    "base",
    "containers",
    "health",
    "mail",
    "missing",
    "office",
    "paper",
    "rare",
    "seen",
    "text",
]
