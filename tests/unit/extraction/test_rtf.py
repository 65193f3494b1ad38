"""RTF: every destination, every way to write a character, and the files inside."""

from __future__ import annotations

import struct
import time

import pytest

from extraction_samples import archive, attached, damaged, pdf, reasons, texts, unread, word_of
from hygie_detectors.extraction import Extraction, extract
from hygie_detectors.limits import Limits
from ole_samples import compound

PROBES = (
    "DURAND-LEFÈVRE Élodie",
    "279035121518989",
    "Hémoglobine 12,4 g/dL",
    "né le 12/03/1956",
    "hépatite B",
    "IPP 8012345678",
)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\1" * 300


def rtf(body: str, charset: str = "cp1252") -> bytes:
    """Return a document; characters outside ASCII are written as bytes in hexadecimal."""
    written = "".join(c if c.isascii() else f"\\'{c.encode(charset)[0]:02x}" for c in body)
    return f"{{\\rtf1\\ansi\\ansicpg{charset.removeprefix('cp')} {written}}}".encode()


def read(source: bytes, **limits: int) -> Extraction:
    return extract(attached(source, "lettre.rtf"), Limits(**limits))  # type: ignore[arg-type]  # counts


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize(
    "place",
    [
        "{}",
        r"{{\header {}}}",
        r"{{\headerf {}}}",
        r"{{\footer {}}}",
        r"{{\footnote {}}}",
        r"{{\*\annotation {}}}",
        r"{{\info{{\title {}}}}}",
        r"{{\info{{\doccomm {}}}}}",
        r"{{\*\userprops{{\propname x}}{{\staticval {}}}}}",
        r"{{\shp{{\*\shpinst{{\sp{{\sn a}}{{\sv 1}}}}{{\shptxt {}}}}}}}",
        r"{{\shp{{\*\shpinst{{\sp{{\sn wzDescription}}{{\sv {}}}}}}}}}",
        r"{{\field{{\*\fldinst HYPERLINK x}}{{\fldrslt {}}}}}",
        r"{{\field{{\*\fldinst {}}}{{\fldrslt x}}}}",
        r"{{\*\invented {}}}",
        r"\trowd {}\cell\row",
        r"{{\v {}}}",
        r"{{\deleted {}}}",
        r"{{\object{{\*\objclass x}}{{\result {}}}}}",
        r"{{\fonttbl{{\f0 {};}}}}",
    ],
)
def test_text_of_every_destination_is_read(place: str, probe: str) -> None:
    extraction = read(rtf(place.format(probe)))

    assert probe in texts(extraction)
    assert set() == reasons(extraction)


@pytest.mark.parametrize(
    "written",
    [
        rb"{\rtf1\ansi h\u233?patite B}",
        rb"{\rtf1\ansi h\u233\'e9patite B}",
        rb"{\rtf1\ansi\uc0 h\u233patite B}",
        rb"{\rtf1\ansi\uc2 h\u233 ab{\b patite} B}",
        rb"{\rtf1\mac h\'8epatite B}",
        rb"{\rtf1\pc h\'82patite B}",
        rb"{\rtf1\ansi\ansicpg65001 h\'c3\'a9patite B}",
        rb"{\rtf1\ansi{\fonttbl{\f0\fcharset0 a;}{\f1\fcharset77 b;}}\f1 h\'8epatite{\f0  }B}",
        b"{\\rtf1\\ansi h\xe9patite B}",
        b"{\\rtf1\\ansi h\xc3\xa9patite B}",
        rb"{\rtf1\ansi h\'e9pa{\b ti}te\~B}",
        rb"{\rtf1\ansi h\'e9{\*\bkmkstart x}patite B}",
        b"{\\rtf1\\ansi h\\'e9pa\r\ntite B}",
    ],
)
def test_a_character_is_read_however_it_is_written(written: bytes) -> None:
    assert "hépatite B" in texts(read(written)).replace("\xa0", " ")


def test_characters_beyond_16_bits_come_in_two_halves() -> None:
    assert "😀" in texts(read(rb"{\rtf1 \u-10179?\u-8704?}"))


def test_cells_and_paragraphs_are_apart_and_runs_are_not() -> None:
    assert "lettre.rtf\n\na\tb\n279035" == texts(read(rb"{\rtf1 a\cell b\row 27903{\b 5}}"), "1/lettre.rtf")


@pytest.mark.parametrize("size", [b"5", b"-5", b"99999999", b""])
def test_bin_swallows_its_bytes_only(size: bytes) -> None:
    extraction = read(rb"{\rtf1\ansi avant {\bin" + size + rb" ab}cd h\'e9patite B}")

    assert "patite B" in texts(extraction)
    assert "avant" in texts(extraction)
    assert "ab" in texts(extraction)


def test_bin_beyond_the_end_is_corrupt() -> None:
    assert {"corrupt"} == reasons(read(rb"{\rtf1 {\bin999999 a}b}"))


@pytest.mark.parametrize("binary", [True, False])
def test_a_picture_is_a_part_and_its_fallback_is_not(binary: bool) -> None:
    content = b"\\bin%d " % len(PNG) + PNG if binary else PNG.hex().encode()
    source = (
        rb"{\rtf1 x{\*\shppict{\pict\pngblip " + content + rb"}}{\nonshppict{\pict\wmetafile8 010009000003}}}"
    )
    extraction = read(source)

    assert ["image/png"] == [p.media_type for p in extraction.parts[2:]]


def test_a_fallback_without_picture_is_a_part() -> None:
    extraction = read(rb"{\rtf1 x{\nonshppict{\pict\wmetafile8 010009000003}}}")

    assert 3 == len(extraction.parts)


def ole1(name: bytes, native: bytes) -> bytes:
    """Return an OLE 1.0 embedded object."""
    head = struct.pack("<III", 0x501, 2, len(name) + 1) + name + b"\0" + struct.pack("<II", 0, 0)
    return head + struct.pack("<I", len(native)) + native


def package(name: bytes, data: bytes) -> bytes:
    """Return what Ole10Native holds of a packaged file, without its length."""
    path = b"C:\\temp\\" + name + b"\0"
    head = b"\x02\0" + name + b"\0" + path + struct.pack("<HHI", 0, 3, len(path)) + path
    return head + struct.pack("<I", len(data)) + data


LETTER = word_of("<w:p><w:r><w:t>hépatite B</w:t></w:r></w:p>")


@pytest.mark.parametrize(
    "data",
    [
        ole1(b"Package", package(b"lettre.docx", LETTER)),
        ole1(b"Word.Document.12", compound({("Package",): LETTER, ("\x01Ole",): b"x" * 20})),
        ole1(b"Word.Document.12", LETTER),
        ole1(
            b"Package",
            compound(
                {
                    ("\x01Ole10Native",): struct.pack("<I", 9) + package(b"lettre.docx", LETTER),
                    ("x",): bytes(5000),
                }
            ),
        ),
    ],
    ids=["package", "stream", "raw", "ole10native"],
)
def test_an_embedded_object_is_opened(data: bytes) -> None:
    written = "\n".join(data.hex()[i : i + 128] for i in range(0, 2 * len(data), 128)).encode()
    extraction = read(rb"{\rtf1 {\object\objemb{\*\objdata " + written + rb"}{\result x}}}")

    assert "hépatite B" in texts(extraction)
    assert set() == reasons(extraction)


def test_hexadecimal_where_no_file_belongs_is_opened_too() -> None:
    data = pdf("Hemoglobine basse").hex().encode()

    assert "Hemoglobine basse" in texts(read(rb"{\rtf1 x{\*\datafield " + data + b"}}"))


def test_what_word_writes_in_each_document_leaves_nothing_unread() -> None:
    theme = archive(
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": b"<Relationships/>",
            "theme/theme/themeManager.xml": b"<a/>",
            "theme/theme/theme1.xml": "<a name='hépatite B'/>".encode(),
            "theme/theme/_rels/themeManager.xml.rels": b"<Relationships/>",
        }
    )
    store = compound({("MsoDataStore", "X", "Item"): "<b>né le 12/03/1956</b>".encode()})
    extraction = read(
        rb"{\rtf1 x{\*\themedata " + theme.hex().encode()
        + rb"}{\*\colorschememapping " + b"<a/>".hex().encode()
        + rb"}{\*\datastore " + store.hex().encode() + b"}}"
    )  # fmt: skip

    assert "hépatite B" in texts(extraction)
    assert "né le 12/03/1956" in texts(extraction)
    assert set() == reasons(extraction)


def test_html_that_outlook_wraps_is_unwrapped() -> None:
    source = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 H\'e9moglobine"
        rb"{\*\htmltag84 &nbsp;}\htmlrtf\~\htmlrtf0 12,4 g/dL{\*\htmltag72 </p>}"
        rb"{\*\htmltag148 <p title='IPP 8012345678'>}}}"
    )
    extraction = read(source)

    assert "Hémoglobine\xa012,4 g/dL" in texts(extraction, "1/lettre.rtf/html")
    assert "IPP 8012345678" in texts(extraction)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (rb"{\rtf1 a}h\'e9patite B", set()),  # behind the end
        (rb"{\rtf1 a{\b h\'e9patite B", {"corrupt"}),  # groups left open
        (rb"{\rtf1 a}}}h\'e9patite B", set()),
        (rb"{\rtf1 a}{\rtf1 h\'e9patite B}", set()),
    ],
)
def test_broken_documents_are_read_to_the_end(source: bytes, expected: set[str]) -> None:
    extraction = read(source)

    assert "hépatite B" in texts(extraction)
    assert expected == reasons(extraction)


@pytest.mark.parametrize(
    "source",
    [
        b"{\\rtf1 " + b"{" * 200_000 + b"x" + b"}" * 200_000 + b"}",
        b"{\\rtf1 " + b"{" * 400_000,
        b"{\\rtf1 " + b"{\\nonshppict" * 50_000 + b"{\\pict 00}" * 20_000,
        b"{\\rtf1 " + b"\\u233?" * 150_000 + b"}",
        b"{\\rtf1 " + b"{\\pict 00}" * 60_000 + b"}",
        b"{\\rtf1 {\\pict " + b"0 " * 500_000 + b"}}",
    ],
    ids=["nested", "open", "fallbacks", "characters", "pictures", "digits"],
)
def test_hostile_documents_take_linear_time(source: bytes) -> None:
    start = time.perf_counter()
    extraction = read(source)

    assert time.perf_counter() - start < 5
    assert "crash" not in reasons(extraction)


@pytest.mark.parametrize(("count", "reached"), [(2, False), (3, False), (4, True)])
def test_files_of_a_document_are_counted(count: int, reached: bool) -> None:
    extraction = read(b"{\\rtf1 " + b"{\\pict 0011}" * count + b"}", archive_members_max=3)

    assert reached == (("1/lettre.rtf", "limit:archive_members_max") in unread(extraction))


@pytest.mark.parametrize("seed", range(200))
def test_damaged_documents_cost_no_reader(seed: int) -> None:
    picture = (
        rb"{\*\shppict{\pict\pngblip 0011}}{\bin3 abc}{\*\objdata "
        + ole1(b"Package", package(b"a", b"b" * 40)).hex().encode()
    )
    source = rb"{\rtf1\ansi\fromhtml1 {\*\htmltag1 <p>}h\'e9\u233?{\header a}" + picture + b"}}"

    assert "crash" not in reasons(read(damaged(source, seed)))
