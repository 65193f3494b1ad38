"""Codes of medical nomenclatures."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.codes.codes import CodeRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (CodeRecognizer,)
