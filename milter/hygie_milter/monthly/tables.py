"""The report as tables: what each section says, in French, and its rows.

Does:   turns figures into sections of tables and charts; the page and the CSV files are both made of these,
        so that they cannot disagree.
Never:  names a person, an address or a message: rows are days, kinds, policies, reasons, versions.
Fails:  never.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from hygie_milter.feedback import Judgement, Note
from hygie_milter.journal.verify import Verdict
from hygie_milter.monthly import charts, words
from hygie_milter.monthly.figures import DELAYS, HOUR, Figures
from hygie_policies import messages
from hygie_policies.checks import WARN_DAYS
from hygie_policies.loader import PolicySet
from hygie_policies.model import Action
from hygie_policies.parties import PARIS
from hygie_policies.schema import Status

Cell = str | int
Row = tuple[Cell, ...]

_KINDS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page and a CSV file of the same name."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    empty: str
    """What is said instead of a table without rows."""
    total: Row | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the report."""

    id: str
    title: str
    text: tuple[str, ...]
    tables: tuple[Table, ...]
    charts: tuple[charts.Chart, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """An exception of a policy and when it ends."""

    policy: str
    exception: str
    expires: date
    left: int
    """Days from today; negative once it has ended."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report is made of."""

    figures: Figures
    verdict: Verdict
    made: datetime
    endings: Sequence[Ending] | None
    """None when the policies in force could not be loaded."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """French titles of the policies in force, by id."""

    @property
    def unfinished(self) -> bool:
        """Whether the month had not ended when the report was made."""
        return self.made < self.figures.month.end


def endings(policies: PolicySet, today: date) -> list[Ending]:
    """Return the exceptions of policies in use that have ended or will within a month, by date."""
    found = [
        Ending(policy.id, exception.id, exception.expires, (exception.expires - today).days)
        for policy in policies.policies
        if policy.status is not Status.RETIRED
        for exception in policy.exceptions
    ]
    return sorted(
        (ending for ending in found if ending.left <= WARN_DAYS),
        key=lambda ending: (ending.left, ending.policy),
    )


def sections(report: Report) -> tuple[Section, ...]:
    """Return the whole report, chapter by chapter."""
    figures = report.figures
    return (
        _volumes(figures),
        _kinds(figures),
        _policies(report),
        _near(figures),
        _holds(figures),
        _feedback(figures),
        _exceptions(report),
        _simulation(figures),
        _unread(figures),
        _emergency(figures),
        _versions(figures),
        _retention(report),
    )


def _row(*cells: Cell) -> Row:
    return cells


def _volumes(figures: Figures) -> Section:
    days = figures.month.days
    rows = tuple(
        _row(
            f"{day:%d/%m/%Y}",
            sum(figures.messages[day, action] for action in Action),
            *(figures.messages[day, action] for action in Action),
        )
        for day in days
    )
    actions = figures.actions()
    table = Table(
        "volumes",
        "Messages par jour, selon la décision la plus stricte prise pour l'un des destinataires",
        ("Jour", "Messages", *words.ACTIONS.values()),
        rows if figures.total else (),
        "Aucune décision n'est au journal pour ce mois.",
        ("Total", figures.total, *(actions[action] for action in Action)),
    )
    labels = tuple(str(day.day) for day in days)
    acting = tuple(action for action in Action if action is not Action.ALLOW)
    drawn = (
        charts.columns(
            "Messages décidés par jour",
            labels,
            {"Messages": tuple(sum(figures.messages[day, action] for action in Action) for day in days)},
        ),
        charts.columns(
            "Messages pour lesquels Hygie a agi, par jour",
            labels,
            {
                words.ACTIONS[action]: tuple(figures.messages[day, action] for day in days)
                for action in acting
            },
        ),
    )
    return Section(
        "volumes",
        "Volumes par jour",
        (words.VOLUMES,),
        (table,),
        drawn if figures.total else (),
    )


def _kinds(figures: Figures) -> Section:
    texts = messages.texts()
    ordered = sorted(figures.kind_messages.items(), key=lambda row: (-row[1], row[0]))
    named = [
        (texts.kind(kind, "fr") if kind != "other" else "autres", kind, count) for kind, count in ordered
    ]
    rows = tuple(
        _row(name, kind, count, *(figures.kinds[kind, confidence] for confidence in words.CONFIDENCES))
        for name, kind, count in named
    )
    table = Table(
        "genres",
        "Genres de données trouvés : messages qui en contiennent, et occurrences par certitude",
        ("Genre", "Code", "Messages", *words.CONFIDENCES.values()),
        rows,
        "Rien n'a été trouvé dans les messages de ce mois.",
    )
    shown = named[:_KINDS_SHOWN]
    drawn = charts.bars(
        "Genres les plus fréquents, en messages", tuple((n, count) for n, _kind, count in shown)
    )
    return Section(
        "genres",
        "Genres de données trouvés",
        (words.KINDS_FOUND,),
        (table,),
        (drawn,) if rows else (),
    )


def _policies(report: Report) -> Section:
    figures = report.figures
    wrong = _wrongly(figures)
    rows = tuple(
        _row(
            policy,
            sum(figures.matches[policy, action] for action in Action),
            *(figures.matches[policy, action] for action in Action),
            figures.failed[policy],
            wrong.count(policy),
        )
        for policy in sorted({policy for policy, _action in figures.matches})
    )
    actions, total = figures.actions(), figures.total
    untitled = words.NO_TITLE if report.endings is not None else "—"
    cited = sorted({policy for policy, *_ in (*figures.matches, *figures.simulated, *figures.spared)})
    return Section(
        "decisions",
        "Décisions par action et par règle",
        (),
        (
            Table(
                "decisions",
                "Décisions par action",
                ("Action", "Messages", "Part"),
                tuple(
                    (words.ACTIONS[action], actions[action], _share(actions[action], total))
                    for action in Action
                )
                if total
                else (),
                "Aucune décision ce mois.",
                ("Total", total, _share(total, total)),
            ),
            Table(
                "regles",
                "Règles appliquées qui se sont déclenchées, selon l'action la plus stricte demandée",
                ("Règle", "Messages", *words.ACTIONS.values(), "En panne", "Faux positifs signalés"),
                rows,
                "Aucune règle appliquée ne s'est déclenchée ce mois.",
            ),
            Table(
                "exceptions-utilisees",
                "Exceptions qui ont épargné quelqu'un",
                ("Règle", "Exception", "Messages"),
                tuple((*names, count) for names, count in sorted(figures.spared.items())),
                "Aucune exception n'a servi ce mois.",
            ),
            Table(
                "intitules",
                "Intitulés des règles citées dans ce rapport",
                ("Règle", "Intitulé"),
                tuple((policy, report.titles.get(policy, untitled)) for policy in cited),
                "Aucune règle n'est citée.",
            ),
        ),
    )


def _wrongly(figures: Figures) -> list[str]:
    """Return the policies behind each false positive that was reported."""
    wrong = (said for said in figures.judged.values() if said.judgement is Judgement.FALSE_POSITIVE)
    return [policy for said in wrong for policy in said.policies]


def _near(figures: Figures) -> Section:
    rows = tuple((name, figures.near[near]) for near, name in words.NEAR.items())
    return Section(
        "presque",
        "Près du seuil : partis en clair vers l'extérieur",
        (words.NEAR_TEXT,),
        (
            Table(
                "presque",
                "Messages partis en clair vers l'extérieur, et ce qui manquait pour les arrêter",
                ("Situation", "Messages"),
                rows if figures.near else (),
                "Aucun message de ce mois n'est dans ce cas.",
            ),
        ),
    )


def _holds(figures: Figures) -> Section:
    ended = figures.releases.total()
    held = figures.actions()[Action.HOLD]
    delays = tuple((_delay_class(index), figures.delays[index]) for index in range(len(DELAYS) + 1))
    longest = f"La retenue la plus longue : {_duration(figures.longest)}. " if figures.delays else ""
    unknown = (
        f"Délai inconnu pour {figures.delay_unknown}, retenus avant ce mois." if figures.delay_unknown else ""
    )
    return Section(
        "retenus",
        "Messages retenus, libérations et délais",
        (
            f"{longest}{unknown}".strip(),
            words.BY_HAND,
        ),
        (
            Table(
                "retenus",
                "Messages retenus ce mois, et retenues qui ont pris fin ce mois",
                ("Situation", "Messages"),
                (
                    ("Retenus ce mois", held),
                    *((words.RELEASES[outcome], figures.releases[outcome]) for outcome in words.RELEASES),
                    ("Retenus ce mois et sans suite au journal", figures.still_held),
                )
                if held or ended
                else (),
                "Aucun message n'a été retenu ni libéré ce mois.",
            ),
            Table(
                "delais",
                "Durée des retenues qui ont pris fin",
                ("Durée", "Messages"),
                delays if figures.delays else (),
                "Aucune retenue dont la durée soit connue n'a pris fin ce mois.",
            ),
        ),
        (charts.bars("Durée des retenues, en messages", delays),) if figures.delays else (),
    )


def _delay_class(index: int) -> str:
    if index == len(DELAYS):
        return f"{_duration(DELAYS[-1])} et plus"
    return (
        f"moins de {_duration(DELAYS[index])}"
        if index == 0
        else (f"de {_duration(DELAYS[index - 1])} à {_duration(DELAYS[index])}")
    )


def _duration(seconds: float) -> str:
    """Say how long, in the unit that a person would use."""
    if seconds < HOUR:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * 24 * HOUR:
        return f"{seconds / HOUR:.0f} h"
    return f"{seconds / (24 * HOUR):.0f} jours"


def _feedback(figures: Figures) -> Section:
    counted: dict[tuple[Judgement, Note | None], int] = {}
    for said in figures.judged.values():
        key = said.judgement, said.note
        counted[key] = counted.get(key, 0) + 1
    order = [(judgement, note) for judgement in Judgement for note in words.NOTES]
    return Section(
        "signalements",
        "Signalements",
        (words.FEEDBACK,),
        (
            Table(
                "signalements",
                "Décisions jugées fausses, par motif",
                ("Signalement", "Motif", "Messages"),
                tuple(
                    (words.JUDGEMENTS[judgement], words.NOTES[note], counted[judgement, note])
                    for judgement, note in order
                    if (judgement, note) in counted
                ),
                "Aucun signalement ce mois.",
                ("Total", "", len(figures.judged)),
            ),
        ),
    )


def _exceptions(report: Report) -> Section:
    if report.endings is None:
        empty = (
            "Les règles en vigueur n'ont pas pu être chargées : leurs exceptions ne sont pas connues. "
            "hygie policy check dit pourquoi."
        )
    else:
        empty = f"Aucune exception n'est expirée ni n'expire dans les {WARN_DAYS} jours."
    rows = tuple(
        (ending.policy, ending.exception, f"{ending.expires:%d/%m/%Y}", _left(ending.left))
        for ending in report.endings or ()
    )
    return Section(
        "exceptions",
        "Exceptions expirées ou qui vont expirer",
        (f"Dans les règles en vigueur au {report.made.astimezone(PARIS):%d/%m/%Y}.",),
        (
            Table(
                "exceptions",
                "Exceptions à revoir",
                ("Règle", "Exception", "Dernier jour", "État"),
                rows,
                empty,
            ),
        ),
    )


def _left(days: int) -> str:
    if days < 0:
        return "expirée : n'épargne plus personne"
    return "expire aujourd'hui" if days == 0 else f"expire dans {days} jour{'s' if days > 1 else ''}"


def _simulation(figures: Figures) -> Section:
    rows = tuple(
        _row(
            policy,
            words.WISHES[wanted],
            sum(figures.simulated[policy, wanted, done] for done in Action),
            sum(figures.simulated[policy, wanted, done] for done in Action if wanted.rank > done.rank),
            *(figures.simulated[policy, wanted, done] for done in Action),
        )
        for policy, wanted in sorted({(policy, wanted) for policy, wanted, _done in figures.simulated})
    )
    return Section(
        "simulation",
        "Règles en simulation",
        (words.SIMULATION,),
        (
            Table(
                "simulation",
                "Règles en simulation qui se sont déclenchées",
                (
                    "Règle",
                    "Aurait fait",
                    "Messages",
                    "Plus strict",
                    *(f"dont {name.lower()}" for name in words.ACTIONS.values()),
                ),
                rows,
                "Aucune règle en simulation ne s'est déclenchée ce mois.",
            ),
        ),
    )


def _unread(figures: Figures) -> Section:
    texts = messages.texts()
    rows = tuple(
        (
            texts.reason(reason, "fr") if reason != "other" else "autre",
            reason,
            figures.unread_messages[reason],
            figures.unread_parts[reason],
            figures.unread_left[reason],
        )
        for reason in sorted(figures.unread_messages, key=lambda r: (-figures.unread_messages[r], r))
    )
    return Section(
        "non-lus",
        "Ce qui n'a pas pu être lu",
        (words.UNREAD,),
        (
            Table(
                "non-lus",
                "Parties de messages qui n'ont pas été lues, par motif",
                ("Motif", "Code", "Messages", "Parties", "Messages partis en clair au dehors"),
                rows,
                "Tout a été lu.",
            ),
        ),
    )


def _emergency(figures: Figures) -> Section:
    verdicts = Counter(figures.reviews.values())
    used = _counted(words.EMERGENCIES, figures.emergencies) + _counted(words.VERDICTS, verdicts)
    approvals = _counted(words.ROLES, figures.approvals)
    if figures.remembered:
        approvals += (("Messages partis par une approbation donnée auparavant", figures.remembered),)
    return Section(
        "urgence",
        "Procédure d'urgence et approbations",
        (),
        (
            Table(
                "urgence",
                "Messages portant la marque d'urgence",
                ("Situation", "Messages"),
                used,
                "La procédure d'urgence n'a pas servi ce mois, ou n'est pas en place.",
            ),
            Table(
                "approbations",
                "Approbations de messages retenus",
                ("Approbation", "Nombre"),
                approvals,
                "Aucune approbation ce mois, ou la libération par approbation n'est pas en place.",
            ),
        ),
    )


def _counted(names: Mapping[str, str], counts: Mapping[str, int]) -> tuple[Row, ...]:
    """Return a row for each name that was counted."""
    return tuple((name, counts[word]) for word, name in names.items() if counts.get(word))


def _versions(figures: Figures) -> Section:
    reloads = (
        ("Rechargements réussis", figures.reloads[True]),
        ("Rechargements refusés", figures.reloads[False]),
    )
    starts = tuple(
        (f"Démarrages de Hygie {version}".rstrip(), n) for version, n in sorted(figures.starts.items())
    )
    return Section(
        "versions",
        "Règles en vigueur pendant le mois",
        ("Première et dernière décision prises sous chaque ensemble de règles (heure de Paris).",),
        (
            Table(
                "ensembles",
                "Ensembles de règles",
                ("Version", "Empreinte", "Première décision", "Dernière décision", "Messages"),
                tuple(
                    (version or "—", digest[:12] or "—", _moment(span.first), _moment(span.last), span.lines)
                    for (version, digest), span in sorted(figures.sets.items(), key=lambda row: row[1].first)
                ),
                "Aucune décision ce mois.",
            ),
            Table(
                "changements",
                "Changements d'état des règles",
                ("Date", "Règle", "Avant", "Après", "Forcé"),
                tuple(
                    (
                        _moment(moment),
                        policy,
                        words.STATUSES.get(before, before),
                        words.STATUSES.get(after, after),
                        "oui" if forced else "non",
                    )
                    for moment, policy, before, after, forced in figures.changes
                ),
                "Aucun changement d'état n'est au journal ce mois.",
            ),
            Table(
                "service",
                "Démarrages et rechargements",
                ("Événement", "Nombre"),
                (*starts, *(row for row in reloads if row[1])),
                "Ni démarrage ni rechargement ce mois.",
            ),
        ),
    )


def _retention(report: Report) -> Section:
    verdict, figures = report.verdict, report.figures
    damages = tuple((damage.file, damage.line or "—", damage.french) for damage in verdict.damages)
    return Section(
        "conservation",
        "Journal : intégrité et conservation",
        (words.INTEGRITY,),
        (
            Table(
                "integrite",
                "Ce qui n'est pas comme il a été écrit",
                ("Fichier", "Ligne", "Constat"),
                damages,
                f"Rien : les {number(verdict.lines)} lignes vérifiées sont intactes et à leur place."
                if verdict.lines
                else "Rien : il n'y avait aucune ligne à vérifier.",
            ),
            Table(
                "purges",
                "Preuves de purge : jours effacés au terme de leur conservation",
                ("Date", "Avant le", "Fichiers", "Lignes"),
                tuple(
                    (_moment(moment), _french_day(purged.before), purged.files, purged.lines)
                    for moment, purged in figures.purges
                ),
                "Aucune purge ce mois : rien n'avait atteint le terme de sa conservation.",
            ),
        ),
    )


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f} %".replace(".", ",") if total else "—"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%d/%m/%Y %H:%M}"


def _french_day(iso: str) -> str:
    return "/".join(reversed(iso.split("-")))


def number(count: int) -> str:
    """Return a number with its thousands apart, by a narrow no-break space."""
    return f"{count:,}".replace(",", "\u202f")


def summary(report: Report) -> tuple[tuple[str, int, str], ...]:
    """Return the figures of the first lines: name, count, share of all messages."""
    figures = report.figures
    actions, total = figures.actions(), figures.total
    rows: Iterable[tuple[str, int]] = ((words.ACTIONS[action], actions[action]) for action in Action)
    return (
        ("Messages décidés", total, ""),
        *((name, count, _share(count, total) if total else "") for name, count in rows),
    )
