"""NIR, the French social security number."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.nir.nir import NirRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (NirRecognizer,)
