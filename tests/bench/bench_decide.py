"""How long a decision takes: 200 policies, a message with 100 findings and 20 recipients.

Does:   builds a set in which every leaf occurs and values differ as in a real library (about a third of the
        leaves are shared), and decides the same message again and again. Beside it, in the same run and
        taking turns with it, a named baseline: one plain Python loop that compares every finding with every
        policy's kind and confidence, which is the least a decision without an index could do.
Never:  measures inspection: findings are made up.
Fails:  exit status 1 when the median is 5 ms or more.

Run it with ``python tests/bench/bench_decide.py``.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from hygie_detectors.model import Axis, Confidence, Finding, Inspection, Part, Unread
from hygie_policies import messages
from hygie_policies.contents import answer
from hygie_policies.decide import decide
from hygie_policies.loader import PolicySet, policy_set
from hygie_policies.model import Answers, Context, Envelope
from hygie_policies.testing import example_context
from policy_values import policy

POLICIES, FINDINGS, RECIPIENTS, ROUNDS = 200, 100, 20, 300
LIMIT_SECONDS = 0.005
KINDS = sorted(messages.texts().kinds)
LEVELS = ("low", "medium", "high")


def leaves(number: int) -> list[dict]:
    """Return the conditions of one policy: a leaf of each sort takes its turn."""
    kind, level = KINDS[number % len(KINDS)], LEVELS[number % 3]
    turns = [
        {"finding": {"kind": kind, "confidence": level}},
        {"finding": {"axis": "identity", "count": 1 + number % 7, "in": "any_part"}},
        {"pair": {"identity": level, "health": "medium", "in": "message"}},
        {"pair": {"strength": level, "within": f"{100 + number % 4 * 100} chars", "in": "same_part"}},
        {"document": {"kinds": "any", "confidence": level}},
        {"attachment": {"type": "application/pdf", "name": f"dossier{number % 9}"}},
        {"unread": {"reasons": ["encrypted"], "attachment": True}},
        {"recipient": {"secure": False, "count": 1 + number % 5}},
        {"header": {"name": "Subject", "pattern": f"urgence {number % 9}"}},
        {"size": {"at_least": 1000 * (1 + number % 11)}},
        {"volume": {"of": "patients", "at_least": 1 + number % 50, "window": "24h"}},
    ]
    return [turns[number % len(turns)], turns[(number * 7 + 3) % len(turns)]]


def made_set() -> PolicySet:
    """Return the 200 policies: most are about senders or recipients of their own, as policies are."""
    actions = ({"action": "tag"}, {"action": "hold"}, {"action": "reroute", "channel": "mssante"})
    return policy_set(
        policy(
            id=f"policy-{number}",
            status="simulate" if number % 5 == 0 else "enforce",
            severity=("low", "medium", "high", "critical")[number % 4],
            scope={"recipients": {"internal": False}, "senders": {"internal": True}}
            if number % 3
            else {"recipients": {"not_in": [f"partenaire{number}.test"]}},
            when={"all": [*leaves(number), {"none": [{"finding": {"kind": "age", "count": 2}}]}]}
            if number % 2
            else {"any": leaves(number)},
            then=actions[number % 3],
        )
        for number in range(POLICIES)
    )


def made_message() -> tuple[Inspection, Envelope]:
    """Return a message of ten files with 100 findings, to 20 recipients."""
    chance = random.Random(6)  # noqa: S311 - the same message in every run
    parts = tuple(Part(f"{n}/dossier{n}.pdf", "application/pdf", 1000, attachment=True) for n in range(10))
    findings = tuple(
        Finding(
            chance.choice(KINDS),
            (chance.choice((Axis.IDENTITY, Axis.HEALTH)),),
            chance.choice(tuple(Confidence)),
            chance.choice(parts).path,
            start := chance.randrange(5000),
            start + 15,
            "•••",
            f"{chance.randrange(60):x}",
        )
        for _ in range(FINDINGS)
    )
    recipients = tuple(
        f"personne{n}@{'medecin.mssante.fr' if n % 4 == 0 else 'exemple.test'}" for n in range(RECIPIENTS)
    )
    unread = (Unread(parts[0].path, "encrypted", attachment=True),)
    return Inspection(parts, findings, unread), Envelope("cardio@hopital.test", recipients, 90_000)


def baseline(policies: PolicySet, inspection: Inspection) -> int:
    """Compare every finding with every policy: the loop without an index."""
    held = 0
    for number, _ in enumerate(policies.policies):
        kind, rank = KINDS[number % len(KINDS)], number % 3
        for finding in inspection.findings:
            if finding.kind == kind and finding.confidence.rank >= rank:
                held += 1
                break
    return held


def timed(work: Callable[[], object]) -> float:
    """Return the processor seconds that the work took: other work of the machine does not count."""
    started = time.thread_time()
    work()
    return time.thread_time() - started


def main() -> int:
    """Print the figures; return the exit status."""
    policies, (inspection, envelope) = made_set(), made_message()
    raw = b"Subject: urgence 4\r\n\r\n"
    answers = Answers(answer(policies.questions, raw, inspection.parts))
    context: Context = replace(example_context(), now=datetime.now(UTC), contents=answers)

    def deciding() -> object:
        return decide(inspection, envelope, policies, context, "HY-BENCH")

    matched = len(decide(inspection, envelope, policies, context, "HY-BENCH").outcomes)
    rounds = [(timed(deciding), timed(lambda: baseline(policies, inspection))) for _ in range(ROUNDS)]
    ours, plain = ([row[index] for row in rounds] for index in (0, 1))
    questions = statistics.median(
        timed(lambda: answer(policies.questions, raw, inspection.parts)) for _ in range(ROUNDS)
    )
    p50, p95 = statistics.median(ours), statistics.quantiles(ours, n=20)[-1]
    print(f"{POLICIES} policies, {FINDINGS} findings, {RECIPIENTS} recipients: {matched} policies match")
    print(f"decide              p50 {p50 * 1e3:6.2f} ms   p95 {p95 * 1e3:6.2f} ms")
    print(f"plain loop          p50 {statistics.median(plain) * 1e3:6.2f} ms")
    print(f"headers and names   p50 {questions * 1e3:6.2f} ms   ({len(policies.questions)} questions)")
    return 0 if p50 < LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
