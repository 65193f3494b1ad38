"""The walk over a message: one part after the other, each read once, none lost.

Does:   keeps what is still to be read, numbers the parts, collects text, unread parts and
        signatures, and applies the limits that concern the whole message.
Never:  recurses: what a reader finds inside a part waits until that reader has ended, so that
        whoever watches can blame the right part when native code takes the process down.
Fails:  never raises. A reader says itself what it could not read; an exception it did not
        foresee makes its part unread, ``crash``. Text found before stays.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import Final, Protocol, TypeAlias

from hygie_detectors.limits import MIB, Limits
from hygie_detectors.model import Part, Segment, Unread
from hygie_detectors.watch import Watch


@dataclass(frozen=True, slots=True)
class Signature:
    """A health file format recognised on the decoded bytes of a part.

    ``kind`` is ``cda``, ``hl7v2``, ``hprim``, ``fhir``, ``dicom`` or ``xdm``.
    """

    kind: str
    part: str = field(repr=False)
    person: bool
    """Whether the file speaks of a person; an acknowledgement or a terminology does not."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that was read of a message, and all that was not."""

    parts: tuple[Part, ...]
    segments: tuple[Segment, ...]
    unread: tuple[Unread, ...]
    signatures: tuple[Signature, ...]


class Budget:
    """Expanded bytes and archive members left for an outermost container and all that lies in it."""

    __slots__ = ("left", "members_left")

    def __init__(self, limits: Limits) -> None:
        self.left = limits.expanded_max_bytes
        self.members_left = limits.archive_members_max


@dataclass(slots=True)
class PageTime:
    """The time one page has to be read by OCR."""

    limit: str
    """The limit that ends it, with its ``limit:``."""
    until: float
    """When it ends, on ``time.monotonic``."""
    sensible: bool = False
    """Set by its reader: the page was read, or nothing is on it."""

    @property
    def left(self) -> float:
        """Seconds left; negative when it is over."""
        return self.until - time.monotonic()


class OcrBudget:
    """Pages that OCR may still read in a message, and the seconds it may still take for them."""

    __slots__ = ("_page_seconds", "_pages_left", "_seconds_left", "_vain_left")

    def __init__(self, limits: Limits) -> None:
        self._pages_left = limits.ocr_pages_max
        self._page_seconds = limits.ocr_page_max_seconds
        self._seconds_left = limits.ocr_max_seconds
        self._vain_left = limits.ocr_vain_max_seconds

    @contextmanager
    def page(self) -> Iterator[PageTime]:
        """Give one page its time, and count what it takes."""
        seconds = {
            "limit:ocr_page_max_seconds": self._page_seconds,
            "limit:ocr_max_seconds": self._seconds_left,
            "limit:ocr_vain_max_seconds": self._vain_left,
        }
        limit, granted = min(seconds.items(), key=lambda item: item[1])
        begun = time.monotonic()
        page = PageTime(limit, begun + granted)
        try:
            yield page
        finally:
            taken = time.monotonic() - begun
            self._seconds_left -= taken
            if not page.sensible:
                self._vain_left -= taken

    def take(self, wanted: int) -> int:
        """Count pages; return how many of the wanted ones may be read."""
        granted = min(wanted, self._pages_left)
        self._pages_left -= granted
        return granted


@dataclass(slots=True)
class Item:
    """Something with bytes that waits to be read."""

    path: str = field(repr=False)
    data: bytes = field(repr=False, default=b"")
    entity: Message | None = field(repr=False, default=None)
    """A MIME entity whose content is not decoded yet; ``data`` is empty then."""
    declared: str = ""
    """Media type the sender gave; a hint, never a conclusion."""
    charset: str = ""
    """Charset the sender gave."""
    attachment: bool = False
    decorative_max: int = 0
    """Shown inside the text (a logo): an image of so many bytes at most is no file policy need care about."""
    depth: int = 0
    """Containers around it; an Office file or a PDF counts as one."""
    mime_depth: int = 0
    """Multiparts and messages around it."""
    budget: Budget | None = field(repr=False, default=None)
    page: int = 0
    """The one page of ``data`` that is to be read as a picture, from 1; 0 is the file itself."""
    storage: tuple[str, ...] = field(repr=False, default=())
    """The one storage of the compound file ``data`` that is to be read; empty for the file itself."""


EXPANSION_FLOOR: Final = 10 * MIB
"""Below it no expansion ratio is a bomb."""

_NAME_MAX: Final = 120
_UNSAFE_IN_NAME: Final = re.compile(r"[\x00-\x1f\x7f/\\#\ud800-\udfff]+")


def safe_name(name: str) -> str:
    """Return the file name as one path element: no separator, no ``#``, at most 120 characters."""
    name = _UNSAFE_IN_NAME.sub("_", name.strip())
    if len(name) > _NAME_MAX:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[:100]}~{dot}{extension[:16]}" if dot else name[:_NAME_MAX]
    return name if name.strip(". ") else ""


class Sink:
    """Where the readers of one part put what they find."""

    __slots__ = ("_chars", "_walk", "children", "item", "kinds", "media_type", "size")

    def __init__(self, walk: Walk, item: Item) -> None:
        self._walk = walk
        self._chars = 0
        self.item = item
        self.children: list[Item] = []
        self.kinds: set[str] = set()
        """Health file formats recognised on the bytes of this part."""
        self.media_type = item.declared or "application/octet-stream"
        self.size = 0 if item.page or item.storage else len(item.data)  # the bytes are the file's

    @property
    def limits(self) -> Limits:
        """The limits of this inspection."""
        return self._walk.limits

    @property
    def budget(self) -> Budget:
        """What is left for the outermost container around this part."""
        if self.item.budget is None:
            self.item.budget = Budget(self.limits)
        return self.item.budget

    @property
    def ocr(self) -> OcrBudget:
        """What OCR may still do in this message."""
        return self._walk.ocr

    def text(self, text: str, place: str = "", source: str = "body") -> None:
        """Add text of this part, found at ``place`` (``page=3``, ``header``); blank text is dropped."""
        if not text or text.isspace():
            return
        room = min(self.limits.part_text_max_chars - self._chars, self._walk.chars_left)
        if len(text) > room:
            name = "text_max_chars" if room == self._walk.chars_left else "part_text_max_chars"
            self.unread(f"limit:{name}")
            text = text[: max(room, 0)]
            if not text:
                return
        self._chars += len(text)
        self._walk.chars_left -= len(text)
        self._walk.segments.append(Segment(self._place(place), _clean(text), source))

    def unread(self, reason: str, place: str = "", attachment: bool | None = None) -> None:
        """Say that this part, or the ``place`` in it, was not fully read, and why; once per reason."""
        flag = self.item.attachment if attachment is None else attachment
        self._walk.add_unread(Unread(self._place(place), reason, flag))

    def signature(self, kind: str, person: bool) -> None:
        """Say that this part is a health file of that kind."""
        self.kinds.add(kind)
        self._walk.add_signature(Signature(kind, self.item.path, person))

    def child(  # noqa: PLR0913 - what its finder knows of a part, each by keyword
        self,
        name: str,
        data: bytes = b"",
        *,
        path: str = "",
        entity: Message | None = None,
        declared: str = "",
        charset: str = "",
        attachment: bool = True,
        decorative_max: int = 0,
        mime_depth: int | None = None,
        storage: tuple[str, ...] = (),
    ) -> str:
        """Put something found inside this part on the list of what is still to be read; return its path.

        ``path`` defaults to this part's path with ``/name`` behind it. ``mime_depth`` is given for the
        MIME parts of a message, which is bounded by that depth and is no container of its own.
        """
        depth = self.item.depth + (mime_depth is None)
        child = Item(
            self._walk.unique(path or f"{self.item.path}/{safe_name(name) or 'sans-nom'}"),
            data,
            entity,
            declared,
            charset,
            attachment,
            decorative_max,
            depth,
            self.item.mime_depth if mime_depth is None else mime_depth,
            self.item.budget,
            storage=storage,
        )
        if depth > self.limits.archive_depth_max:
            self._walk.add_unread(Unread(child.path, "limit:archive_depth_max", attachment))
        else:
            self.children.append(child)
        return child.path

    def pages(self, numbers: Sequence[int], media_type: str, decorated: Collection[int] = ()) -> None:
        """Put pages of this file on the list, to be read as pictures: each a part, at its place in the file.

        A page that is slow, or takes the process down, costs that page only. Those beyond
        ``ocr_pages_max`` are unread, by number. Pages that are ``decorated`` show a letterhead at most:
        what is unread of them is no file that policy need care about.
        """
        granted = self.ocr.take(len(numbers))
        item = self.item
        for number in numbers[:granted]:
            page = Item(
                self._walk.unique(f"{item.path}#page={number}"),
                item.data,
                declared=media_type,
                attachment=item.attachment and number not in decorated,
                depth=item.depth,
                mime_depth=item.mime_depth,
                budget=item.budget,
                page=number,
            )
            self.children.append(page)
        for first, last in _runs(numbers[granted:]):
            self.unread("limit:ocr_pages_max", f"page={first}-{last}")

    def name(self, name: str, path: str) -> None:
        """Add a file name as text: it names patients as often as the file does."""
        if len(name) > self.limits.header_max_bytes:
            self.unread("limit:header_max_bytes", "name")
        if self._walk.chars_left < min(len(name), self.limits.header_max_bytes):
            self.unread("limit:text_max_chars")
        elif name and not name.isspace():
            self._walk.chars_left -= min(len(name), self.limits.header_max_bytes)
            if " " not in name:
                stem, dot, extension = name.rpartition(".")
                name = stem.translate(_JOINTS) + dot + extension
            self._walk.segments.append(
                Segment(f"{path}#name", _clean(name[: self.limits.header_max_bytes]), "name")
            )

    def count_mime_part(self) -> bool:
        """Count one MIME part of the message; False when there are too many."""
        self._walk.mime_parts += 1
        return self._walk.mime_parts <= self.limits.mime_parts_max

    def too_deep(self) -> bool:
        """Tell whether this message lies deeper inside others than messages may; it is unread then."""
        deep = self.item.mime_depth > self.limits.mime_depth_max
        if deep:
            self.unread("limit:mime_depth_max", attachment=True)
        return deep

    def _place(self, place: str) -> str:
        joint = "-" if self.item.page else "#"  # the path of a page is a place already
        return f"{self.item.path}{joint}{place}" if place else self.item.path


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and last of each run of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    return runs


_JOINTS: Final = str.maketrans(".+", "  ")
"""What stands for spaces in file names, beside the hyphens that the detectors know."""
_TURNED: Final = re.compile("\u202e([^\u202c\r\n]*)")


def _clean(text: str) -> str:
    """Turn what an override shows turned; replace lone surrogates, so that a segment can be encoded."""
    if text.isascii():
        return text
    if "\u202e" in text:
        text = _TURNED.sub(lambda match: match[1][::-1], text)
    try:
        text.encode()  # a third of the time of a search
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


class Decompressor(Protocol):
    """One of zlib's, bz2's or lzma's."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return at most so many bytes."""


def expand(decompressor: Decompressor, packed: bytes, sink: Sink) -> bytes:
    """Return what a stream expands to, under the limits of containers; what is beyond or broken is unread."""
    limits = sink.limits
    bounds = {
        "member_max_bytes": limits.member_max_bytes,
        "expanded_max_bytes": max(sink.budget.left, 0),
        "expansion_ratio_max": max(EXPANSION_FLOOR, limits.expansion_ratio_max * len(packed)),
    }
    name, bound = min(bounds.items(), key=lambda item: item[1])
    try:
        data = decompressor.decompress(packed, bound + 1)
    except (zlib.error, OSError, ValueError, EOFError):
        sink.unread("corrupt")
        return b""
    if len(data) > bound:
        sink.unread(f"limit:{name}")
        data = data[:bound]
    elif not getattr(decompressor, "eof", True):
        sink.unread("corrupt")
    sink.budget.left -= len(data)
    return data


Reader: TypeAlias = Callable[[Sink], None]


class Walk:
    """One extraction under way."""

    __slots__ = (
        "_paths",
        "_signatures",
        "_unread",
        "chars_left",
        "limits",
        "mime_parts",
        "ocr",
        "parts",
        "segments",
        "watch",
    )

    def __init__(self, limits: Limits, watch: Watch) -> None:
        self.limits = limits
        self.watch = watch
        self.parts: list[Part] = []
        self.segments: list[Segment] = []
        self.chars_left = limits.text_max_chars
        self.mime_parts = 0
        self.ocr = OcrBudget(limits)
        # Dictionaries as ordered sets: the same thing said twice is said once.
        self._unread: dict[Unread, None] = {}
        self._signatures: dict[Signature, None] = {}
        self._paths: dict[str, int] = {}

    def run(self, root: Item, read: Reader) -> Extraction:
        """Read the root and all that is found inside, depth first, in the order it was found."""
        waiting = [root]
        while waiting:
            item = waiting.pop()
            waiting.extend(reversed(self._visit(item, read)))
        return Extraction(
            tuple(self.parts), tuple(self.segments), tuple(self._unread), tuple(self._signatures)
        )

    def _visit(self, item: Item, read: Reader) -> list[Item]:
        sink = Sink(self, item)
        refusal = self.watch.enter(len(self.parts))
        if refusal is None:
            try:
                read(sink)
            except Exception:  # noqa: BLE001 - MemoryError included: a reader's failure costs its part, never the mail
                refusal = "crash"
        if refusal is not None:
            # A message that was not walked may hide files.
            sink.unread(
                refusal, attachment=item.attachment or item.declared.startswith(("message/", "multipart/"))
            )
        self.parts.append(Part(item.path, sink.media_type, sink.size, item.attachment))
        return sink.children

    def add_unread(self, unread: Unread) -> None:
        """Note it once."""
        self._unread.setdefault(unread)

    def add_signature(self, signature: Signature) -> None:
        """Note it once."""
        self._signatures.setdefault(signature)

    def unique(self, path: str) -> str:
        """Return the path, with a number behind it when another part has the same."""
        seen = self._paths[path] = self._paths.get(path, 0) + 1
        return path if seen == 1 else self.unique(f"{path}~{seen}")
