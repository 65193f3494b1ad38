"""The fields of a health file as a French cartouche and lab rows: what the recognizers read.

Does:   writes ``Date de naissance : 12/03/1956`` and ``Hémoglobine : 12,4 g/dL (12,0 - 16,0) L``, the
        forms of printed reports, from what HL7, HPRIM, CDA, FHIR and DICOM hold in their own notation.
Never:  interprets a value, or replaces the text of the file: it is read beside it.
Fails:  nothing here fails; a value in no known notation is written as it stands.
Source: the cartouche of ANS documents; HL7 v2 and CDA time stamps, DICOM DA, HPRIM dates.
"""

from __future__ import annotations

import re
from typing import Final

PLACE: Final = "fields"
"""Where the labelled fields of a part are said to lie."""

_DATE: Final = re.compile(r"((?:18|19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])")
_INS_OIDS: Final = re.compile(r"(?<![\d.])1\.2\.250\.1\.213\.1\.4\.(?:8|9|1[0134])(?![\d.])")
_SPACES: Final = re.compile(r"\s+")


class Fields:
    """Collects labelled values, one a line."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, label: str, value: str) -> None:
        """Add a value under its label; a blank one is dropped."""
        value = value.strip()
        if value:
            self._lines.append(f"{label} : {value}" if label else value)

    def date(self, label: str, value: str) -> None:
        """Add a date as people write it."""
        self.add(label, french_date(value))

    def identifier(self, value: str, authority: str, kind: str = "") -> None:
        """Add a number of a person under the name that its authority or its type code gives it."""
        if _INS_OIDS.search(authority) or "INS-NI" in authority.upper() or kind.upper().startswith("INS"):
            self.add("Matricule INS", f"{value} ({authority})" if authority else value)
        else:
            self.add(_KINDS.get(kind.upper(), "IPP"), value)

    def row(self, label: str, value: str, unit: str = "", interval: str = "", flag: str = "") -> None:
        """Add a result: label, value, unit, reference interval, flag."""
        if not value.strip():
            return
        interval = interval.strip()
        columns = (value, unit, f"({interval})" if interval else "", flag)
        self.add(one_line(label), " ".join(column.strip() for column in columns if column.strip()))

    def __str__(self) -> str:
        return "\n".join(self._lines)


_KINDS: Final = {
    "AN": "Numéro de dossier",
    "VN": "NDA",
    "NH": "NIR",
    "SS": "NIR",
    "SNS": "NIR",
}
"""Type codes of HL7 table 0203; every other number of a patient is the hospital's own."""


def french_date(value: str) -> str:
    """Return ``19560312``, ``1956-03-12`` and time stamps that begin so as ``12/03/1956``."""
    date = _DATE.match(value.strip())
    return f"{date[3]}/{date[2]}/{date[1]}" if date else value


def interval(low: str, high: str) -> str:
    """Return a reference interval; one bound alone is an inequality."""
    if low and high:
        return f"{low} - {high}"
    return f"> {low}" if low else f"< {high}" if high else ""


def one_line(text: str) -> str:
    """Return the text with every run of white space as one space."""
    return _SPACES.sub(" ", text).strip()
