r"""EMF and WMF: every record that draws text or a bitmap, alone and inside Office files.

The example of [MS-EMF] 3.2.10, EMR_EXTTEXTOUTW, draws "Simple Sample" at (18, 5).
"""

from __future__ import annotations

import gzip
import io
import struct
import time
import zlib

import pytest
from PIL import Image

from extraction_samples import attached, damaged, reasons, texts, unread, word_of
from hygie_detectors.extraction import Extraction, extract
from hygie_detectors.limits import Limits
from metafile_samples import (
    DOWN_TOO,
    GLYPHS,
    NO_RECTANGLE,
    OPAQUE,
    SMALL,
    comment,
    emf,
    emf_bitmap,
    emf_poly_text,
    emf_small_text,
    emf_text,
    emr,
    plus,
    plus_driver_text,
    plus_image,
    plus_record,
    plus_text,
    wmf,
    wmf_bitmap,
    wmf_enhanced,
    wmf_extended_text,
    wmf_text,
    wmr,
)
from ole_samples import ppt, record, utf16

TEXT = "Hémoglobine 12,4 g/dL"
EXAMPLE = bytes.fromhex(
    "54000000a0000000 0000000000000000ffffffffffffffff 01000000ab0a0d4200000d42 1200000005000000"
    "0e0000004c000000 00000000 0000000000000000ffffffffffffffff 68000000"
    "530069006d0070006c0065002000530061006d0070006c0065000000"
    "09000000030000000b000000070000000300000007000000040000000900000007000000"
    "0b000000070000000300000007000000 09000000"
)


def opened(data: bytes, name: str = "a.emf", **limits: int) -> Extraction:
    return extract(attached(data, name), Limits(**limits))  # type: ignore[arg-type]  # counts


def drawn(extraction: Extraction) -> str:
    """Return the text of the picture, without its name."""
    return "\n\n".join(s.text for s in extraction.segments if s.part == "1/a.emf")


def picture(form: str = "BMP", size: tuple[int, int] = (40, 30), mode: str = "L") -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(target, form)
    return target.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        emf(emf_text(TEXT)),
        emf(emf_text(TEXT, wide=False)),
        emf(emf_text(TEXT, options=DOWN_TOO)),
        emf(emf_poly_text("avant", TEXT)),
        emf(emf_poly_text("avant", TEXT, wide=False)),
        emf(emf_small_text(TEXT)),
        emf(emf_small_text(TEXT, options=NO_RECTANGLE)),
        emf(emf_small_text(TEXT, options=SMALL)),
        emf(emf_small_text(TEXT, options=SMALL | NO_RECTANGLE)),
        emf(plus(plus_text(TEXT))),
        emf(plus(plus_driver_text(TEXT))),
        emf(plus(plus_record(0x4001, b"")), plus(plus_text("avant"), plus_text(TEXT))),
        wmf(wmf_text(TEXT)),
        wmf(wmf_text(TEXT), placeable=True),
        wmf(wmf_extended_text(TEXT)),
        wmf(wmf_extended_text(TEXT, options=OPAQUE)),
    ],
)
def test_every_record_that_draws_text_is_read(data: bytes) -> None:
    extraction = opened(data)

    assert TEXT in texts(extraction, "1/a.emf")
    assert () == extraction.unread
    assert extraction.parts[1].media_type.startswith("image/")


def test_the_example_of_the_specification() -> None:
    assert "Simple Sample" == drawn(opened(emf(EXAMPLE)))


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (wmf(wmf_enhanced(emf(emf_text(TEXT)), 100)), "image-1"),
        (
            emf(comment(b"GDIC" + struct.pack("<IIIII", 0x80000001, 0x300, 0, 0, 9) + wmf(wmf_text(TEXT)))),
            "image-1",
        ),
        (
            emf(plus(plus_record(0x4008, struct.pack("<IIII", 0, 2, 3, 9) + emf(emf_text(TEXT)), 0x0500))),
            "image-1",
        ),
    ],
    ids=["emf in wmf", "wmf in emf", "emf in emf+"],
)
def test_a_metafile_in_another_is_read(data: bytes, path: str) -> None:
    assert TEXT == texts(opened(data), f"1/a.emf/{path}")


def test_words_beside_the_drawing_are_metadata() -> None:
    data = emf(
        emf_text("x"), comment(b"IconOnly\0" + "né le 12/03/1956".encode()), description="Titre DURAND"
    )

    extraction = opened(data)

    assert "né le 12/03/1956" in texts(extraction)
    assert "Titre DURAND" in texts(extraction)
    assert "C:\\patients\\DURAND.pdf" in texts(
        opened(wmf(wmf_text("x"), wmr(0x626, b"\x0f\0\x16\0C:\\patients\\DURAND.pdf")))
    )


def test_strings_of_one_height_are_a_line_and_far_ones_cells() -> None:
    """Each character is ten wide."""
    data = emf(
        emf_text("Hémo", 0, 0),
        emf_text("globine", 40, 0),
        emf_text("basse", 117, 0),
        emf_text("12,4", 300, 1),
        emf_text("TSH", 0, 30),
        emf_text("2,1", 300, 30),
    )

    assert "Hémoglobine basse\t12,4\nTSH\t2,1" == drawn(opened(data))


@pytest.mark.parametrize(
    "data",
    [
        *(emf(emf_bitmap(picture(), kind=kind)) for kind in (76, 77, 78, 80, 81, 114, 116)),
        emf(emf_bitmap(picture(mode="RGB"))),
        emf(emf_bitmap(picture(mode="1"))),
        emf(plus(plus_image(picture("PNG")))),
        emf(plus(plus_image(picture("PNG"), pieces=2))),
        emf(plus(plus_image(picture("JPEG"), pieces=3))),
        *(wmf(wmf_bitmap(picture(), kind)) for kind in (0x0F43, 0x0B41, 0x0940, 0x0D33, 0x0142)),
    ],
)  # fmt: skip
def test_every_record_with_a_bitmap_is_a_picture_that_opens(data: bytes) -> None:
    extraction = opened(data)

    inner = extraction.parts[2]
    assert "1/a.emf/image-1" == inner.path
    assert inner.media_type in {"image/bmp", "image/png", "image/jpeg"}
    assert "corrupt" not in reasons(extraction)


def test_pixels_of_emf_plus_are_a_bitmap() -> None:
    image = struct.pack("<IIiiiII", 0, 1, 2, 2, 8, 0x26200A, 0) + bytes(range(16))
    extraction = opened(emf(plus(plus_record(0x4008, image, 0x0500))))

    assert ("image/bmp", 54 + 16) == (extraction.parts[2].media_type, extraction.parts[2].size)


def test_the_bands_of_a_page_are_one_picture() -> None:
    whole = Image.linear_gradient("L").resize((90, 60))
    bands = []
    for top in range(0, 60, 20):
        target = io.BytesIO()
        whole.crop((0, top, 90, top + 20)).save(target, "BMP")
        bands.append(emf_bitmap(target.getvalue(), top=top))
    expected = io.BytesIO()
    whole.save(expected, "BMP")

    extraction = opened(emf(*bands))

    assert ["1/a.emf/image-1"] == [part.path for part in extraction.parts[2:]]
    assert len(expected.getvalue()) == extraction.parts[2].size


@pytest.mark.parametrize(
    "data",
    [
        emf(),
        emf(emr(54, bytes(8))),
        emf(emf_text(" ")),
        emf(emf_text(TEXT, options=GLYPHS)),
        emf(emf_small_text(TEXT, options=GLYPHS)),
        emf(emf_text("texte"), emf_text(TEXT, options=GLYPHS)),
        emf(plus(plus_driver_text(TEXT, glyphs=True))),
        wmf(wmr(0x213, bytes(4))),
        wmf(wmr(0x0B23, bytes(60))),
        wmf(wmf_extended_text(TEXT, options=GLYPHS)),
    ],
)
def test_a_drawing_without_text_is_unsupported(data: bytes) -> None:
    assert [("1/a.emf", "unsupported")] == unread(opened(data))


def test_a_brush_without_a_bitmap_is_no_bitmap() -> None:
    assert () == opened(wmf(wmf_text("texte"), wmr(0x0940, bytes(18)))).unread


@pytest.mark.parametrize("cut", [1, 20, 30])
def test_a_metafile_that_breaks_off_is_corrupt_and_its_text_is_read(cut: int) -> None:
    for data in (
        emf(emf_text(TEXT), emf_text("fin")),
        wmf(wmf_text(TEXT), wmf_text("fin du texte, assez longue")),
    ):
        extraction = opened(data[:-cut])

        assert TEXT in texts(extraction)
        assert {"corrupt"} == reasons(extraction)


def test_what_lies_behind_the_end_is_a_part() -> None:
    tail = b"fin du secret " * 10

    assert "fin du secret" in texts(opened(emf(emf_text("x")) + tail), "1/a.emf/suite")
    assert "fin du secret" in texts(opened(wmf(wmf_text("x")) + tail), "1/a.emf/suite")


@pytest.mark.parametrize(("limit", "reached"), [(3, True), (4, False), (5, False)])
def test_records_are_counted(limit: int, reached: bool) -> None:
    """A header, two texts and the end."""
    extraction = opened(emf(emf_text("un"), emf_text("deux", 90)), metafile_records_max=limit)

    assert ([("1/a.emf", "limit:metafile_records_max")] if reached else []) == unread(extraction)
    assert ["un", "deux"] == drawn(extraction).split()


def test_strings_that_share_bytes_are_corrupt() -> None:
    one = struct.pack("<iiIII16xI", 0, 0, 40_000, 0, 0, 0)
    head = bytes(16) + struct.pack("<IffI", 1, 1.0, 1.0, 2_000)
    begun = time.monotonic()
    extraction = opened(emf(emr(97, head + one * 2_000)))

    assert {"corrupt"} == reasons(extraction)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("size", [65_536, 65_537])
def test_a_small_drawing_in_a_document_counts_as_no_file(size: int) -> None:
    data = emf(comment(bytes(size - len(emf(comment(b""))))))
    extraction = extract(attached(word_of("<w:p/>", **{"media/image1__emf": data}), "a.docx"))

    assert [("1/a.docx/image1.emf", "unsupported", size > 65_536)] == [
        (u.part, u.reason, u.attachment) for u in extraction.unread
    ]


def test_a_page_cut_into_pieces_is_no_heap_of_logos() -> None:
    pieces = [emf_bitmap(picture(size=(200, 190 + number)), kind=76) for number in range(3)]
    extraction = extract(attached(word_of("<w:p/>", **{"media/image1__emf": emf(*pieces)}), "a.docx"))

    assert [True] * 3 == [part.attachment for part in extraction.parts if "/image1.emf/" in part.path]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (word_of("<w:p/>", **{"media/image1__emf": emf(emf_text(TEXT))}), "a.docx"),
        (word_of("<w:p/>", **{"media/image1__wmz": gzip.compress(wmf(wmf_text(TEXT)))}), "a.docx"),
        (b"{\\rtf1 {\\pict\\emfblip " + emf(emf_text(TEXT)).hex().encode() + b"}}", "a.rtf"),
        (b"{\\rtf1 {\\pict\\wmetafile8 " + wmf(wmf_text(TEXT)).hex().encode() + b"}}", "a.rtf"),
        (
            ppt(
                utf16("x"),
                streams={
                    "Pictures": record(
                        0xF01A, bytes(16) + bytes(32) + b"\0\xfe" + zlib.compress(emf(emf_text(TEXT))), 0x3D4
                    )
                },
            ),
            "a.ppt",
        ),
    ],
    ids=["docx emf", "docx wmz", "rtf emf", "rtf wmf", "ppt"],
)
def test_drawings_in_documents_are_read(data: bytes, name: str) -> None:
    extraction = extract(attached(data, name))

    assert TEXT in texts(extraction)
    assert () == extraction.unread


@pytest.mark.parametrize("seed", range(300))
def test_damaged_metafiles_cost_no_reader(seed: int) -> None:
    for data in (
        emf(
            emf_text(TEXT),
            emf_poly_text("a", "b"),
            emf_bitmap(picture()),
            plus(plus_text("c"), plus_image(b"x" * 40)),
        ),
        wmf(wmf_text(TEXT), wmf_extended_text("b"), wmf_bitmap(picture()), wmf_enhanced(emf(emf_text("c")))),
    ):
        assert "crash" not in reasons(opened(damaged(data, seed)))
