"""Who is each row about? Strong identifiers decide alone, names only where they are unambiguous, dates and grades corroborate.

The result is one subject a row: a student, a staff member (where the row has no student), the students of a guardian (where it
has neither), or nobody. Ties between people of one name are broken by the row's birth date, grade and school, or left open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from scanners.classify import Verdict
from scanners.coded import Coded, Rows, first_of, grouped, told
from scanners.columns import Codes, Column
from scanners.fold import birth_day, name_tokens, plain
from scanners.header import words
from scanners.oneroster import Person
from scanners.prose import Reading
from scanners.roster_index import Hit, RosterIndex

People = npt.NDArray[np.int64]
NOBODY = -1
SEVERAL = -2

PRIORITY = {
    "id": 0,
    "id.local": 0,
    "state_id": 1,
    "id.state": 1,
    "ssn": 1,
    "digest": 2,
    "email": 2,
    "username": 3,
    "id.username": 3,
    "name": 5,
    "name.full": 5,
    "phone": 6,
    "address": 7,
}


@dataclass(frozen=True)
class RowSubjects:
    """`student[row]`, `staff[row]`: person numbers or NOBODY; `others`: the several students of a guardian's row.

    `certainty[row]` is the confidence of the student's resolution (1.0 by id, .8 by name alone).
    """

    student: People
    staff: People
    others: Coded[tuple[int, ...]]
    certainty: npt.NDArray[np.float64]


def resolve(verdicts: list[Verdict], index: RosterIndex, rows: int) -> RowSubjects:
    """The subject of every row of a table."""
    identifying = [*[v for v in verdicts if v.identifies], *joined_names(verdicts, index)]
    identifying.sort(key=lambda v: (PRIORITY.get(v.meaning, 4), v.role == "guardian"))
    student = np.full(rows, NOBODY, np.int64)
    staff = np.full(rows, NOBODY, np.int64)
    certainty = np.zeros(rows)
    for verdict in identifying:
        prefers = _preferred_kind(verdict, index)
        if prefers in (None, "student"):
            _take(student, verdict, index, "student", certainty)
        if prefers in (None, "staff"):
            _take(staff, verdict, index, "staff", None)
    _leave_to_others(student, staff, verdicts, identifying, index)
    _break_ties(student, certainty, verdicts, identifying, index)
    student[student == SEVERAL] = NOBODY
    staff[staff == SEVERAL] = NOBODY
    others = _guardian_rows(student, identifying, index)
    return RowSubjects(student, staff, others, certainty)


def _preferred_kind(verdict: Verdict, index: RosterIndex) -> str | None:
    """Whose column it is: its header's role where the values allow it, else the kind that most unambiguous values have."""
    kinds: Counter[str] = Counter(
        next(iter(own)) for found in verdict.hits if found and len(own := {index.people[h.person].kind for h in found}) == 1
    )
    if verdict.role and (kinds[verdict.role] or not kinds):
        return verdict.role
    if verdict.role == "student" and not kinds["student"]:
        return None
    if kinds["staff"] > 3 * kinds["student"] and kinds["staff"] >= 3:
        return "staff" if verdict.meaning in ("name", "name.full") else None
    return None


def _take(people: People, verdict: Verdict, index: RosterIndex, kind: str, certainty: npt.NDArray[np.float64] | None) -> None:
    """Fill rows that have nobody yet (or only a tie) with the one person of this kind that the verdict's value means."""
    own = np.array([_one(found, index, kind) for found in verdict.hits] + [NOBODY], dtype=np.int64)[verdict.column.codes]
    if verdict.role is None and kind == "student" and verdict.meaning == "phone":
        own = np.array([_sole(found, index) for found in verdict.hits] + [NOBODY], dtype=np.int64)[verdict.column.codes]
    takes = ((people < 0) & (own >= 0)) | ((people == NOBODY) & (own == SEVERAL))
    people[takes] = own[takes]
    if certainty is not None:
        certainty[takes & (own >= 0)] = 0.8 if PRIORITY.get(verdict.meaning, 4) >= 5 else 1.0


def _one(found: tuple[Hit, ...], index: RosterIndex, kind: str) -> int:
    people = {h.person for h in found if index.people[h.person].kind == kind}
    return next(iter(people)) if len(people) == 1 else SEVERAL if people else NOBODY


def _sole(found: tuple[Hit, ...], index: RosterIndex) -> int:
    """A phone means a student only where no guardian shares it."""
    if any(index.people[h.person].kind != "student" for h in found):
        return NOBODY
    return _one(found, index, "student")


def joined_names(verdicts: list[Verdict], index: RosterIndex) -> list[Verdict]:
    """First and last name columns of one person, joined into one column of full names."""
    joined = [_join(given, family, index) for given, family in name_columns(verdicts)]
    return [v for v in joined if v.identifies]


def name_columns(verdicts: list[Verdict]) -> list[tuple[Verdict, Verdict]]:
    """Given name columns, each with the family name column beside it."""
    given = [v for v in verdicts if v.meaning == "name.given"]
    family = [v for v in verdicts if v.meaning == "name.family"]
    return [(g, f) for g in given if (f := _partner(g, family))]


def _partner(given: Verdict, families: list[Verdict]) -> Verdict | None:
    """The family name beside this given name: the same path and role, the longest common beginning first."""
    same = [f for f in families if f.role == given.role and f.column.derivation == given.column.derivation]
    return max(same, key=lambda f: _common(f.column.path, given.column.path), default=None)


def _common(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _join(given: Verdict, family: Verdict, index: RosterIndex) -> Verdict:
    pairs, codes = distinct_pairs(given.column, family.column)
    hits = tuple(tuple(index.names(*pair)) for pair in pairs)
    column = Column(given.column.path, codes, ("x",) * len(pairs), given.column.header)
    return Verdict(column, "name", given.role, 0.9, hits, (), True)


def distinct_pairs(left: Column, right: Column) -> tuple[list[tuple[str, str]], Codes]:
    """The pairs of values that stand in one row of both columns, and for each row the position of its pair, or -1."""
    both = np.flatnonzero((left.codes >= 0) & (right.codes >= 0))
    groups = grouped(left.codes[both], right.codes[both])
    firsts = both[groups.first]
    pairs = [(left.values[a], right.values[b]) for a, b in zip(left.codes[firsts].tolist(), right.codes[firsts].tolist(), strict=True)]
    codes = np.full(len(left.codes), -1, np.int32)
    codes[both] = groups.of_rows
    return pairs, codes


# -- namesakes and shared values -----------------------------------------------------------------------------------------------

ROLE_HEADERS = frozenset(
    {"role", "roles", "type", "user type", "usertype", "account type", "position", "job title", "relationship", "relation"}
)
ROLE_OF_WORD = {
    **dict.fromkeys(
        ("teacher", "staff", "instructor", "administrator", "admin", "faculty", "employee", "counselor", "aide", "principal"), "staff"
    ),
    **dict.fromkeys(("parent", "guardian", "mother", "father", "relative", "caregiver"), "guardian"),
}


def _leave_to_others(student: People, staff: People, verdicts: list[Verdict], identifying: list[Verdict], index: RosterIndex) -> None:
    """Rows in which a student was only met through a value that a teacher or guardian shares, and everything else says it is theirs.

    A name that student and teacher share is the teacher's where the row's id or e-mail is, or its role says so; an e-mail or phone
    that student and guardian share is the guardian's where the row's name is.
    """
    roles = _roles(verdicts)
    by_value = [told(v.column.codes, (hits or None for hits in v.hits)) for v in identifying]
    own = [met for v, met in zip(identifying, by_value, strict=True) if v.role is None]
    for rows, row in _alike(_perhaps_others(student, identifying, by_value, index), *own, *([roles] if roles else [])):
        met = [hits for at in own if (hits := at.at(row))]
        common = set.intersection(*[{h.person for h in hits} for hits in met])
        others = {p for p in common if index.people[p].kind != "student"}
        role = roles.at(row) if roles else None
        if len(met) > 1 and not any(index.people[p].kind == "student" for p in common) and others:
            student[rows] = NOBODY
            theirs = next((p for p in others if index.people[p].kind == "staff"), None)
        elif others and role and any(index.people[p].kind == role for p in others):
            student[rows] = NOBODY
            theirs = next((p for p in others if index.people[p].kind == "staff" == role), None)
        else:
            continue
        if theirs is not None:
            staff[rows] = theirs


def _perhaps_others(student: People, identifying: list[Verdict], by_value: list[Coded[tuple[Hit, ...]]], index: RosterIndex) -> Rows:
    """Rows with a student in which each value that means anybody can mean somebody else, too, and none stands under a header that
    says whose it is: `student name` is no teacher's."""
    met = np.zeros(len(student), bool)
    settled = student == NOBODY
    for verdict, hits in zip(identifying, by_value, strict=True):
        only_students = [all(index.people[h.person].kind == "student" for h in found) for found in hits.values]
        settled |= np.array([verdict.role is not None or only for only in only_students] + [False])[hits.codes]
        met |= hits.codes >= 0
    return np.flatnonzero(met & ~settled)


def _alike(rows: Rows, *by: Coded[Any] | Column) -> Iterator[tuple[Rows, int]]:
    """These rows in groups that agree in all that is given, each with its first row."""
    if not len(rows):
        return
    groups = grouped(np.zeros(len(rows), np.int64), *[b.codes[rows] for b in by])
    order = np.argsort(groups.of_rows, kind="stable")
    for members in np.split(rows[order], np.cumsum(groups.records)[:-1]):
        yield members, int(members[0])


def _roles(verdicts: list[Verdict]) -> Coded[str] | None:
    """What a column of roles says of each row: staff, guardian, or nothing."""
    column = next((v.column for v in verdicts if " ".join(words(v.column.header)) in ROLE_HEADERS and v.column.values), None)
    if column is None:
        return None
    said = [next((ROLE_OF_WORD[w] for w in words(value) if w in ROLE_OF_WORD), None) for value in column.values]
    return told(column.codes, said) if any(said) else None


# -- ties -----------------------------------------------------------------------------------------------------------------


def _break_ties(
    student: People, certainty: npt.NDArray[np.float64], verdicts: list[Verdict], identifying: list[Verdict], index: RosterIndex
) -> None:
    """Rows that several students fit: those whom all the row's other cells allow. Rows by name alone: not against their birth date."""
    checks = _checks(verdicts)
    context = [v.column for v in _context(verdicts)]
    named = [v for v in identifying if v.role != "guardian"]
    for rows, row in _alike(np.flatnonzero(student == SEVERAL), *[v.column for v in named], *context):
        sets = [s for v in named if (s := _students_at(v, row, index))]
        people = set.intersection(*sets) if sets else set()
        fitting = {p for p in people if all(check(index.people[p], row) is not False for check in checks)}
        student[rows] = next(iter(fitting)) if len(fitting) == 1 else NOBODY
        certainty[rows] = 0.85 if len(fitting) == 1 else 0.0
    births = [(v.column, check) for v, check in zip(_context(verdicts), checks, strict=True) if v.meaning == "birth_date"]
    if births:
        uncertain = np.flatnonzero((student >= 0) & (certainty < 0.85))
        for rows, row in _alike(uncertain, Coded(student.astype(np.int32), ()), *[column for column, _ in births]):
            if any(check(index.people[int(student[row])], row) is False for _, check in births):
                student[rows] = NOBODY


def _students_at(verdict: Verdict, row: int, index: RosterIndex) -> set[int]:
    code = int(verdict.column.codes[row])
    return {h.person for h in verdict.hits[code] if index.people[h.person].kind == "student"} if code >= 0 else set()


def _context(verdicts: list[Verdict]) -> list[Verdict]:
    wanted = ("birth_date", "enrollment.grade_level", "enrollment.school")
    return [v for v in verdicts if v.meaning in wanted and v.role in (None, "student")]


def _checks(verdicts: list[Verdict]) -> list[Callable[[Person, int], bool | None]]:
    return [lambda person, row, v=v: agrees(v.meaning, person, _cell(v.column, row)) for v in _context(verdicts)]  # type: ignore[misc]


def _cell(column: Column, row: int) -> str | None:
    code = int(column.codes[row])
    return column.values[code] if code >= 0 else None


def agrees(meaning: str, person: Person, cell: str | None) -> bool | None:
    """Does the cell say what the roster says of this person? None where either says nothing."""
    if cell is None:
        return None
    if meaning == "birth_date":
        day = birth_day(cell)
        return None if day is None or person.birth_date is None else _same_day(day, person.birth_date)
    if meaning == "enrollment.grade_level":
        return None if not person.grades else grade_number(cell) in {grade_number(g) for g in person.grades}
    if meaning == "enrollment.school":
        return None if not person.schools else any(plain(cell) in plain(s) or plain(s) in plain(cell) for s in person.schools)
    if meaning == "name.given":
        return _shares_words(cell, (person.given, person.preferred_given))
    if meaning == "name.family":
        return _shares_words(cell, (person.family, person.preferred_family))
    return None


def _same_day(a: date, b: date) -> bool:
    return a == b or (a.year, a.month, a.day) == (b.year, b.day, b.month)


def grade_number(text: str) -> str:
    """`Grade 4`, `4th`, `04` → 4; `K`, `KG`, `Kindergarten` → k."""
    folded = plain(text)
    digits = "".join(c for c in folded if c.isdigit())
    if digits:
        return str(int(digits))
    return "pk" if folded.startswith("p") else "k" if folded.startswith("k") else folded


def _shares_words(cell: str, names: tuple[str | None, ...]) -> bool | None:
    own = {name_tokens(n) for n in names if n}
    return None if not own else name_tokens(cell) in own


# -- guardians ------------------------------------------------------------------------------------------------------------


def _guardian_rows(student: People, identifying: list[Verdict], index: RosterIndex) -> Coded[tuple[int, ...]]:
    """Rows without a student in which a guardian stands: every student linked to them."""
    linked = [told(v.column.codes, (_linked(hits, index) or None for hits in v.hits)) for v in identifying if v.role != "staff"]
    found = first_of(linked, len(student))
    return replace(found, codes=np.where(student < 0, found.codes, -1))


def _linked(found: tuple[Hit, ...], index: RosterIndex) -> tuple[int, ...]:
    """The students of the guardian a value means; of the guardians, where a household shares it."""
    guardians = {h.person for h in found if index.people[h.person].kind == "guardian"}
    if found and all(h.attribute == "name" for h in found) and len(guardians) > 1:
        return ()
    return tuple(sorted({s for g in guardians for s in index.linked.get(g, ())}))


# -- prose ----------------------------------------------------------------------------------------------------------------


def resolve_by_mention(subjects: RowSubjects, readings: list[Reading], index: RosterIndex) -> None:
    """A row with no subject whose prose names exactly one student is about that student."""
    named = np.full(len(subjects.student), NOBODY, np.int64)
    for reading in readings:
        own = np.array([_one(m, index, "student") for m in reading.mentions] + [NOBODY], np.int64)[reading.verdict.column.codes]
        named = np.where((named == NOBODY) | (named == own), own, np.where(own == NOBODY, named, SEVERAL))
    rows = (named >= 0) & (subjects.student < 0) & (subjects.others.codes < 0)
    subjects.student[rows] = named[rows]
    subjects.certainty[rows] = 0.8
