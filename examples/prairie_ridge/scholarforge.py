"""ScholarForge: an export that reaches further than the agreement.

Birth dates, IEP flags and guardians' phones are not in its schedule of data, grades only from a later day on. A nested JSON Lines
export first, then CSV tables in a zip, with one file of guardians that names no student and one of staff. "Not special education"
and blanks disclose nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.captures import Request, har
from examples.prairie_ridge.formats import csv_bytes, jsonl_bytes, zip_bytes
from examples.prairie_ridge.inbox import Column, Inbox, table
from examples.prairie_ridge.lantern import SCHOOL_NAMES
from examples.prairie_ridge.people import Guardian, People, Staff, Student, grade_code
from examples.prairie_ridge.register import Agreement, Entry, Listed, Party, Register

ID = "scholarforge"
LISTED = (
    "student_name",
    "student_id.local",
    "student_id.state",
    "student_contact.email",
    "enrollment.school",
    "enrollment.grade_level",
    "schedule.teacher",
    "guardian_name",
    "guardian_id",
    "guardian_contact.email",
    "staff_id",
)
IEP_NESTED = ("", "false", "false", "true", "false", "", "false")
IEP_TABLE = ("N", "", "N", "N", "Y", "N", "N", "N", "")
GRADES = ("A", "A-", "B+", "B", "B-", "C+", "C", "D", "F")


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox) -> list[Student]:
    """Add the party and its deliveries; returns the students of its exports."""
    register.parties.append(_party(calendar))
    register.waivers.append(
        (
            "II.B.authorized-elements",
            ID,
            calendar.back(-45).isoformat(),
            "Director of Technology",
            "Amendment to the schedule of data is being negotiated",
        )
    )
    gone = [student.sid for student in people.gone[:3]]
    held = people.pick(rng, 0.65, (*people.namesakes, people.shared_with_teacher, *gone))
    newcomers = set(rng.sample([student.sid for student in held], max(3, len(held) // 10)))
    marks = {student.sid: rng.choice(GRADES) for student in held}
    _nested(people, calendar, inbox, [student for student in held if student.sid not in newcomers], marks)
    _zipped(people, inbox, held, marks)
    return held


def _party(calendar: Calendar) -> Party:
    listed = (*(Listed(element) for element in LISTED), Listed("transcript.grade", calendar.back(150), ("educational_service",)))
    purposes = ("educational_service", "service_operation")
    agreement = Agreement("NE-NDPA-SF-0233", calendar.back(430), calendar.back(-300), listed, consent_required=False, purposes=purposes)
    backups = Entry("pagebarn", elements=("student_name", "student_id.local"), purposes=("service_operation",))
    return Party(
        ID,
        "ScholarForge LLC",
        "vendor",
        ("scholarforge.example", "sforge-cdn.example"),
        "Over-reaching: holds elements that its schedule of data does not list.",
        "forge-sis",
        ("portal.scholarforge.example",),
        (agreement,),
        (backups,),
        ("sf_login",),
    )


def _us_date(student: Student) -> str:
    return f"{student.birth:%m/%d/%Y}"


def _guardian_phone(people: People, student: Student, nth: int) -> str:
    return people.guardian_by_sid[student.guardians[0]].phone if nth % 3 == 0 else ""


def _nested(people: People, calendar: Calendar, inbox: Inbox, held: list[Student], marks: dict[str, str]) -> None:
    """The first export: one nested JSON object a student."""
    delivery = inbox.deliver(ID, 200)
    place = {student.sid: nth for nth, student in enumerate(held)}
    fields: list[Column[Student]] = [
        Column("student.student_id", "student_id.local", lambda s: s.sid),
        Column("student.first_name", "student_name", lambda s: s.called),
        Column("student.last_name", "student_name", lambda s: s.family),
        Column("student.email", "student_contact.email", lambda s: s.email),
        Column("student.birth_date", "demographics.birth_date", lambda s: s.birth.isoformat() if place[s.sid] % 5 < 2 else ""),
        Column("enrollment.school", "enrollment.school", lambda s: SCHOOL_NAMES[s.school]),
        Column("enrollment.grade_level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
        Column("enrollment.teacher", "schedule.teacher", lambda s: people.teacher(s).name),
        Column("enrollment.final_grade", "transcript.grade", lambda s: marks[s.sid]),
        Column("services.iep", "special.iep_504", lambda s: IEP_NESTED[place[s.sid] % len(IEP_NESTED)]),
        Column("guardians[].guardian_phone", "guardian_contact.phone", lambda s: _guardian_phone(people, s, place[s.sid])),
    ]
    delivery.file("export/students.jsonl", jsonl_bytes(_nest(fields, student) for student in held))
    delivery.show("export/students.jsonl", fields, held, lambda s: [s.sid])
    page = "https://portal.scholarforge.example/gradebook"
    requests = [
        Request(calendar.moment(201, 30), page, mime="text/html"),
        Request(calendar.moment(201, 30), "https://static.sforge-cdn.example/gradebook.css", mime="text/css"),
    ]
    delivery.file("tracking/gradebook.har", har(page, requests))


def _nest(fields: Sequence[Column[Student]], student: Student) -> dict[str, Any]:
    """One record from dotted headers: `a.b` nests, `a[].b` is a list of one or none, blanks are null, true and false booleans."""
    record: dict[str, Any] = {}
    for column in fields:
        outer, inner = column.header.split(".")
        text = column.text(student)
        value: Any = {"": None, "true": True, "false": False}.get(text, text)
        if outer.endswith("[]"):
            record[outer[:-2]] = [{inner: value}] if text else []
        else:
            record.setdefault(outer, {})[inner] = value
    return record


def _zipped(people: People, inbox: Inbox, held: list[Student], marks: dict[str, str]) -> None:
    """The second export: a zip of tables; students are known by their state id."""
    delivery = inbox.deliver(ID, 95)
    place = {student.sid: nth for nth, student in enumerate(held)}
    students: list[Column[Student]] = [
        Column("Last Name", "student_name", lambda s: s.family),
        Column("First Name", "student_name", lambda s: s.given),
        Column("State ID", "student_id.state", lambda s: s.state_id),
        Column("Date of Birth", "demographics.birth_date", lambda s: _us_date(s) if place[s.sid] % 4 == 1 else ""),
        Column("Grade Level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
        Column("School", "enrollment.school", lambda s: SCHOOL_NAMES[s.school]),
        Column("Final Grade", "transcript.grade", lambda s: marks[s.sid]),
        Column("IEP", "special.iep_504", lambda s: IEP_TABLE[place[s.sid] % len(IEP_TABLE)]),
        Column("English Learner", "special.english_learner", lambda s: ("N", "N", "")[place[s.sid] % 3]),
        Column("Guardian Phone", "guardian_contact.phone", lambda s: _guardian_phone(people, s, place[s.sid] + 1)),
    ]
    linked = sorted({sid for student in held for sid in student.guardians})
    guardians = [people.guardian_by_sid[sid] for sid in linked]
    adults: list[Column[Guardian]] = [
        Column("Guardian ID", "guardian_id", lambda g: g.sid),
        Column("Guardian Name", "guardian_name", lambda g: g.name),
        Column("Guardian Email", "guardian_contact.email", lambda g: g.email),
    ]
    teachers = [person for person in people.staff if person.role == "teacher"]
    staff: list[Column[Staff]] = [
        Column("Staff ID", "staff_id", lambda p: p.sid),
        Column("Staff Name", "staff_name", lambda p: p.name),
        Column("Work Email", "staff_contact.work", lambda p: p.email),
    ]
    courses = csv_bytes(
        ("Course Code", "Course Title", "Credits"),
        [("MA070", "Pre-Algebra", "1"), ("SC080", "Earth Science", "1"), ("LA090", "Essay", "0.5")],
    )
    members = {
        "students.csv": table(students, held),
        "people/guardians.csv": table(adults, guardians),
        "people/staff.csv": table(staff, teachers),
        "courses.csv": courses,
    }
    delivery.file("export/sync.zip", zip_bytes(members), members=members)
    delivery.show("export/sync.zip!/students.csv", students, held, lambda s: [s.sid])
    delivery.show("export/sync.zip!/people/guardians.csv", adults, guardians, lambda g: g.children)
    delivery.show("export/sync.zip!/people/staff.csv", staff, teachers, lambda p: [p.sid], subject_kind="staff")
