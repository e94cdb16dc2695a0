"""Seeded imitations of a city's graduation file: schools × cohorts × groups, suppressed the naive way, with the truth beside it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

PAIRS = (
    ("Male", "Female"),
    ("English Proficient Students", "English Language Learners"),
    ("General Education Students", "Special Education Students"),
)
RACES = ("Asian", "Black", "Hispanic", "White")
TOTAL = "Total Cohort"
MEASURES = (
    "Total Grads - n",
    "Total Regents - n",
    "Advanced Regents - n",
    "Regents w/o Advanced - n",
    "Local - n",
    "Still Enrolled - n",
    "Dropped Out - n",
)
PERCENTS = (
    ("Total Grads - % of cohort", "Total Grads - n", TOTAL),
    ("Total Regents - % of cohort", "Total Regents - n", TOTAL),
    ("Total Regents - % of grads", "Total Regents - n", "Total Grads - n"),
    ("Still Enrolled - % of cohort", "Still Enrolled - n", TOTAL),
    ("Dropped Out - % of cohort", "Dropped Out - n", TOTAL),
)
COHORTS = ("2001", "2002", "2003", "2004", "2005", "2006", "2006 Aug")

Key = tuple[str, str, str]
"""(school, cohort, group)."""


@dataclass
class City:
    """`truth[key][column]` is every count; `hidden` are the keys whose counts are suppressed."""

    truth: dict[Key, dict[str, int]] = field(default_factory=dict)
    hidden: set[Key] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def by_subtraction(self) -> dict[tuple[Key, str], int]:
        """Hidden cells that the total and the other side of a pair give away, with their value."""
        sides = {a: b for pair in PAIRS for a, b in (pair, pair[::-1])}
        found = {}
        for school, cohort, group in self.hidden:
            other, total = (school, cohort, sides.get(group, "")), (school, cohort, TOTAL)
            if other in self.truth and not {other, total} & self.hidden:
                found |= {((school, cohort, group), m): self.truth[school, cohort, group][m] for m in MEASURES}
        return found


def city(schools: int, cohorts: tuple[str, ...] = COHORTS, seed: int = 1, threshold: int = 20) -> City:
    """A city of schools of all sizes; counts of groups below the threshold are suppressed, their size is not."""
    rng = random.Random(seed)
    found = City()
    for number in range(schools):
        school = f"{number % 32 + 1:02d}{'MXKQR'[number % 5]}{100 + number}"
        found.names[school] = f"HIGH SCHOOL {number} OF {rng.choice(('ARTS', 'SCIENCE', 'LAW', 'DESIGN'))}"
        size = rng.choice((18, 40, 70, 110, 300, 600))
        odds = [rng.uniform(0.2, 0.8), rng.choice((0.7, 0.85, 0.95)), rng.uniform(0.75, 0.97)]
        students: list[Student] = []
        for cohort in cohorts:
            if cohort.endswith("Aug") and students:
                students = [_in_august(rng, student) for student in students]
            else:
                students = [_student(rng, odds) for _ in range(max(6, size + rng.randint(-9, 9)))]
            for group, counts in _counted(students).items():
                found.truth[school, cohort, group] = counts
                if counts[TOTAL] < threshold:
                    found.hidden.add((school, cohort, group))
    return found


Student = tuple[tuple[str, ...], str]
"""(groups, outcome)."""
OUTCOMES = ("Advanced Regents - n", "Regents w/o Advanced - n", "Local - n", "Still Enrolled - n", "Dropped Out - n", "")


def _student(rng: random.Random, odds: list[float]) -> Student:
    groups = [TOTAL, *(pair[rng.random() >= p] for pair, p in zip(PAIRS, odds, strict=True))]
    if rng.random() < 0.96:
        groups.append(rng.choices(RACES, (1, 3, 4, 1))[0])
    return tuple(groups), rng.choices(OUTCOMES, (20, 30, 10, 15, 15, 10))[0]


def _in_august(rng: random.Random, student: Student) -> Student:
    """Some of those who were still enrolled have a local diploma by then."""
    groups, outcome = student
    return groups, "Local - n" if outcome == "Still Enrolled - n" and rng.random() < 0.3 else outcome


def _counted(students: list[Student]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for groups, outcome in students:
        for group in groups:
            counts = found.setdefault(group, dict.fromkeys((TOTAL, *MEASURES), 0))
            counts[TOTAL] += 1
            for measure in (outcome, *_above(outcome)):
                if measure:
                    counts[measure] += 1
    return found


def _above(outcome: str) -> tuple[str, ...]:
    if outcome in ("Advanced Regents - n", "Regents w/o Advanced - n"):
        return "Total Regents - n", "Total Grads - n"
    return ("Total Grads - n",) if outcome == "Local - n" else ()


def rows(found: City, token: str = "s", words: dict[str, str] | None = None, percents: bool = True) -> list[dict[str, str | None]]:
    """The file's rows. `words` are other labels for the groups."""
    lines = []
    order = [TOTAL, *(g for pair in PAIRS for g in pair), *RACES]
    for school, cohort, group in sorted(found.truth, key=lambda k: (order.index(k[2]), k[0], k[1])):
        counts = found.truth[school, cohort, group]
        hidden = (school, cohort, group) in found.hidden
        line: dict[str, str | None] = {
            "Demographic": (words or {}).get(group, group), "DBN": school, "School Name": found.names[school], "Cohort": cohort,
            TOTAL: str(counts[TOTAL]),
        }  # fmt: skip
        for measure in MEASURES:
            line[measure] = (token or None) if hidden else str(counts[measure])
            for name, part, whole in PERCENTS if percents else ():
                if part == measure:
                    share = counts[part] / counts[whole] * 100 if counts[whole] else None
                    line[name] = None if share is None else (token or None) if hidden else f"{round(share, 1)}%"
        lines.append(line)
    return lines
