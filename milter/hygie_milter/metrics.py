"""What operators see in Prometheus: one registry, in the milter process.

Does:   names every metric, with closed label sets initialised to 0, and records a decision.
Never:  labels with anything from a message or a person: actions, ids of loaded policies,
        kinds known to the recognizers, reasons of the closed list.
Fails:  never; an unknown label value is counted under ``other``.
Source: prometheus.io, "Metric and label naming"; ``docs/metrics.md`` has a row for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from hygie_detectors.limits import Limits
from hygie_detectors.model import REASONS, Confidence, Inspection
from hygie_milter.feedback import Judgement
from hygie_milter.journal.purge import Purge
from hygie_milter.mailer import RESULTS
from hygie_milter.workers.pool import RESTART_REASONS
from hygie_policies.model import Action, Decision, Emergency

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45)
"""An ordinary message takes some milliseconds; 45 is the hard deadline, what lies above has expired."""
BYTES: Final = tuple(1024 * 4**n for n in range(9))
STATUSES: Final = ("enforce", "simulate")
FAILURES: Final = ("deadline", "overloaded", "unavailable", "journal", "error")
_KINDS_MAX: Final = 200
"""Kinds come from a worker's answer; beyond so many distinct ones the rest is ``other``."""


class Metrics:
    """The registry and its metrics; thread safe."""

    def __init__(self, version: str) -> None:
        # A series beside each counter that Prometheus makes no use of.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the client has no annotation there
        self.registry = CollectorRegistry()
        r = self.registry
        ProcessCollector(registry=r)
        PlatformCollector(registry=r)
        self.messages = Counter("hygie_messages", "Messages decided.", ["action", "status"], registry=r)
        self.failures = Counter(
            "hygie_failures", "Messages given the failure action.", ["reason"], registry=r
        )
        self.policy_matches = Counter(
            "hygie_policy_matches", "Policies that matched.", ["policy", "status", "action"], registry=r
        )
        self.duration = Histogram(
            "hygie_message_duration_seconds", "End of message to answer.", buckets=SECONDS, registry=r
        )
        self.stage = Histogram(
            "hygie_stage_duration_seconds", "Time of one stage.", ["stage"], buckets=SECONDS, registry=r
        )
        self.size = Histogram("hygie_message_size_bytes", "Size of a message.", buckets=BYTES, registry=r)
        self.findings = Counter("hygie_findings", "Findings.", ["detector", "confidence"], registry=r)
        self.unread = Counter("hygie_incomplete_scans", "Unread parts.", ["reason"], registry=r)
        self.limit_hits = Counter("hygie_limit_hits", "Limits reached.", ["limit"], registry=r)
        self.restarts = Counter("hygie_worker_restarts", "Workers replaced.", ["reason"], registry=r)
        self.workers = Gauge("hygie_workers", "Workers.", ["state"], registry=r)
        self.wait = Histogram("hygie_queue_wait_seconds", "Wait for a worker.", buckets=SECONDS, registry=r)
        self.reload_successful = Gauge(
            "hygie_config_last_reload_successful", "1 when the last (re)load worked.", registry=r
        )
        self.reload_timestamp = Gauge(
            "hygie_config_last_reload_timestamp_seconds", "When the last (re)load worked.", registry=r
        )
        self.journal_sequence = Gauge(
            "hygie_journal_sequence", "Number of the journal's last line.", registry=r
        )
        self.journal_purged = Counter(
            "hygie_journal_purged_lines", "Lines deleted at the end of their retention.", registry=r
        )
        self.journal_errors = Counter(
            "hygie_journal_errors", "Housekeeping of the journal that failed.", ["operation"], registry=r
        )
        self.emergencies = Counter(
            "hygie_emergencies", "Messages with the marker of the emergency lane.", ["result"], registry=r
        )
        self.notices = Counter("hygie_notices", "Letters that Hygie wrote.", ["result"], registry=r)
        for operation in ("sync", "purge"):
            self.journal_errors.labels(operation)
        self.feedback = Counter(
            "hygie_feedback", "Judgements that a decision was wrong.", ["judgement"], registry=r
        )
        for judgement in Judgement:
            self.feedback.labels(judgement)
        self.policy_set = Gauge(
            "hygie_policy_set_info", "The policy set in force.", ["digest", "version"], registry=r
        )
        self.never_simulated = Gauge(
            "hygie_policies_never_simulated", "Enforced policies that never were simulated.", registry=r
        )
        build = Gauge("hygie_build_info", "The version that runs.", ["version"], registry=r)
        build.labels(version).set(1)
        self._kinds: set[str] = set()
        for action in Action:
            for status in STATUSES:
                self.messages.labels(action, status)
        for stage in ("extract", "detect", "decide"):
            self.stage.labels(stage)
        for reason in (*sorted(REASONS), "limit"):
            self.unread.labels(reason)
        for limit in fields(Limits):
            self.limit_hits.labels(limit.name)
        for reason in RESTART_REASONS:
            self.restarts.labels(reason)
        for reason in FAILURES:
            self.failures.labels(reason)
        self._people()

    def _people(self) -> None:
        """Initialise the counters of what people are told, and may do."""
        for emergency in Emergency:
            self.emergencies.labels(emergency)
        for result in RESULTS:
            self.notices.labels(result)

    def policies_loaded(self, digest: str, version: str, policies: Iterable[str]) -> None:
        """Record the policy set in force, and initialise its policies' counters."""
        self.policy_set.clear()
        self.policy_set.labels(digest, version).set(1)
        for policy in policies:
            for status in STATUSES:
                for action in Action:
                    self.policy_matches.labels(policy, status, action)

    def decided(self, inspection: Inspection, decision: Decision, size: int, seconds: float) -> None:
        """Record one decision."""
        if decision.emergency is not None:
            self.emergencies.labels(decision.emergency).inc()
        self.messages.labels(decision.action, "enforce").inc()
        simulated = [r.simulated for r in decision.recipients if r.simulated is not None]
        if simulated:
            self.messages.labels(max(simulated, key=lambda action: action.rank), "simulate").inc()
        for outcome in decision.outcomes:
            status = "simulate" if outcome.simulated else "enforce"
            self.policy_matches.labels(outcome.id, status, outcome.action).inc()
        self.duration.observe(seconds)
        self.size.observe(size)
        for stage, spent in inspection.seconds.items():
            if stage in ("extract", "detect"):
                self.stage.labels(stage).observe(spent)
        for finding in inspection.findings:
            self.findings.labels(self._kind(finding.kind), finding.confidence).inc()
        for unread in inspection.unread:
            reason, _, limit = unread.reason.partition(":")
            self.unread.labels(reason).inc()
            if limit:
                self.limit_hits.labels(limit).inc()

    def purged(self, done: Purge) -> None:
        """Record a purge of the journal; keys that had to stay count as its failure."""
        self.journal_purged.inc(done.lines)
        if done.keys_kept:
            self.journal_failed("purge")

    def journal_failed(self, operation: str) -> None:
        """Record that housekeeping of the journal failed."""
        self.journal_errors.labels(operation).inc()

    def kinds_known(self, kinds: Iterable[str]) -> None:
        """Initialise the counters of the kinds that the recognizers can produce."""
        for kind in kinds:
            self._kinds.add(kind)
            for confidence in Confidence:
                self.findings.labels(kind, confidence)

    def _kind(self, kind: str) -> str:
        if kind not in self._kinds:
            if len(self._kinds) >= _KINDS_MAX or not kind.isidentifier():
                return "other"
            self._kinds.add(kind)
        return kind
