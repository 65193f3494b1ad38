"""A judgement by the command, beside the running daemon: one chain, one count, one report."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from harness import messages
from harness.fake_mta import FakeMta
from harness.hygie import COMMAND, HygieServe
from harness.policies import HELD

OUTSIDE = "quelquun@gmail.test"
METRIC = "hygie_feedback_total"


def run(hygie: HygieServe, *arguments: str) -> str:
    done = subprocess.run(
        [COMMAND, *arguments, "--config", hygie.config], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_daemon_counts_what_the_command_noted_and_goes_on_in_the_same_chain(
    hygie: HygieServe, tmp_path: Path
) -> None:
    with FakeMta(hygie.socket) as mta:
        mta.send(messages.patient_note(HELD, [OUTSIDE]), HELD, [OUTSIDE])
        reference = hygie.journal()[-1]["reference"]
        before = hygie.metric(METRIC, judgement="false_positive"), hygie.metric(METRIC, judgement="missed")

        run(hygie, "feedback", reference, "--false-positive", "--note", "no-patient")
        mta.send(messages.patient_note(HELD, [OUTSIDE]), HELD, [OUTSIDE])

    after = hygie.metric(METRIC, judgement="false_positive"), hygie.metric(METRIC, judgement="missed")
    assert (before[0] + 1, before[1]) == after
    assert run(hygie, "journal", "verify").endswith("intact\n")
    [line] = [line for line in hygie.journal("feedback") if line["reference"] == reference]
    month = f"{datetime.fromisoformat(line['time']).astimezone(ZoneInfo('Europe/Paris')):%Y-%m}"
    run(hygie, "report", "--month", month, "--output", str(tmp_path))
    assert ";aucun patient réel" in (tmp_path / "signalements.csv").read_text(encoding="utf-8-sig")
    page = (tmp_path / "rapport.html").read_text(encoding="utf-8")
    for marker in (HELD, OUTSIDE, reference, line["seal"], hygie.journal()[-1]["queue_id"]):
        assert not marker or marker not in page
