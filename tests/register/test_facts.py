"""facts.duckdb of a small district, table by table, compared with what was written by hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lineage.facts import write_facts
from lineage.register import load_district
from tests.register.conftest import DISTRICT, VENDOR, Write

FULL = (
    VENDOR
    + """\
    expires_on: 2027-07-31
    terminated_on: 2026-06-30
    consent: required
  - {id: A-2, effective_on: 2026-07-01, authorized: [{element: survey, from: 2026-08-01, to: 2026-12-31, purposes: [audit]}]}
systems: [{id: app, hosts: [app.inkwell.example]}]
login_cookies: [ink_session]
"""
)
CHANGES: dict[str, str | bytes | None] = {
    "district.yaml": DISTRICT + "evidence_intervals: {access_log: 30}\nstudent_key: identifier\n",
    "vendors/inkwell.yaml": FULL,
    "consents.csv": "student_id,party_id,elements,relation,method,given_at,revoked_at\n"
    "1001,inkwell,student_name;survey,parent,in_person,2026-03-03,\n"
    "s-1,inkwell,,student,,2026-03-04,2026-04-01\n"
    "Nobody,stashbox,survey,guardian,other,2026-01-01,\n",
    "holds.csv": "student_id,opened_on,closed_on\n1002,2026-01-01,\n",
    "opt_outs.csv": "student_id,opted_out_on\n1002,2026-01-02\n",
    "requests.csv": "request_id,party_id,kind,asked_on,due_on,answered_on,note\nr,inkwell,access-log,2026-01-01,2026-02-01,,n\n",
    "documents.csv": f"party_id,kind,sha256,approved_on\ninkwell,eula,{'ab' * 32},2026-01-01\n",
    "waivers.csv": "control_id,party_id,until\nI.B.unique-accounts,inkwell,2027-01-01\n",
    "events.csv": "student_id,event,occurred_on\n1001,funded_activity_ended,2026-01-01\n",
    "decisions.csv": "party_id,path,field_path,data_element,because,decided_by,until\n"
    "inkwell,export/Noa Abara*.csv,seat (Noa Abara),none,Noa Abara said so,Office,2027-01-01\n",
    "schedule.yaml": "default: rest\ncategories:\n  rest: {rule: years_after_absence, years: 2}\n"
    "  special: {rule: years_after_event, years: 5, event: funded_activity_ended, elements: [survey]}\n",
}
AS_OF = date(2026, 11, 24)


def key(kind: str, canonical_id: str) -> str:
    return f"{kind}:{canonical_id}"


@pytest.fixture
def facts(write: Write, tmp_path: Path) -> duckdb.DuckDBPyConnection:
    path = tmp_path / "facts.duckdb"
    path.write_text("left over")
    write_facts(path, *load_district(write(CHANGES)), AS_OF, "run-1", key, lambda label: label.replace("Noa Abara", "[redacted]"))
    return duckdb.connect(path, read_only=True)


def rows(facts: duckdb.DuckDBPyConnection, table: str) -> list[tuple[Any, ...]]:
    return facts.execute(f'SELECT * FROM "{table}" ORDER BY ALL').fetchall()


METHODS = ["signed_form", "electronic_signature", "payment_card", "phone_call", "video_call", "government_id", "in_person"]
ES = ["educational_service"]
EXPECTED: dict[str, list[tuple[Any, ...]]] = {
    "district": [
        (
            *("Willow Bend Schools", "America/Chicago", AS_OF, datetime(2026, 11, 24, 23, 59, 59), "run-1"),  # noqa: DTZ001
            *(10, 5, 30, 365, 13, 18, False, METHODS, [], ["staff_name", "staff_contact.work"]),
        )
    ],
    "evidence_intervals": [
        *(("access-log", 30), ("accounts", 365), ("documents", 365), ("encryption", 365), ("intrusion", 365), ("tracking", 365)),
    ],
    "party": [
        ("district", "Willow Bend Schools", "district", None, ["willowbend.example"], True, False),
        ("inkwell", "Inkwell Ltd", "vendor", None, ["inkwell.example"], True, True),
        ("stashbox", "Stashbox", "subprocessor", "inkwell", ["stashbox.example"], True, False),
    ],
    "party_host": [
        ("app.inkwell.example", "inkwell"),
        ("inkwell.example", "inkwell"),
        ("stashbox.example", "stashbox"),
        ("willowbend.example", "district"),
    ],
    "subprocessor": [("inkwell", "stashbox", ["student_name"], None)],
    "system": [("inkwell", "app", ["app.inkwell.example"])],
    "login_cookie": [("inkwell", "ink_session")],
    "agreement": [
        (
            *("A-1", "inkwell", date(2025, 8, 1), date(2027, 7, 31), date(2026, 6, 30), date(2026, 6, 30)),
            *("return", "school_official", True, False, ES, 60, 60, 365, 72),
        ),
        ("A-2", "inkwell", date(2026, 7, 1), None, None, None, "return", "school_official", False, False, ES, 60, 60, 365, 72),
    ],
    "authorized_element": [
        ("A-1", "inkwell", "student_id.local", None, None, None),
        ("A-1", "inkwell", "student_name", None, None, None),
        ("A-2", "inkwell", "survey", date(2026, 8, 1), date(2026, 12, 31), ["audit"]),
    ],
    "subject": [("staff:9001", "staff", None), ("student:1001", "student", None), ("student:1002", "student", date(2022, 5, 20))],
    "consent": [
        ("student:1001", "inkwell", [], "student", None, date(2026, 3, 4), date(2026, 4, 1), 14, 3),
        ("student:1001", "inkwell", ["student_name", "survey"], "parent", "in_person", date(2026, 3, 3), None, 13, 2),
        ("student:nobody", "stashbox", ["survey"], "guardian", "other", date(2026, 1, 1), None, None, 4),
    ],
    "hold": [("student:1002", date(2026, 1, 1), None)],
    "opt_out": [("student:1002", date(2026, 1, 2))],
    "request": [("r", "inkwell", "access-log", date(2026, 1, 1), date(2026, 2, 1), None, "n")],
    "document": [("inkwell", "eula", "ab" * 32, date(2026, 1, 1))],
    "waiver": [("I.B.unique-accounts", "inkwell", date(2027, 1, 1))],
    "event": [("student:1001", "funded_activity_ended", date(2026, 1, 1))],
    "category": [
        ("rest", "years_after_absence", 2, None, None, True),
        ("special", "years_after_event", 5, None, "funded_activity_ended", False),
        ("vendor_copy", "days_after_termination", None, 60, None, False),  # what is left out is as shipped
    ],
    "category_element": [("special", "survey")],
    "decision": [
        (
            *(2, "inkwell", "export/[redacted]*.csv", r"(?s:export/[\[]redacted\].*\.csv)", "seat ([redacted])", "none", "Office"),
            date(2027, 1, 1),
        )
    ],
    "register_file": [
        *(
            ("consents.csv",),
            ("decisions.csv",),
            ("district.yaml",),
            ("documents.csv",),
            ("events.csv",),
            ("holds.csv",),
            ("opt_outs.csv",),
        ),
        *(("requests.csv",), ("schedule.yaml",), ("waivers.csv",)),
    ],
    "evaluations": [],  # the controls fill it
}


@pytest.mark.parametrize("table", EXPECTED)
def test_table(facts: duckdb.DuckDBPyConnection, table: str) -> None:
    assert rows(facts, table) == EXPECTED[table]


def test_every_table_is_looked_at(facts: duckdb.DuckDBPyConnection) -> None:
    tables = {name for (name,) in facts.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert tables == {*EXPECTED, "host_classes"}
    assert ("doubleclick.net", "advertising") in rows(facts, "host_classes")


def test_no_value_of_a_person(write: Write, tmp_path: Path) -> None:
    path = tmp_path / "facts.duckdb"
    write_facts(path, *load_district(write(CHANGES)), AS_OF, "run-1", lambda kind, _: f"{kind}-key-{hash(_) & 0xFFFF:x}", str)
    with duckdb.connect(path, read_only=True) as con:
        tables = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        text = " ".join(str(rows(con, table)) for table in tables)
    for value in ("1001", "s-1", "g-1", "Quill", "ada@", "2012-03-04", "Nobody", "nobody", "402-555"):
        assert value not in text


def test_the_least_district(write: Write, tmp_path: Path) -> None:
    district = write({"vendors/inkwell.yaml": "id: inkwell\nname: Inkwell\nkind: vendor\n"})
    write_facts(tmp_path / "f.duckdb", *load_district(district), AS_OF, "r", key, str)
    with duckdb.connect(tmp_path / "f.duckdb", read_only=True) as con:
        assert rows(con, "agreement") == []
        assert len(rows(con, "category")) == 6
