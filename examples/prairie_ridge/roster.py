"""The roster as a student information system exports it: OneRoster 1.1 CSV in bulk mode, `status` and `dateLastModified` blank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.formats import csv_bytes, put
from examples.prairie_ridge.names import SCHOOLS
from examples.prairie_ridge.people import RACES, Guardian, People, Staff, Student, grade_code

Row = Mapping[str, str]
DISTRICT_ORG = "org-prairie-ridge"
ABSENT = ("categories", "classResources", "courseResources", "lineItems", "resources", "results")

# 1EdTech OneRoster 1.1 CSV tables: the columns of each file after the three every one begins with; metadata.* are extensions.
COLUMNS = """
orgs: name type identifier parentSourcedId
academicSessions: title type startDate endDate parentSourcedId schoolYear
courses: schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes
classes: title grades courseSourcedId classCode classType location schoolSourcedId termSourcedIds subjects subjectCodes periods
users: enabledUser orgSourcedIds role username userIds givenName familyName middleName identifier email sms phone agentSourcedIds grades \
password metadata.preferredFirstName metadata.homeAddress
enrollments: classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate
demographics: birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white \
demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus
"""


def write_roster(folder: Path, people: People, calendar: Calendar) -> None:
    """Write the eight files of a bulk export into `folder`."""
    classes = sorted({(s.year, s.school, s.grade, s.section) for student in people.students for s in student.stays})
    tables: dict[str, Iterable[Row]] = {
        "orgs": _orgs(),
        "academicSessions": [_school_year(year) for year in sorted({year for year, *_ in classes})],
        "courses": [_homeroom(grade) for grade in range(13)],
        "classes": [_class(*each) for each in classes],
        "users": _users(people),
        "enrollments": _enrollments(people, calendar),
        "demographics": [_demographics(student) for student in people.students],
    }
    put(folder / "manifest.csv", csv_bytes(("propertyName", "value"), _manifest(tables)))
    columns = dict(line.split(": ") for line in COLUMNS.strip().splitlines())
    for name, rows in tables.items():
        header = ["sourcedId", "status", "dateLastModified", *columns[name].split()]
        put(folder / f"{name}.csv", csv_bytes(header, ([row.get(column, "") for column in header] for row in rows)))


def _manifest(tables: Iterable[str]) -> list[tuple[str, str]]:
    files = sorted([(f"file.{name}", "absent") for name in ABSENT] + [(f"file.{name}", "bulk") for name in tables])
    head, tail = [("manifest.version", "1.0"), ("oneroster.version", "1.1")], [("source.systemName", "Ridgeline SIS")]
    return [*head, *files, *tail, ("source.systemCode", "")]


def _orgs() -> list[Row]:
    district = {"sourcedId": DISTRICT_ORG, "name": "Prairie Ridge Public Schools", "type": "district"}
    schools = [{"sourcedId": f"org-{key}", "name": name, "type": "school", "parentSourcedId": DISTRICT_ORG} for key, name, _ in SCHOOLS]
    return [district, *schools]


def _school_year(year: int) -> Row:
    span = {"startDate": f"{year}-08-01", "endDate": f"{year + 1}-05-31", "schoolYear": str(year + 1)}
    return {"sourcedId": f"year-{year}", "title": f"{year}-{year + 1}", "type": "schoolYear", **span}


def _homeroom(grade: int) -> Row:
    code = grade_code(grade)
    names = {"title": f"Homeroom {code}", "courseCode": f"HR{grade:02d}"}
    return {"sourcedId": f"homeroom-{grade}", **names, "grades": code, "orgSourcedId": DISTRICT_ORG}


def _class_id(year: int, school: str, grade: int, section: int) -> str:
    return f"class-{year}-{school}-{grade_code(grade)}-{section + 1}"


def _class(year: int, school: str, grade: int, section: int) -> Row:
    code = f"{grade_code(grade)}-{section + 1}"
    return {
        "sourcedId": _class_id(year, school, grade, section),
        "title": f"Homeroom {code}",
        "grades": grade_code(grade),
        "courseSourcedId": f"homeroom-{grade}",
        "classCode": code,
        "classType": "homeroom",
        "schoolSourcedId": f"org-{school}",
        "termSourcedIds": f"year-{year}",
        "periods": "1",
    }


def _users(people: People) -> Iterable[Row]:
    for student in people.students:
        yield _student(student)
    for guardian in people.guardians:
        schools = sorted({f"org-{people.by_sid[child].school}" for child in guardian.children})
        yield _adult(guardian) | {"orgSourcedIds": ",".join(schools), "agentSourcedIds": ",".join(guardian.children)}
    for person in people.staff:
        yield _adult(person) | {"orgSourcedIds": f"org-{person.school}"}


def _student(s: Student) -> Row:
    return {
        "sourcedId": s.sid,
        "enabledUser": "false" if s.left else "true",
        "orgSourcedIds": f"org-{s.school}",
        "role": "student",
        "username": s.username,
        "givenName": s.given,
        "familyName": s.family,
        "identifier": s.state_id,
        "email": s.email,
        "phone": s.phone,
        "agentSourcedIds": ",".join(s.guardians),
        "grades": grade_code(s.grade),
        "metadata.preferredFirstName": s.preferred,
        "metadata.homeAddress": s.address,
    }


def _adult(person: Guardian | Staff) -> dict[str, str]:
    return {
        "sourcedId": person.sid,
        "enabledUser": "true",
        "role": person.role,
        "username": person.username,
        "givenName": person.given,
        "familyName": person.family,
        "email": person.email,
        "phone": person.phone,
    }


def _enrollments(people: People, calendar: Calendar) -> Iterable[Row]:
    """Each student's stays, then who teaches the current classes."""
    number = 0
    taught: dict[str, tuple[str, str]] = {}
    for student in people.students:
        for stay in student.stays:
            number += 1
            where = _class_id(stay.year, stay.school, stay.grade, stay.section)
            span = {"beginDate": stay.began.isoformat(), "endDate": stay.ended.isoformat() if stay.ended else ""}
            yield _enrollment(number, where, stay.school, student.sid, "student") | span
        last = student.stays[-1]
        if last.year == calendar.school_year:
            taught[_class_id(last.year, last.school, last.grade, last.section)] = (student.teacher, last.school)
    for where, (teacher, school) in sorted(taught.items()):
        number += 1
        yield _enrollment(number, where, school, teacher, "teacher") | {"primary": "true", "beginDate": f"{calendar.school_year}-08-01"}


def _enrollment(number: int, where: str, school: str, user: str, role: str) -> dict[str, str]:
    place = {"classSourcedId": where, "schoolSourcedId": f"org-{school}"}
    return {"sourcedId": f"enr-{number}", **place, "userSourcedId": user, "role": role}


def _demographics(s: Student) -> Row:
    flags = {race: str(race == s.race).lower() for race in RACES} | {"demographicRaceTwoOrMoreRaces": "false"}
    return {"sourcedId": s.sid, "birthDate": s.birth.isoformat(), "sex": s.sex, **flags, "countryOfBirthCode": "US"}
