"""From a stage to a published mart: equal marts, run ids, verdicts, the contract, publication under readers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from lineage.contract import defects
from lineage.lake import RunRow
from lineage.mart import KEEP, finish, publish
from lineage.record import record
from lineage.stage import mart_tables
from tests.lineage.case import CATALOGUE, Case, Mart, small_district

STUDENT = "student-key-00000001"


@dataclass(frozen=True)
class Result:
    control_id: str
    party_id: str
    verdict: str
    violations: int
    reason: str
    evidence_file_id: str | None
    clause: str = "I.A"
    severity: str = "high"
    waived_until: date | None = None


@pytest.fixture
def filled(case: Case) -> Case:
    return fill(case)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(fill(small_district(tmp_path_factory.mktemp("whole")))).path


def fill(case: Case) -> Case:
    case.subject(STUDENT)
    case.agreement("v", elements=("student_name", "conduct"), purposes=("educational_service", "audit"))
    case.add("subprocessor", party_id="v", subprocessor_id="sub", elements=["conduct"], purposes=None)
    export = case.file("v/2026-01-10", "export")
    case.see(export, STUDENT)
    case.see(export, STUDENT, "student_id.ssn")
    capture = case.file("v/2026-01-11", "tracking", page_hosts=["v.example"])
    case.see(capture, STUDENT, sender_host="v.example", receiver_host="px.ads.example")
    tracker = {"page_host": "v.example", "name": "sid", "storage": "cookie", "persistent": True}
    case.put("trackers", capture, host="px.ads.example", **tracker)
    case.put(
        "fields",
        export,
        field_path="name",
        records=1,
        distinct_values=1,
        data_element="student_name",
        pii_class="direct",
        subject_kind="student",
    )
    case.put(
        "findings", export, field_path="name", data_element="student_name", pii_class="direct", subject_kind="student", detector="roster"
    )
    return case


def verdicts(mart: Mart) -> Sequence[Result]:
    rows = mart.fact_rows("SELECT control_id, party_id, applicable, evaluable, violations, reason, evidence_file_id FROM evaluations")
    return [
        Result(
            control, party, "NOT_APPLICABLE" if not on else "FAIL" if count else "PASS" if able else "INCONCLUSIVE", count, reason, file_id
        )
        for control, party, on, able, count, reason, file_id in rows
    ]


def run(run_id: str) -> RunRow:
    return RunRow(run_id, datetime(2026, 6, 30, 12, tzinfo=UTC), datetime(2026, 6, 30, 13, tzinfo=UTC), date(2026, 6, 30), 1, 2, 3, 4, "1")


def finished(case: Case, run_id: str = "run-1", previous: Path | None = None, mart: str = "stage.duckdb") -> Mart:
    built = case.build(run_id, previous, mart)
    for _ in range(2):  # a retry changes nothing
        finish(built.path, CATALOGUE, verdicts(built), run(run_id), previous, "America/Chicago")
    return built


def contents(mart: Path, *without: str) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(str(mart), read_only=True) as con:
        tables = mart_tables(con, mart.stem)
        return {
            table: con.execute(f"SELECT {', '.join(c for c in columns if c not in without)} FROM {table} ORDER BY ALL").fetchall()
            for table, columns in tables.items()
            if table != "runs"
        }


def test_the_contract_holds(filled: Case) -> None:
    mart = finished(filled)
    assert defects(mart.path) == []
    assert mart.rows("SELECT started_at::VARCHAR, finished_at::VARCHAR, as_of::VARCHAR FROM runs") == [
        ("2026-06-30 07:00:00", "2026-06-30 08:00:00", "2026-06-30")
    ]
    assert mart.rows("SELECT DISTINCT evaluated_at::VARCHAR FROM control_results") == [("2026-06-30 23:59:59",)]
    assert mart.rows("SELECT DISTINCT scanned_at::VARCHAR FROM deliveries") == [("2026-01-01 06:00:00",)]
    assert mart.rows("SELECT party_id, host, third_party, purpose FROM trackers") == [("v", "px.ads.example", True, None)]
    assert mart.rows("SELECT data_element, purpose FROM authorizations ORDER BY ALL") == [
        (element, purpose) for element in ("conduct", "student_name") for purpose in ("audit", "educational_service")
    ]
    assert ("third_party:ads.example", "third_party", ["ads.example"]) in mart.rows("SELECT party_id, kind, domains FROM parties")


def test_a_rebuild_is_equal_and_keeps_the_runs(filled: Case) -> None:
    first = finished(filled)
    filled.see(filled.file("v/2026-02-01", "export"), "s2", "conduct")
    second = finished(filled, "run-2", first.path, "second.duckdb")
    third = finished(filled, "run-3", second.path, "third.duckdb")
    assert contents(second.path, "scanned_at") == contents(third.path, "scanned_at")
    assert contents(finished(filled, "run-9", None, "ninth.duckdb").path, "run_id", "scanned_at") == contents(
        third.path, "run_id", "scanned_at"
    )
    assert dict(third.rows("SELECT data_element, run_id FROM disclosures WHERE to_party_id = 'v'")) == {
        "student_name": "run-1",
        "student_id.ssn": "run-1",
        "conduct": "run-2",
    }
    assert third.rows("SELECT DISTINCT run_id FROM controls") == [("run-1",)]
    assert third.rows("SELECT DISTINCT run_id FROM control_results WHERE party_id = 'district'") == [("run-1",)]


@pytest.mark.parametrize(
    ("damage", "defect"),
    [
        ("DROP TABLE retention", "retention: missing"),
        ("ALTER TABLE flows DROP COLUMN reason", "flows: no column reason"),
        ("UPDATE files SET status = 'maybe'", "files.status: outside its vocabulary in 2 rows"),
        ("UPDATE disclosures SET exempt_basis = 'because'", "disclosures.exempt_basis: outside its vocabulary in 3 rows"),
        (
            "INSERT INTO parties SELECT * FROM parties WHERE party_id = 'v'",
            "parties: the key party_id is NULL in 0 rows and repeated 1 times",
        ),
        ("UPDATE disclosures SET evidence_file_id = 'lost'", "disclosures.evidence_file_id: 3 rows point at no row of files"),
        ("UPDATE flows SET subjects = subjects + 1", "flows: subjects differ from the disclosures': 3"),
        ("UPDATE flows SET authorized = NOT authorized", "flows: authorized differs from its disclosures: 3"),
        ("UPDATE disclosures SET reason = NULL", "disclosures: not authorized, without a reason: 2"),
        ("DELETE FROM control_results WHERE party_id = 'w'", "control_results: a control without a verdict on a registered party"),
        ("DELETE FROM violations", "control_results: violations differ from the table of violations"),
        ("UPDATE flows SET data_element = NULL", "flows.data_element: NULL in 3 rows"),
    ],
)
def test_defects(whole: Path, tmp_path: Path, damage: str, defect: str) -> None:
    damaged = Path(shutil.copy(whole, tmp_path / "stage.duckdb"))
    with duckdb.connect(str(damaged)) as con:
        con.execute(damage)
    assert any(found.startswith(defect) for found in defects(damaged))


def test_a_file_that_is_no_mart_is_a_defect(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_bytes(b"nothing of the kind" * 400)
    assert defects(tmp_path / "x.duckdb")[0].startswith("the mart cannot be opened")


def test_record(filled: Case) -> None:
    rows = record(finished(filled).path, STUDENT)
    assert [(row["to_party_id"], row["data_element"], row["authorized"]) for row in rows] == [
        ("v", "student_id.ssn", False),
        ("v", "student_name", True),
        ("third_party:ads.example", "student_name", False),
    ]
    assert record(finished(filled).path, "somebody else") == []


def small(folder: Path, number: int) -> Path:
    path = folder / f"stage-{number}.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(f"CREATE TABLE runs AS SELECT {number} AS run_id")
    return path


def test_publication_while_a_reader_is_open(tmp_path: Path) -> None:
    live = tmp_path / "mart" / "compliance.duckdb"
    versioned = publish(small(tmp_path, 1), live, "run-1")
    assert versioned.name == "compliance-run-1.duckdb"
    assert versioned.stat().st_ino == live.stat().st_ino
    assert versioned.stat().st_mode & 0o777 == 0o400
    with duckdb.connect(str(versioned), read_only=True) as reader:
        publish(small(tmp_path, 2), live, "run-2")
        assert reader.execute("SELECT run_id FROM runs").fetchall() == [(1,)]
    with duckdb.connect(str(live), read_only=True) as reader:
        assert reader.execute("SELECT run_id FROM runs").fetchall() == [(2,)]


def test_publishing_is_idempotent_and_keeps_few(tmp_path: Path) -> None:
    live = tmp_path / "mart" / "compliance.duckdb"
    for number in (1, 2, 3, 4, 5, 5):
        stage = tmp_path / f"stage-{number}.duckdb"
        publish(stage if stage.exists() else small(tmp_path, number), live, f"run-{number}")
    assert sorted(path.name for path in live.parent.iterdir()) == [
        "compliance-run-3.duckdb",
        "compliance-run-4.duckdb",
        "compliance-run-5.duckdb",
        live.name,
    ]
    assert len(list(live.parent.glob("compliance-*"))) == KEEP


def test_a_failed_publication_leaves_the_old_mart(tmp_path: Path) -> None:
    live = tmp_path / "mart" / "compliance.duckdb"
    publish(small(tmp_path, 1), live, "run-1")
    before = live.read_bytes()
    with pytest.raises(FileNotFoundError):
        publish(tmp_path / "nothing.duckdb", live, "run-2")
    assert live.read_bytes() == before
    assert len(list(live.parent.iterdir())) == 2


def test_retention(case: Case) -> None:
    """Before the end by the element's category, after it `vendor_copy`; each student once in a category."""
    case.as_of = "2026-06-30"
    case.add("category", category="permanent", rule="permanent", is_default=False)
    case.add("category_element", category="permanent", data_element="student_name")
    case.add("category", category="special", rule="years_after_event", years=5, event="ended", is_default=False)
    case.add("category_element", category="special", data_element="special.iep_504")
    for key, absent in (("left", "2023-06-30"), ("gone", "2023-06-29"), ("held", "2020-01-01")):
        case.subject(key, absent_since=absent)
    case.add("hold", subject_key="held", opened_on="2026-01-01")
    case.add("event", subject_key="left", event="ended", occurred_on="2021-01-01")
    case.agreement("v")
    case.agreement("w", "2025-01-01", "2026-02-01")
    for party in ("v", "w"):
        file_id = case.file(f"{party}/2026-01-10", "export")
        for key in ("s1", "left", "gone", "held"):
            for element in ("student_name", "conduct", "special.iep_504"):
                case.see(file_id, key, element)
    rows = case.build().rows("SELECT party_id, category, subjects, due_on::VARCHAR, status FROM retention ORDER BY ALL")
    assert rows == [
        ("v", "permanent", 4, None, "within"),
        ("v", "special", 1, "2026-01-01", "overdue"),
        ("v", "special", 3, None, "within"),
        ("v", "subsidiary", 1, "2023-01-01", "held"),
        ("v", "subsidiary", 1, "2026-06-29", "overdue"),
        ("v", "subsidiary", 1, "2026-06-30", "within"),
        ("v", "subsidiary", 1, None, "within"),
        ("w", "vendor_copy", 1, "2026-04-02", "held"),
        ("w", "vendor_copy", 3, "2026-04-02", "overdue"),
    ]
