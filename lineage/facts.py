"""Fills facts.duckdb (`sql/facts.sql`): the register, the roster's few facts and the settings, as of one day.

Here belongs the step from what the district wrote to rows that SQL can compare, and nothing that judges. A raw id goes in and comes
out as a subject key; no name, birth date or contact is written.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lineage.register import Decision, Register
from lineage.register.models import shipped_schedule
from scanners.canonical import canonical
from scanners.oneroster import Person, Roster

SubjectKey = Callable[[str, str], str]
Rows = list[dict[str, Any]]

VENDOR_COPY = "vendor_copy"
REDACTED = "[redacted]"


def write_facts(
    path: Path, register: Register, roster: Roster, as_of: date, run_id: str, subject_key: SubjectKey, shown: Callable[[str], str]
) -> None:
    """Create facts.duckdb at `path` (replacing a file that is there) with every table of `sql/facts.sql`.

    `subject_key(kind, canonical id)` gives the keyed pseudonym of a `student` or `staff`. A student whom a CSV names and the roster
    does not have gets the key of the id as written. `shown(label)` is a label without what matches the roster, as the scan shows paths
    and fields; it is asked only where somebody has decided something. Raises OSError or duckdb.Error where the file cannot be written.
    """
    path.unlink(missing_ok=True)
    keys = _SubjectKeys(roster, subject_key)
    tables: Mapping[str, Rows] = {
        "district": [_district(register, as_of, run_id)],
        "evidence_intervals": _evidence_intervals(register),
        "host_classes": [{"host": host, "class": name} for host, name in sorted(register.host_classes.items())],
        "party": [vars(party) for party in register.parties],
        "party_host": [{"host": host, "party_id": party_id} for host, party_id in sorted(register.party_hosts.items())],
        **_vendor_tables(register),
        "subject": _subjects(roster, as_of, keys),
        **_student_tables(register, keys),
        "request": [_columns(row, "request_id party_id kind asked_on due_on answered_on note") for row in register.requests],
        "document": [_columns(row, "party_id kind sha256 approved_on") for row in register.documents],
        "waiver": [_columns(row, "control_id party_id until") for row in register.waivers],
        **_schedule_tables(register),
        "decision": [_decision(row, shown) for row in register.decisions],
        "register_file": [{"name": name} for name in register.files],
    }
    with duckdb.connect(path) as con:
        con.execute(files("lineage").joinpath("sql/facts.sql").read_text(encoding="utf-8"))
        for table, rows in tables.items():
            _insert(con, table, rows)


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
    if not rows:
        return
    schema = con.execute(f'SELECT * FROM "{table}" LIMIT 0').to_arrow_table().schema
    for row in rows:
        if set(row) != set(schema.names):
            raise AssertionError(f"rows of {table} do not have its columns: {sorted(set(row) ^ set(schema.names))}")
    con.register("incoming", pa.Table.from_pylist(rows, schema))
    con.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM incoming')
    con.unregister("incoming")


def _columns(row: Any, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}


def _listed(values: Iterable[str] | None) -> list[str] | None:
    """A list column; NULL for none and for an empty list where NULL means all."""
    found = list(values or ())
    return found or None


def _district(register: Register, as_of: date, run_id: str) -> dict[str, Any]:
    settings = register.district
    return {
        **_columns(settings, "name time_zone minimum_cell_size minimum_interval_width orphan_account_days tracker_retention_days"),
        **_columns(settings, "show_witnesses verifiable_consent_methods directory_information staff_directory"),
        **_columns(settings.consent_ages, "parent_consents_until student_signs_from"),
        "as_of": as_of,
        "as_of_end": datetime.combine(as_of, time(23, 59, 59)),
        "run_id": run_id,
    }


def _evidence_intervals(register: Register) -> Rows:
    return [{"kind": kind.replace("_", "-"), "days": days} for kind, days in sorted(register.district.evidence_intervals.items())]


def _vendor_tables(register: Register) -> dict[str, Rows]:
    tables: dict[str, Rows] = {name: [] for name in ("subprocessor", "system", "login_cookie", "agreement", "authorized_element")}
    for vendor in register.vendors:
        own = {"party_id": vendor.id}
        tables["subprocessor"] += [
            {**own, "subprocessor_id": entry.id, "elements": _listed(entry.elements), "purposes": _listed(entry.purposes)}
            for entry in vendor.subprocessors
        ]
        tables["system"] += [{**own, "system_id": system.id, "hosts": list(system.hosts)} for system in vendor.systems]
        tables["login_cookie"] += [{**own, "name": name} for name in dict.fromkeys(vendor.login_cookies)]
        for agreement in vendor.agreements:
            of_agreement = {**own, "agreement_id": agreement.id}
            tables["agreement"].append(
                {
                    **of_agreement,
                    **_columns(agreement, "effective_on expires_on terminated_on ends_on on_termination ferpa_basis aggregate_only"),
                    **_columns(agreement, "purposes return_within_days destroy_within_days intrusion_report_every_days alert_within_hours"),
                    "consent_required": agreement.consent == "required",
                }
            )
            tables["authorized_element"] += [
                {
                    **of_agreement,
                    "data_element": line.element,
                    "valid_from": line.valid_from,
                    "valid_to": line.valid_to,
                    "purposes": _listed(line.purposes),
                }
                for line in agreement.authorized
            ]
    return tables


class _SubjectKeys:
    """Subject keys of people and of ids as written in a CSV."""

    def __init__(self, roster: Roster, subject_key: SubjectKey) -> None:
        self._roster = roster
        self._subject_key = subject_key

    def of_person(self, person: Person) -> str:
        return self._subject_key(person.kind, canonical(person.key_id))

    def of_student_id(self, written: str) -> tuple[str, Person | None]:
        match self._roster.find_students(written):
            case (person,):
                return self.of_person(person), person
            case _:  # nobody, or several: the row is kept under what was written
                return self._subject_key("student", canonical(written)), None


def _subjects(roster: Roster, as_of: date, keys: _SubjectKeys) -> Rows:
    rows: dict[str, dict[str, Any]] = {}
    for person in (*roster.students, *roster.staff):
        absent = roster.absent_since(person, as_of) if person.kind == "student" else None
        key = keys.of_person(person)
        rows.setdefault(key, {"subject_key": key, "subject_kind": person.kind, "absent_since": absent})
    return list(rows.values())


def _student_tables(register: Register, keys: _SubjectKeys) -> dict[str, Rows]:
    consents: Rows = []
    for consent in register.consents:
        key, person = keys.of_student_id(consent.student_id)
        consents.append(
            {
                **_columns(consent, "party_id elements relation method given_on revoked_on line"),
                "subject_key": key,
                "signer_age": person.age_on(consent.given_on) if person else None,
            }
        )
    return {
        "consent": consents,
        "hold": [{"subject_key": keys.of_student_id(row.student_id)[0], **_columns(row, "opened_on closed_on")} for row in register.holds],
        "opt_out": [{"subject_key": keys.of_student_id(row.student_id)[0], **_columns(row, "opted_out_on")} for row in register.opt_outs],
        "event": [{"subject_key": keys.of_student_id(row.student_id)[0], **_columns(row, "event occurred_on")} for row in register.events],
    }


def _decision(decision: Decision, shown: Callable[[str], str]) -> dict[str, Any]:
    path = shown(decision.path)
    return {
        **_columns(decision, "line party_id data_element until"),
        "path": path,
        "path_pattern": path_pattern(path),
        "field_path": shown(decision.field_path),
        "decided_by": shown(decision.decided_by) if decision.decided_by else None,
    }


def path_pattern(glob: str) -> str:
    """A decision's glob, as it is shown, as a regular expression of DuckDB's that a whole path has to match."""
    pattern = fnmatch.translate(glob.replace(REDACTED, f"[[]{REDACTED[1:]}"))  # what is not shown is no class of characters
    return pattern.replace("(?>", "(?:").removesuffix(r"\Z").removesuffix(r"\z")  # RE2 knows neither; a full match needs neither


def _schedule_tables(register: Register) -> dict[str, Rows]:
    """A schedule without `vendor_copy` gets the shipped one: after a contract's end everything is of that category."""
    schedule = register.schedule
    categories = {VENDOR_COPY: shipped_schedule().categories[VENDOR_COPY], **schedule.categories}
    rows = [
        {"category": name, **_columns(category, "rule years days event"), "is_default": name == schedule.default_category}
        for name, category in categories.items()
    ]
    elements = [{"category": name, "data_element": slug} for name, category in categories.items() for slug in category.elements]
    return {"category": rows, "category_element": elements}
