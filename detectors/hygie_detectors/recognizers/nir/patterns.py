"""What a NIR looks like and which words stand beside it: data, to be reviewed without the code.

Source: decree 82-103 of 22 January 1982, art. 4; CNAM nir-validation (months, vectors); layouts
        seen in eds-pseudo, ANS documents and HPRIM headers.
"""

from __future__ import annotations

import re
from typing import Final

from hygie_detectors.recognizers.base import Sketched

SEPARATOR: Final = r"[ \t\n./|,;_-]"
"""Between groups or digits. Three at most: `` | `` between two table cells, `` / `` before the key."""

KEY_WORD: Final = r"[ ,(/:-]{0,3}cl[ée](?: de contr[ôo]le)?[ :=]{0,3}"
"""``1780599330108 clé : 17``."""

JOIN: Final = rf"(?:{SEPARATOR}{{1,3}}|{KEY_WORD})"

CORSICA: Final = r"[AaBb](?![A-Za-zÀ-ÿ])"
"""The letter of 2A and 2B, not the first letter of a word (``12 bis``)."""

TOKEN: Final = rf"(?:\d+(?:(?<=2){CORSICA}\d*)?|(?:(?<=2[ \t\n./|,;_-])|(?<=2 \| )){CORSICA})"
"""Digits, with Corsica's letter inside, at the end, or in a cell of its own."""

TOKENS: Final = re.compile(TOKEN)

SHAPE: Final = re.compile(rb"0(?<!00)(?: {0,3}0){4}(?: {0,3}[0a]){2}(?: {0,3}0){6}")
"""Thirteen digits or more with separators, where 0 is a digit, a space a separator, and a stands for both a
and b. Linear: a digit is never a separator, so there is one way to read any run."""

RUN: Final = re.compile(rf"{TOKEN}(?:{JOIN}{TOKEN})*", re.IGNORECASE)
"""A whole run of digit groups, where :data:`SHAPE` begins."""

_GAP: Final = r"[\W_]{1,16}"
FIELDS: Final = re.compile(
    rf"(?<!\w)[1-478](?:{_GAP}\d\d){{2}}{_GAP}(?:\d\d|2[ABab])(?:{_GAP}\d{{3}}){{2}}{_GAP}\d\d(?!\w)"
)
"""All fields, whatever parts them: quotation marks, quoted lines, wide columns, list marks."""
BOXES: Final = re.compile(r"(?<!\w)[1-478](?P<gap>[\W_]{1,16})\d(?:(?P=gap)\d){13}(?!\w)")
"""Every digit for itself, with the same between all of them."""
ALL_BOXES: Final = Sketched(
    r"[12](?<!\d\d)(?<!\d[ ][12])(?:[ ]\d){14}(?![ ]?\d)", kinds=(b" ".join([b"0"] * 15),)
)
"""The same with one space, whatever the key."""
USUAL: Final = re.compile(r"[^\W_]+(?:[ \t\n/|,;_-]{1,3}[^\W_]+)+")
"""What :data:`RUN` reads already."""
ODD_SHAPE: Final = re.compile(
    rb"0  {0,15}0(?:0 {1,16}00 {1,16}(?:00|0x) {1,16}000 {1,16}000| {1,16}0(?: {1,16}0){12})"
)
"""Both, where 0 is a digit, x a letter, and a space anything else."""
FLOAT: Final = re.compile(r"\.0(?![\d.])")
"""Behind a whole number that passed through a floating-point column."""

FIELD_CUTS: Final = frozenset({1, 3, 5, 7, 10, 13})
"""Where the fields end: sex, year, month, department, commune, order."""
SPACED_CUTS: Final = frozenset(range(1, 14))
"""Every digit for itself, as in the boxes of a form; the key's two may stand together."""

STRONG: Final = (
    "nir", "n.i.r", "n.i.r.", "nia", "nnp", "mig", "numero provisoire", "n° provisoire",
    "numero national provisoire", "numero de migrant", "migrant de passage",
    "numero de securite sociale", "n° de securite sociale", "no de securite sociale",
    "num de securite sociale", "n° securite sociale", "numero securite sociale", "securite sociale",
    "numero de secu", "n° de secu", "n° secu", "no secu", "numero secu", "num secu", "code secu",
    "secu", "secu sociale", "secu soc", "securite soc", "n i r",
    "n° ss", "no ss", "num ss", "numero ss", "n° s.s", "n° s.s.", "nss", "n°ss", "n°secu", "n°nir",
    "matricule ins", "ins nir", "ins nia", "ins",
    "numero d'inscription au repertoire", "numero d'immatriculation", "n° d'immatriculation",
    "numero immatriculation", "n° immatriculation", "n° immat", "immatriculation de l'assure",
    "numero d'assure", "n° d'assure", "code de l'assurance maladie", "numero d'assurance maladie",
    "numero d'identification national", "n° d'identification national", "n° d'id national",
    "carte vitale", "numero vitale", "n° de carte vitale",
    "ssn",
)  # fmt: skip
"""Words that name the number: beside them a wrong key, or no key, still counts."""

SUPPORTING: Final = (
    "assure", "assuree", "assure social", "assuree sociale", "n° assure",
    "n° d'identification", "numero d'identification", "n° d'id",
    "beneficiaire", "ouvrant droit", "insee", "numero insee", "n° insee", "matricule", "immatriculation",
    "caisse", "cpam", "regime general", "msa", "ameli", "feuille de soins", "mutuelle",
    "ne le", "nee le", "date de naissance",
)  # fmt: skip
"""Words that often stand near one: beside them a right key is certain; a wrong one says nothing."""

NOT_A_NIR: Final = (
    "siret",  # 14 digits, and a key of two more in some exports
    "siren", "tva",  # companies
    "iban", "rib", "bban",  # the tail of a French IBAN can pass the key by chance
    "imei", "iccid",  # 15 and 19 digits; an IMEI begins with 3 as a temporary NIR may
    "ean", "gtin", "isbn", "sscc",  # goods
    "colissimo", "chronopost", "numero de suivi", "n° de suivi", "tracking",  # parcels
    "carte bancaire", "n° de carte bancaire", "amex",  # 15 digits for one brand
)  # fmt: skip
"""Words after which a number is another one, unless a word of STRONG stands nearer."""

ATTACHED: Final = re.compile(r"(?<![a-z])(?:nir|nia|nss|ssn|ins|secu|cle|no?)$")
"""What may touch the number on its left though it ends in a letter: ``NIR1780…``, ``n1780…``."""

BORDER: Final = re.compile(r"[\t\n|;,]|\.\s|  | - ")
"""What parts a number from the next: a cell's border, the end of a sentence, a wide space."""
CELL: Final = frozenset("\t\n|;,")
"""Borders of cells; where they stand inside a number (one group a cell), they part nothing."""
