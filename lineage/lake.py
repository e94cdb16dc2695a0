"""The lake: the system of record, one row a fact with the span of time in which we believed it.

Here belong DuckLake's set-up, the one way to write a delivery's results and the one way to give SQL access to them. What the rows
*mean* belongs in `stage.py` and its SQL; the shapes come from `scanners/schemas.py`.

Data files are encrypted Parquet. Their keys, and the columns' minima and maxima, stand in clear in `catalog.sqlite`: the encryption is
good for data files that leave the machine without their catalog, and for nothing else. So the folder is private (0700, umask 077).
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import duckdb
import pyarrow as pa

from scanners.schemas import RESULTS, DeliveryResult

SCHEMA_VERSION = 3
"""Raise it with every change of a table below, and add the way there to `MIGRATIONS`."""

_KNOWN = "known_from TIMESTAMP, known_to TIMESTAMP"

MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE lake.trackers ADD COLUMN identifying BOOLEAN",
        "CREATE TABLE lake.tracker_sends (delivery_id VARCHAR, file_id VARCHAR, value_digest VARCHAR, host VARCHAR, field_path VARCHAR,"
        f" sent_on DATE, {_KNOWN})",
        "CREATE TABLE lake.aggregate_audits (delivery_id VARCHAR, file_id VARCHAR, table_name VARCHAR, verdict VARCHAR, check_id VARCHAR,"
        f" cell VARCHAR, value_low DOUBLE, value_high DOUBLE, witness VARCHAR, {_KNOWN})",
        "UPDATE lake.deliveries SET context_digest = '' WHERE known_to IS NULL",  # scans again: nobody has looked for what is new
    ),
    2: (
        "ALTER TABLE lake.deliveries ADD COLUMN roster_digest VARCHAR",
        f"CREATE TABLE lake.probes (delivery_id VARCHAR, file_id VARCHAR, hashes BLOB, {_KNOWN})",
        "CREATE TABLE lake.rosters (roster_digest VARCHAR, person VARCHAR, context VARCHAR, hashes BLOB)",
        "UPDATE lake.deliveries SET context_digest = '' WHERE known_to IS NULL",
    ),
}
"""Version → the statements that take a lake from it to the next one."""

ATTEMPTS = 12
"""Tries of a whole transaction: writers at once over a SQLite catalog get "database is locked" whatever its own settings."""

DELIVERIES = pa.schema(
    [
        ("delivery_id", pa.string()),
        ("party_folder", pa.string()),
        ("received_on", pa.date32()),
        ("files", pa.int64()),
        ("bytes", pa.int64()),
        ("scanner_version", pa.string()),
        ("content_digest", pa.string()),
        ("context_digest", pa.string()),
        ("new_values", pa.int64()),
        ("as_of", pa.date32()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("systems", pa.list_(pa.string())),
        ("purpose", pa.string()),
        ("roster_digest", pa.string()),
    ]
)
ROSTERS = pa.schema([("roster_digest", pa.string()), ("person", pa.string()), ("context", pa.string()), ("hashes", pa.binary())])
"""What each roster that some delivery was scanned with could match: keyed tokens and hashes, one row a person (`scanners/probes.py`)."""

RUNS = pa.schema(
    [
        ("run_id", pa.string()),
        ("started_at", pa.timestamp("us")),
        ("finished_at", pa.timestamp("us")),
        ("as_of", pa.date32()),
        ("deliveries", pa.int64()),
        ("files", pa.int64()),
        ("bytes", pa.int64()),
        ("new_values", pa.int64()),
        ("scanner_version", pa.string()),
    ]
)


@dataclass(frozen=True)
class RunRow:
    """One run as the mart's `runs` shows it. Times are aware, or UTC; `deliveries`, `files`, `bytes`, `new_values` are what it scanned."""

    run_id: str
    started_at: datetime
    finished_at: datetime | None
    as_of: date
    deliveries: int
    files: int
    bytes: int
    new_values: int
    scanner_version: str


class Known(NamedTuple):
    """What the scan that the lake holds of a delivery was made of: digests of its bytes and context, the scanner's version, the roster."""

    content: str
    context: str
    version: str
    roster: str = ""


class LakeError(Exception):
    """The lake cannot be used; the message says why and what to do."""


def lake_schema(table: str) -> pa.Schema:
    """A table's columns but for `known_from` and `known_to`: those of the scan's result, with `delivery_id` where it has none."""
    schema = DELIVERIES if table == "deliveries" else RESULTS[table]
    return schema if "delivery_id" in schema.names else pa.schema([("delivery_id", pa.string()), *schema])


TABLES = ("deliveries", *RESULTS)
"""Every table that has `known_from` and `known_to`."""


# -- connections ------------------------------------------------------------------------------------------------------------------


@contextmanager
def private_connection(beside: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that downloads nothing and spills, encrypted, to a private folder in `beside` that is wiped at start and end."""
    beside.mkdir(mode=0o700, parents=True, exist_ok=True)
    _wipe_spills(beside)
    spill = Path(mkdtemp(prefix=f"spill-{os.getpid()}-", dir=beside))
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_file_encryption": "true",
            "temp_directory": str(spill),
        }
    )
    try:
        load_extension(con, "httpfs")  # its OpenSSL is what writes encrypted files; nothing is ever fetched with it
        yield con
    finally:
        con.close()
        shutil.rmtree(spill, ignore_errors=True)


def _wipe_spills(folder: Path) -> None:
    """Remove what a killed process left; the spill folder of a process that lives is its own."""
    for left in folder.glob("spill-*-*"):
        process = left.name.split("-")[1]
        if not (process.isdigit() and _alive(int(process))):
            shutil.rmtree(left, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load one of the bundled extensions by its path."""
    folder = files(import_module(f"duckdb_extension_{name}")) / "extensions" / f"v{duckdb.__version__}"
    con.load_extension(str(folder / f"{name}.duckdb_extension"))


def insert_rows(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert whole rows, in the order of the table's columns, at once: DuckDB takes milliseconds for each row of an `executemany`."""
    schema = con.execute(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    con.register(
        "incoming", pa.Table.from_arrays([pa.array(values, it.type) for values, it in zip(columns, schema, strict=True)], schema=schema)
    )
    con.execute(f"INSERT INTO {table} SELECT * FROM incoming")
    con.unregister("incoming")


# -- the lake ---------------------------------------------------------------------------------------------------------------------


class Lake:
    """DuckLake in `folder`: `catalog.sqlite` and encrypted data files. One writer at a time; readers at any time.

    A lake keeps one DuckDB with itself attached, from its first use to `close` or its own end: to load the extensions and to attach costs
    a third of a second. Between transactions nothing is locked. What fails there is thrown away and opened anew at the next use.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        os.umask(0o077)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._ready = False
        self._kept: duckdb.DuckDBPyConnection | None = None
        self._opened = ExitStack()
        weakref.finalize(self, self._opened.close)

    def attach_to(self, con: duckdb.DuckDBPyConnection) -> None:
        """Give SQL access to the lake as schema `lake`. The connection should be one of `private_connection`."""
        self._prepare()
        self._attach(con, read_only=True)

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection with the lake attached as `lake`, for reading; several may be open at once."""
        self._prepare()
        with self._cursor() as con:
            con.execute("BEGIN READ ONLY")
            yield con

    def close(self) -> None:
        """Let go of the kept connection; the next use opens another one."""
        self._kept = None
        self._opened.close()

    def known(self) -> dict[str, Known]:
        """Delivery id → what the scan was made of that the lake holds now."""
        with self.open() as con:
            rows = con.execute(
                "SELECT delivery_id, content_digest, context_digest, scanner_version, coalesce(roster_digest, '') FROM lake.deliveries"
                " WHERE known_to IS NULL"
            ).fetchall()
        return {delivery: Known(*digests) for delivery, *digests in rows}

    def probes(self, delivery_ids: Collection[str]) -> Iterator[tuple[str, bool, bytes | None]]:
        """Of each file of these deliveries: the delivery, whether it is called aggregate, and its probes as stored."""
        with self.open() as con:
            found = con.execute(
                "SELECT p.delivery_id, f.kind = 'aggregate', p.hashes FROM lake.probes p JOIN lake.files f USING (delivery_id, file_id)"
                " WHERE p.known_to IS NULL AND f.known_to IS NULL AND p.delivery_id IN (SELECT unnest(?))",
                [list(delivery_ids)],
            )
            while rows := found.fetchmany(64):
                yield from rows

    def aggregates(self) -> list[tuple[str, str, date, str, str | None]]:
        """(delivery, party's folder, day, digest of its bytes, party below the kind) of all that hold files that are called aggregate."""
        with self.open() as con:
            return con.execute(
                "SELECT DISTINCT delivery_id, d.party_folder, d.received_on, d.content_digest, f.about_party FROM lake.deliveries d"
                " JOIN lake.files f USING (delivery_id) WHERE d.known_to IS NULL AND f.known_to IS NULL AND f.kind = 'aggregate'"
                " ORDER BY ALL"
            ).fetchall()

    def row_level(self, delivery_ids: Collection[str]) -> set[str]:
        """Of these deliveries those with a table that is called aggregate and whose rows are persons."""
        with self.open() as con:
            found = con.execute(
                "SELECT DISTINCT delivery_id FROM lake.aggregate_audits WHERE known_to IS NULL"
                " AND check_id IN ('grain', 'reidentification') AND delivery_id IN (SELECT unnest(?))",
                [list(delivery_ids)],
            ).fetchall()
        return {row[0] for row in found}

    def rosters(self) -> set[str]:
        """The digests of all rosters that are remembered."""
        with self.open() as con:
            return {row[0] for row in con.execute("SELECT DISTINCT roster_digest FROM lake.rosters").fetchall()}

    def roster(self, digest: str) -> list[tuple[str, str, bytes]]:
        """(person token, digest of what is compared, hashes of what is looked up) of one remembered roster; empty where it is not known."""
        with self.open() as con:
            return con.execute("SELECT person, context, hashes FROM lake.rosters WHERE roster_digest = ?", [digest]).fetchall()

    def remember_roster(self, rows: pa.Table, untouched: Collection[str] = ()) -> None:
        """Keep a roster (rows of `ROSTERS`, all of one digest), say that `untouched` deliveries hold under it, forget rosters of none."""
        digest = rows.column("roster_digest")[0].as_py()

        def write(con: duckdb.DuckDBPyConnection) -> None:
            con.register("incoming", rows)
            con.execute(
                "INSERT INTO lake.rosters SELECT * FROM incoming WHERE NOT EXISTS (FROM lake.rosters WHERE roster_digest = ?)", [digest]
            )
            con.unregister("incoming")
            held = "known_to IS NULL AND delivery_id IN (SELECT unnest(?))"
            if untouched:
                con.execute(f"UPDATE lake.deliveries SET roster_digest = ? WHERE {held}", [digest, list(untouched)])
            con.execute(
                "DELETE FROM lake.rosters WHERE roster_digest <> ? AND roster_digest NOT IN"
                " (SELECT coalesce(roster_digest, '') FROM lake.deliveries WHERE known_to IS NULL)",
                [digest],
            )

        self._write(write)

    def replace(self, results: Sequence[DeliveryResult], known_at: datetime) -> None:
        """Make `results` what is known of their deliveries from `known_at` on, in one commit.

        Rows that are the same as those known already stay as they are: replacing by equal results writes nothing at all.
        """
        if not results:
            return
        if len({result.delivery_id for result in results}) != len(results):
            raise LakeError("one batch holds two results of one delivery")
        incoming = {table: _incoming(table, results) for table in TABLES}
        self._write(lambda con: _replace(con, incoming, utc(known_at)))

    def remember_run(self, run: RunRow) -> None:
        """Keep a run's row; the same run again replaces it."""
        values = [utc(value) if isinstance(value, datetime) else value for value in astuple(run)]

        def write(con: duckdb.DuckDBPyConnection) -> None:
            con.execute("DELETE FROM lake.runs WHERE run_id = ?", [run.run_id])
            con.execute(f"INSERT INTO lake.runs VALUES ({', '.join('?' * len(values))})", values)

        self._write(write)

    def runs(self) -> list[RunRow]:
        """Every run that was remembered, oldest first; times are naive UTC."""
        with self.open() as con:
            columns = ", ".join(field.name for field in fields(RunRow))
            return [RunRow(*row) for row in con.execute(f"SELECT {columns} FROM lake.runs ORDER BY started_at, run_id").fetchall()]

    def tidy(self, keep_snapshots_days: int = 7) -> None:
        """Merge small files, forget snapshots older than that, and remove the files only they needed. Rows and their spans stay."""
        self._prepare()

        def work(con: duckdb.DuckDBPyConnection) -> None:
            con.execute("CALL ducklake_merge_adjacent_files('lake')")
            before = f"now() - INTERVAL {int(keep_snapshots_days)} DAY"
            con.execute(f"CALL ducklake_expire_snapshots('lake', older_than => {before})")
            con.execute("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)")

        self._retried(work)

    def purged(self) -> set[str]:
        """Ids of deliveries whose detail was purged: they stay known and are not scanned again."""
        with self.open() as con:
            return {row[0] for row in con.execute("SELECT DISTINCT delivery_id FROM lake.purges WHERE delivery_id IS NOT NULL").fetchall()}

    def write(self, work: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Do `work`, which must be idempotent, in one transaction."""
        self._write(work)

    def erase_purged(self) -> None:
        """Destroy what only the past knows of purged rows: snapshots before the newest purge, their files, the catalog's free pages.

        Recovery from before that purge is gone for every table; `known_from` and `known_to` stay. Doing it again does no harm, so a purge
        that was killed before this is finished by the next one.
        """

        def work(con: duckdb.DuckDBPyConnection) -> None:
            older = """SELECT (SELECT min(epoch_us(snapshot_time)) FROM ducklake_snapshots('lake'))
                <= (SELECT max(epoch_us(purged_at)) FROM lake.purges)"""
            if con.execute(older).fetchone() == (True,):
                con.execute("CALL ducklake_expire_snapshots('lake', older_than => now())")
            con.execute("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)")
            con.execute("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)")

        self._prepare()
        self._retried(work)
        with closing(sqlite3.connect(self.folder / "catalog.sqlite", isolation_level=None, timeout=30)) as catalog:
            catalog.execute("VACUUM")  # a column's minima and maxima stand there in clear, and a deleted row stays in its page
            catalog.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # -- how --

    def _write(self, work: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Do `work`, which must be idempotent, in one transaction; begin anew, after a random wait, when another writer was first."""
        self._prepare()
        self._retried(lambda con: _in_transaction(con, work))

    def _retried(self, work: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._cursor() as con:
                    work(con)
                return
            except duckdb.Error as error:
                if not another_writer(error) or attempt == ATTEMPTS:
                    raise
            time.sleep(random.uniform(0.05, 0.25) * attempt)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own to the kept DuckDB: what is temporary or registered in it ends with it, and so does a transaction."""
        try:
            if self._kept is None:
                self._kept = self._opened.enter_context(private_connection(self.folder))
                self._kept.execute("SET enable_external_file_cache = false")  # it would hold what was read for as long as the lake lives
                self._attach(self._kept, read_only=False)
            with self._kept.cursor() as cursor:
                yield cursor
        except duckdb.Error:
            self.close()
            raise

    def _attach(self, con: duckdb.DuckDBPyConnection, read_only: bool) -> None:
        for name in ("sqlite_scanner", "ducklake"):
            load_extension(con, name)
        options = "ENCRYPTED, OVERRIDE_DATA_PATH, DATA_INLINING_ROW_LIMIT 0, META_JOURNAL_MODE 'WAL', META_BUSY_TIMEOUT 10000"
        catalog, data = _quoted(self.folder / "catalog.sqlite"), _quoted(self.folder / "data/")
        con.execute(f"ATTACH 'ducklake:sqlite:{catalog}' AS lake (DATA_PATH '{data}/', {options}{', READ_ONLY' if read_only else ''})")

    def _prepare(self) -> None:
        """Create what is missing, migrate what is older, refuse what is newer; once a process."""
        if self._ready:
            return
        self._retried(lambda con: _in_transaction(con, _prepare_tables))
        self._ready = True


PURGES = "purges (delivery_id VARCHAR, what VARCHAR, before DATE, rows BIGINT, purged_at TIMESTAMP)"
"""What `hallpass purge` destroyed: `what` is a key of own_retention_days; `delivery_id` for the detail of a delivery, else NULL."""


def _in_transaction(con: duckdb.DuckDBPyConnection, work: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
    con.execute("BEGIN")
    work(con)
    con.execute("COMMIT")


def another_writer(error: Exception) -> bool:
    """Whether a transaction failed only because another one was first: then the same work may be tried again."""
    text = str(error).lower()
    return any(sign in text for sign in ("database is locked", "database table is locked", "transaction conflict", "conflict"))


def utc(moment: datetime) -> datetime:
    """Naive UTC, as the lake keeps times; a naive time is taken for UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("'", "''")


def _prepare_tables(con: duckdb.DuckDBPyConnection) -> None:
    exists = con.execute("SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'schema_version'").fetchone()
    if not (exists and exists[0]):
        create_tables(con)
        return
    found = con.execute("SELECT max(version) FROM lake.schema_version").fetchone()
    version = int(found[0]) if found and found[0] is not None else 0
    if version > SCHEMA_VERSION:
        raise LakeError(
            f"the lake has schema version {version}, this Hallpass knows {SCHEMA_VERSION}: use the newer Hallpass, or another HALLPASS_HOME"
        )
    con.execute(f"CREATE TABLE IF NOT EXISTS lake.{PURGES}")
    for older in range(version, SCHEMA_VERSION):
        for statement in MIGRATIONS[older]:
            con.execute(statement)
        con.execute("INSERT INTO lake.schema_version VALUES (?)", [older + 1])


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """All tables, empty, in the attached database `lake`."""
    for table in TABLES:
        empty = lake_schema(table).empty_table()
        con.register("empty_table", empty)
        con.execute(
            f"""CREATE TABLE lake.{table} AS
                SELECT *, CAST(NULL AS TIMESTAMP) AS known_from, CAST(NULL AS TIMESTAMP) AS known_to FROM empty_table"""
        )
        con.unregister("empty_table")
    for table, schema in (("runs", RUNS), ("rosters", ROSTERS)):
        con.register("empty_table", schema.empty_table())
        con.execute(f"CREATE TABLE lake.{table} AS SELECT * FROM empty_table")
        con.unregister("empty_table")
    con.execute(f"CREATE TABLE lake.{PURGES}")
    con.execute("CREATE TABLE lake.schema_version (version INTEGER)")
    con.execute("INSERT INTO lake.schema_version VALUES (?)", [SCHEMA_VERSION])


# -- one batch of deliveries ------------------------------------------------------------------------------------------------------


def _incoming(table: str, results: Sequence[DeliveryResult]) -> pa.Table:
    """One Arrow table of the batch's rows for a lake table."""
    if table == "deliveries":
        return pa.Table.from_pylist([_delivery_row(result) for result in results], schema=DELIVERIES)
    schema = lake_schema(table)
    parts = [_with_delivery(result.tables[table], result.delivery_id, schema) for result in results if table in result.tables]
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _delivery_row(result: DeliveryResult) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(result, name) for name in DELIVERIES.names}
    for day in ("received_on", "as_of", "period_start", "period_end"):
        text = row[day]
        row[day] = date.fromisoformat(str(text)) if text else None
    return row | {"systems": list(result.systems)}


def _with_delivery(table: pa.Table, delivery_id: str, schema: pa.Schema) -> pa.Table:
    if "delivery_id" not in table.column_names:
        table = table.append_column("delivery_id", pa.array([delivery_id] * table.num_rows, pa.string()))
    return table.select(schema.names).cast(schema)


def _replace(con: duckdb.DuckDBPyConnection, incoming: Mapping[str, pa.Table], known_at: datetime) -> None:
    con.register("batch", incoming["deliveries"].select(["delivery_id"]))
    for table, rows in incoming.items():
        con.register("incoming", rows)
        _replace_table(con, table, ", ".join(lake_schema(table).names), known_at)
        con.unregister("incoming")
    con.unregister("batch")


def _replace_table(con: duckdb.DuckDBPyConnection, table: str, columns: str, known_at: datetime) -> None:
    """Close and insert the rows of those deliveries of the batch whose rows changed, row for row and however often each stands there."""
    known = f"SELECT {columns} FROM lake.{table} WHERE known_to IS NULL AND delivery_id IN (SELECT delivery_id FROM batch)"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT delivery_id FROM (
            (SELECT {columns} FROM incoming EXCEPT ALL {known}) UNION ALL ({known} EXCEPT ALL SELECT {columns} FROM incoming))"""
    )
    if not con.execute("SELECT 1 FROM changed LIMIT 1").fetchone():
        return
    where = "delivery_id IN (SELECT delivery_id FROM changed)"
    if con.execute(f"SELECT 1 FROM lake.{table} WHERE known_to IS NULL AND {where} LIMIT 1").fetchone():
        con.execute(f"UPDATE lake.{table} SET known_to = ? WHERE known_to IS NULL AND {where}", [known_at])
    con.execute(f"INSERT INTO lake.{table} ({columns}, known_from) SELECT {columns}, ? FROM incoming WHERE {where}", [known_at])
