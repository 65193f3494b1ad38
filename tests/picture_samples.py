"""Pictures for tests: pages drawn by a PDF writer and pdfium, so that no font of the system is needed."""

from __future__ import annotations

import io

import pillow_heif
import pypdfium2 as pdfium
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from extraction_samples import pdf
from hygie_detectors import extraction
from hygie_detectors.limits import Limits

pillow_heif.register_heif_opener()  # and saver
PROBES = (
    "DURAND-LEFÈVRE Élodie",
    "279035121518989",
    "Hémoglobine 12,4 g/dL",
    "né le 12/03/1956",
    "hépatite B",
    "IPP 8012345678",
)
PAGE = """Laboratoire de biologie médicale
Patient : DURAND-LEFÈVRE Élodie
né le 12/03/1956
INS : 279035121518989
IPP 8012345678
Hémoglobine 12,4 g/dL
Sérologie : hépatite B positive"""
INS = (
    "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10"
    "S3DOMINIQUE\x1dS4PAT-TROIS\x1dS5FS628-03-1979S763220"
)
"""The vector of the national agency's test identity."""


PATIENT = Limits(
    ocr_page_max_seconds=60.0, ocr_max_seconds=300.0, ocr_vain_max_seconds=60.0, part_max_seconds=90.0
)
"""Room for a busy machine, where what is tested is that a page can be read."""


def extract(raw: bytes, limits: Limits = PATIENT, **more: object) -> extraction.Extraction:
    return extraction.extract(raw, limits, **more)


def scan(text: str = PAGE, dpi: int = 200) -> Image.Image:
    """Return the page as a scanner sees it: grey, A4."""
    return pdfium.PdfDocument(pdf(text))[0].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def scanned_pdf(*pages: Image.Image, text: str = "") -> bytes:
    """Return a PDF of pictures, one a page; the text is printed over each."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    for page in pages:
        canvas.drawImage(ImageReader(page.convert("RGB")), 0, 0, 595, 842)
        canvas.drawString(60, 20, text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def code(payload: str, kind: str = "DataMatrix", scale: int = 5) -> Image.Image:
    import zxingcpp  # noqa: PLC0415 - for the tests of barcodes only

    barcode = zxingcpp.create_barcode(payload, zxingcpp.barcode_format_from_str(kind))
    return Image.fromarray(barcode.to_image(scale=scale))
