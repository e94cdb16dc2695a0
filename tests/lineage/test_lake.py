"""The lake: idempotent, in spans of time, encrypted, retried."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import lineage.lake
from lineage.lake import SCHEMA_VERSION, Known, Lake, LakeError, RunRow, private_connection
from scanners.schemas import RESULTS, DeliveryResult

MONDAY, TUESDAY = datetime(2026, 6, 29, tzinfo=UTC), datetime(2026, 6, 30, tzinfo=UTC)


def delivery(delivery_id: str = "v/2026-01-10", *subjects: str, **changed: Any) -> DeliveryResult:
    given: dict[str, list[dict[str, Any]]] = {
        "files": [{"file_id": "f1", "delivery_id": delivery_id, "path": "export/a.csv", "kind": "export", "page_hosts": ["v.example"]}],
        "sightings": [
            {"file_id": "f1", "subject_key": key, "data_element": "student_name", "seen_on": date(2026, 1, 2)} for key in subjects
        ],
        "certificates": [{"file_id": "f1", "copies": [{"kind": "backups", "status": "pending", "expires_on": date(2026, 3, 1)}]}],
    }
    tables = {name: pa.Table.from_pylist(rows, schema=RESULTS[name]) for name, rows in given.items()}
    made = DeliveryResult(
        delivery_id, delivery_id.split("/")[0], "2026-01-10", 1, 10, "1", "content", "context", 3, systems=("app",), tables=tables
    )
    return replace(made, **changed)


def rows(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    with lake.open() as con:
        return con.execute(query).fetchall()


SPANS = "SELECT subject_key, known_from::DATE::VARCHAR, known_to::DATE::VARCHAR FROM lake.sightings ORDER BY ALL"


def test_a_batch_is_one_commit_and_equal_results_write_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    batch = [delivery("v/2026-01-10", "s1", "s1"), delivery("w/2026-01-10", "s1")]
    before = rows(lake, "SELECT count(*) FROM ducklake_snapshots('lake')")
    lake.replace(batch, MONDAY)
    after = rows(lake, "SELECT count(*) FROM ducklake_snapshots('lake')")
    assert after[0][0] == before[0][0] + 1
    lake.replace([*reversed(batch)], TUESDAY)
    assert rows(lake, "SELECT count(*) FROM ducklake_snapshots('lake')") == after
    assert rows(lake, SPANS) == [("s1", "2026-06-29", None)] * 3
    assert lake.known() == dict.fromkeys(("v/2026-01-10", "w/2026-01-10"), Known("content", "context", "1"))
    assert rows(lake, "SELECT systems FROM lake.deliveries LIMIT 1") == [(["app"],)]
    assert rows(lake, "SELECT copies[1].kind, copies[1].expires_on FROM lake.certificates LIMIT 1") == [("backups", date(2026, 3, 1))]


def test_what_was_known_then(tmp_path: Path) -> None:
    """A changed delivery closes its rows and adds new ones, in the changed tables alone; the rows of others stay."""
    lake = Lake(tmp_path / "lake")
    lake.replace([delivery("v/2026-01-10", "s1"), delivery("w/2026-01-10", "s9")], MONDAY)
    lake.replace([delivery("v/2026-01-10", "s2", content_digest="other")], TUESDAY)
    assert rows(lake, SPANS) == [("s1", "2026-06-29", "2026-06-30"), ("s2", "2026-06-30", None), ("s9", "2026-06-29", None)]
    assert rows(lake, "SELECT count(*) FROM lake.files") == [(2,)]
    assert lake.known()["v/2026-01-10"][0] == "other"


def test_a_row_less_or_twice_is_a_change(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.replace([delivery("v/2026-01-10", "s1", "s1")], MONDAY)
    lake.replace([delivery("v/2026-01-10", "s1")], TUESDAY)
    assert rows(lake, SPANS) == [("s1", "2026-06-29", "2026-06-30")] * 2 + [("s1", "2026-06-30", None)]
    lake.replace([delivery("v/2026-01-10")], TUESDAY)
    assert rows(lake, "SELECT count(*) FROM lake.sightings WHERE known_to IS NULL") == [(0,)]


def test_two_results_of_one_delivery_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(LakeError):
        Lake(tmp_path / "lake").replace([delivery(), delivery()], MONDAY)


def test_a_lake_that_was_moved_is_the_same_lake(tmp_path: Path) -> None:
    """A backup is restored to where there is room."""
    Lake(tmp_path / "lake").replace([delivery()], MONDAY)
    (tmp_path / "lake").rename(tmp_path / "restored")
    lake = Lake(tmp_path / "restored")
    lake.replace([delivery("v/2026-01-11")], TUESDAY)
    assert rows(lake, "SELECT delivery_id FROM lake.deliveries ORDER BY ALL") == [("v/2026-01-10",), ("v/2026-01-11",)]
    assert not (tmp_path / "lake").exists()


def test_data_files_are_encrypted_and_private(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.replace([delivery("v/2026-01-10", *(f"subject-key-{n:08d}" for n in range(50)))], MONDAY)
    written = list((tmp_path / "lake").rglob("*.parquet"))
    assert written
    for file in written:
        assert b"subject-key-" not in file.read_bytes()
        with pytest.raises(duckdb.Error), duckdb.connect() as con:
            con.execute(f"SELECT * FROM read_parquet('{file}')").fetchall()
    assert (tmp_path / "lake").stat().st_mode & 0o777 == 0o700
    assert not [path for path in (tmp_path / "lake").rglob("*") if path.stat().st_mode & 0o077]


def test_a_locked_database_is_tried_again_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path / "lake")
    lake.known()
    calls: list[int] = []
    real = lineage.lake._replace

    def locked_twice(*args: Any) -> None:
        real(*args)
        calls.append(1)
        if len(calls) < 3:
            raise duckdb.TransactionException("TransactionContext Error: Failed to commit: database is locked")

    monkeypatch.setattr(lineage.lake, "_replace", locked_twice)
    lake.replace([delivery("v/2026-01-10", "s1")], MONDAY)
    assert len(calls) == 3
    assert rows(lake, SPANS) == [("s1", "2026-06-29", None)]


def test_any_other_error_is_raised_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path / "lake")
    real = lineage.lake._replace

    def broken(*args: Any) -> None:
        real(*args)
        raise duckdb.IOException("disk full")

    monkeypatch.setattr(lineage.lake, "_replace", broken)
    with pytest.raises(duckdb.IOException):
        lake.replace([delivery("v/2026-01-10", "s1")], MONDAY)
    assert lake.known() == {}


def test_a_newer_schema_is_refused_and_an_older_one_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path / "lake")
    lake.replace([delivery()], MONDAY)
    monkeypatch.setattr(lineage.lake, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    monkeypatch.setattr(lineage.lake, "MIGRATIONS", {SCHEMA_VERSION: ("ALTER TABLE lake.files ADD COLUMN later VARCHAR",)})
    assert rows(Lake(tmp_path / "lake"), "SELECT later FROM lake.files") == [(None,)]
    monkeypatch.setattr(lineage.lake, "SCHEMA_VERSION", SCHEMA_VERSION)
    with pytest.raises(LakeError, match=f"schema version {SCHEMA_VERSION + 1}"):
        Lake(tmp_path / "lake").known()


def test_a_lake_of_the_first_schema_gets_what_is_new_and_is_scanned_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path / "lake")
    lake.replace([delivery()], MONDAY)
    lake.write(lambda con: _as_in_the_first_schema(con))
    again = Lake(tmp_path / "lake")
    assert list(again.known().values()) == [Known("content", "", "1")]
    again.replace([delivery()], TUESDAY)
    assert again.known()["v/2026-01-10"][1]
    assert rows(again, "SELECT count(*) FROM lake.tracker_sends, lake.aggregate_audits") == [(0,)]
    assert rows(again, "SELECT identifying FROM lake.trackers") == []
    assert rows(again, "SELECT count(*) FROM lake.probes, lake.rosters") == [(0,)]


def _as_in_the_first_schema(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DROP TABLE lake.tracker_sends")
    con.execute("DROP TABLE lake.aggregate_audits")
    con.execute("ALTER TABLE lake.trackers DROP COLUMN identifying")
    con.execute("DROP TABLE lake.probes")
    con.execute("DROP TABLE lake.rosters")
    con.execute("ALTER TABLE lake.deliveries DROP COLUMN roster_digest")
    con.execute("DELETE FROM lake.schema_version WHERE version > 1")
    con.execute("INSERT INTO lake.schema_version VALUES (1)")


def test_tidying_keeps_every_row(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    for number, at in enumerate((MONDAY, TUESDAY, TUESDAY)):
        lake.replace([delivery("v/2026-01-10", f"s{number}"), delivery(f"v{number}/2026-01-10", "s9")], at)
    before, files = rows(lake, SPANS), len(list((tmp_path / "lake").rglob("*.parquet")))
    lake.tidy(keep_snapshots_days=0)
    assert rows(lake, SPANS) == before
    assert len(list((tmp_path / "lake").rglob("*.parquet"))) < files


def test_runs(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    run = RunRow("r1", MONDAY, None, date(2026, 6, 29), 1, 2, 3, 4, "1")
    lake.remember_run(run)
    lake.remember_run(replace(run, finished_at=TUESDAY))
    lake.remember_run(replace(run, run_id="r0", started_at=TUESDAY))
    assert [(row.run_id, row.finished_at) for row in lake.runs()] == [("r1", TUESDAY.replace(tzinfo=None)), ("r0", None)]


def test_spill_folders_are_private_and_wiped(tmp_path: Path) -> None:
    left = tmp_path / "spill-999999999-dead"
    left.mkdir()
    with private_connection(tmp_path) as con:
        (spill,) = tmp_path.glob("spill-*")
        assert spill != left
        assert spill.stat().st_mode & 0o777 == 0o700
        assert con.execute("SELECT current_setting('temp_file_encryption'), current_setting('temp_directory')").fetchall() == [
            (True, str(spill))
        ]
    assert not list(tmp_path.glob("spill-*"))
