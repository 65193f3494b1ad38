"""INS, the national health identity, and its mailbox."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.ins.ins import InsRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (InsRecognizer,)
