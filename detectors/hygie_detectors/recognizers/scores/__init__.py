"""Clinical scores, stages and vital signs."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer
from hygie_detectors.recognizers.scores.scores import ScoreRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = (ScoreRecognizer,)
