"""Recognise who is treated: names, birth dates, hospital numbers.

Does:   finds ``patient_name`` (behind a label, "concernant", or before "né le"), ``birth_date``,
        ``patient_number`` (IPP, NDA, stay number; behind a label only) and ``person_name`` (a title or
        a given name near a word of care; what the language model sees near a disease).
Never:  takes a professional for a patient: a doctor, a signature with its function, the colleague
        one greets. Never takes an empty label of a blank form. Evidence leaves here as initials.
Fails:  never raises on any text. Beyond 200 hits of a kind in one text no more are reported.
Source: ANS cartouches, hospital letters; CSP R1112-1-2; measurements in the project's facts on
        person names (rules beat the language model on hospital forms of names).
Quality: development corpus, 2026-11-24 (optimistic: the rules were written with it in view): pair of
        identity and health at medium in 1 of 329 French texts, in none of 2 335 other texts without
        a patient; 14 of 14 PDFs that name one. Not measured: names in real mail. Known to fail: a
        programme of speakers ("M. Leblanc : insuffisance cardiaque") reads like a ward list.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import (
    Hit,
    HygieRecognizer,
    Reading,
    Trigger,
    Triggers,
    Vocabulary,
    masked_number,
)
from hygie_detectors.recognizers.context import line, longest, masked_words, sentence
from hygie_detectors.recognizers.patient import patterns
from hygie_detectors.recognizers.patient.dates import Dated, read_date
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import terms

HITS_MAX: Final = 200
"""Of one kind in one text: a ward list has about 60."""
TOGETHER: Final = 250
"""Characters between a name and a birth date that belong to one cartouche."""
BEFORE: Final = 80
"""Characters read before "né le" for the name."""
REACH: Final = 120
"""Characters behind the sentence of a name in which its health is usually told."""
WINDOWS_MAX: Final = 8
"""Sentences shown to the language model, which costs milliseconds each and names people at low only."""
TABLES_MAX: Final = 20
"""Lines with a name label that are tried as the head of a table."""
ROW_MAX: Final = 2_000
"""Characters of one row."""
_AROUND_CELL: Final = " \t\"'*"
_DIGITS_MIN: Final = 5
_INITIALS: Final = 2
"""Letters of a word that may be initials."""
_HEALTH: Final = ("disease", "drug", "procedure")
_CARED: Final = "person_care"
_MEDIUM: Final = Confidence.MEDIUM.value


@dataclass(frozen=True, slots=True)
class Named:
    """A name and how sure it is a patient's."""

    start: int
    end: int
    kind: str
    confidence: Confidence
    label: str = ""


class PatientRecognizer(HygieRecognizer):
    """Names, birth dates and hospital numbers of patients."""

    kinds: ClassVar[tuple[str, ...]] = ("patient_name", "birth_date", "patient_number", "person_name")
    vocabulary: ClassVar[Vocabulary] = {
        "birth_name_label": patterns.BIRTH_NAME_LABELS,
        "name_label": patterns.NAME_LABELS,
        "patient_label": patterns.PATIENT_LABELS,
        "care_of": patterns.CARE_OF,
        "birth_label": patterns.BIRTH_LABELS,
        "born": patterns.BORN,
        "ipp_label": patterns.IPP_LABELS,
        "stay_label": patterns.STAY_LABELS,
    }
    context_vocabulary: ClassVar[Vocabulary] = {
        "concerning": patterns.CONCERNING,
        "title": patterns.TITLES,
        "years": ("ans",),
        "given_name": tuple(term.spelling for term in terms("given_names")),
    }

    shapes: ClassVar[re.Pattern[str] | None] = re.compile(r"[12]\d{3}[ ]{0,2}[(,-][ ]{0,2}\d{1,3} ans\b")

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return the hits of the rules; a name and a birth date together are high."""
        del source
        dates = list(_birth_dates(text, triggers))
        names = _names(text, triggers, dates)
        yield from (_name_hit(text, name) for name in _capped(_with_dates(names, dates)))
        yield from _date_hits(text, dates, names)
        yield from _numbers(text, triggers)

    def find_in(self, reading: Reading) -> Iterable[Hit]:
        """Return the hits of the rules; where they name nobody near a disease, ask the language model."""
        hits = list(self.find(reading.normal, reading.triggers, reading.source))
        if not any(hit.kind in {"patient_name", "person_name"} for hit in hits):
            hits += _seen_by_model(reading)
        return hits


# --- names ------------------------------------------------------------------------------------------


def _names(text: NormalText, triggers: Triggers, dates: Sequence[Dated]) -> list[Named]:
    """Return every name once, the surest where several rules found it."""
    near = _Care(text, triggers)
    found = [
        *_labelled(text, triggers),
        *_patients(text, triggers),
        *_concerned(text, triggers, near),
        *_born(text, triggers, dates),
        *_titled(text, triggers, near),
        *_given(text, triggers, near),
        *_in_columns(text, triggers),
    ]
    found.sort(key=lambda n: (-n.confidence.rank, n.kind, n.start))
    kept: list[Named] = []
    taken: set[int] = set()
    for name in found:
        places = {*range(name.start, name.end)}
        if not places & taken:
            taken |= places
            kept.append(name)
    return sorted(kept, key=lambda n: n.start)


def _labelled(text: NormalText, triggers: Triggers) -> Iterator[Named]:
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
                name := _name_at(text, gap.end(), "patient_name", Confidence.MEDIUM, label=label)
            ):
                yield name
        elif label.term in patterns.NAME_LABELS and (gap := patterns.COLON.match(text.text, label.end)):
            name = _name_at(text, gap.end(), "patient_name", Confidence.LOW, label=label)
            if name or (name := _lower_name(text, gap.end(), label)):
                weak.append(name)
    whole = len({name.label[:3] for name in weak}) > 1 or any(" " in n.label or "/" in n.label for n in weak)
    confidence = Confidence.MEDIUM if whole else Confidence.LOW
    for name in weak:
        yield Named(name.start, name.end, name.kind, confidence)


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
        name = _name_at(text, at, "patient_name", Confidence.MEDIUM, label=label)
        if name and (title or _looks_like_a_name(text, name, given)):
            yield name


def _looks_like_a_name(text: NormalText, name: Named, given: set[int]) -> bool:
    """Tell whether two words or more hold a surname in capitals or a known given name."""
    words = text.text[name.start : name.end].split()
    known = any(start in given for start in range(name.start, name.end))
    return len(words) > 1 and (known or any(len(w) > _INITIALS and w.isupper() for w in words))


def _concerned(text: NormalText, triggers: Triggers, near: _Care) -> Iterator[Named]:
    """Yield the name behind "résultats de", and behind "concernant" where health is spoken of nearby."""
    given = {trigger.start for trigger in triggers.of("given_name")}
    own = {cue.start for cue in triggers.of("care_of")}
    for cue in longest([*triggers.of("concerning"), *triggers.of("care_of")]):
        gap = patterns.SPACE.match(text.text, cue.end)
        title = gap and patterns.TITLE.match(text.text, gap.end())
        at = title.end() if title else gap.end() if gap else cue.end
        name = _name_at(text, at, "patient_name", Confidence.LOW, before=cue.start) if gap else None
        if name and (title or _looks_like_a_name(text, name, given)):
            sure = cue.start in own or near.health(name) or near.cared(name)
            yield Named(name.start, name.end, name.kind, Confidence.MEDIUM if sure else Confidence.LOW)


def _born(text: NormalText, triggers: Triggers, dates: Sequence[Dated]) -> Iterator[Named]:
    """Yield the name right before "né le", and right before a date with its age."""
    starts = {date.start for date in dates}
    cues = [c.start for c in longest(triggers.of("born")) if not starts.isdisjoint(range(c.end, c.end + 60))]
    for at in (*cues, *(date.start for date in dates)):
        before = patterns.NAME_BEFORE.search(text.text, max(0, at - BEFORE), at)
        if before and (name := _name_at(text, before.start(1), "patient_name", Confidence.MEDIUM)):
            yield name


def _titled(text: NormalText, triggers: Triggers, near: _Care) -> Iterator[Named]:
    """Yield names behind "M.", "Mme": medium where the sentence tells of care, else low.

    "Madame Petit," on a line of its own is whom the mail is written to: low.
    """
    for cue in triggers.of("title"):
        title = patterns.TITLE.match(text.text, cue.start)
        name = title and _name_at(text, title.end(), "person_name", Confidence.LOW, before=cue.start)
        civil = title and not name and title[0][0] in "Mm"  # not "l'enfant souffre"
        if title and civil and (name := _lower_person(text, title.end())):
            sure = near.health(name) and near.cared(name)
            yield Named(name.start, name.end, name.kind, Confidence.MEDIUM if sure else Confidence.LOW)
        elif name:
            address = patterns.ADDRESSED.match(text.text, name.end) if _opens_line(text, cue.start) else None
            told = near.cared(name) if address else near.health(name) or near.cared(name)
            sure = told and not (address and address["break"])
            yield Named(name.start, name.end, name.kind, Confidence.MEDIUM if sure else Confidence.LOW)


def _opens_line(text: NormalText, at: int) -> bool:
    first, _ = line(text.folded, at, at)
    return not text.text[first:at].strip()


def _given(text: NormalText, triggers: Triggers, near: _Care) -> Iterator[Named]:
    """Yield a given name with its surname where the sentence tells of a person's care and health."""
    for cue in triggers.of("given_name"):
        if not text.text[cue.start].isupper() or not near.cared(cue):
            continue
        surname = patterns.SURNAME_BEFORE.search(text.text, max(0, cue.start - BEFORE), cue.start)
        start = surname.start(1) if surname else cue.start
        name = _name_at(text, start, "person_name", Confidence.MEDIUM)
        if name and name.end > cue.end - 1 and " " in text.text[name.start : name.end]:
            yield name


def _name_at(  # noqa: PLR0913 - two of the six are keyword-only, and only some rules give them
    text: NormalText,
    at: int,
    kind: str,
    confidence: Confidence,
    *,
    before: int | None = None,
    label: Trigger | None = None,
) -> Named | None:
    """Return the name that begins at ``at``, cut before the next label; nothing if it is a professional's.

    ``before`` is where a title in front of the name began, ``label`` the label in front of it.
    """
    title = patterns.TITLE.match(text.text, at)
    start = title.end() if title else at
    match = patterns.NAME.match(text.text, start, start + 120)
    if match is None:
        return None
    end = _cut(text, start, match.end())
    if not _names_somebody(text.folded[start:end]):
        return None
    front = before if before is not None else (label.start if label else at)
    first, _ = line(text.folded, front, front)
    if patterns.PROFESSIONAL_BEFORE.search(text.folded, max(first, front - 40), front):
        return None
    if patterns.PROFESSIONAL_AFTER.match(text.folded, end):
        return None
    return Named(start, end, kind, confidence, label.term if label else "")


def _names_somebody(folded: str) -> bool:
    """Tell whether one word is more than initials: "Mme H.", "M. AB" hide a name."""
    return any(len(word.strip(".")) > _INITIALS and "." not in word[:-1] for word in folded.split())


def _cut(text: NormalText, start: int, end: int) -> int:
    """Return where the name ends: before the first word that is no name."""
    at = start
    kept = start
    for word in text.folded[start:end].split(" "):
        if (
            word.strip(".'-") in patterns.NOT_NAMES
            and not word.endswith("'")
            and not _particle(word, kept > start)
        ):
            break
        at += len(word) + 1
        if word and not _particle(word, inside=True):
            kept = at - 1
    return kept


def _particle(word: str, inside: bool) -> bool:
    return inside and word in {"de", "du", "des", "la", "le", "el", "ben"}


def _lower_name(text: NormalText, at: int, label: Trigger) -> Named | None:
    """Return the lower-case name that fills the rest of the line behind "Nom :"."""
    match = patterns.LOWER_NAME.match(text.text, at)
    if match is None or text.folded[at : match.end()].split(" ")[0] in patterns.NOT_NAMES:
        return None
    rest = text.folded[match.end() : match.end() + 20].lstrip(" \t")
    if rest and rest[0] != "\n" and not rest.startswith(("prenom", "ne", "date", "|", ";")):
        return None
    return Named(match.start(), match.end(), "patient_name", Confidence.LOW, label.term)


def _lower_person(text: NormalText, at: int) -> Named | None:
    """Return the one lower-case word behind a title: "mme dupont"; it proves nothing by itself."""
    match = patterns.LOWER_WORD.match(text.text, at)
    if match is None or text.folded[at : match.end()] in patterns.NOT_NAMES:
        return None
    return Named(at, match.end(), "person_name", Confidence.LOW)


def _in_columns(text: NormalText, triggers: Triggers) -> Iterator[Named]:
    """Yield the names in the rows of a table whose head has a column of names and a clinical one."""
    heads = {
        text.text.rfind("\n", 0, label.start) + 1: label for label in reversed(triggers.of("name_label"))
    }
    for first in sorted(heads)[:TABLES_MAX]:
        head = text.folded[first : _line_end(text, first)]
        border = next((b for b in ";\t|," if b in head), None)
        cells = [_cell(cell).replace("_", " ") for cell in head.split(border)] if border else []
        if not any(c in patterns.CLINICAL_COLUMNS or c in patterns.BIRTH_LABELS for c in cells):
            continue
        columns = [
            i for i, c in enumerate(cells) if c in {*patterns.NAME_LABELS, *patterns.BIRTH_NAME_LABELS}
        ]
        yield from _rows(text, _line_end(text, first) + 1, str(border), columns)


def _rows(text: NormalText, at: int, border: str, columns: Sequence[int]) -> Iterator[Named]:
    """Yield what stands in these columns, down to the first line without a cell."""
    for _ in range(HITS_MAX):
        end = _line_end(text, at)
        cells = text.text[at:end].split(border)
        if len(cells) <= max(columns, default=0):
            return
        for column in columns:
            start = at + sum(len(cell) + 1 for cell in cells[:column])
            start += len(cells[column]) - len(cells[column].lstrip(_AROUND_CELL))
            value = _cell(cells[column])
            if patterns.CELL_NAME.fullmatch(value):
                yield Named(start, start + len(value), "patient_name", Confidence.MEDIUM)
        at = end + 1


def _line_end(text: NormalText, at: int) -> int:
    """Return where the line ends, at most 2 000 characters on."""
    end = text.text.find("\n", at, at + ROW_MAX)
    return end if end >= 0 else min(len(text.text), at + ROW_MAX)


def _cell(written: str) -> str:
    return written.strip(_AROUND_CELL)


class _Care:
    """Whether health is spoken of around a place; answers by bisection."""

    def __init__(self, text: NormalText, triggers: Triggers) -> None:
        self._folded = text.folded
        self._health = sorted(
            t.start
            for category in _HEALTH
            for t in (*triggers.of(category), *_in_capitals(text, triggers.of("abbreviated_" + category)))
            if t.data == _MEDIUM
        )
        self._cared = sorted(t.start for t in triggers.of(_CARED))

    def health(self, name: Named | Trigger) -> bool:
        """Tell whether a disease, drug or procedure stands in the sentence or shortly behind it."""
        return self._any(self._health, name)

    def cared(self, name: Named | Trigger) -> bool:
        """Tell whether the sentence, or what shortly follows, speaks of a person under care."""
        return self._any(self._cared, name)

    def _any(self, starts: list[int], name: Named | Trigger) -> bool:
        if not starts:
            return False
        first, last = sentence(self._folded, name.start, name.end)
        at = bisect_left(starts, first)
        return at < len(starts) and starts[at] < last + REACH


def _in_capitals(text: NormalText, met: Iterable[Trigger]) -> Iterator[Trigger]:
    return (t for t in met if text.text[t.start : t.end].isupper())


# --- birth dates and numbers ------------------------------------------------------------------------


def _birth_dates(text: NormalText, triggers: Triggers) -> Iterator[Dated]:
    for label in longest([*triggers.of("birth_label"), *triggers.of("born")]):
        gap = patterns.BEFORE_DATE.match(text.folded, label.end)
        date = read_date(text.folded, gap.end()) if gap else None
        if date is None and (maiden := patterns.BORN_AS.match(text.text, label.end)):
            date = read_date(text.folded, maiden.end())
        if date:
            yield date
    for years in triggers.of("years"):
        aged = patterns.AGED.search(text.folded, max(0, years.start - 30), years.start)
        if aged and (date := read_date(text.folded, aged.start("date"))):
            yield date


def _with_dates(names: Sequence[Named], dates: Sequence[Dated]) -> Iterator[Named]:
    """Yield the names, high for those in one cartouche with a birth date."""
    starts = sorted(date.start for date in dates)
    for name in names:
        at = bisect_left(starts, name.start - TOGETHER)
        together = at < len(starts) and starts[at] - name.end <= TOGETHER
        confidence = Confidence.HIGH if together else name.confidence
        yield Named(name.start, name.end, name.kind, confidence)


def _date_hits(text: NormalText, dates: Sequence[Dated], names: Sequence[Named]) -> Iterator[Hit]:
    starts = [name.start for name in names]
    for date in dates[:HITS_MAX]:
        at = bisect_left(starts, date.start - TOGETHER)
        named = at < len(starts) and starts[at] - date.end <= TOGETHER
        written = text.text[date.start : date.end]
        masked = (
            "".join("*" if c.isdigit() else c for c in written)
            if written[0].isdigit()
            else masked_words(written)
        )
        confidence = Confidence.HIGH if named else Confidence.MEDIUM
        yield Hit("birth_date", (Axis.IDENTITY,), confidence, date.start, date.end, masked, date.value)


def _numbers(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    """Yield hospital numbers behind their label.

    The permanent number (IPP) exists only because someone is a hospital's patient: it carries both
    axes. A stay number shares its labels with other trades (NDA, IEP): identity only.
    """
    reported = 0
    both = (Axis.IDENTITY, Axis.HEALTH)
    for category, axes in (("ipp_label", both), ("stay_label", (Axis.IDENTITY,))):
        for label in triggers.of(category):
            match = patterns.NUMBER.match(text.folded, label.end)
            if match is None or sum(map(str.isdigit, match["number"])) < _DIGITS_MIN or reported >= HITS_MAX:
                continue
            reported += 1
            number = match["number"].upper()
            start, end = match.span("number")
            yield Hit("patient_number", axes, Confidence.MEDIUM, start, end, masked_number(number), number)


# --- hits -------------------------------------------------------------------------------------------


def _capped(names: Iterable[Named]) -> Iterator[Named]:
    """Yield at most 200 names of each kind."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name.kind] += 1
        if seen[name.kind] <= HITS_MAX:
            yield name


def _name_hit(text: NormalText, name: Named) -> Hit:
    written = text.text[name.start : name.end]
    value = " ".join(sorted(text.folded[name.start : name.end].split()))
    return Hit(
        name.kind, (Axis.IDENTITY,), name.confidence, name.start, name.end, masked_words(written), value
    )


def _seen_by_model(reading: Reading) -> Iterator[Hit]:
    """Yield the persons that the language model sees in sentences with a disease, drug or procedure."""
    text = reading.normal
    places = sorted((t.start, t.end) for c in _HEALTH for t in reading.triggers.of(c) if t.data == _MEDIUM)
    windows: list[tuple[int, int]] = []
    for start, end in places:
        first, last = sentence(text.folded, start, end)
        if windows and first <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(last, windows[-1][1]))
        elif len(windows) < WINDOWS_MAX:
            windows.append((first, last))
    if not windows:
        return
    for start, end in reading.persons(windows):
        if " " in text.text[start:end].strip():
            yield _name_hit(text, Named(start, end, "person_name", Confidence.LOW))
