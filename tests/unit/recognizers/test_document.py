"""Titles at the start of a line, headings on lines of their own."""

import pytest

from harness.reading import reader
from hygie_detectors.recognizers.document.document import DocumentRecognizer

found_in = reader(DocumentRecognizer)


def kinds(text, source="body"):
    return [(f.kind, f.confidence.value) for f in found_in(text, source)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COMPTE RENDU D'HOSPITALISATION\ndu 12/03/2024", [("document_title", "medium")]),
        ("Lettre de liaison : sortie", [("document_title", "medium")]),
        ("Ordonnance\nDocteur X", [("document_title", "low")]),
        ("Le compte rendu d'hospitalisation sera dématérialisé en 2025.", []),
        ("Compte rendu de réunion", []),
        (
            "Motif d'hospitalisation : chute\nAntécédents :\nrien\nTraitement de sortie\nrien\nConclusion\n",
            [("document_sections", "high")],
        ),
        ("Motif de consultation :\nExamen clinique :\nConclusion :", [("document_sections", "medium")]),
        ("Diagnostic\nTraitement\nConclusion\nRésultats\n", []),
        ("Les antécédents, l'examen clinique et le motif d'hospitalisation sont des rubriques.", []),
    ],
)
def test_document(text, expected):
    assert kinds(text) == expected


def test_title_in_a_file_name_is_low():
    assert kinds("20240312_compte rendu d'hospitalisation.pdf", "name") == [("document_title", "low")]
