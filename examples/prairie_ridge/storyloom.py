"""StoryLoom: consent is required, and some of it is missing.

Most students have a parent's consent from before the first delivery. Some have none, one was revoked between the deliveries and one
before the first, one came too late, one leaves the e-mail out, one was signed, late, by the student at fifteen. Its first file has a
column that nobody can tell: what a reader borrows most (Fiction, Reference, Periodicals) is written in the letters of lunch prices.
"""

from __future__ import annotations

import random

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.captures import Request, har
from examples.prairie_ridge.formats import jsonl_bytes
from examples.prairie_ridge.inbox import Column, Inbox, rows_of, table
from examples.prairie_ridge.people import People, Student, grade_code
from examples.prairie_ridge.register import Agreement, Consent, Listed, Party, Register

ID = "storyloom"
ELEMENTS = ("student_name", "student_id.local", "student_contact.email", "enrollment.grade_level")


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox) -> None:
    """Add the party, the consents there are, and two deliveries."""
    register.parties.append(_party(calendar))
    held = people.pick(rng, 0.35, (people.fifteen,))
    _consents(people, calendar, rng, register, held)
    _deliveries(calendar, rng, inbox, held)
    _decide(calendar, register)


def _decide(calendar: Calendar, register: Register) -> None:
    """What people settled about its fields: a line that is in force, one that ran out, and one about a file that never came."""
    later, over = calendar.back(-365).isoformat(), calendar.back(12).isoformat()
    officer = "Records officer"
    register.decide("applied", ID, "**/readers*.csv", "Shelf", "none", "A shelf of the classroom, not of a student", officer, later)
    because = "Grade levels until StoryLoom has answered what else it keeps there"
    register.decide("expired", ID, "export/readers.jsonl", "grade_level", "enrollment.grade_level", because, officer, over)
    register.decide("unmatched", ID, "export/reader-list.csv", "Shelf", "none", "As in the readers' file", officer, later)


def _party(calendar: Calendar) -> Party:
    agreement = Agreement(
        "NE-NDPA-SL-0290", calendar.back(310), calendar.back(-420), tuple(Listed(e) for e in ELEMENTS), consent_required=True
    )
    return Party(
        ID,
        "StoryLoom Studios",
        "vendor",
        ("storyloom.example",),
        "No consent: required, but missing, late or revoked for some students.",
        "loom-app",
        ("read.storyloom.example",),
        (agreement,),
        login_cookies=("loom_sid",),
    )


def _consents(people: People, calendar: Calendar, rng: random.Random, register: Register, held: list[Student]) -> None:
    others = [student for student in held if student.sid != people.fifteen]
    odd = rng.sample(others, 4 + max(3, len(held) // 30))
    revoked, withdrawn, late, partial, *without = (student.sid for student in odd)
    for nth, student in enumerate(held):
        if student.sid in without:
            continue
        given = calendar.back(70 if student.sid in (late, people.fifteen) else rng.randrange(120, 150))
        by, relation = (student.name, "student") if student.sid == people.fifteen else people.signer(student, given)
        elements = tuple(e for e in ELEMENTS if e != "student_contact.email") if student.sid == partial else ELEMENTS
        ended = {revoked: calendar.back(60), withdrawn: calendar.back(100)}.get(student.sid)
        method = ("electronic_signature", "signed_form")[nth % 2]
        register.consents.append(Consent(student.sid, ID, elements, by, relation, method, given, ended))


def _deliveries(calendar: Calendar, rng: random.Random, inbox: Inbox, held: list[Student]) -> None:
    first = inbox.deliver(ID, 90)
    shelf = {student.sid: rng.choice(("Oak", "Maple", "Willow", "Cedar")) for student in held}
    borrows = {student.sid: "FRP"[nth % 3] for nth, student in enumerate(held)}
    readers: list[Column[Student]] = [
        Column("Last Name", "student_name", lambda s: s.family),
        Column("First Name", "student_name", lambda s: s.called),
        Column("Student ID", "student_id.local", lambda s: s.sid),
        Column("Grade Level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
        Column("Student Email", "student_contact.email", lambda s: s.email),
        Column("Shelf", None, lambda s: shelf[s.sid]),
        Column("Borrows", None, lambda s: borrows[s.sid]),
    ]
    first.file("export/readers.csv", table(readers, held))
    first.show("export/readers.csv", readers, held, lambda s: [s.sid])
    inbox.undetermined.append((first.id, "export/readers.csv", "Borrows"))
    page = "https://read.storyloom.example/library"
    first.file("tracking/library.har", har(page, [Request(calendar.moment(91, 15), page, mime="text/html")]))
    second = inbox.deliver(ID, 25)
    fields: list[Column[Student]] = [
        Column("student_id", "student_id.local", lambda s: s.sid),
        Column("student_name", "student_name", lambda s: f"{s.called} {s.family}"),
        Column("student_email", "student_contact.email", lambda s: s.email),
        Column("grade_level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
    ]
    names = [column.header for column in fields]
    second.file("export/readers.jsonl", jsonl_bytes(dict(zip(names, row, strict=True)) for row in rows_of(fields, held)))
    second.show("export/readers.jsonl", fields, held, lambda s: [s.sid])
