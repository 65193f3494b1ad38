"""Where a reader takes a fast way, it gives what the slow one gave."""

from __future__ import annotations

import re
from email import message_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie_detectors.extraction import embedded, headers, hypertext
from hygie_detectors.limits import Limits

LIMITED = settings(max_examples=300, deadline=None)
MAIL = st.lists(
    st.sampled_from(
        [
            *(b"Subject: a", b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: message/rfc822"),
            *(b"--b", b"--b--", b"text", b"\xe9", b" ", b"\r", b"\n", b"\r\n", b"\r\n\r\n"),
        ]
    ),
    max_size=40,
).map(b"".join)


@pytest.fixture(scope="module", params=[1, 2, 7, 64 * 1024])
def piece(request: pytest.FixtureRequest) -> int:
    return request.param


def shape(message):
    content = message.get_payload()
    inner = [shape(part) for part in content] if isinstance(content, list) else content
    defects = [type(defect).__name__ for defect in message.defects]
    return [*message.raw_items()], message.preamble, inner, message.epilogue, defects


@LIMITED
@given(MAIL)
def test_a_message_in_pieces_is_the_message_in_one(piece: int, raw: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(headers, "_PIECE", piece)
        patch.setattr(headers, "_give_back", lambda *_: None)  # what the parser drops, either way
        ours = headers.parse(raw, Limits())

    assert shape(message_from_bytes(raw, policy=ours.policy)) == shape(ours)


@LIMITED
@given(
    st.text(alphabet="aZ9+/=é €\n\\r", max_size=200) | st.integers(50, 70).map(lambda n: "é" + "a" * n + "é")
)
def test_no_run_of_base64_is_passed_over(text: str) -> None:
    """The quick look at the whole text may only say no where the pattern finds nothing."""
    looked = embedded._SHORTEST_RUN in text.encode("utf-8", "replace").translate(embedded._AS_RUNS)

    assert bool(embedded._RUN.search(text)) == looked


@LIMITED
@given(st.text(alphabet="a \t\r\n\f\u00a0", max_size=30))
def test_white_space_becomes_one_space(text: str) -> None:
    assert re.sub(r"[ \t\r\n\f]+", " ", text) == hypertext._SPACE.sub(" ", text)
