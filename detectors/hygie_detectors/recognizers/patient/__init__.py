"""Patients by name, birth date and hospital number: the identity axis in words."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.patient.ages import AgeRecognizer
from hygie_detectors.recognizers.patient.patient import PatientRecognizer
from hygie_detectors.recognizers.patient.professional import ProfessionalRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (
    PatientRecognizer,
    ProfessionalRecognizer,
    AgeRecognizer,
)
