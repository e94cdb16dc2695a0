"""The audit in the scan: only of what is called aggregate, with redacted labels, by the district's cell size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.scanners.district import context, scan, table

ROWS = [
    {"School": "Mason Elementary", "Teacher": "x", "Students": "4"},
    {"School": "Lake", "Teacher": "Emily Chen", "Students": "7"},
    {"School": "Lake", "Teacher": "y", "Students": "40"},
]


def audits(rows: list[dict[str, str | None]], kind: str = "aggregate", k: int = 10) -> list[dict[str, Any]]:
    result = scan(table(rows), kind=kind, path=f"{kind}/climate.csv", context_=replace(context(), minimum_cell_size=k))
    return result.tables["aggregate_audits"].to_pylist()  # type: ignore[no-any-return]


def test_small_cells_with_their_place() -> None:
    found = audits([{**row, "Teacher": None} for row in ROWS])
    assert [(row["table_name"], row["check_id"], row["cell"], row["value_low"]) for row in found] == [
        ("climate", "small_cell", "Mason Elementary / Students", 4.0),
        ("climate", "small_cell", "Lake / Students", 7.0),
    ]
    assert len(audits([{**row, "Teacher": None} for row in ROWS], k=5)) == 1


def test_other_kinds_are_not_audited() -> None:
    assert audits([{**row, "Teacher": None} for row in ROWS], kind="export") == []


def test_rows_of_students_of_the_roster() -> None:
    (found,) = audits([{"student_id": f"900000{i}", "score": "7"} for i in range(1, 7)])
    assert (found["check_id"], found["cell"], found["value_low"]) == ("grain", None, None)
    assert found["witness"] == "6 of 6 rows match 6 students of the roster"


def test_labels_that_match_the_roster_are_not_shown() -> None:
    rows: list[dict[str, str | None]] = [{"Group": f"Group {n}", "Students": "40"} for n in range(6)]
    found = audits([*rows, {"Group": "friends of Declan Whitcomb since the year 2019", "Students": "3"}])
    assert "Whitcomb" not in repr(found)
