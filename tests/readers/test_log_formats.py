"""Logs of formats that have a name: JSON after a prefix, W3C, load balancers, Windows events, and JSON of learning and audit events."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]
EDX = (
    "Sep 14 10:00:00 lms-1 [service_variant=lms][tracking][env:prod] INFO [lms-1 812] [user 7] [ip 203.0.113.9] [logger.py:54] - "
    '{"username": "ilindqvist", "time": "2026-09-14T15:00:00.5+00:00", "event_type": "problem_check", "context": {"user_id": 7, '
    '"path": "/event?student=9001"}, "event": {"grade": 3}}'
)
ALB = (
    "https 2026-09-14T15:00:00.186641Z app/lms/50dc 203.0.113.9:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
    '"GET https://lms.example:443/students?email=ann%40x.example HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2 arn:aws:tg "Root=1-58" '
    '"lms.example" "arn:cert" 0 2026-09-14T15:00:00.1Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1'
)
CLASSIC = (
    "2026-09-14T15:00:00.186641Z lms 203.0.113.9:2817 10.0.0.1:80 0.1 0.1 0.1 200 200 0 29 "
    '"GET http://lms.example:80/?id=9001 HTTP/1.1" "curl/7.38.0" - -'
)
IIS = """#Software: Microsoft Internet Information Services 10.0
#Date: 2026-09-14 15:00:00
#Fields: date time cs-method cs-uri-stem cs-uri-query cs-username c-ip cs(User-Agent) sc-status
2026-09-14 23:30:00 GET /students email=ann%40x.example&x=1 PR\\ann 203.0.113.9 Mozilla/5.0+(X11) 200
2026-09-14 23:30:01 GET /a - - 203.0.113.9 curl 404
broken
"""
WINDOWS = """Event[0]:
  Log Name: Security
  Source: Microsoft-Windows-Security-Auditing
  Date: 2026-09-14T10:00:00.123
  Event ID: 4624
  Computer: DC1.x.example
  Description: 
An account was successfully logged on.

Subject:
\tSecurity ID:\t\tS-1-5-18
\tAccount Name:\t\tDC1$

New Logon:
\tAccount Name:\t\tann.lee
\tSource Network Address:\t203.0.113.9

Event[1]:
  Log Name: Application
  Event ID: 7
  Date: 2026-09-15T10:00:00
  Description: 
Saved.
"""  # noqa: W291


def row(parsed: ParsedFile, number: int = 0) -> dict[str, str]:
    return {name: value for name, value in parsed.tables[0].data.to_pylist()[number].items() if value is not None}


CASES = {
    "edx": ("tracking.log", EDX, "prefixed-json", {"username": "ilindqvist", "time": "2026-09-14T15:00:00.5+00:00", "log.host": "lms-1",
    "log.env": "prod",
            "context.path": "/event?student=9001", "event.grade": "3", "log.time": "Sep 14 10:00:00", "log.service": "lms"}),
    "edx bare": ("tracking.jsonl", EDX[EDX.index("{") :], "jsonl", {"username": "ilindqvist", "context.user_id": "7"}),
    "stamped": ("app.log", '2026-09-01T10:00:00.5Z stdout F {"user": {"name": "Ann Lee"}}', "prefixed-json",
                {"user.name": "Ann Lee", "log.time": "2026-09-01T10:00:00.5Z", "log.message": "stdout F"}),
    "from a daemon": ("app.log", 'Sep  1 10:00:00 gate app[3]: {"user": "ann"}', "prefixed-json", {"user": "ann", "log.process": "app",
    "log.pid": "3"}),
    "alb": ("alb.log", ALB, "load-balancer", {"time": "2026-09-14T15:00:00.186641Z", "method": "GET", "client_address": "203.0.113.9:2817",
            "url": "https://lms.example:443/students?email=ann%40x.example", "domain_name": "lms.example", "connection_trace": "TID_1"}),
    "elb": ("elb.log", CLASSIC, "load-balancer", {"elb": "lms", "url": "http://lms.example:80/?id=9001", "user_agent": "curl/7.38.0"}),
    "windows": ("events.txt", WINDOWS, "windows-events", {"Date": "2026-09-14T10:00:00.123", "Event ID": "4624",
    "Subject.Account Name": "DC1$",
                "New Logon.Account Name": "ann.lee", "Description": "An account was successfully logged on."}),
    "workspace": ("audit.json", json.dumps([{"id": {"time": "2026-09-14T15:00:00Z"}, "actor": {"email": "ann@x.example"},
    "events": [{"name": "edit",
                  "parameters": [{"name": "doc_title", "value": "Essay"}, {"name": "is_shared", "boolValue": True}]}]}]), "json",
                  {"id.time": "2026-09-14T15:00:00Z", "actor.email": "ann@x.example", "events[].name": "edit",
                      "events[].parameters.doc_title": "Essay",
                   "events[].parameters.is_shared": "true"}),
    "cloudtrail": ("trail.json", json.dumps({"Records": [{"eventTime": "2026-09-14T15:00:00Z", "userIdentity": {"userName": "ann"},
                   "requestParameters": {"bucketName": "b"}}]}), "json", {"eventTime": "2026-09-14T15:00:00Z",
                   "userIdentity.userName": "ann"}),
    "xapi": ("statements.jsonl", json.dumps({"timestamp": "2026-09-14T15:00:00Z", "actor": {"mbox_sha1sum": "ab",
    "account": {"name": "9001"}},
             "object": {"definition": {"name": {"en-US": "Fractions"}}}}), "jsonl",
             {"actor.account.name": "9001", "actor.mbox_sha1sum": "ab", "object.definition.name.en-US": "Fractions"}),
    "caliper": ("envelope.json", json.dumps({"sensor": "s", "sendTime": "2026-09-15T00:00:00Z",
    "data": [{"eventTime": "2026-09-14T15:00:00Z", "actor": {
                "id": "urn:x:9001", "name": "Ann Lee"}, "type": "ViewEvent"}]}), "json", {"eventTime": "2026-09-14T15:00:00Z",
                "actor.name": "Ann Lee"}),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "form", "fields"), CASES.values(), ids=list(CASES))
def test_fields(parse: Parse, name: str, text: str, form: str, fields: dict[str, str]) -> None:
    parsed = parse(name, text, "log")
    assert (parsed.format, parsed.status) == (form, "scanned")
    assert row(parsed) == row(parsed) | fields


def test_w3c(parse: Parse) -> None:
    parsed = parse("u_ex.log", IIS, "log")
    assert (parsed.format, parsed.status, parsed.reason) == ("w3c", "partly_scanned", "line 6 of another form")
    assert row(parsed)["cs-uri-query"] == "email=ann%40x.example&x=1"
    assert row(parsed)["cs-username"] == "PR\\ann"
    assert parsed.tables[0].times is not None
    assert parsed.tables[0].times.to_pylist()[0] == "2026-09-14 23:30:00Z"
    assert [t.name for t in parsed.tables[1:]] == ["comments", "rejected lines"]


def test_each_windows_event_is_a_row(parse: Parse) -> None:
    parsed = parse("events.txt", WINDOWS, "log")
    assert parsed.tables[0].data.num_rows == 2
    assert row(parsed, 1)["Description"] == "Saved."


def test_lines_without_an_object_stand_apart(parse: Parse) -> None:
    parsed = parse("tracking.log", "\n".join([EDX, "Sep 14 10:00:01 lms-1 worker started for ann@x.example", EDX]), "log")
    other = parsed.tables[1]
    assert (other.name, other.data["email"].to_pylist(), parsed.status) == ("other lines", ["ann@x.example"], "scanned")
