"""Charsets, plain text, HTML."""

from __future__ import annotations

import time

import pytest

from extraction_samples import attached, html_mail, part, read, reasons, texts
from hygie_detectors.extraction import extract
from hygie_detectors.extraction.hypertext import read_html
from hygie_detectors.extraction.text import decode

SENTENCE = "Hémoglobine glyquée élevée, œdème : 12 €"


@pytest.mark.parametrize(
    ("encoded", "declared"),
    [
        (SENTENCE.encode("utf-8"), "utf-8"),
        (SENTENCE.encode("utf-8"), ""),
        (SENTENCE.encode("utf-8"), "iso-8859-1"),  # lying
        (SENTENCE.encode("utf-8"), "us-ascii"),
        (SENTENCE.encode("utf-8"), "inconnu"),
        (SENTENCE.encode("utf-8"), "base64"),  # a codec of Python, no charset
        (SENTENCE.encode("cp1252"), ""),
        (SENTENCE.encode("cp1252"), "utf-8"),  # lying
        (SENTENCE.encode("cp1252"), "iso-8859-1"),  # what mail clients mean by it
        (SENTENCE.encode("iso-8859-15"), "iso-8859-15"),
        (SENTENCE.encode("utf-16"), ""),
        (SENTENCE.encode("utf-16-le"), ""),
        (SENTENCE.encode("utf-16-be"), ""),
        (SENTENCE.encode("utf-16-le"), "utf-16le"),
        (SENTENCE.encode("utf-8-sig"), "utf-8"),
        (SENTENCE.encode("utf-32"), ""),
        (SENTENCE.encode("utf-7"), "utf-7"),
    ],
)
def test_the_charset_ladder(encoded: bytes, declared: str) -> None:
    assert SENTENCE == decode(encoded, declared)


@pytest.mark.parametrize("charset", ["utf-8", "cp1252", "utf-16", "utf-16-le"])
def test_a_text_file_is_read_whatever_its_declared_type(charset: str) -> None:
    extraction = extract(attached(SENTENCE.encode(charset), "note.dat", "application/octet-stream"))

    assert SENTENCE in texts(extraction)
    assert () == extraction.unread


def test_a_text_that_libmagic_takes_for_a_message_is_text() -> None:
    extraction = extract(attached("Article de journal\nUn texte : élevé\n".encode(), "article.txt"))

    assert "Un texte : élevé" in texts(extraction, "1/article.txt")
    assert "text/plain" == extraction.parts[1].media_type
    assert () == extraction.unread


def test_a_charset_that_nobody_names_and_nobody_can_guess_is_unsupported() -> None:
    """EBCDIC has no control byte in it, and reads as noise in every other charset."""
    text = "Hémoglobine glyquée de la patiente, " * 20

    assert {"unsupported"} == reasons(extract(attached(text.encode("cp500"), "note.txt")))
    assert text in texts(extract(part(text.encode("cp500"), "Content-Type: text/plain; charset=cp500")))


def test_json_is_read_behind_its_escapes() -> None:
    raw = part(b'{"texte": "H\\u00e9moglobine\\nligne"}', "Content-Type: application/json")

    assert "Hémoglobine\nligne" in texts(extract(raw))


def shown(source: str, depth: int = 2_000) -> str:
    return read_html(source, depth)[0].strip()


@pytest.mark.parametrize("depth", [2_000, 0], ids=["fast", "linear"])
@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>un</p><p>deux</p>", "un\ndeux"),
        ("<div>un</div>deux", "un\ndeux"),
        ("un<br>deux", "un\ndeux"),
        ("2 8<b>1</b> <span>0</span>8", "2 81 08"),
        ("a&nbsp;b", "a\xa0b"),
        ("H&eacute;mo", "Hémo"),
        ("<table><tr><td>Hb</td><td>12,9</td></tr><tr><td>TSH</td></tr></table>", "Hb\t12,9\nTSH"),
        ("<table><tr><td><p>Hb</p></td><td><p>12,9</p></td></tr></table>x", "Hb\t12,9\nx"),
        ("<p style='display:none'>caché</p>", "caché"),
        ("un\n   deux", "un deux"),
        ("1 &lt; 2", "1 < 2"),
    ],
)
def test_html_reads_as_it_is_seen(source: str, text: str, depth: int) -> None:
    assert text == shown(source, depth)


@pytest.mark.parametrize("depth", [2_000, 0], ids=["fast", "linear"])
@pytest.mark.parametrize(
    "source",
    [
        "<p>x<!-- MARQUE -->",
        "<p>x<!-- <b>MARQUE",
        "<p>x<style>p { MARQUE",
        "<p>x<script>MARQUE</script>",
        "<p>x<img alt='MARQUE'>",
        '<p>x<a href="mailto:a@b?subject=M%41RQUE">y</a>',
        "<p>x<input value=MARQUE>",
        "<p>x<template><p>MARQUE</p></template>",
        "<p>x<textarea>MARQUE</textarea>",
        "<p>x<noscript>MARQUE</noscript>",
        "<p>x<title>MARQUE",
        "<svg><text>MARQUE</text></svg>",
    ],
)
def test_what_is_not_displayed_is_read_too(source: str, depth: int) -> None:
    assert "MARQUE" in "\n".join(read_html(source, depth)[:3])


def test_the_charset_named_in_the_document_counts_where_the_mail_names_none() -> None:
    source = "<html><head><meta charset=iso-8859-15></head><body>œdème 12 €</body></html>".encode(
        "iso-8859-15"
    )

    assert "œdème 12 €" in texts(extract(part(source, "Content-Type: text/html")))


def test_a_data_link_is_a_file() -> None:
    import base64  # noqa: PLC0415 - one test

    link = base64.b64encode(b"Patiente DURAND, compte rendu de consultation du service.").decode()

    extraction = extract(html_mail(f"<a href='data:text/plain;base64,{link}'>x</a>"))

    assert "Patiente DURAND" in texts(extraction, "1/base64-1")


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 50_000 + "MARQUE" + "</div>" * 50_000,
        "<b>" * 20_000 + "MARQUE",
        "<" * 200_000 + "MARQUE",
        "&" * 200_000 + "MARQUE",
        "<!" * 100_000 + "MARQUE",
        "<!--" * 50_000 + "MARQUE",
        "<div><!--" * 50_000 + "MARQUE",
        '<div a="' * 50_000 + "MARQUE",
        "<table>" * 5_000 + "MARQUE",
        "<?" * 50_000 + "MARQUE",
        "<a href=" * 50_000 + "MARQUE",
        "A" * 59 + (" " + "A" * 59) * 17_000 + " MARQUE",
    ],
    ids=lambda source: source[:12],
)
def test_hostile_html_is_read_in_bounded_time(source: str) -> None:
    start = time.perf_counter()

    extraction = read(html_mail(source))

    assert time.perf_counter() - start < 3
    assert "MARQUE" in texts(extraction)
