"""What journalling costs: the features of a decision, and the line that is written, a message.

Never:  speaks to a worker or to Postfix. The goal is 60 µs for an ordinary mail, for the milter process is
        the bottleneck.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from hygie_detectors.model import Axis, Confidence, Finding, Inspection, Part
from hygie_milter.channels.mssante import ListedChannel
from hygie_milter.journal.features import Decided, decided
from hygie_milter.journal.storage import Journal, prepare
from hygie_policies.lookalike import Partners
from hygie_policies.model import Action, Context, Decision, Envelope, RecipientDecision

MESSAGES = 3000


def mail(findings: int, recipients: int) -> Decided:
    """Return a decision on a mail with so many findings and recipients."""
    addresses = tuple(f"dr.{number}@cabinet-{number % 20}.test" for number in range(recipients))
    found = tuple(
        Finding("disease", (Axis.HEALTH,), Confidence.MEDIUM, "1", 40 * n, 40 * n + 9, "•", str(n % 7))
        for n in range(findings)
    )
    parts = (Part("1", "text/plain", 1800), Part("2", "image/png", 9000, attachment=True))
    channel = ListedChannel("mssante", frozenset({"medecin.mssante.fr"}), {}, "mssante.hygie.invalid")
    context = Context(frozenset({"hopital.test"}), {}, {"mssante": channel}, datetime.now(UTC))
    decision = Decision(
        Action.ALLOW,
        "HY-ABCDEFGH",
        tuple(RecipientDecision(address, Action.ALLOW) for address in addresses),
        (),
        (),
        digest="ab" * 32,
    )
    inspection = Inspection(parts, found, (), {"extract": 0.0012, "detect": 0.0034})
    envelope = Envelope("secretariat@hopital.test", addresses, 12_000, client="10.1.2.3")
    return Decided("4ABCDEF", inspection, envelope, context, Partners(frozenset()), decision, 0.0061)


def microseconds(what: Decided, journal: Journal) -> tuple[float, float]:
    """Return the median time of the features and of the whole, per message."""
    features, whole = [], []
    for _ in range(MESSAGES):
        started = time.perf_counter()
        fields = decided(what, journal.key)
        told = time.perf_counter()
        journal.write("decided", fields, journal.key)
        features.append(told - started)
        whole.append(time.perf_counter() - started)
    return statistics.median(features) * 1e6, statistics.median(whole) * 1e6


def main() -> None:
    """Print a row for an ordinary mail and for larger ones."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "journal"
        journal = Journal(place, prepare(place, Path(folder) / "keys"))
        for findings, recipients in ((0, 1), (3, 2), (30, 5), (300, 50)):
            features, whole = microseconds(mail(findings, recipients), journal)
            size = f"{findings:4} findings {recipients:3} recipients"
            print(f"{size}  features {features:7.1f} µs  all {whole:7.1f} µs")
        journal.close()


if __name__ == "__main__":
    main()
