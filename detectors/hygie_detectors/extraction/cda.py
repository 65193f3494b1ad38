"""CDA R2 and XDM metadata: the patient, the document's title and its coded results as labelled fields.

Does:   reads the header's recordTarget, title and code, and every observation with its value, unit,
        reference range and interpretation, wherever the document lies (in a style sheet too); and the
        patient that an XDM submission set (METADATA.XML) is about.
Never:  replaces the text of the document, which is read beside it with all of its attributes.
Fails:  as :func:`markup.feed` does; the generic XML reader has met and reported the same error.
Source: HL7 CDA R2, CI-SIS volets (Structuration minimale, CR-BIO), IHE ITI-3 4.2.3 (sourcePatientInfo).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Final

from hygie_detectors.extraction import hl7, markup
from hygie_detectors.extraction.fields import Fields, interval

METADATA: Final = b"sourcePatientInfo"
"""What tells the metadata of an XDM archive from other XML."""


def read_document(data: bytes, depth_max: int) -> str:
    """Return the labelled fields of a CDA document, as far as it could be parsed."""
    return _read(data, _Document(), depth_max)


def read_metadata(data: bytes, depth_max: int) -> str:
    """Return the labelled fields of an XDM submission set."""
    return _read(data, _Metadata(), depth_max)


def _read(data: bytes, target: _Document | _Metadata, depth_max: int) -> str:
    with contextlib.suppress(markup.RefusedError):  # the reader of the document's text says so
        markup.feed(data, target, depth_max)
    return str(target.fields)


@dataclass(slots=True)
class _Observation:
    """What an observation says, until it ends."""

    label: str = ""
    value: str = ""
    unit: str = ""
    low: str = ""
    high: str = ""
    flag: str = ""


class _Document:
    """Target for a clinical document."""

    def __init__(self) -> None:
        self.fields = Fields()
        self._path: list[str] = [""]
        self._observations: list[_Observation] = []
        self._name: list[tuple[str, str]] = []
        self._address: list[str] = []
        self._qualifier = ""
        self._data: list[str] = []
        self._in_patient = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take what stands in attributes."""
        parent = self._path[-1]
        self._path.append(tag)
        self._data.clear()
        self._qualifier = attributes.get("qualifier", "")
        if tag == "recordTarget":
            self._in_patient = True
        elif tag == "observation":
            self._observations.append(_Observation())
        elif parent == "ClinicalDocument" and tag == "code":
            self.fields.add("Document", attributes.get("displayName", ""))
        if self._in_patient:
            self._take_patient(parent, tag, attributes)
        elif self._observations:
            _take_result(self._observations[-1], parent, tag, attributes)

    def _take_patient(self, parent: str, tag: str, attributes: dict[str, str]) -> None:
        if parent == "patientRole" and tag == "id":
            authority = f"{attributes.get('root', '')} {attributes.get('assigningAuthorityName', '')}"
            self.fields.identifier(attributes.get("extension", ""), authority.strip())
        elif parent == "patient" and tag == "birthTime":
            self.fields.date("Date de naissance", attributes.get("value", ""))
        elif parent == "patient" and tag == "administrativeGenderCode":
            self.fields.add("Sexe", attributes.get("displayName") or attributes.get("code", ""))
        elif parent == "patientRole" and tag == "telecom":
            self.fields.add("Téléphone, adresse électronique", attributes.get("value", ""))

    def end(self, tag: str) -> None:
        """Take the text of the element that ends; write a name, an address, an observation as a whole."""
        self._path.pop()
        parent = self._path[-1] if self._path else ""
        text = "".join(self._data).strip()
        self._data.clear()
        if tag == "title" and parent == "ClinicalDocument":
            self.fields.add("Titre", text)
        elif tag == "recordTarget":
            self._in_patient = False
        elif tag == "observation" and self._observations:
            _write(self._observations.pop(), self.fields)
        elif self._in_patient:
            self._end_patient(parent, tag, text)
        elif self._observations and tag == "value" and parent == "observation":
            self._observations[-1].value = self._observations[-1].value or text

    def _end_patient(self, parent: str, tag: str, text: str) -> None:
        if parent == "name" and tag in {"family", "given"}:
            self._name.append((_NAME_LABELS.get((tag, self._qualifier), _NAME_LABELS[tag, ""]), text))
        elif tag == "name":
            if parent == "patient":
                for label, value in self._name:
                    self.fields.add(label, value)
            self._name.clear()
        elif parent == "addr":
            self._address.append(text)
        elif tag == "addr":
            label = {"patientRole": "Adresse", "place": "Lieu de naissance"}.get(parent, "")
            self.fields.add(label, " ".join(filter(None, self._address)) if label else "")
            self._address.clear()

    def data(self, data: str) -> None:
        """Keep text until its element ends."""
        self._data.append(data)


_NAME_LABELS: Final = {
    ("family", ""): "Nom de naissance",
    ("family", "BR"): "Nom de naissance",
    ("family", "SP"): "Nom d'usage",
    ("family", "CL"): "Nom utilisé",
    ("given", ""): "Prénoms de naissance",
    ("given", "BR"): "Premier prénom de naissance",
    ("given", "CL"): "Prénom utilisé",
}


def _take_result(result: _Observation, parent: str, tag: str, attributes: dict[str, str]) -> None:
    shown = attributes.get("displayName", "")
    if parent == "observation":
        if tag == "code":
            result.label = shown or attributes.get("code", "")
        elif tag == "value":
            result.value = attributes.get("value") or shown or attributes.get("code", "")
            result.unit = attributes.get("unit", "")
        elif tag == "interpretationCode":
            result.flag = shown or attributes.get("code", "")
    elif parent == "code" and tag == "translation" and shown:
        result.label = f"{result.label}, {shown}" if result.label else shown
    elif parent == "value" and tag == "low":
        result.low = attributes.get("value", "")
    elif parent == "value" and tag == "high":
        result.high = attributes.get("value", "")


def _write(result: _Observation, fields: Fields) -> None:
    unit = "" if result.unit == "1" else result.unit
    fields.row(_test(result.label), result.value, unit, interval(result.low, result.high), result.flag)


def _test(name: str) -> str:
    """Return the name of the test from a LOINC name: ``Sodium [Moles/Volume] Sérum ; Numérique``."""
    return name.partition(" [")[0]


class _Metadata:
    """Target for the registry objects of an XDM archive."""

    def __init__(self) -> None:
        self.fields = Fields()
        self._data: list[str] = []
        self._slot = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note which slot it is; take a title."""
        self._data.clear()
        if tag == "Slot":
            self._slot = attributes.get("name", "")
        elif tag == "LocalizedString":
            self.fields.add("Document", attributes.get("value", ""))

    def end(self, tag: str) -> None:
        """Take a value of a slot about the patient."""
        value = "".join(self._data).strip()
        self._data.clear()
        if tag == "Slot":
            self._slot = ""
        elif tag == "Value" and self._slot in {"sourcePatientInfo", "sourcePatientId"}:
            name, bar, content = value.partition("|")
            if not bar:
                name, content = "PID-3", value
            number = name.removeprefix("PID-")
            if number.isdecimal() and len(number) < 3:  # noqa: PLR2004 - PID has 39 fields
                fields = ["PID", *[""] * (int(number) - 1), content]
                hl7.describe(hl7.Segment("PID", fields, hl7.Delimiters()), self.fields)

    def data(self, data: str) -> None:
        """Keep text until its element ends."""
        self._data.append(data)
