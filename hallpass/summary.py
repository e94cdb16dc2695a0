"""What a superintendent asks of the published mart: who stands where, what is worst, how much was looked at.

Reads the mart and nothing else, and returns plain values; how they are printed belongs to the command, the asset or the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from hallpass.errors import Refused

SECTIONS = {
    "I": "Who may hold records, and how safely",
    "II": "What may be shared, with whom, how long",
    "III": "After the contract ends",
    "IV": "Tracking and directory information",
}
WORST_FIRST = ("FAIL", "INCONCLUSIVE", "PASS", "NOT_APPLICABLE")


@dataclass(frozen=True)
class PartyStatus:
    """One row of the table: the worst verdict in each section (None: no control), and how many controls fail in it."""

    party_id: str
    name: str
    verdicts: dict[str, str]
    failing: dict[str, int]


@dataclass(frozen=True)
class Worst:
    """One failing control of one party."""

    severity: str
    party: str
    control_id: str
    title: str
    violations: int
    students: int
    reason: str
    waived_until: date | None


@dataclass(frozen=True)
class Decision:
    """A line of decisions.csv that settles nothing."""

    line: int
    party_id: str
    status: str
    reason: str


@dataclass(frozen=True)
class Review:
    """What people settled and what waits for them: lines of decisions.csv by status, those that settle nothing, fields that no detector
    is sure of. None in a mart of an older Hallpass."""

    decisions: dict[str, int]
    idle: list[Decision]
    undetermined: int
    parties: int


@dataclass(frozen=True)
class Summary:
    district: str
    as_of: date
    parties: list[PartyStatus]
    worst: list[Worst]
    deliveries: int
    files: dict[str, int]
    flows: int
    flows_not_authorized: int
    students: int
    students_not_authorized: int
    third_parties: int
    run_id: str
    scanned_tonight: int
    review: Review | None


def open_mart(mart: Path) -> duckdb.DuckDBPyConnection:
    """The published mart, read only."""
    return duckdb.connect(str(newest(mart)), read_only=True, config={"temp_directory": ""})


def newest(mart: Path) -> Path:
    """The published mart by its versioned name: the next night may replace the other one meanwhile."""
    if not mart.exists():
        raise Refused(f"There is no published mart at {mart}.", "run `hallpass run` (or `make run`) first")
    return next((path for path in mart.parent.glob(f"{mart.stem}-*{mart.suffix}") if path.samefile(mart)), mart)


def read_summary(mart: Path, worst: int = 10) -> Summary:
    with open_mart(mart) as sql:
        run_id, as_of, scanned = _row(sql, "SELECT run_id, as_of, deliveries FROM runs ORDER BY started_at DESC LIMIT 1")
        flows, open_flows = _row(sql, "SELECT count(*), count(*) FILTER (NOT authorized) FROM flows")
        students, open_students = _row(
            sql,
            """SELECT count(DISTINCT subject_key), count(DISTINCT subject_key) FILTER (NOT authorized)
               FROM disclosures WHERE subject_kind = 'student'""",
        )
        return Summary(
            district=_row(sql, "SELECT coalesce(max(name), 'the district') FROM parties WHERE party_id = 'district'")[0],
            as_of=as_of,
            parties=_parties(sql),
            worst=_worst(sql, worst),
            deliveries=_row(sql, "SELECT count(*) FROM deliveries")[0],
            files=dict(sql.execute("SELECT status, count(*) FROM files GROUP BY 1 ORDER BY 1").fetchall()),
            flows=flows,
            flows_not_authorized=open_flows,
            students=students,
            students_not_authorized=open_students,
            third_parties=_row(sql, "SELECT count(*) FROM parties WHERE kind = 'third_party'")[0],
            run_id=run_id,
            scanned_tonight=scanned,
            review=_review(sql),
        )


def _parties(sql: duckdb.DuckDBPyConnection) -> list[PartyStatus]:
    rows = sql.execute(
        """SELECT r.party_id, p.name, split_part(r.clause, '.', 1) AS section, r.verdict, count(*)
           FROM control_results r JOIN parties p USING (party_id)
           GROUP BY ALL ORDER BY p.name, r.party_id"""
    ).fetchall()
    parties: dict[str, PartyStatus] = {}
    for party_id, name, section, verdict, number in rows:
        status = parties.setdefault(party_id, PartyStatus(party_id, name, {}, {}))
        status.verdicts[section] = min(verdict, status.verdicts.get(section, verdict), key=WORST_FIRST.index)
        if verdict == "FAIL":
            status.failing[section] = number
    return sorted(parties.values(), key=lambda party: party.party_id != "district")


def _worst(sql: duckdb.DuckDBPyConnection, limit: int) -> list[Worst]:
    rows = sql.execute(
        """SELECT r.severity, p.name, r.control_id, c.title, r.violations,
                  (SELECT count(DISTINCT subject_key) FROM violations v WHERE (v.control_id, v.party_id) = (r.control_id, r.party_id)),
                  r.reason, r.waived_until
           FROM control_results r JOIN parties p USING (party_id) JOIN controls c USING (control_id)
           WHERE r.verdict = 'FAIL'
           ORDER BY r.waived_until IS NOT NULL, list_position(['critical', 'high', 'medium', 'low'], r.severity), r.violations DESC, 2, 3
           LIMIT ?""",
        [limit],
    ).fetchall()
    return [Worst(*row) for row in rows]


def _review(sql: duckdb.DuckDBPyConnection) -> Review | None:
    known = {name for (name,) in sql.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not {"decisions", "undetermined"} <= known:
        return None
    idle = sql.execute("SELECT line, party_id, status, reason FROM decisions WHERE status <> 'applied' ORDER BY line").fetchall()
    fields, parties = _row(sql, "SELECT count(*), count(DISTINCT party_id) FROM undetermined")
    return Review(
        decisions=dict(sql.execute("SELECT status, count(*) FROM decisions GROUP BY 1 ORDER BY 1").fetchall()),
        idle=[Decision(*row) for row in idle],
        undetermined=fields,
        parties=parties,
    )


def _row(sql: duckdb.DuckDBPyConnection, statement: str) -> tuple[Any, ...]:
    row = sql.execute(statement).fetchone()
    assert row is not None
    return row
