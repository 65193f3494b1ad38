"""Mail made to break readers costs its own part, is never called clean, and stops nobody else."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from harness import messages
from harness.fake_mta import ACCEPT, FakeMta
from harness.hygie import HygieServe
from harness.policies import CAREFUL, FREE, write_policies

OUTSIDE = "quelquun@gmail.test"
MEBIBYTE = 1 << 20


def pdf(objects: list[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def one_page(content: bytes, resources: bytes, *more: bytes) -> bytes:
    """A one-page PDF: object 4 is the page's content, 5 its font, 6 and on what is given."""
    packed = zlib.compress(content, 9)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources %s>>" % resources
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page,
            b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            *more,
        ]
    )


def text_bomb() -> bytes:
    """Six million text operators in a few kilobytes: more text than one part may have."""
    return one_page(b"BT /F 9 Tf " + b"(a) Tj " * 6_000_000 + b"ET", b"<</Font<</F 5 0 R>>>>")


def nested_forms() -> bytes:
    """Nine forms, each showing the next one ten times: a thousand million letters to draw."""
    forms = []
    for number in range(6, 15):
        if number < 14:
            content, uses = b"/X Do " * 10, b"<</XObject<</X %d 0 R>>>>" % (number + 1)
        else:
            content, uses = b"BT /F 9 Tf (a) Tj ET " * 10, b"<</Font<</F 5 0 R>>>>"
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources %s/Length %d>>" % (
            uses,
            len(content),
        )
        forms.append(head + b"stream\n" + content + b"\nendstream")
    return one_page(b"/X Do", b"<</XObject<</X 6 0 R>>>>", *forms)


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
    assert sum(line["unread"].values()) >= 1
    assert any(kind.startswith("nir:") for kind in line["findings"])


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
        assert list(hygie.journal()[0]["unread"]) == ["limit:message_max_bytes"]
        assert hygie.metric("hygie_limit_hits_total", limit="message_max_bytes") >= 1
        assert (small.verdict, small.changes) == (ACCEPT, [])
