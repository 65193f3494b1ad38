"""One engine for the text tests; it holds no state of a message."""

import pytest

from hygie_detectors.engine import Engine
from hygie_detectors.model import Segment
from hygie_detectors.watch import Unwatched


@pytest.fixture(scope="session")
def engine():
    return Engine(key=b"k" * 32)


@pytest.fixture(scope="session")
def found_in(engine):
    """Findings in one text, all of which was looked at."""

    def findings(text, source="body"):
        found, unread = engine.detect([Segment("1", text, source)], (), {}, Unwatched())
        assert unread == []
        return found

    return findings
