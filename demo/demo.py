"""Ten messages through a real Postfix and Hygie, and where each copy really landed; `make demo`.

Does:   starts a private Postfix, Hygie on a UNIX socket and two receiving servers (the Internet, the MSSanté
        gateway) under one temporary folder on loopback, sends ten messages, prints a table.
Never:  takes Hygie's word for a landing: copies are read from the receivers' files, Postfix's hold queue and
        the SMTP reply. Leaves a process or, when all is well, a file behind.
Fails:  exit status 1 when a landing is not the expected one, with what differed; the folder with every log is
        then kept and named.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from harness import messages
from harness.house import House, open_house
from harness.hygie import COMMAND, HygieServe
from harness.process import HarnessError
from harness.sink import Received

HERE: Final = Path(__file__).parent
LIBRARY: Final = HERE.parent / "policies" / "library"

INTERNET, GATEWAY, HELD, REFUSED, NOTICE = "Internet", "MSSanté", "en attente", "refusé (550)", "avis"
"""Where a copy may land. A notice lands at the sender's own server, which here is the Internet's."""
GMAIL: Final = "quelquun@gmail.test"
DOCTOR: Final = "dr.x@medecin.mssante.fr"
MAPPED: Final = "dr.durand@cabinet-durand.test"
"""An ordinary address whose owner has an MSSanté mailbox, says the address map."""
TITLE: Final = "Dix messages, un vrai Postfix, Hygie"
TABLE_COLUMNS: Final = 120
"""The width from which the table is one that a person reads."""
STYLES: Final = {
    "allow": "green",
    "tag": "green",
    "reroute": "cyan",
    "hold": "yellow",
    "reject": "red",
}
ACTIONS: Final = {
    "allow": "laisser partir",
    "tag": "marquer",
    "reroute": "MSSanté",
    "hold": "retenir",
    "reject": "refuser",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One message of the demo and where its copies must land, by recipient."""

    title: str
    build: Callable[[str, list[str]], bytes]
    sender: str
    landings: dict[str, str]

    @property
    def recipients(self) -> list[str]:
        """Whom it is sent to."""
        return [recipient for recipient, landing in self.landings.items() if landing != NOTICE]


def _case(title: str, build: Callable[[str, list[str]], bytes], sender: str, **landings: str) -> Case:
    names = {"gmail": GMAIL, "doctor": DOCTOR, "mapped": MAPPED, "supplier": "contact@fournisseur.test"}
    return Case(title, build, sender, {names[name]: landing for name, landing in landings.items()})


CASES: Final = (
    _case("Message ordinaire", messages.ordinary, "logistique@hopital.test", supplier=INTERNET),
    _case("NIR en clair, note clinique", messages.nir_in_text, "medecine@hopital.test", gmail=HELD),
    _case("NIR caché dans du HTML base64", messages.nir_in_html, "medecine@hopital.test", gmail=HELD),
    _case("Compte rendu de biologie, PDF", messages.lab_report, "labo@hopital.test", mapped=GATEWAY),
    _case("Lettre de sortie, Word", messages.discharge_letter, "cardio@hopital.test", doctor=GATEWAY),
    _case("Fichier CDA", messages.cda, "dpi@hopital.test", gmail=REFUSED),
    Case(
        "Note patient, deux destinataires",
        messages.patient_note,
        "urgences@hopital.test",
        {DOCTOR: GATEWAY, GMAIL: REFUSED, "urgences@hopital.test": NOTICE},
    ),
    _case("Paie avec NIR, rien de médical", messages.payroll, "paie@hopital.test", supplier=INTERNET),
    _case("Lettre d'information, diabète", messages.newsletter, "com@hopital.test", gmail=INTERNET),
    _case("Archive chiffrée, unité de soins", messages.encrypted_zip, "cardio@hopital.test", gmail=HELD),
)


@dataclass(slots=True)
class Result:
    """What became of one message."""

    case: Case
    raw: bytes = field(repr=False)
    landings: dict[str, list[str]] = field(default_factory=dict)
    """By recipient, where each of its copies was found; the measured truth."""
    changed: bool = False
    """A copy on the Internet that is not what was sent."""
    decision: dict[str, Any] = field(default_factory=dict)
    """What ``hygie scan`` says of the same message: for the words, not for the landing."""

    @property
    def message_id(self) -> bytes:
        """The Message-ID, by which copies and notices are recognised."""
        return self.raw.partition(b"Message-ID: ")[2].partition(b"\r\n")[0]

    def found(self, recipients: Iterable[str], place: str) -> None:
        """Note a copy for each of the recipients."""
        for recipient in recipients:
            self.landings.setdefault(recipient, []).append(place)

    @property
    def differences(self) -> list[str]:
        """What is not as expected; empty when all is well."""
        wanted = {recipient: [landing] for recipient, landing in self.case.landings.items()}
        told = [
            f"{recipient} : attendu {_joined(wanted.get(recipient, []))}, "
            f"trouvé {_joined(self.landings.get(recipient, []))}"
            for recipient in sorted(wanted.keys() | self.landings.keys())
            if wanted.get(recipient, []) != self.landings.get(recipient, [])
        ]
        return told + ["le message a été modifié"] * self.changed


def _joined(places: list[str]) -> str:
    return " + ".join(sorted(places)) or "nulle part"


def main() -> int:
    """Run the demo; return the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    console = Console(width=None if sys.stdout.isatty() else 150)
    folder = Path(tempfile.mkdtemp(prefix="hygie-demo-"))
    folder.chmod(0o755)
    started = time.monotonic()
    try:
        with console.status("Postfix, Hygie et deux serveurs de réception démarrent…"):
            results = run(folder)
        show(console, results)
        conclude(console, results, time.monotonic() - started)
        failed = any(result.differences for result in results)
    except HarnessError as error:
        console.print(f"[red]La démonstration n'a pas pu se faire :[/] {escape(str(error))}")
        failed = True
    except BaseException:  # interrupted: everything is stopped already
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if failed:
        console.print(f"Journaux conservés : {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def run(folder: Path) -> list[Result]:
    """Start everything, send the ten messages one after the other, stop everything."""
    policies = folder / "policies"
    for source in (LIBRARY, HERE / "policies"):
        shutil.copytree(source, policies, dirs_exist_ok=True)
    with (
        HygieServe(folder / "hygie", policies={"folder": str(policies)}) as hygie,
        open_house(folder, hygie) as house,
    ):
        results = [send(house, case) for case in CASES]
        collect(house, results)
        explain(folder, hygie.config, results)
        return results


def send(house: House, case: Case) -> Result:
    """Send one message; note a refusal, or the hold queue's entry for it."""
    result = Result(case, case.build(case.sender, case.recipients))
    submission = house.postfix.submit(result.raw, case.sender, case.recipients)
    if not submission.final.ok:
        result.found(case.recipients, f"refusé ({submission.final.code})")
    elif submission.queue_id in house.postfix.hold_ids():
        result.found(case.recipients, HELD)
    return result


def collect(house: House, results: list[Result]) -> None:
    """Read what the two receivers got, once nothing more comes: a double would be seen."""
    house.postfix.wait_empty()
    for place, sink in ((INTERNET, house.internet), (GATEWAY, house.gateway)):
        for message in sink.wait_quiet(quiet=0.5):
            [result] = [result for result in results if result.message_id in message.raw]
            if not message.sender:
                _read_notice(result, message)
                continue
            result.found([_as_sent(result.case, recipient) for recipient in message.recipients], place)
            sent = result.raw.replace(b"\r\n", b"\n")
            result.changed |= place == INTERNET and _without_mark(message.untraced) != sent


def _without_mark(raw: bytes) -> bytes:
    """Return a message without the header that a tag adds, the one thing a tag may change."""
    return re.sub(rb"(?m)^X-Hygie-Decision: .*\n(?:[ \t].*\n)*", b"", raw)


def _read_notice(result: Result, notice: Received) -> None:
    """Note whom a notice of Postfix reached, and which recipients it says were refused."""
    result.found(notice.recipients, NOTICE)
    if b"\nStatus: 5.7.1\n" in notice.raw:
        refused = [
            recipient
            for recipient in result.case.recipients
            if f"Original-Recipient: rfc822;{recipient}\n".encode() in notice.raw
        ]
        result.found(refused, REFUSED)


def _as_sent(case: Case, landed: str) -> str:
    """Return the recipient as the sender wrote it: a mapped one lands at the secure mailbox's address."""
    return MAPPED if landed not in case.recipients and MAPPED in case.recipients else landed


def explain(folder: Path, config: Path, results: list[Result]) -> None:
    """Ask ``hygie scan`` what it makes of the same messages: the words for people."""
    mails = folder / "mails"
    mails.mkdir()
    for number, result in enumerate(results):
        (mails / f"{number:02d}.eml").write_bytes(result.raw)
    done = subprocess.run(
        [COMMAND, "scan", "--config", config, "--jsonl", mails],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    reports = {Path(report["source"]).name: report for report in map(json.loads, done.stdout.splitlines())}
    if done.returncode or len(reports) != len(results):
        raise HarnessError(f"hygie scan: {done.stderr.strip()}")
    for number, result in enumerate(results):
        result.decision = reports[f"{number:02d}.eml"]["decision"]


def show(console: Console, results: list[Result]) -> None:
    """Print the table; on a narrow terminal, where its columns would be a word wide, a list."""
    (show_table if console.width >= TABLE_COLUMNS else show_list)(console, results)


def show_table(console: Console, results: list[Result]) -> None:
    """Print a row a message."""
    table = Table(title=TITLE, title_justify="left", show_lines=True)
    table.add_column("", justify="right")
    table.add_column("Message")
    table.add_column("Destinataire", overflow="fold")
    table.add_column("Décision")
    table.add_column("Pourquoi", ratio=1)
    table.add_column("Où la copie est vraiment arrivée")
    table.add_column("")
    for number, result in enumerate(results, 1):
        table.add_row(
            str(number),
            escape(result.case.title),
            escape("\n".join(result.case.recipients)),
            "\n".join(_decided(result)),
            _why(result),
            escape("\n".join([*_landed(result), *_others(result)])),
            _mark(result),
        )
    console.print(table)


def show_list(console: Console, results: list[Result]) -> None:
    """Print some lines a message: recipient, decision, where the copy really landed; then why."""
    console.print(f"[italic]{TITLE}[/]\n[dim]destinataire : décision → où la copie est vraiment arrivée[/]\n")
    for number, result in enumerate(results, 1):
        console.print(f"{number:>2} {_mark(result)} [bold]{escape(result.case.title)}[/]")
        told = zip(result.case.recipients, _decided(result), _landed(result), strict=True)
        lines = [f"{escape(recipient)} : {decided} → {escape(place)}" for recipient, decided, place in told]
        lines += [escape(other) for other in _others(result)]
        console.print(Padding("\n".join([*lines, f"[dim]{_why(result)}[/]", ""]), (0, 0, 0, 5)))


def _why(result: Result) -> str:
    return escape("\n".join(result.decision["reasons"]) or "rien à signaler")


def _mark(result: Result) -> str:
    return "[red]✗[/]" if result.differences else "[green]✓[/]"


def _decided(result: Result) -> list[str]:
    actions = {r["address"]: r["action"] for r in result.decision["recipients"]}
    return [
        f"[{STYLES[actions[recipient]]}]{ACTIONS[actions[recipient]]}[/]"
        for recipient in result.case.recipients
    ]


def _landed(result: Result) -> list[str]:
    return [_joined(result.landings.get(recipient, [])) for recipient in result.case.recipients]


def _others(result: Result) -> list[str]:
    others = sorted(result.landings.keys() - set(result.case.recipients))
    return [f"{recipient} : {_joined(result.landings[recipient])}" for recipient in others]


def conclude(console: Console, results: list[Result], seconds: float) -> None:
    """Say in one line whether all is well, or what differed."""
    for number, result in enumerate(results, 1):
        for difference in result.differences:
            console.print(f"[red]✗ message {number}[/] : {escape(difference)}")
    right = sum(not result.differences for result in results)
    console.print(
        f"{right} messages sur {len(results)} sont arrivés exactement où il fallait ({seconds:.0f} s). "
        "« Avis » : Postfix a prévenu l'expéditeur, par l'Internet, du destinataire refusé."
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
