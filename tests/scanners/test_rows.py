"""Whose row is it, and what does it say about whom?"""

from __future__ import annotations

import json
from datetime import date

import pytest

from scanners.oneroster import Person, Roster
from tests.scanners.district import ROSTER, STUDENTS, context, fields, key, scan, seen, table

A, B, C, D, E, F = STUDENTS[:6]
TEACHER = "staff:t1"
NAMESAKE = "staff:t2"

ROWS: list[tuple[str, dict[str, str | None], set[tuple[str | None, str]]]] = [
    ("by id", {"student_id": A.sourced_id, "grade": "5"}, {(key(A), "student_id.local"), (key(A), "enrollment.grade_level")}),
    ("by e-mail in any case", {"Email": A.emails[0].upper()}, {(key(A), "student_contact.email")}),
    ("by last, first", {"Student": "JORGENSEN, AALIYAH"}, {(key(A), "student_name")}),
    ("with a middle initial", {"Student": "Declan J. Whitcomb"}, {(key(D), "student_name")}),
    ("without accents", {"student name": "Zoe O’Rourke Diaz"}, {(key(E), "student_name")}),
    ("by a preferred name", {"student name": "Zo O'Rourke-Díaz"}, {(key(E), "student_name")}),
    ("first and last apart", {"last": "Villanueva", "first": "TOMAS"}, {(key(F), "student_name")}),
    (
        "two of one name, told by birth date",
        {"name": "Emily Chen", "dob": "06/20/2012"},
        {(key(8), "student_name"), (key(8), "demographics.birth_date")},
    ),
    (
        "two of one name, told by a birth date without separators",
        {"name": "Emily Chen", "bdate": "6202012"},
        {(key(8), "student_name"), (key(8), "demographics.birth_date")},
    ),
    (
        "two of one name, told by grade",
        {"name": "Emily Chen", "grade": "Grade 3"},
        {(key(7), "student_name"), (key(7), "enrollment.grade_level")},
    ),
    ("two of one name", {"student name": "Emily Chen"}, {(None, "student_name")}),
    (
        "a name against its birth date",
        {"student": "Mateo Okafor", "dob": "1999-01-01"},
        {(None, "student_name"), (None, "demographics.birth_date")},
    ),
    (
        "student's guardian",
        {"student_id": A.sourced_id, "parent": "Ingrid Jorgensen", "parent_email": "ingrid.j@mail.example"},
        {(key(A), "student_id.local"), (key(A), "guardian_name"), (key(A), "guardian_contact.email")},
    ),
    (
        "guardian alone",
        {"email": "ingrid.j@mail.example", "name": "Ingrid Jorgensen"},
        {(key(s), e) for s in (A, C) for e in ("guardian_contact.email", "guardian_name")},
    ),
    ("guardian's phone alone", {"to": "+14025550188", "body": "School is closed"}, {(key(B), "guardian_contact.phone")}),
    (
        "teacher of a student",
        {"student_id": A.sourced_id, "teacher": "Carol Lindqvist", "teacher_email": "carol.lindqvist@pr.example"},
        {(key(A), "student_id.local"), (key(A), "schedule.teacher")},
    ),
    (
        "a teacher called like a student",
        {"student_id": A.sourced_id, "Teacher": "Jordan Mason"},
        {(key(A), "student_id.local"), (key(A), "schedule.teacher")},
    ),
    (
        "staff",
        {"name": "Carol Lindqvist", "email": "carol.lindqvist@pr.example"},
        {(TEACHER, "staff_name"), (TEACHER, "staff_contact.work")},
    ),
    (
        "the building is nobody",
        {"student_id": A.sourced_id, "building": "Jordan Mason"},
        {(key(A), "student_id.local"), (key(A), "enrollment.school")},
    ),
    (
        "negative indicator",
        {"student_id": A.sourced_id, "iep": "N", "sped": "Not special education", "frl": ""},
        {(key(A), "student_id.local")},
    ),
    ("positive indicator", {"student_id": A.sourced_id, "iep": "Y"}, {(key(A), "student_id.local"), (key(A), "special.iep_504")}),
    (
        "nobody on the roster",
        {"student_name": "Quentin Abernathy", "student_email": "q@x.example"},
        {(None, "student_name"), (None, "student_contact.email")},
    ),
    ("text that names a student", {"note": "Please call Mateo Okafor about the late bus"}, {(key(B), "student_name")}),
    (
        "text in another's row",
        {"student_id": A.sourced_id, "incident": "Pushed Mateo Okafor in the hallway at noon"},
        {(key(A), "student_id.local"), (key(A), "conduct"), (key(B), "student_name")},
    ),
    (
        "a guardian's children in one cell",
        {"Adult Email": "ingrid.j@mail.example", "Children": "Aaliyah Jorgensen; Priya Natarajan"},
        {(key(s), e) for s in (A, C) for e in ("guardian_contact.email", "student_name")},
    ),
    (
        "contacts beside their relationship",
        {"student_id": A.sourced_id, "Contact_relationship": "Aunt", "Contact_phone": "402-555-0199", "Contact_email": "aunt@mail.example"},
        {(key(A), "student_id.local"), (key(A), "guardian_contact.phone"), (key(A), "guardian_contact.email")},
    ),
    (
        "a flag in JSON",
        {"student_id": A.sourced_id, "meta": '{"frl": true, "iep": false}'},
        {(key(A), "student_id.local"), (key(A), "special.low_income")},
    ),
    (
        "an incident",
        {"incident_no": "IN-310", "offender_id": A.sourced_id, "resolution": "ISS"},
        {(key(A), "student_id.local"), (key(A), "conduct")},
    ),
    (
        "a line with an id before the name",
        {"line": f"{B.sourced_id}    OKAFOR, MATEO      5  28"},
        {(key(B), "student_id.local"), (key(B), "student_name")},
    ),
    ("a line with a number before another's name", {"line": f"{A.sourced_id}    OKAFOR, MATEO"}, {(key(B), "student_name")}),
    (
        "a letter to an office about a student",
        {"to": "bus.desk@pr.example", "body": "Mateo Okafor rides on Mondays"},
        {(key(B), "student_name")},
    ),
    (
        "an account's name with an e-mail in it",
        {"userIdentity.arn": f"arn:aws:sts::123456789012:assumed-role/app/{A.emails[0]}"},
        {(key(A), "student_contact.email")},
    ),
    ("a hashed e-mail", {"uid": "sha"}, set()),
    ("the vendor's own row", {"order_id": "77", "sku": "A-1"}, set()),
    ("a course list", {"course": "Algebra", "grade": "9", "room": "204"}, set()),
]


@pytest.mark.parametrize(("row", "expected"), [(r, e) for _, r, e in ROWS], ids=[n for n, _, _ in ROWS])
def test_row(row: dict[str, str | None], expected: set[tuple[str | None, str]]) -> None:
    assert seen(scan(table([row]))) == expected


INDICATORS = [
    ("LunchStatus", "FRP", "special.low_income", "FR"),
    ("FRL", "FT", "special.low_income", "T"),
    ("Ethnicity", "AWPN", "demographics.ethnicity_race", "AWPN"),
    ("hispanic", "YN", "demographics.ethnicity_race", "Y"),
]


@pytest.mark.parametrize(("header", "letters", "element", "telling"), INDICATORS, ids=[f"{i[0]}-{i[1]}" for i in INDICATORS])
def test_a_letter_is_a_code_or_a_no(header: str, letters: str, element: str, telling: str) -> None:
    rows: list[dict[str, str | None]] = [{"student_id": s.sourced_id, header: v} for s, v in zip(STUDENTS, letters, strict=False)]
    told = {whom for whom, slug in seen(scan(table(rows))) if slug == element}
    assert told == {key(s) for s, v in zip(STUDENTS, letters, strict=False) if v in telling}


@pytest.mark.parametrize(
    ("code", "told"), [("Limited", True), ("NotLimited", False), ("NotApplicable", False), ("LimitedMonitored1", True)]
)
def test_a_descriptor_that_says_no(code: str, told: bool) -> None:
    row: dict[str, str | None] = {
        "student_id": A.sourced_id,
        "LimitedEnglishProficiency": f"uri://ed-fi.org/LimitedEnglishProficiencyDescriptor#{code}",
    }
    assert ((key(A), "special.english_learner") in seen(scan(table([row])))) == told


@pytest.mark.parametrize("header", ["ctx.req", "id.uniqueQualifier"])
def test_the_id_of_a_request_is_nobodys(header: str) -> None:
    rows: list[dict[str, str | None]] = [{"actor.email": s.emails[0], header: f"-88{i:04d}f{i}7c"} for i, s in enumerate(STUDENTS)]
    assert fields(scan(table(rows), kind="log"))[header] == "none"


def test_a_programs_own_account_is_no_students_user_name() -> None:
    rows: list[dict[str, str | None]] = [{"email": s.emails[0], "userName": "webapp"} for s in STUDENTS[:3]]
    assert fields(scan(table(rows), kind="log"))["userName"] == "none"


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("upper", [False, True])
def test_hashed_email(algorithm: str, upper: bool) -> None:
    import hashlib

    digest = hashlib.new(algorithm, A.emails[0].encode()).hexdigest()
    result = scan(table([{"em": digest.upper() if upper else digest}], receiver="ads.example", sender="app.example"), kind="tracking")
    assert seen(result) == {(key(A), "student_contact.email")}
    assert result.tables["sightings"].to_pylist()[0]["derivation"] == algorithm


def test_own_ids_join_and_stay_tokens() -> None:
    known = scan(table([{"email": s.emails[0], "learner_uuid": f"LX-{i:04d}", "minutes": "5"} for i, s in enumerate(STUDENTS)]))
    pairs = {(r["token"], r["subject_key"]) for r in known.tables["crosswalk"].to_pylist()}
    assert len(pairs) == 10
    assert (key(A), "student_id.provider") in seen(known)
    later = scan(table([{"learner_uuid": "LX-0000", "minutes": "9"}]), path="export/b.csv")
    rows = later.tables["sightings"].to_pylist()
    assert {(r["subject_key"], r["data_element"]) for r in rows} == {(None, "student_id.provider"), (None, "application.usage")}
    assert {r["token"] for r in rows} <= {t for t, s in pairs if s == key(A)}


def test_a_vendors_own_student_ids_are_provider_ids() -> None:
    rows: list[dict[str, str | None]] = [{"student_id": f"BR-{i:04d}", "email": s.emails[0]} for i, s in enumerate(STUDENTS)]
    assert fields(scan(table(rows)))["student_id"] == "student_id.provider"


def test_event_ids_are_no_crosswalk() -> None:
    rows: list[dict[str, str | None]] = [{"email": STUDENTS[i % 5].emails[0], "id": f"e-{i:05d}"} for i in range(40)]
    assert scan(table(rows)).tables["crosswalk"].num_rows == 0


def test_log_days_are_the_districts() -> None:
    rows: list[dict[str, str | None]] = [
        {"time": "2026-09-02T03:30:00Z", "user": A.emails[0]},
        {"time": "2026-09-02T12:00:00-05:00", "user": A.emails[0]},
    ]
    result = scan(table(rows), kind="log")
    assert {r["seen_on"] for r in result.tables["sightings"].to_pylist()} == {date(2026, 9, 1), date(2026, 9, 2)}


def test_exports_have_no_record_time() -> None:
    rows: list[dict[str, str | None]] = [{"time": "2020-01-01T00:00:00Z", "email": A.emails[0]}]
    assert {r["seen_on"] for r in scan(table(rows)).tables["sightings"].to_pylist()} == {None}


def test_a_log_shows_another_host_receiving() -> None:
    rows: list[dict[str, str | None]] = [
        {"ts": "2026-09-02T12:00:00Z", "url": f"https://stats.adnet.example/c?em={A.emails[0]}&v=1"},
        {"ts": "2026-09-02T12:00:00Z", "referer": f"https://portal.pr.example/?student={B.sourced_id}"},
    ]
    result = scan(table(rows), kind="log")
    hosts = {(r["subject_key"], r["data_element"], r["receiver_host"]) for r in result.tables["sightings"].to_pylist()}
    assert hosts == {
        (key(A), "student_contact.email", "stats.adnet.example"),
        (key(A), "student_contact.email", None),  # the log itself holds it
        (key(B), "student_id.local", None),
    }


def test_a_log_names_its_destination() -> None:
    rows: list[dict[str, str | None]] = [
        {"ts": "2026-09-02T12:00:00Z", "dest_host": "api.metrics.example", "payload": json.dumps({"email": A.emails[0]})}
    ]
    result = scan(table(rows), kind="log")
    assert {(r["subject_key"], r["receiver_host"]) for r in result.tables["sightings"].to_pylist()} == {
        (key(A), "api.metrics.example"),
        (key(A), None),
    }


@pytest.mark.parametrize(
    "value",
    [
        "YWFsaXlhaC5qb3JnZW5zZW4xQHByLmV4YW1wbGU=",
        "aaliyah.jorgensen1%40pr.example",
        "616c69796168",
        '{"u": {"mail": "aaliyah.jorgensen1@pr.example"}}',
        "a=1&em=aaliyah.jorgensen1%40pr.example",
        "/track/aaliyah.jorgensen1@pr.example/x",
        "mailto:Aaliyah.Jorgensen1@PR.example",
    ],
)
def test_encodings(value: str) -> None:
    if value == "616c69796168":
        value = A.emails[0].encode().hex()
    result = scan(table([{"d": value}], receiver="x.example", sender="app.example"), kind="tracking")
    assert (key(A), "student_contact.email") in seen(result)


def test_names_of_files_and_columns_are_redacted() -> None:
    result = scan(table([{"Aaliyah Jorgensen": "5", "id": A.sourced_id}]), path="export/IEP_Aaliyah_Jorgensen_9000001.csv")
    shown = str(result.tables["files"].to_pylist()) + str(result.tables["fields"].to_pylist())
    assert "aliyah" not in shown.lower()
    assert A.sourced_id not in shown


def test_no_raw_value_leaves() -> None:
    rows: list[dict[str, str | None]] = [
        {"id": s.sourced_id, "name": f"{s.given} {s.family}", "email": s.emails[0], "note": f"{s.given} {s.family} was late again today"}
        for s in STUDENTS
    ]
    result = scan(table(rows))
    text = " ".join(
        str(t.drop_columns([c for c in ("subject_key",) if c in t.column_names]).to_pylist()) for t in result.tables.values()
    ).lower()
    for s in STUDENTS:
        assert s.emails[0] not in text
        assert f"{s.given} {s.family}".lower() not in text


def test_a_decision_wins() -> None:
    from scanners.scan import Decision

    settled = context((Decision("vendor", "export/*.csv", "x1", "conduct", date(2026, 12, 31)),))
    rows: list[dict[str, str | None]] = [{"id": s.sourced_id, "x1": "AB"} for s in STUDENTS]
    result = scan(table(rows), context_=settled)
    assert fields(result)["x1"] == "conduct"
    assert "decision" in {r["detector"] for r in result.tables["findings"].to_pylist()}
    lapsed = context((Decision("vendor", "export/*.csv", "x1", "conduct", date(2026, 1, 31)),))
    assert fields(scan(table(rows), context_=lapsed))["x1"] == "none"


MAYA = [
    Person("90500", "90500", "student", "Maya", "Torres", emails=("mt.student@pr.example",), guardians=("G9",)),
    Person("T9", "T9", "staff", "Maya", "Torres", emails=("mtorres@pr.example",), local_ids=(("T9", "sourcedId"),)),
    Person("G9", "G9", "guardian", "Rosa", "Torres", emails=("mt.student@pr.example",), phones=("402-555-0191",), wards=("90500",)),
]

SHARED: list[tuple[str, dict[str, str | None], set[tuple[str | None, str]]]] = [
    (
        "a teacher with a student's name",
        {"Name": "Maya Torres", "Email": "mtorres@pr.example"},
        {("staff:t9", "staff_name"), ("staff:t9", "staff_contact.work")},
    ),
    ("the role says so", {"name": "Maya Torres", "role": "Teacher"}, {("staff:t9", "staff_name")}),
    (
        "the student with a teacher's name",
        {"Name": "Maya Torres", "Email": "mt.student@pr.example"},
        {("student:90500", "student_name"), ("student:90500", "student_contact.email")},
    ),
    (
        "the teacher in a student's row",
        {"student name": "Maya Torres", "teacher email": "mtorres@pr.example"},
        {("student:90500", "student_name"), ("student:90500", "schedule.teacher")},
    ),
    (
        "a guardian with the student's e-mail",
        {"First Name": "Rosa", "Last Name": "Torres", "Email": "mt.student@pr.example"},
        {("student:90500", "guardian_name"), ("student:90500", "guardian_contact.email")},
    ),
]


@pytest.mark.parametrize(("row", "expected"), [(r, e) for _, r, e in SHARED], ids=[n for n, _, _ in SHARED])
def test_shared_names_and_addresses(row: dict[str, str | None], expected: set[tuple[str | None, str]]) -> None:
    assert seen(scan(table([row]), roster=Roster((*MAYA, *ROSTER.people)))) == expected


@pytest.mark.parametrize(
    "line",
    [
        '"GET /static/app.js HTTP/1.1" 200 9000001',
        "/static/app.9000001.js",
        "kernel: process 9000001 took 2 ms",
        "wrote 9000001 bytes in 3 s",
    ],
)
def test_a_bare_number_in_a_line_is_no_id(line: str) -> None:
    assert seen(scan(table([{"line": line}]), kind="log")) == set()


@pytest.mark.parametrize(
    "line",
    [
        "login student_id=9000001 ok",
        "opened /students/9000001/grades",
        "student #9000001 signed in",
        "Aaliyah Jorgensen (9000001) was late",
    ],
)
def test_an_id_in_a_line_is_told_by_its_words(line: str) -> None:
    assert (key(A), "student_id.local") in seen(scan(table([{"line": line}]), kind="log"))


LINES = [
    ("2026-09-01T23:30:00-05:00 u=aaliyah.jorgensen1@pr.example", date(2026, 9, 1)),
    ("2026-09-02 03:30:00,123 INFO aaliyah.jorgensen1@pr.example", date(2026, 9, 2)),
    ('203.0.113.9 - aaliyah.jorgensen1@pr.example [31/Aug/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5', date(2026, 8, 31)),
    ("Aug 30 10:00:00 web sshd[1]: login aaliyah.jorgensen1@pr.example", date(2026, 8, 30)),
    ("Dec 30 10:00:00 web sshd[1]: login aaliyah.jorgensen1@pr.example", date(2025, 12, 30)),
    ("no time aaliyah.jorgensen1@pr.example", None),
]


@pytest.mark.parametrize(("line", "day"), LINES)
def test_the_day_of_a_line(line: str, day: date | None) -> None:
    assert {r["seen_on"] for r in scan(table([{"line": line}]), kind="log").tables["sightings"].to_pylist()} == {day}


def test_a_logs_message_is_the_loggers() -> None:
    rows: list[dict[str, str | None]] = [{"time": "2026-09-10T15:00:00Z", "message": "user login ok", "student_id": A.sourced_id}]
    assert seen(scan(table(rows), kind="log")) == {(key(A), "student_id.local")}


@pytest.mark.parametrize("header", ["acct_ref", "member", "pk", "u", "token", "learner_code"])
def test_own_ids_under_any_header(header: str) -> None:
    known = scan(table([{"email": s.emails[0], header: f"Q{i}7-{i:04d}x"} for i, s in enumerate(STUDENTS)]))
    assert fields(known)[header] == "student_id.provider"
    other = scan(table([{header: f"Q{i}7-{i:04d}x", "score": "5"} for i in range(10)]), path="export/old.csv")
    pairs = {(r["token"], r["subject_key"]) for r in known.tables["crosswalk"].to_pylist()}
    assert {r["token"] for r in other.tables["crosswalk"].to_pylist()} == {t for t, _ in pairs}


@pytest.mark.parametrize("word", ["message", "route", "response", "lang", "activity", "image", "location", "address", "health"])
def test_single_words_of_a_log_are_the_machines(word: str) -> None:
    rows: list[dict[str, str | None]] = [{"time": "2026-09-10T15:00:00Z", word: "some plain words here", "student_id": A.sourced_id}]
    assert seen(scan(table(rows), kind="log")) == {(key(A), "student_id.local")}
    assert len(seen(scan(table(rows), kind="export"))) == 2 or word == "location"


def test_a_tables_name_stands_in_front_only_where_there_are_several() -> None:
    rows: list[dict[str, str | None]] = [{"email": A.emails[0]}]
    beside = table([{"value": "x"}], "properties")
    assert set(fields(scan(table(rows, "Sheet1"), beside))) == {"email", "properties.value"}
    assert set(fields(scan(table(rows, "Sheet1"), table(rows, "Sheet2")))) == {"Sheet1.email", "Sheet2.email"}


@pytest.mark.parametrize(("receiver", "told"), [("app.pr.example", False), ("ads.example", True)])
def test_a_session_cookie_that_goes_home_is_told_to_nobody(receiver: str, told: bool) -> None:
    rows: list[dict[str, str | None]] = [{"?email": A.emails[0], "cookie:sess": "b3k1-99aa-27fe"}]
    result = scan(table(rows, receiver=receiver, sender="app.pr.example"), kind="tracking")
    assert ((key(A), "application.cookie") in seen(result)) == told
