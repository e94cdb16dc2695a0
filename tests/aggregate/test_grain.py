"""Are the rows persons? Tables of groups, items and places that are none, and files of persons that do not say so."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from scanners.aggregate.grain import grain, tracks_enrollment
from scanners.aggregate.traits import traits_of
from tests.aggregate.districts import district, of, scores, shape

Columns = dict[str, Sequence[str | None]]


def draw(values: str, rows: int, seed: int = 0) -> list[str]:
    return [str(v) for v in np.random.default_rng(seed).choice(values.split(), rows)]


def cross(*parts: str) -> list[list[str]]:
    """The columns of a table with one row for each combination."""
    rows: list[tuple[str, ...]] = [()]
    for part in parts:
        rows = [(*row, value) for row in rows for value in part.split()]
    return [list(column) for column in zip(*rows, strict=True)]


def numbers(rows: int, low: int, high: int, seed: int = 0) -> list[str]:
    return [str(n) for n in np.random.default_rng(seed).integers(low, high, rows).tolist()]


SCHOOL, GRADE, SEX, RACE = cross("Adams Baker Castro", "3 4 5", "Male Female", "White Black Asian Hispanic")
CELLS = len(SCHOOL)

GROUPS: dict[str, Columns] = {
    "counts by school, grade, sex, race": {"school": SCHOOL, "grade": GRADE, "sex": SEX, "race": RACE, "students": numbers(CELLS, 10, 90)},
    "percentages only": {"school": SCHOOL, "grade": GRADE, "sex": SEX, "race": RACE, "percent proficient": numbers(CELLS, 10, 90)},
    "unsaid values": {"school": SCHOOL, "grade": GRADE, "sex": SEX, "race": RACE, "value": numbers(CELLS, 10, 90)},
    "mean scores": {"grade": GRADE[:24], "sex": SEX[:24], "race": RACE[:24], "mean score": scores(24)},
    "by an unsaid dimension": {
        "sex": cross("M F", "W B H A", "x1 x2 x3 x4 x5")[0],
        "race": cross("M F", "W B H A", "x1 x2 x3 x4 x5")[1],
        "facet": cross("M F", "W B H A", "x1 x2 x3 x4 x5")[2],
        "score": scores(40),
    },
    "survey items by group": {
        "question": cross("Q1 Q2 Q3 Q4 Q5 Q6", "M F", "W B H")[0],
        "sex": cross("Q1 Q2 Q3 Q4 Q5 Q6", "M F", "W B H")[1],
        "race": cross("Q1 Q2 Q3 Q4 Q5 Q6", "M F", "W B H")[2],
        "agree": numbers(36, 10, 90),
    },
    "items": {
        "item_id": [f"ITM{i:05d}" for i in range(60)],
        "grade": draw("3 4 5", 60),
        "language": draw("en es", 60),
        "difficulty": scores(60),
    },
    "courses": {"course code": numbers(60, 100_000, 999_999), "grade": draw("9 10 11", 60), "title": [f"Course {i}" for i in range(60)]},
    "schools with an e-mail": {
        "school": [f"School {i}" for i in range(40)],
        "email": [f"office{i}@pr.example" for i in range(40)],
        "students": numbers(40, 100, 900),
    },
    "principals": {"principal email": [f"p{i}@pr.example" for i in range(40)], "students": numbers(40, 100, 900)},
    "teachers": {"teacher": [f"Novak, Ann{'abcdefghijk'[i]}" for i in range(8)], "students": numbers(8, 15, 30)},
    "devices": {"device id": [f"A{i:09d}" for i in range(60)], "minutes": scores(60)},
    "a day a row": {"date": [f"2026-01-{i:02d}" for i in range(1, 32)], "grade": ["3"] * 31, "logins": scores(31)},
    "wide": {"School": ["Adams", "Baker"], "Male": ["40", "50"], "Female": ["30", "20"], "White": ["35", "35"], "Black": ["35", "35"]},
    "small wide counts": {"School": ["A", "B", "C"], "Male": ["1", "0", "1"], "Female": ["0", "1", "1"], "Hispanic": ["1", "1", "0"]},
    "flags of schools": {
        "school": [f"S {i}" for i in range(30)],
        "title1": draw("Y N", 30),
        "ell": draw("Y N", 30),
        "sped": draw("Y N", 30),
    },
    "with totals": {"sex": ["All", "Male", "Female"] * 4, "race": ["All"] * 12, "score": scores(12)},
    "suppressed": {"grade": GRADE[:24], "sex": SEX[:24], "race": RACE[:24], "n": ["*", "12"] * 12},
    "cohorts": {
        "Cohort": ["2001", "2002", "2006 Aug"] * 4,
        "Demographic": ["Male", "Female", "ELL", "All"] * 3,
        "Total Cohort": scores(12),
    },
}


@pytest.mark.parametrize("name", GROUPS)
def test_no_rows_of_persons(name: str) -> None:
    layout = shape(GROUPS[name])
    assert grain(layout, []) is None
    if layout.counts:
        assert tracks_enrollment(layout, {layout.rows}) is None


PERSONS: dict[str, tuple[Columns, str]] = {
    "survey": (
        {"grade": draw("3 4 5", 120), "gender": draw("M F X", 120, 1), "Q1": draw("Agree Disagree", 120, 2), "Q2": numbers(120, 1, 6)},
        "have the same grade, gender as another row",
    ),
    "scores": (
        {"Gr": draw("03 04", 80), "Sex": draw("1 2", 80, 1), "Race": draw("1 2 3 4 5", 80, 2), "Score": scores(80)},
        "have the same",
    ),
    "a few scores": ({"sex": draw("M F", 12), "race": draw("W B", 12, 1), "score": scores(12)}, "have the same sex, race"),
    "discipline": (
        {"grade": draw("6 7 8", 90), "sex": draw("M F", 90, 1), "race": draw("W B H", 90, 2), "suspensions": numbers(90, 0, 4)},
        "have the same",
    ),
    "birth dates": ({"DOB": [f"{1 + i % 12}/{1 + i % 28}/2014" for i in range(9)], "score": scores(9)}, "holds birth dates in 9 of 9 rows"),
    "flags": (
        {
            "Female": draw("0 1", 40),
            "Hispanic": draw("0 1", 40, 1),
            "ELL": draw("0 1", 40, 2),
            "SPED": draw("0 1", 40, 3),
            "score": scores(40),
        },
        "hold yes or no",
    ),
    "pseudonyms": ({"anon_id": [str(i) for i in range(1, 41)], "score": scores(40)}, "the column anon_id is unique"),
    "student number": ({"Student Number": [str(i) for i in range(1, 41)], "score": scores(40)}, "the column Student Number is unique"),
    "a row a test": ({"student_key": [f"a{i // 4:05d}" for i in range(40)], "score": scores(40)}, "tells 10 persons apart in 40 rows"),
    "one row": ({"student_id": ["900123"], "score": ["4"]}, "is unique"),
    "digests": ({"uid": [f"{i:064x}" for i in range(9)], "score": scores(9)}, "the column uid is unique"),
    "many traits": (
        {
            "grade": draw("K 1 2 3 4 5 6 7 8 9 10 11 12", 60),
            "sex": draw("M F", 60, 1),
            "race": draw("W B H A P I T", 60, 2),
            "birth year": draw("2008 2009 2010 2011 2012 2013 2014 2015 2016", 60, 3),
            "zip": numbers(60, 68_500, 68_540, 4),
            "score": scores(60),
        },
        "no column counts people",
    ),
    "answers": ({"school": ["A"] * 6, "comments": [f"I liked lesson {i} and want to do more of it" for i in range(6)]}, "holds free text"),
}


@pytest.mark.parametrize("name", PERSONS)
def test_rows_of_persons(name: str) -> None:
    columns, why = PERSONS[name]
    reason = grain(shape(columns), []) or ""
    assert why in reason
    values = {v for cells in columns.values() for v in cells if v and len(v) > 3}
    assert not any(value in reason for value in values)


def test_the_number_of_rows() -> None:
    assert (
        tracks_enrollment(shape({"level": draw("1 2 3", 240), "score": scores(240)}), {240, 5_000})
        == "240 rows, and 240 students are enrolled"
    )
    assert tracks_enrollment(shape({"level": draw("1 2 3", 240), "score": scores(240)}), {300}) is None


# --- the roster --------------------------------------------------------------------------------------------------------------

PEOPLE = district(60)
ROSTER = traits_of(PEOPLE)
NAMES = [f"{p.given} {p.family}" for p in of(PEOPLE)]


def matched(rows: int, *people: int) -> list[int]:
    return [*people, *[-1] * (rows - len(people))]


@pytest.mark.parametrize("roster", [None, ROSTER])
def test_one_id_of_a_student_is_enough(roster: object) -> None:
    columns: Columns = {"student id": [of(PEOPLE)[0].key_id, *["x"] * 99], "score": scores(100)}
    said = grain(shape(columns), matched(100, 1), ROSTER if roster else None)
    assert said == "1 of 100 rows match 1 student of the roster"


def test_a_digest_of_an_id_is_one() -> None:
    digest = hashlib.sha256(of(PEOPLE)[0].key_id.encode()).hexdigest()
    assert grain(shape({"key": [digest, *["x"] * 9], "score": scores(10)}), matched(10, 1), ROSTER) is not None


@pytest.mark.parametrize("header", ["Teacher", "Group", "label"])
@pytest.mark.parametrize("counts", [True, False])
def test_a_namesake_among_groups_is_none(header: str, counts: bool) -> None:
    columns: Columns = {header: [NAMES[0], *[f"Team {i}" for i in range(99)]], "students" if counts else "minutes": scores(100)}
    assert grain(shape(columns), matched(100, 1), ROSTER) is None


def test_a_table_of_names_is_one_of_persons() -> None:
    columns: Columns = {"label": NAMES[:30], "minutes": scores(30)}
    assert grain(shape(columns), list(range(1, 31)), ROSTER) == "30 of 30 rows match 30 students of the roster"
    half: Columns = {"label": [*NAMES[:9], *[f"Team {i}" for i in range(21)]], "minutes": scores(30)}
    assert grain(shape(half), matched(30, *range(1, 10)), ROSTER) == "9 of 30 rows match 9 students of the roster"
    counted: Columns = {"label": [*NAMES[:9], *[f"Team {i}" for i in range(21)]], "students": scores(30)}
    assert grain(shape(counted), matched(30, *range(1, 10)), ROSTER) is None


def test_a_schools_number_that_is_a_students_id_too() -> None:
    columns: Columns = {"school id": [of(PEOPLE)[0].key_id, *numbers(39, 100_000, 999_999)], "students": numbers(40, 100, 900)}
    assert grain(shape(columns), matched(40, 1), ROSTER) is None
