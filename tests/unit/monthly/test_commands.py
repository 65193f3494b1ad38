"""``hygie report`` and ``hygie feedback`` as a person runs them."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
import yaml

from hygie_policies.parties import PARIS
from monthly_samples import INSIDE, OUTSIDE, PAIR, QUEUE_ID, SENDER, matched

NOON = datetime(2026, 10, 5, 10, tzinfo=UTC)
REF = "HY-7KQM2D0X"
PAGE = "rapport.html"


@pytest.fixture
def hygie(house, tmp_path):
    config = tmp_path / "hygie.yaml"
    config.write_text(
        yaml.safe_dump({"milter": {"socket": "unix:/tmp/x.sock"}, "journal": {"folder": str(house.folder)}})
    )

    def run(*arguments):
        house.close()
        done = subprocess.run(
            [sys.executable, "-m", "hygie_milter.cli.main", *arguments, "-c", config],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    run.config = config
    return run


def page(tmp_path):
    return (tmp_path / "rapport-2026-10" / PAGE).read_text(encoding="utf-8")


def test_a_month_becomes_a_page_and_files(house, hygie, tmp_path):
    house.decide(
        NOON,
        action="hold",
        reference=REF,
        findings=PAIR,
        outcomes=(matched("identified-patient-data", "hold"),),
    )

    done = hygie("report", "--month", "2026-10")

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith(f"rapport-2026-10/{PAGE} : 1 ")
    assert "Journal intact" in page(tmp_path)
    volumes = (tmp_path / "rapport-2026-10" / "volumes.csv").read_text(encoding="utf-8-sig")
    assert "05/10/2026;1;0;0;0;1;0" in volumes
    assert [] == house.verify().damages


def test_nothing_of_a_person_or_a_message_is_in_any_file(house, hygie, tmp_path):
    house.decide(NOON, reference=REF, findings=PAIR, to=(OUTSIDE, INSIDE), unread=("encrypted",))
    house.write(NOON, "feedback", {"reference": REF, "judgement": "missed"})
    line = house.journal.ring.current
    pseudonym = line.pseudonym("address", SENDER)

    assert 0 == hygie("report", "--month", "2026-10", "--output", "out").returncode

    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    assert pseudonym in house.lines(NOON.date())[0].decode()
    for marker in (
        SENDER,
        OUTSIDE,
        "gmail",
        "Exemple",
        "2••",
        "10.1.2.3",
        pseudonym,
        QUEUE_ID,
        REF,
        str(tmp_path),
    ):
        assert marker not in written, marker


def test_an_empty_month_is_a_page(house, hygie, tmp_path):
    house.decide(datetime(2026, 11, 20, tzinfo=UTC))

    done = hygie("report", "--month", "2026-10")

    assert 0 == done.returncode
    assert "Aucune ligne au journal pour octobre 2026" in page(tmp_path)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda lines: [*lines[:-1], lines[-1][:40]], "ligne coupée"),
        (lambda lines: [lines[0], lines[2]], "la ligne n° 2 manque"),
        (
            lambda lines: [lines[0], lines[1].replace(b'"allow"', b'"reject"', 1), lines[2]],
            "son sceau est faux",
        ),
        (lambda lines: [*lines[:2], b"\xff\x00<script>\n", lines[2]], "n&#39;est pas une ligne du journal"),
    ],
    ids=["torn", "removed", "changed", "added"],
)
def test_a_damaged_month_is_a_page_that_says_so_and_status_1(house, hygie, tmp_path, spoil, said):
    for _ in range(3):
        house.decide(NOON)
    house.close()
    house.put(spoil(house.lines(NOON.date())), NOON.date())

    done = hygie("report", "--month", "2026-10")

    assert 1 == done.returncode
    assert "ABÎMÉ / DAMAGED" in done.stderr
    assert "Le journal est abîmé" in page(tmp_path)
    assert said in page(tmp_path)
    assert "<script>" not in page(tmp_path)


@pytest.mark.parametrize("month", ["2026-13", "octobre", "2026", "2026-10-05"])
def test_a_month_that_is_none_is_refused(house, hygie, month):
    house.decide(NOON)

    assert 2 == hygie("report", "--month", month).returncode


def test_a_folder_that_cannot_be_written_to_is_said(house, hygie, tmp_path):
    house.decide(NOON)
    (tmp_path / "file").write_text("")

    done = hygie("report", "--month", "2026-10", "--output", "file/below")

    assert 2 == done.returncode
    assert "file/below" in done.stderr


def test_policies_that_cannot_be_loaded_cost_their_chapter_only(house, hygie, tmp_path):
    house.decide(NOON)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "p.yaml").write_text("schema: 1\nid: x\n")
    settings = yaml.safe_load(hygie.config.read_text())
    hygie.config.write_text(yaml.safe_dump({**settings, "policies": {"folder": str(tmp_path / "policies")}}))

    done = hygie("report", "--month", "2026-10")

    assert 0 == done.returncode
    assert "p.yaml:" in done.stderr
    assert "n&#39;ont pas pu être chargées" in page(tmp_path)


def test_feedback_is_noted_and_shows_in_the_report(house, hygie, tmp_path):
    house.decide(NOON, action="hold", reference=REF, outcomes=(matched("pair", "hold"),))

    done = hygie("feedback", "hy 7kqm 2dox", "--false-positive", "--note", "no-patient", "--by", "security")

    assert (0, "") == (done.returncode, done.stderr)
    assert f"{REF} : false_positive, noté / noted (2)\n" == done.stdout
    now = datetime.now(PARIS)
    assert 0 == hygie("report", "--month", f"{now:%Y-%m}", "--output", "now").returncode
    rows = (tmp_path / "now" / "signalements.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "Arrêté à tort (faux positif);aucun patient réel (exemple, formulaire vierge);1" == rows[1]
    assert [] == house.verify().damages


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["HY-00000000", "--missed"], 1, "HY-00000000 : inconnue du journal"),
        ([REF], 2, "--false-positive"),
        ([REF, "--missed", "--note", "no-patient"], 2, "not-recognised, unread, no-policy, other"),
        ([REF, "--missed", "--note", "Mme Exemple"], 2, "not-recognised"),
        ([REF, "--missed", "--by", "Jean Exemple"], 2, "sender, security, dpo, care"),
        (["4ABCDEF", "--missed"], 2, "HY-7KQM2D0X"),
    ],
)
def test_feedback_that_cannot_be_taken_is_said_and_nothing_is_written(house, hygie, arguments, status, said):
    house.decide(NOON, reference=REF)

    done = hygie("feedback", *arguments)

    assert status == done.returncode
    assert said in done.stderr
    assert "Exemple" not in done.stderr
    assert 1 == len(house.lines(NOON.date()))
