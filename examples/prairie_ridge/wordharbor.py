"""WordHarbor: evidence that the district gathered itself. Inkwell Notes: no evidence at all.

WordHarbor delivers nothing. The district kept what it uploaded, its gateway's log, a visit, the browser's cookies and a TLS scan; a
log-in cookie holds the student's own username, which is allowed.
"""

from __future__ import annotations

import random

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.captures import Request, cookies_txt, har
from examples.prairie_ridge.formats import json_bytes, jsonl_bytes
from examples.prairie_ridge.inbox import Column, Delivery, Inbox, table, tracker, trackers_of
from examples.prairie_ridge.people import People, Student, grade_code
from examples.prairie_ridge.register import Agreement, Consent, Listed, Party, Register

ID = "wordharbor"
HOST = "read.wordharbor.example"
ELEMENTS = ("student_name", "student_id.local", "student_id.username", "enrollment.grade_level")
SILENT = "inkwell-notes"


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox, district: Delivery) -> None:
    """Add both parties, and what the district has of one of them."""
    register.parties += [_party(calendar), _silent(calendar)]
    uploaded = people.pick(rng, 0.2)
    columns: list[Column[Student]] = [
        Column("Student ID", "student_id.local", lambda s: s.sid),
        Column("Username", "student_id.username", lambda s: s.username),
        Column("First Name", "student_name", lambda s: s.called),
        Column("Last Name", "student_name", lambda s: s.family),
        Column("Grade Level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
    ]
    first = inbox.deliver("district", 82)
    path = f"sent/{ID}/upload.csv"
    first.file(path, table(columns, uploaded), about=[ID])
    first.show(path, columns, uploaded, lambda s: [s.sid], receiver=ID)
    _gateway(calendar, district, rng.sample(uploaded, 7))
    _visit(calendar, rng, district, rng.choice(uploaded))
    scan = [{"host": HOST, "port": 443, "protocol": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "key_bits": 256}]
    district.file("encryption/tls-scan.json", json_bytes([row | {"checked_at": calendar.moment(21, 60)} for row in scan]), about=[ID])
    for student in people.pick(rng, 0.05):
        by, relation = people.signer(student, calendar.back(90))
        register.consents.append(Consent(student.sid, SILENT, ("student_name",), by, relation, "signed_form", calendar.back(90)))


def _party(calendar: Calendar) -> Party:
    agreement = Agreement(
        "NE-NDPA-WH-0222", calendar.back(400), calendar.back(-330), tuple(Listed(element) for element in ELEMENTS), consent_required=False
    )
    return Party(
        ID,
        "WordHarbor",
        "vendor",
        ("wordharbor.example",),
        "Seen by the district only: it delivers nothing itself.",
        "harbor-reader",
        (HOST,),
        (agreement,),
        login_cookies=("wh_user",),
    )


def _silent(calendar: Calendar) -> Party:
    agreement = Agreement("NE-NDPA-IN-0305", calendar.back(180), calendar.back(-550), (Listed("student_name"),), consent_required=True)
    return Party(
        SILENT,
        "Inkwell Notes",
        "vendor",
        ("inkwellnotes.example",),
        "No evidence: nothing was delivered, nothing was gathered.",
        "ink-pad",
        ("pad.inkwellnotes.example",),
        (agreement,),
    )


def _gateway(calendar: Calendar, district: Delivery, passed: list[Student]) -> None:
    """What the district's own gateway saw on its way to the party."""
    path = f"log/{ID}/gateway.jsonl"
    lines = [
        {"time": calendar.moment(22, 11 * nth), "method": "GET", "url": f"https://{HOST}/sso?username={student.username}", "status": 302}
        for nth, student in enumerate(passed)
    ]
    district.file(path, jsonl_bytes(lines), about=[ID])
    for student in passed:
        district.saw("student_id.username", student.sid, path, receiver=ID, seen_on=calendar.back(22))


def _visit(calendar: Calendar, rng: random.Random, district: Delivery, student: Student) -> None:
    """A visit of one student, and the cookies that were left in the browser."""
    page, path = f"https://{HOST}/shelf", "tracking/wordharbor.har"
    session, until = f"{rng.getrandbits(96):024x}", calendar.back(-90)
    sets = (("wh_session", session, None), ("wh_user", student.username, until.isoformat()))
    requests = [
        Request(calendar.moment(21, 30), page, mime="text/html", sets=sets),
        Request(calendar.moment(21, 31), f"https://{HOST}/api/me", (("username", student.username),)),
    ]
    district.file(path, har(page, requests), about=[ID])
    district.saw("student_id.username", student.sid, path, receiver=ID, seen_on=calendar.back(21))
    items = [tracker(HOST, "wh_session"), tracker(HOST, "wh_user", persistent=True, own_username=True)]
    trackers_of(district, path, ID, items)
    path = "tracking/wordharbor/cookies.txt"
    cookies = [(HOST, "wh_session", session, None), (HOST, "wh_user", student.username, until)]
    district.file(path, cookies_txt(cookies), about=[ID])
    trackers_of(district, path, ID, items)
