"""A delivery that a change of the roster cannot touch says the same about everybody; one that it changes is always touched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import probes
from scanners.intake import Delivery, InboxFile
from scanners.oneroster import Person, Roster
from scanners.probes import Hashes, Matched, of_change, of_values, packed, touched, unpacked
from scanners.sandbox import Member
from scanners.scan import scan_delivery
from scanners.schemas import DeliveryResult, ParsedFile, TextTable
from tests.scanners.district import ROSTER, STUDENTS, context, student, table

KEY = bytes(range(16))
A, B = STUDENTS[0], STUDENTS[1]


def scanned(roster: Roster, *tables: TextTable, kind: str = "export", path: str = "export/data.csv") -> DeliveryResult:
    source = InboxFile(Path("/nowhere"), path, kind, None, 10, "00")

    def reader(files: Sequence[InboxFile]) -> Iterator[tuple[InboxFile, list[Member]]]:
        yield source, [Member(path, "00", 10, ParsedFile("csv", tables))]

    delivery = Delivery("vendor/2026-09-01", "vendor", date(2026, 9, 1), Path("/nowhere"))
    return scan_delivery(delivery, [source], replace(context(roster=roster), probe_key=KEY), reader)


def held(result: DeliveryResult) -> Hashes | None:
    return unpacked(result.tables["probes"].to_pylist()[0]["hashes"])


def shown(result: DeliveryResult) -> dict[str, list[dict[str, object]]]:
    return {name: rows.to_pylist() for name, rows in result.tables.items() if name != "probes"}


def matched(roster: Roster) -> dict[str, Matched]:
    return probes.matched(roster.people, KEY, lambda *parts: repr(parts))


def with_person(person: Person, roster: Roster = ROSTER) -> Roster:
    """The roster with this person in place of the one of the same id, or added."""
    others = tuple(p for p in roster.people if p.sourced_id != person.sourced_id)
    return replace(roster, people=(*others, person) if len(others) == len(roster.people) else tuple(
        person if p.sourced_id == person.sourced_id else p for p in roster.people
    ))  # fmt: skip


NEW = student(
    77, "Marisol", "Van Der Berg-O'Neil", middle="Inés", phones=("402-555-0777",), addresses=("12 North Elm Street",), ssn="411-56-7733"
)

CELLS = [
    ("id", NEW.sourced_id),
    ("id without zeros", "00" + NEW.sourced_id),
    ("id in a text", f"student #{NEW.sourced_id} left"),
    ("e-mail", NEW.emails[0].upper()),
    ("e-mail in a text", f"write to <{NEW.emails[0]}>, please"),
    ("e-mail in a URL", f"https://x.example/p?mail={NEW.emails[0].replace('@', '%40')}"),
    ("user name", NEW.username),
    ("hash", "5d41402abc4b2a76b9719d911017c592"),
    ("name", "Marisol Van Der Berg-O'Neil"),
    ("name turned round", "VAN DER BERG-O’NEIL, MARISOL"),
    ("name with an initial", "Marisol I. Van Der Berg O'Neil"),
    ("name in a text", "Spoke with Marisol Van Der Berg-O'Neil's mother today about the trip"),
    ("name in a path", "photos/marisol_van der berg-o'neil.png"),
    ("phone", "(402) 555.0777"),
    ("address", "12 N. Elm St"),
    ("SSN", "411567733"),
    ("SSN in groups", "411 56 7733"),
    ("SSN in a text", "The number is 411-56-7733 by phone"),
    ("SSN without dashes in a text", "The number is 411567733 by phone"),
    ("hash of an SSN", hashlib.sha256(b"411567733").hexdigest()),
    ("hash in a text", f"saw {hashlib.sha256(NEW.emails[0].encode()).hexdigest()} twice"),
    ("id in groups", "900-00-77"),
    ("name turned round in a text", "Today Van Der Berg-O'Neil Marisol came late"),
    ("look-alike letters", NEW.emails[0].replace("o", "о")),
    ("entities in a text", f"write to {NEW.emails[0].replace('@', '&#64;')} today"),
    ("base64 in a text", f"got {base64.b64encode(NEW.emails[0].encode()).decode()} today"),
]


@pytest.mark.parametrize(("cell"), [cell for _, cell in CELLS], ids=[name for name, _ in CELLS])
@pytest.mark.parametrize("header", ["value", "student name", "note"])
def test_what_names_somebody_who_came_is_touched(header: str, cell: str) -> None:
    rows = table([{header: cell, "n": "1"}, {header: "Quiet reading", "n": "2"}, {header: None, "n": "3"}])
    before, after = scanned(ROSTER, rows), scanned(with_person(NEW), rows)
    change = of_change(matched(ROSTER), matched(with_person(NEW)))
    assert touched(held(before), change) or shown(before) == shown(after)
    if header == "student name" and cell != "5d41402abc4b2a76b9719d911017c592":
        assert touched(held(before), change)


def test_first_and_last_name_in_two_columns() -> None:
    rows = table([{"first": "Marisol", "last": "Van Der Berg-O'Neil"}, {"first": "Hana", "last": "Sato"}])
    assert touched(held(scanned(ROSTER, rows)), of_change(matched(ROSTER), matched(with_person(NEW))))


def test_names_of_files_and_columns() -> None:
    change = of_change(matched(ROSTER), matched(with_person(NEW)))
    assert touched(held(scanned(ROSTER, table([{"a": "1"}]), path=f"export/{NEW.emails[0]}.csv")), change)
    assert touched(held(scanned(ROSTER, table([{"Marisol Van Der Berg-O'Neil": "1"}]))), change)


ROWS = table(
    [{"student_id": s.sourced_id, "mail": s.emails[0], "home phone": f"402-555-01{n:02d}", "room": str(n)} for n, s in enumerate(STUDENTS)]
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (replace(A, addresses=("9 New Lane",)), False),
        (replace(A, phones=("402-555-0999",)), False),
        (replace(A, phones=("402-555-0103",)), True),
        (replace(A, emails=("new@pr.example",)), True),
        (replace(A, birth_date=date(2009, 9, 9)), True),
        (replace(A, grades=("9",)), True),
        (replace(A, family="Other"), True),
        (replace(A, active=False), False),
        (student(60, "Somebody", "Else", username="selse60"), False),
    ],
)
def test_a_changed_person_touches_what_shows_them(change: Person, expected: bool) -> None:
    of = of_change(matched(ROSTER), matched(with_person(change)))
    assert touched(held(scanned(ROSTER, ROWS)), of) is expected


WORDS = st.sampled_from(
    ["Marisol", "Van", "Der", "Berg", "O'Neil", "berg-o'neil", "Chen", "Emily", "Mateo", "Okafor", "and", ",", "9000077", "m",
     "402-555-0777", "marisol.van", "_", "12", "N", "Elm", "st", "Inés", "@pr.example", NEW.emails[0], NEW.username]
)  # fmt: skip
TEXTS = st.lists(WORDS, min_size=1, max_size=8).flatmap(lambda ws: st.sampled_from([" ", "", "_", ".", ", "]).map(lambda j: j.join(ws)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4), st.sampled_from(["name", "student_id", "note", "x"]), st.booleans())
def test_untouched_means_unchanged(cells: list[tuple[str, str]], header: str, known_before: bool) -> None:
    rows = table([{header: a, "last name": b} for a, b in cells])
    one, other = with_person(NEW), ROSTER
    before, after = (one, other) if known_before else (other, one)
    first, second = scanned(before, rows), scanned(after, rows)
    if not touched(held(first), of_change(matched(before), matched(after))):
        assert shown(first) == shown(second)


def test_hashes_are_keyed_and_nothing_of_a_value_is_kept() -> None:
    own, other = probes.hashed(of_values([A.emails[0]]), KEY), probes.hashed(of_values([A.emails[0]]), bytes(16))
    assert len(own)
    assert not np.isin(own, other).any()


@pytest.mark.parametrize("place", range(16))
def test_every_byte_of_the_key_counts(place: int) -> None:
    changed = bytes(b ^ (n == place) for n, b in enumerate(KEY))
    assert not np.isin(probes.hashed(["some value"], KEY), probes.hashed(["some value"], changed)).any()


def test_too_many_to_tell_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "MOST", 2)
    assert packed(np.arange(3, dtype=np.uint64)) is None
    assert touched(unpacked(None), np.arange(1, dtype=np.uint64))
    assert not touched(np.arange(3, dtype=np.uint64), probes.EMPTY)
