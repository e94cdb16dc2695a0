"""TutorTrail: ended, returned, certified, and then not silent.

The agreement was terminated; a last export came within the days the agreement allows, the data was returned with checksums, its
destruction certified with every copy named. Weeks later a sign-in log shows students again.
"""

from __future__ import annotations

import hashlib
import random
from typing import Any

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.formats import csv_bytes, jsonl_bytes, yaml_bytes
from examples.prairie_ridge.inbox import Closure, Column, Inbox, elements_of, table
from examples.prairie_ridge.people import People, Student, grade_code
from examples.prairie_ridge.register import Agreement, Listed, Party, Register

ID = "tutortrail"
AGREEMENT = "NE-NDPA-TT-0042"
SYSTEM = "trail-app"
END = 160
ELEMENTS = ("student_name", "student_id.local", "student_contact.email", "enrollment.grade_level", "assessment.score", "application.ip")

Session = tuple[Student, str]
STUDENTS: list[Column[Student]] = [
    Column("Student ID", "student_id.local", lambda s: s.sid),
    Column("First Name", "student_name", lambda s: s.given),
    Column("Last Name", "student_name", lambda s: s.family),
    Column("Student Email", "student_contact.email", lambda s: s.email),
    Column("Grade Level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
]
SESSIONS: list[Column[Session]] = [
    Column("Student ID", "student_id.local", lambda row: row[0].sid),
    Column("Assessment Score", "assessment.score", lambda row: row[1]),
]


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox) -> None:
    """Add the party and its five deliveries."""
    register.parties.append(_party(calendar))
    asked = (
        f"REQ-{calendar.back(END).year}-TT",
        ID,
        "return",
        calendar.back(END),
        calendar.back(END - 60),
        calendar.back(130),
        "All data, as agreed",
    )
    register.requests.append(tuple(str(value) for value in asked))
    held = people.pick(rng, 0.3, (people.fifteen,))
    sessions = [(student, str(rng.randrange(10, 100))) for student in held for _ in range(rng.choice((1, 2, 3)))]
    _exports(calendar, inbox, held, sessions)
    _return(calendar, rng, inbox, held, sessions)
    _certificate(calendar, inbox, len(held) + len(sessions))
    inbox.closures[ID] = Closure(
        calendar.back(130),
        frozenset(
            {(s.sid, e) for s in held for e in elements_of(STUDENTS, s)}
            | {(row[0].sid, e) for row in sessions for e in elements_of(SESSIONS, row)}
        ),
        calendar.back(115),
        calendar.back(112),
        calendar.back(110),
    )
    _log(calendar, rng, inbox, rng.sample(held, max(4, len(held) // 12)))


def _party(calendar: Calendar) -> Party:
    agreement = Agreement(
        AGREEMENT,
        calendar.back(760),
        calendar.back(-210),
        tuple(Listed(e) for e in ELEMENTS),
        consent_required=False,
        terminated_on=calendar.back(END),
    )
    return Party(
        ID,
        "TutorTrail Learning",
        "vendor",
        ("tutortrail.example",),
        "Ended: returned and certified, yet its log shows students afterwards.",
        SYSTEM,
        ("learn.tutortrail.example",),
        (agreement,),
        login_cookies=("tt_auth",),
    )


def _exports(calendar: Calendar, inbox: Inbox, held: list[Student], sessions: list[Session]) -> None:
    """Students while the agreement was in force; sessions as of its last day, delivered twenty days later."""
    before = inbox.deliver(ID, 400)
    before.file("export/students.csv", table(STUDENTS, held))
    before.show("export/students.csv", STUDENTS, held, lambda s: [s.sid])
    last = inbox.deliver(ID, END - 20, as_of=calendar.back(END))
    last.file("export/sessions.csv", table(SESSIONS, sessions))
    last.show("export/sessions.csv", SESSIONS, sessions, lambda row: [row[0].sid])


def _return(calendar: Calendar, rng: random.Random, inbox: Inbox, held: list[Student], sessions: list[Session]) -> None:
    """Everything that was held, in another order, with a manifest."""
    delivery = inbox.deliver(ID, 130)
    students, rows = rng.sample(held, len(held)), rng.sample(sessions, len(sessions))
    files = {"students.csv": (table(STUDENTS, students), len(students)), "sessions.csv": (table(SESSIONS, rows), len(rows))}
    for name, (content, _) in files.items():
        delivery.file(f"return/{name}", content)
    manifest = [(name, "vendor_copy", str(count), hashlib.sha256(content).hexdigest()) for name, (content, count) in files.items()]
    delivery.file("return/manifest.csv", csv_bytes(("path", "category", "rows", "sha256"), manifest))


def _certificate(calendar: Calendar, inbox: Inbox, rows: int) -> None:
    """A certificate with every field and every copy."""
    delivery = inbox.deliver(ID, 110)
    certificate: dict[str, Any] = {
        "party": ID,
        "agreement": AGREEMENT,
        "systems": [SYSTEM],
        "datasets": ["students", "sessions", *(element for element in ELEMENTS if not element.startswith("application."))],
        "rows": rows,
        "method": "Purge (NIST SP 800-88 Rev. 2)",
        "tool": "cryptographic erase, storectl 4.2",
        "verification": "Sampled reads of every volume; no record found",
        "destroyed_on": calendar.back(115),
        "certified_on": calendar.back(112),
        "place": "Lincoln, Nebraska",
        "person": "R. Ostrander",
        "title": "Head of Infrastructure",
        "signature": "signed: R. Ostrander",
        "copies": [
            {"kind": "backups", "status": "destroyed", "system": SYSTEM},
            {"kind": "replicas", "status": "destroyed", "system": SYSTEM},
            {"kind": "logs", "status": "destroyed", "system": SYSTEM},
            {"kind": "subprocessors", "status": "none"},
        ],
    }
    delivery.file("destruction/certificate.yaml", yaml_bytes(certificate))


def _log(calendar: Calendar, rng: random.Random, inbox: Inbox, seen: list[Student]) -> None:
    """Sign-ins after the certified date; the last of them on an evening that is already the next day in UTC."""
    delivery = inbox.deliver(ID, 50)
    lines = []
    for nth, student in enumerate(seen):
        for days in (55, 53) if nth % 3 == 0 else (54,):
            lines.append((calendar.moment(days, 5 + nth % 400), days, student))
    lines.append((calendar.evening(52, 20), 52, seen[-1]))
    lines.sort(key=lambda line: line[0])
    path = "log/sign-ins.jsonl"
    records = [{"time": at, "user_email": student.email, "client_ip": f"198.51.100.{rng.randrange(1, 255)}"} for at, _, student in lines]
    delivery.file(path, jsonl_bytes(records))
    for _, days, student in lines:
        delivery.saw("student_contact.email", student.sid, path, seen_on=calendar.back(days))
        delivery.saw("application.ip", student.sid, path, seen_on=calendar.back(days), operation=True)
