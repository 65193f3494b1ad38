"""Text with the breaks a reader would see: lines, cells, nothing else.

Does:   joins runs of text; a break that was announced (line, cell) is written before the next text,
        so that a paragraph inside a table cell does not tear a row of results apart; puts the paragraphs
        of a short cell that has neighbours on one line, for the same reason.
Never:  puts anything between two runs: a number split over bold and plain stays one number.
Fails:  nothing here fails.
"""

from __future__ import annotations

from typing import Final

ONE_LINE_MAX: Final = 200
"""A cell up to so many characters keeps its row on one line; a longer one is a text of its own, with its
lines."""


class Layout:
    """Collects the text of one page, body or member."""

    __slots__ = ("_break", "_cell", "_filled", "_line", "_lines", "_pieces", "_short")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._break = ""
        self._line = False
        """The break is one between lines, not rows."""
        self._cell = 0
        """Of the cell under way: its first piece."""
        self._lines: list[int] = []
        """Where lines of it begin."""
        self._short: list[int] = []
        """Where lines of the short cells before it in the row begin."""
        self._filled = 0
        """How many cells of the row hold text."""

    def text(self, text: str) -> None:
        """Add a run of text."""
        if (self._break or not self._pieces) and text.isspace():
            return
        if self._break:
            if self._pieces:
                if self._line:
                    self._lines.append(len(self._pieces))
                self._pieces.append(self._break)
            self._break = ""
        self._pieces.append(text)

    def line(self) -> None:
        """Announce a new line: a paragraph begins or ends. Inside a row, the cell's break prevails."""
        if not self._break:
            self._break, self._line = "\n", True

    def cell(self) -> None:
        """Announce the next cell of a row."""
        if len(self._pieces) > self._cell:
            self._filled += 1
            if self._lines and sum(map(len, self._pieces[self._cell :])) <= ONE_LINE_MAX:
                self._short += self._lines
        self._next_cell()
        self._break, self._line = "\t", False

    def row(self) -> None:
        """Announce a new line that nothing overrides: a row begins or ends."""
        if self._filled > 1:
            for index in self._short:
                self._pieces[index] = " "
        self._filled = 0
        self._short.clear()
        self._next_cell()
        self._break, self._line = "\n", False

    def _next_cell(self) -> None:
        self._cell = len(self._pieces)
        self._lines.clear()

    def __str__(self) -> str:
        return "".join(self._pieces)
