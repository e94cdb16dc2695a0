"""What is this column? Tables of headers and values with the element that a person would give them."""

from __future__ import annotations

import pytest

from tests.scanners.district import STUDENTS, fields, scan, table

IDS = [s.sourced_id for s in STUDENTS]
EMAILS = [s.emails[0] for s in STUDENTS]


def column(header: str, values: list[str], beside: str = "student_id") -> str:
    rows: list[dict[str, str | None]] = [{beside: i, header: v} for i, v in zip(IDS, values * 10, strict=False)]
    return fields(scan(table(rows)))[header]


CASES = [
    ("email", EMAILS, "student_contact.email"),
    ("Parent E-Mail", ["ingrid.j@mail.example", "chidi@mail.example"], "guardian_contact.email"),
    ("mom_email", ["somebody@else.example", "nobody@else.example"], "guardian_contact.email"),
    ("First", [s.given for s in STUDENTS], "student_name"),
    ("studentLastName", [s.family for s in STUDENTS], "student_name"),
    ("DOB", ["2010-02-03", "2011-04-05"], "demographics.birth_date"),
    ("Birthdate", ["2/3/2010", "12/25/2011"], "demographics.birth_date"),
    ("grade", ["4", "5", "K"], "enrollment.grade_level"),
    ("Grade", ["4th", "5th", "Kindergarten"], "enrollment.grade_level"),
    ("grade", ["A-", "B+", "C"], "transcript.grade"),
    ("Final Grade", ["88", "92"], "transcript.grade"),
    ("gender", ["F", "M", "X"], "demographics.gender"),
    ("homeLanguage", ["Spanish", "English"], "demographics.language"),
    ("IEP", ["Y", "N"], "special.iep_504"),
    ("Section 504", ["Y", "N"], "special.iep_504"),
    ("primary_disability", ["Autism", "SLD"], "special.disability"),
    ("FRL Status", ["Free", "Reduced", "Paid"], "special.low_income"),
    ("ELL", ["1", "0"], "special.english_learner"),
    ("homeless", ["yes", "no"], "special.homeless_foster"),
    ("Allergies", ["Peanuts", "Bees"], "special.medical"),
    ("homeroom", ["12B", "14A"], "enrollment.homeroom"),
    ("school", ["Mason Elementary", "Ridge High"], "enrollment.school"),
    ("teacher", ["Carol Lindqvist"], "schedule.teacher"),
    ("counselor", ["Carol Lindqvist"], "enrollment.counselor"),
    ("state_student_id", ["1234567890", "2345678901"], "student_id.state"),
    ("username", [s.username for s in STUDENTS], "student_id.username"),
    ("password", ["Secret12", "Blue42!"], "student_id.password"),
    ("ssn", ["536-22-1234", "536-22-9876"], "student_id.ssn"),
    ("bus_route", ["12", "14"], "transportation"),
    ("absences", ["0", "3"], "attendance"),
    ("suspensions", ["0", "1"], "conduct"),
    ("quiz_score", ["88", "93"], "performance.in_app"),
    ("percentile", ["88", "93"], "assessment.score"),
    ("guardian_name", ["Ingrid Jorgensen", "Chidi Okafor"], "guardian_name"),
    ("Emergency Contact Phone", ["402-555-0177", "402-555-0188"], "guardian_contact.phone"),
    ("last_login_ip", ["203.0.113.9", "203.0.113.17"], "application.ip"),
    ("photo_url", ["https://cdn.example/a.jpg"], "photo_audio_video"),
    ("ACADEMIC_YEAR_CODE", ["123", "456"], "none"),
    ("room", ["101", "204"], "none"),
    ("email_verified", ["0", "1"], "none"),
    ("created_at", ["2026-08-01T10:00:00Z", "2026-08-02T10:00:00Z"], "none"),
    ("course_id", ["MATH-101", "ENG-202"], "schedule.course"),
    ("status", ["active", "inactive"], "none"),
]


@pytest.mark.parametrize(("header", "values", "expected"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_column(header: str, values: list[str], expected: str) -> None:
    assert column(header, values) == expected


INNOCENT = [
    ("c1", [s.given for s in STUDENTS], "student_name"),
    ("c2", [s.birth_date.strftime("%d.%m.%Y") if s.birth_date else "" for s in STUDENTS], "demographics.birth_date"),
    ("c3", EMAILS, "student_contact.email"),
    ("c4", IDS, "student_id.local"),
    ("c5", [f"{s.family.upper()}, {s.given}" for s in STUDENTS], "student_name"),
]


@pytest.mark.parametrize(("header", "values", "expected"), INNOCENT, ids=[c[0] for c in INNOCENT])
def test_a_header_that_says_nothing(header: str, values: list[str], expected: str) -> None:
    assert column(header, values) == expected


def test_scores_that_are_all_local_ids_are_scores() -> None:
    rows: list[dict[str, str | None]] = [{"email": EMAILS[i], "score": IDS[(i + 3) % 10]} for i in range(10)]
    assert fields(scan(table(rows)))["score"] == "assessment.score"


def test_a_number_column_of_other_peoples_ids_holds_no_ids_of_the_district() -> None:
    rows: list[dict[str, str | None]] = [{"email": EMAILS[i], "ref no": IDS[(i + 3) % 10]} for i in range(10)]
    assert fields(scan(table(rows)))["ref no"] == "student_id.provider"


def test_ids_that_lost_their_leading_zeros() -> None:
    from dataclasses import replace

    from scanners.oneroster import Roster

    people = tuple(replace(s, sourced_id="0" + s.sourced_id[2:], key_id="0" + s.sourced_id[2:], local_ids=()) for s in STUDENTS)
    rows: list[dict[str, str | None]] = [{"Student Number": p.sourced_id.lstrip("0")} for p in people]
    result = scan(table(rows), roster=Roster(people))
    assert {r["subject_key"] for r in result.tables["sightings"].to_pylist()} == {f"student:{p.key_id}" for p in people}
