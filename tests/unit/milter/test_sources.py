"""What can be scanned, and as what."""

import mailbox
from concurrent.futures import ThreadPoolExecutor

from hygie_milter.sources import sources


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
    assert all(f"Subject: {n}\n" in text and text.rstrip().endswith(f"end {n}") for n, text in enumerate(texts))
