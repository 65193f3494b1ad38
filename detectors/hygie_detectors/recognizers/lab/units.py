"""Units of laboratory results, in all their spellings.

Does:   recognises a unit on folded text and gives its canonical form.
Never:  tells ``g/L`` from ``G/L``: on folded text both are ``g/l``, and nothing here needs to know.
Fails:  never.
Source: the project's facts on units: UCUM, ANS CDA, HPRIM files and report layouts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_MICRO: Final = "(?:µ|u|mc)"
_PER_LITRE: Final = r"[ ]?/[ ]?(?:l(?:itre)?|dl|ml|24[ ]?h|g|kg|mmol|mol|m?mm3)(?![a-z0-9])"

UNIT: Final = (
    r"(?:"
    # cells: 10^9/L, 10*12/L, x10?/L (a superscript folds to ?), giga/L, /mm3
    r"x?[ ]?10[ ]?[*^e?]{0,2}[ ]?(?:12|9|6|3)?[ ]?/[ ]?(?:l|mm3|µl|ml)"
    r"|giga[ ]?/[ ]?l|tera[ ]?/[ ]?l|t[ ]?/[ ]?l|m[ ]?/[ ]?mm3"
    r"|(?:elements?)?[ ]?/[ ]?(?:mm\^?[3³]|[µu]l|ml|champ)"
    rf"|ufc[ ]?/[ ]?ml|copies[ ]?/[ ]?ml|log(?:10)?(?:[ ]?copies[ ]?/[ ]?ml)?"
    # enzymes and hormones: UI/L, mUI/L, µUI/mL, [IU]/L
    rf"|(?:k|m|{_MICRO})?[ ]?\[?(?:ui|iu|u)\]?{_PER_LITRE}|(?:k|m)?ua[ ]?/[ ]?ml"
    # amounts: mmol/L, µmol/L, g/L, mg/24h, mEq/L
    rf"|(?:m|n|p|{_MICRO})?mol{_PER_LITRE}|meq{_PER_LITRE}|mosm(?:ol)?[ ]?/[ ]?(?:kg|l)"
    rf"|(?:k|m|n|p|{_MICRO})?gr?{_PER_LITRE}(?:[ ]?feu)?"
    r"|ml[ ]?/[ ]?min(?:[ ]?/[ ]?1[.,]73[ ]?m\^?[2²])?"
    r"|mm[ ]?\[?hg\]?|kpa|mm(?![a-z])|fl(?![a-z])|µ3|µm3|pg(?![a-z/])|sec(?:ondes?)?(?![a-z])|s(?![a-z0-9'])"
    r"|index|ratio|s/co|ct(?![a-z])|n(?![a-z0-9°'])|%"
    r")"
)
"""Pattern of one unit on folded text."""

_CANONICAL: Final = (
    (re.compile(r"^x?10.*/(?:l|ml)$"), "g/l"),
    (re.compile(r"^x?10.*/(?:mm3|µl)$"), "/mm3"),
    (re.compile(r"^(?:giga)/l$"), "g/l"),
    (re.compile(r"^tera/l$"), "t/l"),
    (re.compile(r"^m/mm3$"), "t/l"),
    (re.compile(r"^(?:elements?)?/(?:mm\^?[3³]|[µu]l)$"), "/mm3"),
    (re.compile(r"^log.*$"), "log"),
    (re.compile(r"^sec.*$"), "s"),
    (re.compile(r"^mm\[?hg\]?$"), "mmhg"),
    (re.compile(r"^ml/min.*$"), "ml/min"),
    (re.compile(r"^mosm.*$"), "mosm/kg"),
    (re.compile(r"^µm3$"), "µ3"),
    (re.compile(r"^meq/"), "mmol/"),
    (re.compile(r"^(?:mc|u)(?=g/|mol/|ui/|iu/)"), "µ"),
    (re.compile(r"feu$"), ""),
    (re.compile(r"gr/"), "g/"),
    (re.compile(r"/litre$"), "/l"),
    (re.compile(r"\[?iu\]?"), "ui"),
    (re.compile(r"^(k|m|µ)?u/"), r"\1ui/"),
)


@lru_cache(maxsize=512)
def canonical(unit: str) -> str:
    """Return the one form of a folded unit: ``10^9/l`` is ``g/l``, ``u/l`` is ``ui/l``."""
    form = unit.replace(" ", "")
    for pattern, replacement in _CANONICAL:
        form = pattern.sub(replacement, form)
    return form
