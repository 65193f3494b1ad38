"""Whether a finding is denied, a relative's, supposed, or past.

Does:   reads cue words around a term, inside its sentence, and returns qualifiers.
Never:  drops a finding: "no HIV" about a named person is health data too. Policy weighs it.
Fails:  never.
Source: the cue families of EDS-NLP's qualifiers, written anew.
Quality: not measured on annotated notes; EDS-NLP reports 71-88 % F1 for negation by such rules.
"""

from __future__ import annotations

import re
from typing import Final

from hygie_detectors.recognizers.context import sentence

NEGATION_BEFORE: Final = re.compile(
    r"\b(?:pas|absence|aucune?s?|ni|sans|jamais|nie|negatif pour|indemne|non|"
    r"elimine[er]?|exclu[et]?|ecarte[er]?)\b"
)
NEGATION_AFTER: Final = re.compile(
    r"\b(?:elimine|exclu|ecarte|infirme|negati|absent|non retrouve|n'est pas|n'a pas ete)"
)
FAMILY: Final = re.compile(
    r"\b(?:mere|pere|freres?|soe?urs?|oncles?|tantes?|grand-?(?:mere|pere|parent)s?|cousine?s?|parents|"
    r"(?:antecedents?|atcd|histoire) famil\w+|familia(?:l|ux|le)|fratrie|neveu|niece|"
    r"(?:son|sa|ses|mon|ma|du|un|le|la) (?:fils|fille|mari|epouse?|conjointe?|femme))\b"
)
HYPOTHETICAL_BEFORE: Final = re.compile(
    r"\b(?:suspicion|suspect\w*|possibles?|probables?|eventuel\w*|hypothese|evo(?:quer?|quant|que)|"
    r"craindre|rechercher?|eliminer un\w*|si|risques? d\w*|depistage|faire penser|redoute\w*|doute)\b"
)
HYPOTHETICAL_AFTER: Final = re.compile(
    r"\s{0,2}\(?\?|[^.;\n]{0,20}\b(?:possible|probable|suspect|a eliminer|a confirmer)"
)
HISTORIC: Final = re.compile(
    r"\b(?:antecedents?(?! famil)|atcd(?! famil)|dans l'enfance|anciens?|anciennes?|par le passe|"
    r"il y a \d+ ans?|en (?:19|20)\d\d)\b"
)
_BREAK: Final = re.compile(r"\b(?:mais|cependant|toutefois|neanmoins|en revanche|par contre|hormis|sauf)\b|:")
_AFTER_MAX: Final = 40


def qualifiers(folded: str, start: int, end: int) -> tuple[str, ...]:
    """Return what the sentence says of the term at ``start:end``, in alphabetical order."""
    first, last = sentence(folded, start, end)
    before, after = folded[first:start], folded[end : min(last, end + _AFTER_MAX)]
    whole = before + " " + folded[end:last]
    found = {
        "negated": _denied_before(before) or bool(NEGATION_AFTER.search(_clause(after))),
        "family": bool(FAMILY.search(before) or FAMILY.search(folded[end:last])),
        "hypothetical": bool(HYPOTHETICAL_BEFORE.search(_tail(before)) or HYPOTHETICAL_AFTER.match(after)),
        "historic": bool(HISTORIC.search(whole)),
    }
    return tuple(sorted(name for name, true in found.items() if true))


def _denied_before(before: str) -> bool:
    """Tell whether the last denial still holds at the end of ``before``.

    It ends at "mais" and the like, and at a comma that a new noun follows: "pas de fièvre, HTA"
    denies the fever only, "pas de fièvre, d'asthme" both.
    """
    cue = None
    for cue in NEGATION_BEFORE.finditer(before):  # noqa: B007 - the last one is wanted
        pass
    if cue is None:
        return False
    between = before[cue.end() :]
    if _BREAK.search(between):
        return False
    comma = between.rfind(",")
    return comma < 0 or bool(re.match(r",\s*(?:d'|de |du |des |ni |ou )", between[comma:]))


def _tail(before: str) -> str:
    """Return what lies behind the last comma: a doubt rarely reaches over it."""
    return before[before.rfind(",") + 1 :]


def _clause(after: str) -> str:
    """Return what lies before the next comma."""
    return after.split(",", 1)[0]
