"""The disclosure audit of one table: what is a count, what is too small, what is a row of one student."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.aggregate import AuditSettings, audit
from scanners.aggregate.cells import parse
from scanners.schemas import TextTable


def table(text: str) -> TextTable:
    """A table from lines of cells joined by `|`; a blank cell is NULL."""
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return TextTable("", pa.table({name: pa.array([line[i] or None for line in lines], pa.string()) for i, name in enumerate(header)}))


def small(text: str, k: int = 10) -> list[tuple[str, float | None, float | None]]:
    """(cell, low, high) of every small cell."""
    found = [f for f in audit(table(text), [], AuditSettings(k)) if f.check_id == "small_cell"]
    assert all(f.verdict == "FAIL" and f.witness for f in found)
    return [(" / ".join(f.cell), f.low, f.high) for f in found]


CELLS = [
    ("12", "number", 12, 12),
    (" 1,204 ", "number", 1204, 1204),
    ("12.0", "number", 12, 12),
    ("0", "number", 0, 0),
    ("", "blank", 0, float("inf")),
    ("s", "suppressed", 0, float("inf")),
    ("*", "suppressed", 0, float("inf")),
    ("N/A", "suppressed", 0, float("inf")),
    ("-1", "suppressed", 0, float("inf")),
    ("<10", "suppressed", 0, 9),
    ("< 10", "suppressed", 0, 9),
    ("n<10", "suppressed", 0, 9),
    ("<=5", "suppressed", 0, 5),
    ("fewer than 10", "suppressed", 0, 9),
    (">95%", "suppressed", 95, 100),
    ("<5%", "suppressed", 0, 5),
    ("95% or more", "suppressed", 95, 100),
    ("10-19", "suppressed", 10, 19),
    ("95%", "percent", 95, 95),
    ("Adams", "label", 0, float("inf")),
    ("1,20", "label", 0, float("inf")),
]


@pytest.mark.parametrize(("text", "kind", "low", "high"), CELLS)
def test_a_cell(text: str, kind: str, low: float, high: float) -> None:
    cell = parse(text)
    assert (cell.kind, cell.low, cell.high) == (kind, low, high)


@given(st.text(max_size=20))
def test_any_text_is_a_cell(text: str) -> None:
    cell = parse(text)
    assert cell.low <= cell.high or cell.kind == "suppressed"


@given(st.integers(0, 10**9))
def test_any_count_is_read_back(n: int) -> None:
    assert parse(f"{n:,}").count == n
    assert parse(str(n)).count == n


LONG = """
school | grade | subgroup | students | proficient | percent
Adams  | 3     | Female   | 48       | 31         | 64.6
Adams  | 3     | Hispanic | 12       | 7          | 58.3
Adams  | 4     | Female   | 9        | 0          | 0.0
Adams  | 4     | White    | 40       | 38         | 95.0
Mason  | 3     | EL       | *        | *          | *
Mason  | 3     | Homeless |          |            |
"""


def test_numerators_denominators_and_complements() -> None:
    assert small(LONG) == [
        ("Adams / 3 / Hispanic / proficient", 7, 7),
        ("Adams / 4 / Female / students", 9, 9),
        ("Adams / 4 / White / students − proficient", 2, 2),
    ]


def test_the_threshold_is_the_districts() -> None:
    assert [cell for cell, _, _ in small(LONG, k=5)] == ["Adams / 4 / White / students − proficient"]
    assert small(LONG, k=1) == []


def test_a_percentage_beside_its_n() -> None:
    assert small("school | n | pct_passed\nAdams | 20 | 95%\nMason | 40 | 50%\nLake | 400 | 99%\nHill | 30 | 100%\nFord | 20 | >95%") == [
        ("Adams / 100 % − pct_passed", 1, 1),
        ("Lake / 100 % − pct_passed", 2, 6),
    ]
    assert small("school | tested | rate\nAdams | 20 | 0.95\nMason | 40 | 0.50") == [("Adams / 100 % − rate", 1, 1)]


def test_a_total_in_the_column() -> None:
    rows = "school | gender | students\nAdams | All | 32\nAdams | Male | 29\nAdams | Female | *"
    rows += "\nMason | All | 60\nMason | Male | 30\nMason | Female | 30"
    assert small(rows) == []  # the hidden cell is told as what it is
    (found,) = audit(table(rows), [], AuditSettings())
    assert (found.check_id, found.cell, found.low, found.witness) == (
        "exact_disclosure",
        ("Adams", "Female", "students"),
        3,
        "All 32 − Male 29 = Female 3",
    )
    shown = rows.replace("| *", "| 3")
    assert small(shown) == [("Adams / Female / students", 3, 3)]


def test_a_group_a_column() -> None:
    assert small("School | Male | Female | Total\nAdams | 40 | 5 | 45\nMason | 30 | 30 | 60") == [("Adams / Female", 5, 5)]
    assert small("School | Grade 3 | Grade 4\nAdams | 40 | 5\nMason | 30 | 30") == [("Adams / Grade 4", 5, 5)]
    assert small("School | 2023-24 | 2024-25\nAdams | 4 | 50") == [("Adams / 2023-24", 4, 4)]
    assert small("School | Blue | Red | Total students\nA | 20 | 3 | 23\nB | 15 | 15 | 30\nC | 40 | 0 | 40") == [("A / Red", 3, 3)]


def test_the_labels_say_what_a_value_is() -> None:
    rows = "school | measure | value\nAdams | Number of students | 4\nAdams | Average score | 7\nAdams | Percent passed | 8"
    assert small(rows) == [("Adams / Number of students / value", 4, 4)]


NO_COUNTS = [
    "school | year | students\nAdams | 2024 | 120\nMason | 2025 | 90",
    "school_no | grade | students\n3 | 4 | 120\n4 | 5 | 90",
    "School Number | Grade Level | Students\n3 | 4 | 120\n4 | 5 | 90",
    "school | avg_score | students\nAdams | 7 | 120\nMason | 8 | 90",
    "school | mean minutes | enrolled\nAdams | 7.5 | 120\nMason | 8.1 | 90",
    "school | attendance rate | students\nAdams | 95.0 | 20\nMason | 90.0 | 30",
    "school | schools | teachers | students\nAdams | 1 | 7 | 120",
    "quarter | week | students\n1 | 4 | 120\n2 | 5 | 90",
    "school | level | students\nAdams | 1 | 100\nAdams | 2 | 100",
    "school | logins per student | active students\nAdams | 4 | 120",
    "school | students\nAdams | 0\nMason | *\nLake | <10\nHill | n/a\nFord | -1\nPark | ",
    "school | widgets\nAdams | 3\nMason | 4",
    "question | agree_pct\nHow often do you feel safe at our school these days? | 8\nDo the adults at school listen to what you say? | 9",
]


@pytest.mark.parametrize("text", NO_COUNTS)
def test_no_false_alarm(text: str) -> None:
    assert audit(table(text), [], AuditSettings(10, frozenset({240}))) == []


def grain(text: str, students: list[int] | None = None, enrollment: int = 0) -> list[str]:
    return [f.check_id for f in audit(table(text), students or [], AuditSettings(10, frozenset({enrollment})))]


def many(rows: int, line: str) -> str:
    return "\n".join(line.format(i=i, n=100_000 + i * 37) for i in range(rows))


def test_rows_of_single_students() -> None:
    assert grain("who | score\nx | 4", students=[7]) == ["grain"]
    assert grain("who | score\nx | 4", students=[-1]) == []
    assert grain("student_id | score\n" + many(6, "{n} | 4")) == ["grain"]
    assert grain("email | score\n" + many(6, "kid{i}@pr.example | 4")) == ["grain"]
    assert grain("key | score\n" + many(40, "{n} | 4")) == ["grain"]
    assert grain("grade | score\n" + many(240, "4 | {i}"), enrollment=240) == ["grain"]
    assert grain("grade | score\n" + many(240, "4 | {i}"), enrollment=300) == []
    assert grain("school | comments\n" + many(6, "A | I liked lesson {i} a lot and want to do more of it")) == ["grain"]


def test_groups_are_no_rows_of_students() -> None:
    assert grain("school_id | students\n" + many(40, "{n} | 120")) == []
    assert grain("school | students\n" + many(40, "School {i} | 120")) == []
    assert grain("name | students\n" + many(40, "School Number {i} | 120")) == []
    assert grain("school | students\n" + many(240, "School {i} | 120"), enrollment=240) == []
    assert grain("School | Grade Level | Students\n" + many(12, "Mason | {i} | 1{i}")) == []
    assert grain("school | notes\n" + many(6, "A | Cells of fewer than ten students are not shown here")) == []


def test_a_witness_says_how_the_cell_is_known() -> None:
    witnesses = [f.witness for f in audit(table(LONG), [], AuditSettings()) if f.check_id == "small_cell"]
    assert witnesses == ["proficient = 7, fewer than 10", "students = 9, fewer than 10", "students 40 − proficient 38 = 2"]
