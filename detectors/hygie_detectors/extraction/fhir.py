"""FHIR resources, JSON and XML: every value with its name, the patient and results as labelled fields.

Does:   reads JSON whole (also one resource a line, and keys given twice), labels patients,
        observations and codes, hands out attachments and binaries, whatever they are.
Never:  drops text: JSON that cannot be parsed stays as it is, its escapes undone by the caller.
Fails:  never raises; what is no JSON to its end is unread, ``corrupt``; deeper than
        ``json_depth_max`` is unread by that limit.
Source: HL7 FHIR R4 (JSON and XML representation), FR Core identifiers.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from hygie_detectors.extraction import embedded, markup
from hygie_detectors.extraction.fields import PLACE, Fields, interval
from hygie_detectors.extraction.headers import decode_base64
from hygie_detectors.extraction.hypertext import strip_tags
from hygie_detectors.extraction.walk import Sink

Node: TypeAlias = "dict[str, list[Node]] | str"
"""A value as both notations have it: an element is a dictionary of lists, everything else a string."""

_ATTACHMENT_KEYS: Final = ("data", "contentType")


class _TooDeepError(Exception):
    """Values lie deeper inside each other than is read."""


def read_json(content: str, sink: Sink) -> str:
    """Add the fields of the resources in the text, hand out their documents; return the text without them."""
    if content.lstrip("\ufeff \t\r\n")[:1] not in {"{", "["}:
        return content  # a mail that shows a piece of one
    try:
        resources, rest = _parse(content)
        lines: list[str] = []
        for resource in resources:
            _list(resource, sink.limits.json_depth_max, lines)
    except (RecursionError, _TooDeepError):
        sink.unread("limit:json_depth_max")
        return content
    if rest.strip():
        sink.unread("corrupt")
    if not resources:
        return content
    _describe_all(resources, sink, hand_out_known=True)
    return "\n".join([*lines, rest])


def read_xml(data: bytes, sink: Sink) -> None:
    """Add the fields of the resources in a document whose text is read already."""
    tree = _Tree()
    with contextlib.suppress(markup.RefusedError):  # the reader of the document's text says so
        markup.feed(data, tree, sink.limits.xml_depth_max)
    _describe_all([tree.root], sink, hand_out_known=False)


def _parse(content: str) -> tuple[list[Node], str]:
    """Return the values that stand one behind the other, and what is none."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_element, parse_int=str, parse_float=str, parse_constant=str, strict=False
    )
    values: list[Node] = []
    position = len(content) - len(content.lstrip("\ufeff \t\r\n"))
    while position < len(content):
        try:
            value, position = decoder.raw_decode(content, position)
        except ValueError:
            break
        values += _as_list(value)
        while position < len(content) and content[position] in " \t\r\n,":
            position += 1
    return values, content[position:]


def _element(pairs: list[tuple[str, object]]) -> dict[str, list[Node]]:
    """Keep every value of a key: readers differ on keys given twice."""
    element: dict[str, list[Node]] = {}
    for key, value in pairs:
        element.setdefault(key, []).extend(_as_list(value))
    return element


def _as_list(value: object) -> list[Node]:
    """Return a JSON value as nodes; lists in lists (no FHIR, but JSON) are flattened."""
    nodes: list[Node] = []
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            nodes.append(value)
        elif value is not None:
            nodes.append(str(value))
    return nodes


_KEY: Final = re.compile(r"[A-Za-z_]*")


def _list(node: Node, depth_max: int, lines: list[str], key: str = "", depth: int = 0) -> None:
    """Write every value on a line behind its key; documents are left out."""
    if depth > depth_max:
        raise _TooDeepError
    if isinstance(node, str):
        lines.append(f"{key} : {node}" if key else node)
        return
    if not _KEY.fullmatch(key):  # no FHIR name: words
        lines.append(key)
    packed = {id(value) for value in node.get("data", ()) if _is_attachment(node)}
    for name, values in node.items():
        for value in values:
            if id(value) not in packed:
                _list(value, depth_max, lines, name, depth + 1)


class _Tree:
    """Target for the XML representation: an element with a ``value`` is that value."""

    def __init__(self) -> None:
        self.root: dict[str, list[Node]] = {}
        self._open: list[dict[str, list[Node]]] = [self.root]
        self._narrative: list[str] | None = None
        self._narrative_depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        if self._narrative is not None:
            self._narrative_depth += 1
            return
        if tag == "div":
            self._narrative, self._narrative_depth = [], 0
            return
        children: dict[str, list[Node]] = {}
        if tag[:1].isupper():
            children["resourceType"] = [tag]
        children |= {key: [value] for key, value in attributes.items() if key in {"url", "id"}}
        value = attributes.get("value")
        self._open[-1].setdefault(tag, []).append(children if value is None or children else value)
        if value is not None and children:
            children["value"] = [value]
        self._open.append(children)

    def end(self, tag: str) -> None:
        """Close it."""
        if self._narrative is None:
            self._open.pop()
        elif self._narrative_depth:
            self._narrative_depth -= 1
        else:
            self._open[-1].setdefault(tag, []).append(" ".join("".join(self._narrative).split()))
            self._narrative = None

    def data(self, data: str) -> None:
        """Keep the text of a narrative; elsewhere there is none."""
        if self._narrative is not None:
            self._narrative.append(data)


def _describe_all(resources: list[Node], sink: Sink, *, hand_out_known: bool) -> None:
    fields = Fields()
    documents = 0
    for element in _elements(resources):
        kind = _text(element, "resourceType")
        if kind in _DESCRIBED:
            _DESCRIBED[kind](element, fields)
        elif kind:
            _coded_resource(kind, element, fields)
        if not _is_attachment(element):
            continue
        for packed in element["data"]:
            if not isinstance(packed, str):
                continue
            documents += 1
            if documents > sink.limits.archive_members_max:
                sink.unread("limit:archive_members_max")
                break
            _hand_out(packed, _text(element, "contentType"), documents, sink, known=hand_out_known)
    sink.text(str(fields), PLACE)


def _elements(resources: list[Node]) -> Iterator[dict[str, list[Node]]]:
    """Yield every element in the order of the document, without recursion."""
    waiting: list[Node] = list(reversed(resources))
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            for values in reversed(list(node.values())):
                waiting.extend(reversed(values))


def _is_attachment(element: dict[str, list[Node]]) -> bool:
    return all(key in element for key in _ATTACHMENT_KEYS)


def _hand_out(packed: str, media_type: str, number: int, sink: Sink, *, known: bool) -> None:
    """Hand out a document; in XML those of a known format were found in the text already."""
    data, whole = decode_base64(packed.encode("ascii", "replace"))
    if not whole:
        sink.unread("corrupt", f"document={number}")
    if data and (known or not embedded.is_document(data)):
        charset = "" if data.isascii() else "utf-8"
        sink.child(f"document-{number}", data, declared=media_type.partition(";")[0], charset=charset)


# --- what a resource says -----------------------------------------------------------------------------


def _text(element: dict[str, list[Node]], *path: str) -> str:
    """Return the first string at the end of a path of keys, empty when there is none."""
    for key in path[:-1]:
        inner = [node for node in element.get(key, ()) if isinstance(node, dict)]
        if not inner:
            return ""
        element = inner[0]
    return next((node for node in element.get(path[-1], ()) if isinstance(node, str)), "")


def _inner(element: dict[str, list[Node]], key: str) -> list[dict[str, list[Node]]]:
    return [node for node in element.get(key, ()) if isinstance(node, dict)]


def _strings(element: dict[str, list[Node]], *keys: str) -> list[str]:
    return [node for key in keys for node in element.get(key, ()) if isinstance(node, str) and node]


def _concept(element: dict[str, list[Node]], key: str) -> str:
    """Return a codeable concept, a coding or a string as words."""
    texts = _strings(element, key)
    for concept in _inner(element, key):
        texts += [
            _text(concept, "text")
            or _text(concept, "coding", "display")
            or _text(concept, "display")
            or _text(concept, "coding", "code")
            or _text(concept, "code")
        ]
    return ", ".join(filter(None, texts))


def _patient(element: dict[str, list[Node]], fields: Fields) -> None:
    for identifier in _inner(element, "identifier"):
        kind = _text(identifier, "type", "coding", "code")
        fields.identifier(_text(identifier, "value"), _text(identifier, "system"), kind)
    for name in _inner(element, "name"):
        usual = _text(name, "use") in {"usual", "nickname"}
        fields.add("Nom utilisé" if usual else "Nom de naissance", " ".join(_strings(name, "family")))
        fields.add("Prénom", " ".join(_strings(name, "given")))
        fields.add("Nom et prénom", _text(name, "text"))
    fields.date("Date de naissance", _text(element, "birthDate"))
    fields.add("Sexe", _text(element, "gender"))
    for address in _inner(element, "address"):
        fields.add("Adresse", " ".join(_strings(address, "text", "line", "postalCode", "city")))
    for telecom in _inner(element, "telecom"):
        fields.add("Téléphone, adresse électronique", _text(telecom, "value"))


def _observation(element: dict[str, list[Node]], fields: Fields) -> None:
    for observation in (element, *_inner(element, "component")):
        ranges = [
            _text(reference, "text")
            or interval(_text(reference, "low", "value"), _text(reference, "high", "value"))
            for reference in _inner(observation, "referenceRange")
        ]
        quantity = (_inner(observation, "valueQuantity") or [{}])[0]
        value = _text(quantity, "comparator") + _text(quantity, "value")
        value = value or _concept(observation, "valueCodeableConcept") or _concept(observation, "valueString")
        unit = _text(quantity, "unit") or _text(quantity, "code")
        flag = _concept(observation, "interpretation")
        label = _concept(observation, "code").partition(" [")[0]
        fields.row(label, value, unit, ", ".join(filter(None, ranges)), flag)
    _coded_resource("Observation", element, fields, ("note", "bodySite", "method"))


_LABELS: Final = {
    "Condition": "Diagnostic",
    "Procedure": "Acte",
    "AllergyIntolerance": "Allergie",
    "DiagnosticReport": "Compte rendu",
    "Composition": "Document",
    "DocumentReference": "Document",
    "Immunization": "Vaccination",
}
_CODES: Final = (
    *("code", "medicationCodeableConcept", "vaccineCode", "type", "title", "description", "conclusion"),
    *("conclusionCode", "reasonCode", "note", "bodySite"),
)


def _coded_resource(
    kind: str, element: dict[str, list[Node]], fields: Fields, keys: tuple[str, ...] = _CODES
) -> None:
    """Add what a resource is about, in words; and its narrative."""
    label = _LABELS.get(kind, "Traitement" if kind.startswith("Medication") else "")
    for key in keys:
        fields.add(label, _concept(element, key))
    for narrative in _inner(element, "text"):
        fields.add("", strip_tags(_text(narrative, "div")))


_DESCRIBED: Final = {
    "Patient": _patient,
    "RelatedPerson": _patient,
    "Observation": _observation,
}
