"""Each page, run by Streamlit's own test runner on the small mart: what it says is what SQL says."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards.small_mart import Page, publish, sql

APP = Path(__file__).parents[2] / "dashboards" / "app.py"


def draw(page: str, mart: str) -> None:
    """A page without the masthead: Streamlit's runner reaches only the first page of a script with navigation."""
    from importlib import import_module
    from pathlib import Path

    from dashboards.mart import open_newest

    with open_newest(Path(mart)) as opened:
        import_module(f"dashboards.views.{page}").show(opened)


def run(page: str, mart: Path, **query: str) -> tuple[AppTest, Page]:
    test = AppTest.from_function(draw, args=(page, str(mart)), default_timeout=20)
    test.query_params.update(query)
    test.run()
    assert not test.exception
    return test, Page(it.value for it in test.html)


def app(monkeypatch: pytest.MonkeyPatch, mart: Path) -> Page:
    monkeypatch.setattr(sys, "argv", ["app.py", "--mart", str(mart)])
    test = AppTest.from_file(str(APP), default_timeout=20).run()
    assert not test.exception
    return Page(it.value for it in test.html)


def test_the_first_page_is_the_matrix_under_a_masthead(monkeypatch: pytest.MonkeyPatch, mart: Path) -> None:
    page = app(monkeypatch, mart)
    wanted = sql(mart, "SELECT clause, party_id, verdict FROM clause_status")
    assert page.verdicts == {f"?{urlencode({'clause': clause, 'party': party})}": verdict for clause, party, verdict in wanted}
    assert "Elm Creek Schools" in page.text
    assert "As of the end of 31 Mar 2026" in page.text
    assert "not legal advice" in page.text


def test_without_a_mart_the_page_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "Run `hallpass run`" in app(monkeypatch, tmp_path / "compliance.duckdb").text


def test_the_matrix_of_what_fails_leaves_out_the_rest(mart: Path) -> None:
    test, page = run("matrix", mart)
    assert page.links["?clause=II.B&party=loudlark"] == ("cell FAIL", "FAIL3 found")
    assert page.links["?clause=I.A&party=loudlark"] == ("cell FAIL", "FAIL1 found, waived")
    assert page.links["?clause=I.A&party=cloudbarn"] == ("cell INCONCLUSIVE", "unclear1 of 1")
    test.toggle[0].set_value(True).run()
    assert set(Page(it.value for it in test.html).verdicts) == {"?clause=I.A&party=loudlark", "?clause=II.B&party=loudlark"}


def test_a_cell_leads_to_its_violations_and_their_evidence(mart: Path) -> None:
    test, page = run("matrix", mart, clause="II.B", party="loudlark")
    assert "Not listed: special.iep_504 of 2 students." in page.text
    assert "The party has only what its agreement lists." in page.text
    assert "What to do: " in page.text
    assert "3 violations about 2 people" in page.text
    found = [row for row in page.rows if row and "IEP" in row[0]]
    assert [(row[2], row[3]) for row in found] == [("2", "2"), ("1", "1")]
    assert "export, delivered 9 Mar 2026" in found[0][4]
    assert {row[0] for row in page.rows if len(row) == 3} == {"Pseudonym", "aaaa1111", "bbbb2222"}
    (button,) = test.get("download_button")
    assert button.proto.label == "Download all 3 violations (CSV)"


def test_a_clause_shows_all_its_parties_the_worst_first(mart: Path) -> None:
    _, page = run("matrix", mart, clause="II.B")
    order = [
        page.text.index(sentence)
        for sentence in ("Not listed: special.iep_504", "No document names a purpose.", "All elements are listed.")
    ]
    assert order == sorted(order)


def test_flows_show_the_open_ones_first_and_one_pair_in_full(mart: Path) -> None:
    _, page = run("flows", mart)
    assert "6 flows" in page.text
    assert "2 not authorized" in page.text
    assert len([row for row in page.rows if "NOT AUTHORIZED" in " ".join(row)]) == 2
    _, pair = run("flows", mart, **{"from": "district", "to": "loudlark"})
    assert [row[0] for row in pair.rows[1:]] == ["Special indicator: IEP or 504 planspecial.iep_504", "Student namestudent_name"]


def test_a_party_shows_what_was_agreed_seen_delivered_and_kept(mart: Path) -> None:
    _, page = run("parties", mart, party="loudlark")
    rows = {row[0]: row for row in page.rows}
    assert rows["LL-1"][2] == "2 elements"
    assert rows["Attendanceattendance"][4] == "listed, not seen"
    assert rows["Special indicator: IEP or 504 planspecial.iep_504"][1:3] == ["not listed", "2"]
    assert rows["loudlark/2026-03-09"][2:6] == ["5", "1", "1", "1"]
    assert rows["special education"][3] == "kept too long"
    assert "Cloud Barn" in page.text


def test_files_that_could_not_be_read_come_with_their_reason(mart: Path) -> None:
    _, page = run("files", mart)
    rows = {row[0]: row for row in page.rows}
    assert rows["export/broken.zip"][4:6] == ["quarantined", "The archive's entries overlap."]
    assert rows["export/half.csv"][4:6] == ["partly read", "Two rows have too many cells."]
    _, one = run("files", mart, file="f1")
    assert ["first_name", "Student name", "direct, student", "3", "3", "roster_match: 3 of 3 values are on the roster"] in one.rows


def test_fields_for_review_come_with_the_line_that_would_settle_them(mart: Path) -> None:
    test, page = run("review", mart)
    assert "For review: 3 fields" in page.text
    rows = {row[0]: row for row in page.rows}
    assert rows["nickname"][2:] == ["3", "3", "a guess, and nobody the roster knows: 2 names", "Student name"]
    assert rows['note, "x"'][1].endswith("and 1 file more")
    assert "=cmd|'/c calc'!A1" in rows
    header = "party_id,path,field_path,data_element,because,decided_by,until\n"
    assert [it.value for it in test.code] == [
        f'{header}loudlark,export/<img src=x onerror=alert(1)>.csv,"note, ""x""",,,,',
        f"{header}quietquill,export/learners.csv,nickname,student_name,,,",
    ]
    assert [it.value.endswith("write its line in a text editor.") for it in test.caption] == [True, False]


def test_decisions_that_settle_nothing_come_first(mart: Path) -> None:
    _, page = run("review", mart)
    decisions = [row for row in page.rows if len(row) == 8 and row[0] != "Line"]
    assert [(row[0], row[5], row[6]) for row in decisions] == [("3", "run out", "4"), ("4", "matches nothing", "0"), ("2", "settles", "1")]
    assert decisions[2][4] == "Records officerwithout end"
    assert page.text.index("Decisions that settle nothing") < page.text.index("For review: 3 fields")


def test_a_mart_of_an_older_night_has_nothing_for_review(tmp_path: Path) -> None:
    _, page = run("review", publish(tmp_path, "DROP TABLE decisions", "DROP TABLE undetermined"))
    assert "No field waits for anybody" in page.text


def test_aggregates_come_with_what_was_found_and_what_to_do(mart: Path) -> None:
    _, page = run("aggregates", mart)
    rows = {row[0]: row for row in page.rows}
    assert rows["aggregate/climate.csv"][3] == "discloses"
    assert "2 × groups are too small" in rows["aggregate/climate.csv"][4]
    assert "not finished: whether two releases" in rows["aggregate/climate.csv"][4]
    assert rows["aggregate/clean.csv"][3:] == ["nothing found", "–"]
    _, clean = run("aggregates", mart, file="f7")
    assert "No disclosure was found, under the assumptions" in clean.text


def test_how_a_cell_is_known_is_shown_only_where_the_mart_says_it(tmp_path: Path, mart: Path) -> None:
    _, page = run("aggregates", mart, file="f6")
    assert ["Elm / Female"] in page.rows
    assert ["Cell"] in page.rows
    assert "show_witnesses" in page.text
    assert page.text.index("hidden cells can be computed") < page.text.index("groups are too small")
    assert "What to do: Hide the cell, or merge the group with its neighbours." in page.text
    told = "UPDATE aggregate_audits SET witness = 'Total 42 − Male 35 = Female 7' WHERE check_id = 'exact_disclosure'"
    _, shown = run("aggregates", publish(tmp_path, told), file="f6")
    assert ["Elm / Female", "7", "Total 42 − Male 35 = Female 7"] in shown.rows
    assert "show_witnesses" not in shown.text


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("aggregates", {"file": "f6"}),
        *(("matrix", {"clause": "II.B", "party": "loudlark"}), ("flows", {}), ("parties", {"party": "loudlark"}), ("files", {})),
        ("review", {}),
    ],
)
def test_what_a_vendor_wrote_is_text(mart: Path, page: str, query: dict[str, str]) -> None:
    test, shown = run(page, mart, **query)
    assert "<img src=x onerror=alert(1)>" in shown.text
    assert not {"img", "script", "iframe"} & shown.tags
    assert not any("elsewhere" in target for target in shown.links)
    assert not test.markdown


@pytest.mark.parametrize("page", ["matrix", "flows", "parties", "files", "aggregates", "review"])
def test_an_empty_mart_and_a_made_up_address_are_no_error(tmp_path: Path, page: str) -> None:
    tables = (
        "parties",
        "flows",
        "files",
        "deliveries",
        "control_results",
        "controls",
        "violations",
        "trackers",
        "aggregate_audits",
        "runs",
        "decisions",
        "undetermined",
    )
    live = publish(tmp_path, *(f"DELETE FROM {table}" for table in tables))
    run(page, live, clause="no such", party="'; DROP TABLE flows; --", file="?", **{"from": "a", "to": "b"})
