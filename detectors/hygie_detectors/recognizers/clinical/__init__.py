"""Clinical vocabulary: the health axis in words."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.clinical.clinical import ClinicalRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (ClinicalRecognizer,)
