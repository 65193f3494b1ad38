"""Letter headers for narratives that name nobody: the same text, now about a person one can name.

Does:   draws an invented person and a letterhead from a seed, so that a file always gets the same;
        with the NIR of that person too, when asked for. Layouts differ as hospitals' do: labels,
        sentences, tables, capitals, birth names, dates in figures and in letters.
Never:  uses anybody's data: names are drawn from lists of common ones, telephone numbers from the ranges
        kept for fiction. The letterhead's physicians are there to be told from the patient.
Fails:  never.
Source: facts on health documents (titles and patient blocks); ARCEP's numbers for fiction.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from hygie_detectors.recognizers.nir.nir import control_key

_WOMEN: Final = (
    "Alice", "Amina", "Anne-Marie", "Brigitte", "Camille", "Chantal", "Élise", "Fatima", "Françoise",
    "Germaine", "Inès", "Jeannine", "Josiane", "Lina", "Madeleine", "Maëlys", "Marie-Thérèse", "Monique",
    "Nathalie", "Océane", "Paulette", "Simone", "Thi Mai", "Yvette", "Zoé",
)  # fmt: skip
_MEN: Final = (
    "Abdelkader", "André", "Antoine", "Baptiste", "Bernard", "Christophe", "Daniel", "Étienne", "Gérard",
    "Hugo", "Jean", "Jean-Claude", "Jean-Pierre", "Kévin", "Loïc", "Lucien", "Mamadou", "Marcel", "Mehdi",
    "Nathan", "Raymond", "René", "Théo", "Yann", "Yves",
)  # fmt: skip
_SURNAMES: Final = (
    "Aubert", "Barbier", "Benali", "Berthelot", "Blanchard", "Bouvier", "Boyer", "Carpentier", "Charpin",
    "Chevalier", "Cordonnier", "D’Almeida", "Da Silva", "De La Roche", "Delaunay", "Diallo", "Dubois",
    "Dumoulin", "El Amrani", "Fabre", "Ferreira", "Garnier", "Gauthier", "Girard", "Guérin", "Haddad",
    "Hamon", "Jacquet", "Kowalski", "Lacroix", "Laîné", "Le Goff", "Le Guen", "Lefèvre", "Lemaître",
    "Marchand", "Martinez", "Mercier", "Moreau", "N’Diaye", "Nguyen", "Noël", "Payet", "Perrin", "Petit",
    "Picard", "Renaud", "Rossi", "Rousseau", "Saint-Martin", "Sauvage", "Tessier", "Traoré", "Vasseur",
)  # fmt: skip
_CITIES: Final = (
    "Bourg-en-Bresse", "Brive", "Cahors", "Dieppe", "Gap", "Lannion", "Mâcon", "Montluçon", "Niort",
    "Quimper", "Saint-Étienne", "Vannes", "Verdun", "Vienne",
)  # fmt: skip
_UNITS: Final = (
    "Cardiologie", "Chirurgie digestive", "Gériatrie", "Médecine interne", "Neurologie", "Pneumologie",
    "Rhumatologie", "Urologie",
)  # fmt: skip
_MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip
_DATES: Final = (
    "{day:02}/{month:02}/{year}",
    "{day:02}/{month:02}/{year}",
    "{day:02}.{month:02}.{year}",
    "{day:02}-{month:02}-{year}",
    "{day} {name} {year}",
    "{year}-{month:02}-{day:02}",
)
_NIR_FORMS: Final = (
    "{0}{1}{2}{3}{4}{5}{6}",
    "{0} {1} {2} {3} {4} {5} {6}",
    "{0} {1} {2} {3} {4} {5} / {6}",
    "{0}{1}{2}{3}{4}{5} {6}",
    "{0}-{1}-{2}-{3}-{4}-{5}-{6}",
    "{0}\u00a0{1}\u00a0{2}\u00a0{3}\u00a0{4}\u00a0{5}\u00a0{6}",
)
_LAYOUTS: Final = (
    """\
CENTRE HOSPITALIER DE {CITY}
Service de {unit}
Chef de service : Pr {chief}
Praticien hospitalier : Dr {doctor} - RPPS {rpps}
Secrétariat : {phone}

{city}, le {today}

Patient : {civility} {SURNAME} {given}
Né(e) le : {birth}
N° de sécurité sociale : {nir}
""",
    """\
Hôpital de {city} - {unit}
Tél. {phone}

{city}, le {today}

Cher confrère,

J'ai vu ce jour en consultation {title} {given} {surname}, {born} le {birth}.
Son numéro de sécurité sociale est le {nir}.
""",
    """\
LABORATOIRE DE BIOLOGIE MÉDICALE {SURNAME2}
Biologiste responsable : Dr {doctor}      FINESS {finess}
{city} - Tél : {phone}

Nom : {SURNAME}          Prénom : {given}          Sexe : {sex}
Date de naissance : {birth}          Édité le {today}
Prescripteur : Dr {chief}
NIR : {nir}
""",
    """\
Docteur {doctor}
Médecin généraliste - {rpps}
{city}

Le {today}

{title} {SURNAME} {given}
{born} le {birth}
N° SS : {nir}
""",
    """\
COMPTE RENDU D'HOSPITALISATION
Unité : {unit}     Responsable : Dr {chief}

NOM DE NAISSANCE : {SURNAME}
NOM D'USAGE : {SURNAME2}
PRENOMS : {GIVEN}
DATE DE NAISSANCE : {birth}
SEXE : {sex}
INS : {nir}

Rédigé par le Dr {doctor} le {today}
""",
    """\
Identité | {SURNAME} {given} | {sex} | {birth}
Assuré | {nir}
Service | {unit} | Dr {doctor}
""",
    """\
CLINIQUE SAINT-{SURNAME2} - {city}
Standard {phone}
Objet : {title} {given} {SURNAME} (DDN {birth})
Réf. assuré : NIR {nir}

Madame, Monsieur, cher collègue,

Merci de recevoir ce patient, que suit le Dr {doctor}.
""",
    """\
Bonjour,

Voici ce que je vous disais hier au sujet de {title} {SURNAME} {given}, {born} le {birth}.
Sécurité sociale : {nir}

Dr {doctor}
{unit}, {city}
{phone}
""",
    """\
Courrier du {today}
De : Dr {doctor}, {unit}
À : Dr {chief}

Concerne : {SURNAME} {given}, {born} le {birth}
N° INSEE : {nir}
""",
    """\
SERVICE D'IMAGERIE MEDICALE - CH {CITY}
Radiologue : Dr {doctor}
Demandeur : Dr {chief} ({unit})
Examen du {today}

Nom/Prenom : {SURNAME}/{GIVEN}
Ne(e) le : {birth}
NIR : {nir}
""",
    """\
Nom usuel : {surname}
Prénom : {given}
Naissance : {birth}
Immatriculation : {nir}
Médecin traitant : Dr {chief}
Date du document : {today}
""",
    """\
{city}, le {today}

Je soussigné, Docteur {doctor}, RPPS {rpps}, certifie avoir examiné
{title} {given} {SURNAME}, {born} le {birth} à {city}.
N° de sécurité sociale {nir}
""",
    """\
CHU DE {CITY} - Pôle {unit}
Pr {chief}, chef de pôle - secrétariat {phone}
Dr {doctor}

Votre patient{e} {title} {surname} {given}, {born} le {birth}, a été reçu{e} dans le service.
NIR : {nir}
""",
    """\
ÉTIQUETTE PATIENT
{SURNAME} {GIVEN}
{sex} {birth}
{nir}
""",
    """\
bonjour,
pour {title} {surname} {given} ddn {birth}
n° secu {nir}
merci
{doctor}
""",
    """\
LABORATOIRE {SURNAME2}
{city}

Nom de naissance
{SURNAME}
Prénom
{given}
Date de naissance
{birth}
NIR {nir}

Médecin prescripteur
Dr {chief}
""",
    """\
Demande d'avis du {today} - {unit}
De : Dr {doctor}
Patient(e) : {given} {SURNAME} - {sex} - {birth}
Matricule INS : {nir}
""",
    """\
Transmission au Dr {chief}

{title} {SURNAME2} ({born} {SURNAME}) {given}
Date de naissance {birth}
Sécu {nir}

{doctor}, IDE, {unit}
""",
)  # fmt: skip
"""A line with ``{nir}`` is left out where no NIR is asked for: nothing else of the person stands on it."""


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody who does not exist."""

    woman: bool
    given: str
    surname: str
    day: int
    month: int
    year: int

    def born(self, form: str) -> str:
        """Return the birth date."""
        return _date(form, self.day, self.month, self.year)


def header(seed: str, *, nir: bool) -> str:
    """Return a letter header about an invented person, the same for the same seed.

    The one with the NIR is about the same person, in the same layout.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret: a file must always get the same
    layout = draw.choice(_LAYOUTS)
    person = _person(draw)
    number = _nir(draw, person)
    kept = layout if nir else "".join(row for row in layout.splitlines(keepends=True) if "{nir}" not in row)
    city = draw.choice(_CITIES)
    surname2 = draw.choice(_SURNAMES)
    return kept.format(
        given=person.given,
        GIVEN=person.given.upper(),
        surname=person.surname,
        SURNAME=person.surname.upper(),
        SURNAME2=surname2.upper(),
        civility="Mme" if person.woman else "M.",
        title=draw.choice(("Madame", "Mme") if person.woman else ("Monsieur", "M.")),
        born="née" if person.woman else "né",
        e="e" if person.woman else "",
        sex="F" if person.woman else "M",
        birth=person.born(draw.choice(_DATES)),
        today=_date(draw.choice(_DATES[:5]), draw.randint(1, 28), draw.randint(1, 12), 2026),
        chief=_physician(draw),
        doctor=_physician(draw),
        unit=draw.choice(_UNITS),
        city=city,
        CITY=city.upper(),
        phone=f"01 99 00 {draw.randint(10, 99)} {draw.randint(10, 99)}",
        rpps=f"101{draw.randint(0, 99_999_999):08}",
        finess=f"{draw.randint(10, 95)}0{draw.randint(0, 999_999):06}",
        nir=number,
    )


def _person(draw: random.Random) -> _Person:
    woman = draw.random() < 0.5  # noqa: PLR2004 - one of two
    given = draw.choice(_WOMEN if woman else _MEN)
    return _Person(
        woman,
        given,
        draw.choice(_SURNAMES),
        draw.randint(1, 28),
        draw.randint(1, 12),
        draw.randint(1930, 2020),
    )


def _physician(draw: random.Random) -> str:
    given, surname = draw.choice(_WOMEN + _MEN), draw.choice(_SURNAMES)
    return draw.choice((f"{given} {surname}", f"{given} {surname.upper()}", f"{given[0]}. {surname.upper()}"))


def _date(form: str, day: int, month: int, year: int) -> str:
    said = "1er" if day == 1 and "{name}" in form else day
    return form.format(day=said, month=month, year=year, name=_MONTHS[month - 1])


def _nir(draw: random.Random, person: _Person) -> str:
    """Return the NIR of this person, with the right key, as people write it."""
    fields = (
        "2" if person.woman else "1",
        f"{person.year % 100:02}",
        f"{person.month:02}",
        f"{draw.choice([*range(1, 20), *range(21, 96)]):02}",
        f"{draw.randint(1, 400):03}",
        f"{draw.randint(1, 600):03}",
    )
    return draw.choice(_NIR_FORMS).format(*fields, f"{control_key(''.join(fields)):02}")
