"""Recognise who is treated: the identity axis in words.

Does:   brings the rules together: names (``patient_name``, ``person_name``; ``rules.py``, ``bare.py``,
        ``columns.py``), ``birth_date`` (``dates.py``), ``patient_number`` and ``insurance_number``
        (``numbers.py``), the five ``ins_traits`` (``traits.py``), and weighs what stands together
        (``combine.py``).
Never:  takes a professional for a patient: a doctor, a signature with its function, the colleague one
        greets; nor a speaker of a programme (``public.py``). Never takes an empty label of a blank form.
        Evidence leaves here as initials.
Fails:  never raises on any text, and reads all of it. Beyond 200 hits of a kind and confidence in one text no
        more are reported.
Source: ANS cartouches, hospital letters; CSP R1112-1-2; measurements in the project's facts on
        person names (rules beat the language model on hospital forms of names).

How sure:

- low: somebody is named ("M. Durand", "Jeanne DUPONT"), a birth year is told; nothing says who it is;
- medium: a patient's label, "né le", words of care in the sentence, a patient's number beside the name, an
  age or a room beside it where care is spoken of, a letter that tells its addressee of "votre biopsie"; a
  whole birth date behind its label, beside a sex, or of a past year right behind a name; a labelled number;
- high: a name and a birth date in one cartouche, in a subject, in a file's name; the five traits together.

Quality: development corpus, 2026-11-24 (optimistic: the rules were written with it in view). Identity at any
        confidence, all recognizers: 471 of 492 lines of eds-pseudo's templates that tag a person, a number
        or a contact (95.7 %), 16.1 % at medium: most lines are names or phones and nothing else. Pair of
        identity and health at medium in none of 1 378 French and 250 English texts, in none of 1 036
        leaflets, abstracts, exam questions and assessments.
        Texts written by hand before the rules were read, 2026-11-24 (optimistic too: their writer mended the
        rules): identity at medium in 92.7 % of 316 that name a patient (65 % before), pair in 4.8 % of 249
        that name somebody else beside a disease (18 % before). Thirty and thirty more, written afterwards and
        measured before anything was mended for them: 90 % and 33 %.
        Whole mails of people at work beside a disease, written before ``work.py`` was: pair in 16 % of
        the 138 in view while it was written (54 % before), in 44 % of 69 counted only (61 % before).
        Not measured: names in real mail. Known to fail: times and names without a word of a programme read
        like a consultation list, a lone given name is nobody, a name of no list without title, capitals or
        birth date is not seen; of somebody at work beside a disease, unknown verbs of work read like care.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import (
    Hit,
    HygieRecognizer,
    Reading,
    Shape,
    Sketched,
    Triggers,
    Vocabulary,
)
from hygie_detectors.recognizers.contact.contact import addresses
from hygie_detectors.recognizers.contact.patterns import STREETS
from hygie_detectors.recognizers.context import capped, masked_words, sentence
from hygie_detectors.recognizers.patient import (
    date_patterns,
    number_patterns,
    patterns,
    public,
    trait_patterns,
)
from hygie_detectors.recognizers.patient.bare import bare_names
from hygie_detectors.recognizers.patient.care import HEALTH
from hygie_detectors.recognizers.patient.combine import (
    TOGETHER,
    near,
    with_dates,
    with_homes,
    with_numbers,
    with_years,
)
from hygie_detectors.recognizers.patient.dates import Dated, birth_dates, dated_names, dates_behind
from hygie_detectors.recognizers.patient.names import Named
from hygie_detectors.recognizers.patient.numbers import HITS_MAX, number_hits
from hygie_detectors.recognizers.patient.rules import TITLES, find_names
from hygie_detectors.recognizers.patient.traits import traits_hits
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import terms

WINDOWS_MAX: Final = 8
"""Sentences shown to the language model, which costs milliseconds each and names people at low only."""
_MEDIUM: Final = Confidence.MEDIUM.value


class PatientRecognizer(HygieRecognizer):
    """Names, birth dates and hospital numbers of patients."""

    kinds: ClassVar[tuple[str, ...]] = (
        "patient_name",
        "birth_date",
        "patient_number",
        "person_name",
        "insurance_number",
        "ins_traits",
    )
    vocabulary: ClassVar[Vocabulary] = {
        "birth_name_label": patterns.BIRTH_NAME_LABELS,
        "name_label": patterns.NAME_LABELS,
        "patient_label": patterns.PATIENT_LABELS,
        "care_of": patterns.CARE_OF,
        "birth_label": date_patterns.BIRTH_LABELS,
        "born": date_patterns.BORN,
        "ipp_label": number_patterns.IPP_LABELS,
        "stay_label": number_patterns.STAY_LABELS,
        "birth_place_label": trait_patterns.BIRTH_PLACE_LABELS,
    }
    context_vocabulary: ClassVar[Vocabulary] = {
        "act_label": number_patterns.ACT_LABELS,
        "insurance_label": number_patterns.INSURANCE_LABELS,
        "contract_label": number_patterns.CONTRACT_LABELS,
        "programme_strong": public.STRONG,
        "programme_word": public.WORDS,
        "programme_of_care": public.PROGRAMMES_OF_CARE,
        "life_word": public.LIFE,
        "public_figure": public.FIGURES,
        "career_word": public.CAREER,
        "street": STREETS,
        "your_care": patterns.YOUR_CARE,
        "concerning": patterns.CONCERNING,
        "title": patterns.TITLES,
        "years": ("ans",),
        "given_name": tuple(term.spelling for term in terms("given_names")),
        "surname": tuple(term.spelling for term in terms("surnames")),
        "eponym": tuple(term.spelling for term in terms("eponyms")),
    }

    shapes: ClassVar[Shape | None] = Sketched(r"[12]\d{3}[ ]{0,2}[(,-][ ]{0,2}\d{1,3} ans\b", words=(" ans",))

    def wants(self, text: NormalText, triggers: Triggers, source: str) -> bool:
        """Tell whether somebody may be named, or numbered."""
        if source == "header":
            named = "@" not in text.text and triggers.any("given_name", "title")
            return named or date_patterns.YEAR.search(text.folded) is not None
        return (
            triggers.any("given_name", "title", "act_label", "insurance_label", "contract_label")
            or patterns.INITIALS_NAME.search(text.text) is not None
            or date_patterns.BOXED.search(text) is not None
        )

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return the hits of the rules; a name and a birth date together are high."""
        if source == "name":
            text = _spaced(text)
        dates = _once([*birth_dates(text, triggers), *_title_dates(text, triggers, source)])
        whole = [date for date in dates if date.whole]
        names = find_names(text, triggers, whole, source)
        dates = _once([*dates, *dates_behind(text, (name for name in names if not name.public))])
        numbers = list(number_hits(text, triggers))
        weighed = _weighed(text, triggers, names, dates, numbers)
        yield from (_name_hit(text, name) for name in capped(weighed, HITS_MAX))
        yield from capped(_date_hits(text, dates, names), HITS_MAX)
        yield from numbers
        yield from traits_hits(text, triggers, names, whole)

    def find_in(self, reading: Reading) -> Iterable[Hit]:
        """Return the hits of the rules; where they name nobody near a disease, ask the language model."""
        hits = list(self.find(reading.normal, reading.triggers, reading.source))
        if not any(hit.kind in {"patient_name", "person_name"} for hit in hits):
            hits += _seen_by_model(reading)
        return hits


def _once(dates: Iterable[Dated]) -> list[Dated]:
    """Return the dates in order, each place once: as it is surest."""
    return list({date.start: date for date in sorted(dates)}.values())


def _weighed(
    text: NormalText,
    triggers: Triggers,
    names: Sequence[Named],
    dates: Sequence[Dated],
    numbers: Sequence[Hit],
) -> Iterator[Named]:
    """Yield the names with what the finds beside them make of them."""
    names = list(with_homes(names, triggers.once(addresses, text)))
    names = list(with_years(names, [date for date in dates if not date.whole]))
    names = list(with_numbers(names, [hit for hit in numbers if hit.confidence is not Confidence.LOW]))
    yield from with_dates(names, [date for date in dates if date.whole])


def _date_hits(text: NormalText, dates: Sequence[Dated], names: Sequence[Named]) -> Iterator[Hit]:
    """Yield the birth dates: medium, high beside a name; low for a mere year, and for a public person's."""
    known = sorted(name.start for name in names if not name.public)
    public = sorted(name.start for name in names if name.public)
    for date in dates:
        written = text.text[date.start : date.end]
        masked = (
            "".join("*" if c.isdigit() else c for c in written)
            if written[0].isdigit()
            else masked_words(written)
        )
        confidence = Confidence.HIGH if near(known, date, TOGETHER) else Confidence.MEDIUM
        if not date.whole or (confidence is Confidence.MEDIUM and near(public, date, TOGETHER)):
            confidence = Confidence.LOW
        yield Hit("birth_date", (Axis.IDENTITY,), confidence, date.start, date.end, masked, date.value)


def _name_hit(text: NormalText, name: Named) -> Hit:
    written = text.text[name.start : name.end]
    value = " ".join(sorted(text.folded[name.start : name.end].split()))
    return Hit(
        name.kind, (Axis.IDENTITY,), name.confidence, name.start, name.end, masked_words(written), value
    )


def _seen_by_model(reading: Reading) -> Iterator[Hit]:
    """Yield the persons that the language model sees in sentences with a disease, drug or procedure."""
    text = reading.normal
    places = sorted((t.start, t.end) for c in HEALTH for t in reading.triggers.of(c) if t.data == _MEDIUM)
    windows: list[tuple[int, int]] = []
    for start, end in places:
        first, last = sentence(text.folded, start, end)
        if windows and first <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(last, windows[-1][1]))
        elif len(windows) < WINDOWS_MAX:
            windows.append((first, last))
    if not windows:
        return
    eponyms = sorted(t.start for t in reading.triggers.of("eponym"))
    for start, end in reading.persons(windows):
        named_after = bisect_left(eponyms, start) < bisect_left(eponyms, end)
        if " " in text.text[start:end].strip() and not named_after:
            yield _name_hit(text, Named(start, end, "person_name", Confidence.LOW))


def _spaced(name: NormalText) -> NormalText:
    """Return a file's name with spaces for its underscores: ``DUPONT_Jeanne_19560312_CR.pdf``."""
    text, folded = name.text.replace("_", " "), name.folded.replace("_", " ")
    return replace(name, text=text, folded=folded, _derived={})


def _title_dates(text: NormalText, triggers: Triggers, source: str) -> Iterator[Dated]:
    """Yield the birth dates that only their place behind a name shows: in a subject, in a file's name."""
    if source in TITLES:
        yield from dated_names(text, triggers.once(bare_names, text))
