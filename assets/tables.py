"""What the catalogue in Dagster's UI says about the mart's tables: columns, pii tags, where a column comes from, and row counts.

Columns and what they mean are read from `lineage/sql/mart.sql`, never written twice. Put here what describes a table, and no data.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    "why": "redacted",
    "decided_by": "redacted",
    "decision_path": "redacted",
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
    "undetermined": {"field_path": [("fields", "field_path")], "why": [("findings", "rationale")], "party_id": [("parties", "party_id")]},
    "control_results": {
        "violations": [("violations", "control_id"), ("violations", "party_id")],
        "clause": [("controls", "clause")],
        "severity": [("controls", "severity")],
    },
    "clause_status": {column: [("control_results", column)] for column in ("clause", "party_id", "verdict")},
}
"""Table → column → the columns it is made of, within the mart. What lies before it is in `lineage/`."""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    description: str


@dataclass(frozen=True)
class MartTable:
    """`description` says what a row is."""

    description: str
    columns: tuple[Column, ...]


@cache
def mart_tables() -> dict[str, MartTable]:
    """Every table and view of the mart, with the comments of `mart.sql`, in its order."""
    with duckdb.connect() as connection:
        connection.execute((files("lineage") / "sql" / "mart.sql").read_text(encoding="utf-8"))
        described = connection.execute(
            """SELECT table_name, comment FROM duckdb_tables() WHERE NOT internal
               UNION ALL SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"""
        ).fetchall()
        rows = connection.execute(
            "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY table_oid, column_index"
        ).fetchall()
    says = dict(described)
    names = dict.fromkeys(row[0] for row in rows)
    return {name: MartTable(says[name], tuple(Column(*row[1:]) for row in rows if row[0] == name)) for name in names}


def table_schema(table: str) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(it.name, it.type, description=it.description, tags={"pii": PII.get(it.name, "none")})
            for it in mart_tables()[table].columns
        ]
    )


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
