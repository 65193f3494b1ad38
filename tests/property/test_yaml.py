"""Whatever a file holds, reading it ends in a document or in problems with a place."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hygie_policies import yamlfile
from hygie_policies.schema import Policy

TEXTS = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(str.encode),
    st.text(alphabet="{}[]:,-?&*!|>'\"%@`# \n\tab1~<=.", max_size=120).map(str.encode),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["id", "when", "all", "finding", "then", "x"]), inner, max_size=3
            ),
        ),
        max_leaves=12,
    ).map(lambda value: str(value).replace("None", "~").encode()),
)


def problems(content: bytes):
    """Return what is said of a file, nothing when it is a policy."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.yaml"
        path.write_bytes(content)
        try:
            yamlfile.load(path, Policy)
        except yamlfile.YamlError as error:
            return error.problems
        return None


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_a_file_is_read_or_its_problems_are_said(content):
    said = problems(content)

    assert said is None or said
    for problem in said or ():
        assert problem.line >= 1
        assert problem.column >= 1
        assert "\n    " in problem.message
