"""Vaultway: the hoarder.

Its archive keeps students who left years ago. Some of their records are past their due date, some of those are under a hold; names,
ids and marks are permanent, and who left lately is not due yet.
"""

from __future__ import annotations

import random

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.formats import sqlite_bytes
from examples.prairie_ridge.inbox import Column, Inbox, rows_of
from examples.prairie_ridge.people import People, Student
from examples.prairie_ridge.register import Agreement, Listed, Party, Register
from examples.prairie_ridge.visits import quiet_visit

ID = "vaultway"
ELEMENTS = ("student_name", "student_id.local", "student_contact.email", "transcript.grade", "conduct", "special.iep_504")
NOTES = ("Lunch detention", "Late to class", "Warned in writing", "Parents called")


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox) -> None:
    """Add the party, its one archive, and holds on some of those who left."""
    agreement = Agreement(
        "NE-NDPA-VW-0061", calendar.back(700), calendar.back(-365), tuple(Listed(element) for element in ELEMENTS), consent_required=False
    )
    register.parties.append(
        Party(
            ID,
            "Vaultway Archives",
            "vendor",
            ("vaultway.example",),
            "Hoarder: keeps students who left years ago.",
            "vault",
            ("search.vaultway.example",),
            (agreement,),
        )
    )
    kept = [*people.gone, *rng.sample(people.active, max(8, len(people.active) // 20))]
    marks = {student.sid: rng.choice(("A", "B", "C", "D")) for student in kept}
    place = {student.sid: nth for nth, student in enumerate(kept)}
    students: list[Column[Student]] = [
        Column("student_id", "student_id.local", lambda s: s.sid),
        Column("last_name", "student_name", lambda s: s.family),
        Column("first_name", "student_name", lambda s: s.given),
        Column("student_email", "student_contact.email", lambda s: s.email if place[s.sid] % 4 else ""),
        Column("final_grade", "transcript.grade", lambda s: marks[s.sid]),
        Column("iep", "special.iep_504", lambda s: "Y" if place[s.sid] % 6 == 2 else "N"),
    ]
    noted = [student for student in kept if place[student.sid] % 3 != 2]
    incidents: list[Column[Student]] = [
        Column("student_id", "student_id.local", lambda s: s.sid),
        Column("conduct", "conduct", lambda s: NOTES[place[s.sid] % len(NOTES)]),
    ]
    delivery = inbox.deliver(ID, 75)
    tables = {
        "students": ([column.header for column in students], rows_of(students, kept)),
        "incidents": ([column.header for column in incidents], rows_of(incidents, noted)),
    }
    delivery.file("export/archive.sqlite", sqlite_bytes(tables))
    delivery.show("export/archive.sqlite", students, kept, lambda s: [s.sid])
    delivery.show("export/archive.sqlite", incidents, noted, lambda s: [s.sid])
    quiet_visit(delivery, "tracking/search.har", "https://search.vaultway.example/", 76)
