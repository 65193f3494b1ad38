"""HL7 v2 messages (ER7): patient, visits, results and notes as labelled fields, documents as parts.

Does:   takes messages out of any framing (MLLP, batch, CR, LF), by the delimiters each declares, damaged
        ones too; undoes HL7's escapes; hands out what OBX-5 holds as base64 or hex, whatever it is.
Never:  drops text: the message stays beside its fields, without the documents only.
Fails:  never raises. A document that is not what it says is unread, ``corrupt``, and stays as text.
Source: HL7 2.5 chapters 2, 3 and 7; ANS HL7 v2 examples, a quarter of which have ``˜`` for ``~``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from hygie_detectors.extraction.fields import PLACE, Fields
from hygie_detectors.extraction.headers import decode_base64
from hygie_detectors.extraction.walk import Sink

_HEAD: Final = re.compile(r"(?:^|(?<=>))[ \t]{0,8}(?:MSH|FHS|BHS)\|([^|\r\n]{3,8})(?=[|#])")
_SEGMENT: Final = re.compile(r"[ \t]{0,8}([A-Z][A-Z0-9]{2})\|")
_LINES: Final = re.compile("[\r\n\x0b\x1c]+")
_CHARSET: Final = re.compile(rb"(?:\A|[\r\n\x0b\xbf])MSH\|(?:[^|\r\n]{0,500}\|){16}([^|\r\n]{0,40})")
_CHARSETS: Final = {
    "UNICODE UTF-8": "utf-8",
    "UNICODE": "utf-16",
    "UNICODE UTF-16": "utf-16",
    "GB 18030-2000": "gb18030",
    **{f"8859/{number}": f"iso8859-{number}" for number in range(1, 16)},
}
"""HL7 table 0211."""


@dataclass(frozen=True, slots=True)
class Delimiters:
    """What parts components, repetitions and subcomponents, and what begins an escape."""

    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    def components(self, field: str) -> list[str]:
        """Return the components of one repetition, escapes undone."""
        return [self.plain(part) for part in field.split(self.component)]

    def plain(self, value: str) -> str:
        """Undo the escapes of a value; subcomponents are parted by spaces."""
        value = value.replace(self.subcomponent, " ")
        if self.escape not in value:
            return value
        pattern = _ESCAPES.get(self.escape)
        return pattern.sub(self._unescape, value) if pattern else value

    def _unescape(self, match: re.Match[str]) -> str:
        code: str = match[1]
        if code[0] in "XC":
            return _from_hex(code[1:])
        named = {
            "F": "|",
            "S": self.component,
            "T": self.subcomponent,
            "R": self.repetition,
            "E": self.escape,
        }
        return named.get(code, "\n" if code in _BREAKS else "")


_ESCAPES: Final = {
    mark: re.compile(
        rf"{re.escape(mark)}([FSTREHN]|\.[a-z]{{2}}[+-]?\d{{0,3}}|[XC][0-9A-Fa-f]{{2,200}}){re.escape(mark)}"
    )
    for mark in ("\\", "/")
}
_BREAKS: Final = frozenset({".br", ".sp", ".ce"})


def _from_hex(digits: str) -> str:
    data = bytes.fromhex(digits[: len(digits) // 2 * 2])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


class Segment(NamedTuple):
    """One segment: its fields by number, as in the standard (the name is number 0)."""

    name: str
    fields: list[str]
    marks: Delimiters

    def field(self, number: int) -> str:
        """Return a field as it stands, empty when there is none."""
        return self.fields[number] if number < len(self.fields) else ""

    def repetitions(self, number: int) -> list[list[str]]:
        """Return the repetitions of a field, each as its components."""
        field = self.field(number)
        return [self.marks.components(r) for r in field.split(self.marks.repetition) if r] if field else []

    def words(self, number: int) -> str:
        """Return all that a field says, components parted by spaces."""
        return " ".join(part for repetition in self.repetitions(number) for part in repetition if part)


def charset(data: bytes) -> str:
    """Return the charset that MSH-18 names, as Python knows it; empty when it names none."""
    match = _CHARSET.search(data[:4096])
    name = match[1].decode("ascii", "replace").split("~")[0].strip().upper() if match else ""
    return _CHARSETS.get(name, "")


def read(content: str, sink: Sink) -> str:
    """Add the fields of every message in the text, hand out its documents; return the text without them."""
    fields = Fields()
    kept: list[str] = []
    documents = 0
    marks: Delimiters | None = None
    for line in _lines(content):
        head = _HEAD.search(line) if "SH|" in line or "HS|" in line else None
        marks = _delimiters(head[1]) if head else marks
        if marks is None or not _SEGMENT.match(line):
            kept.append(line)
            continue
        segment = Segment(line.lstrip()[:3], line.lstrip().split("|"), marks)
        rest = _take_document(segment, sink, documents + 1) if segment.name == "OBX" else None
        documents += rest is not None
        kept.append(line if rest is None else rest)
        describe(segment, fields)
    sink.text(str(fields), PLACE)
    return "\n".join(kept)


def _lines(content: str) -> Iterator[str]:
    """Yield segments; a line that begins with no segment's name goes on where the one before broke off."""
    pending: list[str] = []
    for line in _LINES.split(content):
        if pending and (_SEGMENT.match(line) or not _SEGMENT.match(pending[0])):
            yield "\n".join(pending)
            pending.clear()
        pending.append(line)
    yield "\n".join(pending)


def _delimiters(encoding: str) -> Delimiters:
    """Return the delimiters that MSH-2 declares: what lies between the first and the last two repeats."""
    if len(encoding) == len("^~\\"):  # no subcomponents
        return Delimiters(encoding[0], encoding[1], encoding[2], "\0")
    # What some gateways make of "~" takes up to three characters; a fifth delimiter (2.7) follows "&".
    encoding = encoding.removesuffix("#")
    return Delimiters(encoding[0], encoding[1:-2], encoding[-2], encoding[-1])


_BASE64: Final = frozenset({"base64", "b64"})
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def _take_document(segment: Segment, sink: Sink, number: int) -> str | None:
    """Hand out the document that OBX-5 holds; return the segment without it, or None when it holds none."""
    # Source application, type, subtype, encoding, data; HPRIM and some senders leave the first out.
    components = segment.field(5).split(segment.marks.component)
    at = next((i for i, part in enumerate(components[:-1]) if part.lower() in {*_BASE64, "hex"}), None)
    if at is None or not (packed := components[at + 1].strip()):
        return None
    if number > sink.limits.archive_members_max:
        sink.unread("limit:archive_members_max")
        return None
    if components[at].lower() == "hex":
        whole = bool(_HEX.fullmatch(packed))
        data = bytes.fromhex(packed) if whole else b""
    else:
        data, whole = decode_base64(_ESCAPED_BREAK.sub("", packed).encode("ascii", "replace"))
    if not whole:
        sink.unread("corrupt", f"document={number}")
        if not data:
            return None
    sink.child(f"document-{number}", data, charset=_document_charset(data))
    components[at + 1] = ""
    fields = [*segment.fields[:5], segment.marks.component.join(components), *segment.fields[6:]]
    return "|".join(fields)


_ESCAPED_BREAK: Final = re.compile(r"\\(?:\.br|X0[AD](?:0A)?)\\")


def _document_charset(data: bytes) -> str:
    """Return UTF-8 where it holds: text in a message has the charset of the message or none."""
    return "" if data.isascii() else "utf-8"


def describe(segment: Segment, fields: Fields) -> None:
    """Add what a segment says, under French labels."""
    if segment.name == "PID":
        _patient(segment, fields)
    elif segment.name == "OBX":
        observation(segment, fields)
    elif segment.name in {"PV1", "NTE", "OBR", "DG1", "AL1", "PR1", "IN1", "TXA"}:
        for number, label in _LABELS[segment.name]:
            fields.add(label, segment.words(number))
    elif segment.marks.escape in "".join(segment.fields[1:]) and segment.name not in {"MSH", "FHS", "BHS"}:
        fields.add("", " ".join(filter(None, map(segment.words, range(1, len(segment.fields))))))


_LABELS: Final = {
    "PV1": ((19, "NDA"),),
    "NTE": ((3, "Commentaire"),),
    "OBR": ((4, "Examen"), (13, "Renseignements cliniques"), (31, "Motif de l'examen")),
    "DG1": ((3, "Diagnostic"), (4, "Diagnostic")),
    "AL1": ((3, "Allergie"), (5, "Réaction")),
    "PR1": ((3, "Acte"), (4, "Acte")),
    "IN1": ((36, "N° assuré"), (49, "N° assuré")),
    "TXA": ((12, "Document"),),
}


def _patient(segment: Segment, fields: Fields) -> None:
    for number in (3, 2, 4):
        for components in segment.repetitions(number):
            parts = [*components, "", "", "", ""]
            fields.identifier(parts[0], parts[3], parts[4])
    for components in segment.repetitions(5):
        name(components, fields)
    fields.add("Nom de jeune fille de la mère", segment.words(6))
    fields.date("Date de naissance", segment.field(7))
    fields.add("Sexe", segment.field(8))
    fields.add("Adresse", segment.words(11))
    fields.add("Téléphone", segment.words(13))
    fields.add("Numéro de dossier", "".join(c[0] for c in segment.repetitions(18)[:1]))
    fields.add("NIR", "".join(c[0] for c in segment.repetitions(19)[:1]))
    fields.add("Lieu de naissance", segment.words(23))


def name(components: list[str], fields: Fields) -> None:
    """Add a person's name: family name, given name, further given names, and what kind of name it is."""
    parts = [*components, "", "", "", "", "", "", ""]
    fields.add("Nom d'usage" if parts[6] in {"D", "M"} else "Nom de naissance", parts[0])
    fields.add("Prénom", " ".join(filter(None, parts[1:3])))


def observation(segment: Segment, fields: Fields) -> None:
    """Add the result that an OBX holds: as HL7 has it, and HPRIM Santé."""
    kind = segment.field(2)
    if kind in {"ED", "RP"}:
        fields.add("Document", segment.words(3))
        return
    label = _coded(segment.repetitions(3))
    value = _structured(segment.repetitions(5)) if kind == "SN" else _value(segment.repetitions(5), kind)
    unit = next((part for repetition in segment.repetitions(6) for part in repetition if part), "")
    fields.row(label, value, unit, segment.words(7), segment.words(8))


def _value(repetitions: list[list[str]], kind: str) -> str:
    if kind in {"CE", "CWE", "CNE", "CF"}:
        return ", ".join(_coded([repetition]) for repetition in repetitions)
    return "\n".join(" ".join(filter(None, repetition)) for repetition in repetitions)


def _coded(repetitions: list[list[str]]) -> str:
    """Return the text of a code, or the code where it has none."""
    parts: list[str] = [*(repetitions[0] if repetitions else ()), "", "", "", "", ""]
    return parts[1] or parts[4] or parts[0]


def _structured(repetitions: list[list[str]]) -> str:
    """Return a structured number (SN): ``<^5``, ``^1^:^128``."""
    return ", ".join("".join(repetition) for repetition in repetitions)
