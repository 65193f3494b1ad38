"""Legacy Word and PowerPoint, macros, and what is embedded in any OLE file."""

from __future__ import annotations

import struct
import zlib

import pytest

from extraction_samples import archive, attached, pdf, read, reasons, texts, unread, word
from hygie_detectors.extraction import extract
from ole_samples import cell, compound, doc, packed_file, ppt, record, utf16

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0" + b"\0" * 2_000
TABLE = "Hb\x0712,4\x07\x07TSH\x07\x072,1\x07\x07fin\r"
ROW_ENDS = (8, 18)


def found(data: bytes, name: str = "a.bin") -> str:
    return texts(extract(attached(data, name)), f"1/{name}")


def test_every_place_of_a_word_file() -> None:
    places = ("corps", "note", "en-tete", "macro", "commentaire", "fin", "cadre", "cadre d'en-tete")

    extraction = extract(attached(doc(*(f"{place} MARQUE\r" for place in places)), "a.doc"))

    by_place = {s.part.partition("#")[2]: s.text for s in extraction.segments if s.part.startswith("1/a.doc")}
    assert "corps MARQUE" == by_place[""]
    assert "en-tete MARQUE" == by_place["headers"]
    assert "commentaire MARQUE" == by_place["comments"]
    assert "cadre d'en-tete MARQUE" == by_place["header-textboxes"]
    assert () == extraction.unread


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_rows_of_a_word_table_and_text_over_pieces(pieces: int) -> None:
    """An empty cell and the end of a row are the same character: only the row's properties tell."""
    assert "Hb\t12,4\t\nTSH\t\t2,1\t\nfin" in found(doc(TABLE, row_ends=ROW_ENDS, pieces=pieces))


def test_codes_of_fields_stand_apart_and_their_results_in_the_text() -> None:
    text = '2790\x13 HYPERLINK "http://x.example" \x1435121\x15518989\x13 PAGE \x15\r'

    assert "279035121518989" in found(doc(text))
    assert "http://x.example" in found(doc(text))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"flags": 0x0100}, "encrypted"),
        ({"flags": 0x0004}, "unsupported"),  # saved fast
        ({"version": 0x68}, "unsupported"),  # Word 95
    ],
)
def test_word_files_that_are_not_read_to_the_end(values: dict[str, int], reason: str) -> None:
    assert [("1/a.doc", reason)] == unread(extract(attached(doc("texte MARQUE\r", **values), "a.doc")))


def test_pieces_outside_the_stream_are_corrupt() -> None:
    data = bytearray(doc("texte\r" * 500, pieces=2))
    at = data.index(b"\x02" + struct.pack("<IIII", 28, 0, 1500, 3000))
    data[at + 17 : at + 33] = data[at + 17 : at + 33].replace(b"\0\x08\0\0", b"\xff\xff\xff\x0f", 1)

    assert {"corrupt"} == reasons(extract(attached(bytes(data), "a.doc")))


def test_every_place_of_a_presentation_and_rows_of_its_tables() -> None:
    table = cell("12,4", 50, 5) + cell("Hb", 5, 5) + cell("TSH", 5, 9) + cell("2,1", 50, 9)
    comment = record(0x138B, record(0x2EE0, record(0x0FBA, "REMARQUE".encode("utf-16-le")), container=True))
    tag = record(0x0FBA, "___PPT10".encode("utf-16-le")) + comment
    data = ppt(
        record(0x03EE, utf16("TITRE\rligne") + record(0xF003, table, container=True) + tag, container=True),
        record(0x03F0, record(0x0FA8, "Élodie NOTES".encode("cp1252")), container=True),
        record(0x03F8, utf16("MASQUE"), container=True),
    )

    extraction = extract(attached(data, "a.ppt"))

    places = {s.part.partition("#")[2]: s.text for s in extraction.segments if s.part.startswith("1/a.ppt#")}
    assert "TITRE\nligne\nHb\t12,4\nTSH\t2,1\nREMARQUE" == places["slide1"]
    assert "Élodie NOTES" == places["notes1"]
    assert "MASQUE" == places["master1"]
    assert () == extraction.unread


@pytest.mark.parametrize(
    "data", [ppt(utf16("x"), token=0xF3D1C4DF), ppt(record(0x2F14, bytes(8)))], ids=["token", "session"]
)
def test_an_encrypted_presentation_is_encrypted(data: bytes) -> None:
    assert [("1/a.ppt", "encrypted")] == unread(extract(attached(data, "a.ppt")))


def test_a_presentation_that_breaks_off_is_corrupt_and_its_text_is_read() -> None:
    extraction = extract(attached(ppt(utf16("DEBUT"), record(0x0FA0, b"x" * 40)[:-9]), "a.ppt"))

    assert {"corrupt"} == reasons(extraction)
    assert "DEBUT" in texts(extraction)


def test_objects_and_pictures_of_a_presentation_are_parts() -> None:
    inner = zlib.compress(doc("Objet JOINT\r"))
    blip = record(0xF01E, bytes(17) + PNG, 0x6E0)
    data = ppt(record(0x1011, struct.pack("<I", 9) + inner, 1), streams={"Pictures": blip})

    extraction = extract(attached(data, "a.ppt"))

    assert "Objet JOINT" in texts(extraction, "1/a.ppt/objet-1")
    assert ["image/png"] == [p.media_type for p in extraction.parts if p.path.endswith("image-1.png")]


def test_an_object_that_inflates_beyond_the_limit_is_unread() -> None:
    data = ppt(record(0x1011, struct.pack("<I", 9) + zlib.compress(b"\0" * 60_000), 1))

    assert "limit:member_max_bytes" in reasons(read(attached(data, "a.ppt"), member_max_bytes=50_000))


@pytest.mark.parametrize(
    ("streams", "path", "text"),
    [
        ({"\x01Ole10Native": packed_file("bilan.txt", b"Texte du fichier JOINT")}, "bilan.txt", "JOINT"),
        ({"\x01Ole10Native": struct.pack("<I", 30) + b"Texte du fichier JOINT tel quel"}, "objet", "JOINT"),
        ({"CONTENTS": pdf("Page JOINTE")}, "contents", "JOINTE"),
        ({"Package": word("Lettre JOINTE")}, "package", "JOINTE"),
    ],
    ids=["packed", "bare", "pdf", "package"],
)
def test_packed_files_are_parts(streams: dict[str, bytes], path: str, text: str) -> None:
    for where in ("", "ObjectPool/", "MBD01/"):
        data = doc(
            "corps\r", streams={(where.rstrip("/") and f"{where}{k}") or k: v for k, v in streams.items()}
        )

        assert text in texts(extract(attached(data, "a.doc")), f"1/a.doc/{path}")


def test_the_names_beside_a_packed_file_are_text() -> None:
    wide = "C:\\patients\\DURAND.txt".encode("utf-16-le")
    data = doc(
        "corps\r", streams={"\x01Ole10Native": packed_file("bilan.txt", b"Texte du fichier JOINT") + wide}
    )

    assert "DURAND" in texts(extract(attached(data, "a.doc")), "1/a.doc")


def test_of_two_streams_by_one_name_the_second_is_not_lost() -> None:
    data = compound(
        {"WordDocument": doc("x\r")[:0], "contents": b"premier texte", "CONTENTS": b"second texte"}
    )

    assert {"corrupt"} == reasons(extract(attached(data, "a.bin")))


def test_an_embedded_document_is_read_where_it_lies() -> None:
    inner = ppt(utf16("Planche INCLUSE"))
    member = archive({"[Content_Types].xml": b"<T/>", "word/document.xml": b"<p>x</p>", "word/o.bin": inner})

    assert "Planche INCLUSE" in texts(extract(attached(member, "a.docx")), "1/a.docx/o.bin")


def test_metadata_streams_are_read() -> None:
    summary = bytes(40) + "Compte rendu né le 12/03/1956".encode("cp1252") + bytes(4)
    custom = bytes(40) + "IPP 8012345678".encode("utf-16-le") + bytes(4)

    text = found(
        doc("x\r", streams={"\x05SummaryInformation": summary, "\x05DocumentSummaryInformation": custom})
    )

    assert "né le 12/03/1956" in text
    assert "IPP 8012345678" in text


def packed_module(source: bytes) -> bytes:
    """Return a module's stream: compiled code, then its source in chunks of literals ([MS-OVBA] 2.4.1)."""
    body = b"".join(b"\0" + source[at : at + 8] for at in range(0, len(source), 8))
    return b"code" + b"\x01" + struct.pack("<H", 0xB000 | len(body) - 1) + body


def test_macros_are_read() -> None:
    module = packed_module(b'Attribute VB_Name = "M"\r\nMsgBox "DURAND"\r\n')
    data = compound(
        {"VBA/dir": b"\x01\x00\xb0\x00", "VBA/M": module, "PROJECT": b'ID="{1}"\r\nModule=Patients'}
    )

    assert 'MsgBox "DURAND"' in found(data)
    assert "Module=Patients" in found(data)


def test_unknown_streams_are_unsupported_and_encrypted_files_encrypted() -> None:
    assert {"unsupported"} == reasons(
        extract(attached(compound({"Inconnu": b"\x01\x02\x03\x04" * 50}), "a.bin"))
    )
    locked = compound({"EncryptedPackage": bytes(range(256)), "EncryptionInfo": b"\4\0\4\0"})
    assert [("1/a.docx", "encrypted")] == unread(extract(attached(locked, "a.docx")))


@pytest.mark.parametrize(("more", "expected"), [(0, set()), (4_096, {"corrupt"})])
def test_an_ole_file_without_streams_is_its_directory(more: int, expected: set[str]) -> None:
    extraction = extract(attached(compound({}) + b"\1" * more, "a.bin"))

    assert "Root Entry" in texts(extraction)
    assert expected == reasons(extraction)


@pytest.mark.parametrize("size", [9, 600, 1_000])
def test_an_ole_file_that_breaks_off_is_corrupt(size: int) -> None:
    assert {"corrupt"} == reasons(extract(attached(doc("texte\r")[:size], "a.doc")))


def test_a_zip_behind_an_ole_file_is_seen() -> None:
    data = doc("corps\r") + archive({"secret.txt": b"x"})

    assert "secret.txt" in texts(extract(attached(data, "a.doc")))


@pytest.mark.parametrize("links", [(1, 0), (5, 6)])
def test_sectors_that_go_round_are_corrupt(links: tuple[int, int]) -> None:
    """olefile reads on in the loop, until it has as many bytes as the directory says."""
    data = bytearray(doc("Un texte long.\r" * 200))
    table = 512 * (1 + int.from_bytes(data[76:80], "little"))
    first, second = links
    data[table + 4 * first : table + 4 * first + 4] = second.to_bytes(4, "little")
    data[table + 4 * second : table + 4 * second + 4] = first.to_bytes(4, "little")

    assert "corrupt" in reasons(extract(attached(bytes(data), "a.doc")))
