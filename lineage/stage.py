"""The stage: from the lake and the facts of a day to every table of the mart to be, and one evaluation a control and party.

Here belongs the order of the SQL files and what SQL cannot do (whose host is this, which time zone). Each table's rule is written in
the head of its own file under `sql/`; verdicts are made elsewhere, from `evaluations` and `violations`.

In the SQL, unqualified names are tables of `facts.duckdb` (register, roster, settings, and the dated observations made here), `mart` is
the mart to be and `lake` the lake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import duckdb

from lineage.hosts import write_owners
from lineage.lake import RunRow, insert_rows, private_connection, utc

PASSES = (
    "delivery",
    "file",
    "token_subject",
    "seen",
    "route",
    "observation",
    "judgement",
    "certificate",
    "evidence",
    "disclosures",
    "flows",
    "tracker",
    "trackers",
    "parties",
    "subprocessors",
    "authorizations",
    "deliveries",
    "files",
    "fields",
    "findings",
    "decisions",
    "undetermined",
    "aggregate_audits",
    "retention",
)
"""The SQL files, in their order; each makes the table it is named for, and what only it needs."""

CONTROLS = (
    "I.A.active-agreement",
    "I.E.consent-before-collection",
    "I.E.district-authorization",
    "II.A.no-third-party-disclosure",
    "II.B.aggregate-only",
    "II.B.authorized-elements",
    "I.A.staff-records",  # by the last schedules of data, as II.B.authorized-elements reads them
    "II.C.retained-too-long",
    "III.A.data-returned",
    "III.C.destruction-certificate",
    "III.C.silence-after-destruction",
    "IV.A.no-pii-in-trackers",
    "IV.A.single-site",
    "IV.B.no-persistent-identifiers",
)
"""Controls that have a file of their own, in an order in which each finds what it rests on; every other one is the business of
`controls/not_yet.sql`, which comes last."""

ROLL_UP = "IV.D.ferpa-coppa-rollup"
"""The control that rests on the verdicts of others: `roll_up` evaluates it when they are known, until then it is not yet evaluated."""

NOT_IN_ROLL_UP = ("I.A.staff-records", ROLL_UP)
GRAVE = ("critical", "high")

UNSTABLE = ("run_id", "scanned_at")
"""Columns in which two equal marts may differ."""


class SqlSource(Protocol):
    """Whatever can give SQL access to the lake's tables as schema `lake`."""

    def attach_to(self, con: duckdb.DuckDBPyConnection) -> None: ...


class ControlLike(Protocol):
    """What lineage needs to know of a control; `on` is `district` or `party`."""

    @property
    def control_id(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def on(self) -> str: ...


def build_stage(
    lake: SqlSource,
    facts: Path,
    stage_mart: Path,
    run: RunRow,
    previous_mart: Path | None,
    controls: Sequence[ControlLike],
    earlier_runs: Sequence[RunRow] = (),
) -> None:
    """Write `stage_mart` anew (every table but `control_results`; `controls` is filled by `finish`) and `evaluations` into `facts`.

    A row that the previous mart has as well, in all columns but `run_id` and `scanned_at`, keeps the run that first produced it.
    """
    stage_mart.unlink(missing_ok=True)
    with private_connection(stage_mart.parent) as con:
        lake.attach_to(con)
        con.execute(f"ATTACH '{quoted(facts)}' AS facts")
        con.execute("ATTACH ':memory:' AS mart")
        create_mart(con, "mart")
        con.execute("USE facts")
        _list_controls(con, controls)
        con.execute("DELETE FROM evaluations")
        write_owners(con)
        _execute(con, PASSES[0])
        _write_scan_times(con)
        for name in (*PASSES[1:], *(f"controls/{control}" for control in CONTROLS), "controls/not_yet"):
            _execute(con, name)
        _keep_listed_evaluations(con)
        write_runs(con, "mart.runs", (*earlier_runs, run), _time_zone(con))
        con.execute(f"ATTACH '{quoted(stage_mart)}' AS stage")
        create_mart(con, "stage")
        with previous(con, previous_mart) as earlier:
            for table, columns in mart_tables(con, "mart").items():
                _hand_over(con, table, columns, earlier)
        con.execute("USE memory")
        for database in ("stage", "facts"):
            con.execute(f"CHECKPOINT {database}")
            con.execute(f"DETACH {database}")


class VerdictLike(Protocol):
    """What lineage needs to know of a verdict on one control and party."""

    @property
    def control_id(self) -> str: ...
    @property
    def party_id(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def violations(self) -> int: ...
    @property
    def evidence_file_id(self) -> str | None: ...


def roll_up(facts: Path, stage_mart: Path, verdicts: Sequence[VerdictLike], previous_mart: Path | None) -> None:
    """Evaluate the control that rests on the others (`ROLL_UP`) on a stage of `build_stage`: its `evaluations` and `violations`.

    `verdicts` are those on all other controls. Doing it twice is doing it once. Rows that the previous mart has as well keep their run.
    """
    with private_connection(stage_mart.parent) as con:
        con.execute(f"ATTACH '{quoted(facts)}' AS facts")
        con.execute("ATTACH ':memory:' AS mart")
        create_mart(con, "mart")
        con.execute("USE facts")
        con.execute(
            "CREATE OR REPLACE TABLE verdict (control_id VARCHAR, party_id VARCHAR, verdict VARCHAR, violations BIGINT,"
            " evidence_file_id VARCHAR, grave BOOLEAN)"
        )
        grave = {row[0] for row in con.execute(f"SELECT control_id FROM control WHERE severity IN {GRAVE}").fetchall()}
        rows = [
            (it.control_id, it.party_id, it.verdict, it.violations, it.evidence_file_id, it.control_id in grave)
            for it in verdicts
            if it.control_id not in NOT_IN_ROLL_UP
        ]
        insert_rows(con, "verdict", rows)
        _execute(con, f"controls/{ROLL_UP}")
        con.execute(f"ATTACH '{quoted(stage_mart)}' AS stage")
        con.execute("DELETE FROM stage.violations WHERE control_id = ?", [ROLL_UP])
        with previous(con, previous_mart) as earlier:
            _hand_over(con, "violations", mart_tables(con, "mart")["violations"], earlier)
        con.execute("USE memory")
        for database in ("stage", "facts"):
            con.execute(f"CHECKPOINT {database}")
            con.execute(f"DETACH {database}")


def sql(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (files("lineage") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _execute(con: duckdb.DuckDBPyConnection, name: str) -> None:
    try:
        con.execute(sql(name))
    except duckdb.Error as error:
        error.add_note(f"in lineage/sql/{name}.sql")
        raise


def quoted(path: Path) -> str:
    return str(path.absolute()).replace("'", "''")


def create_mart(con: duckdb.DuckDBPyConnection, database: str) -> None:
    """The empty tables of mart.sql in an attached database."""
    con.execute(f"USE {database}")
    con.execute(sql("mart"))
    con.execute("USE memory")


def mart_tables(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, list[str]]:
    """Table → its columns, in order; views are left out."""
    rows = con.execute(
        """SELECT c.table_name, c.column_name FROM duckdb_columns() c JOIN duckdb_tables() t USING (database_name, schema_name, table_name)
           WHERE c.database_name = ? AND NOT t.temporary ORDER BY c.table_name, c.column_index""",
        [database],
    ).fetchall()
    tables: dict[str, list[str]] = {}
    for table, column in rows:
        tables.setdefault(table, []).append(column)
    return tables


@contextmanager
def previous(con: duckdb.DuckDBPyConnection, mart: Path | None) -> Iterator[dict[str, list[str]]]:
    """The previous mart's tables, attached as `earlier`; none where there is none or it cannot be read."""
    if mart is None or not mart.exists():
        yield {}
        return
    try:
        con.execute(f"ATTACH '{quoted(mart)}' AS earlier (READ_ONLY)")
    except duckdb.Error:
        yield {}
        return
    try:
        yield mart_tables(con, "earlier")
    finally:
        con.execute("DETACH earlier")


def kept_run_id(table: str, columns: Sequence[str], earlier: dict[str, list[str]], row: str = "t") -> tuple[str, str]:
    """(join, expression) that give each row of `row` the run id of the equal row of the previous mart, else its own."""
    if not set(columns) <= set(earlier.get(table, ())):
        return "", f"{row}.run_id"
    stable = [column for column in columns if column not in UNSTABLE]
    same = " AND ".join(f"p.{column} IS NOT DISTINCT FROM {row}.{column}" for column in stable)
    join = f"LEFT JOIN (SELECT {', '.join(stable)}, min(run_id) AS run_id FROM earlier.{table} GROUP BY ALL) p ON {same}"
    return join, f"coalesce(p.run_id, {row}.run_id)"


def _hand_over(con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], earlier: dict[str, list[str]]) -> None:
    if table == "runs":  # its run_id is its key
        con.execute(f"INSERT INTO stage.{table} SELECT * FROM mart.{table} ORDER BY ALL")
        return
    others = [column for column in columns if column != "run_id"]
    join, run_id = kept_run_id(table, others, earlier)
    chosen = ", ".join(f"t.{column}" for column in others)
    con.execute(
        f"INSERT INTO stage.{table} ({', '.join(others)}, run_id) SELECT {chosen}, {run_id} FROM mart.{table} t {join} ORDER BY ALL"
    )


def _list_controls(con: duckdb.DuckDBPyConnection, controls: Sequence[ControlLike]) -> None:
    con.execute("CREATE OR REPLACE TABLE control (control_id VARCHAR, severity VARCHAR, duty VARCHAR)")
    insert_rows(con, "control", [(it.control_id, it.severity, it.on) for it in controls])


def _keep_listed_evaluations(con: duckdb.DuckDBPyConnection) -> None:
    """What the caller does not list as a control is neither evaluated nor violated."""
    con.execute("DELETE FROM evaluations WHERE control_id NOT IN (SELECT control_id FROM control)")
    con.execute("DELETE FROM mart.violations WHERE control_id NOT IN (SELECT control_id FROM control)")


def _time_zone(con: duckdb.DuckDBPyConnection) -> ZoneInfo:
    row = con.execute("SELECT time_zone FROM district").fetchone()
    return ZoneInfo(row[0]) if row and row[0] else ZoneInfo("UTC")


def local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The district's clock, without an offset: a plain TIMESTAMP needs no extension to read."""
    return None if moment is None else utc(moment).replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def _write_scan_times(con: duckdb.DuckDBPyConnection) -> None:
    zone = _time_zone(con)
    con.execute("CREATE OR REPLACE TABLE scanned_at (delivery_id VARCHAR, scanned_at TIMESTAMP)")
    times = [
        (delivery, local(at, zone)) for delivery, at in con.execute("SELECT delivery_id, known_from FROM delivery ORDER BY ALL").fetchall()
    ]
    insert_rows(con, "scanned_at", times)


def write_runs(con: duckdb.DuckDBPyConnection, table: str, runs: Sequence[RunRow], zone: ZoneInfo) -> None:
    """Insert `runs`, each id once (the last row of an id counts)."""
    by_id = {run.run_id: run for run in runs}
    rows = [
        (
            run.run_id,
            local(run.started_at, zone),
            local(run.finished_at, zone),
            run.as_of,
            run.deliveries,
            run.files,
            run.bytes,
            run.new_values,
            run.scanner_version,
        )
        for run in by_id.values()
    ]
    insert_rows(con, table, rows)
