"""Columns that no header explains, held against what the roster says of each row's student: names, birth dates, grades, schools.

A column whose cells agree with the roster in nearly all resolved rows, over several distinct values, is that attribute,
whatever it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from scanners import shapes
from scanners.classify import Evidence, Verdict
from scanners.fold import birth_day, identifier, name_tokens, plain
from scanners.identity import RowSubjects, grade_number
from scanners.oneroster import Person
from scanners.roster_index import RosterIndex

LEAST_ROWS = 5
LEAST_DISTINCT = 3
AGREEMENT = 0.85
SAMPLE = 600
SHORTEST_ID = 4

Rows = npt.NDArray[np.int64]
Says = Callable[[Person], set[str]]


def by_rows(verdicts: list[Verdict], subjects: RowSubjects, index: RosterIndex) -> list[Verdict]:
    """Verdicts with undecided columns settled by agreement with the roster, row by row."""
    resolved = np.flatnonzero((subjects.student >= 0) & (subjects.certainty >= 0.8))
    resolved = resolved[:: max(1, len(resolved) // SAMPLE)][:SAMPLE]
    if len(resolved) < LEAST_DISTINCT:
        return verdicts
    return [v if v.decided or not v.column.values else _held(v, resolved, subjects, index) for v in verdicts]


def _held(verdict: Verdict, rows: Rows, subjects: RowSubjects, index: RosterIndex) -> Verdict:
    column = verdict.column
    pairs = [(int(subjects.student[r]), column.values[int(column.codes[r])]) for r in rows.tolist() if column.codes[r] >= 0]
    if len({v for _, v in pairs}) < LEAST_DISTINCT:
        return verdict
    for meaning, role, normal, says in CHECKS:
        least = LEAST_DISTINCT if meaning == "id.local" else LEAST_ROWS  # long numbers do not agree by chance
        known = [(says(index.people[p]), normal(v)) for p, v in pairs]
        told = [(own, cell) for own, cell in known if own]
        if len(told) < least or len({cell for _, cell in told}) < LEAST_DISTINCT:
            continue
        agreement = sum(cell in own for own, cell in told) / len(told)
        if agreement >= AGREEMENT:
            rationale = f"agrees with the roster in {agreement:.0%} of {len(told):,} rows"
            evidence = Evidence("roster_row", meaning.upper(), np.ones(len(column.values), bool), rationale, 0.9)
            hits = tuple(index.zero_padded(v) for v in column.values) if meaning == "id.local" else ()
            return replace(verdict, meaning=meaning, role=role, confidence=0.9, hits=hits, evidence=(evidence,), decided=True)
    return verdict


def _name(text: str) -> str:
    return " ".join(name_tokens(text))


def _date(text: str) -> str:
    day = birth_day(text)
    return day.isoformat() if day else ""


def _words(*names: str | None) -> set[str]:
    return {_name(n) for n in names if n}


def _number(text: str) -> str:
    """A long number without the zeros in front that spreadsheets and integer columns lose."""
    bare = identifier(text).lstrip("0")
    return bare if bare.isdigit() and len(bare) >= SHORTEST_ID else ""


def _ids(person: Person) -> set[str]:
    return {n for n in map(_number, (v for v, _ in person.local_ids)) if n}


def _birth(person: Person) -> set[str]:
    return {person.birth_date.isoformat()} if person.birth_date else set()


def _grades(person: Person) -> set[str]:
    return {grade_number(g) for g in person.grades}


def _grade_cell(text: str) -> str:
    return grade_number(text) if shapes.is_grade_level(text) else ""


CHECKS: tuple[tuple[str, str, Callable[[str], str], Says], ...] = (
    ("name.given", "student", _name, lambda p: _words(p.given, p.preferred_given)),
    ("name.family", "student", _name, lambda p: _words(p.family, p.preferred_family)),
    ("name.middle", "student", _name, lambda p: _words(p.middle)),
    ("birth_date", "student", _date, _birth),
    ("enrollment.grade_level", "student", _grade_cell, _grades),
    ("id.local", "student", _number, _ids),
    ("enrollment.school", "student", plain, lambda p: {plain(s) for s in p.schools}),
)
