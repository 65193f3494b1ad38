"""What ``hygie check`` says of a Postfix whose settings lack one thing or hold one too many."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.house import House
from hygie_milter.diagnosis import Point, _postfix
from hygie_milter.postfix.installed import Postfix
from hygie_milter.runtime import load_runtime

pytestmark = pytest.mark.postfix


def wrong(house: House, folder: Path, file: str, old: str, new: str) -> list[Point]:
    """Return the points that are not ok once ``old`` is ``new`` in a copy of that file."""
    etc = folder / "etc"
    shutil.copytree(house.postfix.etc, etc)
    for path in etc.iterdir():
        text = path.read_text().replace(str(house.postfix.etc), str(etc))
        if path.name == file:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text)
    points = list(_postfix(load_runtime(house.hygie.config), Postfix(etc)))
    return [point for point in points if point.level != "ok"]


def test_what_is_deployed_is_right(house: House, folder: Path) -> None:
    assert wrong(house, folder, "main.cf", "", "") == []


GENERIC = "mssante_generic"
BOUNCE = "bounce_size_limit = 1\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "level", "word"),
    [
        ("main.cf", "default_action=tempfail", "default_action=accept", "error", "default_action=accept"),
        ("main.cf", ", default_action=tempfail", "", "warning", "default_action"),
        ("main.cf", BOUNCE, BOUNCE + "receive_override_options = no_milters\n", "error", "no_milters"),
        ("main.cf", BOUNCE, BOUNCE + "smtpd_milter_maps = static:DISABLE\n", "warning", "smtpd_milter_maps"),
        (
            "main.cf",
            BOUNCE,
            BOUNCE + "content_filter = smtp:[127.0.0.1]:10024\n",
            "warning",
            "content_filter",
        ),
        ("main.cf", BOUNCE, BOUNCE + "milter_rcpt_macros = i {rcpt_addr}\n", "error", "{rcpt_mailer}"),
        ("main.cf", BOUNCE, "", "warning", "bounce_size_limit"),
        ("main.cf", "non_smtpd_milters", "#", "error", "sendmail(1)"),
        ("master.cf", "  -o smtp_generic_maps", "#", "error", "smtp_generic_maps"),
        ("master.cf", "smtp_fallback_relay=", "smtp_fallback_relay=[relais.test]", "error", "fallback"),
        ("transport", "error:", "smtp:", "error", "refused.hygie.invalid"),
        ("transport", "mssante:", "smtp:", "error", "smtp_generic_maps"),
        (GENERIC, '/^"(.+)=', "#", "error", "un essai"),
        (GENERIC, "/^(.+)=", "#", "error", "hygie@essai.invalid"),
    ],
)
def test_each_thing_that_is_missing_or_too_much_is_said(
    house: House, folder: Path, file: str, old: str, new: str, level: str, word: str
) -> None:
    points = wrong(house, folder, file, old, new)

    assert any(point.level == level and word in point.text for point in points), points
