"""A day made of the development corpus, replayed: the journal gives what scanning the mails again gives.

A file that is no mail becomes the attachment of one. A sample of each label: HYGIE_BACKTEST_SAMPLE messages.
"""

import os
from itertools import islice
from pathlib import Path

import pytest

from hygie_detectors.engine import Engine
from hygie_detectors.inspect import inspect
from hygie_detectors.limits import Limits
from hygie_milter.journal.reading import Reader
from hygie_milter.sources import sources
from journals import House
from replayed_day import MIDNIGHT, changed_set, day, replayed, rescanned, shipped

CORPUS = Path(os.environ.get("HYGIE_CORPUS") or Path(__file__).parents[2].parent / "shared" / "corpus")
SAMPLE = int(os.environ.get("HYGIE_BACKTEST_SAMPLE", "3"))
SIZE_MAX = 300_000
pytestmark = pytest.mark.corpus


def sample():
    """Return as many messages of each label."""
    labels = [path for path in sorted(CORPUS.iterdir()) if path.is_dir()] if CORPUS.is_dir() else []
    if not labels:
        pytest.skip("no development corpus here; set HYGIE_CORPUS")
    return [raw for label in labels for raw in islice(_small(label), SAMPLE)]


def _small(label):
    for source in sources(label):
        raw = source.read()
        if len(raw) <= SIZE_MAX:
            yield raw


def test_a_backtest_says_what_scanning_the_mails_again_says(tmp_path, capsys):
    """Messages whose line was cut (more findings than a line holds) are told apart, and are few."""
    engine, raws, changed = Engine(), sample(), changed_set()
    journal = House(tmp_path).open(MIDNIGHT.date())

    def looked_at(raw):
        return inspect(raw, engine, Limits())

    sent = day(raws, looked_at, shipped(), journal)
    found = replayed(journal, changed)
    lines = Reader(journal.folder, journal.ring).lines()
    cut = {line.fields["reference"] for line in lines if "cut" in line.fields}
    journal.close()
    whole = [each for each in sent if each.decision.reference not in cut]
    expected = rescanned(whole, looked_at, changed)

    with capsys.disabled():
        print(  # noqa: T201 - the figures are the result
            f"\n{len(raws)} messages: {found.told} told, {found.not_told} not {dict(found.untold)},"
            f" changed {found.changed}, rescanned {expected.changed},"
            f" newly restricted {found.newly_restricted}, no longer {found.no_longer_restricted}"
        )
    assert (expected.told, expected.changes) == (found.told, found.changes)
    assert (expected.before, expected.after, expected.policies) == (found.before, found.after, found.policies)
    assert len(cut) == found.not_told
    assert found.changed > 0
