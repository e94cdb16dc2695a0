"""A small stage to judge: the two files, made from the project's own SQL, with the rows a test asks for."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from expectations.catalogue import controls
from expectations.evaluate import evaluate
from expectations.verdicts import ControlResult

SQL = Path(__file__).resolve().parents[2] / "lineage" / "sql"


@dataclass
class StageFiles:
    """`facts` and `mart` begin with every party passing every evaluated control; tests change rows with `sql`."""

    facts: Path
    mart: Path
    parties: tuple[str, ...] = ("brightreads", "district", "mailmoth", "quizhive")

    def sql(self, *statements: str) -> None:
        """Run statements with both files attached as `facts` and `mart`."""
        with duckdb.connect() as connection:
            for alias, path in (("facts", self.facts), ("mart", self.mart)):
                quoted = str(path).replace("'", "''")
                connection.execute(f"ATTACH '{quoted}' AS {alias}")
            for statement in statements:
                connection.execute(statement)

    def violate(self, control_id: str, party_id: str, count: int, severity: str | None = None, detail: str = "seen") -> None:
        """`count` violations, listed and counted."""
        of = f"control_id = '{control_id}' AND party_id = '{party_id}'"
        grave = f"'{severity}'" if severity else "NULL"
        self.sql(
            f"""INSERT INTO mart.violations BY NAME SELECT '{control_id}' AS control_id, '{party_id}' AS party_id, {grave} AS severity,
                '{detail}' AS detail FROM range({count})""",
            f"UPDATE facts.evaluations SET violations = coalesce(violations, 0) + {count} WHERE {of}",
        )

    def change(self, control_id: str, party_id: str, assignments: str) -> None:
        self.sql(f"UPDATE facts.evaluations SET {assignments} WHERE control_id = '{control_id}' AND party_id = '{party_id}'")

    def results(self) -> dict[tuple[str, str], ControlResult]:
        return {(result.control_id, result.party_id): result for result in evaluate(self.facts, self.mart)}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> StageFiles:
    """Made once; each test changes a copy."""
    folder = tmp_path_factory.mktemp("stage")
    files = StageFiles(folder / "facts.duckdb", folder / "mart.duckdb")
    for path, script in ((files.facts, "facts.sql"), (files.mart, "mart.sql")):
        with duckdb.connect(str(path)) as connection:
            connection.execute((SQL / script).read_text(encoding="utf-8"))
    _fill(files)
    return files


@pytest.fixture
def stage(made: StageFiles, tmp_path: Path) -> StageFiles:
    files = StageFiles(tmp_path / "facts.duckdb", tmp_path / "it's the mart.duckdb")
    shutil.copy(made.facts, files.facts)
    shutil.copy(made.mart, files.mart)
    return files


def _fill(files: StageFiles) -> None:
    with duckdb.connect(str(files.facts)) as facts:
        facts.execute("INSERT INTO district BY NAME SELECT DATE '2026-11-24' AS as_of")
        facts.executemany("INSERT INTO party (party_id) VALUES (?)", [[party] for party in files.parties])
        rows = [
            [
                control.control_id,
                party,
                True,
                control.evaluated,
                0,
                "Looks good." if control.evaluated else "Not yet evaluated: no check.",
                "f1",
            ]
            for control in controls()
            for party in files.parties
        ]
        facts.executemany("INSERT INTO evaluations VALUES (?, ?, ?, ?, ?, NULL, ?, ?)", rows)
    with duckdb.connect(str(files.mart)) as mart:
        mart.executemany("INSERT INTO parties (party_id, kind) VALUES (?, 'vendor')", [[party] for party in files.parties])
        mart.execute("INSERT INTO parties (party_id, kind) VALUES ('third_party:tracker.example', 'third_party')")
