"""GradeGrove: weak accounts and weak encryption.

What it holds is allowed. Its accounts are shared, generic and left behind, its host speaks an old protocol with a short key, its
certificate has run out, its disks are encrypted below 256 bits, and its page keeps a cookie for a year.
"""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.captures import Request, har
from examples.prairie_ridge.formats import csv_bytes, parquet_bytes, yaml_bytes
from examples.prairie_ridge.inbox import Column, Delivery, Inbox, rows_of, tracker, trackers_of
from examples.prairie_ridge.people import People, Student
from examples.prairie_ridge.register import Agreement, Listed, Party, Register

ID = "gradegrove"
HOST = "my.gradegrove.example"
ELEMENTS = ("student_name", "student_id.local", "student_contact.email", "transcript.grade", "attendance")
ACCOUNTS = ("username", "person_id", "display_name", "role", "status", "auth_type", "created_at", "last_login")
SCAN = ("host", "port", "protocol", "cipher", "key_bits", "checked_at")


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox) -> None:
    """Add the party and its one delivery of many kinds."""
    agreement = Agreement(
        "NE-NDPA-GG-0198", calendar.back(480), calendar.back(-250), tuple(Listed(element) for element in ELEMENTS), consent_required=False
    )
    register.parties.append(
        Party(
            ID,
            "GradeGrove",
            "vendor",
            ("gradegrove.example",),
            "Weak accounts and encryption; a cookie that outlives the session.",
            "grove-app",
            (HOST,),
            (agreement,),
            login_cookies=("gg_login",),
        )
    )
    held = people.pick(rng, 0.25)
    delivery = inbox.deliver(ID, 85)
    _gradebook(rng, delivery, held)
    _helpdesk(rng, delivery, rng.sample(held, 6))
    delivery.file("accounts/accounts.csv", csv_bytes(ACCOUNTS, _accounts(people, calendar, held)))
    scanned = calendar.moment(86, 40)
    offers = [
        (HOST, "443", "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "128", scanned),
        (HOST, "8443", "TLSv1.0", "AES128-SHA", "128", scanned),
    ]
    delivery.file("encryption/tls-scan.csv", csv_bytes(SCAN, offers))
    disks = {
        "system": "grove-app",
        "cipher": "AES-128-XTS",
        "key_bits": 128,
        "attested_by": "L. Brandvold",
        "attested_on": calendar.back(90),
    }
    delivery.file("encryption/at-rest.yaml", yaml_bytes(disks))
    delivery.file("encryption/my.pem", _certificate(calendar))
    _visit(calendar, rng, delivery)


def _gradebook(rng: random.Random, delivery: Delivery, held: list[Student]) -> None:
    marks = {student.sid: (rng.choice(("A", "B", "C", "D", "F")), str(rng.randrange(1, 30))) for student in held}
    columns: list[Column[Student]] = [
        Column("student_id", "student_id.local", lambda s: s.sid),
        Column("student_name", "student_name", lambda s: f"{s.family}, {s.called}"),
        Column("final_grade", "transcript.grade", lambda s: marks[s.sid][0]),
        Column("days_absent", "attendance", lambda s: marks[s.sid][1]),
    ]
    texts = dict(zip((column.header for column in columns), zip(*rows_of(columns, held), strict=True), strict=True))
    path = "export/gradebook.parquet"
    delivery.file(path, parquet_bytes(texts | {"days_absent": [int(text) for text in texts["days_absent"]]}))
    delivery.show(path, columns, held, lambda s: [s.sid])


def _helpdesk(rng: random.Random, delivery: Delivery, asked: list[Student]) -> None:
    """Plain text, a line a ticket."""
    lines = [f"Ticket {rng.randrange(1000, 9999)}: a new password was sent to {student.email} and the ticket closed." for student in asked]
    lines.insert(3, "Ticket 0: the printer in the office is out of toner.")
    delivery.file("export/helpdesk.txt", ("\n".join(lines) + "\n").encode())
    for student in asked:
        delivery.saw("student_contact.email", student.sid, "export/helpdesk.txt")


def _accounts(people: People, calendar: Calendar, held: list[Student]) -> list[tuple[str, ...]]:
    """The ordinary ones, one twice in other letters, one for three teachers, generic ones, and those of people who left."""
    since, seen = calendar.moment(400, 0), calendar.moment(88, 30)
    rows: list[tuple[str, ...]] = [(s.username, s.sid, s.name, "student", "active", "password", since, seen) for s in held]
    rows += [(s.username, s.sid, s.name, "student", "active", "password", since, calendar.moment(300, 5)) for s in people.gone[:2]]
    teachers = [person for person in people.staff if person.role == "teacher"]
    rows += [(p.username, p.sid, p.name, "teacher", "active", "sso", since, seen) for p in teachers[:8]]
    twice = teachers[0]
    rows.append((f" {twice.username.upper()}", twice.sid, twice.name, "teacher", "active", "password", since, seen))
    rows += [("grade5team", p.sid, "Grade 5 Team", "teacher", "active", "password", since, seen) for p in teachers[1:4]]
    rows += [(name, "", name.title(), "admin", "active", "password", since, seen) for name in ("admin", "teacher1", "test")]
    return rows


def _certificate(calendar: Calendar) -> bytes:
    """A certificate that ran out; an Ed25519 key from fixed bytes signs the same way every time."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"the key of a host that does not exist").digest())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    ends = datetime.combine(calendar.back(100), datetime.min.time(), UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(20_260_101)
    builder = builder.not_valid_before(ends - timedelta(days=390)).not_valid_after(ends)
    certificate = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False).sign(key, None)
    return certificate.public_bytes(Encoding.PEM)


def _visit(calendar: Calendar, rng: random.Random, delivery: Delivery) -> None:
    """A session cookie, a log-in cookie that may stay, and a device id that may not."""
    page = f"https://{HOST}/grades"
    until = calendar.back(-280).isoformat()
    values = [f"{rng.getrandbits(96):024x}" for _ in range(3)]
    sets = (("gg_session", values[0], None), ("gg_login", values[1], until), ("gg_device", values[2], until))
    delivery.file("tracking/grades.har", har(page, [Request(calendar.moment(86, 12), page, mime="text/html", sets=sets)]))
    items = [tracker(HOST, "gg_session"), tracker(HOST, "gg_login", persistent=True), tracker(HOST, "gg_device", persistent=True)]
    trackers_of(delivery, "tracking/grades.har", ID, items)
