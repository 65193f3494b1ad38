"""What the families of containers share: the probe strings, and the list of all makers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

PROBES = (
    "DURAND-LEFÈVRE Élodie",
    "279035121518989",
    "Hémoglobine 12,4 g/dL",
    "né le 12/03/1956",
    "hépatite B",
    "IPP 8012345678",
)
TEXT = "Bonjour,\n" + "\n".join(PROBES) + "\nCordialement\n"
LINE = " ; ".join(PROBES)
FIELDS = (
    "DURAND-LEFÈVRE",
    "Élodie",
    "279035121518989",
    "Hémoglobine",
    "12,4",
    "12/03/1956",
    "hépatite B",
    "8012345678",
)
"""What must be found where a format has a field for each."""
WRITERS = (
    "openpyxl",
    "pptx",
    "xlwt",
    "odf",
    "py7zr",
    "pydicom",
    "PIL",
    "pyzipper",
    "zxingcpp",
    "pycdlib",
    "zstandard",
    "pyxlsbwriter",
)


@dataclass(frozen=True)
class Container:
    """One place of one format, with what was written there."""

    family: str
    name: str
    data: bytes
    file_name: str
    """Empty for a whole message."""
    expected: tuple[str, ...] = PROBES
    media_type: str = "application/octet-stream"
    loose: bool = False
    """Compare without accents and spaces: what a reader of pictures cannot be held to."""
    hidden: str = ""
    """Unreadable by its nature; the reason that must be given."""


MAKERS: list[tuple[str, Callable[[], Iterator[tuple]]]] = []


def family(name: str):
    def register(function):
        MAKERS.append((name, function))
        return function

    return register


def missing() -> list[str]:
    """Return the writers that are not installed; their containers are left out."""
    return [name for name in WRITERS if find_spec(name) is None] + [
        name for name in ("openssl",) if shutil.which(name) is None
    ]


def containers() -> Iterator[Container]:
    """Yield them all."""
    for family_name, function in MAKERS:
        for name, data, file_name, *more in function():
            options = more[0] if more else {}
            yield Container(family_name, name, data, file_name, **options)
