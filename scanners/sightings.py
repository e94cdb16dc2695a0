"""What a table shows about whom: rows resolved to people × columns classified as elements → counted sightings.

One sighting is (person or the party's own id or nobody, element, day, receiver). Rows are grouped by code arrays and what a group
means is worked out once, at its first row; nothing walks cells one by one. Raw values end here: what comes out holds subject keys,
keyed tokens, slugs, days, hosts and counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scanners import shapes, vocabulary
from scanners.classify import Verdict
from scanners.coded import Coded, Codes, Groups, Rows, grouped, told
from scanners.header import words
from scanners.identity import NOBODY, RowSubjects
from scanners.prose import Reading
from scanners.roster_index import Hit, RosterIndex

CORRESPONDENTS = frozenset({"from", "to", "cc", "bcc", "reply-to", "sender"})

Named = tuple[tuple[Hit, ...], tuple[tuple[Hit, ...], ...]]
"""Whom a value names: settled mentions, and for each that fits several people all of them."""


class Sighting(NamedTuple):  # millions of them: a tuple is made and hashed in a fifth of a dataclass's time
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
    """One table, or a part of its rows, ready to be counted: whom each row is about, when it was, to whom it went, its own-id token.

    The counts of a table are the sums of its parts' counts.
    """

    index: RosterIndex
    rows: int
    subjects: RowSubjects
    days: Coded[date] | None
    receivers: Coded[str] | None  # None: nobody but the holder
    tokens: Coded[str] | None  # of rows without a subject
    about_students: bool
    counts: dict[Sighting, int] = field(default_factory=lambda: defaultdict(int))

    @cached_property
    def alike(self) -> Groups:
        """Rows about the same subject, of one day, receiver and token: whatever a column says of them, they differ by its cells alone."""
        subjects = self.subjects
        unresolved = (subjects.student < 0) & (subjects.staff < 0)
        keys = [subjects.student, np.where(subjects.student < 0, subjects.staff, NOBODY), subjects.others.codes, *self.places()]
        return grouped(*keys, *([np.where(unresolved, self.tokens.codes, -1)] if self.tokens else []))

    def places(self) -> list[Codes]:
        """The codes of what says when and where a row was: its day and receiver."""
        return [said.codes for said in (self.days, self.receivers) if said]

    def when(self, rows: Rows) -> list[date | None]:
        return self.days.of(rows) if self.days else [None] * len(rows)

    def where(self, rows: Rows, own: list[str | None] | None) -> list[str | None]:
        """The hosts that received these rows' values: the URL's that carried it, else the row's."""
        receivers: list[str | None] = self.receivers.of(rows) if self.receivers else [None] * len(rows)
        return [mine or row for mine, row in zip(own, receivers, strict=True)] if own else receivers


def count(table: Table, verdicts: list[Verdict]) -> None:
    """Count every classified column of the table into `table.counts`."""
    for verdict in verdicts:
        if verdict.decided and verdict.meaning != "none":
            for meaning, says in verdict.elements or ((verdict.meaning, disclosing(verdict)),):
                _count_column(table, replace(verdict, meaning=meaning), says)


def _count_column(table: Table, verdict: Verdict, says: npt.NDArray[np.bool_]) -> None:
    """`says`: one flag a distinct value."""
    column, subjects = verdict.column, table.subjects
    rows = np.flatnonzero(np.append(says, False)[column.codes])
    # only values that identify somebody are told apart
    found = told(column.codes[rows], verdict.hits) if verdict.identifies else Coded(np.zeros(len(rows), np.int32), ((),))
    own = told(column.codes[rows], column.receivers) if column.receivers else None
    groups = grouped(table.alike.of_rows[rows], found.codes, *([own.codes] if own else []))
    firsts = rows[groups.first]
    whose = subjects.student[firsts], subjects.staff[firsts], subjects.others.codes[firsts], found.codes[groups.first]
    where = table.where(firsts, own.of(groups.first) if own else None)
    tokens = table.tokens.of(firsts) if table.tokens else [None] * len(firsts)
    meant: dict[tuple[int, int, int, int], tuple[list[tuple[int, str, str]], str | None]] = {}
    for key, day, receiver, token, records in zip(
        zip(*[w.tolist() for w in whose], strict=True), table.when(firsts), where, tokens, groups.records.tolist(), strict=True
    ):
        if key not in meant:
            hits = found.values[key[3]]
            meant[key] = _meant(table, verdict, key[:3], hits), derivation_of(verdict, hits)
        people, derivation = meant[key]
        for person, kind, slug in people:
            own_token = token if person == NOBODY else None
            table.counts[Sighting(person, own_token, kind, slug, day, receiver, column.path, derivation, verdict.confidence)] += records


def derivation_of(verdict: Verdict, hits: tuple[Hit, ...]) -> str | None:
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
        letters = _letters_that_are_codes(meaning, values)
        return np.array([not shapes.blank_or_negative(v) or v.strip().upper() in letters for v in values], bool)
    return np.ones(len(values), bool)


def _letters_that_are_codes(meaning: str, values: tuple[str, ...]) -> frozenset[str]:
    """Letters that would be a "no" alone and are codes here: F beside R or P is a free lunch, P beside A and W a Pacific Islander."""
    letters = {v.strip().upper() for v in values if len(v.strip()) == 1 and v.strip().isalpha()}
    if meaning == "special.low_income" and letters & {"R", "P"} and not letters & {"Y", "T"}:
        return frozenset("F")
    if meaning == "demographics.ethnicity_race" and len(letters & set("ABHIMW")) >= 2 and not letters & {"Y", "T"}:
        return frozenset("NP")
    return frozenset()


def _meant(table: Table, verdict: Verdict, whose: tuple[int, int, int], hits: tuple[Hit, ...]) -> list[tuple[int, str, str]]:
    """(person, subject kind, slug) of a value with these hits in a row about this student, staff member or guardian's students."""
    student, staff, others = whose
    if student >= 0:
        if verdict.meaning == "email" and not hits and verdict.column.header.casefold() in CORRESPONDENTS:
            return []  # to an office or a stranger: an address in a letter is not that of whom it is about
        return _in_student_row(table, verdict, student, hits)
    if others >= 0:
        return _in_guardian_row(verdict, table.subjects.others.values[others])
    if staff >= 0:
        return _in_staff_row(verdict, staff, hits)
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


def _in_guardian_row(verdict: Verdict, students: tuple[int, ...]) -> list[tuple[int, str, str]]:
    role = verdict.role or "guardian"
    if role == "staff":
        return []
    return [(student, "student", vocabulary.element(verdict.meaning, role)) for student in students]


def _in_staff_row(verdict: Verdict, staff: int, hits: tuple[Hit, ...]) -> list[tuple[int, str, str]]:
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
    subjects = table.subjects
    open_ = (subjects.student < 0) & (subjects.staff < 0) & (subjects.others.codes < 0)
    somebody = table.tokens.codes >= 0 if table.tokens else np.zeros(table.rows, bool)
    for verdict in verdicts:
        if verdict.decided and vocabulary.element(verdict.meaning, verdict.role or "student") in vocabulary.IDENTITY:
            somebody |= verdict.column.codes >= 0
    nobody: npt.NDArray[np.bool_] = open_ & ~somebody
    return nobody


def count_mentions(table: Table, reading: Reading) -> None:
    """Count the people whom free text names; a guardian or teacher counts for the student of the row, if there is one."""
    column = reading.verdict.column
    said = [(settled, several) if settled or several else None for settled, several in zip(reading.mentions, reading.open, strict=True)]
    rows = np.flatnonzero(np.array([it is not None for it in said] + [False])[column.codes])
    mentions = told(column.codes[rows], said)
    students = np.where(_asks_the_row(mentions, table.index)[mentions.codes], table.subjects.student[rows], NOBODY)
    own = told(column.codes[rows], column.receivers) if column.receivers else None
    groups = grouped(students, mentions.codes, *[codes[rows] for codes in table.places()], *([own.codes] if own else []))
    firsts = rows[groups.first]
    where = table.where(firsts, own.of(groups.first) if own else None)
    for student, named, day, receiver, records in zip(
        students[groups.first].tolist(), mentions.of(groups.first), table.when(firsts), where, groups.records.tolist(), strict=True
    ):
        settled, several = named or ((), ())
        people = [it for hit in settled for it in _mentioned(table, student, hit)]
        people += [it for candidates in several for it in _one_of(table, student, candidates)]
        for person, kind, slug in people:
            table.counts[Sighting(person, None, kind, slug, day, receiver, column.path, column.derivation, 0.85)] += records
    _count_elements(table, reading)


def _count_elements(table: Table, reading: Reading) -> None:
    """Count what free text holds of a person whom it does not name: the row's student, if there is one."""
    column = reading.verdict.column
    for slug, flags in reading.elements:
        rows = np.flatnonzero(np.append(flags, False)[column.codes])
        own = told(column.codes[rows], column.receivers) if column.receivers else None
        groups = grouped(table.subjects.student[rows], *[codes[rows] for codes in table.places()], *([own.codes] if own else []))
        firsts = rows[groups.first]
        where = table.where(firsts, own.of(groups.first) if own else None)
        students = table.subjects.student[firsts].tolist()
        for student, day, receiver, records in zip(students, table.when(firsts), where, groups.records.tolist(), strict=True):
            kind = "student" if student >= 0 or table.about_students else "unknown"
            whose = student if student >= 0 else NOBODY
            table.counts[Sighting(whose, None, kind, slug, day, receiver, column.path, column.derivation, 0.8)] += records


def _asks_the_row(mentions: Coded[Named], index: RosterIndex) -> npt.NDArray[np.bool_]:
    """One flag a value: does it name guardians or staff, who count for the row's student, or somebody whom only the row can tell?"""
    return np.array(
        [bool(several) or any(index.people[h.person].kind != "student" for h in hits) for hits, several in mentions.values], bool
    )


def _one_of(table: Table, student: int, candidates: tuple[Hit, ...]) -> list[tuple[int, str, str]]:
    """Who is meant by a name that fits several: the row's student or their guardian; else a student whom nobody can tell."""
    of_row = [hit for hit in candidates if student >= 0 and student in table.index.students_of(hit.person)]
    if of_row:
        return _mentioned(table, student, of_row[0])
    kinds = {table.index.people[hit.person].kind for hit in candidates}
    if "staff" in kinds and len(kinds) == 1:
        return [(student, "student", "schedule.teacher")] if student >= 0 else []
    return [(NOBODY, "student", vocabulary.element(candidates[0].attribute, "student" if "student" in kinds else "guardian"))]


def _mentioned(table: Table, student: int, hit: Hit) -> list[tuple[int, str, str]]:
    """(person, subject kind, slug) of somebody named in a row about `student` (NOBODY: about none)."""
    kind = table.index.people[hit.person].kind
    slug = vocabulary.element(hit.attribute, kind)
    if kind == "student":
        return [(hit.person, "student", slug)]
    if kind == "guardian":
        linked = table.index.linked.get(hit.person, ())
        students = (student,) if student in linked else linked if student < 0 else ()
        return [(s, "student", slug) for s in students]
    return [(student, "student", "schedule.teacher")] if student >= 0 else [(hit.person, "staff", slug)]


def held_as_well(counts: MutableMapping[Sighting, int]) -> None:
    """A log that shows a transfer holds the value itself, too. For the whole table's counts, not a part's."""
    for sighting, records in list(counts.items()):
        if sighting.receiver is not None and (held := sighting._replace(receiver=None)) not in counts:
            counts[held] = records


def keyed(counts: Mapping[Sighting, int], subject_key: Callable[[int], str | None], classes: Mapping[str, str]) -> dict[str, list[object]]:
    """The counts as columns of the sightings table, people by their subject keys; staff that nobody can tell are left out."""
    keys = {s.person: subject_key(s.person) if s.person >= 0 else None for s in counts}
    kept = [(s, records) for s, records in counts.items() if s.kind != "staff" or keys[s.person] is not None]
    return {
        "subject_key": [keys[s.person] for s, _ in kept],
        "token": [s.token for s, _ in kept],
        "subject_kind": [s.kind for s, _ in kept],
        "data_element": [s.element for s, _ in kept],
        "pii_class": [classes.get(s.element, "indirect") for s, _ in kept],
        "seen_on": [s.day for s, _ in kept],
        "receiver_host": [s.receiver for s, _ in kept],
        "field_path": [s.field_path for s, _ in kept],
        "derivation": [s.derivation for s, _ in kept],
        "records": [records for _, records in kept],
        "confidence": [s.confidence for s, _ in kept],
    }
