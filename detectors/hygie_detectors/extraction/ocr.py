"""A picture of a page to text: tesseract, French, one thread, bounded in time.

Does:   recognises printed text, row by row as the eye reads a table; turns a page that lies on its
        side or upside down when the first reading makes little sense.
Never:  starts a thread or a process, writes a file, or takes longer for the recognition than it is given.
Fails:  raises nothing on any picture. Time that runs out and text that makes no sense are said in the
        answer, with the text there is. ``RuntimeError`` when the French model is not installed.
Source: tesseract's C++ API through tesserocr; Debian's ``tesseract-ocr-fra`` and ``tesseract-ocr-osd``.

Quality: laboratory page of 37 lines, A4 at 200 dpi: clean, noisy, fax, upside down: see
         ``tests/bench/bench_ocr.py``. Not measured: handwriting, which comes out with low confidence.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, Final

# Read by the OpenMP run-time when it is loaded. Two threads on two cores took six to forty times longer.
os.environ["OMP_THREAD_LIMIT"] = "1"

import tesserocr
from PIL import Image

SENSE_MIN: Final = 60
"""Mean confidence (0-100) of the words. Right pages measured 66 to 95, turned ones 30 to 43."""

_MODELS: Final = (
    Path("/usr/share/tesseract-ocr/5/tessdata"),  # Debian
    Path("/usr/share/tessdata"),  # others
)
_ORIENTATION_PIXELS: Final = 4_000_000
"""The search for the orientation has no time limit of its own: it gets an A4 page at 200 dpi at most."""
_TURNS: Final = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}
_ORIENTATION_SECONDS: Final = 0.5
"""What it takes on such a page; with less left it is not begun."""
_A4_WIDTH_INCHES: Final = 8.27
_SAME_ROW: Final = 0.5
"""Share of the lower line's height by which two lines must overlap to be cells of one row."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was recognised on a page."""

    text: str
    confidence: float
    """Mean of the words, 0 to 100; 0 when there is no word."""
    complete: bool = True
    """False when the time ran out; ``text`` is then what was read before."""

    @property
    def sensible(self) -> bool:
        """Whether the text can be trusted to be what is printed there."""
        return self.complete and self.confidence >= SENSE_MIN


def warm() -> None:
    """Load both models, so that forked workers share them."""
    _reader()
    _orientation_reader()


def read(picture: Image.Image, seconds: float, dpi: float = 0, *, turn: bool = True) -> Reading:
    """Return the text of a grey picture (mode ``L``), read within so many seconds.

    ``turn`` is whether to look for another orientation when it makes little sense as it lies.
    """
    until = time.monotonic() + seconds
    dpi = dpi or picture.width / _A4_WIDTH_INCHES
    reading = _recognise(picture, seconds, dpi)
    if not reading.complete or reading.sensible or not (turn or reading.text):
        return reading
    if until - time.monotonic() < _ORIENTATION_SECONDS:
        return replace(reading, complete=False)
    upright = _orientation(picture)
    if upright is None:
        return reading
    turned = _recognise(picture.transpose(upright), until - time.monotonic(), dpi)
    return max(turned, reading, key=lambda r: r.confidence)


@cache
def _reader() -> Any:
    return _quiet(tesserocr.PyTessBaseAPI(path=_models(), lang="fra"))


@cache
def _orientation_reader() -> Any:
    return _quiet(tesserocr.PyTessBaseAPI(path=_models(), lang="osd", psm=tesserocr.PSM.OSD_ONLY))


def _quiet(reader: Any) -> Any:
    """Send its messages to stderr, which a worker has closed.

    Left alone, it opens ``/dev/null`` for writing at the first message, which a worker's call filter
    refuses, and writes through the null pointer it got.
    """
    reader.SetVariable("debug_file", "")
    return reader


def _models() -> str:
    for folder in (Path(os.environ.get("TESSDATA_PREFIX") or _MODELS[0]), *_MODELS):
        if (folder / "fra.traineddata").is_file() and (folder / "osd.traineddata").is_file():
            return str(folder)
    raise RuntimeError("no OCR models: apt-get install tesseract-ocr-fra tesseract-ocr-osd")


def _recognise(picture: Image.Image, seconds: float, dpi: float) -> Reading:
    reader = _reader()
    until = time.monotonic() + seconds
    _give(reader, picture, dpi)
    try:
        done = reader.Recognize(max(int(seconds * 1000), 1))
        complete = bool(done) or time.monotonic() < until  # it also declines what is too thin to read
        text = _rows(list(_lines(reader.GetIterator())))
        return Reading(text, reader.MeanTextConf() if text else 0, complete)
    finally:
        reader.Clear()  # the page's memory


def _orientation(picture: Image.Image) -> Image.Transpose | None:
    """Return the turn that puts the page upright; None when it stands, or nobody knows."""
    if picture.width * picture.height > _ORIENTATION_PIXELS:
        picture = picture.reduce(2)
    reader = _orientation_reader()
    _give(reader, picture, picture.width / _A4_WIDTH_INCHES)
    try:
        found = reader.DetectOrientationScript()
    finally:
        reader.Clear()
    return _TURNS.get(found["orient_deg"]) if found else None


def _give(reader: Any, picture: Image.Image, dpi: float) -> None:
    reader.SetImageBytes(picture.tobytes(), picture.width, picture.height, 1, picture.width)
    reader.SetSourceResolution(min(max(int(dpi), 70), 600))  # outside, tesseract guesses and complains


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    left: float
    top: float
    bottom: float
    slope: float


def _lines(found: Any) -> Iterator[_Line]:
    """Yield the lines of all blocks. After a time-out words not reached are blank."""
    level = tesserocr.RIL.TEXTLINE
    if found is None or found.Empty(level):
        return
    while True:
        text = " ".join(found.GetUTF8Text(level).split())
        box, base = found.BoundingBox(level), found.Baseline(level)
        if text and box:
            (x1, y1), (x2, y2) = base or ((0, 0), (1, 0))
            yield _Line(text, box[0], box[1], box[3], (y2 - y1) / (x2 - x1) if x2 > x1 else 0)
        if not found.Next(level):
            return


def _rows(lines: list[_Line]) -> str:
    """Join lines that stand beside each other: blocks are read apart, a value belongs to its name."""
    if not lines:
        return ""
    tilt = median(line.slope for line in lines)
    rows: list[list[_Line]] = []
    for line in sorted(lines, key=lambda line: line.top + line.bottom - 2 * tilt * line.left):
        if rows and _beside(rows[-1][-1], line, tilt):
            rows[-1].append(line)
        else:
            rows.append([line])
    return "\n".join("\t".join(cell.text for cell in sorted(row, key=lambda c: c.left)) for row in rows)


def _beside(one: _Line, other: _Line, tilt: float) -> bool:
    drop = tilt * (other.left - one.left)
    overlap = min(one.bottom, other.bottom - drop) - max(one.top, other.top - drop)
    return overlap > _SAME_ROW * min(one.bottom - one.top, other.bottom - other.top)
