"""Cells below a head: which border, which column, where it ends."""

import pytest

from hygie_detectors.recognizers.tables import cells_below


def below(text, head):
    start = text.index(head)
    return [text[a:b] for a, b in cells_below(text, start, start + len(head))]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("nom;hb;ddn\nA;9;x\nB;8;y\n", ["9", "8"]),
        ("hb\tnom\n9\tA", ["9"]),
        ('"nom","hb"\n"A","9"', ['"9"']),
        ("nom;hb\nA;9\nfin\nB;8", ["9"]),
        ("hb", []),
        ("hb est bas ; voir\nA;9", []),
    ],
)
def test_the_cells_of_a_column(text, cells):
    assert below(text, "hb") == cells


def test_two_hundred_lines_are_read():
    assert len(below("nom;hb\n" + "A;9\n" * 1_000, "hb")) == 200
