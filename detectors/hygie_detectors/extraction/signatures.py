"""Health file formats, recognised by their own marks on decoded bytes.

Does:   names the health formats these bytes hold (CDA, HL7 v2, HPRIM, FHIR, DICOM), and whether
        they speak of a person; recognises an XDM archive by its members and an XDM subject.
Never:  asks the file name or the declared type; never needs the file to be well formed.
Fails:  never raises. Every search starts at a rare literal: linear on any input.
Source: ANS CDA and HL7 v2 examples, IHE ITI XDM, HPRIM 2.x, DICOM PS3.10; measured on the ANS files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from hygie_detectors.extraction.sniff import DICOM_GROUP_8, DICOM_OFFSET
from hygie_detectors.extraction.text import is_utf16

_CDA: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?ClinicalDocument[\s>]")
_CDA_PERSON: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:recordTarget|patientRole)[\s>]")

# One character between ^ and \ : a tilde, or what some gateways make of it (U+02DC, up to three bytes).
_HL7: Final = re.compile(rb"(?:\A|[\r\n\x0b>\xbf])[ \t]{0,8}MSH\|\^[^\r\n|]{1,3}\\&[|#]")
_HL7_PERSON: Final = re.compile(rb"[\r\n][ \t]{0,8}(?:PID|PRT)\|")

_HPRIM_SANTE: Final = re.compile(rb"(?:\A|[\r\n\x0b\xbf])H\|~\^\\&\|")
_HPRIM_PATIENT: Final = re.compile(rb"[\r\n]P\|")
_HPRIM_TAG: Final = re.compile(rb"\*\*\*\*(?:LAB|FIN|FINFICHIER)\*\*\*\*")
_HPRIM_RESULT: Final = re.compile(rb"(?:\A|[\r\n\xbf])RES\|(?:[^|\r\n]{0,200}\|){5}")
_HPRIM_XML: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?evenements?[A-Z][A-Za-z]{2,40}[\s>]")
_HPRIM_HEADER_BYTES: Final = 2048
_BIRTH_DATE_LINE: Final = re.compile(rb"(?m)^[ \t]{0,8}(?:\d\d/\d\d/\d{4}|\d{4}-\d\d-\d\d)[ \t\r]{0,8}$")

_FHIR_JSON: Final = re.compile(rb'"resourceType"\s{0,8}:\s{0,8}"([A-Z][A-Za-z]{2,40})"')
_FHIR_XML: Final = re.compile(rb"<([A-Z][A-Za-z]{2,40})\s[^<>]{0,400}?http://hl7\.org/fhir[\"']")
FHIR_PERSON: Final = frozenset(
    {
        *("AllergyIntolerance", "Appointment", "CarePlan", "Claim", "ClinicalImpression", "Composition"),
        *("Condition", "Consent", "Coverage", "DeviceRequest", "DiagnosticReport", "DocumentManifest"),
        *("DocumentReference", "Encounter", "EpisodeOfCare", "FamilyMemberHistory", "ImagingStudy"),
        *("Immunization", "MedicationAdministration", "MedicationDispense", "MedicationRequest"),
        *("MedicationStatement", "Observation", "Patient", "Procedure", "QuestionnaireResponse"),
        *("RelatedPerson", "RiskAssessment", "ServiceRequest", "Specimen"),
    }
)
FHIR_OTHER: Final = frozenset(
    {
        *("Bundle", "List", "Parameters", "MessageHeader", "OperationOutcome", "Binary", "Provenance"),
        *("CapabilityStatement", "CodeSystem", "ConceptMap", "ImplementationGuide", "NamingSystem"),
        *("OperationDefinition", "SearchParameter", "StructureDefinition", "StructureMap", "ValueSet"),
        *(
            "Device",
            "Location",
            "Medication",
            "Organization",
            "Practitioner",
            "PractitionerRole",
            "Questionnaire",
        ),
    }
)
"""No patient by themselves; a Bundle has one as soon as a resource inside does."""

_DICOM_DEFLATED: Final = b"1.2.840.10008.1.2.1.99"
_DICOM_DIR: Final = b"1.2.840.10008.1.3.10"
# Patient name (0010,0010) or id (0010,0020) with something in it: explicit, implicit, big endian.
_DICOM_PERSON: Final = re.compile(
    rb"\x10\x00[\x10\x20]\x00(?:(?:PN|LO)[\x01-\xff]\x00|[\x01-\xff]\x00\x00\x00)[^\x00 ]"
    rb"|\x00\x10\x00[\x10\x20](?:PN|LO)\x00[\x01-\xff][^\x00 ]"
)

_XDM_SUBJECT: Final = "XDM/1.0/DDM"


def find(data: bytes) -> Iterator[tuple[str, bool]]:
    """Yield each health format these bytes hold, and whether it speaks of a person."""
    if data[DICOM_OFFSET : DICOM_OFFSET + 4] == b"DICM" or DICOM_GROUP_8.match(data):
        yield "dicom", _dicom_person(data)
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        data = data.decode("utf-16", "replace").encode()
    elif is_utf16(data):
        data = data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace").encode()
    if b"ClinicalDocument" in data and b"urn:hl7-org:v3" in data and _CDA.search(data):
        yield "cda", bool(_CDA_PERSON.search(data))
    if b"MSH|^" in data and _HL7.search(data):
        yield "hl7v2", bool(_HL7_PERSON.search(data))
    yield from _hprim(data)
    if b"resourceType" in data or b"http://hl7.org/fhir" in data:
        yield from _fhir(data)


def xdm_members(names: Iterable[str]) -> bool:
    """Tell whether an archive with these members is an IHE XDM archive."""
    folded = [name.replace("\\", "/").casefold() for name in names]
    return any("ihe_xdm/" in name for name in folded) and any(
        name.endswith("metadata.xml") for name in folded
    )


def xdm_subject(subject: str) -> bool | None:
    """Tell whether a decoded subject announces an XDM archive (None: it does not) and names a person.

    Prefixes are many (Re:, Tr:, « [Annule et remplace] »), so it is searched, never anchored.
    """
    position = subject.find(_XDM_SUBJECT)
    if position < 0:
        return None
    # IHE asks for no more than these words; the French rule adds "+<title> <NAME> <given name> <birth date>".
    label = subject[position + len(_XDM_SUBJECT) :]
    return label.startswith("+") and len(label.split()) >= 3  # noqa: PLR2004 - title, name, given name


def _hprim(data: bytes) -> Iterator[tuple[str, bool]]:
    if b"H|~^\\&|" in data and _HPRIM_SANTE.search(data):
        yield "hprim", bool(_HPRIM_PATIENT.search(data))
        return
    tagged = b"****" in data and _HPRIM_TAG.search(data)
    if tagged or (b"RES|" in data and _HPRIM_RESULT.search(data)):
        # HPRIM médecin: twelve header lines, the seventh is the birth date. Without them, nobody is named.
        yield "hprim", bool(_BIRTH_DATE_LINE.search(data[:_HPRIM_HEADER_BYTES]))
    elif b"hprim" in data[:4096].lower() and b"<" in data[:4096] and _HPRIM_XML.search(data[:4096]):
        yield "hprim", b"<patient" in data.lower()


def _fhir(data: bytes) -> Iterator[tuple[str, bool]]:
    kinds = {match.decode() for match in _FHIR_JSON.findall(data)} if b"resourceType" in data else set()
    if b"http://hl7.org/fhir" in data:
        root = _FHIR_XML.search(data)
        kinds |= {root[1].decode()} if root else set()
        if "Bundle" in kinds:
            kinds |= {kind for kind in FHIR_PERSON if f"<{kind}".encode() in data}
    if kinds & FHIR_PERSON:
        yield "fhir", True
    elif kinds & FHIR_OTHER:
        yield "fhir", False


def _dicom_person(data: bytes) -> bool:
    head = data[:1024]
    if _DICOM_DEFLATED in head:
        return True  # the patient lies in the compressed part
    if _DICOM_DIR in head and not _DICOM_PERSON.search(data):
        return False
    return bool(_DICOM_PERSON.search(data))
