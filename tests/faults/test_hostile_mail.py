"""Mail made to break readers costs its own part, is never called clean, and stops nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import messages
from harness.fake_mta import ACCEPT, FakeMta
from harness.hostile.pdfs import nested_forms, text_bomb
from harness.hygie import HygieServe
from harness.policies import CAREFUL, FREE, write_policies

OUTSIDE = "quelquun@gmail.test"
MEBIBYTE = 1 << 20


@pytest.mark.parametrize("bomb", [text_bomb, nested_forms], ids=lambda bomb: bomb.__name__)
def test_a_pdf_bomb_is_unread_and_the_letter_beside_it_is_read(hygie: HygieServe, bomb) -> None:
    attachments = (
        messages.Attachment("a.pdf", "application/pdf", bomb()),
        messages.Attachment("b.pdf", "application/pdf", messages.lab_report_pdf()),
    )
    raw = messages.message(CAREFUL, [OUTSIDE], "Deux fichiers", "Ci-joint.\n", attachments=attachments)

    with FakeMta(hygie.socket, timeout=60) as mta:
        answer = mta.send(raw, CAREFUL, [OUTSIDE])

    assert answer.verdict == ACCEPT
    assert len(answer.named("quarantine")) == 1
    line = hygie.journal()[-1]
    assert line["unread"]
    assert "nir" in [row[0] for row in line["findings"]]


def test_other_mail_is_answered_while_a_bomb_is_read(hygie: HygieServe) -> None:
    attachment = messages.Attachment("a.pdf", "application/pdf", text_bomb())
    bomb = messages.message(FREE, [OUTSIDE], "Fichier", "Ci-joint.\n", attachments=(attachment,))
    with FakeMta(hygie.socket, timeout=60) as slow, FakeMta(hygie.socket, timeout=5) as quick:
        slow.mail(FREE)
        slow.rcpt(OUTSIDE)
        head, _, body = bomb.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            slow.header(*line.split(b": ", 1) if b": " in line else (b"X-Fold", line))
        slow.body(body)
        slow.begin_end()

        assert quick.send(messages.ordinary(FREE, [OUTSIDE]), FREE, [OUTSIDE]).verdict == ACCEPT
        assert slow.finish_end().verdict == ACCEPT


def test_an_oversized_message_is_cut_and_its_rest_is_unread(folder: Path) -> None:
    policies = write_policies(folder / "policies")
    limits = {"message_max_bytes": MEBIBYTE}
    with HygieServe(folder / "hygie", policies={"folder": str(policies)}, limits=limits) as hygie:
        raw = messages.ordinary(CAREFUL, [OUTSIDE], size=3 * MEBIBYTE)
        with FakeMta(hygie.socket, timeout=60) as mta:
            held = mta.send(raw, CAREFUL, [OUTSIDE])
            small = mta.send(messages.ordinary(CAREFUL, [OUTSIDE]), CAREFUL, [OUTSIDE])

        assert (held.verdict, len(held.named("quarantine"))) == (ACCEPT, 1)
        assert [row[1] for row in hygie.journal()[0]["unread"]] == ["limit:message_max_bytes"]
        assert hygie.metric("hygie_limit_hits_total", limit="message_max_bytes") >= 1
        assert (small.verdict, small.changes) == (ACCEPT, [])
