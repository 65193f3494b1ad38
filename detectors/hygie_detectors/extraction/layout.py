"""Text with the breaks a reader would see: lines, cells, nothing else.

Does:   joins runs of text; a break that was announced (line, cell) is written before the next text,
        so that a paragraph inside a table cell does not tear a row of results apart.
Never:  puts anything between two runs: a number split over bold and plain stays one number.
Fails:  nothing here fails.
"""

from __future__ import annotations


class Layout:
    """Collects the text of one page, body or member."""

    __slots__ = ("_break", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._break = ""

    def text(self, text: str) -> None:
        """Add a run of text."""
        if (self._break or not self._pieces) and text.isspace():
            return
        if self._break:
            if self._pieces:
                self._pieces.append(self._break)
            self._break = ""
        self._pieces.append(text)

    def line(self) -> None:
        """Announce a new line: a paragraph begins or ends. Inside a row, the cell's break prevails."""
        self._break = self._break or "\n"

    def cell(self) -> None:
        """Announce the next cell of a row."""
        self._break = "\t"

    def row(self) -> None:
        """Announce a new line that nothing overrides: a row ends."""
        self._break = "\n"

    def __str__(self) -> str:
        return "".join(self._pieces)
