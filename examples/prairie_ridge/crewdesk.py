"""CrewDesk: staff data.

It holds no student. Names and work addresses are in the district's staff directory, evaluations are in its schedule of data, pay is
in neither. Consent is required for students, of whom there are none, and is never asked for staff.
"""

from __future__ import annotations

import random

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.formats import xlsx_bytes
from examples.prairie_ridge.inbox import Column, Inbox, rows_of
from examples.prairie_ridge.people import People, Staff
from examples.prairie_ridge.register import Agreement, Listed, Party, Register
from examples.prairie_ridge.visits import quiet_visit

ID = "crewdesk"
ELEMENTS = ("staff_id", "staff_evaluation", "student_name")


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox) -> None:
    """Add the party and its workbook of teachers."""
    agreement = Agreement(
        "NE-SVC-CD-0012", calendar.back(330), calendar.back(-400), tuple(Listed(element) for element in ELEMENTS), consent_required=True
    )
    register.parties.append(
        Party(
            ID,
            "CrewDesk Personnel",
            "vendor",
            ("crewdesk.example",),
            "Staff data: pay that neither the agreement nor the staff directory lists.",
            "crew-portal",
            ("portal.crewdesk.example",),
            (agreement,),
        )
    )
    teachers = [person for person in people.staff if person.role == "teacher"][:40]
    pay = {person.sid: (str(rng.randrange(44_000, 81_000)), rng.choice(("Proficient", "Distinguished", "Basic"))) for person in teachers}
    columns: list[Column[Staff]] = [
        Column("Staff ID", "staff_id", lambda p: p.sid),
        Column("Staff Name", "staff_name", lambda p: p.name),
        Column("Work Email", "staff_contact.work", lambda p: p.email),
        Column("Annual Salary", "staff_pay", lambda p: pay[p.sid][0]),
        Column("Evaluation Rating", "staff_evaluation", lambda p: pay[p.sid][1]),
    ]
    rows = [(number, name, mail, int(salary), rating) for number, name, mail, salary, rating in rows_of(columns, teachers)]
    delivery = inbox.deliver(ID, 100)
    delivery.file("export/personnel.xlsx", xlsx_bytes({"Personnel": [[column.header for column in columns], *rows]}))
    delivery.show("export/personnel.xlsx", columns, teachers, lambda p: [p.sid], subject_kind="staff")
    quiet_visit(delivery, "tracking/portal.har", "https://portal.crewdesk.example/", 101, cookie="cd_tab", rng=rng)
