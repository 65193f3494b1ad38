"""What holds of the lines of forms, whatever the text."""

from hypothesis import given
from hypothesis import strategies as st

from hygie_detectors.model import Segment
from hygie_detectors.templates import fingerprint, line_digests, lines

SPACES = st.text(" \t\u00a0\u202f\u3000", max_size=5)
WORDS = st.lists(st.text("abcéœ☐☒[]x:0123456789محمد", min_size=1, max_size=8), min_size=1, max_size=8)
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from(" \n._…[]x☐☒é\u0336\u200b")), max_size=300)


def digests(text):
    return list(line_digests("2", Segment("2", text)))


@given(WORDS, st.data())
def test_no_line_depends_on_white_space(words, data):
    spaced = "".join(data.draw(SPACES) + word for word in words) + data.draw(SPACES)

    assert digests("".join(words)) == digests(spaced)


@given(WORDS, st.sampled_from("x☒✓✗X1\u0336é"), st.data())
def test_no_sign_put_into_a_line_is_lost(words, sign, data):
    at = data.draw(st.integers(0, len(words)))
    text = " ".join(words)
    marked = " ".join([*words[:at], f"-{sign}", *words[at:]])

    assert set(digests(text)).isdisjoint(digests(marked))


@given(TEXTS)
def test_every_text_has_its_lines(text):
    found = lines(text)

    assert all(found)
    assert not any(character.isspace() for line in found for character in line)
    assert len(found) + bool(found) == len(digests(text))


@given(TEXTS, TEXTS)
def test_a_text_that_begins_with_another_is_not_that_form(text, more):
    form = fingerprint("2", [Segment("2", text)], [])
    longer = fingerprint("2", [Segment("2", f"{text}\n{more}")], [])

    if lines(f"{text}\n{more}") != lines(text):
        assert not longer.content <= form.content
