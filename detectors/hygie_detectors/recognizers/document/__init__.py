"""Titles and headings of medical documents."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.document.document import DocumentRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (DocumentRecognizer,)
