"""Every kind of log, whole: what it holds of a student is a sighting on that record's day, under a path that says where."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from scanners.intake import Delivery, InboxFile
from scanners.sandbox import read_file
from scanners.scan import scan_delivery
from scanners.schemas import DeliveryResult
from tests.scanners.district import context, key

DAY = date(2026, 9, 1)
EMAIL, NAME, ID, USER = "student_contact.email", "student_name", "student_id.local", "student_id.username"
SYSLOG = "Sep  1 10:00:00 gate"
EVENTS = {
    "workspace": {"id": {"time": "2026-09-01T15:00:00Z"}, "actor": {"email": "staff@x.example"}, "events": [{"name": "share",
    "parameters": [
        {"name": "target_user", "value": "hana.sato10@pr.example"}, {"name": "doc_title", "value": "Essay by Priya Natarajan"}]}]},
    "cloudtrail": {"Records": [{"eventTime": "2026-09-01T15:00:00Z", "requestParameters": {"userName": "hana.sato10@pr.example"}}] * 2},
    "xapi": {"timestamp": "2026-09-01T15:00:00Z", "stored": "2026-11-01T00:00:00Z", "actor": {"mbox": "mailto:hana.sato10@pr.example"}},
    "hashed": {"timestamp": "2026-09-01T15:00:00Z",
               "actor": {"mbox_sha1sum": hashlib.sha1(b"mailto:hana.sato10@pr.example", usedforsecurity=False).hexdigest()}},
    "caliper": {"sensor": "https://x.example", "sendTime": "2026-09-02T15:00:00Z",
                "data": [{"eventTime": "2026-09-01T15:00:00Z", "actor": {"type": "Person", "name": "Hana Sato"}, "type": "ViewEvent"}] * 2},
    "nested": {"time": "2026-09-01T15:00:00Z", "payload": {"student": {"firstName": "Hana", "lastName": "Sato"}}},
}  # fmt: skip
CASES = [
    ("auth.log", f"{SYSLOG} sshd[8]: Accepted password for hsato10 from 203.0.113.9 port 50022 ssh2", 10, USER, "user"),
    ("auth.log", f"{SYSLOG} sshd[8]: Invalid user hana.sato10@pr.example from 203.0.113.9", 10, EMAIL, "user"),
    ("syslog", f"{SYSLOG} lmsd[8]: could not mail grades to hana.sato10@pr.example", 10, EMAIL, "email"),
    ("syslog", f"{SYSLOG} lmsd[8]: session of student Hana Sato ended", 10, NAME, "student"),
    ("syslog", f"{SYSLOG} lmsd[8]: late again: Hana Sato", 10, NAME, "message"),
    ("new.log", '<34>1 2026-09-01T10:00:00-05:00 gate lms 8 IN [who@1 email="hana.sato10@pr.example"] signed in', 10, EMAIL, "who@1.email"),
    ("app.log", "2026-09-01 10:00:00,123 INFO [main] c.e.Foo - work of student Sato, Hana saved", 10, NAME, "student"),
    ("app.log", "2026-09-01 23:30:00,123 INFO [main] c.e.Foo - user=hana.sato10@pr.example id=7 in", 10, EMAIL, "user"),
    ("error.log", "[Tue Sep 01 10:00:00 2026] [error] [client 203.0.113.9] no page for hana.sato10@pr.example", 10, EMAIL, "email"),
    ("old.log", "26/09/01 10:00:00 INFO a.Foo: mail to hana.sato10@pr.example", 10, EMAIL, "email"),
    ("tracking.log", f'{SYSLOG} [service_variant=lms][tracking][env:p] INFO [x] {{"username": "hsato10", "time": "2026-09-01T15:00:00Z"}}',
     10, USER, "username"),
    ("app.log", f'{SYSLOG} app[3]: {{"email": "hana.sato10@pr.example"}}', 10, EMAIL, "email"),
    ("u_ex.log", "#Fields: date time cs-uri-stem cs-uri-query c-ip\n2026-09-02 03:30:00 /all email=hana.sato10%40pr.example 203.0.113.9",
     10, EMAIL, "cs-uri-query?email"),
    ("alb.log", 'http 2026-09-01T15:00:00.1Z app/a/5 203.0.113.9:2 10.0.0.1:80 0 0 0 200 200 3 3 '
     '"GET http://lms.x.example:80/students?email=hana.sato10%40pr.example HTTP/1.1" "curl" - - arn "Root=1" "-" "-" 0', 10, EMAIL,
     "GET lms.x.example:80/students?email="),
    ("events.txt", "Event[0]:\n  Log Name: Security\n  Date: 2026-09-01T10:00:00.1\n  Event ID: 46\n  Description:\nOn.\nNew Logon:\n"
     "\tAccount Name:\t\thana.sato10@pr.example\n", 10, EMAIL, "New Logon.Account Name"),
    ("audit.json", json.dumps([EVENTS["workspace"]]), 10, EMAIL, "events[].parameters.target_user"),
    ("audit.json", json.dumps([EVENTS["workspace"]]), 3, NAME, "events[].parameters.doc_title"),
    ("trail.json", json.dumps(EVENTS["cloudtrail"]), 10, EMAIL, "requestParameters.userName"),
    ("xapi.jsonl", json.dumps(EVENTS["xapi"]), 10, EMAIL, "actor.mbox"),
    ("xapi.jsonl", json.dumps(EVENTS["hashed"]), 10, EMAIL, "actor.mbox_sha1sum"),
    ("caliper.json", json.dumps(EVENTS["caliper"]), 10, NAME, "data.actor.name"),
    ("app.jsonl", json.dumps(EVENTS["nested"]), 10, NAME, "payload.student.firstName"),
]  # fmt: skip


def scan_log(folder: Path, name: str, data: bytes) -> DeliveryResult:
    path = folder / name
    path.write_bytes(data)
    source = InboxFile(path, f"log/{name}", "log", None, len(data), hashlib.sha256(data).hexdigest())
    delivery = Delivery("vendor/2026-09-02", "vendor", date(2026, 9, 2), folder)
    return scan_delivery(delivery, [source], context(), lambda files: ((file, read_file(file)) for file in files))


@pytest.mark.parametrize("repeated", [1, 4])
@pytest.mark.parametrize(("name", "text", "student", "element", "field"), CASES)
def test_a_student_in_a_log(tmp_path: Path, name: str, text: str, student: int, element: str, field: str, repeated: int) -> None:
    data = "\n".join([text] if name.endswith(".json") else [text] * repeated).encode()
    result = scan_log(tmp_path, name, data)
    assert result.tables["files"].to_pylist()[0]["status"] == "scanned"
    rows = result.tables["sightings"].to_pylist()
    assert (key(student), element, field, DAY) in {(r["subject_key"], r["data_element"], r["field_path"], r["seen_on"]) for r in rows}


@pytest.mark.parametrize(
    ("line", "stranger", "student", "element", "field"),
    [
        (f"{SYSLOG} sshd[8]: Failed password for {{}} from 203.0.113.9 port 50022 ssh2", "oracle{}", "hsato10", USER, "user"),
        ("2026-09-01 10:00:00 INFO a.B - user={} did x", "u{}", "hsato10", USER, "user"),
        ("2026-09-01 10:00:00 INFO a.B - student {} did x", "{}", "9000010", ID, "student"),
    ],
)
def test_one_student_among_many_strangers(tmp_path: Path, line: str, stranger: str, student: str, element: str, field: str) -> None:
    """What a program's sentence says of one is kept, and the strangers' names are no ids of the party's users."""
    lines = [line.format(stranger.format(n)) for n in range(300)] + [line.format(student)]
    rows = scan_log(tmp_path, "app.log", "\n".join(lines).encode()).tables["sightings"].to_pylist()
    assert (key(10), element, field, DAY) in {(r["subject_key"], r["data_element"], r["field_path"], r["seen_on"]) for r in rows}
    assert {r["subject_key"] for r in rows if r["data_element"].startswith("student_id")} == {key(10)}
