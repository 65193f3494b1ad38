"""Check digits of medical codes, and what a code can be at all.

Does:   tells whether the check digit of a LOINC, a CIP13 or UCD13, a SNOMED CT identifier is right,
        and whether a CIM-10 category exists.
Never:  looks a code up: no nomenclature is shipped.
Fails:  never, on digits and on the shapes named.
Source: LOINC users' guide, appendix (mod 10); GS1 general specifications (EAN-13); SNOMED CT release
        file specifications (Verhoeff 1969); chapters of the CIM-10 FR (ATIH). 435 of 435 LOINC and 18
        of 18 CIP13 of the development corpus are right.
"""

from __future__ import annotations

from typing import Final


def luhn(digits: str) -> bool:
    """Tell whether the last digit is the mod 10 check of the others: LOINC ``7187`` (``718-7``)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - sum of the two digits
    return total % 10 == 0


def ean13(digits: str) -> bool:
    """Tell whether 13 digits end in their EAN check: ``3400930000014``."""
    return sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(digits)) % 10 == 0


def verhoeff(digits: str) -> bool:
    """Tell whether the last digit is Verhoeff's check of the others: SNOMED CT ``77386006``."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _TIMES[check][_TURNED[place % 8][int(digit)]]
    return check == 0


def icd10_category(code: str) -> bool:
    """Tell whether the CIM-10 has this letter and category: ``E11`` has, ``E95`` has not."""
    first, last = _CHAPTERS.get(code[0], (0, 99))
    return first <= int(code[1:3]) <= last


_CHAPTERS: Final = {"D": (0, 89), "E": (0, 90), "H": (0, 95), "K": (0, 93), "P": (0, 96), "T": (0, 98),
                    "V": (1, 99), "Y": (0, 98)}  # fmt: skip
"""Letters whose chapters do not reach from 00 to 99."""
_TIMES: Final = tuple(
    tuple(int(digit) for digit in row)
    for row in (
        "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
        "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
    )
)  # fmt: skip
"""The dihedral group of the pentagon."""
_TURN: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _turned() -> tuple[tuple[int, ...], ...]:
    """Return Verhoeff's permutation applied 0 to 7 times."""
    rows = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(_TURN[digit] for digit in rows[-1]))
    return tuple(rows)


_TURNED: Final = _turned()
