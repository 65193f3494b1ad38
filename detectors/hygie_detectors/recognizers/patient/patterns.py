"""Forms of names, dates and hospital numbers, and the words around them.

Does:   holds data and bounded regexes for the patient recognizers.
Never:  backtracks over more than one name: every repetition is bounded.
Fails:  never.
Source: cartouches of ANS documents, hospital letters, mail; see the project's facts on health documents.
"""

from __future__ import annotations

import re
from typing import Final

from hygie_detectors.vocabulary import terms

# --- labels, folded -------------------------------------------------------------------------------

BIRTH_NAME_LABELS: Final = (
    "nom de naissance",
    "nom de famille",
    "nom patronymique",
    "nom de jeune fille",
    "nom marital",
    "nom d'usage",
    "nom usuel",
    "nom utilise",
    "prenom utilise",
    "prenom de naissance",
    "prenoms de naissance",
    "prenom(s) de naissance",
    "premier prenom de naissance",
    "1er prenom de naissance",
    "nom du patient",
    "nom de la patiente",
    "nom et prenom du patient",
    "nom patient",
    "identite du patient",
    "identite patient",
    "patient(e)",
)
"""Labels that only a form about a person carries."""
NAME_LABELS: Final = (
    "nom",
    "prenom",
    "prenoms",
    "prenom(s)",
    "nom et prenom",
    "nom et prenoms",
    "nom prenom",
    "nom / prenom",
    "nom/prenom",
    "nom - prenom",
    "prenom et nom",
    "prenom nom",
)
"""Labels of any form: they need a colon, and prove less."""
PATIENT_LABELS: Final = ("patient", "patiente", "beneficiaire des soins", "resident", "residente")
CONCERNING: Final = (
    "concernant",
    "concerne",
    "dossier de",
    "au sujet de",
    "a propos de",
    "etat de",
    "sortie de",
    "admission de",
    "suivi de",
    "prise en charge de",
    "nouvelles de",
    "j'ai vu",
    "nous avons recu",
)
"""Before a titled name: a patient's where health is spoken of nearby."""
CARE_OF: Final = (
    "resultats de",
    "resultats pour",
    "resultats d'analyses de",
    "laboratoire pour",
    "compte rendu de",
    "compte-rendu de",
    "compte rendu d'hospitalisation de",
    "ordonnance de",
    "ordonnance pour",
    "bilan de",
    "analyses de",
    "etat de sante de",
    "hospitalisation de",
    "dossier medical de",
    "dossier medical pour",
    "consultation de",
    "operation de",
    "votre patient",
    "votre patiente",
    "notre patient",
    "notre patiente",
    "je vous adresse",
    "m'avoir adresse",
    "a ete hospitalise",
    "a ete hospitalisee",
)
"""Before a name: it is a patient's whatever else is said."""
BIRTH_LABELS: Final = (
    "date de naissance",
    "dates de naissance",
    "date naissance",
    "date naiss",
    "ddn",
    "date de nais",
    "naissance",
)
BORN: Final = ("ne le", "nee le", "ne(e) le", "ne/nee le", "ne ou nee le", "nee", "ne(e)", "ne en", "nee en")
IPP_LABELS: Final = (
    "ipp",
    "identifiant patient",
    "identifiant permanent patient",
    "identifiant permanent du patient",
    "numero patient",
    "n° patient",
    "no patient",
    "numero de patient",
)
STAY_LABELS: Final = (
    "nda",
    "iep",
    "numero de sejour",
    "n° de sejour",
    "n° sejour",
    "no sejour",
    "numero sejour",
    "n° hosp",
    "n° hospitalisation",
    "n° d'hospitalisation",
    "numero d'hospitalisation",
    "n° dossier patient",
    "n° de dossier patient",
    "numero de dossier patient",
    "n° dossier medical",
    "n° d'admission",
    "numero d'admission",
    "numero de dossier administratif",
    "n° venue",
)
CLINICAL_COLUMNS: Final = frozenset(
    {
        *("diagnostic", "diagnostics", "pathologie", "pathologies", "maladie", "motif", "traitement"),
        *("traitements", "medicament", "ordonnance", "antecedents", "intervention", "resultat", "resultats"),
        *("motif d'hospitalisation", "motif de consultation", "cim10", "ghm", "ghs", "nir", "ins", "ipp"),
    }
)
"""Heads of columns that only a list of patients has beside names; so has a column of birth dates."""
TITLES: Final = (
    "m",
    "m.",
    "mr",
    "mr.",
    "mme",
    "mme.",
    "mlle",
    "monsieur",
    "madame",
    "mademoiselle",
    "enfant",
    "bebe",
    "l'enfant",
    "m. et mme",
)

# --- names, on the text with its capitals ------------------------------------------------------------

_UPPER: Final = "A-ZÀ-ÖØ-ÞŒŸ"
_LOWER: Final = "a-zà-öø-ÿœ"
_WORD: Final = rf"[{_UPPER}](?:[{_UPPER}{_LOWER}]|['-](?=[{_UPPER}{_LOWER}])){{1,30}}"
_INITIAL: Final = rf"[{_UPPER}]\."
_PARTICLE: Final = r"(?:de la|de|du|des|d'|le|la|el|ben|van|von|da|dos|di|DE LA|DE|DU|DES|D'|LE|LA|EL|BEN)"
_PIECE: Final = rf"(?:{_PARTICLE}[ ]?)?(?:{_WORD}|{_INITIAL})"
NAME: Final = re.compile(rf"{_PIECE}(?:[ ]{{1,3}}{_PIECE}){{0,4}}")
"""One to five capitalised words, with their particles, on one line."""
NAME_BEFORE: Final = re.compile(rf"({_PIECE}(?:[ ]{{1,3}}{_PIECE}){{0,4}})[ ]{{0,3}}[,(]?\s{{0,3}}$")
"""The same, ending where a birth phrase begins."""
LOWER_NAME: Final = re.compile(
    rf"[{_LOWER}{_UPPER}][{_LOWER}{_UPPER}'-]{{1,30}}(?:[ ][{_LOWER}{_UPPER}'-]{{2,30}})?"
)
"""What follows an explicit label may be typed without capitals."""
LOWER_WORD: Final = re.compile(rf"[{_LOWER}][{_LOWER}'-]{{2,30}}(?![{_UPPER}{_LOWER}])")
CELL_NAME: Final = re.compile(rf"[{_UPPER}{_LOWER}][{_UPPER}{_LOWER}.' -]{{1,60}}")
"""A name that fills a cell under a column of names."""

SEPARATOR: Final = re.compile(
    r"[ \t]{0,20}(?:\([^)\n]{0,30}\))?[ \t]{0,20}(?:[:=|;]|\n(?=[^\n])|\t| {3,})[ \t|]{0,20}"
)
"""Between a label and its value: a colon, a table cell, the next line, or a wide gap."""
COLON: Final = re.compile(r"[ \t]{0,10}(?:\([^)\n]{0,20}\))?[ \t]{0,10}[:=][ \t]{0,30}\n?[ \t]{0,10}")
SPACE: Final = re.compile(r"[ \t]{0,3}[:,]?[ \t\n]{1,4}")
TITLE: Final = re.compile(
    r"(?:M\.?|[Mm]r\.?|MR\.?|[Mm]me\.?|MME\.?|[Mm]lle|MLLE|[Mm]onsieur|MONSIEUR|[Mm]adame|MADAME|[Mm]ademoiselle|"
    r"[Ll]'enfant)"
    r"[ ]{1,3}"
)

ADDRESSED: Final = re.compile(r"[ ]{0,2},(?P<break>[ \t]{0,5}(?:\n|$))?")
"""Behind a name at the start of a line: the person is addressed, surely so where the line ends."""

NOT_NAMES: Final = frozenset(term.spelling for term in terms("not_names"))
"""Folded words that show that a value is no name, or that the name has ended."""
PROFESSIONAL_BEFORE: Final = re.compile(
    r"(?:\b(?:dr|docteur|doctoresse|pr|professeur|prof|me|maitre|cher|chere|confrere|consoeur|consour|bonjour|"
    r"bonsoir|salut|attention de|medecins?|prescripteur|praticien|auteur|signataire|pharmacien|biologiste|"
    r"interne|externe|chirurgien|redacteur|contact|responsable|gestionnaire|destinataire|expediteur|"
    r"interlocuteur|correspondant|directeur|directrice|selon|signe|rpps|adeli|finess|president|presidente|"
    r"chu|chru|hopital|clinique|centre|rue|avenue|av|bd|boulevard|place|universite|lycee|maladie|syndrome|"
    r"signe|score|classe|classification|test|indice|merci|cordialement|de la part de|repondu|avec|"
    r"utilisateur|conseiller|conseillere)\b[^\n]{0,12})$"
)
"""Folded text right before a name that makes it a professional's, a colleague's, an addressee's."""
PROFESSIONAL_AFTER: Final = re.compile(
    r"[ ]{0,3}[,(\n-]{0,2}[ \n]{0,3}(?:(?:notre|le|la|votre|l')[ ]?)?"
    r"(?:infirmier|secretaire|assistante?|cadre\b|"
    r"directeur|directrice|medecin|docteur|chef|charge|responsable|president|vice-president|ministre|depute|senat|"
    r"maire|professeur|pr\b|dr\b|praticien|interne\b|pharmacien|biologiste|avocat|conseill|gestionnaire|"
    r"ingenieur|technicien|rpps|adeli|n° rpps|service (?:client|rh|informatique|achat)|juge|procureur|"
    r"commissaire|"
    r"secretariat|rapporteur|coordinat|animat|psychologue|chercheur|auteur|porte-parole|fondat|"
    r"a (?:dit|declare|affirme|precise|indique|ajoute|explique|estime|propose|presente|vote)|"
    r"declare|affirme|precise|explique|estime|souligne|rappelle|annonce|vous (?:contactera|rappellera))"
)
"""Folded text right behind a name that gives its bearer a function, or makes it a speaker."""

# --- dates ------------------------------------------------------------------------------------------

_MONTHS: Final = (
    "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|"
    "janv|fevr?|avr|juil|sept|oct|nov|dec"
)
_TENS: Final = (
    "premier|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|"
    "vingt|trente"
)
DATE: Final = re.compile(
    r"(?P<day>\d{1,2})[ ]{0,2}[/.\-|][ ]{0,2}(?P<month>\d{1,2})[ ]{0,2}[/.\-|][ ]{0,2}"
    r"(?P<year>\d{4}|\d{2})(?!\d)"
    r"|(?P<year2>(?:18|19|20)\d{2})[-/.](?P<month2>\d{2})[-/.](?P<day2>\d{2})(?!\d)"
    r"|(?P<year3>(?:18|19|20)\d{2})(?P<month3>0[1-9]|1[0-2])(?P<day3>0[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?P<day4>0[1-9]|[12]\d|3[01])(?P<month4>0[1-9]|1[0-2])(?P<year4>(?:18|19|20)\d{2})(?!\d)"
    r"|(?P<spaced>\d(?: \d){7})(?![ ]?\d)"
    r"|(?P<day5>\d{1,2}) (?P<month5>\d{1,2}) (?P<year5>(?:19|20)\d{2})(?!\d)"
    rf"|(?P<day6>\d{{1,2}})(?:er)?[ ]{{1,3}}(?P<name6>{_MONTHS})\.?[ ]{{1,3}}(?P<year6>\d{{4}}|\d{{2}})(?!\d)"
    rf"|(?P<spelled>(?:{_TENS})(?:[ -](?:et[ -])?(?:{_TENS}))?[ ]{{1,2}}(?:{_MONTHS})[ ]{{1,2}}"
    r"(?:mille?|mil|deux[ -]mille?)[a-z -]{0,60})"
)
"""On the folded text. Every form met in documents: see the project's facts, section 10."""
BEFORE_DATE: Final = re.compile(
    r"\.?[ \t]{0,10}(?:\(e\))?[ \t]{0,10}(?:le[ ])?[:=|]?[ \t|\n]{0,30}(?:le[ ])?"
)
BORN_AS: Final = re.compile(rf"[ ]{{1,3}}(?:{_PIECE})(?:[ ]{_PIECE})?,?[ ]{{1,3}}(?:le|LE)[ ]{{1,3}}")
"""After "née": the birth name, then the date ("née LEROY le")."""
MONTH_NAMES: Final = {
    name: number
    for number, names in enumerate(
        (
            ("janvier", "janv"),
            ("fevrier", "fev", "fevr"),
            ("mars",),
            ("avril", "avr"),
            ("mai",),
            ("juin",),
            ("juillet", "juil"),
            ("aout",),
            ("septembre", "sept"),
            ("octobre", "oct"),
            ("novembre", "nov"),
            ("decembre", "dec"),
        ),
        1,
    )
    for name in names
}

AGED: Final = re.compile(
    r"(?P<date>\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d{2})[ ]{0,2}[(,-][ ]{0,2}(?:age[e]? de )?\d{1,3}[ ]$"
)
"""Before "ans", on the folded text: a date with the age it gives is a birth date ("22/01/1965 (57 ans)")."""
NUMBER: Final = re.compile(
    r"[ \t]{0,5}(?:\([^)\n]{0,20}\))?[ \t]{0,5}(?:n°|no|numero)?[ \t)]{0,5}[:=|#°.]?[ \t|\n]{0,20}"
    r"(?P<number>(?=[a-z]{0,2}\d)[a-z0-9]{5,15})(?![\w/]|[.,-]\d)"
)
"""After a label, on the folded text: five to fifteen characters, mostly digits."""
SURNAME_BEFORE: Final = re.compile(
    rf"(?<![{_UPPER}{_LOWER}'-])([{_UPPER}]{{2,30}}(?:[ '-][{_UPPER}]{{2,30}}){{0,2}})[ ]{{1,3}}$"
)
"""A surname in capitals right before a given name."""
