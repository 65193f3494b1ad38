"""Labels of the numbers that patients have, and the form of what follows them.

Does:   holds data and bounded regexes for ``numbers.py``.
Never:  backtracks: every repetition is bounded.
Fails:  never.
Source: hospital letters and labels; the project's facts on identifiers, section 8.
"""

from __future__ import annotations

import re
from typing import Final

_N: Final = ("n°", "no", "numero", "num")


def _numbered(*things: str) -> tuple[str, ...]:
    """Return every spelling of "n° de séjour" for "de séjour": with n°, no, numéro, and turned round."""
    spelled = [f"{n} {thing}" for thing in things for n in _N]
    spelled += [f"n°{thing}" for thing in things]
    for thing in things:
        bare = re.sub(r"^(?:de la |de l'|du |de |d')", "", thing)
        spelled += [f"{bare} {n}" for n in ("n°", "numero")]
        spelled += [f"{n} {bare}" for n in _N] + [f"n°{bare}"]
    return tuple(dict.fromkeys(spelled))


IPP_LABELS: Final = (
    "ipp",
    "identifiant patient",
    "identifiant du patient",
    "identifiant permanent patient",
    "identifiant permanent du patient",
    "identification patient",
    "identification du patient",
    "patient id",
    "id patient",
    "id du patient",
    "code patient",
    "matricule patient",
    *_numbered("de patient", "du patient", "patient(e)", "d'identification patient", "d'ipp"),
)
"""The permanent number of a hospital's patient."""
STAY_LABELS: Final = (
    "nda",
    "iep",
    "identifiant d'hospitalisation",
    "identifiant de sejour",
    "identifiant du sejour",
    "numero d'identifiant d'hospitalisation",
    *_numbered(
        *("de sejour", "du sejour", "d'hospitalisation", "hosp", "hosp.", "d'admission", "de venue"),
        *("de dossier patient", "du dossier patient", "de dossier medical", "de dossier administratif"),
        *("de dossier d'hospitalisation", "de passage aux urgences", "d'entree hospitalisation"),
    ),
)
"""The number of a stay, an admission, a record that is said to be a patient's."""
ACT_LABELS: Final = (
    "ip",
    "accession number",
    *_numbered(
        *("de dossier", "du dossier", "de visite", "de la visite", "de passage", "de venue", "d'examen"),
        *(
            "de l'examen",
            "de demande",
            "d'accession",
            "de prelevement",
            "de consultation",
            "d'identification",
        ),
        *("d'identifiant", "d'id", "d'enregistrement"),
    ),
    "dossier",
    "visite",
    "sous le numero",
)
"""Labels that other trades use too: a number behind them leads to a person, of whom nobody knows what."""
INSURANCE_LABELS: Final = (
    "amc",
    *_numbered(
        *("d'adherent", "d'adherente", "de l'adherent", "d'assure", "de l'assure", "d'assure social"),
        *(
            "d'adherent mutuelle",
            "d'adherent a la mutuelle",
            "d'amc",
            "de mutuelle",
            "de la mutuelle",
            "d'organisme complementaire",
            "de beneficiaire",
        ),
        *("d'allocataire", "de contrat mutuelle", "de contrat sante", "d'assurance maladie"),
    ),
)
"""Numbers of health insurance, basic or complementary."""
CONTRACT_LABELS: Final = _numbered("de contrat", "du contrat", "de police", "de societaire")
"""Numbers of any insurance."""

_BETWEEN: Final = (
    r"[ \t]{0,5}(?:\([^)\n]{0,40}\))?[ \t]{0,5}(?:n°|no|numero)?[ \t)\]]{0,5}"
    r"(?:[:=|#°.]|(?:est|etant|etait)(?:[ ]le)?[ ]?:?)?[ \t|\n\[]{0,20}"
)
NUMBER: Final = re.compile(rf"{_BETWEEN}(?P<number>(?=[a-z]{{0,2}}\d)[a-z0-9]{{5,15}})(?![\w/]|[.,-]\d)")
"""After a label, on the folded text: five to fifteen characters, mostly digits."""
SAID: Final = re.compile(r"n°|\bno\b|num|[:=#°]|\best\b|\bid\b")
"""What says that a number follows, in a label or behind it; without it "dossier 20230" is no number of it."""
OF_PATIENT: Final = re.compile(r"[ ]{0,2}(?:n°|no|:|\()?[ ]{0,2}(?P<number>\d{7,13})(?![\w/]|[.,-]\d)")
"""After the word patient: seven digits or more are a patient's number, labelled or not."""
