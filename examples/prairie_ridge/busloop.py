"""BusLoop, RouteWise and TileFox: onward to a subprocessor, and from there.

BusLoop may use RouteWise, RouteWise may use TileFox, each for fewer elements. RouteWise also pushes rides to a company that nobody
listed. RouteWise has a vendor file without an agreement, TileFox is known from RouteWise's list alone.
"""

from __future__ import annotations

import random

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.formats import jsonl_bytes
from examples.prairie_ridge.inbox import Column, Delivery, Inbox, rows_of, table
from examples.prairie_ridge.people import People, Student
from examples.prairie_ridge.register import Agreement, Entry, Listed, Party, Register
from examples.prairie_ridge.visits import quiet_visit

ID = "busloop"
ROUTER = "routewise"
MAPPER = "tilefox"
PUSHER = "geopush.example"
ELEMENTS = ("student_name", "student_id.local", "student_contact.address", "transportation")


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox, district: Delivery) -> None:
    """Add the parties, the chain of deliveries, and the district's look at TileFox's page."""
    register.parties += _parties(calendar)
    riders = people.pick(rng, 0.25)
    stops = {student.address: f"Stop {rng.randrange(10, 80)}" for student in riders}
    number = Column[Student]("Student ID", "student_id.local", lambda s: s.sid)
    stop = Column[Student]("Bus Stop", "transportation", lambda s: stops[s.address])
    home = Column[Student]("Home Address", "student_contact.address", lambda s: s.address)
    names: list[Column[Student]] = [
        Column("First Name", "student_name", lambda s: s.given),
        Column("Last Name", "student_name", lambda s: s.family),
    ]
    export = inbox.deliver(ID, 120)
    export.file("export/riders.csv", table([number, *names, home, stop], riders))
    export.show("export/riders.csv", [number, *names, home, stop], riders, lambda s: [s.sid])

    sent = inbox.deliver(ID, 44)
    path = f"sent/{ROUTER}/stops.csv"
    sent.file(path, table([number, home, stop], riders), about=[ID, ROUTER])
    sent.show(path, [number, home, stop], riders, lambda s: [s.sid], givers=[ID], receiver=ROUTER)

    onward = inbox.deliver(ROUTER, 38)
    routed = [student for student in riders if student in riders[: max(8, len(riders) // 2)]]
    header = ("student_id", "bus_stop")
    rows = (dict(zip(header, row, strict=True)) for row in rows_of([number, stop], routed))
    onward.file("export/routes.jsonl", jsonl_bytes(rows))
    onward.show("export/routes.jsonl", [number, stop], routed, lambda s: [s.sid], givers=[ID])
    path = f"sent/{MAPPER}/points.csv"
    onward.file(path, table([number, home], routed), about=[ROUTER, MAPPER])
    onward.show(path, [number, home], routed, lambda s: [s.sid], givers=[ROUTER], receiver=MAPPER)
    path = f"sent/{PUSHER}/rides.tsv"
    pushed = routed[:5]
    onward.file(path, table([number, stop], pushed, delimiter="\t"))
    onward.show(path, [number, stop], pushed, lambda s: [s.sid], givers=[ROUTER], receiver=f"third_party:{PUSHER}")
    quiet_visit(district, f"tracking/{MAPPER}.har", "https://www.tilefox.example/", 21, about=MAPPER)


def _parties(calendar: Calendar) -> list[Party]:
    agreement = Agreement(
        "NE-NDPA-BL-0155", calendar.back(420), calendar.back(-310), tuple(Listed(element) for element in ELEMENTS), consent_required=False
    )
    router = Entry(ROUTER, elements=("student_id.local", "student_contact.address", "transportation"), purposes=("educational_service",))
    mapper = Entry(MAPPER, "TileFox Maps", ("tilefox.example",), ("student_id.local", "student_contact.address"), ("educational_service",))
    return [
        Party(
            ID,
            "BusLoop Transit Software",
            "vendor",
            ("busloop.example",),
            "Onward: its subprocessor sends on what it gets, allowed and not.",
            "loop-board",
            ("board.busloop.example",),
            (agreement,),
            (router,),
        ),
        Party(
            ROUTER,
            "RouteWise Optimizers",
            "subprocessor",
            ("routewise.example",),
            "A subprocessor with a subprocessor of its own, and with a receiver that nobody listed.",
            "route-engine",
            ("api.routewise.example",),
            subprocessors=(mapper,),
        ),
    ]
