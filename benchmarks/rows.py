"""The rows that are measured: made from a seed, with a roster to match, and with what was planted where.

Two kinds: a repetitive export, as a learning app gives one out (the same students over and over), and a web log in JSON lines. Only the
making belongs here; no scanner is imported.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

GIVEN = (
    "Amara Beatriz Callum Dalia Emeka Farah Greta Hiro Imani Jonas Katya Leif Marisol Nadia Otis Priya Quentin Rosa Soren Tomas Uma Viktor "
    "Wanda Ximena Yusuf Zora Anders Bronwyn Cedric Delphine Esteban Fiona"
).split()
FAMILY = (
    "Abernathy Baptiste Castellanos Dvorak Eriksen Faulkner Gutierrez Hathaway Ibrahim Jankowski Kowalczyk Lindgren Montoya Nakamura "
    "Oyelaran Petrov Quintana Rasmussen Sandoval Thorvald Underwood Villanueva Whitaker Xanthos Yamamoto Zielinski"
).split()
UNITS = ("Fractions 1", "Fractions 2", "Area and volume", "Reading: the sea", "Spelling list 7", "Photosynthesis", "The water cycle")
NOTES = (
    "{name} asked for more time.",
    "Talked with {name} about the last unit.",
    "{name} helped a classmate.",
    "Group work went well.",
    "Needs a quieter seat.",
    "Finished early.",
)
AGENTS = ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/120", "Mozilla/5.0 (iPad; CPU OS 17_1) Safari/605", "ReaderApp/4.2 Android")
BEGIN = datetime(2026, 9, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Student:
    number: str
    given: str
    family: str
    email: str


@dataclass(frozen=True)
class Planted:
    """A value about a student: in this row, in this field."""

    row: int
    field: str
    value: str


@dataclass(frozen=True)
class Rows:
    """`columns` as in the file; one list a row. `planted` says where a student's data stands."""

    name: str
    columns: tuple[str, ...]
    rows: list[list[str]]
    planted: list[Planted]


def students(seed: int, count: int) -> list[Student]:
    dice = random.Random(seed)
    made = []
    for number in range(count):
        given, family = dice.choice(GIVEN), "-".join(dice.sample(FAMILY, dice.choice((1, 2, 2))))  # one in six has a namesake
        local = f"{given}.{family}.{number}".lower()
        made.append(Student(f"{7_000_000 + number * 37}", given, family, f"{local}@students.bench.example"))
    return made


def export(seed: int, people: Sequence[Student], count: int) -> Rows:
    """Progress of students in units: each row about one student; one row in fifty has a note, which names the student in half."""
    dice = random.Random(seed)
    columns = ("student_id", "first_name", "last_name", "email", "grade", "unit", "score", "minutes", "completed_at", "note")
    rows, planted = [], []
    for row in range(count):
        who = dice.choice(people)
        note = dice.choice(NOTES).format(name=f"{who.given} {who.family}") if dice.random() < 0.02 else ""
        moment = (BEGIN + timedelta(minutes=dice.randrange(90 * 24 * 60))).strftime("%Y-%m-%d %H:%M")
        rows.append(
            [
                who.number,
                who.given,
                who.family,
                who.email,
                str(_grade(who)),
                dice.choice(UNITS),
                str(dice.randrange(40, 101)),
                str(dice.randrange(3, 60)),
                moment,
                note,
            ]
        )
        values = {"student_id": who.number, "first_name": who.given, "last_name": who.family, "email": who.email}
        planted += [Planted(row, field, value) for field, value in values.items()]
        if who.family in note:
            planted.append(Planted(row, "note", f"{who.given} {who.family}"))
    return Rows("export", columns, rows, planted)


def web_log(seed: int, people: Sequence[Student], count: int) -> Rows:
    """Requests, one JSON object a line; one in three names its student: by e-mail or number in the query, or by user name."""
    dice = random.Random(seed + 1)
    columns = ("time", "ip", "method", "url", "status", "bytes", "user", "agent")
    rows, planted = [], []
    for row in range(count):
        who, page = dice.choice(people), dice.choice(("home", "unit", "quiz", "static/app.js", "api/progress"))
        url, user = f"/{page}?v={dice.randrange(9)}", ""
        match dice.randrange(9):
            case 0:
                url = f"/{page}?email={who.email.replace('@', '%40')}"
                planted.append(Planted(row, "url", who.email.replace("@", "%40")))
            case 1:
                url = f"/{page}?student={who.number}"
                planted.append(Planted(row, "url", who.number))
            case 2:
                user = who.email
                planted.append(Planted(row, "user", user))
        moment = (BEGIN + timedelta(seconds=dice.randrange(90 * 86400))).strftime("%Y-%m-%dT%H:%M:%SZ")
        ip = f"198.51.100.{dice.randrange(254) + 1}"
        status = dice.choice(("200", "200", "200", "304", "404"))
        rows.append([moment, ip, "GET", url, status, str(dice.randrange(200, 90_000)), user, dice.choice(AGENTS)])
    return Rows("web log", columns, rows, planted)


def repeated(rows: Rows, times: int, seed: int) -> Rows:
    """The same rows that many times, shuffled: as many cells, and planted values, for each distinct value."""
    order = list(range(len(rows.rows))) * times
    random.Random(seed + 2).shuffle(order)
    planted_in: dict[int, list[Planted]] = {}
    for it in rows.planted:
        planted_in.setdefault(it.row, []).append(it)
    planted = [replace(it, row=place) for place, row in enumerate(order) for it in planted_in.get(row, [])]
    return Rows(rows.name, rows.columns, [rows.rows[row] for row in order], planted)


def as_csv(rows: Rows) -> Iterator[str]:
    for row in (list(rows.columns), *rows.rows):
        yield ",".join(f'"{cell}"' if "," in cell or '"' in cell else cell for cell in row) + "\n"


def as_json_lines(rows: Rows) -> Iterator[str]:
    for row in rows.rows:
        yield json.dumps({name: cell for name, cell in zip(rows.columns, row, strict=True) if cell}) + "\n"


def roster(people: Sequence[Student]) -> dict[str, str]:
    """The OneRoster files of these people."""
    head = "sourcedId,status,enabledUser,orgSourcedIds,role,username,givenName,familyName,identifier,email,agentSourcedIds,grades\n"
    lines = (
        f"s{p.number},active,true,school-1,student,{p.email.split('@')[0]},{p.given},{p.family},{p.number},{p.email},,{_grade(p):02}\n"
        for p in people
    )
    return {
        "users.csv": head + "".join(lines),
        "orgs.csv": "sourcedId,status,name,type,identifier\nschool-1,active,Bench School,school,1\n",
    }


def _grade(student: Student) -> int:
    return int(student.number) % 6 + 3
