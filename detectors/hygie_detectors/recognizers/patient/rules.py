"""The rules that find names: labels, titles, "né le", words of care.

Does:   yields each name that a rule finds, with how sure the rule is that it is a patient's.
Never:  takes a professional for a patient: a doctor, a signature with its function, the colleague
        one greets. Never takes an empty label of a blank form.
Fails:  never on any text.
Source: ANS cartouches, hospital letters; measurements in the project's facts on person names.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from hygie_detectors.model import Confidence
from hygie_detectors.recognizers.base import Triggers
from hygie_detectors.recognizers.context import Spanned, line, longest
from hygie_detectors.recognizers.patient import patterns
from hygie_detectors.recognizers.patient.bare import bare_names
from hygie_detectors.recognizers.patient.care import Care
from hygie_detectors.recognizers.patient.columns import in_columns
from hygie_detectors.recognizers.patient.combine import TOGETHER, near
from hygie_detectors.recognizers.patient.dates import Dated
from hygie_detectors.recognizers.patient.names import (
    BEFORE,
    Named,
    cut,
    first_of_name,
    is_professional,
    lower_name,
    lower_person,
    name_at,
    name_before,
)
from hygie_detectors.recognizers.patient.public import Public
from hygie_detectors.recognizers.patient.work import acts, complains, exercises, fills_role, is_keeper
from hygie_detectors.text import NormalText

LETTER: Final = 800
"""Characters between a greeting and what the letter says of the care of the one it greets."""
RELATIVE: Final = 30
"""Characters read before a name for whose mother, son or child it is."""
FORM: Final = 200
"""Characters behind the last name of a form in which it says whose it is."""
STATED: Final = 60
"""Characters behind a verb of state in which the disease is told."""
TITLES: Final = frozenset({"header", "name"})
"""Sources of short texts that say what something is."""
_INITIALS: Final = 2
"""Letters of a word that may be initials."""


def find_names(
    text: NormalText, triggers: Triggers, dates: Sequence[Dated], source: str = "body"
) -> list[Named]:
    """Return every name once, the surest where several rules found it; ``dates`` are whole birth dates."""
    care = Care(text, triggers)
    found = [
        *_labelled(text, triggers, dates),
        *_patients(text, triggers),
        *_concerned(text, triggers, care),
        *_born(text, triggers, dates),
        *_titled(text, triggers, care, source),
        *_written_to(text, triggers, care),
        *_bare(text, triggers, care, source),
        *in_columns(text, triggers),
    ]
    found.sort(key=lambda n: (-n.confidence.rank, n.kind, n.start))
    kept: list[Named] = []
    taken: set[int] = set()
    for name in found:
        places = {*range(name.start, name.end)}
        if not places & taken:
            taken |= places
            kept.append(name)
    return sorted(_told_apart(text, kept, triggers, dates), key=lambda n: n.start)


def _told_apart(
    text: NormalText, names: Sequence[Named], triggers: Triggers, dates: Sequence[Dated]
) -> Iterator[Named]:
    """Yield the names, low for those in a programme of speakers or a biography.

    A label says that it is neither; programmes tell no birth dates, biographies write no "Madame".
    """
    born = sorted(date.start for date in dates)
    public = Public(triggers)
    titles = sorted(trigger.end for trigger in triggers.of("title"))
    for name in names:
        at = bisect_right(titles, name.start)
        titled = at > 0 and not text.text[titles[at - 1] : name.start].strip(" .\n")
        spoken = not near(born, name, TOGETHER) and public.speaker(name)
        staff = not name.label and _listed_staff(text, name)
        career = public.career(name) and not public.treated(name)
        namesake = bool(name.label) or titled or near(born, name, TOGETHER)
        staff = staff or (public.figure(name) and not namesake)
        if staff or career or (not name.label and (spoken or (not titled and public.biography(name)))):
            yield name._replace(confidence=Confidence.LOW, public=True)
        else:
            yield name


def _listed(text: NormalText, name: Spanned, near: Care) -> bool:
    """Tell whether a name begins its line, or follows an hour or a number there, and health its rest."""
    first, last = line(text.folded, name.start, name.end)
    return (
        patterns.ENTRY.fullmatch(text.folded, first, name.start) is not None
        and near.hinted(name.end, last)
        and not patterns.WORK_ENTRY.search(text.folded, name.end, last)
        and not _of_work(text, near.sentence(name))
    )


def _is_subject(text: NormalText, name: Spanned, near: Care) -> bool:
    """Tell whether what follows says a disease of the one named: "Luc Roy est en arrêt pour sciatique"."""
    verb = patterns.STATE_AFTER.match(text.folded, name.end)
    return (
        verb is not None
        and near.hinted(name.end, verb.end() + STATED)
        and not _of_work(text, near.sentence(name))
    )


def _whole(text: NormalText, name: Spanned, front: int) -> bool:
    """Tell whether a subject or a file's name is the name and nothing else."""
    before = patterns.ANSWER.fullmatch(text.folded, 0, front)
    return before is not None and patterns.SUFFIX.fullmatch(text.folded, name.end) is not None


def _listed_staff(text: NormalText, name: Named) -> bool:
    first, _ = line(text.folded, name.start, name.start)
    return patterns.LISTED_STAFF.search(text.folded, first, name.start) is not None


def _labelled(text: NormalText, triggers: Triggers, dates: Sequence[Dated]) -> Iterator[Named]:
    """Yield names behind "Nom de naissance", and behind "Nom :", which two different labels make sure."""
    labels = longest(
        [
            *triggers.of("birth_name_label"),
            *triggers.of("name_label"),
            *triggers.of("birth_label"),
        ]
    )
    weak = []
    for label in labels:
        if label.term in patterns.BIRTH_NAME_LABELS:
            if (gap := patterns.SEPARATOR.match(text.text, label.end)) and (
                name := name_at(text, gap.end(), "patient_name", Confidence.MEDIUM, label=label)
            ):
                yield name
        elif label.term in patterns.NAME_LABELS and (gap := patterns.COLON.match(text.text, label.end)):
            name = name_at(text, gap.end(), "patient_name", Confidence.LOW, label=label)
            if name or (name := lower_name(text, gap.end(), label)):
                weak.append(name)
    if weak and not dates and patterns.WORK_FORM.search(text.folded, weak[0].start, weak[-1].end + FORM):
        return
    whole = len({name.label[:3] for name in weak}) > 1 or any(" " in n.label or "/" in n.label for n in weak)
    whole = whole or bool(
        weak and patterns.PERSONAL_FORM.search(text.folded, weak[0].end, weak[0].end + FORM)
    )
    confidence = Confidence.MEDIUM if whole else Confidence.LOW
    for name in weak:
        yield name._replace(confidence=confidence)


def _patients(text: NormalText, triggers: Triggers) -> Iterator[Named]:
    """Yield names behind "Patient :", "la patiente Mme", or "patient" when two words follow."""
    given = {trigger.start for trigger in triggers.of("given_name")}
    for label in triggers.of("patient_label"):
        colon = patterns.COLON.match(text.text, label.end)
        gap = colon or patterns.SPACE.match(text.text, label.end)
        if not gap:
            continue
        title = patterns.TITLE.match(text.text, gap.end())
        at = title.end() if title else gap.end()
        name = name_at(text, at, "patient_name", Confidence.MEDIUM, label=label)
        if name and (title or _looks_like_a_name(text, name, given)):
            yield name
        elif name and colon and _fills_the_line(text, name):
            yield name._replace(confidence=Confidence.LOW)


def _fills_the_line(text: NormalText, name: Named) -> bool:
    """Tell whether the rest of the line holds one word in capitals and nothing else."""
    _, last = line(text.folded, name.end, name.end)
    return text.text[name.start : name.end].isupper() and not text.text[name.end : last].strip()


def _looks_like_a_name(text: NormalText, name: Named, given: set[int]) -> bool:
    """Tell whether two words or more hold a surname in capitals, a known given name or an initial.

    A comma may part the two: "HERNANDEZ, Paul".
    """
    words = text.text[name.start : name.end].split()
    known = any(start in given for start in range(name.start, name.end))
    if len(words) == 1:
        return words[0].isupper() and text.text[name.end : name.end + 2] == ", " and name.end + 2 in given
    return known or any((len(w) > _INITIALS and w.isupper()) or w.endswith(".") for w in words)


def _concerned(text: NormalText, triggers: Triggers, near: Care) -> Iterator[Named]:
    """Yield the name behind "résultats de", and behind "concernant" where health is spoken of nearby."""
    given = {trigger.start for trigger in triggers.of("given_name")}
    own = {cue.start for cue in triggers.of("care_of")}
    drugs = {drug.start for drug in triggers.of("drug")}
    for cue in longest([*triggers.of("concerning"), *triggers.of("care_of")]):
        gap = patterns.SPACE.match(text.text, cue.end)
        title = gap and patterns.TITLE.match(text.text, gap.end())
        at = title.end() if title else gap.end() if gap else cue.end
        name = name_at(text, at, "patient_name", Confidence.LOW, before=cue.start) if gap else None
        if name and (title or (_looks_like_a_name(text, name, given) and name.start not in drugs)):
            hinted = title is not None and near.hinted(*near.sentence(name))
            sure = cue.start in own or hinted or near.health(name) or near.cared(name) or near.unwell(name)
            yield Named(name.start, name.end, name.kind, Confidence.MEDIUM if sure else Confidence.LOW)


def _born(text: NormalText, triggers: Triggers, dates: Sequence[Dated]) -> Iterator[Named]:
    """Yield the name right before "né le", and right before a birth date."""
    starts = {date.start for date in dates}
    cues = [c.start for c in longest(triggers.of("born")) if not starts.isdisjoint(range(c.end, c.end + 60))]
    for at in (*cues, *(date.start for date in dates)):
        before = name_before(text, at)
        start = first_of_name(text, before.start(1), at) if before else None
        if start is not None and (name := name_at(text, start, "patient_name", Confidence.MEDIUM)):
            yield name


def _titled(text: NormalText, triggers: Triggers, near: Care, source: str) -> Iterator[Named]:
    """Yield names behind "M.", "Mme": medium where the sentence tells of care, else low.

    "Madame Petit," on a line of its own is whom the mail is written to: low. As a whole subject it says
    whom the mail is about: medium. Without capitals the name must be one of the list, or an age beside it.
    """
    surnames = {trigger.start for trigger in (*triggers.of("surname"), *triggers.of("given_name"))}
    for cue in triggers.of("title"):
        title = patterns.TITLE.match(text.text, cue.start)
        name = title and name_at(text, title.end(), "person_name", Confidence.LOW, before=cue.start)
        civil = title and not name and title[0][0] in "Mm"  # not "l'enfant souffre"
        if title and civil and (name := lower_person(text, title.end())):
            listed = name.start in surnames
            described = listed or _described(text, name, cue.start)
            told = near.health(name) or (listed and near.unwell(name))
            sure = told and (near.cared(name) or described)
            yield Named(name.start, name.end, name.kind, Confidence.MEDIUM if sure else Confidence.LOW)
        elif name:
            sure = (
                _is_about(text, name, cue.start, near)
                or (source == "header" and _whole(text, name, cue.start))
            ) and not triggers.once(exercises, text)
            yield Named(name.start, name.end, name.kind, Confidence.MEDIUM if sure else Confidence.LOW)


def _is_about(text: NormalText, name: Named, front: int, near: Care) -> bool:
    """Tell whether the words around a titled name say that it is spoken of, and of whose care."""
    described = _described(text, name, front)
    address = patterns.ADDRESSED.match(text.text, name.end) if _opens_line(text, front) else None
    if address and not described:
        return near.cared(name) and not address["break"]
    if _at_work(text, name, front, near):
        return False
    if near.cared(name):
        return True
    spoken = near.spoken(name) if described else near.health(name) or near.unwell(name)
    return spoken and (described or not _of_work(text, near.sentence(name)))


def _at_work(text: NormalText, name: Named, front: int, near: Care) -> bool:
    """Tell whether a name fills a role, or is the subject of work, and nothing is said to be done to it."""
    if not near.spoken(name):
        return False
    if is_keeper(text, front):
        return True
    if near.undergone(name):
        return False
    if fills_role(text, front):
        return True
    verb = acts(text, name)
    if verb is None:
        return False
    before, behind = near.next_spoken(name.end), near.next_spoken(verb.end())
    if before is not None and before < verb.end() and "(" not in text.folded[name.end : before]:
        return False  # "Mme Roy, diabétique, anime": a unit may stand in brackets, "Mme Roy (dialyse)"
    return behind is None or not complains(text, verb, behind)


def _described(text: NormalText, name: Spanned, front: int) -> bool:
    """Tell whether an age or a room stands right beside a name, and no function behind it."""
    age = patterns.AGED_AFTER.match(text.folded, name.end)
    if age:
        function = patterns.PROFESSIONAL_AFTER.match(text.folded, age.end())
        return function is None or "\n\n" in function[0]  # the writer's signature
    room = patterns.ROOM_BEFORE.search(text.folded, max(0, front - 30), front)
    return room is not None or patterns.ROOM_AFTER.match(text.folded, name.end) is not None


def _of_work(text: NormalText, sentence: tuple[int, int]) -> bool:
    """Tell whether a sentence speaks of a disease as work: a thesis, a training, a stand."""
    return patterns.ABOUT_WORK.search(text.folded, *sentence) is not None


def _written_to(text: NormalText, triggers: Triggers, near: Care) -> Iterator[Named]:
    """Yield whom a letter greets and tells of their own care: "Madame Durand, vos résultats d'analyses"."""
    care = sorted({*(cue.start for cue in triggers.of("your_care")), *near.yours})
    for cue in triggers.of("title") if care else ():
        at = bisect_left(care, cue.end)
        if at == len(care) or care[at] - cue.end > LETTER:
            continue
        first, _ = line(text.folded, cue.start, cue.start)
        title = patterns.TITLE.match(text.text, cue.start)
        name = title and patterns.NAME.match(text.text, title.end(), title.end() + BEFORE)
        if not title or not name or not patterns.GREETING.fullmatch(text.folded, first, cue.start):
            continue
        end = cut(text, name.start(), name.end())
        if end > name.start() and patterns.ADDRESSED.match(text.text, end):
            yield Named(name.start(), end, "patient_name", Confidence.MEDIUM)


def _opens_line(text: NormalText, at: int) -> bool:
    first, _ = line(text.folded, at, at)
    return not text.text[first:at].strip()


def _bare(text: NormalText, triggers: Triggers, near: Care, source: str) -> Iterator[Named]:
    """Yield names that nothing introduces: medium where the sentence tells of a person's care, else low.

    So too beside an age or a room, with the surname first or in capitals, as no newspaper writes it; at
    the head of a line that tells a disease; as the subject of what is said of it ("a une", "sort de").

    In a file's name the kind of document tells it; in a header they are sender and recipients.
    """
    if source == "header" and "@" in text.text:
        return
    given = {trigger.start for trigger in triggers.of("given_name")}
    eponyms = {trigger.start for trigger in triggers.of("eponym")}
    of_care = source == "name" and patterns.CARE_DOCUMENT.search(text.folded) is not None
    for name in triggers.once(bare_names, text):
        if is_professional(text, name.start, name.end):
            continue
        capital = text.text[name.start].isupper() and text.text[name.start + 1] not in ".-"
        words = text.text[name.start : name.end].split()
        in_capitals = any(len(word) > _INITIALS and word.isupper() for word in words)
        in_form = in_capitals or name.start not in given
        related = patterns.RELATIVE_BEFORE.search(
            text.folded, max(0, name.start - RELATIVE), name.start
        ) and (near.health(name) or near.unwell(name))
        to_see = patterns.VISITED_BEFORE.search(text.folded, max(0, name.start - RELATIVE), name.start)
        child = patterns.CHILD_AFTER.match(text.folded, name.end) is not None
        described = (child or (in_form and _described(text, name, name.start))) and (
            near.spoken(name) or near.unwell(name)
        )
        told = eponyms.isdisjoint(range(name.start, name.end)) and (
            _is_subject(text, name, near) or (in_form and _listed(text, name, near))
        )
        titled = (
            source in TITLES
            and in_form
            and ((in_capitals and near.spoken(name)) or _whole(text, name, name.start))
        )
        visited = to_see is not None and near.health(name)
        about = capital and (described or related or told or near.cared(name))
        about = about and not _at_work(text, Named(*name, "", Confidence.LOW), name.start, near)
        sure = of_care or titled or visited or about
        if sure or source != "header":
            yield Named(*name, "person_name", Confidence.MEDIUM if sure else Confidence.LOW, introduced=False)
