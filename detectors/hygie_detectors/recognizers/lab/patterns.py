"""Words of laboratory reports beside the analytes: titles, other trades, names that mislead.

Does:   holds the data that ``lab.py`` and ``rows.py`` judge by. Every term is folded.
Never:  holds logic.
Fails:  a term that is not folded is refused when the gate is built.
Source: layouts and false friends of the project's facts, sections 10 to 13; our own lists.
"""

from __future__ import annotations

from typing import Final

AMBIGUOUS: Final = frozenset(
    {
        "ace", "albumin", "alcoolemie", "alk", "alp", "alpha 1", "alpha 2", "ast", "be", "beta 1", "beta 2",
        "bili", "blastes", "bu", "bun", "bw", "c3", "c4", "ca", "calr", "cannabis", "capnie",
        "carbamazepine", "cdt", "cea", "chlore", "chloride", "ck", "cl", "cl-", "clu", "cocaine",
        "combo vih", "cristaux", "cst", "ctf", "culture", "cylindres", "dextro", "dimeres", "e2", "egfr",
        "epc", "eps", "esr", "examen direct", "facteur rhesus", "flore", "formes normales", "frottis", "gb",
        "gfr", "glukose", "got", "gpt", "gr", "harnstoff", "hb", "ht", "insuline", "k", "k+", "kalium",
        "kalzium", "kystes", "lamotrigine", "levetiracetam", "lh", "mch", "mmr", "mobilite totale", "msi",
        "na", "na+", "natrium", "nse", "pal", "pct", "ph", "phosphor", "platelets", "pv", "quick", "rac",
        "rai", "rast", "retinol", "rotavirus", "rpc", "rpr", "rsv", "salmonella", "scc", "t4", "tg", "thc",
        "thyroxine", "tms", "toxine a", "toxine b", "tp", "trod", "urates", "urea", "vca", "vitalite",
        "vrs", "vs",
    }
)  # fmt: skip
"""Words and initials of every trade: they count in a report, but make no text worth an analysis."""

SHARED: Final = frozenset(
    {
        "saturation en oxygene",
        "sodium", "potassium", "chlore", "chlorures", "chloride", "calcium", "phosphore", "phosphates",
        "magnesium", "glucose", "uree", "urea", "ammoniaque", "bicarbonate", "bicarbonates", "folate",
        "folates", "acide folique", "vitamine d", "vitamine b12", "vitamine b9", "vitamine a", "vitamine b1",
        "vitamine b2", "vitamine b6", "vitamine c", "vitamine e", "retinol", "b12", "ph", "culture", "flore",
        "escherichia coli", "e. coli", "e.coli", "salmonella", "staphylococcus aureus", "lipase", "amylase",
        "amylases", "albumine", "cholesterol", "triglyceride", "triglycerides", "proteines totales",
        "lactate",
        "lactates", "acide lactique", "acide urique", "nitrites", "pseudomonas aeruginosa", "glukose",
        "staphylocoque dore", "cristaux", "na", "k", "cl", "ca", "na+", "k+", "cl-", "ca++", "ca2+", "mg++",
        "mg2+", "hco3", "hco3-", "ph urinaire", "insuline", "enterococcus faecalis", "clostridium difficile",
        "natrium", "kalium", "kalzium", "harnstoff", "igg", "alcoolemie",
    }
)  # fmt: skip
"""Names that food, water, soil and industry measure too: they prove a person's result only in the
units of a clinical laboratory, with an interval, or beside another analyte."""

CLINICAL_UNITS: Final = frozenset({"mmol/l", "µmol/l", "nmol/l", "pmol/l", "ui/l", "mmol/24h", "ufc/ml"})
"""Units in which other trades hardly ever give a shared name."""

BARE_NUMBERS: Final = {
    "sodium": (100, 180), "potassium": (1.2, 9), "chlore": (60, 140), "bicarbonates": (5, 50),
    "hemoglobine": (2, 24), "ph": (6.6, 7.9), "hematocrite": (10, 75), "leucocytes": (0, 300_000),
    "glycemie": (0.1, 40), "calcium": (0.8, 5), "paco2": (5, 150), "pao2": (15, 600),
}  # fmt: skip
"""What a number without unit may be behind ``Na``, ``K``, ``Hb`` (a form: no value is interpreted)."""

NEVER_BARE: Final = frozenset(
    {
        "bnp", "cd8",
        "plaquette", "plaquettes", "cholesterol", "insuline", "clairance", "testosterone", "estradiol",
        "oestradiol", "progesterone", "prolactine", "cortisol", "facteur v", "vitamine d", "culture",
        "alcoolemie", "hla b27", "dextro", "albumin", "hemoglobin", "platelets", "troponin", "glucosemie",
        "hcv", "hiv", "cd3", "cd19", "complement total", "transaminases", "psa total", "scc",
    }
)  # fmt: skip
"""Names behind which a lone number is as likely a count or a footnote: a unit must prove it."""

TITLES: Final = (
    "compte rendu d'examens biologiques",
    "cr d'examens biologiques",
    "compte rendu d'analyses",
    "compte rendu de biologie",
    "compte rendu de laboratoire",
    "resultats d'examens biologiques",
    "resultats d'examens de biologie",
    "resultats de laboratoire",
    "resultats du laboratoire",
    "examens biologiques",
    "examens de laboratoire",
    "examen de biologie medicale",
    "examens de biologie medicale",
    "analyses medicales",
    "analyses de biologie",
    "resultats d'analyses",
    "resultats de vos analyses",
    "resultats biologiques",
    "bilan biologique",
    "bilan sanguin",
    "bilan de sante",
    "prise de sang",
    "laboratoire de biologie medicale",
    "laboratoire de biologie",
    "biologie medicale",
    "laboratoire d'analyses medicales",
    "validation biologique",
    "valide par le biologiste",
    "valide biologiquement",
    "resultats valides par",
    "biologiste medical",
    "biologiste responsable",
    "valeurs de reference",
    "valeur de reference",
    "valeurs usuelles",
    "valeurs normales",
    "intervalle de reference",
    "intervalles de reference",
    "resultats anterieurs",
    "resultat anterieur",
    "anteriorites",
    "preleve le",
    "prelevement du",
    "date de prelevement",
    "date du prelevement",
    "n° demande",
    "biochimie",
    "biochimie sanguine",
    "chimie urinaire",
    "hematologie",
    "hemogramme",
    "hematocytologie",
    "hemostase",
    "coagulation",
    "immunologie",
    "hormonologie",
    "endocrinologie",
    "marqueurs tumoraux",
    "marqueurs cardiaques",
    "bacteriologie",
    "microbiologie medicale",
    "virologie",
    "parasitologie",
    "numeration formule sanguine",
    "numeration globulaire",
    "formule leucocytaire",
    "nfs",
    "ionogramme",
    "ionogramme sanguin",
    "iono sanguin",
    "proteinogramme",
    "electrophorese des proteines",
    "bilan thyroidien",
    "bilan lipidique",
    "bilan hepatique",
    "bilan martial",
    "bilan renal",
    "bilan hormonal",
    "bilan phosphocalcique",
    "bilan de coagulation",
    "bilan inflammatoire",
    "exploration d'une anomalie lipidique",
    "gaz du sang",
    "gazometrie",
    "serologie",
    "serologies",
    "serologies virales",
    "examen cytobacteriologique des urines",
    "antibiogramme",
    "spermogramme",
    "spermocytogramme",
    "myelogramme",
    "coproculture",
    "ponction lombaire",
    "laboratory report",
    "blood test",
    "reference range",
    "laborbefund",
    "referenzbereich",
    "h e m a t o l o g i e",
    "b i o c h i m i e",
    "h e m o g r a m m e",
)
"""What a report, or a doctor who copies one, calls it."""

VETERINARY: Final = (
    "veterinaire", "veterinaires", "canin", "canine", "felin", "feline", "equin", "equine", "bovin",
    "bovins", "ovin", "ovins", "caprin", "porcin", "elevage", "clinique veterinaire",
)  # fmt: skip
VETERINARY_WEAK: Final = (
    "chien", "chienne", "chat", "chatte", "cheval", "jument", "vache", "animal", "race", "espece",
    "proprietaire",
)  # fmt: skip
OTHER_TRADES: Final = (
    "valeurs nutritionnelles",
    "valeur nutritionnelle",
    "declaration nutritionnelle",
    "informations nutritionnelles",
    "pour 100 g",
    "pour 100 ml",
    "par portion",
    "apports de reference",
    "apports journaliers",
    "ingredients",
    "eau potable",
    "eaux usees",
    "eaux pluviales",
    "eau de consommation",
    "qualite de l'eau",
    "eau minerale",
    "eau de source",
    "eau de piscine",
    "eau distribuee",
    "eau de mer",
    "residu sec",
    "potabilite",
    "station d'epuration",
    "oenologique",
    "onologique",
    "vinification",
    "huile moteur",
    "engrais",
    "fertilisation",
    "analyse de sol",
    "analyse de terre",
    "aquarium",
    "effluent",
    "effluents",
    "legionelles",
    "ufc/g",
    "ufc/100 ml",
    "solution tampon",
    "fiche de donnees de securite",
    "controle de qualite externe",
    "evaluation externe de la qualite",
)
OTHER_TRADES_WEAK: Final = (
    "forage", "piscine", "nitrates", "turbidite", "vin", "cuvee", "sel", "lipides", "glucides", "kcal", "sol",
    "aliment", "aliments", "fibres", "sulfates", "durete", "conductivite", "azote",
)  # fmt: skip
"""One strong word shows another trade, of the weak ones two different ones do."""
