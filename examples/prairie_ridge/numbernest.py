"""NumberNest: ended and silent.

The agreement expired; the data came back, its destruction was certified with every copy named, and what was read afterwards, a log
and a browser's storage, shows nobody.
"""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.captures import storage_state
from examples.prairie_ridge.formats import csv_bytes, json_bytes, jsonl_bytes
from examples.prairie_ridge.inbox import Closure, Column, Inbox, elements_of, rows_of, table, trackers_of
from examples.prairie_ridge.people import People, Student, grade_code
from examples.prairie_ridge.register import Agreement, Listed, Party, Register
from examples.prairie_ridge.visits import quiet_visit

ID = "numbernest"
AGREEMENT = "NE-NDPA-NN-0077"
SYSTEM = "nest-web"
HOST = "play.numbernest.example"
END = 200
ELEMENTS = ("student_name", "student_id.local", "student_contact.email", "enrollment.grade_level", "assessment.score")

Result = tuple[Student, str]
PUPILS: list[Column[Student]] = [
    Column("student_id", "student_id.local", lambda s: s.sid),
    Column("first_name", "student_name", lambda s: s.called),
    Column("last_name", "student_name", lambda s: s.family),
    Column("student_email", "student_contact.email", lambda s: s.email),
    Column("grade_level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
]
RESULTS: list[Column[Result]] = [
    Column("student_id", "student_id.local", lambda row: row[0].sid),
    Column("assessment_score", "assessment.score", lambda row: row[1]),
]


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox) -> None:
    """Add the party and its six deliveries."""
    register.parties.append(_party(calendar))
    held = people.pick(rng, 0.15)
    results = [(student, str(rng.randrange(10, 100))) for student in held for _ in range(2)]
    first = inbox.deliver(ID, 330)
    pupils = [dict(zip([c.header for c in PUPILS], row, strict=True)) for row in rows_of(PUPILS, held)]
    first.file("export/pupils.json", json_bytes({"exported_on": calendar.back(330).isoformat(), "pupils": pupils}))
    first.show("export/pupils.json", PUPILS, held, lambda s: [s.sid])
    quiet_visit(first, "tracking/play.har", f"https://{HOST}/play", 331, cookie="nn_play", rng=rng)
    last = inbox.deliver(ID, END + 5)
    scores = [dict(zip([c.header for c in RESULTS], row, strict=True)) for row in rows_of(RESULTS, results)]
    last.file("export/results.json", (json.dumps(scores) + "\n").encode())
    last.show("export/results.json", RESULTS, results, lambda row: [row[0].sid])
    _return(inbox, held, results)
    inbox.deliver(ID, 170).file("destruction/certificate.json", json_bytes(_certificate(calendar, len(held) + len(results))))
    inbox.closures[ID] = Closure(
        calendar.back(190),
        frozenset(
            {(s.sid, e) for s in held for e in elements_of(PUPILS, s)}
            | {(row[0].sid, e) for row in results for e in elements_of(RESULTS, row)}
        ),
        calendar.back(175),
        calendar.back(172),
        calendar.back(170),
    )
    _afterwards(calendar, inbox)


def _party(calendar: Calendar) -> Party:
    agreement = Agreement(
        AGREEMENT, calendar.back(900), calendar.back(END), tuple(Listed(element) for element in ELEMENTS), consent_required=False
    )
    return Party(
        ID,
        "NumberNest GmbH",
        "vendor",
        ("numbernest.example",),
        "Ended and silent: returned, certified, and nobody seen since.",
        SYSTEM,
        (HOST,),
        (agreement,),
    )


def _return(inbox: Inbox, held: list[Student], results: list[Result]) -> None:
    """Everything that was held, as tables, with a manifest."""
    delivery = inbox.deliver(ID, 190)
    files = {"tables/pupils.csv": (table(PUPILS, held), len(held)), "tables/results.csv": (table(RESULTS, results), len(results))}
    for name, (content, _) in files.items():
        delivery.file(f"return/{name}", content)
    manifest = [(name, "pupil records", str(count), hashlib.sha256(content).hexdigest()) for name, (content, count) in files.items()]
    delivery.file("return/manifest.csv", csv_bytes(("path", "category", "rows", "sha256"), manifest))


def _certificate(calendar: Calendar, rows: int) -> dict[str, Any]:
    copies = [{"kind": kind, "status": "destroyed", "system": SYSTEM} for kind in ("backups", "replicas", "logs")]
    return {
        "party": ID,
        "agreement": AGREEMENT,
        "systems": [SYSTEM],
        "datasets": ["pupils", "results", *ELEMENTS],
        "rows": rows,
        "method": "Destroy (NIST SP 800-88 Rev. 2)",
        "tool": "shredder of class P-5, drive eraser 9.1",
        "verification": "Two people signed for every drive",
        "destroyed_on": calendar.back(175).isoformat(),
        "certified_on": calendar.back(172).isoformat(),
        "place": "Omaha, Nebraska",
        "person": "T. Wexelblatt",
        "title": "Data Protection Officer",
        "signature": "signed: T. Wexelblatt",
        "copies": [*copies, {"kind": "subprocessors", "status": "none"}],
    }


def _afterwards(calendar: Calendar, inbox: Inbox) -> None:
    """A log of the machine itself and the storage of a browser that visited the page: both empty of people."""
    delivery = inbox.deliver(ID, 58)
    lines = [{"time": calendar.moment(59, 7 * nth), "level": "info", "event": "health check", "status": 200} for nth in range(12)]
    delivery.file("log/health.jsonl", jsonl_bytes(lines))
    delivery.file("tracking/storage.json", storage_state([], {}))
    trackers_of(delivery, "tracking/storage.json", ID, [])
