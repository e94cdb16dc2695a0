"""A person's decision is found by the names that a person reads: party, path, field; in the file's own words or as they are shown."""

from __future__ import annotations

from datetime import date

import pytest

from scanners.scan import Decision
from tests.scanners.district import STUDENTS, context, fields, scan, table

ROWS: list[dict[str, str | None]] = [
    {"id": s.sourced_id, "x1": "AB", "x1#2": "CD", "Page": f"/read?who={s.sourced_id}&mood=sunny{n}", f"seat {s.given} {s.family}": "EF"}
    for n, s in enumerate(STUDENTS[:1] * 9)
]


def decided(
    path: str, field: str, party: str = "vendor", *, file: str = "export/data.csv", about: str | None = None, by: str = "vendor"
) -> str:
    """What the field is after a decision that says `conduct`."""
    settled = context((Decision(by, path, field, "conduct", date(2026, 12, 31)),))
    found = fields(scan(table(ROWS), path=file, party=party, about=about, kind=file.split("/")[0], context_=settled))
    return ",".join(sorted(name for name, element in found.items() if element == "conduct"))


@pytest.mark.parametrize(
    ("path", "field", "file", "settled"),
    [
        ("export/data.csv", "x1", "export/data.csv", "x1"),
        ("*", "x1", "export/data.csv", "x1"),
        ("**/data*.csv", "x1", "export/data.csv", "x1"),
        ("2026-09-01/export/*", "x1", "export/data.csv", "x1"),
        ("2026-09-02/export/*", "x1", "export/data.csv", ""),
        ("export/Data.csv", "x1", "export/data.csv", ""),
        ("data.csv", "x1", "export/data.csv", ""),
        ("export/data[1].csv", "x1", "export/data[1].csv", "x1"),  # written out
        ("export/data[[]1].csv", "x1", "export/data[1].csv", "x1"),  # as a glob
        ("export/sync.zip!/a.csv", "x1", "export/sync.zip!/a.csv", "x1"),
        ("*", "X1", "export/data.csv", ""),
        ("*", "x1#2", "export/data.csv", "x1#2"),
        ("*", "Page?mood", "export/data.csv", "Page?mood"),  # a parameter of a URL
        ("export/[redacted].csv", "x1", "export/Aaliyah Jorgensen.csv", "x1"),  # as it is shown
        ("export/Aaliyah Jorgensen.csv", "x1", "export/Aaliyah Jorgensen.csv", "x1"),
        ("*", "seat [redacted]", "export/data.csv", "seat [redacted]"),
        ("*", "seat Aaliyah Jorgensen", "export/data.csv", "seat [redacted]"),
    ],
)
def test_a_path_and_a_field(path: str, field: str, file: str, settled: str) -> None:
    assert decided(path, field, file=file) == settled


@pytest.mark.parametrize(
    ("by", "party", "about", "settled"),
    [
        ("vendor", "Vendor", None, "x1"),
        ("other", "vendor", None, ""),
        ("district", "district", "vendor", "x1"),
        ("vendor", "district", "vendor", "x1"),
        ("other", "vendor", "other", ""),
    ],
)
def test_a_party(by: str, party: str, about: str | None, settled: str) -> None:
    assert decided("*", "x1", party, about=about, by=by) == settled


def test_the_first_that_fits_counts_and_the_last_day_is_included() -> None:
    lines = [("conduct", date(2026, 11, 23)), ("attendance", date(2026, 11, 24)), ("survey", None)]
    settled = context(tuple(Decision("vendor", "*", "x1", element, until) for element, until in lines))
    assert fields(scan(table(ROWS), context_=settled))["x1"] == "attendance"


def test_what_a_decision_calls_nothing_stays_on_record() -> None:
    """Of a part of a value too, which is no field of the file otherwise."""
    settled = context(tuple(Decision("vendor", "*", field, "none") for field in ("Page?who", "id")))
    result = scan(table(ROWS), context_=settled)
    assert fields(result)["Page?who"] == "none"
    said = {(row["field_path"], row["data_element"]) for row in result.tables["findings"].to_pylist() if row["detector"] == "decision"}
    assert said == {("Page?who", "none"), ("id", "none")}
    assert not {row["field_path"] for row in result.tables["sightings"].to_pylist()} & {"Page?who", "id"}


def test_the_name_of_a_sheet_stands_in_front_where_there_are_several() -> None:
    settled = context((Decision("vendor", "*", "Second.x1", "conduct"),))
    both = scan(table(ROWS, "First"), table(ROWS, "Second"), context_=settled)
    assert {name for name, element in fields(both).items() if element == "conduct"} == {"Second.x1"}
    assert fields(scan(table(ROWS, "Second"), context_=context((Decision("vendor", "*", "x1", "conduct"),))))["x1"] == "conduct"
