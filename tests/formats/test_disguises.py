"""A student's value that was escaped, encoded, spaced out or turned round is still that student's; what is missed is listed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.disguises import DISGUISES, EMAIL, ID, NAME, SSN, Disguise
from scanners.oneroster import Roster
from scanners.scan import ScanContext
from scanners.schemas import DeliveryResult
from tests.scanners.district import ROSTER, STUDENTS, context, key, scan, seen, student, table

ELEMENTS = {EMAIL: "student_contact.email", ID: "student_id.local", NAME: "student_name", SSN: "student_id.ssn"}
HEADERS = {EMAIL: "email", ID: "student_id", NAME: "student_name", SSN: "ssn"}
SAID = {
    EMAIL: "Please write to {} today.",
    ID: "Asked about student id {} today.",
    NAME: "{} was late today.",
    SSN: "The SSN is {} by phone.",
}
PEOPLE = tuple(replace(s, ssn=f"4{n:02d}-5{n % 10}-{6100 + 37 * n}") for n, s in enumerate(STUDENTS[:6], 11))
WHO = PEOPLE[1]
NUMBERS_IN_GROUPS = ("other dashes", "spaces inside", "no-break spaces inside")
MISSED = (
    {(name, kind, place) for name, kind in (("reversed", EMAIL), ("reversed", ID), ("reversed", NAME)) for place in ("cell", "text")}
    | {(name, NAME, place) for name in ("hashed (SHA-256)", "hashed (MD5)") for place in ("cell", "text")}
    | {("'at' and 'dot'", EMAIL, place) for place in ("cell", "text")}
    | {(name, ID, "text") for name in NUMBERS_IN_GROUPS}  # in a sentence three short numbers are three numbers
    | {("HTML tags, escaped", ID, "text")}
)


@pytest.fixture(scope="module")
def district() -> ScanContext:
    return context(roster=Roster((*PEOPLE, *ROSTER.people[len(PEOPLE) :])))


def value_of(number: int, kind: str) -> str:
    person = PEOPLE[number]
    return {EMAIL: person.emails[0], ID: person.sourced_id, NAME: f"{person.given} {person.family}", SSN: person.ssn or ""}[kind]


def found(result: DeliveryResult, kind: str) -> bool:
    return (key(WHO), ELEMENTS[kind]) in seen(result)


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda disguise: disguise.name)
def test_a_disguised_value(district: ScanContext, disguise: Disguise) -> None:
    missed = set()
    for kind in disguise.kinds:
        cells = [{HEADERS[kind]: disguise.put(value_of(n, kind))} for n in range(4)]
        said: list[dict[str, str | None]] = [
            {"note": SAID[kind].format(disguise.put(value_of(1, kind)))},
            {"note": "Read chapter three at home."},
        ]
        if not found(scan(table([*cells]), context_=district), kind):
            missed.add((disguise.name, kind, "cell"))
        if not found(scan(table(said), context_=district), kind):
            missed.add((disguise.name, kind, "text"))
    assert missed == {it for it in MISSED if it[0] == disguise.name}


@pytest.mark.parametrize(
    "text",
    [
        "Took 12 of 40 at step=20=30, see C:\\users\\xavier\\u12 &copy; R&D;",
        "Kernel dd3d6e0f1c9b4c25a1b2c3d4e5f60718 built as internationalization/photosynthesis2",
        "Call 402-555-0190 x12, room 2010-01-31, 10.20.30.40",
        "Привет Mateo, это для Hana",
    ],
)
def test_what_only_looks_disguised_is_nobody(district: ScanContext, text: str) -> None:
    assert seen(scan(table([{"note": text}, {"note": "Read chapter three at home."}]), context_=district)) == set()


@pytest.mark.parametrize(("number", "text"), [("20100131", "2010-01-31"), ("20252026", "2025-2026"), ("1234567", "12345.67")])
def test_a_day_a_school_year_an_amount_are_no_numbers_in_groups(number: str, text: str) -> None:
    person = student(1, "Ana", "Berg", sourced_id=number, key_id=number, local_ids=((number, "sourcedId"),))
    assert seen(scan(table([{"period": text}, {"period": text}]), roster=Roster((person,)))) == set()


def test_a_name_turned_round_is_first_the_one_whose_name_it_is() -> None:
    people = Roster((student(1, "Mason", "Jordan"), student(2, "Jordan", "Mason")))
    rows: list[dict[str, str | None]] = [{"note": "Today Jordan Mason helped a classmate."}, {"note": "Read chapter three at home."}]
    assert seen(scan(table(rows), roster=people)) == {("student:9000002", "student_name")}


def test_students_as_columns_are_seen() -> None:
    rows: list[dict[str, str | None]] = [{"assignment": "Essay", "Priya Natarajan": "88", "Tomás Villanueva": "91"}]
    assert {(key(STUDENTS[2]), "student_name"), (key(STUDENTS[5]), "student_name")} <= seen(scan(table(rows)))
