"""Forms of names, and the words around them.

Does:   holds data and bounded regexes for the rules that find names.
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
CLINICAL_COLUMNS: Final = frozenset(
    {
        *("diagnostic", "diagnostics", "pathologie", "pathologies", "maladie", "motif", "traitement"),
        *("traitements", "medicament", "ordonnance", "antecedents", "intervention", "resultat", "resultats"),
        *("motif d'hospitalisation", "motif de consultation", "cim10", "ghm", "ghs", "nir", "ins", "ipp"),
    }
)
"""Heads of columns that only a list of patients has beside names; so has a column of birth dates."""
_YOUR: Final = (
    *("prise de sang", "bilan sanguin", "bilan biologique", "traitement par", "traitement medical", "irm"),
    *("traitement actuel", "hospitalisation", "biopsie", "scanner", "echographie", "radiographie", "ecbu"),
    *(
        "mammographie",
        "coloscopie",
        "endoscopie",
        "chimiotherapie",
        "radiotherapie",
        "grossesse",
        "fibroscopie",
    ),
    *(
        "intervention chirurgicale",
        "ordonnance",
        "etat de sante",
        "diabete",
        "cancer",
        "maladie",
        "pathologie",
    ),
    *("passage aux urgences", "dossier medical", "suivi medical", "vaccination", "depistage", "glycemie"),
    *("tension arterielle", "cholesterol", "serologie", "test de grossesse", "consultation medicale"),
)
YOUR_CARE: Final = (
    *(f"votre {thing}" for thing in _YOUR),
    *("vos analyses", "vos resultats d'analyse", "vos resultats d'analyses", "vos resultats d'examen"),
    *("vos resultats d'examens", "vos resultats biologiques", "vos resultats de laboratoire"),
    *(
        "vos antecedents",
        "vos medicaments",
        "vos symptomes",
        "vos douleurs",
        "vos radios",
        "vos radiographies",
    ),
)
"""What a letter says to the one whose care it is about."""
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

DOCTORS: Final = (
    "dr", "dr.", "drs", "docteur", "docteurs", "doctoresse", "pr", "pr.", "prof", "prof.", "professeur",
    "professeurs", "interne", "internes", "externe", "externes",
)  # fmt: skip
"""What a professional of care is called before the name."""

# --- names, on the text with its capitals ------------------------------------------------------------

_UPPER: Final = "A-ZÀ-ÖØ-ÞŒŸ"
_LOWER: Final = "a-zà-öø-ÿœ"
_WORD: Final = rf"[{_UPPER}](?:[{_UPPER}{_LOWER}]|['-](?=[{_UPPER}{_LOWER}])){{1,30}}+"
"""It gives back none of its letters: a search for names that end somewhere would try each."""
_INITIAL: Final = rf"[{_UPPER}](?:\.|(?=[ ][{_UPPER}]))"
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
    r"(?:[ ]{1,3}|(?<=\.))"
)

ADDRESSED: Final = re.compile(r"[ ]{0,2},(?P<break>[ \t]{0,5}(?:\n|$))?")
"""Behind a name at the start of a line: the person is addressed, surely so where the line ends."""

GREETING: Final = re.compile(
    r"\s{0,10}(?:(?:bonjour|bonsoir|cher|chere|cher\(e\)|re-bonjour|rebonjour)[ ,]{1,3}){0,2}"
)
"""Folded text from the start of a line to the title of whom it greets."""
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
    r"externe\b|ph\b|pu-ph|mcu-ph|phc\b|cca\b|asp\b|ide\b|chirurgien|kinesi|dieteticien|sage-femme|"
    r"assistant social|coordonn|investigat|"
    r"a (?:dit|declare|affirme|precise|indique|ajoute|explique|estime|propose|presente|vote)|"
    r"declare|affirme|precise|explique|estime|souligne|rappelle|annonce|vous (?:contactera|rappellera))"
)
"""Folded text right behind a name that gives its bearer a function, or makes it a speaker."""

BORN_AS: Final = re.compile(rf"[ ]{{1,3}}(?:{_PIECE})(?:[ ]{_PIECE})?,?[ ]{{1,3}}(?:le|LE)[ ]{{1,3}}")
"""After "née": the birth name, then the date ("née LEROY le")."""
SURNAME_BEFORE: Final = re.compile(
    rf"(?<![{_UPPER}{_LOWER}'-])([{_UPPER}]{{2,30}}(?:[ '-][{_UPPER}]{{1,30}}){{0,2}})[ ]{{1,3}}$"
)
"""A surname in capitals right before a given name."""
TITLE_CASE_BEFORE: Final = re.compile(
    rf"([{_UPPER}](?<![\w'-].)[{_LOWER}]{{2,30}}(?:-[{_UPPER}][{_LOWER}]+)?)[ ]{{1,3}}$"
)
"""A surname with one capital right before a given name: "Dupont Jeanne"."""
INITIALS_NAME: Final = re.compile(
    rf"[{_UPPER}](?<![\w.'-].)(?:\.(?:[ ]?-?[{_UPPER}]\.)?|-[{_UPPER}]\.|h\.)[ ]?"
    rf"(?P<name>{_WORD}(?:[ -]{_WORD})?)"
)
"""Initials with a surname: "J.-P. DUPONT", "A. Lemaire"."""
LISTED_BEFORE: Final = re.compile(r"(?:^|[\n,:;(|\t-])[ \t]{0,3}\Z")
"""Before initials that begin an entry of a list; elsewhere a full stop may have ended a sentence."""
NAMED_AFTER: Final = re.compile(
    r"(?:\b(?:rue|avenue|avn|av|bd|boulevard|place|quai|square|allee|cours|route|impasse|chemin|passage|pont|"
    r"stade|gare|aeroport|hopital|hop|chu|chr|chru|ch|ghu|gh|clinique|centre|institut|fondation|prix|lycee|"
    r"college|ecole|universite|faculte|saint|sainte|st|ste|salle|amphi|amphitheatre|pavillon|batiment|maladie|"
    r"syndrome|signe|score|test|loi|amendement|anneau|effet|espace|musee|theatre|cinema|rond-point)\.?"
    r"(?:[ ](?:de la|de|du|des|le|la))?[ ]{1,2}(?:d'|l')?)\Z"
)
"""Folded text before a name that something bears, which names nobody."""
AFTER_DOCTOR: Final = re.compile(
    r"\.?[ \t]{0,3}(?::[ \t]{0,3})?(?:(?:Dr|DR|Pr|PR|M|Mme|Docteur|Professeur)\.?[ ]{1,2})?"
    r"(?:[A-Z](?:\.-?[A-Z])?(?:\.[ ]{0,2}|[ ]{1,2})(?=[A-Z]))?"
)
"""Between such a word and the surname: a colon, a second title, initials."""
CARE_DOCUMENT: Final = re.compile(
    r"\b(?:ordonnances?|prescription|biologie|biologique|irm|scanner|tdm|echographies?|radiographies?|radios?|"
    r"crh|cro|cru|hospitalisation|consultation|anapath|anatomopathologie|ecbu|nfs|bilan (?:sanguin|bio)|"
    r"lettre de (?:liaison|sortie)|certificat medical|arret de travail|analyses?|serologie|vaccination|"
    r"mammographie|coloscopie|endoscopie|operatoire|ecg|eeg|dossier medical|sortie|urgences)\b"
)
"""Folded words of a file's name that make it a document about the person it names."""
