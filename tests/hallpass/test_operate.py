"""`verify`, `trace`, `record`'s proof and `purge` at the door, over one night of Elm Creek and the one after its purge."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from hallpass.cli import main
from hallpass.settings import Settings

AS_OF = date(2026, 3, 31)
LATER = AS_OF + timedelta(days=380)
"""400 days after the first delivery's day, 393 after the second's."""


@pytest.fixture
def hallpass(elm: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name, value in (("HOME", elm.home), ("DISTRICT", elm.district), ("AS_OF", elm.as_of)):
        monkeypatch.setenv(f"HALLPASS_{name}", str(value))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


def test_a_night_is_sealed_traced_and_purged(hallpass: Callable[..., Result], elm: Settings) -> None:
    night = hallpass("run")
    assert night.exit_code == 0, night.output
    line = next(it for it in night.output.splitlines() if it.startswith("Record of disclosures: entry 1, head "))
    head = line.split("head ")[1].split(".")[0]

    _the_record_holds(hallpass, head)
    _a_trace_says_where_it_went(hallpass, elm)
    _a_purge_leaves_verdicts_and_disclosures(hallpass, elm)
    _a_mart_that_was_changed_is_found(hallpass, elm)


def _the_record_holds(hallpass: Callable[..., Result], head: str) -> None:
    done = hallpass("verify", "--head", head, "--count", "1")
    assert done.exit_code == 0, done.output
    assert "The record holds: 1 entry, 3 subjects" in done.output
    cut = hallpass("verify", "--head", "0" * 32, "--count", "2")
    assert cut.exit_code == 1
    assert "the anchor: 2 entries were counted once, 1 are left" in cut.output
    proof = json.loads(hallpass("record", "--student", "st-4473", "--json").output)["proof"]
    assert (proof["entry"], proof["entries"], proof["head"], proof["holds"]) == (1, 1, head, True)
    assert "As entry 1 of 1 in the chain has it" in hallpass("record", "--student", "st-4473").output


def _a_trace_says_where_it_went(hallpass: Callable[..., Result], elm: Settings) -> None:
    by_element = hallpass("trace", "--element", "student_name")
    assert by_element.exit_code == 0, by_element.output
    assert "1  district → quietquill  2026-03-02 to 2026-03-09  authorized  3 subjects" in by_element.output
    assert "export/learners.csv of quietquill/2026-03-02" in by_element.output
    of_student = json.loads(hallpass("trace", "--student", "st-4473", "--element", "student_name", "--json").output)
    assert [(it["via"], it["first_seen_on"], it["basis"]) for it in of_student["transfers"]] == [
        (["district", "quietquill"], "2026-03-09", "agreement")
    ]
    on_disk = hallpass("trace", "--file", str(elm.inbox / "quietquill/2026-03-09/export/learners.csv"), "--json")
    assert [it["delivery_id"] for it in json.loads(on_disk.output)["files"]] == ["quietquill/2026-03-09"]
    nobody = hallpass("trace", "--party", "nobody")
    assert nobody.exit_code == 0
    assert "no party has this id" in nobody.output
    assert hallpass("trace").exit_code == 1


def _a_purge_leaves_verdicts_and_disclosures(hallpass: Callable[..., Result], elm: Settings) -> None:
    before = _mart(elm, "SELECT * EXCLUDE (run_id) FROM disclosures ORDER BY ALL")
    assert "0 rows of detail of 0 deliveries" in hallpass("purge", "--dry-run").output
    later = ("--as-of", (LATER + timedelta(days=1000)).isoformat())
    assert "of 2 deliveries received before" in hallpass("purge", "--dry-run", *later).output
    listed = hallpass("purge", "--inbox", *later)
    assert listed.exit_code == 0, listed.output
    assert "no verdict names them as evidence: they may go. Nothing was removed" in listed.output
    assert _mart(elm, "SELECT count(*) > 0 FROM findings") == [(True,)]

    done = hallpass("purge", *later)
    assert done.exit_code == 0, done.output
    assert "run_history: 1 finished runs" in done.output
    assert "findings: 0 rows of detail of 0 deliveries" in hallpass("purge", *later).output
    assert _mart(elm, "SELECT (SELECT count(*) FROM fields), (SELECT count(*) FROM findings)") == [(0, 0)]
    assert not list(elm.stage.glob("*"))

    night = hallpass("run")
    assert night.exit_code == 0, night.output
    assert "0 scanned, 2 known already" in night.output
    assert _mart(elm, "SELECT (SELECT count(*) FROM fields), (SELECT count(*) FROM findings)") == [(0, 0)]
    assert _mart(elm, "SELECT * EXCLUDE (run_id) FROM disclosures ORDER BY ALL") == before
    assert hallpass("verify").exit_code == 0


def _a_mart_that_was_changed_is_found(hallpass: Callable[..., Result], elm: Settings) -> None:
    forged = elm.home / "forged.duckdb"
    forged.write_bytes(elm.mart.read_bytes())
    with duckdb.connect(str(forged)) as con:
        con.execute("DELETE FROM disclosures WHERE data_element = 'student_name' AND first_seen_on = '2026-03-09'")
    forged.replace(elm.mart)
    done = hallpass("verify")
    assert done.exit_code == 1
    assert "the mart: the disclosures of 1 subjects are not those of the chain" in done.output


def _mart(elm: Settings, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(elm.mart), read_only=True) as con:
        return con.execute(query).fetchall()


@pytest.mark.parametrize("command", ["verify", "purge"])
def test_without_a_night_there_is_one_clear_error(command: str, hallpass: Callable[..., Result], home: Path) -> None:
    done = hallpass(command)
    assert done.exit_code == 1
    assert "Mend:" in done.output
    assert not home.exists()
