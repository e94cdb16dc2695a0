"""The questions and their answers, the closed mart, and what a spreadsheet gets."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dashboards import advice, queries, words
from dashboards.export import to_csv
from dashboards.markup import text
from dashboards.mart import NoMart, open_newest
from tests.dashboards.small_mart import publish, sql


def test_every_cell_is_the_views_and_counts_its_controls(mart: Path) -> None:
    with open_newest(mart) as opened:
        cells = queries.cells(opened)
    assert {(it.clause, it.party_id, it.verdict) for it in cells} == set(sql(mart, "SELECT clause, party_id, verdict FROM clause_status"))
    loud = {it.clause: it for it in cells if it.party_id == "loudlark"}
    assert (loud["II.B"].controls, loud["II.B"].failing, loud["II.B"].violations, loud["II.B"].waived) == (2, 1, 3, False)
    assert (loud["I.A"].failing, loud["I.A"].violations, loud["I.A"].waived) == (1, 1, True)


def test_violations_are_counted_by_place_and_by_person(mart: Path) -> None:
    with open_newest(mart) as opened:
        places = queries.violations_by_place(opened, "II.B.authorized-elements", "loudlark", 10)
        people = queries.violations_by_subject(opened, "II.B.authorized-elements", "loudlark", 10)
    assert [(it.violations, it.subjects, it.evidence.file_id) for it in places] == [(2, 2, "f2"), (1, 1, "f4")]
    assert [(it.subject_key, it.violations) for it in people] == [("aaaa1111", 2), ("bbbb2222", 1)]


def test_flows_add_up_to_edges(mart: Path) -> None:
    with open_newest(mart) as opened:
        edges = {(it.from_party_id, it.to_party_id): (it.elements, it.unauthorized) for it in queries.edges(opened)}
        flows = queries.flows(opened, "district", "loudlark")
    assert edges[("district", "loudlark")] == (2, 1)
    assert sum(elements for elements, _ in edges.values()) == 6
    assert [(it.data_element, it.authorized) for it in flows] == [("special.iep_504", False), ("student_name", True)]


def test_agreed_and_seen_stand_side_by_side(mart: Path) -> None:
    with open_newest(mart) as opened:
        elements = {it.data_element: it for it in queries.elements(opened, "loudlark")}
    assert elements["attendance"].subjects is None
    assert elements["special.iep_504"].valid_from is None
    assert elements["special.iep_504"].authorized is False


def test_a_tracker_is_one_row_however_often_it_was_seen(mart: Path) -> None:
    with open_newest(mart) as opened:
        (tracker,) = queries.trackers(opened, "loudlark")
    assert (tracker.name, tracker.captures, tracker.expires_on) == ("uid", 2, date(2027, 2, 1))


def test_a_newer_night_is_followed_while_the_old_one_is_still_read(tmp_path: Path) -> None:
    live = publish(tmp_path, version="one")
    with open_newest(live) as old:
        publish(tmp_path, "DELETE FROM flows", version="two")
        with open_newest(live) as new:
            assert (len(queries.edges(old)), len(queries.edges(new))) == (4, 0)


def test_the_mart_cannot_be_changed_and_nothing_else_can_be_read(mart: Path) -> None:
    with open_newest(mart) as opened:
        for statement in ("DELETE FROM flows", f"SELECT * FROM read_text('{__file__}')", "SET enable_external_access = true"):
            with pytest.raises((duckdb.InvalidInputException, duckdb.PermissionException)):
                opened.execute(statement)


def test_no_mart_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoMart):
        open_newest(tmp_path / "compliance.duckdb")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "|calc"])
def test_a_formula_stays_text_in_a_spreadsheet(cell: str) -> None:
    (header, row) = csv.reader(io.StringIO(to_csv(["a", "b", "c"], [(cell, 5, None)]).decode("utf-8-sig"), newline=""))
    assert header == ["a", "b", "c"]
    assert row == [f"'{cell}", "5", ""]


def test_a_text_is_escaped_and_its_invisible_characters_go() -> None:
    assert text("<a onclick='x'>\x1b[31m\u202etxt\u200b") == "&lt;a onclick=&#x27;x&#x27;&gt; [31m txt "


def test_every_clause_of_the_catalogue_has_words_and_advice() -> None:
    assert {control.rsplit(".", 1)[0] for control in advice.advice()} == set(words.CLAUSES)
    assert all(it.means and it.mend for it in advice.advice().values())


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("student_contact.email", "Student's contact: email"),
        ("special.iep_504", "Special indicator: IEP or 504 plan"),
        ("student_name", "Student name"),
        ("none", "no data element"),
    ],
)
def test_an_element_is_said_in_words(slug: str, said: str) -> None:
    assert words.element(slug) == said


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 bytes"), (999, "999 bytes"), (2_560, "2.6 kB"), (12_300_000, "12 MB"), (5e12, "5,000 GB")]
)
def test_a_size_is_said_in_words(number: int, said: str) -> None:
    assert words.size(number) == said
