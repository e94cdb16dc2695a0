"""The roster reader: OneRoster 1.1 and 1.2, loose and zipped, say the same people; what cannot be read is one clear error."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import roster_files
from scanners.canonical import canonical
from scanners.oneroster import Person, Roster, RosterError, read_roster

USERS_1_1 = """\
sourcedId,status,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
s1,,true,"o1,o2",student,zoe.q,"{SSID:99 01},{LDAP:zq}",Zoë,O'Hare-Quill,May,1001,zoe@w.example,402-555-0102,402-555-0101,"g1,t1",05,hunter2
s2,,true,o1,student,,,Ben,Quill,,1002,,,,,KG,
s3,tobedeleted,false,o1,student,,,Gil,Pond,,1003,,,,,,
g1,,true,o1,guardian,,,Cleo,Quill,,,"cleo@m.example; cq@m.example",,,s2,,
t1,,true,o1,teacher,,,Dora,Marsh,,9001,dora@w.example,,,,,
x1,,true,o1,sponsor,,,Eve,Reed,,,,,,s2,,
x2,,true,o1,sponsor,,,Fay,Reed,,,,,,,,
"""
# The same people as 1.2 writes them: roles apart, columns in another order, headers in another case, a mark at the start.
USERS_1_2 = """\
\ufeffFAMILYNAME,givenname,middleName,sourcedId,status,enabledUser,username,userIds,identifier,email,phone,sms,agentSourcedIds,password,grades
O'Hare-Quill,Zoë,May,s1,,true,zoe.q,"{LDAP:zq},{SSID:99 01}",1001,zoe@w.example,402-555-0101,402-555-0102,"t1,g1",hunter2,05
Quill,Ben,,s2,,true,,,1002,,,,,,KG
Pond,Gil,,s3,tobedeleted,false,,,1003,,,,,,
Quill,Cleo,,g1,,true,,,,"cleo@m.example; cq@m.example",,,s2,,
Marsh,Dora,,t1,,true,,,9001,dora@w.example,,,,,
Reed,Eve,,x1,,true,,,,,,,s2,,
Reed,Fay,,x2,,true,,,,,,,,,
"""
ROLES = """\
sourcedId,userSourcedId,roleType,role,orgSourcedId
r1,s1,primary,student,o1
r2,s1,secondary,student,o2
r3,s2,primary,student,o1
r4,s3,primary,student,o1
r5,g1,primary,guardian,o1
r6,t1,primary,teacher,o1
r7,x1,primary,sponsor,o1
r8,x2,primary,sponsor,o1
"""
ORGS = "sourcedId,name,type\no1,Elm School,school\no2,Oak School,school\n"
DEMOGRAPHICS = "sourcedId,birthDate,sex,cityOfBirth,asian,white\ns1,2012-03-04,female,Kearney,true,false\ns2,2014-05-06T00:00:00Z,,,,\n"
ENROLLMENTS = """\
sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate
e1,c1,o1,s1,student,2020-08-15,2021-05-20
e2,c1,o1,s1,student,2022-08-15,2023-05-20
e3,c1,o1,s2,student,2022-08-15,
e4,c1,o1,t1,teacher,2022-08-15,2023-05-20
"""
SHARED = {"orgs.csv": ORGS, "demographics.csv": DEMOGRAPHICS, "enrollments.csv": ENROLLMENTS, "classes.csv": "anything\n"}
VERSION_1_1 = {"users.csv": USERS_1_1, **SHARED}
VERSION_1_2 = {"users.csv": USERS_1_2, "roles.csv": ROLES, **SHARED}


def folder(tmp_path: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = tmp_path / "roster" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / "roster"


def zipped(files: dict[str, str], below: str = "") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(below + name, content)
        archive.writestr("__MACOSX/._users.csv", b"\0\1\2")
    return data.getvalue()


def users(tmp_path: Path, *rows: str, **others: str) -> Roster:
    header = "sourcedId,status,enabledUser,role,givenName,familyName,identifier,agentSourcedIds"
    files = {"users.csv": "\n".join([header, *rows]) + "\n", **{f"{name}.csv": content for name, content in others.items()}}
    return read_roster(folder(tmp_path, dict(files)))


def test_who_is_what(tmp_path: Path) -> None:
    roster = read_roster(folder(tmp_path, dict(VERSION_1_1)))
    assert {person.sourced_id: person.kind for person in roster.people} == {
        "s1": "student",
        "s2": "student",
        "s3": "student",
        "g1": "guardian",
        "t1": "staff",
        "x1": "guardian",
        "x2": "staff",  # a role nobody knows: guardian where an agent, else staff
    }
    zoe = roster.by_sourced_id["s1"]
    assert vars(zoe) == {
        **vars(Person("s1", "s1", "student")),
        "given": "Zoë",
        "family": "O'Hare-Quill",
        "middle": "May",
        "username": "zoe.q",
        "password": "hunter2",
        "grades": ("05",),
        "emails": ("zoe@w.example",),
        "phones": ("402-555-0101", "402-555-0102"),
        "birth_date": date(2012, 3, 4),
        "identifier": "1001",
        "local_ids": (("s1", "sourcedId"), ("1001", "identifier"), ("zq", "userIds.LDAP")),
        "state_ids": ("99 01",),
        "schools": ("Elm School", "Oak School"),
        "guardians": ("g1", "t1"),
        "roles": ("student",),
        "enrollments": ((date(2020, 8, 15), date(2021, 5, 20)), (date(2022, 8, 15), date(2023, 5, 20))),
        "sex": "female",
        "races": ("asian",),
        "birth_place": "Kearney",
        "birth_city": "Kearney",
    }
    assert roster.by_sourced_id["s2"].guardians == ("g1", "x1")  # they list the student, not the student them
    assert roster.by_sourced_id["g1"].wards == ("s1", "s2")
    assert roster.by_sourced_id["g1"].emails == ("cleo@m.example", "cq@m.example")
    assert roster.by_sourced_id["t1"].wards == ("s1",)  # a parent on the staff stays staff
    assert [person.active for person in roster.students] == [True, True, False]
    assert roster.orgs == ("Elm School", "Oak School")


@pytest.mark.parametrize(
    "files",
    [
        VERSION_1_2,
        {f"2026/export/{name.upper()}": content for name, content in VERSION_1_1.items()},
        {"export.zip": zipped(VERSION_1_1)},
        {"Export.ZIP": zipped(VERSION_1_2, below="a/b/")},
        {"users.csv": USERS_1_1, "rest.zip": zipped(SHARED)},
        {**VERSION_1_1, "again.zip": zipped(VERSION_1_1)},
        {name: content.encode("utf-16") for name, content in VERSION_1_1.items()},
        {name: content.replace("\n", "\r\n") for name, content in VERSION_1_1.items()},
    ],
    ids=["1.2", "nested", "zip", "zip of 1.2", "both", "twice", "utf-16", "crlf"],
)
def test_one_roster_in_every_form(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    expected = read_roster(folder(tmp_path / "1.1", dict(VERSION_1_1)))
    assert read_roster(folder(tmp_path / "other", files)).people == expected.people


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_columns_and_rows_says_nothing(tmp_path_factory: pytest.TempPathFactory, chance: random.Random) -> None:
    import csv

    header, *rows = csv.reader(io.StringIO(USERS_1_1))
    order = chance.sample(range(len(header)), len(header))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([[row[at] for at in order] for row in [header, *chance.sample(rows, len(rows))]])
    base = tmp_path_factory.mktemp("order")
    assert read_roster(folder(base / "a", {**VERSION_1_1, "users.csv": out.getvalue()})) == read_roster(
        folder(base / "b", dict(VERSION_1_1))
    )


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (["p,,,student,A,B,,"], "student"),
        (['p,,,"teacher,student",A,B,,'], "student"),
        (["p,,,teacher,A,B,,", "p,,,parent,A,B,,"], "staff"),
        (["p,,,systemAdministrator,A,B,,"], "staff"),
        (["p,,,relative,A,B,,"], "guardian"),
        (["p,,,,A,B,,"], "staff"),
        (["p,,,,A,B,,s"], "guardian"),
        (["p,,,visitor,A,B,,nobody"], "staff"),
    ],
)
def test_roles(tmp_path: Path, rows: list[str], kind: str) -> None:
    roster = users(tmp_path, "s,,,student,A,B,,", *rows)
    assert roster.by_sourced_id["p"].kind == kind
    assert len(roster.people) == 2


def test_an_enrolled_person_without_role_is_a_student(tmp_path: Path) -> None:
    roster = users(tmp_path, "p,,,,A,B,,", enrollments="userSourcedId,role\np,student\n")
    assert [person.kind for person in roster.people] == ["student"]


def test_primary_role_first_and_deleted_roles_last_of_all(tmp_path: Path) -> None:
    roles = "userSourcedId,role,roleType,status\np,student,secondary,tobedeleted\np,aide,secondary,\np,teacher,primary,\n"
    roster = users(tmp_path, "s,,,student,A,B,,", "p,,,,A,B,,", roles=roles)
    assert roster.by_sourced_id["p"].roles == ("teacher", "aide")


def test_further_columns(tmp_path: Path) -> None:
    header = "sourcedId,role,givenName,familyName,email,metadata.studentNumber,ext_state_student_id,metadata.SSN,metadata.homeEmail,"
    header += "ext_home_phone,metadata.parentEmail,metadata.schoolId,metadata.address1,"
    header += "metadata.city,metadata.zip,metadata.nickname,ext_email_verified"
    row = "s,student,Ann,Bell,a@w.example,77,NE55,219-09-9999,h@m.example,402-555-0100,p@m.example,9,1 Elm St,Minden,68959,Annie,true"
    [person] = read_roster(folder(tmp_path, {"users.csv": f"{header}\n{row}\n"})).people
    assert person.local_ids == (("s", "sourcedId"), ("77", "metadata.studentNumber"))
    assert person.state_ids == ("NE55",)
    assert person.ssn == "219-09-9999"
    assert person.emails == ("a@w.example", "h@m.example")
    assert person.phones == ("402-555-0100",)
    assert person.addresses == ("1 Elm St", "1 Elm St, Minden, 68959")
    assert person.preferred_given == "Annie"


@pytest.mark.parametrize(
    ("enrollments", "since"),
    [
        ([], None),
        ([("2020-08-01", "2021-05-20")], date(2021, 5, 20)),
        ([("2020-08-01", "2021-05-20"), ("2022-08-01", "2023-05-20")], date(2023, 5, 20)),  # a returner
        ([("2020-08-01", "2021-05-20"), ("2022-08-01", "")], None),
        ([("", "2021-05-20")], date(2021, 5, 20)),
        ([("2020-08-01", "2026-11-25")], None),
        ([("2020-08-01", "2026-11-24")], date(2026, 11, 24)),  # OneRoster: the end date is exclusive
        ([("2020-08-01", "2021-05-20"), ("2026-12-01", "")], date(2021, 5, 20)),  # comes back later
        ([("2026-12-01", "")], None),
        ([("8/1/2020", "20210520")], date(2021, 5, 20)),
    ],
)
def test_absent_since(tmp_path: Path, enrollments: list[tuple[str, str]], since: date | None) -> None:
    rows = "".join(f"s,student,{begin},{end}\n" for begin, end in enrollments)
    roster = users(tmp_path, "s,tobedeleted,false,student,A,B,,", enrollments="userSourcedId,role,beginDate,endDate\n" + rows)
    assert roster.absent_since(roster.people[0], date(2026, 11, 24)) == since


def test_a_deleted_enrollment_ended_when_it_was_struck_out(tmp_path: Path) -> None:
    rows = "userSourcedId,role,status,dateLastModified\ns,student,tobedeleted,2021-05-20T10:00:00Z\n"
    assert users(tmp_path, "s,,,student,A,B,,", enrollments=rows).people[0].enrollments == ((None, date(2021, 5, 20)),)


def test_student_key_and_finding_students(tmp_path: Path) -> None:
    text = (
        "sourcedId,role,givenName,familyName,identifier\na,student,A,B,1\nb,student,A,B,\nc,student,A,B,\nt,teacher,A,B,1\nu,aide,A,B,1\n"
    )
    roster = read_roster(folder(tmp_path, {"users.csv": text}), "Identifier")
    assert [person.key_id for person in roster.people] == ["1", "b", "c", "t", "u"]
    assert roster.find_students(" 1 ") == (roster.by_sourced_id["a"],)
    assert roster.find_students("A") == (roster.by_sourced_id["a"],)
    assert roster.find_students("t") == ()


def test_an_identifier_of_two_students_finds_both(tmp_path: Path) -> None:
    roster = users(tmp_path, "a,,,student,A,B,7,", "b,,,student,A,B,7,", "7,,,student,A,B,8,")
    assert [person.sourced_id for person in roster.find_students("7")] == ["7"]  # the key column wins
    assert len(users(tmp_path, "a,,,student,A,B,7,", "b,,,student,A,B,7,").find_students("7")) == 2


HEAD = "sourcedId,role,givenName,familyName,identifier\n"
# (files, student_key, file, line, in what was found, in the mend)
BROKEN: dict[str, tuple[dict[str, str | bytes], str, str, int | None, str, str]] = {
    "no users.csv": ({"orgs.csv": ORGS}, "sourcedId", "roster/", None, "no users.csv", "SIS export"),
    "nobody": ({"users.csv": HEAD}, "sourcedId", "roster/users.csv", None, "no user has the role", "roles.csv"),
    "empty": ({"users.csv": ""}, "sourcedId", "roster/users.csv", 1, "no header row", "first line"),
    "no sourcedId": (
        {"users.csv": HEAD.replace("sourcedId", "userId") + "a,student,A,B,1\n"},
        "identifier",
        "roster/users.csv",
        1,
        "`sourcedId`",
        "",
    ),
    "no familyName": (
        {"users.csv": HEAD.replace("family", "Family_")},
        "sourcedId",
        "roster/users.csv",
        1,
        "`familyName`",
        "`Family_Name`",
    ),
    "no student_key": ({"users.csv": HEAD}, "identifer", "roster/users.csv", 1, "`identifer`, which `student_key`", "`identifier`"),
    "a blank sourcedId": (
        {"users.csv": HEAD + "a,student,A,B,1\n,student,C,D,2\n"},
        "sourcedId",
        "roster/users.csv",
        3,
        "`sourcedId` is blank",
        "row",
    ),
    "two of one key": (
        {"users.csv": HEAD + "a,student,A,B,1\nb,student,C,D,2\nc,student,E,F,1\n"},
        "identifier",
        "roster/users.csv",
        4,
        "another student has at roster/users.csv, line 2",
        "unique",
    ),
    "latin-1": ({"users.csv": HEAD.encode() + b"a,student,Zo\xeb,B,1\n"}, "sourcedId", "roster/users.csv", 2, "not UTF-8", "UTF-8"),
    "binary": ({"users.csv": HEAD.encode() + b"a,student,A,B,1\n\0\0\0"}, "sourcedId", "roster/users.csv", 3, "NUL", "again"),
    "an open quotation": ({"users.csv": HEAD + 'a,student,A,"B,1\n'}, "sourcedId", "roster/users.csv", 2, "quotation", "again"),
    "a cell too many": ({"users.csv": HEAD + "\n\na,student,A,B,1,x\n"}, "sourcedId", "roster/users.csv", 4, "6 cells", "double quotes"),
    "a column twice": ({"users.csv": HEAD.replace("role", "Identifier")}, "sourcedId", "roster/users.csv", 1, "`Identifier`", "Keep one"),
    "a birth date": (
        {"users.csv": HEAD + "a,student,A,B,1\n", "demographics.csv": "sourcedId,birthdate\na,2012-02-30\n"},
        "sourcedId",
        "roster/demographics.csv",
        2,
        "`birthdate` is no date",
        "YYYY-MM-DD",
    ),
    "an end date": (
        {"users.csv": HEAD + "a,student,A,B,1\n", "enrollments.csv": "userSourcedId,endDate\na,soon\n"},
        "sourcedId",
        "roster/enrollments.csv",
        2,
        "`endDate` is no date",
        "YYYY-MM-DD",
    ),
    "roles without role": (
        {"users.csv": HEAD + "a,student,A,B,1\n", "roles.csv": "userSourcedId\na\n"},
        "sourcedId",
        "roster/roles.csv",
        1,
        "`role`",
        "again",
    ),
    "no zip": ({"export.zip": b"PK\3\4 not really"}, "sourcedId", "roster/export.zip", None, "not a readable zip", "again"),
    "half a zip": ({"export.zip": zipped(VERSION_1_1)[:400]}, "sourcedId", "roster/export.zip", None, "not a readable zip", "again"),
    "a member": (
        {"export.zip": zipped({"x/users.csv": HEAD + ",student,A,B,1\n"})},
        "sourcedId",
        "roster/export.zip!/x/users.csv",
        2,
        "`sourcedId` is blank",
        "row",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_one_clear_error(tmp_path: Path, case: str) -> None:
    files, student_key, file, line, found, mend = BROKEN[case]
    with pytest.raises(RosterError) as caught:
        read_roster(folder(tmp_path, files), student_key)
    assert (caught.value.file, caught.value.line) == (file, line)
    assert found in caught.value.found
    assert mend in caught.value.mend
    assert str(caught.value).startswith(file)


def test_a_roster_that_is_too_big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster_files, "TOTAL_BYTES", len(USERS_1_1.encode()) + 10)
    with pytest.raises(RosterError, match="more bytes than a roster may have"):
        read_roster(folder(tmp_path, {"a.zip": zipped({"users.csv": USERS_1_1}), "b.zip": zipped({"users.csv": USERS_1_1})}))


def test_a_damaged_member(tmp_path: Path) -> None:
    data = bytearray(zipped({"users.csv": USERS_1_1}))
    data[80:120] = bytes(40)
    with pytest.raises(RosterError, match=r"export\.zip"):
        read_roster(folder(tmp_path, {"export.zip": bytes(data)}))


def test_people_do_not_show_in_logs(tmp_path: Path) -> None:
    roster = read_roster(folder(tmp_path, dict(VERSION_1_1)))
    assert repr(roster) == "<roster of 7 people>"
    assert repr(roster.people[-1]) == "<staff of the roster>"


@given(st.text(max_size=20))
def test_canonical_is_stable(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)
    assert canonical(f" {text}\n") == canonical(text)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    base = tmp_path_factory.mktemp("bytes")
    broken: list[dict[str, str | bytes]] = [
        {"users.csv": data},
        {"users.csv": HEAD + "a,student,A,B,1\n", "roles.csv": data},
        {"a.zip": data},
    ]
    for number, files in enumerate(broken):
        try:
            read_roster(folder(base / str(number), files))
        except RosterError as error:
            assert error.mend  # noqa: PT017 - either way is right
