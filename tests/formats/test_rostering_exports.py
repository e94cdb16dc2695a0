"""Rostering standards as data: a OneRoster and an SDS zip in an export say of each student what their columns hold."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from scanners.intake import Delivery, InboxFile
from scanners.sandbox import read_file
from scanners.scan import scan_delivery
from tests.scanners.district import GUARDIANS, STAFF, STUDENTS, context

Fields = dict[str, str]
RACES = ("americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican", "nativeHawaiianOrOtherPacificIslander", "white",
         "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity")  # fmt: skip


def table(header: str, rows: Sequence[Sequence[str | None]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header.split(","), *rows])
    return out.getvalue()


def oneroster() -> dict[str, str]:
    users: list[list[str | None]] = [
        [s.sourced_id, "active", "true", "o1", "student", s.username, s.given, s.family, s.middle, s.emails[0], None, ",".join(s.guardians)]
        for s in STUDENTS
    ]
    users += [
        [
            a.sourced_id,
            "active",
            "true",
            "o1",
            role,
            a.username,
            a.given,
            a.family,
            a.middle,
            (*a.emails, None)[0],
            (*a.phones, None)[0],
            None,
        ]
        for role, people in (("parent", GUARDIANS), ("teacher", STAFF))
        for a in people
    ]
    demographics = [
        [
            s.sourced_id,
            str(s.birth_date),
            "female" if n % 2 else "male",
            *(str((n + k) % 5 == 0).lower() for k in range(7)),
            "US",
            "NE",
            "Elm",
        ]
        for n, s in enumerate(STUDENTS)
    ]
    return {
        "manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.users,bulk\n",
        "users.csv": table(
            "sourcedId,status,enabledUser,orgSourcedIds,role,username,givenName,familyName,middleName,email,phone,agentSourcedIds", users
        ),
        "demographics.csv": table(
            f"sourcedId,birthDate,sex,{','.join(RACES)},countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth", demographics
        ),
        "enrollments.csv": table(
            "sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate",
            [[f"e{n}", "active", "c1", "o1", s.sourced_id, "student", "2026-08-15", "2027-05-30"] for n, s in enumerate(STUDENTS)],
        ),
    }


def sds() -> dict[str, str]:
    return {
        "users.csv": table(
            "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms",
            [[s.sourced_id, s.username, s.given, s.family, None, None, s.emails[0], None, None] for s in STUDENTS],
        ),
        "roles.csv": table(
            "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary",
            [[s.sourced_id, "o1", "student", "SY", "05", "TRUE"] for s in STUDENTS],
        ),
        "demographics.csv": table(
            "userSourcedId,sex,birthDate,birthCity,birthState,birthCountry,ethnicityCodes,raceCodes",
            [
                [
                    s.sourced_id,
                    "male",
                    str(s.birth_date),
                    "Elm",
                    "NE",
                    "USA",
                    "hispanicOrLatinoEthnicity" if n % 3 else None,
                    ("white", "asian")[n % 2],
                ]
                for n, s in enumerate(STUDENTS)
            ],
        ),
    }


BIRTH = "demographics.birth_place"
ONEROSTER: dict[str, Fields] = {
    "users.csv": {"sourcedId": "student_id.local", "username": "student_id.username", "givenName": "student_name",
                  "familyName": "student_name", "middleName": "student_name", "email": "student_contact.email",
                  "phone": "guardian_contact.phone"},
    "demographics.csv": {"sourcedId": "student_id.local", "birthDate": "demographics.birth_date", "sex": "demographics.gender",
                         **dict.fromkeys(RACES, "demographics.ethnicity_race"),
                         **dict.fromkeys(("countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth"), BIRTH)},
    "enrollments.csv": {"userSourcedId": "student_id.local", "role": "none"},
}  # fmt: skip
SDS: dict[str, Fields] = {
    "users.csv": {"sourcedId": "student_id.local", "username": "student_id.username", "givenName": "student_name",
                  "familyName": "student_name", "email": "student_contact.email"},
    "roles.csv": {"userSourcedId": "student_id.local", "grade": "enrollment.grade_level", "role": "none"},
    "demographics.csv": {"userSourcedId": "student_id.local", "sex": "demographics.gender", "birthDate": "demographics.birth_date",
                         "birthCity": BIRTH, "birthState": BIRTH, "birthCountry": BIRTH, "ethnicityCodes": "demographics.ethnicity_race",
                         "raceCodes": "demographics.ethnicity_race"},
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [(oneroster, ONEROSTER), (sds, SDS)])
def test_a_rostering_zip(tmp_path: Path, files: Callable[[], dict[str, str]], expected: dict[str, Fields]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files().items():
            archive.writestr(name, text)
    path = tmp_path / "roster.zip"
    path.write_bytes(out.getvalue())
    source = InboxFile(path, "export/roster.zip", "export", None, len(out.getvalue()), hashlib.sha256(out.getvalue()).hexdigest())
    delivery = Delivery("vendor/2026-09-01", "vendor", date(2026, 9, 1), tmp_path)
    result = scan_delivery(delivery, [source], context(), lambda files: ((file, read_file(file)) for file in files))
    rows = result.tables["files"].to_pylist()
    assert {row["status"] for row in rows} == {"scanned"}
    names = {row["file_id"]: row["path"].rpartition("/")[2] for row in rows}
    found: dict[str, Fields] = {}
    for row in result.tables["fields"].to_pylist():
        found.setdefault(names[row["file_id"]], {})[row["field_path"]] = row["data_element"]
    assert {name: {path: found[name][path] for path in fields} for name, fields in expected.items()} == expected
    seen = {(row["subject_key"], row["data_element"]) for row in result.tables["sightings"].to_pylist()}
    for element in ("student_id.local", "student_name", "student_contact.email", "demographics.birth_date"):
        assert {(f"student:{s.key_id}", element) for s in STUDENTS} <= seen
