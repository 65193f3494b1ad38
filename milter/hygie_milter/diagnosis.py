"""The points that ``hygie check`` looks at.

Does:   looks at each thing that Hygie needs and that people get wrong, and says what to do.
Never:  changes anything; Postfix is only asked, through its own tools.
Fails:  a point that cannot be looked at is a warning that says why.
"""

from __future__ import annotations

import grp
import http.client
import os
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from hygie_milter.journal.keys import KeyRingError, load_ring
from hygie_milter.journal.lines import journal_files
from hygie_milter.postfix.installed import AskError, Milter, Postfix, Service, may_enter, milters
from hygie_milter.postfix.paths import INTERNAL_SUFFIX
from hygie_milter.postfix.plan import REFUSED_DOMAIN
from hygie_milter.runtime import Runtime, load_runtime
from hygie_milter.selftest import MESSAGE, passes
from hygie_milter.serve import StartError, check_socket
from hygie_milter.settings import Endpoint, JournalSettings
from hygie_milter.workers.pool import Overloaded, Pool, Unavailable
from hygie_milter.workers.sandbox import has_seccomp
from hygie_policies.yamlfile import YamlError, both

_ASK_SECONDS: Final = 5
_WAYS_IN: Final = (
    ("smtpd_milters", "smtpd", "le courrier par SMTP", "mail by SMTP"),
    ("non_smtpd_milters", "cleanup", "le courrier par sendmail(1)", "mail by sendmail(1)"),
)
"""Each list of milters, the program that connects, and what comes that way."""

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing looked at. ``text`` says what is, and what to do when it is wrong: French, then English."""

    level: Level
    name: str
    text: str


def diagnose(config: Path, postfix: Path | None) -> Iterator[Point]:
    """Yield the points; the first error in the settings ends the list, since all else hangs on them."""
    try:
        runtime = load_runtime(config)
    except YamlError as error:
        for problem in error.problems:
            yield Point("error", "settings", str(problem))
        return
    yield Point("ok", "settings", str(config))
    policies = runtime.policies.policies
    yield Point("ok", "policies", f"{len(policies)}, {runtime.policies.short_digest}")
    for warning in runtime.warnings:
        yield Point("warning", "policies", warning)
    if not runtime.settings.organisation.domains:
        yield _warning(
            "organisation",
            "domains est vide : un message à vos propres collègues compte comme sortant",
            "domains is empty: mail to your own colleagues counts as leaving",
        )
    yield _socket(runtime.settings.milter)
    yield _journal(runtime.settings.journal)
    yield _metrics(runtime.settings.metrics.listen, runtime.settings.metrics.address)
    recognizers = _recognizers(runtime.settings.recognizers.file)
    yield recognizers
    if recognizers.level == "ok":  # a worker would not start
        yield from _workers(runtime)
    yield from _postfix(runtime, Postfix(postfix))


def _error(name: str, french: str, english: str) -> Point:
    return Point("error", name, both(french, english))


def _warning(name: str, french: str, english: str) -> Point:
    return Point("warning", name, both(french, english))


# --- Hygie's side ---------------------------------------------------------------------------------------


def _socket(milter: Endpoint) -> Point:
    try:
        check_socket(milter)
    except StartError as error:
        if "another process serves it" in str(error):
            return Point("ok", "socket", f"{milter.socket}, Hygie répond / Hygie answers")
        return Point("error", "socket", str(error))
    if milter.unix_path is None:
        return _warning(
            "socket",
            f"{milter.socket} : par inet:, Postfix perd 40 ms à chaque message ; préférez unix:",
            "over inet: Postfix loses 40 ms a message; prefer unix:",
        )
    return Point("ok", "socket", milter.socket)


def _journal(settings: JournalSettings) -> Point:
    folder, ring = settings.folder, settings.ring_file
    if folder is None or ring is None:
        return _warning(
            "journal",
            "journal.folder n'est pas réglé : aucune décision n'est consignée",
            "journal.folder is not set: decisions are not written down",
        )
    for needed in (folder.parent, ring.parent):
        if not needed.is_dir():
            return _error(
                "journal",
                f"{needed} : le dossier n'existe pas ; créez-le : install -d -m 0750 -o UTILISATEUR {needed}",
                f"the folder does not exist; make it: install -d -m 0750 -o USER {needed}",
            )
    if not os.access(folder if folder.exists() else folder.parent, os.W_OK | os.X_OK):
        return _error(
            "journal",
            f"{folder} : écriture interdite ; donnez-le à l'utilisateur de Hygie (chown)",
            "writing is forbidden; give it to the user that runs Hygie (chown)",
        )
    if ring.exists() or (folder.is_dir() and journal_files(folder)):
        try:
            load_ring(ring)
        except KeyRingError as error:
            return _error("journal", f"{ring} : {error.french}", error.english)
    return Point("ok", "journal", str(folder))


def _metrics(listen: str, address: tuple[str, int]) -> Point:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if _is_hygie(address):
                return Point("ok", "metrics", f"{listen}, Hygie répond / Hygie answers")
            return _error(
                "metrics",
                f"{listen} : adresse indisponible ({error.strerror}) ; libérez-la ou changez metrics.listen",
                f"not available ({error.strerror}); free it or change metrics.listen",
            )
    return Point("ok", "metrics", listen)


def _is_hygie(address: tuple[str, int]) -> bool:
    connection = http.client.HTTPConnection(*address, timeout=_ASK_SECONDS)
    try:
        connection.request("GET", "/metrics")
        return b"hygie_build_info" in connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _recognizers(file: Path | None) -> Point:
    """Build the security team's own, of its file and of installed distributions."""
    from hygie_detectors.engine import team_of  # noqa: PLC0415 - loads Presidio; only this point needs it

    try:
        team = team_of(file)
    except ValueError as error:
        return Point("error", "recognizers", str(error))
    kinds = ", ".join(kind for entry in team.recognizers for kind in entry.kinds) or "-"
    return Point("ok", "recognizers", f"les vôtres / of your own: {kinds}")


def _workers(runtime: Runtime) -> Iterator[Point]:
    """Start one worker as the daemon does and let it read the self-test: models, libmagic, readers."""
    settings = replace(runtime.settings.workers_value(), count=1)
    try:
        pool = Pool(
            settings,
            runtime.settings.limits_value(),
            recognizers_file=runtime.settings.recognizers.file,
            templates_file=runtime.settings.templates.file,
        )
    except Unavailable as error:
        yield _error(
            "workers",
            f"ils ne démarrent pas ({error}) ; lancez make setup, qui installe ce qui manque",
            f"they do not start ({error}); run make setup, which installs what is missing",
        )
        return
    try:
        started = time.monotonic()
        inspection = pool.inspect(MESSAGE, started + 30, started + 45)
    except (Overloaded, Unavailable) as error:
        yield _error("workers", f"ils n'ont pas répondu ({error})", f"they did not answer ({error})")
        return
    finally:
        pool.close()
    if passes(inspection):
        yield Point("ok", "workers", "message d'essai reconnu / self-test message recognised")
    else:
        unread = ", ".join(sorted({u.reason for u in inspection.unread})) or "-"
        yield _error(
            "workers",
            f"le message d'essai n'est pas reconnu (non lu : {unread}) ; lancez make setup",
            f"the self-test message is not recognised (unread: {unread}); run make setup",
        )
    if settings.seccomp and not has_seccomp():
        yield _warning(
            "workers",
            "libseccomp manque, ils gardent le réseau : apt-get install libseccomp2",
            "libseccomp is absent, they keep the network: apt-get install libseccomp2",
        )


# --- Postfix's side -------------------------------------------------------------------------------------


def _postfix(runtime: Runtime, postfix: Postfix) -> Iterator[Point]:
    try:
        if shutil.which("postconf") is None:
            raise AskError("postconf is not on the PATH")  # noqa: TRY301 - one way to say it for all causes
        services = postfix.services()
        yield from _way_in(runtime, postfix, services)
        yield from _socket_seen(runtime.settings.milter, postfix)
        yield from _ways_out(runtime, postfix, services)
        yield from _the_rest(postfix)
    except AskError as error:
        yield _warning(
            "postfix", f"il n'a pas pu être interrogé : {error}", "it could not be asked; see the line above"
        )


def _way_in(runtime: Runtime, postfix: Postfix, services: list[Service]) -> Iterator[Point]:
    """Tell whether each way into the queue leads through Hygie, and what happens while Hygie is down."""
    for setting, program, french, english in _WAYS_IN:
        users = [service for service in services if service.program == program]
        chrooted = any(service.chrooted for service in users)
        value = postfix.setting(setting)
        milter = _ours(runtime, postfix, value, chrooted=chrooted)
        if milter is None:
            yield _not_named(runtime, setting, value, (french, english), chrooted=chrooted)
            continue
        yield Point("ok", "postfix", f"{setting} = {milter.endpoint}")
        yield from _answers(runtime, postfix, setting, milter)
        yield from _overridden(runtime, postfix, setting, users)


def _ours(runtime: Runtime, postfix: Postfix, value: str, *, chrooted: bool) -> Milter | None:
    socket_setting = runtime.settings.milter.socket
    found = (m for m in milters(value) if postfix.reaches(m.endpoint, socket_setting, chrooted=chrooted))
    return next(found, None)


def _not_named(runtime: Runtime, setting: str, value: str, what: tuple[str, str], *, chrooted: bool) -> Point:
    name = Path(runtime.settings.milter.socket).name
    if not any(name in milter.endpoint for milter in milters(value)):
        return _error(
            "postfix",
            f"{setting} ne nomme pas Hygie : {what[0]} passe à côté ; voir README, étape 4",
            f"{setting} does not name Hygie: {what[1]} passes around it; see README, step 4",
        )
    jail = " (chroot)" if chrooted else ""
    return _error(
        "postfix",
        f"{setting} = {value} : vu de Postfix{jail}, ce chemin n'est pas {runtime.settings.milter.socket} ;"
        " donnez-le sans / initial, relatif à queue_directory, et mettez le socket sous ce dossier",
        f"seen from Postfix{jail} this path is not {runtime.settings.milter.socket};"
        " give it without leading /, relative to queue_directory, and put the socket below that folder",
    )


def _answers(runtime: Runtime, postfix: Postfix, setting: str, milter: Milter) -> Iterator[Point]:
    """Say what Postfix does while Hygie is down or slow."""
    action = milter.options.get("default_action") or postfix.setting("milter_default_action")
    if action == "accept":
        yield _error(
            "postfix",
            f"{setting} : default_action=accept laisse tout partir quand Hygie est arrêté ; mettez tempfail",
            "default_action=accept lets everything out while Hygie is down; say tempfail",
        )
    elif "default_action" not in milter.options:
        yield _warning(
            "postfix",
            f"{setting} : default_action n'est pas dit pour Hygie, et son défaut change selon Postfix ;"
            " ajoutez default_action=tempfail",
            "default_action is not said for Hygie, and its default varies; add default_action=tempfail",
        )
    waits = milter.options.get("content_timeout") or postfix.setting("milter_content_timeout")
    seconds, hard = postfix.seconds(waits), runtime.settings.milter.hard_seconds
    if seconds is not None and seconds <= hard:
        yield _warning(
            "postfix",
            f"{setting} : content_timeout={waits} ne dépasse pas milter.hard_seconds ({hard:g} s) :"
            " Postfix abandonne avant Hygie",
            f"content_timeout={waits} is not above milter.hard_seconds ({hard:g} s): Postfix gives up first",
        )


def _overridden(runtime: Runtime, postfix: Postfix, setting: str, users: list[Service]) -> Iterator[Point]:
    """Name the services of master.cf that have a list of their own without Hygie, or use none."""
    for service in users:
        value = service.overrides.get(setting)
        without = "no_milters" in service.overrides.get("receive_override_options", "")
        if value is not None and "$" not in value:
            without |= _ours(runtime, postfix, value, chrooted=service.chrooted) is None
        if without:
            yield _warning(
                "postfix",
                f"master.cf, {service.name} : ses propres réglages écartent Hygie ; voulu pour un retour"
                " d'antivirus, une fuite pour une entrée d'utilisateurs",
                f"master.cf, {service.name}: its own settings leave Hygie out; meant for mail that comes"
                " back from a virus scanner, a leak where users submit",
            )


def _socket_seen(milter: Endpoint, postfix: Postfix) -> Iterator[Point]:
    """Tell whether Postfix's user can reach a unix socket: the folders on the way, and its group."""
    if milter.unix_path is None or not milter.unix_path.parent.is_dir():
        return
    account = postfix.account()
    barred = may_enter(milter.unix_path.parent, account)
    if barred is not None:
        group = grp.getgrgid(account.pw_gid).gr_name
        yield _error(
            "postfix",
            f"l'utilisateur {account.pw_name} ne peut entrer dans {barred} ;"
            f" chgrp {group} {barred} && chmod 2750 {barred}",
            f"user {account.pw_name} cannot enter {barred}; the commands above let it in",
        )
    elif not _is_group_of(milter.socket_group, account.pw_gid):
        yield _warning(
            "postfix",
            f"milter.socket_group {milter.socket_group} n'est pas le groupe de {account.pw_name} :"
            " Postfix ne pourra pas ouvrir le socket",
            f"milter.socket_group is not the group of {account.pw_name}: Postfix cannot open the socket",
        )


def _is_group_of(name: str, group_id: int) -> bool:
    try:
        return grp.getgrnam(name).gr_gid == group_id
    except KeyError:
        return False  # the socket point says it


def _ways_out(runtime: Runtime, postfix: Postfix, services: list[Service]) -> Iterator[Point]:
    """Tell whether the addresses that Hygie gives lead where they should."""
    tables = postfix.setting("transport_maps")
    known = {service.name for service in services}
    domains = {channel.postfix_domain for channel in runtime.channels.values()} | {REFUSED_DOMAIN}
    for domain in sorted(domains):
        try:
            found = postfix.look_up(tables, domain)
        except AskError as error:
            yield _error(
                "postfix",
                f"transport_maps ne peut être lu, tout le courrier attend : {error}",
                "transport_maps cannot be read, all mail waits: copy deploy/postfix/transport there",
            )
            return
        transport = (found or "").partition(":")[0]
        if found is None:
            yield _error(
                "postfix",
                f"transport_maps n'a pas d'entrée {domain} : ces copies resteraient bloquées ;"
                " voir deploy/postfix/transport",
                f"transport_maps has no entry {domain}: such copies would be stuck;"
                " see deploy/postfix/transport",
            )
        elif f"{transport}/unix" not in known:
            yield _error(
                "postfix",
                f"master.cf n'a pas de service « {transport} », que transport_maps donne à {domain} ;"
                " ajoutez deploy/postfix/master.cf",
                f'master.cf has no service "{transport}", which transport_maps gives {domain};'
                " append deploy/postfix/master.cf",
            )
        elif domain == REFUSED_DOMAIN and transport != "error":
            yield _error(
                "postfix",
                f"transport_maps donne {domain} à « {transport} » : une copie refusée part ; mettez error:",
                f'transport_maps gives {domain} to "{transport}": a refused copy would leave; say error:',
            )
        elif domain == REFUSED_DOMAIN:
            yield Point("ok", "postfix", f"{domain} -> {transport}")
        else:
            service = next(each for each in services if each.name == f"{transport}/unix")
            yield from _channel(postfix, service, domain)


def _channel(postfix: Postfix, service: Service, domain: str) -> Iterator[Point]:
    """Tell whether a channel's transport gives recipients their address back, and has no other way out."""

    def setting(name: str) -> str:
        own = service.overrides.get(name)
        return postfix.setting(name) if own is None or "$" in own else own

    tables, wrong = setting("smtp_generic_maps"), False
    for given, meant in (
        (f"hygie=essai.invalid@{domain}", "hygie@essai.invalid"),
        (f'"un essai=essai.invalid"@{domain}', '"un essai"@essai.invalid'),
    ):
        if postfix.look_up(tables, given) != meant:
            wrong = True
            yield _error(
                "postfix",
                f"master.cf, {service.name} : smtp_generic_maps ne rend pas {meant} à partir de {given} ;"
                " voir deploy/postfix/mssante_generic",
                f"smtp_generic_maps does not give {meant} back from {given}; see deploy/postfix",
            )
    if setting("smtp_fallback_relay"):
        wrong = True
        yield _error(
            "postfix",
            f"master.cf, {service.name} : smtp_fallback_relay ferait partir en clair ce que l'opérateur ne"
            " prend pas ; ajoutez « -o smtp_fallback_relay= » à ce service",
            "smtp_fallback_relay would carry in clear what the operator does not take;"
            ' add "-o smtp_fallback_relay=" to this service',
        )
    if not wrong:
        yield Point("ok", "postfix", f"{domain} -> {service.name.removesuffix('/unix')}")


def _the_rest(postfix: Postfix) -> Iterator[Point]:
    if "no_milters" in postfix.setting("receive_override_options"):
        yield _error(
            "postfix",
            "receive_override_options = no_milters : tout passe à côté de Hygie ; retirez no_milters",
            "receive_override_options = no_milters: everything passes around Hygie; remove no_milters",
        )
    if postfix.setting("smtpd_milter_maps"):
        yield _warning(
            "postfix",
            "smtpd_milter_maps : les clients que cette table nomme peuvent passer à côté de Hygie",
            "smtpd_milter_maps: the clients that this table names may pass around Hygie",
        )
    if "{rcpt_mailer}" not in postfix.setting("milter_rcpt_macros"):
        yield _error(
            "postfix",
            "milter_rcpt_macros n'a pas {rcpt_mailer}, qui dit à Hygie qu'un message vient par SMTP :"
            " aucun ne prendrait le canal ; rendez-lui sa valeur par défaut",
            "milter_rcpt_macros lacks {rcpt_mailer}, which tells Hygie that a message came by SMTP:"
            " none would take the channel; give it its default back",
        )
    if postfix.setting("content_filter"):
        yield _warning(
            "postfix",
            "content_filter passe avant transport_maps : ce que le filtre rend doit rentrer par un service"
            " sans milter et accepter hygie.invalid",
            "content_filter goes before transport_maps: what the filter gives back must come in by a service"
            " without milters that accepts hygie.invalid",
        )
    if postfix.setting("bounce_size_limit") != "1":
        yield _warning(
            "postfix",
            "bounce_size_limit n'est pas 1 : un avis de non-remise renvoie le message entier en clair",
            "bounce_size_limit is not 1: a bounce carries the whole message back in clear",
        )
    if INTERNAL_SUFFIX.removeprefix(".") not in postfix.setting("smtpd_recipient_restrictions"):
        yield _warning(
            "postfix",
            f"un client peut écrire à une adresse en {INTERNAL_SUFFIX} : ajoutez la restriction du README,"
            " étape 4",
            f"a client may write to an address in {INTERNAL_SUFFIX}: add the restriction of README, step 4",
        )
