"""Text made plain: the same number or word reads the same however it was typeset.

Does:   composes accents (NFC), removes invisible characters and marks drawn over others, turns every
        kind of space, dash, apostrophe and digit into the ASCII one, letters that look like Latin ones
        into these, and keeps the way back to the original offsets.
        Beside it a folded copy of the same length: lower case, no accents.
Never:  shows text in ``repr()``; walks the text character by character in Python.
Fails:  never, on any string, lone surrogates included.
Source: measurements of facts on folding; Unicode 15 general categories Zs, Pd, Nd, Cf.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final, NamedTuple, TypeVar

_CONTROL: Final = bytes([*range(0x09), *range(0x0E, 0x1C), 0x7F])
"""Control characters that mail clients show as nothing; the others part words."""
_INVISIBLE: Final = (
    "\x00-\x08\x0e-\x1b\x7f"  # control characters
    "\u00ad"  # soft hyphen
    "\u0600-\u0605\u06dd\u070f\u08e2\U000110bd\U000110cd"  # marks before a number in other scripts
    "\u17b4\u17b5"  # Khmer vowels without shape
    "\u034f"  # combining grapheme joiner
    "\u061c"  # Arabic letter mark
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers, which print as nothing
    "\u180b-\u180f"  # Mongolian selectors and vowel separator
    "\u200b-\u200f"  # zero width space, joiners, left-to-right and right-to-left marks
    "\u202a-\u202e"  # bidirectional embedding and override
    "\u2060-\u206f"  # word joiner, invisible operators, isolates
    "\ufe00-\ufe0f"  # variation selectors
    "\ufeff"  # byte order mark
    "\ufff9-\ufffc"  # interlinear annotation; where an object stood
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # shorthand and music controls
    "\U000e0000-\U000e0fff"  # tags and more variation selectors
)
_MARKS: Final = "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_LIGATURES: Final = "\ufb00-\ufb06"  # fi, fl and the like: PDF writes them, nobody types them

# The places where the length changes. Linear: a failed second branch leaves its run of
# invisible characters to the last one, which takes it whole.
_UNEVEN: Final = re.compile(
    rf"\r\n|[{_LIGATURES}]|[^{_MARKS}{_INVISIBLE}\r\n][{_INVISIBLE}]*[{_MARKS}][{_MARKS}{_INVISIBLE}]*|[{_INVISIBLE}]+"
)
_CHANGES_LENGTH: Final = re.compile(f"[{_LIGATURES}{_MARKS}{_INVISIBLE}]")
_INVISIBLES: Final = re.compile(f"[{_INVISIBLE}]+")
_OVERLAYS: Final = re.compile(f"[{_MARKS}]+")

_LIKE_APOSTROPHE: Final = frozenset("\u2018\u2019\u201b\u02b9\u02bc\u02bd\u2032\u00b4\uff07")
_LIKE_DASH: Final = frozenset("\u2212\u2043\u02d7\u00af")
_LIKE_SPACE: Final = frozenset("\x1c\x1d\x1e\x1f\u2800")  # separators of data, the empty braille cell
_LIKE_NEWLINE: Final = frozenset("\r\x85\u2028\u2029")
_LOOK_ALIKES: Final = dict(
    zip(
        "АВЕКМНОРСТУХЅІЈаеорсухѕіјԁԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧαονικρυᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢǫ",
        "ABEKMHOPCTYXSIJaeopcyxsijdqwhABEZHIKMNOPTYXaovikpuabcdefghijklmnoprstuvwyzq",
        strict=True,
    )
)
"""Cyrillic and Greek letters one cannot tell from Latin ones, and small capitals."""
_BASES: Final = {
    "œ": "o", "æ": "a", "ß": "s", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i",
    "º": "°",  # "nº" is written for "n°"
}  # fmt: skip
_FOREIGN_LETTER: Final = "þ"
"""What a letter with no Latin base folds to: still a letter, so that word boundaries hold."""


T = TypeVar("T")


class _Edit(NamedTuple):
    """A place whose length changed, in both texts."""

    start: int
    end: int
    original_start: int
    original_end: int

    def key(self) -> int:
        """Edits are searched by where they begin in the plain text."""
        return self.start


@dataclass(frozen=True, slots=True)
class NormalText:
    """A text in its plain form, with the way back to the offsets of the text given."""

    text: str = field(repr=False)
    folded: str = field(repr=False)
    """Lower case without accents; as long as ``text``, so offsets are shared. ``œ`` folds to ``o``."""
    encoded: bytes = field(repr=False)
    """``folded``, one byte a character (cp1252), for scans over bytes."""
    given: str | None = field(repr=False, default=None)
    """The text given, where its length differs."""
    _derived: dict[Callable[[NormalText], Any], Any] = field(repr=False, compare=False, default_factory=dict)

    @property
    def kinds(self) -> bytes:
        """A sketch, one byte a character: ``0`` a digit, ``x`` a letter, a space anything else."""
        return self.derived(_kinds)

    def derived(self, make: Callable[[NormalText], T]) -> T:
        """Return what ``make`` makes of this text; made once, however many ask for it."""
        if make not in self._derived:
            self._derived[make] = make(self)
        made: T = self._derived[make]
        return made

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets, in the text given to :func:`normalise`, of what lies at ``start:end``."""
        if self.given is None:
            return start, end
        if (breaks := self.derived(_line_ends)) is not None:  # nearly all mail
            first = start + bisect_left(breaks, start)
            return first, first if end <= start else end + bisect_left(breaks, end)
        edits = self.derived(_edits)
        first = _original(edits, start, last=False)
        return first, first if end <= start else _original(edits, end - 1, last=True)


def _original(edits: Sequence[_Edit], at: int, *, last: bool) -> int:
    """Return where the character ``at`` began, or with ``last`` where it ended."""
    index = bisect_right(edits, at, key=_Edit.key) - 1
    if index < 0:
        return at + last
    edit = edits[index]
    if at < edit.end:
        return edit.original_end if last else edit.original_start
    return at - edit.end + edit.original_end + last


def normalise(text: str) -> NormalText:
    """Return the text in its plain form.

    Costs a few passes over bytes for a text in cp1252, which is nearly all French mail; what is
    rarer costs by the kinds of characters and by occurrence.
    """
    try:
        plain = text.encode("cp1252").replace(b"\r\n", b"\n").translate(_PLAINED, _DROPPED)
    except UnicodeEncodeError:
        return _normalise_any(text)
    encoded = plain.translate(_FOLDED)
    given = None if len(plain) == len(text) else text
    return NormalText(plain.decode("cp1252"), encoded.decode("cp1252"), encoded, given)


def _normalise_any(given: str) -> NormalText:
    """Do the same for a text in any script."""
    text = given.replace("\r\n", "\n")
    odd = set(text) - _PLAIN
    derived: dict[Callable[[NormalText], Any], Any] = {}
    if any(_CHANGES_LENGTH.match(character) for character in odd):
        derived[_line_ends] = None  # a letter may have become two as another was dropped
        text = _UNEVEN.sub(_level, text)
        odd = set(text) - _PLAIN
    text = _replace(text, {character: _plain(character) for character in odd})
    foldable = _replace(text, {character: _fold(character) for character in set(text) - _CP1252})
    encoded = foldable.encode("cp1252", "replace").translate(_FOLDED)
    changed = None if len(text) == len(given) else given
    return NormalText(text, encoded.decode("cp1252"), encoded, changed, derived)


def fold(text: str) -> str:
    """Return the folded plain form: what a vocabulary term must look like."""
    return normalise(text).folded


def _level(uneven: re.Match[str]) -> str:
    """Return the letters of a sequence without what is invisible; ligatures taken apart."""
    if uneven[0] == "\r\n":
        return "\n"
    visible = _INVISIBLES.sub("", uneven[0])
    if "\ufb00" <= visible[:1] <= "\ufb06":
        return unicodedata.normalize("NFKC", visible)
    # A mark that composes with nothing is drawn over its letter or digit (keycaps, struck-through text).
    return _OVERLAYS.sub("", unicodedata.normalize("NFC", visible))


def _line_ends(normal: NormalText) -> list[int] | None:
    """Return where a line end of two characters became one, if nothing else changed a length."""
    given = normal.given or ""
    lines = given.split("\r\n")
    if len(normal.text) + len(lines) - 1 != len(given):
        return None
    return [end - 1 for end in accumulate(len(line) + 1 for line in lines)][:-1]


def _edits(normal: NormalText) -> list[_Edit]:
    """Return every place whose length changed, in order."""
    edits = []
    shift = 0
    for uneven in _UNEVEN.finditer(normal.given or ""):
        start, end = uneven.span()
        length = len(_level(uneven))
        if length != end - start:
            edits.append(_Edit(start + shift, start + shift + length, start, end))
            shift += length - (end - start)
    return edits


def _kinds(normal: NormalText) -> bytes:
    return normal.encoded.translate(_AS_KINDS)


def _replace(text: str, table: dict[str, str]) -> str:
    """Replace character by character: a few by scans in C, many by a table."""
    changes = {old: new for old, new in table.items() if old != new}
    if len(changes) > 12:  # noqa: PLR2004 - where a dozen scans cost what one translation does
        return text.translate({ord(old): new for old, new in changes.items()})
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """Return the one character that stands for this one."""
    category = unicodedata.category(character)
    if category == "Zs" or character in _LIKE_SPACE:
        return " "
    if character in _LIKE_NEWLINE:
        return "\n"
    if category == "Pd" or character in _LIKE_DASH:
        return "-"
    if character in _LIKE_APOSTROPHE:
        return "'"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Cs":
        return "\ufffd"  # a lone surrogate, which no library below would encode
    if character == "\u03bc":
        return "µ"  # the Greek letter in a unit, as the micro sign
    if character in _LOOK_ALIKES:
        return _LOOK_ALIKES[character]
    return character if character in _CP1252 else _plain_design(character, category)


def _plain_design(character: str, category: str) -> str:
    """Return the letter or digit that is drawn full width, in a circle, in a mathematical style."""
    if category == "No":  # a superscript is no digit of the number it stands at
        digit = unicodedata.digit(character, None)
        return character if digit is None or "\u2070" <= character <= "\u2079" else str(digit)
    same = unicodedata.normalize("NFKC", character)
    return _plain(same) if len(same) == 1 and same != character else character


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    """Return the lower-case base letter; other characters stay as they are."""
    lower = character.lower()
    if lower[0] in _BASES:
        return _BASES[lower[0]]
    base = unicodedata.normalize("NFKD", lower)[0]
    if base in "abcdefghijklmnopqrstuvwxyz" and lower.isalpha():
        return base
    if character in _CP1252:
        return lower if len(lower) == 1 else character
    return _FOREIGN_LETTER if character.isalpha() else "?"


def _table(replace: Callable[[str], str]) -> bytes:
    """Return a translation table of cp1252: what each character becomes, by bytes."""
    characters = [bytes([code]).decode("cp1252", "ignore") for code in range(256)]
    return bytes(
        replace(character).encode("cp1252")[0] if character else code
        for code, character in enumerate(characters)
    )


_DROPPED: Final = b"\xad" + _CONTROL
_CP1252: Final = frozenset(bytes(range(256)).decode("cp1252", "ignore"))
_PLAINED: Final = _table(_plain)
_FOLDED: Final = _table(_fold)
_AS_KINDS: Final = bytes(
    ord(" " if not character.isalnum() else "0" if character in "0123456789" else "x")
    for character in (bytes([code]).decode("cp1252", "replace") for code in range(256))
)
_PLAIN: Final = frozenset(
    character
    for character in _CP1252
    if _plain(character) == character and not _CHANGES_LENGTH.match(character)
)
"""Characters that stay as they are."""
