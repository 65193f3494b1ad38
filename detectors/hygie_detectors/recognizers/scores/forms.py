"""What the value of a score or of a vital sign looks like, on folded text.

Does:   holds one pattern a form, named by ``vocabulary/scores.tsv``, and the shapes that need no name
        before them: TNM, weeks of pregnancy, gestity and parity.
Never:  interprets a value. Every repetition is bounded.
Fails:  never.
Source: our own, from general medical knowledge; TNM as the UICC's 8th edition writes it.
"""

from __future__ import annotations

import re
from typing import Final

_N: Final = r"\d{1,3}(?:[.,]\d{1,2})?"
_END: Final = r"(?![\w/]|[.,]\d)"

TIE: Final = re.compile(
    r"[ ]?(?:\([^)\n]{0,25}+\))?+[ \t|.:=~]{0,20}+(?:\n[ \t|]{0,10}+)?+"
    r"(?:(?:a(?=[ ][\d<>ivx])|(?:est|etait|de|du|score|cotee?|calculee?|estimee?|evaluee?|stade|grade|classe"
    r"|type|initiale?|totale?|au|actuel(?:le)?"
    r"|environ|mesuree?|le|pic|droite?|gauche|od|og|bras|repos|an)(?![a-z])"
    r"|[<>?]|[+](?=\d))[ :=]{0,3}){0,4}+"
)
"""What may stand between a name and its value."""

_FORMS: Final = {
    "number": rf"{_N}{_END}",
    "score": rf"{_N}(?:[ ]?(?:/|sur)[ ]?\d{{1,3}})?{_END}",
    "of_any": rf"{_N}[ ]?(?:/|sur)[ ]?\d{{1,3}}{_END}",
    "of_ten": rf"\d{{1,2}}(?:[.,]\d)?[ ]?(?:/|sur)[ ]?10{_END}",
    "of_fifteen": rf"(?:1[0-5]|[3-9])(?:[ ]?(?:/|sur)[ ]?15)?{_END}"
    r"(?![ ](?:janv|fev|mars|avr|mai|juin|juil|aout|sept|oct|nov|dec))",
    "stage": r"(?:i{1,3}v?|iv|v|vi|[0-6])[ ]?(?:[a-f](?![a-z]))?[0-2]?(?![\w/%°€]|[.,]\d)",
    "dependence": r"[1-6](?![\w/%€]|[.,]\d|[ ]?(?:a|et|ou|-|,)[ ]?[1-6])",
    "roman": r"(?:i{2,3}|iv)[ ]?[a-c]?[0-2]?(?!\w)",
    "letter": r"[a-e](?:[ ]?[1-3])?(?![\w'])",
    "child": r"[a-c](?:[ ]?(?:\(?\d{1,2}\)?))?(?![\w'])|\d{1,2}(?![\w/])",
    "percent": r"\d{1,3}(?:[.,]\d)?[ ]?%",
    "bp": r"\d{1,3}(?:[.,]\d)?[ ]?(?:/|-|sur)[ ]?"
    r"\d{1,3}(?:[.,]\d)?"
    r"(?:[ ]?(?:mm|cm)[ ]?hg)?(?![\d/]|[.,]\d|[ ]?k?v(?:olts?)?(?![a-z]))|\d{2,3}[ ]?mm[ ]?hg",
    "pulse": r"\d{2,3}[ ]?(?:/[ ]?mi?n|bpm|btt?s?(?:/min)?|batt\w{0,10}|b/min|puls\w{0,9}|par minute)"
    r"|(?:[4-9]\d|1\d\d)(?![\w/:%€]|[.,]\d|[ ](?:eur|m2|km|ans))",
    "breaths": r"\d{1,2}[ ]?(?:/[ ]?mi?n|cpm|c/min|cycles?|par minute)",
    "temperature": r"(?:3[3-9]|4[0-2])(?:[.,]\d{1,2})?"
    r"(?:[ ]?°[ ]?c?(?![a-z])[ ]?\d?|[ ]?c(?![a-z]))?(?![\w/%]|[.,]\d|[ ]ans)",
    "kilograms": r"\d{1,3}(?:[.,]\d{1,3})?[ ]?(?:kg|kilos?)(?![a-z/])|\d{3,4}[ ]?g(?![a-z/])",
    "centimetres": r"\d{2,3}(?:[.,]\d)?[ ]?cm|[12][ ]?m[ ]?\d{0,2}(?!\w)|[12][.,]\d{1,2}[ ]?m(?![\w²])",
    "bmi": r"[1-7]\d(?:[.,]\d{1,2})?(?:[ ]?kg[ ]?/[ ]?m.?)?(?![\d/%]|[.,]\d)",
    "square": r"[12](?:[.,]\d{1,2})[ ]?m[2²]",
    "volume": r"\d{1,4}(?:[.,]\d{1,2})?[ ]?"
    r"(?:ml|l|cc|cl|kg)(?:[ ]?/[ ]?(?:24[ ]?h|j(?:our)?|h|kg/h))?(?![a-z])",
    "glucose": r"\d{1,3}(?:[.,]\d{1,2})?(?:[ ]?(?:g/l|mg/dl|mmol/l|g))?(?![\w/]|[.,]\d)",
    "date": r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}(?:er)? [a-z]{3,9} \d{4}",
    "breath_volume": r"\d{1,3}(?:[.,]\d{1,2})?[ ]?(?:%|l(?:[ ]?/[ ]?min)?(?![a-z])|ml)",
    "pressure": r"\d{1,3}(?:[.,]\d)?[ ]?(?:mm[ ]?hg|mm|m/s)|\d{2}[ ]?/[ ]?\d{2}(?![\d/])",
    "milliseconds": r"\d{2,3}[ ]?ms(?![a-z])",
    "litres_minute": r"\d{1,2}(?:[.,]\d)?[ ]?l(?:itres?)?[ ]?(?:/|par)[ ]?mi?n",
    "acuity": r"\d{1,2}(?:[.,]\d)?[ ]?/[ ]?(?:10|20)(?!\d)|p\d{1,2}(?!\d)",
    "ratio": rf"[01][.,]\d{{1,2}}{_END}",
    "gleason": r"\(?\d[ ]?\+[ ]?\d\)?(?:[ ]?=[ ]?\d{1,2})?"
    r"|\d{1,2}(?:[ ]?/[ ]?10)?(?:[ ]?[(=]{0,2}[ ]?\d[ ]?\+[ ]?\d\)?)?(?!\d)",
    "metavir": r"a[0-3][ ]?[-/]?[ ]?f[0-4](?!\w)|f[0-4](?!\w)",
    "kilopascal": r"\d{1,2}(?:[.,]\d)?[ ]?kpa|\d{3}[ ]?db/m",
    "karnofsky": r"\d{2,3}[ ]?%|\d0(?![\w/]|[.,]\d)",
    "apgar": r"\d{1,2}(?:[ ]?[-/, ][ ]?\d{1,2}){0,3}(?![\w/]|[.,]\d)",
    "millimetres": r"\d{1,2}(?:[.,]\d{1,3})?[ ]?mm(?![a-z])",
    "receptor": r"\d{1,3}[ ]?%|[0-3][ ]?\+(?!\d)|\+{1,3}(?!\d)|score [0-3]"
    r"|0(?![\w,.])|(?:negati|positi)(?:f|ve)s?|(?:non )?amplifie|-(?=[ ]?[,;.)\n])",
}  # fmt: skip
FORMS: Final = {name: re.compile(pattern) for name, pattern in _FORMS.items()}

TNM: Final = re.compile(
    r"T(?:[0-4](?:mi|[a-d])?\d?|is|[xXa])[ ,]{0,2}[cp]?N(?:[0-3](?:mi|[a-c])?|[xX+])"
    r"(?:[ ]?\((?:sn|i[+-]|mi)\))?"
    r"(?:[ ,]{0,2}[cp]?M(?:[01][a-c]?|[xX+]))?(?![\w])"
)
"""``T2N1M0``; its prefix (p, yp, c) is looked for backwards: the search begins at a letter, and is fast."""
PATHOLOGICAL: Final = re.compile(r"pT(?:[0-4](?:mi|[a-d])?|is|[xX])(?!\w)")
"""``pT3a`` alone."""
PREFIX: Final = re.compile(r"(?:^|(?<=[^\w]))[acmpruy]{0,3}$")
WEEKS: Final = re.compile(
    r"S(?:A(?<=[\d ]SA)(?!\w)(?:[ ]?\+[ ]?\d[ ]?(?:jours?|j)?)?)|semaines? d'am[ée]norrh[ée]e"
)
"""Behind a number of weeks: ``28 SA + 3 j``."""
WEEKS_BEFORE: Final = re.compile(r"(?<![\d.,/])(?:[3-9]|[1-3]\d|4[0-3])(?:[.,]\d)?[ ]?$")
PARITY: Final = re.compile(r"G(?<!\wG)\d{1,2}[ ]?P\d{1,2}(?:[ ]?A\d)?(?!\w)")
"""Gestity and parity: ``G2P1``."""
