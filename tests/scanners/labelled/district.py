"""An invented district for the labelled exports: everyone's own values, and a roster that knows a part of its people.

Here belongs who the people are and how their values are written (`VALUES`, by name); which export has which columns stands in
`schemas.txt`. No real person, school or place is meant.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

GIVEN = (
    "Amara Beatriz Callum Dalia Emeka Farah Greta Hiro Imani Jonas Katya Leif Marisol Nadia Otis Priya Quentin Rosa Soren Tomas Uma Viktor "
    "Wanda Ximena Yusuf Zora Anders Bronwyn Cedric Delphine Esteban Fiona Gideon Hazel Ines Jamal Keiko Lorenzo Mei Noor Olive Paxton Ruth "
    "Santiago Thandi Ulises Violet Wyatt Yara Zane Ava Liam Emma Noah Mia Ethan Chloe Aiden Grace Mason"
).split()
FAMILY = (
    "Abernathy Baptiste Castellanos Dvorak Eriksen Faulkner Gutierrez Hathaway Ibrahim Jankowski Kowalczyk Lindgren Montoya Nakamura "
    "Oyelaran Petrov Quintana Rasmussen Sandoval Thorvald Underwood Villanueva Whitaker Xanthos Yamamoto Zielinski Adeyemi Brandt Cho "
    "Delgado Espinoza Fitzgerald Grant Holloway Ito Jensen Khan Lopez Mason Nguyen O'Donnell Park Quigley Reyes Schmidt Tran Ueda Vance "
    "West Young Garcia-Lopez Smith Johnson Brown Miller Hall Park-Lee Van-Buren Nelson Ortiz"
).split()
ADULTS = "Ingrid Chidi Carol Marcus Lucia Bjorn Teresa Hassan Yolanda Peter Simone Raj Maribel Kenneth Aiko Darius Helga Ramon".split()
STREETS = "Oak St;Maple Avenue;N 42nd St;Prairie Rd;County Road 9;Elm Ct;Sunset Blvd;W Dodge Rd;Pine Lane;Harrison St Apt 4".split(";")
CITIES = "Prairie Ridge;Ashford;Millbrook;St. Clair;Weston;North Bend".split(";")
SCHOOLS = "Mason Elementary;Lincoln Middle School;Ridge High School;Willow Creek Elementary;St. Clair Academy".split(";")
COURSES = "Algebra I;English 9;Biology;US History;Spanish 2;Grade 4 Math;PE 7;Chemistry;Band;Art 1".split(";")
BOOKS = "The Long Winter Road;Otters at Sea;A Map of Stars;Volcano Days;The Clockmaker's Dog;Frog Year".split(";")
NOTES = (
    "{first} was redirected twice during group work.",
    "Called home and left a message about {first} {last}.",
    "{first} has shown steady growth in reading this term.",
    "Needs more practice with multi-step problems.",
    "Argued with a peer at recess; conference held with {first}.",
    "Great effort this week, keep it up!",
    "Met with family of {last} to review the plan.",
)
HEALTH = (
    "Asthma, uses inhaler before PE",
    "Peanut allergy, EpiPen in office",
    "Type 1 diabetes",
    "None",
    "Seizure history",
    "ADHD, takes medication at noon",
)
WORKS = (
    "In my essay I argue that school should start later because sleep matters.",
    "The water cycle begins when the sun heats the ocean and water evaporates.",
    "My favorite character was the captain since she never gave up.",
    "I think the experiment failed because we spilled the vinegar.",
)
AS_OF = date(2026, 11, 24)


@dataclass(frozen=True)
class Adult:
    own_id: str
    first: str
    last: str
    email: str
    cell: str


@dataclass(frozen=True)
class Student:
    number: int
    sourced_id: str
    local_id: str
    state_id: str
    first: str
    middle: str
    last: str
    username: str
    email: str
    born: date
    level: int  # 0 is kindergarten
    school: int
    street: str
    city: int
    zip_code: str
    phone: str
    parents: tuple[Adult, Adult]
    teacher: Adult

    @property
    def dice(self) -> random.Random:
        """Chance of their own: the same of a student's values in every export."""
        return random.Random(self.number)


@dataclass(frozen=True)
class District:
    students: tuple[Student, ...]
    staff: tuple[Adult, ...]


def district(seed: int = 5, count: int = 240) -> District:
    dice = random.Random(seed)
    staff = tuple(_adult(dice, f"E{2100 + n}", "pr.example", f"T{n}") for n in range(24))
    return District(tuple(_student(dice, n, staff) for n in range(count)), staff)


def _adult(dice: random.Random, own_id: str, domain: str, mark: str, last: str | None = None) -> Adult:
    first, last = dice.choice(ADULTS), last or dice.choice(FAMILY)
    return Adult(own_id, first, last, f"{first}.{last}.{mark}@{domain}".lower().replace("'", ""), _phone(dice))


def _student(dice: random.Random, number: int, staff: tuple[Adult, ...]) -> Student:
    first, middle, last = dice.choice(GIVEN), dice.choice(GIVEN), dice.choice(FAMILY)
    level = dice.randrange(13)
    born = date(2021 - level, 8, 1) - timedelta(days=dice.randrange(365))
    plain = last.lower().replace("'", "").replace("-", "")
    mother, father = (_adult(dice, f"{800000 + 2 * number + side}", "mail.example", f"{number}", last) for side in (0, 1))
    return Student(
        number,
        f"stu-{number * 7919 % 100000:05d}",
        f"{2030000 + number * 137}",
        f"{4810000000 + number * 9871}",
        first,
        middle,
        last,
        f"{first[0].lower()}{plain[:6]}{number:03d}",
        f"{first.lower()}.{plain}{number}@students.pr.example",
        born,
        level,
        dice.randrange(len(SCHOOLS)),
        f"{dice.randrange(100, 9900)} {dice.choice(STREETS)}",
        dice.randrange(len(CITIES)),
        f"680{dice.randrange(10, 99)}",
        _phone(dice),
        (mother, father),
        dice.choice(staff),
    )


def _phone(dice: random.Random) -> str:
    digits = f"402555{dice.randrange(100, 9999):04d}"
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def roster_files(whole: District, share: float = 0.6) -> dict[str, str]:
    """OneRoster files of the first `share` of the students, their parents, and all the staff."""
    known = whole.students[: round(len(whole.students) * share)]
    users = [
        "sourcedId,status,enabledUser,orgSourcedIds,role,username,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades"
    ]
    born = ["sourcedId,status,birthDate,sex"]
    for s in known:
        agents = ";".join(p.own_id for p in s.parents)
        users.append(
            f"{s.sourced_id},active,true,org{s.school},student,{s.username},{s.first},{s.last},{s.middle},{s.local_id},{s.email},,{s.phone}"
            f',"{agents.replace(";", ",")}",{s.level or "KG"}'
        )
        born.append(f"{s.sourced_id},active,{s.born.isoformat()},{'female' if s.number % 2 else 'male'}")
        users += [
            f'{p.own_id},active,true,org{s.school},guardian,,{p.first},{p.last},,,{p.email},{p.cell},,"{s.sourced_id}",' for p in s.parents
        ]
    users += [f"{a.own_id},active,true,org0,teacher,{a.email.split('@')[0]},{a.first},{a.last},,,{a.email},,,," for a in whole.staff]
    orgs = ["sourcedId,status,name,type,identifier", *(f"org{n},active,{name},school,{n:03d}" for n, name in enumerate(SCHOOLS))]
    return {name: "\n".join(lines) + "\n" for name, lines in (("users.csv", users), ("orgs.csv", orgs), ("demographics.csv", born))}


Maker = Callable[[Student, random.Random], str]


def _digest(algorithm: str, value: str) -> str:
    return hashlib.new(algorithm, value.encode(), usedforsecurity=False).hexdigest()


def _moment(dice: random.Random) -> datetime:
    return datetime(2026, 8, 15, 7, tzinfo=UTC) + timedelta(minutes=dice.randrange(95 * 24 * 60))


def _level(s: Student, kindergarten: str = "KG") -> str:
    return str(s.level) if s.level else kindergarten


def _ordinal(level: int) -> str:
    return "Kindergarten" if not level else f"{level}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(level, 'th') }"


def _note(s: Student, dice: random.Random) -> str:
    return dice.choice(NOTES).format(first=s.first, last=s.last)


VALUES: dict[str, tuple[str, Maker]] = {
    # whose id
    "sourced": ("student_id.local", lambda s, d: s.sourced_id),
    "local": ("student_id.local", lambda s, d: s.local_id),
    "local0": ("student_id.local", lambda s, d: s.local_id.zfill(10)),
    "state": ("student_id.state", lambda s, d: s.state_id),
    "own": ("student_id.provider", lambda s, d: str(50211 + s.number * 13)),
    "ownid": ("student_id.provider", lambda s, d: _digest("md5", f"own{s.number}")[:24]),
    "uuid": ("student_id.provider", lambda s, d: str(uuid.UUID(int=random.Random(s.number + 7).getrandbits(128)))),
    "user": ("student_id.username", lambda s, d: s.username),
    "password": ("student_id.password", lambda s, d: f"{s.dice.choice(['Tiger', 'blue', 'River', 'star'])}{s.dice.randrange(10, 9999)}!"),
    "pin": ("student_id.password", lambda s, d: f"{s.dice.randrange(10000):04d}"),
    "ssn": ("student_id.ssn", lambda s, d: f"{500 + s.number}-{10 + s.number % 80}-{1000 + s.number * 31}"),
    "card": ("student_id.provider", lambda s, d: f"29{s.local_id}0{s.number % 10}"),
    "md5mail": ("student_contact.email", lambda s, d: _digest("md5", s.email)),
    "sha256mail": ("student_contact.email", lambda s, d: _digest("sha256", s.email.upper())),
    "sha1local": ("student_id.local", lambda s, d: _digest("sha1", s.local_id)),
    # their name
    "first": ("student_name", lambda s, d: s.first),
    "FIRST": ("student_name", lambda s, d: s.first.upper()),
    "last": ("student_name", lambda s, d: s.last),
    "LAST": ("student_name", lambda s, d: s.last.upper()),
    "middle": ("student_name", lambda s, d: s.middle),
    "mi": ("student_name", lambda s, d: s.middle[0]),
    "full": ("student_name", lambda s, d: f"{s.first} {s.last}"),
    "lastfirst": ("student_name", lambda s, d: f"{s.last}, {s.first}"),
    "LASTFIRST": ("student_name", lambda s, d: f"{s.last}, {s.first} {s.middle[0]}".upper()),
    "nick": ("student_name", lambda s, d: s.first[:3] if s.number % 3 else s.first),
    # how to reach them
    "email": ("student_contact.email", lambda s, d: s.email),
    "othermail": ("student_contact.email", lambda s, d: f"{s.first.lower()}{s.dice.randrange(99)}@freemail.example"),
    "phone": ("student_contact.phone", lambda s, d: s.phone),
    "phone10": ("student_contact.phone", lambda s, d: "".join(c for c in s.phone if c.isdigit())),
    "street": ("student_contact.address", lambda s, d: s.street),
    "city": ("student_contact.address", lambda s, d: CITIES[s.city]),
    "zip": ("student_contact.address", lambda s, d: s.zip_code),
    "address": ("student_contact.address", lambda s, d: f"{s.street}, {CITIES[s.city]}, NE {s.zip_code}"),
    # who they are
    "dob": ("demographics.birth_date", lambda s, d: s.born.isoformat()),
    "dobus": ("demographics.birth_date", lambda s, d: f"{s.born.month}/{s.born.day}/{s.born.year}"),
    "dobus0": ("demographics.birth_date", lambda s, d: s.born.strftime("%m/%d/%Y")),
    "dobshort": ("demographics.birth_date", lambda s, d: s.born.strftime("%m/%d/%y")),
    "dobnum": ("demographics.birth_date", lambda s, d: s.born.strftime("%Y%m%d")),
    "dobmdy": ("demographics.birth_date", lambda s, d: s.born.strftime("%m%d%Y")),
    "dobtext": ("demographics.birth_date", lambda s, d: s.born.strftime("%b %d, %Y")),
    "dobdash": ("demographics.birth_date", lambda s, d: s.born.strftime("%d-%b-%Y")),
    "dobtime": ("demographics.birth_date", lambda s, d: f"{s.born.isoformat()} 00:00:00"),
    "dobeu": ("demographics.birth_date", lambda s, d: s.born.strftime("%d.%m.%Y")),
    "grade": ("enrollment.grade_level", lambda s, d: _level(s)),
    "grade0": ("enrollment.grade_level", lambda s, d: f"{s.level:02d}" if s.level else "KG"),
    "gradeth": ("enrollment.grade_level", lambda s, d: _ordinal(s.level)),
    "gradeword": ("enrollment.grade_level", lambda s, d: f"Grade {s.level}" if s.level else "Kindergarten"),
    "grad": ("enrollment.graduation_year", lambda s, d: str(2039 - s.level)),
    "age": ("?", lambda s, d: str(6 + s.level)),
    "school": ("enrollment.school", lambda s, d: SCHOOLS[s.school]),
    "schoolno": ("enrollment.school", lambda s, d: f"{s.school + 1:03d}"),
    "room": ("enrollment.homeroom", lambda s, d: f"{s.level * 10 + s.number % 7 + 100}"),
    "homeroom": ("enrollment.homeroom", lambda s, d: f"{s.teacher.last} {s.level}"),
    # around them
    "mother": ("guardian_name", lambda s, d: f"{s.parents[0].first} {s.parents[0].last}"),
    "mom1": ("guardian_name", lambda s, d: s.parents[0].first),
    "momlast": ("guardian_name", lambda s, d: s.parents[0].last),
    "MOTHER": ("guardian_name", lambda s, d: f"{s.parents[0].last}, {s.parents[0].first}".upper()),
    "father": ("guardian_name", lambda s, d: f"{s.parents[1].first} {s.parents[1].last}"),
    "momid": ("guardian_id", lambda s, d: s.parents[0].own_id),
    "mommail": ("guardian_contact.email", lambda s, d: s.parents[0].email),
    "dadmail": ("guardian_contact.email", lambda s, d: s.parents[1].email),
    "momcell": ("guardian_contact.phone", lambda s, d: s.parents[0].cell),
    "dadcell": ("guardian_contact.phone", lambda s, d: s.parents[1].cell),
    "momstreet": ("guardian_contact.address", lambda s, d: s.street),
    "kin": ("guardian_name", lambda s, d: f"{s.dice.choice(ADULTS)} {s.dice.choice(FAMILY)}"),
    "kinphone": ("guardian_contact.phone", lambda s, d: _phone(random.Random(s.number + 9))),
    "teacher": ("schedule.teacher", lambda s, d: f"{s.teacher.first} {s.teacher.last}"),
    "TEACHER": ("schedule.teacher", lambda s, d: f"{s.teacher.last}, {s.teacher.first}"),
    "teacherlast": ("schedule.teacher", lambda s, d: f"Ms. {s.teacher.last}"),
    "teachermail": ("schedule.teacher or staff_contact.work", lambda s, d: s.teacher.email),
    "teacherid": ("schedule.teacher or staff_id", lambda s, d: s.teacher.own_id),
    "staff1": ("staff_name", lambda s, d: s.teacher.first),
    "stafflast": ("staff_name", lambda s, d: s.teacher.last),
    "staffname": ("schedule.teacher or staff_name", lambda s, d: f"{s.teacher.first} {s.teacher.last}"),
    "staffcell": ("staff_contact.home", lambda s, d: s.teacher.cell),
    # what they do
    "course": ("schedule.course", lambda s, d: d.choice(COURSES)),
    "courseno": ("schedule.course", lambda s, d: d.choice(("MTH101", "ENG202", "SCI300", "ART110-2"))),
    "note": ("?", _note),
    "health": ("special.medical", lambda s, d: s.dice.choice(HEALTH)),
    "work": ("student_work", lambda s, d: d.choice(WORKS)),
    "ip": ("application.ip", lambda s, d: f"203.0.113.{d.randrange(1, 250)}"),
    "photo": ("photo_audio_video", lambda s, d: f"https://cdn.pics.example/p/{_digest('md5', str(s.number))[:10]}.jpg"),
    "photofile": ("photo_audio_video", lambda s, d: f"{s.local_id}.jpg"),
    "device": ("application.cookie", lambda s, d: _digest("sha1", f"dev{s.number}")[:16].upper()),
    "lat": ("geolocation", lambda s, d: f"{41 + s.dice.random():.6f}"),
    "lon": ("geolocation", lambda s, d: f"{-96 - s.dice.random():.6f}"),
    # about nobody
    "date": ("-", lambda s, d: _moment(d).date().isoformat()),
    "dateus": ("-", lambda s, d: _moment(d).strftime("%m/%d/%Y")),
    "time": ("-", lambda s, d: _moment(d).strftime("%Y-%m-%d %H:%M:%S")),
    "timez": ("-", lambda s, d: _moment(d).strftime("%Y-%m-%dT%H:%M:%SZ")),
    "epoch": ("-", lambda s, d: str(int(_moment(d).timestamp()))),
    "entry": ("-", lambda s, d: f"{2019 + s.number % 7}-08-{10 + s.number % 9}"),
    "thing": ("-", lambda s, d: str(uuid.UUID(int=d.getrandbits(128)))),
    "thingno": ("-", lambda s, d: str(d.randrange(10_000_000, 99_999_999))),
    "serial": ("-", lambda s, d: str(d.randrange(1, 100_000))),
    "likeid": ("-", lambda s, d: str(2030000 + d.randrange(240) * 137)),
    "barcode": ("-", lambda s, d: f"3{d.randrange(10**12, 10**13)}"),
    "book": ("-", lambda s, d: d.choice(BOOKS)),
    "url": ("-", lambda s, d: f"https://app.example/lesson/{d.randrange(900)}"),
    "agent": ("-", lambda s, d: d.choice(("Mozilla/5.0 (X11; CrOS x86_64) Chrome/120", "Mozilla/5.0 (iPad) Safari/605"))),
    "decimal": ("-", lambda s, d: f"{d.random() * 100:.2f}"),
}
