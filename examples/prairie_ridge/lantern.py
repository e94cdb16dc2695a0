"""Lantern Literacy: nothing to find.

Two exports, months apart, with different layouts; a second file knows students by Lantern's own id alone, some of them in a delivery
before the one that says whose id it is. Consent is required, was asked in time and covers everything held.
"""

from __future__ import annotations

import hashlib
import random
from datetime import timedelta

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.captures import Request, har
from examples.prairie_ridge.formats import csv_bytes
from examples.prairie_ridge.inbox import Column, Inbox, table, tracker, trackers_of
from examples.prairie_ridge.names import SCHOOLS
from examples.prairie_ridge.people import People, Student, grade_code
from examples.prairie_ridge.register import Agreement, Consent, Listed, Party, Register

ID = "lantern-literacy"
ELEMENTS = (
    "student_name",
    "student_id.local",
    "student_id.state",
    "student_id.provider",
    "student_contact.email",
    "enrollment.school",
    "enrollment.grade_level",
    "enrollment.counselor",
    "schedule.teacher",
    "assessment.score",
)
LETTER = """Lantern Literacy, Inc. {what}
Effective {day}

We keep what the agreement lists, for as long as it is in force, and use it to teach reading. We do not sell it.
When the agreement ends, we return it and destroy every copy within sixty days.
"""
SCHOOL_NAMES = {key: name for key, name, _ in SCHOOLS}


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox) -> None:
    """Add the party, its consents and its deliveries."""
    register.parties.append(_party(calendar))
    must = (*people.namesakes, *people.of_age, people.shared_with_teacher)
    held = people.pick(rng, 0.5, must)
    newcomers = set(rng.sample([student.sid for student in held], max(3, len(held) // 12)))
    leavers = set(rng.sample([student.sid for student in held if student.sid not in newcomers], max(2, len(held) // 15)))
    numbers = dict(zip((s.sid for s in held), rng.sample(range(100_000, 999_999), len(held)), strict=True))
    _consents(people, calendar, rng, register, held)
    first = [student for student in held if student.sid not in newcomers]
    early = [student for student in held if student.sid in newcomers][:3]
    second = [student for student in held if student.sid not in leavers]
    _first(people, calendar, rng, inbox, first, early, numbers)
    documents = _second(people, calendar, rng, inbox, second, [student for student in held if student.sid in leavers], numbers)
    register.documents += [
        (ID, kind, hashlib.sha256(content).hexdigest(), calendar.back(33).isoformat(), "Records officer") for kind, content in documents
    ]


def _party(calendar: Calendar) -> Party:
    agreement = Agreement(
        "NE-NDPA-LL-0107", calendar.back(520), calendar.back(-575), tuple(Listed(e) for e in ELEMENTS), consent_required=True
    )
    return Party(
        ID,
        "Lantern Literacy, Inc.",
        "vendor",
        ("lanternliteracy.example",),
        "Clean: authorized elements only, consent before the first collection.",
        "lantern-reader",
        ("app.lanternliteracy.example",),
        (agreement,),
        login_cookies=("ll_session",),
    )


def _consents(people: People, calendar: Calendar, rng: random.Random, register: Register, held: list[Student]) -> None:
    """One consent a student, given before the first delivery; one student's comes in two halves, some rows use the state id."""
    for nth, student in enumerate(held):
        day = calendar.back(rng.randrange(165, 200))
        by, relation = people.signer(student, day)
        method = ("signed_form", "electronic_signature", "in_person")[nth % 3]
        written = student.state_id if nth % 25 == 7 else student.sid
        halves = (ELEMENTS[:4], ELEMENTS[4:]) if nth == 3 else (ELEMENTS,)
        for part, elements in enumerate(halves):
            register.consents.append(Consent(student.sid, ID, elements, by, relation, method, day + timedelta(days=part), None, written))


def _first(
    people: People, calendar: Calendar, rng: random.Random, inbox: Inbox, held: list[Student], early: list[Student], numbers: dict[str, int]
) -> None:
    """The first export, as of the day before it came, and a page of its own that shows no student."""
    delivery = inbox.deliver(
        ID, 150, as_of=calendar.back(151), period_start=calendar.back(240), period_end=calendar.back(151), systems=["lantern-reader"]
    )
    readers: list[Column[Student]] = [
        Column("Student ID", "student_id.local", lambda s: s.sid),
        Column("State ID", "student_id.state", lambda s: s.state_id),
        Column("First Name", "student_name", lambda s: s.given),
        Column("Preferred Name", "student_name", lambda s: s.preferred),
        Column("Last Name", "student_name", lambda s: s.family),
        Column("Student Email", "student_contact.email", lambda s: s.email),
        Column("School", "enrollment.school", lambda s: SCHOOL_NAMES[s.school]),
        Column("Grade Level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
        Column("Teacher", "schedule.teacher", lambda s: people.teacher(s).name),
        Column("Provider ID", "student_id.provider", lambda s: f"LL{numbers[s.sid]}"),
    ]
    delivery.file("export/readers.csv", table(readers, held))
    delivery.show("export/readers.csv", readers, held, lambda s: [s.sid])
    scored = [*held, *early]
    rng.shuffle(scored)
    scores = _scores(rng, scored, numbers, "Provider ID", "Assessment Score")
    delivery.file("export/scores.csv", table(scores, scored))
    delivery.show("export/scores.csv", scores, scored, lambda s: [s.sid])
    page = "https://app.lanternliteracy.example/shelf"
    requests = [
        Request(calendar.moment(151, 10), page, mime="text/html", sets=(("ll_session", f"{rng.getrandbits(96):024x}", None),)),
        Request(calendar.moment(151, 10), "https://app.lanternliteracy.example/assets/shelf.js", mime="text/javascript"),
        Request(calendar.moment(151, 11), "https://cdn.fontnest.example/lora.woff2", mime="font/woff2"),
    ]
    delivery.file("tracking/shelf.har", har(page, requests))
    trackers_of(delivery, "tracking/shelf.har", ID, [tracker("app.lanternliteracy.example", "ll_session")])


def _second(
    people: People,
    calendar: Calendar,
    rng: random.Random,
    inbox: Inbox,
    held: list[Student],
    leavers: list[Student],
    numbers: dict[str, int],
) -> list[tuple[str, bytes]]:
    """The second export: tab-separated, other headers, another order; old readers appear by Lantern's id only.

    With an aggregate that keeps its small cells to itself, and with two documents, which are returned for the district's approval.
    """
    delivery = inbox.deliver(ID, 40)
    readers: list[Column[Student]] = [
        Column("provider_id", "student_id.provider", lambda s: f"LL{numbers[s.sid]}"),
        Column("teacher_name", "schedule.teacher", lambda s: people.teacher(s).name),
        Column("counselor_name", "enrollment.counselor", lambda s: people.counselor(s).name),
        Column("grade_level", "enrollment.grade_level", lambda s: "K" if s.grade == 0 else str(s.grade)),
        Column("student_name", "student_name", lambda s: f"{s.family}, {s.called}"),
        Column("school_name", "enrollment.school", lambda s: SCHOOL_NAMES[s.school]),
        Column("student_email", "student_contact.email", lambda s: s.email),
        Column("local_student_id", "student_id.local", lambda s: s.sid),
    ]
    delivery.file("export/roster_sync.tsv", table(readers, held, delimiter="\t", bom=True, newline="\r\n"))
    delivery.show("export/roster_sync.tsv", readers, held, lambda s: [s.sid])
    scores = _scores(rng, leavers, numbers, "provider_id", "assessment_score")
    delivery.file("export/closed_accounts.csv", table(scores, leavers))
    delivery.show("export/closed_accounts.csv", scores, leavers, lambda s: [s.sid])
    delivery.file("aggregate/growth.csv", csv_bytes(("School", "Term", "Readers"), _growth(rng)))
    policy = LETTER.format(what="privacy policy", day=calendar.back(70)).encode()
    delivery.file("documents/privacy-policy.txt", policy)
    retention = LETTER.format(what="retention policy", day=calendar.back(70)).encode()
    delivery.file("documents/retention-policy.txt", retention)
    return [("privacy-policy", policy), ("retention-policy", retention)]


def _growth(rng: random.Random) -> list[tuple[str, str, str]]:
    """Readers by school and term, over all customers of a school's name; small cells are suppressed and no total gives them away."""
    rows = [(school, term, str(rng.randrange(18, 240))) for school in SCHOOL_NAMES.values() for term in ("Fall", "Winter", "Spring")]
    for nth in (4, 11):
        rows[nth] = (*rows[nth][:2], "<10")
    return rows


def _scores(rng: random.Random, students: list[Student], numbers: dict[str, int], key: str, value: str) -> list[Column[Student]]:
    points = {student.sid: str(rng.randrange(180, 850)) for student in students}
    return [
        Column(key, "student_id.provider", lambda s: f"LL{numbers[s.sid]}"),
        Column(value, "assessment.score", lambda s: points[s.sid]),
    ]
