"""Nobody or everybody of a group: told whatever the group's size, once, and only where it is sure."""

from __future__ import annotations

import pytest

from scanners.aggregate.layout import layout
from scanners.aggregate.zero_or_full import ZeroOrFull, zero_or_full
from tests.aggregate.test_audit import table


def cells(text: str) -> list[ZeroOrFull]:
    return list(zero_or_full(layout(table(text))))


REST = "\nY | 400 | 50.5%\nZ | 300 | 33.3%"

CASES = [
    ("everybody", "school | tested | pct_passed\nA | 34 | 100.0%" + REST, [(0, "pct_passed", 34, 34)]),
    ("nobody", "school | tested | pct_passed\nA | 34 | 0.0%" + REST, [(0, "pct_passed", 0, 0)]),
    ("a large group as well", "school | tested | pct_passed\nA | 900 | 0.0%" + REST, [(0, "pct_passed", 0, 0)]),
    ("rounding may hide one", "school | tested | pct_passed\nA | 5000 | 100.0%" + REST, []),
    ("rounding may hide one, below", "school | tested | pct_passed\nA | 5000 | 0.0%" + REST, []),
    ("an empty group", "school | tested | pct_passed\nA | 0 | 0.0%" + REST, []),
    ("a hidden row", "school | tested | pct_passed\nA | * | *" + REST, []),
    ("a filler beside a hidden N", "school | tested | pct_passed\nA | * | 0.0%" + REST, []),
    ("all of a hidden N", "school | tested | pct_passed\nA | <10 | 100.0%" + REST, [(0, "pct_passed", 1, 9)]),
    ("nobody of a hidden N that is somebody", "school | tested | pct_passed\nA | 10-19 | 0.0%" + REST, [(0, "pct_passed", 0, 0)]),
    ("once for count and percentage", "school | tested | passed | pct_passed\nA | 34 | 34 | 100%\nB | 40 | 20 | 50%\nC | 60 | 15 | 25%",
     [(0, "pct_passed", 34, 34)]),
    ("the count where the percentage is hidden",
     "school | tested | passed | pct_passed\nA | 34 | 0 | *\nB | 40 | 20 | 50%\nC | 60 | 15 | 25%",
     [(0, "passed", 0, 0)]),
    ("an outcome without a percentage", "school | students | suspended\nA | 34 | 0\nB | 40 | 40\nC | 60 | 15",
     [(0, "suspended", 0, 0), (1, "suspended", 40, 40)]),
    ("who students are is no outcome", "School | Male | Female | Total\nA | 34 | 0 | 34\nB | 40 | 20 | 60\nC | 10 | 20 | 30", []),
    ("grades are structure", "School | Total students | Grade 3 | Grade 4\nA | 34 | 34 | 0\nB | 40 | 20 | 20\nC | 30 | 15 | 15", []),
    ("without any N an outcome", "school | subgroup | pct proficient\nA | EL | 0%\nA | White | 55%\nB | EL | 100%",
     [(0, "pct proficient", 0, 0), (2, "pct proficient", None, None)]),
    ("but not of all", "school | subgroup | pct proficient\nDistrict | All | 0%\nA | White | 55%\nB | EL | 44%", []),
    ("attendance is no share", "school | students | attendance rate\nA | 20 | 100.0\nB | 30 | 90.0\nC | 30 | 91.0", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_zero_or_full(text: str, expected: list[tuple[int, str, int | None, int | None]]) -> None:
    assert [(c.row, c.column, c.low, c.high) for c in cells(text)] == expected


def test_a_witness_says_of_how_many() -> None:
    text = "school | students | suspended\nA | 34 | 0\nB | 1400 | 1400\nC | 60 | 15"
    assert [c.witness for c in cells(text)] == ["0 of 34 students: the whole group", "1,400 of 1,400 students: the whole group"]
    (cell,) = cells("school | tested | pct_passed\nA | 34 | 100.0%" + REST)
    assert cell.witness == "34 of 34 students (100.0%): the whole group"


def test_compositions_are_told_by_their_percentages() -> None:
    text = "school | total_enrollment | white_num | white_per\nA | 281 | 0 | 0.0\nB | 300 | 30 | 10.0\nC | 250 | 100 | 40.0"
    (cell,) = cells(text)
    assert (cell.column, cell.high, cell.beside) == ("white_per", 0, ((0, 2),))
