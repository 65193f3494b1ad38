"""Patients by name, birth date and hospital number: the identity axis in words."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.patient.patient import PatientRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (PatientRecognizer,)
