"""Scanning outside Postfix: the milter's own way through the house, for ``hygie scan``.

Does:   inspects a message in a worker and decides, with the settings' policies or the shipped ones.
Never:  differs from the milter: the same pool, the same ``decide``.
Fails:  ``YamlError`` or ``Unavailable`` at start. A message that no worker could take is reported
        with one unread part, reason ``engine``.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self, TypeVar

from hygie_detectors.limits import Limits
from hygie_detectors.model import Inspection, Part, Unread
from hygie_milter.channels.mssante import PROFESSION_DOMAINS, ListedChannel
from hygie_milter.postfix.paths import INTERNAL_SUFFIX
from hygie_milter.report import report
from hygie_milter.runtime import load_runtime
from hygie_milter.service import new_reference
from hygie_milter.settings import BUILT_IN_LISTS
from hygie_milter.sources import envelope_of
from hygie_milter.workers.pool import Overloaded, Pool, Unavailable, WorkerSettings
from hygie_policies import shipped
from hygie_policies.contents import answer
from hygie_policies.decide import decide
from hygie_policies.loader import PolicySet, load_policies
from hygie_policies.model import Answers, Context, Decision, Envelope

Item = TypeVar("Item")
Result = TypeVar("Result")

OUTSIDE: Final = "destinataire@exterieur.invalid"
"""The recipient of a message that names none: somebody outside."""
WARM_FROM: Final = 4
"""From so many messages on, loading the models once before forking beats loading them when needed."""
_SOFT_SECONDS: Final = 60.0
"""Nobody's mail waits behind a scan: it may take longer than in Postfix."""
_HARD_SECONDS: Final = 600.0


class Scanner:
    """Scans messages; safe to call from ``jobs`` threads."""

    def __init__(self, config: Path | None, jobs: int, *, warm: bool) -> None:
        """Load the settings (None: the shipped policies alone) and start the workers."""
        self.jobs = jobs
        limits, workers, recognizers, templates = Limits(), WorkerSettings(), None, None
        if config is not None:
            runtime = load_runtime(config)
            self._policies, self._context = runtime.policies, runtime.context
            limits, workers = runtime.settings.limits_value(), runtime.settings.workers_value()
            recognizers, templates = runtime.settings.recognizers.file, runtime.settings.templates.file
        else:
            self._policies, self._context = load_policies(shipped.library()), default_context()
        workers = replace(workers, count=jobs, waiting_max=4 * jobs)
        self._limits = limits
        self._pool = Pool(workers, limits, recognizers_file=recognizers, templates_file=templates, warm=warm)

    def scan(self, name: str, raw: bytes, sender: str | None, recipients: tuple[str, ...]) -> dict[str, Any]:
        """Return the report of one message (see :mod:`hygie_milter.report`)."""
        envelope = envelope_for(raw, sender, recipients)
        inspection = self.inspect(raw)
        started = time.monotonic()
        decision = self.decide(inspection, envelope, raw)
        return report(name, inspection, decision, time.monotonic() - started)

    def inspect(self, raw: bytes) -> Inspection:
        """Return the inspection of one message, in a worker."""
        kept = raw[: self._limits.message_max_bytes]
        now = time.monotonic()
        try:
            inspection = self._pool.inspect(kept, now + _SOFT_SECONDS, now + _HARD_SECONDS)
        except (Overloaded, Unavailable):
            inspection = _unread("engine", Inspection((Part("message", "message/rfc822", len(raw)),), (), ()))
        return inspection if len(kept) == len(raw) else _unread("limit:message_max_bytes", inspection)

    def decide(self, inspection: Inspection, envelope: Envelope, raw: bytes) -> Decision:
        """Return what would become of each recipient's copy, were it sent now and the sender's first."""
        context = replace(self._context, now=datetime.now(UTC))
        return decided(inspection, envelope, raw, self._policies, context)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the workers."""
        self._pool.close()


def envelope_for(raw: bytes, sender: str | None = None, recipients: tuple[str, ...] = ()) -> Envelope:
    """Return the envelope as given, else as the headers have it, and to somebody outside without."""
    named_sender, named_recipients = envelope_of(raw)
    return Envelope(
        sender=named_sender if sender is None else sender,
        recipients=tuple(dict.fromkeys(recipients or named_recipients or (OUTSIDE,))),
        size=len(raw),
    )


def decided(
    inspection: Inspection, envelope: Envelope, raw: bytes, policies: PolicySet, context: Context
) -> Decision:
    """Decide one message; what the policies ask of its texts is answered from it."""
    answers = Answers(answer(policies.questions, raw, inspection.parts))
    return decide(inspection, envelope, policies, replace(context, contents=answers), new_reference())


def default_context() -> Context:
    """Return the context of a scan without settings: every recipient is outside, professions are secure."""
    channel = ListedChannel("mssante", PROFESSION_DOMAINS, MappingProxyType({}), "mssante" + INTERNAL_SUFFIX)
    return Context(lists={name: frozenset() for name in BUILT_IN_LISTS}, channels={"mssante": channel})


def in_order(work: Callable[[Item], Result], todo: Iterable[Item], jobs: int) -> Iterator[Result]:
    """Run the work on several at once and yield the results in order, a bounded number ahead."""
    executor = ThreadPoolExecutor(jobs)
    try:
        ahead: deque[Future[Result]] = deque()
        for item in todo:
            ahead.append(executor.submit(work, item))
            if len(ahead) >= 2 * jobs:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:  # interrupted: what runs is cut when the workers end, what waits never starts
        executor.shutdown(wait=False, cancel_futures=True)


def _unread(reason: str, inspection: Inspection) -> Inspection:
    return replace(inspection, unread=(*inspection.unread, Unread("message", reason, attachment=True)))
