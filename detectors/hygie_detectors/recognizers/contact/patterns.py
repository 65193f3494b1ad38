"""Forms of phone numbers, e-mail addresses and postal addresses. Data only.

Does:   holds words and bounded regexes for ``contact.py``, all on folded text.
Never:  backtracks over more than one number or one address.
Fails:  never.
Source: ARCEP national numbering plan (ten digits, 01 to 09, +33 and the overseas codes); RFC 5321 for
        e-mail; AFNOR XP Z 10-011 for addresses; layouts of letters and of notes read by OCR.
"""

from __future__ import annotations

import re
from typing import Final

# --- phones -------------------------------------------------------------------------------------------

_GAP: Final = r"[ ]?[./-]?[ ]?"
_PAIR: Final = rf"(?:{_GAP}[\do]\d|{_GAP}\d[o\d])"
_REST: Final = rf"{_GAP}(?:\(?0\)?{_GAP})?[1-9]{_PAIR}{{4}}(?!\w)"
PHONE: Final = re.compile(  # each way begins with a letter of its own, so that the search skips to it
    # 01 23 45 67 89, in any grouping by pairs; OCR reads a zero as the letter
    rf"0(?<![\d.,]0)(?<!\d[ -]0)(?!\d[./-]\d\d[./-](?:19|20)\d\d)[1-9]{_PAIR}{{4}}(?![\w@])"
    rf"|o(?<!\wo)[1-9](?:[ .-]{_PAIR}){{4}}(?!\w)"
    # +33 1 23 45 67 89, 0033…, (33) 1 23…, +33 (0)1 23…
    rf"|\+33{_REST}|0033(?<!\d0033){_REST}|\(\+?33\){_REST}"
    # other countries and the overseas codes
    r"|\+(?!33)[1-9]\d{0,2}(?:[ .()/-]{0,2}\d){7,12}(?![\w])"
)
PHONE_LABELS: Final = (
    "tel", "telephone", "telephones", "telephonique", "phone", "fax", "telecopie", "telecopieur", "poste",
    "bip", "dect", "mobile", "portable", "gsm", "standard", "secretariat", "joignable au", "joignables au",
    "faxer au", "faxer a", "faxe au", "faxee a", "appeler le", "appelant le", "rappeler au", "contacter au",
    "appeler au", "numero suivant", "ligne telephonique", "numero de telephone",
)  # fmt: skip
AFTER_LABEL: Final = re.compile(
    r"[ .]{0,3}(?:\([^)\n]{0,15}\))?[ ]{0,3}(?:n°|no|est[ ]le|est)?[ ]?[:=]?[ ]{0,3}"
    r"(?P<phone>[+(]?\d(?:[ ./()-]{0,2}[\do]){4,14})(?![\w/])"
)
"""Behind such a word, five digits or more in any grouping: a short number, a foreign one."""

# --- e-mail -------------------------------------------------------------------------------------------

_DOT: Final = r"(?:\.|[ ]\.[ ])"
DOMAIN: Final = re.compile(
    rf"@[ ]?(?P<domain>[a-z0-9][a-z0-9-]{{0,62}}(?:{_DOT}[a-z0-9-]{{1,63}}){{0,5}}{_DOT}[a-z]{{2,24}})"
    r"(?![\w-])"
)
"""The at sign and what stands behind it; OCR and careful people put spaces around it and around the dot."""
LOCAL_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789._%+'-&"
LOCAL_MAX: Final = 64
"""Octets of a local part (RFC 5321, 4.5.3.1.1)."""
ROLES: Final = re.compile(
    r"(?:accueil|achats?|administration|adhesion|admin|abonnements?|assistance|billing|bonjour|bureau|cabinet|"
    r"cellule|centre|clients?|commandes?|commercial|communication|compta(?:bilite)?|contacts?|courrier|devis|"
    r"direction|dpo|drh|equipe|facturation|formation|hello|help|hotline|info(?:s|rmations?)?|inscriptions?|"
    r"labo(?:ratoire)?|mailer-daemon|marketing|newsletter|no-?reply|ne-?pas-?repondre|notifications?|office|"
    r"paie|postmaster|presse|qualite|rdv|reclamations?|recrutement|relations?|reservations?|rh|sales|"
    r"secretariat|service|support|urgences|vente|webmaster)(?:[._-][a-z0-9._-]{0,40})?\Z"
)
"""Local parts that are an office, not a person."""

# --- addresses ------------------------------------------------------------------------------------------

STREETS: Final = (
    "rue", "avenue", "av", "avn", "ave", "boulevard", "boulevards", "bd", "bld", "blvd", "place", "allee",
    "allees", "chemin", "impasse", "imp", "quai", "cours", "route", "rte", "passage", "square", "villa",
    "residence", "lotissement", "hameau", "lieu-dit", "lieudit", "faubourg", "fbg", "sentier", "esplanade",
    "promenade", "rond-point", "montee", "traverse", "venelle", "voie", "clos", "strasse", "street",
)  # fmt: skip
"""What a street is called. They count behind a number or a word of where one lives only."""
NUMBER_BEFORE: Final = re.compile(
    r"(?<![\w.,/:-])(?:\d{1,4}(?:[ ]?(?:bis|ter|quater|[a-d]))?(?:[ ]?[-/][ ]?\d{1,4})?|"
    r"un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix)[ ]?,?[ ]{0,3}\Z"
)
NAME_OF_STREET: Final = re.compile(
    r"(?:[ .]{1,3}(?:de la|de l'|des|du|de|d'|la|le|les|l'|et)){0,3}[ ]{0,2}[a-z0-9][a-z0-9'.-]{0,30}"
    r"(?:[ ][a-z0-9'.-]{1,30}){0,5}"
)
POSTCODE: Final = re.compile(r"\b\d{2}[ ]?\d{3}\b")
TOWN: Final = re.compile(
    r"[ ,;\n(-]{0,6}(?:[a-z .°0-9'-]{0,30}[,\n -]{1,3}){0,2}(?P<postcode>(?:f-)?\d{2}[ ]?\d{3})"
    r"(?:[ ,\n-]{1,4}(?P<town>[a-z][a-z' -]{1,40}))?"
)
"""Behind a street: a complement, the postcode, the town."""
LIVES: Final = re.compile(
    r"(?:domicilie[e]?s?|demeurant|reside(?:nt)?e?|residant|habitant|habite|vit|loge|domicile|adresse|"
    r"chez (?:lui|elle)|residence)[ ]{0,2}(?:personnelle|postale|du patient|de la patiente)?[ ]{0,2}"
    r"(?:a l'adresse|se situe|est situee?|est|:)?[ ]{0,3}(?:au|a|:|est|dans|,)?[ ]{0,3}\Z"
)
"""Right before an address: it is where a person lives."""
OFFICE_BEFORE: Final = re.compile(
    r"\b(?:dr|drs|docteur|pr|professeur|hopital|hopitaux|clinique|chu|chru|ch|ghu|gh|cabinet|laboratoire|"
    r"centre|institut|service|departement|universite|societe|sarl|sas|sa|siege|siret|finess|rpps|adeli|"
    r"association|mairie|prefecture|caisse|cpam|mutuelle|agence|imprime|contact|secretariat)\b"
)
"""On the lines above an address: it is an establishment's, a letterhead."""
