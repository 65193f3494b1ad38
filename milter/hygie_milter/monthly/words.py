"""What the report says, in French: names of what is counted, and what a reader must know of each section.

Does:   holds texts, for whoever reviews them without reading code.
Never:  holds logic.
Fails:  nothing here fails.
"""

from __future__ import annotations

from typing import Final

from hygie_detectors.model import Confidence
from hygie_milter.feedback import Judgement, Note
from hygie_milter.monthly.figures import Near
from hygie_policies.model import Action

ACTIONS: Final = {
    Action.ALLOW: "Partis tels quels",
    Action.TAG: "Marqués",
    Action.REROUTE: "Par la voie sécurisée",
    Action.HOLD: "Retenus",
    Action.REJECT: "Refusés",
}
WISHES: Final = {
    Action.ALLOW: "laisser partir",
    Action.TAG: "marquer",
    Action.REROUTE: "envoyer par la voie sécurisée",
    Action.HOLD: "retenir",
    Action.REJECT: "refuser",
}
CONFIDENCES: Final = {
    Confidence.HIGH: "Certitude haute",
    Confidence.MEDIUM: "Moyenne",
    Confidence.LOW: "Faible",
}
NEAR: Final = {
    Near.CERTAIN_PAIR: "Donnée de santé d'une personne identifiée, qu'aucune règle appliquée n'a arrêtée",
    Near.SIMULATED: "Seule une règle en simulation aurait agi davantage",
    Near.DOUBTFUL_PAIR: "Personne et donnée de santé, dont l'une n'est que devinée (juste sous le seuil)",
    Near.UNREAD: "Une partie du message n'a pas pu être lue",
}
RELEASES: Final = {
    "released": "Libérés vers leurs destinataires",
    "returned": "Renvoyés à l'expéditeur",
    "destroyed": "Détruits",
}
JUDGEMENTS: Final = {
    Judgement.FALSE_POSITIVE: "Arrêté à tort (faux positif)",
    Judgement.MISSED: "Parti à tort (manqué)",
}
NOTES: Final = {
    Note.NO_PATIENT: "aucun patient réel (exemple, formulaire vierge)",
    Note.NOT_HEALTH: "rien de médical",
    Note.OWN_DATA: "données de l'expéditeur lui-même",
    Note.SAFE_RECIPIENT: "destinataire habilité, par une voie sûre",
    Note.NOT_RECOGNISED: "le contenu n'a pas été reconnu",
    Note.UNREAD: "le contenu n'a pas été lu",
    Note.NO_POLICY: "reconnu, mais aucune règle ne le visait",
    Note.OTHER: "autre",
    None: "sans précision",
}
EMERGENCIES: Final = {
    "used": "Utilisée : le message est parti aussitôt",
    "not_needed": "Déclarée sans nécessité : rien ne retenait le message",
    "refused:sender": "Refusée : expéditeur non habilité",
    "refused:authentication": "Refusée : expéditeur non authentifié",
    "refused:recipients": "Refusée : destinataire hors de la procédure",
    "refused:quota": "Refusée : quota de l'expéditeur atteint",
    "refused:house_quota": "Refusée : quota de l'établissement atteint",
    "refused:expired": "Refusée : procédure expirée",
    "refused:untold": "Refusée : une condition n'a pas pu être vérifiée",
    "other": "Autre",
}
VERDICTS: Final = {
    "justified": "Usages jugés justifiés ce mois",
    "abuse": "Usages jugés abusifs ce mois",
}
ROLES: Final = {
    "sender": "Par l'expéditeur",
    "head": "Par un chef de service",
    "officer": "Par le délégué à la protection des données",
    "other": "Autre",
}
STATUSES: Final = {
    "draft": "brouillon",
    "simulate": "simulation",
    "enforce": "appliquée",
    "retired": "retirée",
    "": "—",
}

VOLUMES: Final = (
    "Un message compte une fois, le jour (heure de Paris) où il a été décidé, quel que soit le "
    "nombre de ses destinataires. Les messages auxquels Hygie n'a pas pu répondre, que "
    "l'expéditeur présente alors de nouveau, ne sont pas au journal : voir la métrique "
    "hygie_failures_total."
)
KINDS_FOUND: Final = (
    "Un genre trouvé n'est pas un incident : la plupart des messages où figure un nom, un âge ou "
    "un mot médical n'ont rien à protéger, et partent. Une certitude faible n'est qu'un indice."
)
NEAR_TEXT: Final = (
    "Messages partis tels quels, ou seulement marqués, vers une boîte extérieure qu'aucun canal "
    "sécurisé ne dessert. Un même message peut figurer sur plusieurs lignes. Ces lignes disent où "
    "regarder avant de changer une règle : rejouez la règle changée avec hygie policy backtest."
)
BY_HAND: Final = (
    "Une libération faite à la main avec postsuper -H, hors de Hygie, n'est pas au journal : ces "
    "messages restent comptés comme retenus."
)
FEEDBACK: Final = (
    "Ce que des personnes ont dit d'une décision avec hygie feedback, par la date du signalement. "
    "Sur un même message, le dernier signalement compte. Chacun devient un cas d'essai pour hygie "
    "policy backtest."
)
SIMULATION: Final = (
    "Ce que chaque règle en simulation aurait fait, à côté de ce qui a été fait. La colonne « "
    "Plus strict » compte les messages que la règle aurait traités plus sévèrement : ce que "
    "changerait son application."
)
UNREAD: Final = (
    "Une partie non lue n'est jamais tenue pour saine : ce sont les règles qui disent ce qu'il en advient."
)
INTEGRITY: Final = (
    "Chaque ligne du journal est scellée et enchaînée à la précédente. La vérification de ce "
    "rapport porte sur les fichiers du mois et leurs voisins ; hygie journal verify suit la "
    "chaîne entière."
)
NO_TITLE: Final = "n'est plus dans les règles en vigueur"
