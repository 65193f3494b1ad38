"""Recognise results of medical laboratories.

Does:   reads a row at each analyte that the gate met (``lab_result``) and judges the text as a whole
        (``lab_report``): three distinct analytes with their values, or fewer with the title, the
        reference interval or the patient block of a report.
Never:  interprets a value; takes food labels, water analyses or veterinary results for a person's.
Fails:  never raises on any text. Beyond 500 rows in one text no more are reported.
Source: GBEA and ISO 15189 reports; measurements in the project's facts, section 11: three analytes
        occur in none of 1 628 ordinary texts, and one with an interval and a title is a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Trigger, Triggers, Vocabulary
from hygie_detectors.recognizers.context import longest
from hygie_detectors.recognizers.lab.rows import SHORT, Row, read_row
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import Analyte, analytes

ROWS_MAX: Final = 500
"""Rows reported for one text: five pages of results."""
REPORT: Final = 3
"""Distinct analytes with value and unit that make a report."""
PAIR: Final = 2
"""Distinct analytes that occur together in no ordinary mail of the development corpus."""
WEAK_FOREIGN: Final = 2
"""Distinct weak words (chien, vin) that show another trade; one strong word is enough."""

AMBIGUOUS: Final = frozenset(
    {
        "k", "na", "cl", "ph", "ca", "ck", "ht", "gr", "gb", "hb", "tp", "vs", "lh", "got",
        "gpt", "ace", "pal", "rai", "rac", "pct", "vrs", "culture", "insuline", "chlore",
    }
)  # fmt: skip
"""Words and initials of every trade: they count in a report, but make no text worth an analysis."""

_BY_SPELLING: Final[dict[str, Analyte]] = {s: analyte for analyte in analytes() for s in analyte.spellings}


class LabRecognizer(HygieRecognizer):
    """Rows of results, and the report they make."""

    kinds: ClassVar[tuple[str, ...]] = ("lab_result", "lab_report")
    vocabulary: ClassVar[Vocabulary] = {
        "analyte": tuple(s for s in _BY_SPELLING if s not in AMBIGUOUS),
    }
    context_vocabulary: ClassVar[Vocabulary] = {
        "analyte": tuple(s for s in _BY_SPELLING if s in AMBIGUOUS),
        "lab_title": (
            "compte rendu d'examens biologiques",
            "compte-rendu d'examens biologiques",
            "cr d'examens biologiques",
            "resultats d'examens biologiques",
            "examens biologiques",
            "resultats d'analyses",
            "resultats biologiques",
            "bilan biologique",
            "bilan sanguin",
            "laboratoire de biologie medicale",
            "laboratoire d'analyses medicales",
            "validation biologique",
            "valide par le biologiste",
            "resultats valides par",
            "biologiste medical",
            "valeurs de reference",
            "valeurs usuelles",
            "intervalle de reference",
            "intervalles de reference",
            "resultats anterieurs",
            "resultat anterieur",
            "preleve le",
            "prelevement du",
            "date de prelevement",
            "n° demande",
            "biochimie",
            "hematologie",
            "hemogramme",
            "hematocytologie",
            "numeration formule sanguine",
            "ionogramme",
            "proteinogramme",
            "bilan thyroidien",
            "bilan lipidique",
            "bilan hepatique",
            "serologie",
            "serologies",
            "examen cytobacteriologique des urines",
            "antibiogramme",
            "h e m a t o l o g i e",
            "b i o c h i m i e",
        ),
        "lab_foreign": (
            "veterinaire",
            "veterinaires",
            "canin",
            "canine",
            "felin",
            "feline",
            "equin",
            "bovin",
            "bovins",
            "ovin",
            "porcin",
            "valeurs nutritionnelles",
            "valeur nutritionnelle",
            "declaration nutritionnelle",
            "informations nutritionnelles",
            "pour 100 g",
            "pour 100 ml",
            "apports de reference",
            "eau potable",
            "eaux usees",
            "eau de consommation",
            "qualite de l'eau",
            "eau minerale",
            "eau de piscine",
            "potabilite",
            "station d'epuration",
            "oenologique",
            "onologique",
            "vinification",
            "huile moteur",
            "engrais",
        ),
        "lab_foreign_weak": (
            "chien", "chienne", "chat", "chatte", "cheval", "vache", "animal", "race", "espece", "forage",
            "piscine", "nitrates", "turbidite", "vin", "cuvee", "sel", "lipides", "glucides", "kcal", "sol",
        ),
    }  # fmt: skip

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return the rows, and the report if they make one."""
        del source
        rows = list(_rows(text, triggers))
        foreign = _foreign(triggers)
        yield from (_row_hit(text, row, foreign) for row in rows)
        if (report := _report(text, rows, triggers)) and not foreign:
            yield report


def _rows(text: NormalText, triggers: Triggers) -> Iterator[Row]:
    """Yield the rows in order; none begins inside another."""
    reach, read = -1, 0
    for name in longest(triggers.of("analyte")):
        if name.start < reach or not _named(text, name):
            continue
        row = read_row(text.folded, name.start, name.end, _BY_SPELLING[name.term])
        if row:
            yield row
            read += 1
            reach = row.end
        if read >= ROWS_MAX:
            return


def _named(text: NormalText, name: Trigger) -> bool:
    """Tell whether a short name is written as an abbreviation: ``TSH``, ``Na``, ``pH``, not ``na``."""
    written = text.text[name.start : name.end]
    return len(written) > SHORT or written != written.lower()


def _foreign(triggers: Triggers) -> bool:
    weak = {trigger.term for trigger in triggers.of("lab_foreign_weak")}
    return triggers.any("lab_foreign") or len(weak) >= WEAK_FOREIGN


def _row_hit(text: NormalText, row: Row, foreign: bool) -> Hit:
    confidence = Confidence.MEDIUM if row.interval and not foreign else Confidence.LOW
    masked = re.sub(r"\w", "*", text.text[row.start : row.start + 1]) + "*** = ***"
    return Hit(
        "lab_result", (Axis.HEALTH,), confidence, row.start, row.end, masked, f"{row.analyte}={row.value}"
    )


def _report(text: NormalText, rows: list[Row], triggers: Triggers) -> Hit | None:
    """Return the report: high for three analytes, or for fewer with an interval under a title.

    Medium: two analytes, or one with a title or a patient block.
    """
    proved = {row.analyte for row in rows if row.quantified}
    if not rows:
        return None
    framed = triggers.any("lab_title")
    patient = triggers.any("birth_label", "birth_name_label", "ipp_label", "born", "care_of")
    interval = any(row.interval for row in rows)
    if len(proved) >= REPORT or (interval and (framed or patient)):
        confidence = Confidence.HIGH
    elif len(proved) >= PAIR or len({row.analyte for row in rows}) >= REPORT or framed or patient:
        confidence = Confidence.MEDIUM
    else:
        return None
    start, end = rows[0].start, max(row.end for row in rows)
    value = ";".join(sorted(f"{row.analyte}={row.value}" for row in rows))
    masked = f"{len({row.analyte for row in rows})} analyses"
    return Hit("lab_report", (Axis.HEALTH,), confidence, start, min(end, len(text.text)), masked, value)
