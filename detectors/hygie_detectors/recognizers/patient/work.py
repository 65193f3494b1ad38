"""Whether a name is somebody's at work, and a disease the subject of that work.

Does:   tells that a name is followed by a verb of work ("Mme Picard anime", "M. et Mme Roy accueilleront"),
        that it fills a role ("Responsable de la rubrique : Mme Roy"), that a term of health is what a
        project, a chapter, a stand or a title is about, that a text is an exercise,
        that a name is a pet's keeper's.
Never:  believes a verb of work that goes on to somebody's own state ("rappelle que son diabète", "signale une
        douleur"), nor a verb that patients share ("demande", "suit", "attend") without an object of work.
Fails:  never on any text. Every repetition is bounded.
Source: our own: minutes, announcements, programmes, newsletters, orders, invented
        for ``tests/intext/nobody``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hygie_detectors.recognizers.base import Sketched, Triggers
from hygie_detectors.recognizers.context import Spanned, line, sentence
from hygie_detectors.text import NormalText

VERB: Final = 160
"""Characters behind a name in which its verb begins: a function, a second subject may stand between."""
TOPIC: Final = 60
"""Characters before a term in which it is said what it is the subject of."""
QUOTE: Final = 120
"""The same for the mark that opens a title."""
TITLE_WORDS: Final = 3
ROLE: Final = 90
"""Characters before a name in which its role is told."""

_STEMS: Final = (
    r"accompagn|accueill|ador|adoss|aim|ajout|anim|appreci|annonc|apport|assist|chiffr|choisi|command|compt|"
    r"confirm|contest|coordonn|"
    r"corrig|cre|dactylographi|debatt|decor|denonc|depos|depouill|dessin|dirig|dissequ|distribu|edit|encadr|"
    r"enlev|enregistr|expos|explor|fabriqu|film|financ|form|guid|imprim|inaugur|install|interrog|"
    r"critiqu|comment|recommand|debutera|lanc|livr|modifi|montr|nettoi|nettoy|organis|pilot|plastifi|"
    r"prepar|presid|pret|propos|public|"
    r"publi|raccord|rassembl|reali|realis|receptionn|recrut|redig|regl|relanc|remplac|represent|resum|retrac|"
    r"salu|test|transcri|valid|verifi|visit|vis|rappell|rappel|expliqu|evoqu|racont|precis|"
    r"soulign|indiqu|demontr|adress|pos|contact|calibr|chang|present|abord|affich|analys|archiv|"
    r"arbitr|attribu|audit|calcul|centralis|class|"
    r"clotur|collect|communiqu|consacr|convoqu|copi|cuisin|deplor|detaill|diffus|elabor|enseign|entrain|"
    r"envoi|envoy|"
    r"equip|etudi|expedi|export|factur|felicit|harmonis|illustr|initi|insist|integr|invit|inventori|"
    r"list|"
    r"mobilis|moder|negoci|numeris|optimis|parametr|parrain|photographi|planifi|programm|questionn|referenc|"
    r"relai|"
    r"relay|renseign|revis|securis|selectionn|sensibilis|structur|supervis|synthetis|transport|tri"
)
"""Stems of regular verbs of work, folded. Those that a patient may be the subject of are guarded below."""
_IRREGULAR: Final = (
    r"lit(?! ?\d|\.)|lira|ecrit|ecrira|a ecrit|relit|relira|a relu|recrit|a recrit|a lu|tient|tiendra|"
    r"tiendront|maintient|"
    r"soutient|soutiendra|intervient|interviendra|interviendront|fournit|fournira|obtient|offre|ouvre|"
    r"ouvrira|"
    r"rejoint|reunit|reunira|traduit|a traduit|transmet|transmettra|met a jour|a mis a jour|mettra a jour|"
    r"remet|remettra|a remis|repond|repondra|permet|convie(?:nt)?|s'occupe(?:ra|nt)?|se charge(?:ra)?|"
    r"s'engage(?:nt)?|s'inquiete (?:de|des|du)|est chargee? (?:de|des|du)|celles? (?:sur|de|des|du)|"
    r"celui (?:sur|de|des|du)|ceux (?:sur|de|des|du)|"
    r"(?:vous )?souhaite(?:nt)? (?:une|un|de) (?:belle|bonne|joyeu|excellente)\w*|perd(?:ent)? l'(?:onglet|"
    r"acces|affichage)|"
    r"will (?:present|chair|attend|speak|join|lead|host)|presents|presented|asked (?:for|about)|chairs|leads|"
    r"a rendu (?:son|un|le) (?:rapport|memoire|devoir|avis)|fait (?:le|la|les) (?!malaise|reeducation|"
    r"point sur sa)|"
    r"fera (?:le|la|les) (?:courses|point|topo|synthese)|connait bien|conduit|vend|cede|parlera|"
    r"accueilleront|"
    r"vient presenter|viendra presenter|met en place|suivra la formation|a suivi l[ea]s? (?:formation|"
    r"seminaire|"
    r"module|session|stage)|est (?:inscrite?|convoquee?|designee?|affectee?|nommee?) (?:a|au|aux|"
    r"comme) ?(?:la |"
    r"l'|un |une )?(?:formation|session|stage|module|du|concours|service|pole|reunion|jury|exercice)|"
    r"ne (?:peut|peuvent) plus (?:ouvrir|prescrire|imprimer|acceder|valider|saisir|signer)|"
    r"dit de|ecrira|part six mois|collecte(?:nt)?|passe prendre|passera (?:au|pour le|verifier|controler)|"
    r"sera en charge|prend (?:sa retraite|la parole|en charge l[ea]s? (?!traitement|douleur)|ses fonctions)"
)
_FUTURE: Final = (
    r"(?!se(?:ra|ront)\b|au(?:ra|ront)\b|i(?:ra|ront)\b|fe(?:ra|ront)\b|devra|pourra|rest|pass|sort|rentr|"
    r"revien|"
    r"vien|prend|repren|consult|benefici|subi|recevr|commenc|arret|poursuiv|continu|debut|retourn|revoi|"
    r"rever|"
    r"part|gard|suiv|mour|dece|accouch|perd|presenter|souffr|naitr|choisir|voudr|faudr|attendr|entrer|saura|"
    r"verra|vivra|quitter|revivr|boir|manger|marcher|dormir|port|transf)"
    r"[a-z]{2,14}(?:era|eront|ira|iront|dra|dront|tra|tront|vra|vront)"
)
"""Any other verb in the future: what patients will do is mostly be, have, stay, leave, take."""
_TOGETHER: Final = (
    r"(?!souffr|present|prenn|recoi|suiv|attend|vienn|vont|sont|ont\b|sort|consult|benefici|subi|dev|peu|"
    r"refus|vivent|boiv|fum|perd|entr|port|avai|etai|rest)[a-z]{3,14}ent"
)
"""Two who do something together: patients are told of one by one."""
_TO_YOU: Final = (
    r"vous (?!est|a\b|ont|sera|consult|revien|contact|sollicit|arriv|montr|remerci|verra|"
    r"donn)[a-z]{3,14}(?:e|ent|era|eront|it)"
)
_SHARED: Final = (
    r"demand|souhait|cherch|trouv|jug|assur|suit|suivra|suivent|recoit|recevra|prend|prendra|veut|voudrait|"
    r"attend|attendent|appell|a appele|a obtenu|sollicit|preco|reclam|quitt|repren|port|interess|confi|met |"
    r"mis |"
    r"fix|donn|men|renforc|coul|travaill|prefer|reserv|observ|lanc|plaid|trait|partag|gere|croit|estim|refus"
)
"""Verbs of patients as well: what they are said of decides."""
_OBJECT: Final = re.compile(
    r"\b(?:lits (?:supplementaires|d'|pour)|deux lits|moyens|postes?|credits|vacations?|chiffres?|vehicules?|"
    r"donnees|modules?|livraisons?|commandes?|remplacante?|budget|subventions?|euros|formations?|projets?|"
    r"affiches?|textes?|master|diplome|indicateurs|menus?|financement|enquete|seminaire|session|chapitre|"
    r"locaux|"
    r"couloir|ambulances|barriere|panneau|logiciel|bourse|visuel|climatiseurs|pieton|stocks?|fermeture|"
    r"rapport d'activite|dalle|lot|monitorings?|plan canicule|amendement|cahier des charges|articles?|"
    r"memoire|"
    r"candidats|candidature|planning|stagiaires?|opportunites|donneurs|colis|solide|trop long|mallette|"
    r"appel d'offres|maquette|accord conventionnel|delais|prix)\b"
)
_CLITIC: Final = r"(?:(?:nous|vous|leur|lui|en|y|se|les?|la) |l'|s'|vous l'|nous l'){0,2}"
_AUXILIARY: Final = (
    r"(?:a |ont |va |vont |vient |viendra |viennent |doit |doivent |devra |devront |peut |pourra |pourront |"
    r"souhaite |souhaitent |voudrait |voudraient |propose de |aimerait |veut |il faut )?(?:vous |nous |l'|"
    r"les |la |le )?(?:faire )?"
)
_ENDING: Final = r"(?:e|ent|era|eront|er|ait|aient|it|ra|ront|i|is|ons)\b"
_BETWEEN: Final = (
    r"(?:[ ]{0,2}\([^()\n]{1,40}\)|,[ ](?!elle|il\b|qui)[^,.;:!?\n]{2,60},|"
    r"(?:[ ]et|,)[ ](?:m\.?|mme|mlle|mr|dr|pr|monsieur|madame)[ ][\w'-]{2,30}(?:[ ][\w'-]{2,30}){0,2}?|"
    r",?[ ]et toute l'equipe[^,.;:!?\n]{0,40},?){0,3}[ ]{1,2}"
)
_ACTS: Final = re.compile(
    rf"{_BETWEEN}{_CLITIC}(?:(?P<aux>{_AUXILIARY})(?P<verb>(?:{_STEMS}){_ENDING})|(?P<other>{_IRREGULAR}|"
    rf"{_FUTURE}|{_TO_YOU})\b|"
    rf"(?P<together>{_TOGETHER})\b|"
    rf"(?P<shared>(?:a )?(?:{_SHARED})(?:e|ent|era|eront|er|ait|aient|t|)?\b))"
)
_PRESENTS: Final = re.compile(
    r"[ ](?:l'|les? |la |nos |notre |ses |son |sa |un |une |deux )?(?:[\w'-]{2,20} ){0,2}?(?:protocole(?! d)|"
    r"projet|"
    r"rapport|bilan|cas d|travaux|maquette|nouve|programme|conclusions|plan|dispositif|garanties|poster|film|"
    r"livre|etude|recommandation|donnees|resultats de l|outil|reseau|pathway|unite|equipe|article|roman)"
)
"""Behind "présente": what is presented at work. "Présente une hernie" is a
patient's."""
_OWN: Final = re.compile(
    r"\b(?:son|sa|ses) (?!these|master|memoire|rapport|travaux|livre|equipe|avis|bon |cabinet|service|roman|"
    r"ami|"
    r"excuses|fonctions|projet|stage|exposition|retraite|diplome|carriere|bulletin|rubrique)"
    r"|\b(?:elle|il) (?:a|est|avait|souffre|etait|prend)\b|\bqu'(?:elle|il)\b|\bdont (?:elle|il)\b|"
    r"\bavoir\b|\bmalgre\b"
    r"|\b(?:apres|pour) (?:un|une|son|sa) |\bles yeux\b|\ba nouveau\b"
    r"|^ (?:mal|bien|pas|plus|peu|mieux|moins|encore|difficilement|debout|positi\w+|negati\w+)\b|"
    r"\best suivie?\b"
)
"""Behind a verb: somebody's own state, or a participle ("accompagné de")."""
_SECOND: Final = re.compile(r"(?:[ ]et|,)[ ](?:m\.?|mme|mlle|mr|dr|pr|monsieur|madame)[ ]")
_PARTICIPLE: Final = re.compile(r" (?:de|d'|par)\b")
"""Behind a verb without auxiliary: "accompagne de sa fille", typed without accents."""
_INDEFINITE: Final = re.compile(r"[ ](?:une?|des|du|de|d'|de la)[ ]?(?:[\w-]{3,14}[ ])?$")
_ROLE: Final = re.compile(
    r"\b(?:responsables?|directeur|directrice|deleguee?|donateur|donatrice|editeur|editrice|redact\w{2,6}|"
    r"president|presidente|tresorier|tresoriere|rapporteure?|coordinat\w{3,5}|interlocut\w{3,5}|promoteur|"
    r"investigat\w{3,5}|animat\w{3,5}|organisat\w{3,5}|contact|demandeur|demandeuse|secretaire|tuteur|"
    r"tutrice|"
    r"facilitat\w{3,5}|validation|relecture|marraine|parrain|encadrante?|orateur|oratrice|"
    r"referente?|intervenante?|formateur|formatrice|chef de projet)\b"
    r"[^:\n.;]{0,60}:[ ]{0,2}(?:(?:mme|m\.?|mlle|mr)[ ]{1,2})?$"
    r"|(?:^|>) ?(?:de|from|a|to|cci?) ?: ?(?:(?:mme|m\.?|mlle|mr)[ ]{1,2})?$"
    r"|\bpole[ ][^:\n.;]{3,40}:[ ]{0,2}$"
    r"|\b(?:nomination|conference|candidature|recrutement|election|livre|roman|article|interview|discours|"
    r"remarques|celles|commentaires|corrections|travaux|these|ouvrage|documentaire)[ ]de[ ]$"
    r"|\b(?:entretien avec|hommage a|succede a|(?:heureu(?:x|se)|ravie?s?|plaisir|fiers?) d'accueillir)[ ]$"
)
_KEEPER: Final = re.compile(
    r"\b(?:chien|chienne|chiot|chat|chatte|chaton|labrador|berger|caniche|bouledogue|cheval|jument|poney|"
    r"lapin|"
    r"perroquet|furet|vache|europeenne?|siamoise?)[ ]{1,2}(?:[\w-]{3,16}[ ])?(?:de|a)[ ](?:la famille[ ])?"
    r"(?:(?:mme|m\.?|mlle|mr|monsieur|madame)[ ]{1,2})?$"
)
"""Before a name: the animal that is treated is not its keeper. No dog leads its blind master here."""
_EXPERT: Final = re.compile(
    r"patiente?s? (?:experte?|partenaire|ressource|format|temoin|enseignant|fictif|fictive)"
)
_TOPIC: Final = re.compile(
    r"(?:\b(?:projets?|ateliers?|modules?|chapitres?|encadres?|stands?|affiches?|theses?|memoires?|articles?|"
    r"livres?|ouvrages?|brevets?|recommandations?|conferences?|groupe de travail|travaux|campagnes?|"
    r"enquetes?|"
    r"audit|fiches?(?: reflexe)?|topo|bibliographie|master|diplome|rubrique|lits|pompes|fauteuils|kits|"
    r"reactifs|"
    r"film|documentaire|ligue|federation|fondation|magazine|malades|patients|debat|soiree|seminaire|congres|"
    r"colloque|livret|roman|revue|prix|subvention|onglet|parlera)"
    r"[ ](?:(?:de la|de l'|du|des|de|d'|sur|contre|a|au|pour|la|le|les|l') ?){0,3})$"
    r"|\b(?:lutte|ensemble|marche|course|plan|combat|s'engagent?) contre (?:la |le |les |l')?$"
    r"|\b(?:recherches?|chercheu\w{1,4}|donnees|chiffres?) (?:sur|contre|de lutte contre) (?:la |le |les |"
    r"l')?$"
    r"|[.,(\n] ?(?:specialistes?|specialisee?|experte?) (?:de la|de l'|du|des|de|d'|en|dans (?:la|l'|le)) ?$"
    r"|\b(?:patients|personnes|malades)(?: (?:agees|adultes|jeunes))? (?:souffrant|atteintes?|atteints|"
    r"porteurs) "
    r"(?:de la |de l'|du |des |de |d')$"
)
"""Folded text before a term that something is about. Left out is what a file says of a patient as well: the
study one takes part in, the risk, the course ("au cours de"), the boxes of a prescription."""
_TOLD: Final = re.compile(r"\b(?:j'ai|je|mon|ma|mes|il|elle|sa|son|patiente?|mme|m\.|monsieur|madame)\b")
"""In a quotation: somebody speaks, or is spoken of; it is no title."""
_MOTIVE: Final = re.compile(r"(?::|\b(?:motif|diagnostic|conclusion|indication|mention|pour)) ?$")
_EXERCISE: Final = Sketched(
    r"\b(?:exercice \d|calculez|question \d|corrige\b|bareme|\(\d{1,2} points?\)|fictifs?\b|fictives?\b|"
    r"mannequin|"
    r"scenario (?:n° ?)?\d|vous jouez|jeu d'essai|epreuve blanche|jeu de role|cas clinique|citer (?:deux|"
    r"trois)|"
    r"definir ce terme)",
    words=(
        "jeu d",
        "epreuve",
        "cas clinique",
        "definir ce",
        "exercice",
        "calculez",
        "corrige",
        "bareme",
        "ficti",
        "mannequin",
        "scenario",
        "question 1",
        "vous jouez",
    ),
)
_EXERCISES: Final = 2
"""Different words of an exercise in one text that make it one: a form has a question, a letter may say
"fictif"."""


def acts(text: NormalText, name: Spanned) -> re.Match[str] | None:
    """Return the verb of work that a name is the subject of, if what follows is nobody's own state."""
    folded = text.folded
    verb = _ACTS.match(folded, name.end, name.end + VERB)
    if verb is None or (verb["verb"] and not verb["aux"] and text.text[verb.end() - 1] in "éÉ"):
        return None
    if verb["verb"] and not verb["aux"] and _PARTICIPLE.match(folded, verb.end()):
        return None
    _, last = sentence(folded, name.start, verb.end())
    if _OWN.search(folded[verb.end() : last]):
        return None
    if verb["together"] and _SECOND.match(folded, name.end) is None:
        return None
    if verb["shared"]:
        return verb if _OBJECT.search(folded, verb.end(), last) else None
    if verb["verb"] and verb["verb"].startswith("present"):
        return verb if _PRESENTS.match(folded, verb.end(), last) else None
    return verb


def complains(text: NormalText, verb: re.Match[str], term: int) -> bool:
    """Tell whether a term of health is the very object of a verb: "signale une douleur"."""
    return _INDEFINITE.fullmatch(text.folded, verb.end(), term) is not None


def fills_role(text: NormalText, front: int) -> bool:
    """Tell whether the words before a name say what its bearer does."""
    first, _ = line(text.folded, front, front)
    before = text.folded[max(first, front - ROLE) : front]
    return _ROLE.search(before) is not None


def is_keeper(text: NormalText, front: int) -> bool:
    """Tell whether an animal is spoken of, and this is whose it is."""
    return _KEEPER.search(text.folded, max(0, front - ROLE), front) is not None


def is_expert(text: NormalText, at: int) -> bool:
    """Tell whether "patient" at this place begins "patiente experte": one who teaches, or an invented one."""
    return _EXPERT.match(text.folded, at) is not None


def is_topic(text: NormalText, term: Spanned) -> bool:
    """Tell whether a term of health is what something is about: a project, a stand, a title between marks."""
    folded = text.folded
    first, _ = line(folded, term.start, term.start)
    first = max(first - 1, term.start - TOPIC, 0)
    return _TOPIC.search(folded, first, term.start) is not None or _is_in_title(text, term)


def _is_in_title(text: NormalText, term: Spanned) -> bool:
    opened = max(text.text.rfind(mark, max(0, term.start - QUOTE), term.start) for mark in "«“")
    if opened < 0:
        return False
    ends = [at for mark in "»”" if (at := text.text.find(mark, opened, term.end + QUOTE)) >= 0]
    if not ends or min(ends) < term.end:
        return False
    title = text.text[opened + 1 : min(ends)].strip()
    return (
        len(title.split()) >= TITLE_WORDS
        and title[0].isupper()
        and not _TOLD.search(text.folded, opened, min(ends))
        and not _MOTIVE.search(text.folded, max(0, opened - 14), opened)
    )


def exercises(text: NormalText, triggers: Triggers) -> Iterator[bool]:
    """Yield once where a text is an exercise, an exam or a rehearsal, whose patients are invented."""
    del triggers
    if len({met[0] for met in _EXERCISE.finditer(text)}) >= _EXERCISES:
        yield True
