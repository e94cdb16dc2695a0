"""Small groups: what is shown, what is left of a whole, what a percentage gives away; and what the published rules let a percentage say."""

from __future__ import annotations

from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.aggregate.layout import layout
from scanners.aggregate.published_rules import code, end, finer_than_allowed, keeps
from scanners.aggregate.small_cells import SmallCell, small_cells
from tests.aggregate.test_audit import table


def cells(text: str, k: int = 10) -> list[SmallCell]:
    return list(small_cells(layout(table(text)), k))


def found(text: str, k: int = 10) -> list[tuple[int, str, int, int]]:
    return [(c.row, c.column, c.low, c.high) for c in cells(text, k)]


ROWS = [
    ("a numerator and a denominator", "school | students | proficient\nA | 9 | 0\nB | 40 | 3",
     [(0, "students", 9, 9), (1, "proficient", 3, 3)]),
    ("the rest of a whole", "school | students | proficient\nA | 40 | 38\nB | 40 | 40", [(0, "students − proficient", 2, 2)]),
    ("no complement of a complement", "school | students | proficient | not proficient\nA | 40 | 38 | 2\nB | 50 | 20 | 30",
     [(0, "not proficient", 2, 2)]),
    ("the same number elsewhere is no answer", "school | students | proficient | suspended\nA | 50 | 45 | 5\nB | 50 | 20 | 11",
     [(0, "suspended", 5, 5), (0, "students − proficient", 5, 5)]),
    ("a whole that is part of another", "school | enrolled | tested | proficient\nA | 50 | 47 | 20\nB | 80 | 70 | 30",
     [(0, "enrolled − tested", 3, 3)]),
    ("nobody is not small", "school | students | proficient\nA | 40 | 0\nB | 0 | 0", []),
    ("hidden is not small", "school | students | proficient\nA | 40 | <10\nB | * | *\nC | 30 | 15", []),
    ("a part larger than its whole", "school | students | proficient\nA | 20 | 25\nB | 40 | 20", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
def test_within_a_row(text: str, expected: list[tuple[int, str, int, int]]) -> None:
    assert found(text) == expected


PERCENTAGES = [
    ("one child who is not", "school | tested | pct_passed\nA | 20 | 95%\nB | 40 | 50%", [(0, "100 % − pct_passed", 1, 1)]),
    ("the numerator itself", "school | tested | pct_passed\nA | 40 | 5%\nB | 40 | 50%", [(0, "pct_passed", 2, 2)]),
    ("rounding leaves several", "school | tested | pct_passed\nA | 400 | 99%\nB | 400 | 50%", [(0, "100 % − pct_passed", 2, 6)]),
    ("rounding leaves none for sure", "school | tested | pct_passed\nA | 400 | 100%\nB | 400 | 50%", []),
    ("decimals tell more", "school | tested | pct_passed\nA | 400 | 99.5%\nB | 400 | 50.0%", [(0, "100 % − pct_passed", 2, 2)]),
    ("a zero lost on the way", "school | tested | pct_passed\nA | 400 | 99%\nB | 400 | 50.3%", [(0, "100 % − pct_passed", 4, 4)]),
    ("fractions", "school | tested | rate\nA | 20 | 0.95\nB | 40 | 0.50", [(0, "100 % − rate", 1, 1)]),
    ("a count beside it is judged once", "school | tested | passed | pct_passed\nA | 20 | 19 | 95%\nB | 40 | 20 | 50%",
     [(0, "tested − passed", 1, 1)]),
    ("a hidden count beside it", "school | tested | passed | pct_passed\nA | 40 | * | 5%\nB | 40 | 20 | 50%\nC | 60 | 30 | 50%",
     [(0, "pct_passed", 2, 2)]),
    ("attendance is nobody's share", "school | students | attendance rate\nA | 20 | 95.0\nB | 30 | 90.0", []),
    ("a third and a half are of six",
     "school | tested | pct_math | pct_reading\nA | <10 | 33.3% | 50.0%\nB | 40 | 50.0% | 25.0%\nC | 60 | 50.0% | 25.0%",
     [(0, "tested", 6, 6)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in PERCENTAGES], ids=[case[0] for case in PERCENTAGES])
def test_counts_that_follow_from_percentages(text: str, expected: list[tuple[int, str, int, int]]) -> None:
    assert found(text) == expected


def test_an_n_that_follows_from_a_count_and_its_percentage() -> None:
    text = "school | passed (number) | passed (%)\nA | 57 | 95.0\nB | 20 | 50.0\nC | 7 | 35.0"
    shares = [(c.row, c.low, c.high, c.witness) for c in cells(text) if c.row == 0]
    assert shares == [(0, 3, 3, "passed (number) 57 at 95.0 is 57 of 60: exactly 3 are not")]


COLUMN = "school | gender | students\nA | All | 60\nA | Male | 57\nA | Female | {female}\nB | All | 60\nB | Male | 30\nB | Female | 30"


def test_a_total_in_the_column() -> None:
    (hidden,) = cells(COLUMN.format(female="*"))
    assert (hidden.row, hidden.column, hidden.low, hidden.witness) == (1, "A All − students", 3, "60 − 57 = 3")
    assert hidden.same_as == (2, 2)
    assert hidden.rests_on == ((1, 2), (0, 2))
    assert found(COLUMN.format(female="3")) == [(2, "students", 3, 3)]
    assert [c.same_as for c in cells(COLUMN.format(female=""))] == [None]


def test_a_total_in_the_column_of_percentages() -> None:
    rows = "school | gender | tested | pct_passed\nA | All | 60 | 50.0%\nA | Male | 40 | 65.0%\nA | Female | * | *"
    rows += "\nB | All | 80 | 50.0%\nB | Male | 40 | 50.0%\nB | Female | 40 | 50.0%"
    assert found(rows) == [(1, "A All − pct_passed", 4, 4)]


def test_one_of_many_groups() -> None:
    """All but one race are more than one group: no count that is shown says how many they are, though one happens to be the same."""
    groups = "A | All | 100\nA | Asian | 96\nA | Black | 4\nA | White | *\nB | All | 90\nB | Asian | 30\nB | Black | 40\nB | White | 20"
    assert [(row, column) for row, column, _, _ in found(f"school | race | students\n{groups}")] == [
        (1, "A All − students"),
        (2, "students"),
    ]


@given(st.integers(10, 2000), st.data(), st.integers(0, 2))
def test_a_recovered_count_is_never_wrong(n: int, data: st.DataObject, decimals: int) -> None:
    passed = data.draw(st.integers(0, n))
    text = f"school | tested | pct_passed\nA | {n} | {100 * passed / n:.{decimals}f}%\nB | 4000 | 50.25%\nC | 4000 | {50.5:.{decimals}f}%"
    for cell in cells(text):
        if cell.row == 0:
            truth = passed if cell.column == "pct_passed" else n - passed
            assert cell.low <= truth <= cell.high < 10


def test_what_a_small_cell_rests_on_stands_in_the_table() -> None:
    for _, text, _ in (*ROWS, *PERCENTAGES):
        shape = layout(table(text))
        for cell in small_cells(shape, 10):
            assert cell.rests_on
            assert all(shape.columns[at].cells[row].kind in ("number", "percent", "suppressed") for row, at in cell.rests_on)


@pytest.mark.parametrize(
    ("n", "points"), [(5, None), (10, 20), (19, 20), (20, 10), (39, 10), (40, 5), (99, 5), (100, 2), (299, 2), (300, 1)]
)
def test_the_published_rules(n: int, points: int | None) -> None:
    assert end(n) == points
    if points is None:
        assert code(50, n) == "*"
        assert not keeps(95, 100, n)
    else:
        assert keeps(100 - points, 100, n)
        assert keeps(0, points, n)
        assert not keeps(100 - points + 0.5, 100, n)
        assert code(50, n) is None
        assert code(100, n) == f">={100 - points}%"
        assert code(0, n) == f"<={points}%"


CODED = [
    ("20 | >95%", [(20, 20, True)]),
    ("20 | >=95%", [(19, 20, False)]),
    ("20 | >90%", []),
    ("20 | <5%", [(0, 0, True)]),
    ("60 | <5%", []),
    ("60 | >99%", [(60, 60, True)]),
    ("5000 | >99.9%", [(4996, 5000, False)]),
    ("9000 | >99.9%", []),
    ("20 | 41-45%", [(9, 9, True)]),
    ("20 | 41-60%", []),
    ("* | >95%", []),
]


@pytest.mark.parametrize(("row", "expected"), CODED)
def test_coded_percentages(row: str, expected: list[tuple[int, int, bool]]) -> None:
    text = f"school | tested | pct_passed\nA | {row}\nB | 400 | 50%\nC | 410 | 50%"
    coded = list(finer_than_allowed(layout(table(text)), 5))
    assert [(c.low, c.high, c.exact) for c in coded] == expected
    assert all(c.row == 0 and c.column == "pct_passed" and "tested" in c.witness for c in coded)


@given(st.integers(10, 400), st.integers(0, 100))
def test_what_the_rule_writes_keeps_the_rule(n: int, percentage: int) -> None:
    token = code(percentage, n)
    if token is not None:
        assert finer_of(n, token) == []
        bound = int(token[2:-1])
        assert percentage >= bound if token.startswith(">") else percentage <= bound
    else:
        assert ceil(n * 0.01) <= percentage * n / 100 <= floor(n * 0.99) or n >= 300


def finer_of(n: int, token: str) -> list[str]:
    text = f"school | tested | pct_passed\nA | {n} | {token}\nB | 400 | 50%\nC | 410 | 50%"
    return [c.witness for c in finer_than_allowed(layout(table(text)), 5)]
