"""The last steps of a mart: the verdicts written in, and the file put where people read it.

Here belongs finishing and publishing. What may keep a mart from being published belongs in `contract.py`.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from lineage.lake import RunRow, insert_rows, private_connection
from lineage.stage import kept_run_id, mart_tables, previous, quoted, write_runs

KEEP = 3
"""Versioned marts that stay beside the live one: readers that opened one of them keep it."""


class ControlRow(Protocol):
    """A control as the catalogue knows it."""

    @property
    def control_id(self) -> str: ...
    @property
    def clause(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def law(self) -> str: ...


class ResultRow(Protocol):
    """A verdict on one control and party."""

    @property
    def control_id(self) -> str: ...
    @property
    def clause(self) -> str: ...
    @property
    def party_id(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def violations(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def waived_until(self) -> date | None: ...
    @property
    def evidence_file_id(self) -> str | None: ...


def finish(
    stage_mart: Path,
    controls: Sequence[ControlRow],
    results: Sequence[ResultRow],
    run: RunRow,
    previous_mart: Path | None = None,
    time_zone: str = "UTC",
) -> None:
    """Write `controls`, `control_results` and the run's own row into `stage_mart`, in place of what an earlier try left there.

    `evaluated_at` is the end of the as-of day. Rows that the previous mart has as well keep their run.
    """
    at = datetime.combine(run.as_of, time(23, 59, 59))
    rows: dict[str, list[tuple[object, ...]]] = {
        "controls": [(it.control_id, it.clause, it.title, it.severity, it.law, run.run_id) for it in controls],
        "control_results": [
            (
                it.control_id,
                it.clause,
                it.party_id,
                it.verdict,
                it.severity,
                it.violations,
                it.reason,
                it.waived_until,
                it.evidence_file_id,
                at,
                run.run_id,
            )
            for it in results
        ],
    }
    with private_connection(stage_mart.parent) as con:
        con.execute(f"ATTACH '{quoted(stage_mart)}' AS stage")
        tables = mart_tables(con, "stage")
        with previous(con, previous_mart) as earlier:
            for table, values in rows.items():
                columns = [column for column in tables[table] if column != "run_id"]
                con.execute(f"CREATE TEMP TABLE fresh AS SELECT * FROM stage.{table} LIMIT 0")
                insert_rows(con, "fresh", values)
                join, run_id = kept_run_id(table, columns, earlier)
                chosen = ", ".join(f"t.{column}" for column in columns)
                con.execute(f"DELETE FROM stage.{table}")
                con.execute(
                    f"INSERT INTO stage.{table} ({', '.join(columns)}, run_id) SELECT {chosen}, {run_id} FROM fresh t {join} ORDER BY ALL"
                )
                con.execute("DROP TABLE fresh")
        con.execute("DELETE FROM stage.runs WHERE run_id = ?", [run.run_id])
        write_runs(con, "stage.runs", [run], ZoneInfo(time_zone))
        con.execute("CHECKPOINT stage")
        con.execute("DETACH stage")


def publish(stage_mart: Path, home_mart: Path, run_id: str) -> Path:
    """Put a finished stage where people read it; returns the versioned file, `compliance-<run_id>.duckdb`.

    `home_mart` is the live file (`…/mart/compliance.duckdb`) or its folder. The live name is replaced by a hard link to the versioned file,
    so a reader sees the old mart or the new one, whole. Doing it twice is doing it once. Raises `OSError`, and the old mart stays.
    """
    live = home_mart if home_mart.suffix == ".duckdb" else home_mart / "compliance.duckdb"
    folder = live.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    versioned = folder / f"{live.stem}-{re.sub(r'[^A-Za-z0-9._-]', '-', run_id)}{live.suffix}"
    fresh, link = versioned.with_suffix(".new"), folder / f"{live.stem}.link"
    try:
        shutil.copyfile(stage_mart, fresh)
        fresh.chmod(0o400)
        _to_disk(fresh)
        fresh.replace(versioned)
        link.unlink(missing_ok=True)
        os.link(versioned, link)
        link.replace(live)
        _to_disk(folder)
    finally:
        fresh.unlink(missing_ok=True)
        link.unlink(missing_ok=True)
    _remove_old(live, versioned)
    return versioned


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_old(live: Path, newest: Path) -> None:
    versions = sorted(live.parent.glob(f"{live.stem}-*{live.suffix}"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in [version for version in versions if version != newest][KEEP - 1 :]:
        path.unlink(missing_ok=True)
