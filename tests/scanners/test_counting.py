"""Counting by groups of rows gives what counting row by row gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.classify import Verdict
from scanners.coded import Coded, first_of, grouped, told
from scanners.columns import Column
from scanners.identity import NOBODY, RowSubjects
from scanners.prose import Reading
from scanners.roster_index import Hit
from scanners.sightings import Sighting, Table, count, count_mentions, open_rows
from tests.scanners.district import context

INDEX = context().index
PEOPLE: dict[str, list[int]] = {k: [i for i, p in enumerate(INDEX.people) if p.kind == k] for k in ("student", "guardian", "staff")}
DAYS = (date(2026, 9, 1), date(2026, 9, 2))
HOSTS = ("a.example", "b.example")
TOKENS = ("t1", "t2", "t3")
HOUSEHOLDS = ((0,), (0, 2), (1,))
EMAILS = ("one", "two", "three", "four", "five")
HITS = (
    (Hit(PEOPLE["student"][0], "email"),),
    (Hit(PEOPLE["student"][1], "email", "md5"),),
    (Hit(PEOPLE["guardian"][0], "email"),),
    (Hit(PEOPLE["staff"][0], "email"), Hit(PEOPLE["student"][2], "email")),
    (),
)
MENTIONS = (*(h for h in HITS[:3]), (Hit(PEOPLE["staff"][1], "name"), Hit(PEOPLE["student"][3], "name")), ())


class Row(NamedTuple):
    student: int
    staff: int
    household: int  # only of rows without a student
    day: int
    host: int
    token: int
    email: int
    flag: int
    note: int


def codes(size: int) -> st.SearchStrategy[int]:
    return st.integers(-1, size - 1)


rows = st.builds(
    Row,
    st.sampled_from([NOBODY, NOBODY, *PEOPLE["student"][:3]]),
    st.sampled_from([NOBODY, NOBODY, *PEOPLE["staff"]]),
    codes(len(HOUSEHOLDS)),
    codes(len(DAYS)),
    codes(len(HOSTS)),
    codes(len(TOKENS)),
    codes(len(EMAILS)),
    codes(3),
    codes(len(MENTIONS)),
).map(lambda row: row if row.student < 0 else row._replace(household=-1))


class Case(NamedTuple):
    """Which of the table's columns there are, and whether a URL's host stands beside the e-mails."""

    days: bool
    hosts: bool
    tokens: bool
    urls: bool
    about_students: bool


cases = st.builds(Case, *[st.booleans()] * 5)


def table(part: Sequence[Row], case: Case) -> Table:
    def at(name: str) -> npt.NDArray[np.int32]:
        return np.array([getattr(row, name) for row in part], np.int32)

    subjects = RowSubjects(
        at("student").astype(np.int64), at("staff").astype(np.int64), Coded(at("household"), HOUSEHOLDS), np.ones(len(part))
    )
    return Table(
        INDEX,
        len(part),
        subjects,
        Coded(at("day"), DAYS) if case.days else None,
        Coded(at("host"), HOSTS) if case.hosts else None,
        Coded(at("token"), TOKENS) if case.tokens else None,
        case.about_students,
    )


def verdicts(part: Sequence[Row], case: Case) -> list[Verdict]:
    hosts = (None, "u.example", "u.example", "v.example", None) if case.urls else None
    email = Column("e", np.array([row.email for row in part], np.int32), EMAILS, "email", receivers=hosts)
    flag = Column("f", np.array([row.flag for row in part], np.int32), ("Y", "N", "y"), "iep")
    return [Verdict(email, "email", None, 0.9, HITS, (), True), Verdict(flag, "special.iep_504", None, 0.8, (), (), True)]


def counted(part: Sequence[Row], case: Case) -> dict[Sighting, int]:
    it = table(part, case)
    count(it, verdicts(part, case))
    note = Column("n", np.array([row.note for row in part], np.int32), ("a", "b", "c", "d", "e"), "note")
    count_mentions(it, Reading(Verdict(note), MENTIONS, evidence=(), names=0, certain=0, open=((),) * len(MENTIONS)))
    return dict(it.counts)


def flags_row_by_row(part: Sequence[Row], case: Case) -> Counter[Sighting]:
    """The flag's column, counted as one would by hand."""
    counts: Counter[Sighting] = Counter()
    for row in part:
        if row.flag not in (0, 2):  # "N" tells nothing
            continue
        about: list[tuple[int, str | None, str]] = []
        if row.student >= 0:
            about = [(row.student, None, "student")]
        elif row.household >= 0:
            about = [(s, None, "student") for s in HOUSEHOLDS[row.household]]
        elif row.staff < 0:
            token = TOKENS[row.token] if case.tokens and row.token >= 0 else None
            about = [(NOBODY, token, "student" if case.about_students else "unknown")]
        day = DAYS[row.day] if case.days and row.day >= 0 else None
        host = HOSTS[row.host] if case.hosts and row.host >= 0 else None
        for person, own, kind in about:
            counts[Sighting(person, own, kind, "special.iep_504", day, host, "f", None, 0.8)] += 1
    return counts


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, max_size=40), cases)
def test_flags_are_counted_as_by_hand(part: list[Row], case: Case) -> None:
    assert {s: n for s, n in counted(part, case).items() if s.field_path == "f"} == flags_row_by_row(part, case)


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, max_size=25), cases, st.integers(0, 25))
def test_a_tables_counts_are_the_sums_of_its_rows_and_parts(part: list[Row], case: Case, cut: int) -> None:
    whole = counted(part, case)
    by_row: Counter[Sighting] = Counter()
    for row in part:
        by_row.update(counted([row], case))
    assert whole == by_row
    assert list(whole) == [s for path in "efn" for s in by_row if s.field_path == path]  # in the order of first sight
    assert Counter(counted(part[:cut], case)) + Counter(counted(part[cut:], case)) == by_row


@given(st.lists(rows, max_size=25), cases)
@settings(max_examples=30, deadline=None)
def test_rows_of_nobody(part: list[Row], case: Case) -> None:
    expected = [
        row.student < 0 and row.staff < 0 and row.household < 0 and row.email < 0 and not (case.tokens and row.token >= 0) for row in part
    ]
    assert open_rows(table(part, case), verdicts(part, case)).tolist() == expected


keys = st.lists(st.tuples(st.sampled_from([-(2**61), -1, 0, 2**61]), st.integers(-2, 2), st.sampled_from([0, 2**40, 2**62])), max_size=20)


@given(keys)
@settings(max_examples=60, deadline=None)
def test_groups_are_numbered_by_their_first_rows(rows: list[tuple[int, int, int]]) -> None:
    """Also where the keys together are wider than 64 bits."""
    groups = grouped(*np.array(rows, np.int64).reshape(-1, 3).T)
    distinct = list(dict.fromkeys(rows))
    assert groups.of_rows.tolist() == [distinct.index(row) for row in rows]
    assert groups.first.tolist() == [rows.index(row) for row in distinct]
    assert groups.records.tolist() == [rows.count(row) for row in distinct]


def test_what_values_say() -> None:
    codes = np.array([0, 2, -1, 1, 2], np.int32)
    says = told(codes, ["x", None, "x"])
    assert (says.codes.tolist(), says.values) == ([0, 0, -1, -1, 0], ("x",))
    other = told(np.array([0, -1, 0, 1, 1], np.int32), ["y", "x"])
    first = first_of([says, other], 5)
    assert [first.at(row) for row in range(5)] == ["x", "x", "y", "x", "x"]
    assert first.present() == {"x", "y"}
