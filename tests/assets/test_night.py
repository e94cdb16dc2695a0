"""Nights over Elm Creek, in this process: what is scanned, what is skipped, what a failure leaves, what is published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from assets import night as night_module
from assets.build import build_definitions
from assets.instance import PROCESS_TAG, end_dead_runs, open_instance, this_process
from assets.launch import Finished, run_night
from assets.night import Progress
from assets.scan import NIGHT_TAG
from hallpass.home import prepare
from hallpass.settings import Settings
from hallpass.summary import read_summary

SECOND = "quietquill/2026-03-09"


def night(settings: Settings) -> Finished:
    prepare(settings)
    return run_night(settings, Progress())


def happened(finished: Finished) -> dict[str, str]:
    return {outcome.delivery_id: outcome.happened for outcome in finished.outcomes}


def rows(settings: Settings, statement: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.mart), read_only=True) as connection:
        return connection.execute(statement).fetchall()


def test_a_night_and_the_next_one(elm: Settings, deliver: Callable[..., None]) -> None:
    first = night(elm)
    assert first.problem is None
    assert happened(first) == {"quietquill/2026-03-02": "scanned", SECOND: "scanned"}
    assert rows(elm, "SELECT count(DISTINCT subject_key) FROM disclosures WHERE to_party_id = 'quietquill'") == [(3,)]
    summary = read_summary(elm.mart)
    assert (summary.district, summary.deliveries, summary.scanned_tonight) == ("Elm Creek Schools", 2, 2)
    assert {party.party_id for party in summary.parties} == {"district", "quietquill"}

    again = night(elm)
    assert again.problem is None
    assert again.outcomes == ()

    deliver("quietquill/2026-03-16", {"export/learners.csv": "student_id,first_name,last_name\n804472,Ingrid,Lindqvist\n"})
    third = night(elm)
    assert happened(third) == {"quietquill/2026-03-16": "scanned"}
    assert read_summary(elm.mart).deliveries == 3


def test_a_delivery_that_fails_stops_no_other_and_is_tried_again(elm: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = night_module.scan_delivery

    def scan_or_fail(delivery: object, *rest: object) -> object:
        if getattr(delivery, "delivery_id", "") == SECOND:
            raise MemoryError("Tobenna Okafor")
        return scan(delivery, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(night_module, "scan_delivery", scan_or_fail)
        first = night(elm)
    assert first.problem is None
    assert happened(first) == {"quietquill/2026-03-02": "scanned", SECOND: "failed"}
    assert read_summary(elm.mart).deliveries == 1
    assert happened(night(elm)) == {SECOND: "scanned"}


def test_another_roster_scans_again_another_enrollment_does_not(elm: Settings, elm_creek: Path) -> None:
    night(elm)
    enrollments = elm_creek / "roster" / "enrollments.csv"
    enrollments.write_text(enrollments.read_text().replace("2025-08-20,\n", "2025-08-20,2026-03-20\n"))
    assert happened(night(elm)) == {}
    users = elm_creek / "roster" / "users.csv"
    users.write_text(users.read_text().replace("Lindqvist", "Lindqvist-Berg"))
    assert set(happened(night(elm)).values()) == {"scanned"}


def test_a_change_of_the_roster_scans_again_what_it_can_touch(elm: Settings, elm_creek: Path, tmp_path: Path) -> None:
    night(elm)
    users = elm_creek / "roster" / "users.csv"
    came = "st-4474,active,true,school-1,student,jabara,Jonas,Abara,804474,jabara@elmcreek.example,,05\n"
    users.write_text(users.read_text() + came)
    assert happened(night(elm)) == {}
    users.write_text(users.read_text().replace("Quispe", "Quispe-Rojas").replace(came, ""))
    assert happened(night(elm)) == {SECOND: "scanned"}
    assert happened(night(elm)) == {}
    anew = replace(elm, home=tmp_path / "anew", key_file=elm.key_file)
    night(anew)
    shown = "SELECT subject_key, to_party_id, data_element, first_seen_on, last_seen_on, authorized FROM disclosures ORDER BY ALL"
    assert rows(elm, shown) == rows(anew, shown) != []


def test_what_breaks_the_contract_is_not_published(elm: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    night(elm)
    before = elm.mart.stat().st_mtime_ns
    monkeypatch.setattr("assets.stage.defects", lambda stage_mart: ["a table is missing"])
    finished = night(elm)
    assert finished.problem is not None
    assert "1 defects" in finished.problem
    assert elm.mart.stat().st_mtime_ns == before


def test_an_error_says_its_class_and_place_and_no_value(elm: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Could not convert string 'Tobenna Okafor'")

    monkeypatch.setattr("assets.stage.build_stage", fail)
    finished = night(elm)
    assert finished.problem is not None
    assert finished.problem.startswith("working out disclosures and flows failed: ValueError at ")
    home = b"".join(path.read_bytes() for path in elm.dagster.rglob("*") if path.is_file())
    assert b"Okafor" not in home


def test_materialising_a_partition_by_hand_scans_it_again(elm: Settings) -> None:
    night(elm)
    with open_instance(elm) as instance:
        result = (
            build_definitions(settings=elm)
            .resolve_job_def("nightly")
            .execute_in_process(instance=instance, partition_key=SECOND, raise_on_error=False)
        )
        assert result.success
        (scanned,) = result.asset_materializations_for_node("delivery_scan")
        assert scanned.partition == SECOND
        assert scanned.metadata["happened"].value == "scanned"
        tagged = instance.get_run_by_id(result.run_id)
        assert tagged is not None
        assert NIGHT_TAG not in tagged.tags


@pytest.mark.parametrize(("process", "ended"), [("4000000:1.00", True), (None, False), ("this", False)])
def test_a_run_of_a_killed_process_is_ended(elm: Settings, process: str | None, ended: bool) -> None:
    """A run that has not named its process yet is left alone for a while."""
    prepare(elm)
    with open_instance(elm) as instance:
        tags = {PROCESS_TAG: this_process() if process == "this" else process} if process else {}
        run = instance.create_run_for_job(build_definitions(settings=elm).resolve_job_def("judge"), tags=tags)
        instance.report_dagster_event(dg.DagsterEvent("PIPELINE_START", "judge"), run.run_id)
        assert end_dead_runs(instance) == ([run.run_id] if ended else [])
        found = instance.get_run_by_id(run.run_id)
        assert found is not None
        assert found.status == (dg.DagsterRunStatus.FAILURE if ended else dg.DagsterRunStatus.STARTED)
