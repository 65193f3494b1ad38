"""``hygie journal``: what it prints, its exit status, and what an export leaves out."""

import csv
import io
import json
import subprocess
import sys

import pytest
import yaml

from hygie_milter.journal.keys import load_ring
from journals import DAYS


@pytest.fixture
def hygie(three_days, tmp_path):
    config = tmp_path / "hygie.yaml"
    config.write_text(
        yaml.safe_dump(
            {"milter": {"socket": "unix:/tmp/x.sock"}, "journal": {"folder": str(three_days.folder)}}
        )
    )

    def run(*arguments, config=config):
        command = [sys.executable, "-m", "hygie_milter.cli.main", "journal", *arguments, "-c", config]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    run.config = config
    return run


def test_verify_says_intact(hygie):
    done = hygie("verify")

    assert 0 == done.returncode
    assert "fichiers / files: 3 ; lignes / lines: 9" in done.stdout
    assert done.stdout.endswith("intact\n")


def test_verify_says_where_the_damage_is(hygie, three_days):
    three_days.put(three_days.lines(DAYS[1])[1:], DAYS[1])

    done = hygie("verify")

    assert 1 == done.returncode
    assert "journal-2026-11-22.jsonl:4: la ligne n° 4 manque" in done.stdout
    assert "intact" not in done.stdout


def test_verify_against_an_end_noted_elsewhere(hygie, three_days):
    head = three_days.open().head

    assert 0 == hygie("verify", "--head", f"{head.seq}:{head.seal}").returncode
    assert 1 == hygie("verify", "--head", f"{head.seq + 3}:{head.seal}").returncode
    assert 2 == hygie("verify", "--head", "yesterday").returncode


def test_export_of_a_period(hygie, three_days):
    three_days.open().write("decided", {"queue_id": "4ABC", "reference": "HY-1", "who": "ab" * 10})
    rows = [json.loads(row) for row in hygie("export", "--since", str(DAYS[1])).stdout.splitlines()]

    assert 7 == len(rows)
    assert not {"queue_id", "reference", "seq", "seal", "key"} & set().union(*rows)
    assert ("ab" * 10) != rows[-1]["who"]
    assert 20 == len(rows[-1]["who"])
    assert 3 == len(hygie("export", "--until", str(DAYS[1])).stdout.splitlines())


def test_pseudonyms_stay_the_same_within_one_export_only(hygie, three_days):
    journal = three_days.open()
    for _ in range(2):
        journal.write("decided", {"recipients": [{"who": "ab" * 8 + "@" + "cd" * 8}]})

    def exported():
        return [json.loads(row).get("recipients") for row in hygie("export").stdout.splitlines()][-2:]

    first, second = exported(), exported()
    assert first[0] == first[1]
    assert first != second


def test_a_linked_export_keeps_all(hygie, three_days):
    three_days.open().write("decided", {"queue_id": "4ABC", "who": "ab" * 10})

    row = json.loads(hygie("export", "--linked").stdout.splitlines()[-1])

    assert ("4ABC", "ab" * 10, 10) == (row["queue_id"], row["who"], row["seq"])


def test_export_as_csv(hygie, three_days):
    three_days.open().write("decided", {"action": "hold", "size": 12, "unread": [["1", "timeout", False]]})

    rows = list(csv.DictReader(io.StringIO(hygie("export", "--format", "csv").stdout)))

    assert 10 == len(rows)
    assert ("hold", "12", '[["1","timeout",false]]') == tuple(
        rows[-1][c] for c in ("action", "size", "unread")
    )


def test_export_tells_of_lines_it_passed_over(hygie, three_days):
    three_days.put([*three_days.lines(), b"junk\n"])

    done = hygie("export")

    assert 1 == done.returncode
    assert "1 lignes abîmées" in done.stderr


def test_purge_and_keys(hygie, three_days):
    before = load_ring(three_days.ring_file).current
    assert f"{before.id}  {before.made}\n" == hygie("keys").stdout
    assert 0 == hygie("rotate-key").returncode
    assert 2 == len(hygie("keys").stdout.splitlines())
    assert before.secret.hex() not in hygie("keys").stdout

    assert "fichiers / files: 0" in hygie("purge").stdout


@pytest.mark.parametrize("command", ["verify", "export", "purge", "rotate-key", "keys"])
def test_without_a_journal(hygie, tmp_path, command):
    bare = tmp_path / "bare.yaml"
    bare.write_text(yaml.safe_dump({"milter": {"socket": "unix:/tmp/x.sock"}}))

    done = hygie(command, config=bare)

    assert 2 == done.returncode
    assert "journal.folder" in done.stderr


@pytest.mark.parametrize("command", ["verify", "export", "purge", "rotate-key", "keys"])
def test_without_its_keys(hygie, three_days, command):
    three_days.ring_file.unlink()

    done = hygie(command)

    assert 2 == done.returncode
    assert str(three_days.ring_file) in done.stderr
