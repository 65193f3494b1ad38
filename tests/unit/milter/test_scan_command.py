"""``hygie scan`` as a person and a program use it: what is printed where, and exit statuses."""

import json
import mailbox
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path

import libarchive
import pytest

from harness.hygie import COMMAND
from hygie_milter.cli.text import json_line, printable

CARE = "Patiente Mme Jeanne Martin, née le 14/08/1955, NIR 2 55 08 14 168 025 38, insuffisance cardiaque."
KEYS = {
    "": ["schema", "source", "decision", "findings", "unread", "parts", "seconds"],
    "decision": ["action", "reference", "recipients", "policies", "reasons"],
    "recipients": ["address", "action", "channel"],
    "policies": ["id", "action", "simulated"],
    "findings": ["kind", "axis", "confidence", "part", "count", "masked", "qualifiers"],
    "unread": ["part", "reason"],
    "seconds": ["extract", "detect", "decide"],
}
"""The contract of issue 3, in its order."""
NOTHING = Path("/dev/null")


def mail(text=CARE, number=0, to="quelquun@gmail.test"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "cardio@hopital.test", to, f"Essai {number}"
    message.set_content(text)
    return message.as_bytes()


@pytest.fixture
def settings(tmp_path):
    """Settings of the test, not of the machine."""
    folder = tmp_path / "settings"
    folder.mkdir()
    path = folder / "hygie.yaml"
    path.write_text(
        "milter: {socket: 'unix:/nowhere/hygie.sock'}\n"
        "organisation: {domains: [hopital.test]}\n"
        "lists: {care-units: [cardio@hopital.test]}\n"
        "channels:\n"
        "  mssante: {domains: [medecin.mssante.fr], addresses: {dr@cabinet.test: dr@medecin.mssante.fr}}\n"
    )
    return path


@pytest.fixture
def here(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def scan(here, settings):
    def run(*arguments, config=settings, **more):
        return subprocess.run(
            [COMMAND, "scan", "--config", config, *arguments],
            cwd=here,
            capture_output=True,
            check=False,
            timeout=120,
            **more,
        )

    return run


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_keys(report):
    assert KEYS[""] == list(report)
    assert KEYS["decision"] == list(report["decision"])
    assert KEYS["seconds"] == list(report["seconds"])
    for holder, name in (
        ("decision", "recipients"),
        ("decision", "policies"),
        ("", "findings"),
        ("", "unread"),
    ):
        for entry in (report[holder] if holder else report)[name]:
            assert KEYS[name] == list(entry)


# --- for programs ---------------------------------------------------------------------------------------


def test_json_has_the_fixed_keys_and_nothing_of_the_message(scan, here):
    (here / "lettre.eml").write_bytes(mail())

    done = scan("--json", "lettre.eml")

    [report] = lines(done)
    assert (0, b"") == (done.returncode, done.stderr)
    assert_keys(report)
    assert (1, "lettre.eml", "hold") == (report["schema"], report["source"], report["decision"]["action"])
    assert re.fullmatch(r"HY-[0-9A-Z]{8}", report["decision"]["reference"])
    assert [{"address": "quelquun@gmail.test", "action": "hold", "channel": None}] == report["decision"][
        "recipients"
    ]
    assert [{"id": "identified-patient-data", "action": "hold", "simulated": False}] == report["decision"][
        "policies"
    ]
    assert report["decision"]["reasons"][0].startswith("Données de santé")
    assert {"nir", "disease"} <= {finding["kind"] for finding in report["findings"]}
    for value in (b"Jeanne", b"Martin", b"2 55 08", b"14/08", b"cardiaque"):
        assert value not in done.stdout


def test_jsonl_is_one_line_a_message_in_order_with_several_jobs(scan, here):
    box = mailbox.mbox(here / "boite")
    for number in range(30):
        box.add(mail("Bonjour" if number % 3 else CARE, number, f"r{number}@x.test"))
    box.flush()

    reports = lines(scan("--jsonl", "--jobs", "3", "boite"))

    assert [f"boite#{number}" for number in range(1, 31)] == [report["source"] for report in reports]
    assert [f"r{n}@x.test" for n in range(30)] == [r["decision"]["recipients"][0]["address"] for r in reports]
    assert ["hold", "allow", "allow"] * 10 == [report["decision"]["action"] for report in reports]


def test_a_name_that_is_no_utf8_comes_back_from_the_json_whatever_the_locale(scan, here):
    name = b"latin\xe9 \x1b[31m\n.eml"
    (here / os.fsdecode(name)).write_bytes(mail())
    for locale in ("C", "C.UTF-8"):
        done = scan("--json", ".", env={**os.environ, "LC_ALL": locale, "PYTHONCOERCECLOCALE": "0"})

        done.stdout.decode("utf-8")
        assert [name] == [os.fsencode(report["source"]) for report in lines(done)], locale


@pytest.mark.parametrize("value", ["é", "\udce9", "\x1b[0m", '"', "\u2028"])
def test_a_json_line_is_one_line_of_utf8_that_gives_the_value_back(value):
    line = json_line({"a": value})

    assert 1 == line.count(b"\n")
    assert {"a": value} == json.loads(line.decode("utf-8"))


def test_a_reader_that_leaves_early_gets_no_traceback(here, settings):
    (here / "many").mkdir()
    for number in range(40):
        (here / "many" / f"{number}.eml").write_bytes(mail())
    done = subprocess.run(
        ["bash", "-c", '"$0" scan --config "$1" --jsonl many | head -1', COMMAND, settings],
        cwd=here,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (1, b"") == (len(done.stdout.splitlines()), done.stderr)


# --- what can be scanned --------------------------------------------------------------------------------


def test_any_file_is_scanned_as_an_attachment(scan, here):
    (here / "vide.bin").touch()
    (here / "note.txt").write_text(CARE)
    (here / "note.xml").write_text(f"<?xml version='1.0'?><a>{CARE}</a>")
    with zipfile.ZipFile(here / "z.zip", "w") as archive:
        archive.writestr("a.txt", CARE)
    with tarfile.open(here / "t.tgz", "w:gz") as archive:
        archive.add(here / "note.txt", "note.txt")
    with libarchive.file_writer(str(here / "s.7z"), "7zip") as archive:
        archive.add_file_from_memory("relevé.txt", len(CARE.encode()), CARE.encode())

    found = {report["source"]: report for report in lines(scan("--json", "."))}

    assert {"vide.bin"} == {n for n, report in found.items() if report["decision"]["action"] != "hold"}
    assert {"2/note.txt"} == {finding["part"] for finding in found["note.txt"]["findings"]}
    assert [] == found["vide.bin"]["unread"]
    assert {"2/z.zip/a.txt"} == {finding["part"] for finding in found["z.zip"]["findings"]}
    assert {"2/t.tgz/note.txt"} == {finding["part"] for finding in found["t.tgz"]["findings"]}
    assert {"2/s.7z/relevé.txt"} == {finding["part"] for finding in found["s.7z"]["findings"]}
    assert [] == [name for name, report in found.items() if report["unread"]]


def test_standard_input_is_scanned(scan):
    [report] = lines(scan("--json", "-", input=mail()))

    assert ("-", "hold") == (report["source"], report["decision"]["action"])


def test_sender_and_recipients_given_replace_those_of_the_headers(scan, here):
    (here / "lettre.eml").write_bytes(mail())
    given = ["--recipient", "dr@cabinet.test", "--recipient", "a@hopital.test", "--recipient", "b@x.test"]

    [report] = lines(scan("--json", "lettre.eml", "--sender", "x@hopital.test", *given))

    assert ["reroute", "allow", "hold"] == [r["action"] for r in report["decision"]["recipients"]]
    assert ["mssante", None, None] == [r["channel"] for r in report["decision"]["recipients"]]


def test_a_care_unit_is_known_by_its_sender(scan, here):
    (here / "z.bin").write_bytes(bytes(range(256)))

    [unit] = lines(scan("--json", "z.bin", "--sender", "cardio@hopital.test"))
    [other] = lines(scan("--json", "z.bin", "--sender", "achats@hopital.test"))

    assert ("hold", "allow") == (unit["decision"]["action"], other["decision"]["action"])


# --- for people -----------------------------------------------------------------------------------------


def test_a_person_reads_french_within_80_columns_and_no_control_character(scan, here):
    (here / "rouge\x1b[31m.eml").write_bytes(mail(to='"a\x1b[2Jb"@gmail.test'))

    done = scan(".", env={**os.environ, "COLUMNS": "80", "LC_ALL": "C.UTF-8"})
    text = done.stdout.decode()

    assert (0, b"") == (done.returncode, done.stderr)
    assert max(map(len, text.splitlines())) <= 80
    assert text.replace("\n", "").isprintable()
    assert "rouge\\x1b[31m.eml" in text
    for words in ("mise en attente : ", "Données de santé", "haute", "faible", "NIR"):
        assert words in text
    for words in ("hold", "high", "identity", "Martin"):
        assert words not in text


def test_what_was_not_read_is_said(scan, here):
    (here / "z.zip").write_bytes(b"PK\x03\x04" + bytes(26))

    assert "non lu 2/z.zip : " in scan("z.zip").stdout.decode()


def test_a_terminal_without_accents_gets_the_text_all_the_same(scan, here):
    (here / "lettre.eml").write_bytes(mail())

    done = scan(
        "lettre.eml", env={**os.environ, "LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    )

    assert (0, b"") == (done.returncode, done.stderr)
    assert b"mise en attente" in done.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [("é’\u00e0", "é’à"), ("a\nb", "a\\nb"), ("\x1b[2J", "\\x1b[2J"), ("\udce9", "\\udce9")],
)
def test_printable_escapes_what_a_terminal_would_obey(text, shown):
    assert shown == printable(text)


# --- on a terminal --------------------------------------------------------------------------------------


def on_a_terminal(arguments, here, *, output=None, interrupt_at=None):
    """Run it with a terminal as standard error, and as standard output unless a file is given.

    Returns what the terminal showed and the exit status. Interrupts the group at the words given.
    """
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, "scan", *arguments],
        cwd=here,
        stdin=NOTHING.open("rb"),
        stdout=output or its,
        stderr=its,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        start_new_session=True,
        # Whoever runs the tests in the background ignores the interrupt, and so would the command.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    )
    os.close(its)
    shown, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                shown += os.read(ours, 65_536)
            except OSError:  # the terminal's last user is gone
                break
        elif process.poll() is not None:
            break
        if interrupt_at is not None and interrupt_at in shown:
            os.killpg(process.pid, signal.SIGINT)
            interrupt_at = None
    status = process.wait(30)
    os.close(ours)
    return shown, status


@pytest.fixture
def many(here):
    folder = here / "many"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number:03}.eml").write_bytes(mail())
    return folder


def test_a_file_gets_every_line_while_the_terminal_shows_how_far_it_is(here, many, settings):
    """Rich sent what went to standard output to the terminal while it drew its bar."""
    with (here / "out.jsonl").open("wb") as output:
        shown, status = on_a_terminal(["-c", settings, "--jsonl", "--jobs", "2", many], here, output=output)

    assert 0 == status
    assert 60 == len([json.loads(line) for line in (here / "out.jsonl").read_bytes().splitlines()])
    assert b"hygie scan" in shown
    assert b"100%" in shown
    assert b"schema" not in shown


def test_on_one_terminal_the_lines_stand_above_the_bar_whole(here, many, settings):
    shown, status = on_a_terminal(["-c", settings, "--jsonl", many], here)

    plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown).decode()
    found = [json.loads(line) for line in re.findall(r'\{"schema".*\}', plain)]
    assert (0, 60) == (status, len(found))
    assert "100%" in plain


@pytest.mark.parametrize("moment", [b"hygie scan", b'"schema"'], ids=["at-start", "half-way"])
def test_an_interruption_is_one_line_and_leaves_no_process(here, settings, moment):
    folder = here / "long"
    folder.mkdir()
    for number in range(2000):
        os.link(folder.parent / "one.eml", folder / f"{number}.eml") if number else (
            here / "one.eml"
        ).write_bytes(mail())
    marker = str(folder)

    shown, status = on_a_terminal(["-c", settings, "--jsonl", folder], here, interrupt_at=moment)

    assert 130 == status
    assert b"interrompu / interrupted" in shown
    assert b"Traceback" not in shown
    running = subprocess.run(["pgrep", "-f", marker], capture_output=True, check=False)
    assert b"" == running.stdout


# --- what goes wrong ------------------------------------------------------------------------------------


def test_an_absent_path_is_one_line_and_starts_nothing(scan):
    started = time.monotonic()
    done = scan("absent.eml")

    expected = "hygie scan: absent.eml: fichier introuvable / no such file\n"
    assert (2, b"", expected) == (done.returncode, done.stdout, done.stderr.decode())
    assert time.monotonic() - started < 2, "no model was loaded"


def test_one_bad_path_keeps_no_other_from_being_scanned(scan, here):
    (here / "lettre.eml").write_bytes(mail())
    os.mkfifo(here / "tube")

    done = scan("--json", "absent", "tube", "lettre.eml")

    assert 2 == done.returncode
    assert ["lettre.eml"] == [report["source"] for report in lines(done)]
    assert [
        "hygie scan: absent: fichier introuvable / no such file",
        "hygie scan: tube: ni fichier ni dossier / neither a file nor a folder",
    ] == done.stderr.decode().splitlines()


def test_what_cannot_be_read_in_a_folder_is_named_and_the_rest_scanned(scan, here):
    (here / "a.eml").write_bytes(mail())
    (here / "b.eml").symlink_to("/etc/passwd")
    (here / "c.eml").write_bytes(mail())

    done = scan("--json", ".")

    assert 2 == done.returncode
    assert ["a.eml", "c.eml"] == [report["source"] for report in lines(done)]
    assert [
        "hygie scan: b.eml: lien, non suivi : nommez sa cible / a link, not followed: name what it leads to"
    ] == (done.stderr.decode().splitlines())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to read as somebody else")
def test_a_file_that_another_user_may_not_read_is_named(folder):
    (folder / "secret.eml").write_bytes(mail())
    (folder / "secret.eml").chmod(0)
    # Imported as root first: what this user may not read is the mail, not the program.
    code = (
        "import os\nimport hygie_milter.cli.scan, hygie_milter.cli.text\n"
        "import hygie_milter.scanning, hygie_milter.sources\n"
        "from hygie_milter.cli.main import main\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "main(['scan', 'secret.eml'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, check=False, timeout=60
    )

    assert (2, b"") == (done.returncode, done.stdout)
    assert done.stderr.decode() == "hygie scan: secret.eml: lecture interdite / permission denied\n"


def test_an_empty_folder_is_said(scan, here):
    (here / "rien").mkdir()

    done = scan("rien")

    assert (0, b"", "hygie scan: rien: dossier vide / empty folder\n") == (
        done.returncode, done.stdout, done.stderr.decode(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scan"], "hygie scan: Missing argument 'PATHS...'. (hygie scan --help)"),
        (["scan", "--jobs", "0", "x"], "hygie scan: Invalid value for '--jobs' / '-j'"),
        (["scan", "--jsno", "x"], "hygie scan: No such option"),
        (["scna"], "hygie: No such command 'scna'"),
        (["serve", "--config", "."], "hygie serve: Invalid value for '--config'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_one_line(arguments, said):
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=30)

    assert (2, "", 1) == (done.returncode, done.stdout, len(done.stderr.splitlines()))
    assert done.stderr.startswith(said)


def test_a_bad_setting_stops_a_scan_with_its_place(scan, here, settings):
    (here / "lettre.eml").write_bytes(mail())
    settings.write_text("milter: {socket: 'unix:/x'}\nworkrs: {count: 1}\n")

    done = scan("lettre.eml")

    assert (2, b"") == (done.returncode, done.stdout)
    assert f"{settings}:2:1: clé inconnue « workrs »" in done.stderr.decode()


@pytest.mark.parametrize("words", [[], ["scan"], ["check"], ["serve"], ["policy"], ["policy", "test"]])
def test_help_is_whole_within_80_columns(words):
    done = subprocess.run(
        [COMMAND, *words, "--help"], capture_output=True, text=True, check=False, timeout=30,
        env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip

    assert 0 == done.returncode
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "..." not in re.sub(r"\[?(ARGS|PATHS)\]?\.\.\.", "", done.stdout), "a summary is cut off"
