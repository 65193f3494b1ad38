"""What must hold of every input, whatever its bytes.

Does:   reads an input as the walk does and names each rule that was broken: a reader raised, was slow or
        greedy, said a reason outside the closed list, answered twice differently, or passed over something
        in silence: a part with bytes, or the marker that was planted where people would read it.
Never:  stops at the first: all rules are judged, and each breach has a short name of its own.
"""

from __future__ import annotations

import re
import resource
import time
import traceback
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from hygie_detectors.extraction import Extraction, dispatch, text
from hygie_detectors.extraction.walk import Item, Sink, Walk
from hygie_detectors.limits import KIB, MIB, Limits
from hygie_detectors.model import is_reason
from hygie_detectors.watch import Unwatched

MARKER = b".zqhyg,marqu."
"""Two plain words, so that it is text wherever text may stand; no part of a run of base64."""
_WORDS = MARKER.decode().strip(".")
"""What must be found: in file names a full stop becomes a space."""
INPUT_MAX = 64 * KIB
LIMITS = Limits(ocr_pages_max=0)
"""OCR would take all of the time; pages that want it are unread."""

_SECONDS_MAX = 2.0
_READ_FREELY = MIB
"""Bytes, packed and expanded, that may be read in so many seconds; more take more."""
_GROWTH_MAX_KB = 512 * KIB
_TWICE_EVERY = 16


@dataclass
class Reading:
    """An extraction, and what the walk does not show of it."""

    extraction: Extraction
    raised: list[str] = field(default_factory=list)
    blank: set[str] = field(default_factory=set)
    """Parts whose bytes are no text and no anything: white space, a byte order mark."""
    seconds: float = 0.0
    grown_kb: int = 0

    @property
    def text(self) -> str:
        """All that was read, white space as one space."""
        return " ".join(" ".join(segment.text for segment in self.extraction.segments).split())

    @property
    def types(self) -> str:
        """The media types of the parts, which tell findings apart."""
        types = {part.media_type for part in self.extraction.parts}
        return ",".join(sorted(kind if _TYPE.fullmatch(kind) else "other" for kind in types))


def look(root: Item) -> Reading:
    """Read a message or a file."""
    raised: list[str] = []
    blank: set[str] = set()

    def read(sink: Sink) -> None:
        try:
            dispatch.read(sink)
        except Exception as error:
            raised.append(_where(error))
            raise
        if not text.decode(sink.item.data, sink.item.charset).strip("\ufeff\0 \t\r\n\f\v\xa0"):
            blank.add(sink.item.path)

    walk = Walk(LIMITS, Unwatched())
    root.path = walk.unique(root.path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    extraction = walk.run(root, read)
    seconds = time.process_time() - begin
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown
    return Reading(extraction, raised, blank, seconds, grown)


def judge(
    data: bytes, root: Callable[[bytes], Item], owed: Callable[[bytes, Reading], bool]
) -> tuple[list[str], Reading]:
    """Return the names of the rules this input breaks, and the reading."""
    reading = look(root(data))
    extraction = reading.extraction
    broken = [f"raised {where}" for where in reading.raised]
    size = len(data) + sum(part.size for part in extraction.parts)
    if reading.seconds > _SECONDS_MAX * max(1, size / _READ_FREELY):
        broken.append(f"slow {reading.types}")
    if reading.grown_kb > _GROWTH_MAX_KB:
        broken.append(f"greedy {reading.types}")
    broken += structure(reading)
    if not extraction.unread and _WORDS not in reading.text and owed(data, reading):
        broken.append(f"silent {reading.types}")
    if zlib.crc32(data) % _TWICE_EVERY == 0 and look(root(data)).extraction != extraction:
        broken.append(f"varies {reading.types}")
    return list(dict.fromkeys(broken)), reading


def structure(reading: Reading) -> list[str]:
    """Name what breaks the contract of an extraction: paths, reasons, texts, parts without an answer."""
    extraction = reading.extraction
    paths = [part.path for part in extraction.parts]
    broken = [f"reason {u.reason}" for u in extraction.unread if not is_reason(u.reason)]
    if len(paths) != len(set(paths)):
        broken.append("two parts of one path")
    answered = {segment.part.split("#", 1)[0] for segment in extraction.segments}
    if not answered <= {*paths, *(unread.part.split("#", 1)[0] for unread in extraction.unread)}:
        broken.append("text of no part")
    broken += [
        f"text that is none: {segment.source}"
        for segment in extraction.segments
        if not segment.text.strip() or _SURROGATE.search(segment.text)
    ]
    answered |= {unread.part.split("#", 1)[0] for unread in extraction.unread}
    for part in extraction.parts[1:]:
        inside = any(path.startswith((f"{part.path}/", f"{part.path}.")) for path in paths)
        said = part.path in answered or inside or part.path in reading.blank
        if part.size and part.attachment and not said and part.media_type != _SIGNATURE:
            broken.append(f"no answer {part.media_type}")
    return broken


_SURROGATE = re.compile("[\ud800-\udfff]")
_TYPE = re.compile(r"(?:application|image|message|multipart|text)/[a-z0-9.+-]{1,80}")
"""A media type in earnest, which tells findings apart."""
_SIGNATURE = "application/pkcs7-signature"
"""A detached one holds no content."""


def _where(error: BaseException) -> str:
    """Return the type of an error and the last function of ours that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if "hygie_detectors" in frame.filename), frames[-1])
    return f"{type(error).__name__} in {last.filename.rpartition('/')[2]} {last.name}"
