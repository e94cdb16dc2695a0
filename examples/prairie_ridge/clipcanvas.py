"""ClipCanvas: leaky logs.

Its schedule of data knows no e-mail address, yet its web server's log has them in query strings and referers; its application logs
children's names, and reports each published drawing to a third party by the child's id.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.formats import gz_bytes, jsonl_bytes, xlsx_bytes
from examples.prairie_ridge.inbox import Column, Delivery, Inbox, rows_of
from examples.prairie_ridge.people import People, Student
from examples.prairie_ridge.register import Agreement, Listed, Party, Register

ID = "clipcanvas"
APP = "app.clipcanvas.example"
ELEMENTS = ("student_name", "student_id.local", "student_id.username")
WEBHOOKS = "third_party:chirpwire.example"
AGENT = "Mozilla/5.0 (X11; CrOS x86_64) ClipView/3.2"
NAMED = 6
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox) -> None:
    """Add the party, its export and, months later, its logs."""
    agreement = Agreement(
        "NE-NDPA-CV-0280", calendar.back(365), calendar.back(-365), tuple(Listed(element) for element in ELEMENTS), consent_required=False
    )
    register.parties.append(
        Party(
            ID,
            "ClipCanvas",
            "vendor",
            ("clipcanvas.example",),
            "Leaky logs: e-mails in addresses, names in messages, ids to a third party.",
            "canvas",
            (APP,),
            (agreement,),
        )
    )
    held = people.pick(rng, 0.2)
    makers: list[Column[Student]] = [
        Column("Username", "student_id.username", lambda s: s.username),
        Column("Student ID", "student_id.local", lambda s: s.sid),
        Column("First Name", "student_name", lambda s: s.given),
        Column("Last Name", "student_name", lambda s: s.family),
    ]
    export = inbox.deliver(ID, 180)
    export.file("export/makers.xlsx", xlsx_bytes({"Makers": [[column.header for column in makers], *rows_of(makers, held)]}))
    export.show("export/makers.xlsx", makers, held, lambda s: [s.sid])
    delivery = inbox.deliver(ID, 48)
    _web_server(calendar, rng, delivery, rng.sample(held, 8))
    _application(calendar, rng, delivery, _unmistakable(people, rng.sample(held, len(held))), rng.sample(held, 3))


def _unmistakable(people: People, held: list[Student]) -> list[Student]:
    """The first few whose name is nobody else's and no part of anybody else's."""
    names = Counter(name for s in people.students for name in {s.name, f"{s.called} {s.family}"})
    names.update([*(guardian.name for guardian in people.guardians), *(person.name for person in people.staff)])
    alone = (s for s in held if names[s.name] == 1 and not any(s.name != name and (s.name in name or name in s.name) for name in names))
    return list(itertools.islice(alone, NAMED))


def _web_server(calendar: Calendar, rng: random.Random, delivery: Delivery, seen: list[Student]) -> None:
    """Combined log lines: an address in the query of the request, one in the referer, and requests that show nobody."""
    lines = []
    for nth, student in enumerate(seen):
        address = quote(student.email, safe="")
        request, referer = (
            (f"/invite?email={address}&via=link", f"https://{APP}/gallery")
            if nth % 2
            else ("/assets/canvas.css", f"https://{APP}/profile?user_email={address}")
        )
        lines.append((calendar.moment(49, 9 * nth), request, referer))
        day = calendar.back(49)
        delivery.saw("student_contact.email", student.sid, "log/access.log.gz", seen_on=day)
        for element in ("application.ip", "application.usage"):  # the address and the browser, which every line has
            delivery.saw(element, student.sid, "log/access.log.gz", seen_on=day, operation=True)
    lines += [(calendar.moment(49, 200 + nth), f"/gallery?page={nth}", "-") for nth in range(20)]
    text = "".join(f"{_address(rng)} - - [{_clf(at)}] {_quoted(request, referer, rng)}\n" for at, request, referer in lines)
    delivery.file("log/access.log.gz", gz_bytes(text.encode()), members=["access.log"])


def _address(rng: random.Random) -> str:
    return f"203.0.113.{rng.randrange(1, 255)}"


def _quoted(request: str, referer: str, rng: random.Random) -> str:
    return f'"GET {request} HTTP/1.1" 200 {rng.randrange(300, 9000)} "{referer}" "{AGENT}"'


def _clf(at: str) -> str:
    """An instant as web servers write it, in UTC."""
    moment = datetime.fromisoformat(at)
    return f"{moment.day:02d}/{MONTHS[moment.month - 1]}/{moment.year}:{moment:%H:%M:%S} +0000"


def _application(
    calendar: Calendar, rng: random.Random, delivery: Delivery, named: Iterable[Student], published: Iterable[Student]
) -> None:
    """JSON lines: names in messages, sometimes with the username, and one line for each id that goes out."""
    path, day = "log/app.jsonl", calendar.back(50)
    records: list[dict[str, Any]] = []
    for nth, student in enumerate(named):
        login = f" ({student.username})" if nth % 2 else ""
        records.append({"level": "info", "message": f"Saved a drawing for {student.name}{login}"})
        delivery.saw("student_name", student.sid, path, seen_on=day)
        if login:
            delivery.saw("student_id.username", student.sid, path, seen_on=day)
    for student in published:
        url = f"https://hooks.chirpwire.example/v1/published?student_id={student.sid}"
        records.append({"level": "info", "message": "webhook delivered", "method": "POST", "url": url, "status": 202})
        delivery.saw("student_id.local", student.sid, path, seen_on=day)
        delivery.saw("student_id.local", student.sid, path, giver=ID, receiver=WEBHOOKS, seen_on=day)
    records += [{"level": "debug", "message": "cache warmed", "entries": rng.randrange(10, 99)} for _ in range(6)]
    rng.shuffle(records)
    delivery.file(path, jsonl_bytes({"time": calendar.moment(50, 3 * nth)} | record for nth, record in enumerate(records)))
