"""What a percentage is a share of: by its name, by arithmetic, and where it is a share of nothing in its row."""

from __future__ import annotations

import random

import pytest

from scanners.aggregate.layout import Layout
from scanners.aggregate.shares import shares
from tests.aggregate.published_files import csv_file

Told = list[tuple[str | None, str | None]]


def told(shape: Layout) -> Told:
    return [(s.numerator.name if s.numerator else None, s.whole.name if s.whole else None) for s in shares(shape)]


COHORTS = """Demographic,Cohort,Total Cohort,Total Grads - n,Total Grads - % of cohort,Local - n,Local - % of cohort,Local - % of grads
All,2003,5,s,s,s,s,s
All,2004,55,37,67.3%,20,36.4%,54.1%
All,2005,64,43,67.2%,16,25%,37.200000000000003%
Male,2006 Aug,78,43,55.1%,7,9%,16.3%
"""
STATE = """Subgroup,TOTAL_COUNT,NOT_TESTED,PCT_NOT_TESTED,NUM_TESTED,PCT_TESTED,LEVEL1_COUNT,LEVEL1_%TESTED,NUM_PROF,PER_PROF
All,50,10,20%,40,80%,10,25%,20,50%
Female,25,5,20%,20,80%,s,s,s,s
"""
CASES: list[tuple[str, Told]] = [
    (COHORTS, [("Total Grads - n", "Total Cohort"), ("Local - n", "Total Cohort"), ("Local - n", "Total Grads - n")]),
    (
        STATE,
        [("NOT_TESTED", "TOTAL_COUNT"), ("NUM_TESTED", "TOTAL_COUNT"), ("LEVEL1_COUNT", "NUM_TESTED"), ("NUM_PROF", "NUM_TESTED")],
    ),
    ("School,total_enrollment,male_num,male_per\nA,281,158,56.2\nB,243,140,57.6\n", [("male_num", "total_enrollment")]),
    ("School,Graduates (Count),Graduates (Rate),CohortStudents\nA,100,83.3,120\nB,50,83.3,60\n", [("Graduates (Count)", "CohortStudents")]),
    ("School,n,pct_passed\nA,20,95%\nB,40,50%\n", [(None, "n")]),
    ("School,Tested,Passed,Rate\nA,20,5,0.25\nB,40,10,0.25\nC,30,9,0.3\nD,50,1,0.02\n", [("Passed", "Tested")]),
    ("Group,Number,Percent\nMale,10,50\nFemale,10,50\n", [("Number", None)]),
    ("Answer,2023 n,2023 %\nOften,10,25%\nRarely,30,75%\nTotal,40,100%\n", [("2023 n", None)]),
    ("School,Students,Attendance Rate\nA,20,95.0\nB,40,90.0\n", [(None, None)]),
    ("School,Students,Average percent correct\nA,20,95.0\nB,40,90.0\n", [(None, None)]),
    ("School,Students,Passed,% passed\nA,s,s,s\nB,s,s,40\n", [("Passed", "Students")]),
    ("School,Male / N,Male / %,Female / N,Female / %\nA,20,25,40,50\nB,40,5,20,10\n", [(None, "Male / N"), (None, "Female / N")]),
    ("School,Students,% proficient\nA,23,41.7\nB,31,52.2\nC,29,63.9\n", [(None, None)]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_shares(text: str, expected: Told) -> None:
    (shape,) = csv_file(text)
    assert told(shape) == expected


def test_arithmetic_finds_what_no_name_tells() -> None:
    rng = random.Random(3)
    rows = ["School,Students,Eligible,Served,Rate"]
    for i in range(30):
        students = rng.randint(50, 400)
        eligible = rng.randint(20, students)
        served = rng.randint(1, eligible)
        rows.append(f"S{i},{students},{eligible},{served},{100 * served / eligible:.1f}")
    (shape,) = csv_file("\n".join(rows))
    assert told(shape) == [("Served", "Eligible")]


def test_a_name_that_the_numbers_deny_is_not_believed() -> None:
    rng = random.Random(4)
    rows = ["School,Cohort,Grads - n,Grads - % of cohort"]
    rows += [f"S{i},{rng.randint(100, 400)},{rng.randint(1, 90)},{rng.uniform(1, 99):.1f}" for i in range(30)]
    (shape,) = csv_file("\n".join(rows))
    assert told(shape) == [(None, None)]


@pytest.mark.parametrize(
    ("cells", "fraction"),
    [
        ("0.25 0.5 1 0", True),
        ("0.372 s 0.37200000000000005 1", True),
        ("0.5 0.6", True),
        ("25 50 1 0", False),
        ("25% 0.5%", False),
        ("s s", False),
    ],
)
def test_fractions(cells: str, fraction: bool) -> None:
    (shape,) = csv_file("School,N,Percent\n" + "".join(f"S{i},{100 + i},{cell}\n" for i, cell in enumerate(cells.split())))
    assert shares(shape)[0].fraction is fraction


def test_half_a_percent_of_what_is_rare() -> None:
    (shape,) = csv_file("School,N,Dropout rate\nA,1000,0.5\nB,2000,0.8\n")
    assert not shares(shape)[0].fraction
