"""Run the tests that policies carry: real MIME messages through the real inspection.

Does:   turns each test's message into RFC 5322 bytes, has them inspected, decides with that
        one policy enforced, and compares with what the test expects.
Never:  sends, stores or acts. The inspection is given by the caller, so that this module
        knows nothing of detectors.
Fails:  never raises on a test: an inspection that raises is a failed test that says so.

The shipped tests run in :func:`example_context`: organisation ``hopital.test``, care units
``cardio@`` and ``labo@hopital.test``, a channel ``mssante`` for two domains that also knows
the secure address of ``dr.durand@cabinet-durand.test``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hygie_detectors.model import Inspection
from hygie_policies.addresses import parse
from hygie_policies.cases import Known, Mail, PolicyTest
from hygie_policies.contents import answer
from hygie_policies.coverage import leaves
from hygie_policies.decide import decide
from hygie_policies.loader import PolicySet, policy_set
from hygie_policies.model import Answers, Context, Decision, Envelope
from hygie_policies.schema import Status
from hygie_policies.yamlfile import Location

Inspect = Callable[[bytes], Inspection]
REFERENCE: Final = "TEST"


class Verdict(StrEnum):
    """What came of a test."""

    PASSED = "passed"
    FAILED = "failed"
    KNOWN_GAP = "known_gap"
    """What happens is still what the known gap says."""
    GAP_CHANGED = "gap_changed"
    """The policy no longer does what the known gap says: it is closed, or another one."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one test. ``differences`` are French, then English."""

    policy: str
    name: str
    verdict: Verdict
    differences: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    leaves: tuple[tuple[Location, bool | None], ...] = ()
    """What each leaf of the policy was, by its place; empty where it could not be asked."""

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class ExampleChannel:
    """A channel that accepts fixed domains and knows some people's secure address."""

    name: str
    domains: frozenset[str]
    mapped: Mapping[str, str] = field(default_factory=dict, repr=False)

    def accepts(self, address: str) -> str | None:
        """Return the secure address of a recipient, or None."""
        parsed = parse(address)
        return address if parsed.domain in self.domains else self.mapped.get(parsed.normal)


def example_context() -> Context:
    """Return the invented hospital in which the shipped tests run."""
    channel = ExampleChannel(
        "mssante",
        frozenset({"medecin.mssante.fr", "chu-exemple.mssante.fr"}),
        MappingProxyType({"dr.durand@cabinet-durand.test": "dr.durand@medecin.mssante.fr"}),
    )
    return Context(
        internal_domains=frozenset({"hopital.test"}),
        lists=MappingProxyType({"care-units": frozenset({"cardio@hopital.test", "labo@hopital.test"})}),
        channels=MappingProxyType({channel.name: channel}),
    )


def run_tests(policies: PolicySet, inspect: Inspect, context: Context) -> Iterator[TestResult]:
    """Run every test of every policy, one result at a time.

    Each policy is judged alone and as if enforced, whatever its status.
    """
    for policy in policies.policies:
        enforced = policy.model_copy(update={"status": Status.ENFORCE})
        alone = policy_set([enforced], shared=policies.shared)
        for test in policy.tests:
            yield _result(test, alone, inspect, context)


def message_bytes(mail: Mail) -> bytes:
    """Return a test message as it would arrive by SMTP, with CRLF line ends."""
    message = EmailMessage(policy=SMTP)
    if mail.from_:
        message["From"] = mail.from_
    message["To"] = ", ".join(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = "Tue, 24 Nov 2026 09:00:00 +0100"
    message["Message-ID"] = "<test@hopital.test>"
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        main, _, sub = attachment.type.partition("/")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    return message.as_bytes()


def envelope_of(mail: Mail, size: int) -> Envelope:
    """Return the envelope of a test message of so many bytes."""
    return Envelope(mail.from_, mail.to, size, authenticated=mail.authenticated, client=mail.client)


@dataclass(frozen=True, slots=True)
class Told:
    """The history that a test tells, whatever the window."""

    known: Known

    def volume(self, measure: str, hours: float) -> int:  # noqa: ARG002 - any window holds what is told
        """Return what the test says of a measure."""
        return next((number for name, number in self.known.volume.items() if name == measure), 0)

    def first_contact(self, recipient: str) -> bool:
        """Tell whether the test says so of a recipient."""
        return recipient in self.known.first_contact


def _result(test: PolicyTest, alone: PolicySet, inspect: Inspect, context: Context) -> TestResult:
    [policy] = alone.policies
    started = time.perf_counter()
    raw = message_bytes(test.message)
    try:
        inspection = inspect(raw)
    except Exception as error:  # noqa: BLE001 - one broken inspection is one failed test
        kind = type(error).__name__
        broken = (f"l'inspection a échoué ({kind})", f"the inspection failed ({kind})")
        return TestResult(policy.id, test.name, Verdict.FAILED, (broken,))
    known = replace(
        context,
        now=test.message.at,
        history=Told(test.history),
        contents=Answers(answer(alone.questions, raw, inspection.parts)),
    )
    envelope = envelope_of(test.message, len(raw))
    decision = decide(inspection, envelope, alone, known, REFERENCE)
    differences = tuple(_compared(test, decision, _seen(inspection)))
    failed = any(outcome.failed for outcome in decision.outcomes)
    return TestResult(
        policy.id,
        test.name,
        _verdict(test, failed=failed, differs=bool(differences)),
        differences,
        time.perf_counter() - started,
        () if failed else tuple(leaves(policy, inspection, envelope, known, alone)),
    )


def _verdict(test: PolicyTest, *, failed: bool, differs: bool) -> Verdict:
    if failed or not test.expect.known_gap:
        return Verdict.FAILED if failed or differs else Verdict.PASSED
    return Verdict.GAP_CHANGED if differs else Verdict.KNOWN_GAP


def _compared(test: PolicyTest, decision: Decision, seen: tuple[str, str]) -> Iterator[tuple[str, str]]:
    expect = test.expect
    if any(outcome.failed for outcome in decision.outcomes):
        yield "la règle n'a pas pu être évaluée", "the policy could not be evaluated"
    if expect.action is not None and expect.action is not decision.action:
        yield (
            f"attendu {expect.action}, obtenu {decision.action} ; {seen[0]}",
            f"expected {expect.action}, got {decision.action}; {seen[1]}",
        )
    got = {recipient.address: recipient.action for recipient in decision.recipients}
    for address, action in (expect.recipients or {}).items():
        if got[address] is not action:
            yield (
                f"{address} : attendu {action}, obtenu {got[address]} ; {seen[0]}",
                f"{address}: expected {action}, got {got[address]}; {seen[1]}",
            )


def _seen(inspection: Inspection) -> tuple[str, str]:
    """Say what the inspection saw, by kind and confidence: enough to see why a test fails."""
    found = sorted({f"{f.kind} ({f.confidence})" for f in inspection.findings})
    found += sorted({f"unread {row.reason}" for row in inspection.unread})
    listed = ", ".join(found)
    return f"constats : {listed or 'aucun'}", f"findings: {listed or 'none'}"
