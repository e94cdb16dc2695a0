"""What Hallpass itself may no longer hold: the detail per field, by `own_retention_days.findings`.

A DELETE does not erase: a DuckDB file and a DuckLake keep the rows in their old pages and files. So the lake's tables are written anew
without them, old snapshots and files go, and the published mart is replaced by a new file, all versions of the old one removed. What
disclosures rest on stays: of a purged field with sightings, its element and whose it is, nothing else. Dagster's history belongs to
`assets`, the temporary folders to whoever knows where they lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from lineage.lake import TABLES, Lake, lake_schema, private_connection, utc
from lineage.mart import publish
from lineage.stage import create_mart, mart_tables, quoted

FINDINGS = "findings"
WITNESS = "witness"
DETAIL = ("fields", "findings", "undetermined")
"""Tables of the mart that are detail per field, whole."""
SLIM = ("delivery_id", "file_id", "field_path", "data_element", "subject_kind")
"""What a purged field keeps where a sighting or a token of the crosswalk rests on it."""


@dataclass(frozen=True)
class Purged:
    """What a purge destroyed, or would: deliveries received before `before` whose detail was still there, and rows of detail."""

    before: date
    deliveries: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class Removable:
    """A delivery in the inbox that the district may remove: its detail is past keeping and no verdict names it as evidence."""

    delivery_id: str
    received_on: date
    files: int
    bytes: int


def due(lake: Lake, before: date) -> Purged:
    """What `purge_findings` would destroy."""
    with lake.open() as con:
        found = con.execute(f"SELECT delivery_id FROM lake.deliveries WHERE {_DUE} GROUP BY 1 ORDER BY 1", [before]).fetchall()
        ids = [row[0] for row in found]
        rows = sum(
            _one(con, f"SELECT count(*) FROM lake.{table} WHERE delivery_id IN (SELECT unnest(?))", ids) for table in ("fields", "findings")
        )
    return Purged(before, tuple(ids), rows)


_DUE = "received_on < ? AND delivery_id NOT IN (SELECT delivery_id FROM lake.purges WHERE delivery_id IS NOT NULL)"


def purge_findings(lake: Lake, mart: Path, scratch: Path, before: date) -> Purged:
    """Destroy the detail of every delivery received before `before`, in the lake and in the published mart, and record it.

    `scratch` is a private folder for the new mart. Doing it again destroys nothing and records nothing. Call it under the lock of the home.
    """
    found = due(lake, before)
    if found.deliveries:
        at = utc(datetime.now(UTC))
        lake.write(lambda con: _leave_out(con, found, at))
    lake.erase_purged()
    if mart.exists():
        purge_mart(mart, scratch, before)
    return found


def _leave_out(con: duckdb.DuckDBPyConnection, found: Purged, at: datetime) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE purged AS SELECT unnest(?) AS delivery_id", [list(found.deliveries)])
    gone = "delivery_id IN (SELECT delivery_id FROM purged)"
    con.execute(
        f"""INSERT INTO lake.purges SELECT delivery_id, '{FINDINGS}', CAST(? AS DATE),
                (SELECT count(*) FROM lake.fields f WHERE f.delivery_id = p.delivery_id)
                    + (SELECT count(*) FROM lake.findings f WHERE f.delivery_id = p.delivery_id), CAST(? AS TIMESTAMP)
            FROM purged p ORDER BY 1""",
        [found.before, at],
    )
    slim = ", ".join(name if name in SLIM else f"NULL AS {name}" for name in lake_schema("fields").names)
    rests = " OR ".join(
        f"(delivery_id, file_id, field_path) IN (SELECT (delivery_id, file_id, field_path) FROM lake.{table})"
        for table in ("sightings", "crosswalk")
    )
    _anew(
        con,
        "fields",
        f"""SELECT * FROM lake.fields WHERE NOT ({gone}) UNION ALL
            SELECT {slim}, known_from, known_to FROM lake.fields WHERE {gone} AND known_to IS NULL AND ({rests})""",
    )
    for table in ("findings", "probes"):
        _anew(con, table, f"SELECT * FROM lake.{table} WHERE NOT ({gone})")
    for table in TABLES:
        if WITNESS in lake_schema(table).names:
            _anew(con, table, f"SELECT * REPLACE (CASE WHEN {gone} THEN NULL ELSE {WITNESS} END AS {WITNESS}) FROM lake.{table}")


def _anew(con: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    """The table written anew with `rows` alone, under its old name."""
    con.execute(f"CREATE TABLE lake.{table}_kept AS SELECT * FROM lake.{table} LIMIT 0")
    con.execute(f"INSERT INTO lake.{table}_kept {rows}")
    con.execute(f"DROP TABLE lake.{table}")
    con.execute(f"ALTER TABLE lake.{table}_kept RENAME TO {table}")


# -- the mart -----------------------------------------------------------------------------------------------------------------------


def purge_mart(mart: Path, scratch: Path, before: date) -> bool:
    """Replace the published mart by one without the detail that is due, and remove every version of the old one; False: none was in any."""
    live = _versioned(mart)
    stale = [path for path in _versions(mart) if _has_detail(path, before)]
    if live in stale or mart in stale:
        fresh = scratch / "purged.duckdb"
        fresh.unlink(missing_ok=True)
        run_id = _copy_without_detail(live, fresh, before)
        publish(fresh, mart, f"{run_id}-purged-{before.isoformat()}")
        fresh.unlink()
    for path in stale:
        if path != mart:
            path.unlink(missing_ok=True)
    return bool(stale)


def _versions(mart: Path) -> list[Path]:
    return sorted({*mart.parent.glob(f"{mart.stem}-*{mart.suffix}"), mart})


def _versioned(mart: Path) -> Path:
    return next((path for path in _versions(mart) if path != mart and path.samefile(mart)), mart)


_OLD_FILE = (
    "file_id IN (SELECT file_id FROM {source}.files JOIN {source}.deliveries USING (delivery_id) WHERE received_on < DATE '{before}')"
)


def _has_detail(mart: Path, before: date) -> bool:
    with duckdb.connect(str(mart), read_only=True, config={"temp_directory": ""}) as con:
        old = _OLD_FILE.format(source="main", before=before)
        given = mart_tables(con, str(con.execute("SELECT current_database()").fetchall()[0][0]))
        tables = (*(table for table in DETAIL if table in given), f"(FROM aggregate_audits WHERE {WITNESS} IS NOT NULL)")
        return any(con.execute(f"SELECT 1 FROM {table} WHERE {old} LIMIT 1").fetchone() for table in tables)


def _copy_without_detail(source: Path, target: Path, before: date) -> str:
    """Every table by the columns both have; returns the newest run's id."""
    old = _OLD_FILE.format(source="source", before=before)
    with private_connection(target.parent) as con:
        con.execute(f"ATTACH '{quoted(source)}' AS source (READ_ONLY)")
        con.execute(f"ATTACH '{quoted(target)}' AS target")
        create_mart(con, "target")
        given = mart_tables(con, "source")
        for table, columns in mart_tables(con, "target").items():
            names = [name for name in columns if name in given.get(table, ())]
            if not names:
                continue
            chosen = ", ".join(f"CASE WHEN {old} THEN NULL ELSE {name} END" if name == WITNESS else name for name in names)
            where = f"WHERE NOT ({old})" if table in DETAIL else ""
            con.execute(f"INSERT INTO target.{table} ({', '.join(names)}) SELECT {chosen} FROM source.{table} {where} ORDER BY ALL")
        row = con.execute("SELECT run_id FROM target.runs ORDER BY started_at DESC LIMIT 1").fetchone()
        con.execute("CHECKPOINT target")
        con.execute("DETACH target")
    return str(row[0]) if row else "none"


# -- the rest -----------------------------------------------------------------------------------------------------------------------


def remember(lake: Lake, what: str, before: date, rows: int) -> None:
    """Record a purge of something that lies outside the lake; of nothing, nothing is recorded."""
    if rows:
        at = utc(datetime.now(UTC))

        def work(con: duckdb.DuckDBPyConnection) -> None:
            con.execute("INSERT INTO lake.purges VALUES (NULL, ?, ?, ?, ?)", [what, before, rows, at])

        lake.write(work)


def removable(lake: Lake, mart: Path, before: date) -> list[Removable]:
    """Deliveries received before `before` that are scanned and that no verdict of the published mart rests on."""
    with lake.open() as con:
        rows = con.execute(
            "SELECT delivery_id, received_on, files, bytes FROM lake.deliveries WHERE known_to IS NULL AND received_on < ? ORDER BY 2, 1",
            [before],
        ).fetchall()
    with duckdb.connect(str(mart), read_only=True, config={"temp_directory": ""}) as con:
        needed = con.execute("SELECT DISTINCT delivery_id FROM control_results r JOIN files f ON f.file_id = r.evidence_file_id").fetchall()
    kept = {row[0] for row in needed}
    return [Removable(*row) for row in rows if row[0] not in kept]


def _one(con: duckdb.DuckDBPyConnection, query: str, ids: list[str]) -> int:
    row = con.execute(query, [ids]).fetchone()
    return int(row[0]) if row else 0
