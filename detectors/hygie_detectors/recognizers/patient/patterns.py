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
    "a vu",
    "dossier",
    "transfert",
    "identite",
    "patient hospitalise",
    "patiente hospitalisee",
    "hospitalise",
    "hospitalisee",
    "entrant",
    "entrante",
    "usager",
    "usagere",
    "victime",
    "eleve",
    "detenu",
    "detenue",
    "salarie",
    "salariee",
    "assure",
    "assuree",
    "beneficiaire",
    "personne concernee",
    "conducteur",
    "conductrice",
    "caporal",
    "sergent",
    "pt :",
    "pt:",
    "pat. :",
    "pat.:",
)
"""Before a titled name: a patient's where health is spoken of nearby."""
_EXAMINATIONS: Final = (
    *("scanner", "irm", "echographie", "radio", "radiographie", "biopsie", "mammographie", "coloscopie"),
    *("fibroscopie", "ecg", "eeg", "prise de sang", "examen clinique", "bilan sanguin", "traitement"),
)
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
    "resultat de",
    "audiogramme de",
    "spirometrie de",
    "coro de",
    "coronarographie de",
    "frottis de",
    "holter de",
    "dossier mdph de",
    "carte vitale de",
    "bon de transport de",
    "pilulier de",
    "piluliers de",
    "spdt de",
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
    *(f"{examination} de" for examination in _EXAMINATIONS),
    "a ete hospitalise",
    "a ete hospitalisee",
)
"""Before a name: it is a patient's whatever else is said."""
CLINICAL_COLUMNS: Final = frozenset(
    {
        *("diagnostic", "diagnostics", "pathologie", "pathologies", "maladie", "motif", "traitement"),
        *("traitements", "medicament", "ordonnance", "antecedents", "intervention", "resultat", "resultats"),
        *("geste", "acte", "actes", "vaccins", "vaccin", "allergie", "allergies", "anesthesie", "dp", "das"),
        *("mutation", "stade", "symptomes", "handicap", "regime alimentaire", "grossesse", "glycemie"),
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
    *("votre consultation pour", "votre consultation du", "votre venue aux urgences", "votre operation"),
    *(
        "le resultat de la biopsie",
        "les resultats de la biopsie",
        "le resultat de votre",
        "les resultats de votre",
    ),
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
    "melle",
    "couple",
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

_EXTENDED: Final = [chr(code) for code in range(0x0100, 0x0250)]
_UPPER: Final = "A-ZÀ-ÖØ-Þ" + "".join(c for c in _EXTENDED if c.isupper())
_LOWER: Final = "a-zà-öø-ÿ" + "".join(c for c in _EXTENDED if c.islower())
_WORD: Final = rf"[{_UPPER}](?:[{_UPPER}{_LOWER}]|['-](?=[{_UPPER}{_LOWER}])){{1,30}}+"
"""It gives back none of its letters: a search for names that end somewhere would try each."""
_INITIAL: Final = rf"[{_UPPER}](?:\.(?:-?[{_UPPER}]\.)?|(?=[ ][{_UPPER}]))"
_PARTICLE: Final = (
    r"(?:de la|de|du|des|d'|le|la|el|ben|van den|van der|van|von|da|dos|di|y|e|"
    r"DE LA|DE|DU|DES|D'|LE|LA|EL|BEN)"
)
_PIECE: Final = rf"(?:{_PARTICLE}[ ]?)?(?:{_WORD}|{_INITIAL})"
NAME: Final = re.compile(rf"{_PIECE}(?:[ ]{{1,3}}{_PIECE}){{0,4}}")
"""One to five capitalised words, with their particles, on one line."""
NAME_BEFORE: Final = re.compile(rf"({_PIECE}(?:[ ]{{1,3}}{_PIECE}){{0,4}})[ ]{{0,3}}[,(]?\s{{0,3}}$")
"""The same, ending where a birth phrase begins."""
NAME_AND_SEX: Final = re.compile(
    rf"(?<![{_UPPER}{_LOWER}'-])(?:{_PARTICLE}[ ])?"
    rf"[{_UPPER}][{_UPPER}'-]{{1,30}}(?:[ ][{_UPPER}][{_UPPER}'-]{{1,30}}){{0,4}}"
    rf"(?P<given>(?:,?[ ]{_WORD}){{0,2}})[ ]{{0,3}}[,;(*|/\t-]{{0,2}}[ \n]{{0,2}}"
    rf"(?P<sex>[MFH][ ]{{0,2}}[,;)*|/\t-]{{0,2}}[ ]{{0,2}})?[(]?$"
)
"""A surname in capitals, given names with one capital, a sex; then a date begins."""
LOWER_NAME: Final = re.compile(
    rf"[{_LOWER}{_UPPER}][{_LOWER}{_UPPER}'-]{{1,30}}(?:[ ][{_LOWER}{_UPPER}'-]{{2,30}})?"
)
"""What follows an explicit label may be typed without capitals."""
LOWER_WORD: Final = re.compile(rf"[{_LOWER}][{_LOWER}'-]{{2,30}}(?![{_UPPER}{_LOWER}])")
LOWER_NAMES: Final = re.compile(
    rf"[{_LOWER}][{_LOWER}'-]{{1,30}}(?:[ ][{_LOWER}][{_LOWER}'-]{{1,30}}){{0,3}}?"
    r"(?=[ ]{1,2},?[ ]{0,2}(?:n[eé]e?\b|ddn\b|\d{1,2}[/. -]\d{1,2}[/. -]\d{2,4}\b|\d{1,3} ?(?:ans|a)\b))"
)
"""A name typed without capitals that an age or a birth date ends."""
CELL_NAME: Final = re.compile(rf"[{_UPPER}{_LOWER}][{_UPPER}{_LOWER}.' -]{{1,60}}")
"""A name that fills a cell under a column of names."""

SEPARATOR: Final = re.compile(
    r"[ \t]{0,20}(?:\([^)\n]{0,30}\))?[ \t]{0,20}(?:[:=|;]|\n(?=[^\n])|\t| {3,})[ \t|]{0,20}"
)
"""Between a label and its value: a colon, a table cell, the next line, or a wide gap."""
COLON: Final = re.compile(
    r"[\"'*]{0,2}[ \t]{0,10}(?:\([^)\n]{0,20}\))?[ \t]{0,10}[:=][ \t]{0,30}\n?[ \t]{0,10}[\"'*]{0,2}"
)
"""A colon, in the notations of exports and of marked-up text too: ``"nom": "…"``, ``**Nom** : …``."""
SPACE: Final = re.compile(r"[ \t]{0,3}[:,]?[ \t\n]{1,4}")
TITLE: Final = re.compile(
    r"(?:M\.?|[Mm]r\.?|MR\.?|[Mm]me\.?|MME\.?|[Mm]e?lle|MLLE|[Mm]onsieur|MONSIEUR|[Mm]adame|MADAME|[Mm]ademoiselle|"
    r"[Ll]'enfant|[Bb]ébé|[Cc]ouple)"
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
    r"bonsoir|salut|attention de|medecins?|selon|signe|cordialement|de la part de|repondu|avec|"
    r"fictif|fictive)\b(?:(?! ai? | chez | pour )[^,;!?\n]){0,12}"
    r"|\bmerci(?: encore| beaucoup)?(?: a)?[ ]{1,2}"
    r"|\b(?:prescripteur|praticien|auteur|signataire|pharmacien|biologiste|interne|externe|chirurgien|redacteur|"
    r"contact|responsable|gestionnaire|destinataire|expediteur|interlocuteur|correspondant|directeur|directrice|"
    r"rpps|adeli|finess|president|presidente|utilisateur|conseiller|conseillere|investigateur|investigatrice|"
    r"fournisseur|deputee?|senateur|senatrice|ministre|maire|prefete?|"
    r"joueur|joueuse|chanteur|chanteuse|acteur|actrice)\b"
    r"(?:(?! ai? | chez | pour )[^\n]){0,12})$"
)
"""Folded text right before a name that makes it a professional's, a colleague's, an addressee's. A verb
between the two parts them, and behind whom one addresses a comma: "le docteur Petit a vu M. Durand",
"Docteur, Mme Durand"."""
THING_BEFORE: Final = re.compile(
    r"(?:\b(?:chu|chru|hopital|clinique|centre|rue|avenue|av|bd|boulevard|place|universite|lycee|maladie|"
    r"syndrome|score|classe|classification|test|indice)\b[^\n]{0,12})$"
)
"""Folded text right before a name without a title that says what bears it: a street, a disease, a sign. With
one it is a patient's again: "l'examen clinique de M. Durand", "la maladie de Mme Durand"."""
LISTED_STAFF: Final = re.compile(
    r"\b(?:presente?s|presents? a la reunion|excusee?s?|absents|attendees|apologies|invitee?s|auteurs|"
    r"redacteurs|relecteurs|"
    r"jury|juges|membres|participante?s|intervenants|animateurs|moderateurs|orateurs|referents?|"
    r"investigateurs|investigatrices|equipe|benevoles?|candidats|contacts|redaction|relecture)"
    r"[^:\n]{0,40}:[^\n]{0,160}$"
)
"""Folded text of a line before a name: it lists who takes part in something, not who is treated."""
PROFESSIONAL_AFTER: Final = re.compile(
    r"[ ]{0,3}[,(\n-]{0,2}[ \n]{0,3}(?:(?:notre|le|la|votre|l')[ ]?)?(?:ancien(?:ne)? |nouve(?:l|au|lle) )?"
    r"(?:infirmier|secretaire|assistante?|cadre\b|"
    r"directeur|directrice|medecin|docteur\b(?!\.? (?!en )[a-z])|chef|charge|responsable|president|"
    r"vice-president|ministre|depute|senat|maire|"
    r"(?:professeur|pr|dr)\b(?!\.? (?!en |de |des |d'|emerite|associe|agrege)[a-z])|"
    r"praticien|interne\b|pharmacien|biologiste|avocat|conseill|gestionnaire|"
    r"ingenieur|technicien|rpps|adeli|n° rpps|service (?:client|rh|informatique|achat)|juge|procureur|"
    r"commissaire|"
    r"secretariat|rapporteur|coordinat|animat|psychologue|chercheur|auteur|porte-parole|fondat|"
    r"externe\b|ph\b(?! ?[:=]? ?\d)|pu-ph|mcu-ph|phc\b|cca\b|asp\b|ide\b|chirurgien|kinesi|"
    r"dieteticien|sage-femme|"
    r"assistant social|coordonn|investigat|referente?\b|visiteu(?:r|se) medical|prestataire|courtier|delegue|"
    r"formateur|formatrice|ergotherapeute|orthophoniste|psychomotricien|aide-soignant|ambulancier|brancardier|"
    r"societe|de la societe|de l'entreprise|du service (?:informatique|technique|achats|communication|rh)|"
    r"stomatherapeute|attachee? de recherche|psychiatre|cardiologue|neurologue|oncologue|pediatre|radiologue|"
    r"a (?:dit|declare(?! une? )|affirme|precise|indique|ajoute|explique|estime|propose|vote|publie|anime|"
    r"organise|"
    r"suivi (?:la|une|notre) formation|"
    r"presente (?:ses (?:travaux|resultats)|sa these|(?:le|son) (?:rapport|projet|bilan)))|"
    r"est intervenue?\b|vend\b|coordonne|succede|depose une? |s'engage|dirige|pilote|recrute|"
    r"presentera|gere l(?:es?|a) (?:commande|planning|stock|projet|service|equipe)|presente l(?:es?|a) nouve|"
    r"prend(?:ra)? (?:ses fonctions|la (?:garde|direction))|laboratoire\b(?! ?:)|"
    r"declare|affirme|precise|explique|estime|souligne|rappelle|annonce|organise|anime|"
    r"vous (?:contactera|rappellera))"
)
"""Folded text right behind a name that gives its bearer a function, or makes it a speaker."""
NEXT_LABEL: Final = re.compile(r"[^\n:]{0,30}:")
"""Folded text behind a function on the next line: it is the next label, as in "Médecin traitant :"."""
SHORT_SURNAMES: Final = frozenset(
    {"ba", "do", "fu", "ho", "hu", "ka", "le", "li", "ly", "ma", "ng", "sy", "vo", "wu", "xu", "yu"}
)
"""Two letters that are a surname; others are initials that hide one."""
ABOUT_WORK: Final = re.compile(
    r"\b(?:felicit\w{1,8}|remerci(?:e|ent|ons)(?: \w{4,14}ment)? (?:m|mr|mme|mlle|monsieur|madame)\b|these|"
    r"groupe de travail|rappel de lot|depart a la retraite|bureau \d|salle \d|poste \d{3,5}|film|roman|"
    r"livraison|devis|registre|projet (?!de (?:soins?|vie)|therapeutique)|"
    r"commandes? d|dons? (?:a|au) |reunion (?!de concertation|pluridisciplinaire)|bienvenue|"
    r"jury|soutenance|candidature|au poste d|marche public|"
    r"(?:recoit|obtient) (?:une? |le )?(?:mention|prix|bourse|medaille)|"
    r"recommandations? has|stand|congres|colloque|seminaire|webinaire|portait sur|porte sur le theme|"
    r"(?:la|une|notre|de) formation\b(?! (?:nodul|kyst|tissul|tumor|solid|liquid))|animee? par|presidee? par|"
    r"attestation de formation|valide le protocole|plan (?:anti|national|de lutte)|"
    r"(?:la|le) (?:prise en charge|depistage|prevention) d(?:e|u|es) .{0,30}:$)"
)
"""Folded words of a sentence that speaks of a disease as work: a thesis, a stand, a training."""
WORK_FORM: Final = re.compile(
    r"\b(?:fonction|societe|entreprise|profil|raison sociale|siret|poste occupe|n° tva|matricule agent)"
    r"[ ]{0,3}:"
)
"""Behind the names of a form: it is about somebody's work."""
AGED_AFTER: Final = re.compile(
    r"[ ]{0,2}[,(:;-]{0,2}[ ]{0,2}"
    r"(?:(?:agee? de |[mfh], ?)?\d{1,3} ?(?:ans|an|mois|a)|(?:a )?j ?\+? ?\d{1,3})\b[ )]{0,2}"
)
"""Folded text right behind a name: an age, or the day of a stay."""
CHILD_AFTER: Final = re.compile(
    r"[ ]{0,2}[,(]?[ ]{0,2}(?:(?:agee? de )?(?:\d{1,2} ?mois|(?:\d|1[0-7]) ?ans)"
    r"|(?:classe de )?(?:ce[12]|cm[12]|[ptmg]s|[3-6](?:e|eme)[ ]?[a-f]?))\b"
)
"""The same of a child, whose age or class newspapers hardly give behind a full name."""
ENTRY: Final = re.compile(
    r"[ \t]{0,8}(?:(?:rcp|transfert|entree|sortie|visite|avis|bloc|hdj|had|dossier|cas|lit|ch|chambre|box)\b"
    r"(?:[^\n:]{0,20}:|[ ](?:n°[ ]?)?\d{1,9}(?!\w))|[-*>|]|\d{1,2}[.)]|"
    r"\d{1,2}[ ]?[h:][ ]?(?:\d\d)?)?[ \t]{0,3}[:|-]?[ \t]{0,3}"
)
"""Folded text from the start of a line to the name that it lists."""
WORK_ENTRY: Final = re.compile(
    r"\b(?:formation|formateur|formatrice|these|memoire|master|cours|atelier|expose|conference|poster|session|"
    r"actualites?|stage|stagiaire|ifsi|referente?|commande|devis|facture|reunion|poste \d)\b"
    r"|\.[ ](?:19|20)\d\d\.?$"
)
"""Folded words of such a line that make it somebody's work."""
STATE_AFTER: Final = re.compile(
    r"(?:[ ]?,[^,.;!?\n]{1,25},)?[ ]"
    r"(?:n'est (?:pas|plus) |n'a (?:pas|plus) |vient de |devrait )?"
    r"(?:a (?:encore |re)?"
    r"(?:fait|eu|une?|des|le|la|les|ete|subi|declare|contracte|du)"
    r"(?! (?:experience|master|diplome|doctorat|these|licence|formation|projet|reunion|stage|poste|question|"
    r"rendez-vous|entretien|demande|livre|film|article|association|entreprise|role|mission|service)\b)|"
    r"(?:est|etait|reste|sera) (?:toujours |encore )?(?:en|atteinte?|hospitalisee?|malade|sous|suivie?|"
    r"porteur|porteuse|positi(?:f|ve)|alitee?|enceinte|diabetique|epileptique|decedee?)|"
    r"a obtenu (?:sa|son|l)|(?:re)?fait (?:une?|des)|prend|presente (?:une?|des)|souffre|sort|consulte|vomit|"
    r"refuse|boit|recoit)\b"
)
"""Folded text right behind a name: a verb of state, perhaps behind an aside."""
ANSWER: Final = re.compile(
    r"\s{0,3}(?:(?:re|tr|fw|fwd|urgent|patiente?)[ ]?[: ][ ]?){0,3}"
    r"(?:(?:m|mr|mme|mlle|monsieur|madame)\.? (?:et )?)?"
)
"""Folded text of a subject or of a file's name before the name that is all it says."""
SUFFIX: Final = re.compile(r"[ _]?(?:\(?\d{1,2}\)?)?(?:\.[a-z]{3,4})?[ .!?]{0,3}")
_ROOM: Final = r"(?:ch|chambre|chb|lit|box)\b\.?[ ]{0,2}(?:n°)?[ ]{0,2}:?[ ]{0,2}\d{1,4}[a-z]?\b"
PERSONAL_FORM: Final = re.compile(r"\b(?:age|sexe|poids|taille|chambre|lit)[ ]{0,3}:")
"""Behind "Nom :", folded: the form is about somebody's person."""
RELATIVE_BEFORE: Final = re.compile(
    r"\b(?:petite?|jeune|bebe|enfant|papa|maman|mamie|papi|papy|mami|tata|tonton|"
    r"(?:ma|mon|notre|votre|son|sa) (?:mere|pere|fils|fille|mari|femme|"
    r"epouse|epoux|conjointe?|compagnon|compagne|frere|soe?ur|tante|oncle|grand-mere|grand-pere|belle-mere|beau-pere|"
    r"petite-fille|petit-fils))[ ]?,?[ ]\(?$"
)
"""Folded text right before a name: a relative, a child."""
VISITED_BEFORE: Final = re.compile(
    r"\b(?:chez|voir|recevoir|rappeler|appeler|prevenir|transferer|hospitaliser|convoquer|programmer)[ ]"
    r"(?:le |la )?$"
)
"""The same: who is to be seen."""
ROOM_BEFORE: Final = re.compile(rf"\b{_ROOM}[ ]{{0,2}}[:,.)-]{{0,2}}[ ]{{0,2}}$")
ROOM_AFTER: Final = re.compile(
    r"[ ]{0,2}[,(-]{0,2}[ ]{0,2}"
    rf"(?:[mfh]?[ ]?\d{{2,4}}(?:[ ]?ans)?[ ]{{0,2}},?[ ]{{0,2}}|[a-z]{{1,3}},[ ])?{_ROOM}"
)
"""A room or a bed, folded: right before a name, right behind it or behind its age."""

BORN_AS: Final = re.compile(
    rf"[ ]{{1,3}}(?:{_PIECE})(?:[ ]{_PIECE}){{0,2}},?[ ]{{1,3}}"
    r"(?:\(?(?:ddn|DDN|le|LE)[ ]{0,2}:?[ ]{1,3})?(?=\d)"
)
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
    r"mammographie|coloscopie|endoscopie|operatoire|ecg|eeg|dossier medical|sortie|urgences|"
    r"compte[ -]rendu(?! (?:de |du |d')?(?:reunion|cse|conseil|comite|ca|ag|entretien|visite|formation)))\b"
)
"""Folded words of a file's name that make it a document about the person it names."""
