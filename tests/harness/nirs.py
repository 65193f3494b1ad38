"""NIRs made for tests: every kind of birth, every way of writing. Invented, by seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hygie_detectors.model import Finding

MONTHS = [*(f"{m:02}" for m in range(1, 13)), *(str(m) for m in range(20, 100))]
MAINLAND = [f"{d:02}" for d in range(1, 97)]
OVERSEAS = [*(f"97{d}" for d in range(1, 9)), *(f"98{d}" for d in range(4, 9))]
SENTENCES = (
    "Le dossier de l'agent porte {} depuis mars.",
    "Bonjour,\n{}\nMerci.",
    "NIR : {} ; téléphone 01 42 34 56 78",
    "numéro de sécurité sociale {}.",
    "DUPONT Jean (né le 12/03/1978), {}, rue de la Paix",
    "{}",
)


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


@dataclass
class Measured:
    """What was found of generated numbers, and beside them."""

    numbers: int = 0
    found: int = 0
    high: int = 0
    """Of those found, with high confidence."""
    decoys: int = 0
    wrong: int = 0
    """Findings of medium confidence or more where there is no NIR."""
    missed: Counter[str] = field(default_factory=Counter)
    """By layout."""

    @property
    def recall(self) -> float:
        """The share of the numbers that were found, each exactly where it stands."""
        return self.found / self.numbers

    @property
    def precision(self) -> float:
        """The share of what was found that is a number."""
        return self.found / (self.found + self.wrong)


def measure(found_in: Callable[[str], Sequence[Finding]], numbers: int, seed: int = 1982) -> Measured:
    """Look for so many numbers, each layout as often, and in as many texts that hold none."""
    draw = random.Random(seed)  # noqa: S311 - test data, by seed
    seen = Measured()
    while seen.numbers < numbers:
        nir = a_nir(draw, sexes="1212121212347", months=MONTHS[:12] if draw.random() < 0.8 else MONTHS)
        for name, written in layouts(nir):
            sentence = draw.choice(SENTENCES)
            start = sentence.index("{}")
            place = (start, start + len(written.removesuffix(" / NIR")))
            findings = [f for f in found_in(sentence.format(written)) if f.kind == "nir"]
            right = [f for f in findings if (f.start, f.end) == place]
            seen.numbers += 1
            seen.found += bool(right)
            seen.high += bool(right) and right[0].confidence == "high"
            seen.missed[name] += not right
            seen.wrong += sum(f.confidence.rank >= 1 and (f.start, f.end) != place for f in findings)
    while seen.decoys < numbers:
        text = a_decoy(draw)
        seen.decoys += 1
        seen.wrong += sum(f.kind == "nir" and f.confidence.rank >= 1 for f in found_in(text))
    return seen


def a_decoy(draw: random.Random) -> str:
    """Return a sentence with a number that is no NIR: another key, another length, another thing."""

    def digits(count: int) -> str:
        return "".join(str(draw.randint(0, 9)) for _ in range(count))

    nir = a_nir(draw)
    swapped = f"{nir[:13]}{(int(nir[13:]) + draw.randint(1, 95)) % 97 + 1:02}"
    return draw.choice(
        (
            f"Référence {swapped} du jour",
            f"Référence {fields(swapped, ' ')} du jour",
            f"SIRET {digits(14)}",
            f"Compte FR76 {digits(4)} {digits(4)} {digits(4)} {digits(4)} {digits(4)} {digits(3)}",
            f"Suivi du colis 6A{digits(11)}, commande {digits(16)}",
            f"Appelez le 01 99 00 {digits(2)} {digits(2)} ou le 06 39 98 {digits(2)} {digits(2)}",
            f"Facture 2026-{digits(5)} du 12/03/2026, {digits(4)},{digits(2)} EUR, code-barres 3{digits(12)}",
            f"Carte 4970 {digits(4)} {digits(4)} {digits(4)}, contrat n° {digits(9)}",
        )
    )
