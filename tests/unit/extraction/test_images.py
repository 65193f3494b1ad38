"""Pictures and scans: what is printed on them is text, and what could not be read is said."""

from __future__ import annotations

import base64
import io
import struct
import time
import zlib
from collections.abc import Callable, Iterator

import pypdfium2 as pdfium
import pytest
from PIL import ExifTags, Image, ImageFilter, PngImagePlugin

from extraction_samples import attached, pdf, read, texts, unread
from hygie_detectors.extraction import ocr
from hygie_detectors.limits import Limits
from hygie_milter.workers.pool import Pool, WorkerSettings
from picture_samples import PATIENT, PROBES, extract, saved, scan, scanned_pdf

PATH = "1/scan.bin"


def mail(data: bytes) -> bytes:
    return attached(data, "scan.bin")


def lost(text: str) -> list[str]:
    """Return the probes that are not in the text; OCR takes the L of dL for either case."""
    return [probe for probe in PROBES if probe.lower() not in text.lower()]


def fax(page: Image.Image) -> Image.Image:
    return page.resize((1728, 2286)).point(lambda level: 255 if level > 128 else 0).convert("1")


def on_glass(page: Image.Image) -> Image.Image:
    """Return white letters on nothing, as a screen of dark mode is copied."""
    layer = Image.new("RGBA", page.size, (255, 255, 255, 0))
    layer.putalpha(page.point(lambda level: 255 - level))
    return layer


def deep(page: Image.Image) -> Image.Image:
    return page.convert("I").point(lambda level: level * 200 + 1_000).convert("I;16")


@pytest.mark.parametrize(
    ("kind", "change", "options"),
    [
        ("PNG", lambda page: page, {}),
        ("PNG", lambda page: page.convert("P"), {}),
        ("PNG", on_glass, {}),
        ("PNG", deep, {}),
        ("JPEG", lambda page: page.convert("RGB"), {"quality": 60}),
        ("JPEG", lambda page: page.convert("CMYK"), {}),
        ("TIFF", lambda page: page, {"compression": "tiff_lzw"}),
        ("TIFF", fax, {"compression": "group4", "dpi": (204, 196)}),
        ("BMP", lambda page: page, {}),
        ("GIF", lambda page: page, {}),
        ("WEBP", lambda page: page, {"quality": 60}),
        ("JPEG2000", lambda page: page, {"quality_mode": "rates", "quality_layers": [40]}),
        ("JPEG2000", lambda page: page.convert("RGB"), {"no_jp2": True}),
        ("HEIF", lambda page: page, {"quality": 90}),
        ("AVIF", lambda page: page.convert("RGB"), {"quality": 60}),
    ],
)
def test_each_format_is_read(
    kind: str, change: Callable[[Image.Image], Image.Image], options: dict[str, object]
) -> None:
    extraction = extract(mail(saved(change(scan()), kind, **options)))

    assert [] == lost(texts(extraction, PATH))
    assert {"ocr"} == {s.source for s in extraction.segments if PROBES[0] in s.text}
    assert () == extraction.unread


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.rotate(90, expand=True),
        lambda page: page.rotate(180),
        lambda page: page.rotate(270, expand=True),
        lambda page: page.rotate(0.6, fillcolor=255),
        lambda page: page.filter(ImageFilter.GaussianBlur(0.8)),
    ],
)
def test_a_page_that_lies_badly_is_read(change: Callable[[Image.Image], Image.Image]) -> None:
    extraction = extract(mail(saved(change(scan()))))

    assert [] == lost(texts(extraction, PATH))
    assert () == extraction.unread


def test_a_photograph_is_read_as_its_camera_held_it() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = scan().rotate(90, expand=True)

    assert [] == lost(texts(extract(mail(saved(turned, "JPEG", exif=exif))), PATH))


def test_a_value_stays_beside_its_name() -> None:
    """Left alone, tesseract reads a table column by column."""
    page = scan("")
    names, values = scan("\n".join(f"Paramètre {n}" for n in range(1, 9))), scan("12,4 g/dL\n" * 8)
    page.paste(names.crop((0, 0, 700, 800)), (0, 0))
    page.paste(values.crop((0, 0, 700, 800)), (900, 0))

    text = texts(extract(mail(saved(page))), PATH)

    assert 8 == sum("Paramètre" in line and "12,4 g/dL" in line for line in text.splitlines())


@pytest.mark.parametrize("ground", [255, 200, 0])
def test_a_blank_page_is_read_and_has_no_text(ground: int) -> None:
    extraction = extract(mail(saved(Image.new("L", (1654, 2339), ground))))

    assert "" == texts(extraction, PATH).strip().removeprefix("scan.bin")
    assert () == extraction.unread


def test_a_blank_page_with_grain_is_read() -> None:
    grain = Image.effect_noise((1654, 2339), 8).point(lambda level: level + 90)

    assert () == extract(mail(saved(grain))).unread


def test_a_pale_picture_that_ocr_makes_nothing_of_is_not_called_blank() -> None:
    """A grid of light grey was: so would a faint scan have been, as if it had been read."""
    grid = Image.new("L", (800, 800), 255)
    for line in range(40, 800, 40):
        grid.paste(205, (0, line, 800, line + 4))

    assert [(PATH, "unsupported")] == unread(extract(mail(saved(grid))))


def test_what_ocr_cannot_make_out_is_unsupported() -> None:
    noise = Image.effect_noise((800, 800), 200)

    assert [(PATH, "unsupported")] == unread(extract(mail(saved(noise))))


def test_doubtful_text_is_kept_and_said_to_be_doubtful() -> None:
    smeared = scan().filter(ImageFilter.GaussianBlur(4.5))

    extraction = extract(mail(saved(smeared)))

    assert [(PATH, "unsupported")] == unread(extraction)
    assert any(s.source == "ocr" for s in extraction.segments)


# Pages ------------------------------------------------------------------------------------------------


def pages(count: int) -> bytes:
    first, *rest = (fax(scan(f"Page numéro {number}")) for number in range(1, count + 1))
    return saved(first, "TIFF", save_all=True, append_images=rest, compression="group4")


def test_each_page_of_a_fax_is_a_part_at_its_place() -> None:
    extraction = extract(mail(pages(3)))

    found = {s.part: s.text for s in extraction.segments if s.source == "ocr"}

    assert {f"{PATH}#page={n}": f"Page numéro {n}" for n in (1, 2, 3)} == found
    assert ["headers", PATH, *(f"{PATH}#page={n}" for n in (1, 2, 3))] == [p.path for p in extraction.parts]
    assert () == extraction.unread


@pytest.mark.parametrize(
    ("count", "beyond"), [(2, []), (3, []), (5, [(f"{PATH}#page=4-5", "limit:ocr_pages_max")])]
)
def test_pages_beyond_the_limit_are_unread_by_number(count: int, beyond: list[tuple[str, str]]) -> None:
    extraction = read(mail(pages(count)), ocr_pages_max=3)

    assert beyond == unread(extraction)
    assert "Page numéro 4" not in texts(extraction)


def test_the_limit_of_pages_is_that_of_the_message() -> None:
    scans = scanned_pdf(scan("Premier fichier", 100), scan("Deuxième page", 100))
    second = b"--limite\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    raw = mail(scans).replace(b"--limite--", second + base64.encodebytes(saved(scan())) + b"--limite--")

    assert [("2", "limit:ocr_pages_max")] == unread(read(raw, ocr_pages_max=2))
    assert [] == unread(read(raw, ocr_pages_max=3))


# PDF --------------------------------------------------------------------------------------------------


def test_a_scanned_page_of_a_pdf_is_read_at_its_place() -> None:
    mixed = pdfium.PdfDocument(pdf("Une page de texte, que chacun peut lire sans rien deviner.\n" * 4))
    mixed.import_pages(pdfium.PdfDocument(scanned_pdf(scan())))
    file = io.BytesIO()
    mixed.save(file)

    extraction = extract(mail(file.getvalue()))

    assert [] == lost(" ".join(s.text for s in extraction.segments if s.part == f"{PATH}#page=2"))
    assert ["headers", PATH, f"{PATH}#page=2"] == [p.path for p in extraction.parts]
    assert () == extraction.unread


def test_scanned_pages_beyond_the_limit_are_unread_by_number() -> None:
    data = scanned_pdf(*(scan(f"Page numéro {n}", 100) for n in range(1, 5)))

    extraction = read(mail(data), ocr_pages_max=2)

    assert [(f"{PATH}#page=3-4", "limit:ocr_pages_max")] == unread(extraction)
    assert "Page numéro 2" in texts(extraction, PATH)


@pytest.mark.parametrize("size", [(60, 85), (595, 842), (2_480, 3_508), (10_182, 14_400)])
def test_a_page_of_any_size_is_drawn_within_bounds(size: tuple[int, int]) -> None:
    document = pdfium.PdfDocument(scanned_pdf(scan()))
    page = document[0]
    page.set_mediabox(0, 0, *size)
    for thing in page.get_objects():
        if thing.type == pdfium.raw.FPDF_PAGEOBJ_IMAGE:
            thing.set_matrix(pdfium.PdfMatrix().scale(*size))
    page.gen_content()
    file = io.BytesIO()
    document.save(file)

    assert [] == lost(texts(extract(mail(file.getvalue())), PATH))


class Refusal:
    """A supervisor that has seen part number ``part`` take too long."""

    def __init__(self, part: int) -> None:
        self.part = part

    def enter(self, part: int) -> str | None:
        return "timeout" if part == self.part else None


@pytest.mark.parametrize("data", [pages(3), scanned_pdf(*(scan(f"Page numéro {n}") for n in (1, 2, 3)))])
def test_a_slow_page_costs_that_page_only(data: bytes) -> None:
    extraction = extract(mail(data), watch=Refusal(3))

    assert [(f"{PATH}#page=2", "timeout")] == unread(extraction)
    assert "Page numéro 1" in texts(extraction)
    assert "Page numéro 2" not in texts(extraction)
    assert "Page numéro 3" in texts(extraction)


# Limits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pixels", "refused"), [(10_001, False), (10_000, False), (9_999, True)])
def test_a_picture_of_too_many_pixels_is_not_decoded(pixels: int, *, refused: bool) -> None:
    extraction = read(mail(saved(Image.new("L", (100, 100), 255))), image_pixels_max=pixels)

    assert ([(PATH, "limit:image_pixels_max")] if refused else []) == unread(extraction)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_a_bomb_of_pixels_is_refused_at_once() -> None:
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(10**6)))
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")
    begun = time.monotonic()

    assert [(PATH, "limit:image_pixels_max")] == unread(extract(mail(bomb)))
    assert time.monotonic() - begun < 1


DENSE = scan("\n".join(["le patient présente une douleur thoracique avec irradiation dans le bras"] * 45))


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        ({"ocr_page_max_seconds": 0.3}, "ocr_page_max_seconds"),
        ({"ocr_max_seconds": 0.3}, "ocr_max_seconds"),
        ({"ocr_vain_max_seconds": 0.3}, "ocr_vain_max_seconds"),
        ({"ocr_page_max_seconds": 60.0, "ocr_max_seconds": 60.0, "ocr_vain_max_seconds": 60.0}, None),
    ],
)
def test_a_page_that_takes_too_long_is_unread_with_what_was_read(
    limits: dict[str, float], name: str | None
) -> None:
    extraction = extract(mail(saved(DENSE)), Limits(**limits))  # type: ignore[arg-type]

    assert ([(PATH, f"limit:{name}")] if name else []) == unread(extraction)


def test_the_time_for_the_whole_message_is_shared() -> None:
    extraction = extract(mail(scanned_pdf(DENSE, DENSE, DENSE)), Limits(ocr_max_seconds=0.4))

    assert [(f"{PATH}#page={n}", "limit:ocr_max_seconds") for n in (1, 2, 3)] == unread(extraction)


def test_pages_of_noise_share_their_time_and_pages_of_text_do_not_count() -> None:
    noise, text = Image.effect_noise((1654, 2339), 200), scan("Page de texte", 100)
    patient = {"ocr_page_max_seconds": 60.0, "ocr_max_seconds": 300.0}

    read_all = read(mail(scanned_pdf(text, noise, text)), ocr_vain_max_seconds=60.0, **patient)
    cut = read(mail(scanned_pdf(noise, noise, text)), ocr_vain_max_seconds=0.3, **patient)

    assert [(f"{PATH}#page=2", "unsupported")] == unread(read_all)
    assert "Page de texte" in " ".join(s.text for s in read_all.segments if s.part == f"{PATH}#page=3")
    assert [(f"{PATH}#page={n}", "limit:ocr_vain_max_seconds") for n in (1, 2, 3)] == unread(cut)


def test_a_broken_picture_is_corrupt() -> None:
    data = saved(scan())

    assert [(PATH, "corrupt")] == unread(extract(mail(data[: len(data) // 2])))
    assert [(PATH, "corrupt")] == unread(extract(mail(b"GIF89a\1\0\1\0\0\0\0;")))


def test_a_format_without_a_reader_is_unsupported() -> None:
    photoshop = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 90, 90, 8, 3) + bytes(2_000)

    assert [(PATH, "unsupported")] == unread(extract(mail(photoshop)))


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "JPEG2000"])
@pytest.mark.parametrize("cut", [0.05, 0.5])
def test_a_broken_picture_of_a_new_format_is_unread(kind: str, cut: float) -> None:
    data = saved(scan().convert("RGB"), kind)

    assert unread(extract(mail(data[: int(len(data) * cut)])))


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_a_photograph_of_a_telephone_stands_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = scan().rotate(90, expand=True).convert("RGB")

    assert [] == lost(texts(extract(mail(saved(turned, kind, quality=90, exif=exif))), PATH))


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "HEIF", "AVIF"])
def test_each_picture_of_a_series_is_a_page(kind: str) -> None:
    first, *rest = (scan(f"Page numéro {number}", 100).convert("RGB") for number in (1, 2, 3))
    data = saved(first, kind, save_all=True, append_images=rest)

    extraction = read(mail(data), ocr_pages_max=2)

    assert [(f"{PATH}#page=3-3", "limit:ocr_pages_max")] == unread(extraction)
    assert "Page numéro 2" in texts(extraction)


# Beside the picture -----------------------------------------------------------------------------------

WORDS = "DURAND-LEFÈVRE Élodie, hépatite B"


def png_text(compressed: bool) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Description", WORDS, zip=compressed)
    return saved(Image.new("L", (90, 90), 255), pnginfo=info)


def with_exif(tag: int, value: object, kind: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[tag] = value
    return saved(Image.new("L", (90, 90), 255), kind, exif=exif)


def with_user_comment() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"ASCII\0\0\0" + WORDS.encode()
    return saved(Image.new("L", (90, 90), 255), "JPEG", exif=exif)


XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:title>{WORDS}</dc:title></x:xmpmeta>".encode()
XMP_ATTRIBUTE = f'<x:xmpmeta xmlns:x="adobe:ns:meta/" dc:title="{WORDS}"/>'.encode()
IPTC = b"\x1c\x02\x78" + struct.pack(">H", len(WORDS.encode())) + WORDS.encode()
PHOTOSHOP = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC


BEHIND = f"{WORDS}, derrière une image blanche qui ne montre rien de tout cela".encode()


def jpeg_with_iptc() -> bytes:
    data = saved(Image.new("L", (90, 90), 255), "JPEG")
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(PHOTOSHOP) + 2) + PHOTOSHOP + data[2:]


@pytest.mark.parametrize(
    "data",
    [
        png_text(compressed=False),
        png_text(compressed=True),
        with_exif(ExifTags.Base.ImageDescription, WORDS.encode()),
        with_exif(ExifTags.Base.XPComment, WORDS.encode("utf-16-le")),
        with_exif(ExifTags.Base.ImageDescription, WORDS.encode(), "WEBP"),
        with_user_comment(),
        saved(Image.new("L", (90, 90), 255), "JPEG", comment=WORDS.encode()),
        saved(Image.new("L", (90, 90), 255), "GIF", comment=WORDS.encode()),
        saved(Image.new("L", (90, 90), 255), "JPEG", xmp=XMP),
        saved(Image.new("L", (90, 90), 255), "JPEG", xmp=XMP_ATTRIBUTE),
        saved(Image.new("L", (90, 90), 255), "TIFF", tiffinfo={270: WORDS.encode()}),
        jpeg_with_iptc(),
        saved(Image.new("L", (90, 90), 255)) + b"\n" + BEHIND,
        saved(Image.new("L", (90, 90), 255), "JPEG") + BEHIND,
    ],
)
def test_words_beside_the_picture_are_read(data: bytes) -> None:
    extraction = extract(mail(data))

    assert WORDS in texts(extraction, PATH)
    assert () == extraction.unread


# In a worker ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(WorkerSettings(count=1), PATIENT, warm=False)
    yield pool
    pool.close()


@pytest.mark.parametrize(
    "data",
    [
        saved(scan()),
        saved(scan().rotate(180), "WEBP"),
        saved(fax(scan()), "TIFF", compression="group4"),
        scanned_pdf(scan()),
        saved(scan(), "JPEG2000"),
        saved(scan(), "HEIF"),
        saved(scan().convert("RGB"), "AVIF"),
    ],
    ids=["png", "webp upside down", "fax", "pdf", "jpeg 2000", "heic", "avif"],
)
def test_a_confined_worker_reads_pictures(pool: Pool, data: bytes) -> None:
    """It can read no library, open no file for writing, start no thread."""
    now = time.monotonic()

    inspection = pool.inspect(mail(data), now + 60, now + 90)

    assert () == inspection.unread
    assert {"ins", "patient_number", "disease"} <= {f.kind for f in inspection.findings}


def test_models_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_MODELS", ())
    monkeypatch.setenv("TESSDATA_PREFIX", "/nonexistent")

    with pytest.raises(RuntimeError, match="tesseract-ocr-fra"):
        ocr._models()
