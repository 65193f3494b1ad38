"""Office files in real workers: confined, limited, and each read as it is outside them."""

import json
import subprocess
from pathlib import Path

import pytest

from extraction_samples import archive
from harness.hygie import COMMAND
from ole_samples import compound, doc, ppt, utf16
from xlsb_samples import far, xlsb

TEXT = "Patiente Mme Jeanne Martin, née le 14/08/1955, NIR 2 55 08 14 168 025 38, insuffisance cardiaque."
FILES = {
    "lettre.doc": doc(TEXT + "\r"),
    "planche.ppt": ppt(utf16(TEXT)),
    "classeur.xlsx": archive(
        {
            "[Content_Types].xml": b"<Types/>",
            "xl/sheet1.xml": f"<worksheet><row><c t='str'><v>{TEXT}</v></c></row></worksheet>".encode(),
        }
    ),
    "document.fodt": (
        "<?xml version='1.0'?><o:document xmlns:o='urn:oasis:names:tc:opendocument:xmlns:office:1.0'>"
        f"<p>{TEXT}</p></o:document>"
    ).encode(),
    "classeur.xlsb": xlsb([[TEXT]]),
    "lointain.xlsb": far(xlsb([["a"], ["b"]])),
    "inconnu.bin": compound({"Inconnu": b"\x01\x02\x03\x04" * 50}),
}

UNREAD = {"inconnu.bin": "unsupported", "lointain.xlsb": "crash"}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    settings = tmp_path_factory.mktemp("settings") / "hygie.yaml"  # not those that lie on this machine
    settings.write_text("milter: {socket: 'unix:/run/hygie.sock'}\n")
    command = [COMMAND, "scan", "--config", settings, "--jsonl", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    lines = map(json.loads, done.stdout.splitlines())
    return {Path(line["source"]).name: line for line in lines}


@pytest.mark.parametrize("name", [name for name in FILES if name not in UNREAD])
def test_an_office_file_is_read_in_a_worker(answers, name):
    assert [] == answers[name]["unread"]
    assert "nir" in {finding["kind"] for finding in answers[name]["findings"]}


@pytest.mark.parametrize("name", UNREAD)
def test_an_office_file_that_cannot_be_read_is_unread_in_a_worker(answers, name):
    assert {UNREAD[name]} == {unread["reason"] for unread in answers[name]["unread"]}
