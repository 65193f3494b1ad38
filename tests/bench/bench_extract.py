"""Milliseconds of ``extract``, and their ratio to the bare standard parser in the same run.

Baseline: ``email.message_from_bytes`` (compat32) and ``get_payload(decode=True)`` of every part.
Run:      ``python tests/bench/bench_extract.py``; figures of one machine, compare the ratios.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from extraction_samples import attached, pdf, word
from hygie_detectors.extraction import extract

LINE = "La réunion d'équipe est déplacée au mardi 3 mars à 15 heures, salle 12.\n"


def baseline(raw: bytes) -> None:
    for entity in message_from_bytes(raw).walk():
        entity.get_payload(decode=True)


def plain_mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Élodie Martin <e.martin@hopital.example>"
    message["To"] = "m.durand@ailleurs.example"
    message["Subject"] = "Réunion d'équipe"
    message["Message-ID"] = "<1@hopital.example>"
    message.set_content(LINE * 23)
    return message


def html_mail() -> bytes:
    message = plain_mail()
    cell = f"<td style='padding:2px'><p class=MsoNormal><span>{LINE}</span></p></td>"
    message.add_alternative(
        f"<html><body><table>{f'<tr>{cell}{cell}</tr>' * 40}</table></body></html>", subtype="html"
    )
    return bytes(message)


def best(function: Callable[[bytes], object], raw: bytes, seconds: float = 0.7) -> float:
    """Return the milliseconds of the best of many calls."""
    fastest, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        function(raw)
        fastest = min(fastest, time.perf_counter() - start)
    return fastest * 1000


def main() -> None:
    samples = {
        "text 2 kB": bytes(plain_mail()),
        "text + html 15 kB": html_mail(),
        "pdf 1 page": attached(pdf(LINE * 30), "lettre.pdf"),
        "docx 1 page": attached(word(*[LINE] * 30), "lettre.docx"),
    }
    for name, raw in samples.items():
        bare, ours = best(baseline, raw), best(extract, raw)
        sys.stdout.write(
            f"{name:20} {len(raw):8} bytes  extract {ours:7.3f} ms  "
            f"baseline {bare:7.3f} ms  ratio {ours / bare:5.1f}\n"
        )


if __name__ == "__main__":
    main()
