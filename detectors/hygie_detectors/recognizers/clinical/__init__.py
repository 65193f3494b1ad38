"""Clinical vocabulary: the health axis in words."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.clinical.clinical import ClinicalRecognizer
from hygie_detectors.recognizers.clinical.prescription import PrescriptionRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (ClinicalRecognizer, PrescriptionRecognizer)
