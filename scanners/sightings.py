"""What a table shows about whom: rows resolved to people × columns classified as elements → counted sightings.

One sighting is (person or the party's own id or nobody, element, day, receiver). Rows are grouped by code arrays; nothing walks
cells one by one. Raw values end here: what comes out holds subject keys, keyed tokens, slugs, days, hosts and counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from scanners import shapes, vocabulary
from scanners.classify import Verdict
from scanners.header import words
from scanners.identity import NOBODY, RowSubjects
from scanners.prose import Reading
from scanners.roster_index import Hit, RosterIndex

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sighting:
    """One counted observation, still by person number (NOBODY: unresolved)."""

    person: int
    token: str | None
    kind: str
    element: str
    day: date | None
    receiver: str | None
    field_path: str
    derivation: str | None
    confidence: float


@dataclass
class Table:
    """One table, ready to be counted: who each row is about, when it was, to whom it went, and its own-id token."""

    index: RosterIndex
    rows: int
    subjects: RowSubjects
    days: list[date | None] | None  # one a row
    receivers: list[str | None] | None  # one a row; None: nobody but the holder
    tokens: list[str | None] | None  # one a row, of rows without a subject
    about_students: bool
    counts: dict[Sighting, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, sighting: Sighting, records: int) -> None:
        self.counts[sighting] += records

    def where(self, row: int, own: str | None) -> tuple[date | None, str | None]:
        """The day of a row and the host that received it: the URL's that carried the value, else the row's."""
        return (self.days[row] if self.days else None), own or (self.receivers[row] if self.receivers else None)


def count(table: Table, verdicts: list[Verdict]) -> None:
    """Count every classified column of the table into `table.counts`."""
    for verdict in verdicts:
        if verdict.decided and verdict.meaning != "none":
            _count_column(table, verdict)


def _count_column(table: Table, verdict: Verdict) -> None:
    column = verdict.column
    telling = disclosing(verdict)
    present = np.flatnonzero((column.codes >= 0) & np.append(telling, False)[column.codes])
    cache: dict[tuple[int, int, int], list[tuple[int, str, str]]] = {}
    grouped: dict[tuple[int, int, int, date | None, str | None, str | None], int] = defaultdict(int)
    students, staff = table.subjects.student, table.subjects.staff
    for row in present.tolist():
        code = int(column.codes[row])
        day, receiver = table.where(row, column.receivers[code] if column.receivers else None)
        token = table.tokens[row] if table.tokens and students[row] < 0 and staff[row] < 0 else None
        other = row if row in table.subjects.others else NOBODY
        subject = int(students[row]) if students[row] >= 0 else -2 - int(staff[row]) if staff[row] >= 0 else NOBODY
        # only values that identify somebody need their code in the key
        grouped[(subject, other, code if verdict.identifies else 0, day, receiver, token)] += 1
    for (subject, other, code, day, receiver, token), records in grouped.items():
        key = (subject, other, code)
        if key not in cache:
            cache[key] = list(_meant(table, verdict, subject, other, code))
        for person, kind, slug in cache[key]:
            confidence = verdict.confidence
            own_token = token if person == NOBODY else None
            table.add(
                Sighting(person, own_token, kind, slug, day, receiver, column.path, derivation_of(verdict, code), confidence), records
            )


def derivation_of(verdict: Verdict, code: int) -> str | None:
    hits = verdict.hits[code] if verdict.identifies else ()
    return next((h.derivation for h in hits if h.derivation), None) or verdict.column.derivation


def disclosing(verdict: Verdict) -> npt.NDArray[np.bool_]:
    """One flag a distinct value: does it say something? "N" under `IEP` does not, 0 under `absences` does."""
    values, meaning = verdict.column.values, verdict.meaning
    only_flags = (
        bool(values)
        and all(shapes.is_flag(v) for v in values)
        and meaning not in vocabulary.MEASURED
        and meaning not in vocabulary.ATTRIBUTES
    )
    if meaning.startswith(vocabulary.INDICATORS) or only_flags:
        return np.array([not shapes.blank_or_negative(v) for v in values], bool)
    return np.ones(len(values), bool)


def _meant(table: Table, verdict: Verdict, subject: int, other: int, code: int) -> list[tuple[int, str, str]]:
    """(person, subject kind, slug) of one value in a row about `subject`: student ≥ 0, staff ≤ -2, NOBODY."""
    hits = verdict.hits[code] if verdict.identifies else ()
    if subject >= 0:
        return _in_student_row(table, verdict, subject, hits)
    if other != NOBODY:
        return _in_guardian_row(table, verdict, table.subjects.others[other])
    if subject <= -2:
        return _in_staff_row(table, verdict, -2 - subject, hits)
    return _in_open_row(table, verdict)


def _in_student_row(table: Table, verdict: Verdict, student: int, hits: tuple[Hit, ...]) -> list[tuple[int, str, str]]:
    role = _role_of_value(table.index, verdict, student, hits)
    if role == "another":
        return [
            (h.person, "student", vocabulary.element(_attribute(verdict, h), "student"))
            for h in hits
            if table.index.people[h.person].kind == "student"
        ][:1]
    slug = vocabulary.element(verdict.meaning, role)
    if role == "staff" and verdict.meaning in vocabulary.ATTRIBUTES:
        slug = vocabulary.in_student_row(slug if slug in vocabulary.STAFF_ELEMENTS else "staff_id", _counselor(verdict))
    return [(student, "student", slug)]


def _attribute(verdict: Verdict, hit: Hit) -> str:
    return verdict.meaning if verdict.meaning in vocabulary.ATTRIBUTES else hit.attribute


def _role_of_value(index: RosterIndex, verdict: Verdict, student: int, hits: tuple[Hit, ...]) -> str:
    """Whose value this is in the student's row: the header's word where the roster does not contradict it."""
    people = {h.person for h in hits}
    kinds = {index.people[p].kind for p in people}
    if verdict.role in ("guardian", "staff") and (not kinds or verdict.role in kinds or (kinds == {"student"} and student in people)):
        return verdict.role
    if not people or student in people:
        return "student" if verdict.role in (None, "student") else verdict.role
    if people & set(index.guardians.get(student, ())):
        return "guardian"
    if "staff" in kinds:
        return "staff"
    if "student" in kinds:
        return "another" if verdict.meaning not in ("phone", "address", "name", "name.full") or len(people) == 1 else "student"
    return "guardian"


def _counselor(verdict: Verdict) -> bool:
    return any(w.startswith("counsel") for w in words(verdict.column.header)) or verdict.meaning == "enrollment.counselor"


def _in_guardian_row(table: Table, verdict: Verdict, students: tuple[int, ...]) -> list[tuple[int, str, str]]:
    role = verdict.role or "guardian"
    if role == "staff":
        return []
    return [(student, "student", vocabulary.element(verdict.meaning, role)) for student in students]


def _in_staff_row(table: Table, verdict: Verdict, staff: int, hits: tuple[Hit, ...]) -> list[tuple[int, str, str]]:
    if verdict.role == "guardian" or (hits and staff not in {h.person for h in hits}):
        return []
    slug = vocabulary.element(verdict.meaning, "staff")
    if slug == "staff_contact.work" and set(words(verdict.column.header)) & {"home", "personal", "private", "cell", "mobile"}:
        slug = "staff_contact.home"
    return [(staff, "staff", slug)] if slug in vocabulary.STAFF_ELEMENTS else []


def _in_open_row(table: Table, verdict: Verdict) -> list[tuple[int, str, str]]:
    slug = vocabulary.element(verdict.meaning, verdict.role or "student")
    if slug in vocabulary.STAFF_ELEMENTS:
        return []
    return [(NOBODY, "student" if table.about_students else "unknown", slug)]


def open_rows(table: Table, verdicts: list[Verdict]) -> npt.NDArray[np.bool_]:
    """Rows without a subject that hold nothing which could be anybody's: their cells say nothing about a person."""
    open_ = (table.subjects.student < 0) & (table.subjects.staff < 0)
    open_[list(table.subjects.others)] = False
    somebody = np.array([token is not None for token in table.tokens], bool) if table.tokens else np.zeros(table.rows, bool)
    for verdict in verdicts:
        if verdict.decided and vocabulary.element(verdict.meaning, verdict.role or "student") in vocabulary.IDENTITY:
            somebody |= verdict.column.codes >= 0
    nobody: npt.NDArray[np.bool_] = open_ & ~somebody
    return nobody


def count_mentions(table: Table, reading: Reading) -> None:
    """Count the people whom free text names; a guardian or teacher counts for the student of the row, if there is one."""
    column = reading.verdict.column
    for row in np.flatnonzero(column.codes >= 0).tolist():
        for hit in reading.mentions[int(column.codes[row])]:
            day, receiver = table.where(row, column.receivers[int(column.codes[row])] if column.receivers else None)
            for person, kind, slug in _mentioned(table, row, hit):
                table.add(Sighting(person, None, kind, slug, day, receiver, column.path, column.derivation, 0.85), 1)


def _mentioned(table: Table, row: int, hit: Hit) -> list[tuple[int, str, str]]:
    kind = table.index.people[hit.person].kind
    student = int(table.subjects.student[row])
    slug = vocabulary.element(hit.attribute, kind)
    if kind == "student":
        return [(hit.person, "student", slug)]
    if kind == "guardian":
        linked = table.index.linked.get(hit.person, ())
        students = (student,) if student in linked else linked if student < 0 else ()
        return [(s, "student", slug) for s in students]
    return [(student, "student", "schedule.teacher")] if student >= 0 else [(hit.person, "staff", slug)]


def keyed(table: Table, subject_key: Callable[[int], str | None], classes: Mapping[str, str]) -> list[dict[str, object]]:
    """The counts as rows of the sightings table, people by their subject keys."""
    return [
        {
            "subject_key": subject_key(s.person) if s.person >= 0 else None,
            "token": s.token,
            "subject_kind": s.kind,
            "data_element": s.element,
            "pii_class": classes.get(s.element, "indirect"),
            "seen_on": s.day,
            "receiver_host": s.receiver,
            "field_path": s.field_path,
            "derivation": s.derivation,
            "records": records,
            "confidence": s.confidence,
        }
        for s, records in table.counts.items()
    ]
