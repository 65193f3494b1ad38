"""Units of laboratory results, in all their spellings.

Does:   recognises a unit on folded text and gives its canonical form.
Never:  tells ``g/L`` from ``G/L``: on folded text both are ``g/l``, and nothing here needs to know.
Fails:  never.
Source: the project's facts on units: UCUM, ANS CDA, HPRIM files and report layouts. OCR reads the
        ``l`` of a unit as ``I``, ``1`` or a bar: ``g/dI`` is ``g/dl``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_MICRO: Final = "(?:µ|u|mc)"
_LITRE: Final = "(?:litres?|l|i(?![a-z]))"
_PER_LITRE: Final = (
    rf"[ ]?/[ ]?(?:[dm]?{_LITRE}|24[ ]?h(?:eures)?|jour|j|kg|g|mmol|mol|m?mm3|100[ ]?ml)(?![a-z0-9])"
)

UNIT: Final = (
    r"(?:"
    # cells: 10^9/L, 10*12/L, x10?/L (a superscript folds to ?), giga/L, /mm3
    rf"x?[ ]?10[ ]?[*^e?³]{{0,2}}[ ]?(?:12|9|6|3)?[ ]?/[ ]?(?:{_LITRE}|mm\^?[3³]|[µu]l|ml)"
    rf"|giga[ ]?/[ ]?{_LITRE}|tera[ ]?/[ ]?{_LITRE}|t[ ]?/[ ]?{_LITRE}(?![a-z])|[mk][ ]?/[ ]?(?:mm3|[µu]l)"
    r"|(?:elements?|milliers?|millions?|mio|cellules?|leucocytes?|hematies?|germes?)?"
    r"[ ]?(?:/|par[ ])[ ]?(?:mm\^?[3³]|[µu]l|ml|champ)"
    r"|[uc]fc?u?[ ]?/[ ]?ml|ucc[ ]?/[ ]?ml|copies[ ]?/[ ]?ml|log(?:10)?(?:[ ]?(?:copies|ui)[ ]?/[ ]?ml)?"
    # enzymes and hormones: UI/L, mUI/L, µUI/mL, [IU]/L, U.I./L
    rf"|(?:k|m|{_MICRO})?[ ]?\[?(?:u\.?i\.?|iu|u)\]?{_PER_LITRE}|(?:k|m|b)?[ua][ua][ ]?/[ ]?(?:ml|{_LITRE})"
    # amounts: mmol/L, µmol/L, g/L, mg/24h, mEq/L
    rf"|(?:m|n|p|f|{_MICRO})?mol{_PER_LITRE}|meq{_PER_LITRE}|mosm(?:ol)?[ ]?/[ ]?(?:kg|{_LITRE})"
    r"|m?g[ ]?%|(?:fois|x) la normale"
    rf"|(?:k|m|n|p|{_MICRO})?gr?{_PER_LITRE}(?:[ ]?feu)?"
    r"|ml[ ]?/[ ]?mi?n(?:[ ]?/[ ]?1[.,]73[ ]?m\^?[2²]?)?"
    r"|mm[ ]?\[?hg\]?|kpa|mm[ ]?/[ ]?h|mm(?![a-z])|fl(?![a-z])|l[ ]?/[ ]?l(?![a-z])|µ3|µm3|pg(?![a-z/])"
    r"|s/co|sec(?:ondes?)?(?![a-z])|s(?![a-z0-9/'])"
    r"|index|ratio|ct(?![a-z])|mom(?![a-z])|x?[ ]?n(?![a-z0-9°'])|%"
    r")"
)
"""Pattern of one unit on folded text."""

_CANONICAL: Final = (
    (re.compile(rf"/{_LITRE}$"), "/l"),
    (re.compile(r"/di$"), "/dl"),
    (re.compile(r"/mi$"), "/ml"),
    (re.compile(r"^x?10.*/(?:l|ml)$"), "g/l"),
    (re.compile(r"^x?10.*/(?:mm\^?[3³]|[µu]l)$"), "/mm3"),
    (re.compile(r"^k/(?:mm3|[µu]l)$"), "/mm3"),
    (re.compile(r"^(?:giga)/l$"), "g/l"),
    (re.compile(r"^tera/l$"), "t/l"),
    (re.compile(r"^m/(?:mm3|[µu]l)$"), "t/l"),
    (re.compile(r"^[a-z]*(?:/|par)(?:mm\^?[3³]|[µu]l)$"), "/mm3"),
    (re.compile(r"^(?:elements?|millions?|mio|cellules?|leucocytes?|hematies?|germes?)?(?:/|par)ml$"), "/ml"),
    (re.compile(r"^(?:cfu|uf)/ml$"), "ufc/ml"),
    (re.compile(r"^log.*$"), "log"),
    (re.compile(r"^sec.*$"), "s"),
    (re.compile(r"^mm\[?hg\]?$"), "mmhg"),
    (re.compile(r"^ml/mi?n.*$"), "ml/min"),
    (re.compile(r"^mosm.*$"), "mosm/kg"),
    (re.compile(r"^µm3$"), "µ3"),
    (re.compile(r"^(?:fois|x)lanormale$|^xn$"), "n"),
    (re.compile(r"^(m?g)%$"), r"\1/dl"),
    (re.compile(r"^meq/"), "mmol/"),
    (re.compile(r"^(?:mc|u)(?=g/|mol/|ui/|iu/)"), "µ"),
    (re.compile(r"feu$"), ""),
    (re.compile(r"gr/"), "g/"),
    (re.compile(r"/100ml$"), "/dl"),
    (re.compile(r"/(?:24heures|jour|j)$"), "/24h"),
    (re.compile(r"u\.?i\.?(?=/)"), "ui"),
    (re.compile(r"\[?iu\]?"), "ui"),
    (re.compile(r"^(k|m|µ)?\[?u\]?/"), r"\1ui/"),
    (re.compile(r"^[mkb]?[ua][ua]/"), "ua/"),
)


@lru_cache(maxsize=512)
def canonical(unit: str) -> str:
    """Return the one form of a folded unit: ``10^9/l`` is ``g/l``, ``u/l`` is ``ui/l``."""
    form = unit.replace(" ", "")
    for pattern, replacement in _CANONICAL:
        form = pattern.sub(replacement, form)
    return form
