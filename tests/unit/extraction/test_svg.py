"""SVG: words, the files inside, and drawings that may be words."""

from __future__ import annotations

import base64
import time

import pytest

from extraction_samples import attached, texts, unread
from picture_samples import extract, saved, scan

WORDS = "DURAND-LEFÈVRE Élodie, hépatite B"
CURVES = "<path d='M60 700L70 710C1 2 3 4 5 6Z'/>"


def svg(body: str) -> bytes:
    head = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">'
    return attached(f"{head}{body}</svg>".encode(), "a.svg", "image/svg+xml")


@pytest.mark.parametrize(
    "body",
    [
        f"<text x='1' y='2'>{WORDS}</text>",
        "<text>" + "".join(f"<tspan x='{n}'>{letter}</tspan>" for n, letter in enumerate(WORDS)) + "</text>",
        f"<title>{WORDS}</title>",
        f"<g aria-label='{WORDS}'/>",
        f"<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>{WORDS}</p></foreignObject>",
    ],
)
def test_words_are_read(body: str) -> None:
    extraction = extract(svg(body))

    assert WORDS in texts(extraction, "1/a.svg")
    assert () == extraction.unread


def test_a_picture_inside_is_a_part() -> None:
    data = base64.b64encode(saved(scan())).decode()

    extraction = extract(svg(f"<image href='data:image/png;base64,{data}'/>"))

    assert "279035121518989" in texts(extraction, "1/a.svg/base64-1")
    assert () == extraction.unread


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (CURVES * 100, [("1/a.svg#drawing", "unsupported")]),
        (f"<text>Titre</text>{CURVES * 100}", [("1/a.svg#drawing", "unsupported")]),
        (CURVES * 3, []),
        (f"<text>{WORDS * 5}</text>{CURVES * 100}", []),
    ],
)
def test_a_drawing_without_words_is_unread(body: str, expected: list[tuple[str, str]]) -> None:
    assert expected == unread(extract(svg(body)))


@pytest.mark.parametrize("flood", ["<text>", "<a ", "<tspan", " d='", ' d="', "<text></text>"])
def test_floods_take_no_longer_than_others(flood: str) -> None:
    start = time.process_time()

    extract(svg(flood * 100_000))

    assert time.process_time() - start < 2
