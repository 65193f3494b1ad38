"""Whatever the lines hold, a report is made of them, and its sums agree."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hygie_milter.journal.features import decided
from hygie_milter.journal.keys import Key
from hygie_milter.journal.lines import GENESIS, Event, Line
from hygie_milter.journal.verify import Verdict
from hygie_milter.monthly.figures import Figures, Month
from hygie_milter.monthly.page import csv_files, html
from hygie_milter.monthly.tables import Report, sections
from hygie_policies.model import Action
from monthly_samples import INSIDE, OUTSIDE, PAIR, SECURE, decision, matched

OCTOBER = Month(2026, 10)
KEY = Key("00000000", "2026-10-01", b"k" * 32)
MARK = "Mme Exemple"

times = st.integers(0, int((OCTOBER.end - OCTOBER.begin).total_seconds()) - 1).map(
    lambda seconds: OCTOBER.begin + timedelta(seconds=seconds)
)
json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([*Action, MARK, f"{MARK}@gmail.test"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
FIELDS = (
    *(
        "reference",
        "action",
        "policy_digest",
        "policy_version",
        "recipients",
        "findings",
        "unread",
        "policies",
    ),
    *(
        "judgement",
        "note",
        "result",
        "waited",
        "what",
        "role",
        "verdict",
        "approved",
        "policy",
        "before",
        "after",
    ),
    *("files", "version", "ok", "forced"),
)
wild = st.builds(
    lambda time, event, fields: Line(1, GENESIS, "", time, event, fields, "", b""),
    times,
    st.sampled_from(Event),
    st.dictionaries(st.sampled_from(FIELDS), json),
)
real = st.builds(
    decision,
    action=st.sampled_from(Action),
    findings=st.lists(st.sampled_from(PAIR), max_size=4),
    unread=st.lists(st.sampled_from(["encrypted", "limit:message_max_bytes"]), max_size=3),
    outcomes=st.lists(
        st.builds(matched, st.sampled_from("ab"), st.sampled_from(Action), simulated=st.booleans()),
        max_size=3,
    ),
    to=st.lists(st.sampled_from([OUTSIDE, SECURE, INSIDE]), min_size=1, max_size=3, unique=True).map(tuple),
)
true = st.builds(
    lambda time, made: Line(1, GENESIS, "", time, Event.DECIDED, decided(made, KEY), "", b""), times, real
)


def mangled(line, name, value):
    """Return a line of which one field holds something else."""
    fields = {**line.fields, name: value}
    return Line(1, GENESIS, "", line.time, line.event, fields, "", b"")


spoilt = st.builds(mangled, true, st.sampled_from(FIELDS[:8]), json)


@settings(deadline=None)
@given(st.lists(wild | true | spoilt, max_size=8))
def test_any_lines_make_a_report_without_any_word_of_theirs(lines):
    figures = Figures(OCTOBER)
    for line in lines:
        figures.add(line)
    report = Report(figures, Verdict(), datetime(2026, 11, 3, tzinfo=UTC), ())

    text = html(report) + b"".join(csv_files(report).values()).decode()

    assert len(lines) == figures.lines
    assert figures.untold <= figures.lines
    assert MARK not in text


@settings(deadline=None)
@given(st.lists(true, max_size=8))
def test_sums_agree(lines):
    figures = Figures(OCTOBER)
    for line in lines:
        figures.add(line)
    report = Report(figures, Verdict(), datetime(2026, 11, 3, tzinfo=UTC), ())
    tables = {table.name: table for section in sections(report) for table in section.tables}

    assert (len(lines), 0) == (figures.total, figures.untold)
    for row in tables["volumes"].rows:
        assert row[1] == sum(row[2:])
    if lines:
        totals = [sum(column) for column in zip(*(row[1:] for row in tables["volumes"].rows), strict=True)]
        assert totals == list(tables["volumes"].total[1:])
        assert len(lines) == totals[0] == sum(row[1] for row in tables["decisions"].rows)
    for row in tables["regles"].rows:
        assert row[1] == sum(row[2:7])
    for row in tables["simulation"].rows:
        assert row[2] == sum(row[4:])
        assert row[3] <= row[2]
    for row in tables["non-lus"].rows:
        assert row[4] <= row[2] <= row[3]
    assert len(lines) == sum(row[4] for row in tables["ensembles"].rows)
    assert all(count <= len(lines) for count in figures.near.values())
