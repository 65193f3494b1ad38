"""Labels of the numbers that patients have, and the form of what follows them.

Does:   holds data and one bounded regex for ``numbers.py``.
Never:  backtracks: every repetition is bounded.
Fails:  never.
Source: hospital letters and labels; the project's facts on identifiers, section 8.
"""

from __future__ import annotations

import re
from typing import Final

IPP_LABELS: Final = (
    "ipp",
    "identifiant patient",
    "identifiant permanent patient",
    "identifiant permanent du patient",
    "numero patient",
    "n° patient",
    "no patient",
    "numero de patient",
)
STAY_LABELS: Final = (
    "nda",
    "iep",
    "numero de sejour",
    "n° de sejour",
    "n° sejour",
    "no sejour",
    "numero sejour",
    "n° hosp",
    "n° hospitalisation",
    "n° d'hospitalisation",
    "numero d'hospitalisation",
    "n° dossier patient",
    "n° de dossier patient",
    "numero de dossier patient",
    "n° dossier medical",
    "n° d'admission",
    "numero d'admission",
    "numero de dossier administratif",
    "n° venue",
)

NUMBER: Final = re.compile(
    r"[ \t]{0,5}(?:\([^)\n]{0,20}\))?[ \t]{0,5}(?:n°|no|numero)?[ \t)]{0,5}[:=|#°.]?[ \t|\n]{0,20}"
    r"(?P<number>(?=[a-z]{0,2}\d)[a-z0-9]{5,15})(?![\w/]|[.,-]\d)"
)
"""After a label, on the folded text: five to fifteen characters, mostly digits."""
