"""The people of Prairie Ridge: households with students and guardians, staff, and who sits in whose class.

What is planted: siblings who share guardians, address and phone; two students of one name; a teacher called like a student; hyphens,
apostrophes, diacritics, two-word family names; preferred names; students who left years ago; returners with a gap; two seniors who
are of age; one student who is fifteen. How they look in a file is `roster.py`'s business.
"""

from __future__ import annotations

import itertools
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from examples.prairie_ridge.calendar import Calendar, whole_years
from examples.prairie_ridge.names import ADULT_GIVEN, CHILD_GIVEN, FAMILY, LONG_GIVEN, MAIL_HOSTS, SCHOOLS, STREETS

CLASS_SIZE = 25
STUDENT_MAIL = "students.prairieridge.example"
STAFF_MAIL = "prairieridge.example"
# how many school years ago a student left, over and over: the first two left too long ago for most records, whatever the seed
GONE = (4, 5, 3, 2, 3)
RACES = ("asian", "blackOrAfricanAmerican", "white", "americanIndianOrAlaskaNative", "nativeHawaiianOrOtherPacificIslander")


@dataclass(frozen=True)
class Staff:
    """A teacher, counselor or principal."""

    sid: str
    given: str
    family: str
    email: str
    username: str
    phone: str
    role: str
    school: str

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True)
class Guardian:
    """A parent or guardian, linked to every child of the household."""

    sid: str
    given: str
    family: str
    email: str
    username: str
    phone: str
    role: str
    children: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True)
class Stay:
    """One school year (the year it starts in) of a student in a class; `ended` is None while it lasts."""

    year: int
    school: str
    grade: int
    section: int
    began: date
    ended: date | None


@dataclass(frozen=True)
class Student:
    """A student; `sid` is the roster's sourcedId, `state_id` its identifier (10 digits)."""

    sid: str
    state_id: str
    given: str
    family: str
    preferred: str
    sex: str
    race: str
    birth: date
    grade: int
    school: str
    phone: str
    address: str
    guardians: tuple[str, ...]
    left: bool
    returner: bool
    username: str = ""
    email: str = ""
    teacher: str = ""
    stays: tuple[Stay, ...] = ()

    @property
    def called(self) -> str:
        """The given name in use."""
        return self.preferred or self.given

    @property
    def name(self) -> str:
        """Given and family name as the roster has them."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True)
class People:
    """Everybody, in roster order."""

    students: tuple[Student, ...]
    guardians: tuple[Guardian, ...]
    staff: tuple[Staff, ...]
    of_age: tuple[str, ...]
    fifteen: str
    namesakes: tuple[str, str]
    shared_with_teacher: str
    by_sid: dict[str, Student] = field(repr=False)
    guardian_by_sid: dict[str, Guardian] = field(repr=False)
    staff_by_sid: dict[str, Staff] = field(repr=False)

    @property
    def gone(self) -> list[Student]:
        """Students who left years ago."""
        return [student for student in self.students if student.left]

    @property
    def active(self) -> list[Student]:
        """Students enrolled on the as-of day."""
        return [student for student in self.students if not student.left]

    def pick(self, rng: random.Random, share: float, must: Sequence[str] = ()) -> list[Student]:
        """A share of the active students, and those that must be among them, in roster order."""
        active = self.active
        chosen = {student.sid for student in rng.sample(active, max(12, round(len(active) * share)))} | set(must)
        return [student for student in self.students if student.sid in chosen]

    def counselor(self, student: Student) -> Staff:
        """The counselor of the student's school."""
        return next(person for person in self.staff if person.role == "aide" and person.school == student.school)

    def signer(self, student: Student, day: date) -> tuple[str, str]:
        """Who may sign for the student on that day, by name, and the relation: the student from 18 on, before that the first guardian."""
        if whole_years(student.birth, day) >= 18:
            return student.name, "student"
        guardian = self.guardian_by_sid[student.guardians[0]]
        return guardian.name, guardian.role

    def teacher(self, student: Student) -> Staff:
        """The student's (last) homeroom teacher."""
        return self.staff_by_sid[student.teacher]


def ascii_fold(text: str) -> str:
    """Lower-case ASCII letters of a name: what log-in names are made of."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("Ø", "O"))
    return re.sub("[^a-z]", "", plain.lower())


def grade_code(grade: int) -> str:
    """The OneRoster (CEDS) code of a grade: KG, 01 … 12."""
    return "KG" if grade == 0 else f"{grade:02d}"


def populate(rng: random.Random, count: int, calendar: Calendar) -> People:
    """Draw `count` students with their guardians and teachers."""
    phones = _phones()
    drafts, guardians = _households(rng, count, calendar, phones)
    drafts, of_age, fifteen, namesakes = _plant(drafts, calendar)
    drafts = _give_logins(rng, drafts)
    gone = itertools.cycle(GONE)
    drafts = [_with_stays(rng, draft, calendar, next(gone) if draft.left else 0) for draft in drafts]
    staff, drafts = _staff(rng, drafts, phones)
    staff, shared = _teacher_called_like_a_student(staff, drafts, namesakes)
    students = tuple(drafts)
    return People(
        students,
        tuple(guardians),
        tuple(staff),
        of_age,
        fifteen,
        namesakes,
        shared,
        {student.sid: student for student in students},
        {guardian.sid: guardian for guardian in guardians},
        {person.sid: person for person in staff},
    )


def _phones() -> Iterator[str]:
    """Fictional numbers: exchange 555 in Nebraska's three area codes, from 555-0100 up."""
    for line in range(100, 10_000):
        for area in ("402", "531", "308"):
            yield f"{area}-555-{line:04d}"


def _households(rng: random.Random, count: int, calendar: Calendar, phones: Iterator[str]) -> tuple[list[Student], list[Guardian]]:
    sids = [f"PR{number}" for number in rng.sample(range(2_000_000, 9_999_999), count)]
    state_ids = [str(number) for number in rng.sample(range(3_100_000_000, 3_199_999_999), count)]
    gone = max(4, round(count * 0.08))
    back = max(2, round(count * 0.03))
    order = list(range(26, count))  # two students of every grade stay, whatever the seed: the stories need them
    rng.shuffle(order)
    left, returners = set(order[:gone]), set(order[gone : gone + back])
    taken: set[tuple[str, str]] = set()
    students: list[Student] = []
    guardians: list[Guardian] = []
    while len(students) < count:
        # the first household always has siblings
        size = min(count - len(students), 2 if not students else rng.choices((1, 2, 3), (58, 32, 10))[0])
        first, second = rng.choice(FAMILY), rng.choice(FAMILY)
        child_family = f"{first}-{second}" if rng.random() < 0.06 and first != second and " " not in first + second else first
        number = f"{rng.randrange(100, 9800)} {rng.choice(STREETS)}"
        home = next(phones)
        ids = sids[len(students) : len(students) + size]
        adults = [
            _guardian(rng, len(guardians) + nth, family, next(phones), tuple(ids))
            for nth, family in enumerate([first, second][: rng.choices((1, 2), (35, 65))[0]])
        ]
        for sid in ids:
            index = len(students)
            given, preferred, sex = _child_name(rng, child_family, taken)
            grade = index * 5 % 13
            students.append(
                Student(
                    sid,
                    state_ids[index],
                    given,
                    child_family,
                    preferred,
                    sex,
                    rng.choice(RACES),
                    _birth(rng, calendar.school_year, grade),
                    grade,
                    rng.choice([key for key, _, grades in SCHOOLS if grade in grades]),
                    home,
                    f"{number}, Prairie Ridge, NE 68199",
                    tuple(adult.sid for adult in adults),
                    index in left,
                    index in returners,
                )
            )
        guardians += adults
    return students, guardians


def _child_name(rng: random.Random, family: str, taken: set[tuple[str, str]]) -> tuple[str, str, str]:
    """Given name, preferred name or nothing, sex; a full name in use is drawn again a few times, then shared."""
    for _ in range(6):
        if rng.random() < 0.08:
            given, preferred, sex = rng.choice(LONG_GIVEN)
        else:
            (given, sex), preferred = rng.choice(CHILD_GIVEN), ""
        if (given, family) not in taken:
            break
    taken.add((given, family))
    return given, preferred, sex


def _birth(rng: random.Random, school_year: int, grade: int) -> date:
    """A birth date of somebody who is 5 + grade on the school year's 1 August."""
    return date(school_year - 6 - grade, 8, 2) + timedelta(days=rng.randrange(364))


def _guardian(rng: random.Random, number: int, family: str, phone: str, children: tuple[str, ...]) -> Guardian:
    given = rng.choice(ADULT_GIVEN)
    login = f"{ascii_fold(given)[:1]}{ascii_fold(family)}.{10_000 + number}"
    role = rng.choice(("parent", "parent", "guardian"))
    return Guardian(
        f"PRG{500_000 + number}", given, family, f"{login}@{rng.choice(MAIL_HOSTS)}", f"home{20_000 + number}", phone, role, children
    )


def _plant(students: list[Student], calendar: Calendar) -> tuple[list[Student], tuple[str, ...], str, tuple[str, str]]:
    """Two seniors of age, a fifteen-year-old, and two students of one name in different households."""
    active = [index for index, student in enumerate(students) if not student.left and not student.returner]
    seniors = [index for index in active if students[index].grade == 12][:2]
    for nth, index in enumerate(seniors):
        students[index] = replace(students[index], birth=calendar.back(18 * 366 + 300 + 7 * nth))
    freshman = next(index for index in active if students[index].grade == 9)
    students[freshman] = replace(students[freshman], birth=calendar.back(15 * 366 + 180))
    one = next(index for index in active if students[index].grade == 7)
    other = next(index for index in active if students[index].grade == 2 and students[index].guardians != students[one].guardians)
    twin = students[one]
    students[other] = replace(students[other], given=twin.given, family=twin.family, preferred=twin.preferred, sex=twin.sex)
    return students, tuple(students[index].sid for index in seniors), students[freshman].sid, (twin.sid, students[other].sid)


def _give_logins(rng: random.Random, students: list[Student]) -> list[Student]:
    """Usernames and e-mail addresses; neither contains the other, so that one in clear never shows the other."""
    numbers = rng.sample(range(1_000, 99_999), 2 * len(students))
    return [
        replace(
            student,
            username=f"{ascii_fold(student.family)[:4]}{ascii_fold(student.given)[:3]}{numbers[2 * nth]}",
            email=f"{ascii_fold(student.given)[0]}{ascii_fold(student.family)}{numbers[2 * nth + 1]}@{STUDENT_MAIL}",
        )
        for nth, student in enumerate(students)
    ]


def _with_stays(rng: random.Random, student: Student, calendar: Calendar, gone: int) -> Student:
    """The student's school years: up to three to now, a gap for returners, an end `gone` years ago for those who left."""
    now = calendar.school_year
    if student.left:
        years = [(now - gone - 1, student.grade - 1), (now - gone, student.grade)]
        student = replace(student, birth=_birth(rng, now - gone, student.grade))
    elif student.returner:
        years = (
            [(now - 4, student.grade - 4), (now, student.grade)]
            if student.grade >= 4
            else [(now - 2, max(student.grade - 2, 0)), (now, student.grade)]
        )
    else:
        years = [(now - back, student.grade - back) for back in (2, 1, 0)]
    stays = tuple(
        Stay(
            year,
            student.school if grade == student.grade else _school_of(grade, student.school),
            grade,
            0,
            date(year, 8, 1),
            None if year == now else date(year + 1, 5, 31),
        )
        for year, grade in years
        if grade >= 0
    )
    return replace(student, stays=stays)


def _school_of(grade: int, now_at: str) -> str:
    """The school for a grade: the one the student is at where it teaches it, else the first that does."""
    able = [key for key, _, grades in SCHOOLS if grade in grades]
    return now_at if now_at in able else able[0]


def _staff(rng: random.Random, students: list[Student], phones: Iterator[str]) -> tuple[list[Staff], list[Student]]:
    """A principal and a counselor a school, a teacher a class; the students get their section and teacher."""
    staff: list[Staff] = []
    used: set[tuple[str, str]] = set()

    def hire(role: str, school: str) -> Staff:
        given, family = rng.choice(ADULT_GIVEN), rng.choice(FAMILY)
        while (given, family) in used:
            given, family = rng.choice(ADULT_GIVEN), rng.choice(FAMILY)
        used.add((given, family))
        number = 300 + len(staff)
        mail = f"{ascii_fold(given)}.{ascii_fold(family)}{number}@{STAFF_MAIL}"
        person = Staff(f"PRT{70_000 + number}", given, family, mail, f"staff{number}{ascii_fold(family)[:3]}", next(phones), role, school)
        staff.append(person)
        return person

    for key, _, _ in SCHOOLS:
        hire("administrator", key)
        hire("aide", key)
    classes: dict[tuple[str, int], list[int]] = defaultdict(list)
    for index, student in enumerate(students):
        classes[student.school, student.grade].append(index)
    seated = list(students)
    for (school, _), members in sorted(classes.items()):
        sections = -(-len(members) // CLASS_SIZE)
        teachers = [hire("teacher", school) for _ in range(sections)]
        for nth, index in enumerate(members):
            section = nth % sections
            student = seated[index]
            stays = (*student.stays[:-1], replace(student.stays[-1], section=section))
            seated[index] = replace(student, teacher=teachers[section].sid, stays=stays)
    return staff, seated


def _teacher_called_like_a_student(staff: list[Staff], students: list[Student], avoid: tuple[str, str]) -> tuple[list[Staff], str]:
    """Rename one teacher after an active student of another school."""
    index = next(
        nth
        for nth, person in enumerate(staff)
        if person.role == "teacher" and any(s.teacher == person.sid and not s.left for s in students)
    )
    model = next(s for s in students if not s.left and s.school != staff[index].school and s.sid not in avoid and not s.preferred)
    renamed = replace(staff[index], given=model.given, family=model.family)
    return [*staff[:index], renamed, *staff[index + 1 :]], model.sid
