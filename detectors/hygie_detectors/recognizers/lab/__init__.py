"""Results of medical laboratories."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.lab.lab import LabRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (LabRecognizer,)
