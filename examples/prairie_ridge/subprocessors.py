"""PageBarn and PostFinch: the vendors' vendors.

PageBarn has a vendor file without an agreement and is listed by two vendors, so what it exports came from both. PostFinch is known
from QuizComet's list alone. The district looked at a page of each and saw no student there.
"""

from __future__ import annotations

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.captures import Request, har
from examples.prairie_ridge.inbox import Column, Delivery, Inbox, table
from examples.prairie_ridge.people import Student
from examples.prairie_ridge.quizcomet import MAILER
from examples.prairie_ridge.register import Party, Register

ID = "pagebarn"


def tell(calendar: Calendar, register: Register, inbox: Inbox, district: Delivery, shared: list[Student]) -> None:
    """Add PageBarn, its export of students that both of its customers hold, and the district's two clean captures."""
    register.parties.append(
        Party(
            ID,
            "PageBarn Hosting",
            "subprocessor",
            ("pagebarn.example",),
            "A subprocessor with a file of its own and no agreement.",
            "barn-store",
            ("console.pagebarn.example",),
            login_cookies=("pb",),
        )
    )
    delivery = inbox.deliver(ID, 35)
    index: list[Column[Student]] = [
        Column("Student ID", "student_id.local", lambda s: s.sid),
        Column("First Name", "student_name", lambda s: s.called),
        Column("Last Name", "student_name", lambda s: s.family),
    ]
    delivery.file("export/backup_index.csv", table(index, shared))
    givers = [party.id for party in register.parents(ID)]
    delivery.show("export/backup_index.csv", index, shared, lambda s: [s.sid], givers=givers)
    for party, page in ((ID, "https://console.pagebarn.example/status"), (MAILER, "https://status.postfinch.example/")):
        district.file(f"tracking/{party}-status.har", har(page, [Request(calendar.moment(30, 90), page, mime="text/html")]), about=[party])
