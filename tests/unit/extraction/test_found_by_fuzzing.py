"""What ``make fuzz`` brought to light: bytes that no reader answered for, and errors that none foresaw."""

from __future__ import annotations

import json
import struct
import time
import zipfile

import pytest

from extraction_samples import archive, attached, html_mail, part, reasons, texts
from hygie_detectors.extraction import extract
from hygie_detectors.extraction.hypertext import read_html
from ole_samples import compound

MARK = "DURAND-LEFEVRE, hepatite"
HEAD = b"From: a@hopital.example\r\nMIME-Version: 1.0\r\n"


# -- messages


def test_parts_behind_a_boundary_closed_before_it_was_opened_are_read() -> None:
    """Python's parser reads them and drops them."""
    raw = (
        HEAD + b"Content-Type: multipart/mixed; boundary=limite\r\n\r\n--limite--\r\n--limite\r\n"
        b"Content-Disposition: attachment; filename=a.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"RFVSQU5ELUxFRkVWUkUsIGhlcGF0aXRl\r\n--limite--\r\n"
    )

    extraction = extract(raw)

    assert MARK in texts(extraction)
    assert {"corrupt"} == reasons(extraction)


def test_so_are_those_of_a_message_inside() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n" + MARK.encode()
    raw = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=limite\r\n\r\n--limite\r\n"
        + inner
        + b"\r\n--limite--\r\n"
    )

    extraction = extract(raw)

    assert MARK in texts(extraction)
    assert {"corrupt"} == reasons(extraction)


@pytest.mark.parametrize("line", [f" {MARK}", f"From {MARK}"])
def test_lines_that_the_parser_drops_from_a_header_are_text(line: str) -> None:
    raw = line.encode() + b"\r\nSubject: essai\r\nFrom a " + MARK.encode() + b"\r\nX-A: b\r\n\r\ncorps"

    extraction = extract(raw)

    assert 2 == texts(extraction).count(MARK)
    assert {"corrupt"} == reasons(extraction)


def test_a_header_without_a_name_is_said_to_be_unread() -> None:
    """Of this line the parser keeps nothing."""
    assert {"corrupt"} == reasons(extract(HEAD + b": " + MARK.encode() + b"\r\n\r\ncorps"))


def test_a_line_of_text_that_passes_for_a_header_is_read_to_its_colon() -> None:
    assert "DURAND,hepatite" in texts(extract(HEAD + b"DURAND,hepatite: non\r\n\r\ncorps"))


@pytest.mark.parametrize(
    "header",
    [
        "Content-Type: text/plain durand hepatite",
        "Content-Type: text/plain; durand hepatite; charset=utf-8",
        "Content-Type: text/plain; charset=durand hepatite",
        "Content-Type: text/plain; filename=durand hepatite",
        "Content-Disposition: inline; name=durand hepatite",
    ],
)
def test_words_in_the_structure_of_a_part_are_text(header: str) -> None:
    assert "durand hepatite" in texts(extract(part(b"corps", header)))


@pytest.mark.parametrize(
    "header",
    [
        "Content-Type: application/pdf; name=compte rendu durand.pdf",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="limite"',
        "Content-Disposition: attachment; filename=compte rendu durand.pdf; size=3",
    ],
)
def test_and_the_usual_structure_is_none(header: str) -> None:
    assert not [s for s in extract(part(b"corps", header)).segments if "#content" in s.part]


def test_words_in_place_of_the_charset_of_a_file_name_are_text() -> None:
    header = "Content-Disposition: attachment; filename*=durand, hepatite''a.txt"

    assert "durand, hepatite a.txt" in texts(extract(part(b"corps", header)))


def test_a_text_that_is_not_in_the_utf16_it_declares_is_said_to_be_unread() -> None:
    raw = part(b"\r" + MARK.encode() * 9 + b"\0\0\0: x", "Content-Type: text/plain; charset=utf16")

    assert {"unsupported"} == reasons(extract(raw))


def test_a_mark_of_utf16_before_a_text_that_is_not_is_no_mark() -> None:
    assert MARK in texts(extract(b"X-Patient: \xfe\xff" + MARK.encode() + b"\r\n\r\ncorps"))
    assert MARK in texts(extract(attached(b"\xff\xfe" + MARK.encode(), "a.txt")))
    assert MARK in texts(extract(attached(MARK.encode("utf-16"), "a.txt")))


def test_an_encoded_word_in_a_charset_that_is_no_name_stays_text() -> None:
    assert f"=?{MARK}?q??=" in texts(extract(b"Subject: =?" + MARK.encode() + b"?q??=\r\n\r\ncorps"))


def test_an_encoded_word_that_is_not_base64_is_text() -> None:
    raw = b"Subject: =?utf-8?B?Qm9uam91cg==?= =?utf-8?B?" + MARK.encode() + b"?= fin\r\n\r\ncorps"

    subject = texts(extract(raw))

    assert subject.startswith("Bonjour")
    assert f" {MARK} fin" in subject


def test_an_armour_without_anything_in_it_is_said_to_be_unread() -> None:
    data = b"T\0\0\0\0" + MARK.encode() + b"\n-----BEGIN PGP MESSAGE-----\n---\n"

    assert reasons(extract(attached(data, "a.asc")))


def test_words_in_the_first_line_of_a_yenc_file_are_text() -> None:
    body = b"=ybegin line=128 " + MARK.encode() + b" size=1 name=a.txt\r\n\x8b\r\n=yend size=1\r\n"

    extraction = extract(part(body, "Content-Type: text/plain"))

    assert [MARK] == [s.text.strip() for s in extraction.segments if s.part == "1"]
    assert set() == reasons(extraction)


def test_a_signature_that_announces_a_message_and_none_behind_is_corrupt() -> None:
    data = bytes([0x80 | 4 << 2, 13, 3, 0, 8, 1]) + bytes(8) + b"\1"

    assert {"corrupt"} == reasons(extract(attached(data, "a.gpg")))


# -- HTML and XML


@pytest.mark.parametrize(
    "source",
    [
        "<p>Bonjour <DURAND Marie, hepatite> merci",
        "<p>Bonjour <DURAND.Marie@ailleurs.example> merci",
        "<p>Bonjour </DURAND.Marie> merci",
    ],
)
def test_words_in_angle_brackets_are_no_tag(source: str) -> None:
    assert "DURAND" in texts(extract(html_mail(source)))


def test_and_ordinary_tags_are_no_words() -> None:
    source = "<p><o:p><br/><br /><a\nhref='x' id=b><font-x><table  border = 1><td/></table></a></p>"

    assert "x\nb\n1" == read_html(source, 2_000)[1]


def test_a_link_that_is_base64_in_part_only_is_text_besides() -> None:
    source = f"<a href='data:text/plain;base64,Qm9uam91cg{MARK}'>x</a>"

    assert MARK in texts(extract(html_mail(source)))


@pytest.mark.parametrize(
    "source",
    ["<?xml version='1.0'?><a><q:b>x</q:b></a>", "<a xmlns='>'>x</a>", "<a xmlns='b c'>x</a>"],
)
def test_what_follows_an_xml_document_with_a_wrong_name_space_is_read(source: str) -> None:
    """libxml2 stops at the end of the first element, and no longer says so."""
    alone = extract(attached(source.encode(), "a.xml"))
    followed = extract(attached(f"{source}<a>{MARK}</a>".encode(), "a.xml"))

    assert set() == reasons(alone)
    assert MARK in texts(followed)
    assert {"corrupt"} == reasons(followed)


def test_an_object_in_xml_that_is_base64_in_part_only_is_corrupt() -> None:
    source = f"<?xml version='1.0'?><a><b representation='B64'>Qm9uam91cg=={MARK}</b></a>"

    assert "corrupt" in reasons(extract(attached(source.encode(), "a.xml")))


def test_a_key_in_fhir_that_is_no_name_is_text() -> None:
    source = json.dumps({"resourceType": "Condition", MARK: {"a": {"b": "c"}}})

    assert MARK in texts(extract(attached(source.encode(), "a.json")))


# -- files


def test_a_text_before_a_processing_instruction_is_read() -> None:
    body = f"<w:t xmlns:w='{WORD}'>{MARK}</w:t><?a?>"
    data = archive({**TYPES, "word/document.xml": body.encode()})

    assert MARK in texts(extract(attached(data, "a.docx")))


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = {
    "[Content_Types].xml": b"<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"
}


@pytest.mark.parametrize("body", ["<" + MARK, f"<?a?>{MARK}", f"<?a/>{MARK}?>"])
def test_what_is_no_xml_where_a_document_should_be_is_corrupt(body: str) -> None:
    data = archive({**TYPES, "word/document.xml": body.encode()})

    assert {"corrupt"} == reasons(extract(attached(data, "a.docx")))


def test_a_zip_member_without_a_name_is_read() -> None:
    """The name of one letter becomes an extra field of one byte: zipfile cannot write an empty name."""
    data = archive({"a": MARK.encode()}, zipfile.ZIP_STORED)
    for start in (data.index(b"PK\3\4") + 26, data.index(b"PK\1\2") + 28):
        data = data[:start] + struct.pack("<HH", 0, 1) + data[start + 4 :]

    extraction = extract(attached(data, "a.zip"))

    assert MARK in texts(extraction)
    assert set() == reasons(extraction)


def test_text_between_members_that_the_directory_leaves_out_is_read() -> None:
    hidden = archive({"a.txt": b"premier"}) + (MARK * 5).encode() + archive({"b.txt": b"second"})

    extraction = extract(attached(archive({"c.txt": b"x"}, zipfile.ZIP_STORED) + hidden, "a.zip"))

    assert {"premier", "second", MARK * 5} <= {s.text for s in extraction.segments}
    assert set() == reasons(extraction)


def test_a_directory_between_members_whose_lengths_lie_hides_nothing() -> None:
    first = archive({"a.txt": b"premier"})
    lengths = first.index(b"PK\1\2") + 28
    hidden = first[:lengths] + b"\xff\xff" + first[lengths + 2 :] + (MARK * 5).encode()
    data = archive({"c.txt": b"x"}, zipfile.ZIP_STORED) + hidden + archive({"b.txt": b"second"})

    assert reasons(extract(attached(data, "a.zip")))


def directory_entry(data: bytes, name: str, change: bytes, offset: int) -> bytes:
    """Write into the entry of this name in the directory of a compound file."""
    start = data.index(name.encode("utf-16-le")) + offset
    return data[:start] + change + data[start + len(change) :]


def test_a_storage_that_lies_in_itself_is_corrupt() -> None:
    data = compound({"Texte": MARK.encode()})
    data = directory_entry(directory_entry(data, "Root Entry", b"\1", 66), "Root Entry", bytes(4), 76)

    extraction = extract(attached(data, "a.doc"))

    assert MARK in texts(extraction)
    assert {"corrupt"} == reasons(extraction)


def test_a_stream_that_no_storage_leads_to_is_said_to_be_unread() -> None:
    data = compound({"Dossier/Texte": MARK.encode() * 300, "Autre": b"Bonjour, voici la lettre" * 300})
    data = directory_entry(data, "Dossier", b"\xff\xff\xff\xff", 76)

    extraction = extract(attached(data, "a.doc"))

    assert "Bonjour" in texts(extraction)
    assert {"corrupt"} == reasons(extraction)


@pytest.mark.parametrize(
    ("entry", "name"), [("Root Entry", "a.doc"), ("Root Entry", "a.msg"), ("Texte", "a.doc")]
)
def test_a_stream_that_says_it_is_longer_than_the_file_is_bounded(entry: str, name: str) -> None:
    """Its first sector is followed by itself: 512 MB were read of a file of 12 kB, or 4 GB."""
    streams = {"Texte": MARK.encode() * 300, "Autre": b"x" * 100}
    if name == "a.msg":
        streams["__properties_version1.0"] = bytes(32)
    data = directory_entry(compound(streams), entry, b"\0\0\0\x20", 120)
    first = data[data.index(entry.encode("utf-16-le")) + 116 :][:4]
    ring = len(data) - 512 + 4 * int.from_bytes(first, "little")
    data = data[:ring] + first + data[ring + 4 :]
    start = time.process_time()

    extraction = extract(attached(data, name))

    assert time.process_time() - start < 1
    assert "corrupt" in reasons(extraction)


def test_nor_one_of_an_outlook_message() -> None:
    data = compound(
        {"__attach_version1.0_#00000000/__substg1.0_3701": b"x", "__properties_version1.0": bytes(32)}
    )
    data = directory_entry(data, "__attach_version1.0_", b"\xff\xff\xff\xff", 76)

    assert {"corrupt"} <= reasons(extract(attached(data, "a.msg")))


def test_a_pdf_with_nothing_on_any_page_is_corrupt() -> None:
    body = b"<< /Filter /Unknown /Length 20 >>\nstream\nBT (DURAND) Tj ET   \nendstream"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>",
        body,
    )
    data = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, 1))

    assert {"corrupt"} == reasons(extract(attached(data + b"trailer << /Root 1 0 R >>\n%%EOF", "a.pdf")))


def test_a_tiff_whose_second_page_cannot_be_found_is_read_to_there() -> None:
    """Pillow raises when asked how many pages there are."""
    entries = (
        (256, 3, 1, 8),
        (257, 3, 1, 8),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 3, 1, 8),
        (279, 4, 1, 64),
    )
    first = 8 + 64
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    second = first + len(directory) + 4
    data = b"II*\0" + struct.pack("<I", first) + b"\xff" * 64 + directory + struct.pack("<I", second)
    data += struct.pack("<HHHII", 1, 258, 3, 1, 8) + bytes(4)

    extraction = extract(attached(data, "a.tif"))

    assert "corrupt" in reasons(extraction)
    assert "crash" not in reasons(extraction)
