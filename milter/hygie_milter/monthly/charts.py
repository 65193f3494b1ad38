"""Charts as geometry: where each bar and label goes. The page's template draws them as SVG.

Does:   lays out columns a day, stacked by series, and horizontal bars a category.
Never:  draws more than its table beside it says; holds markup.
Fails:  never; a chart of zeros has an axis and no bar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 720
_LEFT: Final = 48
_TOP: Final = 12
_PLOT: Final = 150
_GAP: Final = 0.25
"""Share of a column's place that stays white."""
_ROW: Final = 24
_NAMES: Final = 300
_VALUES: Final = 64
_TICKS: Final = 4
_NAME_MAX: Final = 44


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle, the colour of its series, and what a pointer is told."""

    x: float
    y: float
    width: float
    height: float
    series: int
    told: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text and where it ends, begins or is centred."""

    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, in the units of its view box."""

    title: str
    width: int
    height: int
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    lines: tuple[tuple[float, float, float, float], ...]
    legend: tuple[str, ...]
    """Names of the series, by their number; empty for a single one."""


def columns(title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> Chart:
    """Return one column a label, the series stacked in it."""
    highest = max((sum(values) for values in zip(*series.values(), strict=True)), default=0)
    top = round_up(highest)
    place = (WIDTH - _LEFT) / max(1, len(labels))
    bars: list[Bar] = []
    for index, label in enumerate(labels):
        base = float(_TOP + _PLOT)
        for number, (name, values) in enumerate(series.items()):
            height = _PLOT * values[index] / top
            base -= height
            if height:
                x = _LEFT + place * (index + _GAP / 2)
                told = f"{label} : {name}, {values[index]}"
                bars.append(_bar((x, base, place * (1 - _GAP), height), number, told))
    ticks = [top * step // _TICKS for step in range(_TICKS + 1)] if top >= _TICKS else list(range(top + 1))
    heights = [_TOP + _PLOT * (1 - tick / top) for tick in ticks]
    texts = [Label(_LEFT - 6, y + 4, str(tick), "end") for tick, y in zip(ticks, heights, strict=True)]
    texts += [
        Label(round(_LEFT + place * (index + 0.5), 1), _TOP + _PLOT + 16, label, "middle")
        for index, label in enumerate(labels)
    ]
    lines = tuple((float(_LEFT), round(y, 1), float(WIDTH), round(y, 1)) for y in heights)
    legend = tuple(series) if len(series) > 1 else ()
    return Chart(title, WIDTH, _TOP + _PLOT + 24, tuple(bars), tuple(texts), lines, legend)


def bars(title: str, rows: Sequence[tuple[str, int]]) -> Chart:
    """Return one horizontal bar a row, its name before and its value behind it."""
    longest = max((count for _name, count in rows), default=0) or 1
    room = WIDTH - _NAMES - _VALUES
    drawn: list[Bar] = []
    texts: list[Label] = []
    for index, (name, count) in enumerate(rows):
        y = index * _ROW + 4
        width = room * count / longest
        if count:
            drawn.append(_bar((_NAMES, y, width, _ROW - 8), 0, f"{name} : {count}"))
        texts.append(Label(_NAMES - 8, y + 12, _short(name), "end"))
        texts.append(Label(round(_NAMES + width + 6, 1), y + 12, str(count), "start"))
    axis = ((float(_NAMES), 0.0, float(_NAMES), float(len(rows) * _ROW)),)
    return Chart(title, WIDTH, max(1, len(rows)) * _ROW, tuple(drawn), tuple(texts), axis, ())


def round_up(value: int) -> int:
    """Return the least of 1, 2, 4, 5, 10, 20, 40, 50, 100… that is not below."""
    power = 1
    while power * 10 < value:
        power *= 10
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= max(1, value))


def _bar(place: tuple[float, float, float, float], series: int, told: str) -> Bar:
    x, y, width, height = (round(value, 1) for value in place)
    return Bar(x, y, width, height, series, told)


def _short(name: str) -> str:
    return name if len(name) <= _NAME_MAX else name[: _NAME_MAX - 1] + "…"
