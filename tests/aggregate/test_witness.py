"""A witness is true arithmetic, in the labels in which the cells differ."""

from __future__ import annotations

import pytest

from scanners.aggregate import AuditSettings, Published, audit_tables
from tests.aggregate.test_audit import table
from tests.aggregate.witnesses import true

CASES = [
    ("Sex | Students\nTotal Cohort | 42\nMale | 35\nFemale | s", "Total Cohort 42 − Male 35 = Female 7"),
    ("School | Male | Female | Total\nAdams | 40 | * | 45\nMason | 30 | 30 | 60", "Total 45 − Male 40 = Female 5"),
    ("Grade | Students\n3 | 20\n4 | *\n5 | 25\nTotal | 60", "Total 60 − Grade 3 20 − Grade 5 25 = Grade 4 15"),
    ("School | Students\nAdams | 120\nMason | 100\nLake | 130\nDistrict | *", "Adams 120 + Mason 100 + Lake 130 = District 350"),
    ("School | Students\nAdams | <5\nMason | 50", "<5 is 0 to 4: the token itself says"),
    ("Sex | Students\nAll | 38\nBoys | <10\nGirls | 10-19\nX | 25", "Boys at most 3 because All 38 − Girls at least 10 − X 25 = 3"),
    ("School | n | proficient | pct proficient\nA | 42 | s | 66.7%\nB | 30 | 20 | 66.7%", "it is 66.7% of n 42, so proficient 28"),
    (
        "School | Sex | n | pct passed\nA | All | 42 | 66.7%\nA | Boys | 20 | 50.0%\nA | Girls | 22 | s\nB | All | 60 | 50.0%",
        "66.7% of n 42 is 28; 50.0% of n 20 is 10; All 28 − Boys 10 = Girls 18",
    ),
]


@pytest.mark.parametrize(("text", "witness"), CASES)
def test_one_table(text: str, witness: str) -> None:
    found = [
        f for f in audit_tables([Published(table(text))], AuditSettings())[0].findings if f.check_id in ("exact_disclosure", "interval")
    ]
    assert witness in [f.witness for f in found] or any(witness in f.witness for f in found), [f.witness for f in found]
    assert all(true(f.witness, f.low, f.high) for f in found)


def test_a_chain_is_told_in_order() -> None:
    """The district gives a school's boys, and these give its girls."""
    text = """
    School | Sex | Students
    Adams | All | 60
    Adams | Boys | *
    Adams | Girls | *
    Mason | All | 70
    Mason | Boys | 30
    Mason | Girls | 40
    Lake | All | 90
    Lake | Boys | 50
    Lake | Girls | 40
    District | All | 220
    District | Boys | 111
    District | Girls | 109"""
    found = {f.cell: f for f in audit_tables([Published(table(text))], AuditSettings())[0].findings if f.check_id == "exact_disclosure"}
    assert {cell: f.low for cell, f in found.items()} == {("Adams", "Boys", "Students"): 31, ("Adams", "Girls", "Students"): 29}
    assert all(true(f.witness, f.low, f.high) for f in found.values())


def test_another_table_is_named_by_its_place() -> None:
    sexes = "School | Sex | Students\nAdams | Male | 31\nAdams | Female | *\nMason | Male | 20\nMason | Female | 22"
    totals = "School | Students\nAdams | 60\nMason | 42"
    found = audit_tables([Published(table(sexes), (), "sex.csv"), Published(table(totals), (), "all.csv")], AuditSettings())
    assert [f.witness for f in found[0].findings] == ["All in all.csv 60 − Male 31 = Female 29"]
    assert not found[1].findings


@pytest.mark.parametrize("wrong", ["Total 42 − Male 35 = Female 8", "A at most 3 because B 10 − C 8 = 2", "Female 7"])
def test_the_checker_sees_what_is_wrong(wrong: str) -> None:
    assert not true(wrong, 7, 7)
