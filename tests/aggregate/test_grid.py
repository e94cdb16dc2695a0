"""Tables as people publish them, from the bytes on: titles, headers of several rows, merged cells, sections, footnotes, several blocks."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from scanners.aggregate.layout import layouts
from scanners.aggregate.shares import shares
from scanners.schemas import TextTable
from tests.aggregate.published_files import column, csv_file, names, roles, texts, xlsx_file


def test_titles_two_header_rows_the_header_again_and_footnotes() -> None:
    (shape,) = csv_file(
        "District report 2024\n,,,,\nSchool,Male,,Female,\n,N,%,N,%\nAdams,20,50,20,50\nMason,<10,*,30,60\n\n"
        "School,Male,,Female,\n,N,%,N,%\nLake,25,50,20,50\nTotal,50,50,70,50\n\nNote: cells under 10, of any kind, are hidden\n* = hidden\n"
    )
    assert names(shape) == ["School", "Male / N", "Male / %", "Female / N", "Female / %"]
    assert texts(shape, "School") == ["Adams", "Mason", "Lake", "Total"]
    assert column(shape, "Male / N").high.tolist() == [20, 9, 25, 50]
    assert shape.addresses == (1, 2, 6, 7)
    assert "* = hidden" in shape.notes


def test_merged_cells_of_a_workbook() -> None:
    rows: list[list[object]] = [
        ["Results by school"],
        ["Prepared by the office"],
        [],
        [None, "2023", None, None, "2024", None, None],
        [None, "Male", None, "Female", "Male", None, "Female"],
        ["School", "N", "%", "N", "N", "%", "N"],
        ["Adams", 20, 0.5, 3, 20, 0.25, 4],
        ["Mason", 24, 0.75, 3, 20, 0.25, "*"],
        ["Total", 44, 0.5, 6, 40, 0.25, 8],
    ]
    (shape,) = xlsx_file(rows, ["A1:G1", "B4:D4", "E4:G4", "B5:C5", "E5:F5"])
    assert names(shape)[1:4] == ["2023 / Male / N", "2023 / Male / %", "2023 / Female / N"]
    assert column(shape, "2024 / Female / N").groups == ("2024", "Female")
    assert column(shape, "2024 / Female / N").low.tolist() == [4, 0, 8]
    assert [(s.whole.name, s.fraction) for s in shares(shape) if s.whole] == [("2023 / Male / N", True), ("2024 / Male / N", True)]


def test_labels_merged_down_are_in_every_row() -> None:
    rows = [
        ["School", "Sex", "N"],
        ["Adams", "All", 20],
        [None, "F", 8],
        [None, "M", 12],
        ["Mason", "All", 9],
        [None, "F", 4],
        [None, "M", 5],
    ]
    (merged,) = xlsx_file(rows, ["A2:A4", "A5:A7"])
    (blank,) = csv_file("\n".join(",".join(str(cell or "") for cell in row) for row in rows))
    assert texts(merged, "School") == texts(blank, "School") == ["Adams"] * 3 + ["Mason"] * 3


def test_a_blank_label_is_nothing_where_labels_are_repeated() -> None:
    (shape,) = csv_file("School,Sex,N\nAdams,All,20\nAdams,F,8\n,M,12\nMason,All,9\nMason,F,4\n,M,5\n")
    assert texts(shape, "School") == ["Adams", "Adams", "", "Mason", "Mason", ""]


def test_sections_are_keys() -> None:
    (shape,) = csv_file("Subgroup,N,%\nAll,40,100\nGender\nMale,20,50\nFemale,20,50\n\nRace\nAsian,3,8\nWhite,37,93\nSource: the state\n")
    assert shape.key(1) == ("Gender", "Male")
    assert shape.key(3) == ("Race", "Asian")
    assert shape.key(0) == ("All",)
    assert shape.notes == ("Source: the state",)


def test_blocks_of_other_columns_are_tables_of_their_own() -> None:
    first, second = csv_file(
        "Table 1. By gender\nGender,Number,Percent\nMale,10,50\nFemale,10,50\n\n\n"
        "Table 2. By grade\nGrade,Number tested,Number proficient,Percent\n3,10,5,50\n4,12,6,50\n"
    )
    assert (names(first), first.addresses) == (["Gender", "Number", "Percent"], (0, 1))
    assert (names(second), second.name) == (["Grade", "Number tested", "Number proficient", "Percent"], "Table 2. By grade")
    assert roles(second)["Grade"] == "key"
    assert second.counts[0].low.tolist() == [10, 12]


def test_blocks_of_one_header_become_one_with_their_titles_as_keys() -> None:
    rows: list[list[object]] = [["Results"], [], ["School", "Tested", "Passed"], ["Adams", 20, 5], ["Mason", 30, 6], []]
    rows += [["Grade 4"], ["School", "Tested", "Passed"], ["Adams", 21, 7], ["Mason", 31, 8], ["Footnote: x"]]
    (shape,) = xlsx_file(rows)
    assert [shape.key(row)[-1] for row in range(4)] == ["Adams", "Mason", "Adams", "Mason"]
    assert len({shape.key(row) for row in range(4)}) == 4
    assert texts(shape, "Passed") == ["5", "6", "7", "8"]


def test_a_title_that_was_taken_for_the_header() -> None:
    (shape,) = csv_file("Graduation Results,,2023,,\nSchool,Cohort,Grads,Rate,Notes\nAdams,20,10,50%,\nMason,40,10,25%,\n")
    assert roles(shape) == {"School": "key", "Cohort": "count", "Grads": "count", "Rate": "percent", "Notes": "empty"}
    assert shape.notes == ("Graduation Results 2023",)


def test_grades_below_their_label() -> None:
    (shape,) = csv_file("School,,Grade,,\n,3,4,5,Total\nAdams,10,20,30,60\nMason,5,6,7,18\n")
    assert [c.groups for c in shape.counts] == [("Grade 3",), ("Grade 4",), ("Grade 5",), ()]
    assert names(shape)[-1] == "Grade / Total"


def test_measures_in_rows_become_columns() -> None:
    lines = ["School,Measure,Male,Female,Total", "Adams,Number tested,20,30,50", "Adams,Number proficient,5,15,20"]
    lines += [
        "Adams,Percent proficient,25,50,40",
        "Mason,Number tested,*,*,12",
        "Mason,Number proficient,*,*,4",
        "Mason,Percent proficient,*,*,33",
    ]
    (shape,) = csv_file("\n".join(lines))
    assert (shape.rows, shape.addresses) == (2, (0, 3))
    assert column(shape, "Number tested / Male").measure == "tested"
    assert column(shape, "Number tested / Male").groups == ("Male",)
    assert [(s.numerator and s.numerator.name, s.whole and s.whole.name) for s in shares(shape)] == [
        (f"Number proficient / {group}", f"Number tested / {group}") for group in ("Male", "Female", "Total")
    ]


def test_a_flag_says_that_a_blank_is_hidden() -> None:
    rows = "Adams,Number tested,20,N\nAdams,Percent proficient,45,N\nMason,Number tested,,Y\nMason,Percent proficient,,N"
    (shape,) = csv_file(f"school,indicator,value,suppressed\n{rows}\n")
    assert [c.kind for c in column(shape, "Number tested / value").cells] == ["number", "suppressed"]
    assert [c.kind for c in column(shape, "Percent proficient / value").cells] == ["number", "blank"]


def test_measures_down_and_groups_across() -> None:
    (shape,) = csv_file("Measure,Adams,Mason,Lake\nNumber tested,20,30,40\nPercent proficient,35.0,40.0,50.0\n")
    assert [shape.key(row) for row in range(3)] == [("Adams",), ("Mason",), ("Lake",)]
    assert column(shape, "Number tested").low.tolist() == [20, 30, 40]
    assert [s.whole and s.whole.name for s in shares(shape)] == ["Number tested"]


def test_groups_in_rows_are_no_measures() -> None:
    (shape,) = csv_file("Subgroup,2023,2024\nAll students,20,30\nStudents with disabilities,5,15\nEnglish learners,4,4\n")
    assert (names(shape), shape.rows) == (["Subgroup", "2023", "2024"], 3)


def test_two_numbers_in_a_cell() -> None:
    (shape,) = csv_file("School,Proficient\nAdams,12 (34%)\nMason,7 (20%)\nLake,* (*)\n")
    assert (texts(shape, "Proficient / n"), texts(shape, "Proficient / %")) == (["12", "7", "*"], ["34%", "20%", "*"])
    (shape,) = csv_file("School,Proficient\nAdams,34% (12)\nMason,20% (7)\n")
    assert column(shape, "Proficient / n").low.tolist() == [12, 7]
    (shape,) = csv_file("School,Passed\nAdams,12 of 35\nMason,7 of 35\n")
    assert column(shape, "Passed / of N").low.tolist() == [35, 35]


def test_rows_without_numbers_are_rows() -> None:
    (shape,) = csv_file("School,Tested,Passed\nAdams,20,5\nMason,,\nLake,30,6\nHill,closed,closed\nPark,40,7\n")
    assert texts(shape, "School") == ["Adams", "Mason", "Lake", "Hill", "Park"]
    assert column(shape, "Tested").low.tolist() == [20, -1, 30, 0, 40]


CELL = st.sampled_from(["", "s", "<10", "12", "3", "4", "2023", "45%", "0.5", "Adams", "Male", "Total", "N", "%", "Number tested",
                        "Percent passed", "Note: x", "12 (34%)", "10-19", "-9", "School", "Grade"])  # fmt: skip


@given(st.integers(1, 5), st.lists(st.lists(CELL, min_size=5, max_size=5), max_size=8), st.lists(CELL, min_size=5, max_size=5))
def test_any_grid_is_read(width: int, rows: list[list[str]], header: list[str]) -> None:
    data = pa.table(
        [pa.array([row[i] or None for row in rows], pa.string()) for i in range(width)], [f"{header[i]} {i}" for i in range(width)]
    )
    found = layouts(TextTable("", data))
    assert found
    for shape in found:
        assert len({c.name for c in shape.columns}) == len(shape.columns)
        assert len(shape.addresses) == shape.rows
        assert all(0 <= row < len(rows) for row in shape.addresses)
        for c in shape.columns:
            assert len(c.cells) == len(c.low) == shape.rows
            assert (c.low <= c.high).all()
        assert len(shares(shape)) == sum(c.role == "percent" for c in shape.columns)
