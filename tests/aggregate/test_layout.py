"""What columns are for: keys, counts of people, percentages, measures; which groups and what thing their headers name."""

from __future__ import annotations

import random
import time

import pyarrow as pa
import pytest

from scanners.aggregate.headers import read
from scanners.aggregate.layout import UNBOUNDED, layout
from scanners.schemas import TextTable
from tests.aggregate.published_files import column, csv_file, roles

HEADERS = [
    ("Total Cohort", (), "total cohort", "", ""),
    ("Total Grads - n", (), "total grads", "count", ""),
    ("Total Grads - % of cohort", (), "total grads", "percent", "cohort"),
    ("Total Regents - % of grads", (), "total regents", "percent", "grads"),
    ("male_num", ("male",), "", "count", ""),
    ("male_per", ("male",), "", "percent", ""),
    ("PER_PROF", (), "prof", "percent", ""),
    ("per pupil spending", (), "per pupil spending", "", ""),
    ("Grade 3", ("Grade 3",), "", "", ""),
    ("grade1", ("grade1",), "", "", ""),
    ("2023-24 / Grade 3 / N", ("2023-24", "Grade 3"), "", "count", ""),
    ("2023 %", ("2023",), "", "percent", ""),
    ("Female / Number tested", ("Female",), "tested", "count", ""),
    ("Gender / Female", ("Female",), "", "", ""),
    ("All Students / Number tested", (), "tested", "count", ""),
    ("Percent of students proficient", (), "students proficient", "percent", ""),
    ("Number of students proficient", (), "students proficient", "count", ""),
    ("Dropout (Rate)", (), "dropout", "percent", ""),
    ("Dropout (Count)", (), "dropout", "count", ""),
    ("Black or African American Graduates", ("Black or African American",), "graduates", "", ""),
    ("Students with Disabilities", ("Students with Disabilities",), "", "", ""),
    ("Hispanic/Latino - N", ("Hispanic/Latino",), "", "count", ""),
    ("Two or More Races", ("Two or More Races",), "", "", ""),
    ("LEVEL1_%TESTED", ("LEVEL 1",), "", "percent", "tested"),
    ("#", (), "", "count", ""),
    ("Pct", (), "", "percent", ""),
    ("", (), "", "", ""),
]


@pytest.mark.parametrize(("name", "groups", "measure", "unit", "base"), HEADERS)
def test_a_header(name: str, groups: tuple[str, ...], measure: str, unit: str, base: str) -> None:
    header = read(name)
    assert (header.groups, header.measure, header.unit, header.base) == (groups, measure, unit, base)


TABLES = [
    ("School,2022,2023\nAdams,10,12\nMason,12,3\n", "key count count"),
    ("School,Q1,Q2\nAdams,10,12\nMason,12,3\n", "key count count"),
    ("Question,Yes,No,Total\nQ1,10,3,13\nQ2,12,3,15\n", "key count count count"),
    ("School,Sept 2023,Oct 2023\nAdams,10,11\nMason,4,5\n", "key count count"),
    ("School,N,%\nAdams,10,50\nMason,12,25\n", "key count percent"),
    ("School,#,Pct\nAdams,10,50\nMason,12,25\n", "key count percent"),
    ("School,Count,Percent\nAdams,s,s\nMason,s,\n", "key count percent"),
    ("School,Students,pct_asian\nAdams,20,\nMason,30,\n", "key count percent"),
    ("School,Students,Black,White\nAdams,s,s,s\nMason,s,s,s\n", "key count count count"),
    ("School,Students,Proficient\nAdams,20,0.35\nMason,40,0.5\nLake,30,c\n", "key count percent"),
    ("School,Students,Blue,Red\nA,23,20,3\nB,30,15,15\nC,40,40,0\n", "key count count count"),
    ("School,Students,Widgets\nA,23,5\nB,30,4\nC,40,3\n", "key count measure"),
    ("School,Tested,Foo,Foo %\nA,20,5,25\nB,30,6,20\n", "key count count percent"),
    ("DBN,schoolyear,Students\n01M015,20052006,281\n01M015,20062007,243\n", "key key count"),
    ("Zip,NCESSCH,Grade Span,Students\n02139,360007702877,6-8,120\n02138,360007702878,K-5,7\n02140,360007702879,9-12,9\n",
     "key key key count"),
    ("Cohort,Total Cohort\n2001,20\n2002,30\n2006 Aug,40\n", "key count"),
    ("Cohort,Total Cohort\n2001,20\n2002,30\n", "key count"),
    ("School,Num of SAT Test Takers,SAT Math Avg. Score\nA,29,404\nB,s,s\nC,7,380\n", "key count measure"),
    ("School,Students,Median income,Spending\nA,20,\"$50,000\",\"$1,200\"\nB,40,\"$60,000\",\"$1,100\"\n", "key count measure measure"),
    ("School,Students per teacher,Teachers\nA,20,5\nB,40,7\n", "key measure measure"),
    ("School,Enrollment,Count of suspensions\nA,20,3\nB,40,-9\nC,10,-11\n", "key count count"),
    ("School,Enrollment,Change\nA,20,3\nB,40,-9\nC,10,-11\n", "key count measure"),
    ("School,Students,Attendance Rate\nA,20,95.1\nB,40,96.2\n", "key count percent"),
    ("School,Age,Students\nA,5-9,20\nA,10-14,40\n", "key key count"),
    ("STNAM,LEAID,ALL_MTH00numvalid,ALL_MTH00pctprof\nAL,0100005,2000,45\nAL,0100006,15,LT50\nAL,0100007,100,GE95\n",
     "key key count percent"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLES)
def test_roles(text: str, expected: str) -> None:
    (shape,) = csv_file(text)
    assert roles(shape) == dict(zip(roles(shape), expected.split(), strict=True))


def test_what_is_hidden_among_percentages_is_bounded_as_one() -> None:
    (shape,) = csv_file("School,N,Percent proficient\nA,100,40-44\nB,9,n<10\nC,200,GE95\nD,50,<5\nE,60,PS\nF,70,too small\n")
    cells = column(shape, "Percent proficient").cells
    assert [(c.kind, c.low, min(c.high, 100), c.percent) for c in cells[:4]] == [
        ("suppressed", 40, 44, True),
        ("suppressed", 0, 100, False),
        ("suppressed", 95, 100, True),
        ("suppressed", 0, 5, True),
    ]
    assert cells[3].open
    assert {c.kind for c in cells[4:]} == {"suppressed"}


def test_bounds_of_counts() -> None:
    (shape,) = csv_file("School,Students\nA,12\nB,<10\nC,s\nD,\nE,10-19\nF,-9\nG,10+\nH,7.0\nI,(c)\n")
    counts = column(shape, "Students")
    assert counts.low.tolist() == [12, 0, 0, -1, 10, 0, 10, 7, 0]
    assert counts.high.tolist() == [12, 9, UNBOUNDED, -1, 19, UNBOUNDED, UNBOUNDED, 7, UNBOUNDED]


def test_denominators() -> None:
    (shape,) = csv_file("School,Total Cohort,Total Grads - n,Local - n,Not tested,Male,Total\nA,40,30,10,3,20,40\nB,50,30,10,3,20,50\n")
    assert [c.name for c in shape.columns if c.denominator] == ["Total Cohort", "Total"]


def test_unknown_words_above_the_same_columns_are_groups() -> None:
    (shape,) = csv_file("School,Blue house,,Red house,\n,N,%,N,%\nA,20,50,20,50\nB,30,50,10,20\n")
    assert [c.groups for c in shape.columns[1:]] == [("Blue house",)] * 2 + [("Red house",)] * 2


def test_a_large_table_is_read_in_a_second_or_two() -> None:
    rng = random.Random(5)
    rows, names = 25_000, ["School", "Year", "Group", "Total", *(f"Group {n} - n" for n in range(16))]
    data = [[f"School {i // 50}" for i in range(rows)], [str(2001 + i % 6) for i in range(rows)], [f"G{i % 7}" for i in range(rows)]]
    data += [[str(rng.randint(0, 400)) if rng.random() > 0.3 else "s" for _ in range(rows)] for _ in range(17)]
    table = TextTable("", pa.table(dict(zip(names, data, strict=True))))
    before = time.process_time()
    shape = layout(table)
    assert sum(int((c.low >= 0).sum()) for c in shape.counts) == 17 * rows
    assert time.process_time() - before < 5
