"""How Postfix's own settings are read: lists of milters, paths seen from a jail, folders it may enter."""

import os
import pwd

import pytest

from hygie_milter.postfix.installed import AskError, Milter, Postfix, may_enter, milters

OURS = "unix:/var/spool/postfix/hygie/hygie.sock"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        ("unix:a/b.sock", [Milter("unix:a/b.sock", {})]),
        ("inet:localhost:8891, unix:/x", [Milter("inet:localhost:8891", {}), Milter("unix:/x", {})]),
        (
            "{ unix:h.sock, connect_timeout=10s, default_action=tempfail } inet:[::1]:1",
            [
                Milter("unix:h.sock", {"connect_timeout": "10s", "default_action": "tempfail"}),
                Milter("inet:[::1]:1", {}),
            ],
        ),
        (
            "{unix:h.sock default_action = accept},{ unix:i.sock }",
            [Milter("unix:h.sock", {"default_action": "accept"}), Milter("unix:i.sock", {})],
        ),
    ],
)
def test_a_list_of_milters_is_read_as_postfix_reads_it(value, expected):
    assert expected == milters(value)


@pytest.fixture
def postfix(monkeypatch):
    """A Postfix that answers from a table: what is tested is how answers are read."""
    said = {"queue_directory": "/var/spool/postfix"}
    instance = Postfix(None)
    monkeypatch.setattr(instance, "setting", said.__getitem__)
    return instance


@pytest.mark.parametrize(
    ("endpoint", "chrooted", "reached"),
    [
        ("unix:hygie/hygie.sock", False, True),
        ("unix:hygie/hygie.sock", True, True),
        ("local:hygie/hygie.sock", True, True),
        ("unix:/var/spool/postfix/hygie/hygie.sock", False, True),
        ("unix:/var/spool/postfix/hygie/hygie.sock", True, False),
        ("unix:/hygie/hygie.sock", True, True),
        ("unix:other/hygie.sock", False, False),
        ("inet:localhost:9000", False, False),
    ],
)
def test_a_path_is_what_postfix_finds_from_where_it_stands(postfix, endpoint, chrooted, reached):
    assert reached is postfix.reaches(endpoint, OURS, chrooted=chrooted)


@pytest.mark.parametrize(
    ("value", "seconds"), [("300s", 300), ("5m", 300), ("120", 120), ("1h", 3600), ("x", None)]
)
def test_a_duration_is_in_seconds(postfix, value, seconds):
    assert seconds == postfix.seconds(value)


@pytest.mark.parametrize(
    ("mode", "group", "free"),
    [(0o750, True, True), (0o750, False, False), (0o701, False, True), (0o700, True, False)],
)
def test_a_folder_is_entered_by_the_own_group_of_the_user_or_by_all(folder, mode, group, free):
    """Postfix's programs keep no other group: membership in /etc/group is of no use to them."""
    place = folder / "hygie"
    place.mkdir()
    place.chmod(mode)
    account = pwd.struct_passwd(
        ("somebody", "x", 54_321, place.stat().st_gid if group else 54_321, "", "/", "")
    )

    assert (None if free else place) == may_enter(place, account)


def test_a_folder_on_the_way_that_bars_is_named(folder):
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a").chmod(0o700)
    account = pwd.struct_passwd(("somebody", "x", 54_321, 54_321, "", "/", ""))

    assert folder / "a" == may_enter(folder / "a" / "b", account)


def test_a_tool_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)

    with pytest.raises(AskError, match="postconf"):
        Postfix(None).setting("queue_directory")
