"""Milliseconds of ``Engine.detect``, and their ratio to a stock Presidio engine in the same run.

Baseline: ``AnalyzerEngine`` over ``spacy.blank("fr")`` with one regex recognizer (a NIR by shape):
          the least that stock Presidio does for French. It finds far less; the ratio says what an
          ordinary mail pays, not which is better.
          With ``--peers DIR`` (the environment that ``make eval-peers`` makes) also Presidio's default
          French engine, ``fr_core_news_md`` with its predefined recognizers, in a process of its own.
Goals:    as many times as fast as that engine: 300 on an ordinary mail of 2 kB, 4 on a health letter of
          2 kB, 50 on texts of 50 kB.
Run:      ``PYTHONPATH=tests python tests/bench/bench_detect.py``; figures of one machine, compare the ratios.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness.peers import Peer
from hygie_detectors.engine import Engine
from hygie_detectors.model import Segment
from hygie_detectors.watch import Unwatched

import spacy  # isort: skip - after ours, which sets what Presidio reads at import
from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry  # isort: skip
from presidio_analyzer.nlp_engine import SpacyNlpEngine  # isort: skip

OFFICE = (
    "Bonjour à toutes et à tous,\r\n\r\nLa réunion d’équipe n° {n} est déplacée au mardi {d} mars à 15 h, "
    "en salle 2{n:02}. Merci de confirmer avant vendredi : 01 42 34 56 {n:02}. Le budget « fournitures » "
    "s’élève à {n} 250 €, hors taxes, et la commande partira dès réception du devis.\r\n\r\n"
    "Bien cordialement,\r\nLe bureau\r\n"
)
LETTER = (
    "Madame Jeanne MARTIN, née le {d:02}/03/1956 (NIR 2 53 07 2A 073 004 43), a été hospitalisée du {d} "
    "au 28 mars pour une insuffisance cardiaque. Antécédents : diabète de type 2, hypertension. "
    "Traitement de sortie : furosémide 40 mg. Hémoglobine 12,{n} g/dL, créatinine {n} µmol/L.\r\n"
)


def texts(template: str, chars: int, count: int) -> list[str]:
    """Return different texts, so that no cache flatters the figures."""
    made = []
    for first in range(count):
        text, n = "", first
        while len(text) < chars:
            text += template.format(n=n % 100, d=n % 27 + 1)
            n += 1
        made.append(text[:chars])
    return made


def stock() -> Callable[[str], object]:
    engine = SpacyNlpEngine(models=[{"lang_code": "fr", "model_name": "blank"}])
    engine.nlp = {"fr": spacy.blank("fr")}
    recognizer = PatternRecognizer(
        "FR_NIR",
        supported_language="fr",
        patterns=[Pattern("nir", r"\b[12] ?\d\d ?\d\d ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d\b", 0.6)],
    )
    registry = RecognizerRegistry(recognizers=[recognizer], supported_languages=["fr"])
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["fr"])
    return lambda text: analyzer.analyze(text, "fr")


def ours() -> Callable[[str], object]:
    engine = Engine()
    engine.warm()
    watch = Unwatched()
    return lambda text: engine.detect([Segment("1", text)], (), {}, watch)


def median_ms(function: Callable[[str], object], samples: list[str]) -> float:
    taken = []
    for text in samples:
        begun = time.perf_counter()
        function(text)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def peer_ms(peer: Peer, samples: list[str]) -> float:
    """Return the median that the peer took by its own clock: the pipe between us is not counted."""
    return statistics.median(answer["ms"] for answer in peer.ask_all(samples))


def main() -> None:
    parser = argparse.ArgumentParser(description="milliseconds of detection beside stock Presidio")
    parser.add_argument("--peers", type=Path, help="environment with Presidio's default French engine")
    asked = parser.parse_args()
    baseline, detect = stock(), ours()
    with ExitStack() as stack:
        peer = stack.enter_context(Peer(asked.peers, "presidio")) if asked.peers else None
        more = f"{'presidio md ms':>16}{'times as fast':>15}{'goal':>6}" if peer else ""
        print(f"{'text':<22}{'stock ms':>10}{'hygie ms':>10}{'ratio':>8}{more}")
        for name, template, chars, count, goal in (
            ("office mail 2 kB", OFFICE, 2_000, 200, 300),
            ("office text 50 kB", OFFICE, 50_000, 20, 50),
            ("letter 2 kB", LETTER, 2_000, 50, 4),
            ("letter 50 kB", LETTER, 50_000, 5, 50),
        ):
            samples = texts(template, chars, count)
            for function in (baseline, detect):
                function(samples[0])
            a, b = median_ms(baseline, samples), median_ms(detect, samples)
            row = f"{name:<22}{a:>10.3f}{b:>10.3f}{b / a:>8.3f}"
            if peer:
                c = peer_ms(peer, samples[:50])
                row += f"{c:>16.3f}{c / b:>15.1f}{goal:>6}"
            print(row)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
