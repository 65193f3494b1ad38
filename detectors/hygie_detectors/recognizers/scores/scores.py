"""Recognise clinical scores, stages and vital signs with their values.

Does:   reads the value behind each name of ``vocabulary/scores.tsv`` (``clinical_score``,
        ``vital_sign``), TNM stages, weeks of pregnancy, gestity and parity.
        Low: initials or words of other trades too (ASA 2, TA 14/8, température 38). Medium: what only
        a patient has (BI-RADS 4, FEVG 35 %, pT2N1M0), or three different measures within 400
        characters, one of them clinical. High: five.
Never:  interprets a value; takes a weight, a size and a pulse alone for a patient's: tailors and
        coaches note them too.
Fails:  never raises on any text. Beyond 300 in one text no more are reported; a name that had no
        value sixty times is no longer looked at in that text.
Source: our own lists; see ``vocabulary/scores.tsv`` and ``forms.py``.
Quality: development corpus, 2026-11-24, share of texts with a finding at medium or more: case reports
        (459) 29.8 %, leaflets (150) 3.3 %, pharmacy exam (498) 0.6 %, abstracts (300) 0.7 %, agency
        sentences (88) and ordinary French and English (1 628) none. Not measured: real mail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import ClassVar, Final, NamedTuple

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers import initials
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Shape, Sketched, Triggers, Vocabulary
from hygie_detectors.recognizers.clinical.somebody import names_somebody
from hygie_detectors.recognizers.context import sentence
from hygie_detectors.recognizers.scores.forms import (
    FORMS,
    PARITY,
    PATHOLOGICAL,
    PREFIX,
    TIE,
    TNM,
    WEEKS,
    WEEKS_BEFORE,
)
from hygie_detectors.text import NormalText
from hygie_detectors.vocabulary import Score, scores

FOUND_MAX: Final = 300
"""Scores and measures reported for one text: a week of a ward's chart."""
MISSES_MAX: Final = 60
"""Times that one name may stand without a value before it is passed over."""
SHORT: Final = 4
"""Names of up to four letters are written in capitals: GIR, ASA, FEVG; ``oms`` in lower case is no score."""
NEAR: Final = 400
"""Characters in which measures belong together: the examination of a letter."""
TOGETHER: Final = 3
"""Different measures that show an examination."""
PERSONAL: Final = frozenset(
    {"tension", "douleur", "saturation", "asa", "performance", "bi-rads", "parite", "oxygene", "tnm"}
)
"""Measures in initials that a sentence about a person makes sure."""
MANY: Final = 5
"""Different measures that no other trade takes together."""

_BY_SPELLING: Final[dict[str, Score]] = {s: score for score in scores() for s in score.spellings}

_INITIALS: Final = initials.Initials(
    s for s, score in _BY_SPELLING.items() if score.weight != "medium" and len(s) <= initials.LONGEST
)


class _Found(NamedTuple):
    """A measure as read."""

    start: int
    end: int
    kind: str
    name: str
    weight: str


class ScoreRecognizer(HygieRecognizer):
    """Scores, stages and vital signs."""

    kinds: ClassVar[tuple[str, ...]] = ("clinical_score", "vital_sign")
    vocabulary: ClassVar[Vocabulary] = {
        "score": tuple(s for s, score in _BY_SPELLING.items() if score.weight == "medium"),
        "pregnancy": (
            *(f"{weeks} sa" for weeks in range(4, 43)),
            *(f"g{gestity}p{parity}" for gestity in range(1, 10) for parity in range(10)),
        ),
    }
    # Begins at one letter, for which the search is fastest; p is looked for backwards.
    shapes: ClassVar[Shape | None] = Sketched(
        r"t[0-4](?:[a-d]?\d?[ ,]{0,2}[cp]?n[0-3x]|(?<=pt.)[a-d]?(?!\w))"
        r"|[teao](?<!\w.)(?:(?<=t)a[ :]{1,3}\d{1,2}/\d|(?<=e)va[ :]{1,3}\d{1,2}[ ]?/[ ]?10(?!\d)"
        r"|(?<=a)sa[ :]{0,3}[1-5](?!\w)|(?<=o)ms[ :]{1,3}[0-4](?!\w))",
        words=(
            *(
                "t0",
                "t1",
                "t2",
                "t3",
                "t4",
                "eva ",
                "eva:",
                "asa 1",
                "asa 2",
                "asa 3",
                "asa 4",
                "asa : ",
                "asa2",
            ),
            *("asa3", "asa4", "oms ", "oms:", "ta :", "ta:", *(f"ta {digit}" for digit in range(1, 10))),
        ),
    )
    context_vocabulary: ClassVar[Vocabulary] = {
        "score": tuple(
            s for s, score in _BY_SPELLING.items() if score.weight != "medium" and len(s) > initials.LONGEST
        ),
    }

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return one hit a measure."""
        del source
        found = sorted(islice(_all(text, triggers), FOUND_MAX))
        measures = {one.start for one in found}  # "EVA 7/10" names nobody
        given = [t.start for t in triggers.of("given_name") if t.start not in measures]
        for at, one in enumerate(found):
            confidence = _confidence(one, _near(found, at))
            if confidence is Confidence.LOW and one.name in PERSONAL and _of_somebody(text, one, given):
                confidence = Confidence.MEDIUM
            yield _hit(text, one, confidence)


def _of_somebody(text: NormalText, one: _Found, given: Sequence[int]) -> bool:
    """Tell whether the sentence of a measure names whom it is of: "Mme Petit : TA 8/4"."""
    return names_somebody(text, *sentence(text.folded, one.start, one.end), given)


def _all(text: NormalText, triggers: Triggers) -> Iterator[_Found]:
    yield from _stages(text)
    yield from _pregnancy(text)
    yield from _named(text, triggers)


def _named(text: NormalText, triggers: Triggers) -> Iterator[_Found]:
    """Yield the values behind names; a name inside a longer one, or inside a value, gives none."""
    reach = -1
    misses: Counter[str] = Counter()
    for name in initials.longest_first(_INITIALS.beside(text, triggers.of("score"))):
        if name.start < reach or misses[name.term] >= MISSES_MAX:
            continue
        written = text.text[name.start : name.end]
        if len(written) <= SHORT and written == written.lower() and written not in {"t°", "glyc"}:
            continue
        score = _BY_SPELLING[name.term]
        tie = TIE.match(text.folded, name.end)
        value = FORMS[score.form].match(text.folded, tie.end() if tie else name.end)
        if value is None:
            misses[name.term] += 1
            continue
        reach = value.end()
        weight = "medium" if value[0].endswith("hg") else score.weight
        yield _Found(name.start, reach, score.kind, score.name, weight)


def _stages(text: NormalText) -> Iterator[_Found]:
    """Yield TNM stages with their prefix."""
    for stage in islice(TNM.finditer(text.text), FOUND_MAX):
        prefix = PREFIX.search(text.text, max(0, stage.start() - 4), stage.start())
        if prefix:
            flats = " " in stage[0] and not prefix[0] and "M" not in stage[0]
            weight = "low" if flats else "medium"  # "le T2 N1 de la résidence"
            yield _Found(prefix.start(), stage.end(), "clinical_score", "tnm", weight)
    for stage in islice(PATHOLOGICAL.finditer(text.text), FOUND_MAX):
        yield _Found(stage.start(), stage.end(), "clinical_score", "tnm", "medium")


def _pregnancy(text: NormalText) -> Iterator[_Found]:
    """Yield weeks of pregnancy; ``28 SA`` alone may be a company."""
    for weeks in islice(WEEKS.finditer(text.text), FOUND_MAX):
        number = WEEKS_BEFORE.search(text.text, max(0, weeks.start() - 5), weeks.start())
        if number:
            before = text.folded[max(0, number.start() - 7) : number.start()]
            sure = weeks[0] != "SA" or before.endswith(
                (" a ", "terme ", "terme: ", "terme : ", "(a ", "se de ")
            )
            weight = "medium" if sure else "low"
            yield _Found(number.start(), weeks.end(), "vital_sign", "semaines", weight)
    for parity in islice(PARITY.finditer(text.text), FOUND_MAX):
        yield _Found(parity.start(), parity.end(), "vital_sign", "parite", "low")


def _near(found: Sequence[_Found], at: int) -> int:
    """Return how many different measures stand near this one; none if no clinical one is among them."""
    one = found[at]
    names: dict[str, str] = {}
    for step in (-1, 1):
        other = at
        while 0 <= other < len(found) and abs(found[other].start - one.start) <= NEAR and len(names) < MANY:
            names.setdefault(found[other].name, found[other].weight)
            other += step
    return len(names) if any(weight != "soft" for weight in names.values()) else 0


def _confidence(one: _Found, near: int) -> Confidence:
    if near >= MANY:
        return Confidence.HIGH
    return Confidence.MEDIUM if one.weight == "medium" or near >= TOGETHER else Confidence.LOW


def _hit(text: NormalText, one: _Found, confidence: Confidence) -> Hit:
    value = text.folded[one.start : one.end]
    return Hit(one.kind, (Axis.HEALTH,), confidence, one.start, one.end, "*** = ***", f"{one.name}:{value}")
