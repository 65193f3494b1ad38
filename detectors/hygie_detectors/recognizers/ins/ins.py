"""Recognise the INS, the national health identity of a person, and the patient's mailbox.

Does:   finds fifteen characters beside the words or the OIDs of the INS, in the datamatrix of a
        document (whose names and birth date are ``patient_name`` and ``birth_date``), or before
        ``@patient.mssante.fr``: kind ``ins``; the mailbox itself is
        ``patient_mailbox``. Both axes, confidence high: the INS is used in care only.
Never:  asks for a right key, which ANS test files often lack (qualifier ``wrong_key``); exempts a
        test number (qualifier ``test_number``), since test files carry the real number's OID.
Fails:  never on any text.
Source: ANS: FR Core Patient INS profile, datamatrix format v2.2, CDA, HL7 and PDF examples.
Quality: not measured by itself.

Worked values: ``279035121518989`` (ANS test identity), key right; ``289057545611404``, key 73, wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import Hit, HygieRecognizer, Triggers, Vocabulary, masked_number
from hygie_detectors.recognizers.context import masked_words
from hygie_detectors.recognizers.ins.patterns import (
    DATAMATRIX,
    MAILBOX_DOMAIN,
    MAILBOX_LOCAL,
    MAILBOX_TERM,
    OIDS,
    SUFFIX,
    TEST,
    TRAIT_BLOCKS,
    WORDS,
)
from hygie_detectors.recognizers.nir.nir import (
    HITS_MAX,
    WHOLE,
    Nearby,
    Number,
    has_right_key,
    is_well_formed,
    numbers,
)
from hygie_detectors.text import NormalText

BOTH: Final = (Axis.IDENTITY, Axis.HEALTH)
OID_REACH: Final = 200
"""Characters on either side: attributes come in any order, FHIR puts a line between."""
BEFORE: Final = 80
"""How far before the number a word may stand."""
AFTER: Final = 20
BLOCKS_MAX: Final = 320
"""Characters of a datamatrix behind its header: the blocks at their longest."""
LOCAL_MAX: Final = 64
"""Octets of a local part (RFC 5321, 4.5.3.1.1)."""


class InsRecognizer(HygieRecognizer):
    """Finds the INS and the patient's mailbox; see the module."""

    kinds: ClassVar[tuple[str, ...]] = ("ins", "patient_mailbox", "patient_name", "birth_date")
    vocabulary: ClassVar[Vocabulary] = {"ins_mailbox": (MAILBOX_TERM,)}
    context_vocabulary: ClassVar[Vocabulary] = {
        "ins_oid": OIDS,
        "ins_word": WORDS,
        "ins_suffix": ("nir", "nia"),
    }
    # Fifteen digits open the gate already, through the NIR; the datamatrix holds them too.

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return every INS and every patient's mailbox, in order of certainty of their place."""
        del source
        return [*_datamatrix(text), *_mailboxes(text, triggers), *_named(text, triggers)]


def _datamatrix(text: NormalText) -> Iterator[Hit]:
    """Yield the number of each code, and the traits in its other blocks, by tag: their order varies."""
    for code in DATAMATRIX.finditer(text.folded):
        yield _ins(*code.span("ins"), code["ins"].upper())
        last = min(len(text.text), code.end() + BLOCKS_MAX)
        for tag, kind in TRAIT_BLOCKS:
            if block := tag.search(text.text, code.end("ins"), last):
                value = " ".join(block[1].lower().split())
                yield Hit(kind, (Axis.IDENTITY,), Confidence.HIGH, *block.span(1), _masked(block[1]), value)


def _masked(block: str) -> str:
    return masked_words(block) if block[0].isalpha() else re.sub(r"\d", "*", block)


def _mailboxes(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    for trigger in triggers.of("ins_mailbox"):
        domain = MAILBOX_DOMAIN.match(text.folded, trigger.start)
        # A slice, not an offset: the search may not begin further back than a local part reaches.
        before = text.folded[max(0, trigger.start - LOCAL_MAX) : trigger.start]
        local = domain and MAILBOX_LOCAL.search(before)
        if not domain or not local:
            continue
        start = trigger.start - len(local[0])
        masked = masked_number(local[0]) + domain[0]
        value = local[0] + domain[0]
        yield Hit("patient_mailbox", BOTH, Confidence.HIGH, start, domain.end(), masked, value)
        if len(local[0]) == WHOLE and is_well_formed(local[0].upper()):
            yield _ins(start, trigger.start, local[0].upper())


def _named(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    """Yield the numbers that a word or an OID says are an INS."""
    oids, words = Nearby(triggers.of("ins_oid")), Nearby(triggers.of("ins_word"))
    test = Nearby([t for t in (*triggers.of("ins_oid"), *triggers.of("ins_word")) if t.data == "test"])
    suffixes = Nearby(triggers.of("ins_suffix"))

    def wanted(value: str, start: int, end: int) -> bool:
        del value
        return (
            min(oids.before(start), oids.behind(end)) <= OID_REACH
            or words.before(start) <= BEFORE
            or words.behind(end) <= AFTER
            or suffixes.behind(end) <= AFTER
        )

    if not triggers.any("ins_oid", "ins_word", "ins_suffix"):
        return
    taken = count = 0
    for number in numbers(text, wanted):
        if number.start < taken or number.dotted:
            continue
        by_oid = number.compact and min(oids.before(number.start), oids.behind(number.end)) <= OID_REACH
        if by_oid or _by_word(text.text, number, words):
            near_test = test.before(number.start) <= BEFORE or test.behind(number.end) <= BEFORE
            is_test = near_test or _says_test(text.text, number.end)
            taken, count = number.end, count + (not is_test)
            yield _ins(number.start, number.end, number.value, test=is_test)
            if count >= HITS_MAX:
                return


def _by_word(text: str, number: Number, words: Nearby) -> bool:
    if number.joined or not (number.alone or number.grouped or number.right_key):
        return False
    return (
        words.before(number.start) <= BEFORE
        or words.behind(number.end) <= AFTER
        or SUFFIX.match(text, number.end) is not None
    )


def _says_test(text: str, end: int) -> bool:
    return SUFFIX.match(text, end) is not None and TEST.match(text, end) is not None


def _ins(start: int, end: int, value: str, *, test: bool = False) -> Hit:
    qualifiers = []
    if not has_right_key(value):
        qualifiers.append("wrong_key")
    if test:
        qualifiers.append("test_number")
    return Hit("ins", BOTH, Confidence.HIGH, start, end, masked_number(value), value, tuple(qualifiers))
