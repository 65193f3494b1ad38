"""Where a person can be reached: phone, e-mail, address."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.contact.contact import ContactRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (ContactRecognizer,)
