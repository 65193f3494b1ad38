"""The daemon: loads everything, serves Postfix, reloads on HUP, drains on TERM.

Does:   starts the nursery and its workers, the metrics endpoint, then the milter, in this order;
        handles signals in the main thread while libmilter runs in another.
Never:  starts half: whatever is wrong is said before the socket exists, with exit status 2.
Fails:  a reload that does not work keeps what is in force, says why and shows it in a metric.
        When libmilter stops by itself, the process ends with status 1, for the supervisor.
"""

from __future__ import annotations

import contextlib
import errno
import grp
import importlib.metadata
import logging
import os
import queue
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hygie_milter import selftest
from hygie_milter.approvals.desk import open_desk
from hygie_milter.emergency import Desk
from hygie_milter.feedback import Tail
from hygie_milter.health import HealthServer
from hygie_milter.journal.keys import KeyRingError, load_ring
from hygie_milter.journal.lines import Event
from hygie_milter.journal.storage import Journal, JournalBusyError, prepare
from hygie_milter.journal.upkeep import Upkeep
from hygie_milter.lifecycle import in_force, last_in_force, never_simulated
from hygie_milter.mailer import Mailer
from hygie_milter.metrics import Metrics
from hygie_milter.postfix.session import Listener
from hygie_milter.runtime import Runtime, load_runtime
from hygie_milter.service import Service
from hygie_milter.settings import Endpoint, JournalSettings, Settings
from hygie_milter.workers.pool import Pool, Unavailable
from hygie_policies import messages
from hygie_policies.loader import PolicySet
from hygie_policies.yamlfile import YamlError

log: Final = logging.getLogger("hygie")


class StartError(Exception):
    """Why Hygie does not start, in one line a person can act on."""


class Gate:
    """Counts the messages in progress, and takes no new one once it is shut."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._open = True

    def enter(self) -> bool:
        """Start a message; False once the gate is shut."""
        with self._changed:
            if self._open:
                self._inside += 1
            return self._open

    def leave(self) -> None:
        """End a message."""
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def shut(self, seconds: float) -> bool:
        """Take no new message, wait for those inside; tell whether all have left."""
        with self._changed:
            self._open = False
            return self._changed.wait_for(lambda: self._inside == 0, seconds)


def serve(config: Path) -> int:
    """Run the daemon until a signal ends it; return the exit status."""
    try:
        runtime = load_runtime(config)
        check_socket(runtime.settings.milter)
        daemon = Daemon(config, runtime)
    except (YamlError, StartError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return daemon.run()


class Daemon:
    """Everything that runs, from start to stop."""

    def __init__(self, config: Path, runtime: Runtime) -> None:
        """Start the parts one by one; raises :class:`StartError` with nothing left running."""
        self._config = config
        self._events: queue.SimpleQueue[int] = queue.SimpleQueue()
        settings = runtime.settings
        self._metrics = Metrics(importlib.metadata.version("hygie"))
        self._gate = Gate()
        self._self_tested = False
        self._hurried = False
        with contextlib.ExitStack() as started:
            self._journal = open_journal(settings.journal)
            if self._journal is not None:
                started.callback(self._journal.close)
            self._told = last_told(self._journal, runtime.policies)
            self._feedback = Tail(self._journal) if self._journal is not None else None
            try:
                self._health = HealthServer(
                    settings.metrics.address, self._metrics.registry, self._why_not_ready, self._refresh
                )
            except OSError as error:
                raise StartError(f"metrics.listen {settings.metrics.listen}: {error.strerror}") from error
            started.callback(self._health.stop)
            self._health.start()
            try:
                self._pool = Pool(
                    settings.workers_value(),
                    settings.limits_value(),
                    recognizers_file=settings.recognizers.file,
                    templates_file=settings.templates.file,
                    on_restart=lambda reason: self._metrics.restarts.labels(reason).inc(),
                    on_wait=self._metrics.wait.observe,
                )
            except Unavailable as error:
                raise StartError(f"workers: {error}") from error
            started.callback(self._pool.close)
            self._service = Service(runtime, self._pool, self._metrics, self._journal)
            self._start_people(settings, started)
            self._self_test()
            self._in_force(runtime)
            if self._journal is not None:
                self._start_upkeep(self._journal, settings.journal, started)
            self._listener = Listener(
                self._service,
                self._gate,
                settings.milter.socket,
                socket_group(settings.milter),
                settings.limits_value().message_max_bytes,
            )
            self._stop_all = started.pop_all()

    def run(self) -> int:
        """Serve until TERM or INT; return the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda caught, _frame: self._events.put(caught))
        self._listener.start()
        self._stop_all.callback(self._listener.stop)  # whatever ends this loop, nothing half alive stays
        log.info("serving socket=%s policies=%s", self._service.runtime.settings.milter.socket, self._digest)
        with self._stop_all:
            while self._listener.is_alive():
                if not self._listener.is_reachable():
                    log.error("stopped reason=socket: it was removed or replaced; Postfix finds us no more")
                    self._drain()
                    return 1
                try:
                    event = self._events.get(timeout=0.2)
                except queue.Empty:
                    continue
                if event == signal.SIGHUP:
                    self._reload()
                else:
                    self._drain()
                    return 0
        log.error("stopped reason=libmilter error=%s", self._listener.error)
        return 1

    @property
    def _digest(self) -> str:
        return self._service.runtime.policies.short_digest

    def _drain(self) -> None:
        seconds = self._service.runtime.settings.milter.drain_seconds
        log.info("draining")
        self._listener.stop_accepting()
        if not self._gate.shut(seconds):
            log.warning("drain reason=timeout; Postfix retries what was cut")
        self._listener.stop()
        self._tell(Event.STOPPED)
        log.info("stopped")

    def _reload(self) -> None:
        """Load everything anew; keep what is in force when anything is wrong."""
        old = self._service.runtime
        try:
            new = load_runtime(self._config)
            files = (old.settings.recognizers.file, new.settings.recognizers.file)
            forms = (new.templates, new.settings.templates) != (old.templates, old.settings.templates)
            if new.settings.limits != old.settings.limits or any(files) or forms:
                self._pool.reload(
                    new.settings.limits_value(), new.settings.recognizers.file, new.settings.templates.file
                )
        except Exception as error:  # noqa: BLE001 - whatever it is, mail goes on under what is in force
            why = error if isinstance(error, YamlError | Unavailable) else repr(error)
            self._metrics.reload_successful.set(0)
            log.error("reload failed, still in force: policies=%s\n%s", self._digest, why)  # noqa: TRY400 - the text says it all
            self._tell(Event.RELOADED, ok=False)
            return
        for name in ("milter", "workers", "metrics", "journal", "notices", "approvals"):
            if getattr(new.settings, name) != getattr(old.settings, name):
                log.warning("reload: changes of %s need a restart", name)
        self._service.runtime = new
        self._listener.limit_body(new.settings.limits_value().message_max_bytes)
        self._in_force(new)
        self._renew_keys()
        self._tell(Event.RELOADED, ok=True, **self._told)
        log.info("reloaded policies=%s", self._digest)

    def _start_people(self, settings: Settings, started: contextlib.ExitStack) -> None:
        """Start what the emergency lane and approvals need, also where a reload only will name them."""
        if self._journal is None or not settings.notices.smtp:
            return
        count = self._metrics.notices
        mailer = Mailer(
            *settings.notices.address, settings.notices.sender, lambda result: count.labels(result).inc()
        )
        try:
            self._service.desk = Desk(self._journal, mailer.send, datetime.now(UTC))
        except OSError as error:
            raise StartError(f"journal.folder: {error.strerror}; run: hygie journal verify") from error
        try:
            self._service.approvals = desk = open_desk(settings.approvals, mailer.send)
            if desk is not None:
                desk.ledger.prune(datetime.now(UTC))
        except (OSError, KeyRingError) as error:
            raise StartError(f"approvals.folder {settings.approvals.folder}: {error}") from error
        mailer.start()
        started.callback(mailer.stop)

    def _start_upkeep(
        self, journal: Journal, settings: JournalSettings, started: contextlib.ExitStack
    ) -> None:
        self._tell(Event.STARTED, version=importlib.metadata.version("hygie"), **self._told)
        upkeep = Upkeep(journal, settings, self._metrics.purged, self._metrics.journal_failed)
        upkeep.start()
        started.callback(upkeep.stop)

    def _tell(self, event: Event, **fields: Any) -> None:
        """Write what happened to the daemon itself; what cannot be written is said in the log only."""
        if self._journal is None:
            return
        try:
            self._journal.write(event, {**fields, "policy_digest": self._service.runtime.policies.digest})
        except OSError as error:
            log.error("journal: %s not written: %s", event, error.strerror)  # noqa: TRY400 - one line

    def _renew_keys(self) -> None:
        """Use the key that ``hygie journal rotate-key`` made."""
        ring_file = self._service.runtime.settings.journal.ring_file
        if self._journal is None or ring_file is None:
            return
        try:
            self._journal.reopen(load_ring(ring_file))
        except KeyRingError as error:
            log.error("journal: the old keys stay in use: %s", error)  # noqa: TRY400 - one line

    def _in_force(self, runtime: Runtime) -> None:
        for warning in runtime.warnings:
            log.warning("%s", warning)
        self._told = in_force(runtime.policies, self._told)
        rash = never_simulated(runtime.policies, self._told)
        self._metrics.never_simulated.set(len(rash))
        for name in rash:
            log.warning("policy %s is enforced and never was simulated; see hygie policy status", name)
        self._metrics.policies_loaded(
            runtime.policies.short_digest,
            runtime.policies.version,
            (p.id for p in runtime.policies.evaluated),
        )
        self._metrics.kinds_known(messages.texts().kinds)
        self._metrics.reload_successful.set(1)
        self._metrics.reload_timestamp.set_to_current_time()

    def _self_test(self) -> None:
        """Inspect a message in which findings must be made: models, workers and readers all work."""
        now = time.monotonic()
        try:
            inspection = self._pool.inspect(selftest.MESSAGE, now + 30, now + 45)
        except Exception as error:
            raise StartError(f"self-test: {error}") from error
        if not selftest.passes(inspection):
            raise StartError("self-test: our own test message was not recognised; run: hygie check")
        self._self_tested = True

    def _why_not_ready(self) -> str | None:
        if not self._self_tested:
            return "starting"
        if not hasattr(self, "_listener") or not self._listener.is_alive():
            return "the milter does not listen"
        if not self._listener.is_reachable():
            return "the milter's socket was removed or replaced"
        return None

    def _refresh(self) -> None:
        if hasattr(self, "_pool"):
            for state, count in self._pool.counts.items():
                self._metrics.workers.labels(state).set(count)
        if self._journal is not None:
            self._metrics.journal_sequence.set(self._journal.head.seq)
        if self._feedback is not None:
            with contextlib.suppress(OSError):  # the next scrape goes on from there
                for judgement in self._feedback.new():
                    self._metrics.feedback.labels(judgement).inc()


def open_journal(settings: JournalSettings) -> Journal | None:
    """Open the daemon's journal, None where none is kept; raises :class:`StartError`."""
    if settings.folder is None or settings.ring_file is None:
        return None
    try:
        return Journal(settings.folder, prepare(settings.folder, settings.ring_file), daemon=True)
    except JournalBusyError:
        raise StartError(
            f"journal.folder {settings.folder}: another daemon keeps this journal; give each its own folder"
        ) from None
    except KeyRingError as error:
        raise StartError(f"journal.key_file {error}") from error
    except OSError as error:
        raise StartError(
            f"journal.folder {settings.folder}: {error.strerror}; the folder above it and that of key_file"
            " must exist and be this user's"
        ) from error


def last_told(journal: Journal | None, policies: PolicySet) -> Mapping[str, Any]:
    """Return what the journal told of the last set in force; raises :class:`StartError`.

    Without a journal nobody knows what was simulated before this start: the set is taken as it is.
    """
    if journal is None:
        return {"seen": [policy.id for policy in policies.policies]}
    try:
        return last_in_force(journal.folder, journal.ring)
    except OSError as error:
        raise StartError(f"journal.folder: {error.strerror}; run: hygie journal verify") from error


def check_socket(milter: Endpoint) -> None:
    """Raise :class:`StartError` when the socket cannot be made, or is served already."""
    path = milter.unix_path
    if path is None:
        _check_port(milter)
        return
    if not path.parent.is_dir():
        raise StartError(f"milter.socket {path}: the folder {path.parent} does not exist; make it (mkdir -p)")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StartError(f"milter.socket {path}: no permission to write in {path.parent}")
    if len(os.fsencode(path)) > _SOCKET_PATH_MAX:
        raise StartError(
            f"milter.socket {path}: longer than {_SOCKET_PATH_MAX} bytes, which is all a unix socket takes"
        )
    try:
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:  # what root may write to may still take no file: /proc, a read-only disk
        raise StartError(
            f"milter.socket {path}: nothing can be made in {path.parent} ({error.strerror})"
        ) from error
    if path.exists() and not path.is_socket():
        raise StartError(f"milter.socket {path}: exists and is no socket; remove it or choose another path")
    if path.exists() and _answers(path):
        raise StartError(f"milter.socket {path}: another process serves it; stop that one first")
    socket_group(milter)


def _check_port(milter: Endpoint) -> None:
    port, _, host = milter.socket.removeprefix("inet:").partition("@")
    host = host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "another process serves it; stop that one first" if taken else error.strerror or str(error)
            raise StartError(f"milter.socket {milter.socket}: {why}") from error
        except OverflowError:
            raise StartError(f"milter.socket {milter.socket}: a port is at most 65535") from None


_SOCKET_PATH_MAX: Final = 107


def socket_group(milter: Endpoint) -> int | None:
    """Return the id of the socket's group; None when this process may not give it away and owns it alone."""
    if milter.unix_path is None:
        return None
    try:
        group = grp.getgrnam(milter.socket_group).gr_gid
    except KeyError:
        raise StartError(
            f"milter.socket_group {milter.socket_group}: no such group; is Postfix installed?"
        ) from None
    if os.geteuid() != 0 and group not in (os.getegid(), *os.getgroups()):
        raise StartError(
            f"milter.socket_group {milter.socket_group}: this user is not in the group (usermod -aG)"
        )
    return group


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError as error:
            return error.errno not in (errno.ECONNREFUSED, errno.ENOENT)
        return True
