"""What the catalogue in Dagster's UI says about the mart's tables: columns, pii tags, where a column comes from, and row counts.

Columns are read from `lineage/sql/mart.sql`, never written twice. Put here what describes a table, and no data.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import dagster as dg
import duckdb

PII = {
    "subject_key": "pseudonym",
    "path": "redacted",
    "field_path": "redacted",
    "place": "redacted",
    "rationale": "redacted",
    "cell": "small_counts",
    "value_low": "small_counts",
    "value_high": "small_counts",
    "witness": "small_counts",
}
"""What a column could tell about a person; all others tell nothing (`none`)."""

COMES_FROM: dict[str, dict[str, list[tuple[str, str]]]] = {
    "deliveries": {"files": [("files", "file_id")], "bytes": [("files", "bytes")]},
    "fields": {column: [("findings", column)] for column in ("data_element", "pii_class", "subject_kind", "confidence")},
    "disclosures": {
        "data_element": [("fields", "data_element")],
        "pii_class": [("fields", "pii_class")],
        "authorized": [("authorizations", column) for column in ("party_id", "data_element", "purpose", "valid_from", "valid_to")],
        "evidence_file_id": [("files", "file_id")],
    },
    "flows": {
        "subjects": [("disclosures", "subject_key")],
        **{
            column: [("disclosures", column)]
            for column in ("from_party_id", "to_party_id", "data_element", "first_seen_on", "last_seen_on")
        },
        **{column: [("disclosures", column)] for column in ("authorized", "reason", "evidence_file_id")},
    },
    "retention": {"subjects": [("disclosures", "subject_key")], "party_id": [("disclosures", "to_party_id")]},
    "control_results": {
        "violations": [("violations", "control_id"), ("violations", "party_id")],
        "clause": [("controls", "clause")],
        "severity": [("controls", "severity")],
    },
    "clause_status": {column: [("control_results", column)] for column in ("clause", "party_id", "verdict")},
}
"""Table → column → the columns it is made of, within the mart. What lies before it is in `lineage/`."""


ROWS = {
    "parties": "One row a party: the district, everyone registered, and every host that nobody registered.",
    "subprocessors": "One row a party and subprocessor it lists.",
    "authorizations": "One row an agreement, data element and purpose it allows, with the days it is valid.",
    "deliveries": "One row a delivery: a party's folder for one day.",
    "files": "One row a file of a delivery, members of archives included, with its state and the reason for it.",
    "fields": "One row a field of a file, classified as one data element or none.",
    "findings": "One row a field, element and detector: how often, and why.",
    "disclosures": "One row a subject, sender, receiver and element: first and last seen, authorized or not, and why.",
    "flows": "One row a sender, receiver and element: the disclosures of all subjects together.",
    "aggregate_audits": "One row a finding of the disclosure audit of tables that are said to be aggregate.",
    "trackers": "One row a cookie or storage item that a capture shows.",
    "retention": "One row a party, retention category, due date and state, with the number of students.",
    "controls": "One row a control of the policy.",
    "control_results": "One row a control and party: the verdict, the reason, the violations.",
    "violations": "One row a violation: whose, of what, where.",
    "clause_status": "One row a clause and party: the worst verdict of its controls.",
    "runs": "One row a night: what it scanned, and as of which day it judged.",
}
"""What a row of each table is."""


@cache
def mart_columns() -> dict[str, list[tuple[str, str]]]:
    """Table → (column, type), in the order of `mart.sql`."""
    with duckdb.connect() as connection:
        connection.execute((files("lineage") / "sql" / "mart.sql").read_text(encoding="utf-8"))
        rows = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_oid, column_index"
        )
        columns: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in rows.fetchall():
            columns.setdefault(table, []).append((column, kind))
        return columns


def table_schema(table: str) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name, kind, tags={"pii": PII.get(name, "none")}) for name, kind in mart_columns()[table]])


def column_lineage(table: str) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(asset_key=table_key(source), column_name=name) for source, name in sources]
            for column, sources in COMES_FROM.get(table, {}).items()
        }
    )


def table_key(table: str) -> dg.AssetKey:
    return dg.AssetKey(["compliance", table])


def count_rows(database: Path, *tables: str) -> dict[str, int]:
    """Rows a table of a DuckDB file that nobody else writes: all of them, or those named."""
    with duckdb.connect(str(database), read_only=True, config={"temp_directory": ""}) as connection:
        names = tables or tuple(name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall())
        return {name: int(_one(connection, f'SELECT count(*) FROM "{name}"')) for name in names}


def _one(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])
