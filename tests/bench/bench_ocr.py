"""Seconds of ``extract`` for a scanned page, the probes found on it, and memory, by kind of page.

Run: ``python tests/bench/bench_ocr.py``. One thread; figures of one machine, compare the ratios.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pypdfium2 as pdfium
from PIL import Image

from extraction_samples import attached, pdf
from hygie_detectors.extraction import extract, warm
from picture_samples import INS, PAGE, PROBES, code, saved, scan, scanned_pdf

REPORT = PAGE + "".join(f"\nParamètre numéro {n} : {n},{n} mmol/L   ({n} à {n * 4})" for n in range(1, 31))
PROSE = "\n".join(["le patient présente une douleur thoracique avec irradiation dans le bras gauche"] * 45)


def noisy(page: Image.Image) -> Image.Image:
    grain = Image.effect_noise(page.size, 36)
    return Image.blend(page.rotate(0.6, fillcolor=255), grain, 0.3)


def fax(page: Image.Image) -> Image.Image:
    return page.resize((1728, 2286)).point(lambda level: 255 if level > 128 else 0).convert("1")


def labelled(page: Image.Image) -> Image.Image:
    page.paste(code(INS, scale=4), (1_100, 300))
    return page


def main() -> None:
    begun = time.perf_counter()
    warm()
    print(f"{'warm':<24} {time.perf_counter() - begun:5.2f} s")
    report = scan(REPORT)
    letter = pdf("Une lettre de texte, que chacun peut lire.\n" * 20)
    samples = {
        "report 200 dpi": saved(report),
        "report 300 dpi": saved(scan(REPORT, 300)),
        "report 100 dpi": saved(scan(REPORT, 100)),
        "noisy, tilted": saved(noisy(report), "JPEG", quality=70),
        "fax": saved(fax(report), "TIFF", compression="group4", dpi=(204, 196)),
        "on its side": saved(report.rotate(90, expand=True)),
        "upside down": saved(report.rotate(180)),
        "with INS datamatrix": saved(labelled(scan(REPORT))),
        "prose, 45 lines": saved(scan(PROSE)),
        "blank": saved(Image.new("L", report.size, 255)),
        "noise alone": saved(Image.effect_noise(report.size, 200)),
        "photograph size, 12 Mpx": saved(report.resize((2_900, 4_100)), "JPEG", quality=80),
        "PDF of one scan": scanned_pdf(report),
        "PDF of text": letter,
    }
    for name, data in samples.items():
        mail = attached(data, "piece.bin")
        seconds = []
        for _ in range(3):
            begun = time.perf_counter()
            extraction = extract(mail)
            seconds.append(time.perf_counter() - begun)
        text = "\n".join(s.text for s in extraction.segments).lower()
        found = sum(probe.lower() in text for probe in PROBES)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        reasons = ",".join(u.reason for u in extraction.unread)
        print(f"{name:<24} {min(seconds):5.2f} s  {found} of 6  {peak:4} MiB  {reasons}")
    print(f"threads: {len(os.listdir('/proc/self/task'))}; pdfium {pdfium.PYPDFIUM_INFO}")  # noqa: PTH208 - a count


if __name__ == "__main__":
    main()
