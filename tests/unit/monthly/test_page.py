"""The page and its CSV files say what the figures say, and let nothing in."""

import base64
import csv
import hashlib
import io
import re
from collections import Counter
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from hygie_milter.feedback import Judged, Judgement, Note
from hygie_milter.journal.verify import Verdict
from hygie_milter.monthly import charts, words
from hygie_milter.monthly.figures import Figures, Month, Near
from hygie_milter.monthly.page import csv_files, html, month_name
from hygie_milter.monthly.tables import Ending, Report, endings, sections
from hygie_policies.loader import load_policies
from hygie_policies.model import Action
from hygie_policies.shipped import library

MADE = datetime(2026, 11, 3, 9, tzinfo=UTC)
SCOPE = "{senders: {in: [a@h.test]}}"
VOID = {"meta", "line", "rect", "br", "link", "img"}


class Page(HTMLParser):
    """The tables of a page by their caption, its text, and a check that every tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.open, self.texts, self.tags = {}, [], [], Counter()
        self.attributes = []
        self.feed(text)
        assert [] == self.open

    def handle_starttag(self, tag, attributes):
        self.tags[tag] += 1
        self.attributes += [(tag, *attribute) for attribute in attributes]
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags[tag] += 1
        self.attributes += [(tag, *attribute) for attribute in attributes]

    def handle_endtag(self, tag):
        if tag in VOID:  # <rect> with a title inside
            return
        assert tag == self.open.pop()
        if tag == "table":
            self.tables[self.caption] = self.rows

    def handle_data(self, data):
        if self.open and self.open[-1] in {"td", "th"}:
            self.rows[-1][-1] += data
        elif self.open and self.open[-1] == "caption":
            self.caption = data
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def report(figures=None, *, verdict=None, made=MADE, ends=(), titles=None):
    return Report(figures or Figures(Month(2026, 10)), verdict or Verdict(), made, ends, titles or {})


@pytest.fixture
def full():
    figures = Figures(Month(2026, 10), lines=1240)
    figures.messages.update(
        {
            (date(2026, 10, 1), Action.ALLOW): 1200,
            (date(2026, 10, 1), Action.HOLD): 30,
            (date(2026, 10, 31), Action.TAG): 4,
        }
    )
    figures.kind_messages["nir"] = 7
    figures.kinds["nir", "high"] = 9
    figures.matches["identified-patient-data", Action.HOLD] = 30
    figures.simulated["tried", Action.REJECT, Action.ALLOW] = 5
    figures.simulated["tried", Action.REJECT, Action.REJECT] = 2
    figures.near[Near.DOUBTFUL_PAIR] = 11
    figures.delays[0], figures.delays[5], figures.longest = 3, 1, 400_000
    figures.releases["released"] = 4
    figures.unread_messages["encrypted"], figures.unread_parts["encrypted"] = 6, 8
    figures.judged["HY-SECRET00"] = Judged(
        "HY-SECRET00", Judgement.FALSE_POSITIVE, Note.OWN_DATA, ("identified-patient-data",)
    )
    return figures


def test_the_page_is_closed_to_the_outside(full):
    text = html(report(full))
    page = Page(text)

    assert not {"script", "link", "img", "iframe", "form", "object"} & page.tags.keys()
    assert not [
        row for row in page.attributes if row[1] in {"src", "style", "srcset"} or row[1].startswith("on")
    ]
    assert all(row[2].startswith("#") for row in page.attributes if row[1] == "href")
    assert "url(" not in text
    assert "@import" not in text
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [rules] = [
        row[2] for row in page.attributes if row[:2] == ("meta", "content") and "default-src" in row[2]
    ]
    assert rules == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_page_speaks_french_and_every_drawing_has_a_name(full):
    page = Page(html(report(full)))

    assert ("html", "lang", "fr") in page.attributes
    named = {row[2] for row in page.attributes if row[:2] == ("svg", "aria-labelledby")}
    assert named
    assert named <= {row[2] for row in page.attributes if row[:2] == ("title", "id")}
    assert page.tags["caption"] == page.tags["table"]
    assert "octobre 2026" in page.text


def test_the_figures_stand_in_the_tables(full):
    page = Page(html(report(full)))
    volumes = page.tables[
        "Messages par jour, selon la décision la plus stricte prise pour l'un des destinataires"
    ]

    assert ["01/10/2026", "1\u202f230", "1\u202f200", "0", "0", "30", "0"] == volumes[1]
    assert ["Total", "1\u202f234", "1\u202f200", "4", "0", "30", "0"] == volumes[-1]
    assert 1 + 31 + 1 == len(volumes)
    [simulated] = page.tables["Règles en simulation qui se sont déclenchées"][1:]
    assert ["tried", "refuser", "7", "5", "5", "0", "0", "0", "2"] == simulated
    kinds = page.tables[
        "Genres de données trouvés : messages qui en contiennent, et occurrences par certitude"
    ]
    assert ["numéro de sécurité sociale (NIR)", "nir", "7", "9", "0", "0"] == kinds[1]
    [policy] = page.tables[
        "Règles appliquées qui se sont déclenchées, selon l'action la plus stricte demandée"
    ][1:]
    assert ["identified-patient-data", "30", "0", "0", "0", "30", "0", "0", "1"] == policy
    assert ["de 1 h à 4 h", "0"] in page.tables["Durée des retenues qui ont pris fin"]
    assert ["3 jours et plus", "1"] in page.tables["Durée des retenues qui ont pris fin"]
    assert "La retenue la plus longue : 5 jours" in page.text


def test_uses_of_the_emergency_lane_and_approvals_by_what_came_of_them(full):
    full.emergencies.update({"used": 3, "refused:quota": 1})
    full.reviews.update({"HY-SECRET01": "justified", "HY-SECRET02": "abuse", "HY-SECRET03": "abuse"})
    full.approvals["head"], full.remembered = 2, 5
    page = Page(html(report(full)))

    assert [
        ["Utilisée : le message est parti aussitôt", "3"],
        ["Refusée : quota de l'expéditeur atteint", "1"],
        ["Usages jugés justifiés ce mois", "1"],
        ["Usages jugés abusifs ce mois", "2"],
    ] == page.tables["Messages portant la marque d'urgence"][1:]
    assert [
        ["Par un chef de service", "2"],
        ["Messages partis par une approbation donnée auparavant", "5"],
    ] == page.tables["Approbations de messages retenus"][1:]
    assert "HY-SECRET" not in page.text


def test_the_page_shows_no_reference(full):
    made = report(full)

    assert "HY-SECRET00" not in html(made)
    assert b"HY-SECRET00" not in b"".join(csv_files(made).values())


def test_every_table_is_a_file_that_a_french_spreadsheet_opens(full):
    made = report(full)
    files = csv_files(made)

    tables = [table for section in sections(made) for table in section.tables]
    assert {f"{table.name}.csv" for table in tables} == files.keys()
    assert len(tables) == len(files)
    for table in tables:
        data = files[f"{table.name}.csv"]
        assert data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
        assert list(table.columns) == rows[0]
        assert [[str(cell) for cell in row] for row in table.rows] == rows[1:]


def test_a_cell_is_neither_markup_nor_formula():
    ends = [Ending("=1+1", "<script>alert(1)</script>", date(2026, 11, 1), -2)]
    made = report(ends=ends)

    assert "<script>" not in html(made)
    assert b"'=1+1;" in csv_files(made)["exceptions.csv"]


def test_every_row_has_a_cell_a_column(full):
    for section in sections(report(full, ends=[Ending("p", "e", date(2026, 11, 4), 1)])):
        for table in section.tables:
            rows = [*table.rows, *([table.total] if table.total else [])]
            assert all(len(table.columns) == len(row) for row in rows), table.name


def test_an_empty_month_says_so_in_each_section():
    made = report(verdict=Verdict(lines=89))
    page = Page(html(made))

    assert "Aucune ligne au journal pour octobre 2026" in page.text
    assert 0 == page.tags["svg"]
    assert "intact." not in page.text  # lines of neighbouring days prove nothing of this month
    for section in sections(made):
        for table in section.tables:
            assert not table.rows, table.name
            assert table.empty in page.text.replace("\u202f", " ")


def test_damage_is_said_at_the_head_and_told_by_place():
    verdict = Verdict(lines=3)
    verdict.add("journal-2026-10-05.jsonl", 4, "ligne coupée", "a line that was cut off")
    page = Page(html(report(verdict=verdict)))

    assert "Le journal est abîmé. 1 constat, détaillé sous" in page.text
    assert "Journal intact" not in page.text
    assert ["journal-2026-10-05.jsonl", "4", "ligne coupée"] in page.tables[
        "Ce qui n'est pas comme il a été écrit"
    ]


def test_an_intact_journal_is_said_with_its_lines():
    text = Page(html(report(Figures(Month(2026, 10), lines=1200), verdict=Verdict(lines=1234)))).text

    assert "Journal intact. 1 234 lignes vérifiées" in text
    assert "abîmé" not in text


@pytest.mark.parametrize(
    ("made", "said"), [(datetime(2026, 10, 31, 22, 59, tzinfo=UTC), True), (MADE, False)]
)
def test_a_month_that_has_not_ended_is_said(made, said):
    assert said is ("Mois en cours" in html(report(made=made)))


@pytest.mark.parametrize(
    ("lines", "said"),
    [(1, "1 ligne du journal n'a pas été comprise"), (2, "2 lignes du journal n'ont pas été comprises")],
)
def test_lines_in_another_form_are_said(lines, said):
    assert said in Page(html(report(Figures(Month(2026, 10), untold=lines)))).text


def test_policies_that_cannot_be_loaded_are_said():
    assert "n'ont pas pu être chargées" in Page(html(report(ends=None))).text


def test_exceptions_end_at_their_day(tmp_path):
    text = (library() / "identified-patient-data.yaml").read_text(encoding="utf-8")
    exceptions = "exceptions:\n" + "".join(
        f"  - {{id: {name}, reason: r, owner: o@h.test, expires: {day}, scope: {SCOPE}}}\n"
        for name, day in (
            ("ended", "2026-11-02"),
            ("today", "2026-11-03"),
            ("last", "2026-12-03"),
            ("later", "2026-12-04"),
        )
    )
    assert "\nexceptions:" not in text
    (tmp_path / "p.yaml").write_text(text + "\n" + exceptions, encoding="utf-8")

    found = endings(load_policies(tmp_path), date(2026, 11, 3))

    assert [("ended", -1), ("today", 0), ("last", 30)] == [(e.exception, e.left) for e in found]
    rows = Page(html(report(ends=found))).tables["Exceptions à revoir"][1:]
    assert ["expirée : n'épargne plus personne", "expire aujourd'hui", "expire dans 30 jours"] == [
        r[3] for r in rows
    ]
    assert "o@h.test" not in html(report(ends=found))


def test_a_policy_is_named_by_its_title_or_told_gone(full):
    rows = Page(html(report(full, titles={"tried": "À l'essai"}))).tables[
        "Intitulés des règles citées dans ce rapport"
    ]

    assert [["identified-patient-data", words.NO_TITLE], ["tried", "À l'essai"]] == rows[1:]


def test_months_have_french_names():
    assert "février 2027" == month_name(Month(2027, 2))


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1, 1), (3, 4), (5, 5), (6, 10), (11, 20), (50, 50), (51, 100), (999, 1000)]
)
def test_an_axis_ends_at_a_round_number(value, top):
    assert top == charts.round_up(value)


def test_columns_stack_up_to_their_sum():
    chart = charts.columns("t", ("1", "2"), {"a": (1, 0), "b": (3, 0)})

    low, high = chart.bars
    assert (0, 1) == (low.series, high.series)
    assert low.y == high.y + high.height
    assert high.height == 3 * low.height
    assert ("a", "b") == chart.legend


def test_a_chart_of_zeros_has_no_bar():
    assert () == charts.columns("t", ("1",), {"a": (0,)}).bars
    assert () == charts.bars("t", (("a", 0),)).bars
