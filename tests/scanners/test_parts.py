"""A file that comes in parts (segments of its rows) shows what the same file shows in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.gather import Distinct
from scanners.intake import Delivery, InboxFile
from scanners.sandbox import Member
from scanners.scan import scan_delivery
from scanners.schemas import DeliveryResult, ParsedFile, TextTable
from tests.scanners.district import STUDENTS, context, fields

SOURCE = InboxFile(Path("/nowhere"), "export/data.csv", "export", None, 10, "00")
DELIVERY = Delivery("vendor/2026-09-01", "vendor", date(2026, 9, 1), Path("/nowhere"))
CONTEXT = context()


def scan_in(parts: Sequence[Sequence[TextTable]], source: InboxFile = SOURCE) -> DeliveryResult:
    """The scan of one file in these parts, each a list of tables."""

    def reader(files: Sequence[InboxFile]) -> Iterator[tuple[InboxFile, Iterator[Member]]]:
        for file in files:
            yield (
                file,
                (
                    Member(file.relative, "00", 10, ParsedFile("csv", tuple(tables)), None, number, number == len(parts) - 1)
                    for number, tables in enumerate(parts)
                ),
            )

    return scan_delivery(DELIVERY, [source], CONTEXT, reader)


def text(rows: dict[str, list[str | None]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in rows.items()})


def told(result: DeliveryResult) -> dict[str, Any]:
    """What must not depend on the parts: everything but confidence and rationale, order aside."""
    shown = {}
    for name, table in result.tables.items():
        rows = [{k: v for k, v in row.items() if k not in ("confidence", "rationale")} for row in table.to_pylist()]
        shown[name] = sorted(rows, key=repr)
    return shown


ROWS = text(
    {
        "student_id": [s.sourced_id for s in STUDENTS] * 3,
        "name": [f"{s.family}, {s.given}" for s in STUDENTS] * 3,
        "email": [s.emails[0] for s in STUDENTS] * 3,
        "account": [f"u-{n:04d}x" for n in range(len(STUDENTS))] * 3,
        "grade": [s.grades[0] for s in STUDENTS] * 3,
        "sped": ["Y", "N", None, "N", "N"] * 6,
        "url": [f"https://app.example/p?email={s.emails[0]}&n={n}" for n, s in enumerate(STUDENTS)] * 3,
    }
)


@pytest.mark.parametrize("cuts", [(15,), (10, 20), (1, 2, 3, 29), (30,)])
def test_the_parts_of_a_file_add_up_to_the_file(cuts: tuple[int, ...]) -> None:
    borders = [0, *cuts, ROWS.num_rows]
    parts = [[TextTable("", ROWS.slice(a, b - a))] for a, b in pairwise(borders)]
    whole = told(scan_in([[TextTable("", ROWS)]]))
    assert told(scan_in(parts)) == whole
    assert {row["data_element"] for row in whole["sightings"]} >= {"student_id.local", "student_name", "special.iep_504"}


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_whatever_the_cuts(data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(ROWS.num_rows)))
    rows = ROWS.take(pa.array(order))
    cut = data.draw(st.integers(8, ROWS.num_rows - 8))
    parts = [[TextTable("", rows.slice(0, cut))], [TextTable("", rows.slice(cut))]]
    assert told(scan_in(parts))["sightings"] == told(scan_in([[TextTable("", rows)]]))["sightings"]


def test_a_field_that_only_a_later_part_settles_counts_in_every_part() -> None:
    names = [f"{s.given} {s.family}" for s in STUDENTS[:6]]
    early = text({"event": ["a", "b", "c", "d", "e", "f"], "x": [names[0], "Quiet zone", "Long walk", "Red kite", "Old mill", "Warm rain"]})
    late = text({"event": ["g"] * 6, "x": names})
    result = scan_in([[TextTable("", early)], [TextTable("", late)]])
    assert fields(result)["x"] == "student_name"
    counted = [row["records"] for row in result.tables["sightings"].to_pylist() if row["subject_key"] == f"student:{STUDENTS[0].key_id}"]
    assert sum(counted) == 2


def test_the_last_part_brings_the_status_and_what_did_not_fit() -> None:
    rest = TextTable("rejected lines", text({"line": [f"9000001,{STUDENTS[0].emails[0]},too,many,cells"]}))

    def reader(files: Sequence[InboxFile]) -> Iterator[tuple[InboxFile, list[Member]]]:
        first = Member("export/data.csv", "", 0, ParsedFile("csv", (TextTable("", ROWS),)), None, 0, False)
        last = Member("export/data.csv", "ab", 99, ParsedFile("csv", (rest,), "partly_scanned", "line 7 did not fit"), None, 1, True)
        yield SOURCE, [first, last]

    (file,) = scan_delivery(DELIVERY, [SOURCE], CONTEXT, reader).tables["files"].to_pylist()
    assert (file["status"], file["reason"], file["sha256"], file["bytes"], file["records"]) == (
        "partly_scanned", "line 7 did not fit", "ab", 99, ROWS.num_rows + 1,
    )  # fmt: skip


def test_distinct_values_over_parts_exactly_and_estimated() -> None:
    exact, many = Distinct(), Distinct(limit=1 << 12)
    for start in (0, 500, 1_000):
        exact.add(tuple(f"v{n}" for n in range(start, start + 1_000)))
        many.add(tuple(f"v{n}" for n in range(100 * start, 100 * start + 50_000)))
    assert exact.count == 2_000
    assert abs(many.count / 150_000 - 1) < 0.05
