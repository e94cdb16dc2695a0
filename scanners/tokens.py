"""A party's own ids for students: which columns hold them, and their keyed tokens.

An own id that stands in a row with a resolved student identifies that student in all of the party's files, earlier and later
ones too. The join happens in `lineage`, over tokens; here a column qualifies (one student an id, about one id a student).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from scanners import shapes
from scanners.classify import Evidence, Verdict
from scanners.coded import Coded, Rows, first_of, grouped, told
from scanners.fold import identifier
from scanners.header import names_a_thing, never_an_id, words
from scanners.identity import RowSubjects

CANDIDATES = ("id.provider", "id.local", "id.username", "id.state")
ID_WORDS = frozenset(
    ["id", "ids", "ref", "key", "code", "no", "number", "num", "pk", "uid", "acct", "account", "member", "person", "user", "sub"]
)
PERSON_WORDS = frozenset(
    ["member", "person", "user", "learner", "student", "pupil", "reader", "player", "enrollee", "participant", "account", "acct"]
)
FEWEST = 3
ONE_TO_ONE = 0.9
IDS_A_STUDENT = 1.5


@dataclass(frozen=True)
class OwnId:
    """One own id beside one student (person number; -1: beside nobody known), and in how many rows."""

    field_path: str
    token: str
    person: int
    records: int


@dataclass(frozen=True)
class Tokens:
    """`verdicts` with own-id columns settled, the crosswalk's rows, and the token under which each row without a subject stands."""

    verdicts: list[Verdict]
    crosswalk: list[OwnId]
    of_rows: Coded[str] | None


def own_ids(verdicts: list[Verdict], subjects: RowSubjects, party: str, token: Callable[..., str]) -> Tokens:
    """Find the party's own-id columns of one table and tokenise them."""
    chosen = [v for v in verdicts if _candidate(v) and _consistent(v, subjects)]
    chosen.sort(key=lambda v: CANDIDATES.index(v.meaning))
    known = bool((subjects.student >= 0).any())
    unnamed = [v for v in verdicts if (known or not chosen) and _looks_like_ids(v) and (not known or _one_each(v, subjects))]
    chosen += unnamed
    dropped = {id(v) for v in verdicts if v.meaning == "id.provider" and not v.identifies and not any(v is c for c in chosen)}
    dropped |= {id(v) for v in verdicts if v.meaning == "id.username" and not v.identifies and _of_everybody(v, subjects)}
    settled = [_settled(v, any(v is c for c in chosen), id(v) in dropped, known) for v in verdicts]
    crosswalk: list[OwnId] = []
    of_rows: list[Coded[str]] = []
    for verdict in chosen:
        own = [token("provider-id", party, identifier(value)) for value in verdict.column.values]
        crosswalk += _crosswalk(verdict, own, subjects)
        of_rows.append(told(np.where(subjects.student < 0, verdict.column.codes, -1), own))
    return Tokens(settled, crosswalk, first_of(of_rows, len(subjects.student)) if of_rows else None)


def _candidate(verdict: Verdict) -> bool:
    return verdict.decided and not verdict.identifies and verdict.meaning in CANDIDATES and verdict.role in (None, "student")


def _consistent(verdict: Verdict, subjects: RowSubjects) -> bool:
    """One student an id, and not a new id every time: else it is an event's number."""
    ids, students = _pairs(verdict, subjects)
    if not len(ids):
        return True
    students_an_id = np.bincount(ids)
    single = (students_an_id == 1).sum() / (students_an_id > 0).sum()
    return bool(single >= ONE_TO_ONE and (students_an_id > 0).sum() / len(np.unique(students)) <= IDS_A_STUDENT)


def _of_everybody(verdict: Verdict, subjects: RowSubjects) -> bool:
    """One value beside several students: a program's own account."""
    return len(verdict.column.values) == 1 and len(np.unique(_pairs(verdict, subjects)[1])) > 1


def _pairs(verdict: Verdict, subjects: RowSubjects) -> tuple[Rows, Rows]:
    """Each id (by code) and each student that stand in one row, once."""
    rows = np.flatnonzero((verdict.column.codes >= 0) & (subjects.student >= 0))
    rows = rows[grouped(verdict.column.codes[rows], subjects.student[rows]).first]
    return verdict.column.codes[rows].astype(np.int64), subjects.student[rows]


def _looks_like_ids(verdict: Verdict) -> bool:
    """A column under no header of ours whose values are opaque: hashes, UUIDs, letters and digits; bare numbers under a word for ids."""
    column = verdict.column
    if verdict.decided or not column.values or column.derivation or column.hint.nothing or names_a_thing(column.header):
        return False
    if shapes.share(column.values, shapes.is_id_like) < 0.95 or shapes.share(column.values, shapes.is_date) > 0.1:
        return False
    if shapes.share(column.values, str.isdigit) < 0.5:
        return True
    said = set(words(column.header))
    return bool(PERSON_WORDS & said) or (not never_an_id(column.header) and bool(ID_WORDS & said))


def _one_each(verdict: Verdict, subjects: RowSubjects) -> bool:
    """One id a student and one student an id, for several students, without exception."""
    ids, students = _pairs(verdict, subjects)
    return len(ids) >= FEWEST and len(np.unique(ids)) == len(ids) == len(np.unique(students))


def _settled(verdict: Verdict, chosen: bool, dropped: bool, known: bool) -> Verdict:
    if dropped:
        return replace(verdict, meaning="none", decided=False, confidence=0.0, evidence=())
    if chosen and known and not verdict.decided:
        flags = np.ones(len(verdict.column.values), bool)
        why = Evidence("own_id", "PROVIDER_ID", flags, "one id a student and one student an id: the party's own", 0.7)
        return replace(verdict, meaning="id.provider", role="student", evidence=(*verdict.evidence, why), confidence=0.7, decided=True)
    if chosen and known and verdict.meaning == "id.local":
        flags = np.ones(len(verdict.column.values), bool)
        why = Evidence("own_id", "PROVIDER_ID", flags, "an id under a header of ids that the roster does not know: the party's own", 0.7)
        return replace(verdict, meaning="id.provider", evidence=(*verdict.evidence, why), confidence=0.7)
    return verdict


def _crosswalk(verdict: Verdict, own: list[str], subjects: RowSubjects) -> list[OwnId]:
    rows = np.flatnonzero(verdict.column.codes >= 0)
    groups = grouped(verdict.column.codes[rows], subjects.student[rows])
    codes, students = verdict.column.codes[rows[groups.first]].tolist(), subjects.student[rows[groups.first]].tolist()
    counted = zip(codes, students, groups.records.tolist(), strict=True)
    return [OwnId(verdict.column.path, own[code], student, records) for code, student, records in counted]
