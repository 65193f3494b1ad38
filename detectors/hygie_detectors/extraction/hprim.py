"""HPRIM: the two text formats by which French laboratories send results to doctors.

Does:   HPRIM médecin: the header's lines by their distance to the birth date, ``RES|`` and ``TEX|`` lines
        as results and comments, with or without header and tags, several files in one. HPRIM Santé:
        the segments P, OBR, OBX and C by the delimiters that H declares.
Never:  asks for the whole structure; takes a file for HPRIM by its extension alone.
Fails:  never raises; what has no known place is text only.
Source: HPRIM 1.x and 2.x as French doctors' software reads and writes them; synthetic fixtures.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from hygie_detectors.extraction import hl7
from hygie_detectors.extraction.fields import PLACE, Fields, interval
from hygie_detectors.extraction.walk import Sink

_EXTENSION: Final = re.compile(r"\.(?:hpr|hpm\d?|hprim)(?:~\d+)?$", re.IGNORECASE)
_TAG: Final = re.compile(r"[ \t]{0,8}\*{4}(?:LAB|FIN|FINFICHIER)\*{4}")
_FILE_END: Final = "****FINFICHIER****"
_ROW: Final = re.compile(r"[ \t]{0,8}(RES|TEX)\|")
_BIRTH_DATE: Final = re.compile(
    r"\s{0,8}(?:\d{2}[/.-]\d{2}[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|(?:19|20)\d{6})\s{0,8}"
)
_NIR: Final = re.compile(r"[12378][ ]?\d{2}[ ]?\d{2}[ ]?\d[\dABab][ ]?\d{3}[ ]?\d{3}(?:[ ]{0,4}\d{2})?")
_HEADER_LINES: Final = 16
"""The birth date is the seventh line; an envelope or an empty line may stand before."""
_BEFORE: Final = ((5, "Nom"), (4, "Prénom"))
_SANTE: Final = re.compile(r"H\|([^|\r\n]{4})\|")
_SANTE_MARKS: Final = hl7.Delimiters("~", "^", "\\", "&")
_SANTE_SEGMENT: Final = re.compile(r"(?:[A-Z]|OBR|OBX|FAC|REG|AC[A-Z])\|")


class Header(NamedTuple):
    """The header of an HPRIM médecin file: its lines, and which of them is the birth date."""

    lines: list[str]
    birth: int

    def line(self, offset: int) -> str:
        """Return the line so far from the birth date, empty when there is none."""
        at = self.birth + offset
        return self.lines[at].strip() if 0 <= at < len(self.lines) else ""


def has_extension(path: str) -> bool:
    """Tell whether the part is called as HPRIM files are."""
    return bool(_EXTENSION.search(path))


def find_header(content: str) -> Header | None:
    """Return the header of an HPRIM médecin file; none without a birth date and a name before it."""
    lines = content.lstrip("\ufeff").split("\n", _HEADER_LINES)[:_HEADER_LINES]
    for number, line in enumerate(lines):
        if _ROW.match(line) or _TAG.match(line):
            return None
        if number >= len(_BEFORE) and _BIRTH_DATE.fullmatch(line):
            header = Header(lines, number)
            return header if any(c.isalpha() for c in header.line(-5)) else None
    return None


def decode(data: bytes, content: str) -> str:
    """Return the text as MS-DOS wrote it where that gives more French letters than Windows would."""
    if data.isascii() or "\ufeff" in content[:1] or _is_utf8(data) or b"\0" in data:
        return content
    dos = data.decode("cp850")
    return dos if _french(dos) > _french(content) else content


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_FRENCH: Final = str.maketrans("", "", "éèêëàâçîïôöùûüÉÈÊÀÂÇÎÔÙÛ")


def _french(text: str) -> int:
    return len(text) - len(text.translate(_FRENCH))


def read(content: str, sink: Sink) -> str:
    """Add the fields of every HPRIM file in the text; return the text."""
    content = decode(sink.item.data, content)
    fields = Fields()
    sante = _SANTE.search(content)
    if sante and "\n" not in content[max(0, sante.start() - 1) : sante.start()].strip("\r\n\x0b\ufeff"):
        _read_sante(content, fields)
    else:
        for file in content.split(_FILE_END):
            _read_medecin(file.lstrip("\r\n"), fields)
    sink.text(str(fields), PLACE)
    return content


def _read_medecin(content: str, fields: Fields) -> None:
    header = find_header(content)
    if header:
        _read_header(header, fields)
    for line in content.splitlines():
        row = _ROW.match(line)
        if row and row[1] == "TEX":
            fields.add("Commentaire", line[row.end() :].strip("| \t"))
        elif row:
            _read_result(line[row.end() :].split("|"), fields)


def _read_header(header: Header, fields: Fields) -> None:
    for before, label in _BEFORE:
        fields.add(label if label != "Nom" else "Nom du patient", header.line(-before))
    fields.date("Date de naissance", header.line(0))
    if header.birth >= 6 and len(header.line(-6)) <= 20:  # noqa: PLR2004 - longer: an envelope line in its place
        fields.add("IPP", header.line(-6))
    fields.add("Adresse", " ".join(filter(None, (header.line(-3), header.line(-2), header.line(-1)))))
    if header.line(1) and not _NIR.fullmatch(header.line(1)):
        return  # the short header: the text begins here
    fields.add("NIR", header.line(1))
    fields.add("Numéro de dossier", header.line(2))


def _read_result(columns: list[str], fields: Fields) -> None:
    """Add a result: label, code, type, value, unit, low, high, flag, status, then the second value."""
    columns = [column.strip() for column in columns] + [""] * 12
    label, _code, _type, value, unit, low, high, flag, _status, second, low2, high2 = columns[:12]
    fields.row(label, value, unit, interval(low, high) if high or not _is_range(low) else low, flag)
    if second:
        fields.row(label, second, "", interval(low2, high2))


def _is_range(value: str) -> bool:
    """Tell whether one field holds both bounds: ``2.20-2.60``, ``-2 - 2``."""
    return "-" in value.lstrip("-")


def _read_sante(content: str, fields: Fields) -> None:
    """Read segments by HPRIM Santé's numbers; those of OBX are HL7's."""
    for line in _sante_lines(content):
        segment = hl7.Segment(line.partition("|")[0], line.split("|"), _SANTE_MARKS)
        if segment.name == "P":
            _read_patient(segment, fields)
        elif segment.name == "OBX":
            hl7.observation(segment, fields)
        elif segment.name == "OBR":
            fields.add("Examen", segment.words(4))
        elif segment.name == "C":
            fields.add("Commentaire", segment.words(3))


def _sante_lines(content: str) -> list[str]:
    """Return the segments; a line ``A|`` goes on with the one before, which may have 220 characters only."""
    lines: list[list[str]] = []
    for line in content.replace("\x0b", "\n").splitlines():
        if line.startswith("A|") and lines:
            lines[-1].append(line[2:])
        elif _SANTE_SEGMENT.match(line) or not lines:
            lines.append([line])
        else:
            lines[-1].append("\n" + line)
    return ["".join(pieces) for pieces in lines]


def _read_patient(segment: hl7.Segment, fields: Fields) -> None:
    """Read P, whose fields HPRIM counts from the segment's name on: its sixth is our fifth."""
    for number in (2, 3, 4):
        fields.add("IPP", "".join(c[0] for c in segment.repetitions(number)[:1]))
    for components in segment.repetitions(5):
        hl7.name(components, fields)
    fields.add("Nom de naissance", segment.words(6))
    fields.date("Date de naissance", segment.field(7))
    fields.add("Sexe", segment.field(8))
    fields.add("Adresse", segment.words(10))
    fields.add("Téléphone", segment.words(12))
