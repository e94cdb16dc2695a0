"""Which cells add up is learned from labels and numbers; nothing is invented where neither says so."""

from __future__ import annotations

import random

import pytest

from scanners.aggregate import AuditSettings, Published, audit_tables
from scanners.aggregate.families import families, means_all
from tests.aggregate.test_audit import table
from tests.aggregate.witnesses import true

FAMILIES = [
    (("Male", "Female"), [("Male", "Female")]),
    (("Boys", "Girls", "Asian"), [("Boys", "Girls")]),
    (("F", "M", "Nonbinary"), [("F", "M", "Nonbinary")]),
    (("LEP", "Non-LEP"), [("LEP", "Non-LEP")]),
    (("English Language Learners", "English Proficient Students"), [("English Language Learners", "English Proficient Students")]),
    (("Students with Disabilities", "Students without Disabilities"), [("Students with Disabilities", "Students without Disabilities")]),
    (("SWD", "Non-SWD", "ECD", "Non-ECD"), [("SWD", "Non-SWD"), ("ECD", "Non-ECD")]),
    (("Economically Disadvantaged", "Not Economically Disadvantaged"), [("Economically Disadvantaged", "Not Economically Disadvantaged")]),
    (("Homeless", "Not Homeless", "Migrant"), [("Homeless", "Not Homeless")]),
    (("Chess club", "Choir"), []),
    (("Male", "ELL"), []),
]


@pytest.mark.parametrize(("labels", "expected"), FAMILIES)
def test_families_by_their_words(labels: tuple[str, ...], expected: list[tuple[str, ...]]) -> None:
    assert [tuple(labels[m] for m in f.members) for f in families(labels) if f.plain] == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        *((label, True) for label in ("All Students", "Total Cohort", "District", "K-12", "All", "All grades")),
        *((label, False) for label in ("District 75", "Total Grads", "Springfield District", "Male", "")),
    ],
)
def test_labels_that_mean_all(label: str, expected: bool) -> None:
    assert means_all(label) is expected


def exact(*texts: str) -> dict[str, float | None]:
    published = [Published(table(text), (), f"t{i}.csv", "2026") for i, text in enumerate(texts)]
    found = [f for audited in audit_tables(published, AuditSettings()) for f in audited.findings if f.check_id == "exact_disclosure"]
    assert all(true(f.witness, f.low, f.high) for f in found), [f.witness for f in found]
    return {" / ".join(f.cell): f.low for f in found}


RECOVERED = [
    ("School | K | 1 | 2 | Total\nOak | 40 | 41 | 42 | 123\nElm | 35 | 30 | * | 72\nAsh | 55 | 50 | 52 | 157", {"Elm / 2": 7}),
    (
        "Measure | Oak | Elm | Ash | District\nEnrolled | 120 | 90 | 77 | 287\nMale | 60 | * | 40 | \nFemale | 60 | 83 | 37 | \n"
        "Absent | 12 | 19 | * | 63",
        {"Male / Elm": 7, "Absent / Ash": 32, "Male / District": 107, "Female / District": 180},
    ),
    (
        "École | Filles | Garçons | Total\nSaint-Jérôme | 35 | s | 42\nMontréal | 40 | 41 | 81\nLaval | 22 | 30 | 52\n"
        "Québec | 1 201 | 1 150 | 2 351",
        {"Saint-Jérôme / Garçons": 7},
    ),
    (
        "District | Race | Enrollment | Suspended\nD1 | Hispanic | 412 | 46\nD1 | White | 904 | 63\nD1 | Black | 157 | 22\n"
        "D1 | Asian | 94 | <10\nD1 | All Students | 1567 | 136",
        {"D1 / Asian / Suspended": 5},
    ),
    ("Grade | Students\n3 | 20\n4 | *\n5 | 25\nTotal | 60", {"4 / Students": 15}),
    ("School | Students\nAdams | 120\nMason | *\nLake | 130\nDistrict | 350", {"Mason / Students": 100}),
    (
        "district | school | students\nD1 | A | 50\nD1 | B | *\nD1 | All schools | 90\nD2 | C | 60\nD2 | D | 70\nD2 | All schools | 130\n"
        "All districts | All schools | 220",
        {"D1 / B / students": 40},
    ),
    (
        "School | Cohort | Grads | Regents | Local graduates\nA | 80 | 60 | 41 | 19\nB | 75 | 52 | 30 | 22\nC | 99 | 81 | 50 | 31\n"
        "D | 64 | 55 | * | 21\nE | 90 | 66 | 40 | 26\nF | 91 | 77 | 53 | 24",
        {"D / Regents": 34},
    ),
]


@pytest.mark.parametrize(("text", "expected"), RECOVERED)
def test_recovered(text: str, expected: dict[str, float]) -> None:
    assert exact(text) == expected


def test_the_same_population_cut_in_two_ways() -> None:
    sexes = "school | sex | students"
    grades = "school | grade | students"
    for school, numbers in {
        "Adams": (31, 33, 30, 34),
        "Mason": (20, 22, 19, 23),
        "Lake": (40, 44, 41, 43),
        "Park": (50, 51, 60, 41),
    }.items():
        sexes += f"\n{school} | Male | {numbers[0]}\n{school} | Female | {numbers[1]}"
        grades += f"\n{school} | 3 | {numbers[2]}\n{school} | 4 | {'*' if school == 'Park' else numbers[3]}"
    assert exact(sexes, grades) == {"Park / 4 / students": 41}


NOTHING = [
    "School | Chromebooks | Lunches | Students\nAdams | 12 | * | 55\nMason | 31 | 40 | 66\nLake | 22 | 17 | 84\nPark | * | 12 | 96",
    "school | Asian | Black | Hispanic | White | Total\nA | 11 | 20 | 30 | * | 93\nB | 11 | 12 | 15 | 20 | 60\nC | 11 | 22 | 15 | 20 | 70",
    "Sex | Students\nAll | 90\nMale | *\nFemale | *",
    "Year | Students\n2023-24 | 120\n2024-25 | *\n2025-26 | 130",
    "School | Students\nAdams | 120\nMason | *\nLake | 130",
]


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_is_invented(text: str) -> None:
    assert exact(text) == {}


@pytest.mark.parametrize("seed", range(12))
def test_unrelated_counts_are_not_related(seed: int) -> None:
    rng = random.Random(seed)
    lines = ["School | Readers | Swimmers | Singers | Walkers | Bus riders"]
    for school in range(rng.randint(4, 25)):
        lines.append(f"School {school}x | " + " | ".join("*" if rng.random() < 0.2 else str(rng.randint(10, 60)) for _ in range(5)))
    assert exact("\n".join(lines)) == {}


def test_a_total_that_does_not_add_up_is_told_and_not_trusted() -> None:
    lines = ["School | Sex | Students"]
    for school in range(30):
        lines += [
            f"S{school}x | All | {60 + school}",
            f"S{school}x | Male | {30 + school % 7}",
            f"S{school}x | Female | {30 + school - school % 7}",
        ]
    lines[1] = "S0x | All | 65"
    (audited,) = audit_tables([Published(table("\n".join(lines)))], AuditSettings())
    assert [n for n in audited.notes if "not trusted" in n] == [
        "S0x / All / Students is 65, but its parts add up to 60: this total is not trusted"
    ]


@pytest.mark.parametrize("schools", [40, 120])
def test_districts_that_only_the_order_of_the_rows_tells(schools: int) -> None:
    """Schools, then a row for every four of them: no label says which belongs to which district."""
    dice = random.Random(schools)
    grades = [str(grade) for grade in range(1, 9)]
    counts = {(f"School {n:03}", grade): dice.randrange(20, 90) for n in range(schools) for grade in grades}
    names = [f"School {n:03}" for n in range(schools)]
    for district in range(schools // 4):
        for grade in grades:
            counts[f"Region {district}", grade] = sum(counts[name, grade] for name in names[4 * district : 4 * district + 4])
    hidden = ("School 006", "4")
    rows = [f"{place} | {grade} | {'*' if (place, grade) == hidden else n}" for (place, grade), n in counts.items()]
    assert exact("Place | Grade | Students\n" + "\n".join(rows)) == {"School 006 / 4 / Students": counts[hidden]}


def test_a_sum_of_fewer_columns_holds_only_where_the_others_are_nobody() -> None:
    """Schools that end with grade 8 and one that goes on: there the sum up to grade 8 says nothing."""
    dice = random.Random(8)
    rows = []
    for n in range(20):
        grades = [dice.randrange(20, 90) for _ in range(3)]
        nine = dice.randrange(20, 90) if n < 5 else 0
        shown = [str(g) for g in grades]
        if n == 2:
            shown[0] = "*"
        rows.append(f"School {n} | {sum(grades) + nine} | {' | '.join(shown)} | {'*' if n == 2 else nine or ''}")
    assert exact("School | Total Students | Grade 6 | Grade 7 | Grade 8 | Grade 9\n" + "\n".join(rows)) == {}
