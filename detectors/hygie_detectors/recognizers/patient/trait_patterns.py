"""Labels and forms of birth place and sex. Data only.

Source: ANS cartouches; identity documents.
"""

from __future__ import annotations

import re
from typing import Final

BIRTH_PLACE_LABELS: Final = (
    "lieu de naissance",
    "lieu naissance",
    "code lieu de naissance",
    "code insee du lieu de naissance",
    "commune de naissance",
    "ville de naissance",
    "code commune de naissance",
)
PLACE: Final = re.compile(
    r"[ \t]{0,5}(?:\([^)\n]{0,40}\))?[ \t]{0,5}[:=|;]?[ \t|]{0,20}\n?[ \t]{0,10}"
    r"(?P<place>\d{5}|2[ab]\d{3}|(?!nom|prenom|sexe|date|adresse|matricule|code|ins\b)[a-z][a-z' -]{2,40})"
)
"""Behind the label: the code of the commune, or its name; the next label is none."""
SEX: Final = re.compile(
    r"\b(?:sexe|genre|civilite)[ \t]{0,5}[:=|;]?[ \t|\n]{0,20}"
    r"(?:[mfh12]|feminin|masculin|homme|femme|fem|masc)\b|"
    r"[|;,(\t][ ]?[mfh][ ]?[|;,)\t]|\b(?:mme|madame|monsieur|mlle)\b|\bnee?[ ]"
)
"""The sex behind its label, alone in a cell, or in a civil title or "né", "née"."""
