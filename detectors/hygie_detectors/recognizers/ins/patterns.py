"""What stands beside an INS: words, OIDs, the patient's mailbox, the datamatrix. Data only.

Source: FR Core Patient INS profile, ANS style sheet and CDA examples (OIDs, words); ANS "INS -
        Format datamatrix" v2.2 of 26 September 2023; ANS MSSanté reference (the mailbox).
"""

from __future__ import annotations

import re
from typing import Final

OIDS: Final = (
    ("1.2.250.1.213.1.4.8", ""),  # INS-NIR; ANS test files carry it too
    ("1.2.250.1.213.1.4.9", ""),  # INS-NIA
    ("1.2.250.1.213.1.4.10", "test"),  # INS-NIR, test
    ("1.2.250.1.213.1.4.11", "test"),  # INS-NIR, demonstration
    ("1.2.250.1.213.1.4.13", ""),  # NIR as social security number
    ("1.2.250.1.213.1.4.14", ""),  # NIA as social security number
)

WORDS: Final = (
    ("ins", ""), ("ins nir", ""), ("ins nia", ""), ("matricule ins", ""), ("n° matricule ins", ""),
    ("numero ins", ""), ("n° ins", ""), ("identite ins", ""), ("ins qualifiee", ""),
    ("identifiant national de sante", ""), ("identite nationale de sante", ""),
    ("ins nir de test", "test"), ("ins nir test", "test"), ("ins nir demo", "test"),
    ("asip sante ins nir", ""), ("asip sante ins nia", ""),
)  # fmt: skip

MAILBOX_TERM: Final = "@patient."
MAILBOX_DOMAIN: Final = re.compile(r"@patient\.(?:[a-z0-9-]{1,30}\.){0,2}mssante\.fr(?![a-z0-9-])")
"""Mon espace santé, its test domains included."""
MAILBOX_LOCAL: Final = re.compile(r"[a-z0-9.+_-]{1,64}\Z")

SUFFIX: Final = re.compile(r"[ ]{0,3}(?:/[ ]{0,2}ni[ra]\b|[\[(][ ]{0,2}(?:ins-)?ni[ra]\b)", re.IGNORECASE)
"""What the cartouche prints behind the number: ``/ NIR``, ``[NIR]``, ``[INS-NIR de test]``."""
TEST: Final = re.compile(r"[^\n]{0,20}\b(?:test|demo)\b", re.IGNORECASE)

DATAMATRIX: Final = re.compile(r"is010{22}s1(?P<ins>\d{6}[\dab]\d{8})")
"""Header of 26 characters, then the block of the number (on folded text). The others vary in order."""

TRAIT_BLOCKS: Final = (
    (re.compile(r"S3([A-Z][A-Z '-]{0,99}?)(?=[ ]?S[124567]|[ ]{2}|[ ]?(?:\n|\Z))"), "patient_name"),
    (re.compile(r"S4([A-Z][A-Z '-]{0,99}?)(?=[ ]?S[123567]|[ ]{2}|[ ]?(?:\n|\Z))"), "patient_name"),
    (re.compile(r"S6(\d{2}-\d{2}-\d{4})"), "birth_date"),
)
"""Given names, birth name, birth date: S3, S4, S6. The separator GS is a space in the plain text."""
