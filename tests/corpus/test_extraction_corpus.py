"""Odd, broken and hostile files of the development corpus: each in text or unread, in bounded time.

Run in a child process: a reader that takes the process down must fail the test, not the run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CORPUS = Path(os.environ.get("HYGIE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
BLANK = ("testOCR_encode.jpg", "testOCR_encode.png")
"""Pictures of one pixel, which have nothing to say."""
SECONDS_MAX = 5.0

CHILD = """
import json, pathlib, sys, time
sys.path.insert(0, sys.argv[1])
from extraction_samples import attached
from hygie_detectors.extraction import extract
for path in sorted(pathlib.Path(sys.argv[2]).rglob("*")):
    if not path.is_file():
        continue
    raw = path.read_bytes()
    mail = path.suffix == ".eml" or path.parent.name == "mail_mime4j"
    start = time.perf_counter()
    extraction = extract(raw if mail else attached(raw, path.name))
    seconds = time.perf_counter() - start
    answered = {s.part.split("#")[0] for s in extraction.segments if s.source != "name"}
    answered |= {u.part.split("#")[0] for u in extraction.unread}
    paths = [p.path for p in extraction.parts]
    silent = [
        p.media_type for p in extraction.parts[1:]
        if p.attachment and p.size > 4 and p.path not in answered
        and p.media_type != "application/pkcs7-signature"
        and not any(other.startswith((p.path + "/", p.path + ".")) for other in paths)
    ]
    print(json.dumps([path.name, seconds, silent, sorted({u.reason for u in extraction.unread})]), flush=True)
"""


def run(folder: str) -> dict[str, tuple[float, list[str], list[str]]]:
    """Return seconds, silent parts and reasons by file name."""
    if not (CORPUS / folder).is_dir():
        pytest.skip(f"the development corpus is absent (HYGIE_CORPUS, folder {folder})")
    tests = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", CHILD, tests, str(CORPUS / folder)],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert 0 == done.returncode, f"the readers took the process down after {len(rows)} files"
    return {name: (seconds, silent, reasons) for name, seconds, silent, reasons in rows}


@pytest.mark.corpus
@pytest.mark.parametrize("folder", ["robust", "neg_attachment"])
def test_every_file_is_read_or_unread_in_time(folder: str) -> None:
    rows = run(folder)

    assert [] == [name for name, (seconds, _, _) in rows.items() if seconds > SECONDS_MAX]
    assert [] == [name for name, (_, silent, _) in rows.items() if silent and not name.endswith(BLANK)]
    assert [] == [name for name, (_, _, reasons) in rows.items() if "crash" in reasons]


LOCKED = (
    "protected_passtika.docx",
    "testZipEncrypted.zip",
    "testPassword4Spaces.pdf",
    "testODTEncrypted.odt",
)
OPEN = ("owner_empty.pdf", "testWORD_docSecurity.docx")


@pytest.mark.corpus
def test_passwords_are_seen_where_they_lock() -> None:
    rows = run("neg_attachment")

    for end in LOCKED:
        found = [reasons for name, (_, _, reasons) in rows.items() if name.endswith(end)]
        assert all("encrypted" in reasons for reasons in found)
    for end in OPEN:
        found = [reasons for name, (_, _, reasons) in rows.items() if name.endswith(end)]
        assert all("encrypted" not in reasons for reasons in found)
