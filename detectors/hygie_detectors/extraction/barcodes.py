"""The square barcodes of health documents to readable lines.

Does:   finds DataMatrix and QR codes on a picture; writes the fields of the INS datamatrix out with
        their names, and the payload of any other code, its separators as line ends.
Never:  takes the fields of the INS in a fixed order, or loses a separator: it reads bytes, not text.
Fails:  raises nothing on any picture; a code it cannot make out is not found. A payload that is packed
        (a European health certificate) is said to be so.
Source: ANS "INS - Format datamatrix" v2.2; 2D-Doc of France Titres (DC headers); zxing-cpp.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import zxingcpp
from PIL import Image

from hygie_detectors.extraction.text import decode

_SEARCHED_PIXELS: Final = 4_000_000
"""An A4 page at 200 dpi. The INS code (22 mm) is found at 100 dpi too; more pixels only cost time."""
_FORMATS: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode])
_SEPARATORS: Final = re.compile(rb"[\x1c-\x1f]+")

_INS_START: Final = re.compile(rb"IS01[0-9]{22}")
_INS_FIELD: Final = re.compile(
    rb"S1(?P<S1>[0-9AB]{15})"
    rb"|S2(?P<S2>1\.2\.250\.1\.213\.1\.4\.[0-9]{1,2})"
    rb"|S3(?P<S3>[^\x1d]{0,100})(?:\x1d|\Z)"
    rb"|S4(?P<S4>[^\x1d]{0,100})(?:\x1d|\Z)"
    rb"|S5(?P<S5>[A-Z])"
    rb"|S6(?P<S6>[0-9]{2}-[0-9]{2}-[0-9]{4})"
    rb"|S7(?P<S7>[0-9AB]{5})"
)
_SPELT_OUT: Final = re.compile(rb"GS(?=S[1-7]|\Z)")
"""Two letters where the separator belongs: seen in documents of two software houses."""
_INS_LABELS: Final = {
    "S1": "Matricule INS",
    "S2": "OID",
    "S3": "Prénoms",
    "S4": "Nom de naissance",
    "S5": "Sexe",
    "S6": "Date de naissance",
    "S7": "Code INSEE du lieu de naissance",
}
_PACKED_STARTS: Final = (b"HC1:", b"shc:/")


@dataclass(frozen=True, slots=True)
class Code:
    """One barcode."""

    text: str
    packed: bool = False
    """Whether the text is a packed form of something else."""


def find(picture: Image.Image) -> list[Code]:
    """Return the codes on a grey picture (mode ``L``)."""
    pixels = picture.width * picture.height
    if pixels > _SEARCHED_PIXELS:
        scale = (_SEARCHED_PIXELS / pixels) ** 0.5
        size = max(int(picture.width * scale), 1), max(int(picture.height * scale), 1)
        picture = picture.resize(size, Image.Resampling.BOX)
    found = zxingcpp.read_barcodes(picture, formats=_FORMATS)
    return [_code(bytes(code.bytes)) for code in found]


def _code(payload: bytes) -> Code:
    start = _INS_START.match(payload)
    if start:
        return Code("\n".join(("Datamatrix INS", *_ins_lines(payload[start.end() :]))))
    return Code(decode(_SEPARATORS.sub(b"\n", payload)), payload.startswith(_PACKED_STARTS))


def _ins_lines(payload: bytes) -> Iterator[str]:
    """Write the tagged fields out. What stands between them is kept as it is."""
    if b"\x1d" not in payload:
        payload = _SPELT_OUT.sub(b"\x1d", payload)
    position = 0
    for field in _INS_FIELD.finditer(payload):
        if between := payload[position : field.start()].strip(b"\x1d"):
            yield decode(_SEPARATORS.sub(b"\n", between))
        position = field.end()
        if field.lastgroup:
            yield f"{_INS_LABELS[field.lastgroup]} : {decode(field[field.lastgroup])}"
    if rest := payload[position:].strip(b"\x1d"):
        yield decode(_SEPARATORS.sub(b"\n", rest))
