"""What is past keeping is in no byte of lake or mart; what disclosures rest on stays, and a purge twice is a purge once."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from lineage.lake import Lake
from lineage.purge import due, purge_findings, purge_mart, remember, removable
from lineage.stage import sql
from scanners.schemas import RESULTS, DeliveryResult

AT = datetime(2026, 6, 30, tzinfo=UTC)
BEFORE = date(2026, 1, 1)
OLD, NEW = "v/2025-03-01", "v/2026-03-01"
PLANTED = "planted rationale of an old delivery"
"""Stands in rationales, field paths and catalogue minima alike."""


def result(delivery_id: str, rationale: str) -> DeliveryResult:
    party, day = delivery_id.split("/")
    file_id = f"file-{day}"
    rows = {
        "files": [{"file_id": file_id, "delivery_id": delivery_id, "path": "export/x.csv", "kind": "export", "status": "scanned"}],
        "fields": [
            {"file_id": file_id, "field_path": name, "records": 3, "distinct_values": 3, "data_element": element, "subject_kind": "student"}
            for name, element in (("id", "student_id.local"), (f"note {rationale}", "none"))
        ],
        "findings": [
            {
                "file_id": file_id,
                "field_path": "id",
                "data_element": "student_id.local",
                "detector": "roster",
                "rationale": f"{rationale} {n}",
            }
            for n in range(300)
        ],
        "sightings": [{"file_id": file_id, "field_path": "id", "subject_key": "s" * 32, "data_element": "student_id.local", "records": 3}],
    }
    tables = {name: pa.Table.from_pylist(rows.get(name, []), schema=schema) for name, schema in RESULTS.items()}
    return DeliveryResult(delivery_id, party, day, 1, 10, "1", "content", "context", 0, tables=tables)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    lake.replace([result(OLD, PLANTED), result(NEW, "kept rationale")], AT)
    lake.replace([result(OLD, PLANTED + " again")], AT)
    return lake


@pytest.fixture
def mart(tmp_path: Path) -> Path:
    return write_mart(tmp_path / "mart" / "compliance-run-1.duckdb", tmp_path / "mart" / "compliance.duckdb")


def write_mart(versioned: Path, live: Path) -> Path:
    versioned.parent.mkdir(exist_ok=True)
    with duckdb.connect(str(versioned)) as con:
        con.execute(sql("mart"))
        for delivery, rationale in ((OLD, PLANTED), (NEW, "kept rationale")):
            party, day = delivery.split("/")
            file_id = f"file-{day}"
            con.execute("INSERT INTO deliveries VALUES (?, ?, ?, 1, 1, NULL, '1', 'run-1')", [delivery, party, day])
            con.execute(
                "INSERT INTO files BY NAME SELECT ? AS file_id, ? AS delivery_id, 'x' AS path, 'run-1' AS run_id", [file_id, delivery]
            )
            con.execute("INSERT INTO fields BY NAME SELECT ? AS file_id, ? AS field_path", [file_id, rationale])
            con.execute("INSERT INTO findings BY NAME SELECT ? AS file_id, ? AS rationale", [file_id, rationale])
            con.execute("INSERT INTO undetermined BY NAME SELECT ? AS file_id, ? AS why", [file_id, rationale])
            con.execute("INSERT INTO aggregate_audits BY NAME SELECT ? AS file_id, 'grain' AS check_id, ? AS witness", [file_id, rationale])
        con.execute("INSERT INTO control_results BY NAME SELECT 'I.A.x' AS control_id, 'file-2026-03-01' AS evidence_file_id")
        con.execute("INSERT INTO runs BY NAME SELECT 'run-1' AS run_id, TIMESTAMP '2026-06-30' AS started_at")
    live.unlink(missing_ok=True)
    os.link(versioned, live)
    return live


def holding(folder: Path, text: str) -> list[str]:
    """Files in whose bytes the text stands."""
    return [path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def rows(lake: Lake, query: str) -> list[tuple[object, ...]]:
    with lake.open() as con:
        return con.execute(query).fetchall()


def test_no_byte_of_it_is_left_in_the_lake_and_what_disclosures_rest_on_stays(lake: Lake, tmp_path: Path) -> None:
    assert holding(lake.folder, PLANTED), "the catalogue has minima in clear"
    data_files = set((lake.folder / "data").rglob("*.parquet"))
    found = purge_findings(lake, tmp_path / "no-mart.duckdb", tmp_path, BEFORE)
    assert (found.deliveries, found.rows) == ((OLD,), 604)
    assert holding(lake.folder, PLANTED) == []
    assert not data_files & set((lake.folder / "data").rglob("*/fi[en]*/*.parquet")), "old files of fields and findings are gone"
    assert rows(lake, "SELECT DISTINCT delivery_id FROM lake.findings") == [(NEW,)]
    assert rows(lake, f"SELECT field_path, data_element, records, known_to FROM lake.fields WHERE delivery_id = '{OLD}'") == [
        ("id", "student_id.local", None, None)
    ]
    assert rows(lake, "SELECT count(*) FROM lake.sightings WHERE known_to IS NULL") == [(2,)]
    assert set(lake.known()) == {OLD, NEW}
    assert lake.purged() == {OLD}
    with lake.open() as con:
        assert len(con.execute("FROM ducklake_snapshots('lake')").fetchall()) == 1


def test_twice_is_once_and_the_next_scans_go_on(lake: Lake, tmp_path: Path) -> None:
    nowhere = tmp_path / "no-mart.duckdb"
    assert due(lake, BEFORE).deliveries == (OLD,)
    purge_findings(lake, nowhere, tmp_path, BEFORE)
    recorded = rows(lake, "FROM lake.purges")
    assert [row[:4] for row in recorded] == [(OLD, "findings", BEFORE, 604)]
    assert purge_findings(lake, nowhere, tmp_path, BEFORE).deliveries == ()
    assert rows(lake, "FROM lake.purges") == recorded
    remember(lake, "run_history", BEFORE, 0)
    remember(lake, "run_history", BEFORE, 4)
    assert len(rows(lake, "FROM lake.purges")) == 2
    assert lake.purged() == {OLD}
    lake.replace([result("v/2026-04-01", "later")], AT)
    assert rows(lake, "SELECT count(DISTINCT delivery_id) FROM lake.findings") == [(2,)]


def test_a_purge_killed_before_it_erased_is_finished_by_the_next(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(self: Lake) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "erase_purged", killed)
        with pytest.raises(KeyboardInterrupt):
            purge_findings(lake, tmp_path / "no-mart.duckdb", tmp_path, BEFORE)
    assert holding(lake.folder, PLANTED)
    assert purge_findings(lake, tmp_path / "no-mart.duckdb", tmp_path, BEFORE).deliveries == ()
    assert holding(lake.folder, PLANTED) == []


def test_every_version_of_the_mart_is_replaced_or_gone(mart: Path, tmp_path: Path) -> None:
    write_mart(mart.parent / "compliance-run-0.duckdb", tmp_path / "other.duckdb")
    (tmp_path / "other.duckdb").unlink()
    assert holding(mart.parent, PLANTED)
    assert purge_mart(mart, tmp_path, BEFORE)
    assert holding(tmp_path, PLANTED) == []
    with duckdb.connect(str(mart), read_only=True) as con:
        assert con.execute("SELECT rationale FROM findings").fetchall() == [("kept rationale",)]
        assert con.execute("SELECT why FROM undetermined").fetchall() == [("kept rationale",)]
        assert con.execute("SELECT witness FROM aggregate_audits ORDER BY file_id").fetchall() == [(None,), ("kept rationale",)]
        assert con.execute("SELECT count(*) FROM files").fetchall() == [(2,)]
        assert con.execute("FROM clause_status").fetchall() == [(None, None, "NOT_APPLICABLE")]
    assert not purge_mart(mart, tmp_path, BEFORE)
    assert {path.name for path in mart.parent.iterdir()} == {"compliance.duckdb", "compliance-run-1-purged-2026-01-01.duckdb"}


def test_what_a_verdict_names_as_evidence_is_not_removable(lake: Lake, mart: Path) -> None:
    assert [it.delivery_id for it in removable(lake, mart, BEFORE)] == [OLD]
    assert [it.delivery_id for it in removable(lake, mart, date(2027, 1, 1))] == [OLD]
    assert removable(lake, mart, date(2025, 1, 1)) == []
