"""The points that ``hygie check`` looks at.

Does:   looks at each thing that Hygie needs and that people get wrong, and says what to do.
Never:  changes anything; Postfix is only asked (``postconf``), its files are not read.
Fails:  a point that cannot be looked at is a warning that says why.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from hygie_milter.postfix.paths import INTERNAL_SUFFIX
from hygie_milter.postfix.plan import REFUSED_DOMAIN
from hygie_milter.runtime import Runtime, load_runtime
from hygie_milter.selftest import MESSAGE, passes
from hygie_milter.serve import StartError, check_socket
from hygie_milter.workers.pool import Overloaded, Pool, Unavailable
from hygie_milter.workers.sandbox import has_seccomp
from hygie_policies.yamlfile import YamlError

_ASK_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Point:
    """One thing looked at. ``text`` says what is, and what to do when it is wrong."""

    level: Literal["ok", "warning", "error"]
    name: str
    text: str


def diagnose(config: Path, postfix: Path | None) -> Iterator[Point]:
    """Yield the points; the first error in the settings ends the list, since all else hangs on them."""
    try:
        runtime = load_runtime(config)
    except YamlError as error:
        for problem in error.problems:
            yield Point("error", "configuration", str(problem))
        return
    yield Point("ok", "settings", str(config))
    policies = runtime.policies.policies
    yield Point("ok", "policies", f"{len(policies)}, digest {runtime.policies.short_digest}")
    for warning in runtime.warnings:
        yield Point("warning", "policies", warning)
    if not runtime.settings.organisation.domains:
        yield Point("warning", "organisation.domains", "empty: mail to your own colleagues counts as leaving")
    yield from _socket(runtime)
    yield from _files(runtime)
    yield _metrics(runtime)
    yield from _workers(runtime)
    yield from _postfix(runtime, postfix)


def _socket(runtime: Runtime) -> Iterator[Point]:
    milter = runtime.settings.milter
    try:
        check_socket(milter)
    except StartError as error:
        running = "another process serves it" in str(error)
        yield Point(
            "ok" if running else "error", "socket", f"{milter.socket} is served" if running else str(error)
        )
        return
    if milter.unix_path is None:
        yield Point(
            "warning", "socket", f"{milter.socket}: Postfix loses 40 ms a message on inet:; prefer unix:"
        )
    else:
        yield Point("ok", "socket", milter.socket)


def _files(runtime: Runtime) -> Iterator[Point]:
    journal = runtime.settings.journal.path
    if journal is None:
        yield Point("warning", "journal", "journal.path is not set: decisions are not written down")
    elif not os.access(journal if journal.exists() else journal.parent, os.W_OK):
        yield Point(
            "error", "journal", f"{journal} cannot be written; make its folder writable for this user"
        )
    else:
        yield Point("ok", "journal", str(journal))


def _metrics(runtime: Runtime) -> Point:
    listen = runtime.settings.metrics.listen
    host, port = runtime.settings.metrics.address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Point("warning", "metrics", f"{listen}: {error.strerror} (normal while Hygie runs)")
    return Point("ok", "metrics", listen)


def _workers(runtime: Runtime) -> Iterator[Point]:
    """Start one worker as the daemon does and let it read the self-test: models, libmagic, readers."""
    settings = replace(runtime.settings.workers_value(), count=1)
    try:
        pool = Pool(
            settings, runtime.settings.limits_value(), recognizers_file=runtime.settings.recognizers.file
        )
    except Unavailable as error:
        yield Point(
            "error", "workers", f"{error}; the packages of deploy/debian/packages.txt must be installed"
        )
        return
    try:
        started = time.monotonic()
        inspection = pool.inspect(MESSAGE, started + 30, started + 45)
    except (Overloaded, Unavailable) as error:
        yield Point("error", "workers", str(error))
        return
    finally:
        pool.close()
    if passes(inspection):
        yield Point("ok", "workers", "models, libmagic and readers work; the self-test was recognised")
    else:
        unread = ", ".join(sorted({u.reason for u in inspection.unread})) or "nothing was found"
        yield Point(
            "error", "workers", f"the self-test message was not recognised ({unread}); reinstall Hygie"
        )
    if settings.seccomp and not has_seccomp():
        yield Point("warning", "seccomp", "libseccomp is absent: apt-get install libseccomp2")


def _postfix(runtime: Runtime, folder: Path | None) -> Iterator[Point]:
    if shutil.which("postconf") is None:
        yield Point("warning", "postfix", "postconf is not on the PATH: Postfix's side was not looked at")
        return
    values = {
        name: _postconf(folder, name)
        for name in (
            "smtpd_milters",
            "non_smtpd_milters",
            "transport_maps",
            "milter_default_action",
            "bounce_size_limit",
        )
    }
    if any(value is None for value in values.values()):
        yield Point(
            "warning",
            "postfix",
            "postconf could not read its configuration: Postfix's side was not looked at",
        )
        return
    name = (
        Path(runtime.settings.milter.socket).name
        if runtime.settings.milter.unix_path
        else runtime.settings.milter.socket
    )
    for setting, meaning in (("smtpd_milters", "mail by SMTP"), ("non_smtpd_milters", "mail by sendmail(1)")):
        value = (values[setting] or "").replace("$smtpd_milters", values["smtpd_milters"] or "")
        if name in value:
            yield Point("ok", "postfix", f"{setting} names the socket")
        else:
            yield Point(
                "error",
                "postfix",
                f"{setting} does not name {name}: {meaning} passes around Hygie; see README",
            )
        if name in value and "default_action" not in value and values["milter_default_action"] == "accept":
            yield Point(
                "error", "postfix", f"{setting}: default_action=accept lets mail pass when Hygie is down"
            )
    domains = {c.postfix_domain for c in runtime.channels.values()} | {REFUSED_DOMAIN}
    for domain in sorted(domains):
        if _transport(values["transport_maps"] or "", domain, folder):
            yield Point("ok", "postfix", f"transport_maps carries {domain}")
        else:
            text = f"transport_maps has no entry for {domain}: such copies would go the normal way"
            yield Point("error", "postfix", f"{text}; see deploy/postfix")
    if values["bounce_size_limit"] != "1":
        yield Point(
            "warning",
            "postfix",
            "bounce_size_limit is not 1: a bounce carries the whole message back in clear",
        )
    if not _asked(folder, "smtpd_recipient_restrictions", INTERNAL_SUFFIX.removeprefix(".")):
        yield Point(
            "warning",
            "postfix",
            f"clients may address {INTERNAL_SUFFIX} domains until Hygie sees it; see README",
        )


def _postconf(folder: Path | None, name: str) -> str | None:
    command = ["postconf", *(["-c", str(folder.resolve())] if folder else []), "-x", "-h", name]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)  # noqa: S603 - postconf
    return answer.stdout.strip() if answer.returncode == 0 else None


def _asked(folder: Path | None, name: str, word: str) -> bool:
    return word in (_postconf(folder, name) or "")


def _transport(maps: str, domain: str, folder: Path | None) -> bool:
    """Tell whether a transport table answers for the domain."""
    for table in maps.replace(",", " ").split():
        command = ["postmap", *(["-c", str(folder.resolve())] if folder else []), "-q", domain, table]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)  # noqa: S603 - postmap
        if answer.returncode == 0 and answer.stdout.strip():
            return True
    return False
