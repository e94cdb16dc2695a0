"""What the pages ask of the mart: one function a question, its SQL in `sql/<name>.sql`, its answer as plain rows.

No Streamlit here and no words for people: how a row is drawn belongs in `views/`, what a value is called in `words.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import duckdb

Mart = duckdb.DuckDBPyConnection
Row = TypeVar("Row")


@dataclass(frozen=True)
class Night:
    district: str
    as_of: date
    run_id: str
    finished_at: datetime | None
    deliveries: int
    files: int
    parties: int


@dataclass(frozen=True)
class Party:
    party_id: str
    name: str
    kind: str
    parent_party_id: str | None
    domains: list[str]


@dataclass(frozen=True)
class Cell:
    """One clause and party. `waived`: every failing control has a waiver."""

    clause: str
    party_id: str
    verdict: str
    controls: int
    failing: int
    inconclusive: int
    violations: int
    waived: bool


@dataclass(frozen=True)
class Control:
    control_id: str
    title: str
    severity: str
    law: str


@dataclass(frozen=True)
class Evidence:
    """A file that a row rests on; every field is None where the row names none."""

    file_id: str | None
    path: str | None
    kind: str | None
    delivery_id: str | None
    received_on: date | None


@dataclass(frozen=True)
class Result:
    control_id: str
    party_id: str
    party: str
    verdict: str
    severity: str
    violations: int
    subjects: int
    reason: str
    waived_until: date | None
    evidence: Evidence


@dataclass(frozen=True)
class Place:
    """All violations at one place. `detail` is the first one's sentence."""

    place: str | None
    data_element: str | None
    violations: int
    subjects: int
    detail: str | None
    evidence: Evidence


@dataclass(frozen=True)
class Subject:
    subject_key: str
    violations: int
    elements: list[str]


@dataclass(frozen=True)
class Edge:
    """All flows from one party to another. `subjects` is the most that any one element concerns."""

    from_party_id: str
    to_party_id: str
    elements: int
    unauthorized: int
    subjects: int
    first_seen_on: date | None
    last_seen_on: date | None


@dataclass(frozen=True)
class Flow:
    from_party_id: str
    to_party_id: str
    data_element: str
    subjects: int
    unresolved_records: int
    first_seen_on: date | None
    last_seen_on: date | None
    authorized: bool
    reason: str | None
    evidence: Evidence


@dataclass(frozen=True)
class Agreement:
    agreement_id: str
    valid_from: date | None
    valid_to: date | None
    elements: int
    purposes: list[str]


@dataclass(frozen=True)
class Element:
    """Listed when `valid_from` or `valid_to` is there, seen when `subjects` is."""

    data_element: str
    valid_from: date | None
    valid_to: date | None
    subjects: int | None
    first_seen_on: date | None
    last_seen_on: date | None
    authorized: bool | None
    reason: str | None


@dataclass(frozen=True)
class Subprocessor:
    party_id: str
    subprocessor_id: str
    elements: list[str]
    purposes: list[str]


@dataclass(frozen=True)
class Delivery:
    delivery_id: str
    party_id: str
    received_on: date
    bytes: int
    scanned_at: datetime | None
    files: int
    scanned: int
    partly_scanned: int
    quarantined: int
    duplicates: int


@dataclass(frozen=True)
class Tracker:
    host: str
    third_party: bool | None
    name: str
    storage: str
    persistent: bool | None
    expires_on: date | None
    contains_pii: bool | None
    purpose: str | None
    captures: int
    evidence: Evidence


@dataclass(frozen=True)
class Retention:
    category: str
    subjects: int
    due_on: date | None
    status: str


@dataclass(frozen=True)
class File:
    file_id: str
    path: str
    kind: str
    format: str | None
    bytes: int
    records: int | None
    status: str
    reason: str | None
    delivery_id: str
    party_id: str
    received_on: date


@dataclass(frozen=True)
class Field:
    field_path: str
    data_element: str
    pii_class: str
    subject_kind: str | None
    records: int | None
    distinct_values: int | None
    confidence: float | None
    why: list[str] | None


@dataclass(frozen=True)
class Decision:
    """A line of decisions.csv and what became of it."""

    line: int
    party_id: str
    path: str
    field_path: str
    data_element: str
    decided_by: str | None
    until: date | None
    status: str
    fields: int
    reason: str


@dataclass(frozen=True)
class Undetermined:
    """A field that no detector could tell, over all files of a party that one line of decisions.csv would be about. `data_element` is the
    best guess. What is counted and why is of the last file."""

    party_id: str
    decision_party_id: str
    decision_path: str
    field_path: str
    data_element: str
    files: int
    records: int | None
    distinct_values: int | None
    why: str
    evidence: Evidence


@dataclass(frozen=True)
class AuditedFile:
    """A file that is called aggregate. `tables` are those with findings."""

    file_id: str
    path: str
    status: str
    party_id: str
    received_on: date
    findings: int
    unfinished: int
    tables: int


@dataclass(frozen=True)
class AuditCheck:
    """One check of the disclosure audit in one table; `witnesses` are the findings whose equation may be shown."""

    file_id: str
    table_name: str
    check_id: str
    verdict: str
    findings: int
    witnesses: int


@dataclass(frozen=True)
class AuditFinding:
    cell: str | None
    value_low: float | None
    value_high: float | None
    witness: str | None
    verdict: str


def night(mart: Mart) -> Night | None:
    return next(iter(_rows(mart, Night, "night")), None)


def parties(mart: Mart) -> list[Party]:
    return _rows(mart, Party, "parties")


def cells(mart: Mart) -> list[Cell]:
    return _rows(mart, Cell, "cells")


def controls(mart: Mart, clause: str) -> list[Control]:
    return _rows(mart, Control, "controls", clause=clause)


def results(mart: Mart, clause: str, party: str | None) -> list[Result]:
    return _rows(mart, Result, "results", clause=clause, party=party)


def violations_by_place(mart: Mart, control: str, party: str, rows: int) -> list[Place]:
    return _rows(mart, Place, "violations_by_place", control=control, party=party, rows=rows)


def violations_by_subject(mart: Mart, control: str, party: str, rows: int) -> list[Subject]:
    return _rows(mart, Subject, "violations_by_subject", control=control, party=party, rows=rows)


def violations_all(mart: Mart, clause: str, party: str | None) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows, for a download."""
    found = mart.execute(_sql("violations_all"), {"clause": clause, "party": party})
    return [column[0] for column in found.description], found.fetchall()


def edges(mart: Mart) -> list[Edge]:
    return _rows(mart, Edge, "edges")


def flows(mart: Mart, sender: str | None = None, receiver: str | None = None) -> list[Flow]:
    return _rows(mart, Flow, "flows", sender=sender, receiver=receiver)


def agreements(mart: Mart, party: str) -> list[Agreement]:
    return _rows(mart, Agreement, "agreements", party=party)


def elements(mart: Mart, party: str) -> list[Element]:
    return _rows(mart, Element, "elements", party=party)


def subprocessors(mart: Mart, party: str) -> list[Subprocessor]:
    return _rows(mart, Subprocessor, "subprocessors", party=party)


def deliveries(mart: Mart, party: str | None = None) -> list[Delivery]:
    return _rows(mart, Delivery, "deliveries", party=party)


def trackers(mart: Mart, party: str) -> list[Tracker]:
    return _rows(mart, Tracker, "trackers", party=party)


def retention(mart: Mart, party: str) -> list[Retention]:
    return _rows(mart, Retention, "retention", party=party)


def verdicts_of_party(mart: Mart, party: str) -> dict[str, str]:
    """Clause → verdict."""
    return dict(mart.execute(_sql("verdicts_of_party"), {"party": party}).fetchall())


def file_states(mart: Mart) -> dict[str, int]:
    """State → files."""
    return dict(mart.execute(_sql("file_states")).fetchall())


def files_in(mart: Mart, states: list[str], party: str | None = None) -> list[File]:
    return _rows(mart, File, "files", states=states, party=party)


def file(mart: Mart, file_id: str) -> File | None:
    return next(iter(_rows(mart, File, "file", file=file_id)), None)


def fields_of(mart: Mart, file_id: str) -> list[Field]:
    return _rows(mart, Field, "fields", file=file_id)


def audited_files(mart: Mart) -> list[AuditedFile]:
    return _rows(mart, AuditedFile, "audited_files")


def audit_checks(mart: Mart, file_id: str | None = None) -> list[AuditCheck]:
    return _rows(mart, AuditCheck, "audit_checks", file=file_id)


def audit_findings(mart: Mart, file_id: str, table: str, check: str, rows: int) -> list[AuditFinding]:
    return _rows(mart, AuditFinding, "audit_findings", file=file_id, table=table, check=check, rows=rows)


def decisions(mart: Mart) -> list[Decision]:
    return _rows(mart, Decision, "decisions") if _has(mart, "decisions") else []


def undetermined(mart: Mart, party: str | None = None) -> list[Undetermined]:
    return _rows(mart, Undetermined, "undetermined", party=party) if _has(mart, "undetermined") else []


def _has(mart: Mart, table: str) -> bool:
    """A mart that an older Hallpass published has not every table; it is shown until the next night."""
    return mart.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = $table", {"table": table}).fetchone() != (0,)


def _rows(mart: Mart, row: Callable[..., Row], name: str, **parameters: object) -> list[Row]:
    """Rows of `sql/<name>.sql`; its last five columns are the evidence where the dataclass has one."""
    found = mart.execute(_sql(name), parameters or None).fetchall()
    if "evidence" in getattr(row, "__dataclass_fields__", ()):
        return [row(*values[:-5], Evidence(*values[-5:])) for values in found]
    return [row(*values) for values in found]


@cache
def _sql(name: str) -> str:
    return (files("dashboards") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
