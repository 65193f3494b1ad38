"""Bad input at start and at reload: one clear error, exit status 2, nothing started; the old set kept."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import messages
from harness.fake_mta import ACCEPT, FakeMta
from harness.hygie import COMMAND, HygieServe, is_alive
from harness.policies import FREE, HELD, NIR, REJECTED, policy, write_policies
from harness.process import listens, wait_until
from hygie_milter.journal.keys import rotate
from journals import DAYS, House
from questionnaires import BLANK, MAIL, as_pdf, filled

OUTSIDE = "quelquun@gmail.test"


@pytest.fixture
def prepared(folder: Path) -> HygieServe:
    policies = write_policies(folder / "policies")
    return HygieServe(folder / "hygie", policies={"folder": str(policies)})


def start(prepared: HygieServe) -> subprocess.CompletedProcess[str]:
    """Start it in the foreground, as a person does who looks at what it says."""
    return subprocess.run(
        [COMMAND, "serve", "--config", prepared.config],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def assert_refused(prepared: HygieServe, *words: str) -> None:
    done = start(prepared)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert not Path(prepared.socket.removeprefix("unix:")).exists()
    assert not listens(prepared.metrics_port)


def edit_policy(prepared: HygieServe, change: Callable[[dict[str, Any]], None]) -> None:
    path = Path(prepared.settings["policies"]["folder"]) / "held.yaml"
    content = yaml.safe_load(path.read_text())
    change(content)
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def test_a_policy_with_a_typo(prepared: HygieServe) -> None:
    edit_policy(prepared, lambda content: content.update(sevrity=content.pop("severity")))

    assert_refused(prepared, "held.yaml:", "sevrity", "severity")


def test_an_unknown_setting(prepared: HygieServe) -> None:
    prepared.settings["workerz"] = prepared.settings.pop("workers")
    prepared.write_settings()

    assert_refused(prepared, "hygie.yaml:", "workerz", "workers")


def test_a_settings_file_that_is_no_yaml(prepared: HygieServe) -> None:
    prepared.config.write_text("milter: {socket: 'unix:/a\n")

    assert_refused(prepared, "hygie.yaml:")


def test_a_settings_file_that_is_absent(prepared: HygieServe) -> None:
    prepared.config.unlink()

    assert_refused(prepared, "hygie.yaml")


@pytest.mark.parametrize(
    "place",
    [
        "unix:{}/absent/hygie.sock", "unix:{}/hygie.yaml", "unix:{}/" + "a" * 120 + ".sock",
        "unix:/proc/hygie.sock",
    ],
    ids=["no-folder", "a-file-is-there", "too-long", "no-file-system-for-it"],
)  # fmt: skip
def test_a_socket_that_cannot_be_made(prepared: HygieServe, place: str) -> None:
    prepared.settings["milter"]["socket"] = place.format(prepared.folder)
    prepared.write_settings()

    done = start(prepared)

    assert done.returncode == 2
    assert "milter.socket" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not listens(prepared.metrics_port)


@pytest.mark.parametrize("port", ["taken", "99999"])
def test_a_port_that_cannot_be_had(prepared: HygieServe, port: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1] if port == "taken" else port
        prepared.settings["milter"]["socket"] = f"inet:{number}@127.0.0.1"
        prepared.write_settings()

        done = start(prepared)

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "milter.socket" in done.stderr


def test_a_journal_that_cannot_be_written(prepared: HygieServe) -> None:
    prepared.settings["journal"]["folder"] = str(prepared.folder / "absent" / "journal")
    prepared.write_settings()

    assert_refused(prepared, "journal")


def test_a_second_hygie_on_the_same_socket(prepared: HygieServe, folder: Path) -> None:
    with prepared:
        second = HygieServe(folder / "second", **{k: prepared.settings[k] for k in ("milter", "policies")})

        done = start(second)

        assert done.returncode == 2
        assert "milter.socket" in done.stderr
        with FakeMta(prepared.socket) as mta:
            assert mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE]).verdict == ACCEPT


def test_a_bad_reload_keeps_the_old_set_and_says_why_and_a_good_one_takes_force(prepared: HygieServe) -> None:
    def held() -> bool:
        with FakeMta(prepared.socket) as mta:
            return bool(mta.send(messages.patient_note(HELD, [OUTSIDE]), HELD, [OUTSIDE]).named("quarantine"))

    def reload(successful: float, held_file: str) -> None:
        path = Path(prepared.settings["policies"]["folder"]) / "held.yaml"
        path.write_text(held_file)
        before = prepared.log()
        prepared.signal(signal.SIGHUP)
        wait_until(lambda: prepared.log() != before, "the reload is told")
        wait_until(
            lambda: prepared.metric("hygie_config_last_reload_successful") == successful, "the metric follows"
        )

    good = policy(HELD, NIR, {"action": "tag"})
    with prepared:
        assert held()

        reload(0, yaml.safe_dump(good | {"mdoe": "enforce"}))
        assert held()
        assert "held.yaml:" in prepared.log()
        assert "mdoe" in prepared.log()

        reload(1, yaml.safe_dump(good))
        assert not held()


def reloaded(prepared: HygieServe) -> str:
    """Reload; return what was said."""
    before = len(prepared.log())
    prepared.signal(signal.SIGHUP)
    wait_until(lambda: "reload" in prepared.log()[before:], "the reload is told")
    return prepared.log()[before:]


def test_a_reload_without_recognizers_forgets_those_that_were_there(prepared: HygieServe) -> None:
    file = prepared.folder / "recognizers.yaml"
    file.write_text(
        "recognizers:\n  - {name: badge, supported_entity: BADGE, axis: identity, "
        "patterns: [{name: b, regex: 'BADGE-[0-9]{6}', score: 0.9}]}\n"
    )
    prepared.settings["recognizers"] = {"file": str(file)}
    prepared.write_settings()
    raw = messages.ordinary(FREE, [OUTSIDE]).replace(b"\r\n\r\n", b"\r\n\r\nBADGE-123456\r\n", 1)

    def found() -> list[str]:
        with FakeMta(prepared.socket) as mta:
            mta.send(raw, FREE, [OUTSIDE])
        return [row[0] for row in prepared.journal()[-1]["findings"] if "badge" in row[0].lower()]

    with prepared:
        assert found()

        del prepared.settings["recognizers"]
        prepared.write_settings()
        assert "reloaded" in reloaded(prepared)

        assert found() == []


def test_a_blank_form_passes_from_registration_to_removal_and_a_filled_one_never(
    prepared: HygieServe,
) -> None:
    registry = prepared.folder / "templates.jsonl"
    prepared.settings["templates"] = {"file": str(registry)}
    del prepared.settings["policies"]  # the shipped ones
    prepared.write_settings()
    file = prepared.folder / "vide.pdf"
    file.write_bytes(as_pdf(BLANK))

    def passes(data: bytes) -> bool:
        attachment = messages.Attachment("vide.pdf", "application/pdf", data)
        raw = messages.message(FREE, [OUTSIDE], "Questionnaire", MAIL, attachments=(attachment,))
        with FakeMta(prepared.socket) as mta:
            mta.send(raw, FREE, [OUTSIDE])
        return bool(prepared.journal()[-1]["action"] == "allow")

    def template(*words: str | Path) -> None:
        subprocess.run([COMMAND, "template", *words, "--config", prepared.config], check=True, timeout=120)
        assert "reloaded" in reloaded(prepared)

    with prepared:
        assert not passes(file.read_bytes())

        template("add", file)
        assert passes(file.read_bytes())
        assert not passes(as_pdf(filled(name=True)))
        assert not passes(as_pdf(filled(name=True, ticked=True)))
        assert not passes(as_pdf(filled(ticked=True)))

        good = registry.read_text()
        registry.write_text("{}\n")
        said = reloaded(prepared)
        assert "reload failed" in said
        assert f"{registry}:1:" in said
        assert passes(file.read_bytes())

        registry.write_text(good)
        template("remove", str(json.loads(good)["id"]))
        assert not passes(file.read_bytes())


def test_a_reload_changes_how_much_of_a_message_is_kept(prepared: HygieServe) -> None:
    def unread() -> list[str]:
        with FakeMta(prepared.socket) as mta:
            mta.send(messages.ordinary(FREE, [OUTSIDE], size=20_000), FREE, [OUTSIDE])
        return [row[1] for row in prepared.journal()[-1]["unread"]]

    with prepared:
        assert unread() == []

        prepared.settings["limits"] = {"message_max_bytes": 10_000}
        prepared.write_settings()
        assert "reloaded" in reloaded(prepared)

        assert unread() == ["limit:message_max_bytes"]


def test_a_reload_for_which_the_machine_lacks_means_keeps_what_is_in_force(prepared: HygieServe) -> None:
    with prepared:
        opened = len(list(Path(f"/proc/{prepared.pid}/fd").iterdir()))
        prepared.settings["limits"] = {"mime_depth_max": 20}
        prepared.write_settings()
        subprocess.run(["prlimit", "--pid", str(prepared.pid), f"--nofile={opened}:4096"], check=True)

        assert "reload failed" in reloaded(prepared)

        subprocess.run(["prlimit", "--pid", str(prepared.pid), "--nofile=1024:4096"], check=True)
        with FakeMta(prepared.socket) as mta:
            assert mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE]).verdict == ACCEPT
        assert "reloaded" in reloaded(prepared)


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
def test_a_socket_taken_away_ends_hygie_for_the_supervisor_and_nothing_else_is_removed(
    prepared: HygieServe, replaced: bool
) -> None:
    """It went on, ready and deaf, while Postfix put every message off."""
    path = Path(prepared.socket.removeprefix("unix:"))
    with prepared:
        path.unlink()
        if replaced:
            path.write_text("somebody else's")

        wait_until(lambda: not is_alive(prepared.pid), "Hygie ends", 30)

        assert prepared.stop() == 1
        assert "socket" in prepared.log()
        assert path.exists() is replaced


def test_a_journal_that_was_removed_goes_on_and_tells_of_the_gap(prepared: HygieServe) -> None:
    with prepared, FakeMta(prepared.socket) as mta:
        mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE])
        for file in prepared.journal_folder.glob("*.jsonl"):
            file.unlink()

        assert mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE]).verdict == ACCEPT

        assert [line["seq"] for line in prepared.journal()] == [3]  # started and the first message are gone


@pytest.fixture
def small_disk(prepared: HygieServe) -> Iterator[HygieServe]:
    """A Hygie whose journal lies on a disk of its own, of 128 KiB."""
    prepared.journal_folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", prepared.journal_folder], check=True)
    yield prepared
    subprocess.run(["umount", prepared.journal_folder], check=True)


def test_what_cannot_be_journalled_does_not_pass(small_disk: HygieServe) -> None:
    """A full disk: tempfail, until there is room again; the chain is whole then."""
    filler = small_disk.journal_folder / "filler"
    with small_disk, FakeMta(small_disk.socket) as mta:
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        answers = [mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE]) for _ in range(12)]
        failed = small_disk.metric("hygie_failures_total", reason="journal")
        filler.unlink()
        after = mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE])

        assert answers[-1].text.startswith("451")
        assert failed == sum(answer.text.startswith("451") for answer in answers)
        assert after.verdict == ACCEPT
        assert len(prepared_lines := small_disk.journal()) == 12 - failed + 1
        assert [line["seq"] for line in prepared_lines] == list(range(2, 15 - int(failed)))


def test_the_daemon_purges_what_has_outlived_its_retention(prepared: HygieServe) -> None:
    """And the proof is in the chain: what was purged is no damage."""
    house = House(prepared.folder)
    for day in DAYS:
        journal = house.open(day)
        journal.write("decided", {})
        journal.close()
    prepared.settings["journal"]["retention_days"] = 1
    prepared.write_settings()

    with prepared:
        wait_until(lambda: prepared.metric("hygie_journal_purged_lines_total") > 0, "Hygie purges", 10)

        assert not house.file(DAYS[0]).exists()
        assert prepared.journal("purged")
        assert house.damages() == []
        assert prepared.metric("hygie_journal_errors_total") == 0


def test_a_new_key_is_used_from_the_reload_on(prepared: HygieServe) -> None:
    house = House(prepared.folder)
    with prepared, FakeMta(prepared.socket) as mta:
        mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE])
        ring = rotate(house.ring_file)
        assert "reloaded" in reloaded(prepared)
        mta.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE])

        before, after = prepared.journal()
        assert [before["key"], after["key"]] == [key.id for key in ring.keys]
        assert before["sender"]["who"] != after["sender"]["who"]
        assert house.damages() == []
    assert [line["event"] for line in map(json.loads, prepared.journal_text().splitlines())] == [
        "started",
        "decided",
        "reloaded",
        "decided",
        "stopped",
    ]


def test_a_reload_that_was_refused_is_in_the_journal(prepared: HygieServe) -> None:
    with prepared:
        prepared.config.write_text("milter: [")
        reloaded(prepared)

        wait_until(lambda: prepared.journal("reloaded"), "the journal tells of it", 10)
        assert prepared.journal("reloaded")[0]["ok"] is False


def test_two_daemons_do_not_keep_one_journal(prepared: HygieServe, tmp_path: Path) -> None:
    second = HygieServe(tmp_path / "second", journal=prepared.settings["journal"])
    with prepared:
        assert_refused(second, "another daemon keeps this journal")


GOOD_LISTS = {
    "schema": 1,
    "lists": {"units": {"source": "units.txt"}},
    "macros": {"nir": NIR, "known": {"any": [{"macro": "nir"}]}},
}
BAD_SETS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "malformed-policy": (
        {"held.yaml": yaml.safe_dump(policy(HELD, {"finding": {"kidn": "nir"}}, {"action": "tag"}))},
        ("held.yaml:", "kidn"),
    ),
    "no-yaml": ({"held.yaml": "schema: 1\nid: [\n"}, ("held.yaml:",)),
    "malformed-lists": (
        {"lists/units.yaml": yaml.safe_dump(GOOD_LISTS | {"listes": {}})},
        ("units.yaml:", "listes"),
    ),
    "malformed-source-of-a-list": ({"lists/units.txt": "cardio@hopital.test\npas une adresse\n"}, (":2:",)),
    "unknown-list": (
        {
            "held.yaml": yaml.safe_dump(
                policy(HELD, NIR, {"action": "tag"}) | {"scope": {"senders": {"in": ["unitz"]}}}
            )
        },
        ("held.yaml:", "unitz", "units"),
    ),
    "unknown-macro": (
        {"held.yaml": yaml.safe_dump(policy(HELD, {"macro": "nri"}, {"action": "tag"}))},
        ("held.yaml:", "nri"),
    ),
    "cyclic-macro": (
        {
            "lists/units.yaml": yaml.safe_dump(
                GOOD_LISTS | {"macros": GOOD_LISTS["macros"] | {"nir": {"macro": "known"}}}
            )
        },
        ("units.yaml:", "nir"),
    ),
}


@pytest.fixture
def shared(prepared: HygieServe) -> HygieServe:
    """A Hygie whose policies share a list and macros."""
    write_set(
        prepared,
        {
            "lists/units.yaml": yaml.safe_dump(GOOD_LISTS),
            "lists/units.txt": f"{HELD}\n",
            "held.yaml": yaml.safe_dump(
                policy(HELD, {"macro": "known"}, {"action": "hold"})
                | {"scope": {"senders": {"in": ["units"]}}}
            ),
        },
    )
    return prepared


def write_set(prepared: HygieServe, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = Path(prepared.settings["policies"]["folder"]) / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


def action(prepared: HygieServe, sender: str) -> str:
    """Return what was decided of a message with a NIR."""
    with FakeMta(prepared.socket) as mta:
        mta.send(messages.patient_note(sender, [OUTSIDE]), sender, [OUTSIDE])
    return str(prepared.journal()[-1]["action"])


def digest_in_force(prepared: HygieServe) -> list[str]:
    return re.findall(r'hygie_policy_set_info\{digest="(\w+)"', prepared.get("/metrics")[1])


def test_a_bad_set_is_refused_whole_and_told_with_its_place(shared: HygieServe) -> None:
    """Also the good change of another file beside the bad one, which must wait."""
    folder = Path(shared.settings["policies"]["folder"])
    kept = {
        name: (folder / name).read_text() for name in ("held.yaml", "lists/units.yaml", "lists/units.txt")
    }
    write_set(shared, {"rejected.yaml": yaml.safe_dump(policy(REJECTED, NIR, {"action": "reject"}))})
    with shared:
        before = digest_in_force(shared)
        write_set(shared, {"rejected.yaml": yaml.safe_dump(policy(REJECTED, NIR, {"action": "tag"}))})
        for name, (files, words) in BAD_SETS.items():
            write_set(shared, kept | files)
            said = reloaded(shared)

            assert f"reload failed, still in force: policies={before[0]}" in said, name
            assert "Traceback" not in said
            assert [] == [word for word in words if word not in said], name
            assert shared.metric("hygie_config_last_reload_successful") == 0
            assert digest_in_force(shared) == before
            assert (action(shared, HELD), action(shared, REJECTED)) == ("hold", "reject"), name
        wait_until(lambda: len(shared.journal("reloaded")) == len(BAD_SETS), "the journal tells of each")
        assert not any(line["ok"] for line in shared.journal("reloaded"))

        write_set(shared, kept)
        assert "reloaded policies=" in reloaded(shared)
        assert shared.metric("hygie_config_last_reload_successful") == 1
        assert digest_in_force(shared) != before
        assert (action(shared, HELD), action(shared, REJECTED)) == ("hold", "tag")


def test_reloads_under_load_fail_no_message_and_mix_no_two_sets(shared: HygieServe) -> None:
    """Good sets and bad ones by turns, while four connections send without a pause."""
    done = threading.Event()
    verdicts: list[str] = []
    raw = messages.patient_note(HELD, [OUTSIDE])

    def send() -> None:
        with FakeMta(shared.socket) as mta:
            while not done.is_set():
                answer = mta.send(raw, HELD, [OUTSIDE])
                verdicts.append(answer.text or ("hold" if answer.named("quarantine") else "tag"))

    scope = {"scope": {"senders": {"in": ["units"]}}}
    sets = {then: policy(HELD, {"macro": "known"}, {"action": then}) | scope for then in ("tag", "hold")}
    with shared:
        meant = {digest_in_force(shared)[0]: "hold"}
        with ThreadPoolExecutor(4) as connections:
            sending = [connections.submit(send) for _ in range(4)]
            try:
                for turn in range(12):
                    then = "hold" if turn % 2 else "tag"
                    write_set(shared, {"held.yaml": yaml.safe_dump(sets[then])})
                    assert "reloaded policies=" in reloaded(shared)
                    meant[digest_in_force(shared)[0]] = then
                    write_set(shared, {"held.yaml": "schema: 1\nid: [\n"})
                    assert "reload failed" in reloaded(shared)
                    so_far = len(verdicts)
                    wait_until(lambda so_far=so_far: len(verdicts) > so_far, "mail goes on")
            finally:
                done.set()
        for each in sending:
            each.result()
        lines = shared.journal()

        assert {"hold", "tag"} == set(verdicts)
        assert len(lines) == len(verdicts)
        assert len(meant) == 2
        assert all(meant[line["policy_digest"][:12]] == line["action"] for line in lines)
        assert sum(line["action"] == "hold" for line in lines) == verdicts.count("hold")
        assert shared.metric("hygie_failures_total") == 0
