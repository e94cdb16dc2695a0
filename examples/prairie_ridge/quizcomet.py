"""QuizComet: an orderly export, and pages that tell others.

Captures (its own and the district's) show a student's e-mail in clear and hashed going to an advertiser, a username in base64 to an
analytics host, together with the visitor id that QuizComet's own cookie holds, a student id in the referer to a font host; and,
allowed, an e-mail to a listed subprocessor. A replay of one file and a file of scores with a few ids that nobody can place belong
here too.
"""

from __future__ import annotations

import base64
import hashlib
import random
from datetime import date

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.captures import Request, cookies_txt, har, storage_state
from examples.prairie_ridge.inbox import Column, Delivery, Inbox, table, tracker, trackers_of
from examples.prairie_ridge.people import People, Student, grade_code
from examples.prairie_ridge.register import Agreement, Entry, Listed, Party, Register

ID = "quizcomet"
MAILER = "postfinch"
APP = "app.quizcomet.example"
PAGE = f"https://{APP}/quiz"
ADVERTISER, ANALYTICS, FONTS = (f"third_party:{host}" for host in ("adnova.example", "clickgauge.example", "fontnest.example"))
ELEMENTS = (
    "student_name",
    "student_id.local",
    "student_id.username",
    "student_id.provider",
    "student_contact.email",
    "enrollment.grade_level",
    "assessment.score",
)


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox, district: Delivery) -> list[Student]:
    """Add the party, its deliveries and the district's captures of its page; returns the students of its export."""
    register.parties.append(_party(calendar))
    register.advertising_hosts.append("adnova.example")
    held = people.pick(rng, 0.4)
    players = _export(rng, inbox, held)
    watched = rng.sample(held, 5)
    _own_captures(calendar, rng, inbox, watched[:3])
    _replay(inbox, held, players, rng)
    for nth, student in enumerate(watched[3:]):
        path = f"tracking/quiz-page-{nth + 1}.har"
        days = 30 + nth
        # the second is caught on an evening that is already the next day in UTC
        at = [calendar.moment(days, minute) if nth == 0 else calendar.evening(days, minute) for minute in range(10)]
        _capture(district, path, calendar.back(days), at, student, rng)
    district.file("tracking/cookies.txt", _cookie_file(district, calendar, rng), about=[ID])
    return held


def _party(calendar: Calendar) -> Party:
    purposes = ("educational_service", "service_operation")
    agreement = Agreement(
        "NE-NDPA-QC-0318",
        calendar.back(390),
        calendar.back(-340),
        tuple(Listed(e) for e in ELEMENTS),
        consent_required=False,
        purposes=purposes,
    )
    mailer = Entry(MAILER, "PostFinch Mail", ("postfinch.example",), ("student_contact.email", "student_name"), ("service_operation",))
    return Party(
        ID,
        "QuizComet Co.",
        "vendor",
        ("quizcomet.example",),
        "Trackers: its pages send students' values to third parties.",
        "quiz-app",
        (APP,),
        (agreement,),
        (Entry("pagebarn"), mailer),
        ("qc_session",),
    )


def _export(rng: random.Random, inbox: Inbox, held: list[Student]) -> bytes:
    """Players with all their ids, and results by QuizComet's own number, three of which are nobody's."""
    delivery = inbox.deliver(ID, 110)
    drawn = rng.sample(range(300_000, 899_999), len(held) + 3)
    numbers = {student.sid: str(number) for student, number in zip(held, drawn, strict=False)}
    players = _players(numbers)
    content = table(players, held)
    delivery.file("export/players.csv", content)
    delivery.show("export/players.csv", players, held, lambda s: [s.sid])
    results = [(numbers[s.sid], str(rng.randrange(20, 100)), s.sid) for s in held]
    lost: list[tuple[str, str, str | None]] = [(str(number), str(rng.randrange(20, 100)), None) for number in drawn[-3:]]
    rows = [*results, *lost]
    rng.shuffle(rows)
    columns: list[Column[tuple[str, str, str | None]]] = [
        Column("Provider ID", "student_id.provider", lambda row: row[0]),
        Column("Assessment Score", "assessment.score", lambda row: row[1]),
    ]
    delivery.file("export/results.csv", table(columns, rows))
    delivery.show("export/results.csv", columns, rows, lambda row: [row[2]])
    return content


def _players(numbers: dict[str, str]) -> list[Column[Student]]:
    return [
        Column("Username", "student_id.username", lambda s: s.username),
        Column("First Name", "student_name", lambda s: s.called),
        Column("Last Name", "student_name", lambda s: s.family),
        Column("Student ID", "student_id.local", lambda s: s.sid),
        Column("Email", "student_contact.email", lambda s: s.email),
        Column("Grade Level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
        Column("Provider ID", "student_id.provider", lambda s: numbers[s.sid]),
    ]


def _replay(inbox: Inbox, held: list[Student], players: bytes, rng: random.Random) -> None:
    """The same players file again, months later, and the list it sent to its mailer."""
    delivery = inbox.deliver(ID, 45)
    delivery.file("export/players.csv", players, status="duplicate")
    numbers = {student.sid: "shown" for student in held}
    delivery.show("export/players.csv", _players(numbers), held, lambda s: [s.sid])
    recipients = sorted(rng.sample(held, max(5, len(held) // 6)), key=lambda s: s.email)
    mailing: list[Column[Student]] = [
        Column("Student Email", "student_contact.email", lambda s: s.email),
        Column("First Name", "student_name", lambda s: s.called),
        Column("Last Name", "student_name", lambda s: s.family),
    ]
    path = f"sent/{MAILER}/mailing.csv"
    delivery.file(path, table(mailing, recipients), about=[ID, MAILER])
    delivery.show(path, mailing, recipients, lambda s: [s.sid], givers=[ID], receiver=MAILER)


def _own_captures(calendar: Calendar, rng: random.Random, inbox: Inbox, watched: list[Student]) -> None:
    """A capture a student, from the day before the delivery, and one student's browser storage."""
    delivery = inbox.deliver(ID, 60)
    for nth, student in enumerate(watched):
        at = [calendar.moment(61, 40 * nth + minute) for minute in range(10)]
        _capture(delivery, f"tracking/session-{nth + 1}.har", calendar.back(61), at, student, rng)
    path = "tracking/storage.json"
    uid = base64.b64encode(watched[0].email.encode()).decode()
    until = calendar.back(-400)
    state = storage_state(
        [
            (APP, "qc_session", _token(rng), None),
            (APP, "qc_uid", uid, until),
            ("pixel.adnova.example", "anid", _token(rng), until),
        ],
        {f"https://{APP}": {"qc_profile": watched[0].email, "qc_theme": "dark"}},
    )
    delivery.file(path, state)
    trackers_of(
        delivery,
        path,
        ID,
        [
            tracker(APP, "qc_session"),
            tracker(APP, "qc_uid", persistent=True, contains_pii=True),
            tracker("pixel.adnova.example", "anid", third_party=True, persistent=True),
            tracker(APP, "qc_profile", storage="local_storage", persistent=True, contains_pii=True),
            tracker(APP, "qc_theme", storage="local_storage", persistent=True),
        ],
    )


def _capture(delivery: Delivery, path: str, day: date, at: list[str], student: Student, rng: random.Random) -> None:
    """One signed-in visit: what goes home, and what goes elsewhere."""
    results = (("student_id", student.sid),)
    coded = base64.b64encode(student.username.encode()).decode()
    hashed = hashlib.sha256(student.email.encode()).hexdigest()
    expires = delivery.inbox.calendar.back(-370).isoformat()
    visitor = _token(rng)
    results_page = Request(at[3], f"https://{APP}/results", results, mime="text/html")
    requests = [
        Request(at[0], PAGE, mime="text/html", sets=(("qc_session", _token(rng), None), ("qc_vid", visitor, expires))),
        Request(at[1], f"https://{APP}/api/session", (("username", student.username),)),
        Request(at[2], f"https://{APP}/api/profile", body={"email": student.email}),
        results_page,
        Request(at[4], "https://pixel.adnova.example/p.gif", mime="image/gif", sets=(("anid", _token(rng), expires),)),
        Request(at[5], "https://pixel.adnova.example/collect", (("email", student.email),), mime="image/gif"),
        Request(at[6], "https://pixel.adnova.example/match", (("em", hashed),), mime="image/gif"),
        Request(at[7], "https://stats.clickgauge.example/c", (("u", coded), ("vid", visitor)), mime="image/gif"),
        Request(at[8], "https://cdn.fontnest.example/karla.woff2", referer=results_page.full_url, mime="font/woff2"),
        Request(at[9], "https://api.postfinch.example/v1/messages", body={"to": student.email}),
    ]
    delivery.file(path, har(PAGE, requests), about=[ID])
    for element in ("student_id.username", "student_contact.email", "student_id.local"):
        delivery.saw(element, student.sid, path, receiver=ID, seen_on=day)
    sent = {
        ADVERTISER: "student_contact.email",
        ANALYTICS: "student_id.username",
        FONTS: "student_id.local",
        MAILER: "student_contact.email",
    }
    for receiver, element in sent.items():
        delivery.saw(element, student.sid, path, giver=ID, receiver=receiver, seen_on=day)
    trackers_of(
        delivery,
        path,
        ID,
        [
            tracker(APP, "qc_session"),
            tracker(APP, "qc_vid", persistent=True),
            tracker("pixel.adnova.example", "anid", third_party=True, persistent=True),
        ],
    )
    delivery.inbox.followed.add(ID)


def _cookie_file(district: Delivery, calendar: Calendar, rng: random.Random) -> bytes:
    trackers_of(district, "tracking/cookies.txt", ID, [tracker(APP, "qc_session"), tracker(APP, "qc_vid", persistent=True)])
    return cookies_txt([(APP, "qc_session", _token(rng), None), (APP, "qc_vid", _token(rng), calendar.back(-200))])


def _token(rng: random.Random) -> str:
    """A random value that belongs to nobody."""
    return f"{rng.getrandbits(96):024x}"
