"""NIRs made for tests: every kind of birth, every way of writing. Invented, by seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

MONTHS = [*(f"{m:02}" for m in range(1, 13)), *(str(m) for m in range(20, 100))]
MAINLAND = [f"{d:02}" for d in range(1, 97)]
OVERSEAS = [*(f"97{d}" for d in range(1, 9)), *(f"98{d}" for d in range(4, 9))]


def key_of(body: str) -> str:
    """Return the key, by the other of the two published methods: letter to 0, then subtract."""
    less = {"A": 1_000_000, "B": 2_000_000}.get(body[6], 0)
    return f"{97 - (int(body.replace('A', '0').replace('B', '0')) - less) % 97:02}"


def a_nir(draw: random.Random, *, sexes: str = "12", months: list[str] | None = None) -> str:
    """Return fifteen characters with the right key; a tenth each of Corsica, overseas, abroad."""
    kind = draw.random()
    if kind < 0.1:
        place = draw.choice(["2A", "2B"]) + f"{draw.randint(1, 366):03}"
    elif kind < 0.2:
        place = draw.choice(OVERSEAS) + f"{draw.randint(1, 90):02}"
    elif kind < 0.3:
        place = f"99{draw.randint(100, 999)}"
    else:
        place = draw.choice(MAINLAND) + f"{draw.randint(1, 990):03}"
    month = draw.choice(months or MONTHS)
    body = f"{draw.choice(sexes)}{draw.randint(0, 99):02}{month}{place}{draw.randint(1, 999):03}"
    return body + key_of(body)


def fields(nir: str, separator: str, key: str | None = None) -> str:
    """Write a NIR field by field."""
    cuts = [0, 1, 3, 5, 7, 10, 13]
    groups = [nir[a:b] for a, b in pairwise(cuts)]
    return separator.join(groups) + (separator if key is None else key) + nir[13:]


def layouts(nir: str) -> Iterator[tuple[str, str]]:
    """Yield every layout by name, as facts on identifiers list them."""
    for name, separator in {
        "grouped": " ",
        "hyphens": "-",
        "dots": ".",
        "no-break": "\u00a0",
        "narrow no-break": "\u202f",
        "tabs": "\t",
        "pipes": " | ",
        "a line each": "\n",
        "semicolons": ";",
    }.items():
        yield name, fields(nir, separator)
    yield "slash", fields(nir, " ", " / ")
    yield "none", nir
    yield "13 and 2", f"{nir[:13]} {nir[13:]}"
    yield "spaced", " ".join(nir)
    yield "boxes", "|".join(nir)
    yield "a digit a line", "\n".join(nir)
    yield "clé", f"{nir[:13]} clé {nir[13:]}"
    yield "clé :", fields(nir, " ", " Clé : ")
    yield "suffix", f"{nir} / NIR"
    yield "line break inside", fields(nir, " ").replace(" ", "\r\n", 4).replace("\r\n", " ", 3)
    yield "lower case", nir.lower()
    yield "en dashes", fields(nir, "\u2013")
    yield "full width", nir.translate({ord("0") + d: chr(0xFF10 + d) for d in range(10)})
