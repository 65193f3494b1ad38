"""What can be scanned, and as what."""

import mailbox
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from hygie_milter.sources import as_mail, envelope_of, sources

MAIL = b"From: a@h.test\nTo: b@x.test\nSubject: x\n\nBonjour.\n"


def names(path):
    return [os.path.relpath(source.name, path) for source in sources(path)]


def test_an_mbox_is_read_by_several_threads_message_by_message(tmp_path):
    """One file position for all threads once gave a message's bytes to another, or none."""
    box = mailbox.mbox(tmp_path / "box")
    for number in range(300):
        box.add(f"From: a@x.test\nSubject: {number}\n\n{'x' * number * 10} end {number}\n")
    box.flush()
    found = list(sources(tmp_path / "box"))
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda source: source.read().decode(), found))

    assert 300 == len(texts)
    assert all(
        f"Subject: {n}\n" in text and text.rstrip().endswith(f"end {n}") for n, text in enumerate(texts)
    )


def test_a_sentence_that_begins_with_from_parts_no_message_of_an_mbox(tmp_path):
    line = b"From a@h.test Tue Nov 24 11:34:34 2026\n"
    body = b"\nFrom what we read, all is well.\n\nFrom there on, rest.\n\n"
    (tmp_path / "box").write_bytes(line + MAIL + body + line + MAIL)

    first, second = sources(tmp_path / "box")

    assert (MAIL + body, MAIL) == (first.read(), second.read())


def test_a_hostile_line_of_an_mbox_costs_little(tmp_path):
    hostile = b"\nFrom " + b"12:34 " * 200_000 + b"\n"
    (tmp_path / "box").write_bytes(b"From a Tue Nov 24 11:34:34 2026\n" + MAIL + hostile * 5)
    started = time.monotonic()

    assert 1 == len(list(sources(tmp_path / "box")))
    assert time.monotonic() - started < 1


def test_a_text_that_begins_with_from_is_no_mbox(tmp_path):
    (tmp_path / "note.txt").write_bytes(b"From a Tue Nov 24 11:34:34 2026\nrien d'un message\n")

    assert ["note.txt"] == names(tmp_path)


def test_a_maildir_gives_its_messages_and_those_of_its_folders_and_nothing_else(tmp_path):
    box = mailbox.Maildir(tmp_path / "m")
    box.add(MAIL)
    box.add_folder("Archives").add(MAIL)
    (tmp_path / "m" / "tmp" / "half").write_bytes(MAIL)
    (tmp_path / "m" / "dovecot.index").write_bytes(b"x")

    assert ["new", ".Archives/new"] == [os.path.dirname(name) for name in names(tmp_path / "m")]  # noqa: PTH120 - text


def test_a_message_of_a_maildir_is_mail_by_its_place(tmp_path):
    """Whatever it begins with: wrapped as an attachment it would be another message."""
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.h:2,S").write_bytes(b"X: 1\n\nBonjour.\n")

    assert [b"X: 1\n\nBonjour.\n"] == [source.read() for source in sources(tmp_path)]


def test_a_folder_is_walked_whole_in_order_with_any_name(tmp_path):
    odd = [
        b"accentu\xc3\xa9.eml",
        b"avec espace.eml",
        b"latin\xe9.eml",
        b"saut\nligne.eml",
        b"sous/\xc3\xa9/fond.eml",
    ]
    (tmp_path / "sous" / "é").mkdir(parents=True)
    for name in odd:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:  # noqa: PTH118, PTH123 - a name in bytes
            file.write(MAIL)

    assert [os.fsdecode(name) for name in odd] == names(tmp_path)
    assert all(source.read() == MAIL for source in sources(tmp_path))


def test_a_folder_deeper_than_python_s_stack_is_walked(tmp_path):
    os.makedirs(tmp_path.joinpath(*["d"] * 600))  # noqa: PTH103 - pathlib recurses
    (tmp_path.joinpath(*["d"] * 600) / "m.eml").write_bytes(MAIL)

    assert 1 == len(list(sources(tmp_path)))


def test_what_cannot_be_read_in_a_folder_is_named_and_hides_nothing(tmp_path):
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "b").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "c")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "d"))
        (tmp_path / "e.eml").write_bytes(MAIL)
        found = list(sources(tmp_path))

    assert ["a.eml", "b", "c", "d", "e.eml"] == names(tmp_path)
    assert MAIL == found[0].read() == found[-1].read()
    for source in found[1:-1]:
        with pytest.raises(OSError, match=source.name):
            source.read()


def test_a_path_that_cannot_be_listed_is_said_at_once(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        list(sources(tmp_path / "absent"))


def test_a_link_that_was_named_is_followed(tmp_path):
    (tmp_path / "m.eml").write_bytes(MAIL)
    (tmp_path / "link").symlink_to(tmp_path / "m.eml")

    assert [MAIL] == [source.read() for source in sources(tmp_path / "link")]


@pytest.mark.parametrize("name", ["note.txt", "scan.pdf", "a\nb.bin", "latin\udce9.txt", "Résumé.docx"])
def test_a_file_that_is_no_mail_leaves_as_an_attachment(name):
    raw = as_mail(b"Bonjour", name)

    assert b"Content-Disposition: attachment" in raw
    assert b"\r\nQm9uam91cg==\r\n" in raw or b"\r\nBonjour" in raw


def test_a_mail_is_left_as_it_is():
    assert MAIL == as_mail(MAIL, "message.txt")
    assert b"rien" == as_mail(b"rien", "message.eml")


def test_the_envelope_is_who_the_headers_name():
    raw = b"From: A <a@h.test>\nTo: b@x.test, C <c@x.test>\nCc: b@x.test\nBcc: d@x.test\n\nx"

    assert ("a@h.test", ("b@x.test", "c@x.test", "d@x.test")) == envelope_of(raw)
