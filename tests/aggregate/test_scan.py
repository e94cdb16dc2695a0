"""The audit in the scan: only of what is called aggregate, with redacted labels, by the district's cell size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scanners import published
from scanners.intake import Delivery, InboxFile
from scanners.published import Release
from scanners.sandbox import Member
from scanners.scan import Reader, scan_delivery
from scanners.schemas import DeliveryResult, ParsedFile
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


HIDDEN: list[dict[str, str | None]] = [
    {"School": "Elm", "Group": "Total", "Students": "42"},
    {"School": "Elm", "Group": "Male", "Students": "35"},
    {"School": "Elm", "Group": "Female", "Students": "*"},
]


def told(result: DeliveryResult) -> list[tuple[str, str, str | None, str]]:
    rows = result.tables["aggregate_audits"].to_pylist()
    return [(row["verdict"], row["check_id"], row["cell"], row["witness"]) for row in rows]


def in_parts(*parts: list[dict[str, str | None]]) -> DeliveryResult:
    """A scan of an aggregate that is read in parts."""
    source = InboxFile(Path("/nowhere"), "aggregate/grads.csv", "aggregate", None, 10, "00")
    members = [
        Member("aggregate/grads.csv", "00", 10, ParsedFile("csv", (table(rows),)), None, part, part == len(parts) - 1)
        for part, rows in enumerate(parts)
    ]
    delivery = Delivery("vendor/2026-09-01", "vendor", date(2026, 9, 1), Path("/nowhere"))
    return scan_delivery(delivery, [source], context(), lambda files: iter([(source, members)]))


def test_the_parts_of_a_table_are_audited_as_one() -> None:
    assert told(in_parts(HIDDEN[:2], HIDDEN[2:])) == [
        ("FAIL", "exact_disclosure", "Elm / Female / Students", "Total 42 − Male 35 = Female 7")
    ]


def test_a_table_that_is_too_large_says_so_and_small_cells_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "MOST_CELLS", 9)
    small: list[dict[str, str | None]] = [{"School": "Oak", "Group": "Total", "Students": "4"}]
    assert told(in_parts(small + HIDDEN)) == [
        ("FAIL", "small_cell", "Oak / Total / Students", "Students = 4, fewer than 10"),
        (
            "INCONCLUSIVE",
            "exact_disclosure",
            None,
            "the tables are too large to be audited together: of 4 rows the first 3 were looked at",
        ),
    ]


def test_earlier_releases_are_read_while_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    now: list[dict[str, str | None]] = [
        {"Club": name, "Students": n} for name, n in (("Debate", "31"), ("Garden", "47"), ("Theater", "71"))
    ]
    before = [{**row, "Students": "44" if row["Club"] == "Garden" else row["Students"]} for row in now]
    days = ("2026-05-01", "2026-06-01")
    releases = [
        Release(f"vendor/{day}", day, "vendor", day, (InboxFile(Path("/nowhere"), f"{day}/grads.csv", "aggregate", None, 10, "00"),))
        for day in days
    ]
    opened: list[str] = []

    def reader(files: Sequence[InboxFile]) -> Iterator[tuple[InboxFile, list[Member]]]:
        for file in files:
            opened.append(file.relative)
            rows = now if file.relative.startswith("aggregate") else before
            yield file, [Member(file.relative, "00", 10, ParsedFile("csv", (table(rows),)), None)]

    found = told(scan_releases(reader, releases))
    assert {(verdict, check, cell) for verdict, check, cell, _ in found} == {("FAIL", "differencing", "Garden / Students")}
    assert opened == ["aggregate/grads.csv", "2026-06-01/grads.csv", "2026-05-01/grads.csv"]
    assert told(scan_releases(reader, [replace(it, owner="another") for it in releases])) == []
    monkeypatch.setattr(published, "MOST_CELLS", 13)
    (*_, left_out) = told(scan_releases(reader, releases))
    assert left_out[:2] == ("INCONCLUSIVE", "differencing")
    assert left_out[3] == "the tables are too large: the releases up to that of 2026-05-01 were not compared"


def scan_releases(reader: Reader, releases: Sequence[Release]) -> DeliveryResult:
    source = InboxFile(Path("/nowhere"), "aggregate/grads.csv", "aggregate", None, 10, "00")
    delivery = Delivery("vendor/2026-09-01", "vendor", date(2026, 9, 1), Path("/nowhere"))
    return scan_delivery(delivery, [source], context(), reader, releases)


def test_an_audit_that_fails_is_no_pass_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(published, "audit_tables", fail)
    assert told(in_parts(HIDDEN)) == [("INCONCLUSIVE", "exact_disclosure", None, "the audit did not finish: RecursionError")]


def test_what_stands_beside_a_table_is_not_audited() -> None:
    beside = table([{"text": f"a longer note about the table, line {n} of it, as people write them"} for n in range(40)], "comments")
    result = scan(table([{"School": "Elm", "Students": "42"}], "Sheet"), beside, kind="aggregate", path="aggregate/x.xlsx")
    assert told(result) == []
