"""Recognise where a person can be reached: phone numbers, e-mail addresses, postal addresses.

Does:   finds French numbers in every grouping, with the country's code or the overseas ones, and any number
        behind its label (``phone``); e-mail addresses of persons (``email_address``); a number and a
        street, with postcode and town (``address``).
Never:  takes a date, a NIR or an amount for a phone; reports the address of an office (``contact@``,
        ``secretariat.onco@``), nor whom a message is from or to (headers): they are no identity of a patient.
Fails:  never on any text. Beyond 200 hits of a kind in one text no more are reported.
Source: see ``patterns.py``.

How sure:

- ``phone``, ``email_address``: low, always. They lead to a person, and every signature holds one.
- ``address``: medium where words say that somebody lives there ("domicilié", "demeurant", "adresse :") and
  nothing says that it is an establishment's; else low. A letterhead's is low.

None of them makes a pair with health data at medium by itself, but the address of a home.

Quality: development corpus, 2026-11-24: 130 lines of eds-pseudo's templates that tag a phone, an e-mail or an
        address and no name: all but 4 (fragments of numbers, an office's mailbox). Not measured: real mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import ClassVar, Final

from hygie_detectors.model import Axis, Confidence
from hygie_detectors.recognizers.base import (
    Hit,
    HygieRecognizer,
    Trigger,
    Triggers,
    Vocabulary,
    masked_number,
)
from hygie_detectors.recognizers.contact import patterns
from hygie_detectors.recognizers.context import capped, longest, masked_words
from hygie_detectors.text import NormalText

HITS_MAX: Final = 200
"""Of one kind in one text: a ward list has about 60."""
ADDRESS_MAX: Final = 160
"""Characters of an address behind its street."""
ABOVE: Final = 120
"""Characters before an address in which a letterhead names its establishment."""
_WHO: Final = (Axis.IDENTITY,)
_HEADER: Final = "header"
_NO_DIGIT: Final = re.compile(r"[^0-9]")
_STARS: Final = str.maketrans("0123456789", "*" * 10)


class ContactRecognizer(HygieRecognizer):
    """Phones, e-mail addresses, postal addresses; see the module."""

    kinds: ClassVar[tuple[str, ...]] = ("phone", "email_address", "address")
    context_vocabulary: ClassVar[Vocabulary] = {
        "phone_label": patterns.PHONE_LABELS,
        "street": patterns.STREETS,
    }

    def wants(self, text: NormalText, triggers: Triggers, source: str) -> bool:
        """Tell whether there is an at sign, a number shaped like a phone, a label or a street."""
        return source != _HEADER and (
            "@" in text.folded
            or triggers.any("phone_label", "street")
            or patterns.PHONE.search(text.folded) is not None
        )

    def find(self, text: NormalText, triggers: Triggers, source: str) -> Iterable[Hit]:
        """Return the contacts of the text; those of a header are sender and recipients."""
        if source == _HEADER:
            return
        yield from islice(_phones(text, triggers), HITS_MAX)
        yield from islice(_emails(text), HITS_MAX)
        yield from capped(triggers.once(addresses, text), HITS_MAX)


def _phones(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    places = [match.span() for match in islice(patterns.PHONE.finditer(text.folded), HITS_MAX)]
    taken = {start for start, _ in places}
    for label in islice(longest(triggers.of("phone_label")), HITS_MAX):
        match = patterns.AFTER_LABEL.match(text.folded, label.end)
        if match and match.start("phone") not in taken:
            places.append(match.span("phone"))
    end = 0
    for start, stop in sorted(places):
        if start >= end:
            end = stop
            digits = _NO_DIGIT.sub("", text.folded[start:stop].replace("o", "0"))
            masked = text.text[start:stop].translate(_STARS)
            yield Hit("phone", _WHO, Confidence.LOW, start, stop, masked, digits)


def _emails(text: NormalText) -> Iterator[Hit]:
    for domain in patterns.DOMAIN.finditer(text.folded):
        at = domain.start()
        end = at - (text.folded[at - 1 : at] == " ")
        before = text.folded[max(0, end - patterns.LOCAL_MAX) : end]
        local = before[len(before.rstrip(patterns.LOCAL_CHARACTERS)) :].lstrip("._'-")
        if local and not _names_nobody(local, domain["domain"]):
            host = domain["domain"].replace(" ", "")
            masked = f"{masked_number(local)}@{host}"
            start, stop = end - len(local), domain.end("domain")
            yield Hit("email_address", _WHO, Confidence.LOW, start, stop, masked, f"{local}@{host}")


def _names_nobody(local: str, domain: str) -> bool:
    """Tell whether the address is an office's, or a patient's mailbox, which is an INS."""
    return patterns.ROLES.match(local) is not None or domain.endswith("patient.mssante.fr")


def addresses(text: NormalText, triggers: Triggers) -> Iterator[Hit]:
    """Yield the postal addresses."""
    reach = 0
    for street in longest(triggers.of("street")):
        if street.start < reach:
            continue
        found = _address(text, street)
        if found:
            reach = found.end
            yield found


def _address(text: NormalText, street: Trigger) -> Hit | None:
    folded = text.folded
    number = patterns.NUMBER_BEFORE.search(folded[max(0, street.start - 20) : street.start])
    start = street.start - (len(number[0]) if number else 0)
    lives = patterns.LIVES.search(folded[max(0, start - 60) : start])
    name = patterns.NAME_OF_STREET.match(folded, street.end, street.end + ADDRESS_MAX)
    if name is None or not (number or lives):
        return None
    town = _town(folded, street.end, name.end())
    if number and not number[0][0].isdigit() and not town:
        return None  # "une place", "deux cours"
    above = folded[max(0, start - ABOVE) : start]
    home = lives and town and not patterns.OFFICE_BEFORE.search(above[-60:])
    confidence = Confidence.MEDIUM if home else Confidence.LOW
    end = town.end() if town else name.end()
    written = text.text[start:end].rstrip(" ,\n-")
    masked = masked_words(" ".join(written.split())[:80])
    return Hit(
        "address", _WHO, confidence, start, start + len(written), masked, " ".join(written.lower().split())
    )


def _town(folded: str, street: int, name_end: int) -> re.Match[str] | None:
    """Return the postcode and town right behind a street, or inside what was read as its name."""
    inside = patterns.POSTCODE.search(folded, street, name_end)
    return patterns.TOWN.match(folded, inside.start() if inside else name_end, street + ADDRESS_MAX)
