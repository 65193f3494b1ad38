"""Health file formats: what extraction recognised on a part's bytes, as findings."""

from typing import Final

from hygie_detectors.recognizers.base import HygieRecognizer

RECOGNIZERS: Final[tuple[type[HygieRecognizer], ...]] = ()
"""None: a format is recognised on bytes, not on text; see ``formats.py``."""
