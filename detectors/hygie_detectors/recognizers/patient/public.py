"""Names that stand in public: speakers of a programme, authors, the subject of a biography.

Does:   tells by the words around a name that it is spoken of in public, not cared for: "congrès",
        "modérateurs", "table ronde"; "homme politique", "mort le", "sa carrière".
Never:  looks at a name behind a patient's label, which stays a patient's. One word is not enough for a
        programme: a discharge letter may name an "intervenant".
Fails:  never.
Source: programmes of congresses and courses, encyclopedia articles.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from hygie_detectors.recognizers.base import Trigger, Triggers
from hygie_detectors.recognizers.context import Spanned

STRONG: Final = (
    *("congres", "colloque", "symposium", "table ronde", "webinaire", "orateur", "orateurs", "oratrice"),
    *("conferencier", "conferenciers", "conferenciere", "moderateur", "moderateurs", "moderatrice"),
    *("journee scientifique", "journees scientifiques", "comite scientifique", "seance pleniere"),
    *("programme scientifique", "appel a communications", "e-poster", "e-posters", "keynote", "speakers"),
)
WORDS: Final = (
    *("programme", "conference", "conferences", "intervenant", "intervenants", "intervenante", "seminaire"),
    *("amphitheatre", "pleniere", "atelier", "ateliers", "pause cafe", "pause", "allocution", "inscription"),
    *(
        "inscriptions",
        "auditorium",
        "communication orale",
        "communications",
        "discussion",
        "debat",
        "cloture",
    ),
    *("dejeuner", "accueil des participants", "ouverture", "session", "sessions", "formation", "animee par"),
    *("anime par", "presentee par", "presente par", "expose", "exposes", "cours", "module"),
)
_RENOWNED: Final = (
    *("homme politique", "femme politique", "ecrivain", "ecrivaine", "romancier", "romanciere", "philosophe"),
    *("acteur", "actrice", "comedien", "comedienne", "chanteur", "chanteuse", "musicien", "compositeur"),
    *(
        "peintre",
        "sculpteur",
        "poete",
        "realisateur",
        "realisatrice",
        "footballeur",
        "footballeuse",
        "athlete",
    ),
    *("cycliste", "historien", "historienne", "resistant", "resistante", "eveque", "journaliste"),
    *("depute", "deputee", "senateur", "senatrice", "ministre", "architecte", "mathematicien"),
    *("mathematicienne", "physicien", "physicienne", "homme d'affaires", "princesse", "pape"),
)
LIFE: Final = (
    *_RENOWNED,
    *(f"{copula} {who}" for who in _RENOWNED for copula in ("est un", "est une", "fut un", "fut une")),
    *("biographie", "sa carriere", "mort le", "morte le", "mort en", "morte en", "prix nobel"),
)
"""Professions and deeds of a public life. A patient's letter may hold one; a biography holds two, or says
"est un écrivain", which counts as two."""
CAREER: Final = (
    *(
        "curriculum vitae",
        "lettre de motivation",
        "experience professionnelle",
        "experiences professionnelles",
    ),
    *(
        "these presentee",
        "these soutenue",
        "soutenance",
        "soutenance de these",
        "jury de these",
        "dpc",
        "cv -",
    ),
    *("recherche d'un stage", "recherche de stage", "liste des internes", "liste du personnel"),
)
"""What one writes of one's own work, with a name and often a birth date."""
BEFORE: Final = 1_500
"""A programme names its speakers below its title, for a page."""
AROUND: Final = 400
"""A biography says in its first sentence whom it is about."""
ENOUGH: Final = 2


class Public:
    """Whether a place is in a programme or a biography; answers by bisection."""

    def __init__(self, triggers: Triggers) -> None:
        self._strong = _Places(triggers.of("programme_strong"))
        self._words = _Places(triggers.of("programme_word"))
        self._life = _Places(triggers.of("life_word"))
        self._career = _Places(triggers.of("career_word"))
        self._treated = _Places(triggers.of("person_care"))
        self._figures = _Places(triggers.of("public_figure"))
        self._operations = _Places(triggers.of("programme_of_care"))

    def speaker(self, name: Spanned) -> bool:
        """Tell whether the words above say that this is a programme of speakers."""
        first, last = name.start - BEFORE, name.end + AROUND
        strong = self._strong.distinct(first, last)
        if not strong and self._words.distinct(first, last) <= ENOUGH:
            return False
        return not self._operations.distinct(first, last)

    def career(self, name: Spanned) -> bool:
        """Tell whether somebody applies for a post, or defends a thesis."""
        return bool(self._career.distinct(name.start - AROUND, name.end + AROUND))

    def treated(self, name: Spanned) -> bool:
        """Tell whether a person under care is spoken of, so that a word of work says nothing."""
        return bool(self._treated.distinct(name.start - AROUND, name.end + AROUND))

    def figure(self, name: Spanned) -> bool:
        """Tell whether it is the name of one who is dead and known to everybody."""
        return bool(self._figures.distinct(name.start - 1, name.end))

    def biography(self, name: Spanned) -> bool:
        """Tell whether the words around speak of a public life."""
        return self._life.distinct(name.start - AROUND // 4, name.end + AROUND) >= ENOUGH


FIGURES: Final = (
    *("frederic chopin", "johnny hallyday", "vincent van gogh", "marie curie", "pierre curie"),
    *("louis pasteur", "jean-jacques rousseau", "victor hugo", "emile zola", "guy de maupassant"),
    *("charles baudelaire", "arthur rimbaud", "paul verlaine", "gustave flaubert", "honore de balzac"),
    *("marcel proust", "albert camus", "jean-paul sartre", "simone de beauvoir", "simone veil"),
    *("robert badinter", "georges pompidou", "francois mitterrand", "jacques chirac"),
    *("charles de gaulle", "valery giscard d'estaing", "napoleon bonaparte", "louis xiv", "louis xv"),
    *("albert einstein", "sigmund freud", "steve jobs", "freddie mercury", "edith piaf"),
    *("jacques brel", "georges brassens", "serge gainsbourg", "michel berger", "daniel balavoine"),
    *("france gall", "charles aznavour", "jane birkin", "juliette greco", "marcello mastroianni"),
    *("alain delon", "jean-paul belmondo", "romy schneider", "marilyn monroe", "alfred hitchcock"),
    *("charlie chaplin", "elvis presley", "michael jackson", "david bowie", "bob marley"),
    *("kurt cobain", "amy winehouse", "stephen hawking", "nelson mandela", "winston churchill"),
    *("franklin roosevelt", "franklin d. roosevelt", "john kennedy", "john f. kennedy"),
    *("ronald reagan", "muhammad ali", "raymond poulidor", "jacques anquetil", "laurent fignon"),
    *("diego maradona", "johan cruyff", "robert schumann", "franz schubert", "wolfgang amadeus mozart"),
    *("ludwig van beethoven", "maurice ravel", "claude debussy", "claude monet", "auguste renoir"),
    *("paul gauguin", "paul cezanne", "edgar degas", "frida kahlo", "pablo picasso", "henri matisse"),
    *("camille claudel", "auguste rodin", "virginia woolf", "george sand", "alfred de musset"),
    *("blaise pascal", "antonin artaud", "herve guibert", "michel foucault", "rene laennec"),
    *("claude bernard", "robert koch", "jean-martin charcot", "jean-paul ii", "mere teresa"),
    *("franz kafka", "anton tchekhov", "friedrich nietzsche", "george orwell", "jane austen"),
    *("louis braille",),
)
"""Dead, and known to everybody: what they died of stands in encyclopedias, and no law protects it. The health
of the living stays a secret, however famous they are."""

PROGRAMMES_OF_CARE: Final = (
    *(
        "programme operatoire",
        "programme de bloc",
        "programme du bloc",
        "bloc operatoire",
        "liste des patients",
    ),
    *("programme de soins", "programme de chimiotherapie", "consultations du jour", "liste des hospitalises"),
    *("patients du jour", "programme de consultation", "planning des consultations"),
)
"""Programmes whose names are patients'."""


class _Places:
    """Terms by where they stand."""

    def __init__(self, triggers: Iterable[Trigger]) -> None:
        self._met = sorted((trigger.start, trigger.term) for trigger in triggers)

    def distinct(self, first: int, last: int) -> int:
        """Return how many different terms stand between two places, two at most being of interest."""
        terms: set[str] = set()
        for at in range(bisect_left(self._met, (first, "")), len(self._met)):
            start, term = self._met[at]
            if start >= last or len(terms) > ENOUGH:
                break
            terms.add(term)
        return len(terms)
